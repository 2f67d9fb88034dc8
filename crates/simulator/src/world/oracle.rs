//! What was so at an earlier time, for tests that judge a claim after the fact. No front end may
//! ask here.

use std::time::Duration;

use rust_decimal::Decimal;

use super::{AccountId, Inner, Order, OrderStatus, PermId, World};
use crate::truth::{AccountTruth, TruthSummary};
use crate::world::WithdrawalState;

/// An order's state from a time on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub(super) at: Duration,
    pub(super) status: OrderStatus,
    pub(super) deactivated: bool,
    pub(super) filled: Decimal,
}

impl Moment {
    pub(super) fn open(&self) -> bool {
        self.status.open() && !self.deactivated
    }
}

impl World {
    /// The orders that could fill at a time since the world began. What changed at that very time
    /// counts as changed.
    pub fn open_orders_at(&self, account: &AccountId, at: Duration) -> Vec<PermId> {
        let inner = self.settle();
        inner
            .past_of(account)
            .filter(|(_, past)| state_at(past, at).is_some_and(Moment::open))
            .map(|(order, _)| order)
            .collect()
    }

    /// The orders that could fill at every time between two, both included: what no listing in
    /// between can truthfully leave out.
    pub fn open_orders_throughout(
        &self,
        account: &AccountId,
        from: Duration,
        to: Duration,
    ) -> Vec<PermId> {
        let inner = self.settle();
        inner
            .past_of(account)
            .filter(|(_, past)| {
                // strictly before: an order placed within the first instant may have come after it
                let before = past.iter().rev().find(|moment| moment.at < from);
                before.is_some_and(Moment::open)
                    && past
                        .iter()
                        .filter(|moment| moment.at >= from && moment.at <= to)
                        .all(Moment::open)
            })
            .map(|(order, _)| order)
            .collect()
    }

    /// When an order's state changed, to what, and whether it could fill from then on.
    pub fn history(&self, order: PermId) -> Vec<(Duration, OrderStatus, bool)> {
        let inner = self.settle();
        inner
            .orders
            .get(&order)
            .map(|kept| {
                let past = kept.past.iter();
                past.map(|moment| (moment.at, moment.status, moment.open()))
                    .collect()
            })
            .unwrap_or_default()
    }
}

impl Inner {
    pub(super) fn summary(&self) -> TruthSummary {
        self.accounts
            .iter()
            .map(|(id, account)| {
                let truth = AccountTruth {
                    open_orders: count(self.orders_of(id).filter(|order| order.open())),
                    open_withdrawals: count(
                        account
                            .withdrawals
                            .iter()
                            .filter(|withdrawal| withdrawal.state == WithdrawalState::Pending),
                    ),
                    live_sessions: count(self.live_sessions(id)),
                    live_keys: count(account.keys.iter().filter(|key| key.enabled)),
                    open_transfers: count(
                        account.transfers.iter().filter(|each| each.state.open()),
                    ),
                };
                (account.name.clone(), truth)
            })
            .collect()
    }

    /// The orders as they were at a time, without those that came later.
    pub(super) fn orders_as_of(&self, account: &AccountId, at: Duration) -> Vec<Order> {
        self.orders_of(account)
            .filter_map(|order| {
                let moment = *state_at(&self.orders.get(&order.perm_id)?.past, at)?;
                let mut order = order.clone();
                order.status = moment.status;
                order.deactivated = moment.deactivated;
                order.filled = moment.filled;
                order.changed = moment.at;
                Some(order)
            })
            .collect()
    }

    fn past_of(&self, account: &AccountId) -> impl Iterator<Item = (PermId, &[Moment])> {
        self.orders_of(account).filter_map(|order| {
            let kept = self.orders.get(&order.perm_id)?;
            Some((order.perm_id, kept.past.as_slice()))
        })
    }
}

fn state_at(past: &[Moment], at: Duration) -> Option<&Moment> {
    past.iter().rev().find(|moment| moment.at <= at)
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.count() as u64
}
