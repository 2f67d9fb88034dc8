//! A run as the window shows it: the board, its cards, and what a tile opens to.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Contact;

/// The run under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_field_names,
    reason = "a run's name is its folder's, as in the journal"
)]
pub(crate) struct Run {
    /// Its folder name.
    pub(crate) run: String,
    /// Live or not.
    pub(crate) mode: Mode,
    /// The runbook's title.
    pub(crate) title: String,
    /// When it was pressed.
    pub(crate) pressed_at: String,
    /// Milliseconds since then, on the run's clock.
    pub(crate) elapsed_ms: u32,
    /// How many lines its journal has.
    pub(crate) lines: u32,
    /// SHA-256 of the last journal line, in hex.
    pub(crate) head: String,
    /// Whether every line is on disk.
    pub(crate) recorded: bool,
    /// How often it was taken up again.
    pub(crate) resumed: u32,
    /// When it was last taken up again, and how many tasks were asked again then.
    pub(crate) resumed_at: Option<String>,
    /// See `resumedAt`.
    pub(crate) asked_again: u32,
    /// The biggest text.
    pub(crate) headline: Headline,
    /// The worst of what is open in one sentence; empty when nothing is.
    pub(crate) worst: String,
    /// How many tasks are neither verified nor skipped.
    pub(crate) still_open: u32,
    /// Whether every containment task is verified.
    pub(crate) contained: bool,
    /// Milliseconds from the press until it was.
    pub(crate) ms_to_contained: Option<u32>,
    /// How many accounts it is about.
    pub(crate) accounts: u32,
    /// How many tasks are verified.
    pub(crate) verified: u32,
    /// How many of those rest on a value that the person read.
    pub(crate) read_by_you: u32,
    /// How many tasks there are.
    pub(crate) tasks: u32,
    /// How many tasks the person passed over for another reason than that they do not apply.
    pub(crate) skipped_by_you: u32,
    /// How many tasks are in each state, worst first; states with none are left out.
    pub(crate) tally: Vec<Tally>,
    /// Accounts: those with something open first when there are more than four.
    pub(crate) columns: Vec<Column>,
    /// Levers in use.
    pub(crate) rows: Vec<Row>,
    /// What needs the person, worst first.
    pub(crate) cards: Vec<Card>,
    /// How many cards are done.
    pub(crate) cards_done: u32,
    /// Hold-down, an account each.
    pub(crate) holds: Vec<Hold>,
    /// Positions that lost their stops.
    pub(crate) without_stop: Vec<WithoutStop>,
    /// How many files the record holds beside the journal.
    pub(crate) captures: u32,
    /// How many notes the person made.
    pub(crate) notes: u32,
}

/// Whether a run reaches real accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Real accounts.
    Live,
    /// A drill.
    Drill,
    /// Practice.
    Practice,
}

/// What is said biggest about a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Headline {
    /// Tasks are open: `stillOpen`.
    StillOpen,
    /// Contained, and positions have no stop: `withoutStop`.
    WithoutStop,
    /// Not contained, since the person passed over what contains.
    SkippedByYou,
    /// Contained.
    Contained,
}

/// How many tasks are in one state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tally {
    /// The state.
    pub(crate) word: Word,
    /// How many.
    pub(crate) count: u32,
}

/// A task's state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    Queued,
    Sending,
    Accepted,
    Verified,
    Partial,
    Refused,
    Unknown,
    NeedsYou,
    Skipped,
}

/// An account of a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Column {
    /// Its nickname.
    pub(crate) account: String,
    /// The venue's number of it, masked.
    pub(crate) masked_id: Option<String>,
    /// How many of its tasks are open.
    pub(crate) still_open: u32,
}

/// A lever of a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The lever's id.
    pub(crate) lever: String,
    /// What the row is called.
    pub(crate) title: String,
    /// One cell a column.
    pub(crate) cells: Vec<Cell>,
}

/// One account's state of one lever.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "cell")]
pub(crate) enum Cell {
    /// A task.
    Task(Tile),
    /// No door of the account offers it.
    NotOffered,
    /// The runbook does not ask for it here.
    NotInRunbook,
}

/// A task, as a tile.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tile {
    /// Which.
    pub(crate) task: String,
    /// Its step's title.
    pub(crate) title: String,
    /// Its state.
    pub(crate) word: Word,
    /// One line of why.
    pub(crate) why: String,
    /// What the person can do about it; may be empty.
    pub(crate) next: String,
    /// When its word last changed.
    pub(crate) since: String,
    /// The same on the run's clock, in milliseconds.
    pub(crate) since_ms: u32,
    /// `partial`: until when.
    pub(crate) until: Option<String>,
    /// The number of its card, from 1.
    pub(crate) card: Option<u32>,
    /// `verified`: through which doors it was seen.
    pub(crate) seen_through: Vec<String>,
    /// Whether a value that the person read is part of the proof.
    pub(crate) read_by_you: bool,
    /// How often something proved was open again.
    pub(crate) reopened: u32,
}

