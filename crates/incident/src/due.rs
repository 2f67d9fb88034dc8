//! What a run does next: decisions to write down, effects to start, and when to look again.
//!
//! Pure: the same run at the same time always gives the same answer.

use std::hash::{DefaultHasher, Hash, Hasher};

use door::{Again, DoorError, DoorKind, Found, Lever};
use runbook::{AccountName, TaskDoor, TaskId};

use crate::{
    Event, Failure, Run, SkipReason, Word,
    proof::{Judgement, STOP_AUTOMATION_GAP_MS, final_failure},
    steps::still_open,
    task::{DoorRun, TaskRun, Through},
};

/// A door that has not acknowledged within this long is joined by the next.
pub const ACKNOWLEDGE_WITHIN_MS: u64 = 1_500;
/// What could not be done by now is not tried more often than this, until the deadline.
const MAX_BACK_OFF_MS: u64 = 10_000;
/// The first pause after a failure.
const MIN_BACK_OFF_MS: u64 = 250;
/// Attempts through one door before only the deadline is waited for.
const MAX_ATTEMPTS: u32 = 40;
/// How often what cannot be acted upon any more is read again.
const SLOW_READ_MS: u64 = 30_000;
/// Under hold-down, so many poll intervals without a good listing make `verified` unknown.
const BLIND_INTERVALS: u64 = 3;

/// What is due.
#[derive(Debug, Default)]
pub struct Due {
    /// To be written and applied first; then ask again.
    pub events: Vec<Event>,
    /// To be started, each after its own `started` event.
    pub effects: Vec<Effect>,
    /// When to ask again if nothing happens, on the run's clock.
    pub wake_at_ms: Option<u64>,
}

/// Something to do at a venue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Pull the lever.
    Act {
        /// For which task.
        task: TaskId,
        /// On which account.
        account: AccountName,
        /// Through which door.
        door: DoorKind,
        /// The attempt's number.
        attempt: u32,
    },
    /// Read back.
    Read {
        /// For which task.
        task: TaskId,
        /// On which account.
        account: AccountName,
        /// Through which door.
        door: DoorKind,
        /// The reading's number.
        reading: u32,
    },
}

impl Due {
    fn wake(&mut self, at_ms: u64) {
        self.wake_at_ms = Some(self.wake_at_ms.map_or(at_ms, |earlier| earlier.min(at_ms)));
    }
}

impl Run {
    /// What is due at `now_ms` on the run's clock.
    pub fn next(&self, now_ms: u64) -> Due {
        let mut due = Due::default();
        if self.is_reset {
            return due;
        }
        for account in self.accounts.values() {
            due.events.extend(account.to_tell.iter().cloned());
        }
        if !due.events.is_empty() {
            return due;
        }
        for task in &self.tasks {
            if let Some(event) = self.decide(task, now_ms, &mut due) {
                due.events.push(event);
            }
        }
        if due.events.is_empty() {
            for task in &self.tasks {
                self.acts(task, now_ms, &mut due);
                Self::reads(task, now_ms, &mut due);
            }
        }
        due
    }

    /// Whether nothing automatic is left that could change a word, other than hold-down.
    pub fn is_settled(&self, now_ms: u64) -> bool {
        let moving = self.tasks.iter().any(|task| match task.word {
            Word::Sending | Word::Accepted => true,
            Word::Unknown => (task.reprobe && task.window_open(now_ms)) || Self::is_recording(task),
            Word::Queued
            | Word::Verified
            | Word::Partial
            | Word::Refused
            | Word::NeedsYou
            | Word::Skipped => false,
        });
        !moving && self.next(now_ms).events.is_empty()
    }

    /// Whether a record is still under way: what comes late is kept all the same.
    fn is_recording(task: &TaskRun) -> bool {
        task.task.lever().is_some_and(|lever| !lever.contains())
            && task
                .doors
                .values()
                .any(|run| run.attempt_started_ms.is_some())
    }

    /// When `door` of `task` may be tried again after `error`; `None` when it may not.
    pub fn retry_at_ms(
        &self,
        task: &TaskId,
        door: &DoorKind,
        error: &DoorError,
        now_ms: u64,
    ) -> Option<u64> {
        let run = self.task(task)?;
        let tries = run.doors.get(door)?.attempts_in_window;
        match error.again {
            Again::No => None,
            Again::AfterMs(wait) => Some(now_ms.saturating_add(wait)),
            Again::Soon => {
                let doubled = MIN_BACK_OFF_MS << tries.saturating_sub(1).min(6);
                let full = doubled.min(MAX_BACK_OFF_MS);
                let mut hasher = DefaultHasher::new();
                (self.seed, task, door, tries).hash(&mut hasher);
                let jitter = hasher.finish() % (full / 2).max(1);
                Some(now_ms + full / 2 + jitter)
            }
        }
    }

