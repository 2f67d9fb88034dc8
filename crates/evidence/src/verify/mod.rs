//! Looking at a bundle, with no keychain and no network, unpacking nothing.
//!
//! Each check says what it saw and what that proves, and no more. A check that could not be made
//! is never one that passed.

mod case;
mod checks;
mod digests;
mod gather;
mod stamped;
mod withheld;

use std::{
    fs::{self, File},
    io::{self, Cursor, Read},
    path::Path,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use incident::Mode;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{EvidenceError, Opener, encrypt, volumes};
use gather::Gathered;

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
    /// For whom it is (`own`, `broker`, `police`, `share`), as it says itself.
    pub profile: Option<String>,
    /// How many places were withheld from it.
    pub withheld: u64,
    /// SHA-256 of the bundle that it takes the place of, in hex, where it names one.
    pub supersedes: Option<String>,
    /// The outside time stamp, where there is one and it is good.
    pub stamp: Option<StampSeen>,
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

/// An outside time stamp that is good in itself. Whether its authority is to be trusted is the
/// reader's to say.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StampSeen {
    /// Before when the bundle existed, by the authority's clock.
    pub at: Timestamp,
    /// The authority, as its certificate names it.
    pub authority: String,
    /// Who stands behind it, as far as the certificates tell that came along.
    pub vouched_by: String,
    /// When the authority's certificate expires.
    pub expires: Timestamp,
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
    /// The outside time stamp.
    TimeStamp,
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
    /// The chain of the case's log.
    CaseLog,
    /// The files that the case's log names.
    CaseFiles,
    /// What was withheld.
    Withheld,
}

impl CheckKind {
    fn title(self) -> &'static str {
        match self {
            Self::Container => "The bundle file is whole",
            Self::Completeness => "No file is missing or added",
            Self::Fixity => "The evidence is unchanged",
            Self::TagFixity => "The lists and notes around it are unchanged",
            Self::Signature => "It is signed",
            Self::TimeStamp => "An outside authority says when it existed",
            Self::Labels => "It says of itself what its logs say",
            Self::JournalChain => "The journal is one unbroken chain",
            Self::JournalReplay => "The journal claims only what it supports",
            Self::Captures => "The captures are those that the journal names",
            Self::Runbook => "The runbook is the one that was run",
            Self::CaseLog => "The log of what was added is one unbroken chain",
            Self::CaseFiles => "What was added is what its log names",
            Self::Withheld => "What was withheld is listed",
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
                 else could use the key: made on a computer in an intruder's hands, it proves no \
                 more than that computer."
            }
            Self::TimeStamp => {
                "The lists, and through them every file, existed at that time, as far as you trust \
                 the authority, which is checked against no list here. It does not prove that what \
                 is in them is true."
            }
            Self::Labels => "Name, mode and sums on the outside are those of the inside.",
            Self::JournalChain => {
                "No line was changed, added or taken out, unless all after it were written anew. Of \
                 a line with something withheld it proves the place, not the text that is left."
            }
            Self::JournalReplay => {
                "Every state follows from the lines before it: `verified` stands only where the \
                 readings for it stand. It does not prove that a venue told the truth."
            }
            Self::Captures => {
                "The raw answers are those that were received when the journal says so. A derived \
                 copy is one of that answer only as far as you trust who signed; its original, once \
                 you have it, proves itself."
            }
            Self::Runbook => "The steps were not changed after the press.",
            Self::CaseLog => {
                "No line was changed, added or taken out, unless all after it were written anew. It \
                 does not prove that the computer told the truth when it was asked."
            }
            Self::CaseFiles => {
                "Each file is the one that was collected or attached when the log says so. It does \
                 not prove where it came from before."
            }
            Self::Withheld => {
                "Each derived copy names the SHA-256 of its original, so that an original can be \
                 known when it is shown. It does not prove what stood there."
            }
        }
    }
}

/// Looks at the bundle, its first volume (`FILE.001`), or the unpacked bag at `path`. `expected` is
/// the fingerprint (`SHA256:...`) that the sender gave by another way.
///
/// Errors only when nothing can be read there, also because it is encrypted; whatever is found is in
/// the [`Verification`].
pub fn verify(path: &Path, expected: Option<&str>) -> Result<Verification, EvidenceError> {
    look(path, expected, None)
}

