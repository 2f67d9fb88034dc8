//! When to rehearse next, and how stale rehearsal is.
//!
//! After 1, 7, 30 and then every 90 days: recall fades over weeks and months, and no science proves
//! the exact number. Sooner where something went wrong or changed. The time now is passed in.

mod ics;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use ics::ics;

use crate::history::{Drilled, History, Snoozed};

/// Days after the first, the second and the third drill, and after every later one.
const LADDER: [i64; 4] = [1, 7, 30, 90];
/// Days after something went wrong or changed.
const SOON: i64 = 7;
/// From which step of the ladder it goes on after something went wrong.
const SOON_STEP: usize = 1;

/// Something that changed since somebody rehearsed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What.
    pub what: Changed,
    /// Its name: the runbook's or account's, the program's version.
    pub name: String,
    /// When it was first seen so.
    pub at: Timestamp,
}

/// What can change.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// A runbook's text.
    Runbook,
    /// An account was added.
    Account,
    /// The program's version.
    Version,
}

/// When to rehearse next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// When.
    pub due: Timestamp,
    /// Why then, in words.
    pub why: String,
    /// The last drill that counts.
    pub last: Option<Timestamp>,
    /// Whether it is due now.
    pub is_due: bool,
    /// How it was put off, while that holds.
    pub snoozed: Option<Snoozed>,
}

/// How long ago somebody rehearsed against a way in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stale {
    /// The way in, as scenarios name it.
    pub way_in: String,
    /// When last; none for never.
    pub last: Option<Timestamp>,
    /// How many whole days ago.
    pub days: Option<i64>,
}

/// Why a snooze is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SnoozeError {
    /// Nobody said why.
    #[error("the rehearsal was not put off: say why, so that you can judge it later")]
    NoReason,
    /// It would end before it begins.
    #[error("the rehearsal was not put off: {0} is not in the future")]
    NotLater(Timestamp),
    /// It would never come.
    #[error("the rehearsal was not put off: it can wait until {0} at most")]
    TooLong(Timestamp),
}

impl Snoozed {
    /// Puts the next rehearsal off, for a reason, for 90 days at most.
    ///
    /// # Errors
    /// When there is no reason, or the time is not a time in the next 90 days.
    pub fn new(at: Timestamp, until: Timestamp, reason: &str) -> Result<Self, SnoozeError> {
        let reason = reason.trim();
        let most = after(at, LADDER[LADDER.len() - 1]);
        if reason.is_empty() {
            Err(SnoozeError::NoReason)
        } else if until <= at {
            Err(SnoozeError::NotLater(until))
        } else if until > most {
            Err(SnoozeError::TooLong(most))
        } else {
            Ok(Self {
                at,
                until,
                reason: reason.to_owned(),
            })
        }
    }
}

/// When to rehearse next. Only what a person played to its end counts.
pub fn schedule(history: &History, changes: &[Change], now: Timestamp) -> Schedule {
    let mine: Vec<&Drilled> = history.drills().iter().filter(|it| it.counts()).collect();
    let last = mine.last().map(|drill| drill.at());
    let (mut due, mut why) = match mine.last() {
        Some(last) => after_last(&mine, last),
        None => (now, "nobody has rehearsed yet".to_owned()),
    };
    // a drill in the future was written while the clock was wrong: it must not keep the next one away
    if let Some(last) = last.filter(|last| *last > now) {
        (due, why) = (
            now,
            format!("the last drill is said to be on {last}, which is still to come"),
        );
    }
    for change in changes
        .iter()
        .filter(|it| last.is_some_and(|last| it.at > last))
    {
        let soon = after(change.at, SOON);
        if soon < due {
            (due, why) = (soon, changed(change));
        }
    }
    let snoozed = history.snoozed().filter(|snoozed| {
        let holds = last.is_none_or(|last| snoozed.at >= last);
        holds && snoozed.at <= now && snoozed.until > due.max(now)
    });
    if let Some(snoozed) = snoozed {
        due = snoozed.until;
        why = format!("put off: {}", snoozed.reason);
    }
    Schedule {
        due,
        why,
        last,
        is_due: due <= now,
        snoozed: snoozed.cloned(),
    }
}

/// How stale rehearsal is for each way in, the stalest first; those never rehearsed before all.
pub fn staleness(history: &History, ways_in: &[String], now: Timestamp) -> Vec<Stale> {
    let stale = |way_in: &String| {
        let mine = history.drills().iter().filter(|drill| drill.counts());
        let last = mine
            .filter(|drill| drill.began.way_in == *way_in)
            .map(Drilled::at)
            .max();
        Stale {
            way_in: way_in.clone(),
            last,
            days: last.map(|last| (now.duration_since(last).as_hours() / 24).max(0)),
        }
    };
    let mut all: Vec<Stale> = ways_in.iter().map(stale).collect();
    all.sort_by_key(|it| it.last);
    all
}

fn after_last(mine: &[&Drilled], last: &Drilled) -> (Timestamp, String) {
    let days = LADDER[step(mine)];
    let at = last.at();
    match bad(last) {
        Some(why) if days >= SOON => (after(at, SOON), why.to_owned()),
        Some(_) | None => {
            let days_are = if days == 1 { "day" } else { "days" };
            (after(at, days), format!("{days} {days_are} after the last"))
        }
    }
}

/// How far up the ladder the drills so far lead.
fn step(mine: &[&Drilled]) -> usize {
    let mut step = 0;
    for (nth, drill) in mine.iter().enumerate() {
        if nth > 0 {
            step = (step + 1).min(LADDER.len() - 1);
        }
        if bad(drill).is_some() {
            step = step.min(SOON_STEP);
        }
    }
    step
}

/// Why the next rehearsal comes sooner after a drill.
fn bad(drill: &Drilled) -> Option<&'static str> {
    let score = &drill.done.as_ref()?.score;
    if !score.false_done.is_empty() {
        Some("7 days after a false done")
    } else if score.verdict.is_bad() {
        Some("7 days after a bad drill")
    } else {
        None
    }
}

fn changed(change: &Change) -> String {
    match change.what {
        Changed::Runbook => format!("7 days after the runbook {} was changed", change.name),
        Changed::Account => format!("7 days after the account {} was added", change.name),
        Changed::Version => format!("7 days after Firebreak became {}", change.name),
    }
}

fn after(at: Timestamp, days: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(24 * days))
        .unwrap_or(Timestamp::MAX)
}
