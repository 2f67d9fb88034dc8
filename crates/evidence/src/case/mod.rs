//! A case: the folder of a run, or of a collection without a press, and what was added to it since:
//! what this computer told, what the person attached, wrote down, was told and marked.
//!
//! A run's journal is never touched by it. Lines are only ever added to a log whose every line is
//! good; a damaged one is read as far as it is good, and never written over.

mod entry;
mod error;
mod log;
mod name;
mod open;
mod store;
mod take;

pub use entry::{CASE_VERSION, Entry, Line, StoredFile, Verdict};
pub use error::CaseError;
pub use log::{CASE_LOG, CaseLog};
pub(crate) use open::open_plain;
pub use open::{Attachment, Call, Case};
pub use store::{CASE_FILES, MAX_ATTACHED, MAX_TAKEN, Place};
