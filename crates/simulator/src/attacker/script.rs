//! A script as data: who, with what they have, does what and when.

use std::{ops::Not, time::Duration};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::time;
use crate::world::{Contact, KeyWish, Platform, Side};

/// A story: who does what, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Its id, unique among scripts.
    pub id: String,
    /// What it is, in a line.
    pub title: String,
    /// Who is at work.
    #[serde(rename = "actor")]
    pub actors: Vec<Actor>,
}

/// Somebody at work in an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Device and place, as the broker's page shows them.
    pub label: String,
    /// Whether they belong there: the owner's own bot, the owner's own phone.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub innocent: bool,
    /// How they get in.
    pub access: Access,
    /// What they do.
    #[serde(rename = "act")]
    pub acts: Vec<Act>,
}

/// How somebody gets in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(
    tag = "by",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Access {
    /// With a login that they stole when the script began: they log in again whenever they are
    /// thrown out, until it is refused, and take the seat back when they trade.
    Login {
        /// Whose: `tws`, `web` or `phone`, a user of the account.
        user: String,
        /// On which platform.
        platform: Platform,
        /// Whether they have a session and not the password: thrown out, they are out.
        #[serde(default, skip_serializing_if = "Not::not")]
        session_only: bool,
    },
    /// With an OAuth consumer's key.
    Key {
        /// The key's name.
        name: String,
    },
    /// With an exchange's API key, at the front end where that works. An innocent one is a program
    /// on the owner's computer.
    ApiKey {
        /// The key's name.
        name: String,
    },
    /// As a program on the owner's computer, a client of the TWS socket.
    Client {
        /// Its client id.
        id: i32,
        /// How soon a watchdog starts it again once it was stopped.
        #[serde(
            default,
            with = "time::optional",
            skip_serializing_if = "Option::is_none"
        )]
        watchdog: Option<Duration>,
    },
    /// Not at all: they only know who the owner is.
    Outside {},
}

/// Something that is done, once or again and again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "ActText", into = "ActText")]
pub struct Act {
    /// When first.
    pub begins: Begins,
    /// How long until it is done again.
    pub every: Option<Duration>,
    /// How often at most; without end when absent and `every` is there.
    pub times: Option<u64>,
    /// What.
    pub deed: Deed,
}

/// When an act is done first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begins {
    /// So long after the script began: `at`.
    At(Duration),
    /// So long after something else: `when`, with `after`.
    When(When, Duration),
}

/// What an act can wait for. It comes once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// The actor lost what they got in with: the session ended, the key is refused, TWS or the
    /// program was stopped.
    Cut,
    /// The first alarm reached the owner, as the host tells by [`super::Signal::Alarm`].
    Alarm,
    /// The owner pressed, as the host tells by [`super::Signal::Pressed`].
    Pressed,
}

/// An act as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActText {
    #[serde(
        default,
        with = "time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    at: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<When>,
    #[serde(
        default,
        with = "time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    after: Option<Duration>,
    #[serde(
        default,
        with = "time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    every: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    deed: Deed,
}

impl TryFrom<ActText> for Act {
    type Error = &'static str;

    fn try_from(text: ActText) -> Result<Self, Self::Error> {
        let begins = match (text.at, text.when, text.after) {
            (Some(at), None, None) => Begins::At(at),
            (None, Some(when), after) => Begins::When(when, after.unwrap_or_default()),
            (Some(_), None, Some(_)) => return Err("`after` goes with `when`, not with `at`"),
            (Some(_), Some(_), _) => return Err("an act has `at` or `when`, not both"),
            (None, None, _) => return Err("an act needs `at` or `when`"),
        };
        Ok(Self {
            begins,
            every: text.every,
            times: text.times,
            deed: text.deed,
        })
    }
}

impl From<Act> for ActText {
    fn from(act: Act) -> Self {
        let (at, when, after) = match act.begins {
            Begins::At(at) => (Some(at), None, None),
            Begins::When(when, after) => (None, Some(when), (!after.is_zero()).then_some(after)),
        };
        Self {
            at,
            when,
            after,
            every: act.every,
            times: act.times,
            deed: act.deed,
        }
    }
}

/// What somebody can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Deed {
    /// Logs in and does nothing more.
    LogIn,
    /// Uses a key and changes nothing.
    UseKey,
    /// Places an order.
    Place {
        /// The ticker.
        symbol: String,
        /// The broker's contract number.
        con_id: i32,
        /// Which way.
        side: Side,
        /// How many.
        quantity: Decimal,
        /// At which limit; at the market when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Decimal>,
        /// At which price somebody waits for it. It trades there, or not at all where its own
        /// limit does not allow it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fills_at: Option<Decimal>,
    },
    /// Cancels the stops that protect holdings.
    CancelStops,
    /// Cancels every order.
    CancelOrders,
    /// Takes the brokerage seat and does nothing with it.
    TakeSeat,
    /// Asks for a withdrawal.
    Withdraw {
        /// How much.
        amount: Decimal,
        /// Where to, masked.
        target: String,
        /// When it leaves, if nobody stops it.
        #[serde(with = "time")]
        leaves_after: Duration,
    },
    /// Has another broker pull all positions. No login is needed for it.
    TransferOut {
        /// The broker that pulls.
        to: String,
        /// When nothing wrong was found with it.
        #[serde(with = "time")]
        validated_after: Duration,
        /// When the positions leave, if nobody stops it.
        #[serde(with = "time")]
        leaves_after: Duration,
    },
    /// Makes a key.
    CreateKey(KeyWish),
    /// Switches a key off.
    RevokeKey {
        /// Its name.
        name: String,
    },
    /// Adds a device to the second factor.
    AddDevice {
        /// Its name.
        name: String,
    },
    /// Removes a device of the second factor.
    RemoveDevice {
        /// Its name.
        name: String,
    },
    /// Adds a user to the account.
    AddUser {
        /// Its username.
        name: String,
    },
    /// Has the broker write to or call somebody else.
    ChangeContact {
        /// Which way of contact.
        what: Contact,
        /// What it is from now on.
        to: String,
    },
    /// Puts an address or payee into the address book.
    AllowAddress {
        /// Which, masked.
        target: String,
    },
}

/// Why a text is no script.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a script: {0}")]
pub struct ScriptError(String);

impl Script {
    /// A script from its TOML text. Unknown keys are errors.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        toml::from_str(text).map_err(|error| ScriptError(error.to_string()))
    }

    /// The scripts that come with the program.
    pub fn shipped() -> Vec<Self> {
        SHIPPED
            .iter()
            .map(|text| Self::parse(text).expect("shipped scripts are tested to parse"))
            .collect()
    }

    /// The shipped script of an id.
    pub fn named(id: &str) -> Option<Self> {
        Self::shipped().into_iter().find(|script| script.id == id)
    }
}

pub(super) const SHIPPED: [&str; 3] = [
    include_str!("../../scripts/thin-names.toml"),
    include_str!("../../scripts/leaked-key.toml"),
    include_str!("../../scripts/own-bot.toml"),
];
