//! The venues that there are, and which folder answers for which.

use std::{sync::Arc, time::Duration};

use door::{Door, Family, LeverSupport, Unseen};
use vault::Realm;

use crate::{
    account::Account,
    config::{DoorConfig, Kind},
    config_error::ConfigError,
    deribit, exchange, ibkr, kraken,
    means::Means,
};

/// A venue that Firebreak has doors for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Venue {
    /// Interactive Brokers.
    Ibkr,
    /// Kraken.
    Kraken,
    /// Deribit.
    Deribit,
}

impl Venue {
    /// All of them, in the order in which a person is asked.
    pub const ALL: [Self; 3] = [Self::Ibkr, Self::Kraken, Self::Deribit];

    /// Its id in configuration, runbooks and journals.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ibkr => ibkr::VENUE,
            Self::Kraken => kraken::VENUE,
            Self::Deribit => deribit::VENUE,
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ibkr => "Interactive Brokers",
            Self::Kraken => "Kraken",
            Self::Deribit => "Deribit",
        }
    }

    /// The venue of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|venue| venue.id() == id)
    }

    /// The kinds of its doors, in the order in which they are tried.
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .into_iter()
            .filter(move |kind| kind.venue() == self)
    }
}

/// What `door` of `account` offers, as far as configuration tells.
pub(crate) fn levers<R: Realm>(door: &DoorConfig, account: &Account<R>) -> Vec<LeverSupport> {
    match door.kind().venue() {
        Venue::Ibkr => ibkr::levers(door, account),
        Venue::Kraken => kraken::levers(door.kind(), &unseen(account)),
        Venue::Deribit => deribit::levers(&unseen(account)),
    }
}

/// The least time between two listings that count as two.
pub(crate) fn poll_interval(kind: Kind) -> Duration {
    match kind.venue() {
        Venue::Ibkr => ibkr::poll_interval(kind),
        Venue::Kraken => kraken::poll_interval(kind),
        Venue::Deribit => deribit::POLL_INTERVAL,
    }
}

/// Builds `door` of `account`, not connected yet.
pub(crate) fn build<R: Realm>(
    door: &DoorConfig,
    account: &Account<R>,
    means: &Means<R>,
) -> Result<Arc<dyn Door>, ConfigError> {
    let venue = door.kind().venue();
    if venue == Venue::Ibkr && !door.kind().signs() {
        return ibkr::build(door, account);
    }
    let settings = exchange::Settings {
        kind: door.kind().door_kind(),
        address: door.address().clone(),
        pin: door.pin(),
        credentials: means.credentials(account.name(), door.kind())?,
        nonces: means.nonces(account.name(), door.kind()),
        counter: means.kept(account.name(), door.kind(), "counter"),
        levers: levers(door, account),
        unseen: unseen(account),
    };
    match (venue, door.kind()) {
        (Venue::Kraken, Kind::KrakenFutures) => kraken::futures(settings),
        (Venue::Kraken, _) => kraken::spot(settings),
        (Venue::Ibkr, _) => Ok(Arc::new(ibkr::flex::FlexDoor::new(settings)?)),
        (Venue::Deribit, _) => deribit::api(settings),
    }
}

/// What exists in an exchange's account, and no door of it sees: what the person declared, and the
/// other part of the venue where no door was given for it.
fn unseen<R: Realm>(account: &Account<R>) -> Vec<Unseen> {
    let declared = account.unseen().iter().map(|family| Unseen {
        what: family.clone(),
        why: "declared as existing, and no door of this account can list it".to_owned(),
    });
    let without = |kind: Kind, what: &str| {
        let missing = account.venue() == kind.venue().id() && account.sibling(kind).is_none();
        missing.then(|| Unseen {
            what: Family::new(what),
            why: format!("this account has no {kind} door, so nobody looked there"),
        })
    };
    declared
        .chain(without(Kind::KrakenSpot, "spot and margin orders"))
        .chain(without(Kind::KrakenFutures, "futures orders"))
        .collect()
}
