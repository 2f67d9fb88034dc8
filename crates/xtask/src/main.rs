//! `cargo xtask`: sets up, builds, runs and tests this workspace, and says what it does.
//!
//! Nothing but the standard library, so that it builds in seconds on a machine that has nothing yet.
//! It must never change anything outside this checkout without naming it first: Debian packages, the
//! app's own package for the length of a check, and one build tool in the user's cache folder are all
//! there is.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on its terminal"
)]

mod app;
mod checks;
mod icons;
mod package;
mod report;
mod setup;
mod tally;

use std::{
    env,
    io::{IsTerminal as _, stderr},
    path::PathBuf,
    process::{Command, ExitCode},
};

use report::Report;
use setup::For;

const USAGE: &str = "\
cargo xtask COMMAND

  run [ARGS]        open the app; where there is no screen, or with --terminal, practise one press
                    against a simulated account in this terminal (firebreak practice)
  test              all that is checked before a change lands: format, licences, lints, docs, tests
  window [NAME]     the tests of the real window alone, those whose name holds NAME
  simulate [ARGS]   seeded simulations of whole runs with faults: --seeds N [--from S], or
                    --seed S to play one and see it
  bench [ARGS]      the speed figures, each beside its baseline from the same run
  pictures [SCENE]  the README's pictures, from the real window: live, venues, practice, or all
  package           an installable .deb in dist/; as root on Debian also installed, started and
                    removed, unless --no-install
  icons             the icons, anew from their drawings
  setup             what the others call first: install what is missing, and say so
";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest = arguments.collect::<Vec<_>>();

    let mut report = Report::begin();
    match command.as_str() {
        "run" => return app::run(rest),
        "test" if rest.is_empty() => {
            if setup::prepare(&mut report, For::Tests) {
                checks::all(&mut report);
            }
            return report.end_with_tests();
        }
        "window" => {
            if setup::prepare(&mut report, For::Tests) {
                checks::window(&mut report, &rest);
            }
            return report.end_with_tests();
        }
        "simulate" => return simulate(&rest),
        "bench" => {
            if setup::prepare(&mut report, For::Benchmarks) {
                checks::bench(&mut report, &rest);
            }
        }
        "pictures" => {
            if setup::prepare(&mut report, For::Pictures) {
                checks::pictures(&mut report, &rest);
            }
        }
        "package" if rest.iter().all(|argument| argument == "--no-install") => {
            if setup::prepare(&mut report, For::Package) {
                package::make(&mut report, rest.is_empty());
            }
        }
        "icons" if rest.is_empty() => {
            if setup::prepare(&mut report, For::Icons) {
                icons::make(&mut report);
            }
        }
        "setup" if rest.is_empty() => {
            setup::prepare(&mut report, For::Tests);
        }
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        "test" | "setup" | "package" | "icons" => {
            println!(
                "error: `{command}` does not take {}\n\n{USAGE}",
                rest.join(" ")
            );
            return ExitCode::FAILURE;
        }
        unknown => {
            println!("error: no command `{unknown}`\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    }
    report.end()
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
