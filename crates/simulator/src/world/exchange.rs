//! What an exchange keeps beside orders: keys that sign, sub-accounts, saved addresses, logins,
//! dead-man's switches. Its wires check signatures and scopes; what a key may do to the world is
//! decided here.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use rand::RngExt;
use rust_decimal::Decimal;
use sha1::Sha1;

use super::{
    Account, AccountId, Due, Inner, Instrument, Key, KeyKind, OrderStatus, Venue, World, WorldError,
};
use crate::{
    faults::{FaultKind, Faults, Front},
    truth::{DeadMan, Happening},
};

/// How long a one-time code is good for.
const CODE_LASTS: u64 = 30;

/// What only an exchange has of an account.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exchange {
    /// At which venue the account is.
    pub venue: Venue,
    /// Its sub-accounts.
    pub subs: Vec<Sub>,
    /// Where withdrawals may go.
    pub addresses: Vec<SavedAddress>,
    /// What came in, oldest first.
    pub deposits: Vec<Deposit>,
    /// Products that take no orders, by sub-account and [`Instrument::sec_type`].
    pub blocked: BTreeSet<(u32, String)>,
    /// The shared secret of the account's one-time codes.
    totp: Vec<u8>,
    /// The switches that are set, and the setting that counts.
    dead_men: BTreeMap<Front, u64>,
    dead_man_lives: u64,
}

/// An exchange's API key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKey {
    /// The venue's number of it.
    pub id: u64,
    /// What names it on the wire: `API-Key`, `client_id`.
    pub public: String,
    /// What it signs with, as its owner got it: base64 at Kraken.
    pub secret: String,
    /// At which front end it works.
    pub front: Front,
    /// Whose it is; 0 is the main account.
    pub sub: u32,
    /// What it may do, in the venue's own words.
    pub scopes: BTreeSet<String>,
    /// Whether orders can be placed with it.
    pub trades: bool,
    /// Addresses that it is bound to; none when it works from everywhere.
    pub allow_ips: Vec<String>,
    /// When it was made, since the world began. Negative ages do not exist: it is never later.
    pub created: Duration,
    /// From when on it does not work, since the world began.
    pub expires: Option<Duration>,
    /// When it was used last, since the world began.
    pub last_used: Option<Duration>,
    /// The last nonce that was taken.
    pub last_nonce: u64,
    /// Whether it is listed. A key that was removed is neither listed nor enabled.
    pub listed: bool,
}

/// The rights by which money can leave, as each venue calls them.
const WITHDRAWS: [&str; 3] = ["withdraw-funds", "transfer:full", "wallet:read_write"];

impl ApiKey {
    /// Whether money can leave by it.
    pub fn withdraws(&self) -> bool {
        let mut rights = self.scopes.iter();
        rights.any(|right| WITHDRAWS.contains(&right.as_str()))
    }
}

/// A key to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewApiKey<'a> {
    /// Its name.
    pub name: &'a str,
    /// At which front end it works.
    pub front: Front,
    /// Whose it is; 0 is the main account.
    pub sub: u32,
    /// What it may do, in the venue's own words.
    pub scopes: &'a [&'a str],
    /// Whether orders can be placed with it.
    pub trades: bool,
    /// Addresses that it is bound to.
    pub allow_ips: &'a [&'a str],
}

/// A sub-account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sub {
    /// The venue's number of it, never 0.
    pub id: u32,
    /// Its username.
    pub username: String,
    /// Whether somebody can log in to it.
    pub login_enabled: bool,
}

/// An address in the address book.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedAddress {
    /// Its name there.
    pub label: String,
    /// The asset that it takes.
    pub asset: String,
    /// The address itself.
    pub address: String,
    /// When it was saved, since the world began.
    pub added: Duration,
    /// Whether it is the owner's.
    pub known: bool,
}

