//! A task in the middle of a run: its word, and what each door has answered.

use std::collections::BTreeMap;

use door::{DoorKind, ErrorClass, Lever, Reading, Receipt, Residue, Unseen};
use jiff::Timestamp;
use runbook::{Action, Task, TaskDoor};

use crate::{Failure, Proof, SkipReason, Word};

/// How long a lever has whose task names no deadline.
const DEFAULT_DEADLINE_MS: u64 = 60_000;

/// After this many failed readings in a row a door is taken for blind, and others may prove alone.
const BLIND_AFTER: u32 = 2;

/// A task and all that is known about it.
#[derive(Clone, Debug)]
pub struct TaskRun {
    /// What was planned.
    pub task: Task,
    /// Its state.
    pub word: Word,
    /// One line of why it is in that state.
    pub why: String,
    /// When the word last changed.
    pub since_ms: u64,
    /// The wall clock of that.
    pub since: Timestamp,
    /// What each of its doors has answered.
    pub doors: BTreeMap<DoorKind, DoorRun>,
    /// What `verified` rests on.
    pub proof: Option<Proof>,
    /// `partial`: what is left.
    pub left: Vec<String>,
    /// `partial`: until when.
    pub until: Option<Timestamp>,
    /// `refused`, or a failure that repeats: what the person can do.
    pub next: String,
    /// The value that the person read last, and whether it was the wanted one.
    pub answer: Option<(String, bool)>,
    /// Why it was passed over.
    pub skipped: Option<SkipReason>,
    /// How often something proved was open again.
    pub reopened: u32,
    /// Whether it has ever been the person's to do.
    pub needed_you: bool,
    /// `cancel_orders`: whether its hold-down is over.
    pub hold_ended: bool,
    /// When a listing was last good and empty.
    pub last_clear: Option<Timestamp>,
    /// From when its deadline counts; none before release.
    pub(crate) window_start_ms: Option<u64>,
    /// After a resume: each door is read once before anything is repeated.
    pub(crate) reprobe: bool,
}

/// What one door has answered about one task.
#[derive(Clone, Debug, Default)]
pub struct DoorRun {
    /// Attempts so far.
    pub attempts: u32,
    /// Readings so far.
    pub readings: u32,
    /// The last receipt.
    pub receipt: Option<Receipt>,
    /// The last good reading.
    pub last_reading: Option<Reading>,
    /// Why the last attempt failed; cleared by an acceptance.
    pub attempt_failure: Option<Failure>,
    /// Why the last reading failed; cleared by a good one.
    pub reading_failure: Option<Failure>,
    pub(crate) attempt_started_ms: Option<u64>,
    pub(crate) last_attempt_ms: Option<u64>,
    pub(crate) attempts_in_window: u32,
    /// What was open when the last attempt began: what is new since then is not a failure of it.
    pub(crate) open_before: Vec<String>,
    pub(crate) accepted_at_ms: Option<u64>,
    pub(crate) reading_started_ms: Option<u64>,
    pub(crate) last_reading_ms: Option<u64>,
    pub(crate) failed_readings_in_row: u32,
    /// When the first and the last of the present row of clear readings began, and how many.
    pub(crate) clear: Option<Clear>,
    /// When the last good reading that found something was taken.
    pub(crate) found_at_ms: Option<u64>,
    pub(crate) heard_since_resume: bool,
    /// The person gave a one-time code that no attempt has taken along yet.
    pub(crate) has_code: bool,
}

impl DoorRun {
    /// Whether the venue wants a one-time code before anything is done through this door.
    pub(crate) fn asks_code(&self) -> bool {
        self.attempt_failure
            .as_ref()
            .is_some_and(|failure| failure.class == ErrorClass::NeedsCode)
    }

    /// Whether its listings have failed again and again: it cannot be asked any more.
    pub(crate) fn is_blind(&self) -> bool {
        self.failed_readings_in_row >= BLIND_AFTER
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clear {
    pub(crate) first_begun_ms: u64,
    pub(crate) previous_begun_ms: Option<u64>,
    pub(crate) last_begun_ms: u64,
    pub(crate) count: u32,
}

/// Through which doors a lever goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Through {
    /// The first that takes it, then the next ones when it does not: one effect at the venue.
    First,
    /// Each that offers it: every door has a session, a key or a view of its own.
    Each,
}

/// How a lever goes through an account's doors, whatever they are. See [`TaskRun::through`].
fn usually_through(lever: Lever) -> Through {
    match lever {
        Lever::CancelOrders | Lever::StopWithdrawals | Lever::BlockTrading => Through::First,
        Lever::Capture
        | Lever::StopAutomation
        | Lever::EndSessions
        | Lever::RevokeKey
        | Lever::Audit => Through::Each,
    }
}

impl TaskRun {
    pub(crate) fn new(task: Task, at: Timestamp, mono_ms: u64) -> Self {
        let doors = task
            .doors()
            .iter()
            .map(|door| (door.door.clone(), DoorRun::default()));
        Self {
            doors: doors.collect(),
            word: Word::Queued,
            why: String::new(),
            since_ms: mono_ms,
            since: at,
            proof: None,
            left: Vec::new(),
            until: None,
            next: String::new(),
            answer: None,
            skipped: None,
            reopened: 0,
            needed_you: false,
            hold_ended: false,
            last_clear: None,
            window_start_ms: None,
            reprobe: false,
            task,
        }
    }