    /// The next decision about a task, if one is due.
    fn decide(&self, task: &TaskRun, now_ms: u64, due: &mut Due) -> Option<Event> {
        let id = task.task.id.clone();
        match task.word {
            Word::Queued => {
                if self.is_free(task) && !self.is_blinding(task) {
                    return Some(Event::Released { task: id });
                }
                None
            }
            Word::Sending | Word::Accepted => {
                if let Some(event) = self.judged(task) {
                    return Some(event);
                }
                if let Some(event) = Self::all_said_no(task) {
                    return Some(event);
                }
                let end = task.window_end_ms()?;
                if now_ms >= end {
                    return Some(Event::Unknown {
                        task: id,
                        why: Self::why_unknown(task),
                        last_seen: task.last_clear,
                    });
                }
                due.wake(end);
                None
            }
            Word::Unknown | Word::Refused | Word::NeedsYou => self.judged(task),
            Word::Partial => match self.judged(task) {
                Some(Event::Partial { left, .. }) if left == task.left => None,
                event => event,
            },
            Word::Verified => self.decide_verified(task, now_ms, due),
            Word::Skipped => None,
        }
    }

    fn judged(&self, task: &TaskRun) -> Option<Event> {
        let id = task.task.id.clone();
        match self.judge(task) {
            Judgement::Proved(proof) => Some(Event::Verified { task: id, proof }),
            Judgement::Rest { left, until } => match task.word {
                Word::Refused | Word::NeedsYou => None,
                Word::Queued
                | Word::Sending
                | Word::Accepted
                | Word::Verified
                | Word::Partial
                | Word::Unknown
                | Word::Skipped => Some(Event::Partial {
                    task: id,
                    left,
                    until,
                }),
            },
            Judgement::Open => None,
        }
    }

    fn decide_verified(&self, task: &TaskRun, now_ms: u64, due: &mut Due) -> Option<Event> {
        let found: Vec<Found> = task.found().map(|(_, found)| found.clone()).collect();
        if !found.is_empty() {
            return Some(Event::Reopened {
                task: task.task.id.clone(),
                found,
            });
        }
        if !task.is_holding() {
            return None;
        }
        let good = task
            .doors
            .values()
            .map(|run| run.clear.map(|row| row.last_begun_ms));
        let last_good = match task.through() {
            Through::First => good.flatten().max(),
            // each sees a part: the one that was not seen for longest counts
            Through::Each => good.min().flatten(),
        };
        if let Some(severed) = self.severed_at_ms(task) {
            let twice = |door: &TaskDoor| {
                let clear = task.doors.get(&door.door).and_then(|run| run.clear);
                clear.is_some_and(|row| row.previous_begun_ms.is_some_and(|at| at >= severed))
            };
            let twice = match task.through() {
                Through::First => task.reading_doors().any(twice),
                Through::Each => task.reading_doors().all(twice),
            };
            if twice {
                return Some(Event::HoldEnded {
                    task: task.task.id.clone(),
                });
            }
        }
        let interval = task
            .reading_doors()
            .map(|door| door.poll_interval_ms)
            .max()
            .unwrap_or(0);
        let blind_at = last_good.unwrap_or(task.since_ms).max(task.since_ms)
            + BLIND_INTERVALS * interval.max(1_000);
        if now_ms >= blind_at {
            return Some(Event::Unknown {
                task: task.task.id.clone(),
                why: "no good listing since it was last seen empty".to_owned(),
                last_seen: task.last_clear,
            });
        }
        due.wake(blind_at);
        None
    }

    /// Since when every severing task of a hold is proved.
    fn severed_at_ms(&self, task: &TaskRun) -> Option<u64> {
        let mut since = 0;
        for id in &task.task.hold_until {
            let severing = self.task(id)?;
            match (&severing.word, &severing.skipped) {
                (Word::Verified, _) | (Word::Skipped, Some(SkipReason::NotApplicable)) => {
                    since = since.max(severing.since_ms);
                }
                _ => return None,
            }
        }
        Some(since)
    }

    fn all_said_no(task: &TaskRun) -> Option<Event> {
        let id = task.task.id.clone();
        if let Some(why) = &task.task.refused_now {
            return Some(Self::no(task, id, why.clone(), String::new()));
        }
        let mut last = None;
        for door in task.acting_doors() {
            let failure = task.doors.get(&door.door)?.attempt_failure.as_ref()?;
            if failure.retry_at_ms.is_some() {
                return None;
            }
            last = last.or(Some(failure));
        }
        let failure = last?;
        Some(Self::no(
            task,
            id,
            failure.meaning.clone(),
            failure.next.clone(),
        ))
    }

