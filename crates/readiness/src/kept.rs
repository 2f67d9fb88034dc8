//! A small document of the home: read strictly, written whole or not at all, for its owner alone.
//!
//! A file that this program does not understand is an error that says so, stays as it is, and never
//! keeps a check from being made.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::snapshot::SnapshotError;

/// The most that is read of one.
const MOST: u64 = 8 * 1024 * 1024;

/// What a document holds, and in which version.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) holds: &'static str,
    pub(crate) version: u32,
}

/// What of a document is read first, whatever else a newer one holds.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// The document at `path`; `None` when there is none.
pub(crate) fn read<T: DeserializeOwned>(
    path: &Path,
    kept: Kept,
) -> Result<Option<T>, SnapshotError> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(file(path, "read", e)),
    };
    let garbage = |why: &str| SnapshotError::Garbage {
        path: path.to_owned(),
        holds: kept.holds,
        why: why.to_owned(),
    };
    if !about.is_file() {
        return Err(garbage("it is no plain file"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
        .map_err(|e| file(path, "read", e))?;
    if bytes.len() as u64 > MOST {
        return Err(garbage("it is too large"));
    }
    let Version { version } = serde_json::from_slice(&bytes).map_err(|e| garbage(&place(&e)))?;
    if version > kept.version {
        let path = path.to_owned();
        return Err(SnapshotError::Newer { path, version });
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| garbage(&place(&e)))
}

/// Keeps `document` at `path`. What is there and is no such document of this program stays.
pub(crate) fn keep<T: Serialize + DeserializeOwned>(
    path: &Path,
    kept: Kept,
    document: &T,
) -> Result<(), SnapshotError> {
    read::<T>(path, kept)?;
    write(path, document).map_err(|e| file(path, "written", e))
}

fn write(path: &Path, document: &impl Serialize) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // a temporary file of this crate is its owner's alone from the start
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut beside, document)?;
    beside.write_all(b"\n")?;
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|e| e.error)?;
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn file(path: &Path, doing: &'static str, source: io::Error) -> SnapshotError {
    SnapshotError::File {
        path: path.to_owned(),
        doing,
        source,
    }
}

/// Where a document goes wrong, without a word of it.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
