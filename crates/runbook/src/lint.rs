//! The linter: what a runbook that reads well can still get wrong.
//!
//! A refusal is something that would fail on the day; a warning is something that the person should
//! know before it. Without accounts at hand it holds nothing against a runbook that only they could
//! tell, but assumes the worst of what revokes keys and sets read-only.

mod advice;
mod cuts;
mod graph;
mod names;
mod proof;

use door::Lever;

use crate::{
    contacts::BAD_CONTACT,
    document::{Accounts, Runbook, Step},
    finding::{Finding, Mend, Rule, Source},
    order::Order,
    plan::AccountOutline,
    read::{MISSING_FIELD, SIZE, SYNTAX, UNKNOWN_FIELD, UNSAFE_TEXT, WRONG_TYPE},
    syntax_rules::{
        BAD_ACCOUNTS, BAD_DURATION, BAD_ID, BAD_KEYS, BAD_LINK, BAD_READ_BACK, BAD_SCOPE,
        MISPLACED_FIELD, UNKNOWN_LEVER,
    },
    terrain::Terrain,
};

/// Every rule, those of reading first, each with its documented id and its examples.
pub const RULES: &[&Rule] = &[
    &SYNTAX,
    &SIZE,
    &UNKNOWN_FIELD,
    &MISSING_FIELD,
    &WRONG_TYPE,
    &UNSAFE_TEXT,
    &MISPLACED_FIELD,
    &BAD_ID,
    &BAD_DURATION,
    &BAD_LINK,
    &BAD_KEYS,
    &BAD_SCOPE,
    &BAD_READ_BACK,
    &BAD_CONTACT,
    &UNKNOWN_LEVER,
    &BAD_ACCOUNTS,
    &names::UNKNOWN_CONTACT,
    &graph::DUPLICATE_STEP,
    &graph::UNKNOWN_STEP,
    &graph::NEVER_STARTS,
    &graph::CYCLE,
    &cuts::CUTS_OWN_BRANCH,
    &cuts::CUT_BEFORE_CAPTURE,
    &cuts::READONLY_BEFORE_CANCEL,
    &proof::CONTAINMENT_WITHOUT_PROOF,
    &proof::COVERS_NO_LEVER,
    &proof::HOLD_UNTIL_NO_CUT,
    &proof::DEADLINE_BELOW_PACING,
    &advice::NO_HOLD_DOWN,
    &advice::NO_PHONE,
    &advice::NO_CAPTURE,
    &advice::NO_READ_BACK,
    &advice::NEVER_CHECKED,
    &advice::ONE_CHAIN,
    &advice::LOOSE_EDGE,
    &advice::SEAT_SHARED,
];

/// What `runbook` gets wrong on `terrain`, in the order of the text. It may be run, once it was
/// read, when no finding is a refusal.
pub fn lint(runbook: &Runbook, terrain: &Terrain) -> Vec<Finding> {
    let mut linter = Linter {
        runbook,
        terrain,
        order: Order::of(runbook),
        source: runbook.source(),
        findings: Vec::new(),
    };
    linter.names();
    linter.graph();
    linter.cuts();
    linter.proof();
    linter.advice();
    linter
        .findings
        .sort_by_key(|finding| (finding.line, finding.column));
    linter.findings
}

/// Reads and lints in one go: the runbook if it could be read, and all that is wrong with it.
pub fn check(file_name: &str, text: &str, terrain: &Terrain) -> (Option<Runbook>, Vec<Finding>) {
    match Runbook::parse(file_name, text) {
        Ok(runbook) => {
            let findings = lint(&runbook, terrain);
            (Some(runbook), findings)
        }
        Err(findings) => (None, findings),
    }
}

struct Linter<'a> {
    runbook: &'a Runbook,
    terrain: &'a Terrain,
    order: Order,
    source: Source<'a>,
    findings: Vec<Finding>,
}

impl<'a> Linter<'a> {
    fn report(&mut self, rule: &'static Rule, offset: usize, message: String, mend: Mend) {
        let finding = self.source.finding(rule, offset, message, mend);
        self.findings.push(finding);
    }

    fn steps(&self) -> &'a [Step] {
        &self.runbook.steps
    }

    /// The steps that pull `lever`, with their places.
    fn pulling(&self, lever: Lever) -> Vec<(usize, &'a Step)> {
        self.steps()
            .iter()
            .enumerate()
            .filter(|(_, step)| step.lever() == Some(lever))
            .collect()
    }

    /// Whether any accounts are at hand.
    fn has_accounts(&self) -> bool {
        !self.terrain.accounts.is_empty()
    }

    /// The accounts at hand that both steps are done on.
    fn common(&self, one: &Step, other: &Step) -> Vec<&'a AccountOutline> {
        let others = self.terrain.bound(other);
        self.terrain
            .bound(one)
            .into_iter()
            .filter(|account| others.iter().any(|other| other.name == account.name))
            .collect()
    }

    /// Whether two steps can meet on an account, as far as one can tell.
    fn meet(&self, one: &Step, other: &Step) -> bool {
        if self.has_accounts() {
            return !self.common(one, other).is_empty();
        }
        match (&one.accounts, &other.accounts) {
            (Accounts::Situation, _) | (_, Accounts::Situation) => false,
            (Accounts::Venue(one), Accounts::Venue(other)) => one == other,
            (Accounts::Named(ones), Accounts::Named(others)) => {
                ones.iter().any(|name| others.contains(name))
            }
            (Accounts::All | Accounts::Venue(_) | Accounts::Named(_), _) => true,
        }
    }
}

#[cfg(test)]
mod tests;
