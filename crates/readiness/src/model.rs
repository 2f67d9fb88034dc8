//! What a check of readiness says: a row for each lever, a finding for each audit.
//!
//! Nothing is done here, so none of these words is a task's. No value holds a secret: a subject is
//! a path, a process or a masked name.

use std::{cmp::Reverse, fmt};

use door::Lever;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of [`Report`] that this program writes.
pub const REPORT_VERSION: u32 = 1;

/// What an audit is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Whether a lever would work.
    Lever,
    /// Whether a credential may do more than it needs to.
    Privilege,
    /// The broker's programs on this computer.
    Platform,
    /// This computer.
    Host,
    /// What no program can see.
    Person,
}

/// How an audit came out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something is to be mended.
    Mend,
    /// It could not be looked at, or was looked at too long ago.
    Unknown,
    /// Looked at, and nothing found.
    Good,
}

/// How much harm a finding stands for, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody else can trade or a lever fails.
    Critical,
    /// One more mistake and somebody else can.
    High,
    /// It makes an incident longer or larger.
    Medium,
    /// Good to know.
    Low,
}

/// Whether a lever would work now, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeverState {
    /// It would be refused now.
    Dead,
    /// Not checked lately, or not checkable.
    Unknown,
    /// The person does it.
    ByYou,
    /// Checked without effect.
    Ready,
    /// Really pulled, on a paper account or an order of one's own.
    Proved,
}

/// What one audit found of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The kind, lower-case words joined by hyphens. Stays the same from check to check.
    pub id: String,
    /// What it is about.
    pub area: Area,
    /// Which account, path, process or masked key. Stays the same from check to check.
    pub subject: String,
    /// How it came out.
    pub verdict: Verdict,
    /// How much harm it stands for.
    pub severity: Severity,
    /// What was found, as a sentence. A change of it is told as news, so ages and counts that move
    /// by themselves stand in `how`.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do, with the menu path or the command; empty when nothing.
    pub mend: String,
    /// How it was seen.
    pub how: String,
}

/// One lever of one account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeverRow {
    /// The account's nickname.
    pub account: String,
    /// Which lever.
    pub lever: Lever,
    /// Whether it would work.
    pub state: LeverState,
    /// What was seen.
    pub seen: String,
    /// How far it reaches, in words.
    pub reach: String,
    /// Why it matters; empty when it would work.
    pub why: String,
    /// What to do; empty when nothing.
    pub mend: String,
    /// When it was last checked.
    pub checked_at: Timestamp,
    /// When it was last really pulled.
    pub proved_at: Option<Timestamp>,
}

/// One check of readiness, worst first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`REPORT_VERSION`] of the program that wrote it.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// A row for each lever of each account.
    pub levers: Vec<LeverRow>,
    /// What the audits found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// A report of these, sorted worst first.
    pub fn new(at: Timestamp, mut levers: Vec<LeverRow>, mut findings: Vec<Finding>) -> Self {
        levers.sort_by(|a, b| a.order().cmp(&b.order()));
        findings.sort_by(|a, b| a.order().cmp(&b.order()));
        findings.dedup();
        Self {
            version: REPORT_VERSION,
            at,
            levers,
            findings,
        }
    }

    /// What stands above everything else: the worst that is there, counted.
    pub fn headline(&self) -> String {
        let dead = self.levers_in(LeverState::Dead);
        let mend = self.findings_with(Verdict::Mend);
        let not_known = self.levers_in(LeverState::Unknown);
        if dead > 0 {
            are(dead, "lever", "dead")
        } else if mend > 0 {
            format!("{} to mend", counted(mend, "finding"))
        } else if not_known > 0 {
            are(not_known, "lever", "unknown")
        } else if self.levers.is_empty() {
            "Nothing to mend; no lever was checked".to_owned()
        } else {
            "Every lever is ready".to_owned()
        }
    }

    /// How many levers are in `state`.
    pub fn levers_in(&self, state: LeverState) -> usize {
        self.levers.iter().filter(|row| row.state == state).count()
    }

    /// How many findings have `verdict`.
    pub fn findings_with(&self, verdict: Verdict) -> usize {
        let of = |finding: &&Finding| finding.verdict == verdict;
        self.findings.iter().filter(of).count()
    }
}

impl Finding {
    fn order(&self) -> impl Ord + '_ {
        let Self { area, verdict, .. } = self;
        (*verdict, self.severity, *area, &self.id, &self.subject)
    }
}

