//! Installs what the other commands need and this machine lacks, and says each thing it does.
//!
//! It looks before it acts, so a second call does nothing. It never asks for a password: what needs
//! rights that it does not have is printed for the person to run.

mod debian;
mod node;
mod python;
mod room;

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use crate::report::{End, Report};
pub(crate) use debian::is_root;
pub(crate) use node::npm;

const DENY_VERSION: &str = "0.20.2";

/// What is being set up for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Building the window and opening it.
    Window,
    /// Everything that `cargo xtask test` runs.
    Tests,
    /// The benchmarks and their baselines.
    Benchmarks,
    /// Pictures of the window.
    Pictures,
    /// An installable package.
    Package,
    /// The icons.
    Icons,
}

/// Installs what is missing. Tells whether everything that is needed here is there.
pub(crate) fn prepare(report: &mut Report, purpose: For) -> bool {
    if !room::is_there(report, purpose) {
        return false;
    }
    let programs = debian::programs(report, purpose);
    let pages = match purpose {
        For::Window | For::Tests | For::Benchmarks | For::Pictures | For::Package => {
            node::packages(report)
        }
        For::Icons => true,
    };
    let clients = match purpose {
        For::Tests | For::Benchmarks => python::clients(report),
        For::Window | For::Pictures | For::Package | For::Icons => true,
    };
    let deny = match purpose {
        For::Tests => install_cargo_deny(report),
        For::Window | For::Benchmarks | For::Pictures | For::Package | For::Icons => true,
    };
    programs && pages && clients && deny
}

/// Where the licence checker is, or will be.
pub(crate) fn cargo_deny() -> PathBuf {
    let own = own_cargo_deny();
    if own.exists() || !says_version(&PathBuf::from("cargo-deny")) {
        own
    } else {
        PathBuf::from("cargo-deny")
    }
}

/// The copy that is kept for all checkouts, so that a fresh clone does not build it again.
fn own_cargo_deny() -> PathBuf {
    tools_folder().join("bin").join(if cfg!(windows) {
        "cargo-deny.exe"
    } else {
        "cargo-deny"
    })
}

fn tools_folder() -> PathBuf {
    let cache = env::var_os("XDG_CACHE_HOME")
        .or_else(|| env::var_os("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(|| crate::top().join("target"));
    cache
        .join("firebreak-tools")
        .join(format!("cargo-deny-{DENY_VERSION}"))
}

fn install_cargo_deny(report: &mut Report) -> bool {
    let name = "set up cargo-deny";
    let began = Instant::now();
    let found = cargo_deny();
    if says_version(&found) {
        Report::heading(name, &format!("{} is there", found.display()));
        report.note(name, End::There, began);
        return true;
    }
    // A debug build without debug information takes a third of a release build's time, and checks
    // this workspace in seconds all the same.
    let mut install = Command::new("cargo");
    install
        .args(["install", "--debug", "--locked", "--no-default-features"])
        .arg(format!("cargo-deny@{DENY_VERSION}"))
        .arg("--root")
        .arg(tools_folder())
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    report.step(name, &mut install)
}

fn says_version(program: &PathBuf) -> bool {
    says(Command::new(program).arg("--version"), DENY_VERSION)
}

/// Whether `command` succeeds and prints `words`.
fn says(command: &mut Command, words: &str) -> bool {
    command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| {
            output.status.success() && String::from_utf8_lossy(&output.stdout).contains(words)
        })
}

/// Whether the search path has that program.
pub(crate) fn in_path(program: &str) -> bool {
    let with_suffix = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH").is_some_and(|path| {
        env::split_paths(&path).any(|folder| folder.join(&with_suffix).is_file())
    })
}
