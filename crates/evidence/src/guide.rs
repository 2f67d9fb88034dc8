//! The words and tags around the evidence: `VERIFY.txt`, `bag-info.txt`, `custody.jsonl`.
//!
//! They are for a stranger who has never heard of Firebreak, and claim nothing that a check by
//! that stranger does not show.

use std::fmt::Write as _;

use incident::{Event, Mode, journal::Line};
use jiff::Timestamp;
use serde_json::json;

use crate::{bag, seal::NAMESPACE};

/// The tag that says live or not, as [`mode_tag`] writes it.
pub(crate) const MODE_TAG: &str = "Firebreak-Mode";
/// The tag that names the journal's last line.
pub(crate) const HEAD_TAG: &str = "Firebreak-Journal-Head";
/// The tag that names the key.
pub(crate) const SIGNER_TAG: &str = "Firebreak-Signer";

/// `VERIFY.txt`, with `@NAMES@` where the bundle's own values go.
const TEXT: &str = include_str!("verify.txt.template");

/// What the texts are about.
pub(crate) struct Guide<'a> {
    pub(crate) run: &'a str,
    pub(crate) mode: Mode,
    pub(crate) at: Timestamp,
    pub(crate) program: &'a str,
    pub(crate) signer: &'a str,
    pub(crate) identity: &'a str,
    pub(crate) head: &'a str,
}

/// Live or not, in words that cannot be missed.
pub(crate) fn mode_tag(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "LIVE",
        Mode::Drill => "DRILL: simulated accounts, nothing real happened",
        Mode::Practice => "PRACTICE: simulated accounts, nothing real happened",
    }
}

/// `90-redactions.json`: nothing of what was captured is left out of this bundle.
pub(crate) fn redactions() -> String {
    let text = json!({
        "version": 1,
        "redactions": [],
        "note": "Captures are whole as they were stored. Secrets that a venue's answer may carry \
                 (cookies, tokens, signatures) are cut out before an answer is stored.",
    });
    format!("{text:#}\n")
}

impl Guide<'_> {
    /// `bag-info.txt` (RFC 8493, section 2.2.2).
    pub(crate) fn tags(&self, oxum: &str, last_line: u64) -> String {
        bag::tags(&[
            ("Bag-Software-Agent", self.program.to_owned()),
            ("Bagging-Date", self.at.strftime("%Y-%m-%d").to_string()),
            (
                "External-Description",
                format!("Record of one incident run ({})", self.mode_word()),
            ),
            ("External-Identifier", self.run.to_owned()),
            (HEAD_TAG, format!("line {last_line}, sha256 {}", self.head)),
            (MODE_TAG, mode_tag(self.mode).to_owned()),
            (SIGNER_TAG, self.signer.to_owned()),
            ("Firebreak-Packed-At", self.at.to_string()),
            ("Payload-Oxum", oxum.to_owned()),
        ])
    }

    /// `custody.jsonl`: how the evidence came together, a handling a line.
    pub(crate) fn custody(&self, lines: &[Line], journal: &str) -> String {
        let mut handlings = Vec::new();
        for line in lines {
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
        handlings.push(json!({
            "at": self.at, "action": "packed and signed", "by": self.program,
            "why": "asked for by the person at this computer",
            "key": self.signer, "journal_sha256": journal,
        }));
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
        let text = TEXT
            .replace("@RUN@", self.run)
            .replace("@AT@", &self.at.to_string())
            .replace("@PROGRAM@", self.program)
            .replace("@SIGNER@", self.signer)
            .replace("@IDENTITY@", self.identity)
            .replace("@NAMESPACE@", NAMESPACE)
            .replace("@HEAD@", self.head);
        format!("{banner}{text}")
    }

    fn mode_word(&self) -> &'static str {
        crate::bundle::mode_word(self.mode)
    }
}
