//! Strict reading of TOML: every field is known and well-formed, or there is a finding.
//!
//! Reading goes on after a finding, so that a person sees all of them at once. Nothing that was
//! misread is ever filled in with a default.

use std::{borrow::Cow, ops::Range};

use jiff::civil::Date;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::finding::{Finding, Mend, Replacement, Rule, Severity, Source, nearest};

/// The largest document that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024;
/// The longest text of one field, in characters.
const MAX_CHARACTERS: usize = 2_000;

pub(crate) struct Reader<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) findings: Vec<Finding>,
}

/// A table's fields, all of them known by name.
pub(crate) struct Fields<'t, 'a> {
    table: &'t DeTable<'a>,
    /// Where the table begins: for a field that is missing.
    pub(crate) span: Range<usize>,
    /// What the table is, for messages (`A step`).
    what: &'static str,
    /// Fields that are there under a misspelt name.
    misspelt: Vec<&'static str>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            source: Source { file, text },
            findings: Vec::new(),
        }
    }

    /// The document's root table, or nothing when its text is not TOML.
    pub(crate) fn root(&mut self) -> Option<Spanned<DeTable<'a>>> {
        let text = self.source.text;
        if text.len() > MAX_BYTES {
            self.report(
                &SIZE,
                0,
                format!(
                    "the file has {} bytes, and at most {MAX_BYTES} are read",
                    text.len()
                ),
                Mend::words("Split it into smaller documents."),
            );
            return None;
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let at = error.span().map_or(text.len(), |span| span.start);
            let mend = syntax_mend(error.message());
            self.report(&SYNTAX, at, error.message(), Mend::words(mend));
        }
        errors.is_empty().then_some(root)
    }

    /// All findings, in the order of the text.
    pub(crate) fn in_order(mut self) -> Vec<Finding> {
        self.findings
            .sort_by_key(|finding| (finding.line, finding.column));
        self.findings
    }

    pub(crate) fn report(
        &mut self,
        rule: &'static Rule,
        offset: usize,
        message: impl Into<String>,
        mend: Mend,
    ) {
        let finding = self.source.finding(rule, offset, message, mend);
        self.findings.push(finding);
    }

    /// `table` as fields; each one that is not in `known` is a finding.
    pub(crate) fn fields<'t>(
        &mut self,
        table: &'t DeTable<'a>,
        span: Range<usize>,
        what: &'static str,
        known: &[&'static str],
    ) -> Fields<'t, 'a> {
        let absent = || {
            known
                .iter()
                .copied()
                .filter(|name| !table.contains_key(*name))
        };
        let mut misspelt = Vec::new();
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let near = nearest(name, absent());
            misspelt.extend(near);
            let mend = match near {
                Some(near) => Mend::edits(
                    format!("Write `{near}`."),
                    vec![Replacement::new(key.span(), near)],
                ),
                None => Mend::words(format!("Take it out. {what} has: {}.", known.join(", "))),
            };
            let message = format!("{} has no field `{}`", lower(what), shown(name));
            self.report(&UNKNOWN_FIELD, key.span().start, message, mend);
        }
        Fields {
            table,
            span,
            what,
            misspelt,
        }
    }

    /// Text that must be there.
    pub(crate) fn required(
        &mut self,
        fields: &Fields<'_, 'a>,
        key: &'static str,
    ) -> Option<Spanned<String>> {
        if fields.table.get(key).is_none() {
            self.missing(fields, key, &format!("Add `{key} = \"...\"`."), None);
        }
        self.text(fields, key)
    }

    /// A finding for a field that must be there, unless it is under a misspelt name.
    pub(crate) fn missing(
        &mut self,
        fields: &Fields<'_, 'a>,
        key: &str,
        mend: &str,
        replacement: Option<Replacement>,
    ) {
        if fields.misspells(key) {
            return;
        }
        let message = format!("{} needs the field `{key}`", lower(fields.what));
        let mend = Mend::edits(mend, replacement.into_iter().collect());
        self.report(&MISSING_FIELD, fields.span.start, message, mend);
    }

    /// Text, if the field is there.
    pub(crate) fn text(
        &mut self,
        fields: &Fields<'_, 'a>,
        key: &'static str,
    ) -> Option<Spanned<String>> {
        let value = fields.get(key)?;
        self.as_text(key, value)
    }

    /// One value as safe text.
    pub(crate) fn as_text(&mut self, key: &str, value: &Value<'a>) -> Option<Spanned<String>> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, value, "text in quotes", "\"...\"");
            return None;
        };
        let why = if text.trim().is_empty() {
            "is empty"
        } else if text.chars().count() > MAX_CHARACTERS {
            "is longer than 2000 characters"
        } else if text.chars().any(|c| is_unsafe(c) && c != '\n') {
            "holds a control character"
        } else {
            return Some(Spanned::new(value.span(), text.trim().to_owned()));
        };
        self.report(
            &UNSAFE_TEXT,
            value.span().start,
            format!("`{key}` {why}"),
            Mend::words("Write a few plain words."),
        );
        None
    }

    /// A list of texts, if the field is there, with the list's own place.
    pub(crate) fn texts(
        &mut self,
        fields: &Fields<'_, 'a>,
        key: &'static str,
    ) -> Option<Spanned<Vec<Spanned<String>>>> {
        let value = fields.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, "a list", "[\"...\"]");
            return None;
        };
        let texts = items
            .iter()
            .filter_map(|item| self.as_text(key, item))
            .collect();
        Some(Spanned::new(value.span(), texts))
    }

    /// `true` or `false`, if the field is there.
    pub(crate) fn boolean(
        &mut self,
        fields: &Fields<'_, 'a>,
        key: &'static str,
    ) -> Option<Spanned<bool>> {
        let value = fields.get(key)?;
        let DeValue::Boolean(yes) = value.get_ref() else {
            self.wrong_type(key, value, "true or false", "true");
            return None;
        };
        Some(Spanned::new(value.span(), *yes))
    }

    /// A date, if the field is there.
    pub(crate) fn date(
        &mut self,
        fields: &Fields<'_, 'a>,
        key: &'static str,
    ) -> Option<Spanned<Date>> {
        let value = fields.get(key)?;
        let date = match value.get_ref() {
            DeValue::Datetime(at) if at.time.is_none() && at.offset.is_none() => {
                at.date.and_then(|date| {
                    let (month, day) = (i8::try_from(date.month), i8::try_from(date.day));
                    Date::new(i16::try_from(date.year).ok()?, month.ok()?, day.ok()?).ok()
                })
            }
            DeValue::Datetime(_)
            | DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        if date.is_none() {
            self.wrong_type(key, value, "a date without quotes", "2026-11-23");
        }
        date.map(|date| Spanned::new(value.span(), date))
    }

    /// A finding for a value of the wrong kind.
    pub(crate) fn wrong_type(&mut self, key: &str, value: &Value<'a>, want: &str, example: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.report(
            &WRONG_TYPE,
            value.span().start,
            format!("`{key}` must be {want}, and this is {found}"),
            Mend::words(format!("Write `{key} = {example}`.")),
        );
    }
}

