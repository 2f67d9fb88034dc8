//! The API for spot as a client meets it, without a socket.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use tokio::time::advance;

use super::*;
use crate::{
    faults::{FaultHandle, Front},
    https::HeaderMap,
    world::{NewApiKey, PANIC_KEY, Seeding, Venue, World},
};

struct Bench {
    spot: Spot,
    key: String,
    secret: String,
    nonce: u64,
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
        let spot = Spot::new(Site {
            world,
            account,
            front: Front::KrakenSpot,
        });
        let mut bench = Self {
            spot,
            key: String::new(),
            secret: String::new(),
            nonce: 1,
        };
        let all = [
            "query-funds",
            "query-open-trades",
            "query-closed-trades",
            "modify-trades",
            "close-trades",
            "query-ledger",
            "withdraw-funds",
        ];
        bench.hold("all", &all);
        bench
    }

    /// Signs with a new key that may do this from now on.
    fn hold(&mut self, name: &str, scopes: &[&str]) {
        let new = NewApiKey {
            name,
            front: Front::KrakenSpot,
            sub: 0,
            scopes,
            trades: scopes.contains(&"modify-trades"),
            allow_ips: &[],
        };
        let key = self.world().create_api_key(&self.spot.site.account, &new);
        let api = key.unwrap().api.unwrap();
        (self.key, self.secret) = (api.public, api.secret);
    }

    fn world(&self) -> &World {
        &self.spot.site.world
    }

    fn fault(&self, spec: &str) -> FaultHandle {
        self.world().inject(spec.parse().unwrap())
    }

    fn ask(&mut self, name: &str, form: &str) -> Value {
        self.nonce += 1;
        let nonce = self.nonce;
        self.ask_with(name, nonce, form)
    }

    fn ask_with(&self, name: &str, nonce: u64, form: &str) -> Value {
        let path = format!("/0/private/{name}");
        let body = match form {
            "" => format!("nonce={nonce}"),
            form => format!("nonce={nonce}&{form}"),
        };
        let digest = Sha256::digest(format!("{nonce}{body}"));
        let secret = STANDARD.decode(&self.secret).unwrap();
        let mut mac = Hmac::<Sha512>::new_from_slice(&secret).unwrap();
        mac.update(path.as_bytes());
        mac.update(&digest);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        self.send(&path, &self.key, &signature, body)
    }

    fn send(&self, path: &str, key: &str, signature: &str, body: String) -> Value {
        let mut headers = HeaderMap::new();
        headers.insert("api-key", key.parse().unwrap());
        headers.insert("api-sign", signature.parse().unwrap());
        let answer = self.spot.answer(Request {
            method: Method::POST,
            uri: path.parse().unwrap(),
            headers,
            body: body.into_bytes(),
        });
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "errors come with a good status"
        );
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn open(&mut self) -> Vec<String> {
        let answer = self.ask("OpenOrders", "");
        let open = answer["result"]["open"].as_object().unwrap();
        open.keys().cloned().collect()
    }
}

