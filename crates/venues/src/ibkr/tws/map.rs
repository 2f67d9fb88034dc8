//! From the TWS client's values to ours.
//!
//! The client hands quantities and prices over as binary floats that it parsed from decimal text;
//! the shortest text of such a float is that text again, and from here on they are decimals. What
//! does not fit is malformed.

use std::collections::HashMap;

use door::{DoorError, Family, Fill, OpenOrder, OrderKey, Position, Side};
use ibapi::{
    contracts::{Contract, SecurityType},
    orders::{
        Action, ExecutionData, ExecutionSide, OrderData, OrderStatus, OrderStatusKind, Orders,
    },
};
use jiff::{Timestamp, civil::DateTime, fmt::strtime, tz::TimeZone};
use rust_decimal::Decimal;

use super::errors::malformed;
use crate::ibkr::ORDERS;

/// An open order, and what is needed to cancel it alone.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Listed {
    pub(super) order: OpenOrder,
    /// The id that its client gave it; 0 when it was placed in the TWS window.
    pub(super) order_id: i32,
}

/// What a listing of open orders said.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Book {
    /// Those that can still fill.
    pub(super) open: Vec<Listed>,
    /// How many are kept in TWS with transmission taken back: they rest at no exchange.
    pub(super) deactivated: usize,
}

/// The open ones of a listing that ran to its end.
pub(super) fn book(rows: Vec<Orders>) -> Result<Book, DoorError> {
    let mut orders: Vec<OrderData> = Vec::new();
    let mut at: HashMap<Name, usize> = HashMap::new();
    let mut statuses: HashMap<Name, OrderStatus> = HashMap::new();
    for row in rows {
        match row {
            Orders::OrderData(order) => {
                let name = Name::of_order(&order);
                statuses.remove(&name);
                if let Some(known) = at.get(&name) {
                    orders[*known] = order;
                } else {
                    at.insert(name, orders.len());
                    orders.push(order);
                }
            }
            Orders::OrderStatus(status) => {
                statuses.insert(Name::of_status(&status), status);
            }
        }
    }
    let unlisted = statuses
        .iter()
        .find(|(name, status)| !at.contains_key(name) && can_fill(&status.status));
    if unlisted.is_some() {
        return Err(malformed("a status of an order that was not listed"));
    }
    let mut book = Book::default();
    for order in &orders {
        let status = statuses.get(&Name::of_order(order));
        let word = status.map_or(&order.order_state.status, |status| &status.status);
        if !can_fill(word) {
            continue;
        }
        if order.order.deactivate {
            book.deactivated += 1;
            continue;
        }
        book.open.push(Listed {
            order: open_order(order, status, word)?,
            order_id: order.order_id,
        });
    }
    Ok(book)
}

/// Whether an order in this state can still fill. A cancel that is pending can lose the race; a
/// word that nobody knows is not taken for the end.
fn can_fill(status: &OrderStatusKind) -> bool {
    match status {
        OrderStatusKind::ApiPending
        | OrderStatusKind::PendingSubmit
        | OrderStatusKind::PendingCancel
        | OrderStatusKind::PreSubmitted
        | OrderStatusKind::Submitted
        | OrderStatusKind::Unknown(_) => true,
        OrderStatusKind::ApiCancelled
        | OrderStatusKind::Cancelled
        | OrderStatusKind::Filled
        | OrderStatusKind::Inactive => false,
    }
}

/// What tells one order from another: the permanent id, or the client's own id before there is one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Name {
    Permanent(i64),
    OfClient(i32, i32),
}

impl Name {
    pub(super) fn of_order(order: &OrderData) -> Self {
        Self::new(order.order.perm_id, order.order.client_id, order.order_id)
    }

    pub(super) fn of_status(status: &OrderStatus) -> Self {
        Self::new(status.perm_id, status.client_id, status.order_id)
    }

    fn new(permanent: i64, client: i32, order: i32) -> Self {
        if permanent == 0 {
            Self::OfClient(client, order)
        } else {
            Self::Permanent(permanent)
        }
    }

    pub(super) fn key(self) -> OrderKey {
        OrderKey(match self {
            Self::Permanent(id) => id.to_string(),
            Self::OfClient(client, order) => format!("tws:{client}:{order}"),
        })
    }
}

fn open_order(
    data: &OrderData,
    status: Option<&OrderStatus>,
    word: &OrderStatusKind,
) -> Result<OpenOrder, DoorError> {
    let order = &data.order;
    let order_type = door::clean(&order.order_type);
    let stop = if order_type.starts_with("TRAIL") {
        order.trail_stop_price
    } else if order_type.starts_with("STP") {
        order.aux_price
    } else {
        None
    };
    let filled = status.map_or(order.filled_quantity, |status| status.filled);
    Ok(OpenOrder {
        key: Name::of_order(data).key(),
        family: Family::new(ORDERS),
        instrument: instrument(&data.contract),
        side: match order.action {
            Action::Buy => Side::Buy,
            Action::Sell | Action::SellShort | Action::SellLong => Side::Sell,
        },
        quantity: decimal(order.total_quantity, "quantity")?,
        filled: decimal(filled, "filled quantity")?,
        order_type,
        limit: price(order.limit_price, "limit price")?,
        stop: price(stop, "stop price")?,
        status: door::clean(word.as_str()),
        submitter: Some(submitter(&order.submitter, order.client_id, data.order_id)),
        placed_at: None,
    })
}

