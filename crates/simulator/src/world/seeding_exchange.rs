//! Accounts at exchanges that look lived in: every family of orders, sub-accounts, keys of the
//! owner and of the owner's bot, a past of deposits and saved addresses.

use rand::RngExt;
use rust_decimal::Decimal;

use super::{
    AccountId, Deposit, Holding, Inner, Instrument, Key, NewAccount, NewApiKey, NewOrder,
    OrderType, Platform, SavedAddress, Seeding, Side, Sub, Submitter, Username, Venue, World,
    WorldError,
};
use crate::faults::Front;

/// What Firebreak's own key is called on the venue's page.
pub const PANIC_KEY: &str = "panic";
/// What the key of the owner's bot is called.
pub const BOT_KEY: &str = "bot";

/// Where an instrument stands and what it is: number, symbol, type, exchange, currency.
type Row = (i32, &'static str, &'static str, Front, &'static str);

const KRAKEN: [Row; 6] = [
    (510_001, "XBTUSD", "SPOT", Front::KrakenSpot, "USD"),
    (510_002, "ETHUSD", "MARGIN", Front::KrakenSpot, "USD"),
    (510_003, "SOLUSD", "SPOT", Front::KrakenSpot, "USD"),
    (510_004, "PF_XBTUSD", "PERP", Front::KrakenFutures, "USD"),
    (510_005, "PF_ETHUSD", "PERP", Front::KrakenFutures, "USD"),
    (510_006, "PI_XBTUSD", "PERP", Front::KrakenFutures, "USD"),
];

const DERIBIT: [Row; 6] = [
    (520_001, "BTC-PERPETUAL", "PERP", Front::Deribit, "BTC"),
    (520_002, "ETH-PERPETUAL", "PERP", Front::Deribit, "ETH"),
    (520_003, "BTC-25DEC26", "FUT", Front::Deribit, "BTC"),
    (
        520_004,
        "BTC-25DEC26-100000-C",
        "OPT",
        Front::Deribit,
        "BTC",
    ),
    (
        520_005,
        "SOL_USDC-PERPETUAL",
        "PERP",
        Front::Deribit,
        "USDC",
    ),
    (520_006, "ETH_USDC", "SPOT", Front::Deribit, "USDC"),
];

/// How many sub-accounts a seeded account at Deribit has.
const SUBS: u32 = 2;

/// What Firebreak's own key may do there: least, as the venue's own pages call it.
fn panic_scopes(front: Front) -> &'static [&'static str] {
    match front {
        Front::KrakenSpot => &[
            "query-funds",
            "query-open-trades",
            "query-closed-trades",
            "close-trades",
            "query-ledger",
            "export-data",
        ],
        Front::KrakenFutures => &["general:full"],
        Front::Deribit => &[
            "account:read_write",
            "trade:read_write",
            "wallet:read_write",
            "block_trade:read",
        ],
        Front::Tws | Front::ClientPortal | Front::Ibc | Front::Flex => &[],
    }
}

/// What the bot's key may do there: trade, and at Kraken also withdraw.
fn bot_scopes(front: Front) -> &'static [&'static str] {
    match front {
        Front::KrakenSpot => &[
            "query-funds",
            "query-open-trades",
            "query-closed-trades",
            "modify-trades",
            "close-trades",
            "withdraw-funds",
        ],
        Front::KrakenFutures => &["general:full"],
        Front::Deribit => &["account:read", "trade:read_write", "wallet:read"],
        Front::Tws | Front::ClientPortal | Front::Ibc | Front::Flex => &[],
    }
}

