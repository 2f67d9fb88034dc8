//! Who else is at work in an account: intruders, and innocents like the owner's own bot. Scripts
//! are data; the actors have only what they stole, and can do only what the broker lets anybody do
//! who has that.

use std::{collections::BTreeSet, sync::Mutex, sync::PoisonError, time::Duration};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::task::JoinSet;

use crate::{
    faults::{Bite, FaultKind, Front, Standing, duration},
    world::{
        AccountId, By, Device, Instrument, KeyKind, Login, NewOrder, OrderType, Platform,
        SessionId, Side, Username, World, WorldError,
    },
};

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
    /// thrown out, until it is refused, and take the seat back.
    Login {
        /// Whose: `tws`, `web` or `phone`, a user of the account.
        user: String,
        /// On which platform.
        platform: Platform,
    },
    /// With an OAuth consumer's key.
    Key {
        /// The key's name.
        name: String,
    },
    /// As a client of the TWS socket.
    Client {
        /// Its client id.
        id: i32,
    },
}

/// Something that is done, once or again and again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// When first, after the script began.
    #[serde(with = "time")]
    pub at: Duration,
    /// How long until it is done again.
    #[serde(
        default,
        with = "optional_time",
        skip_serializing_if = "Option::is_none"
    )]
    pub every: Option<Duration>,
    /// How often at most; without end when absent and `every` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What.
    pub deed: Deed,
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
    },
    /// Cancels the stops that protect holdings.
    CancelStops,
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
    /// Makes a key that can trade.
    CreateKey {
        /// Its name.
        name: String,
    },
    /// Adds a device to the second factor.
    AddDevice {
        /// Its name.
        name: String,
    },
    /// Adds a user to the account.
    AddUser {
        /// Its username.
        name: String,
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

const SHIPPED: [&str; 3] = [
    include_str!("../scripts/thin-names.toml"),
    include_str!("../scripts/leaked-key.toml"),
    include_str!("../scripts/own-bot.toml"),
];

/// Plays a script on an account until it is over. Dropping it stops every actor.
pub async fn perform(world: World, account: AccountId, script: Script) {
    let mut playing = JoinSet::new();
    for actor in script.actors {
        let intruder = std::sync::Arc::new(Intruder::new(&world, &account, &actor));
        for act in actor.acts {
            playing.spawn(repeat(std::sync::Arc::clone(&intruder), act));
        }
    }
    while playing.join_next().await.is_some() {}
}

async fn repeat(intruder: std::sync::Arc<Intruder>, act: Act) {
    tokio::time::sleep(act.at).await;
    let times = act
        .times
        .unwrap_or(if act.every.is_some() { u64::MAX } else { 1 });
    for nth in 0..times {
        if nth > 0 {
            match act.every {
                Some(every) => tokio::time::sleep(every.max(Duration::from_millis(1))).await,
                None => return,
            }
        }
        // who is refused tries again next time
        let _ = intruder.does(&act.deed);
    }
}

/// Plays the faults that are somebody at work, on every account of a world. Never returns.
pub async fn haunt(world: World) {
    let mut playing = JoinSet::new();
    let mut haunted = BTreeSet::new();
    loop {
        let changed = world.faults().changed();
        for account in world.accounts() {
            if haunted.insert(account.clone()) {
                playing.spawn(place_orders(world.clone(), account.clone()));
                for front in [Front::Tws, Front::ClientPortal] {
                    playing.spawn(compete(world.clone(), account.clone(), front));
                }
            }
        }
        changed.await;
    }
}

async fn place_orders(world: World, account: AccountId) {
    let Ok(owned) = world.account(&account) else {
        return;
    };
    let actor = Actor {
        label: "Firefox on Windows, another country".to_owned(),
        access: Access::Login {
            user: "phone".to_owned(),
            platform: Platform::Web,
        },
        acts: Vec::new(),
    };
    let intruder = Intruder::new(&world, &owned.id, &actor);
    let mut placed: i32 = 0;
    while_it_bites(&world, &account, None, FaultKind::Attacker, |bite| {
        let times = bite.number("times", 0);
        if times > 0 && u64::try_from(placed).is_ok_and(|placed| placed >= times) {
            return None;
        }
        let con_id = 900_001 + placed % 5;
        let price = World::reference_price(&Instrument::share(con_id, ""));
        let deed = Deed::Place {
            symbol: format!("THIN{}", placed % 5 + 1),
            con_id,
            side: Side::Buy,
            quantity: Decimal::new(500, 0),
            limit: Some((price - Decimal::TWO).max(Decimal::ONE)),
        };
        if intruder.does(&deed).is_ok() {
            placed += 1;
        }
        Some(bite.duration("every", Duration::from_millis(500)))
    })
    .await;
}

async fn compete(world: World, account: AccountId, front: Front) {
    let mut intruder: Option<Intruder> = None;
    while_it_bites(
        &world,
        &account,
        Some(front),
        FaultKind::CompetingSession,
        |bite| {
            if intruder.is_none() {
                intruder = rival(&world, &account, front);
            }
            if let Some(intruder) = &intruder {
                // who is refused tries again next time
                let _ = intruder.does(&Deed::TakeSeat);
            }
            Some(bite.duration("every", Duration::from_secs(2)))
        },
    )
    .await;
}

/// An intruder with the login that a front end of the account uses, once it has one.
fn rival(world: &World, account: &AccountId, front: Front) -> Option<Intruder> {
    let username = match front {
        Front::Tws => world.tws_user(account).ok()?,
        Front::ClientPortal => {
            let sessions = world.sessions(account).into_iter();
            let mut own = sessions.filter(|s| s.here && s.platform == Platform::ClientPortal);
            own.next()?.username
        }
        Front::Ibc | Front::KrakenSpot | Front::KrakenFutures | Front::Deribit => return None,
    };
    let label = "IBKR Mobile, another country".to_owned();
    Some(Intruder {
        world: world.clone(),
        account: account.clone(),
        way: Way::Login {
            password: world.password(&username)?,
            username,
            platform: Platform::Mobile,
            label,
            session: Mutex::new(None),
        },
    })
}

/// Acts whenever a fault bites: `act` says how long to wait, or that it is over.
async fn while_it_bites(
    world: &World,
    account: &AccountId,
    front: Option<Front>,
    kind: FaultKind,
    mut act: impl FnMut(&Bite) -> Option<Duration>,
) {
    loop {
        let changed = world.faults().changed();
        match world.faults().standing(world.now(), front, account, kind) {
            Standing::Bites(bite) => match act(&bite) {
                Some(wait) => tokio::time::sleep(wait.max(Duration::from_millis(1))).await,
                None => changed.await,
            },
            Standing::From(at) => {
                tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    () = changed => {}
                }
            }
            Standing::Idle => changed.await,
        }
    }
}

