//! From spot's JSON to our values.
//!
//! A row that lacks what containment needs makes the whole listing malformed: leaving it out would
//! be the lie that an order is gone.

use std::collections::BTreeMap;

use door::{DoorError, Family, Fill, OpenOrder, OrderKey, Position, Side, clean};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{CONDITIONAL, MARGIN, SPOT};
use crate::kraken::{
    errors::{Failure, malformed},
    json::{decimal, list, maybe_number, maybe_text, number, seconds, table, text},
};

/// What is in an answer, or what Kraken said instead. A warning (`W...`) stands beside a result.
pub(super) fn result(answer: &Value) -> Result<&Value, Failure> {
    let said = list(answer.get("error"), "errors")?
        .iter()
        .map(|entry| {
            entry
                .as_str()
                .ok_or_else(|| malformed("an error that is no text"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(words) = said.iter().find(|words| !words.starts_with('W')) {
        return Err(Failure::spot(words));
    }
    answer
        .get("result")
        .filter(|result| !result.is_null())
        .ok_or_else(|| malformed("neither a result nor an error").into())
}

/// An open order, and what decides whether it protects something.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Listed {
    pub(super) order: OpenOrder,
    pub(super) margin: bool,
    stop: bool,
}

impl Listed {
    /// Whether this is a stop that closes one of `positions`, or, without margin, one that sells
    /// what the account holds: without margin nothing else can be sold.
    pub(super) fn protects(&self, positions: &[Position]) -> bool {
        self.stop
            && if self.margin {
                positions.iter().any(|position| {
                    position.instrument == self.order.instrument
                        && match self.order.side {
                            Side::Sell => position.quantity > Decimal::ZERO,
                            Side::Buy => position.quantity < Decimal::ZERO,
                        }
                })
            } else {
                self.order.side == Side::Sell
            }
    }
}

/// `{open: {txid: {...}}}`: orders of every family in one listing, the untriggered ones too.
pub(super) fn orders(result: &Value) -> Result<Vec<Listed>, DoorError> {
    table(result.get("open"), "open orders")?
        .iter()
        .filter(|(_, row)| !ended(row))
        .map(|(id, row)| listed(id, row))
        .collect()
}

/// A word that nobody knows is not taken for the end.
fn ended(row: &Value) -> bool {
    matches!(
        row.get("status").and_then(Value::as_str),
        Some("closed" | "canceled" | "expired")
    )
}

fn listed(id: &str, row: &Value) -> Result<Listed, DoorError> {
    let description = row
        .get("descr")
        .ok_or_else(|| malformed("an order without description"))?;
    let kind = text(description, "ordertype")?;
    let first = maybe_text(description, "price")?;
    let second = maybe_text(description, "price2")?;
    let touched = maybe_number(row, "stopprice")?.filter(|price| !price.is_zero());
    let (stop, waits) = match kind {
        "stop-loss" | "stop-loss-limit" | "trailing-stop" | "trailing-stop-limit" => (true, true),
        "take-profit" | "take-profit-limit" => (false, true),
        "market" | "limit" | "iceberg" | "settle-position" => (false, false),
        // a type that is not documented is conditional if it has a trigger
        _ => (false, touched.is_some()),
    };
    let trigger = if stop {
        touched.or_else(|| first.and_then(price))
    } else {
        None
    };
    let limit = match kind {
        "limit" | "iceberg" => first.and_then(price),
        "stop-loss-limit" | "take-profit-limit" | "trailing-stop-limit" => second.and_then(price),
        "take-profit" => touched.or_else(|| first.and_then(price)),
        _ => None,
    };
    let leverage = maybe_text(description, "leverage")?;
    let margin = row.get("margin").and_then(Value::as_bool) == Some(true)
        || leverage.is_some_and(|leverage| leverage != "none" && !leverage.is_empty());
    let family = if waits {
        CONDITIONAL
    } else if margin {
        MARGIN
    } else {
        SPOT
    };
    Ok(Listed {
        order: OpenOrder {
            key: OrderKey(order_id(id)?),
            family: Family::new(family),
            instrument: pair(text(description, "pair")?),
            side: side(description)?,
            quantity: number(row, "vol")?,
            filled: number(row, "vol_exec")?,
            order_type: clean(kind),
            limit,
            stop: trigger,
            status: clean(text(row, "status")?),
            submitter: None,
            placed_at: seconds(row, "opentm")?,
        },
        margin,
        stop,
    })
}

/// A transaction id goes back to Kraken in a form, and onto a screen.
fn order_id(id: &str) -> Result<String, DoorError> {
    let good = !id.is_empty()
        && id.len() <= 40
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good {
        Ok(id.to_owned())
    } else {
        Err(malformed("an order without transaction id"))
    }
}

fn side(row: &Value) -> Result<Side, DoorError> {
    match text(row, "type")? {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(malformed("neither buy nor sell")),
    }
}

/// A price above zero; one that follows by an amount (`+5.0000%`) gives the amount.
fn price(written: &str) -> Option<Decimal> {
    let digits = written
        .trim()
        .trim_start_matches(['+', '-', '#'])
        .trim_end_matches('%');
    decimal(digits).filter(|price| *price > Decimal::ZERO)
}

/// The short name of a pair. Orders tell it short (`XBTUSD`), trades and positions tell the same
/// pair with the class letters of its two old assets (`XXBTZUSD`).
pub(super) fn pair(name: &str) -> String {
    let name = clean(name);
    let letters = name.as_bytes();
    let classed = |at: usize| {
        letters
            .get(at)
            .is_some_and(|byte| matches!(byte, b'X' | b'Z'))
    };
    match name.as_str() {
        _ if name.len() != 8 || !name.is_ascii() => name,
        _ if classed(0) && classed(4) => format!("{}{}", &name[1..4], &name[5..]),
        // only the quote is an old one
        _ if matches!(
            &name[4..],
            "ZUSD" | "ZEUR" | "ZGBP" | "ZJPY" | "ZCAD" | "ZAUD"
        ) =>
        {
            format!("{}{}", &name[..4], &name[5..])
        }
        _ => name,
    }
}

/// A row of the trades.
pub(super) fn fill(id: &str, row: &Value) -> Result<Fill, DoorError> {
    Ok(Fill {
        id: clean(id),
        order: Some(OrderKey(order_id(text(row, "ordertxid")?)?)),
        instrument: pair(text(row, "pair")?),
        side: side(row)?,
        quantity: number(row, "vol")?,
        price: number(row, "price")?,
        at: seconds(row, "time")?,
        submitter: None,
    })
}

/// How many rows a list has in all its pages.
pub(super) fn count(result: &Value) -> Result<usize, DoorError> {
    result
        .get("count")
        .and_then(Value::as_u64)
        .and_then(|count| usize::try_from(count).ok())
        .ok_or_else(|| malformed("no count of rows"))
}

/// What is held on margin, a row a pair. Kraken lists each opening trade apart.
pub(super) fn positions(result: &Value) -> Result<Vec<Position>, DoorError> {
    let rows = result
        .as_object()
        .ok_or_else(|| malformed("no table of positions"))?;
    let mut held: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for row in rows.values() {
        let volume = number(row, "vol")?;
        let left = volume - maybe_number(row, "vol_closed")?.unwrap_or_default();
        let signed = match side(row)? {
            Side::Buy => left,
            Side::Sell => -left,
        };
        let cost = maybe_number(row, "cost")?.unwrap_or_default();
        let share = if volume.is_zero() {
            Decimal::ZERO
        } else {
            cost * left / volume
        };
        let sum = held.entry(pair(text(row, "pair")?)).or_default();
        sum.0 += signed;
        sum.1 += share;
    }
    Ok(held
        .into_iter()
        .filter(|(_, (quantity, _))| !quantity.is_zero())
        .map(|(instrument, (quantity, cost))| Position {
            instrument,
            quantity,
            average_cost: cost
                .checked_div(quantity.abs())
                .filter(|cost| !cost.is_zero())
                .map(|cost| cost.round_dp(8)),
        })
        .collect())
}

/// A withdrawal, as far as stopping it needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Withdrawal {
    pub(super) id: String,
    pub(super) asset: String,
    /// Amount, asset and target, masked.
    pub(super) label: String,
    pub(super) requested: Option<Timestamp>,
    pub(super) stands: Stands,
}

/// Where a withdrawal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stands {
    /// It can still leave. A cancel that is only pending leaves it here.
    Pending,
    /// It has left.
    Sent,
    /// It will not leave.
    Stopped,
}

/// A page of withdrawals, and the cursor of the next.
pub(super) fn withdrawals(result: &Value) -> Result<(Vec<Withdrawal>, Option<String>), DoorError> {
    let (rows, next) = page(result, "withdrawals")?;
    let withdrawals = rows.iter().map(withdrawal).collect::<Result<_, _>>()?;
    Ok((withdrawals, next))
}

/// The rows of a page, and the cursor of the next. Without a cursor asked for it is a bare list.
pub(super) fn page<'a>(
    result: &'a Value,
    what: &str,
) -> Result<(&'a [Value], Option<String>), DoorError> {
    if let Some(rows) = result.as_array() {
        return Ok((rows, None));
    }
    // Kraken's documents call the field by the singular, clients by the plural
    let rows = result
        .get(what)
        .or_else(|| result.get(what.trim_end_matches('s')));
    let next = maybe_text(result, "next_cursor")?.filter(|cursor| !cursor.is_empty());
    Ok((list(rows, what)?, next.map(str::to_owned)))
}

