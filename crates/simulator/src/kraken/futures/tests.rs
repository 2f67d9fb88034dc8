//! The API for futures as a client meets it, without a socket.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use tokio::time::advance;

use super::*;
use crate::{
    faults::Front,
    https::{HeaderMap, Method},
    world::{NewApiKey, Seeding, Venue, World},
};

struct Bench {
    futures: Futures,
    key: String,
    secret: String,
}

impl Bench {
    fn new(orders: usize) -> Self {
        let world = World::new(5, jiff::Timestamp::from_second(1_790_000_000).unwrap());
        let seeding = Seeding {
            orders,
            ..Seeding::default()
        };
        let account = world.seed_exchange("ann", Venue::Kraken, &seeding).unwrap();
        world.faults().serves(account.clone());
        let futures = Futures::new(Site {
            world,
            account,
            front: Front::KrakenFutures,
        });
        let mut bench = Self {
            futures,
            key: String::new(),
            secret: String::new(),
        };
        bench.hold("all", &["general:full"]);
        bench
    }

    fn hold(&mut self, name: &str, scopes: &[&str]) {
        let new = NewApiKey {
            name,
            front: Front::KrakenFutures,
            sub: 0,
            scopes,
            trades: scopes.contains(&"general:full"),
            allow_ips: &[],
        };
        let key = self
            .world()
            .create_api_key(&self.futures.site.account, &new);
        let api = key.unwrap().api.unwrap();
        (self.key, self.secret) = (api.public, api.secret);
    }

    fn world(&self) -> &World {
        &self.futures.site.world
    }

    fn fault(&self, spec: &str) {
        self.world().inject(spec.parse().unwrap());
    }

    fn get(&self, name: &str) -> Value {
        self.ask(Method::GET, &format!("/derivatives/api/v3/{name}"), "", "")
            .1
    }

    fn post(&self, name: &str, form: &str) -> Value {
        let path = format!("/derivatives/api/v3/{name}");
        self.ask(Method::POST, &path, "", form).1
    }

