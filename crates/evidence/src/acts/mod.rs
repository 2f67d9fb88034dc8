//! What was done in the accounts, whose it was as the person says, and what it cost.

mod model;

pub use model::{ActKey, ActRow, LossLine, LossTotal, Losses, Suggestion};
