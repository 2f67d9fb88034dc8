//! Keys: what they may do, whether they are cut, and every refusal told from the others.

use std::time::Duration;

use door::{Again, ErrorClass, Forget, Found, Lever};
use simulator::faults::Front;

use crate::{
    bench::{both, pass, rights, spot, with_key},
    scene::{Scene, fault, pull},
};

/// Longer than a first refusal is left alone.
const CONFIRMED: Duration = Duration::from_secs(11);

fn unbind(scene: &Scene, key: &str) {
    scene
        .world()
        .change_api_key(scene.account(), key, |api| api.allow_ips.clear())
        .unwrap();
}

#[tokio::test]
async fn a_key_is_cut_when_it_worked_before_and_the_venue_refuses_it_twice() {
    let scene = both(2, &[]).await;
    for (door, key) in scene.doors.iter().zip(["panic", "panic-futures"]) {
        unbind(&scene, key);
        let revoke = pull(Lever::RevokeKey);
        let alive = door.read_back(&revoke, &Forget).await.unwrap();
        assert!(matches!(alive.found[..], [Found::Key { .. }]), "{alive:?}");

        scene.world().remove_api_key(scene.account(), key).unwrap();
        let once = door.read_back(&revoke, &Forget).await.unwrap();
        assert!(once.words.contains("once"), "{once:?}");
        assert_eq!(once.found.len(), 1);

        pass(CONFIRMED).await;
        let cut = door.read_back(&revoke, &Forget).await.unwrap();
        assert!(cut.found.is_empty(), "{cut:?}");
        assert!(cut.words.contains("refuses it since"), "{cut:?}");
        // other keys of the account are not seen, and that is said
        assert_eq!(cut.unseen.len(), 1, "{cut:?}");
    }
}

#[tokio::test]
async fn a_key_that_never_worked_here_is_not_taken_for_one_that_was_cut() {
    let scene = spot(2, &[]).await;
    scene
        .world()
        .remove_api_key(scene.account(), "panic")
        .unwrap();
    let door = scene.door();
    for _ in 0..3 {
        let error = door
            .read_back(&pull(Lever::RevokeKey), &Forget)
            .await
            .unwrap_err();
        assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
        pass(CONFIRMED).await;
    }
}

#[tokio::test]
async fn an_address_that_is_not_allowed_leaves_the_reason_open() {
    let scene = both(2, &[]).await;
    for door in &scene.doors {
        door.open().await.unwrap();
    }
    for front in ["spot", "futures"] {
        scene
            .world()
            .inject(fault(&format!("{front}/ip-not-allowed")));
    }
    for door in &scene.doors {
        let revoke = pull(Lever::RevokeKey);
        door.read_back(&revoke, &Forget).await.unwrap();
        pass(CONFIRMED).await;
        let reading = door.read_back(&revoke, &Forget).await.unwrap();
        let unseen: Vec<_> = reading.unseen.iter().map(|it| it.what.0.as_str()).collect();
        assert_eq!(unseen, ["other keys", "why the key is refused"]);
    }
}

#[tokio::test]
async fn no_other_refusal_is_ever_read_as_a_cut_key() {
    for (front, spec, class) in [
        (0, "spot/lockout", ErrorClass::Paced),
        (0, "spot/maintenance", ErrorClass::Unreachable),
        (0, "spot/rate-limit:every=1", ErrorClass::Paced),
        (0, "spot/html-page", ErrorClass::Malformed),
        (0, "spot/redirect", ErrorClass::Malformed),
        (0, "spot/truncated-frame", ErrorClass::Malformed),
        (0, "spot/missing-fields", ErrorClass::Malformed),
        (1, "futures/lockout", ErrorClass::Paced),
        (1, "futures/maintenance", ErrorClass::Unreachable),
        (1, "futures/html-page", ErrorClass::Malformed),
        (1, "futures/redirect", ErrorClass::Malformed),
        (1, "futures/missing-fields", ErrorClass::Malformed),
    ] {
        let scene = both(2, &[]).await;
        let door = &scene.doors[front];
        door.open().await.unwrap();
        scene.world().inject(fault(spec));
        for _ in 0..2 {
            let error = door
                .read_back(&pull(Lever::RevokeKey), &Forget)
                .await
                .unwrap_err();
            let classes = [class, ErrorClass::Paced, ErrorClass::Unreachable];
            assert!(classes.contains(&error.class), "{spec}: {error:?}");
            assert_ne!(error.class, ErrorClass::Unauthorised, "{spec}: {error:?}");
            pass(CONFIRMED).await;
        }
    }
}

