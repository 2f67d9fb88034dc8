//! What an account was known to allow: its keys, saved addresses, locks and logins, as they stood
//! when it was last tested. A run's audit is held against it, so that what is new stands out.
//!
//! No secret is in it: doors mask what they tell.

use std::path::PathBuf;

use door::DoorKind;
use jiff::Timestamp;
use runbook::AccountName;
use serde::{Deserialize, Serialize};

use crate::{Error, Home, files};

/// The facts that stay the same while nobody changes anything, by how their names begin.
const LASTING: [&str; 7] = [
    "withdrawal address",
    "saved address",
    "key ",
    "login to",
    "scope of",
    "locked",
    "lock ",
];
/// Facts of these that change by themselves.
const PASSING: [&str; 2] = ["last used", "key last"];
/// The most changes that are told one by one.
const TOLD_AT_MOST: usize = 12;

/// What one door told of an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Known {
    at: Timestamp,
    facts: Vec<(String, String)>,
}

/// Keeps what `door` of `account` told at `at`.
pub(crate) fn remember(
    home: &Home,
    account: &AccountName,
    door: &DoorKind,
    at: Timestamp,
    facts: &[(String, String)],
) -> Result<(), Error> {
    let known = Known {
        at,
        facts: facts.iter().filter(|fact| lasts(fact)).cloned().collect(),
    };
    let text = serde_json::to_vec(&known).map_err(Error::wrong)?;
    files::own_folder(&home.known())?;
    files::write(&path(home, account, door), &text)
}

/// What is new or gone since `door` of `account` was last known, in a sentence; `None` when it was
/// never known. Where the door could not tell everything, nothing is said to be gone.
pub(crate) fn since_known(
    home: &Home,
    account: &AccountName,
    door: &DoorKind,
    facts: &[(String, String)],
    all_told: bool,
) -> Option<String> {
    let read = files::read(&path(home, account, door)).map(Option::unwrap_or_default);
    let known = read.map(|text| serde_json::from_str::<Known>(&text).ok());
    let known = known.unwrap_or_else(|error| {
        tracing::warn!(%error, "what was known of an account could not be read");
        None
    })?;
    let day = known.at.strftime("%-d %b %Y, %H:%M UTC");
    let new = differing(facts, &known.facts, "new");
    let gone = differing(&known.facts, facts, "gone").filter(|_| all_told);
    let changes = new.chain(gone).collect::<Vec<_>>();
    if changes.is_empty() && !all_told {
        return Some(format!(
            "{account}, {door}: nothing new since {day} in what was told; some was not told"
        ));
    }
    if changes.is_empty() {
        return Some(format!(
            "{account}, {door}: keys, addresses and locks are as they were on {day}"
        ));
    }
    let more = changes.len().saturating_sub(TOLD_AT_MOST);
    let told = changes[..changes.len() - more].join("; ");
    let more = match more {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Some(format!(
        "{account}, {door}: changed since {day}: {told}{more}"
    ))
}

/// Forgets what was known of an account: another one may take its name.
pub(crate) fn forget(home: &Home, account: &AccountName) {
    let begins = format!("{account}@");
    let entries = std::fs::read_dir(home.known())
        .into_iter()
        .flatten()
        .flatten();
    for entry in entries.filter(|entry| {
        entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(&begins))
    }) {
        if let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(%error, "what was known of an account could not be removed");
        }
    }
}

fn differing(
    here: &[(String, String)],
    not_there: &[(String, String)],
    word: &str,
) -> impl Iterator<Item = String> {
    here.iter()
        .filter(|fact| lasts(fact) && !not_there.contains(fact))
        .map(move |(name, value)| format!("{word}: {}, {}", door::clean(name), door::clean(value)))
}

fn lasts((name, _): &(String, String)) -> bool {
    LASTING.iter().any(|begins| name.starts_with(begins))
        && !PASSING.iter().any(|passing| name.contains(passing))
}

fn path(home: &Home, account: &AccountName, door: &DoorKind) -> PathBuf {
    // names of accounts hold no `@`
    home.known().join(format!("{account}@{door}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    fn home() -> (tempfile::TempDir, Home) {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        (temporary, home)
    }

    #[test]
    fn an_address_that_was_saved_since_stands_out_and_what_passes_does_not() {
        let (_temporary, home) = home();
        let (account, door) = (AccountName::new("k"), DoorKind::new("spot"));
        let before = [
            fact("withdrawal address cold", "BTC bc1q…mdq"),
            fact("key last used", "09:00"),
            fact("balance USD", "1"),
        ];
        let at = "2026-11-23T09:00:00Z".parse().unwrap();
        remember(&home, &account, &door, at, &before).unwrap();
        let after = [
            fact("withdrawal address cold", "BTC bc1q…mdq"),
            fact("withdrawal address fast", "BTC bc1q…xyz"),
            fact("key last used", "10:00"),
            fact("balance USD", "2"),
        ];
        let told = since_known(&home, &account, &door, &after, true).unwrap();
        assert_eq!(
            told,
            "k, spot: changed since 23 Nov 2026, 09:00 UTC: new: withdrawal address fast, \
             BTC bc1q…xyz"
        );
        let same = since_known(&home, &account, &door, &before, true).unwrap();
        assert!(same.contains("as they were"), "{same}");
        let part = since_known(&home, &account, &door, &[], false).unwrap();
        assert!(
            part.contains("nothing new") && !part.contains("gone"),
            "{part}"
        );
    }

    #[test]
    fn what_was_never_known_or_forgotten_is_not_compared() {
        let (_temporary, home) = home();
        let (account, door) = (AccountName::new("k"), DoorKind::new("spot"));
        assert_eq!(since_known(&home, &account, &door, &[], true), None);
        remember(&home, &account, &door, Timestamp::UNIX_EPOCH, &[]).unwrap();
        forget(&home, &account);
        assert_eq!(since_known(&home, &account, &door, &[], true), None);
    }
}
