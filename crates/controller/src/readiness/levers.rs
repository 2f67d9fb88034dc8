//! A row for each lever of an account: whether it would work now, and when it was last proved.

use std::collections::BTreeMap;

use door::Lever;
use jiff::{SignedDuration, Timestamp};
use readiness::{Area, Finding, LeverRow, LeverState, Severity};

use super::{
    proofs::Proof,
    rule::{Rule, of_door},
};
use crate::{
    Far,
    account_test::{self, LeverTested, Tested},
};

/// A check older than this says nothing about now.
pub(super) const CHECKED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A proof older than this is told with its date, and no longer counts as one.
const PROVED_WITHIN: SignedDuration = SignedDuration::from_hours(90 * 24);

const NOT_OFFERED: Rule = Rule {
    id: "lever-not-offered",
    area: Area::Lever,
    severity: Severity::Medium,
    why: "Neither a door of this account nor a card does it.",
};

/// When each lever of each account was last proved.
pub(super) type ProvedAt = BTreeMap<(String, Lever), Timestamp>;

/// The latest proof of each lever.
pub(super) fn proved_at(proofs: &[Proof]) -> ProvedAt {
    let mut latest = ProvedAt::new();
    for proof in proofs {
        let at = latest
            .entry((proof.account.clone(), proof.lever))
            .or_insert(proof.at);
        *at = proof.at.max(*at);
    }
    latest
}

/// The rows of an account that was just tested.
pub(super) fn rows(tested: &Tested) -> Vec<LeverRow> {
    let offered = tested.levers.iter().filter_map(|lever| {
        let state = state(lever.state)?;
        let works = matches!(state, LeverState::Ready | LeverState::ByYou);
        Some(LeverRow {
            account: tested.name.as_str().to_owned(),
            lever: lever.lever,
            state,
            seen: door::clean(&lever.seen),
            reach: reach(lever),
            why: if works {
                String::new()
            } else {
                why(lever.lever).to_owned()
            },
            mend: if works { String::new() } else { mend(tested) },
            checked_at: tested.at,
            proved_at: None,
        })
    });
    offered.collect()
}

/// What of containing nobody does on an account that was just tested.
pub(super) fn not_offered(tested: &Tested) -> Vec<Finding> {
    let account = tested.name.as_str();
    let gaps = tested.levers.iter().filter(|lever| {
        lever.state == account_test::LeverState::NotOffered && lever.lever.contains()
    });
    let findings = gaps.map(|lever| {
        NOT_OFFERED.mend(
            &of_door(account, lever.lever),
            format!(
                "Nobody does this on {account}: {}.",
                lever.lever.title().to_lowercase()
            ),
            "add a door that offers it, or a card to the runbook",
            &lever.seen,
        )
    });
    findings.collect()
}

/// The row as it stands now: a check that is too old says nothing, and a proof counts while the
/// lever is still seen to work.
pub(super) fn as_of(mut row: LeverRow, proved: &ProvedAt, now: Timestamp) -> LeverRow {
    let key = (row.account.clone(), row.lever);
    row.proved_at = proved.get(&key).copied();
    if row.state == LeverState::Proved {
        row.state = LeverState::Ready;
    }
    let age = now.duration_since(row.checked_at);
    // one from the future is as good as none: a clock was set back
    if age > CHECKED_WITHIN || age < -SignedDuration::from_hours(24) {
        row.state = LeverState::Unknown;
        why(row.lever).clone_into(&mut row.why);
        row.mend = format!("firebreak readiness {}", row.account);
        return row;
    }
    let proved = row
        .proved_at
        .is_some_and(|at| now.duration_since(at) <= PROVED_WITHIN);
    if row.state == LeverState::Ready && proved {
        row.state = LeverState::Proved;
    }
    row
}

