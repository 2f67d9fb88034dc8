//! The venue's clock, as far as it was measured: signatures and nonces are made by it, so that a
//! computer whose clock is wrong can still press.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// How far the venue's clock is ahead of ours.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicI64,
    measured: AtomicBool,
}

impl Clock {
    /// Takes what the venue said its time was, asked at `sent` and heard at `received`.
    pub(crate) fn measure(&self, told: Timestamp, sent: Timestamp, received: Timestamp) {
        let way = received.duration_since(sent) / 2;
        let middle = sent.saturating_add(way).unwrap_or(received);
        let ahead = told.duration_since(middle).as_millis();
        self.ahead_ms
            .store(i64::try_from(ahead).unwrap_or(0), Ordering::Relaxed);
        self.measured.store(true, Ordering::Relaxed);
    }

    /// The venue's clock minus ours in milliseconds, if it was measured.
    pub(crate) fn ahead_ms(&self) -> Option<i64> {
        self.measured
            .load(Ordering::Relaxed)
            .then(|| self.ahead_ms.load(Ordering::Relaxed))
    }

    /// The venue's time now; ours while it was not measured.
    pub(crate) fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        let now = Timestamp::now();
        now.saturating_add(ahead).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_way_there_and_back_is_taken_off() {
        let clock = Clock::default();
        assert_eq!(clock.ahead_ms(), None);
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        clock.measure(at(61_050), at(1_000), at(1_100));
        assert_eq!(clock.ahead_ms(), Some(60_000));
    }
}
