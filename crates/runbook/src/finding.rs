//! What is wrong with a document: which rule, where, and what to write instead.
//!
//! Parser and linter report in the same shape. A finding never stands without its mend.

use std::{fmt, ops::Range};

use serde::Serialize;

/// One thing that a document must or should keep to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Rule {
    /// Its id, lower-case words joined by hyphens. Never reused for anything else.
    pub id: &'static str,
    /// What breaking it means.
    pub severity: Severity,
    /// What it asks for and why, in a sentence.
    pub says: &'static str,
    /// A document that breaks this rule and no other.
    pub bad: &'static str,
    /// The same document, mended.
    pub good: &'static str,
}

/// What a finding means for the document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document is not taken.
    Refusal,
    /// The document is taken; the person should know.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refusal => "refusal",
            Self::Warning => "warning",
        })
    }
}

/// One place where a document breaks a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// What it means for the document.
    pub severity: Severity,
    /// The document's file name, as it was given.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub mend: Mend,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            severity,
            file,
            line,
            column,
            message,
            mend,
        } = self;
        write!(
            f,
            "{file}:{line}:{column}: {severity}[{rule}]: {message}\n  mend: {}",
            mend.text
        )
    }
}

impl std::error::Error for Finding {}

/// What to write instead.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Mend {
    /// In words.
    pub text: String,
    /// As edits that keep all else, where the linter can tell. They do not overlap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replacements: Vec<Replacement>,
}

impl Mend {
    /// Advice only.
    pub(crate) fn words(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            replacements: Vec::new(),
        }
    }

    /// Advice and the edits that follow it.
    pub(crate) fn edits(text: impl Into<String>, replacements: Vec<Replacement>) -> Self {
        Self {
            text: text.into(),
            replacements,
        }
    }

    /// `text` with the edits made; `None` where there are none, or where they do not fit it.
    pub fn apply(&self, text: &str) -> Option<String> {
        let mut edits = self.replacements.iter().collect::<Vec<_>>();
        edits.sort_by_key(|edit| edit.start);
        let mut mended = String::with_capacity(text.len());
        let mut at = 0;
        for edit in &edits {
            mended.push_str(text.get(at..edit.start)?);
            mended.push_str(&edit.text);
            at = edit.end;
        }
        mended.push_str(text.get(at..)?);
        (!edits.is_empty()).then_some(mended)
    }
}

/// New text for a range of the document's bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Replacement {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What stands there instead.
    pub text: String,
}

impl Replacement {
    pub(crate) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            start: range.start,
            end: range.end,
            text: text.into(),
        }
    }
}

/// A document's text, for turning byte offsets into findings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    pub(crate) fn finding(
        &self,
        rule: &'static Rule,
        offset: usize,
        message: impl Into<String>,
        mend: Mend,
    ) -> Finding {
        let (line, column) = self.position(offset);
        Finding {
            rule: rule.id,
            severity: rule.severity,
            file: self.file.to_owned(),
            line,
            column,
            message: message.into(),
            mend,
        }
    }

    /// A whole new line below the one that holds `offset`.
    pub(crate) fn line_below(&self, offset: usize, line: &str) -> Replacement {
        let end = self.text[self.floor(offset)..]
            .find('\n')
            .map_or(self.text.len(), |to_end| self.floor(offset) + to_end);
        Replacement::new(end..end, format!("\n{line}"))
    }

    /// The whole line of a field whose value stands at `span`, if it holds nothing else.
    pub(crate) fn line_of_field(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let start = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = span.end + self.text[span.end..].find('\n')? + 1;
        let (name, rest) = (&self.text[start..span.start], &self.text[span.end..end]);
        let alone = name.trim_end().ends_with('=') && rest.trim().is_empty();
        alone.then_some(start..end)
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.floor(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }

    fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

/// The candidate that is most like `name`, if one is like it at all.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let name = plain(name);
    candidates
        .into_iter()
        .map(|candidate| {
            let likeness = strsim::normalized_damerau_levenshtein(&name, &plain(candidate));
            (candidate, likeness)
        })
        .filter(|(_, likeness)| *likeness >= 0.55)
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(candidate, _)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source {
            file: "x.toml",
            text: "a\nüb\n",
        };
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(4), (2, 2));
        assert_eq!(source.position(99), (3, 1));
    }

    #[test]
    fn edits_are_made_in_the_order_of_the_text_whatever_order_they_come_in() {
        let mend = Mend::edits(
            "",
            vec![Replacement::new(4..5, "E"), Replacement::new(0..1, "AA")],
        );
        assert_eq!(mend.apply("abcdef").as_deref(), Some("AAbcdEf"));
        assert_eq!(Mend::words("").apply("abc"), None);
    }

    #[test]
    fn the_nearest_name_ignores_case_and_hyphens_and_gives_up_on_strangers() {
        let levers = || ["capture", "cancel_orders", "audit"];
        assert_eq!(nearest("Cancel-Order", levers()), Some("cancel_orders"));
        assert_eq!(nearest("teleport", levers()), None);
    }
}
