//! A run as a fold over its events. Recovery, the board, the report and the score are this fold.

use std::collections::{BTreeMap, BTreeSet};

use door::{Found, OpenOrder, OrderKey, Position};
use jiff::Timestamp;
use runbook::{AccountName, Plan, TaskId};

use crate::{
    Event, JOURNAL_VERSION, Mode, SkipReason, Stamp, Summary, Word,
    proof::{Judgement, judge, rule},
    summary::summarise,
    task::{Clear, TaskRun, Through, through},
    transition::{Step, transition},
};

/// An event that the state table does not allow where it stands.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{event} is not possible here: {why}")]
pub struct Illegal {
    /// The event's type.
    pub event: String,
    /// Which rule it breaks.
    pub why: String,
}

/// One execution of a plan.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its folder's name.
    pub id: String,
    /// Live or not.
    pub mode: Mode,
    /// When it was pressed.
    pub pressed_at: Timestamp,
    /// Where the press came from.
    pub pressed_from: String,
    /// What it does, extensions included.
    pub plan: Plan,
    /// The tasks, in the plan's order.
    pub tasks: Vec<TaskRun>,
    /// What is known of each account.
    pub accounts: BTreeMap<AccountName, AccountRun>,
    /// Whether every line is on disk.
    pub recorded: bool,
    /// Whether the person has reset it.
    pub is_reset: bool,
    /// How often it was taken up again after the program ended.
    pub resumed: u32,
    /// How many raw answers are stored.
    pub captures: u64,
    /// The stamp of the last event.
    pub last: Stamp,
    pub(crate) seed: u64,
    pub(crate) contained_since_ms: Option<u64>,
    index: BTreeMap<TaskId, usize>,
}

/// What a run knows of an account.
#[derive(Clone, Debug, Default)]
pub struct AccountRun {
    /// Positions as last read.
    pub positions: Vec<Position>,
    /// Orders that appeared after a door's first listing, with that door.
    pub appeared: Vec<(door::DoorKind, OpenOrder)>,
    /// Fills seen since the press.
    pub fills: Vec<door::Fill>,
    /// How many of those the positions already hold.
    pub(crate) fills_in_positions: usize,
    /// Orders seen at any time, by door and key.
    pub(crate) seen: BTreeMap<(door::DoorKind, OrderKey), OpenOrder>,
    /// Fills of before the press, and those already told.
    pub(crate) known_fills: BTreeSet<String>,
    /// Doors that have listed once: what they list later and did not list then has appeared.
    pub(crate) listed: BTreeSet<door::DoorKind>,
    /// To be told as events.
    pub(crate) to_tell: Vec<Event>,
}

impl Run {
    /// A run from its first event.
    ///
    /// # Errors
    /// When the event is not [`Event::RunStarted`] of a version that this program reads.
    pub fn start(stamp: Stamp, event: &Event) -> Result<Self, Illegal> {
        let Event::RunStarted {
            version,
            run,
            mode,
            seed,
            plan,
            pressed_from,
            ..
        } = event
        else {
            return Err(illegal(event, "a journal begins with run_started"));
        };
        if *version != JOURNAL_VERSION {
            return Err(illegal(
                event,
                &format!("version {version} is not {JOURNAL_VERSION}"),
            ));
        }
        let mut started = Self {
            id: run.clone(),
            mode: *mode,
            pressed_at: stamp.at,
            pressed_from: pressed_from.clone(),
            plan: Plan {
                accounts: vec![],
                tasks: vec![],
                not_offered: vec![],
                ..plan.clone()
            },
            tasks: Vec::new(),
            accounts: BTreeMap::new(),
            recorded: true,
            is_reset: false,
            resumed: 0,
            captures: 0,
            last: stamp,
            seed: *seed,
            contained_since_ms: None,
            index: BTreeMap::new(),
        };
        started.add(stamp, event, plan)?;
        Ok(started)
    }

    /// Takes one more event in.
    ///
    /// # Errors
    /// When the state table does not allow it here; the run is then as before.
    pub fn apply(&mut self, stamp: Stamp, event: &Event) -> Result<(), Illegal> {
        if self.is_reset && !matches!(event, Event::RunSummary(_) | Event::Captured { .. }) {
            return Err(illegal(event, "the run was reset"));
        }
        if stamp.mono_ms < self.last.mono_ms {
            return Err(illegal(event, "the run's clock went back"));
        }
        self.take(stamp, event)?;
        self.last = stamp;
        self.note_containment(stamp.mono_ms);
        Ok(())
    }

    /// A task of this run.
    pub fn task(&self, id: &TaskId) -> Option<&TaskRun> {
        self.index.get(id).map(|&at| &self.tasks[at])
    }

