//! From futures' JSON to our values.
//!
//! A row that lacks what containment needs makes the whole listing malformed: leaving it out would
//! be the lie that an order is gone.

use door::{DoorError, Family, Fill, OpenOrder, OrderKey, Position, Side, clean};
use jiff::Timestamp;
use serde_json::Value;

use super::{FUTURES, TRIGGERS};
use crate::kraken::{
    errors::{Failure, malformed},
    json::{list, maybe_number, maybe_text, number, rfc3339, table, text},
};

/// An answer of `/derivatives`, or what Kraken said instead.
pub(super) fn result(answer: &Value) -> Result<&Value, Failure> {
    match answer.get("result").and_then(Value::as_str) {
        Some("success") => Ok(answer),
        Some("error") => Err(Failure::futures(complaint(answer).unwrap_or("error"))),
        Some(_) | None => Err(malformed("neither a success nor an error").into()),
    }
}

/// An answer of `/api/auth` or `/api/history`, which says so only when it is an error.
pub(super) fn plain(answer: &Value) -> Result<&Value, Failure> {
    match complaint(answer) {
        Some(words) => Err(Failure::futures(words)),
        None if answer.is_object() => Ok(answer),
        None => Err(malformed("no table").into()),
    }
}

fn complaint(answer: &Value) -> Option<&str> {
    answer
        .get("error")
        .or_else(|| answer.get("errors").and_then(|errors| errors.get(0)))
        .and_then(Value::as_str)
}

/// `{openOrders: [...]}`: plain orders and untriggered ones in one listing.
pub(super) fn orders(answer: &Value) -> Result<Vec<OpenOrder>, DoorError> {
    list(answer.get("openOrders"), "open orders")?
        .iter()
        .map(listed)
        .collect()
}

fn listed(row: &Value) -> Result<OpenOrder, DoorError> {
    let kind = text(row, "orderType")?;
    let trigger = maybe_number(row, "stopPrice")?;
    let is_stop = matches!(kind, "stp" | "stop" | "trailing_stop");
    let waits = is_stop
        || kind.starts_with("take_profit")
        || trigger.is_some()
        || maybe_text(row, "triggerSignal")?.is_some();
    let filled = number(row, "filledSize")?;
    let quantity = number(row, "unfilledSize")?
        .checked_add(filled)
        .ok_or_else(|| malformed("a size without end"))?;
    let limit = maybe_number(row, "limitPrice")?;
    Ok(OpenOrder {
        key: OrderKey(order_id(text(row, "order_id")?)?),
        family: Family::new(if waits { TRIGGERS } else { FUTURES }),
        instrument: clean(text(row, "symbol")?),
        side: side(row)?,
        quantity,
        filled,
        order_type: clean(kind),
        // what takes a profit waits for a price with the position, and is no stop
        limit: if waits && !is_stop {
            limit.or(trigger)
        } else {
            limit
        },
        stop: if is_stop { trigger } else { None },
        status: clean(text(row, "status")?),
        submitter: None,
        placed_at: rfc3339(row, "receivedTime")?,
    })
}

/// An order's id goes back to Kraken in a form, and onto a screen.
fn order_id(id: &str) -> Result<String, DoorError> {
    let good = !id.is_empty()
        && id.len() <= 64
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good {
        Ok(id.to_owned())
    } else {
        Err(malformed("an order without id"))
    }
}

fn side(row: &Value) -> Result<Side, DoorError> {
    match text(row, "side")? {
        "buy" | "long" => Ok(Side::Buy),
        "sell" | "short" => Ok(Side::Sell),
        _ => Err(malformed("neither buy nor sell")),
    }
}

/// A page of fills, newest first.
pub(super) fn fills(answer: &Value) -> Result<Vec<Fill>, DoorError> {
    list(answer.get("fills"), "fills")?
        .iter()
        .map(|row| {
            Ok(Fill {
                id: clean(text(row, "fill_id")?),
                order: Some(OrderKey(order_id(text(row, "order_id")?)?)),
                instrument: clean(text(row, "symbol")?),
                side: side(row)?,
                quantity: number(row, "size")?,
                price: number(row, "price")?,
                at: rfc3339(row, "fillTime")?,
                submitter: None,
            })
        })
        .collect()
}

