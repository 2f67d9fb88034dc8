//! Counters that a call adds to and that run down with time.

use std::time::Duration;

use tokio::time::Instant;

/// What a key may spend, and how fast it comes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) most: u32,
    /// How long until one point is back.
    pub(super) a_point: Duration,
}

/// One key's counter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    spent: Duration,
    at: Instant,
}

impl Bucket {
    pub(super) fn new() -> Self {
        Self {
            spent: Duration::ZERO,
            at: Instant::now(),
        }
    }

    /// Spends, unless that would be more than there is.
    pub(super) fn spend(&mut self, points: u32, budget: Budget) -> bool {
        let now = Instant::now();
        self.spent = self.spent.saturating_sub(now - self.at);
        self.at = now;
        let after = self.spent + budget.a_point * points;
        if after > budget.a_point * budget.most {
            return false;
        }
        self.spent = after;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTER: Budget = Budget {
        most: 15,
        a_point: Duration::from_secs(3),
    };

    #[tokio::test(start_paused = true)]
    async fn a_spent_counter_wins_a_point_back_every_three_seconds() {
        let mut bucket = Bucket::new();
        assert!(bucket.spend(14, STARTER));
        assert!(!bucket.spend(2, STARTER));
        assert!(bucket.spend(1, STARTER));
        assert!(!bucket.spend(1, STARTER));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(bucket.spend(1, STARTER));
        assert!(!bucket.spend(1, STARTER));
    }
}