fn submitter(user: &str, client_id: i32, order_id: i32) -> String {
    let program = if order_id == 0 {
        "TWS window".to_owned()
    } else {
        format!("API client {client_id}")
    };
    let user = door::clean(user);
    if user.is_empty() {
        program
    } else {
        format!("{user}, {program}")
    }
}

/// A fill of today.
pub(super) fn fill(data: &ExecutionData) -> Result<Fill, DoorError> {
    let execution = &data.execution;
    if execution.execution_id.is_empty() {
        return Err(malformed("an execution without id"));
    }
    Ok(Fill {
        id: door::clean(&execution.execution_id),
        order: (execution.perm_id != 0).then(|| OrderKey(execution.perm_id.to_string())),
        instrument: instrument(&data.contract),
        side: match execution.side {
            ExecutionSide::Bought => Side::Buy,
            ExecutionSide::Sold => Side::Sell,
        },
        quantity: decimal(execution.shares, "filled quantity")?,
        price: decimal(execution.price, "fill price")?,
        at: time_of(&execution.time),
        submitter: Some(submitter(
            &execution.submitter,
            execution.client_id,
            execution.order_id,
        )),
    })
}

/// What is held. Flat ones are not.
pub(super) fn position(held: &ibapi::accounts::Position) -> Result<Option<Position>, DoorError> {
    let quantity = decimal(held.position, "position")?;
    if quantity.is_zero() {
        return Ok(None);
    }
    Ok(Some(Position {
        instrument: instrument(&held.contract),
        quantity,
        average_cost: Some(decimal(held.average_cost, "average cost")?),
    }))
}

/// The venue's own name of what is traded: a symbol where that is enough, else the local symbol.
pub(super) fn instrument(contract: &Contract) -> String {
    let symbol = contract.symbol.as_str();
    let local = contract.local_symbol.as_str();
    let name = match &contract.security_type {
        SecurityType::Option
        | SecurityType::Future
        | SecurityType::ContinuousFuture
        | SecurityType::FuturesOption
        | SecurityType::ForexPair
        | SecurityType::Warrant
        | SecurityType::Bond
            if !local.is_empty() =>
        {
            local
        }
        SecurityType::Stock
        | SecurityType::Option
        | SecurityType::Future
        | SecurityType::ContinuousFuture
        | SecurityType::Index
        | SecurityType::FuturesOption
        | SecurityType::ForexPair
        | SecurityType::Spread
        | SecurityType::Warrant
        | SecurityType::Bond
        | SecurityType::Commodity
        | SecurityType::News
        | SecurityType::MutualFund
        | SecurityType::Crypto
        | SecurityType::CFD
        | SecurityType::Other(_) => symbol,
    };
    if name.is_empty() {
        format!("contract {}", contract.contract_id)
    } else {
        door::clean(name)
    }
}

fn price(value: Option<f64>, what: &str) -> Result<Option<Decimal>, DoorError> {
    value.map(|value| decimal(value, what)).transpose()
}

pub(super) fn decimal(value: f64, what: &str) -> Result<Decimal, DoorError> {
    value
        .to_string()
        .parse()
        .map_err(|_| malformed(&format!("{what} {value}")))
}