    fn ask(&self, method: Method, target: &str, nonce: &str, form: &str) -> (StatusCode, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let signed = path.strip_prefix("/derivatives").unwrap_or(path);
        let digest = Sha256::digest(format!("{query}{form}{nonce}{signed}"));
        let secret = STANDARD.decode(&self.secret).unwrap();
        let mut mac = Hmac::<Sha512>::new_from_slice(&secret).unwrap();
        mac.update(&digest);
        let authent = STANDARD.encode(mac.finalize().into_bytes());
        let mut headers = HeaderMap::new();
        headers.insert("apikey", self.key.parse().unwrap());
        headers.insert("authent", authent.parse().unwrap());
        if !nonce.is_empty() {
            headers.insert("nonce", nonce.parse().unwrap());
        }
        let answer = self.futures.answer(Request {
            method,
            uri: target.parse().unwrap(),
            headers,
            body: form.as_bytes().to_vec(),
        });
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn plain_orders_and_triggers_stand_in_one_listing_and_no_pair_of_spot_does() {
    let bench = Bench::new(60);
    let rows = bench.get("openorders")["openOrders"].clone();
    let rows = rows.as_array().unwrap();
    assert!(rows.iter().any(|row| row["orderType"] == "lmt"));
    assert!(
        rows.iter()
            .any(|row| row["orderType"] == "stop" && row["triggerSignal"] == "mark")
    );
    assert!(
        rows.iter()
            .all(|row| row["symbol"].as_str().unwrap().starts_with('P'))
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_and_a_wrong_signature_are_one_word_in_a_good_answer() {
    let mut bench = Bench::new(3);
    let secret = bench.secret.clone();
    bench.secret = STANDARD.encode("another");
    assert_eq!(bench.get("openorders")["error"], "authenticationError");
    bench.secret = secret;
    let key = std::mem::replace(&mut bench.key, "bm9ib2R5".to_owned());
    assert_eq!(bench.get("openorders")["error"], "authenticationError");
    let path = "/api/auth/v1/api-keys/v3/check";
    let (status, _) = bench.ask(Method::GET, path, "", "");
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    bench.key = key;
    let (status, told) = bench.ask(Method::GET, path, "", "");
    assert_eq!(status, StatusCode::OK);
    assert_eq!(told["permissions"]["general"], "FULL_ACCESS");
    assert_eq!(told["permissions"]["transfer"], "NO_ACCESS");
}

#[tokio::test(start_paused = true)]
async fn a_nonce_is_only_looked_at_where_one_is_sent() {
    let bench = Bench::new(3);
    let path = "/derivatives/api/v3/openorders";
    let of = |nonce| bench.ask(Method::GET, path, nonce, "").1;
    assert_eq!(of("100")["result"], "success");
    assert_eq!(of("100")["error"], "nonceBelowThreshold");
    assert_eq!(of("")["result"], "success");
    assert_eq!(of("101")["result"], "success");
}

#[tokio::test(start_paused = true)]
async fn an_order_is_placed_listed_and_cancelled() {
    let bench = Bench::new(0);
    let form = "orderType=stp&symbol=PF_XBTUSD&side=sell&size=2&stopPrice=7.5&reduceOnly=true";
    let placed = bench.post("sendorder", form);
    let id = placed["sendStatus"]["order_id"]
        .as_str()
        .unwrap()
        .to_owned();
    advance(Duration::from_secs(1)).await;
    let row = bench.get("openorders")["openOrders"][0].clone();
    assert_eq!(row["order_id"], id.as_str());
    assert_eq!(row["stopPrice"], 7.5);
    let taken = bench.post("cancelorder", &format!("order_id={id}"));
    assert_eq!(taken["cancelStatus"]["status"], "cancelled");
    advance(Duration::from_secs(1)).await;
    assert_eq!(bench.get("openorders")["openOrders"], serde_json::json!([]));
    let again = bench.post("cancelorder", &format!("order_id={id}"));
    assert_eq!(again["cancelStatus"]["status"], "notFound");
}

#[tokio::test(start_paused = true)]
async fn cancelling_all_takes_triggers_along_and_leaves_spot_alone() {
    let bench = Bench::new(24);
    let account = bench.futures.site.account.clone();
    let spot = bench.world().listed(Front::KrakenSpot, &account).len();
    let taken = bench.post("cancelallorders", "");
    assert_eq!(taken["cancelStatus"]["status"], "cancelled");
    advance(Duration::from_secs(1)).await;
    assert_eq!(bench.get("openorders")["openOrders"], serde_json::json!([]));
    let left = bench.world().orders(&account);
    assert_eq!(left.iter().filter(|order| order.open()).count(), spot);
    let again = bench.post("cancelallorders", "");
    assert_eq!(again["cancelStatus"]["status"], "noOrdersToCancel");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_only_read_cancels_nothing() {
    let mut bench = Bench::new(12);
    bench.hold("reader", &["general:read"]);
    assert_eq!(
        bench.post("cancelallorders", "")["error"],
        "insufficientPrivileges"
    );
    assert_eq!(bench.get("openorders")["result"], "success");
}

#[tokio::test(start_paused = true)]
async fn cancelling_costs_twenty_five_of_five_hundred_in_ten_seconds() {
    let bench = Bench::new(0);
    for _ in 0..20 {
        assert_eq!(bench.post("cancelallorders", "")["result"], "success");
    }
    assert_eq!(
        bench.post("cancelallorders", "")["error"],
        "apiLimitExceeded"
    );
    advance(Duration::from_millis(500)).await;
    assert_eq!(bench.post("cancelallorders", "")["result"], "success");
}

#[tokio::test(start_paused = true)]
async fn the_switch_fires_once_and_only_for_futures() {
    let bench = Bench::new(12);
    let account = bench.futures.site.account.clone();
    let spot = bench.world().listed(Front::KrakenSpot, &account).len();
    let path = "/derivatives/api/v3/cancelallordersafter?timeout=60";
    let (_, set) = bench.ask(Method::POST, path, "", "");
    assert_ne!(set["status"]["triggerTime"], "0");
    advance(Duration::from_secs(61)).await;
    assert_eq!(bench.get("openorders")["openOrders"], serde_json::json!([]));
    let left = bench.world().orders(&account);
    assert_eq!(left.iter().filter(|order| order.open()).count(), spot);
    assert_eq!(
        bench.post("cancelallordersafter", "timeout=0")["status"]["triggerTime"],
        "0"
    );
}

#[tokio::test(start_paused = true)]
async fn what_needs_no_signature_is_told_to_everybody() {
    let mut bench = Bench::new(0);
    bench.key = String::new();
    assert_eq!(bench.get("instruments")["result"], "success");
    assert_eq!(bench.get("tickers")["result"], "success");
}

#[tokio::test(start_paused = true)]
async fn spoilt_answers_hold_no_listing_that_could_be_taken_for_an_empty_one() {
    let bench = Bench::new(0);
    bench.fault("futures/wrong-types@0ms..1s");
    assert_eq!(bench.get("openorders")["openOrders"], "none");
    advance(Duration::from_secs(2)).await;
    bench.fault("futures/missing-fields");
    assert!(bench.get("openorders").get("openOrders").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_closed_market_takes_no_cancel_and_lists_the_orders() {
    let bench = Bench::new(12);
    let before = bench.get("openorders")["openOrders"].clone();
    bench.fault("market-closed");
    let id = before[0]["order_id"].as_str().unwrap();
    for (name, form) in [
        ("cancelallorders", String::new()),
        ("cancelorder", format!("order_id={id}")),
    ] {
        assert_eq!(bench.post(name, &form)["error"], "marketUnavailable");
    }
    advance(Duration::from_secs(5)).await;
    let after = &bench.get("openorders")["openOrders"];
    assert_eq!(
        after.as_array().unwrap().len(),
        before.as_array().unwrap().len()
    );
}