/// Something that came in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deposit {
    /// The venue's id of it.
    pub id: String,
    /// How much.
    pub amount: Decimal,
    /// Of which asset.
    pub asset: String,
    /// When, since the world began.
    pub at: Duration,
}

impl Front {
    /// Whether orders in an instrument are placed and listed at this front end.
    pub fn trades(self, instrument: &Instrument) -> bool {
        match self {
            Self::Tws | Self::ClientPortal | Self::Ibc | Self::Flex | Self::Deribit => true,
            Self::KrakenSpot => instrument.sec_type != "PERP",
            Self::KrakenFutures => instrument.sec_type == "PERP",
        }
    }
}

impl Exchange {
    pub(super) fn of(venue: Venue) -> Self {
        Self {
            venue,
            ..Self::default()
        }
    }

    /// Whether orders in an instrument are switched off.
    pub fn blocks(&self, instrument: &Instrument) -> bool {
        self.blocked
            .contains(&(instrument.sub, instrument.sec_type.clone()))
    }

    /// The id and the currency of a withdrawal there.
    pub(super) fn withdrawal(&self, reference: u64) -> (String, String) {
        let (id, currency) = match self.venue {
            Venue::Ibkr => (format!("WD-{reference}"), "USD"),
            Venue::Kraken => (format!("FTQcuak-V6Za8qrWnhzTx67yYHz{reference}"), "USDC"),
            Venue::Deribit => (reference.to_string(), "USDC"),
        };
        (id, currency.to_owned())
    }
}

impl World {
    /// Makes a key that works, and returns it with its secret.
    pub fn create_api_key(
        &self,
        account: &AccountId,
        new: &NewApiKey<'_>,
    ) -> Result<Key, WorldError> {
        self.settle().create_api_key(account, new, false)
    }

    /// The same, and by whom.
    pub fn make_api_key(
        &self,
        account: &AccountId,
        new: &NewApiKey<'_>,
        intruder: bool,
    ) -> Result<Key, WorldError> {
        self.settle().create_api_key(account, new, intruder)
    }

    /// A key by its name on a front end's wire, whether it works or not, and whose it is.
    pub fn api_key(&self, front: Front, public: &str) -> Option<(AccountId, Key)> {
        let inner = self.settle();
        inner.accounts.iter().find_map(|(id, account)| {
            let key = account.keys.iter().find(|key| {
                key.api
                    .as_ref()
                    .is_some_and(|api| api.front == front && api.public == public)
            })?;
            Some((id.clone(), key.clone()))
        })
    }

    /// Takes the use of a key: when, and with which nonce. A nonce that is not above the last one
    /// is refused and changes nothing.
    pub fn use_key(
        &self,
        account: &AccountId,
        name: &str,
        nonce: Option<u64>,
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let now = inner.now;
        let api = inner.account_mut(account)?.api_key_mut(name)?;
        if let Some(nonce) = nonce {
            if nonce <= api.last_nonce {
                return Err(WorldError::BadOrder("the nonce is not above the last one"));
            }
            api.last_nonce = nonce;
        }
        api.last_used = Some(now);
        Ok(())
    }

    /// Changes what an exchange keeps of a key. Whether it works is changed elsewhere.
    pub fn change_api_key(
        &self,
        account: &AccountId,
        name: &str,
        change: impl FnOnce(&mut ApiKey),
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        change(inner.account_mut(account)?.api_key_mut(name)?);
        Ok(())
    }

    /// Takes a key out of the list, for good. It works no more.
    pub fn remove_api_key(&self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.account_mut(account)?.api_key_mut(name)?.listed = false;
        match inner.revoke_key(account, name) {
            // it was switched off before
            Err(WorldError::Nothing(_)) => Ok(()),
            done => done,
        }
    }

