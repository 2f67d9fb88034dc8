//! The wire as clients meet it: who may call, by which method, and what is answered.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;
use crate::{
    faults::Front,
    https::{HeaderMap, Method},
    world::{AccountId, Key, Seeding, Venue, World},
};

struct Bench {
    api: Api,
    nonce: std::cell::Cell<u64>,
}

impl Bench {
    fn new() -> Self {
        let world = World::new(7, Timestamp::UNIX_EPOCH + Duration::from_hours(500_000));
        let seeding = Seeding {
            orders: 40,
            ..Seeding::default()
        };
        let account = world
            .seed_exchange("deribit-1", Venue::Deribit, &seeding)
            .unwrap();
        let site = Site {
            world,
            account,
            front: Front::Deribit,
        };
        Self {
            api: Api {
                site,
                state: Mutex::default(),
            },
            nonce: std::cell::Cell::new(0),
        }
    }

    fn world(&self) -> &World {
        &self.api.site.world
    }

    fn account(&self) -> &AccountId {
        &self.api.site.account
    }

    fn key(&self, name: &str) -> Key {
        let view = self.world().account(self.account()).unwrap();
        view.keys.into_iter().find(|key| key.name == name).unwrap()
    }

    fn send(&self, method: Method, target: &str, auth: Option<&str>, body: &str) -> (u16, Value) {
        let mut headers = HeaderMap::new();
        if let Some(auth) = auth {
            headers.insert("authorization", auth.parse().unwrap());
        }
        let answer = self.api.answer(Request {
            method,
            uri: target.parse().unwrap(),
            headers,
            body: body.as_bytes().to_vec(),
        });
        let value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status.as_u16(), value)
    }

    fn signed(&self, key: &str, method: &str, target: &str, body: &str, at: i64) -> String {
        let api = self.key(key).api.unwrap();
        self.nonce.set(self.nonce.get() + 1);
        let nonce = self.nonce.get();
        let message = format!("{at}\n{nonce}\n{method}\n{target}\n{body}\n");
        let mut mac = Hmac::<Sha256>::new_from_slice(api.secret.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        format!(
            "deri-hmac-sha256 id={},ts={at},sig={signature},nonce={nonce}",
            api.public
        )
    }

    /// A call signed by a key's own header.
    fn post(&self, key: &str, method: &str, params: &Value) -> Value {
        let target = format!("/api/v2/{method}");
        let body = json!({"jsonrpc": "2.0", "id": 5, "method": method, "params": params});
        let body = body.to_string();
        let auth = self.signed(key, "POST", &target, &body, self.api.clock_ms());
        self.send(Method::POST, &target, Some(&auth), &body).1
    }

    fn with_token(&self, token: &str, method: &str, params: &Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 6, "method": method, "params": params});
        let auth = format!("Bearer {token}");
        self.send(Method::POST, "/api/v2", Some(&auth), &body.to_string())
            .1
    }

    fn auth(&self, key: &str, scope: &str) -> Value {
        let api = self.key(key).api.unwrap();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &api.public)
            .append_pair("client_secret", &api.secret)
            .append_pair("scope", scope)
            .finish();
        let target = format!("/api/v2/public/auth?{query}");
        self.send(Method::GET, &target, None, "").1
    }

    /// The sub-account's token, switched into from the panic key's.
    fn sub_token(&self, sub: u32) -> String {
        let auth = self.auth("panic", "session:test");
        let refresh = text(&auth, "refresh_token");
        let exchanged = self.send(
            Method::GET,
            &format!("/api/v2/public/exchange_token?refresh_token={refresh}&subject_id={sub}"),
            None,
            "",
        );
        text(&exchanged.1, "access_token")
    }

    fn subs(&self) -> Vec<u32> {
        let exchange = self.world().account(self.account()).unwrap().exchange;
        exchange.subs.iter().map(|sub| sub.id).collect()
    }
}

fn text(answer: &Value, name: &str) -> String {
    answer["result"][name].as_str().unwrap().to_owned()
}

fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap()
}

#[tokio::test(start_paused = true)]
async fn get_with_a_query_and_post_with_a_body_are_the_same_call() {
    let bench = Bench::new();
    let target = "/api/v2/private/get_open_orders?type=limit";
    let auth = bench.signed("panic", "GET", target, "", bench.api.clock_ms());
    let (status, got) = bench.send(Method::GET, target, Some(&auth), "");
    assert_eq!(status, 200);
    let posted = bench.post(
        "panic",
        "private/get_open_orders",
        &json!({"type": "limit"}),
    );
    assert_eq!(got["result"], posted["result"]);
    assert_eq!(posted["id"], json!(5));
    assert_eq!(posted["testnet"], json!(true));
}

