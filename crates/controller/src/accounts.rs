//! The accounts file: what a person configured, without any secret.
//!
//! Strict TOML, written whole or not at all. A name is unique, whatever its case: on the night it
//! matters nobody tells `Main` from `main`.

use std::fs::File;

use runbook::AccountName;
use serde::{Deserialize, Serialize};
use vault::{Live, Realm};
use venues::Account;

use crate::{Error, Home, account_test, files, known, readiness};

/// The accounts of a home, in the order in which the person keeps them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// Each account.
    #[serde(default, rename = "account")]
    pub list: Vec<Account<Live>>,
}

impl Accounts {
    /// Reads the accounts of `home`; none when there is no file yet.
    pub fn read(home: &Home) -> Result<Self, Error> {
        let path = home.accounts();
        let Some(text) = files::read(&path)? else {
            return Ok(Self::default());
        };
        let accounts = toml::from_str::<Self>(&text).map_err(|e| {
            let (line, column) = place(&text, e.span().map_or(0, |span| span.start));
            Error::wrong(format!(
                "{}:{line}:{column}: {}",
                path.display(),
                e.message().replace('\n', ", ")
            ))
            .next("mend that line, or put the file back from a backup")
        })?;
        for (at, entry) in accounts.list.iter().enumerate() {
            let twin = accounts.list[..at]
                .iter()
                .find(|other| is_named(other, entry.name()));
            if let Some(twin) = twin {
                return Err(Error::wrong(format!(
                    "{}: two accounts are named {}",
                    path.display(),
                    twin.name()
                ))
                .next("give each account a name of its own"));
            }
        }
        Ok(accounts)
    }

    /// Adds an account to the file of `home`.
    pub fn add(home: &Home, entry: Account<Live>) -> Result<(), Error> {
        Self::change(home, |accounts| {
            accounts.refuse_taken(entry.name())?;
            accounts.list.push(entry);
            Ok(())
        })
    }

    /// An error where an account goes by that name already.
    pub fn refuse_taken(&self, name: &AccountName) -> Result<(), Error> {
        if self.find(name).is_none() {
            return Ok(());
        }
        Err(
            Error::wrong(format!("there is already an account named {name}"))
                .untouched("the accounts are as they were; nothing was sent to any venue")
                .next(format!(
                    "choose another name, or remove it first: firebreak account remove {:?}",
                    name.as_str()
                )),
        )
    }

    /// Takes an account out of the file of `home`.
    pub fn remove(home: &Home, name: &AccountName) -> Result<Account<Live>, Error> {
        let removed = Self::change(home, |accounts| {
            let at = accounts
                .list
                .iter()
                .position(|entry| is_named(entry, name))
                .ok_or_else(|| accounts.unknown(name))?;
            Ok(accounts.list.remove(at))
        })?;
        account_test::forget_tested(home, removed.name());
        known::forget(home, removed.name());
        readiness::forget(home, removed.name());
        Ok(removed)
    }

    /// The account of that name, whatever its case.
    pub fn find(&self, name: &AccountName) -> Option<&Account<Live>> {
        self.list.iter().find(|entry| is_named(entry, name))
    }

    /// The accounts of these names in the file's order; all when none is named.
    pub fn select(&self, names: &[AccountName]) -> Result<Vec<&Account<Live>>, Error> {
        if let Some(unknown) = names.iter().find(|name| self.find(name).is_none()) {
            return Err(self.unknown(unknown));
        }
        Ok(self
            .list
            .iter()
            .filter(|entry| names.is_empty() || names.iter().any(|name| is_named(entry, name)))
            .collect())
    }

    fn unknown(&self, name: &AccountName) -> Error {
        let known = self
            .list
            .iter()
            .map(|entry| entry.name().as_str())
            .collect::<Vec<_>>();
        let next = if known.is_empty() {
            "add one: firebreak account add".to_owned()
        } else {
            format!("the accounts are: {}", known.join(", "))
        };
        Error::wrong(format!("there is no account named {name}")).next(next)
    }

    /// Reads, changes and writes while no other process does.
    fn change<T>(
        home: &Home,
        change: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let path = home.accounts();
        let guard_path = path.with_extension("lock");
        let guard: File = files::open_own(&guard_path)?;
        guard
            .lock()
            .map_err(|e| Error::file("lock", &guard_path, &e))?;
        let mut accounts = Self::read(home)?;
        let done = change(&mut accounts)?;
        let text = toml::to_string_pretty(&accounts)
            .map_err(|e| Error::wrong(format!("the accounts cannot be written as TOML: {e}")))?;
        files::write(&path, text.as_bytes())?;
        Ok(done)
    }
}

/// Whether `account` goes by `name`, whatever its case.
fn is_named<R: Realm>(account: &Account<R>, name: &AccountName) -> bool {
    account.name().as_str().to_lowercase() == name.as_str().to_lowercase()
}

/// Line and column, from 1, of a byte in a text.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_added_listed_in_order_and_removed() {
        let (_temporary, home) = home();
        Accounts::add(&home, entry("main")).unwrap();
        Accounts::add(&home, entry("bot")).unwrap();
        let accounts = Accounts::read(&home).unwrap();
        assert_eq!(accounts.list, vec![entry("main"), entry("bot")]);
        assert_eq!(
            Accounts::remove(&home, &AccountName::new("MAIN")).unwrap(),
            entry("main")
        );
        assert_eq!(Accounts::read(&home).unwrap().list, vec![entry("bot")]);
    }

    #[test]
    fn a_name_is_taken_whatever_its_case() {
        let (_temporary, home) = home();
        Accounts::add(&home, entry("main")).unwrap();
        let error = Accounts::add(&home, entry("Main")).unwrap_err();
        assert!(error.what.contains("already"), "{error}");
        assert_eq!(Accounts::read(&home).unwrap().list.len(), 1);
    }

    #[test]
    fn wrong_toml_is_said_with_its_line_and_column() {
        let (_temporary, home) = home();
        std::fs::write(home.accounts(), "[[account]]\nname = \"main\"\nvenue = 1\n").unwrap();
        let error = Accounts::read(&home).unwrap_err();
        assert!(error.what.contains("accounts.toml:"), "{error}");
    }

    #[test]
    fn an_unknown_account_is_named_with_the_known_ones() {
        let (_temporary, home) = home();
        Accounts::add(&home, entry("main")).unwrap();
        let accounts = Accounts::read(&home).unwrap();
        let error = accounts.select(&[AccountName::new("mian")]).unwrap_err();
        assert_eq!(error.what, "there is no account named mian");
        assert!(error.next.contains("main"), "{}", error.next);
    }

    fn home() -> (tempfile::TempDir, Home) {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        (temporary, home)
    }

    fn entry(name: &str) -> Account<Live> {
        let door = "tws=127.0.0.1:4001".parse().unwrap();
        Account::new(name, "ibkr", vec![door]).unwrap()
    }
}
