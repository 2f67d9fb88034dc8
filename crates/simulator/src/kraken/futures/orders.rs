//! Orders: placing, listing, cancelling, and the dead-man's switch.

use std::{str::FromStr, time::Duration};

use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::{
    super::{ids, market},
    Fields, Futures, Signed, Told,
};
use crate::world::{
    CancelTaken, NewOrder, Order, OrderStatus, OrderType, PermId, Side, WorldError,
};

/// How many events a page holds at most.
const EVENTS: usize = 500;

/// An amount as a JSON number from its digits.
pub(super) fn amount(value: Decimal) -> Value {
    Number::from_str(&value.normalize().to_string()).map_or(Value::Null, Value::Number)
}

pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

impl Futures {
    fn listed(&self) -> Vec<Order> {
        let (front, account) = (self.site.front, &self.site.account);
        self.site.world.listed(front, account)
    }

    pub(super) fn open_orders(&self) -> Value {
        let mut open: Vec<Order> = self.listed().into_iter().filter(Order::open).collect();
        open.sort_by_key(|order| std::cmp::Reverse(order.placed));
        let rows: Vec<Value> = open.iter().map(|order| self.order_row(order)).collect();
        json!({ "openOrders": rows })
    }

    fn order_row(&self, order: &Order) -> Value {
        let ask = &order.ask;
        let kind = match ask.order_type {
            OrderType::Market | OrderType::Limit => "lmt",
            OrderType::Stop | OrderType::StopLimit => "stop",
            OrderType::Trail => "trailing_stop",
        };
        let mut row = json!({
            "order_id": ids::uuid(order.perm_id), "symbol": self.name(&ask.instrument.symbol),
            "side": side(ask.side), "orderType": kind, "unfilledSize": amount(order.remaining()),
            "receivedTime": self.stamp(order.placed),
            "status": if order.filled.is_zero() { "untouched" } else { "partiallyFilled" },
            "filledSize": amount(order.filled), "reduceOnly": ask.order_type.waits(),
            "lastUpdateTime": self.stamp(order.changed)
        });
        if let Some(limit) = ask.limit {
            row["limitPrice"] = amount(limit);
        }
        if ask.order_type.waits() {
            row["triggerSignal"] = json!("mark");
            row["stopPrice"] = amount(ask.stop.unwrap_or_default());
        }
        if !ask.order_ref.is_empty() {
            row["cliOrdId"] = json!(self.name(&ask.order_ref));
        }
        row
    }

    /// The events of orders, newest first; `since` and `before` in milliseconds.
    pub(super) fn order_history(&self, fields: &Fields) -> Value {
        let count = fields.number("count").unwrap_or(EVENTS).min(EVENTS);
        let since: i64 = fields.number("since").unwrap_or(0);
        let before: i64 = fields.number("before").unwrap_or(i64::MAX);
        let listed = self.listed();
        let mut events: Vec<(i64, Value)> = listed
            .iter()
            .flat_map(|order| self.events_of(order))
            .filter(|(at, _)| *at >= since && *at < before)
            .collect();
        events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let rows: Vec<Value> = events.into_iter().take(count).map(|(_, row)| row).collect();
        json!({
            "accountUid": "7b6ea9ad-33f1-4b9c-8b9b-2d9b7f0e0d11", "len": rows.len(),
            "serverTime": self.stamp(self.site.world.now()), "elements": rows
        })
    }

    fn events_of(&self, order: &Order) -> Vec<(i64, Value)> {
        let ask = &order.ask;
        let (front, account) = (self.site.front, &self.site.account);
        let told = |since| self.site.world.told(front, account, since).as_millisecond();
        let (placed, changed) = (told(order.placed), told(order.changed));
        let uid = ids::uuid(order.perm_id);
        let direction = match ask.side {
            Side::Buy => "Buy",
            Side::Sell => "Sell",
        };
        let row = json!({
            "uid": uid, "accountUid": "7b6ea9ad-33f1-4b9c-8b9b-2d9b7f0e0d11",
            "tradeable": self.name(&ask.instrument.symbol), "direction": direction,
            "quantity": ask.quantity.normalize().to_string(),
            "filled": order.filled.normalize().to_string(),
            "limitPrice": ask.limit.unwrap_or_default().normalize().to_string(),
            "orderType": "Limit", "clientId": self.name(&ask.order_ref),
            "reduceOnly": ask.order_type.waits(), "timestamp": placed,
            "lastUpdateTimestamp": changed
        });
        let event = |at: i64, nth: &str, event: Value| {
            let row = json!({ "uid": format!("{uid}-{nth}"), "timestamp": at, "event": event });
            (at, row)
        };
        let reason = "new_user_order";
        let placed = event(
            placed,
            "placed",
            json!({ "OrderPlaced": { "order": row, "reason": reason, "reducedQuantity": "" } }),
        );
        let ended = match order.status {
            OrderStatus::Filled => Some(json!({ "OrderUpdated": {
                "newOrder": row, "oldOrder": row, "reason": "full_fill", "reducedQuantity": ""
            }})),
            OrderStatus::Cancelled | OrderStatus::Inactive => Some(json!({ "OrderCancelled": {
                "order": row, "reason": "cancelled_by_user"
            }})),
            OrderStatus::PendingSubmit
            | OrderStatus::PreSubmitted
            | OrderStatus::Submitted
            | OrderStatus::PendingCancel => None,
        };
        let mut events = vec![placed];
        events.extend(ended.map(|ended| event(changed, "ended", ended)));
        events
    }

