//! Accounts that look lived in: holdings with their stops, orders of every platform and client.
//! The same seed gives the same world.

use rand::RngExt;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    AccountId, Holding, Inner, Instrument, KeyKind, KeyWish, NewAccount, NewOrder, OrderStatus,
    OrderType, PastHolding, PastOrder, PastSession, Platform, Plot, Side, Submitter, Username,
    Venue, World, WorldError, orders::check,
};

/// The shares that seeded orders are in.
const SHARES: [(i32, &str); 8] = [
    (265_598, "AAPL"),
    (272_093, "MSFT"),
    (4_815_747, "NVDA"),
    (8_314, "IBM"),
    (756_733, "SPY"),
    (320_227_571, "QQQ"),
    (13_977, "XOM"),
    (76_792_991, "TSLA"),
];

/// What a seeded account begins with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Seeding {
    /// How many orders are open, stops included.
    pub orders: usize,
    /// How many shares are held, each with a protective stop among the orders while these last.
    pub holdings: usize,
    /// Whether an order more is there that was put aside. It is not open.
    pub put_aside: bool,
    /// Whether there is an OAuth consumer and a Flex token; at an exchange, Firebreak's key and the
    /// bot's.
    pub keys: bool,
    /// Whether TWS runs.
    pub tws: bool,
    /// What else is held, by name.
    #[serde(rename = "holding", skip_serializing_if = "Vec::is_empty")]
    pub named_holdings: Vec<PastHolding>,
    /// What other orders work, by name.
    #[serde(rename = "order", skip_serializing_if = "Vec::is_empty")]
    pub named_orders: Vec<PastOrder>,
    /// The owner's own sessions on other devices.
    #[serde(rename = "session", skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<PastSession>,
    /// Further keys of the owner's.
    #[serde(rename = "key", skip_serializing_if = "Vec::is_empty")]
    pub named_keys: Vec<KeyWish>,
}

impl Default for Seeding {
    fn default() -> Self {
        Self {
            orders: 10,
            holdings: 2,
            put_aside: true,
            keys: true,
            tws: true,
            named_holdings: Vec::new(),
            named_orders: Vec::new(),
            sessions: Vec::new(),
            named_keys: Vec::new(),
        }
    }
}

impl World {
    /// Opens an account that looks lived in, with TWS running, and returns its number. Its users
    /// are `<name>-tws` for TWS, `<name>-web` for the Client Portal and `<name>-phone`.
    pub fn seed_account(&self, name: &str, seeding: &Seeding) -> Result<AccountId, WorldError> {
        let account = {
            let mut inner = self.settle();
            let taken = inner.accounts.len() as u64;
            // the count keeps two accounts of one world apart
            let digits = inner.rng.random_range(10_000..99_999) * 100 + taken % 100;
            AccountId(format!("U{digits}"))
        };
        let user = |suffix: &str| Username(format!("{name}-{suffix}"));
        self.open_account(NewAccount {
            id: account.clone(),
            name: name.to_owned(),
            venue: Venue::Ibkr,
            tws_user: user("tws"),
            other_users: vec![user("web"), user("phone")],
        });
        self.add_cash(&account, "USD", Decimal::new(250_000, 0))?;
        if seeding.tws {
            self.start_tws(&account)?;
        }
        if seeding.keys {
            self.create_key(&account, "FIREBREAK", KeyKind::OauthConsumer)?;
            self.create_key(&account, "statements", KeyKind::FlexToken)?;
        }
        self.settle().seed_orders(&account, name, seeding);
        self.seed_named(&account, name, seeding)?;
        Ok(account)
    }
}

