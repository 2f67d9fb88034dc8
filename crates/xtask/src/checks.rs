//! The checks of `cargo xtask test`, and the build of `cargo xtask bench`.
//!
//! Cheap ones first. Each is one command that a person can repeat alone.

use std::process::{Command, Stdio};

use crate::{cargo, report::Report, setup};

/// Runs every check; none is left out because another failed.
pub(crate) fn all(report: &mut Report) {
    report.step("format", &mut cargo(["fmt", "--all", "--check"]));
    report.step("licences, bans, sources", &mut deny());
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
    report.test_step("tests", &mut tests());
    report.test_step(
        "examples in docs",
        &mut cargo(["test", "--workspace", "--doc", "--locked"]),
    );
}

/// Builds the shipped binary and the benchmarks as they are shipped, and measures.
pub(crate) fn bench(report: &mut Report, arguments: &[String]) {
    let built = report.step(
        "release build",
        &mut cargo([
            "build",
            "--release",
            "--locked",
            "--package",
            "cli",
            "--package",
            "tests",
            "--bin",
            "firebreak",
            "--bin",
            "bench",
        ]),
    );
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
    if nextest_is_there() {
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
    }
}

fn nextest_is_there() -> bool {
    cargo(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
