//! Opening the door, what is recorded, withdrawals, products and logins.

use std::time::Duration;

use door::{ActKind, Again, ErrorClass, Forget, Found, KeyScope, Lever, Pull};
use rust_decimal::Decimal;
use simulator::world::WithdrawalState;

use crate::{
    scene::{Kept, fault, pull},
    support::{pass, reopened, scene},
};

#[tokio::test]
async fn opening_sees_the_key_work_and_measures_the_clock() {
    let scene = scene(&["clock-skew:by=90s"]).await;
    let health = scene.door().open().await.unwrap();
    let offset = health.clock_offset_ms.unwrap();
    assert!((89_000..=91_000).contains(&offset), "{offset}");
    assert!(health.words.contains("3 accounts"), "{health:?}");
    let warned = |what: &str| health.warnings.iter().any(|it| it.contains(what));
    assert!(warned("can withdraw"), "{:?}", health.warnings);
    assert!(warned("IP address"), "{:?}", health.warnings);
    // with the clock corrected the signature is taken
    scene
        .door()
        .act(&pull(Lever::CancelOrders), &Forget)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_clock_that_jumps_after_arming_is_measured_again() {
    let scene = scene(&[]).await;
    scene.door().open().await.unwrap();
    scene.world().inject(fault("clock-skew:by=90s"));
    let cancel = pull(Lever::CancelOrders);
    let error = scene.door().act(&cancel, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
    assert_eq!(error.again, Again::Soon, "{error:?}");
    scene.door().act(&cancel, &Forget).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_told_apart() {
    for (wrong, told) in [
        ("ip-not-allowed", "another IP address"),
        ("key-expired", "does not know this key"),
        ("lockout", "whatever key is used"),
        ("maintenance", "maintenance"),
    ] {
        let scene = scene(&[wrong]).await;
        let error = scene.door().open().await.unwrap_err();
        assert!(error.meaning.contains(told), "{wrong}: {error:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_not_taken_for_a_dead_key() {
    let scene = scene(&[]).await;
    scene
        .world()
        .change_api_key(scene.account(), "panic", |api| {
            api.secret = "another".to_owned();
        })
        .unwrap();
    let listing = pull(Lever::CancelOrders);
    let error = scene.door().read_back(&listing, &Forget).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorised, "{error:?}");
    assert!(error.next.contains("secret"), "{error:?}");
    let own = Pull {
        keys: KeyScope::Own,
        ..pull(Lever::RevokeKey)
    };
    let error = scene.door().read_back(&own, &Forget).await.unwrap_err();
    assert!(error.meaning.contains("nothing is claimed"), "{error:?}");
}

#[tokio::test]
async fn a_capture_records_every_part_and_names_what_wants_a_code() {
    let scene = scene(&[]).await;
    let door = scene.door();
    let kept = Kept::default();
    let receipt = door.act(&pull(Lever::Capture), &kept).await.unwrap();
    let snapshot = receipt.snapshot.unwrap();
    assert_eq!(snapshot.orders.len(), scene.truly_open());
    assert_eq!(
        snapshot.positions.len(),
        scene.world().holdings(scene.account()).len()
    );
    let labels = kept.labels();
    for label in [
        "open-orders",
        "trigger-orders",
        "positions",
        "user-trades",
        "account-summaries",
        "withdrawals",
        "deposits",
        "address-book",
        "access-log",
        "user-locks",
        "transaction-log",
        "trigger-history",
        "order-history",
        "api-keys",
    ] {
        assert!(labels.contains(label), "{label}: {labels:?}");
    }
    let missing: Vec<_> = receipt.missing.iter().map(|it| it.what.as_str()).collect();
    assert!(
        missing.iter().all(|what| what.contains("API keys")),
        "{missing:?}"
    );
    assert_eq!(missing.len(), 3);
}

#[tokio::test]
async fn trades_are_paged_to_their_end() {
    let scene = scene(&[]).await;
    let orders = scene.world().orders(scene.account());
    let order = orders
        .iter()
        .find(|order| order.open() && order.ask.quantity > Decimal::ONE)
        .unwrap();
    let trades = 1_003;
    for _ in 0..trades {
        scene
            .world()
            .fill(order.perm_id, Decimal::new(1, 3), Decimal::TEN)
            .unwrap();
    }
    let receipt = scene
        .door()
        .act(&pull(Lever::Capture), &Forget)
        .await
        .unwrap();
    let fills = receipt.snapshot.unwrap().fills;
    assert_eq!(fills.len(), trades);
    let ids: std::collections::BTreeSet<_> = fills.iter().map(|fill| &fill.id).collect();
    assert_eq!(ids.len(), trades);
}

#[tokio::test]
async fn what_a_scope_does_not_allow_is_missing_by_name() {
    let scene = scene(&[]).await;
    scene
        .world()
        .change_api_key(scene.account(), "panic", |api| {
            api.scopes.retain(|scope| !scope.starts_with("wallet"));
        })
        .unwrap();
    let receipt = scene
        .door()
        .act(&pull(Lever::Capture), &Forget)
        .await
        .unwrap();
    let missing: Vec<_> = receipt.missing.iter().map(|it| it.what.as_str()).collect();
    for part in ["withdrawals", "deposits", "saved addresses"] {
        let named = missing.iter().any(|what| what.starts_with(part));
        assert!(named, "{part}: {missing:?}");
    }
    let refused = scene
        .door()
        .read_back(&pull(Lever::StopWithdrawals), &Forget)
        .await
        .unwrap_err();
    assert!(refused.meaning.contains("scope"), "{refused:?}");
}

#[tokio::test]
async fn no_secret_is_in_what_is_kept() {
    let scene = scene(&[]).await;
    let door = scene.door();
    let kept = Kept::default();
    door.open().await.unwrap();
    for lever in [Lever::Capture, Lever::Audit, Lever::CancelOrders] {
        door.act(&pull(lever), &kept).await.unwrap();
    }
    let codes = {
        let (_, codes) = scene
            .act_with_codes(&pull(Lever::RevokeKey), &kept)
            .await
            .map_or_else(
                |error| (error.to_string(), 0),
                |(it, codes)| (it.words, codes),
            );
        codes
    };
    assert!(codes > 0);
    let code = scene.world().code(scene.account()).unwrap();
    let secrets = ["panic", "bot"].map(|name| scene.key(name).api.unwrap().secret);
    let kept = kept.0.lock().unwrap();
    assert!(kept.iter().any(|(label, _)| label == "api-keys"));
    for (label, text) in kept.iter() {
        for secret in &secrets {
            assert!(!text.contains(secret), "{label}: {text}");
        }
        assert!(!text.contains("deri-hmac-sha256"), "{label}: {text}");
        assert!(!text.contains(&format!("\"{code}\"")), "{label}: {text}");
        for field in [
            "access_token",
            "refresh_token",
            "client_secret",
            "challenge",
        ] {
            let named = format!("\"{field}\":");
            for value in text.split(&named).skip(1) {
                assert!(value.starts_with("\"withheld\""), "{label}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn pending_withdrawals_are_stopped_and_proved_by_their_state() {
    let scene = scene(&[]).await;
    let ask = |target: &str, leaves| {
        let amount = Decimal::new(1500, 0);
        scene
            .world()
            .ask_withdrawal(scene.account(), amount, target, leaves)
            .unwrap()
    };
    let gone = ask(
        "0x1111111111111111111111111111111111111111",
        Duration::from_secs(1),
    );
    let pending = ask(
        "0x2222222222222222222222222222222222222222",
        Duration::from_hours(1),
    );
    pass(Duration::from_secs(2)).await;
    let stop = pull(Lever::StopWithdrawals);
    let before = scene.door().read_back(&stop, &Forget).await.unwrap();
    assert!(
        matches!(&before.found[..], [Found::Withdrawal { id, .. }] if *id == pending),
        "{before:?}"
    );
    scene.door().act(&stop, &Forget).await.unwrap();
    let after = scene.door().read_back(&stop, &Forget).await.unwrap();
    assert!(after.found.is_empty(), "{after:?}");
    assert_eq!(after.residue.len(), 1, "{after:?}");
    assert!(
        after.residue[0].what.contains("1500 USDC to 0x1111…1111"),
        "{after:?}"
    );
    let view = scene.world().account(scene.account()).unwrap();
    for each in view.withdrawals {
        let wanted = if each.id == gone {
            WithdrawalState::Sent
        } else {
            WithdrawalState::Cancelled
        };
        assert_eq!(each.state, wanted);
    }
}

#[tokio::test]
async fn products_and_logins_are_switched_off_with_a_code_each_and_read_back() {
    let scene = scene(&[]).await;
    let block = pull(Lever::BlockTrading);
    let refused = scene.door().act(&block, &Forget).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::NeedsCode, "{refused:?}");
    let before = scene.door().read_back(&block, &Forget).await.unwrap();
    assert!(!before.found.is_empty());
    let (_, codes) = scene.act_with_codes(&block, &Forget).await.unwrap();
    // products of three accounts, logins of two
    assert_eq!(codes, 5);
    let after = scene.door().read_back(&block, &Forget).await.unwrap();
    assert!(
        after.found.is_empty() && after.unseen.is_empty(),
        "{after:?}"
    );
    let exchange = scene.world().account(scene.account()).unwrap().exchange;
    assert!(exchange.subs.iter().all(|sub| !sub.login_enabled));
    for sub in scene.subs().into_iter().chain([0]) {
        assert!(exchange.blocked.contains(&(sub, "PERP".to_owned())));
    }
}

#[tokio::test]
async fn a_block_that_the_same_key_takes_back_is_seen() {
    let scene = scene(&[]).await;
    let block = pull(Lever::BlockTrading);
    scene.act_with_codes(&block, &Forget).await.unwrap();
    scene
        .world()
        .change_exchange(scene.account(), |exchange| exchange.blocked.clear())
        .unwrap();
    let reading = scene.door().read_back(&block, &Forget).await.unwrap();
    assert!(!reading.found.is_empty());
}

#[tokio::test]
async fn sessions_of_sub_accounts_are_ended_and_the_main_ones_are_not_claimed() {
    let scene = scene(&[]).await;
    let end = pull(Lever::EndSessions);
    let before = scene.door().read_back(&end, &Forget).await.unwrap();
    assert_eq!(before.found.len(), 2, "{before:?}");
    scene.act_with_codes(&end, &Forget).await.unwrap();
    let after = scene.door().read_back(&end, &Forget).await.unwrap();
    assert!(after.found.is_empty(), "{after:?}");
    assert!(after.unseen[0].what.0.contains("main account"), "{after:?}");
}

#[tokio::test]
async fn an_audit_tells_scopes_keys_addresses_and_logins() {
    let scene = scene(&[]).await;
    let receipt = scene
        .door()
        .act(&pull(Lever::Audit), &Forget)
        .await
        .unwrap();
    let facts = receipt.snapshot.unwrap().facts;
    let told = |name: &str| facts.iter().any(|(known, _)| known.contains(name));
    assert!(
        told("scope of this key") && told("may withdraw"),
        "{facts:?}"
    );
    assert!(
        told("saved address") && told("access log") && told("login to"),
        "{facts:?}"
    );
    assert_eq!(receipt.missing.len(), 3, "{:?}", receipt.missing);
}

#[tokio::test]
async fn a_capture_tells_orders_trades_movements_and_logins_as_acts_and_a_revocation_keys() {
    let scene = scene(&[]).await;
    let bot = scene.bot_places(|ask| ask.instrument.sub == 0 && ask.instrument.sec_type == "PERP");
    scene.world().fill(bot, 1.into(), 1.into()).unwrap();
    let leaves = Duration::from_secs(1);
    scene
        .world()
        .ask_withdrawal(scene.account(), 1.into(), "bc1-somewhere-else", leaves)
        .unwrap();
    pass(2 * leaves).await;
    reopened(scene.door()).await;
    let kept = Kept::default();
    let door = scene.door();
    door.act(&pull(Lever::CancelOrders), &kept).await.unwrap();
    door.act(&pull(Lever::Capture), &kept).await.unwrap();
    // keys are listed only with a code, and a capture spends none
    let revoke = pull(Lever::RevokeKey);
    scene.act_with_codes(&revoke, &kept).await.unwrap();
    for (label, kind) in [
        ("order-history", ActKind::Order),
        ("user-trades", ActKind::Fill),
        ("transaction-log", ActKind::Fill),
        ("transaction-log", ActKind::Transfer),
        ("withdrawals", ActKind::Transfer),
        ("deposits", ActKind::Transfer),
        ("address-book", ActKind::Address),
        ("access-log", ActKind::Session),
        ("api-keys", ActKind::Key),
    ] {
        assert!(!kept.acts(label, kind).is_empty(), "{label}: {kind:?}");
    }
    let logins = kept.acts("access-log", ActKind::Session);
    assert!(logins.iter().all(|act| act.ip.is_some()), "{logins:?}");
    let trades = kept.acts("user-trades", ActKind::Fill);
    let logged = kept.acts("transaction-log", ActKind::Fill);
    for trade in &trades {
        let same = logged.iter().find(|other| other.id == trade.id).unwrap();
        assert_eq!((same.price, same.quantity), (trade.price, trade.quantity));
        assert_eq!(same.instrument, trade.instrument);
        assert!(same.ip.is_some(), "{same:?}");
    }
    let booked = kept.acts("transaction-log", ActKind::Transfer);
    for act in kept.acts("withdrawals", ActKind::Transfer) {
        let same = booked.iter().find(|other| other.id == act.id);
        let same = same.unwrap_or_else(|| panic!("{act:?}: {booked:?}"));
        assert_eq!((same.amount, &same.to), (act.amount, &act.to));
    }
    let of_subs = kept.acts("order-history", ActKind::Order);
    assert!(
        of_subs.iter().any(|act| {
            let name = act.instrument.as_deref().unwrap_or_default();
            name.starts_with("sub-")
        }),
        "{of_subs:?}"
    );
}
