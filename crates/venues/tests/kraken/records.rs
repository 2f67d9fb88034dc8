//! What a capture and an audit record, and what they must not.

use std::time::Duration;

use door::{ActKind, Forget, Lever};
use simulator::faults::Front;

use crate::{
    bench::{both, pass, rights, spot, truly_open},
    scene::{Kept, pull},
};

#[tokio::test]
async fn a_capture_holds_every_part_of_both_doors() {
    let scene = both(
        24,
        &[
            "spot/fill-during-cancel:every=1",
            "futures/fill-during-cancel:every=1",
        ],
    )
    .await;
    for (door, front) in scene
        .doors
        .iter()
        .zip([Front::KrakenSpot, Front::KrakenFutures])
    {
        let open = truly_open(&scene, front).len();
        let receipt = door.act(&pull(Lever::Capture), &Forget).await.unwrap();
        assert!(receipt.missing.is_empty(), "{:?}", receipt.missing);
        let snapshot = receipt.snapshot.unwrap();
        assert_eq!(snapshot.orders.len(), open);
        assert!(!snapshot.positions.is_empty());
        let has = |name: &str| {
            snapshot
                .facts
                .iter()
                .any(|(fact, _)| fact.starts_with(name))
        };
        assert!(has("balance"), "{:?}", snapshot.facts);
    }
}

#[tokio::test]
async fn fills_are_read_to_the_last_page() {
    let scene = both(0, &[]).await;
    let cancel = pull(Lever::CancelOrders);
    for front in [Front::KrakenSpot, Front::KrakenFutures] {
        for _ in 0..130 {
            trade(&scene, front);
            pass(Duration::from_millis(2)).await;
        }
    }
    for door in &scene.doors {
        let reading = door.read_back(&cancel, &Forget).await.unwrap();
        assert_eq!(reading.fills.len(), 130, "{}", reading.words);
    }
}

fn trade(scene: &crate::scene::Scene, front: Front) {
    use simulator::world::{By, Instrument, NewOrder, OrderType, Side};
    let (symbol, sec_type, key) = if front == Front::KrakenFutures {
        ("PF_XBTUSD", "PERP", "bot-futures")
    } else {
        ("SOLUSD", "SPOT", "bot")
    };
    let ask = NewOrder {
        instrument: Instrument {
            con_id: 901,
            symbol: symbol.to_owned(),
            sec_type: sec_type.to_owned(),
            exchange: front.id().to_owned(),
            currency: "USD".to_owned(),
            sub: 0,
        },
        side: Side::Buy,
        quantity: 1.into(),
        order_type: OrderType::Limit,
        limit: Some(1.into()),
        stop: None,
        tif: "GTC".to_owned(),
        order_ref: String::new(),
    };
    let by = By::Key(key.to_owned());
    let order = scene.world().place(scene.account(), ask, &by, 0).unwrap();
    scene.world().fill(order, 1.into(), 1.into()).unwrap();
}

#[tokio::test]
async fn what_a_key_may_not_read_is_missing_by_name() {
    let scene = spot(6, &[]).await;
    rights(&scene, "panic", &["query-open-trades"]);
    let receipt = scene
        .door()
        .act(&pull(Lever::Capture), &Forget)
        .await
        .unwrap();
    let missing: Vec<_> = receipt.missing.iter().map(|it| it.what.as_str()).collect();
    for what in [
        "fills",
        "balances",
        "ledger entries",
        "withdrawals",
        "closed orders",
    ] {
        assert!(missing.contains(&what), "{what}: {missing:?}");
    }
    assert!(
        receipt.missing.iter().all(|it| it.why.contains("no right")),
        "{receipt:?}"
    );
    let snapshot = receipt.snapshot.unwrap();
    assert_eq!(
        snapshot.orders.len(),
        truly_open(&scene, Front::KrakenSpot).len()
    );
}

#[tokio::test]
async fn no_secret_stands_in_what_is_kept() {
    let scene = both(6, &[]).await;
    let kept = Kept::default();
    for door in &scene.doors {
        for lever in [Lever::Capture, Lever::Audit, Lever::CancelOrders] {
            door.act(&pull(lever), &kept).await.unwrap();
        }
    }
    for label in [
        "open-orders",
        "trades",
        "key-info",
        "ledger",
        "account-log",
        "cancel-all",
    ] {
        assert!(
            kept.labels().contains(label),
            "{label}: {:?}",
            kept.labels()
        );
    }
    let secrets = scene.served.accounts()[0].secrets();
    assert_eq!(secrets.len(), 4);
    for (label, text) in kept.0.lock().unwrap().iter() {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{label}: {text}");
        }
        assert!(!text.to_lowercase().contains("api-sign"), "{label}: {text}");
    }
}

