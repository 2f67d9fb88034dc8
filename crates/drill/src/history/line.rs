//! A line of the history.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::HISTORY_VERSION;
use crate::{debrief::Fix, score::Score, story::Player};

/// A drill begins.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Began {
    /// Its own id, unique in the file.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The scenario's id.
    pub scenario: String,
    /// By which way somebody gets in, in it.
    pub way_in: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// What goes wrong on purpose, by id.
    pub injects: Vec<String>,
    /// Who plays.
    pub player: Player,
    /// How many times faster than the clock.
    pub speed: f64,
    /// Whether times are shown and judged.
    pub clock: bool,
    /// The program's version.
    pub program: String,
}

/// A drill has ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Which.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// How it went.
    pub score: Score,
    /// The run's folder name; none where nothing was pressed.
    pub run: Option<String>,
}

/// What was chosen and answered after a drill.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noted {
    /// Which.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The one thing to mend; none where the person chose nothing.
    pub fix: Option<Fix>,
    /// The answers to the three questions, in their order; may be empty.
    pub answers: [String; 3],
}

/// The next rehearsal is put off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snoozed {
    /// When that was said.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why, in the person's words.
    pub reason: String,
}

/// What a line holds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Began(Began),
    Done(Box<Done>),
    Noted(Noted),
    Snoozed(Snoozed),
}

impl Line {
    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::Began(began) => began.at,
            Self::Done(done) => done.at,
            Self::Noted(noted) => noted.at,
            Self::Snoozed(snoozed) => snoozed.at,
        }
    }
}

/// A line with its version in front.
#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    #[serde(flatten)]
    line: &'a Line,
}

/// What of a line is read first, whatever else a newer one holds.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Why a line is not taken in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NotRead {
    /// A newer program wrote it.
    Newer(u32),
    /// It is something else.
    Garbage,
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(version) => {
                write!(f, "was written by a newer Firebreak (version {version})")
            }
            Self::Garbage => f.write_str("is not a line of a history"),
        }
    }
}

/// A line's bytes, without the newline.
pub(super) fn write(line: &Line) -> Result<Vec<u8>, serde_json::Error> {
    let version = HISTORY_VERSION;
    serde_json::to_vec(&Written { version, line })
}

pub(super) fn read(text: &[u8]) -> Result<Line, NotRead> {
    let Ok(Version { version }) = serde_json::from_slice(text) else {
        return Err(NotRead::Garbage);
    };
    if version > HISTORY_VERSION {
        return Err(NotRead::Newer(version));
    }
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_slice(text) else {
        return Err(NotRead::Garbage);
    };
    fields.remove("version");
    serde_json::from_value(fields.into()).map_err(|_| NotRead::Garbage)
}
