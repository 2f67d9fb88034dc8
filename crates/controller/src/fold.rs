//! A run as told by its lines, wherever they come from: the actor's own, a socket, or a file.

use incident::{Board, Illegal, Run, Summary, journal::Line};
use jiff::Timestamp;

/// Folds a run's lines.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    run: Option<Run>,
    lines: u64,
}

impl Fold {
    /// Takes the next line in.
    pub fn take(&mut self, line: &Line) -> Result<(), Illegal> {
        match &mut self.run {
            Some(run) => run.apply(line.stamp(), &line.event)?,
            None => self.run = Some(Run::start(line.stamp(), &line.event)?),
        }
        self.lines += 1;
        Ok(())
    }

    /// The run, once its first line was taken.
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// How many lines were taken.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The run's clock at `now`: what its last line said, and the time since.
    pub fn clock(&self, now: Timestamp) -> u64 {
        self.run.as_ref().map_or(0, |run| {
            let since = now.duration_since(run.last.at).as_millis();
            run.last.mono_ms + u64::try_from(since).unwrap_or(0)
        })
    }

    /// The board at `now`.
    pub fn board(&self, now: Timestamp) -> Option<Board> {
        self.run
            .as_ref()
            .map(|run| incident::board(run, self.clock(now)))
    }

    /// How it stands.
    pub fn summary(&self) -> Option<Summary> {
        self.run.as_ref().map(Run::summary)
    }

    /// Whether nothing is left at `now` that goes on by itself.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.is_settled(self.clock(now)))
    }
}
