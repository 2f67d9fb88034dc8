//! What can be added to a case. Its log is these, one a line, each naming the line before it.

use collect::{Outcome, Sighting};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::acts::ActKey;

/// The version of the log's format, in its first line.
pub const CASE_VERSION: u32 = 1;

/// One line of `case.jsonl`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Counted from 0.
    pub seq: u64,
    /// By this computer's clock.
    pub at: Timestamp,
    /// SHA-256 of the line before it without its newline, in hex; zeros in the first.
    pub prev: String,
    /// What was added.
    pub entry: Entry,
}

/// One thing that was added.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Entry {
    /// The first line.
    Opened {
        /// [`CASE_VERSION`].
        version: u32,
        /// The folder's name.
        case: String,
        /// SHA-256 of the last line of the run's journal at that time; absent without a run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        journal_head: Option<String>,
        /// The program and its version.
        program: String,
    },
    /// A last line that a crash had torn was cut off before this one was added.
    Mended {
        /// How many bytes were cut off.
        dropped_bytes: u64,
    },
    /// A collector brought something, or could not.
    Collected {
        /// Its id.
        collector: String,
        /// What it is, for a person.
        title: String,
        /// When it began.
        began: Timestamp,
        /// When it ended.
        ended: Timestamp,
        /// What came of it.
        #[serde(flatten)]
        outcome: Outcome,
        /// What it brought.
        files: Vec<StoredFile>,
        /// What a person should read.
        sightings: Vec<Sighting>,
    },
    /// The person added a file.
    Attached {
        /// The file.
        file: StoredFile,
        /// What it shows, in the person's words; may be empty.
        about: String,
        /// When what it shows happened, as the person said it; empty where not said.
        dated: String,
        /// The step that it belongs to, as the runbook names it; empty for none.
        step: String,
    },
    /// The person wrote something down.
    Noted {
        /// The text.
        text: String,
        /// The step that it belongs to; empty for none.
        step: String,
    },
    /// The person spoke with somebody about it.
    Contact {
        /// With whom (`IBKR security desk, Anna`).
        who: String,
        /// When, as the person said it.
        when: Timestamp,
        /// How (`phone`, `chat`, `mail`, `in person`).
        by: String,
        /// The number or address; may be empty.
        number: String,
        /// Their reference or ticket; may be empty.
        reference: String,
        /// What was said.
        said: String,
    },
    /// The person said whose acts these were. A later mark of the same act takes its place.
    Marked {
        /// Which.
        acts: Vec<ActKey>,
        /// Whose; `None` takes a mark back.
        verdict: Option<Verdict>,
        /// How they were chosen (`one by one`, `all by client id 7`).
        how: String,
    },
    /// The person's statement, whole. A later one takes its place.
    Stated {
        /// The text.
        text: String,
    },
    /// A bundle was written of all before this line.
    Exported {
        /// The file's name, without its folder.
        file: String,
        /// Its size.
        bytes: u64,
        /// SHA-256 of it (before encryption), in hex.
        digest: String,
        /// The signing key's fingerprint.
        signer: String,
        /// For whom it was (`own`, `broker`, `police`, `share`).
        profile: String,
    },
}

/// A file in the case's folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its path within the case's folder, plain (`host/00003-processes.json`).
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256, in hex.
    pub digest: String,
    /// Where it came from, as this computer calls it, or the name that the person gave.
    pub source: String,
    /// When the original last changed, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

/// Whose an act was, as the person says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The person's own.
    Mine,
    /// Somebody else's: it is disputed.
    NotMine,
    /// The person does not know.
    NotSure,
}
