//! Orders from placing to their end. Every change of an order's state goes through
//! [`Inner::becomes`], so that the order, its past and the truth cannot disagree.

use std::time::Duration;

use rust_decimal::Decimal;

use super::{
    AccountId, Due, Execution, Holding, Inner, Instrument, Kept, NewOrder, Order, OrderStatus,
    OrderType, PermId, Platform, SessionId, Submitter, Update, Username, World, WorldError,
    oracle::Moment,
};
use crate::{
    faults::{FaultKind, Faults, Front},
    truth::Happening,
};

/// Who asks for something to be done with orders. What it may do is checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum By {
    /// A client of the TWS socket, by its id.
    Client(i32),
    /// A person or program in a session; it must hold its username's seat.
    Session(SessionId),
    /// Whoever holds a key, by the key's name.
    Key(String),
}

/// What stands behind an order that its wire does not tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Plot {
    /// Whether an intruder placed it.
    pub intruder: bool,
    /// At which price somebody waits for it: it trades there and nowhere else, if its own limit
    /// allows.
    pub fills_at: Option<Decimal>,
}

/// How a cancel was taken. None of these means that the order is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelTaken {
    /// The broker has it; the order is in `PendingCancel`.
    Pending,
    /// The order was put aside and is cancelled at once.
    Done,
    /// It goes nowhere: no link.
    Lost,
    /// It goes nowhere, and the front end is to say that it was done.
    Lied,
}

impl World {
    /// Places an order. `order_id` is the client's own number of it, 0 for none.
    pub fn place(
        &self,
        account: &AccountId,
        ask: NewOrder,
        by: &By,
        order_id: i32,
    ) -> Result<PermId, WorldError> {
        self.place_in(Plot::default(), account, ask, by, order_id)
    }

    /// Places an order that is a part of something.
    pub fn place_in(
        &self,
        plot: Plot,
        account: &AccountId,
        ask: NewOrder,
        by: &By,
        order_id: i32,
    ) -> Result<PermId, WorldError> {
        self.may_write(account, by)?;
        let mut inner = self.settle();
        let submitter = inner.submitter(account, by, order_id)?;
        if let By::Key(name) = by {
            let keys = &inner.account(account)?.keys;
            if !keys.iter().any(|key| key.name == *name && key.trades()) {
                return Err(WorldError::KeyRevoked);
            }
        }
        if inner.account(account)?.locked {
            return Err(WorldError::Locked);
        }
        check(&ask)?;
        if inner.account(account)?.exchange.blocks(&ask.instrument) {
            return Err(WorldError::Blocked);
        }
        Ok(inner.place(account, ask, submitter, plot))
    }

    /// Asks for one order's cancel. Asking again while it is pending is no error.
    pub fn cancel(
        &self,
        account: &AccountId,
        order: PermId,
        by: &By,
    ) -> Result<CancelTaken, WorldError> {
        let front = self.may_write(account, by)?;
        let mut inner = self.settle();
        inner.submitter(account, by, 0)?;
        inner.ask_cancel(account, order, front, self.faults())
    }

    /// Asks for the cancel of every order of the account that can fill or was put aside, wherever
    /// it was placed. Oldest first.
    pub fn cancel_all(
        &self,
        account: &AccountId,
        by: &By,
    ) -> Result<Vec<(PermId, CancelTaken)>, WorldError> {
        let front = self.may_write(account, by)?;
        let mut inner = self.settle();
        inner.submitter(account, by, 0)?;
        let open: Vec<_> = inner
            .orders_of(account)
            .filter(|order| order.status.open())
            .map(|order| order.perm_id)
            .collect();
        open.into_iter()
            .map(|order| {
                let taken = inner.ask_cancel(account, order, front, self.faults())?;
                Ok((order, taken))
            })
            .collect()
    }

    /// What the security desk does when it is asked to cancel what is left: every order is
    /// cancelled in the broker's own books, whatever the front ends make of cancels.
    pub fn cancel_by_desk(&self, account: &AccountId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.account(account)?;
        let open: Vec<_> = inner
            .orders_of(account)
            .filter(|order| order.status.open())
            .map(|order| order.perm_id)
            .collect();
        for order in open {
            inner.ends(order, self.faults());
        }
        Ok(())
    }

    /// The same for one order. One that ended meanwhile is no error.
    pub fn cancel_one_by_desk(&self, account: &AccountId, order: PermId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let kept = inner.orders.get(&order).ok_or(WorldError::NoOrder)?;
        if kept.order.account != *account {
            return Err(WorldError::NoOrder);
        }
        if kept.order.status.open() {
            inner.ends(order, self.faults());
        }
        Ok(())
    }

