//! What was called done and was not, by whoever played or by the program.
//!
//! A reading takes time, and orders may come while it is taken: what was not open all the time from
//! before the proof to well after it is no false "done". Orders that come back and are held down
//! again are none either.

use std::collections::HashMap;

use door::{CancelScope, DoorKind, KeyScope, Lever};
use incident::{Event, Proof, journal::Line};
use runbook::{Action, ReadBackFormat, Task, TaskId};
use simulator::world::PANIC_KEY;

use super::{
    By, FalseDone, Look,
    ledger::{Kind, Span},
};
use crate::story::{StoryLine, Told};

/// How long before and after a claim something has to be open to make it false. Lines of the truth
/// and of the journal are told by different clocks, and a little late.
const SURELY_MS: u64 = 2_000;
/// How long an order may stay unnoticed while orders are held down and all is called contained:
/// three listings at the slowest pace fit in.
const NOTICED_MS: u64 = 25_000;

/// All of them, in order of time.
pub(super) fn false_done(look: &Look<'_>) -> Vec<FalseDone> {
    let mut all = by_you(look);
    all.extend(by_firebreak(look, all.is_empty()));
    all.sort_by_key(|each| each.at_ms);
    all
}

/// The page that a task's card is about.
pub(crate) fn page_of(task: &Task) -> Option<&str> {
    task.card.as_ref()?.page.as_deref()
}

/// What was answered on a card.
struct Answer<'a> {
    task: &'a str,
    value: &'a str,
    wanted: Option<&'a str>,
    stands: &'a str,
}

impl Answer<'_> {
    /// An answer whose page tells what is so.
    fn of(line: &StoryLine) -> Option<Answer<'_>> {
        let Told::Answered {
            task,
            value,
            wanted,
            stands: Some(stands),
            ..
        } = &line.told
        else {
            return None;
        };
        Some(Answer {
            task,
            value: value.trim(),
            wanted: wanted.as_deref(),
            stands: stands.trim(),
        })
    }

    /// Whether it says that what the card is about is done.
    fn claims(&self) -> bool {
        let claimed = |wanted: &str| wanted.eq_ignore_ascii_case(self.value);
        self.wanted.map_or(!self.value.is_empty(), claimed)
    }

    /// Whether the page says so too. Of a free text the page has parts, and one of them is enough:
    /// a person with two reference numbers may read one. Times are written in many ways.
    fn holds(&self, format: Option<ReadBackFormat>) -> bool {
        if let Some(wanted) = self.wanted {
            return wanted.eq_ignore_ascii_case(self.stands);
        }
        match format {
            Some(ReadBackFormat::Time) => !self.stands.is_empty(),
            Some(ReadBackFormat::Text | ReadBackFormat::Number | ReadBackFormat::YesNo) | None => {
                let value = self.value.to_lowercase();
                let mut parts = self
                    .stands
                    .split([',', ' '])
                    .filter(|part| !part.is_empty());
                parts.any(|part| value.contains(&part.to_lowercase()))
            }
        }
    }
}

/// Whether an answer is not what the page said at that moment.
pub(super) fn is_wrong(look: &Look<'_>, line: &StoryLine) -> bool {
    let Some(answer) = Answer::of(line) else {
        return false;
    };
    match answer.wanted {
        Some(_) => !answer.value.eq_ignore_ascii_case(answer.stands),
        None => !answer.holds(format_of(look, answer.task)),
    }
}

fn by_you(look: &Look<'_>) -> Vec<FalseDone> {
    let mut found: Vec<FalseDone> = Vec::new();
    for (nth, line) in look.story.iter().enumerate() {
        let Told::Answered { title, .. } = &line.told else {
            continue;
        };
        let Some(answer) = Answer::of(line) else {
            continue;
        };
        let format = format_of(look, answer.task);
        let again = found
            .iter()
            .any(|known| is_within(known, answer.task, line.at_ms));
        if again || !answer.claims() || answer.holds(format) {
            continue;
        }
        let later = look.story.iter().skip(nth + 1);
        let read_later = later
            .filter(|later| {
                Answer::of(later).is_some_and(|it| it.task == answer.task && it.holds(format))
            })
            .map(|later| later.at_ms)
            .next();
        let until = [gone_after(look, answer.task, line.at_ms), read_later];
        let until = until
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(look.clocked.end);
        found.push(FalseDone {
            by: By::You,
            what: what(title, answer.task),
            task: Some(answer.task.to_owned()),
            said: answer.value.to_owned(),
            truth: if answer.stands.is_empty() {
                "the page has no such value".to_owned()
            } else {
                format!("the page said {}", answer.stands)
            },
            at_ms: line.at_ms,
            lasted_ms: until.saturating_sub(line.at_ms),
        });
    }
    found
}

