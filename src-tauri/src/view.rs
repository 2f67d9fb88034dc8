//! What the window is shown, and what it may ask: plain values, no secret among them.
//!
//! The whole of it goes out each time, so that a window that missed some is right again with the
//! next. The window mirrors it and computes no truth. Times are ISO 8601 in UTC; counts fit a
//! JavaScript number; what a venue said is text, and bounded.

mod drills;
mod run;

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri_specta::Event;

pub(crate) use drills::{
    Alarm, Call, CallLine, Drill, DrillContact, DrillPhase, Fact, PageName, Schedule, Snoozed,
    WayIn,
};
pub(crate) use run::{
    AnswerFormat, Card, Cell, Column, Detail, DetailLine, DoorDetail, Headline, Hold, Mode, Row,
    Run, Stop, Tally, Tile, WithoutStop, Word,
};

/// Everything that the window shows of how things stand.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    /// Grows with each view.
    pub(crate) seq: u32,
    /// When it was made.
    pub(crate) at: String,
    /// What the band says first.
    pub(crate) stance: Stance,
    /// How many accounts are armed.
    pub(crate) armed: u32,
    /// Whether the accounts were read yet.
    pub(crate) reading: bool,
    /// Why the open run, or the next one, is not recorded.
    pub(crate) not_recorded: Option<String>,
    /// What the person should know, worst first.
    pub(crate) notices: Vec<Notice>,
    /// Whether the cover is open.
    pub(crate) cover_open: bool,
    /// The answers to "What is happening?", the default first.
    pub(crate) choices: Vec<Choice>,
    /// The accounts, in the person's order.
    pub(crate) accounts: Vec<Account>,
    /// The columns of "What a press reaches".
    pub(crate) reach_levers: Vec<String>,
    /// Whom to call.
    pub(crate) contacts: Vec<Contact>,
    /// When it was rehearsed, and when it should be again.
    pub(crate) rehearsal: Rehearsal,
    /// The printed card.
    pub(crate) printed_card: PrintedCard,
    /// The run under way.
    pub(crate) run: Option<Run>,
    /// Practice, while it goes on: accounts and run above are then simulated.
    pub(crate) practice: Option<Practice>,
    /// A drill, while it goes on: accounts and run above are then simulated.
    pub(crate) drill: Option<Drill>,
    /// The drill that ended last while this program ran, and has a debrief: its number.
    pub(crate) drilled: Option<String>,
    /// When to rehearse; none when the history cannot be read.
    pub(crate) schedule: Option<Schedule>,
    /// What the last check of readiness said; none when there was none.
    pub(crate) readiness: Option<ReadinessSummary>,
    /// Live runs that were left without a reset, oldest first.
    pub(crate) left_open: Vec<RunHead>,
    /// The export under way, or how the last one ended.
    pub(crate) export: Option<Export>,
    /// A collection of this computer's traces, under way or just ended.
    pub(crate) collecting: Option<Collecting>,
    /// A watch for logs that the person exports.
    pub(crate) watch: Option<ExportWatch>,
    /// The person's settings.
    pub(crate) settings: Settings,
    /// The paths to a press that need no window.
    pub(crate) outside: Outside,
    /// The program.
    pub(crate) program: Program,
}

/// What the window is about, told apart by shape, word and colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stance {
    /// Every account is armed.
    Ready,
    /// Some accounts are armed.
    Part,
    /// No account is armed, or there is none.
    Unarmed,
    /// Accounts are to be armed, and no venue answers.
    Offline,
    /// A live run is under way.
    Live,
    /// A live run is contained and waits for its reset.
    Latched,
    /// Drill.
    Drill,
    /// Practice, with or without a run yet.
    Practice,
}

/// Something that the person should know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    /// Stable, for tests and for telling one from another (`left_open`, `keychain`, `web_view`).
    pub(crate) id: String,
    /// What happened.
    pub(crate) what: String,
    /// What was not touched.
    pub(crate) untouched: String,
    /// What to do next.
    pub(crate) next: String,
}

/// An answer to "What is happening?".
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Choice {
    /// The runbook's id.
    pub(crate) runbook: String,
    /// Its title.
    pub(crate) title: String,
    /// When to press it.
    pub(crate) when: String,
    /// Whether it is the person's own.
    pub(crate) own: bool,
    /// Why the person's own file of it is passed over.
    pub(crate) broken: Option<String>,
    /// When it was last pressed in practice or a drill.
    pub(crate) last_rehearsed: Option<String>,
    /// How many steps it has.
    pub(crate) steps: u32,
    /// Whether an unfinished text of it is kept beside it.
    pub(crate) has_draft: bool,
}