    fn no(task: &TaskRun, id: TaskId, why: String, next: String) -> Event {
        if task.task.card.is_some() {
            Event::NeedsYou { task: id, why }
        } else {
            Event::Refused {
                task: id,
                why,
                next,
            }
        }
    }

    fn why_unknown(task: &TaskRun) -> String {
        let found: Vec<Found> = task.found().map(|(_, found)| found.clone()).collect();
        if !found.is_empty() {
            return still_open(&found);
        }
        let failure = task.doors.values().find_map(|run| {
            run.attempt_failure
                .as_ref()
                .or(run.reading_failure.as_ref())
        });
        match failure {
            Some(failure) => format!("no proof in time: {}", failure.meaning),
            None => "no answer in time".to_owned(),
        }
    }

    fn acts(&self, task: &TaskRun, now_ms: u64, due: &mut Due) {
        let Some(lever) = task.task.lever() else {
            return;
        };
        let Some(account) = &task.task.account else {
            return;
        };
        if !Self::may_act(task, now_ms) {
            return;
        }
        let found_at_ms = Self::found_at_ms(task);
        let mut earlier_doors_wait_until = None;
        for door in task.acting_doors() {
            let Some(run) = task.doors.get(&door.door) else {
                continue;
            };
            if task.through() == Through::First {
                match earlier_doors_wait_until {
                    Some(u64::MAX) => return,
                    Some(at) if now_ms < at => return due.wake(at),
                    Some(_) | None => {}
                }
            }
            let without_code = task.word == Word::NeedsYou && !run.has_code;
            if !self.would_blind(task, door) && !without_code {
                match Self::act_at_ms(lever, door, run, found_at_ms) {
                    Some(at) if at <= now_ms => due.effects.push(Effect::Act {
                        task: task.task.id.clone(),
                        account: account.clone(),
                        door: door.door.clone(),
                        attempt: run.attempts + 1,
                    }),
                    Some(at) => due.wake(at),
                    None => {}
                }
            }
            earlier_doors_wait_until = Some(Self::next_door_at_ms(run, found_at_ms, now_ms));
        }
    }

    fn may_act(task: &TaskRun, now_ms: u64) -> bool {
        let word_allows = match task.word {
            Word::Sending | Word::Accepted => true,
            Word::Unknown | Word::Partial => {
                task.is_holding()
                    || task.window_open(now_ms)
                    || task.doors.values().any(|run| run.has_code)
            }
            // only a door that got the code it asked for, see `acts`
            Word::NeedsYou => task.doors.values().any(|run| run.has_code),
            Word::Queued | Word::Verified | Word::Refused | Word::Skipped => false,
        };
        let is_record = task.task.lever().is_some_and(|lever| !lever.contains());
        let probed = !task.reprobe
            || is_record
            || task.reading_doors().next().is_none()
            || task.reading_doors().any(|door| {
                task.doors
                    .get(&door.door)
                    .is_some_and(|run| run.heard_since_resume)
            });
        word_allows && probed && task.task.refused_now.is_none()
    }

    /// When a door that can be read last listed something open. Levers with one effect at the venue
    /// believe any door; the others only each its own.
    fn found_at_ms(task: &TaskRun) -> Option<u64> {
        let open = task.doors.values().filter(|run| {
            !run.is_blind()
                && run
                    .last_reading
                    .as_ref()
                    .is_some_and(|r| !r.found.is_empty())
        });
        match task.through() {
            Through::First => open.filter_map(|run| run.found_at_ms).max(),
            Through::Each => None,
        }
    }

    /// When a door is due to be asked; `None` while it is not.
    fn act_at_ms(
        lever: Lever,
        door: &TaskDoor,
        run: &DoorRun,
        found_anywhere_ms: Option<u64>,
    ) -> Option<u64> {
        if run.attempt_started_ms.is_some() || run.attempts_in_window >= MAX_ATTEMPTS {
            return None;
        }
        if let Some(failure) = &run.attempt_failure {
            return failure.retry_at_ms;
        }
        let Some(accepted) = run.accepted_at_ms.filter(|_| !run.has_code) else {
            return Some(0);
        };
        if !lever.contains() {
            return None;
        }
        // taken before, and still open in a listing after that: ask again, not more often than
        // the venue can show an effect
        let own = run.found_at_ms.filter(|_| {
            run.last_reading
                .as_ref()
                .is_some_and(|reading| !reading.found.is_empty())
        });
        let found_at = own.max(found_anywhere_ms).filter(|at| *at >= accepted)?;
        let pause = door
            .poll_interval_ms
            .clamp(MIN_BACK_OFF_MS, MAX_BACK_OFF_MS);
        let grown = pause << run.attempts_in_window.saturating_sub(2).min(3);
        Some(found_at.max(accepted + grown.min(MAX_BACK_OFF_MS)))
    }

