//! Whole-program tests: what they stand on, and the seeded simulation that holds every claim against
//! the truth.

#[cfg(target_os = "linux")]
pub mod authority;
pub mod desk;
pub mod program;
pub mod seeds;
#[cfg(target_os = "linux")]
mod session;
pub mod strangers;

use std::{
    thread,
    time::{Duration, Instant},
};

/// No single thing that is asked for again and again takes longer.
const SOON: Duration = Duration::from_mins(1);

/// Asks until it is so. For what tells no event of its own, and never without an end.
pub fn soon<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < SOON, "waited {SOON:?} in vain: {what}");
        thread::park_timeout(Duration::from_millis(10));
    }
}
