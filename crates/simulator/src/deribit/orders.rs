//! Orders listed and cancelled, each member's own (docs.deribit.com/api-reference/trading).

use serde_json::{Value, json};

use super::{
    Api,
    access::Caller,
    market::{CURRENCIES, kind},
    rows::{order_id, order_type, perm_id},
    rpc::{Call, Refusal, amount},
};
use crate::world::{By, CancelTaken, Order, WorldError};

/// `book_closed`: nothing is taken for an instrument whose book is not open.
const BOOK_CLOSED: i64 = 10_012;

/// For how long an order that is over is told as recent.
const RECENT_MS: i64 = 30 * 60 * 1000;

/// The most trigger orders that one page of history holds.
const HISTORY: usize = 1000;

impl Api {
    pub(super) fn open_orders(
        &self,
        caller: &Caller,
        call: &Call,
        of: impl Fn(&Order) -> bool,
    ) -> Result<Value, Refusal> {
        let wanted = wanted(call)?;
        let rows = self
            .orders_of(caller)
            .filter(|order| order.status.open() && of(order) && wanted(order))
            .map(|order| self.order_row(&order));
        Ok(Value::Array(rows.collect()))
    }

    pub(super) fn open_orders_by_currency(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        self.open_orders(caller, call, |order| {
            order.ask.instrument.currency == currency
        })
    }

    pub(super) fn open_orders_by_instrument(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let name = call.need_text("instrument_name")?;
        self.open_orders(caller, call, |order| order.ask.instrument.symbol == name)
    }

    pub(super) fn order_state(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        Ok(self.order_row(&self.order_of(caller, call)?))
    }

    /// Orders that are over, newest first: those of the last half hour, or those of before.
    pub(super) fn order_history(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let (offset, count) = call.page(HISTORY)?;
        let recently = self.clock_ms() - RECENT_MS;
        let historical = call.flag("historical");
        let unfilled = call.flag("include_unfilled");
        let mut over: Vec<Order> = self
            .orders_of(caller)
            .filter(|order| !order.status.open() && order.ask.instrument.currency == currency)
            .filter(|order| unfilled || !order.filled.is_zero())
            .filter(|order| historical == (self.told_ms(order.changed) < recently))
            .collect();
        over.sort_by_key(|order| std::cmp::Reverse(order.changed));
        let rows = over.iter().skip(offset).take(count);
        Ok(rows.map(|order| self.order_row(order)).collect())
    }

    /// Trigger orders that are over, newest first.
    pub(super) fn trigger_order_history(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let (_, count) = call.page(HISTORY)?;
        let from = call
            .text("continuation")
            .map_or(Some(0), |from| from.parse::<usize>().ok())
            .ok_or_else(|| Refusal::invalid_params("continuation"))?;
        let mut over: Vec<Order> = self
            .orders_of(caller)
            .filter(|order| order.ask.order_type.waits() && !order.status.open())
            .filter(|order| order.ask.instrument.currency == currency)
            .collect();
        over.sort_by_key(|order| std::cmp::Reverse((order.changed, order.perm_id)));
        let rows = over.iter().skip(from).take(count).map(|order| {
            json!({
                "timestamp": self.told_ms(order.changed),
                "trigger": "last_price",
                "trigger_price": order.ask.stop.map_or(Value::Null, amount),
                "trigger_order_id": order_id(&order.ask.instrument.symbol, order.perm_id),
                "order_id": order_id(&order.ask.instrument.symbol, order.perm_id),
                "order_state": self.order_row(order)["order_state"],
                "instrument_name": order.ask.instrument.symbol,
                "request": "cancel",
                "direction": self.order_row(order)["direction"],
                "price": order.ask.limit.map_or(Value::Null, amount),
                "amount": amount(order.ask.quantity),
                "order_type": order_type(order.ask.order_type),
            })
        });
        let mut result = json!({ "entries": rows.collect::<Vec<_>>() });
        if over.len() > from + count {
            result["continuation"] = json!((from + count).to_string());
        }
        Ok(result)
    }

    pub(super) fn cancel(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let order = self.order_of(caller, call)?;
        let taken = self.cancel_one(caller, &order)?;
        let order = self.site.world.order(order.perm_id).unwrap_or(order);
        let mut row = self.order_row(&order);
        if taken == CancelTaken::Lied {
            row["order_state"] = json!("cancelled");
        }
        Ok(row)
    }

