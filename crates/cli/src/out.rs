//! Where words go: results to stdout, diagnostics to stderr, and exit codes.
//!
//! A closed pipe never stops anything: containment goes on when nobody reads.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use controller::{Error, Kind};
use incident::{Summary, Word};
use serde::Serialize;

/// How a verb ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Done; all that was asked for is verified.
    Done,
    /// Wrong use or bad configuration; nothing was sent to any venue.
    Wrong,
    /// What can be automated is verified; something needs the person or stays.
    NeedsYou,
    /// Something is refused or unknown, or a bundle is not as signed.
    NotProved,
    /// A run that this call attached to was lost.
    Lost,
    /// Broken off; the run stays resumable.
    Interrupted,
}

impl Exit {
    /// How a run's summary ends a call.
    pub(crate) fn of(summary: &Summary) -> Self {
        let not_proved = summary.open.iter().any(|open| match open.state {
            Word::Refused | Word::Unknown | Word::Sending | Word::Accepted => true,
            // what is still queued at the end waits behind something that is the person's
            Word::Queued | Word::NeedsYou | Word::Partial | Word::Verified | Word::Skipped => false,
        });
        if not_proved {
            Self::NotProved
        } else if !summary.open.is_empty()
            || !summary.skipped_by_you.is_empty()
            || !summary.contained
        {
            Self::NeedsYou
        } else {
            Self::Done
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Wrong => 1,
            Exit::NeedsYou => 2,
            Exit::NotProved => 3,
            Exit::Lost => 4,
            Exit::Interrupted => 130,
        })
    }
}

/// Where a call's words go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    /// One JSON object a line, nothing else.
    pub(crate) json: bool,
    /// A person is at both ends.
    pub(crate) terminal: bool,
    /// Colours are wanted.
    pub(crate) colour: bool,
    /// Put before every line for people: `PRACTICE ` where nothing is real.
    pub(crate) before: &'static str,
}

impl Out {
    /// As the surroundings are.
    pub(crate) fn new(json: bool) -> Self {
        let stdout = io::stdout().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            json,
            terminal: stdout && io::stdin().is_terminal() && !json,
            colour: stdout && !no_colour && !dumb && !json,
            before: "",
        }
    }

    /// A line for people. Silent under `--json`.
    pub(crate) fn line(&self, text: impl fmt::Display) {
        if !self.json {
            put(&format!("{}{text}", self.before));
        }
    }

    /// One object for scripts. Silent without `--json`.
    pub(crate) fn object(&self, value: &impl Serialize) {
        if self.json {
            match serde_json::to_string(value) {
                Ok(line) => put(&line),
                Err(error) => self.aside(format!("a line cannot be written as JSON: {error}")),
            }
        }
    }

    /// A diagnostic.
    pub(crate) fn aside(&self, text: impl fmt::Display) {
        // nobody may be reading
        drop(writeln!(io::stderr().lock(), "{}{text}", self.before));
    }

    /// `text` in `style`, where colours are wanted.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// A line on stdout, whole or not at all.
pub(crate) fn put(line: &str) {
    let mut stdout = io::stdout().lock();
    // nobody may be reading
    drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
}

/// Says what went wrong, and gives the exit code for it.
pub(crate) fn fail(error: &Error) -> Exit {
    let mut text = vec![format!("error: {}", error.what)];
    for (label, words) in [("untouched", &error.untouched), ("next", &error.next)] {
        if !words.is_empty() {
            text.push(format!("  {label}: {words}"));
        }
    }
    // nobody may be reading
    drop(writeln!(io::stderr().lock(), "{}", text.join("\n")));
    match error.kind {
        Kind::Wrong => Exit::Wrong,
        Kind::Lost => Exit::Lost,
        Kind::Damaged => Exit::NotProved,
        Kind::Interrupted => Exit::Interrupted,
    }
}

/// The style of a state word. The word itself is always written too.
pub(crate) fn style_of(word: Word) -> Style {
    match word {
        Word::Verified => AnsiColor::Green.on_default().bold(),
        Word::Refused => AnsiColor::Red.on_default().bold(),
        Word::Unknown => AnsiColor::Magenta.on_default().bold(),
        Word::NeedsYou => AnsiColor::Yellow.on_default().bold(),
        Word::Partial => AnsiColor::Yellow.on_default(),
        Word::Sending | Word::Accepted => AnsiColor::Blue.on_default(),
        Word::Queued | Word::Skipped => Style::new().dimmed(),
    }
}

#[cfg(test)]
mod tests {
    use incident::OpenTask;
    use runbook::TaskId;

    use super::*;

    #[test]
    fn exit_codes_say_the_worst() {
        assert_eq!(Exit::of(&summary(true, &[])), Exit::Done);
        assert_eq!(Exit::of(&summary(false, &[Word::NeedsYou])), Exit::NeedsYou);
        assert_eq!(Exit::of(&summary(true, &[Word::Partial])), Exit::NeedsYou);
        assert_eq!(
            Exit::of(&summary(false, &[Word::NeedsYou, Word::Unknown])),
            Exit::NotProved
        );
        assert_eq!(Exit::of(&summary(false, &[Word::Refused])), Exit::NotProved);
        assert_eq!(Exit::of(&summary(false, &[])), Exit::NeedsYou);
    }

    fn summary(contained: bool, open: &[Word]) -> Summary {
        Summary {
            contained,
            open: open
                .iter()
                .map(|state| OpenTask {
                    task: TaskId::new("cancel@main"),
                    state: *state,
                    why: String::new(),
                })
                .collect(),
            verified: 0,
            read_by_you: 0,
            tasks: 1,
            ms_to_contained: None,
            skipped_by_you: Vec::new(),
            appeared: 0,
            without_stop: Vec::new(),
            recorded: true,
        }
    }
}
