//! Faults that are somebody at work.

use std::{collections::BTreeSet, time::Duration};

use rust_decimal::Decimal;
use tokio::task::JoinSet;

use super::{Access, Actor, Deed, Pace, intruder::Intruder};
use crate::{
    faults::{Bite, FaultKind, Front, Standing},
    world::{AccountId, Instrument, Platform, Side, World},
};

/// Plays the faults that are somebody at work, on every account of a world. Never returns.
pub async fn haunt(world: World) {
    let mut playing = JoinSet::new();
    let mut haunted = BTreeSet::new();
    loop {
        let changed = world.faults().changed();
        for account in world.accounts() {
            if haunted.insert(account.clone()) {
                playing.spawn(place_orders(world.clone(), account.clone()));
                for front in [Front::Tws, Front::ClientPortal] {
                    playing.spawn(compete(world.clone(), account.clone(), front));
                }
            }
        }
        changed.await;
    }
}

async fn place_orders(world: World, account: AccountId) {
    let Ok(owned) = world.account(&account) else {
        return;
    };
    let actor = Actor {
        label: "Firefox on Windows, another country".to_owned(),
        access: Access::Login {
            user: "phone".to_owned(),
            platform: Platform::Web,
            session_only: false,
        },
        innocent: false,
        acts: Vec::new(),
    };
    let intruder = Intruder::new(&world, &owned.id, &actor, Pace::default());
    let mut placed: i32 = 0;
    while_it_bites(&world, &account, None, FaultKind::Attacker, |bite| {
        let times = bite.number("times", 0);
        if times > 0 && u64::try_from(placed).is_ok_and(|placed| placed >= times) {
            return None;
        }
        let con_id = 900_001 + placed % 5;
        let price = World::reference_price(&Instrument::share(con_id, ""));
        let deed = Deed::Place {
            symbol: format!("THIN{}", placed % 5 + 1),
            con_id,
            side: Side::Buy,
            quantity: Decimal::new(500, 0),
            limit: Some((price - Decimal::TWO).max(Decimal::ONE)),
            fills_at: None,
        };
        if intruder.does(&deed).is_ok() {
            placed += 1;
        }
        Some(bite.duration("every", Duration::from_millis(500)))
    })
    .await;
}

async fn compete(world: World, account: AccountId, front: Front) {
    let mut intruder: Option<Intruder> = None;
    while_it_bites(
        &world,
        &account,
        Some(front),
        FaultKind::CompetingSession,
        |bite| {
            if intruder.is_none() {
                intruder = rival(&world, &account, front);
            }
            if let Some(intruder) = &intruder {
                // who is refused tries again next time
                let _ = intruder.does(&Deed::TakeSeat);
            }
            Some(bite.duration("every", Duration::from_secs(2)))
        },
    )
    .await;
}

/// An intruder with the login that a front end of the account uses, once it has one.
fn rival(world: &World, account: &AccountId, front: Front) -> Option<Intruder> {
    let username = match front {
        Front::Tws => world.tws_user(account).ok()?,
        Front::ClientPortal => {
            let sessions = world.sessions(account).into_iter();
            let mut own = sessions.filter(|s| s.here && s.platform == Platform::ClientPortal);
            own.next()?.username
        }
        Front::Ibc | Front::Flex | Front::KrakenSpot | Front::KrakenFutures | Front::Deribit => {
            return None;
        }
    };
    let label = "IBKR Mobile, another country";
    Intruder::with_login(world, account, username, Platform::Mobile, label)
}

/// Acts whenever a fault bites: `act` says how long to wait, or that it is over.
async fn while_it_bites(
    world: &World,
    account: &AccountId,
    front: Option<Front>,
    kind: FaultKind,
    mut act: impl FnMut(&Bite) -> Option<Duration>,
) {
    loop {
        let changed = world.faults().changed();
        match world.faults().standing(world.now(), front, account, kind) {
            Standing::Bites(bite) => match act(&bite) {
                Some(wait) => tokio::time::sleep(wait.max(Duration::from_millis(1))).await,
                None => changed.await,
            },
            Standing::From(at) => {
                tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    () = changed => {}
                }
            }
            Standing::Idle => changed.await,
        }
    }
}
