//! Proofs that a lever was really pulled, one small file each, kept in the home.

use std::{
    fs,
    path::{Path, PathBuf},
};

use door::{DoorKind, Lever, OpenOrder};
use jiff::Timestamp;
use runbook::AccountName;
use serde::{Deserialize, Serialize};

use crate::{Error, Home, files};

/// The version of a proof that this program writes.
const VERSION: u32 = 1;
const FOLDER: &str = "proofs";
/// How many of the latest are read.
const READ_AT_MOST: usize = 500;

/// A lever that was really pulled, and how that was seen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The version of this record.
    pub version: u32,
    /// The account's nickname.
    pub account: String,
    /// Which lever.
    pub lever: Lever,
    /// When it was proved.
    pub at: Timestamp,
    /// Whether real money is behind the account, as far as anybody told.
    pub money: Money,
    /// The door that it was pulled through.
    pub door: DoorKind,
    /// What the venue said when it took it.
    pub accepted: String,
    /// The order that it was pulled on, as it was listed before.
    pub order: OpenOrder,
    /// The listings without it, in their order.
    pub listings: Vec<Listing>,
    /// The other orders that were open before and after.
    pub others: u64,
    /// The other orders that were open before and are not any more, whoever ended them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others_gone: Vec<String>,
    /// What could not be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_seen: Vec<String>,
    /// The program and its version.
    pub program: String,
}

/// What money is behind an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Money {
    /// None: a paper account, a test site, or a simulator.
    Test,
    /// Real money.
    Real,
    /// Nobody told; treated as real.
    NotTold,
}

/// A listing that ran to its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// The door that it was read through.
    pub door: DoorKind,
    /// When it was asked for.
    pub at: Timestamp,
    /// How many orders it had.
    pub open_orders: u64,
    /// What was read, in the door's words.
    pub words: String,
}

impl Proof {
    pub(super) const VERSION: u32 = VERSION;

    /// Keeps it in `home`.
    pub(super) fn keep(&self, home: &Home) -> Result<PathBuf, Error> {
        let folder = folder(home);
        files::own_folder(&folder)?;
        let stamp = self.at.strftime("%Y%m%dT%H%M%S%3fZ");
        let path = folder.join(format!("{stamp}-{}.json", self.account));
        let text = serde_json::to_vec_pretty(self).map_err(Error::wrong)?;
        files::write(&path, &text)?;
        Ok(path)
    }
}

/// The latest proofs of `home`, and what could not be read of them. Such a file is left as it is.
pub(super) fn read(home: &Home) -> (Vec<Proof>, Vec<String>) {
    let mut proofs = Vec::new();
    let mut troubles = Vec::new();
    for path in paths(home) {
        match read_one(&path) {
            Ok(proof) => proofs.push(proof),
            Err(why) => troubles.push(format!(
                "{} cannot be used: {why}. It was left as it is.",
                path.display()
            )),
        }
    }
    (proofs, troubles)
}

/// Takes away the proofs of an account: another one may take its name.
pub(crate) fn forget(home: &Home, account: &AccountName) {
    for path in paths(home) {
        let is_its = read_one(&path).is_ok_and(|proof| proof.account == account.as_str());
        if is_its && let Err(error) = fs::remove_file(&path) {
            tracing::warn!(%error, "a proof of a removed account could not be removed");
        }
    }
}

fn paths(home: &Home) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(home)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    paths.split_off(paths.len().saturating_sub(READ_AT_MOST))
}

fn read_one(path: &Path) -> Result<Proof, String> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let text = files::read(path).map_err(|error| error.what)?;
    let text = text.ok_or("it is gone")?;
    let not_one = |error: serde_json::Error| {
        format!(
            "no proof stands in it (line {}, column {})",
            error.line(),
            error.column()
        )
    };
    let Version { version } = serde_json::from_str(&text).map_err(not_one)?;
    if version > VERSION {
        return Err(format!("a newer Firebreak wrote it (version {version})"));
    }
    serde_json::from_str(&text).map_err(not_one)
}

fn folder(home: &Home) -> PathBuf {
    home.root().join(FOLDER)
}

#[cfg(test)]
pub(super) mod tests {
    use door::{Family, OrderKey, Side};
    use rust_decimal::Decimal;

    use super::*;
    use crate::testing::home;

    pub(in crate::readiness) fn order(key: &str) -> OpenOrder {
        OpenOrder {
            key: OrderKey(key.to_owned()),
            family: Family::new("orders"),
            instrument: "AAPL".to_owned(),
            side: Side::Buy,
            quantity: Decimal::ONE,
            filled: Decimal::ZERO,
            order_type: "LMT".to_owned(),
            limit: Some(Decimal::TEN),
            stop: None,
            status: "Submitted".to_owned(),
            submitter: None,
            placed_at: None,
        }
    }

    pub(in crate::readiness) fn proof(account: &str, at: &str) -> Proof {
        Proof {
            version: VERSION,
            account: account.to_owned(),
            lever: Lever::CancelOrders,
            at: at.parse().unwrap(),
            money: Money::Test,
            door: DoorKind::new("tws"),
            accepted: "1 cancel sent".to_owned(),
            order: order("7"),
            listings: Vec::new(),
            others: 2,
            others_gone: Vec::new(),
            not_seen: Vec::new(),
            program: "firebreak 0".to_owned(),
        }
    }

    #[test]
    fn proofs_read_back_in_their_order_and_one_account_is_forgotten_alone() {
        let (_temporary, home) = home();
        assert_eq!(read(&home), (Vec::new(), Vec::new()));
        let (late, early) = (
            proof("main", "2026-11-24T10:00:00Z"),
            proof("bot", "2026-11-23T10:00:00Z"),
        );
        late.keep(&home).unwrap();
        early.keep(&home).unwrap();
        assert_eq!(read(&home).0, [early.clone(), late]);
        forget(&home, &AccountName::new("main"));
        assert_eq!(read(&home).0, [early]);
    }

    #[test]
    fn a_proof_of_a_newer_program_or_garbage_is_told_and_left_alone() {
        let (_temporary, home) = home();
        let path = proof("main", "2026-11-24T10:00:00Z").keep(&home).unwrap();
        for (text, word) in [("{\"version\":9}", "newer"), ("garbage", "no proof")] {
            std::fs::write(&path, text).unwrap();
            let (proofs, troubles) = read(&home);
            assert!(proofs.is_empty());
            assert!(troubles[0].contains(word), "{troubles:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
