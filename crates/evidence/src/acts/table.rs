//! The table of acts: what every source of a case tells of them, joined, and what the person says.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::{ActKey, ActRow, Choice, Losses};
use crate::EvidenceError;

/// What was done in the accounts of a case.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Acts {
    rows: Vec<ActRow>,
    notes: Vec<String>,
}

impl Acts {
    /// All that the case in `folder` tells.
    pub fn of(_folder: &Path) -> Result<Self, EvidenceError> {
        Ok(Self::default())
    }

    /// The rows, by time; those without a time last.
    pub fn rows(&self) -> &[ActRow] {
        &self.rows
    }

    /// What could not be used, and what two sources tell differently, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The rows from `from` until before `until`.
    pub fn between(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = &ActRow> {
        self.rows
            .iter()
            .filter(move |row| row.act.at.is_some_and(|at| at >= from && at < until))
    }

    /// The names of the rows that are meant, in their order.
    pub fn select(&self, choice: &Choice) -> Vec<ActKey> {
        self.rows
            .iter()
            .filter(|row| choice.means(row, None))
            .map(|row| row.key.clone())
            .collect()
    }

    /// The disputed orders of which nothing was traded.
    pub fn unexecuted(&self) -> Vec<&ActRow> {
        Vec::new()
    }

    /// What the acts that are marked as not the person's cost.
    pub fn losses(&self) -> Losses {
        Losses::default()
    }
}