#[tokio::test(start_paused = true)]
async fn a_signature_that_is_old_reused_or_of_another_body_is_refused() {
    let bench = Bench::new();
    let target = "/api/v2/private/get_user_locks";
    let now = bench.api.clock_ms();
    let call = |auth: &str| bench.send(Method::GET, target, Some(auth), "");
    let good = bench.signed("panic", "GET", target, "", now);
    assert_eq!(call(&good).0, 200);
    assert_eq!(code(&call(&good).1), 13_009, "a nonce is good once");
    for off in [-61_000, 61_000] {
        let old = bench.signed("panic", "GET", target, "", now + off);
        assert_eq!(code(&call(&old).1), 13_009);
    }
    let other = bench.signed("panic", "GET", "/api/v2/private/cancel_all", "", now);
    let (status, refused) = call(&other);
    assert_eq!((status, code(&refused)), (401, 13_009));
}

#[tokio::test(start_paused = true)]
async fn keys_that_do_not_exist_or_are_off_are_unknown() {
    let bench = Bench::new();
    let basic = |id: &str, secret: &str| {
        let auth = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        bench
            .send(
                Method::GET,
                "/api/v2/private/get_user_locks",
                Some(&auth),
                "",
            )
            .1
    };
    let api = bench.key("bot").api.unwrap();
    assert!(basic(&api.public, &api.secret)["result"].is_array());
    assert_eq!(code(&basic(&api.public, "wrong")), 13_004);
    assert_eq!(code(&basic("nobody", &api.secret)), 13_004);
    bench.world().revoke_key(bench.account(), "bot").unwrap();
    assert_eq!(code(&basic(&api.public, &api.secret)), 13_004);
}

#[tokio::test(start_paused = true)]
async fn tokens_carry_scopes_end_in_time_and_end_with_their_key() {
    let bench = Bench::new();
    let auth = bench.auth(
        "panic",
        "session:a expires:60 account:read trade:read wallet:none",
    );
    let token = text(&auth, "access_token");
    let scope = text(&auth, "scope");
    assert!(
        scope.contains("session:a") && scope.contains("mainaccount"),
        "{scope}"
    );
    assert!(
        !scope.contains("wallet") && !scope.contains("read_write"),
        "{scope}"
    );
    let locks = |token: &str| bench.with_token(token, "private/get_user_locks", &json!({}));
    assert!(locks(&token)["result"].is_array());
    let forbidden = bench.with_token(&token, "private/cancel_all", &json!({}));
    assert_eq!(code(&forbidden), 13_021);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(code(&locks(&token)), 13_009);
    let fresh = text(&bench.auth("bot", ""), "access_token");
    assert!(locks(&fresh)["result"].is_array());
    bench
        .world()
        .remove_api_key(bench.account(), "bot")
        .unwrap();
    assert_eq!(code(&locks(&fresh)), 13_009);
}

#[tokio::test(start_paused = true)]
async fn refreshed_and_forked_tokens_are_further_tokens_of_the_same_key() {
    let bench = Bench::new();
    let auth = bench.auth("bot", "session:one");
    let refresh = text(&auth, "refresh_token");
    let call = |target: String| bench.send(Method::GET, &target, None, "").1;
    let again = call(format!(
        "/api/v2/public/auth?grant_type=refresh_token&refresh_token={refresh}"
    ));
    assert_ne!(text(&again, "access_token"), text(&auth, "access_token"));
    let forked = call(format!(
        "/api/v2/public/fork_token?refresh_token={refresh}&session_name=two"
    ));
    assert!(text(&forked, "scope").contains("session:two"));
    let access = text(&auth, "access_token");
    let refused = call(format!(
        "/api/v2/public/auth?grant_type=refresh_token&refresh_token={access}"
    ));
    assert_eq!(code(&refused), 13_009, "an access token refreshes nothing");
}