    /// Switches a key on again.
    pub fn enable_key(&self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let keys = &mut inner.account_mut(account)?.keys;
        let key = keys.iter_mut().find(|key| key.name == name);
        let key = key.ok_or_else(|| WorldError::Nothing(format!("key {name}")))?;
        if key.enabled {
            return Ok(());
        }
        key.enabled = true;
        let (key, kind) = (key.name.clone(), key.kind.id().to_owned());
        let what = Happening::KeyCreated {
            key,
            kind,
            intruder: false,
        };
        inner.record(account, what);
        Ok(())
    }

    /// Changes what an exchange keeps of an account.
    pub fn change_exchange(
        &self,
        account: &AccountId,
        change: impl FnOnce(&mut Exchange),
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        change(&mut inner.account_mut(account)?.exchange);
        Ok(())
    }

    /// Sets a front end's dead-man's switch to fire after a time, or takes it off. When it fires,
    /// every order of that front end is cancelled.
    pub fn dead_man(
        &self,
        account: &AccountId,
        front: Front,
        after: Option<Duration>,
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let exchange = &mut inner.account_mut(account)?.exchange;
        let was_set = exchange.dead_men.remove(&front).is_some();
        let Some(after) = after else {
            if was_set {
                inner.record_dead_man(account, front, DeadMan::TakenOff);
            }
            return Ok(());
        };
        exchange.dead_man_lives += 1;
        let life = exchange.dead_man_lives;
        exchange.dead_men.insert(front, life);
        inner.after(after, Due::DeadMan(account.clone(), front, life));
        if !was_set {
            inner.record_dead_man(account, front, DeadMan::Set);
        }
        Ok(())
    }

    /// Whether a front end's dead-man's switch is set.
    pub fn dead_man_is_set(&self, account: &AccountId, front: Front) -> bool {
        let inner = self.settle();
        inner
            .account(account)
            .is_ok_and(|account| account.exchange.dead_men.contains_key(&front))
    }

    /// Whether the owner has no second factor now.
    pub fn second_factor_lost(&self, account: &AccountId) -> bool {
        let (faults, now) = (self.faults(), self.now());
        let lost = faults.anywhere(now, account, FaultKind::SecondFactorLost);
        lost.is_some()
    }

    /// The one-time code that the owner's device shows now.
    pub fn code(&self, account: &AccountId) -> Result<String, WorldError> {
        if self.second_factor_lost(account) {
            return Err(WorldError::SecondFactor);
        }
        let inner = self.settle();
        let step = self.code_step(inner.now);
        Ok(code(&inner.account(account)?.exchange.totp, step))
    }

    /// What the owner's authenticator was given once, in base32.
    pub fn totp_secret(&self, account: &AccountId) -> Result<String, WorldError> {
        let inner = self.settle();
        let secret = &inner.account(account)?.exchange.totp;
        Ok(BASE32_NOPAD.encode(secret))
    }

    /// Whether a one-time code is right now: this step's or the one before.
    pub fn check_code(&self, front: Front, account: &AccountId, typed: &str) -> bool {
        let refused = self.faults().on(front, account, FaultKind::CodeRefused);
        if refused.is_some() || self.second_factor_lost(account) {
            return false;
        }
        let inner = self.settle();
        let step = self.code_step(inner.now);
        let Ok(kept) = inner.account(account) else {
            return false;
        };
        [step, step.saturating_sub(1)]
            .into_iter()
            .any(|step| code(&kept.exchange.totp, step) == typed)
    }

    fn code_step(&self, now: Duration) -> u64 {
        step_at(self.wall(now))
    }
}

/// The code that an authenticator with this secret in base32 shows at a time; `None` when it is no
/// base32.
pub fn code_at(secret: &str, at: Timestamp) -> Option<String> {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    Some(code(&secret, step_at(at)))
}

fn step_at(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0) / CODE_LASTS
}

/// RFC 6238 with SHA-1 and six digits, as authenticator apps have it.
fn code(secret: &[u8], step: u64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 0x0f);
    let four = [
        digest[offset] & 0x7f,
        digest[offset + 1],
        digest[offset + 2],
        digest[offset + 3],
    ];
    format!("{:06}", u32::from_be_bytes(four) % 1_000_000)
}

