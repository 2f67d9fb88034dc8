//! The steps of a runbook in words: when each starts, and what it does on which account.

use runbook::{Accounts, Action, Doing, Plan, Runbook, Step, StepId, Task, Terrain};

use super::DocumentStep;

/// Every step, in the order of the text.
pub(super) fn told(runbook: &Runbook, terrain: &Terrain) -> Vec<DocumentStep> {
    let plan = runbook::plan(runbook, terrain);
    let starts = runbook
        .steps
        .iter()
        .map(|step| step.span.start)
        .collect::<Vec<_>>();
    runbook
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let end = starts.get(index + 1).copied();
            DocumentStep {
                line: line_of(&runbook.text, step.span.start),
                last_line: last_line(&runbook.text, step.span.start, end),
                starts: starts_in_words(runbook, index),
                contact: contact(step, &plan, terrain),
                does: does(step, &plan),
                refused_now: refused_now(step, &plan),
                deadline: deadline(runbook, step),
                ..written(step)
            }
        })
        .collect()
}

/// What of a step stands in the document as it is.
fn written(step: &Step) -> DocumentStep {
    let instruction = step.instruction();
    let read_back = instruction
        .and_then(|instruction| instruction.read_back.as_ref())
        .map(toml::Spanned::get_ref);
    DocumentStep {
        id: step.id().to_string(),
        title: step.title.clone(),
        lever: step.lever().map(|lever| lever.id().to_owned()),
        accounts: match &step.accounts {
            Accounts::Situation => String::new(),
            Accounts::All => "all".to_owned(),
            Accounts::Venue(venue) => format!("venue:{}", venue.get_ref()),
            Accounts::Named(names) => {
                let names = names.iter().map(|name| name.get_ref().as_str());
                names.collect::<Vec<_>>().join(", ")
            }
        },
        after: step.after.iter().map(StepId::to_string).collect(),
        manual: instruction.map(|instruction| instruction.text.get_ref().clone()),
        say: instruction.and_then(|instruction| instruction.say.clone()),
        ask: read_back.map(|read_back| read_back.ask.clone()),
        format: read_back.map(|read_back| read_back.format),
        line: 0,
        last_line: 0,
        deadline: String::new(),
        contact: None,
        starts: String::new(),
        does: Vec::new(),
        refused_now: Vec::new(),
    }
}

/// The deadline as its author wrote it.
fn deadline(runbook: &Runbook, step: &Step) -> String {
    let Doing::Lever(lever) = &step.doing else {
        return String::new();
    };
    let span = lever.deadline.as_ref().map(toml::Spanned::span);
    let written = span.and_then(|span| runbook.text.get(span));
    written
        .unwrap_or_default()
        .trim_matches(['"', '\''])
        .to_owned()
}

/// When a step starts, by the numbers of the steps that it waits for.
fn starts_in_words(runbook: &Runbook, index: usize) -> String {
    let step = &runbook.steps[index];
    let mut waits = step
        .after
        .iter()
        .filter_map(|id| runbook.steps.iter().position(|other| other.id() == id))
        .filter(|other| *other != index)
        .map(|other| other + 1)
        .collect::<Vec<_>>();
    waits.sort_unstable();
    waits.dedup();
    match waits.as_slice() {
        [] => {
            let beside = runbook.steps[..index]
                .iter()
                .position(|other| other.after.ids.is_empty());
            match beside {
                Some(first) => format!("at once, beside step {}", first + 1),
                None => "at once".to_owned(),
            }
        }
        [only] => format!("when step {only} has ended, or its time is over"),
        [first @ .., last] => {
            let first = first.iter().map(ToString::to_string).collect::<Vec<_>>();
            format!(
                "when steps {} and {last} have ended, or their time is over",
                first.join(", ")
            )
        }
    }
}

fn tasks_of<'a>(step: &'a Step, plan: &'a Plan) -> impl Iterator<Item = &'a Task> {
    plan.tasks.iter().filter(|task| task.step == *step.id())
}

fn does(step: &Step, plan: &Plan) -> Vec<String> {
    let not_offered = plan
        .not_offered
        .iter()
        .filter(|gap| gap.step == *step.id())
        .map(|gap| format!("{}: no door offers it; nothing is done", gap.account));
    tasks_of(step, plan)
        .map(|task| {
            let who = task.account.as_ref();
            let who = who.map(|name| format!("{name}: ")).unwrap_or_default();
            format!("{who}{}", how(task))
        })
        .chain(not_offered)
        .collect()
}

fn how(task: &Task) -> String {
    let doors = match &task.action {
        Action::Manual => return "yours to do".to_owned(),
        Action::Pull { doors, .. } => doors,
    };
    let acting = doors
        .iter()
        .filter(|door| door.support.acts)
        .map(|door| door.door.to_string())
        .collect::<Vec<_>>();
    if acting.is_empty() {
        return "no door offers it; yours to do".to_owned();
    }
    let within = task
        .deadline_ms
        .map(|ms| format!(", unknown if not proved within {}", duration(ms)))
        .unwrap_or_default();
    format!("through {}{within}", acting.join(", then "))
}

fn refused_now(step: &Step, plan: &Plan) -> Vec<String> {
    tasks_of(step, plan)
        .filter_map(|task| {
            let why = task.refused_now.as_ref()?;
            Some(match &task.account {
                Some(account) => format!("{account}: {why}"),
                None => why.clone(),
            })
        })
        .collect()
}

/// Whom to call: by the accounts at hand, else as the shipped list has it.
fn contact(step: &Step, plan: &Plan, terrain: &Terrain) -> Option<String> {
    let id = step.instruction()?.contact.as_ref()?.get_ref();
    let of_accounts = tasks_of(step, plan).find_map(|task| task.card.as_ref()?.contact.as_ref());
    let contact = of_accounts.or_else(|| terrain.contacts.find(id, runbook::DEFAULT_ENTITY))?;
    Some(match &contact.number {
        Some(number) => format!("{}, {number}", contact.name),
        None => format!("{}, {}", contact.name, contact.page),
    })
}

/// A time in the largest unit that tells it whole (`2 s`, `1 min`).
fn duration(ms: u64) -> String {
    if ms.is_multiple_of(60_000) {
        format!("{} min", ms / 60_000)
    } else if ms.is_multiple_of(1_000) {
        format!("{} s", ms / 1_000)
    } else {
        format!("{ms} ms")
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}

/// The last line of the step that begins at `start`: what stands above the next one, remarks and
/// empty lines left out.
fn last_line(text: &str, start: usize, next: Option<usize>) -> usize {
    let end = next.unwrap_or(text.len());
    let first = line_of(text, start);
    let body = text[start..end].lines().collect::<Vec<_>>();
    let empty = |line: &&&str| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#')
    };
    let trailing = body.iter().rev().take_while(empty).count();
    first + body.len().saturating_sub(trailing + 1)
}
