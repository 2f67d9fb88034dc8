//! Seeded simulations: the real engine and the real executor, over doors straight into a simulated
//! broker, in virtual time. The broker's own truth judges every claim. One number is a whole case:
//! accounts, runbook, faults, intruders, and when the program is killed.

mod case;
mod oracle;
mod play;

pub use case::{Case, Kill};
pub use oracle::Lie;
pub use play::{Played, play};
