//! What several benchmarks stand on: simulated TWS accounts behind taps, and runbooks.

use std::time::{Duration, Instant};

use door::{Door, DoorKind};
use incident::executor::Doors;
use runbook::{AccountName, Plan, Runbook, Terrain};
use simulator::{
    faults::Front,
    serve::{Served, Spec, serve},
    world::Seeding,
};
use vault::Live;
use venues::{Account, DoorConfig, Means};

use crate::{Failure, tap::Tap};

/// A simulated TWS with `orders` open, and the tap that clients go through.
pub(crate) struct Ground {
    pub(crate) tap: Tap,
    // everything that is served ends with it
    _served: Served,
}

impl Ground {
    pub(crate) async fn with_orders(orders: usize) -> Result<Self, Failure> {
        let served = serve(Spec {
            fronts: [Front::Tws].into(),
            seeding: Seeding {
                orders,
                ..Seeding::default()
            },
            ..Spec::default()
        })
        .await?;
        let door = served
            .accounts()
            .first()
            .and_then(|account| account.doors().first())
            .ok_or("the simulator serves no door")?;
        Ok(Self {
            tap: Tap::before(door.address())?,
            _served: served,
        })
    }

    /// When the next cancel had arrived, and this ground again.
    pub(crate) async fn next_cancel(self) -> Result<(Instant, Self), Failure> {
        Ok(tokio::task::spawn_blocking(move || {
            let arrived = self.tap.next_cancel()?;
            Ok::<_, std::io::Error>((arrived, self))
        })
        .await??)
    }

    /// The tapped account, armed: its door is open and warm.
    pub(crate) async fn armed(&self) -> Result<Armed, Failure> {
        let door: DoorConfig = format!("tws={}", self.tap.address()).parse()?;
        // IBKR's doors need no key: the keychain is never asked
        let means = Means::new(vault::Vault::<Live>::of_home("none")?, None);
        Armed::new(&[Account::new("main", "ibkr", vec![door])?], &means).await
    }
}

/// Accounts whose doors are open and at rest, and what runs are planned on.
pub(crate) struct Armed {
    pub(crate) doors: Doors,
    terrain: Terrain,
}

impl Armed {
    pub(crate) async fn new<R: vault::Realm>(
        accounts: &[Account<R>],
        means: &Means<R>,
    ) -> Result<Self, Failure> {
        let mut doors = Doors::new();
        let mut rest = Duration::ZERO;
        for account in accounts {
            for door in account.open(means)? {
                door.open().await?;
                rest = rest.max(door.poll_interval());
                doors.insert(named(account.name(), &*door), door);
            }
        }
        // people arm long before they press: what opening took from a door's budget is back by then
        tokio::time::sleep(rest + rest / 10).await;
        let outlines = accounts.iter().map(|account| account.outline(None));
        Ok(Self {
            doors,
            terrain: Terrain::new(outlines.collect()),
        })
    }

    pub(crate) fn plan(&self, runbook: &Runbook) -> Plan {
        runbook::plan(runbook, &self.terrain)
    }
}

fn named(account: &AccountName, door: &dyn Door) -> (AccountName, DoorKind) {
    (account.clone(), door.kind().clone())
}

/// A runbook from its text.
pub(crate) fn read(id: &str, text: &str) -> Result<Runbook, Failure> {
    Runbook::parse(&format!("{id}.toml"), text).map_err(|findings| format!("{findings:?}").into())
}