    /// Through which doors its lever goes. Doors that each reach a part of the account that no
    /// other does act and prove each for itself.
    pub(crate) fn through(&self) -> Through {
        if self.task.doors().iter().any(|door| door.support.own_part) {
            return Through::Each;
        }
        self.task.lever().map_or(Through::First, usually_through)
    }

    /// Whether a door waits for a one-time code of the person. After a resume what was being sent is
    /// unknown, and is asked for all the same.
    pub fn asks_code(&self) -> bool {
        matches!(self.word, Word::NeedsYou | Word::Unknown)
            && self.doors.values().any(DoorRun::asks_code)
    }

    /// Whether its card is for a one-time code and for nothing else.
    pub(crate) fn is_about_a_code(&self) -> bool {
        let card = self.task.card.as_ref();
        card.is_some_and(|card| card.read_back.is_none())
            && self.task.doors().iter().any(|door| door.support.asks_code)
    }

    /// The doors through which its lever can be pulled.
    pub(crate) fn acting_doors(&self) -> impl Iterator<Item = &TaskDoor> {
        self.task.doors().iter().filter(|door| door.support.acts)
    }

    /// The doors through which its effect can be read.
    pub(crate) fn reading_doors(&self) -> impl Iterator<Item = &TaskDoor> {
        self.task.doors().iter().filter(|door| door.support.reads)
    }

    /// Whether only the person can do it.
    pub(crate) fn is_for_person(&self) -> bool {
        matches!(self.task.action, Action::Manual) || self.acting_doors().next().is_none()
    }

    /// When its deadline passes; a lever without one has [`DEFAULT_DEADLINE_MS`].
    pub(crate) fn window_end_ms(&self) -> Option<u64> {
        let deadline = match self.task.action {
            Action::Pull { .. } => self.task.deadline_ms.unwrap_or(DEFAULT_DEADLINE_MS),
            Action::Manual => return None,
        };
        Some(self.window_start_ms?.saturating_add(deadline))
    }

    pub(crate) fn window_open(&self, now_ms: u64) -> bool {
        self.window_end_ms().is_none_or(|end| now_ms < end)
    }

    /// Whether orders are held down: it was released, and its severing tasks are not yet proved.
    pub fn is_holding(&self) -> bool {
        self.task.lever() == Some(Lever::CancelOrders)
            && !self.task.hold_until.is_empty()
            && !self.hold_ended
            && match self.word {
                Word::Queued | Word::Skipped => false,
                Word::Sending
                | Word::Accepted
                | Word::Verified
                | Word::Partial
                | Word::Refused
                | Word::Unknown
                | Word::NeedsYou => true,
            }
    }

    /// From when on a reading through `door` can prove anything: the last acceptance.
    pub(crate) fn proof_floor_ms(&self, door: &DoorKind) -> u64 {
        let accepted = match self.through() {
            Through::First => self
                .doors
                .values()
                .filter_map(|run| run.accepted_at_ms)
                .max(),
            Through::Each => self.doors.get(door).and_then(|run| run.accepted_at_ms),
        };
        accepted.unwrap_or(0)
    }

    /// What is still seen open, as the doors that can be read last said.
    pub fn found(&self) -> impl Iterator<Item = (&DoorKind, &door::Found)> {
        self.doors
            .iter()
            .filter(|(_, run)| !run.is_blind())
            .flat_map(|(kind, run)| {
                run.last_reading
                    .iter()
                    .flat_map(move |r| r.found.iter().map(move |f| (kind, f)))
            })
    }

    /// What no door sees: for a lever that acts through the first door only what none of its doors
    /// sees, else what any of them does not.
    pub(crate) fn rest(&self) -> (Vec<Unseen>, Vec<Residue>) {
        let readings: Vec<&Reading> = self
            .doors
            .values()
            .filter_map(|run| run.last_reading.as_ref())
            .collect();
        let each = self.through() == Through::Each;
        let mut unseen: Vec<Unseen> = Vec::new();
        for item in readings.iter().flat_map(|reading| &reading.unseen) {
            let by_all = readings
                .iter()
                .all(|r| r.unseen.iter().any(|u| u.what == item.what));
            if (each || by_all) && !unseen.iter().any(|u| u.what == item.what) {
                unseen.push(item.clone());
            }
        }
        let mut residue: Vec<Residue> = Vec::new();
        for item in readings.iter().flat_map(|reading| &reading.residue) {
            if !residue.contains(item) {
                residue.push(item.clone());
            }
        }
        (unseen, residue)
    }
}
