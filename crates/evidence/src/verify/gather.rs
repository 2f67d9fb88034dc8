//! Digests of all files, and the texts of those few that are read; bounded whatever comes.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::{
    EvidenceError,
    archive::{self, Visitor},
    bag,
    name::{is_plain_path, is_plain_segment, shown},
    source::open,
};

/// The largest list or note.
const MAX_TAG_FILE: u64 = 64 * 1024 * 1024;
/// The largest journal.
const MAX_JOURNAL: u64 = 256 * 1024 * 1024;
/// How deep a bag's folders go.
const MAX_DEPTH: usize = 8;

/// All that is in a bundle.
#[derive(Default)]
pub(super) struct Gathered {
    /// By path in the bag.
    pub(super) files: BTreeMap<String, Found>,
    /// The folder that everything stands in, in a container.
    pub(super) root: Option<String>,
    /// What is wrong with the container; `None` for a folder.
    pub(super) container: Option<Vec<String>>,
    /// What stands in the folder and cannot be part of a bag.
    pub(super) foreign: Vec<String>,
}

/// One file.
pub(super) struct Found {
    pub(super) size: u64,
    pub(super) digest: String,
    /// Kept for files that are read.
    pub(super) content: Option<Vec<u8>>,
}

impl Gathered {
    pub(super) fn content(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path)?.content.as_deref()
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.content(path)?).ok()
    }
}

/// Reads a container.
pub(super) fn container(input: impl Read) -> io::Result<Gathered> {
    let mut gathering = Gathering::default();
    let mut problems = archive::read(input, &mut gathering)?;
    if gathering.gathered.files.is_empty() {
        problems.insert(
            0,
            "there is no file in it; it is no bundle, or was cut off".to_owned(),
        );
    }
    gathering.gathered.container = Some(problems);
    Ok(gathering.gathered)
}

#[derive(Default)]
struct Gathering {
    gathered: Gathered,
    open: Option<Open>,
}

struct Open {
    path: String,
    size: u64,
    sha: Sha256,
    content: Option<Vec<u8>>,
}

impl Visitor for Gathering {
    fn begin(&mut self, name: &str, size: u64) -> Result<(), String> {
        let Some((root, path)) = name.split_once('/') else {
            return Err(format!("{name} stands outside the bag's folder"));
        };
        match &self.gathered.root {
            Some(known) if known != root => {
                return Err(format!("{name} stands outside the bag's folder {known}"));
            }
            Some(_) => {}
            None => self.gathered.root = Some(root.to_owned()),
        }
        self.open = Some(Open {
            path: path.to_owned(),
            size,
            sha: Sha256::new(),
            content: kept(path, size)?.then(Vec::new),
        });
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some(open) = &mut self.open {
            open.sha.update(bytes);
            if let Some(content) = &mut open.content {
                content.extend_from_slice(bytes);
            }
        }
    }

    fn end(&mut self) {
        if let Some(open) = self.open.take() {
            let found = Found {
                size: open.size,
                digest: hex::encode(open.sha.finalize()),
                content: open.content,
            };
            self.gathered.files.insert(open.path, found);
        }
    }
}

/// Whether a file's text is read. An error when it is larger than any that Firebreak writes.
fn kept(path: &str, size: u64) -> Result<bool, String> {
    let limit = if path == bag::JOURNAL_FILE {
        MAX_JOURNAL
    } else if path.starts_with(bag::PAYLOAD) {
        return Ok(false);
    } else {
        MAX_TAG_FILE
    };
    if size > limit {
        return Err(format!(
            "{path} is larger than the {limit} bytes that are read of it"
        ));
    }
    Ok(true)
}

/// Reads an unpacked bag.
pub(super) fn folder(path: &Path) -> Result<Gathered, EvidenceError> {
    let mut gathered = Gathered::default();
    walk(path, "", MAX_DEPTH, &mut gathered)?;
    Ok(gathered)
}

fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    gathered: &mut Gathered,
) -> Result<(), EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: folder.to_owned(),
        error,
    };
    for entry in fs::read_dir(folder).map_err(read_error)? {
        let entry = entry.map_err(read_error)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        // of the link itself, where it is one
        let kind = entry.file_type().map_err(read_error)?;
        if !is_plain_segment(&name) || !is_plain_path(&path) {
            gathered
                .foreign
                .push(format!("{} has a forbidden name", shown(&path)));
        } else if kind.is_dir() && depth > 0 {
            walk(&entry.path(), &format!("{path}/"), depth - 1, gathered)?;
        } else if kind.is_file() {
            let file = entry.path();
            match look(&file, &path)? {
                Ok(found) => {
                    gathered.files.insert(path, found);
                }
                Err(why) => gathered.foreign.push(why),
            }
        } else {
            gathered
                .foreign
                .push(format!("{path} is neither a file nor a folder of a bag"));
        }
    }
    Ok(())
}

fn look(file: &Path, path: &str) -> Result<Result<Found, String>, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: file.to_owned(),
        error,
    };
    let mut input = open(file)?;
    let size = input.metadata().map_err(read_error)?.len();
    let keep = match kept(path, size) {
        Ok(keep) => keep,
        Err(why) => return Ok(Err(why)),
    };
    let mut gathering = Gathering {
        gathered: Gathered::default(),
        open: Some(Open {
            path: path.to_owned(),
            size,
            sha: Sha256::new(),
            content: keep.then(Vec::new),
        }),
    };
    let mut buffer = vec![0; 64 * 1024];
    let mut left = size;
    while left > 0 {
        let read = input.read(&mut buffer).map_err(read_error)?;
        if read == 0 {
            break;
        }
        gathering.bytes(&buffer[..read]);
        left = left.saturating_sub(u64::try_from(read).unwrap_or(left));
    }
    gathering.end();
    Ok(gathering
        .gathered
        .files
        .remove(path)
        .ok_or_else(|| format!("{path} could not be read")))
}
