//! `cargo xtask run`: opens the app, or practises in the terminal where there is no screen for it.
//!
//! It says which of the two it does, and why.

use std::{
    env,
    io::{IsTerminal as _, stdin, stdout},
    process::ExitCode,
};

use crate::{
    cargo, checks, hand_over,
    report::Report,
    setup::{self, For},
};

/// Opens the window, with `arguments` for it; or practises, with `arguments` for that.
pub(crate) fn run(mut arguments: Vec<String>) -> ExitCode {
    let asked = arguments.len();
    arguments.retain(|argument| argument != "--terminal");
    // only practice in a terminal can be played by a script
    let scripted = arguments
        .iter()
        .any(|one| one == "--auto" || one == "--json");
    if arguments.len() < asked || scripted {
        return practise(&arguments);
    }
    if !has_screen() {
        println!(
            "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set), so the window \
             stays closed. Practising in this terminal instead."
        );
        return practise(&arguments);
    }
    let mut report = Report::begin();
    if !(setup::prepare(&mut report, For::Window) && build(&mut report)) {
        report.end();
        println!(
            "\nThe window cannot be built here yet: see above. Practising in this terminal instead."
        );
        return practise(&[]);
    }
    println!("\nOpening the window. Nothing is sent to any venue before you press.");
    println!("To begin, choose practice: a simulated account, on this computer only.");
    let mut app = cargo([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "desktop",
        "--bin",
        "firebreak-desktop",
        "--",
    ]);
    hand_over(app.args(arguments))
}

fn build(report: &mut Report) -> bool {
    let mut programs = cargo([
        "build",
        "--locked",
        "--package",
        "desktop",
        "--package",
        "cli",
        "--bin",
        "firebreak-desktop",
        "--bin",
        "firebreak",
    ]);
    checks::pages(report) && report.step("build the app", &mut programs)
}

/// Whether a window could be shown: Linux says so by variables, the others always have a screen.
fn has_screen() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// Builds `firebreak` and practises with it: played by the person where there is one.
fn practise(arguments: &[String]) -> ExitCode {
    let somebody_is_there = stdin().is_terminal() && stdout().is_terminal();
    let mut command = cargo(["run", "--locked", "--package", "cli", "--", "practice"]);
    if !somebody_is_there && !arguments.iter().any(|argument| argument == "--auto") {
        command.arg("--auto");
    }
    hand_over(command.args(arguments))
}
