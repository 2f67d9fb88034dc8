//! The desktop as the controller sees it: it is told, and never asked whether to go on.

use std::sync::{Arc, Weak};

use controller::{Notification, NotificationKind, Shell};

use super::{Inner, acts};
use crate::{convert, window};

/// The desktop as the controller sees it.
pub(super) struct DesktopShell {
    pub(super) inner: Weak<Inner>,
}

impl Shell for DesktopShell {
    fn show(&mut self, _view: &Arc<controller::View>) {
        // the desk watches, so that it is told the same of another process's controller
    }

    fn notify(&mut self, notification: &Notification) {
        let Some(inner) = self.inner.upgrade() else {
            return;
        };
        let from_here = notification.kind == NotificationKind::RunStarted
            && notification.from.as_deref() == Some("window")
            && inner.app.get().is_some_and(window::has_focus);
        if !from_here {
            let urgent = convert::is_urgent(notification.kind);
            let (title, body) = (&notification.title, &notification.body);
            inner.notifications.tell(title, body, urgent);
        }
    }

    fn show_window(&mut self) {
        if let Some(inner) = self.inner.upgrade()
            && let Some(app) = inner.app.get()
        {
            window::show(app);
        }
    }

    fn open_link(&mut self, link: &str) {
        if let Err(problem) = acts::open(link) {
            tracing::warn!(what = problem.what, "a page was not opened");
        }
    }
}
