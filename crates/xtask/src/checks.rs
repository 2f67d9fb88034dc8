//! The checks of `cargo xtask test`, and what `bench`, `window` and `pictures` build and run.
//!
//! Cheap ones first. Each is one command that a person can repeat alone.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use crate::{
    cargo,
    report::{End, Report},
    setup::{self, npm},
};

/// The window of a test may be driven from outside; what is shipped may not.
const AUTOMATION: [&str; 2] = ["--features", "desktop/automation"];

/// Systems that can be looked at from here where their standard library is installed: the target, and
/// the C compiler that some crates ask for.
const OTHER_SYSTEMS: [(&str, &str); 2] = [
    ("x86_64-pc-windows-gnu", "x86_64-w64-mingw32-gcc"),
    ("x86_64-apple-darwin", "x86_64-apple-darwin-cc"),
];

/// Runs every check; none is left out because another failed.
pub(crate) fn all(report: &mut Report) {
    report.step("format", &mut cargo(["fmt", "--all", "--check"]));
    report.step("licences, bans, sources", &mut deny());
    report.step("UI check", &mut npm(["run", "check"]));
    report.test_step("UI tests", &mut npm(["run", "test"]));
    // the program holds the pages: everything below compiles them in
    pages(report);
    report.step(
        "lints",
        &mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
    );
    report.step(
        "docs",
        cargo(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"),
    );
    programs(report);
    report.test_step("tests", &mut tests());
    report.test_step(
        "examples in docs",
        &mut cargo(["test", "--workspace", "--doc", "--locked"]),
    );
    for (target, compiler) in OTHER_SYSTEMS {
        other_system(report, target, compiler);
    }
}

/// Runs the tests of the window alone, those whose name holds `filter` where one is given.
pub(crate) fn window(report: &mut Report, filter: &[String]) {
    if pages(report) && programs(report) {
        let mut command = cargo([
            "nextest",
            "run",
            "--locked",
            "--package",
            "tests",
            "--test",
            "window",
            "--no-fail-fast",
        ]);
        report.test_step("window tests", command.args(filter));
    }
}

/// Builds the window, and lets it be pictured into `icons/pictures`: the scenes that are named, or all.
pub(crate) fn pictures(report: &mut Report, scenes: &[String]) {
    if pages(report) && programs(report) {
        let mut command = cargo([
            "run",
            "--quiet",
            "--locked",
            "--package",
            "tests",
            "--bin",
            "pictures",
            "--",
            "icons/pictures",
        ]);
        report.step("pictures", command.args(scenes));
    }
}

/// Builds the shipped programs and the benchmarks as they are shipped, and measures.
pub(crate) fn bench(report: &mut Report, arguments: &[String]) {
    let mut build = cargo([
        "build",
        "--release",
        "--locked",
        "--package",
        "cli",
        "--package",
        "desktop",
        "--package",
        "tests",
        "--bin",
        "firebreak",
        "--bin",
        "firebreak-desktop",
        "--bin",
        "bench",
        "--example",
        "bare",
    ]);
    let built = pages(report) && report.step("release build", build.args(AUTOMATION));
    if built {
        let mut run = cargo([
            "run",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "tests",
            "--bin",
            "bench",
            "--",
        ]);
        report.step("benchmarks", run.args(arguments));
    }
}

/// Builds the pages of the window.
pub(crate) fn pages(report: &mut Report) -> bool {
    report.step("UI build", &mut npm(["run", "build"]))
}

/// Builds the programs that the tests start, with a window that they can drive.
fn programs(report: &mut Report) -> bool {
    let mut build = cargo([
        "build",
        "--workspace",
        "--exclude",
        "xtask",
        "--bins",
        "--locked",
    ]);
    report.step("programs for the tests", build.args(AUTOMATION))
}

fn deny() -> Command {
    let mut command = Command::new(setup::cargo_deny());
    command
        .args([
            "--workspace",
            "--locked",
            "check",
            "bans",
            "licenses",
            "sources",
        ])
        .current_dir(crate::top());
    command
}

fn tests() -> Command {
    let mut command = if nextest_is_there() {
        cargo([
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
        ])
    } else {
        cargo([
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--locked",
            "--no-fail-fast",
        ])
    };
    // the same program as was just built: another choice of features would build it anew
    command.args(AUTOMATION);
    command
}

/// Checks the types for another system, where its standard library is installed.
fn other_system(report: &mut Report, target: &str, compiler: &str) {
    let name = format!("types for {target}");
    let began = Instant::now();
    let missing = if !is_installed(target) {
        "its standard library is not installed"
    } else if !setup::in_path(compiler) {
        "its C compiler is not installed"
    } else {
        let mut check = cargo([
            "check",
            "--locked",
            "--package",
            "cli",
            "--package",
            "desktop",
        ]);
        report.step(&name, check.args(["--target", target]));
        return;
    };
    Report::heading(&name, &format!("skipped: {missing}"));
    report.note(&name, End::NotHere, began);
}

fn is_installed(target: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(crate::top())
        .stdin(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout);
        Path::new(sysroot.trim())
            .join("lib/rustlib")
            .join(target)
            .exists()
    })
}

fn nextest_is_there() -> bool {
    cargo(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
