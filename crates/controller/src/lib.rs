//! The one actor: commands in, views out. It owns the home, the accounts, arming and the open run.
//!
//! Shells (the terminal, the desktop, tests) implement [`Shell`] and post [`Command`]s; a second
//! process does the same over the home's local socket. No view, reply or log holds a secret.

mod accounts;
mod controller;
mod error;
mod files;
mod fold;
mod home;
mod link;
mod logs;
mod protocol;
mod runbooks;
mod runs;
mod shell;
mod socket;
mod view;

pub use accounts::Accounts;
pub use controller::{Book, Controller, Handle};
pub use error::{Error, Kind};
pub use fold::Fold;
pub use home::{Home, Lock};
pub use link::Link;
pub use logs::{Logs, start as start_logs};
pub use protocol::{Command, PROTOCOL_VERSION, Pressed, Reply, Request};
pub use runbooks::{Shelf, ShelfEntry, find_runbook, save_runbook, terrain};
pub use runs::{RunOutline, outline_run, read_run};
pub use shell::{Headless, Shell};
pub use view::{AccountView, DoorView, OpenRun, View};
