//! The state words of a task.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The state of a task, in the only words that there are for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Word {
    /// Waits for other tasks.
    #[serde(rename = "queued")]
    Queued,
    /// Is being asked of the venue.
    #[serde(rename = "sending")]
    Sending,
    /// The venue took it; nothing is proved.
    #[serde(rename = "accepted")]
    Accepted,
    /// Proof was seen.
    #[serde(rename = "verified")]
    Verified,
    /// Something stays.
    #[serde(rename = "partial")]
    Partial,
    /// The venue said no.
    #[serde(rename = "refused")]
    Refused,
    /// No answer; treated as not done.
    #[serde(rename = "unknown")]
    Unknown,
    /// The person must act.
    #[serde(rename = "needs you")]
    NeedsYou,
    /// Passed over by the person.
    #[serde(rename = "skipped")]
    Skipped,
}

impl Word {
    /// Every word, the worst first.
    pub const WORST_FIRST: [Self; 9] = [
        Self::Refused,
        Self::Unknown,
        Self::NeedsYou,
        Self::Partial,
        Self::Sending,
        Self::Accepted,
        Self::Queued,
        Self::Skipped,
        Self::Verified,
    ];

    /// As it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Verified => "verified",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NeedsYou => "needs you",
            Self::Skipped => "skipped",
        }
    }

    /// Whether nothing about the task is open.
    pub fn is_closed(self) -> bool {
        match self {
            Self::Verified | Self::Skipped => true,
            Self::Queued
            | Self::Sending
            | Self::Accepted
            | Self::Partial
            | Self::Refused
            | Self::Unknown
            | Self::NeedsYou => false,
        }
    }

    /// Whether a task that waits for this one may start: it has ended in some state.
    pub fn has_ended(self) -> bool {
        match self {
            Self::Queued | Self::Sending | Self::Accepted => false,
            Self::Verified
            | Self::Partial
            | Self::Refused
            | Self::Unknown
            | Self::NeedsYou
            | Self::Skipped => true,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
