//! Cancelling on futures: plain orders and triggers.

use std::collections::BTreeSet;

use door::{CancelScope, ErrorClass, Forget, Lever};
use simulator::faults::Front;

use crate::{
    bench::{bot_places, family, futures, pass, rights, truly_open, until_empty},
    scene::{only_first, pull, scoped},
};

#[tokio::test]
async fn both_families_are_listed_and_cancelled() {
    let scene = futures(48, &[]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let before = door.read_back(&cancel, &Forget).await.unwrap();
    let families: BTreeSet<_> = before.found.iter().map(family).collect();
    let all = ["futures", "futures-triggers"].map(str::to_owned);
    assert_eq!(families, BTreeSet::from(all));
    door.act(&cancel, &Forget).await.unwrap();
    until_empty(door, &cancel, 3).await;
    assert!(truly_open(&scene, Front::KrakenFutures).is_empty());
}

#[tokio::test]
async fn an_acknowledged_cancel_that_lied_or_stays_pending_leaves_the_orders_found() {
    for spec in ["futures/lying-ack", "futures/pending-cancel-forever"] {
        let scene = futures(12, &[spec]).await;
        let door = scene.door();
        let cancel = pull(Lever::CancelOrders);
        let open = truly_open(&scene, Front::KrakenFutures).len();
        door.act(&cancel, &Forget).await.unwrap();
        pass(door.poll_interval()).await;
        let reading = door.read_back(&cancel, &Forget).await.unwrap();
        assert_eq!(reading.found.len(), open, "{spec}");
    }
}

#[tokio::test]
async fn what_filled_during_the_cancel_is_told_as_fills() {
    let scene = futures(12, &["futures/fill-during-cancel:every=1"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let open = truly_open(&scene, Front::KrakenFutures).len();
    door.act(&cancel, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    let reading = until_empty(door, &cancel, 3).await;
    assert_eq!(reading.fills.len(), open, "{reading:?}");
}

#[tokio::test]
async fn keeping_protective_stops_leaves_those_that_close_a_position() {
    let scene = futures(48, &[]).await;
    let door = scene.door();
    let keep = scoped(Lever::CancelOrders, CancelScope::KeepProtective);
    let before = door.read_back(&keep, &Forget).await.unwrap();
    let kept = truly_open(&scene, Front::KrakenFutures).len() - before.found.len();
    assert!(kept > 0 && !before.found.is_empty(), "{before:?}");
    door.act(&keep, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    until_empty(door, &keep, 3).await;
    assert_eq!(truly_open(&scene, Front::KrakenFutures).len(), kept);
}

#[tokio::test]
async fn one_order_is_cancelled_alone_and_no_switch_is_set() {
    let scene = futures(6, &[]).await;
    let door = scene.door();
    let all = door.read_back(&pull(Lever::CancelOrders), &Forget).await;
    let only = scoped(Lever::CancelOrders, only_first(&all.unwrap()));
    let open = truly_open(&scene, Front::KrakenFutures).len();
    door.act(&only, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    until_empty(door, &only, 3).await;
    assert_eq!(truly_open(&scene, Front::KrakenFutures).len(), open - 1);
    let set = scene
        .world()
        .dead_man_is_set(scene.account(), Front::KrakenFutures);
    assert!(!set);
}

#[tokio::test]
async fn an_order_that_a_bot_places_after_the_cancel_is_found_again() {
    let scene = futures(6, &[]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    door.act(&cancel, &Forget).await.unwrap();
    until_empty(door, &cancel, 3).await;
    bot_places(&scene, "PF_ETHUSD", "PERP");
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), 1, "{reading:?}");
}

#[tokio::test]
async fn a_key_that_may_only_read_says_that_it_cannot_cancel() {
    let scene = futures(6, &[]).await;
    rights(&scene, "panic-futures", &["general:read"]);
    let error = scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert!(error.meaning.contains("no right"), "{error:?}");
}

#[tokio::test]
async fn a_bots_nonce_does_not_stand_in_the_way() {
    let scene = futures(6, &[]).await;
    scene
        .world()
        .use_key(scene.account(), "panic-futures", Some(u64::MAX))
        .unwrap();
    scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
}
