//! The history's file: read whole, added to at the end, for its owner alone.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::{
    HistoryError,
    line::{self, Line},
};

/// The most that is read: tens of thousands of drills.
pub(super) const MOST: u64 = 64 * 1024 * 1024;
/// The longest line that is written.
const LONGEST: usize = 1024 * 1024;

/// The file's bytes; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, HistoryError> {
    let failed = |source| HistoryError::File {
        path: path.to_owned(),
        doing: "read",
        source,
    };
    let mut options = OpenOptions::new();
    options.read(true);
    no_follow(&mut options);
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MOST {
        return Err(HistoryError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// Adds a line and syncs it. A last line without an end gets one first, so that it spoils only itself.
pub(super) fn append(path: &Path, line: &Line) -> Result<(), HistoryError> {
    let failed = |source| HistoryError::File {
        path: path.to_owned(),
        doing: "written",
        source,
    };
    let mut bytes = line::write(line).map_err(|error| failed(error.into()))?;
    if bytes.len() > LONGEST {
        return Err(HistoryError::LineTooLong { bytes: bytes.len() });
    }
    bytes.push(b'\n');
    if let Some(folder) = path.parent() {
        own_folder(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    no_follow(&mut options);
    owner_only(&mut options);
    let mut file = options.open(path).map_err(failed)?;
    if is_torn(&mut file).map_err(failed)? {
        bytes.insert(0, b'\n');
    }
    file.write_all(&bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed)
}

fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn own_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(unix)]
fn no_follow(options: &mut OpenOptions) {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn owner_only(_options: &mut OpenOptions) {}

#[cfg(not(unix))]
fn no_follow(_options: &mut OpenOptions) {}
