use door::ErrorClass;
use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::kraken::errors::Said;

fn row() -> Value {
    json!({
        "order_id": "59302619-41d2-4f0b-941f-7e7914760ad3", "symbol": "PF_XBTUSD", "side": "sell",
        "orderType": "lmt", "limitPrice": 10640.5, "unfilledSize": 304, "filledSize": 6,
        "receivedTime": "2026-09-05T17:01:17.410Z", "status": "partiallyFilled",
        "reduceOnly": true, "lastUpdateTime": "2026-09-05T17:01:17.410Z"
    })
}

fn listing(row: &Value) -> Value {
    json!({"result": "success", "openOrders": [row], "serverTime": "2026-09-05T17:08:18.138Z"})
}

#[test]
fn an_open_order_is_mapped_to_the_last_digit() {
    let order = orders(&listing(&row())).unwrap().remove(0);
    assert_eq!(order.key.0, "59302619-41d2-4f0b-941f-7e7914760ad3");
    assert_eq!(order.family.0, "futures");
    assert_eq!(order.quantity, Decimal::from(310));
    assert_eq!(order.filled, Decimal::from(6));
    assert_eq!(order.limit, Some(Decimal::new(106_405, 1)));
    assert_eq!(order.placed_at.unwrap().as_millisecond(), 1_788_627_677_410);
}

#[test]
fn what_waits_for_a_price_is_a_trigger_and_only_a_stop_is_a_stop() {
    for (kind, signal, family, is_stop) in [
        ("lmt", false, "futures", false),
        ("stp", true, "futures-triggers", true),
        ("stop", true, "futures-triggers", true),
        ("take_profit", true, "futures-triggers", false),
        ("newer", true, "futures-triggers", false),
    ] {
        let mut order = row();
        order["orderType"] = json!(kind);
        if signal {
            order["triggerSignal"] = json!("mark");
            order["stopPrice"] = json!(9000);
        }
        let order = orders(&listing(&order)).unwrap().remove(0);
        assert_eq!(order.family.0, family, "{kind}");
        assert_eq!(order.is_stop(), is_stop, "{kind}");
    }
}

#[test]
fn a_listing_with_one_row_that_cannot_be_read_is_no_listing() {
    for (field, value) in [
        ("order_id", Value::Null),
        ("unfilledSize", Value::Null),
        ("filledSize", json!([])),
        ("side", json!("both")),
        ("orderType", json!(3)),
        ("receivedTime", json!("yesterday")),
    ] {
        let mut order = row();
        order[field] = value;
        let error = orders(&listing(&order)).unwrap_err();
        assert_eq!(error.class, ErrorClass::Malformed, "{field}");
    }
    assert!(orders(&json!({"result": "success"})).is_err());
}

#[test]
fn an_error_in_a_good_answer_is_an_error() {
    let failure = result(&json!({"result": "error", "error": "authenticationError"})).unwrap_err();
    assert_eq!(failure.said, Some(Said::KeyUnknown));
    let listed = json!({"result": "error", "errors": ["apiLimitExceeded"]});
    assert_eq!(result(&listed).unwrap_err().said, Some(Said::Rate));
    for nothing in [
        json!({}),
        json!({"result": true}),
        json!("success"),
        json!([]),
    ] {
        let failure = result(&nothing).unwrap_err();
        assert_eq!(failure.error.class, ErrorClass::Malformed, "{nothing}");
    }
}

#[test]
fn positions_have_the_sign_of_their_side() {
    let answer = json!({"openPositions": [
        {"symbol": "PF_XBTUSD", "side": "short", "size": 0.5, "price": 60000},
        {"symbol": "PF_ETHUSD", "side": "long", "size": 2, "price": 3000},
        {"symbol": "PF_SOLUSD", "side": "long", "size": 0, "price": 0}
    ]});
    let held = positions(&answer).unwrap();
    assert_eq!(held.len(), 2);
    assert_eq!(held[0].quantity, Decimal::new(-5, 1));
}

#[test]
fn balances_of_every_wallet_are_told() {
    let facts = balances(&json!({"accounts": {
        "cash": {"type": "cashAccount", "balances": {"xbt": "141.3"}},
        "flex": {"type": "multiCollateralMarginAccount", "currencies": {"USD": {"quantity": 5000}}}
    }}))
    .unwrap();
    assert_eq!(
        facts[0],
        ("balance cash xbt".to_owned(), "141.3".to_owned())
    );
    assert_eq!(facts[1], ("balance flex USD".to_owned(), "5000".to_owned()));
    assert!(balances(&json!({"accounts": {"cash": {"balances": {"xbt": null}}}})).is_err());
}

#[test]
fn key_information_says_what_the_key_may() {
    let info = key_info(&json!({
        "apiKey": "Gom9", "accountUid": "x", "iiban": null, "createdAt": "2026-08-24T14:15:22Z",
        "permissions": {"general": "FULL_ACCESS", "transfer": "NO_ACCESS"},
        "allowedCidrBlock": "192.168.0.0/16", "allowedCidrBlocks": ["192.168.0.0/16"]
    }))
    .unwrap();
    assert_eq!(info.general, Access::Full);
    assert_eq!(info.transfer, Access::None);
    assert_eq!(info.addresses, ["192.168.0.0/16"]);
    let refused = json!({"error": "authenticationError", "message": "", "suberror": null});
    assert_eq!(plain(&refused).unwrap_err().said, Some(Said::KeyUnknown));
}
