//! Who may get in and whom the broker asks: users, passwords, second factor, contact data, the
//! address book, and the lock of the security desk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AccountId, Device, Inner, SavedAddress, User, Username, World, WorldError};
use crate::truth::Happening;

/// A way in which the broker reaches the owner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contact {
    /// The mail address.
    Mail,
    /// The phone number.
    Phone,
}

impl Contact {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mail, Self::Phone];

    /// Its id, on the page and in a script.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Phone => "phone",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mail => "mail address",
            Self::Phone => "phone number",
        }
    }
}

/// Where the broker writes to or calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContactPoint {
    /// What it is now.
    pub now: String,
    /// What is the owner's.
    pub own: String,
}

/// How the broker reaches the owner of a new account.
pub(super) fn own_contacts(name: &str) -> BTreeMap<Contact, ContactPoint> {
    let point = |own: String| ContactPoint {
        now: own.clone(),
        own,
    };
    BTreeMap::from([
        (Contact::Mail, point(format!("{name}@owner.example"))),
        (Contact::Phone, point("+1 555 0100".to_owned())),
    ])
}

impl World {
    /// Adds a user that may log in to the account. One that the owner does not know is an
    /// intruder's.
    pub fn add_user(
        &self,
        account: &AccountId,
        username: &Username,
        known: bool,
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.insert_user(account, username, known)?;
        let what = Happening::UserAdded {
            user: username.0.clone(),
            intruder: !known,
        };
        inner.record(account, what);
        Ok(())
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
        let user = username.0.clone();
        inner.record(&account, Happening::UserRemoved { user });
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
        inner.record(account, Happening::PasswordChanged);
        Ok(())
    }

    /// Adds a device that answers the second factor. One that the owner does not know is an
    /// intruder's.
    pub fn add_device(&self, account: &AccountId, device: Device) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let (name, intruder) = (device.name.clone(), !device.known);
        inner.account_mut(account)?.devices.push(device);
        inner.log(account, format!("second-factor device {name} added"));
        let what = Happening::DeviceAdded {
            device: name,
            intruder,
        };
        inner.record(account, what);
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
        let device = name.to_owned();
        inner.record(account, Happening::DeviceRemoved { device });
        Ok(())
    }

    /// Has the broker write to or call somebody else from now on.
    pub fn change_contact(
        &self,
        account: &AccountId,
        what: Contact,
        to: &str,
        intruder: bool,
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let contacts = &mut inner.account_mut(account)?.contacts;
        let point = contacts
            .get_mut(&what)
            .ok_or_else(|| WorldError::Nothing(what.words().to_owned()))?;
        to.clone_into(&mut point.now);
        inner.log(account, format!("{} changed", what.words()));
        let what = Happening::ContactChanged {
            what,
            to: to.to_owned(),
            intruder,
        };
        inner.record(account, what);
        Ok(())
    }

    /// Lets withdrawals go to an address or payee. One that the owner does not know is an
    /// intruder's.
    pub fn allow_address(
        &self,
        account: &AccountId,
        target: &str,
        asset: &str,
        known: bool,
    ) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let added = inner.now;
        let book = &mut inner.account_mut(account)?.exchange.addresses;
        if book.iter().any(|saved| saved.address == target) {
            return Err(WorldError::NotAllowed("that address is in the book"));
        }
        book.push(SavedAddress {
            label: target.to_owned(),
            asset: asset.to_owned(),
            address: target.to_owned(),
            added,
            known,
        });
        inner.log(account, format!("address {target} allowed"));
        let what = Happening::AddressAllowed {
            target: target.to_owned(),
            intruder: !known,
        };
        inner.record(account, what);
        Ok(())
    }

    /// Takes an address or payee out of the book.
    pub fn remove_address(&self, account: &AccountId, target: &str) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let book = &mut inner.account_mut(account)?.exchange.addresses;
        let Some(nth) = book.iter().position(|saved| saved.address == target) else {
            return Err(WorldError::Nothing(format!("address {target}")));
        };
        book.remove(nth);
        inner.log(account, format!("address {target} removed"));
        let target = target.to_owned();
        inner.record(account, Happening::AddressRemoved { target });
        Ok(())
    }

    /// What the security desk does on a call: it locks the account against logins, orders and
    /// withdrawals, stops transfers of positions, and gives a reference number. Sessions live on,
    /// and cancels are taken. A second call gives the same number.
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
        let what = Happening::AccountLocked {
            reference: reference.clone(),
        };
        inner.record(account, what);
        inner.stop_transfers(account);
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
        let was_locked = std::mem::take(&mut inner.account_mut(account)?.locked);
        inner.log(account, "unlocked".to_owned());
        if was_locked {
            inner.record(account, Happening::AccountUnlocked);
        }
        Ok(())
    }
}

impl Inner {
    /// Adds a user without news of it.
    pub(super) fn insert_user(
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
}
