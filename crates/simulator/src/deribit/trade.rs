//! Orders placed, trades and positions (docs.deribit.com/api-reference/trading).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Api,
    access::Caller,
    market,
    orders::currency,
    rows::{order_id, position_row},
    rpc::{Call, Refusal},
};
use crate::world::{By, Execution, NewOrder, OrderType, Side, WorldError};

/// The most trades that one page holds.
const TRADES: usize = 1000;

impl Api {
    pub(super) fn place(
        &self,
        caller: &Caller,
        method: &str,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let name = call.need_text("instrument_name")?;
        let instrument = market::named(name, caller.member)
            .ok_or_else(|| Refusal::new(10_020, "invalid_or_unsupported_instrument"))?;
        let order_type = match call.text("type").unwrap_or("limit") {
            "limit" => OrderType::Limit,
            "market" => OrderType::Market,
            "stop_market" => OrderType::Stop,
            "stop_limit" => OrderType::StopLimit,
            "trailing_stop" => OrderType::Trail,
            _ => return Err(Refusal::invalid_params("type")),
        };
        let quantity = match call.number("amount")? {
            Some(amount) => amount,
            None => call
                .number("contracts")?
                .ok_or_else(|| Refusal::invalid_params("amount"))?,
        };
        if quantity <= Decimal::ZERO {
            return Err(Refusal::new(10_002, "qty_too_low"));
        }
        let stop = match call.number("trigger_price")? {
            Some(price) => Some(price),
            None => call.number("trigger_offset")?,
        };
        let ask = NewOrder {
            instrument,
            side: if method == "buy" {
                Side::Buy
            } else {
                Side::Sell
            },
            quantity,
            order_type,
            limit: match order_type {
                OrderType::Limit | OrderType::StopLimit => call.number("price")?,
                OrderType::Market | OrderType::Stop | OrderType::Trail => None,
            },
            stop,
            tif: "GTC".to_owned(),
            order_ref: call.text("label").unwrap_or_default().to_owned(),
        };
        let by = By::Key(caller.key_name.clone());
        let (world, account) = (&self.site.world, &self.site.account);
        let placed = world.place(account, ask, &by, 0).map_err(|error| {
            if error == WorldError::Locked {
                return Refusal::new(10_019, "locked_by_admin");
            }
            let refusal = if matches!(error, WorldError::Blocked | WorldError::KeyRevoked) {
                Refusal::new(11_042, "permission_denied")
            } else {
                Refusal::new(11_030, "other_reject")
            };
            refusal.because(&error.to_string())
        })?;
        let order = world
            .order(placed)
            .ok_or_else(|| Refusal::new(10_004, "order_not_found"))?;
        let id = order_id(&order.ask.instrument.symbol, placed);
        let trades: Vec<Value> = self
            .trades_of(caller.member)
            .iter()
            .enumerate()
            .map(|(nth, trade)| self.trade_row(trade, nth + 1))
            .filter(|row| row["order_id"] == id)
            .collect();
        Ok(json!({ "order": self.order_row(&order), "trades": trades }))
    }

    pub(super) fn user_trades(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let (_, count) = call.page(TRADES)?;
        let member = self.member(caller, call)?;
        let (from, until) = (
            call.integer("start_timestamp")?,
            call.integer("end_timestamp")?,
        );
        let mut trades: Vec<(usize, Execution)> = self
            .trades_of(member)
            .into_iter()
            .enumerate()
            .filter(|(_, trade)| trade.instrument.currency == currency)
            .filter(|(_, trade)| {
                let at = self.told_ms(trade.at);
                from.is_none_or(|from| at >= from) && until.is_none_or(|until| at <= until)
            })
            .collect();
        if call.text("sorting") != Some("asc") {
            trades.reverse();
        }
        if let Some(first) = call.text("start_id") {
            let nth = trades.iter().position(|(_, trade)| trade.id == first);
            trades.drain(..nth.unwrap_or(trades.len()));
        }
        let has_more = trades.len() > count;
        let rows: Vec<Value> = trades
            .iter()
            .take(count)
            .map(|(nth, trade)| self.trade_row(trade, nth + 1))
            .collect();
        Ok(json!({ "trades": rows, "has_more": has_more }))
    }

    pub(super) fn positions(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let currency = call.text("currency").filter(|it| *it != "any");
        let member = self.member(caller, call)?;
        let wanted = call.text("kind");
        let rows = self
            .site
            .world
            .holdings(&self.site.account)
            .into_iter()
            .filter(|held| held.instrument.sub == member && held.instrument.sec_type != "SPOT")
            .filter(|held| currency.is_none_or(|it| held.instrument.currency == it))
            .filter(|held| wanted.is_none_or(|it| market::kind(&held.instrument) == it))
            .map(|held| position_row(&held));
        Ok(Value::Array(rows.collect()))
    }

    pub(super) fn trades_of(&self, member: u32) -> Vec<Execution> {
        let mut trades = self
            .site
            .world
            .executions(self.site.front, &self.site.account);
        trades.retain(|trade| trade.instrument.sub == member);
        trades
    }
}
