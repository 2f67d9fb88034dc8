//! Listing, cancelling and placing orders.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tokio::time::advance;

use super::Bench;
use crate::world::{OrderStatus, Platform};

fn statuses(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter()
        .filter_map(|row| row["status"].as_str())
        .collect()
}

fn one_share(price: &str) -> String {
    format!(
        r#"{{"orders":[{{"conid":265598,"side":"BUY","quantity":5,"orderType":"LMT",
        "price":{price},"tif":"GTC","cOID":"mine-1"}}]}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn the_first_list_of_a_session_is_empty_and_the_next_is_not() {
    let bench = Bench::new(4);
    bench.get("/iserver/accounts").await;
    let cold = bench.get("/iserver/account/orders").await.value();
    assert_eq!(cold, json!({ "orders": [], "snapshot": false }));
    assert_eq!(
        bench.orders("?filters=pre_submitted,submitted").await.len(),
        4
    );
}

#[tokio::test(start_paused = true)]
async fn a_colder_list_is_empty_for_longer() {
    let bench = Bench::new(4);
    bench.fault("cold-list:reads=3");
    bench.get("/iserver/accounts").await;
    for _ in 0..3 {
        assert!(bench.orders("").await.is_empty());
    }
    assert!(!bench.orders("").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_forced_list_is_itself_empty() {
    let bench = Bench::warm(4).await;
    assert!(!bench.orders("").await.is_empty());
    assert!(bench.orders("?force=true").await.is_empty());
    assert!(!bench.orders("?force=false").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn orders_are_neither_listed_nor_cancelled_before_the_accounts_were() {
    let bench = Bench::new(4);
    let listed = bench.get("/iserver/account/orders").await;
    assert_eq!(listed.status, 400);
    assert_eq!(bench.delete(-1).await.status, 400);
    assert_eq!(bench.open().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn every_order_of_every_platform_is_a_row_with_its_numbers() {
    let bench = Bench::warm(6).await;
    let rows = bench.orders("").await;
    let open = bench.open();
    assert_eq!(rows.len(), open.len() + 1, "and one that was put aside");
    for order in open {
        let row = rows
            .iter()
            .find(|row| row["orderId"] == order.cp_order_id)
            .unwrap();
        assert_eq!(row["acct"], bench.account.0);
        assert_eq!(row["ticker"], order.ask.instrument.symbol);
        assert_eq!(row["conid"], order.ask.instrument.con_id);
        assert_eq!(row["status"], order.status.word());
        assert_eq!(row["order_ccp_status"], order.status.word());
        assert_eq!(
            row["remainingQuantity"].to_string(),
            format!("{}.0", order.ask.quantity)
        );
        assert_eq!(row["filledQuantity"].to_string(), "0.0");
        assert_eq!(row["totalSize"], row["remainingQuantity"]);
        let price = order.ask.limit.or(order.ask.stop).unwrap();
        assert_eq!(row["price"], price.to_string());
        assert_eq!(row["timeInForce"], "GTC");
        assert!(matches!(row["side"].as_str(), Some("BUY" | "SELL")));
        assert!(matches!(row["orderType"].as_str(), Some("Limit" | "Stop")));
        assert!(row["lastExecutionTime_r"].is_i64());
    }
    let stop = rows.iter().find(|row| row["orderType"] == "Stop").unwrap();
    assert_eq!(stop["order_ref"], "protective stop");
    assert_eq!(stop["auxPrice"], stop["price"]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_was_put_aside_is_inactive() {
    let bench = Bench::warm(2).await;
    let aside = bench.orders("?filters=inactive").await;
    assert_eq!(aside.len(), 1);
    let id = &aside[0]["orderId"];
    let status = bench
        .get(&format!("/iserver/account/order/status/{id}"))
        .await
        .value();
    assert_eq!(status["deactivate_order"], true);
    assert_eq!(status["order_status"], "Inactive");
}

#[tokio::test(start_paused = true)]
async fn filters_choose_by_state_and_open_orders_come_first() {
    let bench = Bench::warm(5).await;
    let first = bench.open()[0].cp_order_id;
    bench.delete(first).await;
    advance(Duration::from_secs(1)).await;
    assert_eq!(
        statuses(&bench.orders("?filters=cancelled").await),
        ["Cancelled"].into()
    );
    assert_eq!(
        bench.orders("?filters=submitted,sort_by_time").await.len(),
        3
    );
    let all = bench.orders("?filters=sort_by_time").await;
    assert_eq!(all.len(), 6);
    assert!(matches!(
        all[0]["status"].as_str(),
        Some("Submitted" | "PreSubmitted")
    ));
    assert!(bench.orders("?accountId=U0").await.is_empty());
    assert!(bench.orders("?filters=warn_state").await.is_empty());
    assert_eq!(bench.orders("?filters=no_such_state").await.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn one_cancel_is_submitted_first_and_seen_later() {
    let bench = Bench::warm(3).await;
    let order = bench.open()[1].clone();
    let answer = bench.delete(order.cp_order_id).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.value(),
        json!({
            "msg": "Request was submitted",
            "order_id": order.cp_order_id,
            "conid": order.ask.instrument.con_id,
            "account": bench.account.0,
        })
    );
    let status = bench.world.order(order.perm_id).unwrap().status;
    assert_eq!(status, OrderStatus::PendingCancel);
    let id = order.cp_order_id;
    let row = bench
        .get(&format!("/iserver/account/order/status/{id}"))
        .await
        .value();
    assert_eq!(row["order_status"], "Cancelled");
    assert_eq!(row["cannot_cancel_order"], true);
    assert_eq!(bench.open().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn minus_one_cancels_the_orders_of_every_platform() {
    let bench = Bench::warm(9).await;
    let answer = bench.delete(-1).await.value();
    let words = json!({
        "msg": "Request was submitted", "order_id": -1, "conid": -1, "account": null
    });
    assert_eq!(answer, words);
    let rows = bench.orders("").await;
    assert_eq!(statuses(&rows), ["Cancelled"].into());
    assert_eq!(rows.len(), 10);
    assert!(bench.open().is_empty());
}

#[tokio::test(start_paused = true)]
async fn minus_one_can_be_unknown_and_then_cancels_nothing() {
    let bench = Bench::warm(3).await;
    bench.fault("no-cancel-all");
    let answer = bench.delete(-1).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.value(),
        json!({ "error": "OrderID -1 doesn't exist" })
    );
    advance(Duration::from_secs(1)).await;
    assert_eq!(bench.open().len(), 3);
    bench.delete(bench.open()[0].cp_order_id).await;
    advance(Duration::from_secs(1)).await;
    assert_eq!(bench.open().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_cancelled_is_an_error_in_a_good_answer() {
    let bench = Bench::warm(3).await;
    assert_eq!(
        bench.delete(1).await.value(),
        json!({ "error": "OrderID 1 doesn't exist" })
    );
    let order = bench.open()[0].clone();
    bench
        .world
        .fill(order.perm_id, order.remaining(), order.ask.quantity)
        .unwrap();
    let answer = bench.delete(order.cp_order_id).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.value()["error"]
            .as_str()
            .unwrap()
            .ends_with("state: Filled")
    );
    let path = "/iserver/account/U0/order/-1";
    let other = bench.ask(&hyper::Method::DELETE, path, "");
    assert_eq!(other.status, 400);
    assert_eq!(bench.open().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lying_gateway_submits_cancels_that_go_nowhere() {
    let bench = Bench::warm(3).await;
    bench.fault("client-portal/lying-ack");
    assert_eq!(
        bench.delete(-1).await.value()["msg"],
        "Request was submitted"
    );
    advance(Duration::from_secs(5)).await;
    assert_eq!(bench.open().len(), 3);
    assert_eq!(
        bench.orders("?filters=submitted,pre_submitted").await.len(),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn pending_cancels_stay_in_the_list_for_as_long_as_they_pend() {
    let bench = Bench::warm(3).await;
    bench.fault("client-portal/pending-cancel-forever");
    bench.delete(-1).await;
    advance(Duration::from_mins(1)).await;
    assert_eq!(bench.orders("?filters=pending_cancel").await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_fills_while_its_cancel_pends_is_filled_and_a_trade() {
    let bench = Bench::warm(3).await;
    bench.get("/iserver/account/trades").await;
    bench.fault("client-portal/fill-during-cancel");
    let order = bench.open()[2].clone();
    bench.delete(order.cp_order_id).await;
    let filled = bench.orders("?filters=filled").await;
    assert_eq!(filled.len(), 1);
    assert_eq!(filled[0]["remainingQuantity"].to_string(), "0.0");
    let trades = bench.get("/iserver/account/trades").await.value();
    let trade = &trades[0];
    assert_eq!(trade["order_id"], order.cp_order_id);
    assert_eq!(trade["submitter"], order.submitter.username.0);
    assert_eq!(
        trade["size"].to_string(),
        format!("{}.0", order.ask.quantity)
    );
    assert!(trade["trade_time_r"].is_i64());
}

#[tokio::test(start_paused = true)]
async fn an_error_in_a_good_answer_changes_nothing() {
    let bench = Bench::warm(3).await;
    bench.fault("error-in-200");
    let answer = bench.delete(-1).await;
    assert_eq!(answer.status, 200);
    assert!(answer.value()["error"].is_string());
    let init = bench.post(
        "/iserver/auth/ssodh/init",
        r#"{"publish":true,"compete":true}"#,
    );
    assert!(init.await.value()["error"].is_string());
    assert_eq!(bench.orders("").await.len(), 4, "reading goes on");
    assert_eq!(bench.open().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_order_waits_for_each_question_and_is_then_placed() {
    let bench = Bench::warm(0).await;
    let path = format!("/iserver/account/{}/orders", bench.account);
    let first = bench.post(&path, &one_share("2.25")).await.value();
    assert_eq!(first[0]["messageIds"], json!(["o354"]));
    assert_eq!(first[0]["message"].as_array().unwrap().len(), 1);
    let reply = |asked: &Value| format!("/iserver/reply/{}", asked[0]["id"].as_str().unwrap());
    let second = bench
        .post(&reply(&first), r#"{"confirmed":true}"#)
        .await
        .value();
    assert_eq!(second[0]["messageIds"], json!(["o163"]));
    assert!(bench.open().is_empty());
    let placed = bench
        .post(&reply(&second), r#"{"confirmed":true}"#)
        .await
        .value();
    let [order] = bench.open().try_into().unwrap();
    assert_eq!(placed[0]["order_id"], order.cp_order_id.to_string());
    assert!(placed[0]["order_status"].is_string());
    assert_eq!(order.submitter.platform, Platform::ClientPortal);
    assert_eq!(order.ask.limit.unwrap().to_string(), "2.25");
    assert_eq!(order.ask.order_ref, "mine-1");
    assert_eq!(order.ask.instrument.symbol, "AAPL");
    let again = bench.post(&reply(&second), r#"{"confirmed":true}"#).await;
    assert!(
        again.value()["error"]
            .as_str()
            .unwrap()
            .starts_with("reply id not found")
    );
    assert_eq!(bench.open().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_declined_question_places_nothing() {
    let bench = Bench::warm(0).await;
    let path = format!("/iserver/account/{}/orders", bench.account);
    let asked = bench.post(&path, &one_share("2")).await.value();
    let reply = format!("/iserver/reply/{}", asked[0]["id"].as_str().unwrap());
    let answer = bench.post(&reply, r#"{"confirmed":false}"#).await;
    assert_eq!(answer.value(), json!({ "error": "Order not confirmed" }));
    assert!(bench.open().is_empty());
}

#[tokio::test(start_paused = true)]
async fn suppressed_questions_are_not_asked_until_they_are_reset() {
    let bench = Bench::warm(0).await;
    let path = format!("/iserver/account/{}/orders", bench.account);
    let ids = r#"{"messageIds":["o354","o163"]}"#;
    let answer = bench.post("/iserver/questions/suppress", ids).await;
    assert_eq!(answer.value(), json!({ "status": "submitted" }));
    assert!(bench.post(&path, &one_share("2")).await.value()[0]["order_id"].is_string());
    bench.post("/iserver/questions/suppress/reset", "").await;
    assert!(bench.post(&path, &one_share("2")).await.value()[0]["message"].is_array());
    assert_eq!(bench.open().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn tickets_that_make_no_sense_are_refused() {
    let bench = Bench::warm(0).await;
    let path = format!("/iserver/account/{}/orders", bench.account);
    let ids = r#"{"messageIds":["o354","o163"]}"#;
    bench.post("/iserver/questions/suppress", ids).await;
    for (body, status) in [
        ("", 400),
        ("{}", 400),
        (r#"{"orders":[]}"#, 400),
        (
            r#"{"orders":[{"acctId":"U0","conid":1,"side":"BUY","quantity":1,"orderType":"MKT"}]}"#,
            400,
        ),
        (
            r#"{"orders":[{"conid":1,"side":"BUY","quantity":"x","orderType":"MKT"}]}"#,
            400,
        ),
        (
            r#"{"orders":[{"conid":1,"side":"HOLD","quantity":1,"orderType":"MKT"}]}"#,
            200,
        ),
        (
            r#"{"orders":[{"conid":1,"side":"BUY","quantity":1,"orderType":"ICE"}]}"#,
            200,
        ),
        (
            r#"{"orders":[{"conid":1,"side":"BUY","quantity":-1,"orderType":"MKT"}]}"#,
            200,
        ),
        (
            r#"{"orders":[{"conid":1,"side":"BUY","quantity":1e28,"orderType":"MKT"}]}"#,
            200,
        ),
        (
            r#"{"orders":[{"conid":1,"side":"BUY","quantity":1,"orderType":"LMT"}]}"#,
            200,
        ),
        (
            r#"{"orders":[{"side":"BUY","quantity":1,"orderType":"MKT"}]}"#,
            200,
        ),
    ] {
        let answer = bench.post(&path, body).await;
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.value()["error"].is_string(), "{body}");
    }
    assert!(
        bench
            .world
            .orders(&bench.account)
            .iter()
            .all(|order| order.deactivated)
    );
}

#[tokio::test(start_paused = true)]
async fn the_status_of_an_unknown_order_is_unavailable() {
    let bench = Bench::warm(1).await;
    for id in ["1", "-1", "x"] {
        let answer = bench
            .get(&format!("/iserver/account/order/status/{id}"))
            .await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.value()["statusCode"], 503);
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_ended_before_the_session_is_not_known_to_it() {
    let bench = Bench::warm(2).await;
    let id = bench.open()[0].cp_order_id;
    bench.delete(id).await;
    let path = format!("/iserver/account/order/status/{id}");
    assert_eq!(bench.get(&path).await.status, 200);
    bench.post("/logout", "").await;
    bench.portal.log_in().unwrap();
    assert_eq!(bench.get(&path).await.status, 503);
    let open = bench.open()[0].cp_order_id;
    let path = format!("/iserver/account/order/status/{open}");
    assert_eq!(bench.get(&path).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn hostile_names_stand_in_lists_as_they_are() {
    let bench = Bench::warm(1).await;
    bench.fault("client-portal/hostile-names");
    let rows = bench.orders("").await;
    let ticker = rows[0]["ticker"].as_str().unwrap();
    assert!(ticker.contains("<img src=x") && ticker.contains('\u{1b}'));
    let accounts = bench.get("/iserver/accounts").await.value();
    assert_eq!(accounts["accounts"], json!([bench.account.0]));
    let alias = accounts["aliases"][&bench.account.0].as_str().unwrap();
    assert!(alias.contains("<img"));
}

#[tokio::test(start_paused = true)]
async fn a_closed_market_refuses_cancels_in_a_good_answer_and_the_orders_stay_listed() {
    let bench = Bench::warm(3).await;
    let closed = bench.fault("market-closed");
    let one = bench.open()[0].cp_order_id;
    for order in [-1, one] {
        let answer = bench.delete(order).await;
        assert_eq!(answer.status, 200);
        let words = answer.value()["error"].as_str().unwrap().to_owned();
        assert!(words.ends_with("the market is closed"), "{words}");
    }
    advance(Duration::from_secs(5)).await;
    assert_eq!(bench.open().len(), 3);
    assert_eq!(bench.orders("").await.len(), 4, "reading goes on");
    bench.world.faults().switch_off(closed);
    bench.delete(-1).await;
    advance(Duration::from_secs(5)).await;
    assert!(bench.open().is_empty());
}
