//! What can happen in a run. A journal is these, one a line; everything else is a fold over them.

use door::{DoorKind, ErrorClass, Fill, Found, OpenOrder, Position, Reading, Receipt};
use jiff::Timestamp;
use runbook::{AccountName, Plan, TaskId};
use serde::{Deserialize, Serialize};

/// The version of the journal's format, in its first line.
pub const JOURNAL_VERSION: u32 = 1;

/// When something happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stamp {
    /// This computer's wall clock.
    pub at: Timestamp,
    /// The run's monotonic clock: milliseconds since the press, going on after a resume.
    pub mono_ms: u64,
}

/// Whether effects reach a real account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real accounts.
    Live,
    /// Simulated accounts, scored.
    Drill,
    /// Simulated accounts, with hints and no score.
    Practice,
}

/// Who did something that a person can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The person.
    You,
    /// A scripted person in a drill or practice.
    Script,
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Event {
    /// The first line: what will be done, to what, from where.
    RunStarted {
        /// [`JOURNAL_VERSION`].
        version: u32,
        /// The run's folder name.
        run: String,
        /// Live or not.
        mode: Mode,
        /// Seeds the jitter of back-offs.
        seed: u64,
        /// The program's own version.
        program: String,
        /// The whole plan.
        plan: Plan,
        /// Where the press came from (`terminal`, `window`, `tray`, `hotkey`, `practice`).
        pressed_from: String,
    },
    /// A press with another runbook added tasks.
    RunExtended {
        /// The tasks that the run lacked, and their accounts.
        plan: Plan,
        /// Where the press came from.
        pressed_from: String,
    },
    /// A press, while this run was open, attached to it.
    Attached {
        /// Where the press came from.
        pressed_from: String,
    },
    /// The program came back after it ended in the middle.
    Resumed {
        /// How many bytes of a torn last line were dropped.
        dropped_bytes: u64,
    },

    /// A task's waiting is over. It is sent, or needs the person when no door offers its lever.
    Released {
        /// Which.
        task: TaskId,
    },
    /// An effect is about to be asked of a venue.
    AttemptStarted {
        /// For which task.
        task: TaskId,
        /// Through which door.
        door: DoorKind,
        /// Counted from 1 over the task's life.
        attempt: u32,
    },
    /// The venue took it.
    AttemptAccepted {
        /// For which task.
        task: TaskId,
        /// Through which door.
        door: DoorKind,
        /// The attempt's number.
        attempt: u32,
        /// What the venue answered.
        receipt: Receipt,
    },
    /// The venue did not take it, or did not answer.
    AttemptFailed {
        /// For which task.
        task: TaskId,
        /// Through which door.
        door: DoorKind,
        /// The attempt's number.
        attempt: u32,
        /// What went wrong.
        #[serde(flatten)]
        failure: Failure,
    },
    /// A read-back begins. Its time decides whether it can prove anything.
    ReadingStarted {
        /// For which task.
        task: TaskId,
        /// Through which door.
        door: DoorKind,
        /// Counted from 1 over the task's life.
        reading: u32,
    },
    /// What the venue said.
    ReadingTaken {
        /// For which task.
        task: TaskId,
        /// Through which door.
        door: DoorKind,
        /// The reading's number.
        reading: u32,
        /// What was read.
        result: Reading,
    },
    /// No reading could be had.
    ReadingFailed {
        /// For which task.
        task: TaskId,
        /// Through which door.
        door: DoorKind,
        /// The reading's number.
        reading: u32,
        /// What went wrong.
        #[serde(flatten)]
        failure: Failure,
    },

    /// Proof was seen. Legal only when the readings before it support it.
    Verified {
        /// Which.
        task: TaskId,
        /// By what.
        proof: Proof,
    },
    /// All within reach is done, and something stays.
    Partial {
        /// Which.
        task: TaskId,
        /// What is left, a line each.
        left: Vec<String>,
        /// Until when, where that is known of all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Every door said no, and there is nothing that the person can do instead.
    Refused {
        /// Which.
        task: TaskId,
        /// Why, in words.
        why: String,
        /// What to do next; may be empty.
        next: String,
    },
    /// Every door said no, and the person can do it.
    NeedsYou {
        /// Which.
        task: TaskId,
        /// Why it is theirs.
        why: String,
    },
    /// Nobody knows. Treated as not done.
    Unknown {
        /// Which.
        task: TaskId,
        /// Why.
        why: String,
        /// When it was last seen done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seen: Option<Timestamp>,
    },
    /// Something that was proved is open again.
    Reopened {
        /// Which.
        task: TaskId,
        /// What was found.
        found: Vec<Found>,
    },
    /// The person read a value.
    Answered {
        /// To which task's card.
        task: TaskId,
        /// The value, as typed.
        value: String,
        /// Whether it is the wanted one.
        wanted: bool,
        /// Who.
        by: Actor,
    },
    /// The person gave the one-time code that a door asked for. The code itself is kept nowhere.
    CodeGiven {
        /// For which task.
        task: TaskId,
        /// To which door.
        door: DoorKind,
        /// Who.
        by: Actor,
    },
    /// The person passed over a task.
    Skipped {
        /// Which.
        task: TaskId,
        /// Why.
        reason: SkipReason,
        /// Who.
        by: Actor,
    },

    /// An order that was not there before appeared while orders were held down.
    OrderAppeared {
        /// On which account.
        account: AccountName,
        /// Through which door it was seen. Doors of one account may each see the same order.
        door: DoorKind,
        /// The order.
        order: OpenOrder,
    },
    /// A fill was seen since the press.
    FillSeen {
        /// On which account.
        account: AccountName,
        /// Through which door it was seen first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        door: Option<DoorKind>,
        /// The fill.
        fill: Fill,
    },
    /// What was open before a cancel, as a capture read it.
    OrdersListed {
        /// On which account.
        account: AccountName,
        /// Through which door.
        door: DoorKind,
        /// Open orders, all that this door sees.
        orders: Vec<OpenOrder>,
    },
    /// What is held, as a capture read it.
    PositionsRead {
        /// On which account.
        account: AccountName,
        /// Through which door.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        door: Option<DoorKind>,
        /// Positions, all that this door sees.
        positions: Vec<Position>,
    },
    /// Hold-down of an account is over: its severing tasks are verified and a last double listing
    /// was empty.
    HoldEnded {
        /// The `cancel_orders` task.
        task: TaskId,
    },

    /// A raw answer was stored.
    Captured {
        /// On which account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<AccountName>,
        /// Through which door.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        door: Option<DoorKind>,
        /// File name within `captures/`.
        file: String,
        /// Its size.
        bytes: u64,
        /// SHA-256, in hex.
        digest: String,
    },
    /// A raw answer could not be stored. Its digest still tells what it was.
    CaptureLost {
        /// File name that it would have had.
        file: String,
        /// SHA-256, in hex.
        digest: String,
        /// Why.
        why: String,
    },
    /// The person wrote something down.
    Noted {
        /// The text.
        text: String,
        /// About which task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },

    /// Something happened in the story of a drill. The engine does not look at it.
    Story {
        /// The story's line.
        line: serde_json::Value,
    },

    /// The journal could not be written. What follows is in memory only until it can.
    RecordingFailed {
        /// Why.
        why: String,
    },
    /// The journal can be written again, and what was missing was written late.
    RecordingResumed {
        /// The first line that was late.
        from_seq: u64,
        /// The last line that was late.
        to_seq: u64,
    },

    /// Something held for the run was taken back.
    HoldReleased {
        /// On which account.
        account: AccountName,
        /// Through which door.
        door: DoorKind,
        /// What.
        what: String,
        /// What was seen while it was held.
        words: String,
    },
    /// The person has looked and reset the run. Nothing follows.
    Reset {
        /// How many positions without a stop the person read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        positions_without_stop: Option<u64>,
        /// Who.
        by: Actor,
    },
    /// How it stands. Legal only when it says what the lines before it say.
    RunSummary(Summary),
}

impl Event {
    /// The name that stands in `type`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted { .. } => "run_started",
            Self::RunExtended { .. } => "run_extended",
            Self::Attached { .. } => "attached",
            Self::Resumed { .. } => "resumed",
            Self::Released { .. } => "released",
            Self::AttemptStarted { .. } => "attempt_started",
            Self::AttemptAccepted { .. } => "attempt_accepted",
            Self::AttemptFailed { .. } => "attempt_failed",
            Self::ReadingStarted { .. } => "reading_started",
            Self::ReadingTaken { .. } => "reading_taken",
            Self::ReadingFailed { .. } => "reading_failed",
            Self::Verified { .. } => "verified",
            Self::Partial { .. } => "partial",
            Self::Refused { .. } => "refused",
            Self::NeedsYou { .. } => "needs_you",
            Self::Unknown { .. } => "unknown",
            Self::Reopened { .. } => "reopened",
            Self::Answered { .. } => "answered",
            Self::CodeGiven { .. } => "code_given",
            Self::Skipped { .. } => "skipped",
            Self::OrderAppeared { .. } => "order_appeared",
            Self::FillSeen { .. } => "fill_seen",
            Self::OrdersListed { .. } => "orders_listed",
            Self::PositionsRead { .. } => "positions_read",
            Self::HoldEnded { .. } => "hold_ended",
            Self::Captured { .. } => "captured",
            Self::CaptureLost { .. } => "capture_lost",
            Self::Noted { .. } => "noted",
            Self::Story { .. } => "story",
            Self::RecordingFailed { .. } => "recording_failed",
            Self::RecordingResumed { .. } => "recording_resumed",
            Self::HoldReleased { .. } => "hold_released",
            Self::Reset { .. } => "reset",
            Self::RunSummary(_) => "run_summary",
        }
    }
}

