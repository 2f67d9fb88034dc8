//! What becomes of orders by themselves: they work, trade, end, and come back.

use std::time::Duration;

use rust_decimal::Decimal;

use super::{
    Due, Execution, Inner, NewOrder, Order, OrderStatus, OrderType, PermId, Side, Update, World,
};
use crate::{
    faults::{FaultKind, Faults},
    truth::Happening,
};

impl Inner {
    pub(super) fn work(&mut self, id: PermId, life: u64) {
        let Some(order) = self.living(id, life) else {
            return;
        };
        if order.status != OrderStatus::PendingSubmit {
            return;
        }
        let (status, trades) = if order.ask.order_type.waits() {
            (OrderStatus::PreSubmitted, false)
        } else {
            (OrderStatus::Submitted, self.price_of(id).is_some())
        };
        self.becomes(id, status, false);
        if trades {
            let wait = self.latency(30, 150);
            self.after(wait, Due::Trade(id, life));
        }
    }

    /// Nothing trades while the market is closed: it is tried again.
    pub(super) fn trade_if_open(&mut self, id: PermId, life: u64, faults: &Faults) {
        let closed = self.orders.get(&id).is_some_and(|kept| {
            let account = &kept.order.account;
            faults
                .anywhere(self.now, account, FaultKind::MarketClosed)
                .is_some()
        });
        if closed {
            self.after(Duration::from_secs(1), Due::Trade(id, life));
        } else {
            self.trade(id, life);
        }
    }

    fn trade(&mut self, id: PermId, life: u64) {
        let Some(order) = self.living(id, life) else {
            return;
        };
        let remaining = order.remaining();
        let reference = World::reference_price(&order.ask.instrument);
        let price = self.price_of(id).unwrap_or(reference);
        self.fill(id, remaining, price);
    }

    /// At which price an order trades as soon as it works, if it does.
    fn price_of(&self, id: PermId) -> Option<Decimal> {
        let kept = self.orders.get(&id)?;
        let ask = &kept.order.ask;
        let price = kept
            .plot
            .fills_at
            .unwrap_or_else(|| World::reference_price(&ask.instrument));
        marketable(ask, price).then_some(price)
    }

    pub(super) fn cancelled(&mut self, id: PermId, life: u64, faults: &Faults) {
        let Some(order) = self.living(id, life) else {
            return;
        };
        if order.status == OrderStatus::PendingCancel {
            self.ends(id, faults);
        }
    }

    /// Cancels an order for good, or for as long as a fault leaves it so.
    pub(super) fn ends(&mut self, id: PermId, faults: &Faults) {
        self.becomes(id, OrderStatus::Cancelled, false);
        let Some(kept) = self.orders.get_mut(&id) else {
            return;
        };
        let life = kept.life;
        let Some(bite) = faults.anywhere(self.now, &kept.order.account, FaultKind::Reappear) else {
            return;
        };
        if kept.returns < bite.number("times", 1) {
            kept.returns += 1;
            let wait = bite.duration("after", Duration::from_secs(3));
            self.after(wait, Due::Return(id, life));
        }
    }

    pub(super) fn fill_instead(&mut self, id: PermId, life: u64) {
        self.trade(id, life);
    }

    pub(super) fn returns(&mut self, id: PermId, life: u64) {
        let Some(kept) = self.orders.get_mut(&id) else {
            return;
        };
        if kept.life != life || kept.order.status != OrderStatus::Cancelled {
            return;
        }
        kept.life += 1;
        self.becomes(id, OrderStatus::Submitted, false);
    }

    /// An order that can still fill, in the life for which something was scheduled.
    fn living(&self, id: PermId, life: u64) -> Option<&Order> {
        self.orders
            .get(&id)
            .filter(|kept| kept.life == life && kept.order.open())
            .map(|kept| &kept.order)
    }

    /// Trades; `quantity` is above zero and at most what remains.
    pub(super) fn fill(&mut self, id: PermId, quantity: Decimal, price: Decimal) {
        self.last_execution += 1;
        let execution = {
            let Some(kept) = self.orders.get_mut(&id) else {
                return;
            };
            let order = &mut kept.order;
            let value = order.average_price * order.filled + price * quantity;
            order.filled += quantity;
            order.average_price = (value / order.filled).round_dp(6);
            order.last_price = price;
            Execution {
                id: format!("0000f1b4.{:08x}.01.01", self.last_execution),
                perm_id: id,
                cp_order_id: order.cp_order_id,
                account: order.account.clone(),
                submitter: order.submitter.clone(),
                instrument: order.ask.instrument.clone(),
                side: order.ask.side,
                quantity,
                price,
                order_ref: order.ask.order_ref.clone(),
                at: self.now,
            }
        };
        let Some(kept) = self.orders.get(&id) else {
            return;
        };
        let (order, intruder) = (kept.order.clone(), kept.plot.intruder);
        if let Some(account) = self.accounts.get_mut(&execution.account) {
            account.book(&execution);
        }
        self.record(
            &execution.account,
            Happening::OrderFilled {
                order: id,
                quantity,
                price,
                remaining: order.remaining(),
                side: Some(order.ask.side),
                reference: Some(World::reference_price(&order.ask.instrument)),
                intruder,
            },
        );
        self.push(Update::Execution(execution));
        let status = if order.remaining().is_zero() {
            OrderStatus::Filled
        } else {
            order.status
        };
        self.becomes(id, status, false);
    }
}

/// Whether an order trades at a price as soon as it works.
fn marketable(ask: &NewOrder, price: Decimal) -> bool {
    match (ask.order_type, ask.side, ask.limit) {
        (OrderType::Market, _, _) => true,
        (OrderType::Limit, Side::Buy, Some(limit)) => limit >= price,
        (OrderType::Limit, Side::Sell, Some(limit)) => limit <= price,
        (OrderType::Limit, _, None)
        | (OrderType::Stop | OrderType::StopLimit | OrderType::Trail, _, _) => false,
    }
}
