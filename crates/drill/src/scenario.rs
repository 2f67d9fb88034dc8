//! Scenarios: the stories that drills tell.
//!
//! A scenario is strict TOML, written to be read: simulated accounts with a past, who is at work in
//! them, what the person is told, what goes wrong on purpose, and what would have been right. Every
//! time in it is story time; whoever plays faster divides by the speed. Nothing in a scenario can
//! name a real account, an address outside this computer, or a secret.
//!
//! ```toml
//! id = "two-minutes-via"                # lower-case words joined by hyphens
//! title = "An old key wakes up"
//! way_in = "exchange-key"
//! minutes = 6                           # it is over after this long, whatever happens
//! wait = ["5s", "40s"]                  # how long nothing happens; drawn from the seed
//! story = "What the person knows before it begins."
//! contains = true                       # whether it can end contained
//! lesson = "What stays."
//! good = "What a good answer looks like."
//! sources = ["https://..."]             # where the shape of the story is told
//! order = ["press", "call:ibkr-security", "page:sessions"]  # or "lever:cancel_orders"
//!
//! [right]                               # what the right answer is
//! press = true
//! runbooks = ["leaked-api-key"]
//! acceptable = ["contain-everything"]
//!
//! [targets]                             # counted from the alarm
//! alarm_to_press = "30s"
//! contained = "2m"
//!
//! [[account]]
//! name = "exchange"                     # an id, as the window shows it
//! venue = "kraken"
//! doors = ["spot", "futures"]
//! past = { orders = 6, holdings = 1 }   # what the simulator seeds
//!
//! [[actor]]                             # as in the simulator's scripts, and where
//! account = "exchange"
//! label = "API, from a server"
//! access = { by = "api-key", name = "bot" }
//! [[actor.act]]
//! at = "5s"
//! deed = { do = "place", ... }
//!
//! [[alarm]]                             # what reaches the person
//! at = "40s"
//! form = "mail"                         # mail, push, sms, call, app, bot
//! from = "Kraken"
//! text = "..."
//! genuine = true                        # false for what is not what it says it is
//! caller = "helper"                     # for a call that can be answered: one of [[caller]]
//!
//! [[fact]]                              # what the person may ask for
//! id = "own-bot"
//! ask = "Does my own bot trade now?"
//! answer = "No."
//!
//! [[inject]]                            # one is drawn
//! id = "too-many-requests"
//! weight = 2
//!
//! [[phone]]                             # how a call to a contact goes
//! contact = "ibkr-security"
//! queue = ["20s", "60s"]
//! ```

mod lint;
mod load;
mod place;
mod read;
mod right;
mod shipped;
mod span;

use std::{fmt, ops::RangeInclusive, time::Duration};

use door::Lever;
use serde::{Deserialize, Serialize};
use simulator::{
    attacker::Actor,
    faults::Front,
    world::{Seeding, Venue},
};

pub use load::load;
pub use right::{Instead, Right, Targets};
pub use shipped::{find, shipped};

use crate::{
    inject::Inject,
    phone::{Caller, Desk},
};
use place::Places;
use span::{duration, durations};

/// A drill's story.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its id, unique among scenarios.
    pub id: String,
    /// What it is called, in plain words that give nothing away.
    pub title: String,
    /// By which way somebody gets in.
    pub way_in: WayIn,
    /// What the person is told before it begins.
    pub story: String,
    /// After how much story time it is over, whatever happens.
    pub length: Duration,
    /// How long nothing happens, at least and at most.
    pub wait: Between,
    /// The simulated accounts.
    pub accounts: Vec<Account>,
    /// Who is at work in them: intruders and innocents. Their times count from the end of the wait.
    pub actors: Vec<Cast>,
    /// What reaches the person, in order of time. The times count from the end of the wait.
    pub alarms: Vec<Alarm>,
    /// What the person may ask for.
    pub facts: Vec<Fact>,
    /// What may go wrong on purpose; one of them is drawn.
    pub injects: Vec<Chance>,
    /// What the right answer is.
    pub right: Right,
    /// What comes before what, where it matters.
    pub order: Vec<Landmark>,
    /// Within which times.
    pub targets: Targets,
    /// Whether it can end contained, by the simulator's own truth.
    pub contains: bool,
    /// How calls to contacts go. A contact that is not here is not to be reached.
    pub desks: Vec<Desk>,
    /// Who calls the person.
    pub callers: Vec<Caller>,
    /// What stays.
    pub lesson: String,
    /// What a good answer looks like.
    pub good: String,
    /// Where the shape of the story is told: addresses.
    pub sources: Vec<String>,
    file: String,
    places: Places,
}

/// By which way somebody gets in, or what else it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayIn {
    /// The broker's web pages.
    ClientPortal,
    /// The broker's app on the phone.
    IbkrMobile,
    /// The broker's program on the desk.
    IbkrDesktop,
    /// TWS or IB Gateway.
    Tws,
    /// The socket of TWS.
    TwsApi,
    /// An exchange's API key.
    ExchangeKey,
    /// An exchange's web pages.
    ExchangeWeb,
    /// The person's own bot.
    OwnBot,
    /// No login at all.
    Outside,
    /// Nobody gets in.
    None,
}