impl LeverRow {
    fn order(&self) -> impl Ord + '_ {
        // where nothing tells two apart, the one checked last comes first
        (
            self.state,
            &self.account,
            self.lever,
            Reverse(self.checked_at),
        )
    }
}

impl Area {
    /// The id that reports use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Lever => "lever",
            Self::Privilege => "privilege",
            Self::Platform => "platform",
            Self::Host => "host",
            Self::Person => "person",
        }
    }

    /// What a person reads.
    pub fn title(self) -> &'static str {
        match self {
            Self::Lever => "Levers",
            Self::Privilege => "Least privilege",
            Self::Platform => "Trading programs",
            Self::Host => "This computer",
            Self::Person => "What only you know",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mend => "mend",
            Self::Unknown => "unknown",
            Self::Good => "good",
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        })
    }
}

impl fmt::Display for LeverState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::ByYou => "by you",
            Self::Ready => "ready",
            Self::Proved => "proved",
        })
    }
}

/// "1 lever", "2 levers".
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// "1 lever is dead", "2 levers are dead".
pub(crate) fn are(count: usize, thing: &str, how: &str) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb} {how}", counted(count, thing))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_763_000_000 + second).unwrap()
    }

    pub(crate) fn row(account: &str, lever: Lever, state: LeverState) -> LeverRow {
        LeverRow {
            account: account.to_owned(),
            lever,
            state,
            seen: String::new(),
            reach: "full".to_owned(),
            why: String::new(),
            mend: String::new(),
            checked_at: at(0),
            proved_at: None,
        }
    }

    pub(crate) fn finding(id: &str, subject: &str, verdict: Verdict) -> Finding {
        Finding {
            id: id.to_owned(),
            area: Area::Host,
            subject: subject.to_owned(),
            verdict,
            severity: Severity::High,
            what: format!("{id} of {subject}"),
            why: String::new(),
            mend: String::new(),
            how: String::new(),
        }
    }

    #[test]
    fn a_report_has_the_worst_first() {
        let mut low = finding("a", "x", Verdict::Mend);
        low.severity = Severity::Low;
        let report = Report::new(
            at(0),
            vec![
                row("a", Lever::CancelOrders, LeverState::Proved),
                row("b", Lever::RevokeKey, LeverState::ByYou),
                row("z", Lever::Audit, LeverState::Dead),
                row("b", Lever::CancelOrders, LeverState::Unknown),
            ],
            vec![
                finding("c", "x", Verdict::Good),
                low,
                finding("d", "x", Verdict::Unknown),
                finding("b", "x", Verdict::Mend),
            ],
        );
        let states: Vec<_> = report.levers.iter().map(|row| row.state).collect();
        assert_eq!(
            states,
            [
                LeverState::Dead,
                LeverState::Unknown,
                LeverState::ByYou,
                LeverState::Proved
            ]
        );
        let ids: Vec<_> = report.findings.iter().map(|f| f.id.as_str()).collect();
        assert_eq!(ids, ["b", "a", "d", "c"]);
    }

    #[test]
    fn the_headline_is_the_worst_that_is_there() {
        let ready = || row("a", Lever::CancelOrders, LeverState::Ready);
        let dead = || row("a", Lever::RevokeKey, LeverState::Dead);
        let not_known = || row("a", Lever::Audit, LeverState::Unknown);
        let mend = || finding("m", "x", Verdict::Mend);
        let headline = |levers, findings| Report::new(at(0), levers, findings).headline();
        assert_eq!(
            headline(vec![ready(), dead()], vec![mend()]),
            "1 lever is dead"
        );
        assert_eq!(headline(vec![dead(), dead()], vec![]), "2 levers are dead");
        assert_eq!(headline(vec![ready()], vec![mend()]), "1 finding to mend");
        assert_eq!(
            headline(vec![ready(), not_known()], vec![]),
            "1 lever is unknown"
        );
        assert_eq!(headline(vec![ready()], vec![]), "Every lever is ready");
        assert_eq!(
            headline(vec![], vec![]),
            "Nothing to mend; no lever was checked"
        );
    }

    #[test]
    fn a_report_reads_back_as_it_was_written_and_takes_no_field_that_it_does_not_know() {
        let report = Report::new(
            at(0),
            vec![row("a", Lever::CancelOrders, LeverState::ByYou)],
            vec![finding("m", "x", Verdict::Mend)],
        );
        let text = serde_json::to_string(&report).unwrap();
        assert!(text.contains(r#""state":"by_you""#), "{text}");
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        let more = text.replacen("\"version\"", "\"surprise\":1,\"version\"", 1);
        assert!(serde_json::from_str::<Report>(&more).is_err());
    }
}
