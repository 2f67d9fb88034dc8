//! What a journal tells, as far as it can be believed: a report is made from a damaged one too.

use incident::{
    Run,
    journal::{JournalError, Line, parse, replay},
};

use crate::bag::digest;

/// A journal that was read.
pub(crate) struct Story {
    /// Its good lines.
    pub(crate) lines: Vec<Line>,
    /// What they fold to.
    pub(crate) run: Run,
    /// What is wrong behind them.
    pub(crate) damage: Option<String>,
    /// SHA-256 of the last whole line, in hex, whether good or not.
    pub(crate) head: String,
}

impl Story {
    /// Reads `journal`, which ends with a whole line.
    pub(crate) fn of(journal: &[u8]) -> Result<Self, JournalError> {
        let mut damage = None;
        let mut lines = match parse(journal) {
            Ok(whole) => whole.lines,
            Err(error) => {
                let good = parse(before(journal, &error)?)?.lines;
                damage = Some(error.to_string());
                good
            }
        };
        let run = match replay(&lines) {
            Ok(run) => run,
            Err(error) => {
                let JournalError::Damaged { line, .. } = &error else {
                    return Err(error);
                };
                let good = usize::try_from(*line)
                    .unwrap_or(usize::MAX)
                    .saturating_sub(1);
                lines.truncate(good);
                damage = Some(error.to_string());
                replay(&lines)?
            }
        };
        Ok(Self {
            lines,
            run,
            damage,
            head: head(journal),
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

/// The lines before the damaged one.
fn before<'a>(journal: &'a [u8], error: &JournalError) -> Result<&'a [u8], JournalError> {
    let JournalError::Damaged { line, .. } = error else {
        return Err(JournalError::Empty);
    };
    let good = usize::try_from(*line)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let length = journal
        .split_inclusive(|byte| *byte == b'\n')
        .take(good)
        .map(<[u8]>::len)
        .sum();
    Ok(&journal[..length])
}