/// When what a card's page lists was gone, of what was there at a moment.
fn gone_after(look: &Look<'_>, task: &str, at: u64) -> Option<u64> {
    let task = task_of(look, task)?;
    let kinds: &[Kind] = match page_of(task)? {
        "orders" => &[Kind::Order],
        "sessions" => &[Kind::Session],
        "api-keys" | "other-api-keys" | "flex" => &[Kind::Key],
        "withdrawals" => &[Kind::Withdrawal],
        "transfers" => &[Kind::Transfer],
        "users" => &[Kind::User],
        "two-factor" => &[Kind::Device],
        "address-book" => &[Kind::Address],
        "password" => &[Kind::OldPassword],
        "security-desk" => &[Kind::Unlocked],
        _ => return None,
    };
    let there = |span: &&Span| {
        kinds.contains(&span.kind)
            && span.is_open_at(at)
            && task
                .account
                .as_ref()
                .is_none_or(|only| only.as_str() == span.account)
    };
    let all = look.ledger.spans.iter().filter(there);
    let theirs: Vec<_> = all.clone().filter(|span| span.foreign).collect();
    let listed = if theirs.is_empty() {
        all.collect()
    } else {
        theirs
    };
    let gone: Option<Vec<u64>> = listed.iter().map(|span| span.until).collect();
    gone?.into_iter().max()
}

/// When each reading of a door for a task began, on the drill's clock.
#[derive(Default)]
struct Readings(HashMap<(TaskId, DoorKind), Vec<u64>>);

impl Readings {
    fn take(&mut self, event: &Event, at: u64) {
        if let Event::ReadingStarted { task, door, .. } = event {
            let row = self.0.entry((task.clone(), door.clone()));
            row.or_default().push(at);
        }
        if let Event::ReadingFailed { task, door, .. } = event
            && let Some(row) = self.0.get_mut(&(task.clone(), door.clone()))
        {
            row.pop();
        }
    }

    /// When the last reading behind a proof began, the earliest door's.
    fn last_behind(&self, task: &TaskId, proof: &Proof) -> Option<u64> {
        let begun = proof.doors.iter().filter_map(|door| {
            let row = self.0.get(&(task.clone(), door.clone()))?;
            row.last().copied()
        });
        begun.min()
    }
}

fn by_firebreak(look: &Look<'_>, nobody_lied: bool) -> Vec<FalseDone> {
    let mut found: Vec<FalseDone> = Vec::new();
    let mut readings = Readings::default();
    for (nth, line) in look.lines.iter().enumerate() {
        let at = look.clocked.on_drill(line.mono_ms);
        readings.take(&line.event, at);
        let claim = if let Event::Verified { task, proof } = &line.event {
            let begun = readings.last_behind(task, proof).unwrap_or(at);
            judge_verified(look, task, proof, begun, at).map(|mut claim| {
                let taken_back = reopened_after(look, &look.lines[nth + 1..], task);
                let lasted = claim.at_ms.saturating_add(claim.lasted_ms);
                let until = lasted.min(taken_back.unwrap_or(u64::MAX));
                claim.lasted_ms = until.saturating_sub(claim.at_ms);
                claim
            })
        } else if let Event::RunSummary(summary) = &line.event
            && summary.contained
            && nobody_lied
        {
            judge_contained(look, at)
        } else {
            None
        };
        let Some(claim) = claim else { continue };
        let task = claim.task.as_deref().unwrap_or_default();
        if !found.iter().any(|known| is_within(known, task, at)) {
            found.push(claim);
        }
    }
    found
}

