//! What spot's answers tell of acts (docs.kraken.com, account data and funding).

use door::{Act, ActKind, clean};
use serde_json::Value;

use super::wire::{masked, pair};
use crate::acts::{Row, deal, rows};

/// Kinds of ledger entries whose act another answer tells: the trades do.
const OF_TRADES: [&str; 4] = ["trade", "margin", "rollover", "settled"];
/// The money that a pair is priced in, the longer name first: some end like others.
const QUOTES: [&str; 22] = [
    "RLUSD", "USDT", "USDC", "USDG", "USDQ", "USDR", "EURC", "EURQ", "EURR", "XXBT", "XETH", "USD",
    "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "AED", "DAI", "XBT", "ETH",
];

/// The acts in the answer that is kept under `label`, by their places in it.
pub(super) fn told(label: &str, answer: &Value) -> Vec<Act> {
    let each = |pointers: &[&str], act: fn(&Row<'_>) -> Option<Act>| {
        let rows = pointers.iter().flat_map(|pointer| rows(answer, pointer));
        rows.filter_map(|row| act(&row)).collect()
    };
    match label {
        "open-orders" => each(&["/result/open"], order),
        "closed-orders" => each(&["/result/closed"], order),
        "trades" => each(&["/result/trades"], |row| Some(trade(row))),
        "ledger" => each(&["/result/ledger"], ledger_entry),
        // a bare list where no cursor was asked for
        "withdrawals" => each(
            &lists(answer, &["/result/withdrawals", "/result/withdrawal"]),
            withdrawal,
        ),
        "deposits" => each(
            &lists(answer, &["/result/deposits", "/result/deposit"]),
            deposit,
        ),
        "withdrawal-addresses" => each(&lists(answer, &["/result/addresses"]), address),
        "key-info" => Vec::from_iter(key(answer)),
        _ => Vec::new(),
    }
}

fn lists<'a>(answer: &Value, named: &[&'a str]) -> Vec<&'a str> {
    if answer.pointer("/result").is_some_and(Value::is_array) {
        vec!["/result"]
    } else {
        named.to_vec()
    }
}

fn order(row: &Row<'_>) -> Option<Act> {
    let description = Row {
        name: String::new(),
        place: String::new(),
        value: row.value.get("descr")?,
    };
    let mut act = row.act(ActKind::Order, row.name.clone());
    act.at = row.seconds("opentm");
    act.status = row.word("status");
    act.instrument = description.word("pair").map(|name| pair(&name));
    act.side = description.side("type");
    act.quantity = row.amount("vol");
    // what it filled at, else what it asked for
    act.price = row
        .amount_but_zero("price")
        .or_else(|| description.amount_but_zero("price"));
    act.currency = act.instrument.as_deref().and_then(quote);
    let kind = description.word("ordertype").unwrap_or_default();
    let reason = row
        .word("reason")
        .map_or_else(String::new, |reason| format!(", ended: {reason}"));
    let reference = row
        .word("cl_ord_id")
        .map_or_else(String::new, |id| format!(", reference {id}"));
    act.words = clean(&format!("{kind} order: {}{reference}{reason}", deal(&act)));
    Some(act)
}

fn trade(row: &Row<'_>) -> Act {
    let mut act = row.act(ActKind::Fill, row.name.clone());
    act.at = row.seconds("time");
    act.order = row.word("ordertxid");
    act.instrument = row.word("pair").map(|name| pair(&name));
    act.side = row.side("type");
    act.quantity = row.amount("vol");
    act.price = row.amount("price");
    act.fee = row.amount("fee");
    // told of the part of a margin position that it closed
    act.realised = row.amount("net");
    act.currency = act.instrument.as_deref().and_then(quote);
    act.words = clean(&deal(&act));
    act
}

fn ledger_entry(row: &Row<'_>) -> Option<Act> {
    let kind = row.word("type")?;
    if OF_TRADES.contains(&kind.as_str()) {
        return None;
    }
    let amount = row.amount("amount")?;
    // the funding answers name the same movement by the reference; what comes back has it too
    let is_told_there = kind == "deposit" || (kind == "withdrawal" && amount.is_sign_negative());
    let id = if is_told_there {
        row.word("refid")?
    } else {
        row.name.clone()
    };
    let mut act = row.act(ActKind::Transfer, id);
    act.at = row.seconds("time");
    act.instrument = row.word("asset");
    act.currency.clone_from(&act.instrument);
    act.quantity = Some(amount.abs());
    act.amount = Some(amount);
    act.fee = row.amount("fee");
    let asset = act.instrument.as_deref().unwrap_or_default();
    act.words = clean(&format!("{kind} of {} {asset}", amount.abs().normalize()));
    Some(act)
}

