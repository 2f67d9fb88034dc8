//! Things that were done in an account, as its venue tells them: what a person later says was theirs
//! or not.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{DoorKind, Side};

/// What kind of thing was done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// An order was placed, whether it filled or not.
    Order,
    /// Something was traded.
    Fill,
    /// Money or coins moved in or out, or between accounts.
    Transfer,
    /// Somebody logged in, or a session was open.
    Session,
    /// A key, token or application was made, changed or used.
    Key,
    /// A place to withdraw to was added or changed.
    Address,
}

/// One of them. What a venue does not tell is absent, never guessed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Act {
    /// What kind.
    pub kind: ActKind,
    /// The venue's lasting name of it; the same from every door that tells the same one.
    pub id: String,
    /// When, by the venue's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// In one line, plain.
    pub words: String,
    /// The venue's word for its state (`Filled`, `Cancelled`, `success`, `active`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What was traded or moved, in the venue's own symbol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<String>,
    /// Which way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// How much of it, in the instrument's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// How many units of the underlying one unit is; absent where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Decimal>,
    /// At which price, in `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    /// What moved, in `currency`: below zero when it left the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// What it cost, in `currency`: never below zero for a cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Decimal>,
    /// The venue's own figure of what was gained or lost by it, in `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realised: Option<Decimal>,
    /// The money of the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The `id` of the order that a fill belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Which API client sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Which user name or key sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitter: Option<String>,
    /// Which session it was done in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// From which address of the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// With what device or program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Where it went: an account, a bank, a wallet's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where in the raw answer it stands: a JSON pointer, or `line 12`.
    pub place: String,
}

impl Act {
    /// An act of which nothing is known but what it is and where it stands.
    pub fn new(
        kind: ActKind,
        id: impl Into<String>,
        words: impl Into<String>,
        place: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            id: id.into(),
            at: None,
            words: words.into(),
            status: None,
            instrument: None,
            side: None,
            quantity: None,
            multiplier: None,
            price: None,
            amount: None,
            fee: None,
            realised: None,
            currency: None,
            order: None,
            client_id: None,
            submitter: None,
            session: None,
            ip: None,
            device: None,
            to: None,
            place: place.into(),
        }
    }
}

/// The version of [`ActsFile`].
pub const ACTS_VERSION: u32 = 1;

/// What a raw answer tells, beside it in a file whose name ends in [`ActsFile::ENDING`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ActsFile {
    /// [`ACTS_VERSION`].
    pub version: u32,
    /// The file name of the raw answer that it was read from.
    pub of: String,
    /// Of which account; absent where that is known otherwise, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Through which door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<DoorKind>,
    /// What it tells, in its order.
    pub acts: Vec<Act>,
}

impl ActsFile {
    /// How the file's name ends.
    pub const ENDING: &'static str = "-acts.json";

    /// What `of` tells.
    pub fn new(of: impl Into<String>, acts: Vec<Act>) -> Self {
        Self {
            version: ACTS_VERSION,
            of: of.into(),
            account: None,
            door: None,
            acts,
        }
    }
}
