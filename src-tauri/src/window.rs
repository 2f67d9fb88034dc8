//! The one window: made, shown, hidden, and kept to the pages of this program.
//!
//! It goes nowhere and opens nothing. Closing it hides it while something depends on the program.

use tauri::{
    App, AppHandle, Manager as _, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::{NewWindowResponse, PageLoadEvent},
};
use url::Url;

use crate::view::Appearance;

/// The window's label, which the capability names.
pub(crate) const LABEL: &str = "main";

/// Makes the window, hidden when the program starts with the session.
pub(crate) fn make(
    app: &App,
    hidden: bool,
    appearance: Appearance,
) -> tauri::Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Firebreak")
        .inner_size(1200.0, 800.0)
        .min_inner_size(900.0, 640.0)
        .visible(!hidden)
        .focused(!hidden)
        .theme(theme(appearance))
        .devtools(cfg!(debug_assertions))
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_page_load(|_, load| {
            if load.event() == PageLoadEvent::Finished {
                tracing::info!("the window's page is loaded");
            }
        })
        .build()?;
    Ok(window)
}

/// Whether the address is one of this program's own pages.
fn is_own(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // where the system's web view cannot serve a scheme of one's own
        "http" | "https" if cfg!(windows) => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    let shown = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window could not be shown");
    }
}

/// Takes the window away; the program goes on.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window could not be hidden");
    }
}

/// Whether a person could see it now, as far as the system tells.
pub(crate) fn is_on_screen(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| {
        window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(true)
    })
}

/// Whether the person is in it now.
pub(crate) fn has_focus(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL)
        .is_some_and(|window| window.is_focused().unwrap_or(false))
}

/// Loads the page again, after its process died or stopped answering.
pub(crate) fn reload(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.reload()
    {
        tracing::warn!(%error, "the window's page could not be loaded again");
    }
}

/// Light, dark, or as the desktop has it.
pub(crate) fn set_appearance(app: &AppHandle, appearance: Appearance) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.set_theme(theme(appearance))
    {
        tracing::warn!(%error, "the window's theme could not be set");
    }
}

/// The window's title says the mode and what is open.
pub(crate) fn set_title(app: &AppHandle, title: &str) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.set_title(title)
    {
        tracing::warn!(%error, "the window's title could not be set");
    }
}

fn theme(appearance: Appearance) -> Option<Theme> {
    match appearance {
        Appearance::System => None,
        Appearance::Light => Some(Theme::Light),
        Appearance::Dark => Some(Theme::Dark),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_program_are_gone_to() {
        let own = |address: &str| is_own(&Url::parse(address).unwrap());
        assert!(own("tauri://localhost/index.html"));
        for foreign in [
            "https://example.org/",
            "http://127.0.0.1:8000/",
            "about:blank",
            "data:text/html,x",
            "file:///etc/passwd",
            "tauri://evil/",
        ] {
            assert!(!own(foreign), "{foreign}");
        }
    }
}