fn withdrawal(row: &Value) -> Result<Withdrawal, DoorError> {
    let status = text(row, "status")?;
    let more = maybe_text(row, "status-prop")?.unwrap_or_default();
    let stands = match (status, more) {
        (_, "canceled") | ("Failure", _) => Stands::Stopped,
        ("Success" | "Settled", _) => Stands::Sent,
        // what nobody knows may still leave
        _ => Stands::Pending,
    };
    let asset = clean(text(row, "asset")?);
    let amount = number(row, "amount")?;
    let target = maybe_text(row, "info")?
        .or(maybe_text(row, "key")?)
        .unwrap_or_default();
    Ok(Withdrawal {
        id: clean(text(row, "refid")?),
        label: format!("{amount} {asset} to {}", masked(target)),
        asset,
        requested: seconds(row, "time")?,
        stands,
    })
}

/// The ends of an address: enough to compare, too little to use.
pub(super) fn masked(address: &str) -> String {
    let letters: Vec<char> = clean(address).chars().collect();
    match letters.len() {
        0 => "a target that Kraken does not tell".to_owned(),
        1..=8 => "…".to_owned(),
        length => {
            let head: String = letters[..4].iter().collect();
            let tail: String = letters[length - 4..].iter().collect();
            format!("{head}…{tail}")
        }
    }
}

