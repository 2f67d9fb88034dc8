//! Accounts, their settings, cash, positions and keys: what the broker's own pages show and change.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rust_decimal::Decimal;
use tokio::sync::watch;

use super::{
    Account, AccountId, Contact, ContactPoint, Device, Exchange, Execution, Holding, Inner, Key,
    KeyKind, Program, Side, Transfer, TwsSettings, Update, Username, Venue, Withdrawal, World,
    WorldError, security::own_contacts,
};
use crate::{
    faults::{FaultKind, Front},
    truth::Happening,
};

/// How many of an account's changes its pages remember.
const LOG: usize = 200;

/// The owner's own second factor.
pub const OWN_DEVICE: &str = "Phone of the owner";

/// What a new account begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAccount {
    /// The broker's number of it.
    pub id: AccountId,
    /// The name under which truth events speak of it.
    pub name: String,
    /// At which venue.
    pub venue: Venue,
    /// The user as whom TWS logs in.
    pub tws_user: Username,
    /// Its other users, the owner's own.
    pub other_users: Vec<Username>,
}

/// An account as its owner's pages show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountView {
    /// The broker's number of it.
    pub id: AccountId,
    /// The name under which it is served.
    pub name: String,
    /// TWS' API settings.
    pub settings: TwsSettings,
    /// Cash, by currency.
    pub cash: BTreeMap<String, Decimal>,
    /// Keys and tokens, ended ones too.
    pub keys: Vec<Key>,
    /// Withdrawals, oldest first.
    pub withdrawals: Vec<Withdrawal>,
    /// Users that may log in, and whether the owner knows them.
    pub users: Vec<(Username, bool)>,
    /// Second-factor devices.
    pub devices: Vec<Device>,
    /// Whether the security desk locked it.
    pub locked: bool,
    /// Whether the password of any of its users was changed.
    pub password_changed: bool,
    /// The reference numbers that the security desk gave.
    pub references: Vec<String>,
    /// What was changed, in words, oldest first.
    pub log: Vec<String>,
    /// Transfers of positions to other brokers, oldest first.
    pub transfers: Vec<Transfer>,
    /// How the broker reaches the owner.
    pub contacts: BTreeMap<Contact, ContactPoint>,
    /// Programs on the owner's computer that trade there.
    pub programs: Vec<Program>,
    /// What only an exchange has, and the address book.
    pub exchange: Exchange,
}

impl World {
    /// Opens an account at the broker. TWS is not running yet.
    pub fn open_account(&self, new: NewAccount) {
        self.faults().serves(new.id.clone());
        self.settle().open_account(new);
    }

    /// The accounts, by their numbers.
    pub fn accounts(&self) -> Vec<AccountId> {
        self.settle().accounts.keys().cloned().collect()
    }

    /// An account as its owner's pages show it.
    pub fn account(&self, account: &AccountId) -> Result<AccountView, WorldError> {
        self.settle().view(account)
    }

    /// The account that a username belongs to.
    pub fn account_of(&self, username: &Username) -> Result<AccountId, WorldError> {
        self.settle().account_of(username)
    }

    /// TWS' API settings, with what a fault makes of them.
    pub fn tws_settings(&self, account: &AccountId) -> Result<TwsSettings, WorldError> {
        let read_only = self.tws_read_only(account)?;
        let mut settings = self.settle().account(account)?.settings.clone();
        settings.read_only_api = read_only;
        Ok(settings)
    }

    /// Changes TWS' API settings.
    pub fn change_tws_settings(
        &self,
        account: &AccountId,
        change: impl FnOnce(&mut TwsSettings),
    ) -> Result<TwsSettings, WorldError> {
        let mut inner = self.settle();
        let kept = inner.account_mut(account)?;
        change(&mut kept.settings);
        let settings = kept.settings.clone();
        inner.push(Update::Settings(account.clone(), settings.clone()));
        Ok(settings)
    }

    /// Whether API clients of TWS may only read, by setting or by fault.
    pub fn tws_read_only(&self, account: &AccountId) -> Result<bool, WorldError> {
        let fault = self.faults().on(Front::Tws, account, FaultKind::ReadOnly);
        let inner = self.settle();
        Ok(inner.account(account)?.settings.read_only_api || fault.is_some())
    }

    /// Puts cash on an account, or takes it.
    pub fn add_cash(
        &self,
        account: &AccountId,
        currency: &str,
        amount: Decimal,
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let cash = &mut inner.account_mut(account)?.cash;
        *cash.entry(currency.to_owned()).or_default() += amount;
        Ok(())
    }

    /// Makes a key or token that works.
    pub fn create_key(
        &self,
        account: &AccountId,
        name: &str,
        kind: KeyKind,
    ) -> Result<(), WorldError> {
        self.settle().create_key(account, name, kind, false)
    }

    /// The same, and by whom.
    pub fn make_key(
        &self,
        account: &AccountId,
        name: &str,
        kind: KeyKind,
        intruder: bool,
    ) -> Result<(), WorldError> {
        self.settle().create_key(account, name, kind, intruder)
    }

