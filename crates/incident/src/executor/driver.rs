//! The loop of one run: ask what is due, do it, write down what came of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use door::{Code, DoorError, DoorKind, ErrorClass, Pull, Reading, Receipt};
use runbook::{AccountName, Action, TaskId, Verdict};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{Id, JoinSet},
    time::Instant,
};

use super::{Captures, Command, CommandError, Doors, Lines, Record, RunHandle};
use crate::{
    Clock, Effect, Event, Illegal, Run, Stamp,
    due::failure,
    journal::{Chain, Journal, JournalSignal, Line, Recovered},
};

/// The first line is waited for so long; then the run goes on and says that it is unrecorded.
const FIRST_LINE_WITHIN: Duration = Duration::from_millis(500);
/// An effect that has not come back within this long is given up.
const ACT_WITHIN: Duration = Duration::from_secs(15);
/// A listing that has not come back within this long, and thrice the venue's pacing, has failed.
const READ_WITHIN: Duration = Duration::from_secs(5);
/// The last raw answers are given this long to reach the disk.
const STORED_WITHIN: Duration = Duration::from_secs(2);
/// Taking back a held seat or switch is given this long.
const RELEASE_WITHIN: Duration = Duration::from_secs(5);

type Asked = (Command, oneshot::Sender<Result<(), CommandError>>);

/// Owns a run while it is performed.
pub(super) struct Driver {
    run: Run,
    doors: Doors,
    journal: Journal,
    captures: Captures,
    captured: mpsc::UnboundedReceiver<Event>,
    chain: Chain,
    clock: Arc<dyn Clock>,
    started: Instant,
    offset_ms: u64,
    commands: mpsc::UnboundedReceiver<Asked>,
    all: Arc<Mutex<Vec<Arc<Line>>>>,
    count: watch::Sender<usize>,
    under_way: JoinSet<Outcome>,
    who: HashMap<Id, Effect>,
}

enum Outcome {
    Acted(Effect, Result<Receipt, DoorError>),
    Read(Effect, Result<Reading, DoorError>),
}

impl Driver {
    pub(super) fn new(
        run: Run,
        doors: Doors,
        record: Record,
        clock: Arc<dyn Clock>,
        offset_ms: u64,
    ) -> (Self, RunHandle) {
        let (ask, commands) = mpsc::unbounded_channel();
        let (count, counted) = watch::channel(0);
        let all = Arc::new(Mutex::new(Vec::new()));
        let lines = Lines {
            all: Arc::clone(&all),
            count: counted,
        };
        let handle = RunHandle {
            commands: ask,
            lines,
            performing: None,
        };
        let driver = Self {
            run,
            doors,
            journal: record.journal,
            captures: record.captures,
            captured: record.captured,
            chain: Chain::default(),
            clock,
            started: Instant::now(),
            offset_ms,
            commands,
            all,
            count,
            under_way: JoinSet::new(),
            who: HashMap::new(),
        };
        (driver, handle)
    }

    /// Performs a new run, whose first event the run was made from.
    pub(super) async fn begin(mut self, stamp: Stamp, first: Event) {
        let line = self.write_down(stamp, first);
        let failed = self.wait_for_disk().await;
        // whoever reads the first line can rely on its being on disk
        self.publish(std::iter::once(line));
        if let Some(why) = failed {
            self.record(Event::RecordingFailed { why });
        }
        self.perform().await;
    }

    /// Performs a run that was begun before.
    pub(super) async fn carry_on(mut self, recovered: Recovered, resumed: Event) {
        self.chain = recovered.chain;
        self.publish(recovered.lines.into_iter().map(Arc::new));
        self.record(resumed);
        if let Some(why) = self.wait_for_disk().await {
            self.record(Event::RecordingFailed { why });
        }
        self.perform().await;
    }

    /// Waits for the lines so far; why they are not on disk, if they are not.
    async fn wait_for_disk(&mut self) -> Option<String> {
        if self.journal.synced_within(FIRST_LINE_WITHIN).await {
            return None;
        }
        Some(match self.journal.signal_now() {
            Some(JournalSignal::Failed { why }) => why,
            Some(JournalSignal::Resumed { .. }) | None => {
                "the disk did not answer in time".to_owned()
            }
        })
    }

