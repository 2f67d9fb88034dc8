//! The Client Portal door against the simulated gateway, over TLS.

use door::{ActKind, Again, CancelScope, DoorError, ErrorClass, Forget, Found, Health, Lever};
use simulator::{faults::Front, world::Platform};
use vault::{Live, Vault};
use venues::{Account, DoorConfig, Means};

use crate::scene::{Kept, Scene, fault, only_first, pull, scoped, until_empty};

async fn scene(faults: &[&str]) -> Scene {
    Scene::with(&[Front::ClientPortal], faults).await
}

/// The same gateway, configured with another certificate than its own, or with none.
fn with_pin(scene: &Scene, pin: Option<&str>) -> Account<Live> {
    let url = scene.served.accounts()[0].doors()[0].url();
    let pin = pin.map(|pin| format!(",pin={pin}")).unwrap_or_default();
    let door: DoorConfig = format!("client-portal={url}{pin}").parse().unwrap();
    Account::new("main", "ibkr", vec![door]).unwrap()
}

#[tokio::test]
async fn cancelling_all_is_proved_by_a_whole_listing() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    let before = scene.asked(Front::ClientPortal).len();
    let cancel = pull(Lever::CancelOrders);
    door.act(&cancel, &Forget).await.unwrap();
    let asked = scene.asked(Front::ClientPortal);
    assert!(asked[before].contains("DELETE"), "{:?}", &asked[before..]);
    assert_eq!(asked.len(), before + 1, "one round trip: {asked:?}");
    until_empty(door, &cancel, 4).await;
    assert_eq!(scene.truly_open(), 0);
}

#[tokio::test]
async fn a_cold_list_is_no_listing() {
    let scene = scene(&["cold-list:reads=2"]).await;
    let open = scene.truly_open();
    let cancel = pull(Lever::CancelOrders);
    let mut listings = 0;
    for _ in 0..4 {
        match scene.door().read_back(&cancel, &Forget).await {
            Ok(reading) => {
                listings += 1;
                assert_eq!(reading.found.len(), open, "{reading:?}");
            }
            Err(error) => {
                assert_eq!(error.class, ErrorClass::Paced, "{error:?}");
                let Again::AfterMs(wait) = error.again else {
                    panic!("{error:?}");
                };
                tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
            }
        }
    }
    assert!(listings > 0);
}

#[tokio::test]
async fn where_all_at_once_is_unknown_each_order_is_cancelled() {
    let scene = scene(&["no-cancel-all"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let receipt = door.act(&cancel, &Forget).await.unwrap();
    assert!(receipt.words.contains("one by one"), "{receipt:?}");
    until_empty(door, &cancel, 4).await;
    assert_eq!(scene.truly_open(), 0);
}

#[tokio::test]
async fn keeping_protective_stops_leaves_them_alone() {
    let scene = scene(&[]).await;
    let door = scene.door();
    let cancel = scoped(Lever::CancelOrders, CancelScope::KeepProtective);
    let before = door.read_back(&cancel, &Forget).await.unwrap();
    let kept = scene.truly_open() - before.found.len();
    assert!(kept > 0, "{before:?}");
    door.act(&cancel, &Forget).await.unwrap();
    until_empty(door, &cancel, 4).await;
    assert_eq!(scene.truly_open(), kept);
}

#[tokio::test]
async fn one_order_is_cancelled_alone() {
    let scene = scene(&[]).await;
    let door = scene.door();
    let all = door.read_back(&pull(Lever::CancelOrders), &Forget).await;
    let only = scoped(Lever::CancelOrders, only_first(&all.unwrap()));
    let open = scene.truly_open();
    door.act(&only, &Forget).await.unwrap();
    until_empty(door, &only, 4).await;
    assert_eq!(scene.truly_open(), open - 1);
}

#[tokio::test]
async fn an_error_in_a_good_answer_cancels_nothing_and_says_so() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    scene.world().inject(fault("error-in-200"));
    let open = scene.truly_open();
    let error = door
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert_eq!(scene.truly_open(), open);
}

#[tokio::test]
async fn too_many_requests_are_paced_and_a_lever_is_let_through_only_now_and_then() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    scene.world().inject(fault("rate-limit:every=1"));
    let cancel = pull(Lever::CancelOrders);
    let refused = door.act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::Paced, "{refused:?}");
    assert!(matches!(refused.again, Again::AfterMs(1..)), "{refused:?}");

    // one lever goes through while reads stay away, and the next waits
    let asked = scene.asked(Front::ClientPortal).len();
    door.act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(scene.asked(Front::ClientPortal).len(), asked + 1);
    let refused = door.act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(scene.asked(Front::ClientPortal).len(), asked + 1);
    assert_eq!(refused.class, ErrorClass::Paced, "{refused:?}");
    door.read_back(&cancel, &Forget).await.unwrap_err();
    assert_eq!(scene.asked(Front::ClientPortal).len(), asked + 1);
}

#[tokio::test]
async fn the_seat_is_taken_held_and_left() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    let end = pull(Lever::EndSessions);
    let before = door.read_back(&end, &Forget).await.unwrap();
    assert!(matches!(before.found[..], [Found::Session { .. }]));
    let kept = Kept::default();
    door.act(&end, &kept).await.unwrap();
    let held = door.read_back(&end, &kept).await.unwrap();
    assert!(held.found.is_empty(), "{held:?}");
    assert_eq!(held.unseen[0].what.0, "other web sessions");

    let released = door.release(&kept).await.unwrap();
    assert_eq!(released.len(), 1);
    assert!(released[0].words.contains("logged out"), "{released:?}");
    assert!(door.release(&kept).await.unwrap().is_empty());
    let live = scene.world().sessions(scene.account());
    assert!(
        !live
            .iter()
            .any(|session| session.platform == Platform::ClientPortal),
        "{live:?}"
    );
}

