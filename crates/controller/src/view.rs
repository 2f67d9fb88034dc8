//! What a shell may show: how things stand, in plain values.
//!
//! Serialisable, versioned, free of secrets. A shell mirrors it and computes nothing.

use door::{DoorKind, LeverSupport};
use incident::{Board, Mode};
use runbook::AccountName;
use serde::{Deserialize, Serialize};
use vault::Live;
use venues::Account;

use crate::{Accounts, Home, PROTOCOL_VERSION, runs};

/// How things stand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct View {
    /// [`crate::PROTOCOL_VERSION`].
    pub version: u32,
    /// Whether a press reaches real accounts.
    pub mode: Mode,
    /// Whether a controller is running; without one nothing is armed.
    pub resident: bool,
    /// The accounts, in the person's order.
    pub accounts: Vec<AccountView>,
    /// The run that this controller performs.
    pub run: Option<OpenRun>,
    /// Runs that were left without being reset, oldest first.
    pub left_open: Vec<String>,
}

/// The run under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenRun {
    /// Its folder name.
    pub run: String,
    /// How many lines its journal has.
    pub lines: u64,
    /// What the person sees of it.
    pub board: Board,
}

/// An account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountView {
    /// Its nickname.
    pub name: AccountName,
    /// The venue's id.
    pub venue: String,
    /// The venue's own number of it, masked.
    pub masked_id: Option<String>,
    /// Whether its doors are open and kept warm.
    pub armed: bool,
    /// Why it is not armed, in words; `None` when it is.
    pub why_not: Option<String>,
    /// Its doors.
    pub doors: Vec<DoorView>,
}

/// A door.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoorView {
    /// Which.
    pub kind: DoorKind,
    /// Whether it is open.
    pub open: bool,
    /// What was reached, or why nothing was.
    pub words: String,
    /// What the person can do about it; may be empty.
    pub next: String,
    /// The venue's clock minus ours, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// What the person should know.
    pub warnings: Vec<String>,
    /// What it offers.
    pub levers: Vec<LeverSupport>,
}

impl View {
    /// How things stand in `home` while no controller runs.
    pub fn at_rest(home: &Home, accounts: &Accounts) -> Self {
        Self {
            version: PROTOCOL_VERSION,
            mode: Mode::Live,
            resident: false,
            accounts: accounts.list.iter().map(AccountView::at_rest).collect(),
            run: None,
            left_open: runs::left_open(home, Mode::Live),
        }
    }
}

impl AccountView {
    fn at_rest(account: &Account<Live>) -> Self {
        let outline = account.outline(None);
        Self {
            name: outline.name,
            venue: outline.venue,
            masked_id: outline.masked_id,
            armed: false,
            why_not: Some("no resident process; a press opens its doors then".to_owned()),
            doors: outline
                .doors
                .into_iter()
                .map(|door| DoorView {
                    kind: door.kind,
                    open: false,
                    words: "not opened".to_owned(),
                    next: String::new(),
                    clock_offset_ms: None,
                    warnings: Vec::new(),
                    levers: door.levers,
                })
                .collect(),
        }
    }
}
