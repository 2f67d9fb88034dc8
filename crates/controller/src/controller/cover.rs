//! The cover over the press. It is the controller's, so that window, tray, hotkey and terminal share
//! it; opening it does nothing to any account.

use std::time::Duration;

use tokio::{
    task::{JoinHandle, spawn_blocking},
    time::{Instant, timeout},
};
use vault::Realm;

use super::{Controller, DISK_WITHIN};
use crate::{Home, Reply, Shell, home::COVER_COUNTS_FOR};

/// How long an open cover waits for a press.
const IDLE: Duration = Duration::from_mins(10);

/// An open cover.
#[derive(Debug)]
pub(super) struct Cover {
    opened: Instant,
    /// Ends when a file of the home says that it is open.
    noted: JoinHandle<()>,
}

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    pub(super) fn set_cover(&mut self, open: bool) -> Reply {
        if open {
            self.open_cover();
            Reply::Done("the cover is open".to_owned())
        } else {
            self.close_cover();
            Reply::Done("the cover is closed".to_owned())
        }
    }

    /// Whether this is the second of two presses; the first opens the cover.
    pub(super) async fn is_second_press(&mut self) -> bool {
        let here = self
            .cover
            .as_ref()
            .is_some_and(|cover| cover.opened.elapsed() <= COVER_COUNTS_FOR);
        if here || self.take_cover_of_home().await {
            self.close_cover();
            return true;
        }
        self.open_cover();
        false
    }

    pub(super) fn close_cover(&mut self) {
        if let Some(cover) = self.cover.take() {
            let home = self.home.clone();
            tokio::spawn(async move {
                drop(cover.noted.await);
                // a file that stays counts for ten seconds at most
                drop(spawn_blocking(move || home.take_cover()).await);
            });
        }
    }

    pub(super) fn cover_closes_at(&self) -> Option<Instant> {
        let cover = self.cover.as_ref()?;
        let closes = self.kept.settings.cover_closes;
        closes.then_some(cover.opened + IDLE)
    }

    fn open_cover(&mut self) {
        let (home, now) = (self.home.clone(), self.clock.now());
        // a press by a process that finds no controller counts it then
        let noted = spawn_blocking(move || {
            if let Err(error) = home.open_cover(now) {
                tracing::warn!(%error, "the cover could not be noted");
            }
        });
        self.cover = Some(Cover {
            opened: Instant::now(),
            noted,
        });
    }

    /// Whether a process without a controller opened the cover in the last seconds.
    async fn take_cover_of_home(&mut self) -> bool {
        let (home, now) = (self.home.clone(), self.clock.now());
        let taken = spawn_blocking(move || Home::was_cover_open(&home, now));
        matches!(timeout(DISK_WITHIN, taken).await, Ok(Ok(Ok(true))))
    }
}
