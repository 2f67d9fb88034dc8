//! What was drilled: one file, a line each, only ever added to.
//!
//! A line that this program does not understand stays where it is and is told; so is a clock that
//! was set back. Nothing is ever rewritten: what follows later about a drill, as the fix that was
//! chosen, is a line of its own.

mod file;
mod line;
mod numbers;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use line::{Began, Done, Noted, Snoozed};
pub use numbers::Point;

use crate::story::Player;
use line::Line;

/// The file's name.
pub const FILE_NAME: &str = "history.jsonl";
/// The version of the file's lines.
pub const HISTORY_VERSION: u32 = 1;

/// What was drilled, as the file tells it.
#[derive(Clone, PartialEq, Debug)]
pub struct History {
    path: PathBuf,
    drills: Vec<Drilled>,
    snoozed: Option<Snoozed>,
    told: Vec<String>,
}

/// A drill.
#[derive(Clone, PartialEq, Debug)]
pub struct Drilled {
    /// How it began.
    pub began: Began,
    /// How it ended. None while it goes on, or where the program ended in the middle.
    pub done: Option<Done>,
    /// What was chosen and answered afterwards.
    pub noted: Option<Noted>,
}

impl Drilled {
    /// Whether it began and never ended: it broke off, unless it goes on right now.
    pub fn is_broken_off(&self) -> bool {
        self.done.is_none()
    }

    /// Whether a person played it to an end, so that it counts for best, median and schedule.
    pub fn counts(&self) -> bool {
        use crate::score::Verdict;
        let verdict = self.done.as_ref().map(|done| done.score.verdict);
        self.began.player == Player::You
            && match verdict {
                Some(Verdict::Good | Verdict::Fair | Verdict::Poor | Verdict::Failed) => true,
                Some(Verdict::Unfinished) | None => false,
            }
    }

    /// When it was over, or began where it was not.
    pub fn at(&self) -> Timestamp {
        self.done.as_ref().map_or(self.began.at, |done| done.at)
    }
}

/// Why the history could not be read or added to.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// It is larger than any history is.
    #[error(
        "{} is larger than {} MiB, so it is no history of drills. It was left as it is. Move it \
         away to begin anew.", path.display(), file::MOST / (1024 * 1024)
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The disk said no.
    #[error(
        "{} cannot be {doing}: {source}. What it held is untouched. Look at the disk and at who \
         owns the folder.", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line would be too long to be read again.
    #[error(
        "a drill's line for the history is {bytes} bytes long. It was not written. The drill's run folder holds it all."
    )]
    LineTooLong {
        /// How long.
        bytes: usize,
    },
}

impl History {
    /// Reads the history in `folder`. None there yet is an empty one.
    pub fn read(folder: &Path) -> Result<Self, HistoryError> {
        let path = folder.join(FILE_NAME);
        let bytes = file::read(&path)?;
        let mut history = Self {
            path,
            drills: Vec::new(),
            snoozed: None,
            told: Vec::new(),
        };
        history.take_all(&bytes);
        Ok(history)
    }

    /// Every drill, in the order of the file.
    pub fn drills(&self) -> &[Drilled] {
        &self.drills
    }

    /// A drill.
    pub fn drill(&self, id: &str) -> Option<&Drilled> {
        self.drills.iter().find(|drill| drill.began.id == id)
    }

    /// What is wrong with the file, a sentence each. None of it is lost or changed.
    pub fn told(&self) -> &[String] {
        &self.told
    }

    /// The last time that the next rehearsal was put off.
    pub fn snoozed(&self) -> Option<&Snoozed> {
        self.snoozed.as_ref()
    }

    /// The fix that the next drill's briefing shows: the last that a person chose.
    pub fn fix(&self) -> Option<&crate::debrief::Fix> {
        let mine = self.drills.iter().rev();
        let mut mine = mine.filter(|drill| drill.began.player == Player::You);
        mine.find_map(|drill| drill.noted.as_ref()?.fix.as_ref())
    }

    /// A drill begins. It shows as broken off until [`History::done`].
    pub fn began(&mut self, began: Began) -> Result<(), HistoryError> {
        self.add(Line::Began(began))
    }

    /// A drill has ended.
    pub fn done(&mut self, done: Done) -> Result<(), HistoryError> {
        self.add(Line::Done(Box::new(done)))
    }

    /// What was chosen and answered after a drill. The last one counts.
    pub fn noted(&mut self, noted: Noted) -> Result<(), HistoryError> {
        self.add(Line::Noted(noted))
    }

    /// The next rehearsal is put off.
    pub fn snooze(&mut self, snoozed: Snoozed) -> Result<(), HistoryError> {
        self.add(Line::Snoozed(snoozed))
    }

    /// Writes a line down and takes it in.
    fn add(&mut self, line: Line) -> Result<(), HistoryError> {
        file::append(&self.path, &line)?;
        let before = self.latest();
        self.take(line, before);
        Ok(())
    }

    fn take_all(&mut self, bytes: &[u8]) {
        let mut nth = 0;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            nth += 1;
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match line::read(text) {
                Ok(line) => {
                    let before = self.latest();
                    self.take(line, before);
                }
                Err(_) if !piece.ends_with(b"\n") => self.told.push(format!(
                    "Line {nth} of {FILE_NAME} has no end: the program ended while it was written. \
                     It was left as it is."
                )),
                Err(why) => self.told.push(format!(
                    "Line {nth} of {FILE_NAME} {why}. It was left as it is and is not counted."
                )),
            }
        }
    }

    fn take(&mut self, line: Line, before: Option<Timestamp>) {
        let at = line.at();
        if let Some(before) = before.filter(|before| at < *before) {
            self.told.push(format!(
                "The clock was set back: what was written at {at} comes after {before}. The order \
                 is that of writing."
            ));
        }
        match line {
            Line::Began(began) => self.drills.push(Drilled {
                began,
                done: None,
                noted: None,
            }),
            Line::Done(done) => match self.drill_mut(&done.id) {
                Some(drill) => drill.done = Some(*done),
                None => self.told.push(orphan(&done.id, "ended")),
            },
            Line::Noted(noted) => match self.drill_mut(&noted.id) {
                Some(drill) => drill.noted = Some(noted),
                None => self.told.push(orphan(&noted.id, "was looked back at")),
            },
            Line::Snoozed(snoozed) => self.snoozed = Some(snoozed),
        }
    }

    fn drill_mut(&mut self, id: &str) -> Option<&mut Drilled> {
        let mut latest = self.drills.iter_mut().rev();
        latest.find(|drill| drill.began.id == id)
    }

    /// The time of the last line that was taken in.
    fn latest(&self) -> Option<Timestamp> {
        let drills = self.drills.iter().flat_map(|drill| {
            let done = drill.done.as_ref().map(|done| done.at);
            let noted = drill.noted.as_ref().map(|noted| noted.at);
            [Some(drill.began.at), done, noted]
        });
        let snoozed = self.snoozed.as_ref().map(|snoozed| snoozed.at);
        drills.chain([snoozed]).flatten().max()
    }
}

fn orphan(id: &str, what: &str) -> String {
    format!(
        "{FILE_NAME} says that the drill {id} {what}, and not that it began. It is not counted."
    )
}
