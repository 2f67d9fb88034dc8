use std::collections::BTreeSet;

use rust_decimal::Decimal;
use simulator::{
    Served,
    faults::{Fault, Front},
    serve::{Spec, serve},
    truth::Happening,
    world::{AccountId, By, Instrument, NewOrder, OrderType, PermId, Seeding, Side, World},
};
use tempfile::TempDir;
use vault::Simulated;
use venues::Means;

use super::*;
use crate::testing::home;

/// A simulated account with orders of its own, and doors into it.
struct Scene {
    served: Served,
    account: Account<Simulated>,
    doors: Vec<Arc<dyn Door>>,
    home: Home,
    _temporary: TempDir,
}

impl Scene {
    async fn with(fronts: &[Front], faults: &[&str]) -> Self {
        let served = serve(Spec {
            fronts: fronts.iter().copied().collect(),
            faults: faults
                .iter()
                .map(|fault| fault.parse::<Fault>().unwrap())
                .collect(),
            seeding: Seeding {
                orders: 4,
                ..Seeding::default()
            },
            ..Spec::default()
        })
        .await
        .unwrap();
        let account = Account::<Simulated>::of(&served.accounts()[0]).unwrap();
        let means = Means::simulated();
        means.take_keys(&served.accounts()[0]).await.unwrap();
        let doors = account.open(&means).unwrap();
        let (temporary, home) = home();
        Self {
            served,
            account,
            doors,
            home,
            _temporary: temporary,
        }
    }

    fn world(&self) -> &World {
        self.served.world()
    }

    fn id(&self) -> &AccountId {
        self.served.accounts()[0].account()
    }

    /// The orders that are truly open.
    fn open(&self) -> BTreeSet<PermId> {
        let orders = self.world().orders(self.id());
        let open = orders.into_iter().filter(simulator::world::Order::open);
        open.map(|order| order.perm_id).collect()
    }

    /// The person places a small order far from the market, through an API client or with a key.
    fn places(&self, instrument: Instrument, limit: i64, by: &By, number: i32) -> PermId {
        let ask = NewOrder {
            instrument,
            side: Side::Buy,
            quantity: Decimal::ONE,
            order_type: OrderType::Limit,
            limit: Some(Decimal::from(limit)),
            stop: None,
            tif: "GTC".to_owned(),
            order_ref: String::new(),
        };
        self.world().place(self.id(), ask, by, number).unwrap()
    }

    async fn asks(&self, order: Option<&str>, live: bool) -> Result<ProvingView, Error> {
        let asked = Proving {
            account: self.account.name().clone(),
            order: order.map(str::to_owned),
            live,
        };
        prove(
            &self.home,
            &self.account,
            &self.doors,
            &asked,
            Timestamp::now(),
        )
        .await
    }

    /// The key under which the first door lists the order at `limit`, which may be taken.
    async fn listed(&self, limit: i64) -> String {
        let view = self.asks(None, false).await.unwrap();
        let first = self.doors[0].kind();
        let of_first = |one: &&Candidate| {
            let at_limit = one.order.limit == Some(Decimal::from(limit));
            at_limit && one.refused.is_none() && one.doors.contains(first)
        };
        let mut taken = view.orders.iter().filter(of_first);
        let one = taken.next().unwrap_or_else(|| panic!("{:#?}", view.orders));
        assert!(taken.next().is_none(), "{:#?}", view.orders);
        one.order.key.0.clone()
    }

    fn acts(&self, front: Front) -> Vec<String> {
        let truth = self.world().truth_so_far().into_iter();
        let asked = truth.filter_map(|event| {
            if let Happening::Request { door, what } = event.what
                && door == front.id()
            {
                return Some(what);
            }
            None
        });
        asked.collect()
    }
}

fn share() -> Instrument {
    Instrument::share(4_242, "QZTK")
}

fn coin(front: Front) -> Instrument {
    Instrument {
        con_id: 901,
        symbol: if front == Front::KrakenFutures {
            "PF_SOLUSD".to_owned()
        } else {
            "SOLUSD".to_owned()
        },
        sec_type: "SPOT".to_owned(),
        exchange: front.id().to_owned(),
        currency: "USD".to_owned(),
        sub: 0,
    }
}

#[tokio::test]
async fn one_order_is_cancelled_through_tws_and_seen_to_be_gone_through_another_door() {
    let scene = Scene::with(&[Front::Tws, Front::ClientPortal], &[]).await;
    let own = scene.places(share(), 3, &By::Client(7), 11);
    let before = scene.open();
    // TWS lists an order by its permanent number
    let view = scene.asks(Some(&own.0.to_string()), true).await.unwrap();
    let proof = view
        .proof
        .unwrap_or_else(|| panic!("{:?}", view.not_proved));
    let others: BTreeSet<PermId> = before.into_iter().filter(|id| *id != own).collect();
    assert_eq!(scene.open(), others, "no other order was touched");
    assert_eq!(proof.money, Money::Real);
    assert_eq!(proof.door.0, "tws");
    assert_eq!(proof.listings.len(), 2);
    assert!(
        proof.listings.iter().all(|it| it.door.0 == "client-portal"),
        "{proof:#?}"
    );
    assert_eq!(proof.others, u64::try_from(others.len()).unwrap());
    assert!(proof.others_gone.is_empty(), "{proof:#?}");
    assert_eq!(super::super::proofs::read(&scene.home).0, [proof]);
    scene.served.stop().await;
}

