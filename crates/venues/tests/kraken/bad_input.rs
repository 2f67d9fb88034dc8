//! Answers that are broken, spoilt or hostile: an error with a plain reason, the raw answer kept,
//! and never an empty list.

use door::{ErrorClass, Forget, Lever};
use simulator::faults::Front;
use vault::{Live, Vault};
use venues::{Account, DoorConfig, Means};

use crate::{
    bench::{both, pass, truly_open},
    scene::{Kept, fault, pull},
};

const DOORS: [(&str, Front); 2] = [
    ("spot", Front::KrakenSpot),
    ("futures", Front::KrakenFutures),
];

#[tokio::test]
async fn wires_that_break_give_errors_and_never_an_empty_list() {
    for (broken, classes) in [
        (
            "truncated-frame",
            &[ErrorClass::Unreachable, ErrorClass::Malformed][..],
        ),
        ("oversized-frame", &[ErrorClass::Malformed]),
        ("html-page", &[ErrorClass::Malformed]),
        ("redirect", &[ErrorClass::Malformed]),
        ("wrong-types", &[ErrorClass::Malformed]),
        ("missing-fields", &[ErrorClass::Malformed]),
    ] {
        // nothing is open: an error must not be taken for that
        let scene = both(0, &[]).await;
        for (door, (name, _)) in scene.doors.iter().zip(DOORS) {
            scene.world().inject(fault(&format!("{name}/{broken}")));
            let cancel = pull(Lever::CancelOrders);
            let error = door.read_back(&cancel, &Forget).await.expect_err(broken);
            assert!(classes.contains(&error.class), "{name}/{broken}: {error:?}");
            assert!(!error.meaning.is_empty());
            if name == "spot" {
                let stop = pull(Lever::StopWithdrawals);
                door.read_back(&stop, &Forget).await.expect_err(broken);
            }
        }
    }
}

#[tokio::test]
async fn spoilt_parts_of_a_capture_are_missing_by_name_and_their_raw_answers_kept() {
    for spoilt in ["wrong-types", "missing-fields"] {
        let scene = both(6, &[]).await;
        for (door, (name, _)) in scene.doors.iter().zip(DOORS) {
            scene.world().inject(fault(&format!("{name}/{spoilt}")));
            let kept = Kept::default();
            let receipt = door.act(&pull(Lever::Capture), &kept).await.unwrap();
            assert!(
                receipt.missing.len() >= 5,
                "{name}/{spoilt}: {:?}",
                receipt.missing
            );
            assert!(kept.labels().contains("open-orders"), "{:?}", kept.labels());
        }
    }
}

#[tokio::test]
async fn hostile_names_are_cleaned_and_lose_no_order() {
    let scene = both(12, &["hostile-names"]).await;
    for (door, (_, front)) in scene.doors.iter().zip(DOORS) {
        let reading = door
            .read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .unwrap();
        assert_eq!(reading.found.len(), truly_open(&scene, front).len());
        for found in &reading.found {
            assert!(!found.label().chars().any(char::is_control), "{found:?}");
        }
        let receipt = door.act(&pull(Lever::Capture), &Forget).await.unwrap();
        for (name, value) in receipt.snapshot.unwrap().facts {
            assert!(
                !name.chars().chain(value.chars()).any(char::is_control),
                "{name}"
            );
        }
        let health = door.open().await.unwrap();
        assert!(!health.words.chars().any(char::is_control), "{health:?}");
    }
}

#[tokio::test]
async fn a_venue_that_hangs_costs_only_its_own_door() {
    let scene = both(6, &["spot/hang"]).await;
    let cancel = pull(Lever::CancelOrders);
    let (spot, futures) = tokio::join!(
        scene.doors[0].act(&cancel, &Forget),
        scene.doors[1].act(&cancel, &Forget)
    );
    assert_eq!(spot.unwrap_err().class, ErrorClass::TimedOut);
    futures.unwrap();
    pass(scene.doors[1].poll_interval()).await;
    let reading = scene.doors[1].read_back(&cancel, &Forget).await.unwrap();
    assert!(reading.found.is_empty(), "{reading:?}");
}

#[tokio::test]
async fn another_host_with_another_certificate_is_sent_nothing() {
    let scene = both(2, &[]).await;
    let served = &scene.served.accounts()[0].doors()[0];
    let shown = served.pin().unwrap();
    let door = format!("spot={},pin={}", served.url(), "00".repeat(32));
    let door: DoorConfig = door.parse().unwrap();
    let account = Account::<Live>::new("main", "kraken", vec![door]).unwrap();
    let means = Means::new(Vault::of_home("no-home").unwrap(), None);
    let error = account.open(&means).unwrap()[0].open().await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert!(error.words.contains(shown), "{error:?}");
    assert!(scene.asked(Front::KrakenSpot).is_empty());
}
