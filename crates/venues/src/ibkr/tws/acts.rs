//! What TWS's listings tell of acts. An order's and a fill's names are IBKR's own, and the same over
//! every door that tells them: the permanent id, the execution's id.

use std::collections::HashMap;

use door::{Act, ActKind, Side, clean};
use ibapi::{
    contracts::Contract,
    orders::{Action, ExecutionData, ExecutionSide, OrderData, OrderStatus, Orders},
};
use rust_decimal::Decimal;

use super::{
    listing::Traded,
    map::{self, Name},
};
use crate::acts::{deal, exact};

/// The orders of a listing of open ones, each by its place in it, with the last word on it.
pub(super) fn open(rows: &[Orders]) -> Vec<Act> {
    let mut statuses: HashMap<Name, &OrderStatus> = HashMap::new();
    let mut acts: Vec<(Name, Act)> = Vec::new();
    for (nth, row) in rows.iter().enumerate() {
        match row {
            Orders::OrderData(data) => {
                let name = Name::of_order(data);
                let act = order(data, format!("/{nth}/order"));
                acts.retain(|(known, _)| *known != name);
                acts.push((name, act));
            }
            Orders::OrderStatus(status) => {
                statuses.insert(Name::of_status(status), status);
            }
        }
    }
    acts.into_iter()
        .map(|(name, act)| match statuses.get(&name) {
            Some(status) => Act {
                status: Some(clean(status.status.as_str())),
                ..act
            },
            None => act,
        })
        .collect()
}

/// The orders that ended today, each by its place.
pub(super) fn completed(rows: &[OrderData]) -> Vec<Act> {
    rows.iter()
        .enumerate()
        .map(|(nth, data)| order(data, format!("/{nth}")))
        .collect()
}

/// The fills of today, each by its place.
pub(super) fn executed(traded: &Traded) -> Vec<Act> {
    traded
        .fills
        .iter()
        .enumerate()
        .filter(|(_, data)| !data.execution.execution_id.is_empty())
        .map(|(nth, data)| fill(data, traded, format!("/{nth}")))
        .collect()
}

/// TWS tells no time of placing.
fn order(data: &OrderData, place: String) -> Act {
    let order = &data.order;
    let by_hand = data.order_id == 0 && order.client_id == 0;
    // of an order that is over TWS tells what was left, not what was wanted
    let quantity = match amount(order.total_quantity) {
        Some(quantity) if quantity.is_zero() => amount(order.filled_quantity),
        quantity => quantity,
    };
    let mut act = Act {
        status: Some(clean(data.order_state.status.as_str())),
        instrument: Some(map::instrument(&data.contract)),
        side: Some(match order.action {
            Action::Buy => Side::Buy,
            Action::Sell | Action::SellShort | Action::SellLong => Side::Sell,
        }),
        quantity,
        multiplier: multiplier(&data.contract),
        price: [order.limit_price, order.aux_price]
            .into_iter()
            .flatten()
            .filter_map(amount)
            .find(|price| !price.is_zero()),
        currency: currency(&data.contract),
        client_id: (!by_hand).then(|| order.client_id.to_string()),
        submitter: some(&order.submitter),
        device: by_hand.then(|| "TWS window".to_owned()),
        ..Act::new(
            ActKind::Order,
            Name::of_order(data).key().0,
            String::new(),
            place,
        )
    };
    let reference =
        some(&order.order_ref).map_or_else(String::new, |it| format!(", reference {it}"));
    let ended = some(&data.order_state.completed_time)
        .map_or_else(String::new, |at| format!(", ended {at}"));
    let how = some(&data.order_state.completed_status)
        .map_or_else(String::new, |how| format!(" ({how})"));
    act.words = clean(&format!(
        "{} order: {}{reference}{ended}{how}",
        order.order_type,
        deal(&act)
    ));
    act
}

fn fill(data: &ExecutionData, traded: &Traded, place: String) -> Act {
    let execution = &data.execution;
    let cost = traded.costs.get(&execution.execution_id);
    let by_hand = execution.order_id == 0 && execution.client_id == 0;
    let mut act = Act {
        at: map::time_of(&execution.time),
        instrument: Some(map::instrument(&data.contract)),
        side: Some(match execution.side {
            ExecutionSide::Bought => Side::Buy,
            ExecutionSide::Sold => Side::Sell,
        }),
        quantity: amount(execution.shares),
        multiplier: multiplier(&data.contract),
        price: amount(execution.price),
        fee: cost.and_then(|cost| amount(cost.commission)),
        realised: cost.and_then(|cost| amount(cost.realized_pnl?)),
        currency: currency(&data.contract),
        order: (execution.perm_id != 0).then(|| execution.perm_id.to_string()),
        client_id: (!by_hand).then(|| execution.client_id.to_string()),
        submitter: some(&execution.submitter),
        device: by_hand.then(|| "TWS window".to_owned()),
        ..Act::new(
            ActKind::Fill,
            clean(&execution.execution_id),
            String::new(),
            place,
        )
    };
    // a cost in another money than the price is no figure of this act
    if cost.is_some_and(|cost| some(&cost.currency) != act.currency) {
        (act.fee, act.realised) = (None, None);
    }
    let reference =
        some(&execution.order_reference).map_or_else(String::new, |it| format!(", reference {it}"));
    let on = some(&execution.exchange).map_or_else(String::new, |it| format!(" on {it}"));
    act.words = clean(&format!("{}{on}{reference}", deal(&act)));
    act
}

