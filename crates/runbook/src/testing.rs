//! Accounts to lint and plan against in tests.

use std::time::Duration;

use door::{Blinds, DoorKind, Lever, LeverSupport, Reach};

use crate::{
    plan::{AccountName, AccountOutline, DoorOutline},
    terrain::Terrain,
};

/// One IBKR account, `main`, with three doors that have usernames of their own.
pub(crate) fn main_account() -> AccountOutline {
    account("main", &["tws", "client-portal", "ibc"])
}

/// Two accounts: one with all doors, armed; one in Ireland with a single door, not armed.
pub(crate) fn two_accounts() -> Terrain {
    let mut spare = account("spare", &["client-portal"]);
    spare.entity = Some("IE".to_owned());
    spare.not_armed = Some("the keychain is locked".to_owned());
    Terrain::new(vec![main_account(), spare])
}

/// An IBKR account with the named doors.
pub(crate) fn account(name: &str, doors: &[&str]) -> AccountOutline {
    AccountOutline {
        name: AccountName::new(name),
        venue: "ibkr".to_owned(),
        entity: None,
        masked_id: None,
        doors: doors.iter().map(|kind| door(kind)).collect(),
        not_armed: None,
    }
}

/// An account whose two seated doors share a username.
pub(crate) fn shared_account() -> AccountOutline {
    let mut account = account("shared", &["tws", "client-portal"]);
    for door in &mut account.doors {
        door.username = Some("one-and-only".to_owned());
    }
    account
}

pub(crate) fn terrain() -> Terrain {
    Terrain::new(vec![main_account()])
}

fn door(kind: &str) -> DoorOutline {
    use Lever::{
        Audit, BlockTrading, CancelOrders, Capture, EndSessions, RevokeKey, StopAutomation,
        StopWithdrawals,
    };
    let all = vec![
        Capture,
        StopAutomation,
        CancelOrders,
        StopWithdrawals,
        BlockTrading,
        RevokeKey,
        EndSessions,
        Audit,
    ];
    let (username, levers, poll) = match kind {
        "tws" => (
            Some("trader-api"),
            vec![
                support(Capture, 0, &[]),
                support(CancelOrders, 1_000, &[]),
                support(BlockTrading, 500, &[Capture, CancelOrders]),
                support(Audit, 200, &[]),
            ],
            1_000,
        ),
        "client-portal" => (
            Some("trader-web"),
            vec![
                support(Capture, 5_000, &[]),
                support(CancelOrders, 15_000, &[]),
                support(EndSessions, 2_000, &[]),
                support(Audit, 1_000, &[]),
            ],
            5_000,
        ),
        "ibc" => (
            None,
            vec![
                support(StopAutomation, 10_000, &all),
                support(EndSessions, 1_000, &all),
            ],
            1_000,
        ),
        other => panic!("no door {other}"),
    };
    DoorOutline {
        kind: DoorKind::new(kind),
        username: username.map(str::to_owned),
        levers,
        poll_interval_ms: poll,
    }
}

/// An account at Kraken with both doors: keys can only be read back there.
pub(crate) fn kraken() -> AccountOutline {
    use Lever::{Audit, CancelOrders, Capture, RevokeKey, StopWithdrawals};
    let part = |kind: &str, more: Vec<LeverSupport>| {
        let own_key = LeverSupport {
            acts: false,
            ..blinding_itself(kind, support(RevokeKey, 0, &[]))
        };
        let cancel = LeverSupport {
            own_part: true,
            ..support(CancelOrders, 2_000, &[])
        };
        let mut levers = vec![support(Capture, 0, &[]), cancel, own_key];
        levers.extend(more);
        exchange_door(kind, levers)
    };
    AccountOutline {
        doors: vec![
            part(
                "spot",
                vec![support(StopWithdrawals, 0, &[]), support(Audit, 0, &[])],
            ),
            part("futures", Vec::new()),
        ],
        ..exchange("coins", "kraken")
    }
}

/// An account at Deribit: everything is done by API, keys with a one-time code.
pub(crate) fn deribit() -> AccountOutline {
    let levers = Lever::ALL
        .into_iter()
        .filter(|lever| *lever != Lever::StopAutomation)
        .map(|lever| {
            let offered = support(lever, 1_000, &[]);
            if lever == Lever::RevokeKey {
                let asks = LeverSupport {
                    asks_code: true,
                    ..offered
                };
                return blinding_itself("api", asks);
            }
            offered
        });
    AccountOutline {
        doors: vec![exchange_door("api", levers.collect())],
        ..exchange("options", "deribit")
    }
}

fn exchange(name: &str, venue: &str) -> AccountOutline {
    AccountOutline {
        name: AccountName::new(name),
        venue: venue.to_owned(),
        entity: None,
        masked_id: None,
        doors: Vec::new(),
        not_armed: None,
    }
}

fn exchange_door(kind: &str, levers: Vec<LeverSupport>) -> DoorOutline {
    DoorOutline {
        kind: DoorKind::new(kind),
        username: None,
        levers,
        poll_interval_ms: 1_000,
    }
}

fn blinding_itself(kind: &str, support: LeverSupport) -> LeverSupport {
    let blinds = Blinds {
        door: DoorKind::new(kind),
        levers: Lever::ALL
            .into_iter()
            .filter(|lever| *lever != Lever::RevokeKey)
            .collect(),
    };
    LeverSupport {
        blinds: vec![blinds],
        ..support
    }
}

/// Full reach; what is blinded is blinded at `tws`.
fn support(lever: Lever, takes_ms: u64, blinds: &[Lever]) -> LeverSupport {
    let blinds = (!blinds.is_empty()).then(|| Blinds {
        door: DoorKind::new("tws"),
        levers: blinds.to_vec(),
    });
    LeverSupport {
        lever,
        reach: Reach::Full,
        acts: true,
        reads: true,
        takes_at_least: Duration::from_millis(takes_ms),
        blinds: blinds.into_iter().collect(),
        own_part: false,
        asks_code: false,
    }
}
