//! The case's log: one addition a line, each line naming the digest of the one before it.

use std::{
    io::{self, Read as _},
    path::Path,
};

use incident::journal::FIRST_PREV;
use jiff::Timestamp;
use serde::Serialize;

use super::{CASE_VERSION, CaseError, Entry, Line, open::open_plain};
use crate::{
    bag::digest,
    story::{head, whole_lines},
};

/// The log's file name within a case's folder.
pub const CASE_LOG: &str = "case.jsonl";
/// The largest log that is read.
const MAX_LOG: u64 = 512 * 1024 * 1024;

/// A log that was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CaseLog {
    /// Its good lines.
    pub lines: Vec<Line>,
    /// SHA-256 of the last whole line, in hex, whether good or not; zeros where there is none.
    pub head: String,
    /// What is wrong behind the good lines, or why it could not be read.
    pub damage: Option<String>,
    /// Its whole lines, good or not, byte for byte.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// How many bytes of a torn last line follow them.
    pub torn_bytes: u64,
}

impl Default for CaseLog {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            head: FIRST_PREV.to_owned(),
            damage: None,
            bytes: Vec::new(),
            torn_bytes: 0,
        }
    }
}

impl CaseLog {
    /// Reads the bytes of a log as far as they are good.
    pub fn of(mut bytes: Vec<u8>) -> Self {
        let whole = whole_lines(&bytes).len();
        let torn_bytes = u64::try_from(bytes.len() - whole).unwrap_or(u64::MAX);
        bytes.truncate(whole);
        let mut log = Self {
            torn_bytes,
            ..Self::default()
        };
        for text in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            match log.check(text) {
                Ok(line) => {
                    log.lines.push(line);
                    log.head = digest(text);
                }
                Err(why) => {
                    log.damage = Some(format!("line {}: {why}", log.lines.len() + 1));
                    log.head = head(&bytes);
                    break;
                }
            }
        }
        log.bytes = bytes;
        log
    }

    /// The log of the case in `folder`: empty where nothing was added yet.
    pub fn read(folder: &Path) -> Self {
        match read_bytes(&folder.join(CASE_LOG)) {
            Ok(bytes) => Self::of(bytes.unwrap_or_default()),
            Err(error) => Self {
                damage: Some(error.to_string()),
                ..Self::default()
            },
        }
    }

    /// Every file that the log names, in its order.
    pub fn files(&self) -> impl Iterator<Item = &super::StoredFile> {
        self.lines.iter().flat_map(|line| match &line.entry {
            Entry::Collected { files, .. } => files.as_slice(),
            Entry::Attached { file, .. } => std::slice::from_ref(file),
            Entry::Opened { .. }
            | Entry::Mended { .. }
            | Entry::Noted { .. }
            | Entry::Contact { .. }
            | Entry::Marked { .. }
            | Entry::Stated { .. }
            | Entry::Exported { .. } => &[],
        })
    }

    /// The person's statement as it was last written.
    pub fn statement(&self) -> Option<&str> {
        self.lines.iter().rev().find_map(|line| {
            let Entry::Stated { text } = &line.entry else {
                return None;
            };
            Some(text.as_str())
        })
    }

    /// The line that would follow, and its bytes with the newline.
    pub(super) fn next(&self, at: Timestamp, entry: Entry) -> (Line, Vec<u8>) {
        let line = Line {
            seq: u64::try_from(self.lines.len()).unwrap_or(u64::MAX),
            at,
            prev: self.head.clone(),
            entry,
        };
        let mut bytes = serde_json::to_vec(&line).expect("an entry has only string keys");
        bytes.push(b'\n');
        (line, bytes)
    }

    /// Goes past a line that was written.
    pub(super) fn pass(&mut self, line: Line, bytes: &[u8]) {
        self.lines.push(line);
        self.head = digest(bytes.strip_suffix(b"\n").unwrap_or(bytes));
        self.bytes.extend(bytes);
    }

    fn check(&self, text: &[u8]) -> Result<Line, String> {
        let line: Line = serde_json::from_slice(text)
            .map_err(|error| format!("it is not a line of a case ({error})"))?;
        let expected = u64::try_from(self.lines.len()).unwrap_or(u64::MAX);
        if line.seq != expected {
            return Err(format!("its number is {}, not {expected}", line.seq));
        }
        if line.prev != self.head {
            return Err("the line before it was changed, added or taken out".to_owned());
        }
        match &line.entry {
            Entry::Opened { version, .. } if line.seq != 0 => {
                Err(format!("a log of version {version} begins in its middle"))
            }
            Entry::Opened { version, .. } if *version != CASE_VERSION => Err(format!(
                "it is of version {version}, and this program reads version {CASE_VERSION}"
            )),
            Entry::Opened { .. } => Ok(line),
            Entry::Mended { .. }
            | Entry::Collected { .. }
            | Entry::Attached { .. }
            | Entry::Noted { .. }
            | Entry::Contact { .. }
            | Entry::Marked { .. }
            | Entry::Stated { .. }
            | Entry::Exported { .. } => {
                if line.seq == 0 {
                    Err("the line that opens the case is missing".to_owned())
                } else {
                    Ok(line)
                }
            }
        }
    }
}

/// The bytes of the log at `path`, where there is one.
fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, CaseError> {
    let read_error = |error| CaseError::Read {
        path: path.to_owned(),
        error,
    };
    let file = match open_plain(path) {
        Ok(file) => file,
        Err(CaseError::Gone { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_LOG + 1)
        .read_to_end(&mut bytes)
        .map_err(read_error)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_LOG {
        return Err(read_error(io::Error::other(format!(
            "it has more than {MAX_LOG} bytes"
        ))));
    }
    Ok(Some(bytes))
}
