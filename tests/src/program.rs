//! Starts the program as a person or a script does, and reads what it prints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use crate::session::Session;

/// No single wait in these tests is longer.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// The built program, beside this test.
pub fn binary() -> PathBuf {
    beside("firebreak", "cargo build -p cli")
}

/// A built program, beside this test or this benchmark; `build` is how to get it.
pub(crate) fn beside(name: &str, build: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    // a test stands in `deps`, a program one above
    let found = here.ancestors().skip(1).take(2).map(|at| at.join(&file));
    let found = found.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{file} is not built: run `{build}`"))
}

/// A home of its own, owner-only.
pub struct Home {
    // ended before its folder goes away
    #[cfg(target_os = "linux")]
    keychain: Option<Session>,
    folder: TempDir,
}

impl Home {
    /// An empty one; it goes away with this value.
    #[expect(clippy::new_without_default, reason = "making a folder is no default")]
    pub fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            keychain: None,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The same with a keychain of its own, open: a real one, on a bus of its own.
    #[cfg(target_os = "linux")]
    pub fn with_keychain() -> Self {
        let home = Self::new();
        let desk = home.folder.path().join("desk");
        std::fs::create_dir(&desk).unwrap();
        Self {
            keychain: Some(Session::of_terminal(&desk)),
            ..home
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A call of the program on this home.
    pub fn command(&self, arguments: &[&str]) -> Command {
        #[cfg(target_os = "linux")]
        let mut command = match &self.keychain {
            Some(session) => session.command(binary()),
            None => Command::new(binary()),
        };
        #[cfg(not(target_os = "linux"))]
        let mut command = Command::new(binary());
        command.env("FIREBREAK_HOME", self.path()).args(arguments);
        command
    }

    /// How many entries of this program its keychain holds, as another program counts them.
    #[cfg(target_os = "linux")]
    pub fn kept_keys(&self) -> usize {
        let session = self.keychain.as_ref().unwrap();
        let mut search = session.command("secret-tool");
        search.args(["search", "--all", "service", "firebreak"]);
        let found = search.output().unwrap();
        let text = [found.stdout, found.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        text.matches("attribute.username = ").count()
    }

    /// Locks its keychain, as a desktop does that was left alone.
    #[cfg(target_os = "linux")]
    pub fn lock_keychain(&self) {
        self.keychain.as_ref().unwrap().lock_keychain();
    }

    /// Runs a call to its end.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        Running::start(self.command(arguments)).finish()
    }

    /// Adds an account as the simulator says.
    pub fn add(&self, served: &Served) {
        let mut arguments = vec!["account", "add"];
        arguments.extend(served.add.iter().map(String::as_str));
        let mut running = Running::start(self.command(&arguments));
        for secret in &served.secrets {
            running.say(secret);
        }
        let finished = running.finish();
        assert_eq!(finished.code(), Some(0), "account add: {}", finished.all());
    }

    /// The folder of the only run.
    pub fn only_run(&self) -> PathBuf {
        let runs: Vec<_> = std::fs::read_dir(self.path().join("runs"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.into_iter().next().unwrap()
    }
}

/// A call under way.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    /// Starts it, with all three ends in hand.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let lines = pump(child.stdout.take().unwrap());
        let errors = pump(child.stderr.take().unwrap());
        Self {
            child,
            stdin,
            lines,
            errors,
            seen: Vec::new(),
        }
    }

    /// Types a line.
    pub fn say(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line of its output; `None` at the end.
    pub fn line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = self.child.kill();
                panic!("nothing for {PATIENCE:?} after: {:#?}", self.seen);
            }
        }
    }

    /// The next line, as JSON.
    pub fn json(&mut self) -> Option<Value> {
        let line = self.line()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}")))
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.seen.extend(self.lines.try_iter());
        std::mem::take(&mut self.seen)
    }

    /// Closes its input and waits for its end.
    pub fn finish(mut self) -> Finished {
        drop(self.stdin.take());
        while self.line().is_some() {}
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "it closed its output and did not end"
            );
            std::thread::yield_now();
        };
        Finished {
            status,
            lines: std::mem::take(&mut self.seen),
            errors: self.errors.iter().collect(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call that has ended.
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub lines: Vec<String>,
    /// What it complained about.
    pub errors: Vec<String>,
}

impl Finished {
    /// Its exit code; none when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Every line, as JSON.
    pub fn json(&self) -> Vec<Value> {
        let parse = |line: &String| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        self.lines.iter().map(parse).collect()
    }

    /// The `run_summary` that a stream ends with.
    pub fn summary(&self) -> Value {
        let last = self.json().into_iter().next_back();
        let summary = last.unwrap_or_else(|| panic!("no output: {}", self.all()))["event"].clone();
        assert_eq!(summary["type"], "run_summary", "{}", self.all());
        summary
    }

    /// Everything, for a message.
    pub fn all(&self) -> String {
        format!(
            "{:?}\n{}\n{}",
            self.status,
            self.lines.join("\n"),
            self.errors.join("\n")
        )
    }
}

/// What the simulator says of one account.
#[derive(Clone)]
pub struct Served {
    /// The account's name.
    pub name: String,
    /// The arguments of `account add`.
    pub add: Vec<String>,
    /// The lines for its standard input.
    pub secrets: Vec<String>,
    /// What its owner's authenticator was given, where it asks for one-time codes.
    pub totp: Option<String>,
}

impl Served {
    /// The one-time code that its owner's authenticator shows now.
    pub fn code(&self) -> String {
        let secret = self.totp.as_deref().unwrap();
        simulator::world::code_at(secret, jiff::Timestamp::now()).unwrap()
    }
}

/// `firebreak simulate` in a process of its own.
pub struct Simulator {
    running: Running,
    /// What it serves.
    pub accounts: Vec<Served>,
}

impl Simulator {
    /// Starts it and waits until it serves.
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut all = vec!["simulate"];
        all.extend(arguments);
        let mut running = Running::start(home.command(&all));
        let mut accounts = Vec::new();
        loop {
            let line = running.json().unwrap_or_else(|| {
                let errors: Vec<_> = running.errors.iter().collect();
                panic!("the simulator ended: {errors:?}")
            });
            if line["ready"] == true {
                return Self { running, accounts };
            }
            let served = &line["serving"];
            let texts = |value: &Value| -> Vec<String> {
                value
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|v| v.as_str().unwrap().to_owned())
                    .collect()
            };
            accounts.push(Served {
                name: served["name"].as_str().unwrap().to_owned(),
                add: texts(&served["add"]),
                secrets: texts(&served["secrets"]),
                totp: served["totp"].as_str().map(str::to_owned),
            });
        }
    }

    /// Ends it, and gives its truth of each account and everything that it told.
    pub fn end(self) -> (BTreeMap<String, Value>, Vec<Value>) {
        let finished = self.running.finish();
        let mut told = finished.json();
        let summary = told.pop().unwrap()["truth_summary"].clone();
        let summary = summary
            .as_object()
            .unwrap_or_else(|| panic!("{}", finished.all()))
            .clone();
        (summary.into_iter().collect(), told)
    }
}

fn pump(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { break };
            if to.send(line).is_err() {
                break;
            }
        }
    });
    lines
}
