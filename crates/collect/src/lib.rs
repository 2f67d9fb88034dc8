//! What this computer and its broker programs can tell of an incident, gathered by reading alone.

pub mod broker;
mod model;
mod told;

pub use broker::broker;
pub use model::{Collected, Content, Outcome, Sighting, Taken};
pub use told::{State, Told};
