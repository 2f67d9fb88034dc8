//! The TWS door against the simulated TWS wire.

use door::{ActKind, CancelScope, ErrorClass, Forget, Found, Lever};
use simulator::faults::Front;

use crate::scene::{Kept, Scene, fault, pull, scoped, until_empty};

async fn scene(faults: &[&str]) -> Scene {
    Scene::with(&[Front::Tws], faults).await
}

#[tokio::test]
async fn a_global_cancel_is_proved_by_an_empty_listing() {
    let scene = scene(&[]).await;
    let door = scene.door();
    let health = door.open().await.unwrap();
    assert!(health.words.contains("server version"), "{health:?}");
    assert!(health.clock_offset_ms.unwrap().abs() < 2_000, "{health:?}");

    let cancel = pull(Lever::CancelOrders);
    let before = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(before.found.len(), scene.truly_open());
    assert!(!before.found.is_empty());

    door.act(&cancel, &Forget).await.unwrap();
    until_empty(door, &cancel, 10).await;
    assert_eq!(scene.truly_open(), 0);
}

#[tokio::test]
async fn opening_twice_keeps_one_session() {
    let scene = scene(&[]).await;
    scene.door().open().await.unwrap();
    scene.door().open().await.unwrap();
    assert_eq!(scene.world().clients(scene.account()).len(), 1);
}

#[tokio::test]
async fn an_armed_press_sends_the_cancel_before_anything_else() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    let before = scene.asked(Front::Tws).len();
    door.act(&pull(Lever::CancelOrders), &Forget).await.unwrap();
    let asked = scene.asked(Front::Tws);
    assert!(
        asked[before].contains("GlobalCancel"),
        "{:?}",
        &asked[before..]
    );
}

#[tokio::test]
async fn keeping_protective_stops_cancels_the_others_one_by_one() {
    let scene = scene(&[]).await;
    let door = scene.door();
    let cancel = scoped(Lever::CancelOrders, CancelScope::KeepProtective);
    let before = door.read_back(&cancel, &Forget).await.unwrap();
    let kept = scene.truly_open() - before.found.len();
    assert!(kept > 0, "the account holds protective stops: {before:?}");

    let receipt = door.act(&cancel, &Forget).await.unwrap();
    assert!(receipt.words.contains("left alone"), "{receipt:?}");
    let after = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(scene.truly_open(), kept + after.found.len(), "{after:?}");
}

#[tokio::test]
async fn a_capture_holds_every_part_and_its_raw_form() {
    let scene = scene(&[]).await;
    let kept = Kept::default();
    let receipt = scene
        .door()
        .act(&pull(Lever::Capture), &kept)
        .await
        .unwrap();
    assert!(receipt.missing.is_empty(), "{:?}", receipt.missing);
    let snapshot = receipt.snapshot.unwrap();
    assert_eq!(snapshot.orders.len(), scene.truly_open());
    assert_eq!(
        snapshot.positions.len(),
        scene.world().holdings(scene.account()).len()
    );
    for label in ["open-orders", "positions", "executions", "account-summary"] {
        assert!(
            kept.labels().contains(label),
            "{label}: {:?}",
            kept.labels()
        );
    }
}

#[tokio::test]
async fn a_capture_tells_orders_and_fills_with_client_submitter_and_cost_as_acts() {
    let scene = scene(&[]).await;
    let orders = scene.world().orders(scene.account());
    let by_client = orders
        .iter()
        .filter(|order| order.open())
        .find(|order| order.submitter.client_id.is_some_and(|id| id > 0))
        .unwrap();
    let (whole, price) = (by_client.remaining(), "150.2".parse().unwrap());
    let order = by_client.perm_id;
    scene.world().fill(order, whole, price).unwrap();
    let kept = Kept::default();
    let capture = pull(Lever::Capture);
    scene.door().act(&capture, &kept).await.unwrap();

    let executions = scene.world().executions(Front::Tws, scene.account());
    let fills = kept.acts("executions", ActKind::Fill);
    assert_eq!(fills.len(), executions.len());
    let client = by_client.submitter.client_id.unwrap().to_string();
    let told = fills
        .iter()
        .find(|act| act.order.as_deref() == Some(order.0.to_string().as_str()))
        .unwrap();
    assert!(executions.iter().any(|real| real.id == told.id), "{told:?}");
    assert_eq!(told.client_id.as_deref(), Some(client.as_str()));
    assert_eq!(told.price, Some(price));
    assert!(told.submitter.is_some() && told.at.is_some(), "{told:?}");
    assert!(told.fee.is_some() && told.currency.is_some(), "{told:?}");
    let open = kept.acts("open-orders", ActKind::Order);
    let really = scene.world().orders(scene.account());
    for order in really.iter().filter(|order| order.open()) {
        let id = order.perm_id.0.to_string();
        assert!(open.iter().any(|act| act.id == id), "{order:?}");
    }
    let over = kept.acts("completed-orders", ActKind::Order);
    assert!(over.iter().all(|act| open.iter().all(|it| it.id != act.id)));
    assert!(
        over.iter().any(|act| act.id == order.0.to_string()),
        "{over:?}"
    );
    let summary = kept.0.lock().unwrap();
    let summary = summary.iter().find(|(label, _)| label == "account-summary");
    assert!(summary.unwrap().1.contains("CashBalance"), "{summary:?}");
}

