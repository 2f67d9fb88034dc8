//! Accounts, their users, settings, keys and withdrawals: what the broker's own pages show and
//! change.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rust_decimal::Decimal;
use tokio::sync::watch;

use super::{
    Account, AccountId, Device, Due, Exchange, Execution, Holding, Inner, Key, KeyKind, Side,
    TwsSettings, Update, User, Username, Venue, Withdrawal, WithdrawalState, World, WorldError,
};
use crate::{
    faults::{FaultKind, Front},
    truth::Happening,
};

/// How many of an account's changes its pages remember.
const LOG: usize = 200;

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
    /// What only an exchange has.
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
        self.settle().create_key(account, name, kind)
    }

    /// Switches a key off. Only the account's own pages do this.
    pub fn revoke_key(&self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        self.settle().revoke_key(account, name)
    }

    /// Asks for a withdrawal, which leaves after a time unless it is cancelled.
    pub fn ask_withdrawal(
        &self,
        account: &AccountId,
        amount: Decimal,
        target: &str,
        leaves_after: std::time::Duration,
    ) -> Result<String, WorldError> {
        let mut inner = self.settle();
        let id = inner.ask_withdrawal(account, amount, target)?;
        inner.after(leaves_after, Due::Send(account.clone(), id.clone()));
        Ok(id)
    }

    /// Cancels a withdrawal that has not left. Only the account's own pages do this.
    pub fn cancel_withdrawal(&self, account: &AccountId, id: &str) -> Result<(), WorldError> {
        self.settle()
            .withdrawal_becomes(account, id, WithdrawalState::Cancelled)
    }

    /// Adds a user that may log in to the account.
    pub fn add_user(
        &self,
        account: &AccountId,
        username: &Username,
        known: bool,
    ) -> Result<(), WorldError> {
        self.settle().add_user(account, username, known)
    }

    /// Removes a user: its sessions end and it cannot log in. Only the account's own pages do this.
    pub fn remove_user(&self, username: &Username) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let account = inner.account_of(username)?;
        if let Some(user) = inner.users.get_mut(username) {
            user.removed = true;
        }
        let sessions: Vec<_> = inner
            .live_sessions(&account)
            .filter(|session| session.username == *username)
            .map(|session| session.id)
            .collect();
        for session in sessions {
            inner.end_session(session, "user removed");
        }
        inner.log(&account, format!("user {username} removed"));
        Ok(())
    }

    /// Changes the passwords of all of an account's users. Sessions live on.
    pub fn change_password(&self, account: &AccountId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let kept = inner.account_mut(account)?;
        kept.password_changed = true;
        for username in kept.users.clone() {
            if let Some(user) = inner.users.get_mut(&username) {
                user.password += 1;
            }
        }
        inner.log(account, "passwords changed".to_owned());
        Ok(())
    }

    /// Adds a device that answers the second factor.
    pub fn add_device(&self, account: &AccountId, device: Device) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let name = device.name.clone();
        inner.account_mut(account)?.devices.push(device);
        inner.log(account, format!("second-factor device {name} added"));
        Ok(())
    }

    /// Removes a second-factor device.
    pub fn remove_device(&self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let devices = &mut inner.account_mut(account)?.devices;
        let Some(nth) = devices.iter().position(|device| device.name == name) else {
            return Err(WorldError::Nothing(format!("device {name}")));
        };
        devices.remove(nth);
        inner.log(account, format!("second-factor device {name} removed"));
        Ok(())
    }

    /// What the security desk does on a call: it locks the account against logins, orders and
    /// withdrawals, and gives a reference number. Sessions live on, and cancels are taken. A second
    /// call gives the same number.
    pub fn lock(&self, account: &AccountId) -> Result<String, WorldError> {
        let mut inner = self.settle();
        if inner.account(account)?.locked
            && let Some(reference) = inner.account(account)?.references.last()
        {
            return Ok(reference.clone());
        }
        inner.last_reference += 1;
        let reference = format!("SD-{}", inner.last_reference);
        let kept = inner.account_mut(account)?;
        kept.locked = true;
        kept.references.push(reference.clone());
        inner.log(account, format!("locked by the security desk, {reference}"));
        Ok(reference)
    }

    /// What the security desk does when it is asked to end the sessions that are not the owner's.
    pub fn end_other_sessions(&self, account: &AccountId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.account(account)?;
        let others: Vec<_> = inner
            .live_sessions(account)
            .filter(|session| !session.here)
            .map(|session| session.id)
            .collect();
        for session in others {
            inner.end_session(session, "ended by the security desk");
        }
        inner.log(account, "other sessions ended".to_owned());
        Ok(())
    }

    /// Takes the lock off.
    pub fn unlock(&self, account: &AccountId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.account_mut(account)?.locked = false;
        inner.log(account, "unlocked".to_owned());
        Ok(())
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
            users: Vec::new(),
            devices: Vec::new(),
            locked: false,
            password_changed: false,
            references: Vec::new(),
            log: VecDeque::new(),
            exchange: Exchange::of(new.venue),
        };
        self.accounts.insert(new.id.clone(), account);
        for username in std::iter::once(new.tws_user).chain(new.other_users) {
            // the account was inserted just above
            let _ = self.add_user(&new.id, &username, true);
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
            users: users.collect(),
            devices: account.devices.clone(),
            locked: account.locked,
            password_changed: account.password_changed,
            references: account.references.clone(),
            log: account.log.iter().cloned().collect(),
            exchange: account.exchange.clone(),
        })
    }

    fn add_user(
        &mut self,
        account: &AccountId,
        username: &Username,
        known: bool,
    ) -> Result<(), WorldError> {
        let users = &mut self.account_mut(account)?.users;
        if !users.contains(username) {
            users.push(username.clone());
        }
        self.users.insert(
            username.clone(),
            User {
                account: account.clone(),
                known,
                removed: false,
                password: 1,
            },
        );
        self.log(account, format!("user {username} added"));
        Ok(())
    }

    pub(super) fn create_key(
        &mut self,
        account: &AccountId,
        name: &str,
        kind: KeyKind,
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

    fn ask_withdrawal(
        &mut self,
        account: &AccountId,
        amount: Decimal,
        target: &str,
    ) -> Result<String, WorldError> {
        self.last_reference += 1;
        let reference = self.last_reference;
        let asked = self.now;
        let kept = self.account_mut(account)?;
        let (id, currency) = kept.exchange.withdrawal(reference);
        if kept.locked {
            return Err(WorldError::Locked);
        }
        kept.withdrawals.push(Withdrawal {
            id: id.clone(),
            amount,
            currency,
            target: target.to_owned(),
            state: WithdrawalState::Pending,
            asked,
        });
        self.record_withdrawal(account, &id);
        Ok(id)
    }

    /// A locked account sends nothing: what is pending then stays so.
    pub(super) fn send_withdrawal(&mut self, account: &AccountId, id: &str) {
        let Ok(kept) = self.account(account) else {
            return;
        };
        if kept.locked {
            return;
        }
        let sent = self.withdrawal_becomes(account, id, WithdrawalState::Sent);
        let Ok(kept) = self.account_mut(account) else {
            return;
        };
        let withdrawal = kept.withdrawals.iter().find(|each| each.id == id);
        if let (Ok(()), Some(withdrawal)) = (sent, withdrawal) {
            let cash = kept.cash.entry(withdrawal.currency.clone()).or_default();
            *cash -= withdrawal.amount;
        }
    }

    fn withdrawal_becomes(
        &mut self,
        account: &AccountId,
        id: &str,
        state: WithdrawalState,
    ) -> Result<(), WorldError> {
        let withdrawals = &mut self.account_mut(account)?.withdrawals;
        let pending = withdrawals
            .iter_mut()
            .find(|each| each.id == id && each.state == WithdrawalState::Pending);
        let pending =
            pending.ok_or_else(|| WorldError::Nothing(format!("pending withdrawal {id}")))?;
        pending.state = state;
        self.record_withdrawal(account, id);
        Ok(())
    }

    fn record_withdrawal(&mut self, account: &AccountId, id: &str) {
        let withdrawal = self
            .accounts
            .get(account)
            .and_then(|account| account.withdrawals.iter().find(|each| each.id == id));
        if let Some(withdrawal) = withdrawal {
            let what = Happening::Withdrawal {
                withdrawal: id.to_owned(),
                amount: format!("{} {}", withdrawal.amount, withdrawal.currency),
                state: withdrawal.state,
            };
            self.record(account, what);
        }
    }

    fn log(&mut self, account: &AccountId, what: String) {
        if let Some(account) = self.accounts.get_mut(account) {
            if account.log.len() == LOG {
                account.log.pop_front();
            }
            account.log.push_back(what);
        }
    }
}
