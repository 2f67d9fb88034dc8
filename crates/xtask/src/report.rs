//! Steps with their names, times and ends, and the table that closes a command.
//!
//! A step that fails never keeps later ones from running, and always leaves the command that repeats
//! it alone.

use std::{
    ffi::OsStr,
    io::{self, BufRead as _, BufReader, IsTerminal as _, Read, Write, stdout},
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::tally::Tally;

/// What has been done so far.
pub(crate) struct Report {
    began: Instant,
    rows: Vec<Row>,
    tests: Tally,
}

struct Row {
    step: String,
    end: End,
    took: Duration,
    repeat: Option<String>,
}

/// How a step ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing was to do.
    There,
    /// It was done.
    Done,
    /// It cannot be done on this system, and the rest can go on without.
    NotHere,
    /// It failed.
    Failed,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::There => "there already",
            Self::Done => "done",
            Self::NotHere => "not on this system",
            Self::Failed => "FAILED",
        }
    }
}

impl Report {
    pub(crate) fn begin() -> Self {
        Self {
            began: Instant::now(),
            rows: Vec::new(),
            tests: Tally::default(),
        }
    }

    /// Says that `step` begins.
    pub(crate) fn heading(step: &str, what: &str) {
        println!("\n== {step}: {what}");
    }

    /// Adds the end of a step that was not one command.
    pub(crate) fn note(&mut self, step: &str, end: End, began: Instant) {
        self.row(step, end, began, None);
    }

    /// Runs `command` as `step`, its output as it comes. Tells whether it succeeded.
    pub(crate) fn step(&mut self, step: &str, command: &mut Command) -> bool {
        let shown = shown(command);
        Self::heading(step, &shown);
        let began = Instant::now();
        let end = match command.status() {
            Ok(status) if status.success() => End::Done,
            Ok(_) => End::Failed,
            Err(error) => {
                println!("cannot start it: {error}");
                End::Failed
            }
        };
        self.row(step, end, began, Some(shown));
        end == End::Done
    }

    /// Runs `command` as `step` and counts the tests that it says it ran.
    pub(crate) fn test_step(&mut self, step: &str, command: &mut Command) -> bool {
        let shown = shown(command);
        Self::heading(step, &shown);
        let began = Instant::now();
        let end = match counted(command) {
            Ok((success, tally)) => {
                self.tests += tally;
                if success && tally.failed == 0 {
                    End::Done
                } else {
                    End::Failed
                }
            }
            Err(error) => {
                println!("cannot start it: {error}");
                End::Failed
            }
        };
        self.row(step, end, began, Some(shown));
        end == End::Done
    }

    fn row(&mut self, step: &str, end: End, began: Instant, repeat: Option<String>) {
        let took = began.elapsed();
        println!("-- {step}: {} ({})", end.word(), seconds(took));
        if end == End::Failed
            && let Some(repeat) = &repeat
        {
            println!("   alone: {repeat}");
        }
        self.rows.push(Row {
            step: step.to_owned(),
            end,
            took,
            repeat,
        });
    }

    /// The table, and the exit code that it means.
    pub(crate) fn end(&self) -> ExitCode {
        let width = self
            .rows
            .iter()
            .map(|row| row.step.len())
            .chain([5])
            .max()
            .unwrap_or(5);
        println!();
        for row in &self.rows {
            let (step, end, took) = (&row.step, row.end.word(), seconds(row.took));
            println!("{step:width$}  {end:<18}  {took:>9}");
        }
        let total = seconds(self.began.elapsed());
        println!("{:width$}  {:<18}  {total:>9}", "total", "");

        let mut exit = ExitCode::SUCCESS;
        for row in self.rows.iter().filter(|row| row.end == End::Failed) {
            exit = ExitCode::FAILURE;
            let (step, repeat) = (&row.step, row.repeat.as_deref());
            println!(
                "failed: {step}; alone: {}",
                repeat.unwrap_or("cargo xtask setup")
            );
        }
        exit
    }

    /// The same, closed by how many tests passed and failed.
    pub(crate) fn end_with_tests(&self) -> ExitCode {
        let exit = self.end();
        let Tally {
            passed,
            failed,
            skipped,
        } = self.tests;
        print!("{passed} passed, {failed} failed");
        if skipped > 0 {
            print!(", {skipped} skipped");
        }
        println!();
        exit
    }
}

/// `command` as a person would type it at the top of the checkout.
pub(crate) fn shown(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), quoted(value?))));
    variables
        .chain([quoted(command.get_program())])
        .chain(command.get_args().map(quoted))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Runs `command`, shows what it prints and counts its summary lines.
fn counted(command: &mut Command) -> io::Result<(bool, Tally)> {
    if stdout().is_terminal() {
        // a pipe stands between, and it would take the colours away
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let errors = child.stderr.take();
    let beside = thread::spawn(move || errors.map_or(Tally::default(), passed_on));
    let mut tally = child.stdout.take().map_or(Tally::default(), passed_on);
    // a reader that broke has counted nothing; the exit status still tells
    tally += beside.join().unwrap_or_default();
    Ok((child.wait()?.success(), tally))
}

/// Copies `from` to our standard output line by line, counting.
fn passed_on(from: impl Read) -> Tally {
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    let mut tally = Tally::default();
    while let Ok(1..) = lines.read_until(b'\n', &mut line) {
        tally += Tally::of_line(&String::from_utf8_lossy(&line));
        let mut out = stdout().lock();
        // nobody may be listening any more; the count goes on
        let _ = out.write_all(&line).and_then(|()| out.flush());
        line.clear();
    }
    tally
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_can_be_typed() {
        let mut command = Command::new("cargo");
        command
            .args(["doc", "--no-deps", "it's"])
            .env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(
            shown(&command),
            r"RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'it'\''s'"
        );
    }

    #[cfg(unix)]
    #[test]
    fn summaries_on_both_outputs_are_counted_and_a_failing_exit_is_seen() {
        let script = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'; \
                      echo ' Summary [ 0.1s] 3 tests run: 3 passed, 1 skipped' >&2; exit 3";
        let (success, tally) = counted(Command::new("sh").args(["-c", script])).unwrap();
        assert!(!success);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (5, 0, 1));
    }

    #[test]
    fn a_step_that_cannot_start_has_failed_and_the_next_still_runs() {
        let mut report = Report::begin();
        assert!(!report.step("absent", &mut Command::new("no-such-program-here")));
        assert!(report.step("present", Command::new("cargo").arg("--version")));
        assert_eq!(report.rows.len(), 2);
        assert!(report.rows[0].end == End::Failed && report.rows[1].end == End::Done);
    }
}
