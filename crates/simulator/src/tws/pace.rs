//! How many messages a gateway takes from all its clients together: fifty a second. Time is passed
//! in. A message above the rate is never acted upon.

use std::time::Duration;

use tokio::time::Instant;

/// Messages a second, and as many at once after a quiet second.
pub(super) const A_SECOND: u32 = 50;

/// A bucket that fills at the allowed rate.
pub(super) struct Pace {
    /// When the bucket will be full, were nothing more taken.
    full: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { full: now }
    }

    /// Whether one message more is within the rate; if so it is counted.
    pub(super) fn takes_one(&mut self, now: Instant) -> bool {
        let each = Duration::from_secs(1) / A_SECOND;
        let full = self.full.max(now) + each;
        if full > now + each * A_SECOND {
            return false;
        }
        self.full = full;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_pass_at_once_and_then_fifty_a_second() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let taken = |pace: &mut Pace, after_ms: u64| {
            let now = start + Duration::from_millis(after_ms);
            (0..200).filter(|_| pace.takes_one(now)).count()
        };
        assert_eq!(taken(&mut pace, 0), 50);
        assert_eq!(taken(&mut pace, 100), 5);
        assert_eq!(taken(&mut pace, 1_100), 50);
        assert_eq!(taken(&mut pace, 60_000), 50);
    }
}
