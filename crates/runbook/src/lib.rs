//! Runbooks: the document that says what to do, its linter, and the plan that it makes.
//!
//! Pure: no clock, no I/O. The text of a runbook, the accounts at hand and the contacts are passed
//! in; what comes out is values.

mod plan;

pub use plan::*;
