//! What counts as proof. The only place that decides whether readings support `verified`.

use door::{DoorKind, Lever};
use jiff::Timestamp;
use runbook::TaskDoor;

use crate::{
    Proof,
    task::{DoorRun, TaskRun, Through},
};

/// What the readings so far support.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Judgement {
    /// Nothing yet.
    Open,
    /// All within reach is done; this is left.
    Rest {
        left: Vec<String>,
        until: Option<Timestamp>,
    },
    /// It is so.
    Proved(Proof),
}

/// How often, and how far apart, a lever's effect is read before it counts.
pub(crate) struct Rule {
    pub(crate) readings: u32,
    pub(crate) gap_ms: u64,
}

pub(crate) fn rule(lever: Lever, poll_interval_ms: u64) -> Rule {
    match lever {
        Lever::CancelOrders => Rule {
            readings: 2,
            gap_ms: poll_interval_ms,
        },
        // a watchdog brings a program back within seconds
        Lever::StopAutomation => Rule {
            readings: 2,
            gap_ms: STOP_AUTOMATION_GAP_MS,
        },
        Lever::Capture
        | Lever::StopWithdrawals
        | Lever::BlockTrading
        | Lever::RevokeKey
        | Lever::EndSessions
        | Lever::Audit => Rule {
            readings: 1,
            gap_ms: 0,
        },
    }
}

/// A stopped program must still be gone after this long.
pub(crate) const STOP_AUTOMATION_GAP_MS: u64 = 10_000;

/// Judges `task`. `covered` says that a person's read-back settles what no door can see.
pub(crate) fn judge(task: &TaskRun, covered: bool) -> Judgement {
    let Some(lever) = task.task.lever() else {
        return judge_answer(task);
    };
    if task.task.doors().is_empty() {
        return judge_answer(task);
    }
    match lever {
        Lever::Capture | Lever::Audit => judge_record(task),
        Lever::StopAutomation
        | Lever::CancelOrders
        | Lever::StopWithdrawals
        | Lever::BlockTrading
        | Lever::RevokeKey
        | Lever::EndSessions => judge_effect(task, lever, covered),
    }
}

/// A value that the person read proves a task only where no door can be asked.
fn judge_answer(task: &TaskRun) -> Judgement {
    match &task.answer {
        Some((value, true)) => Judgement::Proved(Proof {
            readings: 1,
            doors: Vec::new(),
            read_by_you: true,
            words: format!("You read: {value}"),
        }),
        Some((_, false)) | None => Judgement::Open,
    }
}

/// A record is complete when each door stored what was asked for; what is missing is named.
fn judge_record(task: &TaskRun) -> Judgement {
    let mut left = Vec::new();
    let mut doors = Vec::new();
    for (door, run) in task.acting_doors().map(|door| (door, run_of(task, door))) {
        if let Some(receipt) = &run.receipt {
            doors.push(door.door.clone());
            left.extend(
                receipt
                    .missing
                    .iter()
                    .map(|m| format!("{}: {}", m.what, m.why)),
            );
        } else if let Some(failure) = final_failure(run) {
            left.push(format!("{}: {failure}", door.door));
        } else {
            return Judgement::Open;
        }
    }
    if doors.is_empty() {
        Judgement::Open
    } else if left.is_empty() {
        let words = format!("recorded through {}", list(&doors));
        Judgement::Proved(Proof {
            readings: 0,
            doors,
            read_by_you: false,
            words,
        })
    } else {
        Judgement::Rest { left, until: None }
    }
}

