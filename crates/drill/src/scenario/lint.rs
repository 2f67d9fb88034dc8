//! The linter: what a scenario that reads well can still get wrong.
//!
//! A refusal would tell a story that cannot be played or judged; a warning is something that its
//! author should know.

mod answer;
mod cast;
mod phone;
mod told;

use std::{collections::HashSet, fmt::Display};

use runbook::{Contacts, Finding, Runbook, Severity, shipped_runbook};

use super::{Scenario, read};

/// The least story time between two things whose order matters: at ten times the speed a second.
pub(super) const MARGIN: std::time::Duration = std::time::Duration::from_secs(10);

impl Scenario {
    /// What is wrong with it, in the order of the text.
    pub fn lint(&self) -> Vec<Finding> {
        let mut linter = Linter {
            scenario: self,
            contacts: Contacts::shipped(),
            findings: Vec::new(),
        };
        linter.accounts();
        linter.cast();
        linter.told();
        linter.phone();
        linter.answer();
        let mut findings = linter.findings;
        findings.sort_by_key(|finding| (finding.line, finding.column));
        findings
    }
}

struct Linter<'a> {
    scenario: &'a Scenario,
    contacts: Contacts,
    findings: Vec<Finding>,
}

impl Linter<'_> {
    fn refuse(&mut self, rule: &'static str, path: &str, said: String, mend: &str) {
        let place = self.scenario.places.find(path);
        let found = read::finding(&self.scenario.file, rule, place, said, mend);
        self.findings.push(found);
    }

    fn warn(&mut self, rule: &'static str, path: &str, said: String, mend: &str) {
        self.refuse(rule, path, said, mend);
        if let Some(found) = self.findings.last_mut() {
            found.severity = Severity::Warning;
        }
    }

    /// Refuses every name that is there twice.
    fn once<'n>(&mut self, what: &str, names: impl IntoIterator<Item = (String, &'n str)>) {
        let mut known = HashSet::new();
        for (path, name) in names {
            if !known.insert(name) {
                let said = format!("there are two {what} `{name}`");
                self.refuse(
                    "duplicate-name",
                    &path,
                    said,
                    "Give each one a name of its own.",
                );
            }
        }
    }

    /// Refuses a name that is none of those known.
    fn known<'k>(
        &mut self,
        (rule, what, path): (&'static str, &str, &str),
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> bool {
        let known: Vec<_> = known.into_iter().collect();
        if known.contains(&name) {
            return true;
        }
        let mend = match runbook::nearest(name, known.iter().copied()) {
            Some(near) => format!("Write `{near}`."),
            None if known.is_empty() => "There is none to name.".to_owned(),
            None => format!("Write one of: {}.", known.join(", ")),
        };
        self.refuse(rule, path, format!("there is no {what} `{name}`"), &mend);
        false
    }

    fn known_account(&mut self, path: &str, name: &str) -> bool {
        let accounts = &self.scenario.accounts;
        let names: Vec<_> = accounts.iter().map(|it| it.name.as_str()).collect();
        self.known(("unknown-account", "account", path), name, names)
    }

    /// The runbooks that are right, as documents.
    fn right_runbooks(&self) -> Vec<Runbook> {
        let right = self.scenario.right.runbooks.iter();
        right.filter_map(|id| shipped_runbook(id)).collect()
    }
}

/// Where the nth of a kind stands.
fn nth(kind: &str, nth: usize, rest: impl Display) -> String {
    format!("{kind}.{nth}{rest}")
}

/// Whether a text is an id: lower-case letters, digits and hyphens, at most 60, a letter first.
pub(super) fn is_id(id: &str) -> bool {
    id.len() <= 60
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