/// An account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// Its nickname.
    pub(crate) name: String,
    /// The venue's id.
    pub(crate) venue: String,
    /// The venue's own number of it, masked.
    pub(crate) masked_id: Option<String>,
    /// The legal entity.
    pub(crate) entity: Option<String>,
    /// Whether a door of it is open and kept warm.
    pub(crate) armed: bool,
    /// Whether the person wants it armed.
    pub(crate) wanted: bool,
    /// Why it is not armed.
    pub(crate) why_not: Option<String>,
    /// Its doors.
    pub(crate) doors: Vec<Door>,
    /// When its levers were last tested.
    pub(crate) tested_at: Option<String>,
    /// How far a press goes, in the order of `reachLevers`.
    pub(crate) reach: Vec<Reach>,
}

/// A door.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Door {
    /// Which (`tws`).
    pub(crate) kind: String,
    /// Where.
    pub(crate) address: String,
    /// What money is behind it; none for a program on the person's own computer.
    pub(crate) environment: Option<Environment>,
    /// How it is.
    pub(crate) state: DoorState,
    /// What was reached, or why nothing was.
    pub(crate) words: String,
    /// The mend; may be empty.
    pub(crate) next: String,
    /// Since when it is in that state.
    pub(crate) since: Option<String>,
    /// When it is tried again.
    pub(crate) retry_at: Option<String>,
    /// The venue's clock minus ours, in milliseconds.
    pub(crate) clock_offset_ms: Option<i32>,
    /// What the person should know.
    pub(crate) warnings: Vec<String>,
}

/// What money is behind a door of an exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Environment {
    /// Real money.
    Live,
    /// The venue's own test or demo site.
    Paper,
    /// A simulator on this computer.
    Simulated,
}

/// How a door is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DoorState {
    /// Nobody asked for it.
    NotOpened,
    /// Being opened for the first time.
    Opening,
    /// Open, and answering.
    Open,
    /// It was open and does not answer; tried again.
    Lost,
    /// It did not open; tried again.
    Shut,
}

/// How far a press goes with one lever on one account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reach {
    /// The lever's id.
    pub(crate) lever: String,
    /// How far.
    pub(crate) far: Far,
    /// `partial`: what is left.
    pub(crate) left: Option<String>,
}

/// See [`Reach`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Far {
    /// All there is.
    Full,
    /// Something stays.
    Partial,
    /// Nobody has documented it.
    Unknown,
    /// The person does it; a card says how.
    ByYou,
    /// No door offers it, and no card stands for it.
    NotOffered,
}

/// Whom to call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contact {
    /// Its id.
    pub(crate) id: String,
    /// Who answers.
    pub(crate) name: String,
    /// The number, as it is dialled.
    pub(crate) number: Option<String>,
    /// The support page.
    pub(crate) page: String,
    /// The day on which somebody last saw it to be right.
    pub(crate) last_checked: String,
}

/// When it was rehearsed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rehearsal {
    /// When it was last practised.
    pub(crate) last: Option<String>,
    /// From contained at the last time, in milliseconds from the press.
    pub(crate) last_ms_to_contained: Option<u32>,
    /// When it should be next.
    pub(crate) due: String,
    /// Whether that is past.
    pub(crate) overdue: bool,
}

/// The card on paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrintedCard {
    /// When it was last printed.
    pub(crate) printed_at: Option<String>,
    /// Whether a contact, an account or a runbook changed since.
    pub(crate) stale: bool,
}

/// Practice under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Practice {
    /// What happens in the simulated account.
    pub(crate) story: String,
    /// Whether its doors are being opened still; a press works all the same.
    pub(crate) warming_up: bool,
    /// After the reset: what the simulator itself knows, a sentence an account.
    pub(crate) truth: Vec<String>,
    /// The last run of this practice, once it was reset.
    pub(crate) ended_run: Option<String>,
}

/// What the last check of readiness said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadinessSummary {
    /// Its biggest text.
    pub(crate) headline: String,
    /// The levers that would be refused now.
    pub(crate) dead: Vec<DeadLever>,
    /// How many findings are to be mended.
    pub(crate) to_mend: u32,
    /// How many levers and findings are unknown.
    pub(crate) unknown: u32,
    /// What changed since the check before, in a line.
    pub(crate) changed: String,
    /// When it was made; none while it cannot be read.
    pub(crate) checked_at: Option<String>,
    /// Why it cannot be read.
    pub(crate) trouble: Option<String>,
}

/// A lever that would be refused now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadLever {
    /// The account.
    pub(crate) account: String,
    /// The lever's id.
    pub(crate) lever: String,
}

/// A run in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunHead {
    /// Its folder name.
    pub(crate) run: String,
    /// Live or not; none when the journal cannot be read.
    pub(crate) mode: Option<Mode>,
    /// The runbook's title.
    pub(crate) title: String,
    /// Whether it is a collection without a press.
    pub(crate) collection: bool,
    /// When it was pressed.
    pub(crate) pressed_at: Option<String>,
    /// Whether every containment task is verified.
    pub(crate) contained: bool,
    /// How many tasks are open.
    pub(crate) still_open: u32,
    /// Whether it was reset.
    pub(crate) is_reset: bool,
    /// How many lines its journal has.
    pub(crate) lines: u32,
    /// What is wrong with its journal.
    pub(crate) damage: Option<String>,
}

