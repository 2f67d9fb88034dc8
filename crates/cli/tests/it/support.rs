//! Homes, simulators and calls of the program under test. Everything ends with its owner.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything in these tests may take before it counts as hung.
const AT_MOST: Duration = Duration::from_mins(2);

/// A home of its own, on no keychain.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn accounts(&self) -> PathBuf {
        self.path().join("accounts.toml")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(self.path(), arguments)
    }

    /// A call without a terminal.
    pub(crate) fn call(&self, arguments: &[&str]) -> Call {
        Call::of(self.command(arguments).output().unwrap())
    }

    pub(crate) fn add(&self, simulator: &Simulator) -> Call {
        let mut arguments = vec!["account", "add"];
        arguments.extend(simulator.add.iter().map(String::as_str));
        self.call(&arguments)
    }

    /// The folders of its runs, oldest first.
    pub(crate) fn runs(&self) -> Vec<PathBuf> {
        let mut runs = std::fs::read_dir(self.path().join("runs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>();
        runs.sort();
        runs
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // a resident process that a test left behind
        drop(self.command(&["disarm"]).output());
    }
}

/// The program with `home`, no terminal and no keychain.
pub(crate) fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firebreak"));
    command
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env("FIREBREAK_HOME", home)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .env_remove("XDG_RUNTIME_DIR")
        .stdin(Stdio::null());
    command
}

/// What a call left behind.
pub(crate) struct Call {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Call {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Its JSON lines. Anything else on stdout fails the test.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
            .collect()
    }

    /// The last line's event, which has to be the run's summary.
    pub(crate) fn summary(&self) -> Value {
        let last = self
            .lines()
            .pop()
            .unwrap_or_else(|| panic!("no line\n{}", self.stderr));
        assert_eq!(last["event"]["type"], "run_summary", "{last}");
        last["event"].clone()
    }

    /// That it failed with this code, and said all that an error says.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, what: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        let error = self.stderr.lines().find(|line| line.starts_with("error: "));
        let error = error.unwrap_or_else(|| panic!("no error line in {:?}", self.stderr));
        assert!(error.contains(what), "{error:?} does not say {what:?}");
        assert!(self.stderr.contains("\n  untouched: "), "{}", self.stderr);
        assert!(self.stderr.contains("\n  next: "), "{}", self.stderr);
    }
}

/// The state word of a task in a summary: of `open`, or `closed`.
pub(crate) fn word<'a>(summary: &'a Value, task: &str) -> &'a str {
    summary["open"]
        .as_array()
        .unwrap()
        .iter()
        .find(|open| open["task"] == task)
        .map_or("closed", |open| open["state"].as_str().unwrap())
}

/// `firebreak simulate` in a process of its own.
pub(crate) struct Simulator {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Value>,
    /// What `account add` takes.
    pub(crate) add: Vec<String>,
}

impl Simulator {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut all = vec!["simulate"];
        all.extend(arguments);
        let mut child = command(&std::env::temp_dir(), &all)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if send.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut simulator = Self {
            child,
            stdin,
            lines,
            add: Vec::new(),
        };
        let serving = simulator.next(|line| line.get("serving").is_some());
        let add = serving["serving"]["add"].as_array().unwrap();
        simulator.add = add
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect();
        simulator.next(|line| line["ready"] == true);
        simulator
    }

    /// The next line that is like that.
    pub(crate) fn next(&self, like: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.recv_timeout(AT_MOST).unwrap();
            if like(&line) {
                return line;
            }
        }
    }

    /// Closes its stdin and gives its last line.
    pub(crate) fn truth(mut self) -> Value {
        self.stdin = None;
        let summary = self.next(|line| line.get("truth_summary").is_some());
        assert!(self.child.wait().unwrap().success());
        summary["truth_summary"].clone()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // it may have ended by itself
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A press under way in a process of its own.
pub(crate) struct Press {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    read: String,
}

impl Press {
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut child = home
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            stdout,
            read: String::new(),
        }
    }

    /// Reads lines until an event of that type.
    pub(crate) fn until(&mut self, event: &str) -> Value {
        loop {
            let from = self.read.len();
            let read = self.stdout.read_line(&mut self.read).unwrap();
            assert!(read > 0, "no {event} in\n{}", self.read);
            let line: Value = serde_json::from_str(&self.read[from..]).unwrap();
            if line["event"]["type"] == event {
                return line;
            }
        }
    }

    /// Sends a signal by its name (`INT`, `KILL`).
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Reads on to the end.
    pub(crate) fn end(mut self) -> Call {
        while self.stdout.read_line(&mut self.read).unwrap() > 0 {}
        let output = self.child.wait_with_output().unwrap();
        Call {
            code: output.status.code(),
            stdout: self.read,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