fn error(answer: &Value) -> &str {
    answer["error"][0].as_str().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn every_family_of_spot_stands_in_one_listing_and_no_future_does() {
    let mut bench = Bench::new(60);
    let rows = bench.ask("OpenOrders", "")["result"]["open"].clone();
    let rows: Vec<&Value> = rows.as_object().unwrap().values().collect();
    let has = |pick: fn(&Value) -> bool| rows.iter().any(|row| pick(&row["descr"]));
    assert!(has(
        |it| it["ordertype"] == "limit" && it["leverage"] == "none"
    ));
    assert!(has(
        |it| it["ordertype"] == "limit" && it["leverage"] == "5:1"
    ));
    assert!(has(|it| it["ordertype"] == "stop-loss"));
    assert!(!has(|it| it["pair"].as_str().unwrap().starts_with('P')));
}

#[tokio::test(start_paused = true)]
async fn key_signature_and_nonce_are_refused_in_this_order_and_told_apart() {
    let mut bench = Bench::new(5);
    let path = "/0/private/Balance";
    let unknown = bench.send(path, "bm9ib2R5", "AAAA", "nonce=9".to_owned());
    assert_eq!(error(&unknown), "EAPI:Invalid key");
    let unsigned = bench.send(path, &bench.key, "AAAA", "nonce=9".to_owned());
    assert_eq!(error(&unsigned), "EAPI:Invalid signature");
    assert_eq!(error(&bench.ask_with("Balance", 100, "")), "");
    for nonce in [100, 99] {
        let again = bench.ask_with("Balance", nonce, "");
        assert_eq!(error(&again), "EAPI:Invalid nonce", "{nonce}");
    }
    bench.nonce = 100;
    bench.hold("reader", &["query-open-trades"]);
    assert_eq!(
        error(&bench.ask("CancelAll", "")),
        "EGeneral:Permission denied"
    );
    assert_eq!(error(&bench.ask("OpenOrders", "")), "");
    assert_eq!(
        error(&bench.ask("GetApiKeyInfo", "")),
        "",
        "it needs no right"
    );
}

#[tokio::test(start_paused = true)]
async fn the_counter_of_a_key_is_spent_and_runs_down() {
    let mut bench = Bench::new(5);
    for _ in 0..7 {
        assert_eq!(error(&bench.ask("Ledgers", "")), "");
    }
    assert_eq!(error(&bench.ask("Ledgers", "")), "EAPI:Rate limit exceeded");
    advance(Duration::from_secs(3)).await;
    assert_eq!(error(&bench.ask("Ledgers", "")), "");
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_in_a_row_shut_the_address_out_for_a_quarter_of_an_hour() {
    let mut bench = Bench::new(5);
    for _ in 0..UNKNOWN_KEYS {
        bench.send(
            "/0/private/Balance",
            "bm9ib2R5",
            "AAAA",
            "nonce=9".to_owned(),
        );
    }
    assert_eq!(
        error(&bench.ask("Balance", "")),
        "EGeneral:Temporary lockout"
    );
    advance(LOCKOUT).await;
    assert_eq!(error(&bench.ask("Balance", "")), "");
}

#[tokio::test(start_paused = true)]
async fn one_word_stands_for_a_key_that_is_gone_has_expired_or_may_not_be_used_from_here() {
    let mut bench = Bench::new(5);
    for spec in ["spot/key-expired", "spot/ip-not-allowed"] {
        let fault = bench.fault(spec);
        assert_eq!(
            error(&bench.ask("Balance", "")),
            "EAPI:Invalid key",
            "{spec}"
        );
        bench.world().faults().switch_off(fault);
        assert_eq!(error(&bench.ask("Balance", "")), "");
    }
    let account = bench.spot.site.account.clone();
    bench.world().remove_api_key(&account, "all").unwrap();
    assert_eq!(error(&bench.ask("Balance", "")), "EAPI:Invalid key");
}

#[tokio::test(start_paused = true)]
async fn an_order_is_placed_listed_asked_for_and_cancelled() {
    let mut bench = Bench::new(0);
    let form = "ordertype=limit&type=buy&pair=XBTUSD&volume=1.25&price=1.5&cl_ord_id=mine";
    let placed = bench.ask("AddOrder", form);
    let id = placed["result"]["txid"][0].as_str().unwrap().to_owned();
    advance(Duration::from_secs(1)).await;
    assert_eq!(bench.open(), std::slice::from_ref(&id));
    let asked = bench.ask("QueryOrders", &format!("txid={id}"));
    assert_eq!(asked["result"][&id]["vol"], "1.25000000");
    let taken = bench.ask("CancelOrder", &format!("txid={id}"));
    assert_eq!(taken["result"]["count"], 1);
    advance(Duration::from_secs(1)).await;
    assert!(bench.open().is_empty());
    let closed = bench.ask("ClosedOrders", "");
    assert_eq!(closed["result"]["closed"][&id]["status"], "canceled");
    let again = bench.ask("CancelOrder", &format!("txid={id}"));
    assert_eq!(error(&again), "EOrder:Unknown order");
}

#[tokio::test(start_paused = true)]
async fn cancelling_all_leaves_futures_alone() {
    let mut bench = Bench::new(24);
    let account = bench.spot.site.account.clone();
    let futures = bench.world().listed(Front::KrakenFutures, &account).len();
    let spot = bench.open().len();
    assert_eq!(bench.ask("CancelAll", "")["result"]["count"], spot);
    advance(Duration::from_secs(1)).await;
    assert!(bench.open().is_empty());
    let left = bench.world().orders(&account);
    assert_eq!(left.iter().filter(|order| order.open()).count(), futures);
}

#[tokio::test(start_paused = true)]
async fn a_dead_mans_switch_that_is_not_renewed_cancels_and_one_taken_off_does_not() {
    let mut bench = Bench::new(12);
    let open = bench.open().len();
    let set = bench.ask("CancelAllOrdersAfter", "timeout=60");
    assert!(
        set["result"]["triggerTime"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    advance(Duration::from_secs(50)).await;
    assert_eq!(
        bench.ask("CancelAllOrdersAfter", "timeout=0")["result"]["triggerTime"],
        "0"
    );
    advance(Duration::from_mins(1)).await;
    assert_eq!(bench.open().len(), open);
    bench.ask("CancelAllOrdersAfter", "timeout=60");
    advance(Duration::from_secs(61)).await;
    assert!(bench.open().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_switch_that_runs_out_during_maintenance_fires_once_the_engine_is_back() {
    let mut bench = Bench::new(12);
    let open = bench.open().len();
    bench.ask("CancelAllOrdersAfter", "timeout=60");
    let down = bench.fault("spot/maintenance");
    advance(Duration::from_secs(90)).await;
    assert_eq!(error(&bench.ask("OpenOrders", "")), "EService:Unavailable");
    let account = bench.spot.site.account.clone();
    let listed = bench.world().listed(Front::KrakenSpot, &account);
    assert_eq!(listed.iter().filter(|order| order.open()).count(), open);
    bench.world().faults().switch_off(down);
    advance(Duration::from_secs(2)).await;
    assert!(bench.open().is_empty());
}

#[tokio::test(start_paused = true)]
async fn trades_come_in_pages_of_fifty_with_their_count() {
    let mut bench = Bench::new(0);
    for _ in 0..60 {
        bench.ask("AddOrder", "ordertype=market&type=buy&pair=SOLUSD&volume=1");
        advance(Duration::from_secs(1)).await;
    }
    let first = bench.ask("TradesHistory", "");
    assert_eq!(first["result"]["count"], 60);
    assert_eq!(first["result"]["trades"].as_object().unwrap().len(), 50);
    let rest = bench.ask("TradesHistory", "ofs=50");
    assert_eq!(rest["result"]["trades"].as_object().unwrap().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawal_is_listed_and_cancelled_while_it_is_pending() {
    let mut bench = Bench::new(0);
    let account = bench.spot.site.account.clone();
    let amount = rust_decimal::Decimal::from(500);
    let id = bench
        .world()
        .ask_withdrawal(&account, amount, "0xdeadbeef0123", LOCKOUT)
        .unwrap();
    let page = bench.ask("WithdrawStatus", "cursor=true&limit=1");
    assert_eq!(page["result"]["withdrawals"][0]["status"], "Initial");
    let asked = bench.ask("WithdrawCancel", &format!("asset=USDC&refid={id}"));
    assert_eq!(asked["result"], true);
    let row = bench.ask("WithdrawStatus", "")["result"][0].clone();
    assert_eq!(row["status-prop"], "canceled");
    let unknown = bench.ask("WithdrawCancel", "asset=USDC&refid=none");
    assert_eq!(error(&unknown), "EFunding:Unknown reference id");
    let key = bench
        .world()
        .panic_key(&account, Front::KrakenSpot)
        .unwrap();
    assert_eq!(key.name, PANIC_KEY);
    bench.hold("reader", &["query-ledger"]);
    let refused = bench.ask("WithdrawCancel", &format!("asset=USDC&refid={id}"));
    assert_eq!(error(&refused), "EGeneral:Permission denied");
}

#[tokio::test(start_paused = true)]
async fn spoilt_answers_hold_no_listing_that_could_be_taken_for_an_empty_one() {
    let mut bench = Bench::new(0);
    let fault = bench.fault("spot/wrong-types");
    assert_eq!(bench.ask("OpenOrders", "")["result"]["open"], "none");
    bench.world().faults().switch_off(fault);
    bench.fault("spot/missing-fields");
    assert!(bench.ask("OpenOrders", "").get("result").is_none());
}

#[tokio::test(start_paused = true)]
async fn whatever_is_asked_is_answered() {
    let mut bench = Bench::new(3);
    for (name, form) in [
        ("Nothing", ""),
        ("AddOrder", ""),
        (
            "AddOrder",
            "pair=XBTUSD&type=buy&ordertype=limit&volume=NaN&price=1",
        ),
        (
            "AddOrder",
            "pair=MOON&type=buy&ordertype=limit&volume=1&price=1",
        ),
        (
            "AddOrder",
            "pair=XBTUSD&type=buy&ordertype=limit&volume=-1&price=1",
        ),
        ("CancelOrder", "txid=%00%ff"),
        ("CancelAllOrdersAfter", "timeout=86400"),
        ("CancelAllOrdersAfter", "timeout=-1"),
        ("QueryOrders", "txid=OAAAAA-AAAAA-AAAAAB"),
    ] {
        let answer = bench.ask(name, form);
        assert!(error(&answer).starts_with('E'), "{name} {form}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_closed_market_takes_no_cancel_and_lists_the_orders() {
    let mut bench = Bench::new(6);
    let open = bench.open();
    let closed = bench.fault("market-closed");
    for (name, form) in [
        ("CancelAll", String::new()),
        ("CancelOrder", format!("txid={}", open[0])),
    ] {
        let answer = bench.ask(name, &form);
        assert_eq!(error(&answer), "EService:Unavailable", "{name}");
    }
    advance(Duration::from_secs(5)).await;
    assert_eq!(bench.open(), open);
    bench.world().faults().switch_off(closed);
    bench.ask("CancelAll", "");
    advance(Duration::from_secs(5)).await;
    assert!(bench.open().is_empty());
}