fn state(tested: account_test::LeverState) -> Option<LeverState> {
    Some(match tested {
        account_test::LeverState::Ready => LeverState::Ready,
        account_test::LeverState::ByYou => LeverState::ByYou,
        account_test::LeverState::Dead => LeverState::Dead,
        account_test::LeverState::Unknown => LeverState::Unknown,
        account_test::LeverState::NotOffered => return None,
    })
}

fn reach(lever: &LeverTested) -> String {
    let far = match lever.far {
        Far::Full => "full",
        Far::Partial => "partial",
        Far::Unknown => "unknown",
        Far::ByYou => "by you",
        Far::NotOffered => "not offered",
    };
    match &lever.left {
        Some(left) => format!("{far}: {left}"),
        None => far.to_owned(),
    }
}

fn why(lever: Lever) -> &'static str {
    match lever {
        Lever::Capture => "What is not recorded before the press can be shown to nobody after it.",
        Lever::StopAutomation => "A program that goes on places orders again after the cancel.",
        Lever::CancelOrders => "Orders that an intruder placed would stay open.",
        Lever::StopWithdrawals => "Money that is on its way out would leave.",
        Lever::BlockTrading => "New orders would go on being accepted.",
        Lever::RevokeKey => "A leaked key would go on working.",
        Lever::EndSessions => "Whoever is logged in would stay so.",
        Lever::Audit => "What the intruder changed in the account would not be seen.",
    }
}

/// What the doors themselves say is to be done.
fn mend(tested: &Tested) -> String {
    let unreached = tested.doors.iter().filter(|door| !door.reached);
    let mut mends: Vec<&str> = unreached.map(|door| door.next.as_str()).collect();
    let warned = tested.doors.iter().flat_map(|door| &door.warnings);
    let dead = [
        "Read-Only API is on",
        "This key cannot",
        "Without the scope",
    ];
    mends.extend(
        warned
            .map(String::as_str)
            .filter(|warning| dead.iter().any(|begins| warning.starts_with(begins))),
    );
    mends.retain(|mend| !mend.is_empty());
    mends.dedup();
    if mends.is_empty() {
        return format!("firebreak account test {}", tested.name);
    }
    door::clean_to(&mends.join(" "), 600)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_763_000_000 + day * 86_400).unwrap()
    }

    fn row(state: LeverState) -> LeverRow {
        LeverRow {
            account: "main".to_owned(),
            lever: Lever::CancelOrders,
            state,
            seen: "tws: 0 open orders".to_owned(),
            reach: "full".to_owned(),
            why: String::new(),
            mend: String::new(),
            checked_at: at(0),
            proved_at: None,
        }
    }

    fn proved(day: i64) -> ProvedAt {
        ProvedAt::from([(("main".to_owned(), Lever::CancelOrders), at(day))])
    }

    #[test]
    fn a_lever_that_was_not_checked_within_a_week_is_unknown() {
        let none = ProvedAt::new();
        let state = |day| as_of(row(LeverState::Ready), &none, at(day)).state;
        assert_eq!(state(7), LeverState::Ready);
        assert_eq!(state(8), LeverState::Unknown);
        assert_eq!(state(-3), LeverState::Unknown, "a clock that was set back");
        let old = as_of(row(LeverState::Dead), &none, at(8));
        assert_eq!(old.mend, "firebreak readiness main");
    }

    #[test]
    fn a_proof_counts_while_the_lever_is_still_seen_to_work_and_its_date_stays() {
        let state = |state, day| as_of(row(state), &proved(day), at(1)).state;
        assert_eq!(state(LeverState::Ready, 0), LeverState::Proved);
        assert_eq!(state(LeverState::Ready, -100), LeverState::Ready);
        assert_eq!(state(LeverState::Dead, 0), LeverState::Dead);
        let old = as_of(row(LeverState::Ready), &proved(-100), at(1));
        assert_eq!(old.proved_at, Some(at(-100)));
        let gone = as_of(row(LeverState::Proved), &ProvedAt::new(), at(1));
        assert_eq!((gone.state, gone.proved_at), (LeverState::Ready, None));
    }
}
