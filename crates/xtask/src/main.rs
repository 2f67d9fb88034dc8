//! `cargo xtask`: sets up, builds, runs and tests this workspace, and says what it does.
//!
//! Nothing but the standard library, so that it builds in seconds on a machine that has nothing yet.
//! It must never change anything outside this checkout without naming it first: Debian packages and
//! one build tool in the user's cache folder are all there is.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on its terminal"
)]

mod checks;
mod report;
mod setup;
mod tally;

use std::{
    env,
    io::{IsTerminal as _, stderr, stdin, stdout},
    path::PathBuf,
    process::{Command, ExitCode},
};

use report::Report;
use setup::For;

const USAGE: &str = "\
cargo xtask COMMAND

  run [ARGS]        practise one press against a simulated account (firebreak practice)
  test              all that is checked before a change lands: format, licences, lints, docs, tests
  simulate [ARGS]   seeded simulations of whole runs with faults: --seeds N [--from S], or
                    --seed S to play one and see it
  bench [ARGS]      the speed figures, each beside its baseline from the same run
  setup             what the others call first: install what is missing, and say so
";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest = arguments.collect::<Vec<_>>();

    let mut report = Report::begin();
    match command.as_str() {
        "run" => return run(&rest),
        "test" if rest.is_empty() => {
            if setup::prepare(&mut report, For::Tests) {
                checks::all(&mut report);
            }
            return report.end_with_tests();
        }
        "simulate" => return simulate(&rest),
        "bench" => {
            if setup::prepare(&mut report, For::Benchmarks) {
                checks::bench(&mut report, &rest);
            }
        }
        "setup" if rest.is_empty() => {
            setup::prepare(&mut report, For::Tests);
        }
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        "test" | "setup" => {
            println!("error: `{command}` takes no arguments\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
        unknown => {
            println!("error: no command `{unknown}`\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    }
    report.end()
}

/// Builds `firebreak` and practises with it: played by the person where there is one.
fn run(arguments: &[String]) -> ExitCode {
    let somebody_is_there = stdin().is_terminal() && stdout().is_terminal();
    let mut command = cargo(["run", "--locked", "--package", "cli", "--", "practice"]);
    if !somebody_is_there && !arguments.iter().any(|argument| argument == "--auto") {
        command.arg("--auto");
    }
    hand_over(command.args(arguments))
}

fn simulate(arguments: &[String]) -> ExitCode {
    let mut command = cargo([
        "run",
        "--locked",
        "--package",
        "tests",
        "--bin",
        "seeds",
        "--",
    ]);
    hand_over(command.args(arguments))
}

/// Runs `command` in the foreground and ends as it ends.
fn hand_over(command: &mut Command) -> ExitCode {
    if stderr().is_terminal() {
        println!("{}", report::shown(command));
    }
    match command.status() {
        Ok(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            println!("error: cannot start {}: {error}", report::shown(command));
            ExitCode::FAILURE
        }
    }
}

/// A `cargo` command at the top of the workspace.
fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(top());
    command
}

/// The top folder of the workspace.
fn top() -> PathBuf {
    // Cargo sets this for what it runs; asked at run time, so that a moved checkout stays right.
    let package =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    package
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").exists())
        .map_or_else(|| PathBuf::from("."), PathBuf::from)
}
