//! What of a run's folder goes into a bundle. Nothing there is changed, and no link is followed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use incident::{Event, executor::CAPTURES, journal};
use sha2::{Digest, Sha256};

use crate::{
    EvidenceError, bag,
    name::is_plain_segment,
    story::{Story, whole_lines},
};

/// The runbook's file in a run's folder.
const RUNBOOK: &str = "runbook.toml";
/// The largest file that a bundle takes.
const MAX_FILE: u64 = u32::MAX as u64 - 1;

/// A run's folder, looked at once.
pub(crate) struct Source {
    /// The journal's whole lines.
    pub(crate) journal: Vec<u8>,
    pub(crate) story: Story,
    /// Files by their path in the bundle.
    pub(crate) files: BTreeMap<String, PathBuf>,
    /// What the journal names and the folder does not hold as named, a sentence each.
    pub(crate) missing: Vec<String>,
    /// What stays out, with the reason.
    pub(crate) left_out: Vec<(String, &'static str)>,
}

impl Source {
    pub(crate) fn of(folder: &Path) -> Result<Self, EvidenceError> {
        let path = folder.join(journal::FILE_NAME);
        let mut journal = Vec::new();
        open(&path)?
            .read_to_end(&mut journal)
            .map_err(|error| EvidenceError::Read { path, error })?;
        journal.truncate(whole_lines(&journal).len());
        let story = Story::of(&journal).map_err(|error| EvidenceError::NoRun {
            path: folder.to_owned(),
            why: error.to_string(),
        })?;
        let mut source = Self {
            journal,
            story,
            files: BTreeMap::new(),
            missing: Vec::new(),
            left_out: Vec::new(),
        };
        source.find_runbook(folder)?;
        source.find_captures(&folder.join(CAPTURES))?;
        Ok(source)
    }

    fn find_runbook(&mut self, folder: &Path) -> Result<(), EvidenceError> {
        let path = folder.join(RUNBOOK);
        if present(&path)? {
            self.files.insert(bag::RUNBOOK_FILE.to_owned(), path);
        } else {
            self.missing
                .push("runbook.toml, the runbook as run, is not in the folder".to_owned());
        }
        Ok(())
    }

    fn find_captures(&mut self, folder: &Path) -> Result<(), EvidenceError> {
        let named: BTreeSet<&str> = self
            .story
            .lines
            .iter()
            .filter_map(|line| {
                let Event::Captured { file, .. } = &line.event else {
                    return None;
                };
                Some(file.as_str())
            })
            .collect();
        let mut found = BTreeSet::new();
        for path in listed(folder)? {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let plain = is_plain_segment(&name);
            let is_file = present(&path).is_ok_and(|present| present);
            if !plain || !is_file {
                let why = if plain {
                    "it is not a plain file"
                } else {
                    "its name is not plain"
                };
                self.left_out.push((name, why));
                continue;
            }
            let place = if named.contains(name.as_str()) {
                bag::CAPTURES
            } else {
                bag::UNRECORDED_CAPTURES
            };
            self.files.insert(format!("{place}{name}"), path);
            found.insert(name);
        }
        for name in named {
            if !found.contains(name) {
                self.missing.push(format!(
                    "the capture {} is named in the journal and not in the folder",
                    crate::name::shown(name)
                ));
            }
        }
        Ok(())
    }
}

/// A file's size, digest and CRC-32, over the bytes that it had when it was first looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Measured {
    pub(crate) size: u32,
    pub(crate) digest: String,
    pub(crate) crc: u32,
}

impl Measured {
    pub(crate) fn of_file(path: &Path) -> Result<Self, EvidenceError> {
        let read_error = |error| EvidenceError::Read {
            path: path.to_owned(),
            error,
        };
        let file = open(path)?;
        let length = file.metadata().map_err(read_error)?.len();
        if length > MAX_FILE {
            return Err(EvidenceError::CannotPack {
                path: path.to_owned(),
                why: "it is larger than 4 GiB",
            });
        }
        Self::of(file.take(length)).map_err(read_error)
    }

    pub(crate) fn of(mut content: impl Read) -> io::Result<Self> {
        let mut sha = Sha256::new();
        let mut crc = crc32fast::Hasher::new();
        let mut size = 0_u64;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = content.read(&mut buffer)?;
            let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
                break;
            };
            sha.update(piece);
            crc.update(piece);
            size += u64::try_from(read).unwrap_or(u64::MAX);
        }
        Ok(Self {
            size: u32::try_from(size).map_err(io::Error::other)?,
            digest: hex::encode(sha.finalize()),
            crc: crc.finalize(),
        })
    }
}

/// Opens a plain file, which is no link, also when one is put in its place meanwhile.
pub(crate) fn open(path: &Path) -> Result<File, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: path.to_owned(),
        error,
    };
    if !present(path)? {
        return Err(read_error(io::ErrorKind::NotFound.into()));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // a pipe must not hold the opening up
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path).map_err(read_error)?;
    if !file.metadata().map_err(read_error)?.is_file() {
        return Err(EvidenceError::CannotPack {
            path: path.to_owned(),
            why: "it is not a plain file",
        });
    }
    Ok(file)
}

/// Whether a plain file is there. Anything else under that name is an error.
fn present(path: &Path) -> Result<bool, EvidenceError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(EvidenceError::CannotPack {
            path: path.to_owned(),
            why: "it is not a plain file",
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(EvidenceError::Read {
            path: path.to_owned(),
            error,
        }),
    }
}

/// The entries of a folder in order; none where there is no folder.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: folder.to_owned(),
        error,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(read_error(error)),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(read_error)?;
    paths.sort();
    Ok(paths)
}
