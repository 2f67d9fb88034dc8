//! The dead-man's switch: set at the press, renewed by readings, taken off at reset. It cancels
//! every order of its door once nobody renews it, this computer included.

use std::{
    future::Future,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout};

/// When it fires that was not renewed, as Kraken's documents recommend.
pub(super) const TIMEOUT: Duration = Duration::from_mins(1);
/// How old a setting is when a reading renews it.
const RENEWED_AFTER: Duration = Duration::from_secs(20);

/// How long after it was refused a reading tries again to set it.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(4);

/// How long a cancel lets the switch go first.
const HEAD_START: Duration = Duration::from_millis(300);

/// Sets the switch before the cancel is sent, unless setting it takes long: it never keeps the
/// cancel waiting.
pub(super) async fn before<S, C>(
    set: impl Future<Output = S>,
    cancel: impl Future<Output = C>,
) -> (S, C) {
    let mut set = pin!(set);
    if let Ok(set) = timeout(HEAD_START, &mut set).await {
        (set, cancel.await)
    } else {
        tokio::join!(set, cancel)
    }
}

/// What this door has set. A request whose answer was lost counts as having set it.
#[derive(Default)]
pub(super) struct Switch(Mutex<State>);

#[derive(Default)]
struct State {
    set: Option<Set>,
    /// When it was refused, if it is still to be set.
    owed: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Set {
    at: Instant,
    renewed: u32,
}

impl Switch {
    /// A request to set it is sent now. Two readings at once do not both renew it.
    pub(super) fn sent(&self) {
        let mut state = self.lock();
        let renewed = state.set.map_or(0, |set| set.renewed + 1);
        state.owed = None;
        state.set = Some(Set {
            at: Instant::now(),
            renewed,
        });
    }

    /// It was not sent, or the venue said no: unless it stood before, it is not set, and owed.
    pub(super) fn refused(&self) {
        let mut state = self.lock();
        if state.set.is_some_and(|set| set.renewed == 0) {
            state.set = None;
            state.owed = Some(Instant::now());
        }
    }

    /// Whether a reading is to renew it, or to set it at last.
    pub(super) fn is_due(&self) -> bool {
        let state = self.lock();
        let is_old = state
            .set
            .is_some_and(|set| set.at.elapsed() >= RENEWED_AFTER);
        is_old
            || state
                .owed
                .is_some_and(|at| at.elapsed() >= TRIED_AGAIN_AFTER)
    }

    /// How often it was renewed, if it is set.
    pub(super) fn renewed(&self) -> Option<u32> {
        self.lock().set.map(|set| set.renewed)
    }

    /// It was taken off.
    pub(super) fn taken_off(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_renewed_well_before_it_fires_and_only_while_it_is_set() {
        let switch = Switch::default();
        assert!(!switch.is_due());
        switch.sent();
        assert!(!switch.is_due());
        tokio::time::advance(RENEWED_AFTER).await;
        assert!(switch.is_due());
        switch.sent();
        assert!(!switch.is_due());
        assert_eq!(switch.renewed(), Some(1));
        switch.taken_off();
        tokio::time::advance(TIMEOUT).await;
        assert!(!switch.is_due());
    }

    #[tokio::test(start_paused = true)]
    async fn a_switch_that_hangs_does_not_keep_the_cancel_waiting() {
        let begun = Instant::now();
        let set = tokio::time::sleep(Duration::from_secs(10));
        let cancel = async { begun.elapsed() };
        let ((), sent) = before(set, cancel).await;
        assert!(sent < Duration::from_secs(1), "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_was_refused_is_not_set_and_one_that_stood_before_still_is() {
        let switch = Switch::default();
        switch.sent();
        switch.refused();
        assert_eq!(switch.renewed(), None);
        assert!(!switch.is_due());
        tokio::time::advance(TRIED_AGAIN_AFTER).await;
        assert!(switch.is_due(), "it is set once that can be");
        switch.sent();
        switch.sent();
        switch.refused();
        assert_eq!(switch.renewed(), Some(1));
    }
}
