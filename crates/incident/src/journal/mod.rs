//! The journal: one event a line, each line naming the digest of the one before it.
//!
//! A line is written before its effect starts, but only the first is waited for. What is on disk is
//! always a whole prefix of the run, but for one torn line at the end.

mod line;
mod reader;
mod writer;

pub use line::{Chain, FIRST_PREV, Line};
pub use reader::{Damage, JournalError, Recovered, parse, read, replay};
pub use writer::{Journal, JournalSignal};

/// The journal's file name within a run's folder.
pub const FILE_NAME: &str = "journal.jsonl";
