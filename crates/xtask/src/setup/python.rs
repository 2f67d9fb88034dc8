//! The Python clients that others wrote, in `.venv`: the tests let them talk to the simulator and
//! open bundles. Installed exactly as `tests/clients/requirements.txt` lists them, nothing resolved.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use crate::report::{End, Report};

/// The interpreter that makes the environment.
pub(super) const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// Makes `.venv` where it is absent or stale. Tells whether it is there.
pub(super) fn clients(report: &mut Report) -> bool {
    let name = "set up Python clients";
    let began = Instant::now();
    let requirements = crate::top().join("tests/clients/requirements.txt");
    let folder = crate::top().join(".venv");
    // written last, so that an interrupted set-up is seen as none
    let stamp = folder.join("installed-requirements.txt");

    let Ok(wanted) = fs::read(&requirements) else {
        Report::heading(name, &format!("cannot read {}", requirements.display()));
        report.note(name, End::Failed, began);
        return false;
    };
    let fresh = fs::read(&stamp).is_ok_and(|installed| installed == wanted);
    if fresh && super::says(Command::new(python(&folder)).arg("--version"), "Python 3") {
        Report::heading(name, ".venv is as tests/clients/requirements.txt says");
        report.note(name, End::There, began);
        return true;
    }

    let made = report.step(
        "make .venv",
        Command::new(PYTHON)
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    );
    let installed = made
        && report.step(
            name,
            Command::new(python(&folder))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--no-deps",
                    "--disable-pip-version-check",
                    "--requirement",
                ])
                .arg(&requirements),
        );
    if installed && let Err(error) = fs::write(&stamp, wanted) {
        println!("cannot write {}: {error}", stamp.display());
    }
    installed
}

fn python(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    }
}
