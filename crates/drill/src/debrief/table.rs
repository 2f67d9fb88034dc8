//! The picture's text twin: what happened, a line each, in order of time.

use incident::Event;

use super::{Seen, TableRow, Timeline, lanes::named};
use crate::{
    score::By,
    story::{Ended, Outcome, Told},
    words::{clock, clock_from},
};

const YOU: &str = "You";
const FIREBREAK: &str = "Firebreak";
const DRILL: &str = "The drill";

pub(super) fn table(seen: &Seen<'_>, timeline: &Timeline) -> Vec<TableRow> {
    let zero = timeline.from_ms.saturating_add(timeline.zero_ms);
    let mut rows: Vec<(u64, TableRow)> = Vec::new();
    let mut add = |at: u64, who: &str, what: String, bad: bool| {
        let row = TableRow {
            at_ms: at.saturating_sub(timeline.from_ms),
            at: clock_from(zero, at),
            who: who.to_owned(),
            what,
            bad,
        };
        rows.push((at, row));
    };
    for line in seen.story {
        if let Some((who, what)) = told(&line.told) {
            add(line.at_ms, &who, what, false);
        }
    }
    for line in seen.lines {
        if let Some(what) = recorded(seen, &line.event) {
            add(seen.clocked.on_drill(line.mono_ms), FIREBREAK, what, false);
        }
    }
    for lie in &seen.score.false_done {
        let who = match lie.by {
            By::You => YOU,
            By::Firebreak => FIREBREAK,
        };
        let what = format!(
            "false done: {}, said \u{201c}{}\u{201d}, and {}, for {}",
            lie.what,
            lie.said,
            lie.truth,
            clock(lie.lasted_ms)
        );
        add(lie.at_ms, who, what, true);
    }
    rows.sort_by_key(|(at, _)| *at);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What a line of the story says, and who did it.
fn told(told: &Told) -> Option<(String, String)> {
    let you = |what: String| Some((YOU.to_owned(), what));
    let drill = |what: String| Some((DRILL.to_owned(), what));
    match told {
        Told::Alarm {
            form, from, text, ..
        } => drill(format!("{form} from {from}: {text}")),
        Told::Injected { inject } => drill(format!("goes wrong: {}", inject.replace('-', " "))),
        Told::Acted {
            actor,
            deed,
            outcome,
            ..
        } => Some((actor.clone(), format!("{deed}{}", refused(outcome)))),
        Told::Pressed { runbook, .. } => you(format!("pressed {runbook}")),
        Told::Looked { page, account } => you(format!("looked at {page}, {account}")),
        Told::Did {
            page,
            account,
            row,
            outcome,
        } => {
            let what = row.as_deref().unwrap_or("everything");
            you(format!(
                "dealt with {what} on {page}, {account}{}",
                refused(outcome)
            ))
        }
        Told::Answered { title, value, .. } => {
            you(format!("answered \u{201c}{value}\u{201d} to {title}"))
        }
        Told::Called { contact, stage } => {
            you(format!("called {contact}: {}", stage.replace('_', " ")))
        }
        Told::Asked { fact } => you(format!("asked for {}", fact.replace('-', " "))),
        Told::Paused => you("stopped the clock".to_owned()),
        Told::WentOn => you("went on".to_owned()),
        Told::Ended { how } => drill(ended(*how).to_owned()),
        Told::Began { .. } | Told::Truth { .. } => None,
    }
}

fn refused(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => String::new(),
        Outcome::Refused { why } => format!(": refused, {why}"),
    }
}

fn ended(how: Ended) -> &'static str {
    match how {
        Ended::Finished => "it ended",
        Ended::StoodDown => "you stood down",
        Ended::Abandoned => "you left",
        Ended::Real => "something real came between",
        Ended::BrokenOff => "the program ended",
        Ended::TimedOut => "its time was over",
    }
}

/// What Firebreak says of itself: what ended a task, and what was open again.
fn recorded(seen: &Seen<'_>, event: &Event) -> Option<String> {
    let task = |id| {
        let known = seen.run?.task(id)?;
        Some(named(&known.task.title, known.task.account.as_ref()))
    };
    if let Event::Verified { task: id, proof } = event {
        return Some(format!("{}: verified, {}", task(id)?, proof.words));
    }
    if let Event::Partial { task: id, left, .. } = event {
        return Some(format!("{}: partial, {}", task(id)?, left.join(", ")));
    }
    if let Event::Refused { task: id, why, .. } = event {
        return Some(format!("{}: refused, {why}", task(id)?));
    }
    if let Event::NeedsYou { task: id, why } = event {
        return Some(format!("{}: needs you, {why}", task(id)?));
    }
    if let Event::Unknown { task: id, why, .. } = event {
        return Some(format!("{}: unknown, {why}", task(id)?));
    }
    if let Event::Reopened { task: id, .. } = event {
        return Some(format!("{}: open again", task(id)?));
    }
    None
}
