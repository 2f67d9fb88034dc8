//! The service's pacing: one request a second and ten a minute with one token.

use std::{collections::VecDeque, time::Duration};

use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep_until},
};

/// How often a token may be used, and when to come back for a statement that is not ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// The least time between two requests.
    pub between: Duration,
    /// How many requests a minute.
    pub a_minute: usize,
    /// The first wait for a statement that is not ready; each next one is longer.
    pub again: Duration,
}

/// Longer than the service's own second: what leaves in time may arrive too early.
const BETWEEN: Duration = Duration::from_millis(1_100);
/// One fewer than the service allows: somebody may just have used the token elsewhere.
const A_MINUTE: usize = 9;
const AGAIN: Duration = Duration::from_secs(2);
/// The longest wait for a statement that is not ready.
const AGAIN_AT_MOST: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_mins(1);

impl Default for Pace {
    fn default() -> Self {
        Self {
            between: BETWEEN,
            a_minute: A_MINUTE,
            again: AGAIN,
        }
    }
}

impl Pace {
    /// How long to wait after the `nth` time that a statement was not ready, counted from 0.
    pub(super) fn wait(self, nth: u32) -> Duration {
        let grown = self.again * (1 << nth.min(4));
        grown.min(AGAIN_AT_MOST.max(self.again))
    }
}

/// Lets one request go at a time, at the pace.
///
/// It counts from the answer to the one before, since a request may be longer on its way than the
/// next one: what left a second apart can arrive at once.
pub(super) struct Turns {
    pace: Pace,
    /// When the last ones were answered, or given up.
    over: Mutex<VecDeque<Instant>>,
}

/// Held while a request is under way.
pub(super) struct Turn<'a> {
    over: MutexGuard<'a, VecDeque<Instant>>,
    a_minute: usize,
}

impl Turns {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            over: Mutex::default(),
        }
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Returns when a request may leave. Whoever stops waiting has used nothing up.
    pub(super) async fn next(&self) -> Turn<'_> {
        let over = self.over.lock().await;
        let a_minute = self.pace.a_minute.max(1);
        let after_last = over.back().map(|last| *last + self.pace.between);
        let full = over.len().checked_sub(a_minute);
        let after_minute = full.and_then(|at| over.get(at)).map(|at| *at + MINUTE);
        if let Some(at) = after_last.max(after_minute) {
            sleep_until(at).await;
        }
        Turn { over, a_minute }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.over.push_back(Instant::now());
        while self.over.len() > self.a_minute {
            self.over.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_leave_a_second_apart_and_no_more_than_the_minute_allows() {
        let turns = Turns::new(Pace::default());
        let begun = Instant::now();
        let mut left = Vec::new();
        for _ in 0..25 {
            drop(turns.next().await);
            left.push(begun.elapsed());
        }
        for pair in left.windows(2) {
            assert!(pair[1] >= pair[0] + Duration::from_secs(1), "{pair:?}");
        }
        for window in left.windows(11) {
            assert!(window[10] > window[0] + MINUTE, "{window:?}");
        }
        assert_eq!(left[0], Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn two_who_ask_at_once_do_not_leave_at_once() {
        let turns = Turns::new(Pace::default());
        let begun = Instant::now();
        let one = async {
            let _turn = turns.next().await;
            tokio::time::advance(Duration::from_secs(3)).await;
        };
        let other = async {
            drop(turns.next().await);
            begun.elapsed()
        };
        // the first one was three seconds on its way
        let ((), left) = tokio::join!(one, other);
        assert_eq!(left, Duration::from_secs(3) + BETWEEN);
    }

    #[test]
    fn waits_grow_to_a_bound() {
        let waits: Vec<u64> = (0..8)
            .map(|nth| Pace::default().wait(nth).as_secs())
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 20, 20, 20, 20]);
    }
}
