//! Readiness: whether each lever would work now, what a credential may do beyond its need, and what
//! on this computer stands in the way. Compared with the check before: what changed is the headline.
//!
//! A check only reads. It gives way to a press, and none begins while a run is under way.

mod check;
mod doors;
mod kept;
mod keys;
mod levers;
mod modest;
mod plans;
mod privilege;
pub(crate) mod proofs;
mod proving;
pub(crate) mod rights;
mod rule;
mod tws;

use std::path::PathBuf;

use door::Lever;
use jiff::Timestamp;
use readiness::{Answer, Answers, Changes, Question, Report};
use runbook::AccountName;
use serde::{Deserialize, Serialize};

use crate::{Error, Home};

pub use check::check_home;
pub(crate) use check::{Subject, check, under_way};
pub(crate) use doors::Armed;
pub use kept::last;
pub(crate) use kept::summary;
pub use proofs::{Listing, Money, Proof};
pub(crate) use proving::prove;
pub use proving::{Candidate, Proving, ProvingView, prove_at};

/// What a check looks at.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Asking {
    /// Only these accounts; all when empty. The computer and the person's answers are looked at in
    /// any case, and what was seen of other accounts stays as it was.
    #[serde(default)]
    pub accounts: Vec<AccountName>,
    /// Folders in which secrets may be looked for, as absolute paths.
    #[serde(default)]
    pub look_in: Vec<String>,
    /// The folder that stands in for this computer's root; for tests.
    #[serde(skip)]
    pub machine_root: Option<PathBuf>,
}

/// A check, as it is shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReadinessView {
    /// The biggest words: the worst that is there, counted.
    pub headline: String,
    /// What changed since the check before, in one line.
    pub changed: String,
    /// Each change, worst first.
    pub changes: Changes,
    /// A row for each lever and a finding for each audit, worst first.
    pub report: Report,
    /// What no program can see, with what the person read.
    pub questions: Vec<Asked>,
    /// What the person should know of the check itself: files that could not be read or kept.
    pub troubles: Vec<String>,
}

/// A question, and its answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// What is asked, and how it is judged.
    pub question: Question,
    /// What was answered last.
    pub answer: Option<Answer>,
}

/// A check in a few values, for every screen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReadinessSummary {
    /// The worst that is there, counted.
    pub headline: String,
    /// What changed, in one line.
    pub changed: String,
    /// The levers that would be refused now.
    pub dead: Vec<DeadLever>,
    /// How many findings are to be mended.
    pub to_mend: u64,
    /// How many levers and findings are unknown.
    pub unknown: u64,
    /// When it was checked last; `None` before the first check, and while that cannot be read.
    pub checked_at: Option<Timestamp>,
    /// Why the last check cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// A lever that would be refused now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeadLever {
    /// The account.
    pub account: String,
    /// Which.
    pub lever: Lever,
}

/// Keeps the person's answer to a question, and gives the last check with it.
pub fn answer(home: &Home, id: &str, value: &str, now: Timestamp) -> Result<ReadinessView, Error> {
    const KEPT: &str = "no answer was changed";
    let path = kept::answers(home);
    let mut answers = Answers::read(&path).map_err(|e| Error::wrong(e).untouched(KEPT))?;
    answers.answer(id, value, now).map_err(|e| {
        Error::wrong(e)
            .untouched(KEPT)
            .next("firebreak readiness questions")
    })?;
    answers
        .keep(&path)
        .map_err(|e| Error::wrong(e).untouched(KEPT))?;
    kept::answered(home, &answers, now);
    Ok(last(home, now))
}

/// Forgets what was proved of an account: another one may take its name.
pub(crate) fn forget(home: &Home, account: &AccountName) {
    proofs::forget(home, account);
    kept::forget(home, account);
}

#[cfg(test)]
mod tests;