    /// How it stands.
    pub fn summary(&self) -> Summary {
        summarise(self)
    }

    /// Whether every containment task is verified, or skipped as not applicable.
    pub fn is_contained(&self) -> bool {
        let mut any = false;
        for task in self.tasks.iter().filter(|task| task.task.containment) {
            match (&task.word, &task.skipped) {
                (Word::Verified, _) => any = true,
                (Word::Skipped, Some(SkipReason::NotApplicable)) => {}
                _ => return false,
            }
        }
        any
    }

    /// Whether a person's wanted answer settles what no door of `task` can see.
    pub(crate) fn is_covered(&self, task: &TaskRun) -> bool {
        self.tasks
            .iter()
            .any(|other| other.word == Word::Verified && other.task.covers.contains(&task.task.id))
    }

    pub(crate) fn judge(&self, task: &TaskRun) -> Judgement {
        judge(task, self.is_covered(task))
    }

    fn take(&mut self, stamp: Stamp, event: &Event) -> Result<(), Illegal> {
        match event {
            Event::RunStarted { .. } => Err(illegal(event, "the run has started")),
            Event::RunExtended { plan, .. } => self.add(stamp, event, plan),
            Event::Attached { .. } | Event::Noted { .. } | Event::CaptureLost { .. } => Ok(()),
            Event::HoldReleased { .. } => Ok(()),
            Event::Resumed { .. } => self.resume(stamp, event),
            Event::Captured { .. } => {
                self.captures += 1;
                Ok(())
            }
            Event::RecordingFailed { .. } => {
                self.recorded = false;
                Ok(())
            }
            Event::RecordingResumed { .. } => {
                self.recorded = true;
                Ok(())
            }
            Event::Reset { .. } => {
                self.is_reset = true;
                Ok(())
            }
            Event::RunSummary(summary) => {
                let computed = self.summary();
                if *summary == computed {
                    Ok(())
                } else {
                    Err(illegal(
                        event,
                        "it does not say what the lines before it say",
                    ))
                }
            }
            Event::OrderAppeared {
                account,
                door,
                order,
            } => {
                let known = self.account(account, event)?;
                known.to_tell.retain(|told| told != event);
                known.appeared.push((door.clone(), order.clone()));
                Ok(())
            }
            Event::FillSeen { account, fill } => {
                let known = self.account(account, event)?;
                known.to_tell.retain(|told| told != event);
                known.known_fills.insert(fill.id.clone());
                known.fills.push(fill.clone());
                Ok(())
            }
            Event::PositionsRead { account, positions } => {
                let known = self.account(account, event)?;
                known.to_tell.retain(|told| told != event);
                known.positions.clone_from(positions);
                known.fills_in_positions = known.fills.len();
                Ok(())
            }
            Event::HoldEnded { task } => {
                let run = self.task_mut(task, event)?;
                run.hold_ended = true;
                Ok(())
            }
            Event::Released { .. }
            | Event::AttemptStarted { .. }
            | Event::AttemptAccepted { .. }
            | Event::AttemptFailed { .. }
            | Event::ReadingStarted { .. }
            | Event::ReadingTaken { .. }
            | Event::ReadingFailed { .. }
            | Event::Verified { .. }
            | Event::Partial { .. }
            | Event::Refused { .. }
            | Event::NeedsYou { .. }
            | Event::Unknown { .. }
            | Event::Reopened { .. }
            | Event::Answered { .. }
            | Event::Skipped { .. } => self.take_for_task(stamp, event),
        }
    }

    fn add(&mut self, stamp: Stamp, event: &Event, plan: &Plan) -> Result<(), Illegal> {
        for task in &plan.tasks {
            if self.index.contains_key(&task.id) {
                return Err(illegal(
                    event,
                    &format!("the task {} is there already", task.id),
                ));
            }
        }
        for task in &plan.tasks {
            self.index.insert(task.id.clone(), self.tasks.len());
            self.tasks
                .push(TaskRun::new(task.clone(), stamp.at, stamp.mono_ms));
            self.plan.tasks.push(task.clone());
        }
        for account in &plan.accounts {
            if !self
                .plan
                .accounts
                .iter()
                .any(|known| known.name == account.name)
            {
                self.plan.accounts.push(account.clone());
                self.accounts
                    .insert(account.name.clone(), AccountRun::default());
            }
        }
        for gap in &plan.not_offered {
            if !self.plan.not_offered.contains(gap) {
                self.plan.not_offered.push(gap.clone());
            }
        }
        Ok(())
    }

