//! Copying files into a case: hashed while they are copied, whole or not there.

use std::{
    fs,
    io::{self, Read, Write as _},
    path::Path,
};

use collect::Content;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Case, CaseError, StoredFile,
    name::{number_of, numbered, plain},
    open::{make_folder, open_plain, sync_folder},
};

/// The folder of a case's files within the case's folder.
pub const CASE_FILES: &str = "case";
/// The most bytes of one file that the person attaches.
pub const MAX_ATTACHED: u64 = 512 * 1024 * 1024;
/// The most bytes of one file that a collector brings.
pub const MAX_TAKEN: u64 = 2 * 1024 * 1024 * 1024;

/// Where in a case a file belongs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// What this computer told.
    Host,
    /// Files of the broker's programs.
    Broker,
    /// What the person added.
    Attached,
    /// What the broker sent later.
    Statement,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Host, Self::Broker, Self::Attached, Self::Statement];

    /// Its folder within [`CASE_FILES`].
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Broker => "broker",
            Self::Attached => "attached",
            Self::Statement => "statement",
        }
    }

    /// Its folder in a bundle, with the slash.
    pub const fn in_bundle(self) -> &'static str {
        match self {
            Self::Host => "data/70-host/",
            Self::Broker => "data/75-broker/",
            Self::Attached => "data/60-attached/",
            Self::Statement => "data/65-statements/",
        }
    }

    /// The path in a bundle of the stored file at `path` (`host/00003-processes.json`); `None` for
    /// a path that no case gives.
    pub fn path_in_bundle(path: &str) -> Option<String> {
        let (folder, name) = path.split_once('/')?;
        let place = Self::ALL.into_iter().find(|p| p.folder() == folder)?;
        let plain = crate::name::is_plain_segment(name);
        plain.then(|| format!("{}{name}", place.in_bundle()))
    }
}

impl Case {
    /// Copies a file into the case, as far as it reaches when it is opened, and at most `most`
    /// bytes of it. It is in no log yet. `modified` is looked up where it is not given and the
    /// content is a file.
    pub fn store(
        &self,
        place: Place,
        name: &str,
        source: &str,
        modified: Option<Timestamp>,
        content: &Content,
        most: u64,
    ) -> Result<StoredFile, CaseError> {
        self.store_as(place, &plain(name), source, modified, content, most)
    }

    pub(super) fn store_as(
        &self,
        place: Place,
        plain: &str,
        source: &str,
        modified: Option<Timestamp>,
        content: &Content,
        most: u64,
    ) -> Result<StoredFile, CaseError> {
        match content {
            Content::Bytes(bytes) => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                within(length, most, source)?;
                let from = Origin {
                    bytes: bytes.as_slice(),
                    length,
                    path: None,
                };
                self.copy(place, plain, source, modified, from)
            }
            Content::File(path) => {
                let file = open_plain(path)?;
                let found = file.metadata().map_err(|error| CaseError::Read {
                    path: path.clone(),
                    error,
                })?;
                within(found.len(), most, source)?;
                let changed = found.modified().ok();
                let changed = changed.and_then(|at| Timestamp::try_from(at).ok());
                let from = Origin {
                    bytes: file,
                    length: found.len(),
                    path: Some(path),
                };
                self.copy(place, plain, source, modified.or(changed), from)
            }
        }
    }

    fn copy(
        &self,
        place: Place,
        plain: &str,
        source: &str,
        modified: Option<Timestamp>,
        from: Origin<'_, impl Read>,
    ) -> Result<StoredFile, CaseError> {
        let files = self.folder.join(CASE_FILES);
        let folder = files.join(place.folder());
        make_folder(&files, false)?;
        make_folder(&folder, false)?;
        let write_error = |error| CaseError::Write {
            path: folder.clone(),
            error,
        };
        // its owner's alone, and taken away again on every way out but the last
        let mut to = tempfile::Builder::new()
            .prefix(".incoming-")
            .tempfile_in(&files)
            .map_err(write_error)?;
        let length = from.length;
        let digest = from.copy_to(to.as_file_mut(), &folder)?;
        to.as_file().sync_data().map_err(write_error)?;
        // two programs that store at once get numbers of their own
        let locked = self.lock()?;
        let name = numbered(next_number(&files).map_err(write_error)?, plain);
        to.persist_noclobber(folder.join(&name))
            .map_err(|failed| write_error(failed.error))?;
        drop(locked);
        sync_folder(&folder).map_err(write_error)?;
        Ok(StoredFile {
            path: format!("{}/{name}", place.folder()),
            bytes: length,
            digest,
            source: source.to_owned(),
            modified,
        })
    }
}

/// What is copied.
struct Origin<'a, R> {
    bytes: R,
    length: u64,
    path: Option<&'a Path>,
}

impl<R: Read> Origin<'_, R> {
    /// Copies as many bytes as there were at first, and gives their SHA-256 in hex.
    fn copy_to(self, to: &mut fs::File, folder: &Path) -> Result<String, CaseError> {
        let mut sha = Sha256::new();
        let mut copied = 0;
        let mut buffer = vec![0; 256 * 1024];
        let mut from = self.bytes.take(self.length);
        let path = self.path.unwrap_or(Path::new(""));
        loop {
            let read = match from.read(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(CaseError::Read {
                        path: path.to_owned(),
                        error,
                    });
                }
            };
            if read == 0 {
                break;
            }
            sha.update(&buffer[..read]);
            to.write_all(&buffer[..read])
                .map_err(|error| CaseError::Write {
                    path: folder.to_owned(),
                    error,
                })?;
            copied += u64::try_from(read).unwrap_or(u64::MAX);
        }
        if copied < self.length {
            return Err(CaseError::Shrank {
                path: path.to_owned(),
            });
        }
        Ok(hex::encode(sha.finalize()))
    }
}

fn within(bytes: u64, most: u64, source: &str) -> Result<(), CaseError> {
    if bytes <= most {
        return Ok(());
    }
    Err(CaseError::TooLarge {
        source_name: crate::name::shown(source),
        bytes,
        most,
    })
}

/// One more than the highest number in any place.
fn next_number(files: &Path) -> io::Result<u64> {
    let mut next = 0;
    for place in Place::ALL {
        let entries = match fs::read_dir(files.join(place.folder())) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let number = entry?.file_name().to_str().and_then(number_of);
            next = next.max(number.map_or(0, |number: u64| number.saturating_add(1)));
        }
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(bytes: &[u8], length: u64) -> (Result<String, CaseError>, Vec<u8>) {
        let mut to = tempfile::NamedTempFile::new().unwrap();
        let origin = Origin {
            bytes,
            length,
            path: Some(Path::new("tws.log")),
        };
        let digest = origin.copy_to(to.as_file_mut(), Path::new(""));
        (digest, fs::read(to.path()).unwrap())
    }

    #[test]
    fn a_file_that_grows_is_taken_as_far_as_it_reached_at_first() {
        let (digest, stored) = copied(b"one line\nand one that came later\n", 9);
        assert_eq!(stored, b"one line\n");
        assert_eq!(digest.unwrap(), crate::bag::digest(b"one line\n"));
    }

    #[test]
    fn a_file_that_gets_shorter_meanwhile_is_no_copy_of_it() {
        let (digest, _) = copied(b"one", 9);
        assert!(matches!(digest, Err(CaseError::Shrank { .. })));
    }
}
