//! Who else is at work in an account: intruders, and innocents like the owner's own bot. Scripts
//! are data; the actors have only what they stole, and can do only what the broker lets anybody do
//! who has that.

mod haunt;
mod intruder;
mod performance;
mod script;
#[cfg(test)]
mod tests;
mod time;
mod words;

pub use haunt::haunt;
pub use performance::{Acted, Outcome, Pace, Performance, Signal, perform};
pub use script::{Access, Act, Actor, Begins, Deed, Script, ScriptError, When};