impl Venue {
    /// The front ends that an account there usually has.
    pub fn fronts(self) -> &'static [Front] {
        match self {
            Self::Ibkr => &[Front::Tws, Front::ClientPortal, Front::Ibc],
            Self::Kraken => &[Front::KrakenSpot, Front::KrakenFutures],
            Self::Deribit => &[Front::Deribit],
        }
    }

    /// Every front end that an account there can have.
    pub fn all_fronts(self) -> impl Iterator<Item = Front> {
        let fronts = Front::ALL.into_iter();
        fronts.filter(move |front| front.venue() == self)
    }

    fn rows(self) -> &'static [Row] {
        match self {
            Self::Ibkr => &[],
            Self::Kraken => &KRAKEN,
            Self::Deribit => &DERIBIT,
        }
    }
}

impl World {
    /// Opens an account at an exchange that looks lived in, and returns its number. Its users are
    /// `<name>-web`, logged in on the owner's computer, and `<name>-phone`. Each front end has two
    /// keys: [`PANIC_KEY`] and [`BOT_KEY`], with `-futures` behind them at Kraken's.
    pub fn seed_exchange(
        &self,
        name: &str,
        venue: Venue,
        seeding: &Seeding,
    ) -> Result<AccountId, WorldError> {
        let account = {
            let mut inner = self.settle();
            let taken = inner.accounts.len() as u64;
            let digits = inner.rng.random_range(10_000..99_999) * 100 + taken % 100;
            AccountId(format!("{}-{digits}", venue.id()))
        };
        let web = Username(format!("{name}-web"));
        self.open_account(NewAccount {
            id: account.clone(),
            name: name.to_owned(),
            venue,
            tws_user: web.clone(),
            other_users: vec![Username(format!("{name}-phone"))],
        });
        self.open_session(&web, Platform::Web, "Firefox on Linux, this computer")?;
        let mut inner = self.settle();
        inner.draw_totp(&account);
        if seeding.keys {
            for front in venue.fronts() {
                inner.seed_keys(&account, *front)?;
            }
        }
        inner.seed_past(&account, name, venue);
        inner.seed_book(&account, name, venue, seeding);
        drop(inner);
        self.seed_named(&account, name, seeding)?;
        Ok(account)
    }

    /// What orders of a ticker that nobody else trades are in: a share at IBKR; elsewhere it
    /// depends on the number which family they fall in.
    pub fn thin_instrument(&self, account: &AccountId, con_id: i32, symbol: &str) -> Instrument {
        let inner = self.settle();
        let exchange = inner.account(account).ok().map(|kept| &kept.exchange);
        let venue = exchange.map_or(Venue::Ibkr, |exchange| exchange.venue);
        let nth = usize::try_from(con_id.rem_euclid(60)).unwrap_or(0);
        let Some(row) = venue.rows().get(nth % venue.rows().len().max(1)) else {
            return Instrument::share(con_id, symbol);
        };
        let subs = exchange.map_or(&[][..], |exchange| &exchange.subs);
        let sub = match nth % (subs.len() + 1) {
            0 => 0,
            nth => subs[nth - 1].id,
        };
        let (_, like, ..) = row;
        let symbol = match venue {
            Venue::Kraken if row.2 == "PERP" => format!("PF_{symbol}USD"),
            Venue::Kraken => format!("{symbol}USD"),
            // options and dated futures are what the venue lists, not what anybody calls them
            Venue::Deribit | Venue::Ibkr => (*like).to_owned(),
        };
        Instrument {
            con_id,
            symbol,
            sub,
            ..instrument(row, 0)
        }
    }

    /// Firebreak's own key at a front end.
    pub fn panic_key(&self, account: &AccountId, front: Front) -> Option<Key> {
        let inner = self.settle();
        let keys = &inner.account(account).ok()?.keys;
        let of_front = |key: &&Key| key.api.as_ref().is_some_and(|api| api.front == front);
        keys.iter()
            .filter(of_front)
            .find(|key| key.name.starts_with(PANIC_KEY))
            .cloned()
    }
}

