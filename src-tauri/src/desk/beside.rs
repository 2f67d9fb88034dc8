//! What goes on beside the window: hearing the controller, showing what changed, and watching that
//! the window's page lives.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use controller::{Command, Reply};
use tauri_specta::Event as _;

use super::Desk;
use crate::{convert, tray, view::View, window};

/// How often a controller that cannot be reached is looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How often the window's page is looked at.
const LOOK_AT_PAGE: Duration = Duration::from_secs(2);
/// How long the window's page may be silent, while it can be seen, before it is loaded again.
const SILENT_FOR: Duration = Duration::from_secs(20);

impl Desk {
    /// Starts what goes on for as long as the program runs.
    pub(super) fn go_on_beside(&self) {
        tokio::spawn(watch_live(self.clone()));
        tokio::spawn(publish(self.clone()));
        tokio::spawn(watch_window(self.clone()));
        tokio::spawn(end_with_the_session(self.clone()));
    }

    fn heard_live(&self, view: controller::View) {
        let mut state = self.state();
        let simulated = state.practising.is_some() || state.drilling.is_some();
        let real = view.run.is_some() && simulated;
        state.live = view;
        drop(state);
        if real {
            // what is real goes before what is practised
            let desk = self.clone();
            tokio::spawn(async move {
                desk.end_practice().await;
                desk.drop_drill().await;
            });
        }
        self.inner.changed.notify_one();
    }

    /// Makes the view that is shown now.
    pub(super) fn make_view(&self) -> (Arc<View>, Option<Arc<View>>) {
        let mut state = self.state();
        state.seq += 1;
        let view = Arc::new(convert::view(&self.inner.home, &state.shown_parts()));
        let before = state.shown.replace(Arc::clone(&view));
        (view, before)
    }
}

/// Hears the live controller for as long as the program runs.
async fn watch_live(desk: Desk) {
    loop {
        let link = desk.inner.live.read().await.clone();
        if let Some(link) = link
            && let Ok(mut replies) = link.ask(Command::Watch).await
        {
            drop(link);
            while let Some(reply) = replies.recv().await {
                if let Reply::View(view) = reply {
                    desk.heard_live(*view);
                }
            }
            tracing::warn!("the controller has gone");
        }
        let gone = desk.inner.live.write().await.take();
        // a command that is still under way holds it for a moment, and closes it when it goes
        if let Some(link) = gone.and_then(Arc::into_inner) {
            link.close().await;
        }
        while !desk.connect().await {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Shows each change, in the window and the tray.
async fn publish(desk: Desk) {
    loop {
        desk.inner.changed.notified().await;
        let (view, before) = desk.make_view();
        let Some(app) = desk.inner.app.get() else {
            continue;
        };
        let title = convert::title(&view);
        if before.as_ref().map(|before| convert::title(before)) != Some(title.clone()) {
            window::set_title(app, &title);
        }
        tray::show(app, &view, before.as_deref());
        if let Err(error) = view.emit_to(app, window::LABEL) {
            tracing::warn!(%error, "the window was not told");
        }
    }
}

/// Loads the window's page again when it is silent, and says so where it can still be heard.
async fn watch_window(desk: Desk) {
    let mut every = tokio::time::interval(LOOK_AT_PAGE);
    loop {
        every.tick().await;
        let Some(app) = desk.inner.app.get() else {
            continue;
        };
        if !window::is_on_screen(app) {
            // a hidden page sleeps
            desk.state().beat = Instant::now();
            continue;
        }
        let (silent, reloaded) = {
            let state = desk.state();
            (state.beat.elapsed() > SILENT_FOR, state.reloaded)
        };
        if !silent || reloaded {
            continue;
        }
        tracing::error!("the window does not answer; its page is loaded again");
        desk.inner.notifications.tell(
            "The window does not answer",
            "It is loaded again. The tray and the command firebreak panic work without it.",
            true,
        );
        {
            let mut state = desk.state();
            state.reloaded = true;
            state.beat = Instant::now();
        }
        window::reload(app);
    }
}

/// Asked to end by the system, the program leaves a run as a crash would: the next start resumes it.
async fn end_with_the_session(desk: Desk) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut hangup), Ok(mut interrupt)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to end");
        if desk.state().live.run.is_some() {
            std::process::exit(130);
        }
        if let Some(app) = desk.inner.app.get() {
            app.exit(0);
        }
    }
    #[cfg(not(unix))]
    drop(desk);
}
