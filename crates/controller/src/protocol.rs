//! What crosses the local socket, and the actor's own channel: commands in, replies out.
//!
//! One JSON object a line, with a version. No secret crosses: a command names accounts, runs and
//! tasks, never a credential.

use incident::{Actor, SkipReason, Summary, journal::Line};
use runbook::{AccountName, TaskId};
use serde::{Deserialize, Serialize};

use crate::{
    Error, TaskDetail, View,
    readiness::{Asking, Proving, ProvingView, ReadinessView},
};

/// The version of commands, replies and views. A controller refuses any other.
pub const PROTOCOL_VERSION: u32 = 2;

/// The longest line of the protocol, in bytes: an attached file in base64 fits.
pub(crate) const LONGEST_LINE: usize = 32 * 1024 * 1024;

/// One line from a shell to the controller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL_VERSION`] of the sender.
    pub version: u32,
    /// What it asks for.
    #[serde(flatten)]
    pub command: Command,
}

/// What a shell can ask of the controller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// The press. Attaches to the run that is open, or extends it.
    /// Answered by [`Reply::Pressed`], then lines until the run is left or reset.
    Panic {
        /// A runbook's id.
        runbook: String,
        /// Only these accounts; all when empty.
        #[serde(default)]
        accounts: Vec<AccountName>,
        /// Where the press came from (`terminal`, `window`, `tray`, `hotkey`).
        from: String,
        /// Contains only within ten seconds of the cover's opening; opens the cover otherwise, and
        /// is then answered by [`Reply::Done`].
        #[serde(default)]
        twice: bool,
    },
    /// Opens or closes the cover. Nothing happens to any account.
    Cover {
        /// Whether it is to be open.
        open: bool,
    },
    /// Opens again a run that was left, and goes on with it. Answered like a press.
    Resume {
        /// The run's folder name.
        run: String,
    },
    /// Reads credentials and keeps connections warm.
    Arm {
        /// Only these accounts; all when empty.
        #[serde(default)]
        accounts: Vec<AccountName>,
    },
    /// Lets go of credentials and connections. Refused while a run is open.
    Disarm {
        /// Only these accounts; all when empty.
        #[serde(default)]
        accounts: Vec<AccountName>,
    },
    /// A file of the home changed: accounts, contacts, runbooks, settings, the card.
    Reload,
    /// How things stand: one [`Reply::View`].
    Status,
    /// How things stand, now and whenever it changed: a [`Reply::View`] each, at most ten a second.
    /// Who reads slowly misses some, and is right again with the next.
    Watch,
    /// What is known of one task: one [`Reply::Detail`].
    Detail {
        /// The run's folder name.
        run: String,
        /// Which.
        task: TaskId,
    },
    /// Answers a card with a value that the person read.
    Answer {
        /// The run's folder name.
        run: String,
        /// The card's task.
        task: TaskId,
        /// The value, as typed.
        value: String,
        /// Who read it.
        by: Actor,
    },
    /// Passes over a task.
    Skip {
        /// The run's folder name.
        run: String,
        /// Which.
        task: TaskId,
        /// Why.
        reason: SkipReason,
        /// Who.
        by: Actor,
    },
    /// Writes something down.
    Note {
        /// The run's folder name.
        run: String,
        /// The text.
        text: String,
        /// About which task.
        #[serde(default)]
        task: Option<TaskId>,
    },
    /// Writes down what happened in a drill's story. No live run takes it.
    Tell {
        /// The run's folder name.
        run: String,
        /// The story's line.
        line: serde_json::Value,
    },
    /// Puts a file into the record.
    AttachFile {
        /// The run's folder name.
        run: String,
        /// Its name, without folders.
        name: String,
        /// Its content.
        #[serde(with = "in_base64")]
        bytes: Vec<u8>,
    },
    /// The person has looked: ends the run and gives back what it held.
    Reset {
        /// The run's folder name.
        run: String,
        /// How many positions without a stop they read.
        #[serde(default)]
        positions_without_stop: Option<u64>,
        /// Who.
        by: Actor,
    },
    /// Writes the run's summary and stops working on it. It can be resumed.
    Leave {
        /// The run's folder name.
        run: String,
    },
    /// The last check of readiness, as it stands now: one [`Reply::Readiness`].
    Readiness,
    /// Checks every lever, credential and this computer; only reads. One [`Reply::Readiness`].
    /// Refused while a run is under way, and broken off by a press.
    CheckReadiness {
        /// What is looked at.
        #[serde(flatten)]
        asking: Asking,
    },
    /// Keeps what the person read, as the answer to a question of readiness. One
    /// [`Reply::Readiness`].
    AnswerQuestion {
        /// The question's id.
        id: String,
        /// The value, as typed.
        value: String,
    },
    /// Lists what a lever can be proved with, or cancels the one order that is named and proves it
    /// gone: one [`Reply::Proving`]. Refused while a run is under way.
    Prove {
        /// What is asked for.
        #[serde(flatten)]
        proving: Proving,
    },
    /// Ends a resident controller. Refused while a run is open.
    Stop,
    /// Ends the controller whatever it does: an open run is left, and can be resumed.
    Quit,
}

