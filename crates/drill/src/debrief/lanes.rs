//! The lanes of the picture, from the story and the run's journal.

use std::collections::BTreeMap;

use door::Lever;
use incident::{Run, TaskRun, Word};
use runbook::{AccountName, Task, TaskId};

use super::{Across, AcrossKind, Lane, Mark, MarkKind, Seen, Span, SpanKind, Timeline, Whose};
use crate::{
    story::{Outcome, Told},
    words::clock,
};

/// Tasks that share a lane: a lever, or what the person does.
const CALL: &str = "Call the desk";
const REST: &str = "Other steps";

pub(super) fn timeline(seen: &Seen<'_>) -> Timeline {
    let from = from(seen);
    let shift = Shift { from };
    let mut lanes = actors(seen, shift);
    lanes.extend(steps(seen, shift));
    let mut lines = across(seen, shift);
    // a target that is far away would leave the picture no room for what happened
    let end = shift.to(seen.clocked.end);
    lines.retain(|line| line.kind != AcrossKind::Target || line.at_ms / 2 <= end);
    let last = lines.iter().map(|line| line.at_ms).max().unwrap_or(0);
    Timeline {
        from_ms: from,
        length_ms: end.max(last).max(1),
        zero_ms: shift.to(seen.clocked.alarm.or(seen.clocked.pressed).unwrap_or(from)),
        lanes,
        lines,
    }
}

/// Drill times as times of the picture.
#[derive(Clone, Copy)]
struct Shift {
    from: u64,
}

impl Shift {
    fn to(self, at: u64) -> u64 {
        at.saturating_sub(self.from)
    }
}

/// Where the picture begins: what came first of the alarm, the press and what an intruder did.
fn from(seen: &Seen<'_>) -> u64 {
    let acted = seen.story.iter().find_map(|line| {
        let is_theirs = matches!(
            &line.told,
            Told::Acted {
                innocent: false,
                ..
            }
        );
        is_theirs.then_some(line.at_ms)
    });
    let first = [acted, seen.clocked.alarm, seen.clocked.pressed];
    first.into_iter().flatten().min().unwrap_or(0)
}

/// A lane for each actor, intruders first, in the order in which they first acted.
fn actors(seen: &Seen<'_>, shift: Shift) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for line in seen.story {
        let Told::Acted {
            actor,
            innocent,
            deed,
            outcome,
        } = &line.told
        else {
            continue;
        };
        let (kind, says) = match outcome {
            Outcome::Done => (MarkKind::Act, deed.clone()),
            Outcome::Refused { why } => (MarkKind::Refused, format!("{deed}: refused, {why}")),
        };
        let mark = Mark {
            kind,
            at_ms: shift.to(line.at_ms),
            says,
        };
        let whose = if *innocent {
            Whose::Innocent
        } else {
            Whose::Intruder
        };
        match lanes
            .iter_mut()
            .find(|lane| lane.title == *actor && lane.whose == whose)
        {
            Some(lane) => lane.marks.push(mark),
            None => lanes.push(Lane {
                title: actor.clone(),
                whose,
                spans: Vec::new(),
                marks: vec![mark],
            }),
        }
    }
    lanes.sort_by_key(|lane| lane.whose == Whose::Innocent);
    lanes
}

