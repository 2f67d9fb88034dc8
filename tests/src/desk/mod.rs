//! The app as a person has it: a window on a display, with a session bus, a keychain and
//! notifications, driven from outside.
//!
//! Each desk is its own. Nothing of it outlives it, and every wait has an end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mouse;
pub mod page;
pub mod webdriver;

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use tempfile::TempDir;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

pub use mouse::Mouse;
pub use page::{By, Page};

use crate::program::{Finished, Home, Running, Served, beside, binary};
use crate::{session::Session, soon};
use webdriver::WebDriver;

/// The size of the display and of the window on it.
const SIZE: (u32, u32) = (1280, 800);
const LOG: &str = "app";

/// Windows compete for two cores: one at a time, also where tests run in one process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A display, a session and a home, with the app in it or not.
pub struct Desk {
    // the page ends before the session that it is shown on, and that before its folder
    page: Option<Page>,
    session: Session,
    home: Home,
    folder: TempDir,
    app: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Desk {
    /// A desk with an empty home, where the app was not started yet.
    pub fn set_up() -> Self {
        Self::with_display(SIZE.0, SIZE.1)
    }

    /// The same, for another program than the app.
    pub fn set_up_for(program: &Path) -> Self {
        Self::of(program.to_owned(), SIZE)
    }

    /// The same, on a display of another size.
    pub fn with_display(width: u32, height: u32) -> Self {
        Self::of(app(), (width, height))
    }

    fn of(app: PathBuf, (width, height): (u32, u32)) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        Self {
            page: None,
            session: Session::start(folder.path(), width, height),
            home: Home::new(),
            folder,
            app,
            _alone: alone,
        }
    }

    /// Opens the window. Once more where it did not come: what the first try said is kept.
    pub fn open(&mut self) -> &Page {
        self.open_with(&[])
    }

    /// The same, with arguments for the app.
    pub fn open_with(&mut self, arguments: &[&str]) -> &Page {
        self.open_bare(arguments);
        let page = self.page();
        page.until(
            "the page is drawn",
            "return document.querySelector('.app') && !document.querySelector('.mode-starting')",
            &[],
        );
        page
    }

    /// The same, without waiting until anything is drawn.
    pub fn open_bare(&mut self, arguments: &[&str]) -> &Page {
        assert!(self.page.is_none(), "the window is open");
        let driver = self.try_open(arguments).or_else(|first| {
            tell(&format!(
                "no window at the first try: {first:?}\n{}\n",
                self.session.tail(LOG)
            ));
            self.end_app();
            self.try_open(arguments)
                .map_err(|second| format!("{first:?}, and again: {second:?}"))
        });
        let driver = driver.unwrap_or_else(|why| {
            panic!("no window: {why}\n{}", self.session.tail(LOG));
        });
        self.page.insert(Page { driver })
    }

    fn try_open(&self, arguments: &[&str]) -> webdriver::Answer<WebDriver> {
        let mut command = self.command("WebKitWebDriver");
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        self.session.write_log_of(&mut command, LOG);
        WebDriver::open(command, &self.app, arguments)
    }

    /// The page in the window.
    pub fn page(&self) -> &Page {
        self.page.as_ref().expect("the window is not open")
    }

