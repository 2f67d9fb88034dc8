//! Firebreak's desktop: a window, a tray, a shortcut and notifications around the controller.
//!
//! Everything that matters goes on without the window: the controller runs beside it, on threads
//! of its own. A run that was killed in the middle is taken up again before anything is drawn.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod app;
mod ask;
mod autostart;
mod bindings;
mod commands;
mod convert;
mod desk;
mod environment;
mod hotkey;
mod links;
mod notifications;
mod tray;
mod view;
mod window;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

/// What the program is started with.
#[derive(Parser, Debug)]
#[command(
    name = "firebreak-desktop",
    version,
    about = "The window of Firebreak, the panic button of a person who trades"
)]
struct Arguments {
    /// Where accounts, runbooks, runs and history live
    #[arg(long, env = "FIREBREAK_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
    /// Start without showing the window, as with the session
    #[arg(long)]
    hidden: bool,
    /// Write the window's side of the commands to FILE, and end
    #[arg(long, value_name = "FILE", hide = true)]
    export_bindings: Option<PathBuf>,
}

fn main() -> ExitCode {
    environment::settle();
    let arguments = Arguments::parse();
    let ended = match &arguments.export_bindings {
        Some(path) => bindings::export(path),
        None => app::run(arguments.home.as_deref(), arguments.hidden).map_err(|e| in_words(&e)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            complain(&words);
            ExitCode::FAILURE
        }
    }
}

fn in_words(error: &controller::Error) -> String {
    format!(
        "error: {}\n  untouched: {}\n  next: {}",
        error.what, error.untouched, error.next
    )
}

#[expect(
    clippy::print_stderr,
    reason = "without a window this is the only place to say it"
)]
fn complain(words: &str) {
    eprintln!("{words}");
}
