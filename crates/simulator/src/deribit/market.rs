//! What is traded, as far as clients need it before they can do anything else
//! (docs.deribit.com/api-reference/market-data).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Api,
    rpc::{Call, Refusal, amount},
};
use crate::world::{Instrument, World};

/// An instrument: number, name, [`Instrument::sec_type`], currency of its margin, base and quote.
type Row = (
    i32,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const INSTRUMENTS: [Row; 6] = [
    (520_001, "BTC-PERPETUAL", "PERP", "BTC", "BTC", "USD"),
    (520_002, "ETH-PERPETUAL", "PERP", "ETH", "ETH", "USD"),
    (520_003, "BTC-25DEC26", "FUT", "BTC", "BTC", "USD"),
    (520_004, "BTC-25DEC26-100000-C", "OPT", "BTC", "BTC", "BTC"),
    (520_005, "SOL_USDC-PERPETUAL", "PERP", "USDC", "SOL", "USDC"),
    (520_006, "ETH_USDC", "SPOT", "USDC", "ETH", "USDC"),
];

/// Currencies that exist there.
pub(super) const CURRENCIES: [&str; 5] = ["BTC", "ETH", "USDC", "USDT", "EURR"];

/// 25 December 2026, 08:00 UTC, in milliseconds.
const EXPIRY: i64 = 1_798_185_600_000;
/// The expiry that perpetuals and spot pairs tell.
const NEVER: i64 = 32_503_708_800_000;

pub(super) fn currencies() -> Value {
    let rows = CURRENCIES.into_iter().map(|currency| {
        json!({
            "coin_type": if currency == "BTC" { "BITCOIN" } else { "ETHER" },
            "currency": currency,
            "currency_long": currency,
            "decimals": 8,
            "in_cross_collateral_pool": true,
            "min_confirmations": 1,
            "withdrawal_fee": 0.0001,
        })
    });
    Value::Array(rows.collect())
}

pub(super) fn instruments(call: &Call) -> Result<Value, Refusal> {
    let currency = call.text("currency").filter(|it| *it != "any");
    if currency.is_some_and(|it| !CURRENCIES.contains(&it)) {
        return Err(Refusal::invalid_params("currency"));
    }
    let kind = call.text("kind").filter(|it| *it != "any");
    let rows = INSTRUMENTS
        .iter()
        .filter(|row| currency.is_none_or(|currency| row.3 == currency))
        .map(described)
        .filter(|row| kind.is_none_or(|kind| row["kind"] == kind));
    Ok(Value::Array(rows.collect()))
}

pub(super) fn instrument(call: &Call) -> Result<Value, Refusal> {
    let name = call.need_text("instrument_name")?;
    let row = INSTRUMENTS.iter().find(|row| row.1 == name);
    row.map(described)
        .ok_or_else(|| Refusal::new(13_020, "not_found"))
}

/// The instrument of a name in the books of a member. Numbers of different members' never meet.
pub(super) fn named(name: &str, member: u32) -> Option<Instrument> {
    let (con_id, symbol, sec_type, currency, ..) = INSTRUMENTS.iter().find(|row| row.1 == name)?;
    Some(Instrument {
        con_id: con_id + i32::try_from(member).ok()?.checked_mul(100)?,
        symbol: (*symbol).to_owned(),
        sec_type: (*sec_type).to_owned(),
        exchange: "api".to_owned(),
        currency: (*currency).to_owned(),
        sub: member,
    })
}

/// The venue's word for a kind of instrument.
pub(super) fn kind(instrument: &Instrument) -> &'static str {
    match instrument.sec_type.as_str() {
        "OPT" => "option",
        "SPOT" => "spot",
        _ => "future",
    }
}

/// The venue's word for the product that an instrument belongs to, as it is switched off.
pub(super) const PRODUCTS: [(&str, &str); 6] = [
    ("perpetual", "PERP"),
    ("futures", "FUT"),
    ("options", "OPT"),
    ("future_combos", "FUT_COMBO"),
    ("option_combos", "OPT_COMBO"),
    ("spots", "SPOT"),
];

fn described(row: &Row) -> Value {
    let (con_id, name, sec_type, settles, base, quote) = *row;
    let (kind, period, expiry) = match sec_type {
        "PERP" => ("future", "perpetual", NEVER),
        "FUT" => ("future", "month", EXPIRY),
        "OPT" => ("option", "month", EXPIRY),
        _ => ("spot", "", NEVER),
    };
    let mut value = json!({
        "instrument_name": name,
        "instrument_id": con_id,
        "kind": kind,
        "is_active": true,
        "base_currency": base,
        "quote_currency": quote,
        "counter_currency": if quote == "BTC" { "USD" } else { quote },
        "price_index": format!("{}_usd", base.to_ascii_lowercase()),
        "tick_size": 0.01,
        "tick_size_steps": [],
        "contract_size": 1,
        "min_trade_amount": 1,
        "maker_commission": 0.0001,
        "taker_commission": 0.0005,
        "block_trade_commission": 0.0003,
        "creation_timestamp": 1_534_242_287_000_i64,
        "expiration_timestamp": expiry,
    });
    if !period.is_empty() {
        value["settlement_period"] = json!(period);
        value["settlement_currency"] = json!(settles);
        value["instrument_type"] = json!(if settles == base {
            "reversed"
        } else {
            "linear"
        });
    }
    if sec_type == "OPT" {
        value["strike"] = json!(100_000);
        value["option_type"] = json!("call");
    }
    value
}

impl Api {
    pub(super) fn ticker(&self, call: &Call) -> Result<Value, Refusal> {
        let name = call.need_text("instrument_name")?;
        let instrument = named(name, 0).ok_or_else(|| Refusal::new(13_020, "not_found"))?;
        let price = World::reference_price(&instrument);
        let beside = |away: i64| amount(price + Decimal::new(away, 2));
        Ok(json!({
            "instrument_name": name,
            "timestamp": self.clock_ms(),
            "state": "open",
            "last_price": amount(price),
            "mark_price": amount(price),
            "index_price": amount(price),
            "best_bid_price": beside(-1),
            "best_bid_amount": 10,
            "best_ask_price": beside(1),
            "best_ask_amount": 10,
            "stats": { "volume": 0, "low": null, "high": null, "price_change": null },
        }))
    }
}
