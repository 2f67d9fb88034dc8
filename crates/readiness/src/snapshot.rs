//! The last check, kept in one file for the next one to compare with.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    kept::{self, Kept},
    model::{REPORT_VERSION, Report},
};

const REPORT: Kept = Kept {
    holds: "a check of readiness",
    version: REPORT_VERSION,
};

/// Where the last check is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    path: PathBuf,
}

/// Why the last check, or the answers, could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A newer program wrote it.
    #[error(
        "{} was written by a newer Firebreak (version {version}). It was left as it is. Use the \
         newer one, or move the file away to begin anew.", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It holds something else.
    #[error(
        "{} does not hold {holds}: {why}. It was left as it is. Move it away to begin anew.",
        path.display()
    )]
    Garbage {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        holds: &'static str,
        /// What is wrong, without any of what it holds.
        why: String,
    },
    /// The disk said no.
    #[error(
        "{} cannot be {doing}: {source}. What it held is untouched. Look at the disk and at who \
         owns the folder.", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Snapshot {
    /// The snapshot at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last check; `None` when none was kept.
    pub fn read(&self) -> Result<Option<Report>, SnapshotError> {
        kept::read(&self.path, REPORT)
    }

    /// Keeps `report` for the next check: whole or not at all, for its owner alone. What is there
    /// and is no check of this program stays.
    pub fn keep(&self, report: &Report) -> Result<(), SnapshotError> {
        kept::keep(&self.path, REPORT, report)
    }
}

#[cfg(test)]
mod tests {
    use door::Lever;

    use super::*;
    use crate::model::{
        LeverState, Verdict,
        tests::{at, finding, row},
    };

    fn some() -> Report {
        Report::new(
            at(0),
            vec![row("a", Lever::CancelOrders, LeverState::Ready)],
            vec![finding("m", "x", Verdict::Mend)],
        )
    }

    #[test]
    fn what_was_kept_reads_back_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::at(folder.path().join("readiness.json"));
        assert!(snapshot.read().unwrap().is_none());
        snapshot.keep(&some()).unwrap();
        snapshot.keep(&some()).unwrap();
        assert_eq!(snapshot.read().unwrap(), Some(some()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(snapshot.path()).unwrap().permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_newer_one_is_named_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::at(folder.path().join("readiness.json"));
        let newer = r#"{"version":9,"unheard_of":[]}"#;
        std::fs::write(snapshot.path(), newer).unwrap();
        let said = snapshot.read().unwrap_err().to_string();
        assert!(said.contains("newer Firebreak (version 9)"), "{said}");
        assert!(snapshot.keep(&some()).is_err());
        assert_eq!(std::fs::read_to_string(snapshot.path()).unwrap(), newer);
    }

    #[test]
    fn garbage_is_named_without_a_word_of_it_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::at(folder.path().join("readiness.json"));
        for garbage in [
            &b"hunter2"[..],
            b"",
            b"\xff\xfe",
            b"{\"version\":1,\"hunter2\":0}",
        ] {
            std::fs::write(snapshot.path(), garbage).unwrap();
            let error = snapshot.read().unwrap_err();
            assert!(matches!(error, SnapshotError::Garbage { .. }), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(snapshot.keep(&some()).is_err());
            assert_eq!(std::fs::read(snapshot.path()).unwrap(), garbage);
        }
    }

    #[test]
    fn a_folder_in_its_place_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::at(folder.path());
        assert!(matches!(
            snapshot.read(),
            Err(SnapshotError::Garbage { .. })
        ));
    }
}
