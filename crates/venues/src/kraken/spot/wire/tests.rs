use door::ErrorClass;
use serde_json::json;

use super::*;
use crate::kraken::errors::Said;

fn row() -> Value {
    json!({
        "refid": null, "userref": 0, "status": "open", "opentm": 1_688_464_484.25, "starttm": 0,
        "expiretm": 0,
        "descr": {
            "pair": "XBTUSD", "type": "sell", "ordertype": "stop-loss", "price": "27500.0",
            "price2": "0", "leverage": "none", "order": "sell 1.25", "close": ""
        },
        "vol": "1.25000000", "vol_exec": "0.37500000", "cost": "0", "fee": "0", "price": "0",
        "stopprice": "0.00000", "limitprice": "0.00000", "misc": "", "oflags": "fciq"
    })
}

fn listing(row: &Value) -> Value {
    json!({"open": {"OQCLML-BW3P3-BUCMWZ": row}})
}

fn one(row: &Value) -> Listed {
    orders(&listing(row)).unwrap().remove(0)
}

#[test]
fn an_open_order_is_mapped_to_the_last_digit() {
    let listed = one(&row());
    assert_eq!(listed.order.key.0, "OQCLML-BW3P3-BUCMWZ");
    assert_eq!(listed.order.family.0, "conditional");
    assert_eq!(listed.order.instrument, "XBTUSD");
    assert_eq!(listed.order.quantity, Decimal::new(125, 2));
    assert_eq!(listed.order.filled, Decimal::new(375, 3));
    assert_eq!(listed.order.stop, Some(Decimal::new(27500, 0)));
    assert_eq!(
        listed.order.placed_at.unwrap().as_millisecond(),
        1_688_464_484_250
    );
    assert!(listed.protects(&[]));
}

#[test]
fn each_order_is_in_its_family() {
    for (kind, leverage, family) in [
        ("limit", "none", "spot"),
        ("market", "none", "spot"),
        ("iceberg", "none", "spot"),
        ("limit", "5:1", "margin"),
        ("settle-position", "5:1", "margin"),
        ("stop-loss", "none", "conditional"),
        ("take-profit-limit", "none", "conditional"),
        ("trailing-stop", "5:1", "conditional"),
    ] {
        let mut order = row();
        order["descr"]["ordertype"] = json!(kind);
        order["descr"]["leverage"] = json!(leverage);
        assert_eq!(one(&order).order.family.0, family, "{kind} {leverage}");
    }
}

#[test]
fn only_a_stop_that_closes_something_protects() {
    let long = [Position {
        instrument: "XBTUSD".to_owned(),
        quantity: Decimal::ONE,
        average_cost: None,
    }];
    let of = |kind: &str, side: &str, leverage: &str| {
        let mut order = row();
        order["descr"]["ordertype"] = json!(kind);
        order["descr"]["type"] = json!(side);
        order["descr"]["leverage"] = json!(leverage);
        one(&order)
    };
    assert!(of("stop-loss", "sell", "5:1").protects(&long));
    assert!(!of("stop-loss", "sell", "5:1").protects(&[]));
    assert!(!of("stop-loss", "buy", "5:1").protects(&long));
    assert!(!of("take-profit", "sell", "5:1").protects(&long));
    assert!(of("trailing-stop", "sell", "none").protects(&[]));
    assert!(!of("stop-loss", "buy", "none").protects(&[]));
    assert!(!of("limit", "sell", "none").protects(&[]));
}

#[test]
fn a_word_for_a_state_that_nobody_knows_is_still_open() {
    for (status, open) in [
        ("pending", 1),
        ("open", 1),
        ("wobbling", 1),
        ("canceled", 0),
        ("closed", 0),
        ("expired", 0),
    ] {
        let mut order = row();
        order["status"] = json!(status);
        assert_eq!(orders(&listing(&order)).unwrap().len(), open, "{status}");
    }
}

#[test]
fn a_listing_with_one_row_that_cannot_be_read_is_no_listing() {
    for (field, value) in [
        ("vol", json!({"amount": 1})),
        ("vol", Value::Null),
        ("vol_exec", Value::Null),
        ("descr", json!("sell 1.25 XBTUSD")),
        ("status", json!(7)),
        ("opentm", json!("soon")),
    ] {
        let mut order = row();
        order[field] = value;
        let error = orders(&listing(&order)).unwrap_err();
        assert_eq!(error.class, ErrorClass::Malformed, "{field}");
    }
    let mut order = row();
    order["descr"]["type"] = json!("both");
    assert!(orders(&listing(&order)).is_err());
    assert!(orders(&json!({})).is_err());
    assert!(orders(&json!({"open": []})).is_err());
    assert!(orders(&json!({"open": {"../x y": row()}})).is_err());
}

