//! Runbooks: the document that says what to do, its linter, and the plan that it makes.
//!
//! Pure: no clock, no I/O. The text of a runbook, the accounts at hand and the contacts are passed
//! in; what comes out is values.

mod contacts;
mod document;
mod extend;
mod finding;
mod lint;
mod order;
mod parse;
mod plan;
mod planner;
#[cfg(test)]
mod properties;
mod read;
mod shipped;
mod syntax_rules;
mod terrain;
#[cfg(test)]
mod testing;

pub use contacts::{Contacts, DEFAULT_ENTITY, ENTITIES};
pub use document::{
    Accounts, Doing, Instruction, LeverStep, ManualStep, References, Runbook, Step,
};
pub use extend::extend;
pub use finding::{Finding, Mend, Replacement, Rule, Severity, nearest};
pub use lint::{RULES, check, lint};
pub use parse::time;
pub use plan::*;
pub use planner::{default_deadline, plan};
pub use shipped::{shipped, shipped_runbook};
pub use terrain::{Terrain, VENUES, shared_seats};
