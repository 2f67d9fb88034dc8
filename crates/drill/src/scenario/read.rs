//! From text to [`Scenario`]: every word is understood, or there is a finding with a mend. Each
//! part is read by itself, so that a person sees what is wrong with all of them at once.

use door::Lever;
use runbook::{Finding, Mend, Severity};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    Cast, Landmark, Scenario, lint,
    place::{Places, position},
};

/// The largest scenario that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// The longest text of one field, in characters.
const MAX_CHARACTERS: usize = 2_000;

const TOP: [&str; 20] = [
    "id", "title", "way_in", "minutes", "wait", "story", "contains", "lesson", "good", "sources",
    "order", "right", "targets", "account", "actor", "alarm", "fact", "inject", "phone", "caller",
];

impl Scenario {
    /// Reads a scenario. `file` is for findings only; nothing is opened.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::new(file, text);
        let scenario = reader.scenario();
        match scenario {
            Some(scenario) if reader.findings.is_empty() => Ok(scenario),
            Some(_) | None => {
                let findings = &mut reader.findings;
                findings.sort_by_key(|finding| (finding.line, finding.column));
                Err(reader.findings)
            }
        }
    }

    /// Reads and lints in one go: the scenario, if nothing refuses it, and all that is wrong with it.
    pub fn check(file: &str, text: &str) -> (Option<Self>, Vec<Finding>) {
        match Self::parse(file, text) {
            Ok(scenario) => {
                let findings = scenario.lint();
                let refused = findings.iter().any(|it| it.severity == Severity::Refusal);
                ((!refused).then_some(scenario), findings)
            }
            Err(findings) => (None, findings),
        }
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    table: DeTable<'a>,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        let mut reader = Self {
            file,
            text,
            table: DeTable::new(),
            findings: Vec::new(),
        };
        if text.len() > MAX_BYTES {
            let said = format!(
                "the file has {} bytes, and at most {MAX_BYTES} are read",
                text.len()
            );
            reader.report("size", 0..0, said, "Tell it in fewer words.");
            return reader;
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let at = error.span().unwrap_or(text.len()..text.len());
            let mend = "Write a field as `name = \"text\"`, a list as `[\"one\", \"two\"]`, and \
                        begin an account, an actor or an alarm with a line like `[[account]]`.";
            reader.report("syntax", at, error.message(), mend);
        }
        reader.table = root.into_inner();
        reader
    }

    fn scenario(&mut self) -> Option<Scenario> {
        if !self.findings.is_empty() {
            return None;
        }
        let places = Places::of(self.text, &self.table);
        self.safe_text();
        self.known_fields();
        let id = self.one::<String>("id");
        self.good_id(id.as_deref());
        let title = self.one("title");
        let way_in = self.one("way_in");
        let minutes = self.one::<Minutes>("minutes");
        let wait = self.one("wait");
        let story = self.one("story");
        let contains = self.one("contains");
        let lesson = self.one("lesson");
        let good = self.one("good");
        let sources = self.optional("sources");
        let order = self.optional("order");
        let right = self.one("right");
        let targets = self.optional("targets");
        let accounts = self.each("account");
        let actors = self.cast();
        let alarms = self.each("alarm");
        let facts = self.each("fact");
        let injects = self.each("inject");
        let desks = self.each("phone");
        let callers = self.each("caller");
        Some(Scenario {
            id: id?,
            title: title?,
            way_in: way_in?,
            story: story?,
            length: std::time::Duration::from_mins(minutes?.0),
            wait: wait?,
            accounts,
            actors,
            alarms,
            facts,
            injects,
            right: right?,
            order: order.unwrap_or_default(),
            targets: targets.unwrap_or_default(),
            contains: contains?,
            desks,
            callers,
            lesson: lesson?,
            good: good?,
            sources: sources.unwrap_or_default(),
            file: self.file.to_owned(),
            places,
        })
    }

    /// A part that must be there.
    fn one<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        if let Some(value) = self.table.remove(key) {
            return self.read(key, value);
        }
        let said = format!("the scenario needs the field `{key}`");
        self.report("missing-field", 0..0, said, &added(key));
        None
    }

    /// A part that may be there.
    fn optional<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let value = self.table.remove(key)?;
        self.read(key, value)
    }

    /// Every part of a kind.
    fn each<T: DeserializeOwned>(&mut self, key: &str) -> Vec<T> {
        let items = self.items(key);
        let read = items.into_iter();
        read.filter_map(|item| self.read(key, item)).collect()
    }

    /// Actors are the simulator's own, with the account they are at work in.
    fn cast(&mut self) -> Vec<Cast> {
        let mut cast = Vec::new();
        for mut item in self.items("actor") {
            let span = item.span();
            let account = match item.get_mut() {
                DeValue::Table(table) => table.remove("account"),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_) => None,
            };
            let actor = self.read("actor", item);
            let Some(account) = account else {
                let said = "an actor needs the field `account`";
                self.report("missing-field", span, said, &added("account"));
                continue;
            };
            let account = self.read("account", account);
            cast.extend(
                account
                    .zip(actor)
                    .map(|(account, actor)| Cast { account, actor }),
            );
        }
        cast
    }

    fn items(&mut self, key: &str) -> Vec<Spanned<DeValue<'a>>> {
        let Some(value) = self.table.remove(key) else {
            return Vec::new();
        };
        let span = value.span();
        if let DeValue::Array(items) = value.into_inner() {
            return items.into_iter().collect();
        }
        let said = format!("`{key}` must be a list of tables");
        let mend = format!("Begin each one with a line `[[{key}]]`.");
        self.report("wrong-value", span, said, &mend);
        Vec::new()
    }

    fn read<T: DeserializeOwned>(&mut self, key: &str, value: Spanned<DeValue<'a>>) -> Option<T> {
        let span = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(read) => Some(read),
            Err(error) => {
                let at = error.span().filter(|span| !span.is_empty());
                let (rule, mend) = judged(error.message());
                let said = format!("`{key}`: {}", error.message().trim());
                self.report(rule, at.unwrap_or(span), said, &mend);
                None
            }
        }
    }

    fn known_fields(&mut self) {
        let unknown = self.table.iter();
        let unknown = unknown.filter(|(key, _)| !TOP.contains(&key.get_ref().as_ref()));
        let unknown: Vec<_> = unknown
            .map(|(key, _)| (key.get_ref().to_string(), key.span()))
            .collect();
        for (name, span) in unknown {
            let mend = match runbook::nearest(&name, TOP) {
                Some(near) => format!("Write `{near}`."),
                None => format!("Take it out. A scenario has: {}.", TOP.join(", ")),
            };
            let said = format!("a scenario has no field `{}`", name.escape_debug());
            self.report("unknown-field", span, said, &mend);
        }
    }

    fn good_id(&mut self, id: Option<&str>) {
        let Some(id) = id else { return };
        if lint::is_id(id) {
            return;
        }
        let place = Places::of(self.text, &self.table);
        let said = format!("`id` is `{}`", id.escape_debug());
        let mend = "Begin with a letter; write lower-case letters, digits and hyphens, at most 60.";
        let finding = finding(self.file, "bad-id", place.find("id"), said, mend);
        self.findings.push(finding);
    }

    /// No text may move a cursor, turn its direction, or be too long to be read.
    fn safe_text(&mut self) {
        let mut found = Vec::new();
        for (_, value) in &self.table {
            unsafe_texts(value, &mut found);
        }
        for (span, said) in found {
            self.report("unsafe-text", span, said, "Write a few plain words.");
        }
    }

    fn report(
        &mut self,
        rule: &'static str,
        at: std::ops::Range<usize>,
        said: impl Into<String>,
        mend: &str,
    ) {
        let place = position(self.text, &at);
        self.findings
            .push(finding(self.file, rule, place, said, mend));
    }
}