fn withdrawal(row: &Row<'_>) -> Option<Act> {
    let mut act = movement(row, "withdrawal")?;
    act.amount = act.quantity.map(|amount| -amount);
    let target = row.word("info").or_else(|| row.word("key"));
    let words = target
        .as_deref()
        .map_or_else(String::new, |target| format!(" to {}", masked(target)));
    act.words = clean(&format!("{}{words}", act.words));
    act.to = target;
    Some(act)
}

fn deposit(row: &Row<'_>) -> Option<Act> {
    let mut act = movement(row, "deposit")?;
    act.amount = act.quantity;
    Some(act)
}

fn movement(row: &Row<'_>, kind: &str) -> Option<Act> {
    let mut act = row.act(ActKind::Transfer, row.word("refid")?);
    act.at = row.seconds("time");
    act.status = match row.word("status-prop") {
        Some(more) => row.word("status").map(|status| format!("{status}, {more}")),
        None => row.word("status"),
    };
    act.instrument = row.word("asset");
    act.currency.clone_from(&act.instrument);
    act.quantity = row.amount("amount");
    act.fee = row.amount("fee");
    let amount = act.quantity.map(|amount| amount.normalize().to_string());
    act.words = clean(&format!(
        "{kind} of {} {}",
        amount.unwrap_or_default(),
        act.instrument.as_deref().unwrap_or_default()
    ));
    Some(act)
}

fn address(row: &Row<'_>) -> Option<Act> {
    let (asset, address) = (row.word("asset")?, row.word("address")?);
    let mut act = row.act(ActKind::Address, format!("{asset}:{address}"));
    act.instrument = Some(asset.clone());
    act.status = row
        .flag("verified")
        .map(|verified| if verified { "verified" } else { "not verified" }.to_owned());
    let name = row.word("key").unwrap_or_default();
    act.words = clean(&format!(
        "withdrawal address {name} for {asset}: {}",
        masked(&address)
    ));
    act.to = Some(address);
    Some(act)
}

/// The key that asks. Kraken lists no other.
fn key(answer: &Value) -> Option<Act> {
    let row = Row {
        name: String::new(),
        place: "/result".to_owned(),
        value: answer.pointer("/result")?,
    };
    let name = row.word("apiKeyName")?;
    let mut act = row.act(ActKind::Key, format!("key:{name}"));
    act.at = row.seconds("createdTime");
    let from = row
        .list("ipAllowlist")
        .unwrap_or_else(|| "everywhere".to_owned());
    let mut words = format!(
        "API key {name}: {}; works from {from}",
        row.list("permissions").unwrap_or_default()
    );
    for (what, field) in [("changed", "modifiedTime"), ("last used", "lastUsed")] {
        if let Some(at) = row.seconds(field) {
            words = format!("{words}; {what} {at:.0}");
        }
    }
    act.words = clean(&words);
    Some(act)
}

fn quote(pair: &str) -> Option<String> {
    let quote = QUOTES
        .iter()
        .find(|quote| pair.len() > quote.len() && pair.ends_with(**quote))?;
    Some((*quote).to_owned())
}

#[cfg(test)]
mod tests {
    use door::Side;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;

    /// Kraken's own examples, shortened.
    #[test]
    fn an_order_and_its_trade_are_told_with_one_anothers_names() {
        let closed = json!({"error": [], "result": {"count": 1, "closed": {"O37652-RJWRT-IMO74O": {
            "status": "canceled", "reason": "User requested", "opentm": 1_688_148_493.5,
            "closetm": 1_688_148_610.25, "cl_ord_id": "bot-7", "descr": {
                "pair": "XBTUSD", "type": "buy", "ordertype": "stop-loss-limit", "price": "27500.0",
                "price2": "27400", "leverage": "none"
            }, "vol": "1.25000000", "vol_exec": "0.00000000", "price": "0.00000", "fee": "0"
        }}}});
        let order = &told("closed-orders", &closed)[0];
        assert_eq!(order.id, "O37652-RJWRT-IMO74O");
        assert_eq!(order.status.as_deref(), Some("canceled"));
        assert_eq!(order.price, Some(Decimal::from(27500)));
        assert_eq!(order.currency.as_deref(), Some("USD"));
        assert_eq!(
            order.words,
            "stop-loss-limit order: buy 1.25 XBTUSD at 27500, reference bot-7, ended: User requested"
        );
        let trades = json!({"error": [], "result": {"trades": {"THVRQM-33VKH-UCI7BS": {
            "ordertxid": "O37652-RJWRT-IMO74O", "pair": "XXBTZUSD", "time": 1_688_667_796.75,
            "type": "sell", "price": "30010.00000", "cost": "600.20000", "fee": "0.0000100001",
            "vol": "0.02000000"
        }}}});
        let trade = &told("trades", &trades)[0];
        assert_eq!(trade.order.as_deref(), Some("O37652-RJWRT-IMO74O"));
        assert_eq!(trade.instrument.as_deref(), Some("XBTUSD"));
        assert_eq!(trade.side, Some(Side::Sell));
        assert_eq!(trade.fee, Some(Decimal::new(100_001, 10)));
        assert_eq!(trades.pointer(&trade.place).unwrap()["vol"], "0.02000000");
    }

