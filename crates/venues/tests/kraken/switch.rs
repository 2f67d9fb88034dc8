//! The dead-man's switch: set at the press, renewed, taken off, and never left behind.

use std::time::Duration;

use door::{ErrorClass, Forget, Lever};
use simulator::faults::Front;

use crate::{
    bench::{both, pass, spot, truly_open},
    scene::{Scene, fault, pull},
};

const FRONTS: [Front; 2] = [Front::KrakenSpot, Front::KrakenFutures];

fn is_set(scene: &Scene, front: Front) -> bool {
    scene.world().dead_man_is_set(scene.account(), front)
}

#[tokio::test]
async fn it_is_set_before_the_cancel_and_taken_off_at_release_once() {
    let scene = both(12, &[]).await;
    for (door, front) in scene.doors.iter().zip(FRONTS) {
        assert!(door.release(&Forget).await.unwrap().is_empty());
        door.act(&pull(Lever::CancelOrders), &Forget).await.unwrap();
        assert!(is_set(&scene, front));
        let asked = scene.asked(front);
        let at = |what: &str| {
            asked
                .iter()
                .position(|it| it.to_lowercase().ends_with(what))
        };
        assert!(at("cancelallordersafter") < at("cancelall").or(at("cancelallorders")));
        let released = door.release(&Forget).await.unwrap();
        assert!(released[0].words.contains("taken off"), "{released:?}");
        assert!(!is_set(&scene, front));
        assert!(door.release(&Forget).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn readings_keep_it_from_firing_for_as_long_as_they_go_on() {
    let scene = both(12, &["spot/lying-ack", "futures/lying-ack"]).await;
    let cancel = pull(Lever::CancelOrders);
    for (door, front) in scene.doors.iter().zip(FRONTS) {
        let open = truly_open(&scene, front).len();
        door.act(&cancel, &Forget).await.unwrap();
        for _ in 0..6 {
            pass(Duration::from_secs(25)).await;
            door.read_back(&cancel, &Forget).await.unwrap();
        }
        assert!(is_set(&scene, front));
        assert_eq!(truly_open(&scene, front).len(), open);
        let released = door.release(&Forget).await.unwrap();
        assert!(released[0].words.contains("6 times"), "{released:?}");
    }
}

#[tokio::test]
async fn it_cancels_what_is_open_once_this_computer_falls_silent() {
    let scene = spot(12, &["spot/lying-ack"]).await;
    scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    assert!(!truly_open(&scene, Front::KrakenSpot).is_empty());
    pass(Duration::from_secs(61)).await;
    assert!(truly_open(&scene, Front::KrakenSpot).is_empty());
}

#[tokio::test]
async fn during_maintenance_nothing_is_empty_and_it_fires_once_the_engine_is_back() {
    let scene = spot(12, &["spot/lying-ack"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    door.act(&cancel, &Forget).await.unwrap();
    let down = scene.world().inject(fault("spot/maintenance"));
    pass(Duration::from_secs(90)).await;
    let error = door.read_back(&cancel, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unreachable, "{error:?}");
    assert!(!truly_open(&scene, Front::KrakenSpot).is_empty());
    scene.world().faults().switch_off(down);
    pass(Duration::from_secs(2)).await;
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert!(reading.found.is_empty(), "{reading:?}");
}

#[tokio::test]
async fn a_switch_that_cannot_be_set_keeps_nothing_from_being_cancelled() {
    // the first request that changes something is the switch, the second the cancel
    let scene = spot(12, &["spot/error-in-200@#1..1ms"]).await;
    let door = scene.door();
    door.act(&pull(Lever::CancelOrders), &Forget).await.ok();
    scene.world().faults().clear();
    let receipt = door.act(&pull(Lever::CancelOrders), &Forget).await.unwrap();
    assert!(
        receipt.words.contains("dead-man's switch"),
        "{}",
        receipt.words
    );
}

#[tokio::test]
async fn with_a_key_that_was_cut_the_release_says_what_the_switch_will_do() {
    let scene = spot(4, &[]).await;
    let door = scene.door();
    door.act(&pull(Lever::CancelOrders), &Forget).await.unwrap();
    scene
        .world()
        .remove_api_key(scene.account(), "panic")
        .unwrap();
    let released = door.release(&Forget).await.unwrap();
    assert!(released[0].words.contains("runs out"), "{released:?}");
}
