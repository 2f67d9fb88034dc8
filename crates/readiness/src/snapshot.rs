//! The last check, kept in one file for the next one to compare with.
//!
//! A file that this program does not understand is an error that says so, stays as it is, and never
//! keeps a check from being made.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::model::{REPORT_VERSION, Report};

/// The most that is read of the file.
const MOST: u64 = 8 * 1024 * 1024;

/// Where the last check is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    path: PathBuf,
}

/// Why the last check could not be read or kept.
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
        "{} does not hold a check of readiness: {why}. It was left as it is. Move it away to begin \
         anew.", path.display()
    )]
    Garbage {
        /// The file.
        path: PathBuf,
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

/// What of a report is read first, whatever else a newer one holds.
#[derive(Deserialize)]
struct Version {
    version: u32,
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
        let about = match std::fs::symlink_metadata(&self.path) {
            Ok(about) => about,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(self.file("read", e)),
        };
        if !about.is_file() {
            return Err(self.garbage("it is no plain file"));
        }
        let mut bytes = Vec::new();
        File::open(&self.path)
            .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
            .map_err(|e| self.file("read", e))?;
        if bytes.len() as u64 > MOST {
            return Err(self.garbage("it is too large"));
        }
        let Version { version } =
            serde_json::from_slice(&bytes).map_err(|e| self.garbage(&place(&e)))?;
        if version > REPORT_VERSION {
            let path = self.path.clone();
            return Err(SnapshotError::Newer { path, version });
        }
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| self.garbage(&place(&e)))
    }

    /// Keeps `report` for the next check: whole or not at all, for its owner alone. What is there
    /// and is no check of this program stays.
    pub fn keep(&self, report: &Report) -> Result<(), SnapshotError> {
        self.read()?;
        self.write(report).map_err(|e| self.file("written", e))
    }

    fn write(&self, report: &Report) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // a temporary file of this crate is its owner's alone from the start
        let mut beside = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut beside, report)?;
        beside.write_all(b"\n")?;
        beside.as_file().sync_all()?;
        beside.persist(&self.path).map_err(|e| e.error)?;
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn garbage(&self, why: &str) -> SnapshotError {
        SnapshotError::Garbage {
            path: self.path.clone(),
            why: why.to_owned(),
        }
    }

    fn file(&self, doing: &'static str, source: io::Error) -> SnapshotError {
        SnapshotError::File {
            path: self.path.clone(),
            doing,
            source,
        }
    }
}

/// Where a document goes wrong, without a word of it.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
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