    #[test]
    fn a_withdrawal_has_one_name_in_both_answers_and_what_came_back_has_another() {
        let status = json!({"result": {"withdrawals": [{
            "asset": "XXBT", "refid": "FTQcuak-V6Za8qrWnhzTx67yYHz8Tg", "info": "mzp6yUVMRxfasyfwzTZjjy38dHqMX7Z3GR",
            "amount": "0.72485000", "fee": "0.00020000", "time": 1_688_014_586, "status": "Pending",
            "status-prop": "cancel-pending"
        }]}});
        let ledger = json!({"result": {"ledger": {
            "L4UESK-KG3EQ-UFO4T5": {"refid": "FTQcuak-V6Za8qrWnhzTx67yYHz8Tg", "time": 1_688_014_586,
                "type": "withdrawal", "asset": "XXBT", "amount": "-0.72485000", "fee": "0.00020000"},
            "L4UESK-KG3EQ-UFO4T6": {"refid": "FTQcuak-V6Za8qrWnhzTx67yYHz8Tg", "time": 1_688_014_999,
                "type": "withdrawal", "asset": "XXBT", "amount": "0.72485000", "fee": "-0.0002"},
            "LMKZCZ-Z3GVL-CXKK4H": {"refid": "TBZIP2-F6QOU-TMB6FY", "type": "trade",
                "asset": "ZUSD", "amount": "100", "fee": "0"},
            "LTRANS-Z3GVL-CXKK4H": {"refid": "BTRANS", "type": "transfer", "asset": "ZUSD",
                "amount": "-5", "fee": "0"}
        }}});
        let asked = &told("withdrawals", &status)[0];
        assert_eq!(asked.amount, Some(Decimal::new(-72485, 5)));
        assert_eq!(asked.status.as_deref(), Some("Pending, cancel-pending"));
        assert!(asked.words.ends_with("to mzp6…Z3GR"), "{}", asked.words);
        let booked = told("ledger", &ledger);
        let ids: Vec<_> = booked.iter().map(|act| act.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                asked.id.as_str(),
                "L4UESK-KG3EQ-UFO4T6",
                "LTRANS-Z3GVL-CXKK4H"
            ]
        );
        assert_eq!(booked[0].amount, asked.amount);
    }

    #[test]
    fn a_pair_is_priced_in_the_longest_money_that_it_ends_with() {
        assert_eq!(quote("XBTUSD").as_deref(), Some("USD"));
        assert_eq!(quote("XRPRLUSD").as_deref(), Some("RLUSD"));
        assert_eq!(quote("ETHXBT").as_deref(), Some("XBT"));
        assert_eq!(quote("USD"), None);
        assert_eq!(quote("FOOBAR"), None);
    }

    #[test]
    fn addresses_and_the_key_are_told_and_errors_tell_nothing() {
        let addresses = json!({"result": [{"address": "bc1qxdsh4sdd29h6ldehz0se5c61asq8cgwyjf2y3z",
            "asset": "XBT", "method": "Bitcoin", "key": "btc-wallet-1", "verified": true}]});
        let address = &told("withdrawal-addresses", &addresses)[0];
        assert_eq!(address.id, "XBT:bc1qxdsh4sdd29h6ldehz0se5c61asq8cgwyjf2y3z");
        let key = json!({"result": {"apiKeyName": "panic", "apiKey": "withheld",
            "permissions": ["query-funds"], "createdTime": "1700000000", "ipAllowlist": []}});
        let key = &told("key-info", &key)[0];
        assert_eq!(key.id, "key:panic");
        assert!(key.words.contains("everywhere"), "{}", key.words);
        assert!(told("trades", &json!({"error": ["EAPI:Invalid key"]})).is_empty());
        assert!(told("trades", &json!("<html>")).is_empty());
    }
}
