//! What holds of any document, not of examples: of reading, linting, planning and extending.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use door::Lever;
use proptest::prelude::*;

use crate::{
    Finding, Plan, Runbook, Severity, Task, TaskId, Terrain, check, extend, lint, plan, shipped,
    testing::{account, terrain, two_accounts},
};

/// A step of a made-up document. Numbers stand for steps by their place, and may lead nowhere.
#[derive(Clone, Debug)]
struct Made {
    lever: Option<Lever>,
    accounts: &'static str,
    after: Vec<usize>,
    others: Vec<usize>,
    containment: bool,
    card: bool,
    want: bool,
    deadline: Option<u32>,
}

fn made(steps: usize) -> impl Strategy<Value = Made> {
    (
        prop::option::weighted(0.7, prop::sample::select(Lever::ALL.to_vec())),
        prop::sample::select(vec![
            "\"all\"",
            "\"all\"",
            "[\"main\"]",
            "[\"spare\"]",
            "\"venue:ibkr\"",
            "",
        ]),
        prop::collection::vec(0..steps + 1, 0..3),
        prop::collection::vec(0..steps + 1, 0..3),
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.8),
        prop::option::of(1_u32..90),
    )
        .prop_map(
            |(lever, accounts, after, others, containment, card, want, deadline)| Made {
                lever,
                accounts: if lever.is_some() && accounts.is_empty() {
                    "\"all\""
                } else {
                    accounts
                },
                after,
                others,
                containment,
                card,
                want,
                deadline,
            },
        )
}

fn document() -> impl Strategy<Value = String> {
    (1_usize..8)
        .prop_flat_map(|steps| prop::collection::vec(made(steps), steps))
        .prop_map(|steps| write(&steps))
}

/// A document whose edges lead upwards, as a careful author writes it.
fn tidy_document() -> impl Strategy<Value = String> {
    (1_usize..8)
        .prop_flat_map(|steps| prop::collection::vec(made(steps), steps))
        .prop_map(|mut steps| {
            let severs = steps
                .iter()
                .map(|step| step.lever.map_or(step.containment, Lever::severs))
                .collect::<Vec<_>>();
            let pulls = steps
                .iter()
                .map(|step| step.lever.is_some())
                .collect::<Vec<_>>();
            for (at, step) in steps.iter_mut().enumerate() {
                step.want = true;
                step.deadline = None;
                step.after.retain(|earlier| *earlier < at);
                let kept = if step.lever.is_some() {
                    &severs
                } else {
                    &pulls
                };
                step.others
                    .retain(|other| kept.get(*other).copied().unwrap_or_default());
            }
            write(&steps)
        })
}

fn write(steps: &[Made]) -> String {
    let mut text = "id = \"made\"\ntitle = \"Made\"\nwhen = \"Never.\"\n".to_owned();
    for (at, step) in steps.iter().enumerate() {
        write_step(&mut text, at, step).expect("a string takes it");
    }
    text
}

fn write_step(text: &mut String, at: usize, step: &Made) -> std::fmt::Result {
    let list = |ids: &[usize]| {
        let ids = ids.iter().map(|id| format!("\"step-{id}\""));
        format!("[{}]", ids.collect::<Vec<_>>().join(", "))
    };
    writeln!(
        text,
        "\n[[step]]\nid = \"step-{at}\"\ntitle = \"Step {at}\""
    )?;
    if !step.accounts.is_empty() {
        writeln!(text, "accounts = {}", step.accounts)?;
    }
    if !step.after.is_empty() {
        writeln!(text, "after = {}", list(&step.after))?;
    }
    let mut card = true;
    if let Some(lever) = step.lever {
        card = step.card;
        writeln!(text, "lever = \"{lever}\"")?;
        if lever == Lever::CancelOrders {
            writeln!(text, "hold_until = {}", list(&step.others))?;
        }
        if let Some(deadline) = step.deadline {
            writeln!(text, "deadline = \"{deadline}s\"")?;
        }
    } else {
        writeln!(text, "containment = {}", step.containment)?;
        writeln!(text, "covers = {}", list(&step.others))?;
    }
    if card {
        let want = if step.want { ", want = \"0\"" } else { "" };
        writeln!(
            text,
            "manual = \"Do {at}.\"\ncontact = \"ibkr-security\"\nread_back = {{ ask = \"How \
             many?\", format = \"number\"{want} }}"
        )?;
    }
    Ok(())
}

fn read(text: &str) -> Runbook {
    match Runbook::parse("made.toml", text) {
        Ok(runbook) => runbook,
        Err(findings) => panic!("{findings:#?}\n{text}"),
    }
}

fn terrains() -> [Terrain; 4] {
    [
        Terrain::new(Vec::new()),
        terrain(),
        two_accounts(),
        Terrain::new(vec![account("main", &["tws"]), account("spare", &["ibc"])]),
    ]
}

