//! What futures' answers tell of acts (docs.kraken.com, account information and account history).

use door::{Act, ActKind, clean};
use serde_json::Value;

use crate::acts::{Row, deal, rows};

/// What happened to an order, as the history names it, what is said of it, and where the order is.
const EVENTS: [(&str, &str, &str); 5] = [
    ("OrderPlaced", "placed", "order"),
    ("OrderUpdated", "updated", "newOrder"),
    ("OrderCancelled", "cancelled", "order"),
    ("OrderRejected", "rejected", "order"),
    ("OrderEditRejected", "edit rejected", "attemptedOrder"),
];

/// The acts in the answer that is kept under `label`, by their places in it.
pub(super) fn told(label: &str, answer: &Value) -> Vec<Act> {
    let each = |pointer: &str, act: fn(&Row<'_>) -> Option<Act>| {
        let rows = rows(answer, pointer).into_iter();
        rows.filter_map(|row| act(&row)).collect()
    };
    match label {
        "open-orders" => each("/openOrders", order),
        "order-history" => each("/elements", order_event),
        "fills" => each("/fills", fill),
        "account-log" => each("/logs", log_entry),
        "key-info" => Vec::from_iter(key(answer)),
        _ => Vec::new(),
    }
}

fn order(row: &Row<'_>) -> Option<Act> {
    let mut act = row.act(ActKind::Order, row.word("order_id")?);
    act.at = row.rfc3339("receivedTime");
    act.status = row.word("status");
    act.instrument = row.word("symbol");
    act.side = row.side("side");
    let (left, filled) = (row.amount("unfilledSize"), row.amount("filledSize"));
    act.quantity = left
        .zip(filled)
        .and_then(|(left, filled)| left.checked_add(filled));
    act.price = row
        .amount_but_zero("limitPrice")
        .or_else(|| row.amount_but_zero("stopPrice"));
    let kind = row.word("orderType").unwrap_or_default();
    act.words = of_order(&act, &kind, row.word("cliOrdId"), None);
    Some(act)
}

/// An event of the order's life. The newest of an order comes first.
fn order_event(row: &Row<'_>) -> Option<Act> {
    let event = row.value.get("event")?;
    let (name, status, at) = EVENTS.iter().find(|(name, ..)| event.get(name).is_some())?;
    let event = event.get(name)?;
    let order = Row {
        name: String::new(),
        place: row.place.clone(),
        value: event.get(at)?,
    };
    let mut act = order.act(ActKind::Order, order.word("uid")?);
    act.at = order.millis("timestamp");
    act.status = Some((*status).to_owned());
    act.instrument = order.word("tradeable");
    act.side = order.side("direction");
    act.quantity = order.amount("quantity");
    act.price = order.amount_but_zero("limitPrice");
    let kind = order.word("orderType").unwrap_or_default();
    let why = event
        .get("reason")
        .and_then(Value::as_str)
        .filter(|reason| !reason.is_empty());
    let why = why.map(|reason| format!("{status}: {reason}"));
    act.words = of_order(&act, &kind, order.word("clientId"), why);
    Some(act)
}

fn of_order(act: &Act, kind: &str, reference: Option<String>, why: Option<String>) -> String {
    let reference = reference.map_or_else(String::new, |id| format!(", reference {id}"));
    let why = why.map_or_else(String::new, |why| format!(", {why}"));
    clean(&format!("{kind} order: {}{reference}{why}", deal(act)))
}

fn fill(row: &Row<'_>) -> Option<Act> {
    let mut act = row.act(ActKind::Fill, row.word("fill_id")?);
    act.at = row.rfc3339("fillTime");
    act.order = row.word("order_id");
    act.instrument = row.word("symbol");
    act.side = row.side("side");
    act.quantity = row.amount("size");
    act.price = row.amount("price");
    act.words = clean(&format!(
        "{}{}",
        deal(&act),
        row.word("fillType")
            .map_or_else(String::new, |kind| format!(", {kind}"))
    ));
    Some(act)
}

