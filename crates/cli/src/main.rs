//! `firebreak`: panic, practice and evidence in a terminal. A shell of the controller; it computes
//! no truth of its own.

mod args;
mod out;
mod terminal;
mod verb;

use std::process::ExitCode;

use clap::{Parser as _, error::ErrorKind};

use args::Cli;
use out::{Exit, Out};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // nobody may be reading
            drop(error.print());
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            return if asked { Exit::Done } else { Exit::Wrong }.into();
        }
    };
    let out = Out::new(cli.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = controller::Error::wrong(format!("the program cannot start: {error}"))
                .next("close other programs, then try again");
            return out::fail(&error).into();
        }
    };
    let exit = runtime
        .block_on(verb::perform(cli, out))
        .unwrap_or_else(|error| out::fail(&error));
    // a thread that waits for a terminal or a keychain must not hold up the end
    runtime.shutdown_background();
    exit.into()
}
