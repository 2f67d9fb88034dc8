//! How each event changes its task. A word changes only by the table.

use door::Found;
use runbook::TaskId;

use crate::{
    Event, Illegal, Run, SkipReason, Stamp, Word,
    proof::{Judgement, rule},
    run::illegal,
    task::{Clear, TaskRun, Through},
    transition::{Step, transition},
};

impl Run {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm an event: the table is easier whole"
    )]
    pub(crate) fn take_for_task(&mut self, stamp: Stamp, event: &Event) -> Result<(), Illegal> {
        let now = stamp.mono_ms;
        match event {
            Event::Released { task } => {
                let run = self.task_mut(task, event)?;
                let (step, why) = if run.is_for_person() {
                    (Step::ReleasedToPerson, "only you can do this")
                } else {
                    (Step::ReleasedToDoor, "being sent")
                };
                step_to(run, step, stamp, event, why)?;
                run.window_start_ms = Some(now);
            }
            Event::AttemptStarted {
                task,
                door,
                attempt,
            } => {
                let run = self.task_mut(task, event)?;
                // what is the person's is tried again only with the code that they gave
                if run.word == Word::NeedsYou && !run.doors.get(door).is_some_and(|d| d.has_code) {
                    return Err(illegal(event, "the person has given no code"));
                }
                step_to(run, Step::AttemptStarted, stamp, event, "")?;
                let open_before = run.found().map(|(_, found)| identity(found)).collect();
                let door = door_mut(run, door, event)?;
                if door.attempt_started_ms.is_some() || *attempt != door.attempts + 1 {
                    return Err(illegal(event, "an attempt is under way there"));
                }
                door.attempts = *attempt;
                door.attempts_in_window += 1;
                door.has_code = false;
                door.open_before = open_before;
                door.attempt_started_ms = Some(now);
                door.last_attempt_ms = Some(now);
            }
            Event::AttemptAccepted {
                task,
                door,
                attempt,
                receipt,
            } => {
                self.accepted(stamp, event, (task, door, *attempt), receipt)?;
            }
            Event::AttemptFailed {
                task,
                door,
                attempt,
                failure,
            } => {
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Heard, stamp, event, "")?;
                let asks_code = failure.class == door::ErrorClass::NeedsCode;
                if matches!(run.word, Word::Sending | Word::Unknown)
                    || (run.word == Word::NeedsYou && (asks_code || failure.retry_at_ms.is_none()))
                {
                    run.why.clone_from(&failure.meaning);
                    run.next.clone_from(&failure.next);
                }
                let door = door_mut(run, door, event)?;
                if door.attempt_started_ms.take().is_none() || *attempt != door.attempts {
                    return Err(illegal(event, "no such attempt is under way"));
                }
                door.attempt_failure = Some(failure.clone());
                door.heard_since_resume = true;
            }
            Event::ReadingStarted {
                task,
                door,
                reading,
            } => {
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Heard, stamp, event, "")?;
                let door = door_mut(run, door, event)?;
                if door.reading_started_ms.is_some() || *reading != door.readings + 1 {
                    return Err(illegal(event, "a reading is under way there"));
                }
                door.readings = *reading;
                door.reading_started_ms = Some(now);
                door.last_reading_ms = Some(now);
            }
            Event::ReadingTaken {
                task,
                door,
                reading,
                result,
            } => {
                self.reading_taken(stamp, event, (task, door, *reading), result)?;
            }
            Event::ReadingFailed {
                task,
                door,
                reading,
                failure,
            } => {
                let run = self.task_mut(task, event)?;
                let rows = run
                    .task
                    .lever()
                    .is_some_and(|lever| rule(lever, 0).readings > 1);
                step_to(run, Step::Heard, stamp, event, "")?;
                let door = door_mut(run, door, event)?;
                if door.reading_started_ms.take().is_none() || *reading != door.readings {
                    return Err(illegal(event, "no such reading is under way"));
                }
                door.reading_failure = Some(failure.clone());
                door.failed_readings_in_row += 1;
                if rows {
                    // two listings with a failed one between them are not two in a row
                    door.clear = None;
                }
                door.heard_since_resume = true;
            }
            Event::Verified { task, proof } => {
                let judged = {
                    let run = self.known(task, event)?;
                    self.judge(run)
                };
                if judged != Judgement::Proved(proof.clone()) {
                    return Err(illegal(event, "the readings before it do not prove it"));
                }
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Verified, stamp, event, &proof.words)?;
                run.proof = Some(proof.clone());
                run.left.clear();
                run.reprobe = false;
            }
            Event::Partial { task, left, until } => {
                let judged = {
                    let run = self.known(task, event)?;
                    self.judge(run)
                };
                if judged
                    != (Judgement::Rest {
                        left: left.clone(),
                        until: *until,
                    })
                {
                    return Err(illegal(event, "the readings before it do not say so"));
                }
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Partial, stamp, event, &left.join("; "))?;
                run.why = left.join("; ");
                run.left.clone_from(left);
                run.until = *until;
                run.reprobe = false;
            }
            Event::Refused { task, why, next } => {
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Refused, stamp, event, why)?;
                run.next.clone_from(next);
            }
            Event::NeedsYou { task, why } => {
                let run = self.task_mut(task, event)?;
                if run.task.card.is_none() {
                    return Err(illegal(event, "there is nothing to show the person"));
                }
                step_to(run, Step::NeedsYou, stamp, event, why)?;
            }
            Event::Unknown { task, why, .. } => {
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Unknown, stamp, event, why)?;
                run.proof = None;
            }
            Event::Reopened { task, found } => {
                let run = self.task_mut(task, event)?;
                let seen = run.found().any(|(_, f)| found.contains(f));
                if !seen {
                    return Err(illegal(event, "no reading found anything"));
                }
                let why = format!("{} open again", found.len());
                step_to(run, Step::Reopened, stamp, event, &why)?;
                run.reopened += 1;
                run.proof = None;
                run.window_start_ms = Some(now);
                for door in run.doors.values_mut() {
                    door.attempts_in_window = 0;
                }
            }
            Event::Answered {
                task,
                value,
                wanted,
                ..
            } => {
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Answered, stamp, event, "")?;
                run.answer = Some((value.clone(), *wanted));
                // where a door can be asked, it is asked now
                for door in run.doors.values_mut() {
                    door.last_reading_ms = None;
                }
            }
            Event::CodeGiven { task, door, .. } => {
                let run = self.task_mut(task, event)?;
                step_to(run, Step::Heard, stamp, event, "")?;
                let asks = run.asks_code();
                let door = door_mut(run, door, event)?;
                if !asks || !door.asks_code() {
                    return Err(illegal(event, "no code was asked for there"));
                }
                door.attempt_failure = None;
                door.has_code = true;
            }
            Event::Skipped { task, reason, .. } => {
                let run = self.task_mut(task, event)?;
                let why = match reason {
                    SkipReason::NotApplicable => "not applicable".to_owned(),
                    SkipReason::Other(words) => words.clone(),
                };
                step_to(run, Step::Skipped, stamp, event, &why)?;
                run.skipped = Some(reason.clone());
            }
            Event::RunStarted { .. }
            | Event::RunExtended { .. }
            | Event::Attached { .. }
            | Event::Resumed { .. }
            | Event::OrderAppeared { .. }
            | Event::FillSeen { .. }
            | Event::OrdersListed { .. }
            | Event::PositionsRead { .. }
            | Event::HoldEnded { .. }
            | Event::Captured { .. }
            | Event::CaptureLost { .. }
            | Event::Noted { .. }
            | Event::Story { .. }
            | Event::RecordingFailed { .. }
            | Event::RecordingResumed { .. }
            | Event::HoldReleased { .. }
            | Event::Reset { .. }
            | Event::RunSummary(_) => return Err(illegal(event, "it is not about a task")),
        }
        Ok(())
    }

    fn accepted(
        &mut self,
        stamp: Stamp,
        event: &Event,
        (task, door, attempt): (&TaskId, &door::DoorKind, u32),
        receipt: &door::Receipt,
    ) -> Result<(), Illegal> {
        let run = self.task_mut(task, event)?;
        step_to(run, Step::Accepted, stamp, event, "taken, not proved yet")?;
        // an audit looks at settings: what it leaves out is not gone
        let captures = run.task.lever() == Some(door::Lever::Capture);
        let account = run.task.account.clone().filter(|_| captures);
        let all_doors = run.through() == Through::First;
        let door_run = door_mut(run, door, event)?;
        if door_run.attempt_started_ms.take().is_none() || attempt != door_run.attempts {
            return Err(illegal(event, "no such attempt is under way"));
        }
        door_run.accepted_at_ms = Some(stamp.mono_ms);
        door_run.attempt_failure = None;
        door_run.receipt = Some(receipt.clone());
        door_run.heard_since_resume = true;
        if all_doors {
            run.doors.values_mut().for_each(|door| door.clear = None);
        } else {
            door_mut(run, door, event)?.clear = None;
        }
        if let Some(account) = account {
            self.account(&account, event)?
                .captured(&account, door, receipt);
        }
        Ok(())
    }

    fn reading_taken(
        &mut self,
        stamp: Stamp,
        event: &Event,
        (task, door, reading): (&TaskId, &door::DoorKind, u32),
        result: &door::Reading,
    ) -> Result<(), Illegal> {
        let run = self.task_mut(task, event)?;
        step_to(run, Step::Heard, stamp, event, "")?;
        let floor = run.proof_floor_ms(door);
        let account = run.task.account.clone();
        let is_cancel = run.task.lever() == Some(door::Lever::CancelOrders);
        let door_run = door_mut(run, door, event)?;
        let Some(begun) = door_run.reading_started_ms.take() else {
            return Err(illegal(event, "no reading is under way there"));
        };
        if reading != door_run.readings {
            return Err(illegal(event, "another reading is under way there"));
        }
        door_run.reading_failure = None;
        door_run.failed_readings_in_row = 0;
        door_run.heard_since_resume = true;
        if !result.found.is_empty() {
            door_run.clear = None;
            door_run.found_at_ms = Some(stamp.mono_ms);
            // what appeared since is answered at once: backing off is for what would not go
            let known = |found: &Found| door_run.open_before.contains(&identity(found));
            if door_run.attempts_in_window > 1 && !result.found.iter().all(known) {
                door_run.attempts_in_window = 1;
            }
        } else if begun >= floor {
            // what an earlier listing could not see was not listed empty by it
            let sees_more = door_run.last_reading.as_ref().is_some_and(|last| {
                let unseen = |what| result.unseen.iter().any(|now| now.what == what);
                last.unseen.iter().any(|then| !unseen(then.what.clone()))
            });
            door_run.clear = Some(match door_run.clear.filter(|_| !sees_more) {
                None => Clear {
                    first_begun_ms: begun,
                    previous_begun_ms: None,
                    last_begun_ms: begun,
                    count: 1,
                },
                Some(row) => Clear {
                    first_begun_ms: row.first_begun_ms,
                    previous_begun_ms: Some(row.last_begun_ms),
                    last_begun_ms: begun,
                    count: row.count + 1,
                },
            });
        }
        door_run.last_reading = Some(result.clone());
        if result.found.is_empty() {
            run.last_clear = Some(stamp.at);
        } else if matches!(run.word, Word::Accepted | Word::Unknown) {
            run.why = still_open(&result.found);
        }
        if let Some(account) = account {
            self.account(&account, event)?
                .heard(&account, door, result, is_cancel);
        }
        Ok(())
    }
}

