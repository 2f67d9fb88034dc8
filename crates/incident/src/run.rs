//! A run as a fold over its events. Recovery, the board, the report and the score are this fold.

use std::collections::BTreeMap;

use door::Lever;
use jiff::Timestamp;
use runbook::{AccountName, Plan, TaskId};

use crate::{
    AccountRun, Event, JOURNAL_VERSION, Mode, SkipReason, Stamp, Summary, Word,
    proof::{Judgement, judge, rule},
    steps::set_word,
    summary::summarise,
    task::{TaskRun, Through},
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
    /// Why lines are not on disk, while some are not.
    pub not_recorded: Option<String>,
    /// How often it was taken up again after the program ended.
    pub resumed: u32,
    /// When it was last taken up again.
    pub resumed_at: Option<Timestamp>,
    /// How many tasks were under way then, and so were asked again.
    pub asked_again: u64,
    /// How many raw answers are stored.
    pub captures: u64,
    /// How many notes there are.
    pub notes: u64,
    /// The stamp of the last event.
    pub last: Stamp,
    pub(crate) seed: u64,
    pub(crate) contained_since_ms: Option<u64>,
    index: BTreeMap<TaskId, usize>,
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
            not_recorded: None,
            resumed: 0,
            resumed_at: None,
            asked_again: 0,
            captures: 0,
            notes: 0,
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
        let comes_late = matches!(
            event,
            Event::RunSummary(_)
                | Event::Captured { .. }
                | Event::OrdersListed { .. }
                | Event::PositionsRead { .. }
        );
        if self.is_reset && !comes_late {
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

    /// Whether each door of an account reaches a part of it that no other does: then what they see
    /// adds up, and none of them tells it all.
    pub fn is_seen_in_parts(&self, account: &AccountName) -> bool {
        self.tasks.iter().any(|task| {
            task.task.account.as_ref() == Some(account)
                && task.task.lever() == Some(Lever::CancelOrders)
                && task.through() == Through::Each
        })
    }

    /// How many orders appeared on an account while they were held down.
    pub(crate) fn appeared(&self, account: &AccountName) -> u64 {
        let in_parts = self.is_seen_in_parts(account);
        self.accounts
            .get(account)
            .map_or(0, |known| known.how_many_appeared(in_parts))
    }

    /// Whether a value that the person read settles what no door sees of a task: its own card's, or
    /// that of a card that covers it.
    pub(crate) fn is_covered(&self, task: &TaskRun) -> bool {
        let own = task.answer.as_ref().is_some_and(|(_, wanted)| *wanted);
        own || self
            .tasks
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
            Event::Attached { .. } | Event::CaptureLost { .. } | Event::HoldReleased { .. } => {
                Ok(())
            }
            Event::Noted { .. } => {
                self.notes += 1;
                Ok(())
            }
            Event::Story { .. } if self.mode == Mode::Drill => Ok(()),
            Event::Story { .. } => Err(illegal(event, "only a drill has a story")),
            Event::Resumed { .. } => self.resume(stamp, event),
            Event::Captured { .. } => {
                self.captures += 1;
                Ok(())
            }
            Event::RecordingFailed { why } => {
                self.recorded = false;
                self.not_recorded = Some(why.clone());
                Ok(())
            }
            Event::RecordingResumed { .. } => {
                self.recorded = true;
                self.not_recorded = None;
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
            Event::OrderAppeared { account, .. }
            | Event::FillSeen { account, .. }
            | Event::OrdersListed { account, .. }
            | Event::PositionsRead { account, .. } => {
                self.account(account, event)?.take(event);
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
            | Event::CodeGiven { .. }
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
        self.resumed_at = Some(stamp.at);
        self.asked_again = 0;
        for task in &mut self.tasks {
            let word = transition(task.word, Step::Resumed)
                .ok_or_else(|| illegal(event, "a task cannot be resumed"))?;
            if word != task.word {
                task.reprobe = true;
                self.asked_again += 1;
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

    pub(crate) fn account(
        &mut self,
        account: &AccountName,
        event: &Event,
    ) -> Result<&mut AccountRun, Illegal> {
        self.accounts
            .get_mut(account)
            .ok_or_else(|| illegal(event, &format!("no account {account} is in the plan")))
    }

    pub(crate) fn known(&self, task: &TaskId, event: &Event) -> Result<&TaskRun, Illegal> {
        self.task(task)
            .ok_or_else(|| illegal(event, &format!("no task {task} is in the plan")))
    }

    pub(crate) fn task_mut(
        &mut self,
        task: &TaskId,
        event: &Event,
    ) -> Result<&mut TaskRun, Illegal> {
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

pub(crate) fn illegal(event: &Event, why: &str) -> Illegal {
    Illegal {
        event: event.name().to_owned(),
        why: why.to_owned(),
    }
}
