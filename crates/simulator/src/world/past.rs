//! A past by name: what a scenario says that an account began with, beside what is drawn.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    AccountId, BOT_KEY, Holding, Instrument, Login, NewOrder, OrderType, Platform, Seeding, Side,
    Submitter, Username, Venue, World, WorldError,
};

/// Something held since before the world began.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PastHolding {
    /// The ticker.
    pub symbol: String,
    /// The broker's contract number; [`World::reference_price`] follows from it.
    pub con_id: i32,
    /// How much; negative when short.
    pub quantity: Decimal,
    /// What a unit cost; the reference price when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Decimal>,
    /// The price of the stop that protects all of it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Decimal>,
}

/// An order of the owner's that works since before the world began, whatever its price.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PastOrder {
    /// The ticker.
    pub symbol: String,
    /// The broker's contract number.
    pub con_id: i32,
    /// Which way.
    pub side: Side,
    /// How many.
    pub quantity: Decimal,
    /// Its limit price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Decimal>,
    /// The price that it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Decimal>,
    /// Where it was placed.
    #[serde(default)]
    pub from: Origin,
    /// The client of TWS' socket that placed it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<i32>,
}

/// Where an order of the owner's was placed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// In the window on the owner's computer: TWS at the broker, the browser at an exchange.
    #[default]
    Window,
    /// On the broker's web pages.
    Web,
    /// On the phone.
    Phone,
    /// By the owner's bot: with the bot's key at an exchange.
    Bot,
}

/// A session of the owner's on another device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PastSession {
    /// Whose: `tws`, `web` or `phone`, a user of the account.
    pub user: String,
    /// On which platform.
    pub platform: Platform,
    /// Device and place, as the broker's page shows them.
    pub label: String,
}

impl World {
    /// Seeds what has a name: sessions, keys, holdings with their stops, and orders.
    pub(super) fn seed_named(
        &self,
        account: &AccountId,
        name: &str,
        seeding: &Seeding,
    ) -> Result<(), WorldError> {
        for past in &seeding.sessions {
            self.seed_session(name, past)?;
        }
        for wish in &seeding.named_keys {
            self.grant_key(account, wish, false)?;
        }
        for past in &seeding.named_holdings {
            self.seed_named_holding(account, name, past)?;
        }
        for past in &seeding.named_orders {
            self.seed_named_order(account, name, past)?;
        }
        Ok(())
    }

    fn seed_session(&self, name: &str, past: &PastSession) -> Result<(), WorldError> {
        let username = Username(format!("{name}-{}", past.user));
        let password = self.password(&username);
        let login = Login {
            password: password.ok_or_else(|| WorldError::NoUser(username.clone()))?,
            username,
            platform: past.platform,
            label: past.label.clone(),
            here: false,
        };
        self.log_in(&login).map(|_| ())
    }

    fn seed_named_holding(
        &self,
        account: &AccountId,
        name: &str,
        past: &PastHolding,
    ) -> Result<(), WorldError> {
        let instrument = self.thin_instrument(account, past.con_id, &past.symbol);
        let holding = Holding {
            average_cost: past
                .cost
                .unwrap_or_else(|| Self::reference_price(&instrument)),
            quantity: past.quantity,
            instrument: instrument.clone(),
        };
        self.settle()
            .account_mut(account)?
            .holdings
            .insert(instrument.con_id, holding);
        let Some(stop) = past.stop else {
            return Ok(());
        };
        let ask = protective_stop(instrument, past.quantity, stop);
        let by = self.past_submitter(account, name, Origin::Window, None)?;
        self.settle().seed_checked(account, ask, by)
    }

    fn seed_named_order(
        &self,
        account: &AccountId,
        name: &str,
        past: &PastOrder,
    ) -> Result<(), WorldError> {
        let order_type = match (past.limit, past.stop) {
            (Some(_), Some(_)) => OrderType::StopLimit,
            (Some(_), None) => OrderType::Limit,
            (None, Some(_)) => OrderType::Stop,
            (None, None) => {
                return Err(WorldError::BadOrder("a past order needs a limit or a stop"));
            }
        };
        let ask = NewOrder {
            instrument: self.thin_instrument(account, past.con_id, &past.symbol),
            side: past.side,
            quantity: past.quantity,
            order_type,
            limit: past.limit,
            stop: past.stop,
            tif: "GTC".to_owned(),
            order_ref: String::new(),
        };
        let by = self.past_submitter(account, name, past.from, past.client)?;
        self.settle().seed_checked(account, ask, by)
    }

    fn past_submitter(
        &self,
        account: &AccountId,
        name: &str,
        from: Origin,
        client: Option<i32>,
    ) -> Result<Submitter, WorldError> {
        let user = |suffix: &str| Username(format!("{name}-{suffix}"));
        let broker = self.account(account)?.exchange.venue == Venue::Ibkr;
        Ok(match (from, client) {
            (_, Some(client)) if broker => {
                Submitter::client(user("tws"), client, self.next_order_id(account)?)
            }
            (Origin::Window | Origin::Bot, _) if broker => {
                Submitter::by_hand(Platform::Tws, user("tws"))
            }
            (Origin::Bot, _) => Submitter::by_hand(Platform::Api, Username(BOT_KEY.to_owned())),
            (Origin::Window | Origin::Web, _) => Submitter::by_hand(Platform::Web, user("web")),
            (Origin::Phone, _) => Submitter::by_hand(Platform::Mobile, user("phone")),
        })
    }
}