/// An entry of the account log: what a fill cost and gained, or money that moved.
fn log_entry(row: &Row<'_>) -> Option<Act> {
    let what = row.word("info")?;
    let asset = row.word("asset");
    if what == "futures trade" || what == "futures liquidation" {
        // the entry of the position beside it has the contract for its asset, and no money
        if asset == row.word("contract") {
            return None;
        }
        let mut act = row.act(ActKind::Fill, row.word("execution")?);
        act.at = row.rfc3339("date");
        act.instrument = row.word("contract");
        act.price = row.amount_but_zero("trade_price");
        act.fee = row.amount("fee");
        act.realised = row.amount("realized_pnl");
        act.currency = asset.map(|asset| asset.to_uppercase());
        act.words = clean(&what);
        return Some(act);
    }
    let moves = ["transfer", "withdrawal", "deposit", "conversion"];
    if !moves.iter().any(|word| what.contains(word)) {
        return None;
    }
    let id = row.word("booking_uid").or_else(|| row.word("id"))?;
    let mut act = row.act(ActKind::Transfer, id);
    let change = row
        .amount("new_balance")?
        .checked_sub(row.amount("old_balance")?)?;
    act.at = row.rfc3339("date");
    act.instrument = asset.map(|asset| asset.to_uppercase());
    act.currency.clone_from(&act.instrument);
    act.quantity = Some(change.abs());
    act.amount = Some(change);
    act.fee = row.amount("fee");
    let asset = act.instrument.as_deref().unwrap_or_default();
    act.words = clean(&format!("{what}: {} {asset}", change.normalize()));
    Some(act)
}

/// The key that asks. Kraken lists no other.
fn key(answer: &Value) -> Option<Act> {
    let row = Row {
        name: String::new(),
        place: String::new(),
        value: answer,
    };
    let made = row.word("createdAt")?;
    let mut act = row.act(ActKind::Key, format!("futures-key:{made}"));
    act.at = row.rfc3339("createdAt");
    let rights = answer.get("permissions")?;
    let right = |name: &str| rights.get(name).and_then(Value::as_str).unwrap_or("?");
    let from = row
        .list("allowedCidrBlocks")
        .unwrap_or_else(|| "everywhere".to_owned());
    act.words = clean(&format!(
        "futures API key: trading {}, transfers {}; works from {from}",
        right("general"),
        right("transfer")
    ));
    Some(act)
}

#[cfg(test)]
mod tests {
    use door::Side;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_order_has_one_name_while_it_is_open_and_in_its_history() {
        let open = json!({"result": "success", "openOrders": [{
            "order_id": "59302619-41d2-4f0b-941f-7e7914760ad3", "symbol": "PF_XBTUSD",
            "side": "sell", "orderType": "lmt", "limitPrice": 10640, "unfilledSize": 304,
            "receivedTime": "2019-09-05T17:01:17.410Z", "status": "untouched", "filledSize": 1
        }]});
        let order = &told("open-orders", &open)[0];
        assert_eq!(order.quantity, Some(Decimal::from(305)));
        let history = json!({"accountUid": "a", "elements": [{"uid": "e1", "timestamp": 1, "event": {
            "OrderCancelled": {"reason": "cancelled_by_user", "order": {
                "uid": "59302619-41d2-4f0b-941f-7e7914760ad3", "tradeable": "PF_XBTUSD",
                "direction": "Sell", "quantity": "305", "filled": "1", "limitPrice": "10640",
                "orderType": "Limit", "clientId": "bot", "timestamp": 1_567_702_877_410_i64
            }}
        }}, {"uid": "e2", "event": {"SomethingNew": {}}}]});
        let past = told("order-history", &history);
        assert_eq!(past.len(), 1);
        assert_eq!(past[0].id, order.id);
        assert_eq!(past[0].at, order.at);
        assert_eq!(past[0].side, Some(Side::Sell));
        assert_eq!(past[0].status.as_deref(), Some("cancelled"));
        assert_eq!(
            past[0].words,
            "Limit order: sell 305 PF_XBTUSD at 10640, reference bot, cancelled: cancelled_by_user"
        );
    }

    #[test]
    fn the_log_tells_what_a_fill_cost_and_what_moved() {
        let log = json!({"logs": [
            {"id": 3, "date": "2026-11-24T10:00:00Z", "asset": "usd", "info": "futures trade",
             "contract": "pf_xbtusd", "execution": "f1", "fee": 0.25, "realized_pnl": -12.5,
             "trade_price": 100.5, "old_balance": 10, "new_balance": 9},
            {"id": 2, "date": "2026-11-24T10:00:00Z", "asset": "pf_xbtusd", "info": "futures trade",
             "contract": "pf_xbtusd", "execution": "f1", "old_balance": 0, "new_balance": 1},
            {"id": 1, "date": "2026-11-24T09:00:00Z", "asset": "xbt", "booking_uid": "b1",
             "info": "cross-exchange transfer", "old_balance": 1.5, "new_balance": 0.25},
            {"id": 0, "info": "funding rate change", "asset": "usd"}
        ]});
        let acts = told("account-log", &log);
        assert_eq!(acts.len(), 2);
        assert_eq!((acts[0].kind, acts[0].id.as_str()), (ActKind::Fill, "f1"));
        assert_eq!(acts[0].realised, Some(Decimal::new(-125, 1)));
        assert_eq!(acts[0].currency.as_deref(), Some("USD"));
        assert_eq!(acts[1].amount, Some(Decimal::new(-125, 2)));
        assert_eq!(acts[1].place, "/logs/2");
    }
}