impl Command {
    /// Its name, for the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Panic { .. } => "panic",
            Self::Cover { .. } => "cover",
            Self::Resume { .. } => "resume",
            Self::Arm { .. } => "arm",
            Self::Disarm { .. } => "disarm",
            Self::Reload => "reload",
            Self::Status => "status",
            Self::Watch => "watch",
            Self::Detail { .. } => "detail",
            Self::Answer { .. } => "answer",
            Self::Skip { .. } => "skip",
            Self::Note { .. } => "note",
            Self::Tell { .. } => "tell",
            Self::AttachFile { .. } => "attach_file",
            Self::Reset { .. } => "reset",
            Self::Leave { .. } => "leave",
            Self::Readiness => "readiness",
            Self::CheckReadiness { .. } => "check_readiness",
            Self::AnswerQuestion { .. } => "answer_question",
            Self::Prove { .. } => "prove",
            Self::Stop => "stop",
            Self::Quit => "quit",
        }
    }

    /// How many replies may wait to be read: of a watch the latest alone is of use.
    pub(crate) fn replies_waiting(&self) -> usize {
        if matches!(self, Self::Watch) { 1 } else { 64 }
    }
}

/// What a press did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pressed {
    /// It started a run.
    Started,
    /// It found the run of the same runbook open.
    Attached,
    /// It added tasks to the run that was open.
    Extended,
    /// It opened a run that had been left.
    Resumed,
}

/// One line from the controller to a shell.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reply", content = "body")]
pub enum Reply {
    /// The press was taken.
    Pressed {
        /// The run's folder name.
        run: String,
        /// What the press did.
        how: Pressed,
    },
    /// One journal line of the run, as it stands in the file.
    Line(Box<Line>),
    /// Nothing is left that goes on by itself, unless the world changes. May come again.
    Settled(Box<Summary>),
    /// How things stand.
    View(Box<View>),
    /// What is known of one task.
    Detail(Box<TaskDetail>),
    /// A check of readiness.
    Readiness(Box<ReadinessView>),
    /// What a lever can be proved with, and the proof.
    Proving(Box<ProvingView>),
    /// It was done; says what, in a line for a person.
    Done(String),
    /// It was not done.
    Failed(Error),
}

mod in_base64 {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        BASE64_STANDARD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_that_does_not_say_so_is_not_half_of_two() {
        let line = r#"{"version":2,"command":"panic","runbook":"lost-phone","from":"tray"}"#;
        let request = serde_json::from_str::<Request>(line).unwrap();
        assert!(matches!(
            request.command,
            Command::Panic { twice: false, .. }
        ));
        let line = r#"{"version":2,"command":"disarm"}"#;
        assert!(serde_json::from_str::<Request>(line).is_ok());
    }

    #[test]
    fn a_request_survives_its_line() {
        let request = Request {
            version: PROTOCOL_VERSION,
            command: Command::AttachFile {
                run: "r".to_owned(),
                name: "letter.pdf".to_owned(),
                bytes: vec![0, 255, 10],
            },
        };
        let line = serde_json::to_string(&request).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Request>(&line).unwrap(), request);
    }
}
