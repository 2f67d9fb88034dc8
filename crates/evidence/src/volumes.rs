//! Files small enough for mail: `FILE.001`, `FILE.002` and so on, joined again by `cat`, with their
//! digests in `FILE.sha256`.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{
    EvidenceError, Existing, WrittenFile, bag::is_digest, bundle::sync_folder, source::open,
};

/// The most volumes: what three digits count.
const MOST: usize = 999;
/// The largest list of digests that is read.
const MAX_LIST: u64 = 1024 * 1024;

/// Volumes under way: what is written is spread over them.
pub(crate) struct Volumes {
    target: PathBuf,
    most: u64,
    done: Vec<Volume>,
    whole: Sha256,
}

struct Volume {
    file: NamedTempFile,
    bytes: u64,
    sha: Sha256,
}

impl Volumes {
    pub(crate) fn new(target: &Path, most: u64) -> Self {
        Self {
            target: target.to_owned(),
            most,
            done: Vec::new(),
            whole: Sha256::new(),
        }
    }
}

impl Write for Volumes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.done.last().is_none_or(|last| last.bytes >= self.most) {
            if self.done.len() >= MOST {
                return Err(io::Error::other(TooMany));
            }
            self.done.push(Volume {
                file: temporary(folder_of(&self.target))?,
                bytes: 0,
                sha: Sha256::new(),
            });
        }
        let Some(last) = self.done.last_mut() else {
            return Ok(0);
        };
        let room = usize::try_from(self.most - last.bytes).unwrap_or(usize::MAX);
        let written = last.file.write(&bytes[..bytes.len().min(room)])?;
        last.sha.update(&bytes[..written]);
        last.bytes += u64::try_from(written).unwrap_or(u64::MAX);
        self.whole.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("more volumes than can be numbered")]
struct TooMany;

/// An error of writing, as one of ours.
pub(crate) fn explained(error: io::Error, target: &Path) -> EvidenceError {
    let inner = error.get_ref();
    if inner
        .and_then(|inner| inner.downcast_ref::<TooMany>())
        .is_some()
    {
        return EvidenceError::TooManyVolumes {
            path: target.to_owned(),
            most: MOST,
        };
    }
    EvidenceError::Write {
        path: target.to_owned(),
        error,
    }
}

/// Gives all volumes their names, each read again; all of them or none.
pub(crate) fn placed(
    volumes: Volumes,
    existing: Existing,
) -> Result<Vec<WrittenFile>, EvidenceError> {
    let Volumes {
        target,
        done,
        whole,
        ..
    } = volumes;
    let mut list = String::new();
    let mut files = Vec::new();
    for (number, volume) in (1..).zip(&done) {
        let path = numbered(&target, number);
        let write_error = |error| EvidenceError::Write {
            path: path.clone(),
            error,
        };
        volume.file.as_file().sync_all().map_err(write_error)?;
        let sha256 = hex::encode(volume.sha.clone().finalize());
        let (bytes, found) = digest_of(volume.file.as_file()).map_err(write_error)?;
        if (bytes, &found) != (volume.bytes, &sha256) {
            return Err(EvidenceError::ReadsDifferently {
                path,
                why: format!("volume {number} has another SHA-256"),
            });
        }
        let _ = writeln!(list, "{sha256}  {}", name_of(&path));
        files.push(WrittenFile {
            path,
            bytes,
            sha256,
        });
    }
    let _ = writeln!(
        list,
        "{}  {}",
        hex::encode(whole.finalize()),
        name_of(&target)
    );
    let listing = listing_of(&target);
    let write_error = |error| EvidenceError::Write {
        path: listing.clone(),
        error,
    };
    let mut listed = temporary(folder_of(&target)).map_err(write_error)?;
    listed.write_all(list.as_bytes()).map_err(write_error)?;
    listed.as_file().sync_all().map_err(write_error)?;
    let temporaries = done.into_iter().map(|volume| volume.file).chain([listed]);
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    let mut named_so_far = Vec::new();
    for (file, path) in temporaries.zip(paths.into_iter().chain([listing.clone()])) {
        if let Err(error) = named(file, &path, existing) {
            for path in named_so_far {
                // some volumes alone are no bundle
                let _ = fs::remove_file(path);
            }
            return Err(error);
        }
        named_so_far.push(path);
    }
    if existing == Existing::Replace {
        forget_longer(&target, files.len());
    }
    sync_folder(folder_of(&target)).map_err(write_error)?;
    files.push(WrittenFile {
        path: listing,
        bytes: u64::try_from(list.len()).unwrap_or(u64::MAX),
        sha256: crate::bag::digest(list.as_bytes()),
    });
    Ok(files)
}

/// Volumes of an earlier, longer bundle of the same name would be read as part of this one.
fn forget_longer(target: &Path, count: usize) {
    for number in count + 1..=MOST {
        if fs::remove_file(numbered(target, number)).is_err() {
            return;
        }
    }
}

