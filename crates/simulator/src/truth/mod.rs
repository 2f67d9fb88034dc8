//! What the simulated broker itself knows, whatever it says on the wire: the oracle of the tests.
//! Nothing here is ever read by a door.

mod fold;
mod harm;

use std::{collections::BTreeMap, ops::Not};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use fold::Fold;
pub use harm::Harm;

use crate::world::{Contact, PermId, SessionId, Side, TransferState, WithdrawalState};

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
        #[serde(default, skip_serializing_if = "Not::not")]
        again: bool,
        /// Whether an intruder placed it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
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
        /// Which way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<Side>,
        /// What the instrument trades at elsewhere at that time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Decimal>,
        /// Whether an intruder placed it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
    },
    /// Somebody logged in.
    SessionOpened {
        /// Which session.
        session: SessionId,
        /// As whom.
        username: String,
        /// Where.
        platform: String,
        /// Whether an intruder did it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
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
        /// Whether an intruder did it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
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
        /// Whether an intruder asked for it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
    },
    /// A transfer of all positions to another broker changed its state.
    Transfer {
        /// The broker's id of it.
        transfer: String,
        /// The broker that pulls.
        to: String,
        /// What the positions are worth, with its currency.
        amount: String,
        /// Where it stands now.
        state: TransferState,
        /// Whether an intruder asked for it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
    },
    /// The broker now writes to or calls somebody else.
    ContactChanged {
        /// Which way of contact.
        what: Contact,
        /// What it is now.
        to: String,
        /// Whether an intruder did it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
    },
    /// A device answers the second factor from now on.
    DeviceAdded {
        /// Its name.
        device: String,
        /// Whether an intruder did it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
    },
    /// A device answers the second factor no more.
    DeviceRemoved {
        /// Its name.
        device: String,
    },
    /// A user may log in from now on.
    UserAdded {
        /// Its name.
        user: String,
        /// Whether an intruder did it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
    },
    /// A user may log in no more.
    UserRemoved {
        /// Its name.
        user: String,
    },
    /// Withdrawals may go to an address or payee from now on.
    AddressAllowed {
        /// Which.
        target: String,
        /// Whether an intruder did it.
        #[serde(default, skip_serializing_if = "Not::not")]
        intruder: bool,
    },
    /// Withdrawals may go there no more.
    AddressRemoved {
        /// Which.
        target: String,
    },
    /// The passwords of all users were changed.
    PasswordChanged,
    /// The account takes no logins, orders and withdrawals.
    AccountLocked {
        /// The reference number of the security desk.
        reference: String,
    },
    /// The lock was taken off.
    AccountUnlocked,
    /// A program on the owner's computer runs.
    ProgramStarted {
        /// Its name.
        program: String,
    },
    /// A program on the owner's computer was stopped.
    ProgramStopped {
        /// Its name.
        program: String,
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
    /// Transfers of positions that can still leave.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub open_transfers: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// How every account stands, by the name under which it is served.
pub type TruthSummary = BTreeMap<String, AccountTruth>;
