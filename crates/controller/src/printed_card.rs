//! The card on paper: one page to be used when this computer cannot be trusted, or is not there.
//!
//! It is made from a runbook, the accounts and the contacts alone. No secret and no full account
//! number is on it.

mod page;
mod steps;

use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    Accounts, Error, Home, files,
    runbooks::{self, Shelf},
};
use page::Page;

/// The page's file in the home.
const CARD: &str = "card.html";
/// The note beside it: when it was printed, and from what.
const NOTE: &str = "card.json";

/// What is noted about the last card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    printed_at: Timestamp,
    digest: String,
}

/// Writes the card of a runbook into the home, to be printed, and notes from what it was made.
pub fn write_card(home: &Home, runbook: &str) -> Result<PathBuf, Error> {
    let path = home.root().join(CARD);
    write_card_to(home, runbook, &path)?;
    Ok(path)
}

/// The same, into a file of the person's choice. It replaces what stands there.
pub fn write_card_to(home: &Home, runbook: &str, path: &Path) -> Result<(), Error> {
    home.writable()?;
    let now = Timestamp::now();
    let page = card(home, runbook, now, &TimeZone::system())?;
    files::write(path, page.as_bytes())?;
    let note = Note {
        printed_at: now,
        digest: digest(home),
    };
    let note = serde_json::to_vec(&note)
        .map_err(|e| Error::wrong(format!("the card's note cannot be written: {e}")))?;
    files::write(&home.root().join(NOTE), &note)
}

/// The card of a runbook as a page of HTML that needs nothing else.
pub fn card(home: &Home, runbook: &str, now: Timestamp, zone: &TimeZone) -> Result<String, Error> {
    let runbook = runbooks::find_runbook(home, runbook)?;
    let accounts = Accounts::read(home)?;
    let outlines = accounts.list.iter().map(|account| account.outline(None));
    let (terrain, trouble) = runbooks::terrain(home, outlines.collect());
    if let Some(error) = trouble {
        // a wrong number on paper is worse than no paper
        return Err(error.untouched("no card was written"));
    }
    let plan = runbook::plan(&runbook, &terrain);
    let today = zone.to_datetime(now).date();
    Ok(Page::of(&runbook, &plan, &terrain, today).html())
}

/// SHA-256, in hex, over what a card is made from: contacts, accounts and runbooks. A card of
/// another digest says what is no longer so.
pub fn digest(home: &Home) -> String {
    let mut hash = Sha256::new();
    let mut part = |name: &str, text: &str| {
        for piece in [name, text] {
            hash.update(u64::try_from(piece.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(piece.as_bytes());
        }
    };
    for (name, path) in [("contacts", home.contacts()), ("accounts", home.accounts())] {
        // what cannot be read is on no card either
        let text = files::read(&path).ok().flatten().unwrap_or_default();
        part(name, &text);
    }
    part("program", &format!("{:?}", runbook::Contacts::shipped()));
    let shelf = Shelf::read(home).map(|shelf| shelf.entries);
    for entry in shelf.unwrap_or_default() {
        // a draft that was never in use is on no card
        if let Ok(runbook) = runbooks::find_runbook(home, &entry.id) {
            part(&entry.id, &runbook.text);
        }
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests;
