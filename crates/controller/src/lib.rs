//! The one actor: commands in, views out. It owns the home, the accounts, arming and the open run.
//!
//! Shells (the terminal, the desktop, tests) implement [`Shell`] and post [`Command`]s; a second
//! process does the same over the home's local socket. No view, reply or log holds a secret.

pub mod account_adding;
pub mod account_draft;
pub mod account_test;
mod accounts;
mod attachment;
pub mod bundles;
mod card;
pub mod cases;
mod controller;
mod detail;
pub mod drill;
mod error;
mod files;
mod fold;
mod home;
mod kept;
pub mod keychain;
mod known;
mod link;
mod logs;
mod notification;
pub mod practice;
pub mod printed_card;
mod protocol;
mod reach;
pub mod readiness;
pub mod runbooks;
mod runs;
mod settings;
mod shell;
mod simulated;
mod socket;
#[cfg(test)]
mod testing;
mod time_stamp;
mod view;
pub mod withhold;

pub use accounts::Accounts;
pub use attachment::read_attachment;
pub use card::{PrintedCard, card_digest};
pub use controller::{Book, Controller, Handle};
pub use detail::{DetailLine, DoorDetail, TaskDetail};
pub use error::{Error, Kind};
pub use fold::Fold;
pub use home::{COVER_COUNTS_FOR, Home, Lock};
pub use link::Link;
pub use logs::{Logs, start as start_logs};
pub use notification::{Notification, NotificationKind};
pub use protocol::{Command, PROTOCOL_VERSION, Pressed, Reply, Request};
pub use reach::{Far, ReachView};
pub use runbooks::{Shelf, ShelfEntry, find_runbook, save_runbook, terrain};
pub use runs::{RunOutline, outline_run, read_run, unfinished};
pub use settings::{Appearance, FieldProblem, Settings, TEXT_PERCENTS};
pub use shell::{Headless, Shell};
pub use view::{
    AccountView, Choice, DoorState, DoorView, Notice, OpenRun, Rehearsal, Stance, View,
};
