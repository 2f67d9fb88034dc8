//! Cutting keys: with codes, the others first and ours last, proved by the venue's own refusal.

use std::{sync::Arc, time::Duration};

use door::{Code, Door, ErrorClass, Forget, Found, KeyScope, Lever, Pull, Reading};
use simulator::world::NewApiKey;
use venues::{Account, Means};

use crate::{
    scene::{Scene, fault, pull, until_empty},
    support::{FRONT, pass, scene},
};

/// Cancels everything, so that our own key may be cut.
async fn emptied(faults: &[&str]) -> Scene {
    let scene = scene(faults).await;
    scene.door().open().await.unwrap();
    let cancel = pull(Lever::CancelOrders);
    scene.door().act(&cancel, &Forget).await.unwrap();
    until_empty(scene.door(), &cancel, 5).await;
    scene
}

/// Our own key, which the engine cuts last.
fn own() -> Pull {
    Pull {
        keys: KeyScope::Own,
        ..pull(Lever::RevokeKey)
    }
}

/// Cuts the others, then our own.
async fn all_cut(scene: &Scene) -> usize {
    let others = pull(Lever::RevokeKey);
    let (_, codes) = scene.act_with_codes(&others, &Forget).await.unwrap();
    let (_, more) = scene.act_with_codes(&own(), &Forget).await.unwrap();
    codes + more
}

fn key_of_a_sub_account(scene: &Scene) {
    let new = NewApiKey {
        name: "intruder",
        front: FRONT,
        sub: scene.subs()[0],
        scopes: &["trade:read_write"],
        trades: true,
        allow_ips: &[],
    };
    scene.world().create_api_key(scene.account(), &new).unwrap();
}

fn working(scene: &Scene) -> Vec<String> {
    let view = scene.world().account(scene.account()).unwrap();
    let keys = view.keys.into_iter().filter(|key| key.enabled);
    keys.map(|key| key.name).collect()
}

/// Another process with the same key.
async fn restarted(scene: &Scene) -> Arc<dyn Door> {
    let served = &scene.served.accounts()[0];
    let means = Means::simulated();
    means.take_keys(served).await.unwrap();
    Account::of(served).unwrap().open(&means).unwrap().remove(0)
}

/// What is read of our own key once connections that lay idle were found broken.
async fn until_answered(scene: &Scene) -> Reading {
    for _ in 0..20 {
        match scene.door().read_back(&own(), &Forget).await {
            Err(error) if error.class == ErrorClass::Unreachable => {}
            reading => return reading.unwrap(),
        }
    }
    panic!("no connection any more");
}

#[tokio::test]
async fn without_a_code_nothing_is_cut_and_a_code_is_asked_for() {
    let scene = emptied(&[]).await;
    let revoke = pull(Lever::RevokeKey);
    let error = scene.door().act(&revoke, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NeedsCode, "{error:?}");
    assert_eq!(working(&scene), ["panic", "bot"]);
    let reading = scene.door().read_back(&revoke, &Forget).await.unwrap();
    assert!(!reading.found.is_empty());
}

#[tokio::test]
async fn other_keys_are_removed_and_the_venues_own_record_proves_it() {
    let scene = emptied(&[]).await;
    let others = pull(Lever::RevokeKey);
    let (_, codes) = scene.act_with_codes(&others, &Forget).await.unwrap();
    // the sub-accounts' access logs show that they never had a key
    assert_eq!(codes, 1);
    assert_eq!(working(&scene), ["panic"]);
    let reading = scene.door().read_back(&others, &Forget).await.unwrap();
    assert!(
        reading.found.is_empty() && reading.residue.is_empty(),
        "{reading:?}"
    );
    // pressing again is no failure and wants no code
    scene.door().act(&others, &Forget).await.unwrap();
}

#[tokio::test]
async fn our_own_key_goes_last_and_the_venue_refuses_it() {
    let scene = emptied(&[]).await;
    let before = scene.door().read_back(&own(), &Forget).await.unwrap();
    assert_eq!(before.found.len(), 1, "{before:?}");
    // the lists of the others serve our own as well
    assert_eq!(all_cut(&scene).await, 1);
    assert_eq!(working(&scene), Vec::<String>::new());
    let reading = scene.door().read_back(&own(), &Forget).await.unwrap();
    assert!(
        reading.found.is_empty() && reading.residue.is_empty(),
        "{reading:?}"
    );
    assert!(reading.words.contains("refuses our own key"), "{reading:?}");
    scene.door().act(&own(), &Forget).await.unwrap();
}

#[tokio::test]
async fn a_key_of_ours_that_works_again_is_not_claimed_dead() {
    let scene = emptied(&[]).await;
    all_cut(&scene).await;
    scene.world().enable_key(scene.account(), "panic").unwrap();
    let reading = scene.door().read_back(&own(), &Forget).await.unwrap();
    assert_eq!(reading.found.len(), 1, "{reading:?}");
}

#[tokio::test]
async fn our_own_key_alone_is_cut_with_one_code() {
    let scene = emptied(&[]).await;
    let (_, codes) = scene.act_with_codes(&own(), &Forget).await.unwrap();
    assert_eq!(codes, 1);
    assert_eq!(working(&scene), ["bot"]);
}

