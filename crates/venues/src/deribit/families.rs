//! The families of open orders that exist at Deribit, and how a listed order falls into one.
//!
//! `get_open_orders` lists all kinds of instruments in all currencies; trigger orders are asked for
//! apart as well, since no document says that a list without a type holds them. Each sub-account's
//! families are its own.

use door::{DoorError, Family, OpenOrder, OrderKey, Position, Side};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    accounts::Member,
    fields::{array, need_number, need_text, number, text, time},
};
use crate::exchange::malformed;

/// What a family holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// Perpetuals and dated futures.
    Futures,
    /// Options.
    Options,
    /// Spot pairs.
    Spot,
    /// Future and option combos.
    Combos,
    /// Orders that wait for a price, whatever they are in.
    Triggers,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [
        Self::Futures,
        Self::Options,
        Self::Spot,
        Self::Combos,
        Self::Triggers,
    ];

    fn id(self) -> &'static str {
        match self {
            Self::Futures => "futures",
            Self::Options => "options",
            Self::Spot => "spot",
            Self::Combos => "combos",
            Self::Triggers => "triggers",
        }
    }

    /// The family of this kind in the books of `member`.
    pub(super) fn family(self, member: &Member) -> Family {
        Family::new(format!("{}{}", member.prefix(), self.id()))
    }

    /// The kind that an instrument's name tells (docs.deribit.com/articles/instrument-naming).
    fn of_instrument(name: &str) -> Self {
        let parts: Vec<&str> = name.split('-').collect();
        match parts.as_slice() {
            [pair] if pair.contains('_') => Self::Spot,
            [_, _, _, "C" | "P"] => Self::Options,
            [_, _] => Self::Futures,
            _ => Self::Combos,
        }
    }
}

/// The open orders of one answer of `get_open_orders`.
pub(super) fn open_orders(answer: &Value, member: &Member) -> Result<Vec<OpenOrder>, DoorError> {
    array(answer, "open orders")?
        .iter()
        .map(|row| order(row, member))
        .filter(|order| order.as_ref().map_or(true, |order| can_fill(&order.status)))
        .collect()
}

/// Whether an order in this state can still fill. A word that nobody knows is not taken for the
/// end.
fn can_fill(state: &str) -> bool {
    !matches!(state, "filled" | "rejected" | "cancelled")
}

fn order(row: &Value, member: &Member) -> Result<OpenOrder, DoorError> {
    let id = need_text(row, "order_id")?;
    let instrument = need_text(row, "instrument_name")?;
    let order_type = need_text(row, "order_type")?;
    let status = need_text(row, "order_state")?;
    let waits = status == "untriggered";
    let kind = if waits {
        Kind::Triggers
    } else {
        Kind::of_instrument(&instrument)
    };
    // `market_price` stands where there is no limit
    let limit = match row.get("price") {
        Some(Value::String(words)) if words == "market_price" => None,
        _ => number(row, "price")?,
    };
    let trigger = number(row, "trigger_price")?;
    // a take-profit waits for a price in favour: it is no stop
    let stop = trigger.filter(|_| is_stop(&order_type));
    Ok(OpenOrder {
        key: OrderKey(id),
        family: kind.family(member),
        instrument: member.instrument(&instrument),
        side: side(row)?,
        quantity: number(row, "amount")?
            .or(number(row, "contracts")?)
            .ok_or_else(|| malformed("an order without `amount`"))?,
        filled: number(row, "filled_amount")?.unwrap_or_default(),
        limit: limit.or(trigger.filter(|_| stop.is_none())),
        stop,
        order_type,
        status,
        submitter: submitter(row)?,
        placed_at: time(row, "creation_timestamp")?,
    })
}

fn is_stop(order_type: &str) -> bool {
    order_type.starts_with("stop") || order_type == "trailing_stop"
}

/// From where an order was sent. By which key the venue does not tell.
fn submitter(row: &Value) -> Result<Option<String>, DoorError> {
    let from = ["web", "mobile", "api"]
        .into_iter()
        .find(|from| row.get(from).and_then(Value::as_bool) == Some(true));
    let label = text(row, "label")?.filter(|label| !label.is_empty());
    Ok(match (from, label) {
        (Some(from), Some(label)) => Some(format!("{from}, label {label}")),
        (Some(from), None) => Some(from.to_owned()),
        (None, Some(label)) => Some(format!("label {label}")),
        (None, None) => None,
    })
}

pub(super) fn side(row: &Value) -> Result<Side, DoorError> {
    match need_text(row, "direction")?.as_str() {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(malformed("a `direction` that is neither buy nor sell")),
    }
}

