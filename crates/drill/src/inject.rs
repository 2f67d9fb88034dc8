//! Injects: what goes wrong on purpose in a drill, one of them by default. An inject never changes
//! what the truth says happened; it makes the truth harder to reach.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use simulator::{
    attacker::{Access, Act, Actor},
    faults::{Fault, Front, SpecError},
};

use crate::{
    draw,
    scenario::{Cast, Scenario},
};

/// Something that goes wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inject {
    /// The venue answers that there were too many requests.
    TooManyRequests,
    /// A door is open and says nothing.
    HungGateway,
    /// The keychain cannot be read.
    LockedKeychain,
    /// The second factor is not at hand.
    SecondFactorLost,
    /// Cancels are refused, since the market is closed.
    MarketClosed,
    /// Orders trade while their cancel is under way.
    FillDuringCancel,
    /// Somebody cancelled the protective stops.
    StopsCancelled,
    /// Orders come back, because a bot is still running.
    BotStillRunning,
    /// The key was revoked before what needed it.
    KeyRevokedEarly,
    /// The desk's queue is long.
    HotlineQueue,
    /// The window cannot be drawn.
    WebViewDead,
    /// Nothing can be reached for a while.
    NetworkDown,
    /// Another computer holds the seat.
    OtherSeat,
    /// A clock is wrong.
    WrongClock,
}

/// When an inject is switched on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// From the start.
    Start,
    /// At the first genuine alarm, or the first of all where none is.
    Alarm,
    /// At the press.
    Press,
}

/// What has to be switched on.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Faults of the simulator, by their specs. Their times are story times that count from when
    /// they are switched on.
    Faults(Vec<String>),
    /// Somebody more at work; their times count from when they are switched on.
    Actors(Vec<Cast>),
    /// Something at this computer, or on the phone, that the stage has to play.
    Host(HostEffect),
}

/// What the simulated venues cannot play.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostEffect {
    /// The drill's keychain says that it is locked.
    LockedKeychain,
    /// The drill has to be played without the window.
    WebViewDead,
    /// Queues on the phone are longer.
    LongerQueue,
}

/// The client id of the bot that an inject starts.
const LEFT_BOT: i32 = 77;