    async fn perform(mut self) {
        loop {
            let wake_at_ms = self.do_what_is_due();
            let wake = wake_at_ms
                .map(|at| self.started + Duration::from_millis(at.saturating_sub(self.offset_ms)));
            tokio::select! {
                biased;
                asked = self.commands.recv() => {
                    let Some((command, reply)) = asked else {
                        // nobody holds the run any more: it ends as if it had been left
                        return self.leave().await;
                    };
                    let (result, ends) = self.obey(command).await;
                    if ends && result.is_ok() {
                        self.leave().await;
                        let _ = reply.send(result);
                        return;
                    }
                    let _ = reply.send(result);
                }
                Some(done) = self.under_way.join_next_with_id() => match done {
                    Ok((id, outcome)) => {
                        self.who.remove(&id);
                        self.heard(outcome);
                    }
                    Err(error) => {
                        if let Some(effect) = self.who.remove(&error.id()) {
                            self.heard(broke(effect));
                        }
                    }
                },
                Some(signal) = self.journal.signal() => match signal {
                    JournalSignal::Failed { why } => self.record(Event::RecordingFailed { why }),
                    JournalSignal::Resumed { from_seq, to_seq } => {
                        self.record(Event::RecordingResumed { from_seq, to_seq });
                    }
                },
                Some(event) = self.captured.recv() => self.record(event),
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Writes down every decision that is due, then starts every effect that is.
    fn do_what_is_due(&mut self) -> Option<u64> {
        loop {
            let due = self.run.next(self.now_ms());
            if due.events.is_empty() {
                for effect in due.effects {
                    self.start(effect);
                }
                return due.wake_at_ms;
            }
            for event in due.events {
                if self.try_record(event).is_err() {
                    // deciding it again at once would decide the same
                    return Some(self.now_ms() + 100);
                }
            }
        }
    }

    fn start(&mut self, effect: Effect) {
        let (task, account, kind, started) = match &effect {
            Effect::Act {
                task,
                account,
                door,
                attempt,
            } => {
                let (task, door, attempt) = (task.clone(), door.clone(), *attempt);
                let event = Event::AttemptStarted {
                    task: task.clone(),
                    door,
                    attempt,
                };
                (task, account, effect.door(), event)
            }
            Effect::Read {
                task,
                account,
                door,
                reading,
            } => {
                let (task, door, reading) = (task.clone(), door.clone(), *reading);
                let event = Event::ReadingStarted {
                    task: task.clone(),
                    door,
                    reading,
                };
                (task, account, effect.door(), event)
            }
        };
        let Some(pull) = self.pull(&task) else { return };
        let poll_interval = self.poll_interval(&task, kind);
        let found = self.doors.get(&(account.clone(), kind.clone())).cloned();
        let keep = self.captures.of(account, kind);
        if self.try_record(started).is_err() {
            return;
        }
        let Some(door) = found else {
            return self.heard(no_such_door(effect));
        };
        let named = effect.clone();
        let handle = self.under_way.spawn(async move {
            match effect {
                Effect::Act { .. } => {
                    let result = within(ACT_WITHIN, door.act(&pull, &keep)).await;
                    Outcome::Acted(effect, result)
                }
                Effect::Read { .. } => {
                    let bound = READ_WITHIN + 3 * poll_interval;
                    let result = within(bound, door.read_back(&pull, &keep)).await;
                    Outcome::Read(effect, result)
                }
            }
        });
        self.who.insert(handle.id(), named);
    }

    fn heard(&mut self, outcome: Outcome) {
        let event = match outcome {
            Outcome::Acted(
                Effect::Act {
                    task,
                    door,
                    attempt,
                    ..
                },
                Ok(receipt),
            ) => Event::AttemptAccepted {
                task,
                door,
                attempt,
                receipt,
            },
            Outcome::Acted(
                Effect::Act {
                    task,
                    door,
                    attempt,
                    ..
                },
                Err(error),
            ) => {
                let retry_at_ms = self.run.retry_at_ms(&task, &door, &error, self.now_ms());
                let failure = failure(&error, retry_at_ms);
                Event::AttemptFailed {
                    task,
                    door,
                    attempt,
                    failure,
                }
            }
            Outcome::Read(
                Effect::Read {
                    task,
                    door,
                    reading,
                    ..
                },
                Ok(result),
            ) => Event::ReadingTaken {
                task,
                door,
                reading,
                result,
            },
            Outcome::Read(
                Effect::Read {
                    task,
                    door,
                    reading,
                    ..
                },
                Err(error),
            ) => {
                let retry_at_ms = self.run.retry_at_ms(&task, &door, &error, self.now_ms());
                let failure = failure(&error, retry_at_ms);
                Event::ReadingFailed {
                    task,
                    door,
                    reading,
                    failure,
                }
            }
            Outcome::Acted(Effect::Read { .. }, _) | Outcome::Read(Effect::Act { .. }, _) => {
                return;
            }
        };
        self.record(event);
    }

    /// Does what was asked; the second value says that the run ends with it.
    async fn obey(&mut self, command: Command) -> (Result<(), CommandError>, bool) {
        match command {
            Command::Extend {
                plan,
                doors,
                pressed_from,
            } => {
                self.doors.extend(doors);
                (
                    self.try_record(Event::RunExtended { plan, pressed_from }),
                    false,
                )
            }
            Command::Attach { pressed_from } => {
                (self.try_record(Event::Attached { pressed_from }), false)
            }
            Command::Answer { task, value, by } => (self.answer(task, value, by).await, false),
            Command::Skip { task, reason, by } => {
                let known = self.known(&task);
                let event = Event::Skipped { task, reason, by };
                (known.and_then(|()| self.try_record(event)), false)
            }
            Command::Note { text, task } => (self.try_record(Event::Noted { text, task }), false),
            Command::Tell { line } => (self.try_record(Event::Story { line }), false),
            Command::AttachFile { name, bytes } => {
                self.captures.attach(&name, bytes);
                (Ok(()), false)
            }
            Command::Reset {
                positions_without_stop,
                by,
            } => (self.reset(positions_without_stop, by).await, true),
            Command::Leave => (Ok(()), true),
        }
    }

    async fn answer(
        &mut self,
        task: TaskId,
        value: String,
        by: crate::Actor,
    ) -> Result<(), CommandError> {
        self.known(&task)?;
        if self.run.task(&task).is_some_and(crate::TaskRun::asks_code) {
            // a code is handed on and never written down, whatever it looks like
            let Some(code) = Code::typed(&value) else {
                return Err(CommandError::NotACode(task));
            };
            return self.code(&task, &code, by).await;
        }
        if self
            .run
            .task(&task)
            .is_some_and(crate::TaskRun::is_about_a_code)
        {
            return Err(CommandError::CodeUnderWay(task));
        }
        let (word, read_back) = {
            let run = self.run.task(&task).ok_or(CommandError::Ended)?;
            let read_back = run
                .task
                .card
                .as_ref()
                .and_then(|card| card.read_back.clone());
            (run.word, read_back)
        };
        if word != crate::Word::NeedsYou {
            return Err(CommandError::NotAsked { task, word });
        }
        let wanted = match read_back {
            None => !value.trim().is_empty(),
            Some(read_back) => match read_back.judge(&value) {
                Verdict::Wanted => true,
                Verdict::NotYet => false,
                Verdict::Malformed => {
                    return Err(CommandError::NotAnAnswer {
                        value,
                        ask: read_back.ask,
                    });
                }
            },
        };
        let value = door::clean(&value);
        self.try_record(Event::Answered {
            task,
            value,
            wanted,
            by,
        })
    }

    /// Hands a code to each door that asked for one, and lets it act again.
    async fn code(
        &mut self,
        task: &TaskId,
        code: &Code,
        by: crate::Actor,
    ) -> Result<(), CommandError> {
        self.known(task)?;
        let run = self.run.task(task).ok_or(CommandError::Ended)?;
        let account = run.task.account.clone();
        let asking = run.doors.iter().filter(|(_, door)| door.asks_code());
        let asking: Vec<DoorKind> = asking.map(|(kind, _)| kind.clone()).collect();
        let Some(account) = account else {
            return Ok(());
        };
        for kind in asking {
            let Some(door) = self.doors.get(&(account.clone(), kind.clone())) else {
                continue;
            };
            door.offer_code(code.duplicate())
                .await
                .map_err(CommandError::CodeNotTaken)?;
            self.try_record(Event::CodeGiven {
                task: task.clone(),
                door: kind,
                by: by.clone(),
            })?;
        }
        Ok(())
    }

    async fn reset(
        &mut self,
        positions_without_stop: Option<u64>,
        by: crate::Actor,
    ) -> Result<(), CommandError> {
        let actual = self.run.summary().without_stop.len();
        let actual = u64::try_from(actual).unwrap_or(u64::MAX);
        match positions_without_stop {
            Some(read) if read != actual => return Err(CommandError::LookAgain { read, actual }),
            None if actual > 0 => return Err(CommandError::LookAgain { read: 0, actual }),
            Some(_) | None => {}
        }
        self.stop_effects();
        let mut releases = JoinSet::new();
        for ((account, kind), door) in &self.doors {
            let keep = self.captures.of(account, kind);
            let (account, kind, door) = (account.clone(), kind.clone(), Arc::clone(door));
            releases.spawn(async move {
                let released = within(RELEASE_WITHIN, door.release(&keep)).await;
                (account, kind, released)
            });
        }
        while let Some(done) = releases.join_next().await {
            let Ok((account, door, released)) = done else {
                continue;
            };
            let (account, door) = (&account, &door);
            match released {
                Ok(all) => {
                    for one in all {
                        self.record(Event::HoldReleased {
                            account: account.clone(),
                            door: door.clone(),
                            what: one.what,
                            words: one.words,
                        });
                    }
                }
                Err(error) if error.class == ErrorClass::Unsupported => {}
                Err(error) => self.record(Event::Noted {
                    text: format!("{account}, {door}: what was held may still be: {error}"),
                    task: None,
                }),
            }
        }
        self.try_record(Event::Reset {
            positions_without_stop,
            by,
        })
    }

    /// Ends performing: effects are dropped, the summary is the last line.
    async fn leave(mut self) {
        self.stop_effects();
        self.captures.stored_within(STORED_WITHIN).await;
        while let Ok(event) = self.captured.try_recv() {
            self.record(event);
        }
        let summary = self.run.summary();
        self.record(Event::RunSummary(summary));
    }

    fn stop_effects(&mut self) {
        self.under_way.abort_all();
        self.who.clear();
    }

    fn known(&self, task: &TaskId) -> Result<(), CommandError> {
        match self.run.task(task) {
            Some(_) => Ok(()),
            None => Err(CommandError::UnknownTask(task.clone())),
        }
    }

    fn pull(&self, task: &TaskId) -> Option<Pull> {
        match &self.run.task(task)?.task.action {
            Action::Pull {
                lever, scope, keys, ..
            } => Some(Pull {
                keys: *keys,
                lever: *lever,
                scope: scope.clone(),
                pressed_at: self.run.pressed_at,
            }),
            Action::Manual => None,
        }
    }

    fn poll_interval(&self, task: &TaskId, door: &DoorKind) -> Duration {
        let found = self.run.task(task).and_then(|run| {
            run.task
                .doors()
                .iter()
                .find(|d| d.door == *door)
                .map(|d| d.poll_interval_ms)
        });
        Duration::from_millis(found.unwrap_or(0))
    }

    fn now_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.offset_ms
            .saturating_add(elapsed)
            .max(self.run.last.mono_ms)
    }

    fn record(&mut self, event: Event) {
        if let Err(error) = self.try_record(event) {
            // what does not fit the table is left out of the journal rather than out of the table
            tracing::error!(%error, "an event was dropped");
            debug_assert!(false, "an event was dropped: {error}");
        }
    }

    fn try_record(&mut self, event: Event) -> Result<(), CommandError> {
        let stamp = Stamp {
            at: self.clock.now(),
            mono_ms: self.now_ms(),
        };
        self.run
            .apply(stamp, &event)
            .map_err(|illegal: Illegal| CommandError::NotNow(illegal))?;
        self.write(stamp, event);
        Ok(())
    }

    fn write(&mut self, stamp: Stamp, event: Event) {
        let line = self.write_down(stamp, event);
        self.publish(std::iter::once(line));
    }

    fn write_down(&mut self, stamp: Stamp, event: Event) -> Arc<Line> {
        let (line, bytes) = self.chain.link(stamp, event);
        self.journal.write(line.seq, bytes);
        Arc::new(line)
    }

    fn publish(&mut self, lines: impl Iterator<Item = Arc<Line>>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(lines);
        let count = all.len();
        drop(all);
        self.count.send_replace(count);
    }
}

impl Effect {
    fn door(&self) -> &DoorKind {
        match self {
            Self::Act { door, .. } | Self::Read { door, .. } => door,
        }
    }

    fn account(&self) -> &AccountName {
        match self {
            Self::Act { account, .. } | Self::Read { account, .. } => account,
        }
    }
}

async fn within<T>(
    bound: Duration,
    work: impl Future<Output = Result<T, DoorError>>,
) -> Result<T, DoorError> {
    tokio::time::timeout(bound, work).await.unwrap_or_else(|_| {
        let words = format!("no answer within {} s", bound.as_secs());
        Err(DoorError::new(
            ErrorClass::TimedOut,
            &words,
            "the venue does not answer",
        ))
    })
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn broke(effect: Effect) -> Outcome {
    let error = DoorError::new(
        ErrorClass::Malformed,
        "the connector stopped on an error of its own",
        "Firebreak could not carry this out",
    );
    fail(effect, error)
}

fn no_such_door(effect: Effect) -> Outcome {
    let words = format!("{} has no open door {}", effect.account(), effect.door());
    let mut error = DoorError::new(
        ErrorClass::Unreachable,
        &words,
        "this door is not set up on this computer",
    );
    error.again = door::Again::No;
    fail(effect, error)
}

fn fail(effect: Effect, error: DoorError) -> Outcome {
    match effect {
        Effect::Act { .. } => Outcome::Acted(effect, Err(error)),
        Effect::Read { .. } => Outcome::Read(effect, Err(error)),
    }
}
