//! From text to [`Runbook`]: every word is understood, or there is a finding with a mend.

use std::{ops::Range, time::Duration};

use door::{CancelScope, KeyScope, Lever};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    document::{Accounts, Doing, Instruction, LeverStep, ManualStep, References, Runbook, Step},
    finding::{Finding, Mend, Replacement, nearest},
    plan::{ReadBack, ReadBackFormat, StepId, Verdict},
    read::{Fields, MISSING_FIELD, Reader, SIZE, shown},
    syntax_rules::{
        BAD_ACCOUNTS, BAD_DURATION, BAD_ID, BAD_KEYS, BAD_LINK, BAD_READ_BACK, BAD_SCOPE,
        MISPLACED_FIELD, UNKNOWN_LEVER,
    },
};

const MAX_STEPS: usize = 200;

const TOP: &[&str] = &["id", "title", "when", "activity", "step"];
const STEP: &[&str] = &[
    "id",
    "title",
    "lever",
    "accounts",
    "scope",
    "keys",
    "after",
    "deadline",
    "hold_until",
    "covers",
    "containment",
    "manual",
    "say",
    "menu_path",
    "link",
    "contact",
    "read_back",
    "page",
    "last_checked",
];
/// Fields that only a lever step has.
const OF_LEVERS: &[&str] = &["deadline", "scope", "keys", "hold_until"];
/// Fields that only `cancel_orders` has.
const OF_CANCEL: &[&str] = &["scope", "hold_until"];
/// Fields that only `revoke_key` has.
const OF_REVOKE: &[&str] = &["keys"];
/// Fields that describe what the person does.
const OF_INSTRUCTIONS: &[&str] = &[
    "say",
    "menu_path",
    "link",
    "contact",
    "read_back",
    "page",
    "last_checked",
];
/// Fields that only a step without a lever has.
const OF_MANUALS: &[&str] = &["containment", "covers"];
const READ_BACK: &[&str] = &["ask", "format", "want"];
const FORMATS: &[(&str, ReadBackFormat)] = &[
    ("number", ReadBackFormat::Number),
    ("text", ReadBackFormat::Text),
    ("time", ReadBackFormat::Time),
    ("yes_no", ReadBackFormat::YesNo),
];
const LONGEST_DURATION: Duration = Duration::from_hours(24);

impl Runbook {
    /// Reads a runbook. `file_name` is for findings only; nothing is opened.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::new(file_name, text);
        let runbook = reader.root().and_then(|root| reader.runbook(&root));
        match runbook {
            Some(runbook) if reader.findings.is_empty() => Ok(runbook),
            Some(_) | None => Err(reader.in_order()),
        }
    }
}

impl<'a> Reader<'a> {
    fn runbook(&mut self, root: &Spanned<DeTable<'a>>) -> Option<Runbook> {
        let top = self.fields(root.get_ref(), 0..0, "A runbook", TOP);
        let id = self.required(&top, "id");
        let id = id.and_then(|id| self.id("id", &id));
        let title = self.required(&top, "title");
        let when = self.required(&top, "when");
        let activity = self.texts(&top, "activity");
        let steps = self.steps(&top);
        Some(Runbook {
            file_name: self.source.file.to_owned(),
            text: self.source.text.to_owned(),
            id: id?.get_ref().as_str().to_owned(),
            title: title?.into_inner(),
            when: when?.into_inner(),
            activity: activity.map_or_else(Vec::new, |list| {
                list.into_inner()
                    .into_iter()
                    .map(Spanned::into_inner)
                    .collect()
            }),
            steps: steps?,
        })
    }