/// What the venue says of the key that asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct KeyInfo {
    pub(super) name: String,
    pub(super) rights: Vec<String>,
    pub(super) addresses: Vec<String>,
    pub(super) created: Option<Timestamp>,
    pub(super) modified: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) last_used: Option<Timestamp>,
    /// From when on it may read history.
    pub(super) reads_from: Option<Timestamp>,
    /// The highest nonce that Kraken took from this key.
    pub(super) nonce: Option<u64>,
}

impl KeyInfo {
    /// Whether it has a right, by Kraken's name of it (`withdraw-funds`).
    pub(super) fn may(&self, right: &str) -> bool {
        self.rights.iter().any(|it| it == right)
    }
}

/// The answer of `GetApiKeyInfo`.
pub(super) fn key_info(result: &Value) -> Result<KeyInfo, DoorError> {
    let texts = |name: &str| {
        list(result.get(name), name)?
            .iter()
            .map(|it| it.as_str().map(clean).ok_or_else(|| malformed(name)))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(KeyInfo {
        name: clean(text(result, "apiKeyName")?),
        rights: texts("permissions")?,
        addresses: if result.get("ipAllowlist").is_some() {
            texts("ipAllowlist")?
        } else {
            Vec::new()
        },
        created: seconds(result, "createdTime")?,
        modified: seconds(result, "modifiedTime")?,
        expires: seconds(result, "validUntil")?,
        last_used: seconds(result, "lastUsed")?,
        reads_from: seconds(result, "queryFrom")?,
        nonce: maybe_number(result, "nonce")?.and_then(|nonce| u64::try_from(nonce).ok()),
    })
}

#[cfg(test)]
mod tests;
