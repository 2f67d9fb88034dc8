//! What this computer and its broker programs can tell of an incident, gathered by reading alone.

pub mod broker;
mod host;
mod lists;
mod model;
mod told;

pub use broker::broker;
pub use host::{Collector, Offset, WITHIN, collectors, host, host_with};
pub use lists::{Lists, SHIPPED as SHIPPED_LISTS};
pub use model::{Collected, Content, Outcome, Sighting, Taken};
pub use told::{State, Told};
