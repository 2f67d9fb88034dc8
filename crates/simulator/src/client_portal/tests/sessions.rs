//! Logins, the brokerage seat, pacing.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tokio::time::advance;

use super::{Bench, user};
use crate::{client_portal::portal::Portal, world::WorldError};

const STATUS: &str = "/iserver/auth/status";
const INIT: &str = "/iserver/auth/ssodh/init";

#[tokio::test(start_paused = true)]
async fn a_login_takes_the_free_seat_and_says_so() {
    let bench = Bench::new(3);
    for answer in [bench.post(STATUS, "").await, bench.get(STATUS).await] {
        let status = answer.value();
        for (field, value) in [
            ("authenticated", true),
            ("established", true),
            ("connected", true),
            ("competing", false),
        ] {
            assert_eq!(status[field], value, "{field}");
        }
        for field in ["message", "fail", "MAC", "hardware_info"] {
            assert!(status[field].is_string(), "{field}");
        }
        assert!(status["serverInfo"]["serverVersion"].is_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_evicts_nobody_from_the_seat() {
    let bench = Bench::new(3);
    let intruder = bench.intruder();
    let portal = Portal::new(bench.world.clone(), bench.account.clone(), user("web"));
    portal.log_in().unwrap();
    assert_eq!(bench.world.seat_holder(&user("web")).unwrap().id, intruder);
}

#[tokio::test(start_paused = true)]
async fn without_the_seat_only_the_reading_tier_answers() {
    let bench = Bench::warm(3).await;
    bench.intruder();
    let status = bench.post(STATUS, "").await.value();
    assert_eq!(status["authenticated"], false);
    assert_eq!(status["competing"], true);
    assert_eq!(status["connected"], true);
    for path in [
        "/iserver/accounts",
        "/iserver/account/orders",
        "/iserver/account/trades",
    ] {
        let answer = bench.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        let words = json!({ "error": "Init session first", "statusCode": 400 });
        assert_eq!(answer.value(), words, "{path}");
    }
    assert_eq!(bench.delete(-1).await.status, 400);
    assert_eq!(bench.get("/portfolio/accounts").await.status, 200);
    assert_eq!(bench.open().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn competing_takes_the_seat_back_and_asking_politely_does_not() {
    let bench = Bench::warm(3).await;
    let intruder = bench.intruder();
    let polite = bench
        .post(INIT, r#"{"publish":true,"compete":false}"#)
        .await;
    assert_eq!(polite.status, 200);
    assert_eq!(polite.value()["authenticated"], false);
    assert_eq!(polite.value()["competing"], true);
    let rude = bench.post(INIT, r#"{"publish":true,"compete":true}"#).await;
    assert_eq!(rude.value()["authenticated"], true);
    assert_eq!(rude.value()["competing"], false);
    let evicted = bench.world.session(intruder).unwrap();
    assert!(evicted.alive && !evicted.seat);
}

#[tokio::test(start_paused = true)]
async fn a_seat_won_back_is_a_new_session_with_a_cold_list() {
    let bench = Bench::warm(3).await;
    assert!(!bench.orders("").await.is_empty());
    let intruder = bench.intruder();
    bench.world.leave_seat(intruder);
    bench.post(INIT, r#"{"publish":true,"compete":true}"#).await;
    let early = bench.get("/iserver/account/orders").await;
    assert_eq!(early.value()["error"], "Please query /accounts first");
    bench.get("/iserver/accounts").await;
    assert!(bench.orders("").await.is_empty());
    assert!(!bench.orders("").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn init_wants_publish_and_a_body() {
    let bench = Bench::new(1);
    assert_eq!(bench.post(INIT, r#"{"compete":true}"#).await.status, 500);
    assert_eq!(
        bench
            .post(INIT, r#"{"publish":false,"compete":true}"#)
            .await
            .status,
        500
    );
    assert_eq!(bench.post(INIT, "").await.status, 400);
    assert_eq!(bench.post(INIT, r#"{"publish":"yes"}"#).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_tickle_tells_the_session_cookie_and_how_long_the_login_lasts() {
    let bench = Bench::new(1);
    let tickle = bench.post("/tickle", "").await.value();
    assert_eq!(tickle["session"], bench.portal.secret().unwrap());
    assert_eq!(tickle["session"].as_str().unwrap().len(), 32);
    assert_eq!(tickle["ssoExpires"], (24 * 3600 - 5) * 1000);
    assert_eq!(tickle["iserver"]["authStatus"]["authenticated"], true);
    assert_eq!(tickle["hmds"]["error"], "no bridge");
    assert!(tickle["userId"].is_u64());
    assert_eq!(bench.get("/tickle").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_login_can_be_validated() {
    let bench = Bench::new(1);
    let login = bench.get("/sso/validate").await.value();
    assert_eq!(login["RESULT"], true);
    assert_eq!(login["USER_NAME"], "ann-web");
    assert_eq!(login["LOGIN_TYPE"], 2);
    assert_eq!(login["EXPIRES"], (24 * 3600 - 5) * 1000);
    let began: jiff::Timestamp = "2026-03-02T14:30:00Z".parse().unwrap();
    assert_eq!(login["AUTH_TIME"], began.as_millisecond());
}

#[tokio::test(start_paused = true)]
async fn after_a_logout_nothing_answers_until_somebody_logs_in() {
    let bench = Bench::warm(3).await;
    let first = bench.portal.secret();
    assert_eq!(
        bench.post("/logout", "").await.value(),
        json!({ "status": true })
    );
    for path in [
        STATUS,
        "/tickle",
        "/iserver/accounts",
        "/portfolio/accounts",
        "/sso/validate",
    ] {
        let answer = bench.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    assert_eq!(
        bench
            .post(INIT, r#"{"publish":true,"compete":true}"#)
            .await
            .status,
        401
    );
    assert_eq!(bench.post("/logout", "").await.status, 401);
    assert_eq!(bench.open().len(), 3, "a logout cancels nothing");
    bench.portal.log_in().unwrap();
    assert_eq!(bench.get("/iserver/accounts").await.status, 200);
    assert_ne!(bench.portal.secret(), first);
}

#[tokio::test(start_paused = true)]
async fn a_locked_account_takes_cancels_and_refuses_orders_and_logins() {
    let bench = Bench::warm(3).await;
    bench.world.lock(&bench.account).unwrap();
    bench
        .post("/iserver/questions/suppress", r#"{"messageIds":["o354"]}"#)
        .await;
    let path = format!("/iserver/account/{}/orders", bench.account);
    let ticket = r#"{"orders":[{"conid":1,"side":"BUY","quantity":1,"orderType":"MKT"}]}"#;
    let answer = bench.post(&path, ticket).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.value()["error"], "the account is locked");
    assert_eq!(
        bench.delete(-1).await.value()["msg"],
        "Request was submitted"
    );
    bench.post("/logout", "").await;
    assert_eq!(bench.portal.log_in(), Err(WorldError::Locked));
    assert!(bench.portal.secret().is_none());
}

#[tokio::test(start_paused = true)]
async fn reauthenticating_is_only_ever_triggered() {
    let bench = Bench::new(1);
    let session = bench.world.seat_holder(&user("web")).unwrap().id;
    bench.world.leave_seat(session);
    let answer = bench.post("/iserver/reauthenticate", "").await;
    assert_eq!(answer.value(), json!({ "message": "triggered" }));
    assert_eq!(bench.post(STATUS, "").await.value()["authenticated"], true);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_nobody_asks_loses_the_seat_and_then_the_login() {
    let bench = Bench::new(1);
    let ageing = bench.portal.age();
    let watched = async {
        tokio::time::sleep(Duration::from_secs(350)).await;
        bench.ask(&Method::POST, "/tickle", "");
        tokio::time::sleep(Duration::from_secs(350)).await;
        assert!(bench.world.seat_holder(&user("web")).is_some());
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert!(bench.world.seat_holder(&user("web")).is_none());
        assert!(bench.portal.secret().is_some());
        tokio::time::sleep(Duration::from_hours(24)).await;
        assert!(bench.portal.secret().is_none());
    };
    tokio::select! {
        () = ageing => unreachable!("ageing has no end"),
        () = watched => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_competing_session_takes_the_seat_back_each_time() {
    let bench = Bench::warm(1).await;
    bench.fault("client-portal/competing-session:every=2s");
    let fought = async {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(2100)).await;
            let status = bench.ask(&Method::POST, STATUS, "").value();
            assert_eq!(status["authenticated"], false);
            assert_eq!(status["competing"], true);
            let body = r#"{"publish":true,"compete":true}"#;
            let won = bench.ask(&Method::POST, INIT, body).value();
            assert_eq!(won["authenticated"], true);
        }
    };
    tokio::select! {
        () = crate::attacker::haunt(bench.world.clone()) => unreachable!("it has no end"),
        () = fought => {}
    }
}

#[tokio::test(start_paused = true)]
async fn the_eleventh_request_of_a_second_is_too_many() {
    let bench = Bench::new(1);
    for _ in 0..10 {
        assert_eq!(bench.ask(&Method::POST, STATUS, "").status, 200);
    }
    let answer = bench.ask(&Method::POST, STATUS, "");
    assert_eq!(answer.status, 429);
    assert_eq!(answer.value()["statusCode"], 429);
    advance(Duration::from_secs(1)).await;
    assert_eq!(bench.ask(&Method::POST, STATUS, "").status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_order_list_answers_once_in_five_seconds() {
    let bench = Bench::warm(1).await;
    let ask = || {
        bench
            .ask(&Method::GET, "/iserver/account/orders", "")
            .status
    };
    assert_eq!(ask(), 429);
    advance(Duration::from_millis(4999)).await;
    assert_eq!(ask(), 429);
    advance(Duration::from_millis(1)).await;
    assert_eq!(ask(), 200);
}

#[tokio::test(start_paused = true)]
async fn the_penalty_box_shuts_out_everything_for_its_time() {
    let bench = Bench::warm(3).await;
    bench.fault("penalty-box:lasts=30s");
    assert_eq!(bench.ask(&Method::POST, STATUS, "").status, 200);
    assert_eq!(
        bench
            .ask(&Method::GET, "/iserver/account/orders", "")
            .status,
        429
    );
    advance(Duration::from_secs(29)).await;
    assert_eq!(bench.ask(&Method::POST, STATUS, "").status, 429);
    assert_eq!(bench.delete(-1).await.status, 429);
    assert_eq!(bench.open().len(), 3);
    advance(Duration::from_secs(1)).await;
    assert_eq!(bench.ask(&Method::POST, STATUS, "").status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limited_gateway_answers_every_second_request() {
    let bench = Bench::new(1);
    bench.fault("rate-limit");
    let mut answered = 0;
    for _ in 0..10 {
        if bench.post(STATUS, "").await.status == 200 {
            answered += 1;
        }
    }
    assert_eq!(answered, 5);
}
