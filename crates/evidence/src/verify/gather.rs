//! Digests of all files, and the texts of those few that are read; bounded whatever comes.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::Path,
};

use super::digests::Digests;
use crate::{
    EvidenceError,
    archive::{self, Visitor},
    bag::{self, Digest32},
    name::{is_plain_path, is_plain_segment, shown},
    source::{MAX_JOURNAL, open},
};

/// The largest list or note.
const MAX_TAG_FILE: u64 = 512 * 1024 * 1024;
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
#[derive(Default)]
pub(super) struct Found {
    pub(super) size: u64,
    pub(super) digest: Digest32,
    /// Kept for files that are read.
    pub(super) content: Option<Box<[u8]>>,
}

impl Found {
    /// Its SHA-256, in hex.
    pub(super) fn hex(&self) -> String {
        hex::encode(self.digest)
    }

    /// Whether it has that SHA-256, in hex.
    pub(super) fn is(&self, digest: &str) -> bool {
        self.hex() == digest
    }
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
    if gathering.files.is_empty() {
        problems.insert(
            0,
            "there is no file in it; it is no bundle, or was cut off".to_owned(),
        );
    }
    let mut gathered = gathering.finish();
    gathered.container = Some(problems);
    Ok(gathered)
}

#[derive(Default)]
struct Gathering {
    root: Option<String>,
    /// In the order in which they came; their digests come later.
    files: Vec<(String, Found)>,
    digests: Digests,
    content: Option<Vec<u8>>,
}

impl Gathering {
    fn start(&mut self, path: &str, size: u64) -> Result<(), String> {
        self.content = kept(path, size)?.then(Vec::new);
        self.digests.begin(size);
        let found = Found {
            size,
            ..Found::default()
        };
        self.files.push((path.to_owned(), found));
        Ok(())
    }

    fn finish(mut self) -> Gathered {
        let digests = self.digests.finish();
        for ((_, found), digest) in self.files.iter_mut().zip(digests) {
            found.digest = digest;
        }
        Gathered {
            files: self.files.into_iter().collect(),
            root: self.root,
            ..Gathered::default()
        }
    }
}

impl Visitor for Gathering {
    fn begin(&mut self, name: &str, size: u64) -> Result<(), String> {
        let Some((root, path)) = name.split_once('/') else {
            return Err(format!("{name} stands outside the bag's folder"));
        };
        match &self.root {
            Some(known) if known != root => {
                return Err(format!("{name} stands outside the bag's folder {known}"));
            }
            Some(_) => {}
            None => self.root = Some(root.to_owned()),
        }
        self.start(path, size)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.digests.bytes(bytes);
        if let Some(content) = &mut self.content {
            content.extend_from_slice(bytes);
        }
    }

    fn end(&mut self) {
        self.digests.end();
        if let (Some(content), Some((_, found))) = (self.content.take(), self.files.last_mut()) {
            found.content = Some(content.into());
        }
    }
}

/// Whether a file's text is read. An error when it is larger than any that Firebreak writes.
fn kept(path: &str, size: u64) -> Result<bool, String> {
    let limit = match path {
        bag::JOURNAL_FILE | bag::CASE_FILE => MAX_JOURNAL,
        bag::REDACTIONS_FILE => MAX_TAG_FILE,
        path if path.starts_with(bag::PAYLOAD) => return Ok(false),
        _ => MAX_TAG_FILE,
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
    let mut gathering = Gathering::default();
    let mut foreign = Vec::new();
    walk(path, "", MAX_DEPTH, (&mut gathering, &mut foreign))?;
    let mut gathered = gathering.finish();
    gathered.foreign = foreign;
    Ok(gathered)
}

fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    (gathering, foreign): (&mut Gathering, &mut Vec<String>),
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
            foreign.push(format!("{} has a forbidden name", shown(&path)));
        } else if kind.is_dir() && depth > 0 {
            let into = (&mut *gathering, &mut *foreign);
            walk(&entry.path(), &format!("{path}/"), depth - 1, into)?;
        } else if kind.is_file() {
            if let Some(why) = look(&entry.path(), &path, gathering)? {
                foreign.push(why);
            }
        } else {
            foreign.push(format!("{path} is neither a file nor a folder of a bag"));
        }
    }
    Ok(())
}

/// Reads one file, or says why it is not read.
fn look(
    file: &Path,
    path: &str,
    gathering: &mut Gathering,
) -> Result<Option<String>, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: file.to_owned(),
        error,
    };
    let mut input = open(file)?;
    let size = input.metadata().map_err(read_error)?.len();
    if let Err(why) = gathering.start(path, size) {
        return Ok(Some(why));
    }
    let mut buffer = vec![0; 256 * 1024];
    let mut left = size;
    while left > 0 {
        let want = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = input.read(&mut buffer[..want]).map_err(read_error)?;
        if read == 0 {
            break;
        }
        gathering.bytes(&buffer[..read]);
        left = left.saturating_sub(u64::try_from(read).unwrap_or(left));
    }
    gathering.end();
    Ok(None)
}