/// `{openPositions: [...]}`.
pub(super) fn positions(answer: &Value) -> Result<Vec<Position>, DoorError> {
    list(answer.get("openPositions"), "open positions")?
        .iter()
        .map(|row| {
            let size = number(row, "size")?;
            Ok(Position {
                instrument: clean(text(row, "symbol")?),
                quantity: match side(row)? {
                    Side::Buy => size,
                    Side::Sell => -size,
                },
                average_cost: maybe_number(row, "price")?,
            })
        })
        .filter(|position| position.as_ref().map_or(true, |it| !it.quantity.is_zero()))
        .collect()
}

/// Balances of every wallet, as names and values.
pub(super) fn balances(answer: &Value) -> Result<Vec<(String, String)>, DoorError> {
    let mut facts = Vec::new();
    for (wallet, row) in table(answer.get("accounts"), "wallets")? {
        if let Some(balances) = row.get("balances") {
            for (asset, held) in table(Some(balances), "balances")? {
                let held = match held {
                    Value::String(held) => clean(held),
                    Value::Number(held) => held.to_string(),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                        return Err(malformed("a balance that is no number"));
                    }
                };
                facts.push((clean(&format!("balance {wallet} {asset}")), held));
            }
        }
        if let Some(currencies) = row.get("currencies") {
            for (asset, held) in table(Some(currencies), "currencies")? {
                let held = number(held, "quantity")?;
                facts.push((
                    clean(&format!("balance {wallet} {asset}")),
                    held.to_string(),
                ));
            }
        }
    }
    Ok(facts)
}

/// How many orders a cancel of all was taken for.
pub(super) fn cancelled(answer: &Value) -> Result<String, DoorError> {
    let status = answer
        .get("cancelStatus")
        .ok_or_else(|| malformed("a cancel without a status"))?;
    let word = clean(text(status, "status")?);
    Ok(
        match status.get("cancelledOrders").and_then(Value::as_array) {
            Some(orders) => format!("{word}, {} orders", orders.len()),
            None => word,
        },
    )
}

/// What the venue says of the key that asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct KeyInfo {
    pub(super) general: Access,
    pub(super) transfer: Access,
    pub(super) created: Option<Timestamp>,
    pub(super) addresses: Vec<String>,
}

/// How far a key reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    None,
    Read,
    Full,
    /// A word that is not documented.
    Unknown,
}

impl Access {
    /// For a person.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::None => "no access",
            Self::Read => "read only",
            Self::Full => "full access",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer of `api-keys/v3/check`.
pub(super) fn key_info(answer: &Value) -> Result<KeyInfo, DoorError> {
    let rights = answer
        .get("permissions")
        .ok_or_else(|| malformed("a key without permissions"))?;
    let access = |name| {
        Ok::<_, DoorError>(match text(rights, name)? {
            "NO_ACCESS" => Access::None,
            "READ_ONLY" => Access::Read,
            "FULL_ACCESS" => Access::Full,
            _ => Access::Unknown,
        })
    };
    let mut addresses = Vec::new();
    if let Some(blocks) = answer.get("allowedCidrBlocks").filter(|it| !it.is_null()) {
        for block in list(Some(blocks), "addresses")? {
            addresses.push(clean(
                block.as_str().ok_or_else(|| malformed("no address"))?,
            ));
        }
    }
    if let Some(block) = maybe_text(answer, "allowedCidrBlock")?
        && addresses.iter().all(|known| known != block)
    {
        addresses.push(clean(block));
    }
    Ok(KeyInfo {
        general: access("general")?,
        transfer: access("transfer")?,
        created: rfc3339(answer, "createdAt")?,
        addresses,
    })
}

#[cfg(test)]
mod tests;
