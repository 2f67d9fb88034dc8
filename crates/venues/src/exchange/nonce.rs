//! Nonces that only ever go up, also over restarts and clocks that were set back.
//!
//! They are nanoseconds of the venue's time, larger than what other programs use. A little ahead of
//! what was used is written down, so that the next start begins above it; what cannot be written
//! down changes nothing while the clock goes forward.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::Clock;

/// How far ahead of the last nonce is written down at a time.
const AHEAD: Duration = Duration::from_secs(10);

/// The nonces of one key. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nonces {
    state: Arc<Mutex<State>>,
    file: Option<Arc<PathBuf>>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    /// What is written down as used.
    written: u64,
    read: bool,
}

impl Nonces {
    /// Nonces that begin above what `file` holds.
    pub(crate) fn kept_in(file: PathBuf) -> Self {
        Self {
            file: Some(Arc::new(file)),
            ..Self::default()
        }
    }

    /// The next one, above all before it.
    pub(crate) fn next(&self, clock: &Clock) -> u64 {
        let now = u64::try_from(clock.now().as_nanosecond()).unwrap_or(0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.read {
            state.read = true;
            state.last = self.kept();
            state.written = state.last;
        }
        state.last = now.max(state.last.saturating_add(1));
        if state.last >= state.written {
            let ahead = u64::try_from(AHEAD.as_nanos()).unwrap_or(0);
            state.written = state.last.saturating_add(ahead);
            self.keep(state.written);
        }
        state.last
    }

    fn kept(&self) -> u64 {
        let text = self
            .file
            .as_ref()
            .and_then(|file| fs::read_to_string(&**file).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// A nonce is written down by a thread of its own: a press waits for no disk.
    fn keep(&self, nonce: u64) {
        let Some(file) = self.file.clone() else {
            return;
        };
        let write = move || {
            let folder = file.parent().map(fs::create_dir_all);
            let fresh = file.with_extension("new");
            let written = folder
                .unwrap_or(Ok(()))
                .and_then(|()| fs::write(&fresh, nonce.to_string()))
                .and_then(|()| fs::rename(&fresh, &*file));
            if let Err(error) = written {
                tracing::warn!(%error, "the last nonce could not be written down");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn_blocking(write);
            }
            Err(_) => write(),
        }
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
        let before = Nonces::kept_in(file.clone());
        let (first, second) = (before.next(&clock), before.next(&clock));
        assert!(second > first);

        let set_back = Clock::default();
        set_back.measure(at(0), at(0), at(0));
        let after = Nonces::kept_in(file);
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