    /// All orders of an account, ended ones too, oldest first. This is the truth; what a front end
    /// may show is [`World::listed`].
    pub fn orders(&self, account: &AccountId) -> Vec<Order> {
        self.settle().orders_of(account).cloned().collect()
    }

    /// The orders of an account as a front end sees them, ended ones too, oldest first. A TWS that
    /// lost its link sees them as they were then.
    pub fn listed(&self, front: Front, account: &AccountId) -> Vec<Order> {
        let cut = self.link_cut(front, account);
        let inner = self.settle();
        let mut orders = match cut {
            Some(cut) => inner.orders_as_of(account, cut),
            None => inner.orders_of(account).cloned().collect(),
        };
        orders.retain(|order| front.trades(&order.ask.instrument));
        orders
    }

    /// The executions of an account as a front end sees them, oldest first.
    pub fn executions(&self, front: Front, account: &AccountId) -> Vec<Execution> {
        let cut = self.link_cut(front, account).unwrap_or(Duration::MAX);
        let inner = self.settle();
        inner
            .accounts
            .get(account)
            .map(|account| {
                let seen = account.executions.iter();
                seen.filter(|fill| fill.at <= cut && front.trades(&fill.instrument))
                    .cloned()
                    .collect()
            })
            .unwrap_or_default()
    }

    /// One order, by its lasting number.
    pub fn order(&self, order: PermId) -> Option<Order> {
        Some(self.settle().orders.get(&order)?.order.clone())
    }

    /// One order, by the number that the Client Portal gives it.
    pub fn order_by_cp_id(&self, account: &AccountId, cp_order_id: i64) -> Option<Order> {
        let inner = self.settle();
        inner
            .orders_of(account)
            .find(|order| order.cp_order_id == cp_order_id)
            .cloned()
    }

    /// One order, by the number that a client of the TWS socket gave it.
    pub fn order_by_client(
        &self,
        account: &AccountId,
        client_id: i32,
        order_id: i32,
    ) -> Option<Order> {
        let inner = self.settle();
        inner
            .orders_of(account)
            .filter(|order| {
                order.submitter.client_id == Some(client_id) && order.submitter.order_id == order_id
            })
            .last()
            .cloned()
    }

    /// Gives every open order of the TWS window a number of client 0, and returns them.
    pub fn bind_window_orders(&self, account: &AccountId) -> Result<Vec<Order>, WorldError> {
        self.settle().bind_window_orders(account)
    }

