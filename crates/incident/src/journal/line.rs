//! A journal line and the chain that it is a link of.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Event, Stamp};

/// What the first line names as the one before it.
pub const FIRST_PREV: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Counted from 0.
    pub seq: u64,
    /// This computer's wall clock.
    pub at: Timestamp,
    /// The run's monotonic clock.
    pub mono_ms: u64,
    /// SHA-256 of the line before it without its newline, in hex.
    pub prev: String,
    /// What happened.
    pub event: Event,
}

impl Line {
    /// When it happened.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            at: self.at,
            mono_ms: self.mono_ms,
        }
    }
}

/// The end of a chain: what the next line must say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// The next line's number.
    pub next_seq: u64,
    /// What the next line names as the one before it.
    pub prev: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            next_seq: 0,
            prev: FIRST_PREV.to_owned(),
        }
    }
}

impl Chain {
    /// Makes the next line, and its bytes without a newline.
    pub fn link(&mut self, stamp: Stamp, event: Event) -> (Line, Vec<u8>) {
        let line = Line {
            seq: self.next_seq,
            at: stamp.at,
            mono_ms: stamp.mono_ms,
            prev: std::mem::take(&mut self.prev),
            event,
        };
        let bytes = serde_json::to_vec(&line).expect("an event has only string keys");
        self.pass(&bytes);
        (line, bytes)
    }

    /// Goes past a line that was read.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        self.next_seq += 1;
        self.prev = hex::encode(Sha256::digest(bytes));
    }
}