struct Intruder {
    world: World,
    account: AccountId,
    way: Way,
}

enum Way {
    Login {
        username: Username,
        password: u64,
        platform: Platform,
        label: String,
        session: Mutex<Option<SessionId>>,
    },
    Key(String),
    Client(i32),
}

impl Intruder {
    /// What they stole is right as of now.
    fn new(world: &World, account: &AccountId, actor: &Actor) -> Self {
        let way = match &actor.access {
            Access::Login { user, platform } => {
                let name = world
                    .account(account)
                    .map(|account| account.name)
                    .unwrap_or_default();
                let username = Username(format!("{name}-{user}"));
                Way::Login {
                    password: world.password(&username).unwrap_or_default(),
                    username,
                    platform: *platform,
                    label: actor.label.clone(),
                    session: Mutex::new(None),
                }
            }
            Access::Key { name } => Way::Key(name.clone()),
            Access::Client { id } => Way::Client(*id),
        };
        Self {
            world: world.clone(),
            account: account.clone(),
            way,
        }
    }

    fn does(&self, deed: &Deed) -> Result<(), WorldError> {
        let (world, account) = (&self.world, &self.account);
        let by = self.enters()?;
        match deed {
            Deed::Place {
                symbol,
                con_id,
                side,
                quantity,
                limit,
            } => {
                let ask = NewOrder {
                    instrument: world.thin_instrument(account, *con_id, symbol),
                    side: *side,
                    quantity: *quantity,
                    order_type: limit.map_or(OrderType::Market, |_| OrderType::Limit),
                    limit: *limit,
                    stop: None,
                    tif: "DAY".to_owned(),
                    order_ref: String::new(),
                };
                let order_id = match by {
                    By::Client(_) => world.next_order_id(account)?,
                    By::Session(_) | By::Key(_) => 0,
                };
                world.place(account, ask, &by, order_id).map(|_| ())
            }
            Deed::CancelStops => {
                let orders = world.orders(account).into_iter();
                for stop in orders.filter(|order| order.open() && order.ask.order_type.waits()) {
                    world.cancel(account, stop.perm_id, &by)?;
                }
                Ok(())
            }
            Deed::TakeSeat => Ok(()),
            Deed::Withdraw {
                amount,
                target,
                leaves_after,
            } => world
                .ask_withdrawal(account, *amount, target, *leaves_after)
                .map(|_| ()),
            Deed::CreateKey { name } => world.create_key(account, name, KeyKind::OauthConsumer),
            Deed::AddDevice { name } => {
                let device = Device {
                    name: name.clone(),
                    known: false,
                };
                world.add_device(account, device)
            }
            Deed::AddUser { name } => world.add_user(account, &Username(name.clone()), false),
        }
    }

