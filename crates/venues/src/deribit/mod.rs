//! Deribit: one JSON-RPC API over HTTPS, with sub-accounts behind the main account's key.

use std::{sync::Arc, time::Duration};

use door::{Door, LeverSupport, Unseen};

use crate::{config_error::ConfigError, exchange::Settings};

/// The venue's id.
pub(crate) const VENUE: &str = "deribit";

/// The least time between two listings that count as two.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// What the door offers.
pub(crate) fn levers(_unseen: &[Unseen]) -> Vec<LeverSupport> {
    Vec::new()
}

/// The door, not connected yet.
pub(crate) fn api(_settings: Settings) -> Result<Arc<dyn Door>, ConfigError> {
    Err(ConfigError::new("not built", "wait"))
}
