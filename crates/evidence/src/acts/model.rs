//! The rows of the table in which a person says what was theirs, and the losses that follow.

use std::fmt;

use door::{Act, DoorKind};
use runbook::AccountName;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::case::Verdict;

/// The lasting name of an act within a case: account, kind and the venue's id of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActKey(pub String);

impl fmt::Display for ActKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One act, and what is said of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ActRow {
    /// Its name.
    pub key: ActKey,
    /// On which account; `None` where a file of this computer tells it and names none.
    pub account: Option<AccountName>,
    /// Through which door it was seen first; `None` for a file of this computer.
    pub door: Option<DoorKind>,
    /// The act.
    pub act: Act,
    /// Every place that tells it: a file of the bundle and the place in it.
    pub sources: Vec<String>,
    /// What the person says of it.
    pub verdict: Option<Verdict>,
    /// What Firebreak would say, and why. Never marked by itself.
    pub suggestion: Option<Suggestion>,
}

/// What speaks for an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Suggestion {
    /// The answer.
    pub verdict: Verdict,
    /// Each reason, a sentence.
    pub why: Vec<String>,
}

/// What the acts that are not the person's cost, in exact decimals.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Losses {
    /// Each figure with its sources.
    pub lines: Vec<LossLine>,
    /// The sums, a currency each; never converted.
    pub totals: Vec<LossTotal>,
    /// What could not be counted and why, a sentence each.
    pub not_counted: Vec<String>,
}

/// One figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LossLine {
    /// What it is (`Sold 200 AAPL at 150.00, bought back at 182.50`).
    pub words: String,
    /// How it was computed, to be done again by hand (`200 x (150.00 - 182.50) - 2.00`).
    pub sum: String,
    /// The figure; below zero is a loss.
    pub amount: Decimal,
    /// Its money.
    pub currency: String,
    /// The acts that it rests on.
    pub acts: Vec<ActKey>,
    /// Their places in the bundle.
    pub sources: Vec<String>,
}

/// The sum of the figures of one currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LossTotal {
    /// The money.
    pub currency: String,
    /// The sum; below zero is a loss.
    pub amount: Decimal,
}
