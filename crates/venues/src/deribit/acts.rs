//! What the venue's answers tell of acts (docs.deribit.com/api-reference/...).

use door::{Act, ActKind, clean};
use serde_json::Value;

use super::wallet::masked;
use crate::acts::{Row, deal, rows};

/// Entries of the access log that are about keys.
const OF_KEYS: [&str; 8] = [
    "new_api_key",
    "removed_api_key",
    "changed_scope",
    "changed_whitelist",
    "disabled_api_key",
    "enabled_api_key",
    "reset_api_key",
    "changed_api_key",
];
/// Transactions that move money; the others tell what trades and positions came to.
const NO_MOVES: [&str; 4] = [
    "settlement",
    "delivery",
    "options_settlement_summary",
    "trade",
];

/// The acts in the answer that is kept under `label`, by their places in it; `sub` is the
/// sub-account that it was asked for.
pub(super) fn told(label: &str, answer: &Value, sub: Option<u64>) -> Vec<Act> {
    let books = Books {
        prefix: sub.map_or_else(String::new, |id| format!("sub-{id} ")),
    };
    let each = |pointer: &str, act: fn(&Books, &Row<'_>) -> Option<Act>| {
        let rows = rows(answer, pointer).into_iter();
        rows.filter_map(|row| act(&books, &row)).collect()
    };
    match label {
        "open-orders" | "trigger-orders" | "order-history" => each("/result", Books::order),
        "trigger-history" => each("/result/entries", Books::trigger),
        "user-trades" => each("/result/trades", Books::trade),
        "transaction-log" => each("/result/logs", Books::transaction),
        "withdrawals" => each(paged(answer), Books::withdrawal),
        "deposits" => each(paged(answer), Books::deposit),
        "address-book" => each(paged(answer), Books::address),
        "access-log" => each(paged(answer), Books::access),
        "api-keys" => each("/result", Books::key),
        _ => Vec::new(),
    }
}

/// A list, or a page of one.
fn paged(answer: &Value) -> &'static str {
    if answer.pointer("/result/data").is_some() {
        "/result/data"
    } else {
        "/result"
    }
}

/// Whose books are told of: the key's own account's, or a sub-account's.
struct Books {
    prefix: String,
}