fn step_to(
    task: &mut TaskRun,
    step: Step,
    stamp: Stamp,
    event: &Event,
    why: &str,
) -> Result<(), Illegal> {
    let Some(word) = transition(task.word, step) else {
        return Err(illegal(
            event,
            &format!("{} is {}", task.task.id, task.word),
        ));
    };
    if word != task.word {
        set_word(task, word, stamp, why);
    }
    Ok(())
}

pub(crate) fn set_word(task: &mut TaskRun, word: Word, stamp: Stamp, why: &str) {
    task.word = word;
    task.needed_you |= word == Word::NeedsYou;
    why.clone_into(&mut task.why);
    task.since_ms = stamp.mono_ms;
    task.since = stamp.at;
}

fn door_mut<'a>(
    task: &'a mut TaskRun,
    door: &door::DoorKind,
    event: &Event,
) -> Result<&'a mut crate::task::DoorRun, Illegal> {
    task.doors
        .get_mut(door)
        .ok_or_else(|| illegal(event, &format!("the door {door} does not offer this lever")))
}

/// What tells one found thing from another.
fn identity(found: &Found) -> String {
    match found {
        Found::Order(order) => order.key.0.clone(),
        Found::Withdrawal { id, .. } => id.clone(),
        Found::Session { label }
        | Found::Key { label }
        | Found::Program { label }
        | Found::Setting { label } => label.clone(),
    }
}

pub(crate) fn still_open(found: &[Found]) -> String {
    match found {
        [one] => format!("still open: {}", one.label()),
        many => format!("{} still open", many.len()),
    }
}
