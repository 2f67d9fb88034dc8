//! Cancelling on spot: every family, held down, and proved by listings alone.

use std::{collections::BTreeSet, time::Duration};

use door::{CancelScope, ErrorClass, Forget, Lever};
use simulator::faults::Front;

use crate::{
    bench::{bot_places, both, family, pass, spot, truly_open, until_empty},
    scene::{fault, pull, scoped},
};

#[tokio::test]
async fn every_family_is_listed_and_cancelled_and_a_second_listing_finds_nothing() {
    let scene = spot(48, &[]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let before = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(
        before.found.len(),
        truly_open(&scene, Front::KrakenSpot).len()
    );
    let families: BTreeSet<_> = before.found.iter().map(family).collect();
    let all = ["conditional", "margin", "spot"].map(str::to_owned);
    assert_eq!(families, BTreeSet::from(all));

    let receipt = door.act(&cancel, &Forget).await.unwrap();
    assert!(
        receipt.words.contains("took the cancel"),
        "{}",
        receipt.words
    );
    until_empty(door, &cancel, 3).await;
    pass(door.poll_interval()).await;
    assert!(
        door.read_back(&cancel, &Forget)
            .await
            .unwrap()
            .found
            .is_empty()
    );
    assert!(truly_open(&scene, Front::KrakenSpot).is_empty());
}

#[tokio::test]
async fn each_door_cancels_its_own_part_and_leaves_the_others() {
    let scene = both(24, &[]).await;
    let cancel = pull(Lever::CancelOrders);
    let futures = truly_open(&scene, Front::KrakenFutures).len();
    scene.doors[0].act(&cancel, &Forget).await.unwrap();
    until_empty(&*scene.doors[0], &cancel, 3).await;
    assert_eq!(truly_open(&scene, Front::KrakenFutures).len(), futures);
    scene.doors[1].act(&cancel, &Forget).await.unwrap();
    until_empty(&*scene.doors[1], &cancel, 3).await;
    assert_eq!(scene.truly_open(), 0);
}

#[tokio::test]
async fn futures_without_a_door_are_named_as_not_seen() {
    let scene = spot(4, &[]).await;
    let reading = scene
        .door()
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    assert_eq!(reading.unseen[0].what.0, "futures orders");
    let scene = both(4, &[]).await;
    let reading = scene
        .door()
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    assert!(reading.unseen.is_empty(), "{reading:?}");
}

#[tokio::test]
async fn an_order_that_a_bot_places_after_the_cancel_is_found_and_cancelled_again() {
    let scene = spot(6, &[]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    door.act(&cancel, &Forget).await.unwrap();
    until_empty(door, &cancel, 3).await;
    bot_places(&scene, "XBTUSD", "SPOT");
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), 1, "{reading:?}");
    door.act(&cancel, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    until_empty(door, &cancel, 3).await;
}

#[tokio::test]
async fn an_acknowledged_cancel_that_lied_leaves_the_orders_found() {
    let scene = spot(6, &["spot/lying-ack"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let open = truly_open(&scene, Front::KrakenSpot).len();
    door.act(&cancel, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), open);
}

#[tokio::test]
async fn a_cancel_that_stays_pending_leaves_the_orders_open() {
    let scene = spot(6, &["spot/pending-cancel-forever"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    door.act(&cancel, &Forget).await.unwrap();
    // not as long as the server keeps a silent connection
    pass(Duration::from_secs(25)).await;
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(
        reading.found.len(),
        truly_open(&scene, Front::KrakenSpot).len()
    );
    assert!(!reading.found.is_empty());
}

#[tokio::test]
async fn what_filled_during_the_cancel_is_told_as_fills_and_not_as_a_failure() {
    let scene = spot(6, &["spot/fill-during-cancel:every=1"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let open = truly_open(&scene, Front::KrakenSpot).len();
    door.act(&cancel, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    let reading = until_empty(door, &cancel, 3).await;
    assert_eq!(reading.fills.len(), open, "{reading:?}");
    let executed = scene.world().executions(Front::KrakenSpot, scene.account());
    assert_eq!(executed.len(), open);
}

#[tokio::test]
async fn an_order_that_comes_back_after_its_cancel_is_found_again() {
    let scene = spot(4, &["reappear:after=3s"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let open = truly_open(&scene, Front::KrakenSpot).len();
    door.act(&cancel, &Forget).await.unwrap();
    pass(Duration::from_secs(1)).await;
    until_empty(door, &cancel, 1).await;
    pass(door.poll_interval()).await;
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), open);
}

#[tokio::test]
async fn keeping_protective_stops_leaves_them_alone_and_sets_no_switch() {
    let scene = spot(48, &[]).await;
    let door = scene.door();
    let keep = scoped(Lever::CancelOrders, CancelScope::KeepProtective);
    let before = door.read_back(&keep, &Forget).await.unwrap();
    let kept = truly_open(&scene, Front::KrakenSpot).len() - before.found.len();
    assert!(kept > 0 && !before.found.is_empty(), "{before:?}");
    door.act(&keep, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    until_empty(door, &keep, 3).await;
    let left = truly_open(&scene, Front::KrakenSpot);
    assert_eq!(left.len(), kept);
    assert!(left.iter().all(|order| order.ask.order_type.waits()));
    assert!(
        !scene
            .world()
            .dead_man_is_set(scene.account(), Front::KrakenSpot)
    );
}

#[tokio::test]
async fn only_what_was_placed_lately_is_cancelled_where_that_is_asked() {
    let scene = spot(12, &[]).await;
    let door = scene.door();
    let before = truly_open(&scene, Front::KrakenSpot).len();
    pass(Duration::from_mins(10)).await;
    bot_places(&scene, "SOLUSD", "SPOT");
    let mut young = scoped(Lever::CancelOrders, CancelScope::PlacedAfterSeconds(60));
    // the simulated venue's clock has gone on by as much
    young.pressed_at = scene.world().clock(Front::KrakenSpot, scene.account());
    let reading = door.read_back(&young, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), 1, "{reading:?}");
    door.act(&young, &Forget).await.unwrap();
    pass(door.poll_interval()).await;
    until_empty(door, &young, 3).await;
    assert_eq!(truly_open(&scene, Front::KrakenSpot).len(), before);
}

#[tokio::test]
async fn an_error_in_a_good_answer_cancels_nothing_and_says_so() {
    let scene = spot(6, &["spot/error-in-200"]).await;
    let open = truly_open(&scene, Front::KrakenSpot).len();
    let error = scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Unreachable, "{error:?}");
    assert!(error.words.contains("EGeneral"), "{error:?}");
    assert_eq!(truly_open(&scene, Front::KrakenSpot).len(), open);
}

#[tokio::test]
async fn cancelling_goes_first_however_much_is_being_read() {
    let scene = spot(12, &[]).await;
    let door = scene.door();
    door.act(&pull(Lever::Capture), &Forget).await.unwrap();
    let cancel = pull(Lever::CancelOrders);
    let before = std::time::Instant::now();
    door.act(&cancel, &Forget).await.unwrap();
    door.read_back(&cancel, &Forget).await.unwrap();
    // the counter's own pace would make reads wait for seconds
    assert!(
        before.elapsed() < Duration::from_secs(4),
        "{:?}",
        before.elapsed()
    );
}

#[tokio::test]
async fn a_counter_that_a_bot_has_spent_is_paced_and_never_an_empty_list() {
    let scene = spot(6, &[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    scene.world().inject(fault("spot/rate-limit:every=1"));
    let cancel = pull(Lever::CancelOrders);
    let error = door.read_back(&cancel, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Paced, "{error:?}");
    let error = door.act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Paced, "{error:?}");
}
