//! Chained lines in a bundle, where a line with something withheld stands for the line that it was.
//!
//! Such a line is the same JSON with bars, and ends with the SHA-256 of the original line. The line
//! behind it names that one, so that the chain is whole without what was withheld.

use std::borrow::Cow;

use incident::journal::{Chain, Damage, JournalError, Line};

use crate::{
    bag::{digest, is_digest},
    case::{self, CaseLog},
    story,
};

/// The last field of a line with something withheld.
pub(crate) const ORIGINAL: &str = "original_sha256";

/// A journal as far as it is good.
pub(crate) struct Journal {
    pub(crate) lines: Vec<Line>,
    /// What the line behind the last good one must name.
    pub(crate) chain: Chain,
    /// Which lines, counted from 1, stand for an original with more in it.
    pub(crate) withheld: Vec<u64>,
    /// How many of those say too little to be replayed; they are not in `lines`.
    pub(crate) unreadable: u64,
    pub(crate) damage: Option<JournalError>,
}

impl Journal {
    /// Reads `bytes`. Damage ends the reading; an unreadable line with something withheld does not.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut journal = Self {
            lines: Vec::new(),
            chain: Chain::default(),
            withheld: Vec::new(),
            unreadable: 0,
            damage: None,
        };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(text) = piece.strip_suffix(b"\n") else {
                break;
            };
            if let Err(damage) = journal.line(text) {
                journal.damage = Some(JournalError::Damaged {
                    line: journal.chain.next_seq + 1,
                    damage,
                });
                break;
            }
        }
        if journal.chain.next_seq == 0 && journal.damage.is_none() {
            journal.damage = Some(JournalError::Empty);
        }
        journal
    }

    fn line(&mut self, text: &[u8]) -> Result<(), Damage> {
        let (bare, original) = split(text);
        let parsed = serde_json::from_slice::<Line>(&bare);
        let (seq, prev) = match (&parsed, original) {
            (Ok(line), _) => (line.seq, line.prev.clone()),
            (Err(error), None) => return Err(Damage::NotALine(error.to_string())),
            (Err(error), Some(_)) => {
                place(&bare).ok_or_else(|| Damage::NotALine(error.to_string()))?
            }
        };
        if seq != self.chain.next_seq {
            return Err(Damage::Sequence {
                found: seq,
                expected: self.chain.next_seq,
            });
        }
        if prev != self.chain.prev {
            return Err(Damage::Chain);
        }
        self.chain.next_seq += 1;
        self.chain.prev = original.map_or_else(|| digest(text), str::to_owned);
        if original.is_some() {
            self.withheld.push(seq + 1);
        }
        match parsed {
            Ok(line) => self.lines.push(line),
            Err(_) => self.unreadable += 1,
        }
        Ok(())
    }
}

/// A case's log in a bundle, as far as it is good.
pub(crate) fn case(bytes: &[u8]) -> CaseLog {
    read_case(bytes).0
}

/// The same, with which lines stand for an original, and how many of them say too little to be read.
pub(crate) fn read_case(bytes: &[u8]) -> (CaseLog, Vec<u64>, u64) {
    let mut log = CaseLog::default();
    let (mut withheld, mut unreadable) = (Vec::new(), 0);
    let mut chain = Chain::default();
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = piece.strip_suffix(b"\n").unwrap_or(piece);
        let (bare, original) = split(text);
        let parsed = serde_json::from_slice::<case::Line>(&bare);
        let found = match (&parsed, original) {
            (Ok(line), _) => Ok((line.seq, line.prev.clone())),
            (Err(error), original) => original
                .and_then(|_| place(&bare))
                .ok_or_else(|| Damage::NotALine(error.to_string())),
        };
        let damage = match found {
            Err(damage) => Some(damage),
            Ok((seq, _)) if seq != chain.next_seq => Some(Damage::Sequence {
                found: seq,
                expected: chain.next_seq,
            }),
            Ok((_, prev)) if prev != chain.prev => Some(Damage::Chain),
            Ok(_) => None,
        };
        if let Some(damage) = damage {
            log.damage = Some(format!("line {}: {damage}", chain.next_seq + 1));
            chain.prev = original.map_or_else(|| story::head(bytes), str::to_owned);
            break;
        }
        chain.next_seq += 1;
        chain.prev = original.map_or_else(|| digest(text), str::to_owned);
        if original.is_some() {
            withheld.push(chain.next_seq);
        }
        match parsed {
            Ok(line) => log.lines.push(line),
            Err(_) => unreadable += 1,
        }
    }
    log.head = chain.prev;
    log.bytes = bytes.to_vec();
    (log, withheld, unreadable)
}

/// A line without its last field, and what that says, where it has one.
pub(crate) fn split(text: &[u8]) -> (Cow<'_, [u8]>, Option<&str>) {
    // ,"original_sha256":"<64 digits>"}
    let opening = format!(",\"{ORIGINAL}\":\"");
    let length = opening.len() + 64 + 2;
    let whole = (Cow::Borrowed(text), None);
    let Some(at) = text.len().checked_sub(length) else {
        return whole;
    };
    let (bare, field) = text.split_at(at);
    let named = field
        .strip_prefix(opening.as_bytes())
        .and_then(|rest| rest.strip_suffix(b"\"}"))
        .and_then(|named| std::str::from_utf8(named).ok())
        .filter(|named| is_digest(named));
    match named {
        Some(named) => (Cow::Owned([bare, b"}"].concat()), Some(named)),
        None => whole,
    }
}

/// How many lines stand for an original.
pub(crate) fn withheld(bytes: &[u8]) -> usize {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|text| split(text).1.is_some())
        .count()
}

/// `copy`, a line with bars, as it stands for `original`. `None` when it is no JSON object.
pub(crate) fn standing_for(copy: &str, original: &[u8]) -> Option<String> {
    let open = copy.trim_end().strip_suffix('}')?;
    let comma = if open.trim_end().ends_with('{') {
        ""
    } else {
        ","
    };
    let line = format!("{open}{comma}\"{ORIGINAL}\":\"{}\"}}", digest(original));
    serde_json::from_str::<serde::de::IgnoredAny>(&line).ok()?;
    Some(line)
}

/// The number of a line and the line before it, all that the chain needs.
pub(crate) fn place(line: &[u8]) -> Option<(u64, String)> {
    #[derive(serde::Deserialize)]
    struct Place {
        seq: u64,
        prev: String,
    }
    let place: Place = serde_json::from_slice(line).ok()?;
    Some((place.seq, place.prev))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"seq":0,"prev":"00","event":{"note":"[withheld]"}}"#;

    #[test]
    fn a_line_that_stands_for_another_gives_back_both() {
        let standing = standing_for(LINE, b"the original").unwrap();
        let (bare, original) = split(standing.as_bytes());
        assert_eq!(bare, LINE.as_bytes());
        assert_eq!(original, Some(digest(b"the original").as_str()));
        assert_eq!(place(&bare), Some((0, "00".to_owned())));
    }

    #[test]
    fn only_a_whole_digest_at_the_very_end_counts() {
        let standing = standing_for(LINE, b"x").unwrap();
        for other in [
            LINE.to_owned(),
            format!("{standing} "),
            standing.replace("\"}", "0\"}"),
            standing.to_uppercase(),
            "{}".to_owned(),
        ] {
            assert_eq!(split(other.as_bytes()).1, None, "{other}");
        }
        assert_eq!(standing_for("[withheld]", b"x"), None);
    }
}