#[tokio::test]
async fn a_nonce_that_a_bot_has_overtaken_is_not_a_cut_key_and_is_said_plainly() {
    let scene = spot(2, &[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    scene
        .world()
        .use_key(scene.account(), "panic", Some(u64::MAX))
        .unwrap();
    for lever in [Lever::RevokeKey, Lever::CancelOrders] {
        let error = door.read_back(&pull(lever), &Forget).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
        assert!(error.meaning.contains("another program"), "{error:?}");
        assert_eq!(error.again, Again::Soon);
    }
}

#[tokio::test]
async fn a_dead_key_is_not_hammered_and_so_causes_no_lockout() {
    let scene = spot(2, &[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    scene
        .world()
        .remove_api_key(scene.account(), "panic")
        .unwrap();
    let before = scene.asked(Front::KrakenSpot).len();
    for _ in 0..20 {
        door.act(&pull(Lever::CancelOrders), &Forget)
            .await
            .unwrap_err();
        door.read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .unwrap_err();
        door.act(&pull(Lever::Capture), &Forget).await.unwrap();
    }
    assert_eq!(scene.asked(Front::KrakenSpot).len(), before + 1);
    let error = door
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert!(matches!(error.again, Again::AfterMs(1..)), "{error:?}");
}

#[tokio::test]
async fn a_lockout_is_waited_out() {
    let scene = spot(2, &["spot/lockout"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    let error = door.act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Paced, "{error:?}");
    assert!(
        matches!(error.again, Again::AfterMs(600_000..)),
        "{error:?}"
    );
    let asked = scene.asked(Front::KrakenSpot).len();
    door.act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(
        scene.asked(Front::KrakenSpot).len(),
        asked,
        "nobody knocks meanwhile"
    );
}

#[tokio::test]
async fn wrong_key_wrong_secret_and_missing_right_are_told_apart() {
    let scene = spot(2, &[]).await;
    let unknown = with_key(&scene, |_, _, secret| {
        ("bm9ib2R5".to_owned(), secret.to_owned())
    })
    .await;
    let error = unknown[0].open().await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
    assert!(
        error.meaning.contains("does not accept this API key"),
        "{error:?}"
    );

    let mistyped = with_key(&scene, |_, key, _| {
        (key.to_owned(), "bXkgc2VjcmV0".to_owned())
    })
    .await;
    let error = mistyped[0].open().await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
    assert!(
        error.meaning.contains("private key does not belong"),
        "{error:?}"
    );

    let nonsense = with_key(&scene, |_, key, _| {
        (key.to_owned(), "not base64!".to_owned())
    })
    .await;
    let asked = scene.asked(Front::KrakenSpot).len();
    let error = nonsense[0]
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert!(error.meaning.contains("nothing was sent"), "{error:?}");
    assert_eq!(scene.asked(Front::KrakenSpot).len(), asked);

    rights(&scene, "panic", &["query-funds"]);
    let error = scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert!(error.meaning.contains("no right"), "{error:?}");
}

#[tokio::test]
async fn opening_warns_of_what_a_key_can_and_cannot_do() {
    let scene = both(2, &[]).await;
    let health = scene.doors[0].open().await.unwrap();
    assert!(health.warnings.is_empty(), "{health:?}");
    assert!(health.clock_offset_ms.unwrap().abs() < 2_000, "{health:?}");
    let health = scene.doors[1].open().await.unwrap();
    assert!(health.warnings.is_empty(), "{health:?}");

    rights(&scene, "panic", &["withdraw-funds", "query-open-trades"]);
    let warnings = scene.doors[0].open().await.unwrap().warnings.join("\n");
    assert!(warnings.contains("can withdraw"), "{warnings}");
    assert!(warnings.contains("cannot cancel orders"), "{warnings}");
    rights(&scene, "panic-futures", &["general:read", "transfer:full"]);
    let warnings = scene.doors[1].open().await.unwrap().warnings.join("\n");
    assert!(warnings.contains("cannot cancel orders"), "{warnings}");
    assert!(warnings.contains("move money"), "{warnings}");
}

#[tokio::test]
async fn a_key_that_ends_soon_is_named_and_one_that_has_ended_is_refused() {
    let scene = spot(2, &[]).await;
    let soon = scene.world().now() + Duration::from_hours(48);
    scene
        .world()
        .change_api_key(scene.account(), "panic", |api| api.expires = Some(soon))
        .unwrap();
    let warnings = scene.door().open().await.unwrap().warnings.join("\n");
    assert!(warnings.contains("expires at"), "{warnings}");
    pass(Duration::from_hours(49)).await;
    let error = scene.door().open().await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
    assert!(error.meaning.contains("expired"), "{error:?}");
}

#[tokio::test]
async fn a_clock_that_is_off_by_minutes_is_measured_and_keeps_nothing_from_working() {
    let scene = both(6, &["spot/clock-skew:by=90s", "futures/clock-skew:by=90s"]).await;
    for door in &scene.doors {
        let health = door.open().await.unwrap();
        let offset = health.clock_offset_ms.unwrap();
        assert!((offset - 90_000).abs() < 3_000, "{offset}");
        door.act(&pull(Lever::CancelOrders), &Forget).await.unwrap();
    }
}
