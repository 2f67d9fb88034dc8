//! What was done in the accounts, whose it was as the person says, and what it cost.
//!
//! Nothing is marked but by the person, and no figure is guessed: what cannot be computed from what
//! the sources tell is named instead.

mod choice;
mod exact;
mod gather;
mod join;
mod losses;
mod lots;
mod model;
mod suggest;
mod table;

pub use choice::{Choice, Marked};
pub use losses::Price;
pub use model::{ActKey, ActRow, LossLine, LossTotal, Losses, Suggestion, Window};
pub use table::Acts;
