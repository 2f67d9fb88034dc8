//! What a person or a script is told when something could not be done.
//!
//! Rules: every error says what happened, what was not touched and what to do next. A [`Kind`]
//! exists only where somebody branches on it: the exit code of a process, or "attach instead". No
//! secret, and no body of a venue's answer, goes into one.

use std::{fmt, io, path::Path};

use serde::{Deserialize, Serialize};

/// What a caller does differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Wrong use or bad configuration; nothing was sent to any venue.
    Wrong,
    /// A run that this process attached to went on without it.
    Lost,
    /// Something that was kept is not as it was written.
    Damaged,
    /// The person broke it off.
    Interrupted,
}

/// A failure in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{what}")]
pub struct Error {
    /// See [`Kind`].
    pub kind: Kind,
    /// What happened.
    pub what: String,
    /// What was not touched.
    pub untouched: String,
    /// What to do next.
    pub next: String,
}

impl Error {
    /// Wrong use or bad configuration. `untouched` says that nothing was sent, until it is changed.
    pub fn wrong(what: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Wrong,
            what: what.to_string(),
            untouched: "nothing was sent to any venue".to_owned(),
            next: String::new(),
        }
    }

    /// An attached run was lost.
    pub fn lost(what: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Lost,
            ..Self::wrong(what)
        }
    }

    /// Something kept is damaged.
    pub fn damaged(what: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Damaged,
            ..Self::wrong(what)
        }
    }

    /// The person broke it off.
    pub fn interrupted(what: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Interrupted,
            ..Self::wrong(what)
        }
    }

    /// A file that could not be read or written. What mends it follows from the system's error.
    pub fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the system's own list of errors; few have a mend of their own"
        )]
        let next = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "make it writable for you, or choose another home with --home"
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                "the disk is read-only: choose another home with --home"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "the disk is full: free some space, or choose another home with --home"
            }
            io::ErrorKind::NotFound => "check the path",
            _ => "look at the path and the disk, then try again",
        };
        Self::wrong(format!(
            "cannot {doing} {}: {}",
            path.display(),
            in_words(error)
        ))
        .next(next)
    }

    /// The same with what was not touched.
    #[must_use]
    pub fn untouched(mut self, untouched: impl fmt::Display) -> Self {
        self.untouched = untouched.to_string();
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn next(mut self, next: impl fmt::Display) -> Self {
        self.next = next.to_string();
        self
    }
}

impl From<vault::VaultError> for Error {
    fn from(error: vault::VaultError) -> Self {
        Self::wrong(&error)
            .untouched(error.untouched())
            .next(error.next())
    }
}

impl From<venues::ConfigError> for Error {
    fn from(error: venues::ConfigError) -> Self {
        Self::wrong(&error)
            .untouched(error.untouched)
            .next(error.next)
    }
}

/// The system's words without its error number.
fn in_words(error: &io::Error) -> String {
    let words = error.to_string();
    match words.find(" (os error") {
        Some(end) => words[..end].to_lowercase(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_with_its_mend() {
        let error = Error::file(
            "write",
            Path::new("/home/ann/accounts.toml"),
            &io::Error::from_raw_os_error(28),
        );
        assert_eq!(
            error.what,
            "cannot write /home/ann/accounts.toml: no space left on device"
        );
        assert!(error.next.contains("free some space"), "{}", error.next);
    }
}
