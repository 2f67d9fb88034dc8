//! The programs that the tests use from outside, by Debian's names.
//!
//! Looks for the program, not the package: where somebody has it from elsewhere, it is there.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use super::For;
use crate::report::{End, Report, shown};

/// A program that the tests call, and the Debian package that brings it.
struct Program {
    name: &'static str,
    package: &'static str,
    /// Whether it exists only on Linux; the tests that need it are built only there.
    linux: bool,
    benchmarks: bool,
}

impl Program {
    const fn for_tests(name: &'static str, package: &'static str) -> Self {
        Self {
            name,
            package,
            linux: false,
            benchmarks: false,
        }
    }

    const fn for_linux_tests(name: &'static str, package: &'static str) -> Self {
        Self {
            linux: true,
            ..Self::for_tests(name, package)
        }
    }

    const fn for_benchmarks(name: &'static str, package: &'static str) -> Self {
        Self {
            benchmarks: true,
            ..Self::for_tests(name, package)
        }
    }
}

const PROGRAMS: &[Program] = &[
    // the keychain, for real
    Program::for_linux_tests("gnome-keyring-daemon", "gnome-keyring"),
    Program::for_linux_tests("secret-tool", "libsecret-tools"),
    Program::for_linux_tests("dbus-run-session", "dbus"),
    // what a stranger checks a bundle with
    Program::for_tests("bash", "bash"),
    Program::for_tests("ssh-keygen", "openssh-client"),
    Program::for_benchmarks("sha256sum", "coreutils"),
    // processes are ended from outside
    Program::for_linux_tests("kill", "procps"),
];

/// Installs the programs that are missing. Tells whether all that are needed are there.
pub(super) fn programs(report: &mut Report, purpose: For) -> bool {
    let name = "set up programs";
    let began = Instant::now();
    let (needed, left_out): (Vec<_>, Vec<_>) = PROGRAMS
        .iter()
        .filter(|program| match purpose {
            For::Tests => true,
            For::Benchmarks => program.benchmarks,
        })
        .partition(|program| cfg!(target_os = "linux") || !program.linux);
    if !left_out.is_empty() {
        let names = left_out.iter().map(|program| program.name);
        let names = names.collect::<Vec<_>>().join(", ");
        Report::heading("Linux tests", &format!("left out, they need {names}"));
        report.note("Linux tests", End::NotHere, began);
    }
    let mut missing = needed
        .into_iter()
        .filter(|program| !in_path(program.name))
        .map(|program| (program.name, program.package))
        .collect::<Vec<_>>();
    if !python_makes_venvs() {
        missing.push(("python3 -m venv", "python3-venv"));
    }
    if missing.is_empty() {
        Report::heading(name, "all there");
        report.note(name, End::There, began);
        return true;
    }

    let names = missing.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let packages = missing.iter().map(|(_, package)| *package);
    Report::heading(name, &format!("missing {}", names.join(", ")));
    if !in_path("apt-get") {
        println!("No apt-get here, so these are yours to install. The tests need them.");
        report.note(name, End::Failed, began);
        return false;
    }
    let mut install = Command::new("apt-get");
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    if !is_root() {
        println!("Installing them needs root. Run this, then repeat:");
        println!("  sudo apt-get update && sudo {}", shown(&install));
        report.note(name, End::Failed, began);
        return false;
    }
    let mut update = Command::new("apt-get");
    update.arg("update").stdin(Stdio::null());
    report.step("refresh package lists", &mut update);
    report.step(name, &mut install)
}

fn python_makes_venvs() -> bool {
    Command::new(super::python::PYTHON)
        .args(["-c", "import ensurepip, venv"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn in_path(program: &str) -> bool {
    let with_suffix = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH").is_some_and(|path| {
        env::split_paths(&path).any(|folder| folder.join(&with_suffix).is_file())
    })
}

/// Whether this process may install packages: the kernel shows whose process it is.
#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    Path::new("/proc/self")
        .metadata()
        .is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
