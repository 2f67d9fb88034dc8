//! Which levers IBKR's doors offer and how far each goes, known from configuration alone.
//!
//! A reach is never said to be full where the venue's documents leave something out.

use std::time::Duration;

use door::{Blinds, Lever, LeverSupport, Reach, Unseen};

use super::poll_interval;
use crate::config::Kind;

/// Every lever that the TWS door offers: what is gone once TWS itself is.
const TWS_ALL: [Lever; 4] = [
    Lever::Capture,
    Lever::CancelOrders,
    Lever::BlockTrading,
    Lever::Audit,
];

pub(super) const STILL_TRADES_WHEN_READ_ONLY: &str = "the TWS window, IBKR Mobile, IBKR Desktop \
     and the web can still trade, and somebody at the TWS window can untick it";

pub(super) const WEB_SESSIONS_LIVE_ON: &str = "other web and mobile sessions live on without the \
     brokerage seat until the password is changed; no API lists or ends them";

pub(super) const ONLY_THIS_TWS: &str = "only the TWS or IB Gateway that this IBC runs is stopped; \
     a bot's own process and programs elsewhere live on";

/// Until when a statement does not tell.
pub(super) const STATEMENTS_COME_LATER: &str = "trade confirmations are there some 10 minutes after a \
     trade, all else after the day's close; collect again then";

pub(super) fn tws(unseen: &[Unseen]) -> Vec<LeverSupport> {
    let poll = poll_interval(Kind::Tws);
    vec![
        acting(Lever::Capture, Reach::Full, Duration::ZERO).without_reading(),
        acting(Lever::CancelOrders, cancel_reach(unseen), poll),
        LeverSupport {
            blinds: vec![Blinds {
                door: Kind::Tws.door_kind(),
                levers: vec![Lever::Capture, Lever::CancelOrders, Lever::Audit],
            }],
            ..acting(
                Lever::BlockTrading,
                partial(STILL_TRADES_WHEN_READ_ONLY),
                Duration::ZERO,
            )
        },
        acting(Lever::Audit, Reach::Full, Duration::ZERO).without_reading(),
    ]
}

pub(super) fn client_portal(unseen: &[Unseen], shares_seat_with_tws: bool) -> Vec<LeverSupport> {
    let poll = poll_interval(Kind::ClientPortal);
    let blinds = if shares_seat_with_tws {
        vec![Blinds {
            door: Kind::Tws.door_kind(),
            levers: TWS_ALL.to_vec(),
        }]
    } else {
        Vec::new()
    };
    vec![
        acting(Lever::Capture, Reach::Full, Duration::ZERO).without_reading(),
        acting(Lever::CancelOrders, cancel_reach(unseen), poll * 2),
        LeverSupport {
            blinds,
            ..acting(
                Lever::EndSessions,
                partial(WEB_SESSIONS_LIVE_ON),
                Duration::ZERO,
            )
        },
    ]
}

pub(super) fn ibc(has_tws: bool) -> Vec<LeverSupport> {
    let blinds = if has_tws {
        vec![Blinds {
            door: Kind::Tws.door_kind(),
            levers: TWS_ALL.to_vec(),
        }]
    } else {
        Vec::new()
    };
    let stop = |lever, left| LeverSupport {
        blinds: blinds.clone(),
        ..acting(lever, partial(left), Duration::from_secs(1))
    };
    vec![
        stop(Lever::StopAutomation, ONLY_THIS_TWS),
        stop(Lever::EndSessions, WEB_SESSIONS_LIVE_ON),
    ]
}

pub(super) fn flex() -> Vec<LeverSupport> {
    vec![
        acting(
            Lever::Capture,
            partial(STATEMENTS_COME_LATER),
            Duration::from_secs(1),
        )
        .without_reading(),
        acting(Lever::Audit, Reach::Full, Duration::ZERO).without_reading(),
    ]
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

trait WithoutReading {
    /// What `act` returns is all there is: nothing at the venue changes that could be read back.
    fn without_reading(self) -> Self;
}

impl WithoutReading for LeverSupport {
    fn without_reading(mut self) -> Self {
        self.reads = false;
        self
    }
}

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

    #[test]
    fn taking_the_seat_blinds_tws_only_for_the_same_user() {
        let of = |same| {
            client_portal(&[], same)
                .into_iter()
                .find(|support| support.lever == Lever::EndSessions)
                .unwrap()
        };
        assert!(of(false).blinds.is_empty());
        assert!(of(true).blinds[0].levers.contains(&Lever::CancelOrders));
    }

    #[test]
    fn a_family_that_no_door_sees_makes_cancelling_partial() {
        let fix = Unseen {
            what: door::Family::new("fix"),
            why: String::new(),
        };
        for levers in [
            tws(std::slice::from_ref(&fix)),
            client_portal(&[fix], false),
        ] {
            let cancel = levers
                .iter()
                .find(|support| support.lever == Lever::CancelOrders)
                .unwrap();
            assert!(matches!(&cancel.reach, Reach::Partial { left } if left.contains("fix")));
        }
    }

    #[test]
    fn read_only_blinds_what_still_needs_the_socket() {
        let block = tws(&[])
            .into_iter()
            .find(|support| support.lever == Lever::BlockTrading)
            .unwrap();
        assert!(block.blinds[0].levers.contains(&Lever::CancelOrders));
    }
}
