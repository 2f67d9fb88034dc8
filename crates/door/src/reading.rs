//! What doors answer: receipts of acts, readings of what is so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Family, Fill, OpenOrder, Position};

/// The venue took a request. It proves nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// What the venue said, cleaned, in one line.
    pub words: String,
    /// `capture` and `audit`: what was found, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
    /// `capture` and `audit`: each part that was asked for and could not be had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// What is so at the venue, as one door sees it now.
///
/// Returned only when the listing ran to its end. Nothing in `found`, `unseen` and `residue` means
/// that this door sees the lever's aim reached.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Reading {
    /// What is still open and within reach of another act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Found>,
    /// What may be there and cannot be seen through this door by its nature.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
    /// What is there and no act here can change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub residue: Vec<Residue>,
    /// Fills that this door has seen since the run began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<Fill>,
    /// What was read, in one line (`0 open orders, 3 families`).
    pub words: String,
}

/// One thing that is still open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Found {
    /// An order that can still fill.
    Order(OpenOrder),
    /// A withdrawal that has not left.
    Withdrawal {
        /// The venue's id.
        id: String,
        /// Amount, asset and target, masked.
        label: String,
    },
    /// A session that is still alive, or that took the seat.
    Session {
        /// Who or what, as far as the venue tells.
        label: String,
    },
    /// A key or token that still works.
    Key {
        /// Its name, never the key.
        label: String,
    },
    /// A program that still runs.
    Program {
        /// Its name or port.
        label: String,
    },
    /// A setting that still lets orders through.
    Setting {
        /// Which.
        label: String,
    },
}

impl Found {
    /// One line for a person.
    pub fn label(&self) -> String {
        match self {
            Self::Order(order) => {
                format!("{} {} {}", order.side, order.quantity, order.instrument)
            }
            Self::Withdrawal { label, .. }
            | Self::Session { label }
            | Self::Key { label }
            | Self::Program { label }
            | Self::Setting { label } => label.clone(),
        }
    }
}

/// What a door cannot see by its nature.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Unseen {
    /// An order family, or another kind of thing in plain words (`other web sessions`).
    pub what: Family,
    /// Why.
    pub why: String,
}

/// What stays whatever is done here.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Residue {
    /// What.
    pub what: String,
    /// Until when, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A part of a capture or audit that could not be had.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Missing {
    /// Which part.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What a capture found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Open orders.
    pub orders: Vec<OpenOrder>,
    /// Positions.
    pub positions: Vec<Position>,
    /// Fills of today, or as far back as the venue tells.
    pub fills: Vec<Fill>,
    /// Other facts as name and value, in the order of the venue's answer: balances, settings,
    /// sessions. No secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
}

impl Snapshot {
    /// The fact of an audit that tells whether money can leave with the door's own key: `yes`, `no`,
    /// or `unknown`.
    pub const MAY_WITHDRAW: &str = "may withdraw";
}

/// A door is open and warm.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Health {
    /// What was reached, in one line (`TWS, server version 226`).
    pub words: String,
    /// The venue's clock minus ours, in milliseconds, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_ms: Option<i64>,
    /// Whether the venue says that no real money is behind what was reached; `None` where it says
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<bool>,
    /// What the person should know: paper account, read-only, a seat that another holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Something held for the run that was taken back at reset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Released {
    /// What (`brokerage seat`, `dead-man's switch`).
    pub what: String,
    /// What was seen while it was held (`taken 3 times by another session`).
    pub words: String,
}