/// `20261123-14:33:40` in UTC, or `20261123 14:33:40 America/New_York`; `None` for anything else.
pub(super) fn time_of(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = DateTime::strptime("%Y%m%d-%H:%M:%S", text) {
        return time
            .to_zoned_datetime(TimeZone::UTC)
            .ok()
            .map(|at| at.timestamp());
    }
    let mut words = text.split_whitespace();
    let (date, clock, zone) = (words.next()?, words.next()?, words.next()?);
    let time = strtime::parse("%Y%m%d %H:%M:%S", format!("{date} {clock}"))
        .ok()?
        .to_datetime()
        .ok()?;
    let zone = TimeZone::get(zone).ok()?;
    time.to_zoned_datetime(zone).ok().map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use door::ErrorClass;
    use ibapi::orders::Order;

    use super::*;

    fn order(permanent: i64, status: OrderStatusKind) -> OrderData {
        OrderData {
            order_id: 7,
            contract: Contract::stock("AAPL").build(),
            order: Order {
                perm_id: permanent,
                client_id: 3,
                action: Action::Sell,
                total_quantity: 100.0,
                order_type: "STP".to_owned(),
                aux_price: Some(150.25),
                ..Order::default()
            },
            order_state: ibapi::orders::OrderState {
                status,
                ..Default::default()
            },
        }
    }

    fn status(permanent: i64, word: OrderStatusKind, filled: f64) -> Orders {
        Orders::OrderStatus(OrderStatus {
            perm_id: permanent,
            status: word,
            filled,
            ..OrderStatus::default()
        })
    }

    #[test]
    fn an_open_order_is_mapped_to_the_last_digit() {
        let rows = vec![
            Orders::OrderData(order(11, OrderStatusKind::Submitted)),
            status(11, OrderStatusKind::PreSubmitted, 0.1),
        ];
        let book = book(rows).unwrap();
        let open = &book.open[0].order;
        assert_eq!(open.key, OrderKey("11".to_owned()));
        assert_eq!(open.stop, Some(Decimal::new(15025, 2)));
        assert_eq!(open.filled, Decimal::new(1, 1));
        assert_eq!(open.side, Side::Sell);
        assert_eq!(open.status, "PreSubmitted");
        assert_eq!(open.submitter.as_deref(), Some("API client 3"));
        assert_eq!(book.open[0].order_id, 7);
    }

    #[test]
    fn only_what_can_still_fill_is_open() {
        for (word, open) in [
            (OrderStatusKind::ApiPending, true),
            (OrderStatusKind::PendingSubmit, true),
            (OrderStatusKind::PendingCancel, true),
            (OrderStatusKind::PreSubmitted, true),
            (OrderStatusKind::Submitted, true),
            (OrderStatusKind::Unknown("Wobbling".to_owned()), true),
            (OrderStatusKind::ApiCancelled, false),
            (OrderStatusKind::Cancelled, false),
            (OrderStatusKind::Filled, false),
            (OrderStatusKind::Inactive, false),
        ] {
            let name = word.as_str().to_owned();
            let rows = vec![Orders::OrderData(order(5, word))];
            assert_eq!(book(rows).unwrap().open.len(), usize::from(open), "{name}");
        }
    }

    #[test]
    fn the_last_word_on_an_order_counts() {
        let rows = vec![
            Orders::OrderData(order(5, OrderStatusKind::Submitted)),
            status(5, OrderStatusKind::Submitted, 0.0),
            status(5, OrderStatusKind::Cancelled, 0.0),
        ];
        assert!(book(rows).unwrap().open.is_empty());
        let rows = vec![
            status(5, OrderStatusKind::Cancelled, 0.0),
            Orders::OrderData(order(5, OrderStatusKind::Submitted)),
        ];
        assert_eq!(book(rows).unwrap().open.len(), 1);
    }

    #[test]
    fn a_deactivated_order_rests_nowhere() {
        let mut off = order(5, OrderStatusKind::Submitted);
        off.order.deactivate = true;
        let book = book(vec![Orders::OrderData(off)]).unwrap();
        assert!(book.open.is_empty());
        assert_eq!(book.deactivated, 1);
    }

    #[test]
    fn orders_without_a_permanent_id_are_told_apart_by_client_and_id() {
        let mut other = order(0, OrderStatusKind::PendingSubmit);
        other.order_id = 8;
        let rows = vec![
            Orders::OrderData(order(0, OrderStatusKind::PendingSubmit)),
            Orders::OrderData(other),
        ];
        let book = book(rows).unwrap();
        assert_eq!(book.open[0].order.key.0, "tws:3:7");
        assert_eq!(book.open[1].order.key.0, "tws:3:8");
    }

    #[test]
    fn a_status_without_its_order_is_no_listing() {
        let error = book(vec![status(9, OrderStatusKind::Submitted, 0.0)]).unwrap_err();
        assert_eq!(error.class, ErrorClass::Malformed);
        assert!(book(vec![status(9, OrderStatusKind::Cancelled, 0.0)]).is_ok());
    }

    #[test]
    fn numbers_that_are_none_are_malformed() {
        for value in [f64::NAN, f64::INFINITY, 1e300] {
            let mut wild = order(5, OrderStatusKind::Submitted);
            wild.order.total_quantity = value;
            let error = book(vec![Orders::OrderData(wild)]).unwrap_err();
            assert_eq!(error.class, ErrorClass::Malformed, "{value}");
        }
    }

    #[test]
    fn the_window_is_named_as_submitter() {
        let mut manual = order(5, OrderStatusKind::Submitted);
        manual.order_id = 0;
        manual.order.submitter = "ada\u{7}".to_owned();
        let book = book(vec![Orders::OrderData(manual)]).unwrap();
        assert_eq!(
            book.open[0].order.submitter.as_deref(),
            Some("ada, TWS window")
        );
    }

    #[test]
    fn times_of_fills_are_read_in_their_zone() {
        let utc = time_of("20261123-14:33:40").unwrap();
        assert_eq!(utc.to_string(), "2026-11-23T14:33:40Z");
        assert_eq!(time_of("20261123  14:33:40 UTC"), Some(utc));
        assert_eq!(time_of("yesterday"), None);
        assert_eq!(time_of(""), None);
    }
}