#[tokio::test]
async fn each_time_that_the_seat_is_taken_is_counted_and_it_is_retaken() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    scene.world().inject(fault("competing-session:every=1s"));
    let end = pull(Lever::EndSessions);
    door.act(&end, &Forget).await.unwrap();
    for _ in 0..30 {
        let reading = door.read_back(&end, &Forget).await.unwrap();
        if reading.words.contains("taken 2 times") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    panic!("the fight for the seat was not counted");
}

#[tokio::test]
async fn a_capture_holds_every_part_and_no_secret() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    let order = scene.world().orders(scene.account());
    let order = order.iter().find(|order| order.open()).unwrap();
    scene
        .world()
        .fill(order.perm_id, 1.into(), 1.into())
        .unwrap();
    let kept = Kept::default();
    // the lists were warmed up just now, and may be read again after their pace
    tokio::time::sleep(door.poll_interval()).await;
    let receipt = door.act(&pull(Lever::Capture), &kept).await.unwrap();
    assert!(receipt.missing.is_empty(), "{:?}", receipt.missing);
    let snapshot = receipt.snapshot.unwrap();
    assert_eq!(snapshot.orders.len(), scene.truly_open());
    assert!(!snapshot.positions.is_empty());
    for label in [
        "orders",
        "trades",
        "positions",
        "ledger",
        "account-summary",
        "auth-status",
    ] {
        assert!(
            kept.labels().contains(label),
            "{label}: {:?}",
            kept.labels()
        );
    }
    let trades = kept.acts("trades", ActKind::Fill);
    let real = scene
        .world()
        .executions(Front::ClientPortal, scene.account());
    assert!(!trades.is_empty());
    for trade in &trades {
        assert!(real.iter().any(|it| it.id == trade.id), "{trade:?}");
        assert!(
            trade.submitter.is_some() && trade.fee.is_some(),
            "{trade:?}"
        );
    }
    assert!(kept.acts("orders", ActKind::Order).len() >= scene.truly_open());
    assert_eq!(kept.acts("login", ActKind::Session).len(), 1);
    for (label, text) in kept.0.lock().unwrap().iter() {
        for secret in ["\"session\":\"", "\"sessionId\":\""] {
            if let Some(at) = text.find(secret) {
                let rest = &text[at + secret.len()..];
                assert!(rest.starts_with("withheld"), "{label}: {text}");
            }
        }
    }
}

/// Opens its door. IBKR's need no key, so the keychain is never asked.
async fn opened(account: &Account<Live>) -> Result<Health, DoorError> {
    let means = Means::new(Vault::of_home("none").unwrap(), None);
    account.open(&means).unwrap()[0].open().await
}

#[tokio::test]
async fn another_certificate_is_refused_and_its_fingerprint_shown() {
    let scene = scene(&[]).await;
    let real = scene.served.accounts()[0].doors()[0]
        .pin()
        .unwrap()
        .to_owned();
    for pin in [None, Some("00".repeat(32))] {
        let account = with_pin(&scene, pin.as_deref());
        let error = opened(&account).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
        assert!(error.words.contains(&real), "{error:?}");
        assert!(!error.next.is_empty());
    }
    assert!(scene.asked(Front::ClientPortal).is_empty());
    let account = with_pin(&scene, Some(&real));
    opened(&account).await.unwrap();
}

#[tokio::test]
async fn wires_that_break_give_errors_and_never_an_empty_list() {
    for (broken, classes) in [
        (
            "truncated-frame",
            &[ErrorClass::Unreachable, ErrorClass::Malformed][..],
        ),
        ("oversized-frame", &[ErrorClass::Malformed]),
        ("html-page", &[ErrorClass::Malformed]),
        ("redirect", &[ErrorClass::Unauthorised]),
    ] {
        let scene = scene(&[]).await;
        let door = scene.door();
        door.open().await.unwrap();
        scene.world().inject(fault(broken));
        let error = door
            .read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .expect_err(broken);
        assert!(classes.contains(&error.class), "{broken}: {error:?}");
    }
}

#[tokio::test]
async fn a_gateway_that_hangs_times_out() {
    let scene = scene(&["hang"]).await;
    let error = scene.door().open().await.unwrap_err();
    assert_eq!(error.class, ErrorClass::TimedOut, "{error:?}");
}

#[tokio::test]
async fn hostile_names_are_cleaned_and_lose_no_order() {
    let scene = scene(&["hostile-names"]).await;
    let reading = scene
        .door()
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    assert_eq!(reading.found.len(), scene.truly_open());
    for found in &reading.found {
        assert!(!found.label().chars().any(char::is_control));
    }
}

#[tokio::test]
async fn opened_twice_at_once_each_list_is_asked_for_only_once() {
    let scene = scene(&[]).await;
    let (one, other) = tokio::join!(scene.door().open(), scene.door().open());
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let asked = scene.asked(Front::ClientPortal);
    for path in ["/iserver/account/orders", "/iserver/account/trades"] {
        let times = asked.iter().filter(|what| what.contains(path)).count();
        assert_eq!(times, 1, "{path}: {asked:?}");
    }
}
