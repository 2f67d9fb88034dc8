//! A case: the folder of a run, or of a collection without a press, and what was added to it since:
//! what this computer told, what the person attached, wrote down, was told and marked.

mod entry;

pub use entry::{CASE_VERSION, Entry, Line, StoredFile, Verdict};
