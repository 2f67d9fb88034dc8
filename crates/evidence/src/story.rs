//! What a journal tells, as far as it can be believed: a report is made from a damaged one too.

use incident::{
    Run,
    journal::{JournalError, Line, replay},
};

use crate::{bag::digest, chain::Journal};

/// A journal that was read.
pub(crate) struct Story {
    /// Its good lines.
    pub(crate) lines: Vec<Line>,
    /// What they fold to.
    pub(crate) run: Run,
    /// What is wrong behind them.
    pub(crate) damage: Option<String>,
    /// SHA-256 of the last whole line as it was recorded, in hex, whether good or not.
    pub(crate) head: String,
}

impl Story {
    /// Reads `journal`, which ends with a whole line.
    pub(crate) fn of(journal: &[u8]) -> Result<Self, JournalError> {
        let read = Journal::of(journal);
        let mut lines = read.lines;
        let head = match &read.damage {
            Some(_) => head(journal),
            None => read.chain.prev,
        };
        if lines.is_empty() {
            return Err(read.damage.unwrap_or(JournalError::Empty));
        }
        let mut damage = read.damage.map(|error| error.to_string());
        let run = match replay(&lines) {
            Ok(run) => run,
            Err(error) => {
                let JournalError::Damaged { line, .. } = &error else {
                    return Err(error);
                };
                lines.retain(|good| good.seq + 1 < *line);
                damage = Some(error.to_string());
                replay(&lines)?
            }
        };
        Ok(Self {
            lines,
            run,
            damage,
            head,
        })
    }
}

/// The whole lines of a journal that may still be written to.
pub(crate) fn whole_lines(journal: &[u8]) -> &[u8] {
    let end = journal
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    &journal[..end]
}

/// SHA-256 of the last line without its newline, in hex: what the next line would name.
pub(crate) fn head(journal: &[u8]) -> String {
    let last = journal.strip_suffix(b"\n").unwrap_or(journal);
    let start = last
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    digest(&last[start..])
}
