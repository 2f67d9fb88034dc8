//! What changed from one check to the next: the headline of a check.
//!
//! A lever is the same one by account and lever, a finding by id and subject. A finding that is
//! good and was not there before is no news, nor is one that is gone.

use std::collections::BTreeMap;

use door::Lever;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Finding, LeverRow, LeverState, Report, Verdict, counted};

/// What changed since the check before.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// When that check was; none when there was none to compare with.
    pub since: Option<Timestamp>,
    /// That check is dated later than this one: a clock was set back.
    pub clock_set_back: bool,
    /// The changes, worst first.
    pub changes: Vec<Change>,
}

/// How it changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Not there before.
    New,
    /// There before, and other now.
    Changed,
    /// Not there any more.
    Gone,
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "of")]
pub enum Change {
    /// Of a lever.
    Lever {
        /// How.
        how: How,
        /// The account's nickname.
        account: String,
        /// Which lever.
        lever: Lever,
        /// What it was.
        from: Option<LeverState>,
        /// What it is.
        to: Option<LeverState>,
    },
    /// Of a finding.
    Finding {
        /// How.
        how: How,
        /// Its id.
        id: String,
        /// Its subject.
        subject: String,
        /// What it was.
        from: Option<Verdict>,
        /// What it is.
        to: Option<Verdict>,
        /// What is found now, or was found last when it is gone.
        what: String,
    },
}

impl Changes {
    /// What `now` has changed since `before`.
    pub fn between(before: Option<&Report>, now: &Report) -> Self {
        let Some(before) = before else {
            return Self::default();
        };
        let mut changes: Vec<Change> = levers(before, now)
            .chain(findings(before, now))
            .collect::<Vec<_>>();
        changes.sort_by_key(Change::rank);
        Self {
            since: Some(before.at),
            clock_set_back: before.at > now.at,
            changes,
        }
    }

    /// What changed, in one line.
    pub fn headline(&self) -> String {
        let said = self.said();
        if self.clock_set_back {
            return format!("The clock was set back: the last check is dated later. {said}");
        }
        said
    }

    fn said(&self) -> String {
        if self.since.is_none() {
            return "First check, nothing to compare with".to_owned();
        }
        let Some(worst) = self.changes.first() else {
            return "Nothing changed since the last check".to_owned();
        };
        let worst = worst.words();
        match self.changes.len() - 1 {
            0 => format!("Since the last check: {worst}"),
            more => format!(
                "Since the last check: {worst}, and {}",
                counted(more, "more change")
            ),
        }
    }
}

impl Change {
    /// What changed, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Lever {
                account,
                lever,
                from,
                to,
                ..
            } => {
                let lever = format!("{account}, {}", lever.title());
                match (from, to) {
                    (Some(from), Some(to)) => format!("{lever}: {from} before, {to} now"),
                    (None, Some(to)) => format!("{lever}: new, {to}"),
                    (Some(from), None) => format!("{lever}: not checked any more, {from} before"),
                    (None, None) => lever,
                }
            }
            Self::Finding {
                how, subject, what, ..
            } => {
                let what = what.trim_end_matches('.');
                let about = if subject.is_empty() || what.contains(subject.as_str()) {
                    what.to_owned()
                } else {
                    format!("{subject}: {what}")
                };
                match how {
                    How::New => format!("new: {about}"),
                    How::Changed => format!("changed: {about}"),
                    How::Gone => format!("gone: {about}"),
                }
            }
        }
    }

    /// How it changed.
    pub fn how(&self) -> How {
        match self {
            Self::Lever { how, .. } | Self::Finding { how, .. } => *how,
        }
    }

    /// Levers that died, then what is to be mended, then the rest.
    fn rank(&self) -> (u8, u8, How) {
        match self {
            Self::Lever { how, to, .. } => match to {
                Some(LeverState::Dead) => (0, 0, *how),
                Some(LeverState::Unknown) | None => (2, 0, *how),
                Some(LeverState::ByYou | LeverState::Ready | LeverState::Proved) => (4, 0, *how),
            },
            Self::Finding { how, to, .. } => match to {
                Some(Verdict::Mend) => (1, 1, *how),
                Some(Verdict::Unknown) => (3, 1, *how),
                Some(Verdict::Good) | None => (4, 1, *how),
            },
        }
    }
}

fn levers<'a>(before: &'a Report, now: &'a Report) -> impl Iterator<Item = Change> + 'a {
    let by = |report: &'a Report| -> BTreeMap<(&'a str, Lever), &'a LeverRow> {
        let rows = report.levers.iter();
        rows.map(|row| ((row.account.as_str(), row.lever), row))
            .collect()
    };
    pairs(by(before), by(now)).filter_map(|((account, lever), from, to)| {
        let from = from.map(|row| row.state);
        let to = to.map(|row| row.state);
        (from != to).then(|| Change::Lever {
            how: how(from.is_some(), to.is_some()),
            account: account.to_owned(),
            lever,
            from,
            to,
        })
    })
}

