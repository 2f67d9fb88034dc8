//! The words and tags around the evidence: `VERIFY.txt`, `bag-info.txt`, `custody.jsonl`.
//!
//! They are for a stranger who has never heard of Firebreak, and claim nothing that a check by
//! that stranger does not show.

use std::fmt::Write as _;

use incident::{Event, Mode};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    bag,
    bundle::last_exported,
    case::{CaseLog, Entry},
    seal::NAMESPACE,
    source::Source,
    story::Story,
};

/// The tag that says live or not, as [`mode_tag`] writes it.
pub(crate) const MODE_TAG: &str = "Firebreak-Mode";
/// The tag that names the journal's last line.
pub(crate) const HEAD_TAG: &str = "Firebreak-Journal-Head";
/// The tag that names the last line of the case's log.
pub(crate) const CASE_HEAD_TAG: &str = "Firebreak-Case-Head";
/// The tag that names the bundle that was made of the same case before.
pub(crate) const SUPERSEDES_TAG: &str = "Firebreak-Supersedes";
/// The tag that says for whom the bundle is.
pub(crate) const PROFILE_TAG: &str = "Firebreak-Profile";
/// The tag that names the key.
pub(crate) const SIGNER_TAG: &str = "Firebreak-Signer";

/// `VERIFY.txt`, with `@NAMES@` where the bundle's own values go.
const TEXT: &str = include_str!("verify.txt.template");

/// What the texts are about.
pub(crate) struct Guide<'a> {
    pub(crate) source: &'a Source,
    pub(crate) run: &'a str,
    pub(crate) mode: Mode,
    pub(crate) at: Timestamp,
    pub(crate) program: &'a str,
    pub(crate) signer: &'a str,
    pub(crate) identity: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) logs: &'a [Log],
    pub(crate) encrypted_originals: bool,
}

/// A chained log of the bundle.
pub(crate) struct Log {
    pub(crate) path: &'static str,
    pub(crate) lines: u64,
    /// SHA-256 of the last line as it was recorded, in hex.
    pub(crate) head: String,
    /// How many lines stand for an original with more in it.
    pub(crate) withheld: usize,
}

/// Live or not, in words that cannot be missed.
pub(crate) fn mode_tag(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "LIVE",
        Mode::Drill => "DRILL: simulated accounts, nothing real happened",
        Mode::Practice => "PRACTICE: simulated accounts, nothing real happened",
    }
}

/// A log's last line, as a tag names it.
pub(crate) fn head_tag(lines: u64, head: &str) -> String {
    format!("line {}, sha256 {head}", lines.saturating_sub(1))
}

