//! Readiness: whether each lever would work now, and what on this computer stands in its way.
//!
//! Everything here only reads. What could not be looked at is a finding like any other.

mod changes;
mod model;
mod snapshot;

pub use changes::{Change, Changes, How};
pub use model::{Area, Finding, LeverRow, LeverState, REPORT_VERSION, Report, Severity, Verdict};
pub use snapshot::{Snapshot, SnapshotError};