    /// What is held, by contract number.
    pub fn holdings(&self, account: &AccountId) -> Vec<Holding> {
        let inner = self.settle();
        inner
            .accounts
            .get(account)
            .map(|account| account.holdings.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Trades `quantity` of an order at `price` now, at most what remains of it.
    pub fn fill(&self, order: PermId, quantity: Decimal, price: Decimal) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let kept = inner.orders.get(&order).ok_or(WorldError::NoOrder)?;
        if !kept.order.open() {
            return Err(WorldError::OrderEnded(kept.order.status));
        }
        let quantity = quantity.min(kept.order.remaining());
        if quantity <= Decimal::ZERO {
            return Err(WorldError::BadOrder("nothing to fill"));
        }
        inner.fill(order, quantity, price);
        Ok(())
    }

    /// Puts an order aside, as its owner can in a TWS window: listed, and it cannot fill.
    pub fn deactivate(&self, order: PermId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let kept = inner.orders.get(&order).ok_or(WorldError::NoOrder)?;
        if !kept.order.open() {
            return Err(WorldError::OrderEnded(kept.order.status));
        }
        inner.becomes(order, OrderStatus::PreSubmitted, true);
        Ok(())
    }

    /// Takes up an order that was put aside.
    pub fn activate(&self, order: PermId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let kept = inner.orders.get(&order).ok_or(WorldError::NoOrder)?;
        if !kept.order.deactivated || !kept.order.status.open() {
            return Err(WorldError::OrderEnded(kept.order.status));
        }
        inner.becomes(order, OrderStatus::Submitted, false);
        Ok(())
    }

    /// What an instrument trades at. It does not move.
    pub fn reference_price(instrument: &Instrument) -> Decimal {
        Decimal::new(10 + i64::from(instrument.con_id.rem_euclid(190)), 0)
    }

    /// When a front end lost sight of the broker, if it has.
    fn link_cut(&self, front: Front, account: &AccountId) -> Option<Duration> {
        self.faults()
            .on(front, account, FaultKind::LinkLost)
            .map(|bite| bite.since())
    }

    /// The front end through which `by` comes, if it may change anything there.
    fn may_write(&self, account: &AccountId, by: &By) -> Result<Option<Front>, WorldError> {
        match by {
            By::Client(_) => {
                if self.tws_read_only(account)? {
                    return Err(WorldError::ReadOnly);
                }
                Ok(Some(Front::Tws))
            }
            By::Session(id) => {
                let session = self.session(*id).ok_or(WorldError::SessionEnded)?;
                Ok(match session.platform {
                    Platform::ClientPortal => Some(Front::ClientPortal),
                    Platform::Tws | Platform::Mobile | Platform::Web | Platform::Api => None,
                })
            }
            By::Key(name) => {
                let inner = self.settle();
                let keys = &inner.account(account)?.keys;
                let key = keys.iter().find(|key| key.name == *name);
                Ok(key.and_then(|key| key.api.as_ref()).map(|api| api.front))
            }
        }
    }
}

/// The most that an order may ask or pay: what is reckoned from it must fit a decimal.
const LARGEST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// What no broker takes.
pub(super) fn check(ask: &NewOrder) -> Result<(), WorldError> {
    if ask.quantity <= Decimal::ZERO {
        return Err(WorldError::BadOrder("the quantity must be above zero"));
    }
    let amounts = [Some(ask.quantity), ask.limit, ask.stop];
    if amounts.into_iter().flatten().any(|it| it.abs() > LARGEST) {
        return Err(WorldError::BadOrder("a quantity or price is out of range"));
    }
    let limited = matches!(ask.order_type, OrderType::Limit | OrderType::StopLimit);
    if limited && ask.limit.is_none() {
        return Err(WorldError::BadOrder("a limit order needs a limit price"));
    }
    if ask.order_type.waits() && ask.stop.is_none() {
        return Err(WorldError::BadOrder("a stop order needs a stop price"));
    }
    Ok(())
}

impl Inner {
    pub(super) fn orders_of(&self, account: &AccountId) -> impl Iterator<Item = &Order> {
        self.accounts
            .get(account)
            .into_iter()
            .flat_map(|account| &account.orders)
            .filter_map(|id| self.orders.get(id))
            .map(|kept| &kept.order)
    }

    /// Who `by` is on that account, if it may act there now.
    fn submitter(
        &self,
        account: &AccountId,
        by: &By,
        order_id: i32,
    ) -> Result<Submitter, WorldError> {
        let kept = self.account(account)?;
        match by {
            By::Client(client) => {
                if !*kept.tws_running.borrow() {
                    return Err(WorldError::TwsStopped);
                }
                if !self.tws_seated(account) {
                    return Err(WorldError::LinkLost);
                }
                Ok(Submitter::client(kept.tws_user.clone(), *client, order_id))
            }
            By::Session(id) => {
                let session = self.sessions.get(id).filter(|session| session.alive);
                let session = session.ok_or(WorldError::SessionEnded)?;
                if self.account_of(&session.username)? != *account {
                    return Err(WorldError::NoUser(session.username.clone()));
                }
                if !session.seat {
                    return Err(WorldError::NoSeat);
                }
                Ok(Submitter {
                    order_id,
                    ..Submitter::by_hand(session.platform, session.username.clone())
                })
            }
            By::Key(name) => {
                // what a key of an exchange may do to orders that are there, its wire decides
                let works = kept.keys.iter().any(|key| {
                    key.name == *name && key.enabled && (key.trades() || key.api.is_some())
                });
                if works {
                    Ok(Submitter::by_hand(Platform::Api, Username(name.clone())))
                } else {
                    Err(WorldError::KeyRevoked)
                }
            }
        }
    }

    /// Places an order that was allowed.
    pub(super) fn place(
        &mut self,
        account: &AccountId,
        ask: NewOrder,
        submitter: Submitter,
        plot: Plot,
    ) -> PermId {
        self.last_perm_id += self.pick(1, 97);
        self.last_cp_order_id += self.pick(1, 9);
        let perm_id = PermId(self.last_perm_id);
        let order = Order {
            perm_id,
            cp_order_id: self.last_cp_order_id,
            account: account.clone(),
            submitter,
            ask,
            filled: Decimal::ZERO,
            average_price: Decimal::ZERO,
            last_price: Decimal::ZERO,
            status: OrderStatus::PendingSubmit,
            deactivated: false,
            placed: self.now,
            changed: self.now,
        };
        if let Some(account) = self.accounts.get_mut(account) {
            account.orders.insert(perm_id);
            if order.submitter.client_id.is_some() {
                let next = order.submitter.order_id.saturating_add(1);
                account.next_order_id = account.next_order_id.max(next);
            }
        }
        let kept = Kept {
            past: Vec::new(),
            returns: 0,
            life: 0,
            plot,
            order,
        };
        self.orders.insert(perm_id, kept);
        self.becomes(perm_id, OrderStatus::PendingSubmit, false);
        let wait = self.latency(2, 12);
        self.after(wait, Due::Work(perm_id, 0));
        perm_id
    }

