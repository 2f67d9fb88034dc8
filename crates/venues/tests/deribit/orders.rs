//! Orders of every family and account: listed, cancelled, and proved gone.

use std::{collections::BTreeSet, time::Duration};

use door::{CancelScope, ErrorClass, Forget, Found, Lever, OpenOrder, Reading};
use simulator::world::{By, NewOrder};

use crate::{
    scene::{fault, only_first, pull, scoped, until_empty},
    support::{FRONT, pass, reopened, scene},
};

fn orders(reading: &Reading) -> Vec<&OpenOrder> {
    let found = reading.found.iter();
    found
        .map(|found| match found {
            Found::Order(order) => order,
            Found::Withdrawal { .. }
            | Found::Session { .. }
            | Found::Key { .. }
            | Found::Program { .. }
            | Found::Setting { .. } => panic!("{found:?}"),
        })
        .collect()
}

fn stands(order: &NewOrder) -> bool {
    !order.order_type.waits()
}

#[tokio::test]
async fn cancelling_all_is_proved_by_whole_listings_of_every_account() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    let cancel = pull(Lever::CancelOrders);
    let receipt = door.act(&cancel, &Forget).await.unwrap();
    assert!(receipt.words.contains("sub-account"), "{receipt:?}");
    let reading = until_empty(door, &cancel, 5).await;
    assert_eq!(scene.truly_open(), 0);
    assert!(reading.unseen.is_empty(), "{reading:?}");
    for family in ["futures", "options", "spot", "combos", "triggers"] {
        assert!(reading.words.contains(family), "{}", reading.words);
        for sub in scene.subs() {
            assert!(reading.words.contains(&format!("sub-{sub} {family}")));
        }
    }
}

#[tokio::test]
async fn a_warm_press_sends_the_cancel_first() {
    let scene = scene(&[]).await;
    let door = scene.door();
    door.open().await.unwrap();
    let before = scene.asked(FRONT).len();
    door.act(&pull(Lever::CancelOrders), &Forget).await.unwrap();
    let asked = scene.asked(FRONT);
    let first: Vec<_> = asked[before..].iter().take(2).collect();
    assert!(
        first
            .iter()
            .any(|what| what.ends_with("private/cancel_all")),
        "{first:?}"
    );
    // a token for each sub-account is there from arming on
    assert!(
        !asked[before..]
            .iter()
            .any(|what| what.contains("exchange_token"))
    );
}

#[tokio::test]
async fn a_cold_press_needs_no_opening() {
    let scene = scene(&[]).await;
    let cancel = pull(Lever::CancelOrders);
    scene.door().act(&cancel, &Forget).await.unwrap();
    until_empty(scene.door(), &cancel, 5).await;
    assert_eq!(scene.truly_open(), 0);
}

#[tokio::test]
async fn orders_fall_into_the_families_of_their_own_account() {
    let scene = scene(&[]).await;
    let reading = scene
        .door()
        .read_back(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    let found = orders(&reading);
    assert_eq!(found.len(), scene.truly_open());
    let families: BTreeSet<&str> = found.iter().map(|order| order.family.0.as_str()).collect();
    let subs = scene.subs();
    for family in ["futures", "options", "spot", "triggers"] {
        assert!(families.contains(family), "{families:?}");
    }
    let of_sub = format!("sub-{} ", subs[0]);
    assert!(
        families.iter().any(|it| it.starts_with(&of_sub)),
        "{families:?}"
    );
    let ids: BTreeSet<_> = found.iter().map(|order| &order.key).collect();
    assert_eq!(ids.len(), found.len(), "an order in two lists is one order");
}

#[tokio::test]
async fn a_sub_account_that_cannot_be_switched_into_is_named_and_the_others_are_emptied() {
    let scene = scene(&["hidden-sub"]).await;
    let hidden = *scene.subs().last().unwrap();
    let cancel = pull(Lever::CancelOrders);
    scene.door().act(&cancel, &Forget).await.unwrap();
    let reading = until_empty(scene.door(), &cancel, 5).await;
    assert_eq!(reading.unseen.len(), 1, "{reading:?}");
    assert_eq!(reading.unseen[0].what.0, format!("sub-{hidden}"));
    let open = scene.world().orders(scene.account());
    let open: BTreeSet<u32> = open
        .iter()
        .filter(|order| order.open())
        .map(|order| order.ask.instrument.sub)
        .collect();
    assert_eq!(open, [hidden].into());
}

#[tokio::test]
async fn keeping_protective_stops_leaves_them_alone() {
    let scene = scene(&[]).await;
    let cancel = scoped(Lever::CancelOrders, CancelScope::KeepProtective);
    let before = scene.door().read_back(&cancel, &Forget).await.unwrap();
    let kept = scene.truly_open() - before.found.len();
    assert!(kept > 0, "{before:?}");
    scene.door().act(&cancel, &Forget).await.unwrap();
    until_empty(scene.door(), &cancel, 5).await;
    assert_eq!(scene.truly_open(), kept);
}

#[tokio::test]
async fn one_order_is_cancelled_alone() {
    let scene = scene(&[]).await;
    let all = pull(Lever::CancelOrders);
    let all = scene.door().read_back(&all, &Forget).await.unwrap();
    let only = scoped(Lever::CancelOrders, only_first(&all));
    let open = scene.truly_open();
    scene.door().act(&only, &Forget).await.unwrap();
    until_empty(scene.door(), &only, 5).await;
    assert_eq!(scene.truly_open(), open - 1);
}

#[tokio::test]
async fn a_stop_in_a_sub_account_protects_no_position_of_the_main_one() {
    let scene = scene(&[]).await;
    let cancel = scoped(Lever::CancelOrders, CancelScope::KeepProtective);
    let before = scene.door().read_back(&cancel, &Forget).await.unwrap();
    let of_subs = orders(&before);
    let of_subs = of_subs
        .iter()
        .filter(|order| order.family.0.starts_with("sub-"));
    let truly = scene.world().orders(scene.account());
    let truly = truly.iter().filter(|order| order.ask.instrument.sub != 0);
    assert_eq!(of_subs.clone().count(), truly.count());
    for order in of_subs {
        assert!(order.instrument.starts_with("sub-"), "{order:?}");
    }
}

#[tokio::test]
async fn only_what_was_placed_lately_is_cancelled_when_that_is_asked_for() {
    let scene = scene(&[]).await;
    let all = scene.truly_open();
    pass(Duration::from_mins(10)).await;
    reopened(scene.door()).await;
    let placed = scene.bot_places(stands);
    let pressed = scene.world().wall(scene.world().now());
    let mut cancel = scoped(Lever::CancelOrders, CancelScope::PlacedAfterSeconds(60));
    cancel.pressed_at = pressed;
    let before = scene.door().read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(before.found.len(), 1, "{before:?}");
    scene.door().act(&cancel, &Forget).await.unwrap();
    until_empty(scene.door(), &cancel, 5).await;
    assert_eq!(scene.truly_open(), all);
    assert!(!scene.world().order(placed).unwrap().open());
}

#[tokio::test]
async fn an_order_that_appears_after_the_cancel_is_found() {
    let scene = scene(&[]).await;
    let cancel = pull(Lever::CancelOrders);
    scene.door().act(&cancel, &Forget).await.unwrap();
    until_empty(scene.door(), &cancel, 5).await;
    scene.bot_places(stands);
    let reading = scene.door().read_back(&cancel, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), 1, "{reading:?}");
    assert_eq!(orders(&reading)[0].submitter.as_deref(), Some("api"));
}

