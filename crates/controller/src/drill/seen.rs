//! What has changed since somebody rehearsed: runbooks, accounts, the program. When each was first
//! seen as it is now stands in a file beside the history.

use std::{collections::BTreeMap, path::PathBuf};

use drill::schedule::{Change, Changed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Accounts, Home, files};

/// When each thing was first seen as it is.
#[derive(Default, Serialize, Deserialize)]
struct Seen(BTreeMap<String, Timestamp>);

/// Everything that is as it was not before, with when it was first seen so. A file that cannot be
/// read is begun anew: nothing then counts as changed.
pub(super) fn changes(home: &Home, now: Timestamp) -> Vec<Change> {
    let path = home.drills().join("seen.json");
    let before = files::read(&path).ok().flatten();
    let before = before.and_then(|text| serde_json::from_str::<Seen>(&text).ok());
    let first_time = before.is_none();
    let before = before.unwrap_or_default().0;
    let mut after = BTreeMap::new();
    let mut changes = Vec::new();
    for (what, name, key) in things(home) {
        let since = if first_time {
            Timestamp::UNIX_EPOCH
        } else {
            now
        };
        let at = before.get(&key).copied().unwrap_or(since);
        after.insert(key, at);
        changes.push(Change { what, name, at });
    }
    if after != before
        && let Ok(text) = serde_json::to_vec(&Seen(after))
        && let Err(error) = files::write(&path, &text)
    {
        tracing::warn!(%error, "it cannot be kept what was seen");
    }
    changes
}

/// What is there now: each with its name and a key that changes when it does.
fn things(home: &Home) -> Vec<(Changed, String, String)> {
    let version = env!("CARGO_PKG_VERSION");
    let mut things = vec![(
        Changed::Version,
        version.to_owned(),
        format!("version {version}"),
    )];
    for account in Accounts::read(home).unwrap_or_default().list {
        let name = account.name().to_string();
        let key = format!("account {name}");
        things.push((Changed::Account, name, key));
    }
    for path in own_runbooks(home) {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if let Ok(Some(text)) = files::read(&path) {
            let digest = hex::encode(Sha256::digest(text));
            let key = format!("runbook {name} {digest}");
            things.push((Changed::Runbook, name, key));
        }
    }
    things
}

fn own_runbooks(home: &Home) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(home.runbooks()).into_iter().flatten();
    let files = listing.flatten().map(|entry| entry.path());
    files
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .collect()
}