    /// Switches a key off. Only the account's own pages do this.
    pub fn revoke_key(&self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        self.settle().revoke_key(account, name)
    }
}

impl Account {
    /// Takes a trade into positions and cash.
    pub(super) fn book(&mut self, execution: &Execution) {
        let signed = match execution.side {
            Side::Buy => execution.quantity,
            Side::Sell => -execution.quantity,
        };
        let cash = self
            .cash
            .entry(execution.instrument.currency.clone())
            .or_default();
        *cash -= signed * execution.price;
        let holding = self
            .holdings
            .entry(execution.instrument.con_id)
            .or_insert_with(|| Holding {
                instrument: execution.instrument.clone(),
                quantity: Decimal::ZERO,
                average_cost: Decimal::ZERO,
            });
        let before = holding.quantity;
        holding.quantity += signed;
        if holding.quantity.is_zero() {
            self.holdings.remove(&execution.instrument.con_id);
        } else if before.is_zero()
            || before.is_sign_negative() != holding.quantity.is_sign_negative()
        {
            holding.average_cost = execution.price;
        } else if before.is_sign_negative() == signed.is_sign_negative() {
            let cost = holding.average_cost * before + execution.price * signed;
            holding.average_cost = (cost / holding.quantity).round_dp(6);
        }
        self.executions.push(execution.clone());
    }
}

impl Inner {
    fn open_account(&mut self, new: NewAccount) {
        let (tws_running, _) = watch::channel(false);
        let account = Account {
            contacts: own_contacts(&new.name),
            name: new.name,
            settings: TwsSettings {
                read_only_api: false,
                allow_localhost_only: true,
                trusted_ips: vec!["127.0.0.1".to_owned()],
                master_client_id: None,
                socket_port: 0,
                create_api_message_log_file: true,
                logging_level: "detail".to_owned(),
                bypass_order_precautions: false,
            },
            tws_user: new.tws_user.clone(),
            tws_session: None,
            tws_running,
            clients: BTreeMap::new(),
            last_connection: 0,
            next_order_id: 1,
            orders: BTreeSet::new(),
            holdings: BTreeMap::new(),
            executions: Vec::new(),
            cash: BTreeMap::new(),
            keys: Vec::new(),
            withdrawals: Vec::new(),
            transfers: Vec::new(),
            programs: Vec::new(),
            users: Vec::new(),
            devices: vec![Device {
                name: OWN_DEVICE.to_owned(),
                known: true,
            }],
            locked: false,
            password_changed: false,
            references: Vec::new(),
            log: VecDeque::new(),
            exchange: Exchange::of(new.venue),
        };
        self.accounts.insert(new.id.clone(), account);
        for username in std::iter::once(new.tws_user).chain(new.other_users) {
            // the account was inserted just above
            let _ = self.insert_user(&new.id, &username, true);
        }
    }

    fn view(&self, id: &AccountId) -> Result<AccountView, WorldError> {
        let account = self.account(id)?;
        let users = account.users.iter().filter_map(|username| {
            let user = self.users.get(username).filter(|user| !user.removed)?;
            Some((username.clone(), user.known))
        });
        Ok(AccountView {
            id: id.clone(),
            name: account.name.clone(),
            settings: account.settings.clone(),
            cash: account.cash.clone(),
            keys: account.keys.clone(),
            withdrawals: account.withdrawals.clone(),
            transfers: account.transfers.clone(),
            contacts: account.contacts.clone(),
            programs: account.programs.clone(),
            users: users.collect(),
            devices: account.devices.clone(),
            locked: account.locked,
            password_changed: account.password_changed,
            references: account.references.clone(),
            log: account.log.iter().cloned().collect(),
            exchange: account.exchange.clone(),
        })
    }

    pub(super) fn create_key(
        &mut self,
        account: &AccountId,
        name: &str,
        kind: KeyKind,
        intruder: bool,
    ) -> Result<(), WorldError> {
        let keys = &mut self.account_mut(account)?.keys;
        if keys.iter().any(|key| key.name == name) {
            return Err(WorldError::Nothing(format!("second key named {name}")));
        }
        keys.push(Key {
            name: name.to_owned(),
            kind,
            enabled: true,
            api: None,
        });
        self.record(
            account,
            Happening::KeyCreated {
                key: name.to_owned(),
                kind: kind.id().to_owned(),
                intruder,
            },
        );
        Ok(())
    }

    pub(super) fn revoke_key(&mut self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        let keys = &mut self.account_mut(account)?.keys;
        let key = keys.iter_mut().find(|key| key.name == name && key.enabled);
        let key = key.ok_or_else(|| WorldError::Nothing(format!("working key {name}")))?;
        key.enabled = false;
        self.record(
            account,
            Happening::KeyRevoked {
                key: name.to_owned(),
            },
        );
        Ok(())
    }

    pub(super) fn log(&mut self, account: &AccountId, what: String) {
        if let Some(account) = self.accounts.get_mut(account) {
            if account.log.len() == LOG {
                account.log.pop_front();
            }
            account.log.push_back(what);
        }
    }
}