/// What `get_positions` answers, without what is flat.
pub(super) fn positions(answer: &Value, member: &Member) -> Result<Vec<Position>, DoorError> {
    let mut held = Vec::new();
    for row in array(answer, "positions")? {
        let size = need_number(row, "size")?;
        // futures sizes carry a sign already; an option's may come with its direction only
        let quantity = match need_text(row, "direction")?.as_str() {
            "sell" if size > Decimal::ZERO => -size,
            "buy" | "sell" | "zero" => size,
            _ => return Err(malformed("a position's `direction` that nobody knows")),
        };
        let position = Position {
            instrument: member.instrument(&need_text(row, "instrument_name")?),
            quantity,
            average_cost: number(row, "average_price")?,
        };
        if !quantity.is_zero() {
            held.push(position);
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use door::ErrorClass;
    use serde_json::json;

    use super::*;

    fn member() -> Member {
        Member::main(2, "me")
    }

    fn row() -> Value {
        json!({
            "order_id": "BTC-584849853", "order_state": "open", "order_type": "limit",
            "instrument_name": "BTC-PERPETUAL", "direction": "buy", "price": 9500.5,
            "amount": 20.0, "filled_amount": 10.0, "creation_timestamp": 1_764_000_000_000_i64,
            "label": "grid", "api": true, "web": false
        })
    }

    fn one(row: &Value) -> Result<OpenOrder, DoorError> {
        open_orders(&json!([row]), &member()).map(|mut orders| orders.remove(0))
    }

    #[test]
    fn an_open_order_is_mapped_to_the_last_digit() {
        let order = one(&row()).unwrap();
        assert_eq!(order.key.0, "BTC-584849853");
        assert_eq!(order.family, Family::new("futures"));
        assert_eq!(order.limit, Some(Decimal::new(95_005, 1)));
        assert_eq!(order.filled, Decimal::TEN);
        assert_eq!(order.submitter.as_deref(), Some("api, label grid"));
        assert!(!order.is_stop());
    }

    #[test]
    fn a_stop_is_a_trigger_and_a_take_profit_is_no_stop() {
        let mut stop = row();
        stop["order_state"] = json!("untriggered");
        stop["order_type"] = json!("stop_market");
        stop["price"] = json!("market_price");
        stop["trigger_price"] = json!(9000);
        let order = one(&stop).unwrap();
        assert_eq!(order.family, Family::new("triggers"));
        assert_eq!((order.stop, order.limit), (Some(Decimal::from(9000)), None));
        stop["order_type"] = json!("take_market");
        let order = one(&stop).unwrap();
        assert!(!order.is_stop());
        assert_eq!(order.limit, Some(Decimal::from(9000)));
    }

    #[test]
    fn instruments_fall_into_their_families() {
        for (name, kind) in [
            ("BTC-PERPETUAL", Kind::Futures),
            ("SOL_USDC-PERPETUAL", Kind::Futures),
            ("BTC-25DEC26", Kind::Futures),
            ("BTC-25DEC26-100000-C", Kind::Options),
            ("XRP_USDC-30JUN23-0d625-P", Kind::Options),
            ("ETH_USDC", Kind::Spot),
            ("BTC-FS-29DEC26_PERP", Kind::Combos),
            ("BTC-CS-25DEC26-100000_110000", Kind::Combos),
        ] {
            assert_eq!(Kind::of_instrument(name), kind, "{name}");
        }
    }

    #[test]
    fn only_what_can_still_fill_is_open() {
        for (state, open) in [
            ("open", true),
            ("untriggered", true),
            ("triggered", true),
            ("wobbling", true),
            ("filled", false),
            ("cancelled", false),
            ("rejected", false),
        ] {
            let mut order = row();
            order["order_state"] = json!(state);
            let listed = open_orders(&json!([order]), &member()).unwrap();
            assert_eq!(listed.len(), usize::from(open), "{state}");
        }
    }

    #[test]
    fn a_listing_with_one_row_that_is_wrong_is_no_listing() {
        for (field, value) in [
            ("order_id", json!(7)),
            ("order_id", json!(null)),
            ("direction", json!("up")),
            ("order_state", json!([])),
            ("amount", json!("many")),
            ("amount", json!({})),
            ("price", json!("<b>1</b>")),
            ("creation_timestamp", json!("now")),
        ] {
            let mut wrong = row();
            wrong[field] = value.clone();
            let error = one(&wrong).unwrap_err();
            assert_eq!(error.class, ErrorClass::Malformed, "{field}: {value}");
        }
    }

    #[test]
    fn what_is_no_list_is_no_empty_list() {
        for wrong in [
            json!({}),
            json!("none"),
            json!(null),
            json!(0),
            json!({"orders": []}),
        ] {
            assert!(open_orders(&wrong, &member()).is_err(), "{wrong}");
            assert!(positions(&wrong, &member()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn flat_positions_are_not_held_and_sold_options_are_short() {
        let held = positions(&json!([
            {"instrument_name": "BTC-PERPETUAL", "direction": "zero", "size": 0.0},
            {"instrument_name": "ETH-PERPETUAL", "direction": "sell", "size": -30, "average_price": 2000.5},
            {"instrument_name": "BTC-25DEC26-100000-C", "direction": "sell", "size": 2.5}
        ]), &member())
        .unwrap();
        assert_eq!(held.len(), 2);
        assert_eq!(held[0].quantity, Decimal::from(-30));
        assert_eq!(held[1].quantity, Decimal::new(-25, 1));
    }
}
