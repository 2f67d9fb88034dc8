//! Rows of a statement as acts.
//!
//! A fill is named by IBKR's execution id, as TWS and the Client Portal name it. Orders are not: a
//! statement's order number is neither TWS' lasting number nor the Client Portal's, so it is marked
//! as a statement's own, and is never taken for one of those.

use door::{Act, ActKind, Side, clean};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Stated, time, xml::Row};
use crate::account::mask;

/// An execution; `None` for sums and lots of others.
pub(super) fn fill(row: &Row) -> Option<Act> {
    if !matches!(row.get("levelOfDetail"), None | Some("EXECUTION")) {
        return None;
    }
    let mut act = traded(row, ActKind::Fill, fill_id(row), "dateTime");
    act.order = order_id(row);
    act.amount = amount_of(row, "netCash");
    act.realised = amount_of(row, "fifoPnlRealized");
    act.fee = fee(row, act.currency.as_deref());
    act.status = row
        .first(&["buySell"])
        .filter(|way| way.contains("Ca"))
        .map(|_| "Cancelled".to_owned());
    let verb = match (act.side, &act.status) {
        (Some(Side::Buy), None) => "bought",
        (Some(Side::Sell), None) => "sold",
        (Some(Side::Buy), Some(_)) => "cancelled: bought",
        (Some(Side::Sell), Some(_)) => "cancelled: sold",
        (None, _) => "traded",
    };
    act.words = words(row, &act, verb);
    Some(act)
}

/// An order that was executed. A statement has no other ones.
pub(super) fn order(row: &Row) -> Option<Act> {
    let mut act = traded(row, ActKind::Order, order_id(row)?, "orderTime");
    let verb = match act.side {
        Some(Side::Buy) => "order to buy",
        Some(Side::Sell) => "order to sell",
        None => "order",
    };
    act.status = Some("Filled".to_owned());
    act.words = words(row, &act, verb);
    Some(act)
}

/// Money that came, left, or was charged; `None` for interest, dividends and taxes, which nobody does.
pub(super) fn cash(row: &Row) -> Option<Act> {
    let kind = row.get("type")?;
    let moves = kind.contains("Deposit") || kind.contains("Withdrawal");
    let whole = row
        .get("levelOfDetail")
        .is_none_or(|level| level == "DETAIL");
    if !whole || !(moves || kind.contains("Fee")) {
        return None;
    }
    let about = row.get("description").unwrap_or_default();
    let words = format!("{}: {}", clean(kind), clean(about));
    let mut act = Act::new(ActKind::Transfer, transaction_id(row), words, place(row));
    act.at = moment_of(row, "dateTime");
    act.amount = amount_of(row, "amount");
    act.currency = row.get("currency").map(clean);
    act.fee = if moves {
        None
    } else {
        act.amount.take().map(|amount| -amount)
    };
    act.status = settled(row);
    Some(act)
}

/// Positions or cash that were moved between brokers or accounts.
pub(super) fn transfer(row: &Row) -> Option<Act> {
    let kind = row.get("type")?;
    let out = row.get("direction") == Some("OUT");
    let way = if out { "out" } else { "in" };
    let about = row.first(&["description", "symbol"]).unwrap_or_default();
    let words = format!("{} {way}: {}", clean(kind), clean(about));
    let mut act = Act::new(ActKind::Transfer, transaction_id(row), words, place(row));
    act.at = moment_of(row, "dateTime");
    act.instrument = row.get("symbol").map(clean);
    act.quantity = amount_of(row, "quantity").map(|quantity| quantity.abs());
    act.price = amount_of(row, "transferPrice").filter(|price| !price.is_zero());
    let moved = ["cashTransfer", "positionAmount"];
    let mut moved = moved.iter().filter_map(|name| amount_of(row, name));
    act.amount = moved
        .find(|amount| !amount.is_zero())
        .map(|amount| if out { -amount.abs() } else { amount.abs() });
    act.currency = row.get("currency").map(clean);
    let places = [
        row.first(&["company", "deliveringBroker"]),
        row.get("account"),
    ];
    let places: Vec<String> = places.into_iter().flatten().map(clean).collect();
    act.to = (out && !places.is_empty()).then(|| places.join(", "));
    act.status = settled(row);
    Some(act)
}

/// Says of each act which account it is about, where a statement is about several.
pub(super) fn name_accounts(acts: &mut [Stated<Act>]) {
    for told in acts {
        let account = mask(&told.account);
        told.what.words = format!("{} (account {account})", told.what.words);
    }
}

/// Where a row stands.
pub(super) fn place(row: &Row) -> String {
    format!("line {}", row.line)
}

/// A figure. IBKR parts thousands by commas.
pub(super) fn amount_of(row: &Row, name: &str) -> Option<Decimal> {
    number(row.get(name)?)
}

fn number(text: &str) -> Option<Decimal> {
    let text = text.replace(',', "");
    let exact = text.parse::<Decimal>();
    // as IBKR writes what is very small (`1.2E-5`)
    let number = exact.or_else(|_| Decimal::from_scientific(&text)).ok()?;
    Some(number.normalize())
}

