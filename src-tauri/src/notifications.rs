//! Notifications of the desktop: told once, and never load-bearing.
//!
//! They go out on a thread of their own, so that a notification service that hangs holds up nothing.

use std::{
    sync::mpsc::{self, SyncSender, TrySendError},
    thread,
};

/// What may wait to be told. More than a person can read is dropped.
const WAITING: usize = 32;

/// The way to the desktop's notifications.
#[derive(Clone)]
pub(crate) struct Notifications {
    queue: SyncSender<Told>,
}

struct Told {
    title: String,
    body: String,
    urgent: bool,
}

impl Notifications {
    /// Starts the thread that tells.
    pub(crate) fn start() -> Self {
        let (queue, told) = mpsc::sync_channel::<Told>(WAITING);
        let spawned = thread::Builder::new()
            .name("notifications".to_owned())
            .spawn(move || {
                for one in told {
                    tell(&one);
                }
            });
        if let Err(error) = spawned {
            tracing::warn!(%error, "there will be no notifications");
        }
        Self { queue }
    }

    /// Tells the person. Never waits.
    pub(crate) fn tell(&self, title: &str, body: &str, urgent: bool) {
        let told = Told {
            title: title.to_owned(),
            body: body.to_owned(),
            urgent,
        };
        match self.queue.try_send(told) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => tracing::warn!("a notification was dropped"),
            Err(TrySendError::Disconnected(_)) => {}
        }
    }
}

fn tell(told: &Told) {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("Firebreak")
        .summary(&told.title)
        .body(&told.body)
        .icon("firebreak-desktop");
    #[cfg(target_os = "linux")]
    notification.urgency(if told.urgent {
        notify_rust::Urgency::Critical
    } else {
        notify_rust::Urgency::Normal
    });
    if let Err(error) = notification.show() {
        // the window, the tray and the terminal say it all the same
        tracing::info!(%error, "the desktop took no notification");
    }
    #[cfg(not(target_os = "linux"))]
    tracing::debug!(urgent = told.urgent, "told");
}
