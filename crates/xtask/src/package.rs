//! The `.deb`: built, looked into, and, where that is possible, installed, started and removed.
//!
//! It installs nothing but the package that it just built, and never over one that is there.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use crate::{
    cargo, checks,
    report::{End, Report},
    setup,
};

const PACKAGE: &str = "firebreak";
/// What makes the package. It brings a program for each system, of which a lock file on one system
/// cannot name the others, so it stands beside the window's own packages.
const BUNDLER: &str = "@tauri-apps/cli@2.12.5";

/// What a person finds after the installation.
const HOLDS: [&str; 7] = [
    "usr/bin/firebreak",
    "usr/bin/firebreak-desktop",
    "usr/share/applications/Firebreak.desktop",
    "usr/share/icons/hicolor/32x32/apps/firebreak-desktop.png",
    "usr/share/icons/hicolor/128x128/apps/firebreak-desktop.png",
    "usr/share/icons/hicolor/512x512/apps/firebreak-desktop.png",
    "usr/share/metainfo/org.firebreak.desktop.metainfo.xml",
];
/// What the installation brings along.
const DEPENDS: [&str; 3] = [
    "libwebkit2gtk-4.1-0",
    "libgtk-3-0",
    "libayatana-appindicator3-1",
];

/// Builds it, and tries it unless `install` is false.
pub(crate) fn make(report: &mut Report, install: bool) {
    if !cfg!(target_os = "linux") {
        Report::heading("package", "a .deb is built on Linux");
        report.note("package", End::NotHere, Instant::now());
        return;
    }
    let mut program = cargo(["build", "--release", "--locked", "--package", "cli"]);
    let built = set_up_bundler(report)
        && checks::pages(report)
        && report.step("command line, as shipped", &mut program)
        && report.step("app, as shipped, and its package", &mut bundle());
    if !built {
        return;
    }
    let Some(deb) = kept(report) else { return };
    report.step("metadata", &mut metadata());
    if contents(report, &deb) && install {
        try_out(report, &deb);
    }
}

/// Installs what makes the package, where it is absent. Tells whether it is there.
fn set_up_bundler(report: &mut Report) -> bool {
    let name = "set up the bundler";
    if bundler().exists() {
        Report::heading(name, &format!("{} is there", bundler().display()));
        report.note(name, End::There, Instant::now());
        return true;
    }
    let mut install = Command::new("npm");
    install
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(tools())
        .arg(BUNDLER)
        .current_dir(crate::top())
        .stdin(Stdio::null());
    report.step(name, &mut install)
}

fn bundler() -> PathBuf {
    tools().join("node_modules/.bin/tauri")
}

fn tools() -> PathBuf {
    target().join(BUNDLER.replace(['@', '/'], "-"))
}

fn bundle() -> Command {
    let mut command = Command::new(bundler());
    // the command line goes along, from wherever it was built
    let program = target().join("release/firebreak");
    let program = program.display().to_string().replace('\\', "/");
    let files = format!(
        r#"{{"bundle":{{"linux":{{"deb":{{"files":{{"/usr/bin/firebreak":"{program}"}}}}}}}}}}"#
    );
    command
        .args(["build", "--bundles", "deb", "--ci", "--config", &files])
        .args(["--", "--locked"])
        .current_dir(crate::top())
        .stdin(Stdio::null());
    command
}

/// Copies the package to where a person looks for it.
fn kept(report: &mut Report) -> Option<PathBuf> {
    let name = "keep it in dist/";
    let began = Instant::now();
    let found = newest_deb();
    let dist = crate::top().join("dist");
    let copied = found.as_ref().and_then(|deb| {
        fs::create_dir_all(&dist).ok()?;
        let target = dist.join(deb.file_name()?);
        fs::copy(deb, &target).ok()?;
        Some(target)
    });
    match &copied {
        Some(target) => Report::heading(name, &target.display().to_string()),
        None => Report::heading(name, "no package came out of the build"),
    }
    report.note(
        name,
        if copied.is_some() {
            End::Done
        } else {
            End::Failed
        },
        began,
    );
    copied
}

fn newest_deb() -> Option<PathBuf> {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::top().join("target"), PathBuf::from);
    let entries = fs::read_dir(target.join("release/bundle/deb")).ok()?;
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .max_by_key(|path| path.metadata().and_then(|about| about.modified()).ok())
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    crate::top().join(chosen.unwrap_or_else(|| "target".into()))
}

fn metadata() -> Command {
    let mut command = Command::new("appstreamcli");
    command
        .args([
            "validate",
            "--no-net",
            "packaging/org.firebreak.desktop.metainfo.xml",
        ])
        .current_dir(crate::top());
    command
}

