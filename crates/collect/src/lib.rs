//! What this computer and its broker programs can tell of an incident, gathered by reading alone.

mod model;

pub use model::{Collected, Content, Outcome, Sighting, Taken};
