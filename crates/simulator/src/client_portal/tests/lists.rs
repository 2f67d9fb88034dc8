//! The lists of the reading tier, accounts and trades.

use hyper::{Method, Uri};
use rust_decimal::Decimal;
use serde_json::json;

use super::Bench;
use crate::{
    client_portal::{
        answer::{Amount, point},
        call::{BASE, Call, Unroutable},
    },
    world::World,
};

#[tokio::test(start_paused = true)]
async fn accounts_tell_which_there_are_and_which_is_selected() {
    let bench = Bench::new(1);
    let id = &bench.account.0;
    let accounts = bench.get("/iserver/accounts").await.value();
    assert_eq!(accounts["accounts"], json!([id]));
    assert_eq!(accounts["selectedAccount"], *id);
    assert_eq!(accounts["aliases"][id], *id);
    assert!(accounts["acctProps"][id].is_object());
    assert!(accounts["sessionId"].is_string());
    assert_eq!(
        accounts["isPaper"], false,
        "{id} is no paper account's number"
    );
}

#[tokio::test(start_paused = true)]
async fn only_an_account_of_the_login_can_be_selected() {
    let bench = Bench::new(1);
    let id = &bench.account.0;
    let body = json!({ "acctId": id }).to_string();
    let answer = bench.post("/iserver/account", &body).await;
    assert_eq!(answer.value(), json!({ "set": true, "acctId": id }));
    let other = bench.post("/iserver/account", r#"{"acctId":"U0"}"#).await;
    assert_eq!(other.status, 500);
    assert_eq!(bench.post("/iserver/account", "").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_portfolio_opens_with_its_list_of_accounts() {
    let bench = Bench::new(2);
    let id = &bench.account.0;
    let early = bench.get(&format!("/portfolio/{id}/positions/0")).await;
    assert_eq!(early.status, 400);
    let accounts = bench.get("/portfolio/accounts").await.value();
    assert_eq!(accounts[0]["accountId"], *id);
    assert_eq!(accounts[0]["id"], *id);
    let other = bench.get("/portfolio/U0/ledger").await;
    assert_eq!(other.status, 400);
}

#[tokio::test(start_paused = true)]
async fn positions_come_in_pages_and_uncached() {
    let bench = Bench::new(2);
    let id = &bench.account.0;
    bench.get("/portfolio/accounts").await;
    let page = bench
        .get(&format!("/portfolio/{id}/positions/0"))
        .await
        .value();
    let uncached = bench
        .get(&format!("/portfolio2/{id}/positions"))
        .await
        .value();
    let holdings = bench.world.holdings(&bench.account);
    assert_eq!(page.as_array().unwrap().len(), holdings.len());
    assert_eq!(uncached.as_array().unwrap().len(), holdings.len());
    for (nth, holding) in holdings.iter().enumerate() {
        let (cached, fresh) = (&page[nth], &uncached[nth]);
        assert_eq!(cached["conid"], holding.instrument.con_id);
        assert_eq!(cached["position"].to_string(), point(holding.quantity));
        assert_eq!(cached["contractDesc"], holding.instrument.symbol);
        assert_eq!(fresh["conid"], holding.instrument.con_id.to_string());
        assert_eq!(fresh["position"], cached["position"]);
    }
    let behind = bench.get(&format!("/portfolio/{id}/positions/1")).await;
    assert_eq!(behind.value(), json!([]));
    assert_eq!(
        bench
            .get(&format!("/portfolio/{id}/positions/x"))
            .await
            .status,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn the_ledger_and_the_summary_agree_on_what_is_owned() {
    let bench = Bench::new(2);
    let id = &bench.account.0;
    bench
        .world
        .add_cash(&bench.account, "EUR", Decimal::new(1050, 2))
        .unwrap();
    bench.get("/portfolio/accounts").await;
    let ledger = bench.get(&format!("/portfolio/{id}/ledger")).await.value();
    let summary = bench.get(&format!("/portfolio/{id}/summary")).await.value();
    assert_eq!(ledger["EUR"]["cashbalance"].to_string(), "10.5");
    assert_eq!(ledger["BASE"]["secondkey"], "BASE");
    assert_eq!(
        summary["netliquidation"]["amount"],
        ledger["BASE"]["netliquidationvalue"]
    );
    let shares: Decimal = bench
        .world
        .holdings(&bench.account)
        .iter()
        .map(|holding| holding.quantity * World::reference_price(&holding.instrument))
        .sum();
    assert_eq!(
        ledger["BASE"]["stockmarketvalue"].to_string(),
        point(shares)
    );
    assert_eq!(summary["accountcode"]["value"], *id);
}

#[tokio::test(start_paused = true)]
async fn the_first_list_of_trades_is_empty_and_the_days_are_bounded() {
    let bench = Bench::warm(2).await;
    let order = bench.open()[0].clone();
    bench
        .world
        .fill(order.perm_id, Decimal::ONE, Decimal::new(2525, 2))
        .unwrap();
    let path = "/iserver/account/trades?days=7";
    assert_eq!(bench.get(path).await.value(), json!([]));
    let trades = bench.get(path).await.value();
    assert_eq!(trades[0]["price"], "25.25");
    assert_eq!(trades[0]["size"].to_string(), "1.0");
    assert_eq!(trades[0]["net_amount"].to_string(), "25.25");
    assert_eq!(trades[0]["account"], bench.account.0);
    assert!(trades[0]["execution_id"].is_string());
    for days in ["0", "8", "x"] {
        let path = format!("/iserver/account/trades?days={days}");
        assert_eq!(bench.get(&path).await.status, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn notices_tell_of_changes_and_of_cash_that_leaves() {
    let bench = Bench::new(1);
    let tomorrow = std::time::Duration::from_hours(24);
    let account = &bench.account;
    bench.world.change_password(account).unwrap();
    let id = bench
        .world
        .ask_withdrawal(account, Decimal::TEN, "DE**1234", tomorrow)
        .unwrap();
    let notices = bench.get("/fyi/notifications?max=10").await.value();
    let notices = notices.as_array().unwrap();
    let cash = notices.iter().find(|notice| notice["FC"] == "CT").unwrap();
    assert!(cash["MD"].as_str().unwrap().starts_with(&id));
    assert!(notices.iter().any(|notice| notice["FC"] == "SM"));
    for field in ["R", "D", "ID", "MS", "MD", "HT"] {
        assert!(!cash[field].is_null(), "{field}");
    }
    let unread = bench.get("/fyi/unreadnumber").await.value();
    assert_eq!(unread["BN"], notices.len());
    let one = bench.get("/fyi/notifications?max=1").await.value();
    assert_eq!(one.as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_skewed_clock_shows_in_every_time() {
    let bench = Bench::warm(1).await;
    let before = bench.orders("").await[0]["lastExecutionTime_r"]
        .as_i64()
        .unwrap();
    bench.fault("client-portal/clock-skew:by=90s");
    let after = bench.orders("").await[0]["lastExecutionTime_r"]
        .as_i64()
        .unwrap();
    assert_eq!(after - before, 90_000);
}

#[test]
fn paths_lead_to_endpoints_and_nowhere_else() {
    let call = |method: &Method, path: &str| {
        let uri: Uri = format!("{BASE}{path}").parse().unwrap();
        Call::of(method, &uri)
    };
    assert_eq!(
        call(&Method::GET, "/iserver/account/trades/"),
        Ok(Call::Trades)
    );
    assert_eq!(
        call(&Method::GET, "/iserver/auth/status"),
        Ok(Call::AuthStatus)
    );
    assert_eq!(call(&Method::GET, "/logout"), Err(Unroutable::Method));
    assert_eq!(
        call(&Method::DELETE, "/iserver/accounts"),
        Err(Unroutable::Method)
    );
    assert_eq!(call(&Method::GET, "/iserver"), Err(Unroutable::NotFound));
    assert_eq!(
        Call::of(&Method::GET, &"/tickle".parse().unwrap()),
        Err(Unroutable::NotFound)
    );
}

#[test]
fn amounts_are_written_from_their_digits() {
    for (amount, text) in [
        (Decimal::new(5, 0), "5.0"),
        (Decimal::new(10_250, 3), "10.25"),
        (Decimal::new(1, 1), "0.1"),
        (Decimal::new(-3000, 2), "-30.0"),
    ] {
        assert_eq!(serde_json::to_string(&Amount(amount)).unwrap(), text);
    }
    for text in ["0.1", "\"0.1\"", "1e-1"] {
        assert_eq!(
            serde_json::from_str::<Amount>(text).unwrap(),
            Amount(Decimal::new(1, 1))
        );
    }
    for text in ["\"\"", "null", "[]", "\"1 2\"", "1e400"] {
        assert!(serde_json::from_str::<Amount>(text).is_err(), "{text}");
    }
}