impl Guide<'_> {
    /// `bag-info.txt` (RFC 8493, section 2.2.2).
    pub(crate) fn tags(&self, oxum: &str) -> String {
        let what = match self.source.journal {
            Some(_) => "Record of one incident run",
            None => "Record of what was collected without a press",
        };
        let mut tags = vec![
            ("Bag-Software-Agent", self.program.to_owned()),
            ("Bagging-Date", self.at.strftime("%Y-%m-%d").to_string()),
            (
                "External-Description",
                format!("{what} ({})", self.mode_word()),
            ),
            ("External-Identifier", self.run.to_owned()),
        ];
        for log in self.logs {
            let tag = if log.path == bag::JOURNAL_FILE {
                HEAD_TAG
            } else {
                CASE_HEAD_TAG
            };
            tags.push((tag, head_tag(log.lines, &log.head)));
        }
        tags.push((MODE_TAG, mode_tag(self.mode).to_owned()));
        tags.push((PROFILE_TAG, self.profile.to_owned()));
        tags.push((SIGNER_TAG, self.signer.to_owned()));
        if let Some(digest) = last_exported(&self.source.case) {
            tags.push((SUPERSEDES_TAG, format!("sha256 {digest}")));
        }
        tags.push(("Firebreak-Packed-At", self.at.to_string()));
        tags.push(("Payload-Oxum", oxum.to_owned()));
        bag::tags(&tags)
    }

    /// `custody.jsonl`: how the evidence came together, a handling a line.
    pub(crate) fn custody(&self, story: Option<&Story>, case: &CaseLog) -> String {
        let mut handlings = story.map(recorded).unwrap_or_default();
        handlings.extend(
            case.lines
                .iter()
                .filter_map(|line| added(line.at, &line.entry)),
        );
        let mut packed = json!({
            "at": self.at, "action": "packed and signed", "by": self.program,
            "why": "asked for by the person at this computer",
            "key": self.signer, "profile": self.profile,
        });
        if let Some((journal, _)) = &self.source.journal {
            packed["journal_sha256"] = bag::digest(journal).into();
        }
        if !self.source.case.bytes.is_empty() {
            packed["case_log_sha256"] = bag::digest(&self.source.case.bytes).into();
        }
        handlings.push(packed);
        handlings.iter().fold(String::new(), |mut text, handling| {
            // writing to a string does not fail
            let _ = writeln!(text, "{handling}");
            text
        })
    }

    /// `VERIFY.txt`.
    pub(crate) fn text(&self) -> String {
        let banner = match self.mode {
            Mode::Live => String::new(),
            Mode::Drill | Mode::Practice => format!(
                "*** {} ***\n\
                 It is signed with a throw-away key that no real bundle is ever signed with.\n\n",
                mode_tag(self.mode)
            ),
        };
        let (mut heads, mut printed) = (String::new(), String::new());
        for log in self.logs {
            let name = if log.path == bag::JOURNAL_FILE {
                "Journal "
            } else {
                "Case log"
            };
            // writing to a string does not fail
            let _ = writeln!(heads, "{name} ends with SHA-256 {}", log.head);
            let _ = writeln!(
                printed,
                "{} is unbroken, ends with {} ({} lines, {} with something withheld)",
                log.path, log.head, log.lines, log.withheld
            );
        }
        let originals = if self.encrypted_originals {
            "The originals are in data/95-originals.zip.age, for whoever they are encrypted to:\n\n\
             \x20   age --decrypt --identity KEY.txt data/95-originals.zip.age > originals.zip\n\n"
        } else {
            "The originals are with the sender.\n\n"
        };
        let text = TEXT
            .replace("@RUN@", self.run)
            .replace("@AT@", &self.at.to_string())
            .replace("@PROGRAM@", self.program)
            .replace("@SIGNER@", self.signer)
            .replace("@IDENTITY@", self.identity)
            .replace("@NAMESPACE@", NAMESPACE)
            .replace("@HEADS@", &heads)
            .replace("@PRINTED@", &printed)
            .replace("@ORIGINALS@", originals);
        format!("{banner}{text}")
    }

    fn mode_word(&self) -> &'static str {
        crate::bundle::mode_word(self.mode)
    }
}

/// When the run was recorded.
fn recorded(story: &Story) -> Vec<Value> {
    let mut handlings = Vec::new();
    for line in &story.lines {
        if let Event::RunStarted {
            program,
            pressed_from,
            ..
        } = &line.event
        {
            handlings.push(json!({
                "at": line.at, "action": "recording began", "by": program,
                "why": format!("pressed from {pressed_from}"),
            }));
        } else if let Event::Resumed { .. } = line.event {
            handlings.push(json!({
                "at": line.at, "action": "recording resumed", "by": "Firebreak",
                "why": "the program had ended in the middle",
            }));
        }
    }
    handlings
}

/// What was added to the case, where it is a handling of evidence.
fn added(at: Timestamp, entry: &Entry) -> Option<Value> {
    match entry {
        Entry::Opened { program, .. } => Some(json!({
            "at": at, "action": "case opened", "by": program, "why": "something was to be added",
        })),
        Entry::Collected { title, files, .. } => Some(json!({
            "at": at, "action": "collected", "by": "Firebreak", "why": title,
            "files": files.iter().map(|file| &file.path).collect::<Vec<_>>(),
        })),
        Entry::Attached { file, about, .. } => Some(json!({
            "at": at, "action": "attached", "by": "the person at this computer", "why": about,
            "files": [file.path],
        })),
        Entry::Exported {
            file,
            digest,
            profile,
            ..
        } => Some(json!({
            "at": at, "action": "packed before", "by": "Firebreak", "why": profile,
            "bundle": file, "sha256": digest,
        })),
        Entry::Mended { .. }
        | Entry::Noted { .. }
        | Entry::Contact { .. }
        | Entry::Marked { .. }
        | Entry::Stated { .. } => None,
    }
}