impl Inner {
    fn seed_keys(&mut self, account: &AccountId, front: Front) -> Result<(), WorldError> {
        let suffix = match front {
            Front::KrakenFutures => "-futures",
            Front::Tws
            | Front::ClientPortal
            | Front::Ibc
            | Front::Flex
            | Front::KrakenSpot
            | Front::Deribit => "",
        };
        self.create_api_key(
            account,
            &NewApiKey {
                name: &format!("{PANIC_KEY}{suffix}"),
                front,
                sub: 0,
                scopes: panic_scopes(front),
                trades: false,
                allow_ips: &["127.0.0.1"],
            },
            false,
        )?;
        self.create_api_key(
            account,
            &NewApiKey {
                name: &format!("{BOT_KEY}{suffix}"),
                front,
                sub: 0,
                scopes: bot_scopes(front),
                trades: true,
                allow_ips: &[],
            },
            false,
        )?;
        Ok(())
    }

    fn seed_past(&mut self, account: &AccountId, name: &str, venue: Venue) {
        let subs = if venue == Venue::Deribit { SUBS } else { 0 };
        let now = self.now;
        let Some(kept) = self.accounts.get_mut(account) else {
            return;
        };
        for (currency, amount) in [("USD", 40_000), ("BTC", 2), ("ETH", 25), ("USDC", 30_000)] {
            kept.cash.insert(currency.to_owned(), Decimal::from(amount));
        }
        let exchange = &mut kept.exchange;
        exchange.subs = (1..=subs)
            .map(|nth| Sub {
                id: 7_000 + nth,
                username: format!("{name}_{nth}"),
                login_enabled: true,
            })
            .collect();
        exchange.addresses = vec![SavedAddress {
            label: "cold wallet".to_owned(),
            asset: "BTC".to_owned(),
            address: "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq".to_owned(),
            added: now,
            known: true,
        }];
        exchange.deposits = vec![Deposit {
            id: "FTQcuak-V6Za8qrPnhsTx67yYHz".to_owned(),
            amount: Decimal::from(30_000),
            asset: "USDC".to_owned(),
            at: now,
        }];
    }

    /// Holdings with their stops, then orders of every family and sub-account in turn, half of
    /// them conditional where that exists.
    fn seed_book(&mut self, account: &AccountId, name: &str, venue: Venue, seeding: &Seeding) {
        let rows = venue.rows();
        let subs: Vec<u32> = std::iter::once(0)
            .chain(self.accounts.get(account).into_iter().flat_map(|kept| {
                kept.exchange
                    .subs
                    .iter()
                    .map(|sub| sub.id)
                    .collect::<Vec<_>>()
            }))
            .collect();
        let positions: Vec<&Row> = rows
            .iter()
            .filter(|row| matches!(row.2, "MARGIN" | "PERP"))
            .take(seeding.holdings)
            .collect();
        for row in &positions {
            let instrument = instrument(row, 0);
            let quantity = Decimal::from(self.rng.random_range(1..=8));
            let average_cost = World::reference_price(&instrument);
            if let Some(kept) = self.accounts.get_mut(account) {
                let holding = Holding {
                    instrument: instrument.clone(),
                    quantity,
                    average_cost,
                };
                kept.holdings.insert(instrument.con_id, holding);
            }
        }
        for nth in 0..seeding.orders {
            let ask = if let Some(row) = positions.get(nth) {
                stop(&instrument(row, 0), "protective stop")
            } else {
                let row = &rows[nth % rows.len()];
                let sub = subs[(nth / rows.len()) % subs.len()];
                let instrument = instrument(row, sub);
                let waits = row.2 != "OPT" && (nth + nth / rows.len()).is_multiple_of(3);
                if waits {
                    stop(&instrument, "")
                } else {
                    self.rest(instrument)
                }
            };
            let by = if nth % 3 == 0 {
                Submitter::by_hand(Platform::Web, Username(format!("{name}-web")))
            } else {
                Submitter::by_hand(Platform::Api, Username(BOT_KEY.to_owned()))
            };
            self.seed_order(account, ask, by);
        }
    }

