//! What the window may ask beyond the press, and what it is told.
//!
//! No answer holds a secret. What was typed is judged here, field by field, and never by the window.

mod account;
mod drills;
mod evidence;
mod keys;
mod readiness;

pub(crate) use account::{
    AccountAsk, AccountDraft, AccountTold, DoorTested, FieldProblem, LeverState, LeverTested,
    Tested,
};
pub(crate) use drills::{
    Debrief, DebriefQuestion, DrillAsk, DrillEnded, DrillPlayer, DrillTold, Figure, Fix, History,
    PageRow, PageTold, Played, Scenario, Series, TimelineRow,
};
pub(crate) use evidence::{
    ActChoice, ActFacets, ActRow, ActVerdict, ActsPage, Attachment, BundleContents, BundleRow,
    CaseView, Check, CheckOutcome, CollectedRow, EvidenceAsk, EvidenceTold, ExportChoices,
    ExportedRow, LeftOut, LossLine, LossTotal, Losses, NoteRow, Preview, PreviewLine, PreviewPart,
    ProfileRow, Purpose, SightingRow, SpokenWith, Verified, WithheldRow, WordsRow,
};
pub(crate) use keys::{AddressChoice, DoorWords, KeyDraft, PageWords, ScopeWords, VenueWords};
pub(crate) use readiness::{
    Audit, AuditArea, AuditSeverity, AuditVerdict, LeverRow, PersonQuestion, QuestionFormat,
    Readiness, ReadinessAsk, ReadinessTold, ReadyState, Trial, TrialMoney, TrialOrder,
};

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::view::AnswerFormat;

/// What the person does in a run.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "act")]
pub(crate) enum Act {
    /// Answers a card with the value that they read.
    Answer {
        /// The card's task.
        task: String,
        /// As typed.
        value: String,
    },
    /// Passes over a task.
    Skip {
        /// Which.
        task: String,
        /// Why; none means that it does not apply.
        reason: Option<String>,
    },
    /// Writes something down.
    Note {
        /// About which task.
        task: Option<String>,
        /// The text.
        text: String,
    },
    /// Puts a file into the record.
    Attach {
        /// Where it is.
        path: String,
    },
    /// Has looked: ends the run.
    Reset {
        /// How many positions without a stop they read.
        positions_without_stop: Option<u32>,
    },
    /// Takes up a run that was left.
    Resume {
        /// Its folder name.
        run: String,
    },
    /// Does on the simulated page what a card says, and reads its value: practice only.
    Look {
        /// The card's task.
        task: String,
    },
}

/// What came of an [`Act`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Acted {
    /// In a line for a person.
    pub(crate) words: String,
    /// `look`: the value that the page shows.
    pub(crate) value: Option<String>,
}

/// About runbooks.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub(crate) enum RunbookAsk {
    /// The saved text, or the draft over it.
    Read {
        /// Its id.
        id: String,
    },
    /// Lints a text; keeps nothing.
    Check {
        /// The id that it was opened under; empty for a new one.
        id: String,
        /// The text.
        text: String,
    },
    /// Changes one field of one step, in the text.
    EditStep {
        /// The text.
        text: String,
        /// The step's place, from 0.
        step: u32,
        /// `title`, `deadline`, `after`, `accounts`, `manual`, `say`.
        field: String,
        /// The new value, as typed; empty takes the field away.
        value: String,
    },
    /// Moves a step, in the text.
    MoveStep {
        /// The text.
        text: String,
        /// Its place, from 0.
        from: u32,
        /// Its new place.
        to: u32,
    },
    /// Saves it for use, if the linter does not refuse it; as a draft if it does.
    Save {
        /// The id that it was opened under; empty for a new one.
        id: String,
        /// The text.
        text: String,
    },
    /// Takes away the draft.
    DiscardDraft {
        /// Its id.
        id: String,
    },
    /// Takes away the person's own; a shipped one of the same id is in use again.
    Remove {
        /// Its id.
        id: String,
    },
    /// Writes the one-page card and opens it in the browser, to be printed.
    PrintCard {
        /// Its id.
        id: String,
    },
}

/// What is told about runbooks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "told")]
pub(crate) enum RunbookTold {
    /// A text and what is to say about it.
    Document(Document),
    /// It was done.
    Done {
        /// In a line for a person.
        words: String,
    },
}

/// A runbook's text and what is to say about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// Its id.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// When to press it.
    pub(crate) when: String,
    /// The text.
    pub(crate) text: String,
    /// The text that a press would use now; none for a new one.
    pub(crate) saved: Option<String>,
    /// Whether `text` is a draft that is not in use.
    pub(crate) is_draft: bool,
    /// Whether it is the person's own.
    pub(crate) own: bool,
    /// Refusals first, then by line.
    pub(crate) findings: Vec<Finding>,
    /// How many refuse.
    pub(crate) refusals: u32,
    /// How many warn, kept ones left out.
    pub(crate) warnings: u32,
    /// Its steps; empty while it cannot be read.
    pub(crate) steps: Vec<Step>,
}

/// What the linter says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// The rule's id.
    pub(crate) rule: String,
    /// Whether it refuses the document; else it warns.
    pub(crate) refuses: bool,
    /// Line, from 1.
    pub(crate) line: u32,
    /// Column, from 1.
    pub(crate) column: u32,
    /// What is wrong.
    pub(crate) message: String,
    /// What to write instead, in words.
    pub(crate) mend: String,
    /// What the mend takes away and adds, line by line.
    pub(crate) diff: Vec<DiffLine>,
    /// The whole text with the mend made.
    pub(crate) mended: Option<String>,
    /// The whole text with a remark that keeps it so; `REASON` stands for the reason.
    pub(crate) kept_as: Option<String>,
    /// Why the person keeps it so.
    pub(crate) kept: Option<String>,
}

/// A line of a mend.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiffLine {
    /// Whether it is added; else it is taken away.
    pub(crate) added: bool,
    /// The line.
    pub(crate) text: String,
    /// Its number, in the text before for what is taken away.
    pub(crate) line: u32,
}

/// A step of a runbook, with how it would run on the accounts at hand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step {
    /// Its id.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// Its first line in the text, from 1.
    pub(crate) line: u32,
    /// Its last line.
    pub(crate) last_line: u32,
    /// The lever; none for the person's own.
    pub(crate) lever: Option<String>,
    /// `all`, or names.
    pub(crate) accounts: String,
    /// The steps that it waits for.
    pub(crate) after: Vec<String>,
    /// As written; empty for none.
    pub(crate) deadline: String,
    /// What the person does.
    pub(crate) manual: Option<String>,
    /// The words to say.
    pub(crate) say: Option<String>,
    /// Whom to call, with number.
    pub(crate) contact: Option<String>,
    /// The question.
    pub(crate) ask: Option<String>,
    /// What kind of value answers it.
    pub(crate) format: Option<AnswerFormat>,
    /// When it starts, in words (`at once, beside step 1`).
    pub(crate) starts: String,
    /// What it does on each account, in words.
    pub(crate) does: Vec<String>,
    /// Why it would be refused now.
    pub(crate) refused_now: Vec<String>,
}

/// About practice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PracticeAsk {
    /// Serves a simulated account with an intruder in it, and shows it instead of the real ones.
    Start,
    /// Ends it.
    End,
    /// Ends it, since something real happens: Home with the cover open.
    ThisIsReal,
}