    /// Changes an order's state, its past, and the truth.
    pub(super) fn becomes(&mut self, id: PermId, status: OrderStatus, deactivated: bool) {
        let now = self.now;
        let Some(kept) = self.orders.get_mut(&id) else {
            return;
        };
        let was_open = kept.past.last().is_some_and(Moment::open);
        let again = !kept.past.is_empty();
        kept.order.status = status;
        kept.order.deactivated = deactivated;
        kept.order.changed = now;
        kept.past.push(Moment {
            at: now,
            status,
            deactivated,
            filled: kept.order.filled,
        });
        let order = kept.order.clone();
        let intruder = kept.plot.intruder;
        if order.open() != was_open && status != OrderStatus::Filled {
            let what = if was_open {
                Happening::OrderCancelled {
                    order: id,
                    filled: order.filled,
                }
            } else {
                Happening::OrderPlaced {
                    order: id,
                    instrument: order.ask.instrument.symbol.clone(),
                    side: order.ask.side,
                    quantity: order.remaining(),
                    platform: order.submitter.platform.id().to_owned(),
                    by: order.submitter.username.0.clone(),
                    again,
                    intruder,
                }
            };
            self.record(&order.account, what);
        }
        self.push(Update::Order(order));
    }

    fn ask_cancel(
        &mut self,
        account: &AccountId,
        id: PermId,
        front: Option<Front>,
        faults: &Faults,
    ) -> Result<CancelTaken, WorldError> {
        let kept = self.orders.get(&id).ok_or(WorldError::NoOrder)?;
        let order = &kept.order;
        if order.account != *account {
            return Err(WorldError::NoOrder);
        }
        if !order.status.open() {
            return Err(WorldError::OrderEnded(order.status));
        }
        let life = kept.life;
        let bites = |kind| front.is_some_and(|front| faults.on(front, account, kind).is_some());
        if bites(FaultKind::LinkLost) {
            return Ok(CancelTaken::Lost);
        }
        let closed = match front {
            Some(_) => bites(FaultKind::MarketClosed),
            None => faults
                .anywhere(self.now, account, FaultKind::MarketClosed)
                .is_some(),
        };
        if closed {
            return Err(WorldError::MarketClosed);
        }
        if bites(FaultKind::LyingAck) {
            return Ok(CancelTaken::Lied);
        }
        if order.deactivated {
            self.becomes(id, OrderStatus::Cancelled, false);
            return Ok(CancelTaken::Done);
        }
        if order.status != OrderStatus::PendingCancel {
            self.becomes(id, OrderStatus::PendingCancel, false);
        }
        if bites(FaultKind::PendingCancelForever) {
            return Ok(CancelTaken::Pending);
        }
        let wait = self.latency(15, 80);
        let fills = front.is_some_and(|front| {
            faults.one_in(front, account, FaultKind::FillDuringCancel, "every", 1)
        });
        let due = if fills {
            Due::FillInstead(id, life)
        } else {
            Due::Cancel(id, life)
        };
        self.after(wait, due);
        Ok(CancelTaken::Pending)
    }

    fn bind_window_orders(&mut self, id: &AccountId) -> Result<Vec<Order>, WorldError> {
        let mut next = self.account(id)?.next_order_id;
        let unbound: Vec<_> = self
            .orders_of(id)
            .filter(|order| {
                order.submitter.platform == Platform::Tws
                    && order.submitter.client_id.is_none()
                    && order.status.open()
            })
            .map(|order| order.perm_id)
            .collect();
        let mut bound = Vec::new();
        for order in unbound {
            if let Some(kept) = self.orders.get_mut(&order) {
                kept.order.submitter.client_id = Some(0);
                kept.order.submitter.order_id = next;
                next += 1;
                bound.push(kept.order.clone());
            }
        }
        self.account_mut(id)?.next_order_id = next;
        Ok(bound)
    }

    fn pick(&mut self, from: i64, to: i64) -> i64 {
        rand::RngExt::random_range(&mut self.rng, from..=to)
    }
}