#[tokio::test]
async fn a_key_of_a_sub_account_is_cut_as_well() {
    let scene = emptied(&[]).await;
    key_of_a_sub_account(&scene);
    let (_, codes) = scene
        .act_with_codes(&pull(Lever::RevokeKey), &Forget)
        .await
        .unwrap();
    assert_eq!(codes, 2, "each list wants a code of its own");
    assert_eq!(working(&scene), ["panic"]);
}

#[tokio::test]
async fn a_code_that_is_refused_is_asked_for_again_and_nothing_is_cut() {
    let scene = emptied(&[]).await;
    let revoke = pull(Lever::RevokeKey);
    let wrong = Code::typed("000000").unwrap();
    scene.door().offer_code(wrong).await.unwrap();
    let error = scene.door().act(&revoke, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NeedsCode, "{error:?}");
    assert!(error.meaning.contains("did not accept"), "{error:?}");
    assert_eq!(working(&scene), ["panic", "bot"]);

    let scene = emptied(&["code-refused"]).await;
    scene.offer_code().await;
    let error = scene.door().act(&revoke, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NeedsCode, "{error:?}");
}

#[tokio::test]
async fn a_code_is_good_once() {
    let scene = emptied(&[]).await;
    key_of_a_sub_account(&scene);
    let revoke = pull(Lever::RevokeKey);
    scene.offer_code().await;
    // the first code lists the main account's keys; the sub-account's list wants another
    let error = scene.door().act(&revoke, &Forget).await.unwrap_err();
    assert!(error.meaning.contains("2 of 3"), "{error:?}");
    scene.offer_code().await;
    let error = scene.door().act(&revoke, &Forget).await.unwrap_err();
    assert!(error.meaning.contains("used before"), "{error:?}");
}

#[tokio::test]
async fn a_key_that_may_do_more_than_ours_is_named_as_left() {
    let scene = emptied(&[]).await;
    scene
        .world()
        .create_api_key(
            scene.account(),
            &NewApiKey {
                name: "blocks",
                front: FRONT,
                sub: 0,
                scopes: &["account:read", "block_trade:read_write"],
                trades: true,
                allow_ips: &[],
            },
        )
        .unwrap();
    let revoke = pull(Lever::RevokeKey);
    scene.act_with_codes(&revoke, &Forget).await.unwrap();
    assert_eq!(working(&scene), ["panic", "blocks"]);
    let reading = scene.door().read_back(&revoke, &Forget).await.unwrap();
    assert_eq!(reading.residue.len(), 1, "{reading:?}");
    assert!(reading.residue[0].what.contains("blocks"), "{reading:?}");
}

#[tokio::test]
async fn a_key_that_is_made_after_the_list_is_found_listed_and_cut() {
    let scene = emptied(&[]).await;
    let others = pull(Lever::RevokeKey);
    scene.act_with_codes(&others, &Forget).await.unwrap();
    scene
        .world()
        .create_api_key(
            scene.account(),
            &NewApiKey {
                name: "late",
                front: FRONT,
                sub: 0,
                scopes: &["trade:read_write"],
                trades: true,
                allow_ips: &[],
            },
        )
        .unwrap();
    let reading = scene.door().read_back(&others, &Forget).await.unwrap();
    assert_eq!(reading.found.len(), 1, "{reading:?}");
    let error = scene.door().act(&others, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NeedsCode, "{error:?}");
    scene.act_with_codes(&others, &Forget).await.unwrap();
    assert_eq!(working(&scene), ["panic"]);
}

#[tokio::test]
async fn trouble_after_the_cut_is_no_proof_of_it() {
    for trouble in [
        "lockout",
        "maintenance",
        "html-page",
        "redirect",
        "truncated-frame",
        "rate-limit:every=1",
    ] {
        let scene = emptied(&[]).await;
        all_cut(&scene).await;
        let handle = scene.world().inject(fault(trouble));
        let unproved = scene.door().read_back(&own(), &Forget).await;
        assert!(unproved.is_err(), "{trouble}: {unproved:?}");
        scene.world().faults().switch_off(handle);
        pass(Duration::from_secs(400)).await;
        let proved = until_answered(&scene).await;
        assert!(proved.found.is_empty(), "{trouble}: {proved:?}");
    }
}

#[tokio::test]
async fn after_a_restart_a_dead_key_proves_nothing() {
    let scene = emptied(&[]).await;
    all_cut(&scene).await;
    let door = restarted(&scene).await;
    let error = door.read_back(&own(), &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
    assert!(error.meaning.contains("nothing is claimed"), "{error:?}");
    let others = pull(Lever::RevokeKey);
    let error = door.read_back(&others, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
}

#[tokio::test]
async fn after_a_restart_keys_that_were_not_listed_are_found() {
    let scene = emptied(&[]).await;
    let door = restarted(&scene).await;
    let reading = door
        .read_back(&pull(Lever::RevokeKey), &Forget)
        .await
        .unwrap();
    let labels: Vec<String> = reading.found.iter().map(Found::label).collect();
    assert!(
        labels.iter().all(|it| it.contains("not listed")),
        "{labels:?}"
    );
    assert_eq!(labels.len(), 3);
}
