//! Interactive Brokers: the TWS socket, the Client Portal Web API, IBC's command port, and the Flex
//! Web Service.
//!
//! One username holds one brokerage session there, so a lever of one door may blind another; each
//! door says which.

mod client_portal;
mod codes;
pub mod flex;
mod ibc;
mod levers;
mod tws;

use std::{sync::Arc, time::Duration};

use door::{Door, Family, LeverSupport, Unseen};
use vault::Realm;

use crate::{
    account::Account,
    config::{DoorConfig, Kind},
    config_error::ConfigError,
};

/// The venue's id.
pub(crate) const VENUE: &str = "ibkr";

/// The one family of open orders that IBKR's doors list.
pub(crate) const ORDERS: &str = "orders";

/// What `door` of `account` offers, as far as configuration tells.
pub(crate) fn levers<R: Realm>(door: &DoorConfig, account: &Account<R>) -> Vec<LeverSupport> {
    let unseen = unseen(account);
    match door.kind() {
        Kind::Tws => levers::tws(&unseen),
        Kind::ClientPortal => levers::client_portal(&unseen, shares_seat_with_tws(door, account)),
        Kind::Ibc => levers::ibc(account.sibling(Kind::Tws).is_some()),
        Kind::Flex => levers::flex(),
        Kind::KrakenSpot | Kind::KrakenFutures | Kind::Deribit => Vec::new(),
    }
}

/// The least time between two listings that count as two.
pub(crate) fn poll_interval(kind: Kind) -> Duration {
    match kind {
        // 50 messages a second are shared by all clients of one TWS; two a poll leaves them room
        Kind::Tws => Duration::from_millis(500),
        // the order list may be read once in 5 s
        Kind::ClientPortal => Duration::from_secs(5),
        Kind::Ibc | Kind::Flex | Kind::KrakenSpot | Kind::KrakenFutures | Kind::Deribit => {
            Duration::from_secs(1)
        }
    }
}

/// Builds `door` of `account`, not connected yet.
pub(crate) fn build<R: Realm>(
    door: &DoorConfig,
    account: &Account<R>,
) -> Result<Arc<dyn Door>, ConfigError> {
    let offered = levers(door, account);
    let unseen = unseen(account);
    Ok(match door.kind() {
        Kind::Tws => Arc::new(tws::TwsDoor::new(tws::Settings {
            address: door.address().authority(),
            client_id: door.client_id(),
            levers: offered,
            unseen,
        })),
        Kind::ClientPortal => Arc::new(client_portal::ClientPortalDoor::new(
            client_portal::Settings {
                authority: door.address().authority(),
                pin: door.pin(),
                levers: offered,
                unseen,
            },
        )?),
        Kind::Ibc => Arc::new(ibc::IbcDoor::new(
            door.address().authority(),
            account
                .sibling(Kind::Tws)
                .map(|tws| tws.address().authority()),
            offered,
        )),
        Kind::Flex | Kind::KrakenSpot | Kind::KrakenFutures | Kind::Deribit => {
            return Err(ConfigError::new(
                format!("{VENUE} has no {} door", door.kind()),
                "choose a door of that venue",
            ));
        }
    })
}

/// Why an account's declared families are not seen here.
fn unseen<R: Realm>(account: &Account<R>) -> Vec<Unseen> {
    let of = |family: &Family| {
        let why = match family.0.as_str() {
            "fix" => "orders sent over FIX are outside what this login can list or cancel",
            "other-users" => {
                "orders of the account's other users are outside what this login can list or cancel"
            }
            _ => "declared as existing, and no door of this account can list it",
        };
        Unseen {
            what: family.clone(),
            why: why.to_owned(),
        }
    };
    account.unseen().iter().map(of).collect()
}

/// Whether taking the brokerage seat here takes it from the TWS door.
fn shares_seat_with_tws<R: Realm>(door: &DoorConfig, account: &Account<R>) -> bool {
    account.sibling(Kind::Tws).is_some_and(|tws| {
        matches!((door.username(), tws.username()), (Some(mine), Some(theirs)) if mine == theirs)
    })
}