    /// The mouse and the keys.
    pub fn mouse(&self) -> Mouse<'_> {
        Mouse(self)
    }

    /// The home folder of Firebreak.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The folder of everything else: the person's own files, logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The app's output so far.
    pub fn log(&self) -> PathBuf {
        self.session.log(LOG)
    }

    /// A command on this desk.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.session.command(program);
        command.env("FIREBREAK_HOME", self.home.path());
        command
    }

    /// A call of `firebreak` on this desk.
    pub fn firebreak(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(binary());
        command.args(arguments);
        command
    }

    /// Runs a call of `firebreak` to its end.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        Running::start(self.firebreak(arguments)).finish()
    }

    /// Adds accounts as the simulator says, before the app starts.
    pub fn add(&self, served: &[Served]) {
        for served in served {
            let mut arguments = vec!["account", "add"];
            arguments.extend(served.add.iter().map(String::as_str));
            let mut running = Running::start(self.firebreak(&arguments));
            for secret in &served.secrets {
                running.say(secret);
            }
            let added = running.finish();
            assert_eq!(added.code(), Some(0), "account add: {}", added.all());
        }
    }

    /// Locks the keychain.
    pub fn lock_keychain(&self) {
        self.session.lock_keychain();
    }

    /// The address of the session bus.
    pub fn bus(&self) -> &str {
        self.session.bus()
    }

    /// Waits until somebody on the bus has that name.
    pub fn await_name(&self, name: &str) {
        self.session.await_name(name);
    }

    /// The window's number on the display.
    pub fn window(&self) -> String {
        soon("the window is on the display", || {
            let mut command = self.command("xdotool");
            let output = command
                .args(["search", "--onlyvisible", "--name", "Firebreak"])
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().next().map(str::to_owned)
        })
    }

    /// Writes what the window shows to `path`, as it is on the display.
    pub fn picture(&self, path: &Path) {
        // a notification would lie over the window
        let mut close = self.command("dunstctl");
        close.arg("close-all").output().unwrap();
        self.page().drawn();
        let mut command = self.command("import");
        command.args(["-window", &self.window()]).arg(path);
        let output = command.output().unwrap();
        assert!(output.status.success(), "import: {output:?}");
    }

    /// Whether the window is on the display now.
    pub fn window_is_shown(&self) -> bool {
        let mut command = self.command("xdotool");
        command.args(["search", "--onlyvisible", "--name", "Firebreak"]);
        command.output().unwrap().status.success()
    }

    /// What the notifications said so far, summary and body in a line, the latest last.
    pub fn notifications(&self) -> Vec<String> {
        let mut close = self.command("dunstctl");
        close.arg("close-all").output().unwrap();
        let output = self.command("dunstctl").arg("history").output().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut lines = Vec::new();
        for row in told["data"].as_array().into_iter().flatten() {
            for one in row.as_array().into_iter().flatten() {
                let of = |name: &str| one[name]["data"].as_str().unwrap_or_default().to_owned();
                lines.push(format!("{} {}", of("summary"), of("body")));
            }
        }
        lines.reverse();
        lines
    }

    /// The processes of the app, by their numbers.
    pub fn app_processes(&self) -> Vec<u32> {
        let home = format!("FIREBREAK_HOME={}", self.home.path().display());
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap() {
            let folder = entry.unwrap().path();
            let pid = folder
                .file_name()
                .and_then(|name| name.to_str()?.parse().ok());
            let Some(pid) = pid else { continue };
            // a process may end while it is looked at
            let is_app = fs::read_link(folder.join("exe")).is_ok_and(|exe| exe == self.app);
            let is_ours = fs::read(folder.join("environ")).is_ok_and(|all| {
                all.split(|byte| *byte == 0)
                    .any(|one| one == home.as_bytes())
            });
            if is_app && is_ours {
                found.push(pid);
            }
        }
        found
    }

    /// Waits until it is so.
    pub fn soon(&self, what: &str, is_so: impl Fn() -> bool) {
        soon(what, || is_so().then_some(()));
    }

    /// Asks the window to close, as its own button does: there is no window manager here to do it.
    pub fn close_window(&self) {
        let window = self.window().parse().unwrap();
        let (bus, _) = x11rb::connect(Some(self.session.display())).unwrap();
        let atom = |name: &[u8]| bus.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let asked = ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS"), data);
        bus.send_event(false, window, EventMask::NO_EVENT, asked)
            .unwrap();
        // an answer to what comes after: the display has passed it on
        bus.get_input_focus().unwrap().reply().unwrap();
    }

    /// Ends the process that draws the page, as the system does when memory runs out.
    pub fn kill_page_process(&self) {
        let apps = self.app_processes();
        let children = |name: &str| {
            let mut command = Command::new("pgrep");
            let parents: Vec<String> = apps.iter().map(u32::to_string).collect();
            let output = command
                .args(["-P", &parents.join(","), "-f", name])
                .output()
                .unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let pids = children("WebKitWebProcess");
        assert!(!pids.trim().is_empty(), "no process draws the page");
        for pid in pids.split_whitespace() {
            let _ = Command::new("kill").args(["-KILL", pid]).status();
        }
    }

    /// Ends the app as a crash does, and its window with it.
    pub fn crash(&mut self) {
        assert!(!self.app_processes().is_empty(), "the app is not running");
        self.end_app();
        self.page = None;
    }

    fn end_app(&self) {
        for pid in self.app_processes() {
            // it may have ended by itself
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
        }
        soon("the app has ended", || {
            self.app_processes().is_empty().then_some(())
        });
    }

    /// What there is to know about a failure, kept where it can be found.
    fn keep(&self) {
        let name = thread::current()
            .name()
            .unwrap_or("window")
            .replace("::", "-");
        let kept = target().join("window-failures").join(name);
        let _ = fs::remove_dir_all(&kept);
        let told = fs::create_dir_all(&kept).is_ok();
        for entry in fs::read_dir(self.folder.path().join("log"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let _ = fs::copy(entry.path(), kept.join(entry.file_name()));
        }
        let mut display = self.command("import");
        let _ = display
            .args(["-window", "root"])
            .arg(kept.join("display.png"))
            .output();
        let mut text = String::new();
        let _ = writeln!(text, "the app said last:\n{}", self.session.tail(LOG));
        let _ = writeln!(text, "kept: {told}, in {}", kept.display());
        tell(&text);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if thread::panicking() {
            self.keep();
        }
        for pid in self.app_processes() {
            // it may have ended by itself
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
        }
    }
}

/// The built app, beside this test, or where `FIREBREAK_DESKTOP` says.
pub fn app() -> PathBuf {
    env::var_os("FIREBREAK_DESKTOP").map_or_else(
        || {
            beside(
                "firebreak-desktop",
                "cargo build -p desktop --features desktop/automation",
            )
        },
        PathBuf::from,
    )
}

/// Says it where a failed test's words are read.
fn tell(text: &str) {
    // nobody may be reading any more
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

/// Where cargo puts what it builds: it marks the folder.
fn target() -> PathBuf {
    let here = env::current_exe().unwrap();
    let marked = here
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.unwrap_or(Path::new(".")).to_owned()
}
