//! What a door has seen of its own key: that it worked, and that the venue refuses it since.
//!
//! A refusal is asked for again, rarely: Kraken shuts an address out that keeps calling with a key
//! that it does not know, and it has refused good keys in passing.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use door::DoorError;
use jiff::Timestamp;
use tokio::time::Instant;

/// A first refusal is confirmed after this long.
pub(super) const CONFIRMED_AFTER: Duration = Duration::from_secs(10);
/// A confirmed one is looked at again this often.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// What was seen so far.
#[derive(Default)]
pub(super) struct Watch(Mutex<State>);

#[derive(Default)]
struct State {
    worked: Option<Timestamp>,
    /// Addresses that the key was bound to when it last told.
    bound: bool,
    refusals: u32,
    last: Option<(Instant, DoorError)>,
}

/// How the key stands, as far as this door saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// It worked when it was last used.
    Works,
    /// It was refused once since it worked.
    RefusedOnce { worked: Timestamp, said: String },
    /// It was refused more than once, apart in time, since it worked.
    Refused { worked: Timestamp, said: String },
    /// It was refused, and never seen to work.
    NeverWorked,
    /// It was not used yet.
    Unused,
}

impl Watch {
    /// The venue took the key.
    pub(super) fn worked(&self) {
        let mut state = self.lock();
        state.worked = Some(Timestamp::now());
        state.refusals = 0;
        state.last = None;
    }

    /// The venue tells whether the key is bound to addresses.
    pub(super) fn is_bound(&self, bound: bool) {
        self.lock().bound = bound;
    }

    /// Whether a refusal may as well mean this computer's address.
    pub(super) fn was_bound(&self) -> bool {
        self.lock().bound
    }

    /// The venue does not know the key. Calls that were under way together count once.
    pub(super) fn refused(&self, error: &DoorError) {
        let mut state = self.lock();
        let now = Instant::now();
        let together = state
            .last
            .as_ref()
            .is_some_and(|(at, _)| now.duration_since(*at) < CONFIRMED_AFTER);
        if !together {
            state.refusals += 1;
            state.last = Some((now, error.clone()));
        }
    }

    /// Lets a call through, unless the key was refused a moment ago.
    pub(super) fn admit(&self) -> Result<(), DoorError> {
        let state = self.lock();
        let Some((at, error)) = &state.last else {
            return Ok(());
        };
        let rest = if state.refusals > 1 {
            AGAIN_AFTER
        } else {
            CONFIRMED_AFTER
        };
        match rest.checked_sub(at.elapsed()) {
            Some(wait) if !wait.is_zero() => Err(error.clone().after(wait)),
            Some(_) | None => Ok(()),
        }
    }

    /// How the key stands.
    pub(super) fn standing(&self) -> Standing {
        let state = self.lock();
        match (&state.last, state.worked) {
            (None, None) => Standing::Unused,
            (None, Some(_)) => Standing::Works,
            (Some(_), None) => Standing::NeverWorked,
            (Some((_, error)), Some(worked)) => {
                let said = error.words.clone();
                if state.refusals > 1 {
                    Standing::Refused { worked, said }
                } else {
                    Standing::RefusedOnce { worked, said }
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use door::{Again, ErrorClass};

    use super::*;

    fn no() -> DoorError {
        DoorError::new(ErrorClass::Unauthorised, "EAPI:Invalid key", "refused")
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_counts_once_until_it_is_confirmed_later() {
        let watch = Watch::default();
        watch.worked();
        watch.refused(&no());
        watch.refused(&no());
        assert!(matches!(watch.standing(), Standing::RefusedOnce { .. }));
        tokio::time::advance(CONFIRMED_AFTER).await;
        watch.refused(&no());
        assert!(matches!(watch.standing(), Standing::Refused { .. }));
        watch.worked();
        assert_eq!(watch.standing(), Standing::Works);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_key_is_tried_rarely() {
        let watch = Watch::default();
        watch.worked();
        assert!(watch.admit().is_ok());
        watch.refused(&no());
        let error = watch.admit().unwrap_err();
        assert_eq!(error.again, Again::AfterMs(10_000));
        tokio::time::advance(CONFIRMED_AFTER).await;
        assert!(watch.admit().is_ok());
        watch.refused(&no());
        assert_eq!(watch.admit().unwrap_err().again, Again::AfterMs(60_000));
    }

    #[test]
    fn a_key_that_never_worked_is_not_one_that_was_cut() {
        let watch = Watch::default();
        assert_eq!(watch.standing(), Standing::Unused);
        watch.refused(&no());
        assert_eq!(watch.standing(), Standing::NeverWorked);
    }
}
