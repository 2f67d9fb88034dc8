//! What a person is told who is not looking.
//!
//! Made of nicknames, counts and the titles of runbooks and steps alone: never of a venue's words,
//! an account number or a secret. Nothing depends on its arrival.

use incident::Mode;
use serde::{Deserialize, Serialize};

/// One notification.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notification {
    /// What it is about.
    pub kind: NotificationKind,
    /// A few words. A drill's and practice's begin with the mode.
    pub title: String,
    /// A sentence or two.
    pub body: String,
    /// Whether it is about real accounts.
    pub mode: Mode,
    /// `RunStarted`: where the press came from (`terminal`, `window`, `tray`, `hotkey`).
    pub from: Option<String>,
}

/// What a notification is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// A run was started.
    RunStarted,
    /// Cards wait for the person.
    NeedsYou,
    /// A venue refused.
    Refused,
    /// A venue did not answer.
    Unknown,
    /// Everything that contains is verified.
    Contained,
    /// Something that was verified is open again.
    NotContainedAnyMore,
    /// Positions lost their stops.
    WithoutStop,
    /// The run cannot be written down.
    NotRecorded,
    /// A door that was open while armed does not answer any more.
    DoorLost,
    /// It answers again. To be shown without a sound, if at all.
    DoorBack,
    /// A rehearsal is overdue.
    RehearsalDue,
}

impl NotificationKind {
    /// Whether it only takes back what another said: no sound, no urgency.
    pub fn is_silent(self) -> bool {
        match self {
            Self::DoorBack => true,
            Self::RunStarted
            | Self::NeedsYou
            | Self::Refused
            | Self::Unknown
            | Self::Contained
            | Self::NotContainedAnyMore
            | Self::WithoutStop
            | Self::NotRecorded
            | Self::DoorLost
            | Self::RehearsalDue => false,
        }
    }
}

impl Notification {
    pub(crate) fn new(
        mode: Mode,
        kind: NotificationKind,
        title: impl Into<String>,
        body: impl Into<String>,
    ) -> Self {
        let before = match mode {
            Mode::Live => "",
            Mode::Drill => "DRILL: ",
            Mode::Practice => "PRACTICE: ",
        };
        Self {
            kind,
            title: format!("{before}{}", title.into()),
            body: body.into(),
            mode,
            from: None,
        }
    }
}

/// `1 card needs you`, `2 cards need you`.
pub(crate) fn counted(count: usize, one: &str, several: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {several}")
    }
}
