//! Runbooks at hand: the shelf, and everything about reading, writing and keeping a document.
//!
//! A document of the person's is data: it is parsed again each time, with nothing in it that runs.
//! One that the linter refuses is kept as a draft and never pressed.

mod diff;
mod document;
mod editing;
mod kept;
mod saving;
mod shelf;
mod steps;

pub use document::{DiffLine, Document, DocumentFinding, DocumentStep, check, check_on};
pub use editing::{edit_step, move_step};
pub use saving::{Saved, TEMPLATE, discard_draft, read, remove, save};
pub(crate) use shelf::entry;
pub use shelf::{Shelf, ShelfEntry, find_runbook, save_runbook, terrain};

#[cfg(test)]
mod tests;