/// What went wrong with an effect or a reading.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// See [`ErrorClass`].
    pub class: ErrorClass,
    /// The venue's words.
    pub words: String,
    /// What they mean.
    pub meaning: String,
    /// What the person can do about it.
    pub next: String,
    /// When it is tried again, on the run's clock; `None` when it is not.
    pub retry_at_ms: Option<u64>,
}

/// What a `verified` rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// How many readings.
    pub readings: u32,
    /// Through which doors they were seen, in order of the doors.
    pub doors: Vec<DoorKind>,
    /// Whether a value that the person read is part of it.
    pub read_by_you: bool,
    /// What was seen, in one line.
    pub words: String,
}

/// Why a task was passed over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// There is nothing here that it is about. The account can still be contained.
    NotApplicable,
    /// Any other, in the person's words. The account stays "not contained".
    Other(String),
}

/// How a run stands, computed from its journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// Whether every containment task is verified or not applicable.
    pub contained: bool,
    /// Every task that is not verified or skipped.
    pub open: Vec<OpenTask>,
    /// How many tasks are verified.
    pub verified: u64,
    /// Of those, how many rest on a value that the person read.
    pub read_by_you: u64,
    /// How many tasks there are.
    pub tasks: u64,
    /// When the run became contained for the last time, in milliseconds after the press.
    pub ms_to_contained: Option<u64>,
    /// Accounts with a task that was skipped although it applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped_by_you: Vec<TaskId>,
    /// Orders that appeared under hold-down.
    pub appeared: u64,
    /// Positions that now have no stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_stop: Vec<WithoutStop>,
    /// Whether every line of this run is on disk.
    pub recorded: bool,
}

/// A task that is still open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenTask {
    /// Which.
    pub task: TaskId,
    /// Its state word.
    pub state: crate::Word,
    /// One line of why.
    pub why: String,
}

/// A position whose stop was cancelled in this run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WithoutStop {
    /// On which account.
    pub account: AccountName,
    /// What is held.
    pub position: Position,
    /// The stops that were cancelled.
    pub stops: Vec<OpenOrder>,
}