    /// Gets in, again where it must, and takes the seat.
    fn enters(&self) -> Result<By, WorldError> {
        match &self.way {
            Way::Login {
                username,
                password,
                platform,
                label,
                session,
            } => {
                let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
                let alive = session
                    .and_then(|id| self.world.session(id))
                    .filter(|session| session.alive)
                    .map(|session| session.id);
                let id = match alive {
                    Some(id) => id,
                    None => self.world.log_in(&Login {
                        username: username.clone(),
                        platform: *platform,
                        label: label.clone(),
                        password: *password,
                        here: false,
                    })?,
                };
                *session = Some(id);
                self.world.take_seat(id, true)?;
                Ok(By::Session(id))
            }
            Way::Key(name) => Ok(By::Key(name.clone())),
            Way::Client(id) => {
                match self.world.connect_client(&self.account, *id) {
                    // its own connection of before
                    Ok(_) | Err(WorldError::ClientIdInUse(_)) => Ok(By::Client(*id)),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

mod time {
    use super::{Deserialize, Deserializer, Duration, Serializer, duration};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{}ms", value.as_millis()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        duration(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not like 500ms or 3s")))
    }
}

mod optional_time {
    use super::{Deserializer, Duration, Serializer, time};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => time::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        time::deserialize(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{truth::AccountTruth, world::Seeding};

    fn empty(faults: &[&str]) -> (World, AccountId) {
        let world = World::new(5, Timestamp::UNIX_EPOCH);
        let seeding = Seeding {
            orders: 0,
            holdings: 0,
            put_aside: false,
            keys: true,
        };
        let account = world.seed_account("a", &seeding).unwrap();
        for fault in faults {
            world.faults().switch_on(fault.parse().unwrap());
        }
        (world, account)
    }

    fn truth(world: &World) -> AccountTruth {
        world.truth_summary()["a"]
    }

    #[test]
    fn shipped_scripts_parse_and_print_back_the_same() {
        let scripts = Script::shipped();
        for script in &scripts {
            let text = toml::to_string(script).unwrap();
            assert_eq!(Script::parse(&text).unwrap(), *script, "{}", script.id);
        }
        let ids: BTreeSet<_> = scripts.iter().map(|script| &script.id).collect();
        assert_eq!(ids.len(), scripts.len());
    }

    #[test]
    fn a_script_with_a_word_too_many_is_refused() {
        let good = SHIPPED[0];
        for (from, to) in [
            ("id =", "shell = \"rm\"\nid ="),
            ("symbol", "ticker"),
            ("at = \"200ms\"", "at = \"soon\""),
            ("do = \"place\"", "do = \"run\""),
            ("platform = \"web\"", "platform = \"web\", host = \"a\""),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(Script::parse(&bad).is_err(), "{to}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_intruder_places_until_the_login_is_refused() {
        let (world, account) = empty(&[]);
        let script = Script::named("thin-names").unwrap();
        let playing = tokio::spawn(perform(world.clone(), account.clone(), script));
        tokio::time::sleep(Duration::from_secs(5)).await;
        let before = truth(&world);
        assert!(before.open_orders > 5, "{before:?}");
        assert_eq!(before.open_withdrawals, 1);
        // thrown out, they come back
        world.end_other_sessions(&account).unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let back = truth(&world);
        assert!(back.open_orders > before.open_orders);
        // without the password they do not
        world.change_password(&account).unwrap();
        world.end_other_sessions(&account).unwrap();
        let left = truth(&world).open_orders;
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(truth(&world).open_orders, left);
        assert_eq!(truth(&world).live_sessions, 1);
        playing.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_leaked_key_trades_until_it_is_switched_off() {
        let (world, account) = empty(&[]);
        let script = Script::named("leaked-key").unwrap();
        tokio::spawn(perform(world.clone(), account.clone(), script));
        tokio::time::sleep(Duration::from_secs(2)).await;
        let before = truth(&world).open_orders;
        assert!(before > 2);
        world.revoke_key(&account, "FIREBREAK").unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(truth(&world).open_orders, before);
    }

    #[tokio::test(start_paused = true)]
    async fn the_attacker_fault_places_at_its_interval_and_stops_with_it() {
        let (world, _) = empty(&["attacker:every=100ms@1s..2s"]);
        tokio::spawn(haunt(world.clone()));
        tokio::time::sleep(Duration::from_millis(999)).await;
        assert_eq!(truth(&world).open_orders, 0);
        tokio::time::sleep(Duration::from_secs(9)).await;
        let placed = truth(&world).open_orders;
        assert!((9..=11).contains(&placed), "{placed}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_competing_session_takes_the_seat_back_again_and_again() {
        let (world, account) = empty(&["tws/competing-session:every=1s"]);
        tokio::spawn(haunt(world.clone()));
        let tws = world.sessions(&account)[0].id;
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(1100)).await;
            assert!(!world.session(tws).unwrap().seat);
            assert!(!world.tws_linked(&account));
            world.take_seat(tws, true).unwrap();
        }
        assert_eq!(world.session(tws).unwrap().evicted, 3);
    }
}