/// The same for an encrypted bundle, which is opened and written nowhere.
pub fn verify_opened(
    path: &Path,
    expected: Option<&str>,
    opener: Opener<'_>,
) -> Result<Verification, EvidenceError> {
    look(path, expected, Some(opener))
}

fn look(
    path: &Path,
    expected: Option<&str>,
    opener: Option<Opener<'_>>,
) -> Result<Verification, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: path.to_owned(),
        error,
    };
    let about = fs::metadata(path).map_err(read_error)?;
    if about.is_dir() {
        return Ok(checks::all(&gather::folder(path)?, expected));
    }
    if !about.is_file() {
        // a pipe or a device may never end
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file");
        return Err(read_error(error));
    }
    let gathered = match volumes::joined(path)? {
        Some(mut joined) => {
            let mut gathered = opened(&mut joined, path, opener)?;
            if let Some(problems) = &mut gathered.container {
                problems.splice(0..0, joined.problems());
            }
            gathered
        }
        None => opened(&mut File::open(path).map_err(read_error)?, path, opener)?,
    };
    Ok(checks::all(&gathered, expected))
}

fn opened(
    input: &mut dyn Read,
    path: &Path,
    opener: Option<Opener<'_>>,
) -> Result<Gathered, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: path.to_owned(),
        error,
    };
    let mut start = Vec::new();
    let longest = encrypt::MAGIC.len().max(encrypt::ARMOR.len());
    (&mut *input)
        .take(u64::try_from(longest).unwrap_or(u64::MAX))
        .read_to_end(&mut start)
        .map_err(read_error)?;
    let encrypted = start.starts_with(encrypt::MAGIC) || start.starts_with(encrypt::ARMOR);
    let whole = Cursor::new(start).chain(input);
    match (encrypted, opener) {
        (false, _) => {
            gather::container(io::BufReader::with_capacity(BUFFER, whole)).map_err(read_error)
        }
        (true, None) => Err(EvidenceError::Encrypted {
            path: path.to_owned(),
        }),
        (true, Some(opener)) => {
            let not_opened = |why| EvidenceError::NotOpened {
                path: path.to_owned(),
                why,
            };
            let whole = io::BufReader::with_capacity(BUFFER, whole);
            let plain = encrypt::opened(whole, opener).map_err(not_opened)?;
            gather::container(io::BufReader::with_capacity(BUFFER, plain))
                .map_err(|error| not_opened(error.to_string()))
        }
    }
}

/// Looks at a bundle from where `file` stands, and makes its SHA-256 beside that. `told` hears how
/// many bytes were read so far.
pub(crate) fn digested(
    file: &File,
    expected: Option<&str>,
    told: &mut dyn FnMut(u64),
) -> io::Result<(Verification, String)> {
    let (to, from) = sync_channel::<Vec<u8>>(WAITING);
    thread::scope(|scope| {
        let digest = scope.spawn(move || {
            let mut sha = Sha256::new();
            for bytes in from {
                sha.update(&bytes);
            }
            hex::encode(sha.finalize())
        });
        let watched = Watched {
            file,
            bytes: 0,
            told,
            to,
        };
        let gathered = gather::container(io::BufReader::with_capacity(BUFFER, watched));
        let digest = digest
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((checks::all(&gathered?, expected), digest))
    })
}

/// How much is read at once.
const BUFFER: usize = 256 * 1024;
/// How many pieces may wait to be digested.
const WAITING: usize = 8;

/// Tells how much of a file was read, and hands it on.
struct Watched<'a> {
    file: &'a File,
    bytes: u64,
    told: &'a mut dyn FnMut(u64),
    to: SyncSender<Vec<u8>>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes += u64::try_from(read).unwrap_or(u64::MAX);
        (self.told)(self.bytes);
        // it listens until this end is gone
        let _ = self.to.send(buffer[..read].to_vec());
        Ok(read)
    }
}
