//! Kraken: the REST API for spot and margin, and the one for futures, each with its own key.

use std::{sync::Arc, time::Duration};

use door::{Door, LeverSupport, Unseen};

use crate::{config::Kind, config_error::ConfigError, exchange::Settings};

/// The venue's id.
pub(crate) const VENUE: &str = "kraken";

/// What the door of `kind` offers.
pub(crate) fn levers(_kind: Kind, _unseen: &[Unseen]) -> Vec<LeverSupport> {
    Vec::new()
}

/// The least time between two listings that count as two.
pub(crate) fn poll_interval(_kind: Kind) -> Duration {
    Duration::from_secs(2)
}

/// The door to spot and margin, not connected yet.
pub(crate) fn spot(_settings: Settings) -> Result<Arc<dyn Door>, ConfigError> {
    Err(ConfigError::new("not built", "wait"))
}

/// The door to futures, not connected yet.
pub(crate) fn futures(_settings: Settings) -> Result<Arc<dyn Door>, ConfigError> {
    Err(ConfigError::new("not built", "wait"))
}