/// Something for the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Card {
    /// From 1, worst first.
    pub(crate) number: u32,
    /// The task.
    pub(crate) task: String,
    /// Verb first.
    pub(crate) title: String,
    /// On which account; `None` for all.
    pub(crate) account: Option<String>,
    /// What to do.
    pub(crate) text: String,
    /// Why it is theirs.
    pub(crate) why: String,
    /// Where in the venue's own pages.
    pub(crate) menu_path: Option<String>,
    /// The page. Opened by `open` alone.
    pub(crate) link: Option<String>,
    /// The words to say on the phone.
    pub(crate) say: Option<String>,
    /// Whom to call.
    pub(crate) contact: Option<Contact>,
    /// The same contact at other legal entities.
    pub(crate) other_contacts: Vec<Contact>,
    /// The question; without one the card asks for nothing but a skip or a note.
    pub(crate) ask: Option<String>,
    /// What kind of value answers it.
    pub(crate) format: AnswerFormat,
    /// The day on which somebody last saw menu path and link to be right; none was not checked.
    pub(crate) last_checked: Option<String>,
    /// The last value that was read and is not the wanted one.
    pub(crate) last_answer: Option<String>,
    /// Whether the run is not contained before it is done.
    pub(crate) containment: bool,
    /// Whether a click does on the simulated page what the card says: practice.
    pub(crate) has_page: bool,
    /// The simulated page that stands for the venue's, by its id: drills.
    pub(crate) page: Option<String>,
}

/// What kind of value is read back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerFormat {
    /// A whole number.
    Number,
    /// Free text.
    Text,
    /// A time.
    Time,
    /// `yes` or `no`.
    YesNo,
    /// A one-time code: handed to the venue, and kept nowhere.
    Code,
}

/// Orders of an account being held down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hold {
    /// The account.
    pub(crate) account: String,
    /// Whether it goes on.
    pub(crate) active: bool,
    /// How many orders appeared.
    pub(crate) appeared: u32,
    /// When a listing was last empty.
    pub(crate) last_empty: Option<String>,
}

/// A position that lost its stops.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WithoutStop {
    /// The account.
    pub(crate) account: String,
    /// What is held, in the venue's own symbol.
    pub(crate) instrument: String,
    /// How much, without sign.
    pub(crate) quantity: String,
    /// Whether it is short.
    pub(crate) short: bool,
    /// The stops that were cancelled.
    pub(crate) stops: Vec<Stop>,
}

/// A stop that was cancelled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stop {
    /// `buy` or `sell`.
    pub(crate) side: String,
    /// How much.
    pub(crate) quantity: String,
    /// At which price, where the venue told.
    pub(crate) price: Option<String>,
}

/// What a task's tile opens to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detail {
    /// The task.
    pub(crate) task: String,
    /// What it is, in words.
    pub(crate) title: String,
    /// Its state.
    pub(crate) word: Word,
    /// Why.
    pub(crate) why: String,
    /// What the proof rests on, a sentence each; empty before there is one.
    pub(crate) proof: Vec<String>,
    /// What is left.
    pub(crate) left: Vec<String>,
    /// Each door that was asked.
    pub(crate) doors: Vec<DoorDetail>,
    /// Its lines of the journal, the latest last, at most fifty.
    pub(crate) lines: Vec<DetailLine>,
    /// How many earlier lines are left out.
    pub(crate) lines_left_out: u32,
}

/// What one door answered about one task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DoorDetail {
    /// Which.
    pub(crate) door: String,
    /// Attempts so far.
    pub(crate) attempts: u32,
    /// Readings so far.
    pub(crate) readings: u32,
    /// What was last still found, a line each, at most twenty.
    pub(crate) found: Vec<String>,
    /// Why it failed last, if it did.
    pub(crate) failure: Option<String>,
}

/// A journal line, told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DetailLine {
    /// Its number.
    pub(crate) seq: u32,
    /// When, on this computer's clock.
    pub(crate) at: String,
    /// Milliseconds since the press.
    pub(crate) mono_ms: u32,
    /// The event's type (`verified`).
    pub(crate) event: String,
    /// The event as it stands in the journal, shortened to 2 000 characters.
    pub(crate) text: String,
    /// SHA-256 of the captures that it names.
    pub(crate) digests: Vec<String>,
}
