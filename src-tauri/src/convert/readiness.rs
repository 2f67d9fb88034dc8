//! Checks of readiness as the window shows them. Text of venues is bounded on its way.

use controller::readiness::{Asked, Candidate, Money, Proof, ProvingView, ReadinessView};
use readiness::{Area, Change, Finding, Format, LeverState, Severity, Verdict};
use rust_decimal::Decimal;

use super::{count, time};
use crate::{
    ask::{
        Audit, AuditArea, AuditSeverity, AuditVerdict, LeverRow, PersonQuestion, QuestionFormat,
        Readiness, ReadyState, Trial, TrialMoney, TrialOrder,
    },
    view::{DeadLever, ReadinessSummary},
};

/// The last check in a few values.
pub(crate) fn summary(summary: &controller::readiness::ReadinessSummary) -> ReadinessSummary {
    ReadinessSummary {
        headline: summary.headline.clone(),
        dead: summary
            .dead
            .iter()
            .map(|dead| DeadLever {
                account: dead.account.clone(),
                lever: dead.lever.id().to_owned(),
            })
            .collect(),
        to_mend: count(summary.to_mend),
        unknown: count(summary.unknown),
        changed: summary.changed.clone(),
        checked_at: summary.checked_at.map(time),
        trouble: summary.trouble.clone(),
    }
}

/// A check.
pub(crate) fn checked(view: &ReadinessView) -> Readiness {
    let report = &view.report;
    Readiness {
        at: time(report.at),
        headline: view.headline.clone(),
        changed: view.changed.clone(),
        changes: view.changes.changes.iter().map(Change::words).collect(),
        levers: report
            .levers
            .iter()
            .map(|row| LeverRow {
                account: row.account.clone(),
                lever: row.lever.id().to_owned(),
                state: state(row.state),
                seen: door::clean(&row.seen),
                reach: row.reach.clone(),
                why: row.why.clone(),
                mend: row.mend.clone(),
                checked_at: time(row.checked_at),
                proved_at: row.proved_at.map(time),
            })
            .collect(),
        findings: report.findings.iter().map(audit).collect(),
        questions: view
            .questions
            .iter()
            .map(|asked| question(asked, &report.findings))
            .collect(),
        trouble: view.troubles.clone(),
    }
}

fn state(state: LeverState) -> ReadyState {
    match state {
        LeverState::Dead => ReadyState::Dead,
        LeverState::Unknown => ReadyState::Unknown,
        LeverState::ByYou => ReadyState::ByYou,
        LeverState::Ready => ReadyState::Ready,
        LeverState::Proved => ReadyState::Proved,
    }
}

fn audit(finding: &Finding) -> Audit {
    Audit {
        id: finding.id.clone(),
        area: match finding.area {
            Area::Lever => AuditArea::Lever,
            Area::Privilege => AuditArea::Privilege,
            Area::Platform => AuditArea::Platform,
            Area::Host => AuditArea::Host,
            Area::Person => AuditArea::Person,
        },
        subject: door::clean(&finding.subject),
        verdict: verdict(finding.verdict),
        severity: match finding.severity {
            Severity::Critical => AuditSeverity::Critical,
            Severity::High => AuditSeverity::High,
            Severity::Medium => AuditSeverity::Medium,
            Severity::Low => AuditSeverity::Low,
        },
        what: door::clean(&finding.what),
        why: finding.why.clone(),
        mend: finding.mend.clone(),
        how: door::clean(&finding.how),
    }
}

fn verdict(verdict: Verdict) -> AuditVerdict {
    match verdict {
        Verdict::Mend => AuditVerdict::Mend,
        Verdict::Unknown => AuditVerdict::Unknown,
        Verdict::Good => AuditVerdict::Good,
    }
}

/// A question, judged as the check judged it; one that it knows nothing of is unknown.
fn question(asked: &Asked, findings: &[Finding]) -> PersonQuestion {
    let question = &asked.question;
    let judged = findings
        .iter()
        .find(|finding| finding.area == Area::Person && finding.id == question.id);
    let (format, choices) = match &question.format {
        Format::YesNo => {
            let words = ["yes", "no", "none"].map(str::to_owned);
            (QuestionFormat::Choice, words.to_vec())
        }
        Format::Choice(words) => (QuestionFormat::Choice, words.clone()),
        Format::Count => (QuestionFormat::Count, Vec::new()),
        Format::Text => (QuestionFormat::Text, Vec::new()),
        Format::Phone => (QuestionFormat::Phone, Vec::new()),
        Format::Date => (QuestionFormat::Date, Vec::new()),
    };
    PersonQuestion {
        id: question.id.clone(),
        ask: question.ask.clone(),
        format,
        choices,
        hint: question.format.words(),
        why: question.why.clone(),
        mend: question.mend.clone(),
        answer: asked.answer.as_ref().map(|answer| answer.value.clone()),
        answered_at: asked.answer.as_ref().map(|answer| time(answer.at)),
        verdict: judged.map_or(AuditVerdict::Unknown, |finding| verdict(finding.verdict)),
    }
}

/// What there is to try a lever on, or what came of it.
pub(crate) fn trial(view: &ProvingView) -> Trial {
    Trial {
        account: view.account.as_str().to_owned(),
        money: match view.money {
            Money::Test => TrialMoney::Test,
            Money::Real => TrialMoney::Real,
            Money::NotTold => TrialMoney::NotTold,
        },
        orders: view.orders.iter().map(order).collect(),
        proved: view.proof.as_ref().map(proved).unwrap_or_default(),
    }
}

fn order(candidate: &Candidate) -> TrialOrder {
    let order = &candidate.order;
    let number = |number: Decimal| number.normalize().to_string();
    let mut words = vec![
        order.instrument.clone(),
        order.side.to_string(),
        number(order.quantity),
        order.order_type.clone(),
    ];
    words.extend(order.limit.map(|limit| format!("at {}", number(limit))));
    words.extend(order.stop.map(|stop| format!("stop {}", number(stop))));
    TrialOrder {
        key: order.key.0.clone(),
        words: door::clean(&words.join(" ")),
        refused: candidate.refused.clone(),
    }
}

fn proved(proof: &Proof) -> Vec<String> {
    let mut told = vec![
        format!("Cancelled through {}: {}", proof.door, proof.accepted),
        format!("{} other orders were open beside it.", proof.others),
    ];
    let listings = proof.listings.iter();
    told.extend(listings.map(|listing| {
        let (door, words) = (&listing.door, &listing.words);
        format!("Gone, read through {door}: {words}")
    }));
    let gone = proof.others_gone.iter();
    told.extend(gone.map(|order| format!("Not open any more either, whoever ended it: {order}")));
    let not_seen = proof.not_seen.iter();
    told.extend(not_seen.map(|what| format!("Not seen: {what}")));
    told.iter().map(|line| door::clean(line)).collect()
}