impl WayIn {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::ClientPortal,
        Self::IbkrMobile,
        Self::IbkrDesktop,
        Self::Tws,
        Self::TwsApi,
        Self::ExchangeKey,
        Self::ExchangeWeb,
        Self::OwnBot,
        Self::Outside,
        Self::None,
    ];

    /// Its word in scenarios and histories.
    pub fn id(self) -> &'static str {
        match self {
            Self::ClientPortal => "client-portal",
            Self::IbkrMobile => "ibkr-mobile",
            Self::IbkrDesktop => "ibkr-desktop",
            Self::Tws => "tws",
            Self::TwsApi => "tws-api",
            Self::ExchangeKey => "exchange-key",
            Self::ExchangeWeb => "exchange-web",
            Self::OwnBot => "own-bot",
            Self::Outside => "outside",
            Self::None => "none",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::ClientPortal => "Client Portal",
            Self::IbkrMobile => "IBKR Mobile",
            Self::IbkrDesktop => "IBKR Desktop",
            Self::Tws => "TWS and IB Gateway",
            Self::TwsApi => "TWS API",
            Self::ExchangeKey => "An exchange's API key",
            Self::ExchangeWeb => "An exchange in the browser",
            Self::OwnBot => "Your own bot",
            Self::Outside => "Without a login",
            Self::None => "Nobody got in",
        }
    }
}

/// A time of unknown length, between two that are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(transparent)]
pub struct Between(#[serde(with = "durations")] [Duration; 2]);

impl Between {
    /// From the least to the most.
    pub fn new(least: Duration, most: Duration) -> Self {
        Self([least, most])
    }

    /// The least and the most.
    pub fn range(self) -> RangeInclusive<Duration> {
        self.0[0]..=self.0[1]
    }
}

/// A simulated account.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its name, as the window shows it: an id.
    pub name: String,
    /// At which venue.
    #[serde(deserialize_with = "place::venue")]
    pub venue: Venue,
    /// Which doors Firebreak has there.
    #[serde(deserialize_with = "place::fronts")]
    pub doors: Vec<Front>,
    /// What it begins with.
    #[serde(default)]
    pub past: Seeding,
}

/// Somebody at work, and where.
#[derive(Clone, PartialEq, Debug)]
pub struct Cast {
    /// In which account.
    pub account: String,
    /// Who, and what they do.
    pub actor: Actor,
}

/// Something that reaches the person.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// When, after the wait.
    #[serde(with = "duration")]
    pub at: Duration,
    /// How.
    pub form: Form,
    /// From whom, as shown.
    pub from: String,
    /// What it says.
    pub text: String,
    /// Whether it is what it says it is. The first genuine one is the alarm that times count from.
    pub genuine: bool,
    /// Who calls, for a call that the person can answer.
    #[serde(default)]
    pub caller: Option<String>,
}

/// How something reaches the person.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A mail.
    Mail,
    /// A notification of an app on the phone.
    Push,
    /// A text message.
    Sms,
    /// A call.
    Call,
    /// Something that a program on this computer shows.
    App,
    /// A message of the person's own bot.
    Bot,
}

impl Form {
    /// Its word in a story's lines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Push => "push",
            Self::Sms => "sms",
            Self::Call => "call",
            Self::App => "app",
            Self::Bot => "bot",
        }
    }
}

/// Something that the person may ask for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Its id, unique in the scenario.
    pub id: String,
    /// The question.
    pub ask: String,
    /// The answer.
    pub answer: String,
}

/// Something that may go wrong, and how likely it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// What.
    #[serde(rename = "id")]
    pub inject: Inject,
    /// How often, against the weights of the others.
    #[serde(default = "once")]
    pub weight: u32,
}

fn once() -> u32 {
    1
}

/// One thing that the person or Firebreak does, for what comes before what.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Landmark {
    /// The press.
    Press,
    /// A lever, by whatever step pulls it.
    Lever(Lever),
    /// What a page is for, done and read back: the page's id.
    Page(String),
    /// A call to a contact, by its id.
    Call(String),
}

impl fmt::Display for Landmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Press => f.write_str("press"),
            Self::Lever(lever) => write!(f, "lever:{lever}"),
            Self::Page(page) => write!(f, "page:{page}"),
            Self::Call(contact) => write!(f, "call:{contact}"),
        }
    }
}

impl Scenario {
    /// The account of a name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// Every front end that one of the accounts has.
    pub fn fronts(&self) -> impl Iterator<Item = Front> + '_ {
        let all = self.accounts.iter().flat_map(|account| &account.doors);
        all.copied()
    }

    /// The alarm that times count from, if there is one.
    pub fn alarm(&self) -> Option<&Alarm> {
        self.alarms.iter().find(|alarm| alarm.genuine)
    }

    /// How long nothing happens, under this seed: whole tenths of a second.
    pub fn waits(&self, seed: u64) -> Duration {
        crate::draw::between(self.wait, seed, "wait")
    }

    /// Whether it can end contained when this goes wrong as well.
    pub fn may_end_contained(&self, inject: Option<Inject>) -> bool {
        self.contains && inject.is_none_or(Inject::leaves_containment_possible)
    }
}
