//! What a task waits for before it begins: what stands before it, and what it would blind.

use door::{DoorKind, Lever};
use runbook::TaskDoor;

use crate::{
    Run, Word,
    proof::final_failure,
    task::{TaskRun, Through},
};

impl Run {
    /// Whether everything that a task waits for has ended. What waits itself so as not to blind
    /// others holds nobody up. Cancelling waits for a capture only until it has what the cancel
    /// changes: its slower parts and doors go on meanwhile.
    pub(crate) fn is_free(&self, task: &TaskRun) -> bool {
        task.task
            .after
            .iter()
            .filter_map(|id| self.task(id))
            .all(|other| {
                other.word.has_ended()
                    || (task.task.lever() == Some(Lever::CancelOrders)
                        && self.has_recorded_for(other, task))
                    || (other.word == Word::Queued
                        && self.is_free(other)
                        && self.is_blinding(other))
            })
    }

    /// Whether `capture` has the orders and positions that `cancel` changes: of one door, or, where
    /// each sees a part of the account, of every one that may still tell.
    fn has_recorded_for(&self, capture: &TaskRun, cancel: &TaskRun) -> bool {
        let known = capture.task.account.as_ref();
        let Some(known) = known.and_then(|name| self.accounts.get(name)) else {
            return false;
        };
        let is_recorded = |door: &TaskDoor| known.is_recorded(&door.door);
        let cannot_tell = |door: &TaskDoor| {
            let run = capture.doors.get(&door.door);
            run.is_none_or(|run| final_failure(run).is_some())
        };
        capture.task.lever() == Some(Lever::Capture)
            && capture.task.account == cancel.task.account
            && match cancel.through() {
                Through::First => capture.acting_doors().any(is_recorded),
                Through::Each => {
                    cancel.acting_doors().any(is_recorded)
                        && cancel
                            .acting_doors()
                            .all(|door| is_recorded(door) || cannot_tell(door))
                }
            }
    }

    /// Whether pulling this lever through each of its doors would blind one that is still needed, or
    /// what the person does in place of them would blind any.
    pub(crate) fn is_blinding(&self, task: &TaskRun) -> bool {
        let mut acting = task.acting_doors().peekable();
        if acting.peek().is_none() {
            let mut doors = task.task.doors().iter();
            return doors.any(|door| self.would_blind(task, door));
        }
        acting.all(|door| self.would_blind(task, door))
    }

    /// Whether pulling this lever through `door` would blind one that is still needed.
    pub(crate) fn would_blind(&self, task: &TaskRun, door: &TaskDoor) -> bool {
        door.support.blinds.iter().any(|blinds| {
            self.tasks.iter().any(|other| {
                other.task.account == task.task.account
                    && other.task.id != task.task.id
                    && other
                        .task
                        .lever()
                        .is_some_and(|lever| blinds.levers.contains(&lever))
                    && other.task.doors().iter().any(|d| d.door == blinds.door)
                    && self.is_needed_by(other, task)
                    && !self.has_other_door(other, &blinds.door)
            })
        })
    }

    /// Whether `task` must wait for `other` before it blinds a door of it. A lever that ends a
    /// hold-down is not held up by that hold-down, only by the cancelling before it; a look at
    /// settings holds nothing up before it has begun, nor does what waits in the same way itself.
    fn is_needed_by(&self, other: &TaskRun, task: &TaskRun) -> bool {
        let under_way = match (other.word, other.task.lever()) {
            (_, None) | (Word::Queued, Some(Lever::Audit)) => false,
            (Word::Queued, Some(Lever::BlockTrading)) => {
                task.task.lever() != Some(Lever::BlockTrading) && !self.is_blinding(other)
            }
            (Word::Queued | Word::Sending | Word::Accepted, Some(_)) => true,
            // taken up again after a resume, and not yet known again
            (Word::Unknown, Some(_)) => other.reprobe && other.window_open(self.last.mono_ms),
            (
                Word::Verified | Word::Partial | Word::Refused | Word::NeedsYou | Word::Skipped,
                Some(_),
            ) => false,
        };
        under_way || (other.is_holding() && !other.task.hold_until.contains(&task.task.id))
    }

    /// Whether another door of `task` can do its part: it has answered in this run, and did not
    /// fail last.
    fn has_other_door(&self, task: &TaskRun, without: &DoorKind) -> bool {
        if task.through() == Through::Each {
            return false;
        }
        task.acting_doors()
            .filter(|door| door.door != *without)
            .any(|door| {
                self.tasks
                    .iter()
                    .filter(|other| other.task.account == task.task.account)
                    .filter_map(|other| other.doors.get(&door.door))
                    .any(|run| {
                        run.failed_readings_in_row == 0
                            && run.attempt_failure.is_none()
                            && (run.last_reading.is_some() || run.accepted_at_ms.is_some())
                    })
            })
    }
}
