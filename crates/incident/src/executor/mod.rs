//! Performs what is due, and writes down what happened.
//!
//! The only part of a run that touches doors, disks and clocks. It decides nothing: it asks
//! [`Run::next`], does that, and records the answers. Every effect runs in a task of its own, so
//! that one that hangs or panics costs only its own column.

mod captures;
mod driver;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use door::{Door, DoorKind};
use runbook::{AccountName, Plan, TaskId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Actor, Clock, Event, Illegal, Mode, Run, SkipReason,
    journal::{self, Journal, JournalError, Line, Recovered},
};
pub use captures::{CAPTURES, Captures};
use driver::Driver;

/// The doors of the accounts of a run.
pub type Doors = BTreeMap<(AccountName, DoorKind), Arc<dyn Door>>;

/// What a new run is.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its folder's name.
    pub run: String,
    /// Live or not.
    pub mode: Mode,
    /// Seeds the jitter of back-offs.
    pub seed: u64,
    /// The program's version.
    pub program: String,
    /// Where the press came from.
    pub pressed_from: String,
    /// What to do.
    pub plan: Plan,
}

impl Start {
    /// The event that the run begins with.
    pub fn into_first_event(self) -> Event {
        Event::RunStarted {
            version: crate::JOURNAL_VERSION,
            run: self.run,
            mode: self.mode,
            seed: self.seed,
            program: self.program,
            plan: self.plan,
            pressed_from: self.pressed_from,
        }
    }
}

/// Where a run is recorded.
pub struct Record {
    journal: Journal,
    captures: Captures,
    captured: mpsc::UnboundedReceiver<Event>,
}

impl Record {
    /// In a new folder, which exists already.
    pub fn in_folder(folder: &Path) -> Self {
        let (captures, captured) = Captures::into_folder(folder);
        Self {
            journal: Journal::create(folder),
            captures,
            captured,
        }
    }

    /// In a folder that holds `recovered` already.
    pub fn continued(folder: &Path, recovered: &Recovered) -> Self {
        let (captures, captured) = Captures::into_folder(folder);
        Self {
            journal: Journal::append(folder, recovered.whole_bytes),
            captures,
            captured,
        }
    }

    /// Nowhere: for seeded simulations.
    pub fn nowhere() -> Self {
        let (captures, captured) = Captures::nowhere();
        Self {
            journal: Journal::memory(),
            captures,
            captured,
        }
    }
}

/// What a person, or another part of the program, can ask of a run under way.
pub enum Command {
    /// Add the tasks that the run lacks.
    Extend {
        /// Those tasks.
        plan: Plan,
        /// The doors of accounts that the run did not have.
        doors: Doors,
        /// Where the press came from.
        pressed_from: String,
    },
    /// A second press.
    Attach {
        /// Where it came from.
        pressed_from: String,
    },
    /// A value that was read, or the one-time code that a card asks for: that is handed on and never
    /// written down.
    Answer {
        /// To which card.
        task: TaskId,
        /// As typed.
        value: String,
        /// Who.
        by: Actor,
    },
    /// Pass over a task.
    Skip {
        /// Which.
        task: TaskId,
        /// Why.
        reason: SkipReason,
        /// Who.
        by: Actor,
    },
    /// Write something down.
    Note {
        /// The text.
        text: String,
        /// About which task.
        task: Option<TaskId>,
    },
    /// Write down what happened in a drill's story.
    Tell {
        /// The story's line.
        line: serde_json::Value,
    },
    /// Keep a file with the run.
    AttachFile {
        /// Its name.
        name: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// The person has looked: end hold-down, take back what is held, close the run.
    Reset {
        /// How many positions have no stop, as the person read it.
        positions_without_stop: Option<u64>,
        /// Who.
        by: Actor,
    },
    /// Stop performing; the run stays open and can be resumed.
    Leave,
}

/// Why a command changed nothing, in words.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommandError {
    /// The run has ended in this program.
    #[error("the run is not under way any more")]
    Ended,
    /// No such task.
    #[error("no task {0} is in this run")]
    UnknownTask(TaskId),
    /// The task's card does not ask for anything, or not now.
    #[error("{task} does not wait for an answer: it is {word}")]
    NotAsked {
        /// Which.
        task: TaskId,
        /// Its state.
        word: crate::Word,
    },
    /// What was typed is no one-time code.
    #[error("{0} waits for a one-time code, and that is none: it is some digits or letters")]
    NotACode(TaskId),
    /// A code was given, and the venue has not answered yet.
    #[error("{0} is trying the last code; wait for the venue's answer")]
    CodeUnderWay(TaskId),
    /// A door did not take the code.
    #[error("the code was not taken: {0}")]
    CodeNotTaken(door::DoorError),
    /// The value does not answer the question.
    #[error("\"{value}\" does not answer: {ask}")]
    NotAnAnswer {
        /// The value.
        value: String,
        /// The question.
        ask: String,
    },
    /// The person read another number of positions without a stop than there are.
    #[error("{actual} positions have no stop, not {read}")]
    LookAgain {
        /// What was read.
        read: u64,
        /// How many there are.
        actual: u64,
    },
    /// The state table does not allow it.
    #[error("{0}")]
    NotNow(#[from] Illegal),
}

/// A run under way. Clones are of the same run.
#[derive(Clone)]
pub struct RunHandle {
    commands: mpsc::UnboundedSender<(Command, oneshot::Sender<Result<(), CommandError>>)>,
    lines: Lines,
    performing: Option<tokio::task::AbortHandle>,
}

impl RunHandle {
    /// Asks for something, and waits until it is recorded.
    pub async fn send(&self, command: Command) -> Result<(), CommandError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send((command, reply))
            .map_err(|_| CommandError::Ended)?;
        answer.await.unwrap_or(Err(CommandError::Ended))
    }