impl Books {
    /// A name that each account numbers for itself.
    fn own(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn order(&self, row: &Row<'_>) -> Option<Act> {
        let mut act = row.act(ActKind::Order, row.word("order_id")?);
        act.at = row.millis("creation_timestamp");
        act.status = row.word("order_state");
        act.instrument = row.word("instrument_name").map(|name| self.own(&name));
        act.side = row.side("direction");
        act.quantity = row.amount("amount");
        act.price = row
            .amount_but_zero("average_price")
            .or_else(|| row.amount_but_zero("price"))
            .or_else(|| row.amount_but_zero("trigger_price"));
        act.device = device(row);
        let kind = row.word("order_type").unwrap_or_default();
        act.words = clean(&format!("{kind} order: {}{}", deal(&act), label(row)));
        Some(act)
    }

    fn trigger(&self, row: &Row<'_>) -> Option<Act> {
        // once it was triggered it has the name of the order that it became
        let id = row
            .word("order_id")
            .or_else(|| row.word("trigger_order_id"))?;
        let mut act = row.act(ActKind::Order, id);
        act.at = row.millis("timestamp");
        act.status = row.word("order_state");
        act.instrument = row.word("instrument_name").map(|name| self.own(&name));
        act.side = row.side("direction");
        act.quantity = row.amount("amount");
        act.price = row
            .amount_but_zero("trigger_price")
            .or_else(|| row.amount_but_zero("price"));
        let kind = row.word("order_type").unwrap_or_default();
        act.words = clean(&format!("{kind} order: {}{}", deal(&act), label(row)));
        Some(act)
    }

    fn trade(&self, row: &Row<'_>) -> Option<Act> {
        let mut act = row.act(ActKind::Fill, row.word("trade_id")?);
        act.at = row.millis("timestamp");
        act.order = row.word("order_id");
        act.instrument = row.word("instrument_name").map(|name| self.own(&name));
        act.side = row.side("direction");
        act.quantity = row.amount("amount");
        act.price = row.amount("price");
        act.fee = row.amount("fee");
        act.realised = row.amount("profit_loss");
        act.currency = row.word("fee_currency");
        act.words = clean(&format!("{}{}", deal(&act), label(row)));
        Some(act)
    }

    /// An entry of the transaction log: it knows from which address a trade was made.
    fn transaction(&self, row: &Row<'_>) -> Option<Act> {
        let kind = row.word("type")?;
        if kind == "trade" {
            let mut act = row.act(ActKind::Fill, row.word("trade_id")?);
            act.at = row.millis("timestamp");
            act.order = row.word("order_id");
            act.instrument = row.word("instrument_name").map(|name| self.own(&name));
            act.side = row.side("side");
            act.quantity = row.amount("amount").map(|amount| amount.abs());
            act.price = row.amount("price");
            act.fee = row.amount("commission");
            act.currency = row.word("currency");
            act.submitter = row.word("username");
            act.ip = row.word("ip");
            act.words = clean(&deal(&act));
            return Some(act);
        }
        if NO_MOVES.contains(&kind.as_str()) {
            return None;
        }
        let change = row.amount("change")?;
        let info = Row {
            name: String::new(),
            place: String::new(),
            value: row.value.get("info").unwrap_or(&Value::Null),
        };
        let moves = matches!(kind.as_str(), "deposit" | "withdrawal");
        let transaction = info.word("transaction").filter(|_| moves);
        let id = match transaction {
            Some(transaction) => format!("tx:{transaction}"),
            None => self.own(&format!("log:{}", row.word("id")?)),
        };
        let mut act = row.act(ActKind::Transfer, id);
        act.at = row.millis("timestamp");
        act.instrument = row.word("currency");
        act.currency.clone_from(&act.instrument);
        act.quantity = Some(change.abs());
        act.amount = Some(change);
        act.submitter = row.word("username");
        act.ip = row.word("ip");
        act.to = info.word("addr").or_else(|| info.word("other_user"));
        let currency = act.instrument.as_deref().unwrap_or_default();
        act.words = clean(&format!("{kind}: {} {currency}", change.normalize()));
        Some(act)
    }

    fn withdrawal(&self, row: &Row<'_>) -> Option<Act> {
        let id = match row.word("transaction_id") {
            Some(transaction) => format!("tx:{transaction}"),
            None => self.own(&format!("withdrawal:{}", row.word("id")?)),
        };
        let mut act = row.act(ActKind::Transfer, id);
        act.at = row.millis("created_timestamp");
        act.status = row.word("state");
        act.instrument = row.word("currency");
        act.currency.clone_from(&act.instrument);
        act.quantity = row.amount("amount");
        act.amount = act.quantity.map(|amount| -amount);
        act.fee = row.amount("fee");
        act.to = row.word("address");
        act.words = self.movement(&act, "withdrawal");
        Some(act)
    }

    fn deposit(&self, row: &Row<'_>) -> Option<Act> {
        let mut act = row.act(
            ActKind::Transfer,
            format!("tx:{}", row.word("transaction_id")?),
        );
        act.at = row.millis("received_timestamp");
        act.status = row.word("state");
        act.instrument = row.word("currency");
        act.currency.clone_from(&act.instrument);
        act.quantity = row.amount("amount");
        act.amount = act.quantity;
        act.words = self.movement(&act, "deposit");
        Some(act)
    }

    fn movement(&self, act: &Act, kind: &str) -> String {
        let amount = act.quantity.map(|amount| amount.normalize().to_string());
        let to = act
            .to
            .as_deref()
            .map_or_else(String::new, |to| format!(" to {}", masked(to)));
        clean(&format!(
            "{}{kind} of {} {}{to}",
            self.prefix,
            amount.unwrap_or_default(),
            act.instrument.as_deref().unwrap_or_default()
        ))
    }

    fn address(&self, row: &Row<'_>) -> Option<Act> {
        let (currency, address) = (row.word("currency")?, row.word("address")?);
        let kind = row.word("type").unwrap_or_default();
        let id = self.own(&format!("{kind}:{currency}:{address}"));
        let mut act = row.act(ActKind::Address, id);
        act.at = row.millis("creation_timestamp");
        act.status = row.word("status");
        act.instrument = Some(currency.clone());
        let name = row.word("label").unwrap_or_default();
        act.words = clean(&format!(
            "{}{kind} address {name} for {currency}: {}",
            self.prefix,
            masked(&address)
        ));
        act.to = Some(address);
        Some(act)
    }

    /// An entry of the access log: a login, or a change of keys, of the password, of the mail's
    /// address or of the second factor.
    fn access(&self, row: &Row<'_>) -> Option<Act> {
        let id = self.own(&format!("access:{}", row.word("id")?));
        // its page calls it `log`, and the example there `result`
        let what = row.word("log").or_else(|| row.word("result"))?;
        let kind = if OF_KEYS.contains(&what.as_str()) {
            ActKind::Key
        } else {
            ActKind::Session
        };
        let mut act = row.act(kind, id);
        act.at = row.millis("timestamp");
        act.ip = row.word("ip");
        let place: Vec<String> = ["city", "country"]
            .into_iter()
            .filter_map(|field| row.word(field))
            .collect();
        let about = match kind {
            ActKind::Key => row
                .word("data")
                .map_or_else(String::new, |key| format!(" of {key}")),
            ActKind::Order
            | ActKind::Fill
            | ActKind::Transfer
            | ActKind::Session
            | ActKind::Address => String::new(),
        };
        let words = match what.as_str() {
            "success" => "login".to_owned(),
            "failure" => "login that failed".to_owned(),
            other => other.replace('_', " "),
        };
        act.words = clean(&format!(
            "{}{words}{about} from {} {}",
            self.prefix,
            act.ip.as_deref().unwrap_or("an address that is not told"),
            place.join(", ")
        ));
        act.status = Some(what);
        Some(act)
    }

    fn key(&self, row: &Row<'_>) -> Option<Act> {
        let mut act = row.act(ActKind::Key, self.own(&format!("key:{}", row.word("id")?)));
        act.at = row.millis("timestamp");
        act.status = row
            .flag("enabled")
            .map(|enabled| if enabled { "enabled" } else { "disabled" }.to_owned());
        act.submitter = row.word("client_id");
        let from = row
            .list("ip_whitelist")
            .unwrap_or_else(|| "everywhere".to_owned());
        act.words = clean(&format!(
            "{}API key {}: {}; works from {from}",
            self.prefix,
            row.word("name").unwrap_or_default(),
            row.word("max_scope").unwrap_or_default()
        ));
        Some(act)
    }
}

/// With what an order was placed, as its flags tell.
fn device(row: &Row<'_>) -> Option<String> {
    let set = |name: &str| row.flag(name) == Some(true);
    let devices = [("api", "API"), ("web", "website"), ("mobile", "mobile app")];
    let device = devices.into_iter().find(|(name, _)| set(name))?;
    Some(device.1.to_owned())
}

fn label(row: &Row<'_>) -> String {
    row.word("label")
        .map_or_else(String::new, |label| format!(", label {label}"))
}

#[cfg(test)]
mod tests {
    use door::Side;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trade_has_one_name_in_both_answers_and_the_log_knows_from_where() {
        let trades = json!({"result": {"trades": [{
            "trade_id": "ETH-34066", "order_id": "ETH-584849853", "instrument_name": "ETH-PERPETUAL",
            "direction": "buy", "amount": 10.0, "price": 1.5, "timestamp": 1_550_657_341_322_i64,
            "fee": 0.000_2, "fee_currency": "ETH", "label": "bot"
        }]}});
        let log = json!({"result": {"logs": [{
            "id": 7, "type": "trade", "trade_id": "ETH-34066", "order_id": "ETH-584849853",
            "instrument_name": "ETH-PERPETUAL", "side": "open buy", "amount": 10, "price": 1.5,
            "commission": 0.000_2, "currency": "ETH", "timestamp": 1_550_657_341_322_i64,
            "username": "ada", "ip": "203.0.113.7"
        }]}});
        let trade = &told("user-trades", &trades, Some(7))[0];
        let entry = &told("transaction-log", &log, Some(7))[0];
        assert_eq!((trade.kind, &trade.id), (entry.kind, &entry.id));
        assert_eq!(trade.instrument.as_deref(), Some("sub-7 ETH-PERPETUAL"));
        assert_eq!((trade.side, trade.side), (entry.side, Some(Side::Buy)));
        assert_eq!(trade.fee, entry.fee);
        assert_eq!(entry.ip.as_deref(), Some("203.0.113.7"));
        assert_eq!(trade.words, "buy 10 sub-7 ETH-PERPETUAL at 1.5, label bot");
    }

