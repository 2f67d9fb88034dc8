//! Story time: faster than the clock on the wall by a factor, and it can stand still.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use crate::inject::faster;

/// Clones share it.
#[derive(Clone)]
pub(super) struct StoryClock {
    speed: f64,
    paused: Arc<watch::Sender<bool>>,
}

impl StoryClock {
    pub(super) fn at_speed(speed: f64) -> Self {
        Self {
            speed,
            paused: Arc::new(watch::channel(false).0),
        }
    }

    pub(super) fn speed(&self) -> f64 {
        self.speed
    }

    /// Says whether that changed anything.
    pub(super) fn pause(&self, on: bool) -> bool {
        self.paused
            .send_if_modified(|paused| std::mem::replace(paused, on) != on)
    }

    pub(super) fn is_paused(&self) -> bool {
        *self.paused.borrow()
    }

    /// Whether it stands still, whenever that changes.
    pub(super) fn paused(&self) -> watch::Receiver<bool> {
        self.paused.subscribe()
    }

    /// Waits for so much story time, however long it stands still meanwhile.
    pub(super) async fn sleep(&self, story: Duration) {
        let mut left = faster(story, self.speed);
        let mut paused = self.paused.subscribe();
        loop {
            if paused.wait_for(|paused| !paused).await.is_err() {
                return;
            }
            let from = Instant::now();
            tokio::select! {
                () = tokio::time::sleep(left) => return,
                _ = paused.wait_for(|paused| *paused) => left = left.saturating_sub(from.elapsed()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ten_times_as_fast_a_minute_takes_six_seconds() {
        let clock = StoryClock::at_speed(10.0);
        let from = Instant::now();
        clock.sleep(Duration::from_mins(1)).await;
        assert_eq!(from.elapsed(), Duration::from_secs(6));
    }

    #[tokio::test(start_paused = true)]
    async fn while_it_stands_still_nothing_comes_nearer() {
        let clock = StoryClock::at_speed(1.0);
        let from = Instant::now();
        let sleeping = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(10)).await }
        });
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(clock.pause(true));
        assert!(!clock.pause(true));
        tokio::time::sleep(Duration::from_mins(5)).await;
        assert!(!sleeping.is_finished());
        assert!(clock.pause(false));
        sleeping.await.unwrap();
        assert_eq!(from.elapsed(), Duration::from_secs(310));
    }
}
