//! Stopping what is on its way out.

use std::time::Duration;

use door::{ErrorClass, Forget, Found, Lever};

use crate::{
    bench::{pass, rights, spot},
    scene::{Scene, pull},
};

const LEAVES_AFTER: Duration = Duration::from_secs(20);
const RIGHTS: [&str; 3] = ["query-ledger", "withdraw-funds", "query-funds"];

fn ask(scene: &Scene) -> String {
    let target = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
    scene
        .world()
        .ask_withdrawal(scene.account(), 500.into(), target, LEAVES_AFTER)
        .unwrap()
}

#[tokio::test]
async fn pending_withdrawals_are_cancelled_and_proved_by_their_status() {
    let scene = spot(2, &[]).await;
    rights(&scene, "panic", &RIGHTS);
    let door = scene.door();
    let stop = pull(Lever::StopWithdrawals);
    for _ in 0..3 {
        ask(&scene);
    }
    let before = door.read_back(&stop, &Forget).await.unwrap();
    let [Found::Withdrawal { label, .. }, ..] = &before.found[..] else {
        panic!("{before:?}");
    };
    assert_eq!(label, "500.00000000 USDC to 0x71…976F");
    assert_eq!(before.found.len(), 3);
    let receipt = door.act(&stop, &Forget).await.unwrap();
    assert!(receipt.words.contains("3 of 3"), "{}", receipt.words);
    let after = door.read_back(&stop, &Forget).await.unwrap();
    assert!(
        after.found.is_empty() && after.residue.is_empty(),
        "{after:?}"
    );
}

#[tokio::test]
async fn what_has_left_is_told_with_its_amount() {
    let scene = spot(2, &[]).await;
    rights(&scene, "panic", &RIGHTS);
    let door = scene.door();
    let stop = pull(Lever::StopWithdrawals);
    ask(&scene);
    assert_eq!(door.read_back(&stop, &Forget).await.unwrap().found.len(), 1);
    pass(LEAVES_AFTER + Duration::from_secs(1)).await;
    let receipt = door.act(&stop, &Forget).await.unwrap();
    assert!(receipt.words.contains("0 of 0"), "{}", receipt.words);
    let after = door.read_back(&stop, &Forget).await.unwrap();
    assert!(after.found.is_empty());
    assert!(
        after.residue[0].what.contains("500.00000000 USDC"),
        "{after:?}"
    );
}

#[tokio::test]
async fn a_key_without_the_right_sees_them_and_says_that_it_cannot_stop_them() {
    let scene = spot(2, &[]).await;
    let door = scene.door();
    let stop = pull(Lever::StopWithdrawals);
    ask(&scene);
    let error = door.act(&stop, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused, "{error:?}");
    assert!(error.next.contains("by hand"), "{error:?}");
    assert_eq!(door.read_back(&stop, &Forget).await.unwrap().found.len(), 1);
}

#[tokio::test]
async fn withdrawals_are_read_to_the_end_of_the_last_page() {
    let scene = spot(2, &[]).await;
    for _ in 0..60 {
        ask(&scene);
    }
    let reading = scene
        .door()
        .read_back(&pull(Lever::StopWithdrawals), &Forget)
        .await
        .unwrap();
    assert_eq!(reading.found.len(), 60);
}
