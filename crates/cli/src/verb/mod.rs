//! The verbs, a file each. Each says what it did, or returns an error with what to do next.

mod account;
mod arm;
mod bundle;
mod case;
mod collect;
mod drill;
mod in_drill;
mod person;
mod practice;
mod press;
mod readiness;
mod run;
mod runbook;
mod simulate;
mod status;

use clap::CommandFactory as _;
use controller::{Error, Home, Logs};

use crate::{
    args::{Cli, Verb},
    out::{Exit, Out, put},
};

/// Does what was typed.
pub(crate) async fn perform(cli: Cli, out: Out) -> Result<Exit, Error> {
    let Cli { home, verb, .. } = cli;
    let open = || Home::open(home.as_deref());
    match verb {
        Verb::Panic(args) => {
            let home = open()?;
            let _logs = logs(&home, out);
            press::panic(&home, &args, out).await
        }
        Verb::Status => status::status(&open()?, out).await,
        Verb::Account(args) => {
            let home = open()?;
            let _logs = logs(&home, out);
            account::account(&home, args, out).await
        }
        Verb::Arm(args) => {
            let home = open()?;
            home.writable()?;
            let _logs = args.foreground.then(|| logs(&home, out));
            arm::arm(&home, &args, out).await
        }
        Verb::Disarm => arm::disarm(&open()?, out).await,
        Verb::Runbook(args) => runbook::runbook(&open()?, args, out),
        Verb::Practice(args) => {
            let home = open()?;
            home.writable()?;
            let _logs = logs(&home, out);
            practice::practice(&home, &args, out).await
        }
        Verb::Drill(args) => {
            let home = open()?;
            let plays = args.what.is_none();
            if plays {
                home.writable()?;
            }
            let _logs = plays.then(|| logs(&home, out));
            drill::drill(&home, args, out).await
        }
        Verb::Readiness(args) => {
            let home = open()?;
            let _logs = logs(&home, out);
            readiness::readiness(&home, args, out).await
        }
        Verb::Run(args) => {
            let home = open()?;
            let _logs = logs(&home, out);
            run::run(&home, args, out).await
        }
        Verb::Collect(args) => {
            let home = open()?;
            let _logs = logs(&home, out);
            collect::collect(&home, &args, out).await
        }
        Verb::Case(args) => case::case(&open()?, args, out).await,
        Verb::Bundle(args) => bundle::bundle(&open()?, &args, out).await,
        Verb::Verify(args) => bundle::verify(&args, out).await,
        Verb::Simulate(args) => simulate::simulate(&args, out).await,
        Verb::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "firebreak", &mut text);
            put(String::from_utf8_lossy(&text).trim_end());
            Ok(Exit::Done)
        }
        Verb::Man => manual(),
    }
}

fn manual() -> Result<Exit, Error> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut text)
        .map_err(|e| Error::wrong(format!("the manual page cannot be made: {e}")))?;
    put(String::from_utf8_lossy(&text).trim_end());
    Ok(Exit::Done)
}

/// Starts the log. A home that cannot be logged in does not keep anybody from acting.
fn logs(home: &Home, out: Out) -> Option<Logs> {
    let logs = home
        .writable()
        .and_then(|()| controller::start_logs(&home.logs()));
    match logs {
        Ok(logs) => Some(logs),
        Err(error) => {
            out.aside(format!("no log is kept: {error}"));
            None
        }
    }
}