/// Fails where something stands under a name that will be needed.
pub(crate) fn nothing_there(target: &Path, split: bool) -> Result<(), EvidenceError> {
    let needed = if split {
        vec![numbered(target, 1), listing_of(target)]
    } else {
        vec![target.to_owned()]
    };
    match needed
        .into_iter()
        .find(|path| fs::symlink_metadata(path).is_ok())
    {
        Some(path) => Err(EvidenceError::TargetExists { path }),
        None => Ok(()),
    }
}

/// A file that is its owner's alone and goes away unless it is named.
pub(crate) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".firebreak-bundle-")
        .tempfile_in(folder)
}

/// Gives a file its name.
pub(crate) fn named(
    file: NamedTempFile,
    path: &Path,
    existing: Existing,
) -> Result<(), EvidenceError> {
    let failed = |error: io::Error| {
        if existing == Existing::Keep && error.kind() == io::ErrorKind::AlreadyExists {
            EvidenceError::TargetExists {
                path: path.to_owned(),
            }
        } else {
            EvidenceError::Write {
                path: path.to_owned(),
                error,
            }
        }
    };
    match existing {
        Existing::Replace => file.persist(path),
        Existing::Keep => file.persist_noclobber(path),
    }
    .map(|_| ())
    .map_err(|refused| failed(refused.error))
}

/// The size and the SHA-256 of a file from its beginning.
pub(crate) fn digest_of(mut file: &File) -> io::Result<(u64, String)> {
    file.seek(SeekFrom::Start(0))?;
    let mut sha = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(sha.finalize())));
        }
        sha.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or(u64::MAX);
    }
}

/// Volumes that are read as one file.
pub(crate) struct Joined {
    stem: PathBuf,
    number: usize,
    file: Option<File>,
    sha: Sha256,
    /// By name.
    listed: Vec<(String, String)>,
    problems: Vec<String>,
}

/// The volumes that `path` is the first of (`FILE.001`); `None` for any other name.
pub(crate) fn joined(path: &Path) -> Result<Option<Joined>, EvidenceError> {
    if path.extension().is_none_or(|extension| extension != "001") {
        return Ok(None);
    }
    let stem = path.with_extension("");
    let mut joined = Joined {
        number: 1,
        file: Some(open(path)?),
        sha: Sha256::new(),
        listed: Vec::new(),
        problems: Vec::new(),
        stem,
    };
    joined.read_list();
    Ok(Some(joined))
}

impl Joined {
    /// What is wrong with the volumes themselves, once all was read.
    pub(crate) fn problems(mut self) -> Vec<String> {
        let found = self.number;
        let missing: Vec<String> = self
            .listed
            .iter()
            .skip(found)
            .filter(|(name, _)| *name != name_of(&self.stem))
            .filter(|(name, _)| !self.stem.with_file_name(name).exists())
            .map(|(name, _)| format!("{name} is missing"))
            .collect();
        self.problems.extend(missing);
        self.problems
    }

    fn read_list(&mut self) {
        let path = listing_of(&self.stem);
        let mut text = String::new();
        let read = open(&path)
            .ok()
            .and_then(|file| file.take(MAX_LIST).read_to_string(&mut text).ok());
        if read.is_none() {
            return;
        }
        for line in text.lines() {
            match line.split_once("  ") {
                Some((digest, name)) if is_digest(digest) => {
                    self.listed.push((name.to_owned(), digest.to_owned()));
                }
                Some(_) | None => self
                    .problems
                    .push(format!("{} is no list of digests", name_of(&path))),
            }
        }
    }

    fn next(&mut self) -> io::Result<()> {
        let name = name_of(&numbered(&self.stem, self.number));
        let found = hex::encode(std::mem::take(&mut self.sha).finalize());
        let listed = self.listed.iter().find(|(listed, _)| *listed == name);
        if listed.is_some_and(|(_, digest)| *digest != found) {
            self.problems
                .push(format!("{name} is not the volume that was written"));
        }
        let next = numbered(&self.stem, self.number + 1);
        self.file = match open(&next) {
            Ok(file) => Some(file),
            Err(EvidenceError::Read { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                None
            }
            Err(error) => return Err(io::Error::other(error.to_string())),
        };
        if self.file.is_some() {
            self.number += 1;
        }
        Ok(())
    }
}

impl Read for Joined {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(file) = &mut self.file {
            let read = file.read(buffer)?;
            if read > 0 {
                self.sha.update(&buffer[..read]);
                return Ok(read);
            }
            self.next()?;
        }
        Ok(0)
    }
}

fn numbered(target: &Path, number: usize) -> PathBuf {
    with(target, &format!(".{number:03}"))
}

fn listing_of(target: &Path) -> PathBuf {
    with(target, ".sha256")
}

fn with(target: &Path, ending: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    }
}
