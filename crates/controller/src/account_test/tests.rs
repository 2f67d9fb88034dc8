use simulator::{
    Served,
    faults::{Fault, Front},
    serve::{Spec, serve},
};
use venues::DoorConfig;

use super::*;

/// IBKR's doors need no key: the keychain is never asked.
fn means() -> Means<Live> {
    Means::new(vault::Vault::of_home("none").unwrap(), None)
}

#[tokio::test]
async fn every_lever_of_a_reached_account_is_ready_or_yours() {
    let served = served(&[Front::Tws, Front::ClientPortal, Front::Ibc], &[]).await;
    let tested = test_account(&live(&served), &means()).await.unwrap();
    assert!(tested.all_reached(), "{tested:#?}");
    let states = tested
        .levers
        .iter()
        .map(|lever| (lever.lever, lever.far, lever.state))
        .collect::<Vec<_>>();
    assert_eq!(
        states,
        [
            (Lever::Capture, Far::Full, LeverState::Ready),
            (Lever::StopAutomation, Far::Partial, LeverState::Ready),
            (Lever::CancelOrders, Far::Full, LeverState::Ready),
            (Lever::StopWithdrawals, Far::ByYou, LeverState::ByYou),
            (Lever::BlockTrading, Far::Partial, LeverState::Ready),
            (Lever::RevokeKey, Far::ByYou, LeverState::ByYou),
            (Lever::EndSessions, Far::Partial, LeverState::Ready),
            (Lever::Audit, Far::Full, LeverState::Ready),
        ],
        "{tested:#?}"
    );
    let before = served.world().truth_summary();
    assert_eq!(served.world().truth_fold(), before);
    assert_eq!(before["ibkr-1"].open_orders, 10, "nothing was cancelled");
    served.stop().await;
}

#[tokio::test]
async fn a_read_only_tws_is_a_dead_lever_and_not_an_unreached_door() {
    let served = served(&[Front::Tws], &["tws/read-only"]).await;
    let tested = test_account(&live(&served), &means()).await.unwrap();
    assert!(tested.all_reached());
    let cancel = lever(&tested, Lever::CancelOrders);
    assert_eq!(cancel.state, LeverState::Dead, "{cancel:?}");
    assert!(!cancel.seen.is_empty());
    served.stop().await;
}

#[tokio::test]
async fn a_door_that_nobody_listens_at_is_dead_and_says_how_to_mend_it() {
    let account = account(vec!["tws=127.0.0.1:1".parse().unwrap()]);
    let tested = test_account(&account, &means()).await.unwrap();
    assert!(!tested.all_reached());
    assert!(!tested.doors[0].next.is_empty());
    for lever in [Lever::Capture, Lever::CancelOrders, Lever::BlockTrading] {
        assert_eq!(self::lever(&tested, lever).state, LeverState::Dead);
    }
    let card = lever(&tested, Lever::RevokeKey);
    assert_eq!((card.far, card.state), (Far::ByYou, LeverState::ByYou));
}

#[tokio::test]
async fn a_changed_certificate_is_told_apart_from_one_that_nobody_pinned() {
    let served = served(&[Front::ClientPortal], &[]).await;
    let door = &served.accounts()[0].doors()[0];
    let tested = |pin: String| {
        let door = format!("client-portal={}{pin}", door.url());
        let account = account(vec![door.parse().unwrap()]);
        async move {
            test_account(&account, &means())
                .await
                .unwrap()
                .doors
                .remove(0)
        }
    };
    let unpinned = tested(String::new()).await;
    let changed = tested(format!(",pin={}", "ab".repeat(32))).await;
    for door in [&unpinned, &changed] {
        assert!(!door.reached);
        assert_eq!(door.class, Some(ErrorClass::Refused));
    }
    let pin = door.pin().unwrap();
    assert!(unpinned.words.contains("no certificate is pinned"));
    assert!(unpinned.words.contains(pin) && unpinned.next.contains(pin));
    assert!(changed.words.contains("another certificate"), "{changed:?}");
    assert!(changed.words.contains(pin), "{changed:?}");
    assert!(changed.next.contains("do not use this door"));
    served.stop().await;
}

#[test]
fn when_an_account_was_tested_is_remembered_until_it_is_removed() {
    let temporary = tempfile::tempdir().unwrap();
    let home = Home::open(Some(temporary.path())).unwrap();
    assert!(tested_at(&home).is_empty());
    let account = account(vec!["tws=127.0.0.1:1".parse().unwrap()]);
    crate::Accounts::add(&home, account.clone()).unwrap();
    let tested = Tested {
        at: "2026-11-23T14:33:36Z".parse().unwrap(),
        ..Tested::nothing("main")
    };
    remember_tested(&home, &tested).unwrap();
    assert_eq!(tested_at(&home)[account.name()], tested.at);
    crate::Accounts::remove(&home, account.name()).unwrap();
    assert!(tested_at(&home).is_empty());
    std::fs::write(path(&home), "not = [toml").unwrap();
    assert!(tested_at(&home).is_empty());
}

fn lever(tested: &Tested, lever: Lever) -> &LeverTested {
    tested.levers.iter().find(|it| it.lever == lever).unwrap()
}

async fn served(fronts: &[Front], faults: &[&str]) -> Served {
    let spec = Spec {
        fronts: fronts.iter().copied().collect(),
        faults: faults
            .iter()
            .map(|fault| fault.parse::<Fault>().unwrap())
            .collect(),
        ..Spec::default()
    };
    serve(spec).await.unwrap()
}

fn live(served: &Served) -> Account<Live> {
    let doors = served.accounts()[0].doors();
    account(
        doors
            .iter()
            .map(|door| door.add_argument().parse().unwrap())
            .collect(),
    )
}

fn account(doors: Vec<DoorConfig>) -> Account<Live> {
    Account::new("main", "ibkr", doors).unwrap()
}
