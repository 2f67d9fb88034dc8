//! What the simulated broker itself knows, whatever it says on the wire: the oracle of the tests.
//! Nothing here is ever read by a door.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::world::{PermId, SessionId, Side, WithdrawalState};

/// One thing that happened at the broker.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TruthEvent {
    /// Milliseconds since the world began.
    pub at_ms: u64,
    /// The account's name, as it was served.
    pub account: String,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// An order can fill from now on: placed, come back after a cancel, or taken up again.
    OrderPlaced {
        /// Which.
        order: PermId,
        /// The ticker.
        instrument: String,
        /// Which way.
        side: Side,
        /// How much of it can still trade.
        quantity: Decimal,
        /// From which platform.
        platform: String,
        /// By which login or key.
        by: String,
        /// Whether the same order was cancelled before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// An order cannot fill any more, although not all of it traded.
    OrderCancelled {
        /// Which.
        order: PermId,
        /// How much of it had traded.
        filled: Decimal,
    },
    /// An order traded.
    OrderFilled {
        /// Which.
        order: PermId,
        /// How much, this time.
        quantity: Decimal,
        /// At which price.
        price: Decimal,
        /// How much can still trade.
        remaining: Decimal,
    },
    /// Somebody logged in.
    SessionOpened {
        /// Which session.
        session: SessionId,
        /// As whom.
        username: String,
        /// Where.
        platform: String,
    },
    /// A session is over.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Why.
        why: String,
    },
    /// A key works from now on.
    KeyCreated {
        /// Its name.
        key: String,
        /// What it is.
        kind: String,
    },
    /// A key works no more.
    KeyRevoked {
        /// Its name.
        key: String,
    },
    /// A withdrawal changed its state.
    Withdrawal {
        /// The broker's id of it.
        withdrawal: String,
        /// How much, with its currency.
        amount: String,
        /// Where it stands now.
        state: WithdrawalState,
    },
    /// A front end's dead-man's switch was set, taken off, or fired.
    DeadManSwitch {
        /// Of which front end.
        door: String,
        /// What happened to it.
        state: DeadMan,
    },
    /// A front end was asked something.
    Request {
        /// Which front end.
        door: String,
        /// What, in the wire's own word.
        what: String,
    },
}

/// What happened to a dead-man's switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadMan {
    /// It fires unless it is set again in time.
    Set,
    /// It does not fire.
    TakenOff,
    /// It fired: the orders of its front end are cancelled.
    Fired,
}

/// How one account stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountTruth {
    /// Orders that can fill.
    pub open_orders: u64,
    /// Withdrawals that can still leave.
    pub open_withdrawals: u64,
    /// Logins that live.
    pub live_sessions: u64,
    /// Keys that work.
    pub live_keys: u64,
}

/// How every account stands, by the name under which it is served.
pub type TruthSummary = BTreeMap<String, AccountTruth>;

/// What a stream of truth events comes to: the same as the broker's own summary.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    accounts: BTreeMap<String, Open>,
}

#[derive(Clone, Debug, Default)]
struct Open {
    orders: BTreeSet<PermId>,
    withdrawals: BTreeSet<String>,
    sessions: BTreeSet<SessionId>,
    keys: BTreeSet<String>,
}

impl Fold {
    /// Takes one event in.
    pub fn apply(&mut self, event: &TruthEvent) {
        let open = self.accounts.entry(event.account.clone()).or_default();
        match &event.what {
            Happening::OrderPlaced { order, .. } => {
                open.orders.insert(*order);
            }
            Happening::OrderCancelled { order, .. } => {
                open.orders.remove(order);
            }
            Happening::OrderFilled {
                order, remaining, ..
            } => {
                if remaining.is_zero() {
                    open.orders.remove(order);
                }
            }
            Happening::SessionOpened { session, .. } => {
                open.sessions.insert(*session);
            }
            Happening::SessionEnded { session, .. } => {
                open.sessions.remove(session);
            }
            Happening::KeyCreated { key, .. } => {
                open.keys.insert(key.clone());
            }
            Happening::KeyRevoked { key } => {
                open.keys.remove(key);
            }
            Happening::Withdrawal {
                withdrawal, state, ..
            } => {
                match state {
                    WithdrawalState::Pending => open.withdrawals.insert(withdrawal.clone()),
                    WithdrawalState::Cancelled | WithdrawalState::Sent => {
                        open.withdrawals.remove(withdrawal)
                    }
                };
            }
            Happening::DeadManSwitch { .. } | Happening::Request { .. } => {}
        }
    }

    /// How every account that had an event stands.
    pub fn summary(&self) -> TruthSummary {
        self.accounts
            .iter()
            .map(|(name, open)| {
                (
                    name.clone(),
                    AccountTruth {
                        open_orders: open.orders.len() as u64,
                        open_withdrawals: open.withdrawals.len() as u64,
                        live_sessions: open.sessions.len() as u64,
                        live_keys: open.keys.len() as u64,
                    },
                )
            })
            .collect()
    }
}