    /// Cancels what `of` picks of the caller's own; how many, or a report of each.
    pub(super) fn cancel_all(
        &self,
        caller: &Caller,
        call: &Call,
        of: impl Fn(&Order) -> bool,
    ) -> Result<Value, Refusal> {
        let open: Vec<Order> = self
            .orders_of(caller)
            .filter(|order| order.status.open() && of(order))
            .collect();
        let mut reports = Vec::new();
        for order in &open {
            match self.cancel_one(caller, order) {
                Ok(_) => {}
                Err(refusal) if refusal.code == BOOK_CLOSED => return Err(refusal),
                // what filled meanwhile is not cancelled and no error
                Err(_) => continue,
            }
            let instrument = &order.ask.instrument;
            let waits = order.ask.order_type.waits();
            let now = self.site.world.order(order.perm_id);
            let mut row = self.order_row(now.as_ref().unwrap_or(order));
            row["order_state"] = json!("cancelled");
            reports.push(json!({
                "currency": instrument.currency,
                "type": if waits { "trigger" } else { "limit" },
                "instrument_name": instrument.symbol,
                "result": [row],
            }));
        }
        Ok(if call.flag("detailed") {
            Value::Array(reports)
        } else {
            json!(reports.len())
        })
    }

    pub(super) fn cancel_by_currency(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let wanted = wanted(call)?;
        self.cancel_all(caller, call, |order| {
            order.ask.instrument.currency == currency && wanted(order)
        })
    }

    pub(super) fn cancel_by_instrument(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let name = call.need_text("instrument_name")?;
        let wanted = wanted(call)?;
        self.cancel_all(caller, call, |order| {
            order.ask.instrument.symbol == name && wanted(order)
        })
    }

    pub(super) fn cancel_by_kind_or_type(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let wanted = wanted(call)?;
        let currencies = match call.texts("currency") {
            Ok(Some(currencies)) => currencies,
            _ => vec![call.need_text("currency")?.to_owned()],
        };
        let any = currencies.iter().any(|currency| currency == "any");
        self.cancel_all(caller, call, |order| {
            (any || currencies.contains(&order.ask.instrument.currency)) && wanted(order)
        })
    }

    fn cancel_one(&self, caller: &Caller, order: &Order) -> Result<CancelTaken, Refusal> {
        let by = By::Key(caller.key_name.clone());
        let (world, account) = (&self.site.world, &self.site.account);
        world.cancel(account, order.perm_id, &by).map_err(|error| {
            if error == WorldError::NoOrder {
                Refusal::new(10_004, "order_not_found")
            } else if matches!(error, WorldError::OrderEnded(_)) {
                Refusal::new(11_044, "not_open_order")
            } else if error == WorldError::MarketClosed {
                Refusal::new(BOOK_CLOSED, "book_closed")
            } else {
                Refusal::new(11_030, "other_reject").because(&error.to_string())
            }
        })
    }

    fn order_of(&self, caller: &Caller, call: &Call) -> Result<Order, Refusal> {
        let not_found = || Refusal::new(10_004, "order_not_found");
        let id = call.need_text("order_id")?;
        let number = perm_id(id).ok_or_else(not_found)?;
        self.orders_of(caller)
            .find(|order| order.perm_id == number)
            .filter(|order| order_id(&order.ask.instrument.symbol, order.perm_id) == id)
            .ok_or_else(not_found)
    }

    /// The orders of the caller's own books, ended ones too.
    fn orders_of(&self, caller: &Caller) -> impl Iterator<Item = Order> + use<> {
        let member = caller.member;
        self.site
            .world
            .listed(self.site.front, &self.site.account)
            .into_iter()
            .filter(move |order| order.ask.instrument.sub == member)
    }
}

/// The currency that a call names.
pub(super) fn currency(call: &Call) -> Result<String, Refusal> {
    let currency = call.need_text("currency")?;
    if CURRENCIES.contains(&currency) {
        Ok(currency.to_owned())
    } else {
        Err(Refusal::invalid_params("currency"))
    }
}

/// Whether an order is of the kind and the type that a call names. Without a type all are.
fn wanted(call: &Call) -> Result<impl Fn(&Order) -> bool + use<>, Refusal> {
    let of_kind = match call.text("kind").unwrap_or("any") {
        "any" => None,
        known @ ("future" | "option" | "spot" | "future_combo" | "option_combo" | "combo") => {
            Some(known.to_owned())
        }
        _ => return Err(Refusal::invalid_params("kind")),
    };
    let of_type = match call.text("type").unwrap_or("all") {
        "all" => None,
        known @ ("limit" | "trigger_all" | "stop_all" | "stop" | "stop_limit" | "stop_market"
        | "take_all" | "take" | "take_limit" | "take_market" | "trailing_all"
        | "trailing_stop") => Some(known.to_owned()),
        _ => return Err(Refusal::invalid_params("type")),
    };
    Ok(move |order: &Order| {
        let ask = &order.ask;
        let word = order_type(ask.order_type);
        of_kind
            .as_deref()
            .is_none_or(|wanted| wanted == kind(&ask.instrument))
            && of_type.as_deref().is_none_or(|wanted| match wanted {
                "trigger_all" => ask.order_type.waits(),
                "stop_all" | "stop" => word.starts_with("stop"),
                "trailing_all" => word == "trailing_stop",
                other => other == word,
            })
    })
}
