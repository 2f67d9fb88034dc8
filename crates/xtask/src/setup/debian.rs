//! The programs and libraries that are used from outside, by Debian's names.
//!
//! Looks for the program or the library, not the package: where somebody has it from elsewhere, it is
//! there.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use super::{For, in_path, says};
use crate::report::{End, Report, shown};

/// Something that is used, and the Debian package that brings it.
struct Need {
    seen: Seen,
    package: &'static str,
    /// Whether it is used only on Linux.
    linux: bool,
    wanted: &'static [For],
}

/// How it is seen to be there.
#[derive(Clone, Copy)]
enum Seen {
    /// A program in the search path.
    Program(&'static str),
    /// A library to build with.
    Library(&'static str),
    /// A library that is loaded when the program runs.
    Loaded(&'static str),
}

impl Need {
    const fn new(seen: Seen, package: &'static str, wanted: &'static [For]) -> Self {
        Self {
            seen,
            package,
            linux: false,
            wanted,
        }
    }

    const fn on_linux(seen: Seen, package: &'static str, wanted: &'static [For]) -> Self {
        Self {
            linux: true,
            ..Self::new(seen, package, wanted)
        }
    }

    fn name(&self) -> &'static str {
        match self.seen {
            Seen::Program(name) | Seen::Library(name) | Seen::Loaded(name) => name,
        }
    }

    fn is_there(&self) -> bool {
        match self.seen {
            Seen::Program(name) => in_path(name),
            Seen::Library(name) => succeeds(Command::new("pkg-config").args(["--exists", name])),
            Seen::Loaded(name) => says(Command::new("/sbin/ldconfig").arg("-p"), name),
        }
    }
}

use For::{Benchmarks, Icons, Package, Pictures, Tests, Window};
use Seen::{Library, Loaded, Program};

const BUILD: &[For] = &[Window, Tests, Benchmarks, Pictures, Package];
const DESK: &[For] = &[Tests, Benchmarks, Pictures];

const NEEDS: &[Need] = &[
    // the window is built with these
    Need::on_linux(Program("cc"), "build-essential", BUILD),
    Need::on_linux(Program("pkg-config"), "pkg-config", BUILD),
    Need::on_linux(Library("webkit2gtk-4.1"), "libwebkit2gtk-4.1-dev", BUILD),
    Need::on_linux(
        Loaded("libayatana-appindicator3.so.1"),
        "libayatana-appindicator3-1",
        BUILD,
    ),
    // a desk of its own: display, session bus, keychain, notifications, and who drives it
    Need::on_linux(
        Program("Xvfb"),
        "xvfb",
        &[Tests, Benchmarks, Pictures, Package],
    ),
    Need::on_linux(Program("WebKitWebDriver"), "webkit2gtk-driver", DESK),
    Need::on_linux(Program("dunst"), "dunst", DESK),
    Need::on_linux(
        Program("xdotool"),
        "xdotool",
        &[Tests, Benchmarks, Pictures, Package],
    ),
    Need::on_linux(Program("import"), "imagemagick", DESK),
    Need::on_linux(Program("gnome-keyring-daemon"), "gnome-keyring", DESK),
    Need::on_linux(Program("secret-tool"), "libsecret-tools", &[Tests]),
    Need::on_linux(
        Program("dbus-daemon"),
        "dbus",
        &[Tests, Benchmarks, Pictures, Package],
    ),
    Need::on_linux(Program("gdbus"), "libglib2.0-bin", &[Tests]),
    // what a stranger checks a bundle with
    Need::new(Program("bash"), "bash", &[Tests]),
    Need::new(Program("ssh-keygen"), "openssh-client", &[Tests]),
    Need::new(Program("age"), "age", &[Tests]),
    Need::new(Program("openssl"), "openssl", &[Tests]),
    Need::new(Program("pdftotext"), "poppler-utils", &[Tests]),
    // whose cookie store and extensions are found on a computer
    Need::on_linux(Program("chromium"), "chromium", &[Tests]),
    Need::new(Program("sha256sum"), "coreutils", &[Benchmarks]),
    // processes are ended from outside
    Need::on_linux(
        Program("kill"),
        "procps",
        &[Tests, Benchmarks, Pictures, Package],
    ),
    // what a package is looked at with
    Need::on_linux(Program("dpkg-deb"), "dpkg", &[Package]),
    Need::on_linux(Program("appstreamcli"), "appstream", &[Package]),
    Need::on_linux(
        Program("desktop-file-validate"),
        "desktop-file-utils",
        &[Package],
    ),
    // drawings to pictures
    Need::new(Program("rsvg-convert"), "librsvg2-bin", &[Icons]),
    Need::new(Program("convert"), "imagemagick", &[Icons]),
];

/// Installs what is missing. Tells whether all that is needed is there.
pub(super) fn programs(report: &mut Report, purpose: For) -> bool {
    let name = "set up programs";
    let began = Instant::now();
    let (needed, left_out): (Vec<_>, Vec<_>) = NEEDS
        .iter()
        .filter(|need| need.wanted.contains(&purpose))
        .partition(|need| cfg!(target_os = "linux") || !need.linux);
    if !left_out.is_empty() && purpose != Window {
        let names = left_out.iter().map(|need| need.name());
        let names = names.collect::<Vec<_>>().join(", ");
        Report::heading("Linux tests", &format!("left out, they need {names}"));
        report.note("Linux tests", End::NotHere, began);
    }
    let mut missing = needed
        .into_iter()
        .filter(|need| !need.is_there())
        .map(|need| (need.name(), need.package))
        .collect::<Vec<_>>();
    if matches!(purpose, Tests | Benchmarks) && !python_makes_venvs() {
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
        println!("No apt-get here, so these are yours to install.");
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
    succeeds(Command::new(super::python::PYTHON).args(["-c", "import ensurepip, venv"]))
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether this process may install packages: the kernel shows whose process it is.
#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::path::Path::new("/proc/self")
        .metadata()
        .is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
pub(crate) fn is_root() -> bool {
    false
}