/// What an execution and an order have in common.
fn traded(row: &Row, kind: ActKind, id: String, at: &str) -> Act {
    let mut act = Act::new(kind, id, "", place(row));
    act.at = moment_of(row, at).or_else(|| moment_of(row, "dateTime"));
    act.instrument = row.get("symbol").map(clean);
    act.side = row.get("buySell").and_then(|way| match way {
        way if way.starts_with("BUY") => Some(Side::Buy),
        way if way.starts_with("SELL") => Some(Side::Sell),
        _ => None,
    });
    act.quantity = amount_of(row, "quantity").map(|quantity| quantity.abs());
    act.multiplier = amount_of(row, "multiplier").filter(|of| !of.is_zero() && *of != Decimal::ONE);
    act.price = ["tradePrice", "price"]
        .iter()
        .find_map(|name| amount_of(row, name));
    act.currency = row.get("currency").map(clean);
    act.submitter = row.get("traderID").map(clean);
    let api = row.get("isAPIOrder");
    act.device = api
        .filter(|api| matches!(*api, "Y" | "Yes"))
        .map(|_| "an API client".to_owned());
    act
}

fn words(row: &Row, act: &Act, verb: &str) -> String {
    let mut words = verb.to_owned();
    let mut add = |part: String| {
        words.push(' ');
        words.push_str(&part);
    };
    if let Some(quantity) = act.quantity {
        add(quantity.to_string());
    }
    add(act.instrument.clone().unwrap_or_default());
    if let (Some(price), currency) = (act.price, act.currency.as_deref()) {
        add(format!("at {price} {}", currency.unwrap_or_default()));
    }
    if let Some(exchange) = row.get("exchange") {
        add(format!("on {}", clean(exchange)));
    }
    if let Some(order_type) = row.get("orderType") {
        add(format!("({})", clean(order_type)));
    }
    if let Some(reference) = row.get("orderReference") {
        add(format!("marked {}", clean(reference)));
    }
    if let (None, Some(day)) = (act.at, row.first(&["tradeDate", "dateTime"])) {
        add(format!("on {}", clean(day)));
    }
    if let Some((cost, currency)) = cost_elsewhere(row, act.currency.as_deref()) {
        add(format!("for {cost} {currency}"));
    }
    clean(&words)
}

/// Commission and taxes: costs are below zero in a statement, and not in an act.
fn fee(row: &Row, currency: Option<&str>) -> Option<Decimal> {
    let cost = cost(row)?;
    let same = cost_currency(row).is_none_or(|own| Some(own) == currency);
    same.then_some(cost)
}

/// A cost in another currency than the price: an act has one currency only.
fn cost_elsewhere<'a>(row: &'a Row, currency: Option<&str>) -> Option<(Decimal, &'a str)> {
    let own = cost_currency(row).filter(|own| Some(*own) != currency)?;
    Some((cost(row)?, own))
}

fn cost(row: &Row) -> Option<Decimal> {
    let of = |names: [&str; 2]| names.iter().find_map(|name| amount_of(row, name));
    let commission = of(["ibCommission", "commission"])?;
    let taxes = of(["taxes", "tax"]).unwrap_or_default();
    Some(-(commission + taxes))
}

fn cost_currency(row: &Row) -> Option<&str> {
    row.first(&["ibCommissionCurrency", "commissionCurrency"])
}

fn fill_id(row: &Row) -> String {
    if let Some(id) = row.first(&["ibExecID", "execID"]) {
        return clean(id);
    }
    for (name, mark) in [("transactionID", "transaction"), ("tradeID", "trade")] {
        if let Some(id) = row.get(name) {
            return format!("{mark}:{}", clean(id));
        }
    }
    described(row)
}

fn order_id(row: &Row) -> Option<String> {
    let id = row.first(&["ibOrderID", "orderID"])?;
    Some(format!("statement-order:{}", clean(id)))
}

fn transaction_id(row: &Row) -> String {
    match row.get("transactionID") {
        Some(id) => format!("transaction:{}", clean(id)),
        None => described(row),
    }
}

/// The name of a row that has none: what it says, which is the same in each statement.
fn described(row: &Row) -> String {
    let parts = [
        "accountId",
        "dateTime",
        "tradeDate",
        "date",
        "symbol",
        "type",
        "quantity",
        "amount",
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter_map(|name| row.get(name))
        .map(clean)
        .collect();
    format!("row:{}", parts.join("/"))
}

fn moment_of(row: &Row, name: &str) -> Option<Timestamp> {
    let told = row.get(name).and_then(time::moment);
    told.or_else(|| {
        let (date, clock) = (row.get("tradeDate")?, row.get("tradeTime")?);
        time::joined(date, clock)
    })
}

fn settled(row: &Row) -> Option<String> {
    let day = row.get("settleDate").and_then(time::date)?;
    Some(format!("settles on {day}"))
}
