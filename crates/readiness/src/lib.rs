//! Readiness: whether each lever would work now, and what on this computer stands in its way.
//!
//! Everything here only reads. What could not be looked at is a finding like any other.

mod changes;
#[cfg(all(unix, feature = "fixture"))]
pub mod fixture;
mod host;
mod kept;
mod kind;
mod model;
mod person;
mod places;
mod platform;
mod snapshot;

use jiff::Timestamp;
use machine::{processes, sockets};

pub use changes::{Change, Changes, How};
pub use machine::{Machine, Os};
pub use model::{Area, Finding, LeverRow, LeverState, REPORT_VERSION, Report, Severity, Verdict};
pub use person::{
    ANSWERS_VERSION, Answer, AnswerError, Answers, Format, Good, Question, question, questions,
};
pub use places::Places;
pub use snapshot::{Snapshot, SnapshotError};

/// What is found in the person's own answers.
pub fn ask(answers: &Answers, now: Timestamp) -> Vec<Finding> {
    person::audit(answers, now)
}

/// What is found on `machine`, in the `places` that the person allows a search of, and in the
/// person's own answers. Only reads; takes seconds, so not for a thread that others wait on.
pub fn audit(
    machine: &Machine,
    places: &Places,
    answers: &Answers,
    now: Timestamp,
) -> Vec<Finding> {
    let running = processes::running(machine);
    let of_them = running.as_deref().unwrap_or_default();
    let seen = platform::Seen {
        listening: sockets::listening(machine, of_them),
        running,
    };
    let mut findings = platform::audit(machine, &seen);
    findings.extend(host::audit(machine, places, &seen, now));
    findings.extend(person::audit(answers, now));
    findings
}