    fn steps(&mut self, top: &Fields<'_, 'a>) -> Option<Vec<Step>> {
        let Some(value) = top.get("step") else {
            self.report(
                &MISSING_FIELD,
                0,
                "the runbook has no step",
                Mend::words("Begin each step with a line `[[step]]`."),
            );
            return None;
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type("step", value, "a list of steps", "[[step]]");
            return None;
        };
        if items.is_empty() || items.len() > MAX_STEPS {
            self.report(
                &SIZE,
                value.span().start,
                format!("the runbook has {} steps", items.len()),
                Mend::words(format!("Write 1 to {MAX_STEPS} steps.")),
            );
            return None;
        }
        let mut steps = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => steps.extend(self.step(table, item.span())),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_) => self.wrong_type("step", item, "a step", "[[step]]"),
            }
        }
        Some(steps)
    }

    fn step(&mut self, table: &DeTable<'a>, span: Range<usize>) -> Option<Step> {
        let fields = self.fields(table, span.clone(), "A step", STEP);
        let id = self.required(&fields, "id");
        let id = id.and_then(|id| self.id("id", &id));
        let title = self.required(&fields, "title");
        let after = self.references(&fields, "after");
        let accounts = self.accounts(&fields);
        let doing = match (fields.get("lever"), fields.get("manual")) {
            (Some(_), _) => self.lever_step(&fields).map(Doing::Lever),
            (None, Some(_)) => self.manual_step(&fields).map(Doing::Manual),
            (None, None) => {
                let mend = "Add `lever = \"...\"` for what Firebreak does, or `manual = \"...\"` \
                            for what the person does.";
                if !fields.misspells("manual") {
                    self.missing(&fields, "lever", mend, None);
                }
                None
            }
        };
        Some(Step {
            id: id?,
            title: title?.into_inner(),
            span,
            doing: doing?,
            accounts: accounts?,
            after,
        })
    }

    fn lever_step(&mut self, fields: &Fields<'_, 'a>) -> Option<LeverStep> {
        let lever = self.lever(fields);
        let scope = self.scope(fields);
        let keys = self.keys(fields);
        let deadline = self.deadline(fields);
        let hold_until = self.references(fields, "hold_until");
        self.misplaced(
            fields,
            OF_MANUALS,
            "belongs to a step without a lever",
            "Take it out: a lever decides by itself whether it contains.",
        );
        let lever = lever?;
        if *lever.get_ref() != Lever::CancelOrders {
            self.misplaced(
                fields,
                OF_CANCEL,
                "belongs to `cancel_orders`",
                "Take it out, or move it to the step that cancels.",
            );
        }
        if *lever.get_ref() != Lever::RevokeKey {
            self.misplaced(
                fields,
                OF_REVOKE,
                "belongs to `revoke_key`",
                "Take it out, or move it to the step that revokes keys.",
            );
        }
        if fields.get("accounts").is_none() {
            let line = self
                .source
                .line_below(lever.span().end, "accounts = \"all\"");
            self.missing(fields, "accounts", "Add `accounts = \"all\"`.", Some(line));
        }
        let fallback = if fields.get("manual").is_some() {
            self.instruction(fields)
        } else {
            self.misplaced(
                fields,
                OF_INSTRUCTIONS,
                "describes what the person does, and this step has no `manual`",
                "Add `manual = \"...\"`, or take it out.",
            );
            None
        };
        Some(LeverStep {
            lever,
            scope,
            keys,
            deadline,
            hold_until,
            fallback,
        })
    }

    fn manual_step(&mut self, fields: &Fields<'_, 'a>) -> Option<ManualStep> {
        self.misplaced(
            fields,
            OF_LEVERS,
            "belongs to a step with a lever",
            "Take it out: a person has the time that it takes.",
        );
        let containment = self.boolean(fields, "containment");
        let covers = self.references(fields, "covers");
        let instruction = self.instruction(fields)?;
        Some(ManualStep {
            instruction,
            containment,
            covers,
        })
    }

    fn instruction(&mut self, fields: &Fields<'_, 'a>) -> Option<Instruction> {
        let text = self.text(fields, "manual");
        let menu_path = self.text(fields, "menu_path");
        let link = self.link(fields);
        let say = self.text(fields, "say").map(Spanned::into_inner);
        let contact = self.text(fields, "contact");
        let read_back = self.read_back(fields);
        let page = self.text(fields, "page");
        let page = page.and_then(|page| self.id("page", &page));
        let last_checked = self.date(fields, "last_checked").map(Spanned::into_inner);
        Some(Instruction {
            text: text?,
            menu_path,
            link,
            say,
            contact,
            read_back,
            page: page.map(|page| page.into_inner().0),
            last_checked,
        })
    }

    fn misplaced(&mut self, fields: &Fields<'_, 'a>, keys: &[&'static str], why: &str, mend: &str) {
        for key in keys {
            if let Some(span) = fields.key_span(key) {
                let message = format!("`{key}` {why}");
                self.report(&MISPLACED_FIELD, span.start, message, Mend::words(mend));
            }
        }
    }

    fn id(&mut self, key: &str, text: &Spanned<String>) -> Option<Spanned<StepId>> {
        let id = text.get_ref();
        let good = id.len() <= 60
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if good {
            return Some(Spanned::new(text.span(), StepId::new(id.clone())));
        }
        self.report(
            &BAD_ID,
            text.span().start,
            format!("`{key}` is `{}`", shown(id)),
            Mend::words(
                "Begin with a letter; write lower-case letters, digits and hyphens, at most 60.",
            ),
        );
        None
    }

    fn references(&mut self, fields: &Fields<'_, 'a>, key: &'static str) -> References {
        let Some(list) = self.texts(fields, key) else {
            return References::default();
        };
        let span = Some(list.span());
        let ids = list
            .into_inner()
            .iter()
            .filter_map(|text| self.id(key, text))
            .collect();
        References { span, ids }
    }

    fn lever(&mut self, fields: &Fields<'_, 'a>) -> Option<Spanned<Lever>> {
        let text = self.text(fields, "lever")?;
        if let Some(lever) = Lever::from_id(text.get_ref()) {
            return Some(Spanned::new(text.span(), lever));
        }
        let mend = match nearest(text.get_ref(), Lever::ALL.map(Lever::id)) {
            Some(near) => Mend::edits(
                format!("Write `lever = \"{near}\"`."),
                vec![Replacement::new(text.span(), format!("\"{near}\""))],
            ),
            None => Mend::words(format!(
                "Write one of: {}.",
                Lever::ALL.map(Lever::id).join(", ")
            )),
        };
        self.report(
            &UNKNOWN_LEVER,
            text.span().start,
            format!("there is no lever `{}`", shown(text.get_ref())),
            mend,
        );
        None
    }

    fn accounts(&mut self, fields: &Fields<'_, 'a>) -> Option<Accounts> {
        let Some(value) = fields.get("accounts") else {
            return Some(Accounts::Situation);
        };
        if let DeValue::Array(items) = value.get_ref() {
            let names = self.texts(fields, "accounts")?.into_inner();
            if names.is_empty() && items.is_empty() {
                self.bad_accounts(value.span(), "the list of accounts is empty", None);
                return None;
            }
            return Some(Accounts::Named(names));
        }
        let text = self.text(fields, "accounts")?;
        match text.get_ref().split_once(':') {
            None if text.get_ref() == "all" => Some(Accounts::All),
            Some(("venue", venue)) if !venue.is_empty() => {
                Some(Accounts::Venue(Spanned::new(text.span(), venue.to_owned())))
            }
            None => {
                let message = format!("there is no account group `{}`", shown(text.get_ref()));
                let near = (nearest(text.get_ref(), ["all"]).is_some()
                    || matches!(text.get_ref().as_str(), "every" | "any" | "*"))
                .then_some("\"all\"");
                self.bad_accounts(text.span(), &message, near);
                None
            }
            Some(_) => {
                let message = format!("there is no account group `{}`", shown(text.get_ref()));
                self.bad_accounts(text.span(), &message, None);
                None
            }
        }
    }

    fn bad_accounts(&mut self, span: Range<usize>, message: &str, instead: Option<&str>) {
        let words = "Write \"all\", \"venue:\" and a venue's id, or a list of account names.";
        let edits = instead.map(|text| Replacement::new(span.clone(), text));
        self.report(
            &BAD_ACCOUNTS,
            span.start,
            message,
            Mend::edits(words, edits.into_iter().collect()),
        );
    }

    fn scope(&mut self, fields: &Fields<'_, 'a>) -> CancelScope {
        let Some(value) = fields.get("scope") else {
            return CancelScope::All;
        };
        let scope = match value.get_ref() {
            DeValue::String(text) if text == "all" => Some(CancelScope::All),
            DeValue::String(text) if text == "keep_protective" => Some(CancelScope::KeepProtective),
            DeValue::Table(table) => {
                let inner = self.fields(table, value.span(), "A scope", &["placed_after"]);
                let text = self.required(&inner, "placed_after");
                let back = text.and_then(|text| self.duration("placed_after", &text));
                return back.map_or(CancelScope::All, |back| {
                    CancelScope::PlacedAfterSeconds(back.get_ref().as_secs().max(1))
                });
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => None,
        };
        if scope.is_none() {
            self.report(
                &BAD_SCOPE,
                value.span().start,
                "`scope` says which orders are cancelled, and this is none of its values",
                Mend::words("Write \"all\", \"keep_protective\" or { placed_after = \"15m\" }."),
            );
        }
        scope.unwrap_or_default()
    }

    fn keys(&mut self, fields: &Fields<'_, 'a>) -> KeyScope {
        let Some(text) = self.text(fields, "keys") else {
            return KeyScope::Others;
        };
        match text.get_ref().as_str() {
            "others" => KeyScope::Others,
            "own" => KeyScope::Own,
            _ => {
                self.report(
                    &BAD_KEYS,
                    text.span().start,
                    "`keys` says whose keys are revoked, and this is none of its values",
                    Mend::words("Write \"others\", or \"own\" for the key of Firebreak itself."),
                );
                KeyScope::Others
            }
        }
    }

    fn deadline(&mut self, fields: &Fields<'_, 'a>) -> Option<Spanned<Duration>> {
        let text = self.text(fields, "deadline")?;
        self.duration("deadline", &text)
    }

    fn duration(&mut self, key: &str, text: &Spanned<String>) -> Option<Spanned<Duration>> {
        if let Some(duration) = duration(text.get_ref()) {
            return Some(Spanned::new(text.span(), duration));
        }
        let seconds = text.get_ref().trim().parse::<u32>().ok();
        let edit = seconds
            .filter(|seconds| duration(&format!("{seconds}s")).is_some())
            .map(|seconds| Replacement::new(text.span(), format!("\"{seconds}s\"")));
        self.report(
            &BAD_DURATION,
            text.span().start,
            format!("`{key}` is `{}`, which is no time", shown(text.get_ref())),
            Mend::edits(
                "Write a whole number and its unit, from \"1ms\" to \"24h\": \"250ms\", \"2s\", \
                 \"10m\", \"1h\".",
                edit.into_iter().collect(),
            ),
        );
        None
    }

    fn link(&mut self, fields: &Fields<'_, 'a>) -> Option<Spanned<String>> {
        let text = self.text(fields, "link")?;
        let Err(why) = https(text.get_ref()) else {
            return Some(text);
        };
        let edit = text
            .get_ref()
            .strip_prefix("http://")
            .map(|rest| format!("https://{rest}"))
            .filter(|link| https(link).is_ok())
            .map(|link| Replacement::new(text.span(), format!("\"{link}\"")));
        self.report(
            &BAD_LINK,
            text.span().start,
            format!("`link` {why}"),
            Mend::edits(
                "Write an address that begins with https:// and a plain host name.",
                edit.into_iter().collect(),
            ),
        );
        None
    }

    fn read_back(&mut self, fields: &Fields<'_, 'a>) -> Option<Spanned<ReadBack>> {
        let value = fields.get("read_back")?;
        let DeValue::Table(table) = value.get_ref() else {
            let example = "{ ask = \"Reference number\", format = \"text\" }";
            self.wrong_type("read_back", value, "a question", example);
            return None;
        };
        let inner = self.fields(table, value.span(), "A read-back", READ_BACK);
        let ask = self.required(&inner, "ask");
        let format = self.required(&inner, "format");
        let want = self.text(&inner, "want");
        let format = self.format(&format?)?;
        let read_back = ReadBack {
            ask: ask?.into_inner(),
            format,
            want: want.as_ref().map(|want| want.get_ref().clone()),
        };
        if let Some(want) = want
            && read_back.judge(want.get_ref()) == Verdict::Malformed
        {
            self.report(
                &BAD_READ_BACK,
                want.span().start,
                format!(
                    "the wanted value `{}` is itself no answer of that format",
                    shown(want.get_ref())
                ),
                Mend::words("Write a wanted value that a person could read back."),
            );
            return None;
        }
        Some(Spanned::new(value.span(), read_back))
    }

    fn format(&mut self, text: &Spanned<String>) -> Option<ReadBackFormat> {
        let known = FORMATS.iter().find(|(name, _)| name == text.get_ref());
        if let Some((_, format)) = known {
            return Some(*format);
        }
        let edit = nearest(text.get_ref(), FORMATS.iter().map(|(name, _)| *name))
            .map(|near| Replacement::new(text.span(), format!("\"{near}\"")));
        self.report(
            &BAD_READ_BACK,
            text.span().start,
            format!("there is no format `{}`", shown(text.get_ref())),
            Mend::edits(
                "Write \"number\", \"text\", \"time\" or \"yes_no\".",
                edit.into_iter().collect(),
            ),
        );
        None
    }
}

/// A time that is more than nothing.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    time(text).filter(|duration| !duration.is_zero())
}

/// A time as documents write it: `250ms`, `2s`, `10m`, `1h`; whole, at most a day.
pub fn time(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number = number.parse::<u64>().ok()?;
    let milliseconds = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => None,
    };
    milliseconds
        .map(Duration::from_millis)
        .filter(|time| *time <= LONGEST_DURATION)
}

/// Whether `link` is an `https` address with a host that reads as what it is.
pub(crate) fn https(link: &str) -> Result<(), &'static str> {
    let Some(rest) = link.strip_prefix("https://") else {
        return Err("does not begin with https://");
    };
    if !link.chars().all(|c| c.is_ascii_graphic()) {
        return Err("holds a space or a letter that could pass for another");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("holds a username");
    }
    let host = authority.split(':').next().unwrap_or_default();
    let plain = host.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    if !plain || !host.contains('.') {
        return Err("has no plain host name");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
