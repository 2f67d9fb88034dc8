//! An account at the simulated Kraken, and time that is passed in.

use std::{sync::Arc, time::Duration};

use door::{Door, Forget, Found, Pull, Reading};
use simulator::{
    faults::Front,
    serve::Spec,
    world::{By, Instrument, NewOrder, Order, OrderType, Seeding, Side},
};
use vault::Secret;
use venues::{Account, DoorKey, Kind, Means};

use crate::scene::{Scene, fault};

/// Lets time pass, for the doors and for the venue, without waiting for it.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// One account with both doors, spot first.
pub(crate) async fn both(orders: usize, faults: &[&str]) -> Scene {
    of(&[Front::KrakenSpot, Front::KrakenFutures], orders, faults).await
}

/// One account with the door to spot.
pub(crate) async fn spot(orders: usize, faults: &[&str]) -> Scene {
    of(&[Front::KrakenSpot], orders, faults).await
}

/// One account with the door to futures.
pub(crate) async fn futures(orders: usize, faults: &[&str]) -> Scene {
    of(&[Front::KrakenFutures], orders, faults).await
}

async fn of(fronts: &[Front], orders: usize, faults: &[&str]) -> Scene {
    Scene::of(Spec {
        fronts: fronts.iter().copied().collect(),
        faults: faults.iter().map(|it| fault(it)).collect(),
        seeding: Seeding {
            orders,
            ..Seeding::default()
        },
        ..Spec::default()
    })
    .await
}

/// The same account's doors with another key or secret in the keychain.
pub(crate) async fn with_key(
    scene: &Scene,
    change: impl Fn(Kind, &str, &str) -> (String, String),
) -> Vec<Arc<dyn Door>> {
    let served = &scene.served.accounts()[0];
    let account = Account::of(served).unwrap();
    let means = Means::simulated();
    for door in served.doors() {
        let kind = Kind::from_id(door.kind()).unwrap();
        let (key, secret) = door.key().unwrap();
        let (key, secret) = change(kind, key, secret);
        let key = DoorKey {
            kind,
            key: Secret::new(key),
            secret: Secret::new(secret),
        };
        means.keep_key(account.name(), &key).await.unwrap();
    }
    account.open(&means).unwrap()
}

/// What is truly open at a front end.
pub(crate) fn truly_open(scene: &Scene, front: Front) -> Vec<Order> {
    let mut listed = scene.world().listed(front, scene.account());
    listed.retain(Order::open);
    listed
}

/// Reads back at the door's pace until nothing is found; fails after `listings`.
pub(crate) async fn until_empty(door: &dyn Door, pull: &Pull, listings: usize) -> Reading {
    let mut reading = Reading::default();
    for _ in 0..listings {
        reading = door.read_back(pull, &Forget).await.unwrap();
        if reading.found.is_empty() {
            return reading;
        }
        pass(door.poll_interval()).await;
    }
    panic!("still open: {reading:?}");
}

/// The owner's bot places an order that rests.
pub(crate) fn bot_places(scene: &Scene, symbol: &str, sec_type: &str) {
    let front = if sec_type == "PERP" {
        Front::KrakenFutures
    } else {
        Front::KrakenSpot
    };
    let key = if sec_type == "PERP" {
        "bot-futures"
    } else {
        "bot"
    };
    let ask = NewOrder {
        instrument: Instrument {
            con_id: 900,
            symbol: symbol.to_owned(),
            sec_type: sec_type.to_owned(),
            exchange: front.id().to_owned(),
            currency: "USD".to_owned(),
            sub: 0,
        },
        side: Side::Buy,
        quantity: 2.into(),
        order_type: OrderType::Limit,
        limit: Some(1.into()),
        stop: None,
        tif: "GTC".to_owned(),
        order_ref: String::new(),
    };
    let by = By::Key(key.to_owned());
    scene.world().place(scene.account(), ask, &by, 0).unwrap();
}

/// Gives Firebreak's own key other rights.
pub(crate) fn rights(scene: &Scene, key: &str, rights: &[&str]) {
    scene
        .world()
        .change_api_key(scene.account(), key, |api| {
            api.scopes = rights.iter().map(|&right| right.to_owned()).collect();
        })
        .unwrap();
}

/// The family of an order that was found.
pub(crate) fn family(found: &Found) -> String {
    let Found::Order(order) = found else {
        panic!("no order: {found:?}");
    };
    order.family.0.clone()
}
