//! What is kept of checks: the last one, what it changed, and the person's answers.
//!
//! A file that cannot be read is told, left as it is, and keeps no check from being made.

use std::path::PathBuf;

use jiff::Timestamp;
use readiness::{
    Answers, Area, Changes, Finding, LeverState, Report, Snapshot, Verdict, questions,
};
use runbook::AccountName;

use super::{Asked, DeadLever, ReadinessSummary, ReadinessView, levers, proofs, rule::account_of};
use crate::{Error, Home, files};

const SNAPSHOT: &str = "readiness.json";
const CHANGES: &str = "readiness-changes.json";
const ANSWERS: &str = "readiness-answers.json";
/// Findings about more than one account: made anew with each check.
const ABOUT_ALL: [&str; 2] = [super::keys::SHARED_KEY, super::keys::SHARED_DOOR];

pub(super) fn snapshot(home: &Home) -> Snapshot {
    Snapshot::at(home.root().join(SNAPSHOT))
}

pub(super) fn answers(home: &Home) -> PathBuf {
    home.root().join(ANSWERS)
}

/// The last check of `home`, as it stands at `now`. Nothing is asked of anybody.
pub fn last(home: &Home, now: Timestamp) -> ReadinessView {
    let mut troubles = Vec::new();
    let report = match snapshot(home).read() {
        Ok(report) => report,
        Err(error) => {
            troubles.push(error.to_string());
            None
        }
    };
    let answers = Answers::read(&answers(home)).unwrap_or_else(|error| {
        troubles.push(error.to_string());
        Answers::default()
    });
    let (proofs, unread) = proofs::read(home);
    troubles.extend(unread);
    let checked = report.is_some();
    let report = match report {
        Some(report) => as_of(report, &levers::proved_at(&proofs), now),
        None => Report::new(now, Vec::new(), Vec::new()),
    };
    let changes = changes(home, &report);
    view(report, changes, &answers, troubles, checked)
}

/// A check, as it is shown.
pub(super) fn view(
    report: Report,
    changes: Changes,
    answers: &Answers,
    troubles: Vec<String>,
    checked: bool,
) -> ReadinessView {
    let (headline, changed) = if checked {
        (report.headline(), changes.headline())
    } else {
        (
            "Never checked".to_owned(),
            "Nothing to compare yet".to_owned(),
        )
    };
    let asked = questions().iter().map(|question| Asked {
        answer: answers.get(&question.id).cloned(),
        question: question.clone(),
    });
    ReadinessView {
        headline,
        changed,
        changes,
        questions: asked.collect(),
        report,
        troubles,
    }
}

/// The last check in a few values; `None` before the first. Blocks on the disk.
pub(crate) fn summary(home: &Home, now: Timestamp) -> Option<ReadinessSummary> {
    let report = match snapshot(home).read() {
        Ok(None) => return None,
        Ok(Some(report)) => report,
        Err(error) => {
            return Some(ReadinessSummary {
                headline: "The last check cannot be read".to_owned(),
                changed: "Nothing to compare with".to_owned(),
                dead: Vec::new(),
                to_mend: 0,
                unknown: 0,
                checked_at: None,
                trouble: Some(error.to_string()),
            });
        }
    };
    let (proofs, _) = proofs::read(home);
    let report = as_of(report, &levers::proved_at(&proofs), now);
    let changes = changes(home, &report);
    let dead = report
        .levers
        .iter()
        .filter(|row| row.state == LeverState::Dead);
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let unknown = report.levers_in(LeverState::Unknown) + report.findings_with(Verdict::Unknown);
    Some(ReadinessSummary {
        headline: report.headline(),
        changed: changes.headline(),
        dead: dead
            .map(|row| DeadLever {
                account: row.account.clone(),
                lever: row.lever,
            })
            .collect(),
        to_mend: count(report.findings_with(Verdict::Mend)),
        unknown: count(unknown),
        checked_at: Some(report.at),
        trouble: None,
    })
}

/// The report as it stands at `now`: with old rows unknown, and proofs beside them.
pub(super) fn as_of(report: Report, proved: &levers::ProvedAt, now: Timestamp) -> Report {
    let rows = report
        .levers
        .into_iter()
        .map(|row| levers::as_of(row, proved, now));
    Report::new(report.at, rows.collect(), report.findings)
}

/// What of the check before is about accounts that this one left out, and is not too old.
pub(super) fn left_out(
    before: &Report,
    is_left_out: impl Fn(&str) -> bool,
    now: Timestamp,
) -> (Vec<readiness::LeverRow>, Vec<Finding>) {
    let rows: Vec<_> = before
        .levers
        .iter()
        .filter(|row| is_left_out(&row.account))
        .cloned()
        .collect();
    let fresh = |account: &str| {
        let of_it = |row: &&readiness::LeverRow| row.account == account;
        let mut rows = rows.iter().filter(of_it);
        rows.any(|row| now.duration_since(row.checked_at) <= levers::CHECKED_WITHIN)
    };
    let findings = before.findings.iter().filter(|finding| {
        let of_account = matches!(finding.area, Area::Lever | Area::Privilege);
        let account = account_of(finding);
        of_account
            && !ABOUT_ALL.contains(&finding.id.as_str())
            && is_left_out(account)
            && fresh(account)
    });
    let findings = findings.cloned().collect();
    (rows, findings)
}

/// Keeps a check and what it changed, and says what could not be kept.
pub(super) fn keep(home: &Home, report: &Report, changes: &Changes) -> Option<String> {
    if let Err(error) = home.writable() {
        return Some(format!("This check is not kept: {error}. {}", error.next));
    }
    if let Err(error) = snapshot(home).keep(report) {
        return Some(error.to_string());
    }
    let kept = serde_json::to_vec(changes).map_err(Error::wrong);
    let kept = kept.and_then(|text| files::write(&home.root().join(CHANGES), &text));
    kept.err()
        .map(|error| format!("What changed is not kept: {error}. {}", error.next))
}

/// What the last check changed; nothing where that cannot be read: it is made anew with each check.
fn changes(home: &Home, report: &Report) -> Changes {
    let read = files::read(&home.root().join(CHANGES)).ok().flatten();
    let changes = read.and_then(|text| serde_json::from_str::<Changes>(&text).ok());
    let changes = changes.unwrap_or_default();
    // of another check, where one was kept and the other was not
    if changes.since.is_some_and(|since| since == report.at) {
        return Changes::default();
    }
    changes
}

/// The last check has its questions judged anew, so that an answer shows at once.
pub(super) fn answered(home: &Home, answers: &Answers, now: Timestamp) {
    let Ok(Some(report)) = snapshot(home).read() else {
        return;
    };
    let mut findings = report.findings;
    findings.retain(|finding| finding.area != Area::Person);
    findings.extend(readiness::ask(answers, now));
    let report = Report::new(report.at, report.levers, findings);
    if let Err(error) = snapshot(home).keep(&report) {
        tracing::warn!(%error, "an answer does not show in the last check");
    }
}

/// Takes an account out of the last check: another one may take its name.
pub(super) fn forget(home: &Home, account: &AccountName) {
    let Ok(Some(mut report)) = snapshot(home).read() else {
        return;
    };
    report.levers.retain(|row| row.account != account.as_str());
    report.findings.retain(|finding| {
        let of_account = matches!(finding.area, Area::Lever | Area::Privilege);
        !(of_account && account_of(finding) == account.as_str())
    });
    if let Err(error) = snapshot(home).keep(&report) {
        tracing::warn!(%error, "a removed account still stands in the last check");
    }
}