/// An export.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Export {
    /// The run.
    pub(crate) run: String,
    /// Where to.
    pub(crate) target: String,
    /// How far, of a hundred.
    pub(crate) percent: u32,
    /// What is being done (`packing`, `reading it again`).
    pub(crate) doing: String,
    /// How it ended.
    pub(crate) end: Option<ExportEnd>,
}

/// How an export ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "end")]
pub(crate) enum ExportEnd {
    /// It is there, and was verified by reading it again.
    Done {
        /// How many files are in it.
        files: u32,
        /// SHA-256 of the whole file.
        sha256: String,
        /// The signing key's fingerprint.
        signer: String,
        /// How many values were withheld.
        withheld: u32,
        /// What else a person should know: the time stamp that was not had, the volumes, how to open it.
        notes: Vec<String>,
    },
    /// It is not there.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// A collection of this computer's traces.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Collecting {
    /// Into which run or collection.
    pub(crate) run: String,
    /// Each collector, in its order.
    pub(crate) rows: Vec<CollectorRow>,
    /// Whether it has ended.
    pub(crate) ended: bool,
    /// Why it could not be kept.
    pub(crate) problem: Option<Problem>,
}

/// How far one collector is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CollectorRow {
    /// What it is, for a person.
    pub(crate) title: String,
    /// How far.
    pub(crate) state: CollectorState,
    /// What came of it, in words; empty until then.
    pub(crate) words: String,
}

/// How far a collector is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CollectorState {
    /// It waits for those before it.
    Waiting,
    /// It reads.
    Reading,
    /// It read all that it looks for.
    Collected,
    /// What it looks for is not on this computer.
    NotHere,
    /// Some or all could not be read: a finding.
    Lacking,
}

/// A watch for logs that the person exports from the broker's program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportWatch {
    /// Into which run or collection.
    pub(crate) run: String,
    /// What the person does, a line for each program.
    pub(crate) steps: Vec<String>,
    /// Where it looks.
    pub(crate) places: Vec<String>,
    /// What was taken in, by name.
    pub(crate) taken: Vec<String>,
    /// What went wrong last.
    pub(crate) problem: Option<Problem>,
}

/// What could not be done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem {
    /// What happened.
    pub(crate) what: String,
    /// What was not touched.
    pub(crate) untouched: String,
    /// What to do next.
    pub(crate) next: String,
}

/// What the person chose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the screen"
)]
pub(crate) struct Settings {
    /// Start with the session, hidden, and arm.
    pub(crate) arm_at_login: bool,
    /// The global shortcut, as `Ctrl+Shift+F12`; none registers none.
    pub(crate) hotkey: Option<String>,
    /// Contain by press-press instead of holding.
    pub(crate) press_twice: bool,
    /// Close the cover after ten idle minutes.
    pub(crate) cover_closes: bool,
    /// Single-key shortcuts.
    pub(crate) single_keys: bool,
    /// A sound when something needs the person.
    pub(crate) sound: bool,
    /// In percent: 100, 125, 150, 200.
    pub(crate) text_percent: u32,
    /// Light, dark or as the desktop has it.
    pub(crate) appearance: Appearance,
    /// Times in UTC first.
    pub(crate) utc_first: bool,
    /// Where bundles go; none asks each time, beginning in the home folder.
    pub(crate) evidence_folder: Option<String>,
    /// The time-stamp authority that may be asked for a bundle; none asks nobody.
    pub(crate) time_service: Option<String>,
    /// Who can open what is encrypted, remembered (`age1...`).
    pub(crate) age_recipients: Vec<String>,
    /// Whether the first run was passed through or skipped.
    pub(crate) introduced: bool,
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Appearance {
    /// As the desktop has it.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The paths to a press that need no window.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outside {
    /// Whether there is a tray icon; why not.
    pub(crate) tray: Option<String>,
    /// How the global shortcut is.
    pub(crate) hotkey: HotkeyState,
    /// Why, where it is not on.
    pub(crate) hotkey_why: String,
    /// The command that a desktop's own shortcut should run.
    pub(crate) command: String,
    /// Why the program cannot start with the session, if so.
    pub(crate) autostart_why: Option<String>,
}

/// How the global shortcut is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HotkeyState {
    /// Nobody asked for one.
    Off,
    /// It works anywhere.
    On,
    /// Registered, but on Wayland it is heard only while an X11 window has the focus.
    WaylandLimited,
    /// The system refused it.
    Refused,
}

/// The program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Program {
    /// Its version.
    pub(crate) version: String,
    /// The home folder.
    pub(crate) home: String,
    /// Where the logs are.
    pub(crate) logs: String,
    /// Whether another process keeps the accounts armed, and this window looks on.
    pub(crate) looks_on: bool,
    /// The keychain's name here.
    pub(crate) keychain: String,
}