    /// From when on the door after this one is tried too.
    fn next_door_at_ms(run: &DoorRun, found_anywhere_ms: Option<u64>, now_ms: u64) -> u64 {
        if let Some(started) = run.attempt_started_ms {
            return started + ACKNOWLEDGE_WITHIN_MS;
        }
        if run.attempt_failure.is_some() || run.is_blind() {
            return now_ms;
        }
        match (run.accepted_at_ms, found_anywhere_ms) {
            // it said yes twice and nothing came of it
            (Some(accepted), Some(found)) if found >= accepted && run.attempts_in_window >= 2 => {
                now_ms
            }
            (Some(_), _) => u64::MAX,
            (None, _) => now_ms + ACKNOWLEDGE_WITHIN_MS,
        }
    }

    fn reads(task: &TaskRun, now_ms: u64, due: &mut Due) {
        let Some(lever) = task.task.lever() else {
            return;
        };
        let Some(account) = &task.task.account else {
            return;
        };
        let heard_of_act = task.reprobe
            || task
                .doors
                .values()
                .any(|run| run.accepted_at_ms.is_some() || run.attempt_failure.is_some());
        for door in task.reading_doors() {
            let Some(run) = task.doors.get(&door.door) else {
                continue;
            };
            if run.reading_started_ms.is_some() {
                continue;
            }
            let quick = match lever {
                Lever::StopAutomation => {
                    let second = run.clear.is_some_and(|clear| clear.count == 1);
                    if second {
                        STOP_AUTOMATION_GAP_MS
                    } else {
                        door.poll_interval_ms
                    }
                }
                Lever::Capture | Lever::Audit => return,
                Lever::CancelOrders
                | Lever::StopWithdrawals
                | Lever::BlockTrading
                | Lever::RevokeKey
                | Lever::EndSessions => door.poll_interval_ms,
            };
            let slow = SLOW_READ_MS.max(quick);
            let interval = match task.word {
                Word::Queued | Word::Skipped => continue,
                Word::Sending | Word::Accepted if !heard_of_act => continue,
                Word::Sending | Word::Accepted => quick,
                Word::Verified if task.is_holding() => quick,
                Word::Verified => match lever {
                    // what was proved may be undone while the run is open
                    Lever::CancelOrders
                    | Lever::StopWithdrawals
                    | Lever::BlockTrading
                    | Lever::EndSessions => slow,
                    Lever::Capture | Lever::StopAutomation | Lever::RevokeKey | Lever::Audit => {
                        continue;
                    }
                },
                Word::Unknown | Word::Partial if task.is_holding() => quick,
                Word::Unknown if task.window_open(now_ms) || run.clear.is_some() => quick,
                // it was done with the person's code: whether it is so is asked at once
                Word::NeedsYou | Word::Unknown
                    if door.support.asks_code && run.accepted_at_ms.is_some() =>
                {
                    quick
                }
                Word::Unknown | Word::Partial | Word::Refused | Word::NeedsYou => slow,
            };
            let back_off = u64::from(run.failed_readings_in_row.min(4)) * MIN_BACK_OFF_MS;
            let paced_until = run
                .reading_failure
                .as_ref()
                .and_then(|f| f.retry_at_ms)
                .unwrap_or(0);
            let at = match run.last_reading_ms {
                None => 0,
                Some(begun) => (begun + interval + back_off).max(paced_until),
            };
            if at <= now_ms {
                due.effects.push(Effect::Read {
                    task: task.task.id.clone(),
                    account: account.clone(),
                    door: door.door.clone(),
                    reading: run.readings + 1,
                });
            } else {
                due.wake(at);
            }
        }
    }
}

/// A failure as it is written down.
pub(crate) fn failure(error: &DoorError, retry_at_ms: Option<u64>) -> Failure {
    Failure {
        class: error.class,
        words: error.words.clone(),
        meaning: error.meaning.clone(),
        next: error.next.clone(),
        retry_at_ms,
    }
}

/// The words of the last thing that went wrong at a door, for a board.
pub(crate) fn trouble(run: &DoorRun) -> Option<String> {
    final_failure(run).or_else(|| run.reading_failure.as_ref().map(|f| f.meaning.clone()))
}
