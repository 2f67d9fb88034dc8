//! The world's values as the wire's messages, and back. Prices are floating-point numbers only on
//! the wire. Nothing here decides what is listed or done.

use jiff::Timestamp;
use rust_decimal::{
    Decimal,
    prelude::{FromPrimitive, ToPrimitive},
};

use super::{frame::Frames, id::answer, message, notice::Notice};
use crate::{
    faults::Front,
    world::{
        AccountId, Execution, Holding, Instrument, NewOrder, Order, OrderStatus, OrderType, Side,
        World,
    },
};

/// What an order cost to execute, whatever its size.
const COMMISSION: f64 = 1.0;

/// Says the world's values as TWS of one account says them.
pub(super) struct Speech<'a> {
    pub(super) world: &'a World,
    pub(super) account: &'a AccountId,
}

impl Speech<'_> {
    /// An order with its state, as a listing has it.
    pub(super) fn open_order(&self, order: &Order, to: &mut Frames) {
        to.push(
            answer::OPEN_ORDER,
            &message::OpenOrder {
                order_id: Some(order.submitter.order_id),
                contract: Some(self.contract(&order.ask.instrument)),
                order: Some(self.order(order)),
                order_state: Some(message::OrderState {
                    status: Some(order.status.word().to_owned()),
                    ..message::OrderState::default()
                }),
            },
        );
        order_status(order, client_of(order), order.status, to);
    }

    /// That an order is gone: its state, then the news.
    pub(super) fn order_cancelled(&self, order: &Order, client: i32, to: &mut Frames) {
        order_status(order, client, OrderStatus::Cancelled, to);
        self.say(Notice::cancelled(order.submitter.order_id), to);
    }

    /// An order that has ended.
    pub(super) fn completed_order(&self, order: &Order, to: &mut Frames) {
        let outcome = match order.status {
            OrderStatus::Filled => format!("Filled Size: {}", quantity(order.filled)),
            OrderStatus::Cancelled => "Cancelled".to_owned(),
            OrderStatus::Inactive => "Rejected".to_owned(),
            OrderStatus::PendingSubmit
            | OrderStatus::PreSubmitted
            | OrderStatus::Submitted
            | OrderStatus::PendingCancel => String::new(),
        };
        let at = self.world.told(Front::Tws, self.account, order.changed);
        to.push(
            answer::COMPLETED_ORDER,
            &message::CompletedOrder {
                contract: Some(self.contract(&order.ask.instrument)),
                order: Some(self.order(order)),
                order_state: Some(message::OrderState {
                    status: Some(order.status.word().to_owned()),
                    completed_time: Some(time_text(at)),
                    completed_status: Some(outcome),
                }),
            },
        );
    }

    /// A trade, and what it cost.
    pub(super) fn execution(&self, request: i32, execution: &Execution, to: &mut Frames) {
        let at = self.world.told(Front::Tws, self.account, execution.at);
        to.push(
            answer::EXECUTION,
            &message::ExecutionDetails {
                req_id: Some(request),
                contract: Some(self.contract(&execution.instrument)),
                execution: Some(message::Execution {
                    order_id: Some(execution.submitter.order_id),
                    exec_id: Some(execution.id.clone()),
                    time: Some(time_text(at)),
                    acct_number: Some(execution.account.0.clone()),
                    exchange: Some(execution.instrument.exchange.clone()),
                    side: Some(side_of_trade(execution.side).to_owned()),
                    shares: Some(quantity(execution.quantity)),
                    price: Some(price(execution.price)),
                    perm_id: Some(execution.perm_id.0),
                    client_id: Some(execution.submitter.client_id.unwrap_or(0)),
                    order_ref: Some(self.name(&execution.order_ref)),
                    submitter: Some(self.name(&execution.submitter.username.0)),
                }),
            },
        );
        to.push(
            answer::COMMISSION,
            &message::CommissionReport {
                exec_id: Some(execution.id.clone()),
                commission: Some(COMMISSION),
                currency: Some(execution.instrument.currency.clone()),
            },
        );
    }

    /// What is held of one instrument.
    pub(super) fn position(&self, holding: &Holding, to: &mut Frames) {
        to.push(
            answer::POSITION,
            &message::Position {
                account: Some(self.account.0.clone()),
                contract: Some(self.contract(&holding.instrument)),
                position: Some(quantity(holding.quantity)),
                avg_cost: Some(price(holding.average_cost)),
            },
        );
    }

    /// An error or a piece of news, now.
    pub(super) fn say(&self, notice: Notice, to: &mut Frames) {
        notice.say(self.world.clock(Front::Tws, self.account), to);
    }

    fn contract(&self, instrument: &Instrument) -> message::Contract {
        message::Contract {
            con_id: Some(instrument.con_id),
            symbol: Some(self.name(&instrument.symbol)),
            sec_type: Some(instrument.sec_type.clone()),
            exchange: Some(instrument.exchange.clone()),
            currency: Some(instrument.currency.clone()),
        }
    }

    fn order(&self, order: &Order) -> message::Order {
        let ask = &order.ask;
        let trails = ask.order_type == OrderType::Trail;
        message::Order {
            client_id: Some(client_of(order)),
            order_id: Some(order.submitter.order_id),
            perm_id: Some(order.perm_id.0),
            action: Some(side_of_order(ask.side).to_owned()),
            total_quantity: Some(quantity(ask.quantity)),
            order_type: Some(ask.order_type.word().to_owned()),
            lmt_price: ask.limit.map(price),
            aux_price: ask.stop.map(price),
            tif: Some(ask.tif.clone()),
            account: Some(order.account.0.clone()),
            trail_stop_price: ask
                .stop
                .filter(|_| trails)
                .map(|by| price(trailed(ask, by))),
            order_ref: Some(self.name(&ask.order_ref)),
            what_if: None,
            filled_quantity: Some(quantity(order.filled)),
            submitter: Some(self.name(&order.submitter.username.0)),
            deactivate: order.deactivated.then_some(true),
        }
    }

    /// What has no name gets no hostile one.
    fn name(&self, name: &str) -> String {
        if name.is_empty() {
            String::new()
        } else {
            self.world.name(Front::Tws, self.account, name)
        }
    }
}