fn judge_effect(task: &TaskRun, lever: Lever, covered: bool) -> Judgement {
    let mut proving: Vec<(DoorKind, u32)> = Vec::new();
    let mut failed = Vec::new();
    let mut last_found_ms = 0;
    for door in task.task.doors() {
        let run = run_of(task, door);
        match stand(task, lever, door) {
            Stand::Clear(readings) => proving.push((door.door.clone(), readings)),
            Stand::Open => return Judgement::Open,
            Stand::Blind { found_at_ms } => last_found_ms = last_found_ms.max(found_at_ms),
            Stand::Failed => {
                failed.push(format!(
                    "{}: {}",
                    door.door,
                    final_failure(run).unwrap_or_default()
                ));
            }
        }
    }
    // what a door saw before it went blind is overruled only by listings that began after that
    proving.retain(|(door, _)| {
        let clear = task.doors.get(door).and_then(|run| run.clear);
        clear.is_some_and(|row| row.first_begun_ms >= last_found_ms)
    });
    if proving.is_empty() {
        return Judgement::Open;
    }
    let (unseen, residue) = task.rest();
    let settled_by_person = covered && failed.is_empty() && residue.is_empty();
    if (unseen.is_empty() && residue.is_empty() && failed.is_empty()) || settled_by_person {
        let doors: Vec<DoorKind> = proving.iter().map(|(door, _)| door.clone()).collect();
        let words = task
            .doors
            .iter()
            .filter(|(kind, _)| doors.contains(kind))
            .filter_map(|(_, run)| run.last_reading.as_ref())
            .map(|reading| reading.words.as_str())
            .find(|words| !words.is_empty())
            .unwrap_or("nothing open")
            .to_owned();
        return Judgement::Proved(Proof {
            readings: proving.iter().map(|(_, readings)| readings).sum(),
            doors,
            read_by_you: !unseen.is_empty(),
            words,
        });
    }
    let until = residue.iter().map(|r| r.until).collect::<Option<Vec<_>>>();
    let until = if unseen.is_empty() && failed.is_empty() {
        until
    } else {
        None
    };
    let mut left: Vec<String> = unseen
        .iter()
        .map(|u| format!("{}: {}", u.what, u.why))
        .collect();
    left.extend(residue.iter().map(|r| r.what.clone()));
    left.extend(failed);
    Judgement::Rest {
        left,
        until: until.and_then(|times| times.into_iter().max()),
    }
}

/// Where one door stands with a lever's effect.
enum Stand {
    /// Read clear often enough, that many times.
    Clear(u32),
    /// Something is open there, or not yet read.
    Open,
    /// It cannot be read, or cannot tell; others may. When it last saw something open, if ever.
    Blind { found_at_ms: u64 },
    /// It said no for good, and nobody else can do its part.
    Failed,
}

fn stand(task: &TaskRun, lever: Lever, door: &TaskDoor) -> Stand {
    let run = run_of(task, door);
    if door.support.reads {
        let rule = rule(lever, door.poll_interval_ms);
        let saw_open = run
            .last_reading
            .as_ref()
            .is_some_and(|reading| !reading.found.is_empty());
        if saw_open && task.through() == Through::First && run.is_blind() {
            return Stand::Blind {
                found_at_ms: run.found_at_ms.unwrap_or(0),
            };
        }
        if saw_open {
            return Stand::Open;
        }
        if let Some(clear) = run.clear
            && clear.count >= rule.readings
            && clear.last_begun_ms - clear.first_begun_ms >= rule.gap_ms
        {
            return Stand::Clear(clear.count);
        }
    }
    match task.through() {
        Through::First if !door.support.reads || run.is_blind() => Stand::Blind { found_at_ms: 0 },
        Through::First => Stand::Open,
        Through::Each if final_failure(run).is_some() => Stand::Failed,
        Through::Each if !door.support.acts => Stand::Blind { found_at_ms: 0 },
        Through::Each => Stand::Open,
    }
}

/// The words of a failure after which this door will not be tried again.
pub(crate) fn final_failure(run: &DoorRun) -> Option<String> {
    run.attempt_failure
        .as_ref()
        .filter(|failure| failure.retry_at_ms.is_none())
        .map(|failure| failure.meaning.clone())
}

fn run_of<'a>(task: &'a TaskRun, door: &TaskDoor) -> &'a DoorRun {
    task.doors
        .get(&door.door)
        .expect("a task holds a run for each of its doors")
}

fn list(doors: &[DoorKind]) -> String {
    doors
        .iter()
        .map(|door| door.0.as_str())
        .collect::<Vec<_>>()
        .join(" and ")
}
