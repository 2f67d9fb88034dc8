//! Why a bundle could not be made or looked at.
//!
//! What a look at a bundle *finds* is never an error: it is a [`crate::Verification`]. Each error
//! says what happened; `untouched` and `next` say the rest.

use std::{io, path::PathBuf};

use vault::VaultError;

/// No bundle was made, or none could be read.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A file or folder could not be read.
    #[error("{} could not be read: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// The bundle could not be written.
    #[error("{} could not be written: {error}", path.display())]
    Write {
        /// Where it should stand.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// A file stands where the bundle should.
    #[error("{} is there already", path.display())]
    TargetExists {
        /// Where.
        path: PathBuf,
    },
    /// What was written reads back as something else.
    #[error("{} did not read back as it was written: {why}", path.display())]
    ReadsDifferently {
        /// Where it should stand.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// The run's folder holds no journal that says what was run.
    #[error("{} holds no run: {why}", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// A file cannot go into a bundle under its name, or is no plain file.
    #[error("{} cannot be packed: {why}", path.display())]
    CannotPack {
        /// Which.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// A key of one realm for a run of the other.
    #[error("a {run} run cannot be signed with the key of {key} runs")]
    WrongRealm {
        /// The run's mode.
        run: &'static str,
        /// The key's.
        key: &'static str,
    },
    /// Volumes so small that they are none.
    #[error("a volume of {bytes} bytes is too small")]
    VolumeTooSmall {
        /// What was asked for.
        bytes: u64,
    },
    /// Volumes so small that there would be too many.
    #[error("{} would be split into more than {most} volumes", path.display())]
    TooManyVolumes {
        /// Where the bundle should stand.
        path: PathBuf,
        /// How many there may be.
        most: usize,
    },
    /// It could not be encrypted.
    #[error("the bundle cannot be encrypted: {why}")]
    CannotEncrypt {
        /// Why.
        why: String,
    },
    /// What should be checked is encrypted.
    #[error("{} is encrypted (age)", path.display())]
    Encrypted {
        /// Which.
        path: PathBuf,
    },
    /// What is encrypted was not opened.
    #[error("{} cannot be opened: {why}", path.display())]
    NotOpened {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The signing key could not be read from the keychain, or stored there.
    #[error("the bundle cannot be signed: {0}")]
    Key(#[from] VaultError),
    /// What the keychain holds is no signing key.
    #[error("the bundle cannot be signed: the keychain's entry for it holds no Ed25519 key")]
    NotAKey,
    /// The signature could not be made.
    #[error("the bundle cannot be signed: {0}")]
    Signing(ssh_key::Error),
}

impl EvidenceError {
    /// What did not change.
    pub fn untouched(&self) -> &'static str {
        match self {
            Self::Encrypted { .. } | Self::NotOpened { .. } => "that file; nothing was unpacked",
            Self::TargetExists { .. } => "that file, the run's journal and its captures",
            Self::Read { .. }
            | Self::Write { .. }
            | Self::ReadsDifferently { .. }
            | Self::NoRun { .. }
            | Self::CannotPack { .. }
            | Self::WrongRealm { .. }
            | Self::VolumeTooSmall { .. }
            | Self::TooManyVolumes { .. }
            | Self::CannotEncrypt { .. }
            | Self::Key(_)
            | Self::NotAKey
            | Self::Signing(_) => "the run's journal and its captures; no bundle was left behind",
        }
    }

    /// What to do.
    pub fn next(&self) -> &str {
        match self {
            Self::Read { .. } => "see that the path is right and yours to read, then try again",
            Self::Write { .. } => {
                "make room, or name another place with -o, then make the bundle again"
            }
            Self::ReadsDifferently { .. } => {
                "write it to another disk: this one, or the memory, may be failing"
            }
            Self::TargetExists { .. } => "name another file with -o, or move that one away",
            Self::NoRun { .. } => "list the runs with `firebreak run list`",
            Self::CannotPack { .. } => {
                "move that file out of the run's folder, or rename it with ASCII letters, digits, \
                 . _ and -"
            }
            Self::WrongRealm { .. } => "use the key of the run's own kind",
            Self::VolumeTooSmall { .. } => "choose volumes of 64 KiB or more",
            Self::TooManyVolumes { .. } => "choose larger volumes",
            Self::CannotEncrypt { .. } => "see that each recipient is right, then try again",
            Self::Encrypted { .. } => {
                "open it with `age -d -o FILE.zip FILE`, or give the identity file or the passphrase, \
                 then check it again"
            }
            Self::NotOpened { .. } => {
                "give the identity or the passphrase that it was encrypted for"
            }
            Self::Key(error) => error.next(),
            Self::NotAKey => {
                "delete the entry `bundle-key` of firebreak in the keychain; the next bundle makes \
                 a new key, with a new fingerprint to give to those who check bundles"
            }
            Self::Signing(_) => "try again; if it repeats, report it",
        }
    }
}