/// Every id is its own, every edge leads to a task of `known`, and every task can start.
fn assert_sound(plan: &Plan, known: &HashSet<TaskId>) {
    let by_id = plan
        .tasks
        .iter()
        .map(|task| (&task.id, task))
        .collect::<HashMap<_, _>>();
    assert_eq!(by_id.len(), plan.tasks.len(), "an id is there twice");
    for task in &plan.tasks {
        for id in task
            .after
            .iter()
            .chain(&task.hold_until)
            .chain(&task.covers)
        {
            assert!(
                by_id.contains_key(id) || known.contains(id),
                "{id} is nowhere"
            );
        }
        assert!(task.lever().is_some() || task.card.is_some());
        assert_eq!(task.lever().is_some(), task.deadline_ms.is_some());
    }
    let mut started = known.clone();
    let mut waiting = plan.tasks.iter().collect::<Vec<_>>();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|task| {
            let ready = task.after.iter().all(|id| started.contains(id));
            if ready {
                started.insert(task.id.clone());
            }
            !ready
        });
        assert!(waiting.len() < before, "{waiting:#?} never start");
    }
}

/// Whether two tasks are on one account, or one of them is on none.
fn tied(one: &Task, other: &Task) -> bool {
    one.account.is_none() || other.account.is_none() || one.account == other.account
}

proptest! {
    #[test]
    fn any_document_that_reads_makes_a_plan_whose_tasks_can_all_start(text in document()) {
        let runbook = read(&text);
        for terrain in terrains() {
            assert_sound(&plan(&runbook, &terrain), &HashSet::new());
        }
    }

    #[test]
    fn a_document_without_refusals_keeps_every_edge(text in tidy_document()) {
        let runbook = read(&text);
        for terrain in terrains() {
            let refused = lint(&runbook, &terrain)
                .iter()
                .any(|finding| finding.severity == Severity::Refusal);
            if refused {
                continue;
            }
            let plan = plan(&runbook, &terrain);
            assert_sound(&plan, &HashSet::new());
            for task in &plan.tasks {
                let step = runbook
                    .steps
                    .iter()
                    .find(|step| *step.id() == task.step)
                    .expect("its step");
                for other in plan.tasks.iter().filter(|other| tied(task, other)) {
                    prop_assert_eq!(
                        task.after.contains(&other.id),
                        step.after.contains(&other.step)
                    );
                    let holds = step.hold_until().iter().any(|id| *id.get_ref() == other.step);
                    prop_assert_eq!(task.hold_until.contains(&other.id), holds);
                    let covers = step.covers().iter().any(|id| *id.get_ref() == other.step);
                    prop_assert_eq!(task.covers.contains(&other.id), covers);
                }
            }
        }
    }

    #[test]
    fn a_mend_leaves_a_document_that_reads_and_lacks_its_finding(text in document()) {
        let terrain = two_accounts();
        let runbook = read(&text);
        let before = lint(&runbook, &terrain);
        for finding in &before {
            let Some(mended) = finding.mend.apply(&text) else {
                continue;
            };
            let again = lint(&read(&mended), &terrain);
            let same = |other: &Finding| {
                other.rule == finding.rule && other.message == finding.message
            };
            let count = |findings: &[Finding]| {
                findings.iter().filter(|other| same(other)).count()
            };
            prop_assert!(count(&again) < count(&before), "{finding}\n{text}\n{mended}");
        }
    }

    #[test]
    fn a_plan_and_what_another_adds_to_it_are_sound_together(
        first in document(),
        second in document(),
    ) {
        let terrain = two_accounts();
        let open = plan(&read(&first), &terrain);
        let other = plan(&read(&second.replace("\"made\"", "\"other\"")), &terrain);
        let added = extend(&open, &other);
        let known = open.tasks.iter().map(|task| task.id.clone()).collect::<HashSet<_>>();
        prop_assert!(added.tasks.iter().all(|task| !known.contains(&task.id)));
        assert_sound(&added, &known);
        let mut whole = open.clone();
        whole.tasks.extend(added.tasks.clone());
        prop_assert_eq!(extend(&whole, &other).tasks, vec![]);
        prop_assert_eq!(extend(&open, &open).tasks, vec![]);
    }

    #[test]
    fn a_damaged_document_reads_or_is_told_where(
        which in 0..6_usize,
        cut in any::<prop::sample::Index>(),
        length in 0..40_usize,
        put in "[ -~\\n\u{202e}\u{1b}é]{0,12}",
    ) {
        let (_, text) = shipped()[which];
        let start = text.floor_char_boundary(cut.index(text.len()));
        let end = text.floor_char_boundary((start + length).min(text.len()));
        let damaged = format!("{}{put}{}", &text[..start], &text[end..]);
        let lines = damaged.lines().count() + 1;
        let (runbook, findings) = check("damaged.toml", &damaged, &two_accounts());
        prop_assert!(runbook.is_some() || !findings.is_empty());
        for finding in findings {
            prop_assert!(finding.line >= 1 && finding.line <= lines, "{finding}");
            let shown = finding.to_string();
            prop_assert!(!shown.contains(['\u{202e}', '\u{1b}']), "{shown:?}");
            if !finding.mend.replacements.is_empty() {
                prop_assert!(finding.mend.apply(&damaged).is_some());
            }
        }
    }
}