    #[test]
    fn a_withdrawal_that_has_left_has_one_name_in_both_answers() {
        let withdrawals = json!({"result": {"count": 2, "data": [
            {"id": 1, "amount": 0.4, "currency": "BTC", "address": "2NBqqD5GRJ8wHy1PYyCXTe9ke5226FhavBz",
             "state": "completed", "fee": 0.0001, "transaction_id": "abc",
             "created_timestamp": 1_550_571_443_070_i64},
            {"id": 2, "amount": 1, "currency": "BTC", "address": "2NBqqD5GRJ8wHy1PYyCXTe9ke5226FhavBz",
             "state": "unconfirmed", "transaction_id": null}
        ]}});
        let log = json!({"result": {"logs": [
            {"id": 5, "type": "withdrawal", "currency": "BTC", "change": -0.4, "info": {"transaction": "abc"}},
            {"id": 6, "type": "transfer", "currency": "BTC", "change": -2.5,
             "info": {"transfer_type": "subaccount", "other_user": "Subaccount"}},
            {"id": 8, "type": "settlement", "currency": "BTC", "change": 1}
        ]}});
        let told_there = told("withdrawals", &withdrawals, None);
        assert_eq!(told_there[0].amount, Some(Decimal::new(-4, 1)));
        assert_eq!(told_there[1].id, "withdrawal:2");
        assert_eq!(told_there[1].words, "withdrawal of 1 BTC to 2NBqqD…avBz");
        let booked = told("transaction-log", &log, None);
        assert_eq!(booked.len(), 2);
        assert_eq!(booked[0].id, told_there[0].id);
        assert_eq!(booked[1].to.as_deref(), Some("Subaccount"));
    }