#[tokio::test(start_paused = true)]
async fn a_sub_account_is_its_own_and_is_reached_by_its_own_token() {
    let bench = Bench::new();
    let sub = bench.subs()[0];
    let token = bench.sub_token(sub);
    let listed = bench.with_token(&token, "private/get_open_orders", &json!({}));
    let truly = bench.world().orders(bench.account());
    let of_sub = truly
        .iter()
        .filter(|order| order.open() && order.ask.instrument.sub == sub)
        .count();
    assert_eq!(listed["result"].as_array().unwrap().len(), of_sub);
    let cancelled = bench.with_token(&token, "private/cancel_all", &json!({}));
    assert_eq!(cancelled["result"], json!(of_sub));
    let refused = bench.with_token(
        &token,
        "private/get_account_summaries",
        &json!({"subaccount_id": bench.subs()[1]}),
    );
    assert_eq!(code(&refused), 13_012);
    let main = bench.post("panic", "private/get_open_orders", &json!({}));
    assert!(!main["result"].as_array().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn filters_of_a_list_pick_what_they_name() {
    let bench = Bench::new();
    let count = |method: &str, params: Value| {
        let answer = bench.post("panic", method, &params);
        answer["result"].as_array().unwrap().len()
    };
    let all = count("private/get_open_orders", json!({}));
    let kinds: usize = ["future", "option", "spot"]
        .into_iter()
        .map(|kind| count("private/get_open_orders", json!({"kind": kind})))
        .sum();
    assert_eq!(kinds, all);
    let triggers = count("private/get_open_orders", json!({"type": "trigger_all"}));
    let limits = count("private/get_open_orders", json!({"type": "limit"}));
    assert!(triggers > 0);
    assert_eq!(triggers + limits, all);
    let currencies: usize = market::CURRENCIES
        .into_iter()
        .map(|it| {
            count(
                "private/get_open_orders_by_currency",
                json!({"currency": it}),
            )
        })
        .sum();
    assert_eq!(currencies, all);
    let wrong = bench.post("panic", "private/get_open_orders", &json!({"kind": "moon"}));
    assert_eq!(code(&wrong), -32_602);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_placed_seen_cancelled_once_and_not_again() {
    let bench = Bench::new();
    let params = json!({
        "instrument_name": "ETH-PERPETUAL", "amount": 10, "price": 1.5, "label": "mine"
    });
    let placed = bench.post("bot", "private/buy", &params);
    let order = &placed["result"]["order"];
    assert_eq!(order["label"], json!("mine"));
    let id = json!({"order_id": order["order_id"]});
    let state = bench.post("bot", "private/get_order_state", &id);
    assert_eq!(state["result"]["order_state"], json!("open"));
    assert!(bench.post("bot", "private/cancel", &id)["result"].is_object());
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(code(&bench.post("bot", "private/cancel", &id)), 11_044);
    let unknown = bench.post("bot", "private/cancel", &json!({"order_id": "ETH-1"}));
    assert_eq!(code(&unknown), 10_004);
    let stop = json!({
        "instrument_name": "BTC-PERPETUAL", "amount": 10, "type": "stop_market",
        "trigger_price": 5, "trigger": "last_price"
    });
    let stop = bench.post("bot", "private/sell", &stop);
    assert_eq!(stop["result"]["order"]["order_state"], json!("untriggered"));
}

#[tokio::test(start_paused = true)]
async fn keys_are_listed_only_with_a_code_and_each_code_is_good_once() {
    let bench = Bench::new();
    let list = |params: &Value| bench.post("panic", "private/list_api_keys", params);
    let with_code = |code: &str| {
        let challenge = list(&json!({}))["result"]["challenge"].clone();
        list(&json!({"authorization_data": code, "challenge": challenge}))
    };
    let asked = list(&json!({}));
    assert_eq!(
        asked["result"]["security_key_authorization_required"],
        json!(true)
    );
    let reason = |answer: &Value| answer["error"]["data"]["reason"].clone();
    assert_eq!(reason(&with_code("000000")), json!("tfa_code_not_matched"));
    assert_eq!(reason(&with_code("")), json!("tfa_code_is_required"));
    let good = bench.world().code(bench.account()).unwrap();
    let listed = with_code(&good);
    assert_eq!(listed["result"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(reason(&with_code(&good)), json!("used_tfa_code"));
    let challenge = list(&json!({}))["result"]["challenge"].clone();
    tokio::time::advance(Duration::from_secs(61)).await;
    let late = bench.world().code(bench.account()).unwrap();
    let late = list(&json!({"authorization_data": late, "challenge": challenge}));
    assert_eq!(reason(&late), json!("challenge_timeout"));
}

#[tokio::test(start_paused = true)]
async fn a_key_manages_none_that_may_do_more() {
    let bench = Bench::new();
    let panic = bench.key("panic").api.unwrap().id;
    let bot = bench.key("bot").api.unwrap().id;
    // reading only, the bot's key may not even ask
    let refused = bench.post("bot", "private/remove_api_key", &json!({"id": panic}));
    assert_eq!(code(&refused), 13_021);
    bench
        .world()
        .change_api_key(bench.account(), "bot", |api| {
            api.scopes.insert("account:read_write".to_owned());
        })
        .unwrap();
    let refused = bench.post("bot", "private/remove_api_key", &json!({"id": panic}));
    assert_eq!(code(&refused), 13_403);
    let removed = bench.post("panic", "private/remove_api_key", &json!({"id": bot}));
    assert_eq!(removed["result"], json!("ok"));
    assert!(!bench.key("bot").enabled);
    let gone = bench.post("panic", "private/remove_api_key", &json!({"id": bot}));
    assert_eq!(code(&gone), 13_020);
}

#[tokio::test(start_paused = true)]
async fn credits_run_out_for_each_sub_account_alone() {
    let bench = Bench::new();
    let mut answers = (0..25).map(|_| bench.post("panic", "private/cancel_all", &json!({})));
    let refused = answers
        .find(|answer| answer.get("error").is_some())
        .unwrap();
    assert_eq!(code(&refused), 10_028);
    let token = bench.sub_token(bench.subs()[0]);
    let other = bench.with_token(&token, "private/cancel_all", &json!({}));
    assert!(other["result"].is_number(), "{other}");
}

#[tokio::test(start_paused = true)]
async fn the_access_log_tells_of_keys_and_pages() {
    let bench = Bench::new();
    bench
        .world()
        .remove_api_key(bench.account(), "bot")
        .unwrap();
    let log =
        |params: Value| bench.post("panic", "private/get_access_log", &params)["result"].clone();
    let newest = log(json!({"count": 1}));
    assert_eq!(newest["data"][0]["log"], json!("removed_api_key"));
    let removed = bench.key("bot").api.unwrap().public;
    assert_eq!(newest["data"][0]["data"], json!(removed));
    let total = newest["records_total"].as_u64().unwrap();
    let all = log(json!({"count": 1000}))["data"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(u64::try_from(all).unwrap(), total);
    let last = log(json!({"count": 10, "offset": total - 1}));
    assert_eq!(last["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_call_is_refused_and_nothing_falls_over() {
    let bench = Bench::new();
    for (method, target, body, wanted) in [
        (Method::GET, "/", "", -32_601),
        (Method::GET, "/api/v2/public/nothing", "", -32_601),
        (Method::POST, "/api/v2", "{", -32_700),
        (Method::POST, "/api/v2", "[]", -32_600),
        (
            Method::POST,
            "/api/v2/public/get_time",
            r#"{"method":"public/test"}"#,
            -32_600,
        ),
        (
            Method::POST,
            "/api/v2",
            r#"{"method":"public/test","params":[1]}"#,
            -32_600,
        ),
        (Method::DELETE, "/api/v2/public/get_time", "", -32_600),
        (Method::GET, "/api/v2/private/cancel_all", "", 13_009),
        (
            Method::GET,
            "/api/v2/public/auth?grant_type=magic",
            "",
            -32_602,
        ),
    ] {
        let (_, answer) = bench.send(method, target, None, body);
        assert_eq!(code(&answer), wanted, "{target} {body}");
    }
    for header in [
        "deri-hmac-sha256",
        "Basic ??",
        "Bearer",
        "deri-hmac-sha256 id=,ts=x",
    ] {
        let target = "/api/v2/private/cancel_all";
        let (status, _) = bench.send(Method::GET, target, Some(header), "");
        assert_eq!(status, 401, "{header}");
    }
}

#[tokio::test(start_paused = true)]
async fn clients_find_currencies_instruments_and_the_time() {
    let bench = Bench::new();
    let public = |target: &str| {
        let target = format!("/api/v2/public/{target}");
        bench.send(Method::GET, &target, None, "").1["result"].clone()
    };
    assert_eq!(public("get_time"), json!(bench.api.clock_ms()));
    assert_eq!(public("get_currencies").as_array().unwrap().len(), 5);
    assert_eq!(public("get_instruments").as_array().unwrap().len(), 6);
    let eth = public("get_instruments?currency=ETH&kind=future");
    assert_eq!(eth[0]["instrument_name"], json!("ETH-PERPETUAL"));
    assert_eq!(
        public("ticker?instrument_name=ETH-PERPETUAL")["state"],
        json!("open")
    );
    assert_eq!(public("status")["locked"], json!("false"));
}

#[tokio::test(start_paused = true)]
async fn a_closed_book_takes_no_cancel_and_lists_the_orders() {
    let bench = Bench::new();
    let list = |bench: &Bench| {
        let listed = bench.post("panic", "private/get_open_orders", &json!({}));
        listed["result"].as_array().unwrap().clone()
    };
    let before = list(&bench);
    bench.world().inject("market-closed".parse().unwrap());
    let one = json!({"order_id": before[0]["order_id"]});
    let all = bench.post("panic", "private/cancel_all", &json!({}));
    assert_eq!(code(&all), 10_012);
    assert_eq!(code(&bench.post("panic", "private/cancel", &one)), 10_012);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(list(&bench).len(), before.len());
}

#[tokio::test(start_paused = true)]
async fn without_the_second_factor_no_code_is_right() {
    let bench = Bench::new();
    let typed = bench.world().code(bench.account()).unwrap();
    let lost = bench.world().inject("second-factor-lost".parse().unwrap());
    let right = |typed: &str| {
        let world = bench.world();
        world.check_code(Front::Deribit, bench.account(), typed)
    };
    assert!(!right(&typed));
    assert!(bench.world().code(bench.account()).is_err());
    bench.world().faults().switch_off(lost);
    assert!(right(&typed));
}
