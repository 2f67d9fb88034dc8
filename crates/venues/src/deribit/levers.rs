//! Which levers the door offers and how far each goes, known before anything is asked.

use std::time::Duration;

use door::{Blinds, Lever, LeverSupport, Reach, Unseen};

use super::{DOOR, POLL_INTERVAL};

const NO_DEAD_MANS_SWITCH: &str = "orders placed later are cancelled only while this computer runs: \
     Deribit has no dead-man's switch over REST. Block RFQs and their quotes are no orders and are \
     not looked at";

const SENT_ONES: &str = "what has left cannot be called back; a key without wallet:read_write can \
     only list";

const CAN_BE_UNDONE: &str = "the same key, or whoever is logged in to the main account, can switch \
     products and logins on again";

const MAIN_SESSIONS: &str = "web and app sessions of the main account live on until its password is \
     changed; no method lists or ends them";

const STRONGER_KEYS: &str = "keys that may do more than this one cannot be cut by it, and no key of \
     a sub-account that it cannot switch into";

/// What the door offers.
pub(super) fn levers(unseen: &[Unseen]) -> Vec<LeverSupport> {
    let blind = Blinds {
        door: DOOR.door_kind(),
        levers: vec![
            Lever::Capture,
            Lever::CancelOrders,
            Lever::StopWithdrawals,
            Lever::BlockTrading,
            Lever::EndSessions,
            Lever::Audit,
        ],
    };
    vec![
        once(
            Lever::Capture,
            partial("keys are listed only with a one-time code, when they are cut"),
        ),
        lever(
            Lever::CancelOrders,
            partial(&with_unseen(NO_DEAD_MANS_SWITCH, unseen)),
            POLL_INTERVAL,
        ),
        lever(Lever::StopWithdrawals, partial(SENT_ONES), Duration::ZERO),
        with_code(lever(
            Lever::BlockTrading,
            partial(CAN_BE_UNDONE),
            Duration::ZERO,
        )),
        LeverSupport {
            blinds: vec![blind],
            ..with_code(lever(
                Lever::RevokeKey,
                partial(STRONGER_KEYS),
                Duration::ZERO,
            ))
        },
        with_code(lever(
            Lever::EndSessions,
            partial(MAIN_SESSIONS),
            Duration::ZERO,
        )),
        once(
            Lever::Audit,
            partial("keys are listed only with a one-time code, when they are cut"),
        ),
    ]
}

fn lever(lever: Lever, reach: Reach, takes_at_least: Duration) -> LeverSupport {
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

/// The venue wants a one-time code for it, and for each part of it another.
fn with_code(support: LeverSupport) -> LeverSupport {
    LeverSupport {
        asks_code: true,
        ..support
    }
}

/// What `act` returns is all there is.
fn once(which: Lever, reach: Reach) -> LeverSupport {
    LeverSupport {
        reads: false,
        ..lever(which, reach, Duration::ZERO)
    }
}

fn partial(left: &str) -> Reach {
    Reach::Partial {
        left: left.to_owned(),
    }
}

fn with_unseen(left: &str, unseen: &[Unseen]) -> String {
    if unseen.is_empty() {
        return left.to_owned();
    }
    let what: Vec<&str> = unseen.iter().map(|it| it.what.0.as_str()).collect();
    format!("{left}. Not seen from here: {}", what.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_keys_blinds_what_needs_the_key() {
        let revoke = levers(&[])
            .into_iter()
            .find(|support| support.lever == Lever::RevokeKey)
            .unwrap();
        assert!(revoke.blinds[0].levers.contains(&Lever::CancelOrders));
        assert_eq!(revoke.blinds[0].door.0, "api");
    }

    #[test]
    fn no_reach_is_flattered() {
        for support in levers(&[]) {
            assert!(!matches!(support.reach, Reach::Full), "{support:?}");
        }
    }
}
