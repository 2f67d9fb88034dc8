//! A desktop of its own for one test: display, session bus, unlocked keychain, notifications.
//!
//! Everything lives in one folder and ends with it. It must never touch the person's own session.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::soon;

/// What opens the keychain of these desktops, and nothing else anywhere.
const KEYCHAIN_PASSWORD: &str = "of-a-test";

/// The services of one desktop.
pub(crate) struct Session {
    folder: PathBuf,
    display: String,
    bus: String,
    // in the order of their start; ended in the reverse
    processes: Vec<Child>,
}

impl Session {
    /// Starts them in `folder`, on a display of `width` by `height`.
    pub(crate) fn start(folder: &Path, width: u32, height: u32) -> Self {
        let mut session = Self::at(folder);
        let mut display = session.command("Xvfb");
        display
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-ac"])
            .args(["-screen", "0", &format!("{width}x{height}x24")]);
        session.display = format!(":{}", session.start_and_hear(display, "xvfb"));
        session.open_keychain();

        let mut notifications = session.command("dunst");
        notifications.args(["-conf", "/dev/null"]);
        session.keep(notifications, "dunst");
        session.await_name("org.freedesktop.Notifications");
        session
    }

    /// Starts the bus and the keychain alone, for programs of a terminal.
    pub(crate) fn of_terminal(folder: &Path) -> Self {
        let mut session = Self::at(folder);
        session.open_keychain();
        session
    }

    fn at(folder: &Path) -> Self {
        for (name, mode) in [("person", 0o755), ("runtime", 0o700), ("log", 0o755)] {
            let path = folder.join(name);
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        Self {
            folder: folder.to_owned(),
            display: String::new(),
            bus: String::new(),
            processes: Vec::new(),
        }
    }

    fn open_keychain(&mut self) {
        // what the bus starts by itself is told the display by the bus
        let mut bus = self.command("dbus-daemon");
        bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        self.bus = self.start_and_hear(bus, "bus");
        self.unlock_keychain();
    }

    /// A command of this desktop, its outputs nowhere yet.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let person = self.folder.join("person");
        let mut command = Command::new(program);
        command
            .current_dir(&person)
            .env("HOME", &person)
            .env("XDG_CONFIG_HOME", person.join(".config"))
            .env("XDG_DATA_HOME", person.join(".local/share"))
            .env("XDG_CACHE_HOME", person.join(".cache"))
            .env("XDG_RUNTIME_DIR", self.folder.join("runtime"))
            .env("XDG_SESSION_TYPE", "x11")
            .env("XDG_CURRENT_DESKTOP", "test")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("GTK_A11Y", "none")
            .env("NO_AT_BRIDGE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DISPLAY");
        if !self.display.is_empty() {
            command.env("DISPLAY", &self.display);
        }
        if !self.bus.is_empty() {
            command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        }
        command
    }

    /// The display, as `:7`.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// The address of the session bus.
    pub(crate) fn bus(&self) -> &str {
        &self.bus
    }

    /// A file that the output of `name` goes to.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder.join("log").join(name)
    }

    /// Lets `command` write into the log of `name`, after what is there.
    pub(crate) fn write_log_of(&self, command: &mut Command, name: &str) {
        let file = File::options()
            .create(true)
            .append(true)
            .open(self.log(name))
            .unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
    }

    /// Locks the keychain, as a desktop does that was left alone.
    pub(crate) fn lock_keychain(&self) {
        let collection = "/org/freedesktop/secrets/collection/login";
        let locked = self.secrets("Service.Lock", &[&format!("array:objpath:{collection}")]);
        assert!(locked.contains(collection), "not locked: {locked}");
    }

    fn unlock_keychain(&mut self) {
        let mut keychain = self.command("gnome-keyring-daemon");
        keychain
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped());
        let child = self.keep(keychain, "keyring");
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(KEYCHAIN_PASSWORD.as_bytes()).unwrap();
        drop(stdin);
        self.await_name("org.freedesktop.secrets");
    }

    fn secrets(&self, method: &str, arguments: &[&str]) -> String {
        let mut command = self.command("dbus-send");
        command
            .args([
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.secrets",
            ])
            .arg("/org/freedesktop/secrets")
            .arg(format!("org.freedesktop.Secret.{method}"))
            .args(arguments);
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until somebody on the bus has that name.
    pub(crate) fn await_name(&self, name: &str) {
        soon(&format!("{name} is on the bus"), || {
            self.has_name(name).then_some(())
        });
    }

    /// Whether somebody on the bus has that name.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        let mut command = self.command("dbus-send");
        command
            .args([
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.DBus",
                "/",
            ])
            .arg("org.freedesktop.DBus.NameHasOwner")
            .arg(format!("string:{name}"));
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("boolean true")
    }

    /// Starts `command` and gives the first line that it prints.
    fn start_and_hear(&mut self, mut command: Command, name: &str) -> String {
        let errors = File::create(self.log(name)).unwrap();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}; run `cargo xtask setup`"));
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        self.processes.push(child);
        let line = line.trim().to_owned();
        assert!(!line.is_empty(), "{name} said nothing: {}", self.tail(name));
        line
    }

    fn keep(&mut self, mut command: Command, name: &str) -> &mut Child {
        self.write_log_of(&mut command, name);
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}; run `cargo xtask setup`"));
        self.processes.push(child);
        self.processes.last_mut().unwrap()
    }

    /// The end of a log.
    pub(crate) fn tail(&self, name: &str) -> String {
        let bytes = fs::read(self.log(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for mut process in self.processes.drain(..).rev() {
            // it may have ended by itself
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