impl<'t, 'a> Fields<'t, 'a> {
    /// The raw value of a field.
    pub(crate) fn get(&self, key: &str) -> Option<&'t Value<'a>> {
        self.table.get(key)
    }

    /// Whether the field is there under a misspelt name.
    pub(crate) fn misspells(&self, key: &str) -> bool {
        self.misspelt.contains(&key)
    }

    /// Where a field's name stands.
    pub(crate) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }
}

/// `text` without what could move a cursor or turn its direction.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        text.escape_debug().to_string().into()
    } else {
        text.into()
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn lower(what: &str) -> String {
    let mut letters = what.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

fn syntax_mend(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "Keep one of the two."
    } else if message.contains("string") || message.contains("quote") {
        "Put the text in quotes, both on one line: `title = \"Cancel every open order\"`."
    } else {
        "Write a field as `name = \"text\"`, a list as `[\"one\", \"two\"]`, and begin each step \
         with a line `[[step]]`."
    }
}

pub(crate) const SIZE: Rule = Rule {
    id: "size",
    severity: Severity::Refusal,
    says: "A runbook has a step and at most 200, and a document at most 256 KiB.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."
step = []
"#,
    good: BASE,
};

pub(crate) const SYNTAX: Rule = Rule {
    id: "syntax",
    severity: Severity::Refusal,
    says: "A document is TOML.",
    bad: r#"
id = "call
title = "Call the desk"
when = "Something is wrong."
"#,
    good: BASE,
};

pub(crate) const UNKNOWN_FIELD: Rule = Rule {
    id: "unknown-field",
    severity: Severity::Refusal,
    says: "Every field is one that the format has: a misspelt one would be passed over in silence.",
    bad: r#"
id = "call"
titel = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: BASE,
};

pub(crate) const MISSING_FIELD: Rule = Rule {
    id: "missing-field",
    severity: Severity::Refusal,
    says: "What a step needs to be done and to be read aloud is written down.",
    bad: r#"
id = "call"
title = "Call the desk"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: BASE,
};

pub(crate) const WRONG_TYPE: Rule = Rule {
    id: "wrong-type",
    severity: Severity::Refusal,
    says: "A field holds the kind of value that it is for.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = "Reference number"
"#,
    good: BASE,
};

pub(crate) const UNSAFE_TEXT: Rule = Rule {
    id: "unsafe-text",
    severity: Severity::Refusal,
    says: "Text is there, short enough to be read, and free of control characters that could \
           write over a terminal or turn the reading direction.",
    bad: r#"
id = "call"
title = "Call the desk\u001b[2J"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: BASE,
};

/// The smallest document that breaks no rule.
pub(crate) const BASE: &str = r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#;