    fn rest(&mut self, instrument: Instrument) -> NewOrder {
        let price = World::reference_price(&instrument);
        let away = Decimal::from(self.rng.random_range(2..=9));
        let (side, limit) = if self.rng.random_bool(0.5) {
            (Side::Buy, (price - away).max(Decimal::ONE))
        } else {
            (Side::Sell, price + away)
        };
        NewOrder {
            instrument,
            side,
            quantity: Decimal::from(self.rng.random_range(1..=20)),
            order_type: OrderType::Limit,
            limit: Some(limit),
            stop: None,
            tif: "GTC".to_owned(),
            order_ref: String::new(),
        }
    }
}

/// A row as an instrument. Numbers of sub-accounts' books never meet those of the main one.
fn instrument(row: &Row, sub: u32) -> Instrument {
    let (con_id, symbol, sec_type, front, currency) = row;
    Instrument {
        con_id: con_id + i32::try_from(sub).unwrap_or(0) * 100,
        symbol: (*symbol).to_owned(),
        sec_type: (*sec_type).to_owned(),
        exchange: front.id().to_owned(),
        currency: (*currency).to_owned(),
        sub,
    }
}

fn stop(instrument: &Instrument, order_ref: &str) -> NewOrder {
    let price = World::reference_price(instrument);
    NewOrder {
        instrument: instrument.clone(),
        side: Side::Sell,
        quantity: Decimal::ONE,
        order_type: OrderType::Stop,
        limit: None,
        stop: Some((price - Decimal::from(5)).max(Decimal::ONE)),
        tif: "GTC".to_owned(),
        order_ref: order_ref.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_seeded_exchange_has_orders_of_every_family_and_sub_account() {
        for (venue, books) in [(Venue::Kraken, 6), (Venue::Deribit, 6)] {
            let world = World::new(3, Timestamp::UNIX_EPOCH);
            let seeding = Seeding {
                orders: 60,
                ..Seeding::default()
            };
            let account = world.seed_exchange("x", venue, &seeding).unwrap();
            let orders = world.orders(&account);
            assert_eq!(orders.len(), 60);
            let symbols: BTreeSet<_> = orders.iter().map(|o| &o.ask.instrument.symbol).collect();
            assert_eq!(symbols.len(), books);
            assert!(orders.iter().any(|order| order.ask.order_type.waits()));
            let subs: BTreeSet<_> = orders.iter().map(|o| o.ask.instrument.sub).collect();
            assert_eq!(subs.len(), if venue == Venue::Deribit { 3 } else { 1 });
        }
    }

    #[test]
    fn each_front_end_lists_what_is_traded_there() {
        let world = World::new(3, Timestamp::UNIX_EPOCH);
        let account = world
            .seed_exchange("x", Venue::Kraken, &Seeding::default())
            .unwrap();
        let spot = world.listed(Front::KrakenSpot, &account).len();
        let futures = world.listed(Front::KrakenFutures, &account).len();
        assert!(spot > 0 && futures > 0);
        assert_eq!(spot + futures, world.orders(&account).len());
    }

    #[test]
    fn a_dead_mans_switch_cancels_its_own_front_end_once_it_is_not_set_again() {
        let world = World::new(3, Timestamp::UNIX_EPOCH);
        let account = world
            .seed_exchange("x", Venue::Kraken, &Seeding::default())
            .unwrap();
        assert!(!world.dead_man_is_set(&account, Front::KrakenSpot));
        world
            .dead_man(&account, Front::KrakenSpot, Some(Duration::from_mins(1)))
            .unwrap();
        assert!(world.dead_man_is_set(&account, Front::KrakenSpot));
        world.dead_man(&account, Front::KrakenSpot, None).unwrap();
        assert!(!world.dead_man_is_set(&account, Front::KrakenSpot));
    }
}