#[test]
fn an_error_in_a_good_answer_is_an_error() {
    let failure = result(&json!({"error": ["EAPI:Invalid key"]})).unwrap_err();
    assert_eq!(failure.said, Some(Said::KeyUnknown));
    let both = json!({"error": ["EService:Unavailable"], "result": {"open": {}}});
    assert_eq!(result(&both).unwrap_err().said, Some(Said::Service));
    let warned = json!({"error": ["WGeneral:Be careful"], "result": {"open": {}}});
    assert!(result(&warned).is_ok());
    for nothing in [
        json!({"error": []}),
        json!({"result": {}}),
        json!({"error": "EAPI:Invalid key", "result": {}}),
        json!({"error": [7], "result": {}}),
        json!([]),
    ] {
        let failure = result(&nothing).unwrap_err();
        assert_eq!(failure.said, None, "{nothing}");
        assert_eq!(failure.error.class, ErrorClass::Malformed, "{nothing}");
    }
}

#[test]
fn a_pair_has_one_name_wherever_it_comes_from() {
    assert_eq!(pair("XXBTZUSD"), "XBTUSD");
    assert_eq!(pair("XETHXXBT"), "ETHXBT");
    assert_eq!(pair("XBTUSD"), "XBTUSD");
    assert_eq!(pair("SOLUSD"), "SOLUSD");
    assert_eq!(pair("USDTZUSD"), "USDTUSD");
    assert_eq!(pair("XXBTZÜ"), "XXBTZÜ");
}

#[test]
fn what_is_held_on_margin_is_summed_by_pair() {
    let held = positions(&json!({
        "T1": {"pair": "XXBTZUSD", "type": "buy", "vol": "2", "vol_closed": "0.5", "cost": "60000"},
        "T2": {"pair": "XXBTZUSD", "type": "buy", "vol": "1", "vol_closed": "0", "cost": "30000"},
        "T3": {"pair": "SOLUSD", "type": "sell", "vol": "3", "vol_closed": "0", "cost": "300"},
        "T4": {"pair": "ADAUSD", "type": "buy", "vol": "3", "vol_closed": "3", "cost": "3"}
    }))
    .unwrap();
    assert_eq!(held.len(), 2);
    assert_eq!(held[0].instrument, "SOLUSD");
    assert_eq!(held[0].quantity, Decimal::from(-3));
    assert_eq!(held[1].quantity, Decimal::new(25, 1));
    assert_eq!(held[1].average_cost, Some(Decimal::from(30_000)));
}

fn taken_out(status: &str, more: &str) -> Withdrawal {
    let row = json!({
        "asset": "XXBT", "refid": "AGBSO6T-UFMTTQ-I7KGS6", "amount": "0.49975000", "time": 1_617_014_586,
        "info": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "status": status, "status-prop": more
    });
    let page = json!({"withdrawals": [row], "next_cursor": "abc"});
    let (mut rows, next) = withdrawals(&page).unwrap();
    assert_eq!(next.as_deref(), Some("abc"));
    rows.remove(0)
}

#[test]
fn a_withdrawal_is_pending_until_kraken_says_otherwise() {
    for (status, more, stands) in [
        ("Initial", "", Stands::Pending),
        ("Pending", "onhold", Stands::Pending),
        ("Pending", "cancel-pending", Stands::Pending),
        ("Pending", "cancel-denied", Stands::Pending),
        ("Wobbling", "", Stands::Pending),
        ("Settled", "", Stands::Sent),
        ("Success", "cancel-denied", Stands::Sent),
        ("Success", "return", Stands::Sent),
        ("Failure", "canceled", Stands::Stopped),
        ("Pending", "canceled", Stands::Stopped),
        ("Failure", "", Stands::Stopped),
    ] {
        assert_eq!(taken_out(status, more).stands, stands, "{status} {more}");
    }
}

#[test]
fn a_withdrawals_target_is_masked() {
    let label = taken_out("Initial", "").label;
    assert_eq!(label, "0.49975000 XXBT to bc1q…5mdq");
}

#[test]
fn a_page_without_rows_is_no_page() {
    assert!(withdrawals(&json!({"next_cursor": null})).is_err());
    assert!(withdrawals(&json!([])).unwrap().0.is_empty());
}

#[test]
fn key_information_says_what_the_key_may() {
    let info = key_info(&json!({
        "apiKeyName": "panic", "apiKey": "4/SDr", "nonce": "1772627060997", "nonceWindow": 0,
        "permissions": ["query-funds", "withdraw-funds"], "iban": "AA88 N84G WOAK NMOI",
        "validUntil": "0", "queryFrom": "0", "queryTo": "0", "createdTime": "1772542900",
        "modifiedTime": "1772543095", "ipAllowlist": [], "lastUsed": null
    }))
    .unwrap();
    assert!(info.may("withdraw-funds") && !info.may("close-trades"));
    assert_eq!(info.expires, None);
    assert_eq!(info.last_used, None);
    assert_eq!(info.nonce, Some(1_772_627_060_997));
    assert!(key_info(&json!({"apiKeyName": "panic"})).is_err());
}
