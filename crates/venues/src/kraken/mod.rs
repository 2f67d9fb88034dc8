//! Kraken: the REST API for spot and margin, and the one for futures, each with its own key.
//!
//! Orders and withdrawals can be cancelled by API, and every key can be asked what it may do. No
//! call lists or cuts keys, locks settings or ends sessions: these the person does on the page, and
//! the doors only tell what the venue makes of their own key afterwards.

mod errors;
mod futures;
mod json;
mod levers;
mod revocation;
mod sign;
mod spot;
mod switch;
mod watch;

use std::{future::Future, sync::Arc, time::Duration};

use door::{Door, DoorError, ErrorClass, Missing};
use tokio::time::timeout;

pub(crate) use self::levers::{levers, poll_interval};
use crate::{config_error::ConfigError, exchange::Settings};

/// The venue's id.
pub(crate) const VENUE: &str = "kraken";

/// What a part of a record may take. What comes after the step has passed its budget is kept all
/// the same.
const PART_WITHIN: Duration = Duration::from_secs(12);
/// How far back a record reads.
const WINDOW: Duration = Duration::from_hours(24);
/// Pages that are read of one list before it is too much.
const PAGES_AT_MOST: usize = 40;

/// The door to spot and margin, not connected yet.
pub(crate) fn spot(settings: Settings) -> Result<Arc<dyn Door>, ConfigError> {
    Ok(Arc::new(spot::SpotDoor::new(settings)?))
}

/// The door to futures, not connected yet.
pub(crate) fn futures(settings: Settings) -> Result<Arc<dyn Door>, ConfigError> {
    Ok(Arc::new(futures::FuturesDoor::new(settings)?))
}

/// A part of a record, bounded in time.
async fn within<T>(part: impl Future<Output = Result<T, DoorError>>) -> Result<T, DoorError> {
    timeout(PART_WITHIN, part).await.unwrap_or_else(|_| {
        Err(DoorError::new(
            ErrorClass::TimedOut,
            "",
            "Kraken did not answer to the end in time",
        ))
    })
}

/// A part that was asked for, or its name and why it is missing.
fn part<T>(what: &str, part: Result<T, DoorError>, missing: &mut Vec<Missing>) -> Option<T> {
    part.map_err(|error| {
        missing.push(Missing {
            what: what.to_owned(),
            why: error.to_string(),
        });
    })
    .ok()
}

/// `n orders`, in the right number.
fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