    fn resume(&mut self, stamp: Stamp, event: &Event) -> Result<(), Illegal> {
        self.resumed += 1;
        for task in &mut self.tasks {
            let word = transition(task.word, Step::Resumed)
                .ok_or_else(|| illegal(event, "a task cannot be resumed"))?;
            if word != task.word {
                task.reprobe = true;
                set_word(
                    task,
                    word,
                    stamp,
                    "the program ended while this was under way",
                );
            }
            if task.window_start_ms.is_some() {
                task.window_start_ms = Some(stamp.mono_ms);
            }
            let rows = task
                .task
                .lever()
                .is_some_and(|lever| rule(lever, 0).readings > 1);
            for run in task.doors.values_mut() {
                run.attempt_started_ms = None;
                run.reading_started_ms = None;
                run.last_reading_ms = None;
                run.attempts_in_window = 0;
                run.heard_since_resume = false;
                if rows {
                    run.clear = None;
                }
                // a pause that was agreed on before the program ended is not waited for again
                if let Some(failure) = &mut run.attempt_failure
                    && failure.retry_at_ms.is_some()
                {
                    failure.retry_at_ms = Some(stamp.mono_ms);
                }
            }
        }
        Ok(())
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm an event: the table is easier whole"
    )]
    fn take_for_task(&mut self, stamp: Stamp, event: &Event) -> Result<(), Illegal> {
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
                step_to(run, Step::AttemptStarted, stamp, event, "")?;
                let open_before = run.found().map(|(_, found)| identity(found)).collect();
                let door = door_mut(run, door, event)?;
                if door.attempt_started_ms.is_some() || *attempt != door.attempts + 1 {
                    return Err(illegal(event, "an attempt is under way there"));
                }
                door.attempts = *attempt;
                door.attempts_in_window += 1;
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
                if matches!(run.word, Word::Sending | Word::Unknown) {
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
            | Event::PositionsRead { .. }
            | Event::HoldEnded { .. }
            | Event::Captured { .. }
            | Event::CaptureLost { .. }
            | Event::Noted { .. }
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
        let all_doors = run.task.lever().map(through) == Some(Through::First);
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
        if let (Some(account), Some(snapshot)) = (account, &receipt.snapshot) {
            let known = self.account(&account, event)?;
            known.listed.insert(door.clone());
            for order in &snapshot.orders {
                known
                    .seen
                    .insert((door.clone(), order.key.clone()), order.clone());
            }
            known
                .known_fills
                .extend(snapshot.fills.iter().map(|fill| fill.id.clone()));
            known.to_tell.push(Event::PositionsRead {
                account: account.clone(),
                positions: snapshot.positions.clone(),
            });
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
            door_run.clear = Some(match door_run.clear {
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

    fn account(
        &mut self,
        account: &AccountName,
        event: &Event,
    ) -> Result<&mut AccountRun, Illegal> {
        self.accounts
            .get_mut(account)
            .ok_or_else(|| illegal(event, &format!("no account {account} is in the plan")))
    }

    fn known(&self, task: &TaskId, event: &Event) -> Result<&TaskRun, Illegal> {
        self.task(task)
            .ok_or_else(|| illegal(event, &format!("no task {task} is in the plan")))
    }

    fn task_mut(&mut self, task: &TaskId, event: &Event) -> Result<&mut TaskRun, Illegal> {
        match self.index.get(task) {
            Some(&at) => Ok(&mut self.tasks[at]),
            None => Err(illegal(event, &format!("no task {task} is in the plan"))),
        }
    }

    fn note_containment(&mut self, now_ms: u64) {
        match (self.is_contained(), self.contained_since_ms) {
            (true, None) => self.contained_since_ms = Some(now_ms),
            (false, Some(_)) => self.contained_since_ms = None,
            (true, Some(_)) | (false, None) => {}
        }
    }
}

impl AccountRun {
    fn heard(
        &mut self,
        account: &AccountName,
        door: &door::DoorKind,
        reading: &door::Reading,
        is_cancel: bool,
    ) {
        for fill in &reading.fills {
            if self.known_fills.insert(fill.id.clone()) {
                let (account, fill) = (account.clone(), fill.clone());
                self.to_tell.push(Event::FillSeen { account, fill });
            }
        }
        if !is_cancel {
            return;
        }
        let first_listing = self.listed.insert(door.clone());
        for found in &reading.found {
            let Found::Order(order) = found else { continue };
            let key = (door.clone(), order.key.clone());
            if self.seen.insert(key, order.clone()).is_none() && !first_listing {
                self.to_tell.push(Event::OrderAppeared {
                    account: account.clone(),
                    door: door.clone(),
                    order: order.clone(),
                });
            }
        }
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

fn set_word(task: &mut TaskRun, word: Word, stamp: Stamp, why: &str) {
    task.word = word;
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

fn illegal(event: &Event, why: &str) -> Illegal {
    Illegal {
        event: event.name().to_owned(),
        why: why.to_owned(),
    }
}