/// Looks whether everything is in it that belongs in it.
fn contents(report: &mut Report, deb: &Path) -> bool {
    let name = "look into it";
    let began = Instant::now();
    Report::heading(name, &format!("dpkg-deb --contents {}", deb.display()));
    let of = |what: &[&str]| {
        let output = Command::new("dpkg-deb").args(what).arg(deb).output();
        output.map_or_else(
            |error| error.to_string(),
            |output| String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let files = of(&["--contents"]);
    let depends = Command::new("dpkg-deb")
        .arg("--field")
        .arg(deb)
        .arg("Depends")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    print!("{files}Depends: {depends}");
    let has_file = |file: &str| files.lines().any(|line| line.ends_with(file));
    let missing = HOLDS
        .into_iter()
        .filter(|file| !has_file(file))
        .chain(DEPENDS.into_iter().filter(|one| !depends.contains(one)))
        .collect::<Vec<_>>();
    for one in &missing {
        println!("missing: {one}");
    }
    let whole = missing.is_empty();
    report.note(name, if whole { End::Done } else { End::Failed }, began);
    whole
}

/// Installs, starts and removes it.
fn try_out(report: &mut Report, deb: &Path) {
    let why_not = if !setup::in_path("apt-get") {
        Some("no apt-get here")
    } else if !setup::is_root() {
        Some("installing needs root")
    } else if is_installed() {
        Some("a firebreak package is installed already, and stays as it is")
    } else {
        None
    };
    if let Some(why) = why_not {
        let name = "install, start, remove";
        Report::heading(name, &format!("skipped: {why}"));
        report.note(name, End::NotHere, Instant::now());
        return;
    }
    let mut install = apt(["install", "--no-install-recommends"]);
    if report.step("install", install.arg(deb)) {
        report.step(
            "firebreak, installed",
            Command::new("/usr/bin/firebreak").arg("--version"),
        );
        started(report);
        let mut look = Command::new("desktop-file-validate");
        report.step(
            "desktop file",
            look.arg("/usr/share/applications/Firebreak.desktop"),
        );
    }
    report.step("remove", apt(["remove", "--purge"]).arg(PACKAGE));
    if is_installed() || Path::new("/usr/bin/firebreak").exists() {
        Report::heading("removed", "something of it is left");
        report.note("removed", End::Failed, Instant::now());
    }
}

fn apt<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .arg("--yes")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    command
}

fn is_installed() -> bool {
    Command::new("dpkg-query")
        .args(["--show", "--showformat", "${db:Status-Status}", PACKAGE])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

/// Starts the installed app on a display of its own, until its window is there.
fn started(report: &mut Report) {
    let name = "the app, installed";
    let began = Instant::now();
    Report::heading(name, "/usr/bin/firebreak-desktop on a display of its own");
    let shown = shown_on_its_own_display();
    match &shown {
        Ok(window) => println!("its window is there: {window}"),
        Err(why) => println!("{why}"),
    }
    report.note(
        name,
        if shown.is_ok() {
            End::Done
        } else {
            End::Failed
        },
        began,
    );
}

fn shown_on_its_own_display() -> Result<String, String> {
    let home = env::temp_dir().join(format!("firebreak-package-{}", std::process::id()));
    let runtime = home.join("runtime");
    fs::create_dir_all(&runtime).map_err(|error| error.to_string())?;
    let told = opened(&home, &runtime);
    // what is left of it is in the system's folder for such things
    let _ = fs::remove_dir_all(&home);
    told
}

fn opened(home: &Path, runtime: &Path) -> Result<String, String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(runtime, fs::Permissions::from_mode(0o700))
            .map_err(|error| error.to_string())?;
    }
    let mut screen = Command::new("Xvfb");
    screen
        .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"])
        .args(["-screen", "0", "1280x800x24"]);
    let (_screen, number) = Ended::telling(&mut screen)?;
    let display = format!(":{number}");
    let mut bus = Command::new("dbus-daemon");
    bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
        .env("DISPLAY", &display)
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", runtime);
    let (_bus, address) = Ended::telling(&mut bus)?;

    let desk = |program: &str| {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &display)
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", runtime)
            .env("FIREBREAK_HOME", home.join("firebreak"))
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .env_remove("WAYLAND_DISPLAY");
        command
    };
    let app = desk("/usr/bin/firebreak-desktop")
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start it: {error}"))?;
    let _app = Ended(app);
    // waits for the window itself, and no longer than that
    let output = desk("timeout")
        .args(["30", "xdotool", "search", "--sync", "--onlyvisible"])
        .args(["--name", "Firebreak"])
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err("no window came in half a minute".to_owned());
    }
    let window = String::from_utf8_lossy(&output.stdout);
    let window = window.lines().next().unwrap_or_default();
    let title = desk("xdotool").args(["getwindowname", window]).output();
    Ok(title.map_or_else(
        |_| window.to_owned(),
        |title| String::from_utf8_lossy(&title.stdout).trim().to_owned(),
    ))
}

/// A process that does not outlive its use.
struct Ended(Child);

impl Ended {
    /// Starts it, and gives the first line that it prints.
    fn telling(command: &mut Command) -> Result<(Self, String), String> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
        let mut child = Self(child);
        let mut line = String::new();
        let output = child.0.stdout.take().ok_or("no output")?;
        BufReader::new(output)
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        Ok((child, line.trim().to_owned()))
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