#[tokio::test]
async fn read_only_is_refused_with_its_mend_and_nothing_is_cancelled() {
    let scene = scene(&["read-only"]).await;
    let door = scene.door();
    let health = door.open().await.unwrap();
    assert!(
        health
            .warnings
            .iter()
            .any(|it| it.contains("Read-Only API")),
        "{health:?}"
    );
    let open = scene.truly_open();
    let error = door
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert!(error.next.contains("Untick Read-Only API"), "{error:?}");
    let error = door
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert_eq!(scene.truly_open(), open);
}

#[tokio::test]
async fn a_busy_client_id_is_passed_by() {
    let scene = scene(&["busy-client-id"]).await;
    scene.door().open().await.unwrap();
}

#[tokio::test]
async fn a_mute_socket_is_told_from_an_absent_one() {
    let scene = scene(&["mute-handshake"]).await;
    let error = scene.door().open().await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unreachable);
    assert!(error.meaning.contains("API socket is off"), "{error:?}");

    let doors = scene.doors.clone();
    scene.served.stop().await;
    let error = doors[0].open().await.unwrap_err();
    assert!(error.meaning.contains("nothing listens"), "{error:?}");
}

#[tokio::test]
async fn a_lost_link_is_never_a_listing_nor_a_cancel() {
    let scene = scene(&["link-lost"]).await;
    let door = scene.door();
    for failed in [
        door.act(&pull(Lever::CancelOrders), &Forget)
            .await
            .map(|_| ()),
        door.read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .map(|_| ()),
    ] {
        let error = failed.unwrap_err();
        assert_eq!(error.class, ErrorClass::Unreachable, "{error:?}");
    }
    assert!(scene.truly_open() > 0);
}

#[tokio::test]
async fn an_order_whose_cancel_stays_pending_stays_open() {
    let scene = scene(&["pending-cancel-forever"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    door.act(&cancel, &Forget).await.unwrap();
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), scene.truly_open());
    assert!(!reading.found.is_empty());
    assert!(reading.found.iter().any(|found| matches!(
        found,
        Found::Order(order) if order.status == "PendingCancel"
    )));
}

#[tokio::test]
async fn a_fill_during_the_cancel_is_reported_as_a_fill() {
    let scene = scene(&["fill-during-cancel"]).await;
    let door = scene.door();
    let cancel = pull(Lever::CancelOrders);
    door.act(&cancel, &Forget).await.unwrap();
    let reading = until_empty(door, &cancel, 20).await;
    let bought: Vec<_> = reading
        .fills
        .iter()
        .filter(|fill| fill.order.is_some())
        .collect();
    assert!(!bought.is_empty(), "{reading:?}");
    assert_eq!(scene.truly_open(), 0);
}

#[tokio::test]
async fn wires_that_break_give_errors_and_never_an_empty_list() {
    for broken in ["hang", "half-open", "truncated-frame", "oversized-frame"] {
        let scene = scene(&[]).await;
        let door = scene.door();
        door.open().await.unwrap();
        scene.world().inject(fault(broken));
        let error = door
            .read_back(&pull(Lever::CancelOrders), &Forget)
            .await
            .expect_err(broken);
        assert!(
            matches!(
                error.class,
                ErrorClass::TimedOut | ErrorClass::Malformed | ErrorClass::Unreachable
            ),
            "{broken}: {error:?}"
        );
    }
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
async fn read_only_is_ticked_and_proved_by_the_settings() {
    let scene = scene(&[]).await;
    let door = scene.door();
    let block = pull(Lever::BlockTrading);
    let before = door.read_back(&block, &Forget).await.unwrap();
    assert!(matches!(before.found[..], [Found::Setting { .. }]));
    door.act(&block, &Forget).await.unwrap();
    let after = door.read_back(&block, &Forget).await.unwrap();
    assert!(after.found.is_empty(), "{after:?}");
    assert!(!after.unseen.is_empty());
    assert!(scene.world().tws_read_only(scene.account()).unwrap());
}

#[tokio::test]
async fn an_audit_reads_the_settings() {
    let scene = scene(&[]).await;
    let receipt = scene
        .door()
        .act(&pull(Lever::Audit), &Forget)
        .await
        .unwrap();
    let facts = receipt.snapshot.unwrap().facts;
    assert!(
        facts.contains(&("read-only API".to_owned(), "off".to_owned())),
        "{facts:?}"
    );
}

#[tokio::test]
async fn a_session_that_ends_is_opened_anew() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    scene.world().stop_tws(scene.account()).unwrap();
    let cancel = pull(Lever::CancelOrders);
    assert!(door.read_back(&cancel, &Forget).await.is_err());
    scene.world().start_tws(scene.account()).unwrap();
    let reading = door.read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), scene.truly_open());
}

#[tokio::test]
async fn the_clock_of_tws_is_compared_with_ours() {
    let scene = scene(&["clock-skew"]).await;
    let health = scene.door().open().await.unwrap();
    let offset = health.clock_offset_ms.unwrap().abs();
    assert!((85_000..95_000).contains(&offset), "{health:?}");
}