/// What the truth says about a proof. What rests on a value that the person read is theirs to
/// answer for, and what the truth does not tell is not judged.
fn judge_verified(
    look: &Look<'_>,
    id: &TaskId,
    proof: &Proof,
    begun: u64,
    at: u64,
) -> Option<FalseDone> {
    let task = task_of(look, id.as_str())?;
    let account = task.account.as_ref()?.as_str();
    if proof.read_by_you || proof.doors.is_empty() || !task.containment {
        return None;
    }
    let Action::Pull { scope, keys, .. } = &task.action else {
        return None;
    };
    let kind = match task.lever()? {
        Lever::CancelOrders => Kind::Order,
        Lever::RevokeKey => Kind::Key,
        Lever::StopWithdrawals => Kind::Withdrawal,
        Lever::Capture
        | Lever::Audit
        | Lever::BlockTrading
        | Lever::EndSessions
        | Lever::StopAutomation => return None,
    };
    let is_meant = |span: &&Span| match (kind, scope) {
        (Kind::Key, _) => span.id.starts_with(PANIC_KEY) == (*keys == KeyScope::Own),
        // stops are kept, and intruders place none
        (Kind::Order, CancelScope::KeepProtective) => span.foreign,
        (Kind::Order, CancelScope::PlacedAfterSeconds(_) | CancelScope::Only(_)) => false,
        (_, _) => true,
    };
    let from = begun.min(at.saturating_sub(SURELY_MS));
    let to = at.saturating_add(SURELY_MS).min(look.clocked.end);
    let open: Vec<&Span> = look
        .ledger
        .on(account, kind)
        .filter(|span| span.is_open_throughout(from, to))
        .filter(is_meant)
        .collect();
    let until = open
        .iter()
        .map(|span| span.until.unwrap_or(look.clocked.end));
    let until = until.max()?;
    Some(FalseDone {
        by: By::Firebreak,
        what: what(&task.title, id.as_str()),
        task: Some(id.0.clone()),
        said: format!("verified: {}", proof.words),
        truth: still(kind, open.len()),
        at_ms: at,
        lasted_ms: until.saturating_sub(at),
    })
}

/// Nothing that has been open for long may be missing from what is called contained.
fn judge_contained(look: &Look<'_>, at: u64) -> Option<FalseDone> {
    let run = look.run?;
    let cancelled = |account: &str| {
        run.tasks.iter().any(|task| {
            task.task
                .account
                .as_ref()
                .is_some_and(|on| on.as_str() == account)
                && task.task.lever() == Some(Lever::CancelOrders)
                && matches!(
                    &task.task.action,
                    Action::Pull {
                        scope: CancelScope::All,
                        ..
                    }
                )
        })
    };
    let from = at.checked_sub(NOTICED_MS)?;
    let to = at.saturating_add(SURELY_MS).min(look.clocked.end);
    let open = look.ledger.spans.iter().filter(|span| {
        span.kind == Kind::Order && span.is_open_throughout(from, to) && cancelled(&span.account)
    });
    let ends: Vec<u64> = open
        .map(|span| span.until.unwrap_or(look.clocked.end))
        .collect();
    let until = ends.iter().max()?;
    Some(FalseDone {
        by: By::Firebreak,
        what: "The whole run".to_owned(),
        task: None,
        said: "contained".to_owned(),
        truth: still(Kind::Order, ends.len()),
        at_ms: at,
        lasted_ms: until.saturating_sub(at),
    })
}

/// When the program took back what it had called done.
fn reopened_after(look: &Look<'_>, rest: &[Line], id: &TaskId) -> Option<u64> {
    let reopened = rest
        .iter()
        .find(|line| matches!(&line.event, Event::Reopened { task, .. } if task == id));
    reopened.map(|line| look.clocked.on_drill(line.mono_ms))
}

fn still(kind: Kind, count: usize) -> String {
    kind.counted(u64::try_from(count).unwrap_or(u64::MAX))
}

fn is_within(known: &FalseDone, task: &str, at: u64) -> bool {
    known.task.as_deref().unwrap_or_default() == task
        && at <= known.at_ms.saturating_add(known.lasted_ms)
}

/// The card's title, and the account where its task has one.
fn what(title: &str, task: &str) -> String {
    match task.split_once('@') {
        Some((_, account)) => format!("{title}, {account}"),
        None => title.to_owned(),
    }
}

fn format_of(look: &Look<'_>, task: &str) -> Option<ReadBackFormat> {
    let card = task_of(look, task)?.card.as_ref()?;
    Some(card.read_back.as_ref()?.format)
}

fn task_of<'a>(look: &Look<'a>, task: &str) -> Option<&'a Task> {
    let known = look.run?.task(&TaskId::new(task))?;
    Some(&known.task)
}