fn protective_stop(instrument: Instrument, held: Decimal, stop: Decimal) -> NewOrder {
    NewOrder {
        instrument,
        side: if held.is_sign_negative() {
            Side::Buy
        } else {
            Side::Sell
        },
        quantity: held.abs(),
        order_type: OrderType::Stop,
        limit: None,
        stop: Some(stop),
        tif: "GTC".to_owned(),
        order_ref: "protective stop".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::world::Order;

    const PAST: &str = r#"
        orders = 0
        holdings = 0
        put-aside = false
        holding = [
            { symbol = "ACME", con-id = 900101, quantity = "300", cost = "41.5", stop = "38" },
            { symbol = "LENT", con-id = 900102, quantity = "-20", stop = "500" },
        ]
        order = [
            { symbol = "ACME", con-id = 900101, side = "buy", quantity = "5", limit = "900" },
            { symbol = "ACME", con-id = 900101, side = "sell", quantity = "5", limit = "1", client = 7 },
            { symbol = "ACME", con-id = 900101, side = "sell", quantity = "5", stop = "9", limit = "8", from = "phone" },
        ]
        session = [{ user = "phone", platform = "mobile", label = "Phone, on holiday" }]
        key = [{ name = "old-bot", withdraws = true }]
    "#;

    fn open(world: &World, account: &AccountId) -> Vec<Order> {
        let mut orders = world.orders(account);
        orders.retain(Order::open);
        orders
    }

    #[tokio::test(start_paused = true)]
    async fn a_past_by_name_is_there_as_it_was_told_and_stays_so() {
        let seeding: Seeding = toml::from_str(PAST).unwrap();
        let again: Seeding = toml::from_str(&toml::to_string(&seeding).unwrap()).unwrap();
        assert_eq!(again, seeding);
        let world = World::new(3, Timestamp::UNIX_EPOCH);
        let account = world.seed_account("a", &seeding).unwrap();
        tokio::time::advance(std::time::Duration::from_mins(1)).await;
        let held = world.holdings(&account);
        assert_eq!(held.len(), 2);
        let acme = held
            .iter()
            .find(|it| it.instrument.symbol == "ACME")
            .unwrap();
        assert_eq!(acme.average_cost, Decimal::new(415, 1));
        let orders = open(&world, &account);
        assert_eq!(orders.len(), 5, "what rests does so whatever its price");
        let lent = &orders[1];
        assert_eq!((lent.ask.side, lent.ask.quantity), (Side::Buy, 20.into()));
        assert_eq!(lent.ask.order_ref, "protective stop");
        assert_eq!(orders[3].submitter.client_id, Some(7));
        assert_eq!(orders[4].submitter.platform, Platform::Mobile);
        assert_eq!(orders[4].ask.order_type, OrderType::StopLimit);
        let sessions = world.sessions(&account);
        assert!(
            sessions
                .iter()
                .any(|it| it.label == "Phone, on holiday" && !it.here)
        );
        let keys = world.account(&account).unwrap().keys;
        assert!(keys.iter().any(|key| key.name == "old-bot"));
        assert_eq!(world.truth_fold(), world.truth_summary());
    }

    #[test]
    fn an_exchange_has_the_same_past_in_its_own_words() {
        let past = PAST.replace(", client = 7", ", from = \"bot\"");
        let seeding: Seeding = toml::from_str(&past).unwrap();
        let world = World::new(3, Timestamp::UNIX_EPOCH);
        let account = world.seed_exchange("a", Venue::Kraken, &seeding).unwrap();
        let orders = open(&world, &account);
        assert_eq!(orders.len(), 5);
        assert_eq!(orders[3].submitter.platform, Platform::Api);
        let keys = world.account(&account).unwrap().keys;
        let old = keys.iter().find(|key| key.name == "old-bot").unwrap();
        assert!(old.api.as_ref().unwrap().withdraws());
    }

    #[test]
    fn a_past_that_makes_no_sense_is_refused() {
        let world = World::new(3, Timestamp::UNIX_EPOCH);
        for (nth, (from, to)) in [
            (", limit = \"900\"", ""),
            ("quantity = \"5\"", "quantity = \"0\""),
            ("user = \"phone\"", "user = \"uncle\""),
        ]
        .into_iter()
        .enumerate()
        {
            let seeding: Seeding = toml::from_str(&PAST.replacen(from, to, 1)).unwrap();
            assert!(
                world.seed_account(&nth.to_string(), &seeding).is_err(),
                "{to}"
            );
        }
        for (from, to) in [("cost", "price"), ("orders = 0", "orders = 0\nbots = 3")] {
            assert!(toml::from_str::<Seeding>(&PAST.replacen(from, to, 1)).is_err());
        }
    }
}
