//! Node.js and the packages of `ui/`, exactly as `ui/package-lock.json` lists them.
//!
//! It never installs Node.js: which one a person has is theirs to choose. It says what is wanted.

use std::{
    fs,
    process::{Command, Stdio},
    time::Instant,
};

use crate::report::{End, Report};

/// The oldest that Vite runs on.
const OLDEST: (u32, u32) = (20, 19);

/// Installs the packages where they are absent or stale. Tells whether they are there.
pub(super) fn packages(report: &mut Report) -> bool {
    let name = "set up UI packages";
    let began = Instant::now();
    if let Err(found) = recent_enough() {
        let (major, minor) = OLDEST;
        Report::heading(name, &found);
        println!(
            "The window's pages are built with Node.js {major}.{minor} or later, and its npm."
        );
        println!("Install it from https://nodejs.org or by your system's packages, then repeat.");
        report.note(name, End::Failed, began);
        return false;
    }
    let ui = crate::top().join("ui");
    let lock = ui.join("package-lock.json");
    // written last, so that an interrupted installation is seen as none
    let stamp = ui.join("node_modules").join(".installed-package-lock.json");
    let Ok(wanted) = fs::read(&lock) else {
        Report::heading(name, &format!("cannot read {}", lock.display()));
        report.note(name, End::Failed, began);
        return false;
    };
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        Report::heading(name, "ui/node_modules is as ui/package-lock.json says");
        report.note(name, End::There, began);
        return true;
    }
    let installed = report.step(name, npm(["ci"]).args(["--no-audit", "--no-fund"]));
    if installed && let Err(error) = fs::write(&stamp, wanted) {
        println!("cannot write {}: {error}", stamp.display());
    }
    installed
}

/// An `npm` command in `ui/`.
pub(crate) fn npm<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command
        .args(["--prefix", "ui"])
        .args(arguments)
        .current_dir(crate::top())
        .stdin(Stdio::null());
    command
}

fn recent_enough() -> Result<(), String> {
    let output = Command::new("node")
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|_| "no Node.js here".to_owned())?;
    let version = String::from_utf8_lossy(&output.stdout);
    if parsed(&version).is_some_and(|version| version >= OLDEST) {
        Ok(())
    } else {
        Err(format!("Node.js {} is too old", version.trim()))
    }
}

/// Major and minor of `v20.20.2`.
fn parsed(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{OLDEST, parsed};

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parsed("v20.20.2\n").unwrap() >= OLDEST);
        assert!(parsed("v100.0.0").unwrap() >= OLDEST);
        assert!(parsed("v20.9.0").unwrap() < OLDEST);
        assert_eq!(parsed("no version"), None);
    }
}
