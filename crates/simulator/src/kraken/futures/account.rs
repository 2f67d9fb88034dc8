//! What is held, what was traded, and what everybody may ask.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    super::{Fields, ids, market},
    Futures, Signed, Told,
    call::Call,
    orders::{amount, side},
};
use crate::world::Execution;

/// How many fills an answer holds.
const FILLS: usize = 100;

impl Futures {
    /// The answer to what needs no signature; nothing for the rest.
    pub(super) fn public(call: Call) -> Option<Value> {
        let rows = |row: fn(&str) -> Value| market::perpetuals().map(row).collect::<Vec<_>>();
        Some(match call {
            Call::Instruments => json!({ "instruments": rows(instrument) }),
            Call::Tickers => json!({ "tickers": rows(ticker) }),
            Call::OpenOrders
            | Call::OpenPositions
            | Call::Fills
            | Call::Accounts
            | Call::SendOrder
            | Call::CancelOrder
            | Call::CancelAllOrders
            | Call::CancelAllOrdersAfter
            | Call::KeyCheck
            | Call::AccountLog
            | Call::OrderHistory => return None,
        })
    }

    pub(super) fn open_positions(&self) -> Value {
        let holdings = self.site.world.holdings(&self.site.account);
        let rows: Vec<Value> = holdings
            .iter()
            .filter(|held| held.instrument.sec_type == "PERP" && !held.quantity.is_zero())
            .map(|held| {
                let long = held.quantity.is_sign_positive();
                json!({
                    "symbol": self.name(&held.instrument.symbol),
                    "side": if long { "long" } else { "short" },
                    "size": amount(held.quantity.abs()), "price": amount(held.average_cost),
                    "fillTime": self.stamp(std::time::Duration::ZERO), "unrealizedFunding": 0.0
                })
            })
            .collect();
        json!({ "openPositions": rows })
    }

    /// The newest hundred, or the hundred before a time.
    pub(super) fn fills(&self, fields: &Fields) -> Value {
        let before: Option<jiff::Timestamp> = fields.number("lastFillTime");
        let mut fills = self.executions();
        fills.reverse();
        let (front, account) = (self.site.front, &self.site.account);
        let rows: Vec<Value> = fills
            .iter()
            .filter(|fill| {
                let at = self.site.world.told(front, account, fill.at);
                before.is_none_or(|before| at < before)
            })
            .take(FILLS)
            .map(|fill| {
                json!({
                    "fill_id": ids::trade(&fill.id), "order_id": ids::uuid(fill.perm_id),
                    "symbol": self.name(&fill.instrument.symbol), "side": side(fill.side),
                    "size": amount(fill.quantity), "price": amount(fill.price),
                    "fillTime": self.stamp(fill.at), "fillType": "maker"
                })
            })
            .collect();
        json!({ "fills": rows })
    }

    fn executions(&self) -> Vec<Execution> {
        let (front, account) = (self.site.front, &self.site.account);
        self.site.world.executions(front, account)
    }

    pub(super) fn accounts(&self) -> Told {
        let view = self.site.world.account(&self.site.account);
        let view = view.map_err(|_| "Server Error")?;
        let currencies: Map<String, Value> = view
            .cash
            .iter()
            .filter(|(_, held)| **held != Decimal::ZERO)
            .map(|(asset, held)| {
                let row = json!({
                    "quantity": amount(*held), "value": amount(*held),
                    "collateral": amount(*held), "available": amount(*held)
                });
                (asset.clone(), row)
            })
            .collect();
        Ok(json!({ "accounts": {
            "cash": { "type": "cashAccount", "balances": { "xbt": "0.0", "usd": "0.0" } },
            "flex": {
                "type": "multiCollateralMarginAccount", "currencies": currencies,
                "balanceValue": 0, "portfolioValue": 0, "availableMargin": 0
            }
        }}))
    }

    pub(super) fn key_check(&self, signed: &Signed) -> Value {
        let api = &signed.api;
        let general = if signed.may_write() {
            "FULL_ACCESS"
        } else {
            "READ_ONLY"
        };
        let transfer = if api.scopes.contains("transfer:full") {
            "FULL_ACCESS"
        } else {
            "NO_ACCESS"
        };
        json!({
            "apiKey": api.public, "accountUid": "7b6ea9ad-33f1-4b9c-8b9b-2d9b7f0e0d11",
            "iiban": "AA08 N84G CPAR UN7A", "createdAt": self.stamp(api.created),
            "permissions": { "general": general, "transfer": transfer },
            "allowedCidrBlock": api.allow_ips.first(), "allowedCidrBlocks": api.allow_ips
        })
    }

    /// Newest first; `before` in milliseconds, `to` the highest id.
    pub(super) fn account_log(&self, fields: &Fields) -> Value {
        let count = fields.number("count").unwrap_or(500);
        let to: usize = fields.number("to").unwrap_or(usize::MAX);
        let since: i64 = fields.number("since").unwrap_or(0);
        let (front, account) = (self.site.front, &self.site.account);
        let rows: Vec<Value> = self
            .executions()
            .iter()
            .enumerate()
            .rev()
            .map(|(nth, fill)| (nth + 1, fill))
            .filter(|(id, fill)| {
                let at = self.site.world.told(front, account, fill.at);
                *id <= to && at.as_millisecond() >= since
            })
            .take(count)
            .map(|(id, fill)| {
                json!({
                    "id": id, "date": self.stamp(fill.at), "asset": "usd",
                    "info": "futures trade", "booking_uid": ids::uuid(fill.perm_id),
                    "collateral": null, "contract": fill.instrument.symbol, "execution": fill.id,
                    "margin_account": "flex", "trade_price": amount(fill.price),
                    "old_balance": 0.0, "new_balance": amount(fill.quantity)
                })
            })
            .collect();
        json!({ "accountUid": "7b6ea9ad-33f1-4b9c-8b9b-2d9b7f0e0d11", "logs": rows })
    }
}

fn instrument(symbol: &str) -> Value {
    json!({
        "symbol": symbol, "type": "flexible_futures", "tradeable": true, "tickSize": 0.5,
        "contractSize": 1, "impactMidSize": 1, "maxPositionSize": 1_000_000,
        "contractValueTradePrecision": 4, "postOnly": false, "marginLevels": [],
        "base": "BTC", "quote": "USD", "pair": "BTC:USD"
    })
}

fn ticker(symbol: &str) -> Value {
    json!({
        "symbol": symbol, "tag": "perpetual", "pair": "BTC:USD", "markPrice": 100.0,
        "bid": 99.5, "ask": 100.5, "last": 100.0, "suspended": false
    })
}
