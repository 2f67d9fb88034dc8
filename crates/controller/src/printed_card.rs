//! The card on paper: one page to be used when this computer cannot be trusted, or is not there.
//!
//! It is made from a runbook, the accounts and the contacts alone. No secret and no full account
//! number is on it.

mod page;
mod steps;

use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};

use crate::{Accounts, Error, Home, PrintedCard, files, runbooks};
use page::Page;

/// The page's file in the home.
const CARD: &str = "card.html";

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
    PrintedCard::write(home, now)
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

#[cfg(test)]
mod tests;
