//! A runbook as it is being read or written: its text, and all that is to say about it.
//!
//! A text may be wrong in any way; what is wrong is told by line with its mend. Nothing here is
//! kept, and nothing is sent.

use runbook::{AccountOutline, ReadBackFormat, Runbook, Severity};
use serde::Serialize;

use super::{diff, kept::Remarks, shelf, steps};
use crate::{Accounts, Error, Home};

/// The longest text that is looked at, in bytes. The linter takes less, and says so by line.
const LONGEST: usize = 1024 * 1024;

/// A runbook's text, and what is to say about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Document {
    /// Its id, as the text has it; the one that it was opened under, if any, while it cannot be read.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When to press it.
    pub when: String,
    /// The text.
    pub text: String,
    /// The text that a press would use now; `None` for a new one.
    pub saved: Option<String>,
    /// Whether `text` is not the one in use.
    pub is_draft: bool,
    /// Whether the person has a text of their own in use under the id.
    pub own: bool,
    /// Refusals first, then by line.
    pub findings: Vec<DocumentFinding>,
    /// How many refuse.
    pub refusals: usize,
    /// How many warn, kept ones left out.
    pub warnings: usize,
    /// Its steps; empty while it cannot be read.
    pub steps: Vec<DocumentStep>,
}

/// What the linter says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DocumentFinding {
    /// The rule's id.
    pub rule: &'static str,
    /// Whether it refuses the document; else it warns.
    pub refuses: bool,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead, in words.
    pub mend: String,
    /// What the mend takes away and adds, line by line.
    pub diff: Vec<DiffLine>,
    /// The whole text with the mend made, where the linter can tell it.
    pub mended: Option<String>,
    /// A warning: the whole text with a remark that keeps it so; `REASON` stands for the reason.
    pub kept_as: Option<String>,
    /// Why the person keeps it so.
    pub kept: Option<String>,
}

/// A line of a mend.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DiffLine {
    /// Whether it is added; else it is taken away.
    pub added: bool,
    /// The line.
    pub text: String,
    /// Its number: in the text before for what is taken away, in the mended for what is added.
    pub line: usize,
}

/// A step, with how it would run on the accounts at hand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DocumentStep {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its first line in the text, from 1.
    pub line: usize,
    /// Its last line.
    pub last_line: usize,
    /// The lever's id; `None` for the person's own.
    pub lever: Option<String>,
    /// `all`, `venue:...`, or names; empty for a step about the whole situation.
    pub accounts: String,
    /// The steps that it waits for.
    pub after: Vec<String>,
    /// As written; empty for none.
    pub deadline: String,
    /// What the person does.
    pub manual: Option<String>,
    /// The words to say.
    pub say: Option<String>,
    /// Whom to call, with number.
    pub contact: Option<String>,
    /// The question.
    pub ask: Option<String>,
    /// What kind of value answers it.
    pub format: Option<ReadBackFormat>,
    /// When it starts, in words.
    pub starts: String,
    /// What it does on each account, in words.
    pub does: Vec<String>,
    /// Why it would be refused now.
    pub refused_now: Vec<String>,
}

/// Lints `text`, opened under `id`, which is empty for a new one. Keeps nothing.
pub fn check(home: &Home, id: &str, text: &str) -> Result<Document, Error> {
    // accounts that cannot be read are said elsewhere, and keep nobody from writing
    let accounts = Accounts::read(home).unwrap_or_default();
    let outlines = accounts.list.iter().map(|account| account.outline(None));
    check_on(home, id, text, outlines.collect())
}

/// The same on these accounts, armed or not.
pub fn check_on(
    home: &Home,
    id: &str,
    text: &str,
    accounts: Vec<AccountOutline>,
) -> Result<Document, Error> {
    admit(text)?;
    let (terrain, trouble) = shelf::terrain(home, accounts);
    if let Some(error) = trouble {
        tracing::warn!(%error, "the person's own contacts could not be read");
    }
    let (runbook, findings) = runbook::check(&file_name(id), text, &terrain);
    let remarks = Remarks::of(text);
    let mut findings = findings
        .into_iter()
        .map(|finding| DocumentFinding::of(finding, text, &remarks))
        .collect::<Vec<_>>();
    findings.sort_by_key(|finding| (!finding.refuses, finding.line, finding.column));
    let saved = shelf::find_runbook(home, id).ok().map(|saved| saved.text);
    Ok(Document {
        id: if runbook.is_none() && !id.is_empty() {
            id.to_owned()
        } else {
            head(runbook.as_ref(), text, |read| &read.id, "id")
        },
        title: head(runbook.as_ref(), text, |read| &read.title, "title"),
        when: head(runbook.as_ref(), text, |read| &read.when, "when"),
        text: text.to_owned(),
        is_draft: saved.as_deref() != Some(text),
        saved,
        own: shelf::is_own(home, id),
        refusals: findings.iter().filter(|finding| finding.refuses).count(),
        warnings: findings
            .iter()
            .filter(|finding| !finding.refuses && finding.kept.is_none())
            .count(),
        findings,
        steps: runbook.map_or_else(Vec::new, |runbook| steps::told(&runbook, &terrain)),
    })
}

/// Refuses what is no text to be edited.
pub(super) fn admit(text: &str) -> Result<(), Error> {
    let refused = |what: String, next: &str| {
        Err(Error::wrong(what)
            .untouched("the saved version stays in use")
            .next(next))
    };
    if text.len() > LONGEST {
        return refused(
            format!(
                "the text has {} bytes, and at most 1 MiB is taken",
                text.len()
            ),
            "split it into smaller runbooks",
        );
    }
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if let Some(at) = text.find(control) {
        let line = text[..at].matches('\n').count() + 1;
        return refused(
            format!("line {line} holds a character that cannot be shown"),
            "take it out: a runbook is plain text",
        );
    }
    Ok(())
}

pub(super) fn file_name(id: &str) -> String {
    let id = if id.is_empty() { "runbook" } else { id };
    format!("{id}.toml")
}

/// A text of the document's head, also while the rest of it cannot be read.
fn head(
    runbook: Option<&Runbook>,
    text: &str,
    read: impl Fn(&Runbook) -> &String,
    key: &str,
) -> String {
    if let Some(runbook) = runbook {
        return read(runbook).clone();
    }
    let table = text.parse::<toml::Table>().unwrap_or_default();
    let written = table.get(key).and_then(toml::Value::as_str);
    door::clean(written.unwrap_or_default())
}

impl DocumentFinding {
    fn of(finding: runbook::Finding, text: &str, remarks: &Remarks<'_>) -> Self {
        let refuses = match finding.severity {
            Severity::Refusal => true,
            Severity::Warning => false,
        };
        let mended = finding.mend.apply(text);
        let kept = remarks.reason(finding.rule, finding.line);
        Self {
            diff: mended
                .as_deref()
                .map(|mended| diff::lines(text, mended))
                .unwrap_or_default(),
            mended,
            kept_as: (!refuses).then(|| remarks.with(finding.rule, finding.line)),
            kept: kept.filter(|_| !refuses).map(str::to_owned),
            rule: finding.rule,
            refuses,
            line: finding.line,
            column: finding.column,
            message: finding.message,
            mend: finding.mend.text,
        }
    }
}
