//! Looking at a bundle, with no keychain and no network, unpacking nothing.
//!
//! Each check says what it saw and what that proves, and no more. A check that could not be made
//! is never one that passed.

mod checks;
mod gather;

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::Path,
};

use incident::Mode;
use serde::Serialize;

use crate::EvidenceError;

/// What was found in a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verification {
    /// The run's name, by its journal.
    pub run: Option<String>,
    /// Live or not, by its journal.
    pub mode: Option<Mode>,
    /// The fingerprint of the key that signed it, where the signature is good.
    pub signer: Option<String>,
    /// How many files were looked at.
    pub files: u64,
    /// How many bytes they have together.
    pub bytes: u64,
    /// How many lines its journal has, where its chain is whole.
    pub journal_lines: Option<u64>,
    /// SHA-256 of the journal's last line, where its chain is whole.
    pub journal_head: Option<String>,
    /// Every check, in the order in which a person reads them.
    pub checks: Vec<Check>,
}

impl Verification {
    /// Whether every check passed.
    pub fn is_as_signed(&self) -> bool {
        self.checks
            .iter()
            .all(|check| matches!(check.outcome, Outcome::Passed { .. }))
    }
}

/// One check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// Which.
    pub check: CheckKind,
    /// In a few words.
    pub title: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What it proves when it passes, and what it does not.
    pub proves: &'static str,
}

/// What came of a check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// As it should be.
    Passed {
        /// What was seen.
        seen: String,
    },
    /// Not as it should be.
    Failed {
        /// Each thing that is wrong, a sentence each.
        problems: Vec<String>,
    },
    /// It could not be made.
    NotPossible {
        /// Why.
        why: String,
    },
}

/// The checks that there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// The file around the files.
    Container,
    /// Nothing missing, nothing added.
    Completeness,
    /// Every file of the evidence.
    Fixity,
    /// Every file around the evidence.
    TagFixity,
    /// The signature over all of it.
    Signature,
    /// What the bundle says about itself.
    Labels,
    /// The journal's chain of lines.
    JournalChain,
    /// The state table, replayed.
    JournalReplay,
    /// The captures that the journal names.
    Captures,
    /// The runbook that the journal names.
    Runbook,
}

impl CheckKind {
    fn title(self) -> &'static str {
        match self {
            Self::Container => "The bundle file is whole",
            Self::Completeness => "No file is missing or added",
            Self::Fixity => "The evidence is unchanged",
            Self::TagFixity => "The lists and notes around it are unchanged",
            Self::Signature => "It is signed",
            Self::Labels => "It says of itself what its journal says",
            Self::JournalChain => "The journal is one unbroken chain",
            Self::JournalReplay => "The journal claims only what it supports",
            Self::Captures => "The captures are those that the journal names",
            Self::Runbook => "The runbook is the one that was run",
        }
    }

    fn proves(self) -> &'static str {
        match self {
            Self::Container => {
                "Nothing hides between, before or behind the files, and nothing was cut off. It \
                 does not prove who made it."
            }
            Self::Completeness => "The bundle holds exactly the files that its lists name.",
            Self::Fixity => {
                "Each file is the one whose SHA-256 was listed. It does not prove who listed it."
            }
            Self::TagFixity => {
                "The list of the evidence and the notes are those that were signed, if the \
                 signature is good."
            }
            Self::Signature => {
                "The holder of that key vouched for every file. It does not prove when, nor who \
                 else could use the key."
            }
            Self::Labels => "Name, mode and sums on the outside are those of the inside.",
            Self::JournalChain => {
                "No line was changed, added or taken out, unless all after it were written anew."
            }
            Self::JournalReplay => {
                "Every state follows from the lines before it: `verified` stands only where the \
                 readings for it stand. It does not prove that a venue told the truth."
            }
            Self::Captures => {
                "The raw answers are those that were received when the journal says so."
            }
            Self::Runbook => "The steps were not changed after the press.",
        }
    }
}

/// Looks at the bundle, or unpacked bag, at `path`. `expected` is the fingerprint
/// (`SHA256:...`) that the sender gave by another way.
///
/// Errors only when nothing can be read there; whatever is found is in the [`Verification`].
pub fn verify(path: &Path, expected: Option<&str>) -> Result<Verification, EvidenceError> {
    verify_told(path, expected, &mut |_| {})
}

/// The same; `told` hears how many bytes were read so far.
pub(crate) fn verify_told(
    path: &Path,
    expected: Option<&str>,
    told: &mut dyn FnMut(u64),
) -> Result<Verification, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: path.to_owned(),
        error,
    };
    let about = fs::metadata(path).map_err(read_error)?;
    if !about.is_dir() && !about.is_file() {
        // a pipe or a device may never end
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file");
        return Err(read_error(error));
    }
    let gathered = if about.is_dir() {
        gather::folder(path)?
    } else {
        let file = File::open(path).map_err(read_error)?;
        let file = Watched {
            file,
            bytes: 0,
            told,
        };
        gather::container(BufReader::with_capacity(256 * 1024, file)).map_err(read_error)?
    };
    Ok(checks::all(&gathered, expected))
}

/// Tells how much of a file was read.
struct Watched<'a> {
    file: File,
    bytes: u64,
    told: &'a mut dyn FnMut(u64),
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes += u64::try_from(read).unwrap_or(u64::MAX);
        (self.told)(self.bytes);
        Ok(read)
    }
}
