//! The rows of the table in which a person says what was theirs, and the losses that follow.

use std::fmt;

use door::{Act, ActKind, DoorKind};
use jiff::Timestamp;
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

/// The name of the act of this kind that the venue calls `id`, on this account.
pub(super) fn key_of(account: Option<&AccountName>, kind: ActKind, id: &str) -> ActKey {
    let account = account.map_or("", |account| account.as_str());
    let kind = match kind {
        ActKind::Order => "order",
        ActKind::Fill => "fill",
        ActKind::Transfer => "transfer",
        ActKind::Session => "session",
        ActKind::Key => "key",
        ActKind::Address => "address",
    };
    ActKey(format!("{account}/{kind}/{id}"))
}

/// The time in which somebody else may have been at work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Window {
    /// Its beginning; absent where it is not known.
    pub from: Option<Timestamp>,
    /// Its end, which is no part of it; absent while it goes on.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Whether it is known that `at` is in it.
    pub fn holds(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| {
            self.from.is_some_and(|from| at >= from) && self.until.is_none_or(|until| at < until)
        })
    }

    /// Whether it is known that `at` is before it.
    pub fn is_after(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.from.is_some_and(|from| at < from))
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