    /// All journal lines from the first on, as they come.
    pub fn lines(&self) -> LineStream {
        LineStream {
            lines: self.lines.clone(),
            at: 0,
        }
    }

    /// Ends performing without a word, as a crash of the program would: for simulations.
    pub fn crash(&self) {
        if let Some(performing) = &self.performing {
            performing.abort();
        }
    }

    /// Whether the run is still performed by this program.
    pub fn is_under_way(&self) -> bool {
        !self.commands.is_closed()
    }
}

/// Reads a run's lines without ever missing one.
#[derive(Clone)]
pub struct LineStream {
    lines: Lines,
    at: usize,
}

impl LineStream {
    /// The next line; `None` after the last one of a run that has ended in this program.
    pub async fn next(&mut self) -> Option<Arc<Line>> {
        loop {
            if let Some(line) = self.next_now() {
                return Some(line);
            }
            if self.lines.count.changed().await.is_err() {
                return self.next_now();
            }
        }
    }

    /// The next line if it is there already.
    pub fn next_now(&mut self) -> Option<Arc<Line>> {
        let all = self
            .lines
            .all
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let line = all.get(self.at).cloned()?;
        self.at += 1;
        Some(line)
    }
}

#[derive(Clone)]
struct Lines {
    all: Arc<Mutex<Vec<Arc<Line>>>>,
    count: watch::Receiver<usize>,
}

/// Starts a run. Its first line is on disk, or the run says that it is unrecorded, before the
/// first effect.
///
/// # Errors
/// When the plan's tasks cannot stand in one run (two of one id).
pub fn start(
    start: Start,
    doors: Doors,
    record: Record,
    clock: Arc<dyn Clock>,
) -> Result<RunHandle, Illegal> {
    let event = start.into_first_event();
    let stamp = crate::Stamp {
        at: clock.now(),
        mono_ms: 0,
    };
    let run = Run::start(stamp, &event)?;
    let (driver, mut handle) = Driver::new(run, doors, record, clock, 0);
    handle.performing = Some(tokio::spawn(driver.begin(stamp, event)).abort_handle());
    Ok(handle)
}

/// Takes a run up again after the program ended in the middle of it.
///
/// # Errors
/// When the journal does not replay, or the run was reset.
pub fn resume(
    recovered: Recovered,
    doors: Doors,
    record: Record,
    clock: Arc<dyn Clock>,
) -> Result<RunHandle, JournalError> {
    let run = journal::replay(&recovered.lines)?;
    // the run's clock goes on with the wall clock while nothing performed it
    let away = clock.now().duration_since(run.last.at).as_millis();
    let offset = run.last.mono_ms + u64::try_from(away).unwrap_or(0);
    let event = Event::Resumed {
        dropped_bytes: recovered.dropped_bytes,
    };
    if run.is_reset {
        return Err(JournalError::Damaged {
            line: recovered.chain.next_seq + 1,
            damage: journal::Damage::Illegal(Illegal {
                event: event.name().to_owned(),
                why: "the run was reset".to_owned(),
            }),
        });
    }
    let (driver, mut handle) = Driver::new(run, doors, record, clock, offset);
    handle.performing = Some(tokio::spawn(driver.carry_on(recovered, event)).abort_handle());
    Ok(handle)
}
