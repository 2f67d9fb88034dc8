//! What a collector brings back. Nothing of it is a verdict: the machine itself may be lying.

use std::path::PathBuf;

use door::Act;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What came of one collector.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// All that it looks for was read.
    Collected,
    /// Some was read: a bound was met, or some places could not be read.
    Partly {
        /// Why, in words.
        why: String,
    },
    /// What it looks for does not exist on this computer.
    NotHere {
        /// What was looked for, in words.
        why: String,
    },
    /// It may not be read by this user. A finding, not a gap.
    Denied {
        /// What, in words.
        why: String,
    },
    /// Its time was over before anything was read.
    TimedOut {
        /// What took so long, in words.
        why: String,
    },
    /// It went wrong.
    Failed {
        /// How, in words.
        why: String,
    },
}

/// Where the bytes of a [`Taken`] are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Here: what a collector wrote down itself.
    Bytes(Vec<u8>),
    /// Still on the computer: a file to be copied byte for byte, as far as it reaches now.
    File(PathBuf),
}

/// A file that goes into the case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Its name in the case, plain (`processes.json`, `tws.20261124.ibgzenc`).
    pub name: String,
    /// Where it comes from, as the computer calls it: a path, or a command line.
    pub source: String,
    /// When the original last changed, where it is a file.
    pub modified: Option<Timestamp>,
    /// Its bytes.
    pub content: Content,
}

/// One thing that a person should read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sighting {
    /// What was seen, a sentence (`AnyDesk is running as process 4711 since 14:02:11`).
    pub what: String,
    /// Why it matters, a sentence; empty where it speaks for itself.
    pub why: String,
    /// Whether it belongs on the first page: a remote-control program that runs does, a list of
    /// known processes does not.
    pub notable: bool,
    /// When it happened, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Where it was seen: a path, a process, a key of the registry.
    pub place: String,
}

/// What one collector brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collected {
    /// Its id, plain (`processes`, `browser-extensions`, `tws-logs`).
    pub collector: String,
    /// What it is, for a person (`Programs that run`).
    pub title: String,
    /// When it began, by this computer's clock.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The files.
    pub taken: Vec<Taken>,
    /// What a person should read.
    pub sightings: Vec<Sighting>,
    /// What its files tell of acts in an account, each with the name of the [`Taken`] that tells it.
    pub acts: Vec<(String, Act)>,
}