/// A refusal at a place.
pub(super) fn finding(
    file: &str,
    rule: &'static str,
    (line, column): (usize, usize),
    message: impl Into<String>,
    mend: &str,
) -> Finding {
    Finding {
        rule,
        severity: Severity::Refusal,
        file: file.to_owned(),
        line,
        column,
        message: message.into(),
        mend: Mend {
            text: mend.to_owned(),
            replacements: Vec::new(),
        },
    }
}

fn added(key: &str) -> String {
    match key {
        "contains" => "Add `contains = true`, or `false`.".to_owned(),
        "minutes" => "Add `minutes = 6`.".to_owned(),
        "wait" => "Add `wait = [\"5s\", \"40s\"]`.".to_owned(),
        "right" => "Add a table `[right]` with `press = true` and `runbooks`.".to_owned(),
        _ => format!("Add `{key} = \"...\"`."),
    }
}

/// Which rule a reading error breaks, and what to write instead.
fn judged(message: &str) -> (&'static str, String) {
    let names: Vec<_> = message.split('`').skip(1).step_by(2).collect();
    let first = names.first().copied().unwrap_or_default();
    if message.starts_with("missing field") {
        return ("missing-field", added(first));
    }
    let rule = if message.starts_with("unknown field") {
        "unknown-field"
    } else {
        "wrong-value"
    };
    let known = names.get(1..).unwrap_or_default();
    let mend = match runbook::nearest(first, known.iter().copied()) {
        Some(near) if !known.is_empty() => format!("Write `{near}`."),
        Some(_) | None if known.is_empty() => "Write what the message asks for.".to_owned(),
        Some(_) | None => format!("Write one of: {}.", known.join(", ")),
    };
    (rule, mend)
}

fn unsafe_texts(value: &Spanned<DeValue<'_>>, found: &mut Vec<(std::ops::Range<usize>, String)>) {
    match value.get_ref() {
        DeValue::String(text) => {
            let why = if text.trim().is_empty() {
                "is empty"
            } else if text.chars().count() > MAX_CHARACTERS {
                "is longer than 2000 characters"
            } else if text.chars().any(moves_the_cursor) {
                "holds a control character"
            } else {
                return;
            };
            found.push((value.span(), format!("this text {why}")));
        }
        DeValue::Array(items) => items.iter().for_each(|item| unsafe_texts(item, found)),
        DeValue::Table(table) => table.iter().for_each(|(_, it)| unsafe_texts(it, found)),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

fn moves_the_cursor(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whole minutes, from 1 to 60.
struct Minutes(u64);

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let minutes = u64::deserialize(from)?;
        if (1..=60).contains(&minutes) {
            return Ok(Self(minutes));
        }
        let said = format!("{minutes} minutes; write 1 to 60");
        Err(serde::de::Error::custom(said))
    }
}

impl<'de> Deserialize<'de> for Landmark {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let landmark = match text.split_once(':') {
            None if text == "press" => Some(Self::Press),
            Some(("lever", lever)) => Lever::from_id(lever).map(Self::Lever),
            Some(("page", page)) => Some(Self::Page(page.to_owned())),
            Some(("call", contact)) => Some(Self::Call(contact.to_owned())),
            None | Some(_) => None,
        };
        landmark.ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{text:?} is nothing that is done; write \"press\", \"lever:cancel_orders\", \
                 \"page:sessions\" or \"call:ibkr-security\""
            ))
        })
    }
}