#[tokio::test]
async fn the_only_open_order_is_cancelled_alone_and_not_with_a_cancel_of_all() {
    let scene = Scene::with(&[Front::Tws], &[]).await;
    scene.world().cancel_by_desk(scene.id()).unwrap();
    scene.places(share(), 3, &By::Client(7), 11);
    let key = scene.listed(3).await;
    let refused = scene.asks(Some(&key), false).await.unwrap_err();
    assert!(refused.what.contains("real money"), "{refused}");
    assert!(refused.next.contains("--live"));
    assert_eq!(
        scene.open().len(),
        1,
        "nothing is cancelled without insisting"
    );

    let view = scene.asks(Some(&key), true).await.unwrap();
    assert!(view.proof.is_some(), "{:?}", view.not_proved);
    let asked = scene.acts(Front::Tws);
    assert!(asked.iter().any(|what| what == "cancelOrder"), "{asked:?}");
    assert!(
        !asked.iter().any(|what| what == "reqGlobalCancel"),
        "{asked:?}"
    );
    scene.served.stop().await;
}

#[tokio::test]
async fn exchanges_cancel_one_order_without_a_switch_and_no_real_money_needs_no_insisting() {
    for (fronts, by) in [
        (vec![Front::KrakenSpot, Front::KrakenFutures], "bot"),
        (vec![Front::Deribit], "bot"),
    ] {
        let scene = Scene::with(&fronts, &[]).await;
        let instrument = if fronts[0] == Front::Deribit {
            let orders = scene.world().orders(scene.id());
            let plain = orders.into_iter().find(|order| {
                order.ask.order_type == OrderType::Limit
                    && order.ask.instrument.symbol.ends_with("-PERPETUAL")
                    && !order.ask.instrument.symbol.contains('_')
                    && order.ask.instrument.sub == 0
            });
            plain.map_or_else(
                || Instrument {
                    symbol: "ETH-PERPETUAL".to_owned(),
                    sec_type: "PERP".to_owned(),
                    ..coin(Front::Deribit)
                },
                |order| order.ask.instrument,
            )
        } else {
            coin(fronts[0])
        };
        let own = scene.places(instrument, 1, &By::Key(by.to_owned()), 0);
        let before = scene.open();
        let view = scene.asks(None, false).await.unwrap();
        assert_eq!(view.money, Money::Test);
        let key = scene.listed(1).await;
        let view = scene.asks(Some(&key), false).await.unwrap();
        let proof = view
            .proof
            .unwrap_or_else(|| panic!("{:?}", view.not_proved));
        let others: BTreeSet<PermId> = before.into_iter().filter(|id| *id != own).collect();
        assert_eq!(scene.open(), others, "{fronts:?}");
        assert_eq!(proof.listings.len(), 2);
        for front in fronts {
            assert!(
                !scene.world().dead_man_is_set(scene.id(), front),
                "{front:?}"
            );
        }
        scene.served.stop().await;
    }
}

#[tokio::test]
async fn a_stop_a_large_order_and_one_that_is_not_there_are_refused_and_stay() {
    let scene = Scene::with(&[Front::Tws], &[]).await;
    let before = scene.open();
    let view = scene.asks(None, false).await.unwrap();
    assert!(!view.orders.is_empty());
    for candidate in &view.orders {
        assert!(candidate.refused.is_some(), "{candidate:?}");
        let refused = scene.asks(Some(&candidate.order.key.0), true).await;
        let refused = refused.unwrap_err();
        assert!(refused.what.contains("is not taken"), "{refused}");
        assert_eq!(refused.untouched, "no order was cancelled");
    }
    let unknown = scene.asks(Some("99"), true).await.unwrap_err();
    assert!(unknown.what.contains("no open order"), "{unknown}");
    assert_eq!(scene.open(), before);
    scene.served.stop().await;
}

#[tokio::test]
async fn a_cancel_that_the_venue_refuses_proves_nothing_and_says_so() {
    let scene = Scene::with(&[Front::Tws], &[]).await;
    let own = scene.places(share(), 3, &By::Client(7), 11);
    let key = scene.listed(3).await;
    scene
        .world()
        .change_tws_settings(scene.id(), |settings| settings.read_only_api = true)
        .unwrap();
    match scene.asks(Some(&key), true).await {
        // a read-only TWS lists nothing either
        Err(error) => assert_eq!(error.untouched, "no order was cancelled"),
        Ok(view) => {
            assert!(view.proof.is_none());
            assert!(view.not_proved.is_some());
        }
    }
    assert!(scene.open().contains(&own));
    assert_eq!(super::super::proofs::read(&scene.home).0, []);
    scene.served.stop().await;
}