#[tokio::test]
async fn an_order_that_fills_while_it_is_cancelled_is_a_fill_and_no_failure() {
    let scene = scene(&["fill-during-cancel:every=3"]).await;
    let cancel = pull(Lever::CancelOrders);
    scene.door().act(&cancel, &Forget).await.unwrap();
    let reading = until_empty(scene.door(), &cancel, 6).await;
    let truly = scene.world().executions(FRONT, scene.account());
    assert!(!truly.is_empty());
    let told: BTreeSet<_> = reading.fills.iter().map(|fill| &fill.id).collect();
    assert_eq!(told, truly.iter().map(|fill| &fill.id).collect());
}

#[tokio::test]
async fn a_cancel_that_is_answered_and_not_done_is_still_seen_open() {
    for lie in ["lying-ack", "pending-cancel-forever"] {
        let scene = scene(&[lie]).await;
        let open = scene.truly_open();
        let cancel = pull(Lever::CancelOrders);
        scene.door().act(&cancel, &Forget).await.unwrap();
        let reading = scene.door().read_back(&cancel, &Forget).await.unwrap();
        assert_eq!(reading.found.len(), open, "{lie}");
    }
}

#[tokio::test]
async fn an_error_in_a_good_answer_cancels_nothing_and_says_so() {
    let scene = scene(&[]).await;
    scene.door().open().await.unwrap();
    scene.world().inject(fault("error-in-200"));
    let open = scene.truly_open();
    let error = scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert_eq!(scene.truly_open(), open);
}

#[tokio::test]
async fn too_many_requests_are_paced_and_never_an_empty_list() {
    let scene = scene(&[]).await;
    scene.door().open().await.unwrap();
    scene.world().inject(fault("rate-limit:every=1"));
    let cancel = pull(Lever::CancelOrders);
    let refused = scene.door().act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::Paced, "{refused:?}");
    let unread = scene.door().read_back(&cancel, &Forget).await.unwrap_err();
    assert_eq!(unread.class, ErrorClass::Paced, "{unread:?}");
}

#[tokio::test]
async fn maintenance_is_told_as_such_and_passes() {
    let scene = scene(&[]).await;
    scene.door().open().await.unwrap();
    let handle = scene.world().inject(fault("maintenance"));
    let cancel = pull(Lever::CancelOrders);
    let error = scene.door().act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unreachable, "{error:?}");
    assert!(error.meaning.contains("maintenance"), "{error:?}");
    scene.world().faults().switch_off(handle);
    scene.door().act(&cancel, &Forget).await.unwrap();
    until_empty(scene.door(), &cancel, 5).await;
}

#[tokio::test]
async fn positions_are_not_touched_by_a_cancel() {
    let scene = scene(&[]).await;
    let held = scene.world().holdings(scene.account());
    let cancel = pull(Lever::CancelOrders);
    scene.door().act(&cancel, &Forget).await.unwrap();
    until_empty(scene.door(), &cancel, 5).await;
    assert_eq!(scene.world().holdings(scene.account()), held);
}

#[tokio::test]
async fn pressing_twice_and_cancelling_by_another_hand_meanwhile_is_no_failure() {
    let scene = scene(&[]).await;
    let cancel = scoped(Lever::CancelOrders, CancelScope::PlacedAfterSeconds(3600));
    let by = By::Key("bot".to_owned());
    scene.world().cancel_all(scene.account(), &by).unwrap();
    scene.door().act(&cancel, &Forget).await.unwrap();
    scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    until_empty(scene.door(), &cancel, 5).await;
}

#[tokio::test]
async fn nothing_is_held_and_nothing_is_released() {
    let scene = scene(&[]).await;
    scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
    assert_eq!(scene.door().release(&Forget).await.unwrap(), []);
    assert!(!scene.world().dead_man_is_set(scene.account(), FRONT));
}
