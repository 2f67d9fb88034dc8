//! What a controller asks of whatever shows it: the desktop, the terminal, or a test.
//!
//! A shell is told; it is never asked whether to go on. None of its calls may block.

use std::sync::Arc;

use crate::{Notification, View};

/// The outside of a controller.
pub trait Shell: Send + 'static {
    /// The view changed.
    fn show(&mut self, view: &Arc<View>);

    /// Tells the person something that may not wait for them to look.
    fn notify(&mut self, notification: &Notification);

    /// Brings the window, where there is one, to the front.
    fn show_window(&mut self);

    /// Opens a page of a venue in the person's browser. Always `https`.
    fn open_link(&mut self, link: &str);

    /// Whether anybody may see what is shown. Views are not made for a shell with nobody before it.
    fn is_there(&self) -> bool {
        true
    }
}

/// A shell with nobody before it: a resident process, or a stream for a script.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headless;

impl Shell for Headless {
    fn show(&mut self, _view: &Arc<View>) {}

    fn notify(&mut self, notification: &Notification) {
        tracing::info!(kind = ?notification.kind, "nobody is here to notify");
    }

    fn show_window(&mut self) {}

    fn open_link(&mut self, _link: &str) {}

    fn is_there(&self) -> bool {
        false
    }
}
