//! Why something could not be added to a case.

use std::{io, path::PathBuf};

/// Nothing was added, or no case was opened.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The folder is neither a run nor a collection.
    #[error("{} is no case: {why}", path.display())]
    NoCase {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        why: &'static str,
    },
    /// Something could not be read.
    #[error("{} could not be read: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// The case's folder could not be written to.
    #[error("{} could not be written: {error}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// A file that was there is there no more.
    #[error("{} is not there", path.display())]
    Gone {
        /// Which.
        path: PathBuf,
    },
    /// A link, folder, pipe, socket or device.
    #[error("{} is {what}, not a plain file", path.display())]
    NotAFile {
        /// Which.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// More bytes than a case takes.
    #[error("{source_name} has {bytes} bytes, and a case takes at most {most} of one file")]
    TooLarge {
        /// What was to be stored.
        source_name: String,
        /// How many it has.
        bytes: u64,
        /// How many are taken.
        most: u64,
    },
    /// A file got shorter while it was copied.
    #[error("{} got shorter while it was copied", path.display())]
    Shrank {
        /// Which.
        path: PathBuf,
    },
    /// The log is not as it was written.
    #[error("{} is damaged: {damage}", path.display())]
    Damaged {
        /// The log.
        path: PathBuf,
        /// What is wrong.
        damage: String,
    },
    /// Another program keeps the log to itself.
    #[error("{} is being written to by another program", path.display())]
    Busy {
        /// The case's folder.
        path: PathBuf,
    },
}

impl CaseError {
    /// What did not change.
    pub fn untouched(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => {
                "the log is left as it is and can be read as far as it is good; nothing was added"
            }
            Self::NoCase { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Gone { .. }
            | Self::NotAFile { .. }
            | Self::TooLarge { .. }
            | Self::Shrank { .. }
            | Self::Busy { .. } => {
                "the run's journal and all that the case holds; nothing was added"
            }
        }
    }

    /// What to do.
    pub fn next(&self) -> &'static str {
        match self {
            Self::NoCase { .. } => "list the runs with `firebreak run list`",
            Self::Read { .. } => "see that the path is right and yours to read, then try again",
            Self::Write { .. } => "make room on the disk, then add it again",
            Self::Gone { .. } => "name a file that is there",
            Self::NotAFile { .. } => "name the file itself, or copy what you need into one first",
            Self::TooLarge { .. } => {
                "attach a part of it, or keep it apart and write down its name and digest in a note"
            }
            Self::Shrank { .. } => "try again once nothing writes to it",
            Self::Damaged { .. } => {
                "keep the folder: it is evidence of the damage. Make a bundle of it, and begin a \
                 new collection for what is to be added"
            }
            Self::Busy { .. } => "wait until the other program is done, then add it again",
        }
    }
}