fn amount(value: f64) -> Option<Decimal> {
    exact(&value.to_string())
}

fn multiplier(contract: &Contract) -> Option<Decimal> {
    exact(&contract.multiplier).filter(|times| *times > Decimal::ONE)
}

fn currency(contract: &Contract) -> Option<String> {
    some(contract.currency.as_str())
}

fn some(text: &str) -> Option<String> {
    let text = clean(text);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use ibapi::orders::{CommissionReport, Execution, Order, OrderStatusKind};

    use super::*;

    fn execution(client: i32, order: i32) -> ExecutionData {
        ExecutionData {
            request_id: 1,
            contract: Contract {
                multiplier: "50".to_owned(),
                currency: "USD".into(),
                ..Contract::stock("AAPL").build()
            },
            execution: Execution {
                execution_id: "0000e0d5.673c4e34.01.01".to_owned(),
                client_id: client,
                order_id: order,
                perm_id: 987_654_321,
                time: "20261124-14:33:41".to_owned(),
                exchange: "ISLAND".to_owned(),
                side: ExecutionSide::Sold,
                shares: 0.3,
                price: 150.2,
                order_reference: "bot".to_owned(),
                submitter: "mallory".to_owned(),
                ..Execution::default()
            },
        }
    }

    fn cost(currency: &str) -> CommissionReport {
        CommissionReport {
            execution_id: "0000e0d5.673c4e34.01.01".to_owned(),
            commission: 1.05,
            currency: currency.to_owned(),
            realized_pnl: Some(-12.5),
            ..CommissionReport::default()
        }
    }

    fn traded(fill: ExecutionData, cost: CommissionReport) -> Traded {
        Traded {
            costs: HashMap::from([(cost.execution_id.clone(), cost)]),
            fills: vec![fill],
        }
    }

    #[test]
    fn a_fill_tells_its_order_its_client_its_submitter_and_its_cost() {
        let fill = &executed(&traded(execution(66, 12), cost("USD")))[0];
        assert_eq!(fill.id, "0000e0d5.673c4e34.01.01");
        assert_eq!(fill.order.as_deref(), Some("987654321"));
        assert_eq!(fill.client_id.as_deref(), Some("66"));
        assert_eq!(fill.submitter.as_deref(), Some("mallory"));
        assert_eq!(fill.at.unwrap().to_string(), "2026-11-24T14:33:41Z");
        assert_eq!(fill.quantity, Some(Decimal::new(3, 1)));
        assert_eq!(fill.multiplier, Some(Decimal::from(50)));
        assert_eq!(fill.fee, Some(Decimal::new(105, 2)));
        assert_eq!(fill.realised, Some(Decimal::new(-125, 1)));
        assert_eq!(
            fill.words,
            "sell 0.3 AAPL at 150.2 on ISLAND, reference bot"
        );
    }

    #[test]
    fn a_cost_in_another_money_is_no_figure_and_the_window_is_named() {
        let fill = &executed(&traded(execution(0, 0), cost("EUR")))[0];
        assert_eq!((fill.fee, fill.realised), (None, None));
        assert_eq!(fill.client_id, None);
        assert_eq!(fill.device.as_deref(), Some("TWS window"));
    }

    #[test]
    fn an_order_has_the_last_word_on_it_and_its_permanent_id() {
        let data = OrderData {
            order_id: 7,
            contract: Contract::stock("AAPL").build(),
            order: Order {
                perm_id: 11,
                client_id: 3,
                action: Action::Buy,
                total_quantity: 100.0,
                order_type: "LMT".to_owned(),
                limit_price: Some(150.25),
                ..Order::default()
            },
            order_state: ibapi::orders::OrderState {
                status: OrderStatusKind::Submitted,
                ..Default::default()
            },
        };
        let status = OrderStatus {
            perm_id: 11,
            status: OrderStatusKind::PendingCancel,
            ..OrderStatus::default()
        };
        let rows = [Orders::OrderData(data.clone()), Orders::OrderStatus(status)];
        let order = &open(&rows)[0];
        assert_eq!(
            (order.id.as_str(), order.place.as_str()),
            ("11", "/0/order")
        );
        assert_eq!(order.status.as_deref(), Some("PendingCancel"));
        assert_eq!(order.words, "LMT order: buy 100 AAPL at 150.25");
        assert_eq!(order.client_id.as_deref(), Some("3"));
        assert_eq!(completed(&[data])[0].status.as_deref(), Some("Submitted"));
    }
}