impl Account {
    fn api_key_mut(&mut self, name: &str) -> Result<&mut ApiKey, WorldError> {
        self.keys
            .iter_mut()
            .find(|key| key.name == name)
            .and_then(|key| key.api.as_mut())
            .ok_or_else(|| WorldError::Nothing(format!("key {name}")))
    }
}

impl Inner {
    pub(super) fn create_api_key(
        &mut self,
        account: &AccountId,
        new: &NewApiKey<'_>,
        intruder: bool,
    ) -> Result<Key, WorldError> {
        self.create_key(account, new.name, KeyKind::ApiKey, intruder)?;
        self.last_reference += 1;
        let (public, secret) = self.draw_key(new.front.venue());
        let api = ApiKey {
            id: self.last_reference,
            public,
            secret,
            front: new.front,
            sub: new.sub,
            scopes: new.scopes.iter().map(|&scope| scope.to_owned()).collect(),
            trades: new.trades,
            allow_ips: new.allow_ips.iter().map(|&ip| ip.to_owned()).collect(),
            created: self.now,
            expires: None,
            last_used: None,
            last_nonce: 0,
            listed: true,
        };
        let keys = &mut self.account_mut(account)?.keys;
        let key = keys.iter_mut().find(|key| key.name == new.name);
        let key = key.ok_or_else(|| WorldError::Nothing(format!("key {}", new.name)))?;
        key.api = Some(api);
        Ok(key.clone())
    }

    /// A key pair in the venue's own shape.
    fn draw_key(&mut self, venue: Venue) -> (String, String) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};

        match venue {
            Venue::Ibkr => (String::new(), String::new()),
            Venue::Kraken => {
                let public: [u8; 42] = self.rng.random();
                let secret: [u8; 64] = self.rng.random();
                (STANDARD.encode(public), STANDARD.encode(secret))
            }
            Venue::Deribit => (self.draw_word(8), self.draw_word(43)),
        }
    }

    fn draw_word(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
        (0..length)
            .map(|_| char::from(LETTERS[self.rng.random_range(0..LETTERS.len())]))
            .collect()
    }

    pub(super) fn draw_totp(&mut self, account: &AccountId) {
        let secret: [u8; 20] = self.rng.random();
        if let Some(account) = self.accounts.get_mut(account) {
            account.exchange.totp = secret.to_vec();
        }
    }

    pub(super) fn dead_man_fires(
        &mut self,
        account: &AccountId,
        front: Front,
        life: u64,
        faults: &Faults,
    ) {
        let counts = self
            .account(account)
            .is_ok_and(|kept| kept.exchange.dead_men.get(&front) == Some(&life));
        if !counts {
            return;
        }
        let bites = |kind| faults.bites_at(self.now, front, account, kind).is_some();
        if bites(FaultKind::Maintenance) || bites(FaultKind::MarketClosed) {
            // what is owed is done once the engine is back
            self.after(
                Duration::from_secs(1),
                Due::DeadMan(account.clone(), front, life),
            );
            return;
        }
        if let Some(kept) = self.accounts.get_mut(account) {
            kept.exchange.dead_men.remove(&front);
        }
        self.record_dead_man(account, front, DeadMan::Fired);
        let open: Vec<_> = self
            .orders_of(account)
            .filter(|order| order.status.open() && front.trades(&order.ask.instrument))
            .map(|order| order.perm_id)
            .collect();
        for order in open {
            if let Some(kept) = self.orders.get(&order)
                && kept.order.status != OrderStatus::Cancelled
            {
                self.ends(order, faults);
            }
        }
    }

    fn record_dead_man(&mut self, account: &AccountId, front: Front, state: DeadMan) {
        let door = front.id().to_owned();
        self.record(account, Happening::DeadManSwitch { door, state });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        for (seconds, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, seconds / CODE_LASTS), digits);
        }
    }
}