/// A lane for each lever and account, then the calls and the rest of what the person does.
fn steps(seen: &Seen<'_>, shift: Shift) -> Vec<Lane> {
    let mut lanes: Vec<((usize, String), Lane)> = Vec::new();
    let words = words(seen);
    let tasks = seen.run.map(|run| run.tasks.as_slice()).unwrap_or_default();
    for task in tasks {
        let key = key(seen, &task.task);
        let lane = lane_of(&mut lanes, key);
        let row = words
            .get(&task.task.id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        draw_task(seen, shift, &task.task, row, lane);
    }
    for line in seen.story {
        if let Told::Called { contact, stage } = &line.told {
            let lane = lane_of(&mut lanes, (usize::MAX - 1, CALL.to_owned()));
            let mark = Mark {
                kind: MarkKind::Act,
                at_ms: shift.to(line.at_ms),
                says: format!("{contact}: {}", stage.replace('_', " ")),
            };
            lane.marks.push(mark);
        }
    }
    lanes.sort_by(|(a, _), (b, _)| a.cmp(b));
    lanes
        .into_iter()
        .map(|(_, mut lane)| {
            lane.spans.sort_by_key(|span| (span.from_ms, span.until_ms));
            lane.marks.sort_by_key(|mark| mark.at_ms);
            lane
        })
        .collect()
}

fn lane_of(lanes: &mut Vec<((usize, String), Lane)>, key: (usize, String)) -> &mut Lane {
    let at = lanes.iter().position(|(known, _)| *known == key);
    let at = at.unwrap_or_else(|| {
        let lane = Lane {
            title: key.1.clone(),
            whose: Whose::Yours,
            spans: Vec::new(),
            marks: Vec::new(),
        };
        lanes.push((key, lane));
        lanes.len() - 1
    });
    &mut lanes[at].1
}

/// In which lane a task stands, and in which order lanes do: that of the levers on the board. What
/// the person does for a lever stands in its lane.
fn key(seen: &Seen<'_>, task: &Task) -> (usize, String) {
    let page = task.card.as_ref().and_then(|card| card.page.as_deref());
    let lever = task
        .lever()
        .or_else(|| covered(seen, task))
        .or_else(|| page.and_then(lever_of));
    if let Some(lever) = lever {
        let nth = Lever::ALL.iter().position(|known| *known == lever);
        let title = match &task.account {
            Some(account) if accounts(seen.run) > 1 => format!("{}, {account}", lever.title()),
            Some(_) | None => lever.title().to_owned(),
        };
        return (nth.unwrap_or_default(), title);
    }
    if task
        .card
        .as_ref()
        .is_some_and(|card| card.contact.is_some())
    {
        (usize::MAX - 1, CALL.to_owned())
    } else {
        (usize::MAX, REST.to_owned())
    }
}

/// The lever that a person's step settles the rest of.
fn covered(seen: &Seen<'_>, task: &Task) -> Option<Lever> {
    let covered = seen.run?.task(task.covers.first()?)?;
    covered.task.lever()
}

/// The lever that does by itself what a page is for.
fn lever_of(page: &str) -> Option<Lever> {
    match page {
        "orders" => Some(Lever::CancelOrders),
        "sessions" => Some(Lever::EndSessions),
        "api-keys" | "other-api-keys" | "flex" => Some(Lever::RevokeKey),
        "withdrawals" => Some(Lever::StopWithdrawals),
        "bots" => Some(Lever::StopAutomation),
        _ => None,
    }
}

fn accounts(run: Option<&Run>) -> usize {
    run.map_or(0, |run| run.plan.accounts.len())
}

/// From when on each task stood in which state, on the drill's clock.
pub(super) fn words(seen: &Seen<'_>) -> BTreeMap<TaskId, Vec<(u64, Word)>> {
    let mut words: BTreeMap<TaskId, Vec<(u64, Word)>> = BTreeMap::new();
    let Some((first, rest)) = seen.lines.split_first() else {
        return words;
    };
    let Ok(mut run) = Run::start(first.stamp(), &first.event) else {
        return words;
    };
    note(&mut words, seen.clocked.on_drill(first.mono_ms), &run.tasks);
    for line in rest {
        if run.apply(line.stamp(), &line.event).is_err() {
            break;
        }
        note(&mut words, seen.clocked.on_drill(line.mono_ms), &run.tasks);
    }
    words
}

fn note(words: &mut BTreeMap<TaskId, Vec<(u64, Word)>>, at: u64, tasks: &[TaskRun]) {
    for task in tasks {
        match words.get_mut(&task.task.id) {
            Some(row) if row.last().is_some_and(|(_, word)| *word == task.word) => {}
            Some(row) => row.push((at, task.word)),
            None => {
                words.insert(task.task.id.clone(), vec![(at, task.word)]);
            }
        }
    }
}

fn draw_task(seen: &Seen<'_>, shift: Shift, task: &Task, row: &[(u64, Word)], lane: &mut Lane) {
    for (nth, (at, word)) in row.iter().enumerate() {
        let until = row.get(nth + 1).map_or(seen.clocked.end, |(next, _)| *next);
        match word {
            Word::Queued | Word::Partial | Word::Unknown | Word::Refused => {
                push(lane, SpanKind::Wait, shift, *at, until);
            }
            Word::Sending | Word::Accepted => push(lane, SpanKind::Flight, shift, *at, until),
            Word::NeedsYou => {
                let taken_up = taken_up(seen, task, *at, until).unwrap_or(until);
                push(lane, SpanKind::Wait, shift, *at, taken_up);
                push(lane, SpanKind::Hand, shift, taken_up, until);
            }
            Word::Verified => lane.marks.push(Mark {
                kind: MarkKind::Proof,
                at_ms: shift.to(*at),
                says: format!("{}: verified", named(&task.title, task.account.as_ref())),
            }),
            Word::Skipped => {}
        }
    }
    let lies = seen.score.false_done.iter();
    for lie in lies.filter(|lie| lie.task.as_deref() == Some(task.id.as_str())) {
        let until = lie.at_ms.saturating_add(lie.lasted_ms);
        push(lane, SpanKind::Bad, shift, lie.at_ms, until);
    }
}

/// When the person began with a card: looked at its page, did something there, or answered.
fn taken_up(seen: &Seen<'_>, task: &Task, from: u64, until: u64) -> Option<u64> {
    let page = task.card.as_ref().and_then(|card| card.page.as_deref());
    let here = |account: &str| {
        let only = task.account.as_ref();
        only.is_none_or(|only| only.as_str() == account)
    };
    let mut lines = seen.story.iter();
    let first = lines.find(|line| {
        (from..=until).contains(&line.at_ms)
            && match &line.told {
                Told::Looked { page: on, account } => Some(on.as_str()) == page && here(account),
                Told::Did {
                    page: on, account, ..
                } => Some(on.as_str()) == page && here(account),
                Told::Answered { task: of, .. } => of == task.id.as_str(),
                Told::Began { .. }
                | Told::Alarm { .. }
                | Told::Injected { .. }
                | Told::Acted { .. }
                | Told::Truth { .. }
                | Told::Pressed { .. }
                | Told::Called { .. }
                | Told::Asked { .. }
                | Told::Paused
                | Told::WentOn
                | Told::Ended { .. } => false,
            }
    })?;
    Some(first.at_ms)
}

fn push(lane: &mut Lane, kind: SpanKind, shift: Shift, from: u64, until: u64) {
    if until > from {
        lane.spans.push(Span {
            kind,
            from_ms: shift.to(from),
            until_ms: shift.to(until),
        });
    }
}

fn across(seen: &Seen<'_>, shift: Shift) -> Vec<Across> {
    let at = |kind, at: u64, says: String| Across {
        kind,
        at_ms: shift.to(at),
        says,
    };
    let mut lines = Vec::new();
    lines.extend(
        seen.clocked
            .alarm
            .map(|when| at(AcrossKind::Alarm, when, "alarm".to_owned())),
    );
    lines.extend(
        seen.clocked
            .pressed
            .map(|when| at(AcrossKind::Press, when, "press".to_owned())),
    );
    for line in seen.story {
        if let Told::Injected { inject } = &line.told {
            lines.push(at(AcrossKind::Inject, line.at_ms, inject.replace('-', " ")));
        }
    }
    let since = seen.clocked.alarm;
    let target = seen
        .judged
        .target("contained")
        .filter(|_| seen.clocked.judged);
    if let (Some(alarm), Some(target)) = (since, target) {
        let target = u64::try_from(target.as_millis()).unwrap_or(u64::MAX);
        let says = format!("target {}", clock(target));
        lines.push(at(AcrossKind::Target, alarm.saturating_add(target), says));
    }
    if let (Some(alarm), Some(took)) = (since, seen.score.times.alarm_to_contained) {
        let says = format!("contained {}", clock(took));
        lines.push(at(AcrossKind::Contained, alarm.saturating_add(took), says));
    }
    lines.sort_by_key(|line| line.at_ms);
    lines
}

pub(super) fn named(title: &str, account: Option<&AccountName>) -> String {
    match account {
        Some(account) => format!("{title}, {account}"),
        None => title.to_owned(),
    }
}