fn findings<'a>(before: &'a Report, now: &'a Report) -> impl Iterator<Item = Change> + 'a {
    let by = |report: &'a Report| -> BTreeMap<(&'a str, &'a str), &'a Finding> {
        let findings = report.findings.iter();
        findings
            .map(|finding| ((finding.id.as_str(), finding.subject.as_str()), finding))
            .collect()
    };
    pairs(by(before), by(now)).filter_map(|((id, subject), from, to)| {
        let told = to.or(from)?;
        let same = |a: &Finding, b: &Finding| {
            (a.verdict, a.severity, &a.what) == (b.verdict, b.severity, &b.what)
        };
        let news = match (from, to) {
            (Some(from), Some(to)) => {
                let both_good = from.verdict == Verdict::Good && to.verdict == Verdict::Good;
                !both_good && !same(from, to)
            }
            (Some(only), None) | (None, Some(only)) => only.verdict != Verdict::Good,
            (None, None) => false,
        };
        news.then(|| Change::Finding {
            how: how(from.is_some(), to.is_some()),
            id: id.to_owned(),
            subject: subject.to_owned(),
            from: from.map(|finding| finding.verdict),
            to: to.map(|finding| finding.verdict),
            what: told.what.clone(),
        })
    })
}

fn how(before: bool, now: bool) -> How {
    match (before, now) {
        (false, _) => How::New,
        (true, true) => How::Changed,
        (true, false) => How::Gone,
    }
}

/// Each key that either side has, with what each side has of it.
fn pairs<'a, K: Ord + Copy, V>(
    before: BTreeMap<K, &'a V>,
    now: BTreeMap<K, &'a V>,
) -> impl Iterator<Item = (K, Option<&'a V>, Option<&'a V>)> {
    let mut all: BTreeMap<K, (Option<&V>, Option<&V>)> = BTreeMap::new();
    for (key, value) in before {
        all.entry(key).or_default().0 = Some(value);
    }
    for (key, value) in now {
        all.entry(key).or_default().1 = Some(value);
    }
    all.into_iter().map(|(key, (from, to))| (key, from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{at, finding, row};

    fn report(second: i64, levers: Vec<LeverRow>, findings: Vec<Finding>) -> Report {
        Report::new(at(second), levers, findings)
    }

    #[test]
    fn a_first_check_has_nothing_to_compare_with() {
        let changes = Changes::between(None, &report(0, vec![], vec![]));
        assert!(changes.changes.is_empty());
        assert_eq!(changes.headline(), "First check, nothing to compare with");
    }

    #[test]
    fn the_same_report_again_changed_nothing() {
        let same = |second| {
            report(
                second,
                vec![row("a", Lever::CancelOrders, LeverState::Dead)],
                vec![finding("m", "x", Verdict::Mend)],
            )
        };
        let changes = Changes::between(Some(&same(0)), &same(60));
        assert_eq!(changes.headline(), "Nothing changed since the last check");
    }

    #[test]
    fn a_lever_that_died_comes_before_all_else_that_changed() {
        let before = report(
            0,
            vec![row("IBKR bot", Lever::CancelOrders, LeverState::Ready)],
            vec![
                finding("gone", "x", Verdict::Mend),
                finding("better", "x", Verdict::Mend),
            ],
        );
        let now = report(
            60,
            vec![row("IBKR bot", Lever::CancelOrders, LeverState::Dead)],
            vec![
                finding("better", "x", Verdict::Good),
                finding("new", "x", Verdict::Mend),
                finding("quiet", "x", Verdict::Good),
            ],
        );
        let changes = Changes::between(Some(&before), &now);
        let words: Vec<_> = changes.changes.iter().map(Change::words).collect();
        assert_eq!(
            words,
            [
                "IBKR bot, Cancel orders: ready before, dead now",
                "new: new of x",
                "changed: better of x",
                "gone: gone of x",
            ]
        );
        assert_eq!(
            changes.headline(),
            "Since the last check: IBKR bot, Cancel orders: ready before, dead now, and 3 more \
             changes"
        );
    }

    #[test]
    fn a_finding_changes_by_what_it_says_and_not_by_how_it_was_seen() {
        let before = report(0, vec![], vec![finding("m", "x", Verdict::Mend)]);
        let mut seen_otherwise = finding("m", "x", Verdict::Mend);
        seen_otherwise.how = "3 days later".to_owned();
        let mut says_otherwise = finding("m", "x", Verdict::Mend);
        says_otherwise.what = "worse".to_owned();
        let changes = |now| Changes::between(Some(&before), &report(60, vec![], vec![now])).changes;
        assert!(changes(seen_otherwise).is_empty());
        assert_eq!(changes(says_otherwise).len(), 1);
    }

    #[test]
    fn a_last_check_from_the_future_is_told_and_still_compared() {
        let before = report(600, vec![], vec![]);
        let now = report(0, vec![], vec![finding("m", "x", Verdict::Mend)]);
        let changes = Changes::between(Some(&before), &now);
        assert!(changes.clock_set_back);
        assert_eq!(changes.changes.len(), 1);
        assert!(changes.headline().starts_with("The clock was set back"));
    }
}