    #[test]
    fn the_access_log_tells_logins_and_changes_of_keys_apart() {
        let log = json!({"result": {"records_total": 3, "data": [
            {"id": 45, "timestamp": 1_575_876_682_576_i64, "result": "success", "ip": "198.51.100.9",
             "country": "NL", "city": "Amsterdam"},
            {"id": 46, "timestamp": 1_575_876_682_577_i64, "log": "new_api_key", "ip": "198.51.100.9",
             "country": "NL", "city": "Amsterdam", "data": "rkgaMqKm"},
            {"id": 47, "log": "disabled_tfa", "ip": "198.51.100.9"}
        ]}});
        let acts = told("access-log", &log, None);
        assert_eq!(acts[0].kind, ActKind::Session);
        assert_eq!(acts[0].words, "login from 198.51.100.9 Amsterdam, NL");
        assert_eq!(acts[1].kind, ActKind::Key);
        assert!(acts[1].words.starts_with("new api key of rkgaMqKm"));
        assert_eq!(acts[2].kind, ActKind::Session);
        assert_eq!(acts[2].status.as_deref(), Some("disabled_tfa"));
    }

    #[test]
    fn orders_tell_with_what_they_were_placed_and_refusals_tell_nothing() {
        let orders = json!({"result": [{
            "order_id": "ETH-331562", "order_state": "cancelled", "order_type": "limit",
            "instrument_name": "ETH-PERPETUAL", "direction": "sell", "amount": 37, "price": 118.94,
            "average_price": 0, "creation_timestamp": 1_550_219_810_944_i64, "api": false, "web": true,
            "label": ""
        }]});
        let order = &told("order-history", &orders, None)[0];
        assert_eq!(order.device.as_deref(), Some("website"));
        assert_eq!(order.words, "limit order: sell 37 ETH-PERPETUAL at 118.94");
        let refused = json!({"error": {"code": 13_021, "message": "forbidden"}});
        assert!(told("order-history", &refused, None).is_empty());
    }
}
