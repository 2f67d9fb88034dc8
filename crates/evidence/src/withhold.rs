//! What is withheld from a bundle, and the record of it (`90-redactions.json`).
//!
//! No original is ever edited. A secret in a file's name is withheld as one in its text is.

use std::{
    collections::BTreeMap,
    io::{self, Cursor},
};

use redact::{BAR, Copied, Redactor, Withheld};
use serde::{Deserialize, Serialize};

use crate::{
    bag::digest,
    chain::{place, standing_for},
    name::is_plain_segment,
};

/// The version of `90-redactions.json`.
pub(crate) const REDACTIONS_VERSION: u32 = 2;
/// What stands for the bar in a file's name.
const NAME_BAR: &str = "withheld";

/// What was withheld from a bundle, or would be.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Withholding {
    /// The format's version.
    pub version: u32,
    /// For whom the bundle is (`own`, `broker`, `police`, `share`).
    pub profile: String,
    /// Each file with something withheld.
    pub redactions: Vec<Redacted>,
    /// Files that nobody could look into: they are there as they are.
    pub not_searched: Vec<NotSearched>,
    /// What is not in the bundle at all, a sentence each.
    pub left_out: Vec<String>,
    /// For the reader.
    pub note: String,
}

/// A file of which a derived copy is in the bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Redacted {
    /// Its path in the bundle.
    pub file: String,
    /// What it was made from.
    pub original: Original,
    /// Whether only a note is left of it.
    pub whole: bool,
    /// Each place.
    pub places: Vec<Withheld>,
    /// How many more places there are.
    pub more: u64,
}

/// The original of a derived copy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Original {
    /// SHA-256, in hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// A file that could not be searched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotSearched {
    /// Its path in the bundle.
    pub file: String,
    /// Why.
    pub why: String,
}

impl Withholding {
    /// How many places there are in all.
    pub fn places(&self) -> u64 {
        self.redactions
            .iter()
            .map(|row| row.more + u64::try_from(row.places.len()).unwrap_or(u64::MAX))
            .sum()
    }

    /// `90-redactions.json`.
    pub(crate) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("it has only string keys");
        text.push('\n');
        text
    }

    /// Reads it back.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if read.version != REDACTIONS_VERSION {
            return Err(format!("it is of version {}", read.version));
        }
        Ok(read)
    }
}

/// For the reader of `90-redactions.json`.
pub(crate) const NOTE: &str = "Each file named here is a derived copy: [withheld] stands in each place that is listed, counted \
     in bytes of the original, whose SHA-256 and size are given. All other captures are whole as they \
     were stored. Secrets that a venue's answer may carry (cookies, tokens, signatures) are cut out \
     before an answer is stored. What could not be searched is there as it is.";

/// Chained lines, and what is withheld from them.
pub(crate) struct Lines {
    pub(crate) bytes: Vec<u8>,
    pub(crate) redacted: Option<Redacted>,
}

/// The lines of `original`, each with something withheld standing for what it was.
pub(crate) fn lines(redactor: &Redactor, path: &str, original: &[u8]) -> io::Result<Lines> {
    let found = redactor.scan(path, &mut &*original)?;
    if found.unchanged() {
        return Ok(Lines {
            bytes: original.to_vec(),
            redacted: None,
        });
    }
    let mut bytes = Vec::with_capacity(original.len());
    for line in original.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        bytes.extend(one_line(redactor, path, text)?);
        bytes.push(b'\n');
    }
    // what lies across lines is found in no single one: those lines say nothing but their place
    let left = redactor.scan(path, &mut bytes.as_slice())?;
    if !left.unchanged() {
        let numbers = left.withheld.iter().map(|place| place.line).collect();
        bytes = blanked(original, &bytes, &numbers);
    }
    Ok(Lines {
        redacted: Some(redacted(path, original, found)),
        bytes,
    })
}

fn one_line(redactor: &Redactor, path: &str, text: &[u8]) -> io::Result<Vec<u8>> {
    let mut copy = Vec::with_capacity(text.len());
    let copied = redactor.copy(path, &mut Cursor::new(text), &mut copy)?;
    if copied.unchanged() {
        return Ok(text.to_vec());
    }
    let standing = std::str::from_utf8(&copy)
        .ok()
        .and_then(|copy| standing_for(copy, text));
    Ok(standing.map_or_else(|| blank(text), String::into_bytes))
}

/// The lines of `copy`, those with the given numbers blanked.
fn blanked(original: &[u8], copy: &[u8], numbers: &std::collections::BTreeSet<u64>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(copy.len());
    let pairs = original
        .split_inclusive(|byte| *byte == b'\n')
        .zip(copy.split_inclusive(|byte| *byte == b'\n'));
    for (number, (was, is)) in (1..).zip(pairs) {
        if numbers.contains(&number) {
            bytes.extend(blank(was.strip_suffix(b"\n").unwrap_or(was)));
            bytes.push(b'\n');
        } else {
            bytes.extend(is);
        }
    }
    bytes
}

/// All that the chain needs of a line.
fn blank(original: &[u8]) -> Vec<u8> {
    let (seq, prev) = place(original).unwrap_or_default();
    let prev = if crate::bag::is_digest(&prev) {
        prev
    } else {
        String::new()
    };
    let bare = format!("{{\"seq\":{seq},\"prev\":\"{prev}\",\"withheld\":true}}");
    standing_for(&bare, original).unwrap_or(bare).into_bytes()
}

/// What is recorded of a file's derived copy.
pub(crate) fn redacted(path: &str, original: &[u8], copied: Copied) -> Redacted {
    let original = Original {
        sha256: digest(original),
        bytes: u64::try_from(original.len()).unwrap_or(u64::MAX),
    };
    row(path, original, copied)
}

/// The same, of an original that is not in memory.
pub(crate) fn row(path: &str, original: Original, copied: Copied) -> Redacted {
    Redacted {
        file: path.to_owned(),
        original,
        whole: copied.whole,
        places: copied.withheld,
        more: copied.more,
    }
}

/// What the files of a folder are called in a bundle.
pub(crate) struct Names<'a> {
    redactor: &'a Redactor,
    taken: BTreeMap<String, u32>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(redactor: &'a Redactor) -> Self {
        Self {
            redactor,
            taken: BTreeMap::new(),
        }
    }

    /// `name` with nothing in it that is withheld, and where something was, why. `recorded` is how
    /// the copied log calls it, where it does.
    pub(crate) fn of(&mut self, name: &str, recorded: Option<&str>) -> (String, Vec<Withheld>) {
        let recorded = recorded.filter(|recorded| *recorded != name);
        let (text, places) = self.redactor.text(name);
        if places.is_empty() && recorded.is_none() {
            return (name.to_owned(), places);
        }
        let text = recorded.map_or(text, str::to_owned);
        let plain = in_a_name(&text);
        let plain = if is_plain_segment(&plain) && self.redactor.text(&plain).1.is_empty() {
            plain
        } else {
            NAME_BAR.to_owned()
        };
        let count = self.taken.entry(plain.clone()).or_default();
        *count += 1;
        let unique = match *count {
            1 => plain,
            count => format!("{plain}-{count}"),
        };
        (unique, places)
    }
}

/// A name with bars as it stands in a bundle.
pub(crate) fn in_a_name(text: &str) -> String {
    text.replace(BAR, NAME_BAR)
}