impl Inject {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::TooManyRequests,
        Self::HungGateway,
        Self::LockedKeychain,
        Self::SecondFactorLost,
        Self::MarketClosed,
        Self::FillDuringCancel,
        Self::StopsCancelled,
        Self::BotStillRunning,
        Self::KeyRevokedEarly,
        Self::HotlineQueue,
        Self::WebViewDead,
        Self::NetworkDown,
        Self::OtherSeat,
        Self::WrongClock,
    ];

    /// Its id.
    pub fn id(self) -> &'static str {
        match self {
            Self::TooManyRequests => "too-many-requests",
            Self::HungGateway => "hung-gateway",
            Self::LockedKeychain => "locked-keychain",
            Self::SecondFactorLost => "second-factor-lost",
            Self::MarketClosed => "market-closed",
            Self::FillDuringCancel => "fill-during-cancel",
            Self::StopsCancelled => "stops-cancelled",
            Self::BotStillRunning => "bot-still-running",
            Self::KeyRevokedEarly => "key-revoked-early",
            Self::HotlineQueue => "hotline-queue",
            Self::WebViewDead => "web-view-dead",
            Self::NetworkDown => "network-down",
            Self::OtherSeat => "other-seat",
            Self::WrongClock => "wrong-clock",
        }
    }

    /// The inject of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|inject| inject.id() == id)
    }

    /// What it does, in a sentence for the debrief.
    pub fn says(self) -> &'static str {
        match self {
            Self::TooManyRequests => {
                "For a while the venue said that there were too many requests."
            }
            Self::HungGateway => "A door was open and did not answer.",
            Self::LockedKeychain => "The keychain was locked.",
            Self::SecondFactorLost => "The second factor was not at hand for a while.",
            Self::MarketClosed => "The market was closed for a while, and cancels were refused.",
            Self::FillDuringCancel => "Orders traded while their cancel was under way.",
            Self::StopsCancelled => "Somebody cancelled the protective stops.",
            Self::BotStillRunning => "A bot was still running, and its orders came back.",
            Self::KeyRevokedEarly => "The key was revoked before what needed it.",
            Self::HotlineQueue => "The desk's queue was long.",
            Self::WebViewDead => "The window could not be drawn.",
            Self::NetworkDown => "The network was down for a while.",
            Self::OtherSeat => "Another computer took the seat again and again.",
            Self::WrongClock => "The venue's clock and this computer's were 90 seconds apart.",
        }
    }

    /// When it is switched on.
    pub fn when(self) -> When {
        match self {
            Self::LockedKeychain | Self::WebViewDead | Self::WrongClock | Self::HotlineQueue => {
                When::Start
            }
            Self::SecondFactorLost
            | Self::StopsCancelled
            | Self::BotStillRunning
            | Self::OtherSeat => When::Alarm,
            Self::TooManyRequests
            | Self::HungGateway
            | Self::MarketClosed
            | Self::FillDuringCancel
            | Self::KeyRevokedEarly
            | Self::NetworkDown => When::Press,
        }
    }

    /// Whether a drill can still end contained with it.
    pub fn leaves_containment_possible(self) -> bool {
        match self {
            Self::LockedKeychain | Self::KeyRevokedEarly => false,
            Self::TooManyRequests
            | Self::HungGateway
            | Self::SecondFactorLost
            | Self::MarketClosed
            | Self::FillDuringCancel
            | Self::StopsCancelled
            | Self::BotStillRunning
            | Self::HotlineQueue
            | Self::WebViewDead
            | Self::NetworkDown
            | Self::OtherSeat
            | Self::WrongClock => true,
        }
    }

    /// Whether the scenario has what it bites.
    pub fn fits(self, scenario: &Scenario) -> bool {
        self.wants(scenario).is_none()
    }

    /// What the scenario lacks for it, in words.
    pub fn wants(self, scenario: &Scenario) -> Option<&'static str> {
        let fronts: BTreeSet<_> = scenario.fronts().collect();
        let has = |wanted: &[Front]| wanted.iter().any(|front| fronts.contains(front));
        let (there, lacks) = match self {
            Self::TooManyRequests => (
                has(&[
                    Front::ClientPortal,
                    Front::KrakenSpot,
                    Front::KrakenFutures,
                    Front::Deribit,
                ]),
                "a door that counts requests: client-portal, spot, futures or api",
            ),
            Self::HungGateway | Self::OtherSeat => (
                has(&[Front::Tws, Front::ClientPortal]),
                "the door tws or client-portal",
            ),
            Self::BotStillRunning => (
                has(&[Front::Tws]),
                "the door tws, where a bot can be connected",
            ),
            Self::KeyRevokedEarly => (
                has(&EXCHANGES),
                "an account at an exchange, where Firebreak has a key",
            ),
            Self::StopsCancelled => (
                scenario.actors.iter().any(|cast| may_cancel(&cast.actor)),
                "somebody at work who can cancel stops",
            ),
            Self::HotlineQueue => (!scenario.desks.is_empty(), "a contact to call"),
            Self::SecondFactorLost
            | Self::LockedKeychain
            | Self::MarketClosed
            | Self::FillDuringCancel
            | Self::WebViewDead
            | Self::NetworkDown
            | Self::WrongClock => (!fronts.is_empty(), "an account with a door"),
        };
        (!there).then_some(lacks)
    }

    /// What has to be switched on for it in a scenario; nothing where it does not fit.
    pub fn effect(self, scenario: &Scenario) -> Option<Effect> {
        self.fits(scenario).then(|| match self {
            Self::TooManyRequests => faults(&["rate-limit:every=2@0s..60s"]),
            Self::HungGateway => {
                let portal = scenario.fronts().any(|front| front == Front::ClientPortal);
                let front = if portal { "client-portal" } else { "tws" };
                Effect::Faults(vec![format!("{front}/hang@0s..30s")])
            }
            Self::SecondFactorLost => faults(&["second-factor-lost@0s..150s"]),
            Self::MarketClosed => faults(&["market-closed@0s..20s"]),
            Self::FillDuringCancel => faults(&["fill-during-cancel:every=2"]),
            Self::NetworkDown => faults(&["unreachable@0s..20s"]),
            Self::OtherSeat => faults(&["competing-session:every=5s@0s..120s"]),
            Self::WrongClock => faults(&["clock-skew:by=90s"]),
            Self::LockedKeychain => Effect::Host(HostEffect::LockedKeychain),
            Self::WebViewDead => Effect::Host(HostEffect::WebViewDead),
            Self::HotlineQueue => Effect::Host(HostEffect::LongerQueue),
            Self::StopsCancelled => Effect::Actors(stops_cancelled(scenario)),
            Self::BotStillRunning => Effect::Actors(left_bots(scenario)),
            Self::KeyRevokedEarly => Effect::Actors(keys_revoked(scenario)),
        })
    }
}

