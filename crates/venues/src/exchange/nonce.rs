//! Nonces that only ever go up, also over restarts and clocks that were set back.
//!
//! They are nanoseconds of the venue's time, larger than what other programs use. A little ahead of
//! what was used is written down, so that the next start begins above it; what cannot be written
//! down changes nothing while the clock goes forward.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{Clock, Kept};

/// How far ahead of the last nonce is written down at a time.
const AHEAD: Duration = Duration::from_secs(10);

/// The nonces of one key. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nonces {
    state: Arc<Mutex<State>>,
    kept: Kept,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    /// What is written down as used.
    written: u64,
    read: bool,
}

impl Nonces {
    /// Nonces that begin above the one that was kept.
    pub(crate) fn above(kept: Kept) -> Self {
        Self {
            kept,
            ..Self::default()
        }
    }

    /// The next one, above all before it.
    pub(crate) fn next(&self, clock: &Clock) -> u64 {
        let now = u64::try_from(clock.now().as_nanosecond()).unwrap_or(0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.read {
            state.read = true;
            let kept = self.kept.read().and_then(|text| text.trim().parse().ok());
            state.last = kept.unwrap_or(0);
            state.written = state.last;
        }
        state.last = now.max(state.last.saturating_add(1));
        if state.last >= state.written {
            let ahead = u64::try_from(AHEAD.as_nanos()).unwrap_or(0);
            state.written = state.last.saturating_add(ahead);
            self.kept.keep(state.written.to_string());
        }
        state.last
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn nonces_go_up_also_when_the_clock_is_set_back_between_two_starts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spot");
        let clock = Clock::default();
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let ahead = Timestamp::now()
            .saturating_add(Duration::from_hours(1))
            .unwrap();
        clock.measure(ahead, Timestamp::now(), Timestamp::now());
        let before = Nonces::above(Kept::in_file(file.clone()));
        let (first, second) = (before.next(&clock), before.next(&clock));
        assert!(second > first);

        let set_back = Clock::default();
        set_back.measure(at(0), at(0), at(0));
        let after = Nonces::above(Kept::in_file(file));
        assert!(after.next(&set_back) > second);
    }

    #[test]
    fn clones_share_their_nonces() {
        let nonces = Nonces::default();
        let clock = Clock::default();
        let one = nonces.next(&clock);
        assert!(nonces.clone().next(&clock) > one);
    }
}