#[tokio::test]
async fn an_audit_tells_the_rights_and_the_address_book_and_what_no_api_lists() {
    let scene = both(2, &[]).await;
    let receipt = scene.doors[0]
        .act(&pull(Lever::Audit), &Forget)
        .await
        .unwrap();
    let facts = receipt.snapshot.unwrap().facts;
    let value = |name: &str| {
        let fact = facts.iter().find(|(known, _)| known == name);
        fact.unwrap_or_else(|| panic!("{name}: {facts:?}"))
            .1
            .clone()
    };
    assert_eq!(value("key"), "panic");
    assert_eq!(value("may withdraw"), "no");
    assert_eq!(value("key works from"), "127.0.0.1");
    assert!(value("withdrawal address cold wallet").contains("bc1q…5mdq"));
    assert!(receipt.missing[0].what.contains("other keys"));
    let receipt = scene.doors[1]
        .act(&pull(Lever::Audit), &Forget)
        .await
        .unwrap();
    let facts = receipt.snapshot.unwrap().facts;
    assert!(facts.contains(&("may withdraw".to_owned(), "no".to_owned())));
    assert!(facts.contains(&("futures key moves money".to_owned(), "no access".to_owned())));
}

#[tokio::test]
async fn a_capture_tells_orders_fills_movements_addresses_and_keys_as_acts() {
    let scene = both(24, &[]).await;
    for front in [Front::KrakenSpot, Front::KrakenFutures] {
        trade(&scene, front);
    }
    let (target, leaves) = (
        "0x71C7656EC7ab88b098defB751B7401B5f6d8976F",
        Duration::from_secs(1),
    );
    scene
        .world()
        .ask_withdrawal(scene.account(), 500.into(), target, leaves)
        .unwrap();
    pass(2 * leaves).await;
    let kept = Kept::default();
    for door in &scene.doors {
        let receipt = door.act(&pull(Lever::Capture), &kept).await.unwrap();
        assert!(receipt.missing.is_empty(), "{:?}", receipt.missing);
    }
    let open: usize = [Front::KrakenSpot, Front::KrakenFutures]
        .map(|front| truly_open(&scene, front).len())
        .iter()
        .sum();
    assert_eq!(kept.acts("open-orders", ActKind::Order).len(), open);
    for (label, kind) in [
        ("closed-orders", ActKind::Order),
        ("order-history", ActKind::Order),
        ("trades", ActKind::Fill),
        ("fills", ActKind::Fill),
        ("account-log", ActKind::Fill),
        ("withdrawals", ActKind::Transfer),
        ("deposits", ActKind::Transfer),
        ("ledger", ActKind::Transfer),
        ("withdrawal-addresses", ActKind::Address),
        ("key-info", ActKind::Key),
    ] {
        assert!(!kept.acts(label, kind).is_empty(), "{label}");
    }
    let trade = &kept.acts("trades", ActKind::Fill)[0];
    let order = trade.order.as_deref().unwrap();
    let closed = kept.acts("closed-orders", ActKind::Order);
    assert!(closed.iter().any(|act| act.id == order), "{closed:?}");
    let fill = &kept.acts("fills", ActKind::Fill)[0];
    let order = fill.order.as_deref().unwrap();
    let past = kept.acts("order-history", ActKind::Order);
    assert!(past.iter().any(|act| act.id == order), "{past:?}");
    // one movement has one name, whichever answer tells it
    let booked = kept.acts("ledger", ActKind::Transfer);
    for label in ["deposits", "withdrawals"] {
        for act in kept.acts(label, ActKind::Transfer) {
            let same = booked.iter().find(|other| other.id == act.id);
            let same = same.unwrap_or_else(|| panic!("{act:?}: {booked:?}"));
            assert_eq!((same.amount, same.fee), (act.amount, act.fee), "{act:?}");
        }
    }
}

#[tokio::test]
async fn the_history_of_orders_is_read_to_its_end() {
    let scene = both(0, &[]).await;
    for _ in 0..600 {
        trade(&scene, Front::KrakenFutures);
        pass(Duration::from_millis(2)).await;
    }
    let kept = Kept::default();
    let receipt = scene.doors[1]
        .act(&pull(Lever::Capture), &kept)
        .await
        .unwrap();
    let facts = receipt.snapshot.unwrap().facts;
    let events = facts.iter().find(|(name, _)| name.starts_with("events of"));
    assert_eq!(events.unwrap().1, "1200");
    let acts = kept.acts("order-history", ActKind::Order);
    let orders: std::collections::BTreeSet<_> = acts.iter().map(|act| &act.id).collect();
    assert_eq!(orders.len(), 600);
}