/// An order's state alone, as heard by a client.
pub(super) fn order_status(order: &Order, client: i32, status: OrderStatus, to: &mut Frames) {
    to.push(
        answer::ORDER_STATUS,
        &message::OrderStatus {
            order_id: Some(order.submitter.order_id),
            status: Some(status.word().to_owned()),
            filled: Some(quantity(order.filled)),
            remaining: Some(quantity(order.remaining())),
            avg_fill_price: Some(price(order.average_price)),
            perm_id: Some(order.perm_id.0),
            last_fill_price: Some(price(order.last_price)),
            client_id: Some(client),
        },
    );
}

/// The client that an order belongs to; the TWS window's and other platforms' are client 0's.
pub(super) fn client_of(order: &Order) -> i32 {
    order.submitter.client_id.unwrap_or(0)
}

/// A time as TWS writes it.
pub(super) fn time_text(at: Timestamp) -> String {
    at.strftime("%Y%m%d %H:%M:%S UTC").to_string()
}

/// How the side of a trade is written.
pub(super) fn side_of_trade(side: Side) -> &'static str {
    match side {
        Side::Buy => "BOT",
        Side::Sell => "SLD",
    }
}

fn side_of_order(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// Where a stop that trails by an amount stands before the price has moved.
fn trailed(ask: &NewOrder, by: Decimal) -> Decimal {
    let price = World::reference_price(&ask.instrument);
    match ask.side {
        Side::Buy => price + by,
        Side::Sell => price - by,
    }
}

fn quantity(of: Decimal) -> String {
    of.normalize().to_string()
}

pub(super) fn price(of: Decimal) -> f64 {
    of.to_f64().unwrap_or(0.0)
}

/// Why a request places no order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NotPlaced {
    /// Nothing is known by that name.
    NoDefinition,
    /// The request is wrong.
    Invalid(&'static str),
    /// TWS takes the request and rejects the order.
    Rejected(&'static str),
}

/// What a request asks to be placed. `known` are the instruments that the account has met: a
/// request may name one by its symbol alone.
pub(super) fn new_order(
    request: &message::PlaceOrderRequest,
    account: &AccountId,
    known: &[Instrument],
) -> Result<NewOrder, NotPlaced> {
    let order = request
        .order
        .as_ref()
        .ok_or(NotPlaced::Invalid("no order"))?;
    if order.what_if == Some(true) {
        return Err(NotPlaced::Invalid("what-if orders are not simulated"));
    }
    let named = order.account.as_deref().unwrap_or_default();
    if !named.is_empty() && named != account.0 {
        return Err(NotPlaced::Invalid("the account is not this login's"));
    }
    let side = match order.action.as_deref() {
        Some("BUY") => Side::Buy,
        Some("SELL" | "SSHORT" | "SLONG") => Side::Sell,
        Some(_) | None => return Err(NotPlaced::Invalid("no such action")),
    };
    let quantity = order
        .total_quantity
        .as_deref()
        .and_then(|text| text.parse::<Decimal>().ok())
        .ok_or(NotPlaced::Invalid("no such quantity"))?;
    let order_type = order
        .order_type
        .as_deref()
        .and_then(OrderType::from_word)
        .ok_or(NotPlaced::Rejected("this order type is not simulated"))?;
    let (limit, stop) = match order_type {
        OrderType::Market => (None, None),
        OrderType::Limit => (order.lmt_price, None),
        OrderType::Stop | OrderType::Trail => (None, order.aux_price),
        OrderType::StopLimit => (order.lmt_price, order.aux_price),
    };
    Ok(NewOrder {
        instrument: instrument(request.contract.as_ref(), known)?,
        side,
        quantity,
        order_type,
        limit: limit.and_then(read_price),
        stop: stop.and_then(read_price),
        tif: text_or(order.tif.as_deref(), "DAY"),
        order_ref: text_or(order.order_ref.as_deref(), ""),
    })
}

/// The largest number stands for "not set".
fn read_price(of: f64) -> Option<Decimal> {
    (of.is_finite() && of < f64::MAX)
        .then(|| Decimal::from_f64(of))
        .flatten()
}

fn instrument(
    contract: Option<&message::Contract>,
    known: &[Instrument],
) -> Result<Instrument, NotPlaced> {
    let contract = contract.ok_or(NotPlaced::NoDefinition)?;
    let con_id = contract.con_id.unwrap_or(0);
    let symbol = text_or(contract.symbol.as_deref(), "");
    let sec_type = text_or(contract.sec_type.as_deref(), "STK");
    let currency = text_or(contract.currency.as_deref(), "USD");
    let met = known.iter().find(|known| {
        if con_id == 0 {
            known.symbol == symbol && known.sec_type == sec_type && known.currency == currency
        } else {
            known.con_id == con_id
        }
    });
    if let Some(met) = met {
        return Ok(met.clone());
    }
    if symbol.is_empty() {
        return Err(NotPlaced::NoDefinition);
    }
    Ok(Instrument {
        con_id: if con_id == 0 {
            con_id_of(&symbol)
        } else {
            con_id
        },
        symbol,
        sec_type,
        exchange: text_or(contract.exchange.as_deref(), "SMART"),
        currency,
        sub: 0,
    })
}

/// A contract number that is always the same for the same symbol (FNV-1a, cut to what is usual).
fn con_id_of(symbol: &str) -> i32 {
    let hash = symbol.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    i32::try_from(hash % 900_000_000).unwrap_or(0) + 1_000_000
}

fn text_or(text: Option<&str>, default: &str) -> String {
    match text {
        Some(text) if !text.is_empty() => text.to_owned(),
        Some(_) | None => default.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(order: message::Order) -> Result<NewOrder, NotPlaced> {
        let request = message::PlaceOrderRequest {
            order_id: Some(1),
            contract: Some(message::Contract {
                symbol: Some("AAPL".to_owned()),
                ..message::Contract::default()
            }),
            order: Some(order),
        };
        let known = [Instrument::share(265_598, "AAPL")];
        new_order(&request, &AccountId("U1".to_owned()), &known)
    }

    fn limit() -> message::Order {
        message::Order {
            action: Some("SELL".to_owned()),
            total_quantity: Some("2.5".to_owned()),
            order_type: Some("LMT".to_owned()),
            lmt_price: Some(10.35),
            aux_price: Some(f64::MAX),
            ..message::Order::default()
        }
    }

    #[test]
    fn a_limit_order_keeps_its_numbers_and_meets_its_contract() {
        let order = ask(limit()).unwrap();
        assert_eq!(order.quantity, "2.5".parse().unwrap());
        assert_eq!(order.limit, Some("10.35".parse().unwrap()));
        assert_eq!(order.stop, None);
        assert_eq!(order.instrument.con_id, 265_598);
        assert_eq!(order.tif, "DAY");
    }

    #[test]
    fn what_is_no_order_is_named_and_not_placed() {
        let with = |change: fn(&mut message::Order)| {
            let mut order = limit();
            change(&mut order);
            ask(order).unwrap_err()
        };
        assert!(matches!(
            with(|order| order.what_if = Some(true)),
            NotPlaced::Invalid(_)
        ));
        assert!(matches!(
            with(|order| order.account = Some("U2".to_owned())),
            NotPlaced::Invalid(_)
        ));
        assert!(matches!(
            with(|order| order.action = None),
            NotPlaced::Invalid(_)
        ));
        assert!(matches!(
            with(|order| order.total_quantity = Some("many".to_owned())),
            NotPlaced::Invalid(_)
        ));
        assert!(matches!(
            with(|order| order.order_type = Some("REL".to_owned())),
            NotPlaced::Rejected(_)
        ));
        let nameless = message::PlaceOrderRequest {
            order: Some(limit()),
            ..message::PlaceOrderRequest::default()
        };
        let account = AccountId("U1".to_owned());
        assert_eq!(
            new_order(&nameless, &account, &[]),
            Err(NotPlaced::NoDefinition)
        );
    }

    #[test]
    fn a_price_that_means_not_set_is_none() {
        for unset in [f64::MAX, f64::INFINITY, f64::NAN] {
            assert_eq!(read_price(unset), None);
        }
    }

    #[test]
    fn a_symbol_has_one_contract_number() {
        assert_eq!(con_id_of("GME"), con_id_of("GME"));
        assert_ne!(con_id_of("GME"), con_id_of("AMC"));
        assert!(con_id_of("") > 0);
    }
}
