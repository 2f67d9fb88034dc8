//! Whether a door's key has the right that a lever needs, as far as the venue tells its rights.

use door::{DoorKind, Lever};
use venues::Kind;

use crate::account_test::LeverState;

/// What the door tells of its key, by name.
pub(super) fn fact<'a>(facts: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = facts.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// What the key at a door may not do for `lever`, and what becomes of the lever; `None` where it
/// may, and where the venue does not tell.
pub(crate) fn lacking(
    door: &DoorKind,
    lever: Lever,
    facts: &[(String, String)],
) -> Option<(LeverState, String)> {
    let (right, without) = match Kind::from_id(&door.0)? {
        Kind::Tws | Kind::ClientPortal | Kind::Ibc | Kind::Flex => return None,
        Kind::KrakenSpot => spot(lever, fact(facts, "key rights")?)?,
        Kind::KrakenFutures => futures(lever, fact(facts, "futures key trades")?)?,
        Kind::Deribit => deribit(lever, fact(facts, "scope of this key")?)?,
    };
    let words = match without {
        LeverState::ByYou => {
            format!("without {right} this key can only look; you do it on the page")
        }
        LeverState::Ready | LeverState::Dead | LeverState::Unknown | LeverState::NotOffered => {
            format!("the venue would refuse it: this key lacks {right}")
        }
    };
    Some((without, words))
}

type Lacks = Option<(&'static str, LeverState)>;

fn spot(lever: Lever, rights: &str) -> Lacks {
    let may = |right: &str| rights.split(", ").any(|known| known == right);
    match lever {
        // whoever may place orders may cancel them
        Lever::CancelOrders if !may("close-trades") && !may("modify-trades") => {
            Some(("Cancel/Close Orders", LeverState::Dead))
        }
        Lever::CancelOrders if !may("query-open-trades") => {
            Some(("Query Open Orders & Trades", LeverState::Dead))
        }
        Lever::StopWithdrawals if !may("withdraw-funds") => {
            Some(("Withdraw Funds", LeverState::ByYou))
        }
        Lever::CancelOrders
        | Lever::StopWithdrawals
        | Lever::Capture
        | Lever::StopAutomation
        | Lever::BlockTrading
        | Lever::RevokeKey
        | Lever::EndSessions
        | Lever::Audit => None,
    }
}

fn futures(lever: Lever, trades: &str) -> Lacks {
    let told = trades != "unknown";
    (lever == Lever::CancelOrders && told && trades != "full access")
        .then_some(("General API: Full Access", LeverState::Dead))
}

fn deribit(lever: Lever, scope: &str) -> Lacks {
    let may = |right: &str| scope.split_whitespace().any(|known| known == right);
    let (right, without) = match lever {
        Lever::CancelOrders => ("trade:read_write", LeverState::Dead),
        Lever::RevokeKey | Lever::BlockTrading | Lever::EndSessions => {
            ("account:read_write", LeverState::Dead)
        }
        Lever::StopWithdrawals => ("wallet:read_write", LeverState::ByYou),
        Lever::Capture | Lever::StopAutomation | Lever::Audit => return None,
    };
    (!may(right)).then_some((right, without))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(door: &str, lever: Lever, name: &str, value: &str) -> Option<LeverState> {
        let facts = [(name.to_owned(), value.to_owned())];
        lacking(&DoorKind::new(door), lever, &facts).map(|(state, _)| state)
    }

    #[test]
    fn a_lever_is_dead_without_the_right_to_pull_it() {
        let spot = |lever, rights| state("spot", lever, "key rights", rights);
        assert_eq!(
            spot(Lever::CancelOrders, "query-funds, query-open-trades"),
            Some(LeverState::Dead)
        );
        assert_eq!(
            spot(Lever::CancelOrders, "close-trades"),
            Some(LeverState::Dead)
        );
        assert_eq!(
            spot(Lever::CancelOrders, "modify-trades, query-open-trades"),
            None
        );
        let futures = |trades| state("futures", Lever::CancelOrders, "futures key trades", trades);
        assert_eq!(futures("read only"), Some(LeverState::Dead));
        assert_eq!(futures("full access"), None);
        let api = |lever, scope| state("api", lever, "scope of this key", scope);
        assert_eq!(
            api(Lever::RevokeKey, "account:read trade:read_write"),
            Some(LeverState::Dead)
        );
        assert_eq!(
            api(Lever::CancelOrders, "account:read trade:read_write"),
            None
        );
    }

    #[test]
    fn a_withdrawal_that_the_key_may_not_stop_is_yours_and_what_is_not_told_is_not_judged() {
        let rights = "close-trades, query-open-trades";
        assert_eq!(
            state("spot", Lever::StopWithdrawals, "key rights", rights),
            Some(LeverState::ByYou)
        );
        assert_eq!(state("spot", Lever::CancelOrders, "key", "x"), None);
        let unknown = state(
            "futures",
            Lever::CancelOrders,
            "futures key trades",
            "unknown",
        );
        assert_eq!(unknown, None);
        assert_eq!(state("tws", Lever::CancelOrders, "key rights", ""), None);
    }
}