/// What goes wrong in a scenario under a seed, if it names any inject.
pub fn draw(scenario: &Scenario, seed: u64) -> Option<Inject> {
    let total: u64 = scenario.injects.iter().map(|it| u64::from(it.weight)).sum();
    let mut ticket = draw::below(total, seed, "inject");
    scenario.injects.iter().find_map(|chance| {
        let weight = u64::from(chance.weight);
        if ticket < weight {
            return Some(chance.inject);
        }
        ticket -= weight;
        None
    })
}

/// A fault from its spec, with its story times divided by the speed. The time that a venue itself
/// takes is not the story's, and stays.
pub fn fault(spec: &str, speed: f64) -> Result<Fault, SpecError> {
    use simulator::faults::Begins;
    let mut fault: Fault = spec.parse()?;
    fault.begins = match fault.begins {
        Begins::At(at) => Begins::At(faster(at, speed)),
        Begins::AtRequest(nth) => Begins::AtRequest(nth),
    };
    fault.until = fault.until.map(|until| faster(until, speed));
    Ok(fault)
}

/// A story time on the clock on the wall.
pub fn faster(story: Duration, speed: f64) -> Duration {
    if speed.is_finite() && speed > 0.0 {
        Duration::try_from_secs_f64(story.as_secs_f64() / speed).unwrap_or(story)
    } else {
        story
    }
}

const EXCHANGES: [Front; 3] = [Front::KrakenSpot, Front::KrakenFutures, Front::Deribit];

fn faults(specs: &[&str]) -> Effect {
    Effect::Faults(specs.iter().map(|spec| (*spec).to_owned()).collect())
}

/// Whether somebody can cancel orders that they find: whoever logs in to the account.
fn may_cancel(actor: &Actor) -> bool {
    matches!(actor.access, Access::Login { .. }) && !actor.innocent
}

/// Whoever is in the account already cancels the stops as well.
fn stops_cancelled(scenario: &Scenario) -> Vec<Cast> {
    let somebody = scenario.actors.iter().find(|cast| may_cancel(&cast.actor));
    let mut cast: Vec<_> = somebody.cloned().into_iter().collect();
    for Cast { actor, .. } in &mut cast {
        actor.label.push_str(", a second window");
        actor.acts = vec![act("at = \"10s\"\ndeed = { do = \"cancel-stops\" }")];
    }
    cast
}

/// A bot of the person's own that nobody thought of, with something that starts it again.
fn left_bots(scenario: &Scenario) -> Vec<Cast> {
    let tws = scenario.accounts.iter();
    tws.filter(|account| account.doors.contains(&Front::Tws))
        .map(|account| Cast {
            account: account.name.clone(),
            actor: actor(&format!(
                r#"
                label = "a bot that you forgot"
                innocent = true
                access = {{ by = "client", id = {LEFT_BOT}, watchdog = "15s" }}
                [[act]]
                at = "10s"
                every = "20s"
                deed = {{ do = "place", symbol = "SPY", con-id = 756733, side = "buy", quantity = "1", limit = "1" }}
                "#
            )),
        })
        .collect()
}

/// The person's own hand, too early: Firebreak's key goes first.
fn keys_revoked(scenario: &Scenario) -> Vec<Cast> {
    let exchanges = scenario.accounts.iter();
    exchanges
        .filter_map(|account| {
            let front = account.doors.iter().find(|it| EXCHANGES.contains(it))?;
            let key = match front {
                Front::KrakenFutures => "panic-futures",
                Front::KrakenSpot | Front::Deribit => "panic",
                Front::Tws | Front::ClientPortal | Front::Ibc | Front::Flex => return None,
            };
            Some(Cast {
                account: account.name.clone(),
                actor: actor(&format!(
                    r#"
                    label = "your own hand, in the browser"
                    innocent = true
                    access = {{ by = "login", user = "web", platform = "web" }}
                    [[act]]
                    at = "0s"
                    deed = {{ do = "revoke-key", name = "{key}" }}
                    "#
                )),
            })
        })
        .collect()
}

fn actor(text: &str) -> Actor {
    toml::from_str(text).expect("a test reads every actor that an inject brings")
}

fn act(text: &str) -> Act {
    toml::from_str(text).expect("a test reads every act that an inject brings")
}
