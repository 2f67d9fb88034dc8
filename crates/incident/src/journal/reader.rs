//! Reading a journal back: chain, table, and the one torn line that a crash may leave.

use std::{fs, io, path::Path};

use super::{Chain, Line};
use crate::Run;

/// A journal as it was found.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Its whole lines.
    pub lines: Vec<Line>,
    /// What the next line must say.
    pub chain: Chain,
    /// How many bytes of whole lines there are.
    pub whole_bytes: u64,
    /// How many bytes of a torn last line follow them; they are dropped.
    pub dropped_bytes: u64,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file could not be read.
    #[error("the journal could not be read: {0}")]
    Read(#[from] io::Error),
    /// There is no whole line in it.
    #[error("the journal holds no whole line")]
    Empty,
    /// A line is not what the line before it promised.
    #[error("journal line {line}: {damage}")]
    Damaged {
        /// Counted from 1, as editors do.
        line: u64,
        /// What is wrong.
        damage: Damage,
    },
}

/// What is wrong with a line.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Damage {
    /// It is not a journal line.
    #[error("it is not a journal line ({0})")]
    NotALine(String),
    /// Its number is not the next one.
    #[error("its number is {found}, not {expected}")]
    Sequence {
        /// The number it has.
        found: u64,
        /// The number it should have.
        expected: u64,
    },
    /// It names another line before it than stands there.
    #[error("the line before it was changed, added or taken out")]
    Chain,
    /// The state table does not allow it there.
    #[error("{0}")]
    Illegal(#[from] crate::Illegal),
}

/// Reads and checks the journal file at `path`.
pub fn read(path: &Path) -> Result<Recovered, JournalError> {
    parse(&fs::read(path)?)
}

/// Checks a journal's bytes: every whole line, and the chain between them.
pub fn parse(bytes: &[u8]) -> Result<Recovered, JournalError> {
    let mut chain = Chain::default();
    let mut lines = Vec::new();
    let mut whole = 0;
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = piece.strip_suffix(b"\n") else {
            break;
        };
        let line = check(text, &chain).map_err(|damage| JournalError::Damaged {
            line: chain.next_seq + 1,
            damage,
        })?;
        chain.pass(text);
        lines.push(line);
        whole += piece.len();
    }
    if lines.is_empty() {
        return Err(JournalError::Empty);
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let (whole_bytes, dropped_bytes) = (count(whole), count(bytes.len() - whole));
    Ok(Recovered {
        lines,
        chain,
        whole_bytes,
        dropped_bytes,
    })
}

/// Folds lines into the run that they tell, refusing what the state table does not allow.
pub fn replay(lines: &[Line]) -> Result<Run, JournalError> {
    let damaged = |line: &Line, illegal| JournalError::Damaged {
        line: line.seq + 1,
        damage: Damage::Illegal(illegal),
    };
    let (first, rest) = lines.split_first().ok_or(JournalError::Empty)?;
    let mut run = Run::start(first.stamp(), &first.event).map_err(|e| damaged(first, e))?;
    for line in rest {
        run.apply(line.stamp(), &line.event)
            .map_err(|e| damaged(line, e))?;
    }
    Ok(run)
}

fn check(text: &[u8], chain: &Chain) -> Result<Line, Damage> {
    let line: Line =
        serde_json::from_slice(text).map_err(|error| Damage::NotALine(error.to_string()))?;
    if line.seq != chain.next_seq {
        return Err(Damage::Sequence {
            found: line.seq,
            expected: chain.next_seq,
        });
    }
    if line.prev != chain.prev {
        return Err(Damage::Chain);
    }
    Ok(line)
}
