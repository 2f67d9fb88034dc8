//! Orders, trades and positions as the venue writes them.

use serde_json::{Value, json};

use super::{Api, market::kind, rpc::amount};
use crate::world::{
    Execution, Holding, Order, OrderStatus, OrderType, PermId, Platform, Side, World,
};

/// The venue's number of an order: its currency's name and the number.
pub(super) fn order_id(symbol: &str, order: PermId) -> String {
    let currency = symbol.split(['-', '_']).next().unwrap_or(symbol);
    format!("{currency}-{order}")
}

/// The lasting number within an order's id.
pub(super) fn perm_id(order_id: &str) -> Option<PermId> {
    let (_, number) = order_id.rsplit_once('-')?;
    number.parse().ok().map(PermId)
}

/// The venue's word for an order's type.
pub(super) fn order_type(kind: OrderType) -> &'static str {
    match kind {
        OrderType::Market => "market",
        OrderType::Limit => "limit",
        OrderType::Stop => "stop_market",
        OrderType::StopLimit => "stop_limit",
        OrderType::Trail => "trailing_stop",
    }
}

/// The venue's word for an order's state. A cancel that is pending leaves it as it is.
fn state(order: &Order) -> &'static str {
    match order.status {
        OrderStatus::Cancelled | OrderStatus::Inactive => "cancelled",
        OrderStatus::Filled => "filled",
        OrderStatus::PendingSubmit
        | OrderStatus::PreSubmitted
        | OrderStatus::Submitted
        | OrderStatus::PendingCancel => {
            if order.ask.order_type.waits() {
                "untriggered"
            } else {
                "open"
            }
        }
    }
}

fn direction(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

impl Api {
    pub(super) fn order_row(&self, order: &Order) -> Value {
        let ask = &order.ask;
        let from = order.submitter.platform;
        let mut row = json!({
            "order_id": order_id(&ask.instrument.symbol, order.perm_id),
            "order_state": state(order),
            "order_type": order_type(ask.order_type),
            "time_in_force": "good_til_cancelled",
            "instrument_name": ask.instrument.symbol,
            "creation_timestamp": self.told_ms(order.placed),
            "last_update_timestamp": self.told_ms(order.changed),
            "direction": direction(ask.side),
            "price": ask.limit.map_or(json!("market_price"), amount),
            "label": self.name(&ask.order_ref),
            "post_only": false,
            "reduce_only": false,
            "api": from == Platform::Api,
            "web": from == Platform::Web,
            "amount": amount(ask.quantity),
            "filled_amount": amount(order.filled),
            "average_price": amount(order.average_price),
            "max_show": amount(ask.quantity),
            "is_liquidation": false,
            "replaced": false,
        });
        if from == Platform::Mobile {
            row["mobile"] = json!(true);
        }
        if ask.order_type.waits() {
            row["triggered"] = json!(false);
            row["trigger"] = json!("last_price");
            row["trigger_price"] = ask.stop.map_or(Value::Null, amount);
        }
        row
    }

    pub(super) fn trade_row(&self, trade: &Execution, seq: usize) -> Value {
        json!({
            "trade_id": trade.id,
            "trade_seq": seq,
            "instrument_name": trade.instrument.symbol,
            "timestamp": self.told_ms(trade.at),
            "order_id": order_id(&trade.instrument.symbol, trade.perm_id),
            "order_type": "limit",
            "matching_id": null,
            "direction": direction(trade.side),
            "tick_direction": 0,
            "index_price": amount(trade.price),
            "mark_price": amount(trade.price),
            "price": amount(trade.price),
            "amount": amount(trade.quantity),
            "fee": 0,
            "fee_currency": trade.instrument.currency,
            "state": "filled",
            "liquidity": "M",
            "post_only": false,
            "reduce_only": false,
            "self_trade": false,
            "label": self.name(&trade.order_ref),
        })
    }
}

pub(super) fn position_row(held: &Holding) -> Value {
    let price = World::reference_price(&held.instrument);
    json!({
        "instrument_name": held.instrument.symbol,
        "kind": kind(&held.instrument),
        "size": amount(held.quantity),
        "direction": if held.quantity.is_sign_negative() { "sell" } else { "buy" },
        "average_price": amount(held.average_cost),
        "mark_price": amount(price),
        "index_price": amount(price),
        "delta": amount(held.quantity),
        "initial_margin": 0,
        "maintenance_margin": 0,
        "settlement_price": amount(price),
        "total_profit_loss": amount((price - held.average_cost) * held.quantity),
        "floating_profit_loss": 0,
        "realized_profit_loss": 0,
        "open_orders_margin": 0,
    })
}
