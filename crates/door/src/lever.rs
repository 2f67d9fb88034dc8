//! The emergency operations, and how far each goes at a door.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{DoorKind, OrderKey};

/// One emergency operation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// Record orders, fills, positions and sessions before they change.
    Capture,
    /// Stop what trades by itself on this person's side.
    StopAutomation,
    /// Cancel open orders.
    CancelOrders,
    /// Cancel withdrawals that have not left.
    StopWithdrawals,
    /// Keep new orders from being accepted.
    BlockTrading,
    /// Cut API keys and tokens.
    RevokeKey,
    /// Log other sessions out.
    EndSessions,
    /// Record what the account allows: scopes, settings, other keys.
    Audit,
}

impl Lever {
    /// All levers, in the order in which boards show them.
    pub const ALL: [Self; 8] = [
        Self::Capture,
        Self::StopAutomation,
        Self::CancelOrders,
        Self::StopWithdrawals,
        Self::BlockTrading,
        Self::RevokeKey,
        Self::EndSessions,
        Self::Audit,
    ];

    /// The id that runbooks and journals use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::StopAutomation => "stop_automation",
            Self::CancelOrders => "cancel_orders",
            Self::StopWithdrawals => "stop_withdrawals",
            Self::BlockTrading => "block_trading",
            Self::RevokeKey => "revoke_key",
            Self::EndSessions => "end_sessions",
            Self::Audit => "audit",
        }
    }

    /// The lever of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lever| lever.id() == id)
    }

    /// What a board's row is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Capture => "Record evidence",
            Self::StopAutomation => "Stop bots",
            Self::CancelOrders => "Cancel orders",
            Self::StopWithdrawals => "Stop withdrawals",
            Self::BlockTrading => "Block trading",
            Self::RevokeKey => "Revoke keys",
            Self::EndSessions => "End sessions",
            Self::Audit => "Look for changes",
        }
    }

    /// Whether a run is not contained before this lever is proved.
    pub fn contains(self) -> bool {
        match self {
            Self::Capture | Self::Audit => false,
            Self::StopAutomation
            | Self::CancelOrders
            | Self::StopWithdrawals
            | Self::BlockTrading
            | Self::RevokeKey
            | Self::EndSessions => true,
        }
    }

    /// Whether this lever cuts off who places orders: hold-down lasts until these are proved.
    pub fn severs(self) -> bool {
        match self {
            Self::StopAutomation | Self::RevokeKey | Self::EndSessions => true,
            Self::Capture
            | Self::CancelOrders
            | Self::StopWithdrawals
            | Self::BlockTrading
            | Self::Audit => false,
        }
    }
}

impl fmt::Display for Lever {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How far a lever goes at a door.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reach")]
pub enum Reach {
    /// All there is.
    Full,
    /// Something stays, named in a sentence.
    Partial {
        /// What is left, and for how long where that is known.
        left: String,
    },
    /// Nobody has documented it.
    Unknown,
}

/// A lever that a door offers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of a door, and none follows from another"
)]
pub struct LeverSupport {
    /// The operation.
    pub lever: Lever,
    /// How far it goes.
    #[serde(flatten)]
    pub reach: Reach,
    /// Whether `act` does something here. A door that can only read a lever back says `false`.
    pub acts: bool,
    /// Whether `read_back` can tell here.
    pub reads: bool,
    /// The least time from act to proof that the venue's own pacing allows.
    #[serde(with = "millis", rename = "takes_at_least_ms")]
    pub takes_at_least: Duration,
    /// What no longer works once this was pulled. The engine waits while it is still needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blinds: Vec<Blinds>,
    /// Whether this door reaches a part of the account that no other door does (spot and futures
    /// with keys of their own). Each such door acts, and proves, for itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_part: bool,
    /// Whether the venue wants a one-time code from the person before it is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_code: bool,
}

/// Levers of a door that stop working once another was pulled. Of `revoke_key` only the own key
/// blinds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Blinds {
    /// The door that goes blind, of the same account.
    pub door: DoorKind,
    /// The levers that it can then neither pull nor read.
    pub levers: Vec<Lever>,
}

/// Which open orders a cancel is for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelScope {
    /// All.
    #[default]
    All,
    /// All but stops that close a position.
    KeepProtective,
    /// Those placed within this long before the press, in seconds, or at a time the venue does not
    /// tell.
    PlacedAfterSeconds(u64),
    /// This one, whatever else is open. A door that cannot cancel it alone refuses, and cancels
    /// nothing.
    Only(OrderKey),
}

/// Whose keys a revocation is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// All but the one that the door itself signs with.
    #[default]
    Others,
    /// The one that the door itself signs with: last, since nothing can be read after it.
    Own,
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}