    pub(super) fn send_order(&self, signed: &Signed) -> Told {
        let ask = ask(&signed.fields)?;
        let (world, account) = (&self.site.world, &self.site.account);
        let now = self.stamp(world.now());
        let status = match world.place(account, ask, &signed.by(), 0) {
            Ok(order) => json!({
                "order_id": ids::uuid(order), "status": "placed", "receivedTime": now,
                "orderEvents": []
            }),
            Err(WorldError::KeyRevoked) => return Err("insufficientPrivileges"),
            Err(WorldError::Locked | WorldError::Blocked) => return Err("accountInactive"),
            Err(_) => json!({ "status": "invalidSize", "orderEvents": [] }),
        };
        Ok(json!({ "sendStatus": status }))
    }

    pub(super) fn cancel_order(&self, signed: &Signed) -> Told {
        let asked = signed
            .fields
            .get("order_id")
            .ok_or("requiredArgumentMissing")?;
        let order = ids::of_uuid(asked).filter(|order| self.lists(*order));
        let taken = order.map(|order| self.ask_cancel(order, signed));
        let word = match taken {
            Some(Ok(_)) => "cancelled",
            Some(Err(WorldError::OrderEnded(_))) | None => "notFound",
            Some(Err(WorldError::MarketClosed)) => return Err("marketUnavailable"),
            Some(Err(_)) => return Err("Server Error"),
        };
        let now = self.stamp(self.site.world.now());
        Ok(json!({ "cancelStatus": {
            "order_id": asked, "status": word, "receivedTime": now, "orderEvents": []
        }}))
    }

    pub(super) fn cancel_all(&self, signed: &Signed) -> Told {
        let only = signed.fields.get("symbol");
        let mut taken = Vec::new();
        for order in self.listed().iter().filter(|order| order.open()) {
            let symbol = &order.ask.instrument.symbol;
            if only.is_some_and(|only| !only.eq_ignore_ascii_case(symbol)) {
                continue;
            }
            match self.ask_cancel(order.perm_id, signed) {
                Ok(_) => taken.push(json!({ "order_id": ids::uuid(order.perm_id) })),
                // it ended between the listing and this
                Err(WorldError::OrderEnded(_)) => {}
                Err(WorldError::MarketClosed) => return Err("marketUnavailable"),
                Err(_) => return Err("Server Error"),
            }
        }
        let word = if taken.is_empty() {
            "noOrdersToCancel"
        } else {
            "cancelled"
        };
        let now = self.stamp(self.site.world.now());
        Ok(json!({ "cancelStatus": {
            "cancelOnly": only.unwrap_or("all"), "status": word, "receivedTime": now,
            "cancelledOrders": taken, "orderEvents": []
        }}))
    }

    fn lists(&self, order: PermId) -> bool {
        self.listed().iter().any(|known| known.perm_id == order)
    }

    fn ask_cancel(&self, order: PermId, signed: &Signed) -> Result<CancelTaken, WorldError> {
        let (world, account) = (&self.site.world, &self.site.account);
        world.cancel(account, order, &signed.by())
    }

    pub(super) fn cancel_after(&self, fields: &Fields) -> Told {
        let timeout: u32 = fields.number("timeout").ok_or("requiredArgumentMissing")?;
        let after = (timeout > 0).then(|| Duration::from_secs(timeout.into()));
        let (world, account) = (&self.site.world, &self.site.account);
        world
            .dead_man(account, self.site.front, after)
            .map_err(|_| "Server Error")?;
        let now = world.now();
        Ok(json!({ "status": {
            "currentTime": self.stamp(now),
            "triggerTime": after.map_or_else(|| "0".to_owned(), |after| self.stamp(now + after)),
        }}))
    }
}

fn ask(fields: &Fields) -> Result<NewOrder, &'static str> {
    let asked = |name| fields.get(name).ok_or("requiredArgumentMissing");
    let limit: Option<Decimal> = fields.number("limitPrice");
    let stop: Option<Decimal> = fields.number("stopPrice");
    let order_type = market::of_futures_word(asked("orderType")?, limit.is_some())
        .ok_or("invalidArgument: orderType")?;
    let side = match asked("side")? {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        _ => return Err("invalidArgument: side"),
    };
    let given = match order_type {
        OrderType::Market => true,
        OrderType::Limit => limit.is_some(),
        OrderType::Stop | OrderType::StopLimit | OrderType::Trail => stop.is_some(),
    };
    if !given {
        return Err("requiredArgumentMissing");
    }
    Ok(NewOrder {
        instrument: market::perpetual(asked("symbol")?).ok_or("contractNotFound")?,
        side,
        quantity: fields.number("size").ok_or("requiredArgumentMissing")?,
        order_type,
        limit,
        stop,
        tif: "GTC".to_owned(),
        order_ref: fields.get("cliOrdId").unwrap_or_default().to_owned(),
    })
}