impl Inner {
    fn seed_orders(&mut self, account: &AccountId, name: &str, seeding: &Seeding) {
        let holdings = seeding.holdings.min(SHARES.len());
        for nth in 0..holdings {
            self.seed_holding(account, &share(nth));
        }
        for nth in 0..seeding.orders {
            let ask = if nth < holdings {
                stop(&share(nth))
            } else {
                self.resting(&share(nth))
            };
            let submitter = self.seed_submitter(account, name, nth);
            self.seed_order(account, ask, submitter);
        }
        if seeding.put_aside {
            let ask = self.resting(&share(0));
            let by = Submitter::by_hand(Platform::Tws, Username(format!("{name}-tws")));
            let order = self.seed_order(account, ask, by);
            self.becomes(order, OrderStatus::PreSubmitted, true);
        }
    }

    /// Orders of the TWS window, of three API clients, of the Client Portal and of the phone.
    fn seed_submitter(&mut self, account: &AccountId, name: &str, nth: usize) -> Submitter {
        let user = |suffix: &str| Username(format!("{name}-{suffix}"));
        let client = match nth % 6 {
            0 => return Submitter::by_hand(Platform::Tws, user("tws")),
            1 => 1,
            2 => return Submitter::by_hand(Platform::ClientPortal, user("web")),
            3 => 7,
            4 => 42,
            _ => return Submitter::by_hand(Platform::Mobile, user("phone")),
        };
        let order_id = self
            .accounts
            .get(account)
            .map_or(1, |account| account.next_order_id);
        Submitter::client(user("tws"), client, order_id)
    }

    /// Something that has been held since before the world began: no trade tells of it.
    fn seed_holding(&mut self, account: &AccountId, share: &Instrument) {
        let holding = Holding {
            instrument: share.clone(),
            quantity: Decimal::from(self.rng.random_range(1..=8) * 25),
            average_cost: World::reference_price(share),
        };
        if let Some(account) = self.accounts.get_mut(account) {
            let paid = holding.quantity * holding.average_cost;
            *account.cash.entry(share.currency.clone()).or_default() -= paid;
            account.holdings.insert(share.con_id, holding);
        }
    }

    fn resting(&mut self, share: &Instrument) -> NewOrder {
        let away = Decimal::new(self.rng.random_range(2..=9), 0);
        let price = World::reference_price(share);
        let (side, limit) = if self.rng.random_bool(0.5) {
            (Side::Buy, (price - away).max(Decimal::ONE))
        } else {
            (Side::Sell, price + away)
        };
        NewOrder {
            instrument: share.clone(),
            side,
            quantity: Decimal::from(self.rng.random_range(1..=20) * 5),
            order_type: OrderType::Limit,
            limit: Some(limit),
            stop: None,
            tif: "GTC".to_owned(),
            order_ref: String::new(),
        }
    }

    /// Places an order that works already, if a broker takes it.
    pub(super) fn seed_checked(
        &mut self,
        account: &AccountId,
        ask: NewOrder,
        submitter: Submitter,
    ) -> Result<(), WorldError> {
        check(&ask)?;
        self.seed_order(account, ask, submitter);
        Ok(())
    }

    /// Places an order that works already.
    pub(super) fn seed_order(
        &mut self,
        account: &AccountId,
        ask: NewOrder,
        submitter: Submitter,
    ) -> super::PermId {
        let waits = ask.order_type.waits();
        let order = self.place(account, ask, submitter, Plot::default());
        let status = if waits {
            OrderStatus::PreSubmitted
        } else {
            OrderStatus::Submitted
        };
        self.becomes(order, status, false);
        order
    }
}

fn share(nth: usize) -> Instrument {
    let (con_id, symbol) = SHARES[nth % SHARES.len()];
    Instrument::share(con_id, symbol)
}

fn stop(share: &Instrument) -> NewOrder {
    let price = World::reference_price(share);
    NewOrder {
        instrument: share.clone(),
        side: Side::Sell,
        quantity: Decimal::new(25, 0),
        order_type: OrderType::Stop,
        limit: None,
        stop: Some((price - Decimal::new(5, 0)).max(Decimal::ONE)),
        tif: "GTC".to_owned(),
        order_ref: "protective stop".to_owned(),
    }
}
