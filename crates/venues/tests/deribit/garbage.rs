//! Answers that are cut short, enormous, of other types, or not the venue's at all.

use door::{ErrorClass, Forget, Lever};

use crate::{
    scene::{Kept, Scene, fault, pull},
    support::{FRONT, scene},
};

#[tokio::test]
async fn what_cannot_be_understood_is_an_error_in_every_lever_and_nothing_is_proved() {
    for garbage in [
        "truncated-frame",
        "oversized-frame",
        "html-page",
        "redirect",
        "wrong-types",
        "missing-fields",
    ] {
        let scene = scene(&[]).await;
        scene.door().open().await.unwrap();
        scene.world().inject(fault(garbage));
        for lever in [
            Lever::CancelOrders,
            Lever::StopWithdrawals,
            Lever::BlockTrading,
            Lever::RevokeKey,
            Lever::EndSessions,
        ] {
            let error = scene
                .door()
                .read_back(&pull(lever), &Forget)
                .await
                .unwrap_err();
            assert!(
                matches!(error.class, ErrorClass::Malformed | ErrorClass::Unreachable),
                "{garbage}, {lever}: {error:?}"
            );
            assert!(!error.meaning.is_empty());
        }
    }
}

#[tokio::test]
async fn the_raw_bytes_of_an_answer_that_is_not_understood_are_kept() {
    for (garbage, bytes) in [
        ("wrong-types", "\"result\":\"none\""),
        ("missing-fields", "\"message\":\"ok\""),
        ("html-page", "Please log in"),
    ] {
        let scene = scene(&[]).await;
        scene.door().open().await.unwrap();
        scene.world().inject(fault(garbage));
        let kept = Kept::default();
        let cancel = pull(Lever::CancelOrders);
        scene.door().read_back(&cancel, &kept).await.unwrap_err();
        let kept = kept.0.lock().unwrap();
        assert!(
            kept.iter().any(|(_, text)| text.contains(bytes)),
            "{garbage}: {kept:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up_in_bounded_time() {
    let scene = scene(&[]).await;
    scene.door().open().await.unwrap();
    scene.world().inject(fault("slow-drip:every=3s"));
    let cancel = pull(Lever::CancelOrders);
    let error = scene.door().read_back(&cancel, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::TimedOut, "{error:?}");
}

#[tokio::test]
async fn hostile_names_are_shown_without_control_characters() {
    let scene = Scene::with(&[FRONT], &["hostile-names"]).await;
    let health = scene.door().open().await.unwrap();
    let receipt = scene
        .door()
        .act(&pull(Lever::Capture), &Forget)
        .await
        .unwrap();
    let audit = scene
        .door()
        .act(&pull(Lever::Audit), &Forget)
        .await
        .unwrap();
    let mut shown = vec![health.words, receipt.words, audit.words];
    shown.extend(health.warnings);
    for snapshot in [receipt.snapshot.unwrap(), audit.snapshot.unwrap()] {
        shown.extend(
            snapshot
                .facts
                .into_iter()
                .flat_map(|(name, value)| [name, value]),
        );
        shown.extend(
            snapshot
                .orders
                .into_iter()
                .filter_map(|order| order.submitter),
        );
    }
    for text in shown {
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
    }
}
