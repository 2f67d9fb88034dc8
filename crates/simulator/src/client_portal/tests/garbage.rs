//! Requests that are nearly right, and bodies that are not: each is answered, in JSON.

use std::time::Duration;

use hyper::{Method, Uri};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::Bench;
use crate::client_portal::call::{BASE, Call, Request, query};

const METHODS: [Method; 3] = [Method::GET, Method::POST, Method::DELETE];

const PATHS: [&str; 23] = [
    "/iserver/auth/status",
    "/iserver/auth/ssodh/init",
    "/tickle",
    "/logout",
    "/sso/validate",
    "/iserver/reauthenticate",
    "/iserver/accounts",
    "/iserver/account",
    "/iserver/account/orders",
    "/iserver/account/trades",
    "/iserver/account/order/status/ID",
    "/iserver/account/ID/order/ID",
    "/iserver/account/ID/orders",
    "/iserver/reply/ID",
    "/iserver/questions/suppress",
    "/iserver/questions/suppress/reset",
    "/portfolio/accounts",
    "/portfolio/ID/positions/ID",
    "/portfolio2/ID/positions",
    "/portfolio/ID/ledger",
    "/portfolio/ID/summary",
    "/fyi/notifications",
    "/fyi/unreadnumber",
];

const IDS: [&str; 9] = [
    "-1",
    "0",
    "1",
    "ACCOUNT",
    "%00",
    "%ff%fe",
    "9223372036854775808",
    "18446744073709551615",
    "..",
];

const QUERIES: [&str; 7] = [
    "",
    "?force=true",
    "?filters=,,filled,%ff,sort_by_time&accountId=",
    "?days=7",
    "?days=99999999999999999999",
    "?max=0",
    "?=&&&==%",
];

const BODIES: [&str; 13] = [
    "",
    "null",
    "[]",
    "{}",
    r#"{"publish":true,"compete":true}"#,
    r#"{"confirmed":true}"#,
    r#"{"messageIds":["o354","o163"]}"#,
    r#"{"acctId":"ACCOUNT"}"#,
    r#"{"orders":[{"conid":1,"side":"BUY","quantity":1,"orderType":"MKT"}]}"#,
    r#"{"orders":[{"conid":-2147483648,"side":"S","quantity":79228162514264337593543950335,
       "orderType":"LMT","price":79228162514264337593543950335}]}"#,
    r#"{"orders":[{"conid":2147483647,"side":"B","quantity":0.0000000000000000000000000001,
       "orderType":"STP LMT","price":-79228162514264337593543950335,"auxPrice":"1e27"}]}"#,
    r#"{"orders":[{"conidex":"@@","side":"BUY","quantity":1e-28,"orderType":"TRAIL"}]}"#,
    r#"{"orders":[{"conid":7,"secType":"::","ticker":"","side":"BUY","quantity":1e28,
       "orderType":"LMT","price":1e28}]}"#,
];

#[tokio::test(start_paused = true)]
async fn whatever_is_asked_is_answered_in_json() {
    let bench = Bench::warm(3).await;
    let mut random = StdRng::seed_from_u64(23);
    for _ in 0..5000 {
        // longer than the pacing of the whole, sometimes shorter than that of an endpoint
        tokio::time::advance(Duration::from_millis(random.random_range(101..3000))).await;
        let Some(request) = any_request(&mut random, &bench.account.0) else {
            continue;
        };
        let answer = bench.portal.reply_to(&request);
        let status = answer.status.as_u16();
        assert!(
            matches!(status, 200 | 400 | 401 | 429 | 500 | 503),
            "{request:?}: {status}"
        );
        let body: Result<serde_json::Value, _> = serde_json::from_slice(&answer.body);
        assert!(body.is_ok(), "{request:?}: {:?}", answer.body);
        if bench.portal.secret().is_none() {
            bench.portal.log_in().unwrap();
        }
    }
    assert_eq!(bench.world.truth_summary(), bench.world.truth_fold());
}

fn any_request(random: &mut StdRng, account: &str) -> Option<Request> {
    let mut path = (*PATHS.choose(random)?).to_owned();
    while path.contains("ID") {
        path = path.replacen("ID", IDS.choose(random)?, 1);
    }
    let path = path.replace("ACCOUNT", account);
    let uri: Uri = format!("{BASE}{path}{}", QUERIES.choose(random)?)
        .parse()
        .ok()?;
    let mut body = BODIES
        .choose(random)?
        .replace("ACCOUNT", account)
        .into_bytes();
    if random.random_bool(0.2) && !body.is_empty() {
        let nth = random.random_range(0..body.len());
        body[nth] = random.random();
    }
    Some(Request {
        call: Call::of(METHODS.choose(random)?, &uri).ok()?,
        query: query(&uri),
        body,
    })
}
