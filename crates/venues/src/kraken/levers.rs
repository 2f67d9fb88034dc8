//! Which levers Kraken's doors offer and how far each goes, known from configuration alone.
//!
//! A reach is never said to be full where the venue's documents leave something out.

use std::time::Duration;

use door::{Blinds, Lever, LeverSupport, Reach, Unseen};

use crate::config::Kind;

const OTHER_KEYS: &str = "Kraken lists and cuts keys on its page only; this door tells whether its \
     own key is refused";

const NEEDS_THE_RIGHT: &str = "what has been sent stays sent, and a key without the right to \
     withdraw can only look";

/// What the door of `kind` offers.
pub(crate) fn levers(kind: Kind, unseen: &[Unseen]) -> Vec<LeverSupport> {
    let poll = poll_interval(kind);
    let spot = kind == Kind::KrakenSpot;
    let mut levers = vec![
        recording(Lever::Capture, CALLS_ARE_COUNTED),
        LeverSupport {
            own_part: true,
            ..acting(Lever::CancelOrders, cancel_reach(unseen), poll)
        },
    ];
    if spot {
        let reach = partial(NEEDS_THE_RIGHT);
        levers.push(acting(Lever::StopWithdrawals, reach, Duration::ZERO));
    }
    levers.push(LeverSupport {
        acts: false,
        blinds: vec![Blinds {
            door: kind.door_kind(),
            levers: blinded(spot),
        }],
        ..acting(Lever::RevokeKey, partial(OTHER_KEYS), Duration::ZERO)
    });
    levers.push(recording(Lever::Audit, PAGE_ONLY));
    levers
}

/// The least time between two listings that count as two: at this pace the slowest tier's counter
/// wins back what listing, renewing the switch and reading fills now and then cost.
pub(crate) fn poll_interval(kind: Kind) -> Duration {
    if kind == Kind::KrakenFutures {
        Duration::from_secs(1)
    } else {
        Duration::from_secs(4)
    }
}

/// Everything that the door does goes with its key.
fn blinded(spot: bool) -> Vec<Lever> {
    let mut levers = vec![Lever::Capture, Lever::CancelOrders, Lever::Audit];
    if spot {
        levers.push(Lever::StopWithdrawals);
    }
    levers
}

fn acting(lever: Lever, reach: Reach, takes_at_least: Duration) -> LeverSupport {
    LeverSupport {
        lever,
        reach,
        acts: true,
        reads: true,
        takes_at_least,
        blinds: Vec::new(),
        own_part: false,
        asks_code: false,
    }
}

/// What `act` returns is all there is: nothing at the venue changes that could be read back.
fn recording(lever: Lever, left: &str) -> LeverSupport {
    LeverSupport {
        reads: false,
        ..acting(lever, partial(left), Duration::ZERO)
    }
}

const CALLS_ARE_COUNTED: &str =
    "what Kraken's counter of calls leaves no room for is named as missing";
const PAGE_ONLY: &str = "Kraken lists other keys, sub-accounts and logins on its page only";

fn partial(left: &str) -> Reach {
    Reach::Partial {
        left: left.to_owned(),
    }
}

fn cancel_reach(unseen: &[Unseen]) -> Reach {
    if unseen.is_empty() {
        return Reach::Full;
    }
    let families: Vec<&str> = unseen.iter().map(|it| it.what.0.as_str()).collect();
    partial(&format!("not seen from here: {}", families.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, lever: Lever) -> Option<LeverSupport> {
        levers(kind, &[]).into_iter().find(|it| it.lever == lever)
    }

    #[test]
    fn keys_are_only_looked_at_and_no_lever_is_offered_that_the_page_alone_has() {
        for kind in [Kind::KrakenSpot, Kind::KrakenFutures] {
            let revoke = of(kind, Lever::RevokeKey).unwrap();
            assert!(!revoke.acts && revoke.reads);
            assert!(revoke.blinds[0].levers.contains(&Lever::CancelOrders));
            assert!(of(kind, Lever::BlockTrading).is_none());
            assert!(of(kind, Lever::EndSessions).is_none());
        }
    }

    #[test]
    fn each_door_cancels_its_own_part() {
        for kind in [Kind::KrakenSpot, Kind::KrakenFutures] {
            assert!(of(kind, Lever::CancelOrders).unwrap().own_part);
        }
        assert!(of(Kind::KrakenFutures, Lever::StopWithdrawals).is_none());
    }
}
