//! One run, from plan to journal: the state table, the executor, hold-down, resume.
//!
//! [`Run`] is pure: it folds [`Event`]s and says what is due next. The executor performs what is
//! due through [`door::Door`]s and writes the journal. Nothing here is called done before the
//! readings that prove it stand in the journal.

mod event;
mod word;

pub use event::*;
pub use word::Word;
