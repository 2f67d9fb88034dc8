//! The world's values as rows of spot's answers. Amounts are texts, times are seconds.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::{super::ids, super::market, Signed, Spot};
use crate::world::{Order, OrderStatus, Side};

/// An amount with eight decimals.
pub(super) fn amount(value: Decimal) -> String {
    format!("{value:.8}")
}

/// A time in seconds with four decimals.
pub(super) fn seconds(at: Timestamp) -> Value {
    let text = format!(
        "{}.{:04}",
        at.as_second(),
        at.subsec_nanosecond().max(0) / 100_000
    );
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

impl Spot {
    /// An order, open or ended.
    pub(super) fn order_row(&self, order: &Order) -> Value {
        let ask = &order.ask;
        let zero = Decimal::ZERO;
        let kind = market::spot_word(ask.order_type);
        let (price, price2) = if ask.order_type.waits() {
            (ask.stop.unwrap_or(zero), ask.limit.unwrap_or(zero))
        } else {
            (ask.limit.unwrap_or(zero), zero)
        };
        let margin = ask.instrument.sec_type == "MARGIN";
        let pair = self.name(&ask.instrument.symbol);
        let way = side(ask.side);
        let text = format!("{way} {} {pair} @ {kind} {price}", amount(ask.quantity));
        let mut row = json!({
            "refid": null, "userref": 0, "status": status(order),
            "opentm": seconds(self.at(order.placed)), "starttm": 0, "expiretm": 0,
            "descr": {
                "pair": pair, "type": way, "ordertype": kind, "price": price.to_string(),
                "price2": price2.to_string(), "leverage": if margin { "5:1" } else { "none" },
                "order": text, "close": ""
            },
            "vol": amount(ask.quantity), "vol_exec": amount(order.filled),
            "cost": amount(order.filled * order.average_price), "fee": amount(zero),
            "price": amount(order.average_price), "stopprice": amount(zero),
            "limitprice": amount(zero), "misc": "", "oflags": "fciq"
        });
        if margin {
            row["margin"] = json!(true);
        }
        if !ask.order_ref.is_empty() {
            row["cl_ord_id"] = json!(self.name(&ask.order_ref));
        }
        if !order.open() {
            row["closetm"] = seconds(self.at(order.changed));
            row["reason"] = json!("User requested");
        }
        row
    }

    pub(super) fn key_info(&self, signed: &Signed) -> Value {
        let api = &signed.api;
        let stamp = |since| self.at(since).as_second().to_string();
        json!({
            "apiKeyName": self.name(&signed.key.name), "apiKey": api.public,
            "nonce": api.last_nonce.to_string(), "nonceWindow": 0, "permissions": api.scopes,
            "iban": "AA88 N84G WOAK NMOI",
            "validUntil": api.expires.map_or_else(|| "0".to_owned(), stamp),
            "queryFrom": "0", "queryTo": "0", "createdTime": stamp(api.created),
            "modifiedTime": stamp(api.created), "ipAllowlist": api.allow_ips,
            "lastUsed": api.last_used.map(stamp)
        })
    }
}

impl Signed {
    pub(super) fn may(&self, right: &str) -> bool {
        self.api.scopes.contains(right)
    }
}

fn status(order: &Order) -> &'static str {
    match order.status {
        OrderStatus::PendingSubmit => "pending",
        OrderStatus::PreSubmitted | OrderStatus::Submitted | OrderStatus::PendingCancel => "open",
        OrderStatus::Filled => "closed",
        OrderStatus::Cancelled => "canceled",
        OrderStatus::Inactive => "expired",
    }
}

/// The name of an order.
pub(super) fn txid(order: &Order) -> String {
    ids::txid(order.perm_id)
}
