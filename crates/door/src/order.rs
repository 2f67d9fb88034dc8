//! Orders, fills and positions, as much of them as containment and evidence need.

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::CancelScope;

/// One kind of open order that a venue lists and cancels apart.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Family(pub String);

impl Family {
    /// A family from its id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The venue's own lasting name of an order: at IBKR the permanent id.
///
/// Doors of one account give the same order the same key where the venue lets them; a door that
/// knows the order only by a number of its own puts its kind before it (`client-portal:123`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderKey(pub String);

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which way an order or fill goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Adds to the position.
    Buy,
    /// Takes from it.
    Sell,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }
}

/// An order that can still fill. A cancel that is only pending leaves an order open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenOrder {
    /// The venue's lasting name of it.
    pub key: OrderKey,
    /// Which listing it came from.
    pub family: Family,
    /// What is traded, in the venue's own symbol.
    pub instrument: String,
    /// Which way.
    pub side: Side,
    /// The whole quantity, in the instrument's unit.
    pub quantity: Decimal,
    /// How much of it has filled.
    pub filled: Decimal,
    /// The venue's order type (`LMT`, `STP`, ...).
    pub order_type: String,
    /// Limit price, in the instrument's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Decimal>,
    /// Stop or trigger price, in the instrument's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Decimal>,
    /// The venue's word for its state.
    pub status: String,
    /// Who placed it, as far as the venue tells: a client id, a username, a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitter: Option<String>,
    /// When it was placed, where the venue tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
}

impl OpenOrder {
    /// Whether this is a stop: an order that waits for a price against the position.
    pub fn is_stop(&self) -> bool {
        self.stop.is_some() || self.order_type.starts_with("STP") || self.order_type == "TRAIL"
    }

    /// Whether `scope` asks for this order to be cancelled, given the positions of its account and
    /// the time of the press.
    pub fn in_scope(
        &self,
        scope: &CancelScope,
        positions: &[Position],
        pressed: Timestamp,
    ) -> bool {
        match scope {
            CancelScope::All => true,
            CancelScope::KeepProtective => !self.protects(positions),
            CancelScope::Only(key) => self.key == *key,
            CancelScope::PlacedAfterSeconds(seconds) => self.placed_at.is_none_or(|placed| {
                pressed.duration_since(placed).as_secs()
                    <= i64::try_from(*seconds).unwrap_or(i64::MAX)
            }),
        }
    }

    /// Whether this is a stop that would close one of `positions`.
    pub fn protects(&self, positions: &[Position]) -> bool {
        self.is_stop()
            && positions.iter().any(|position| {
                position.instrument == self.instrument
                    && match self.side {
                        Side::Sell => position.quantity > Decimal::ZERO,
                        Side::Buy => position.quantity < Decimal::ZERO,
                    }
            })
    }
}

/// Something that was traded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fill {
    /// The venue's id of this execution.
    pub id: String,
    /// Its order, where the venue tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderKey>,
    /// What was traded.
    pub instrument: String,
    /// Which way.
    pub side: Side,
    /// How much, in the instrument's unit.
    pub quantity: Decimal,
    /// At which price, in the instrument's currency.
    pub price: Decimal,
    /// When, by the venue's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Who sent the order, as far as the venue tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitter: Option<String>,
}

/// What is held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Position {
    /// What.
    pub instrument: String,
    /// How much; negative when short.
    pub quantity: Decimal,
    /// Average cost, in the instrument's currency, where the venue tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_cost: Option<Decimal>,
}
