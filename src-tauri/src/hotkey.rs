//! The global shortcut. Its first press opens the cover, a second within ten seconds contains.
//!
//! It says truthfully where it is not heard: on Wayland no program hears keys of other windows.

use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

use crate::{desk::Desk, environment, view::HotkeyState};

/// Registers `wanted` in the place of whatever was registered, and says how it stands.
pub(crate) fn register(
    app: &AppHandle,
    desk: &Desk,
    wanted: Option<&str>,
) -> (HotkeyState, String) {
    let shortcuts = app.global_shortcut();
    if let Err(error) = shortcuts.unregister_all() {
        tracing::warn!(%error, "a shortcut could not be given back");
    }
    let Some(wanted) = wanted else {
        return (HotkeyState::Off, String::new());
    };
    let desk = desk.clone();
    let registered = shortcuts.on_shortcut(wanted, move |_, _, event| {
        if event.state() == ShortcutState::Pressed {
            desk.press_hotkey();
        }
    });
    match registered {
        Err(error) => {
            tracing::warn!(%error, "the shortcut was refused");
            (
                HotkeyState::Refused,
                "another program has it, or it is no shortcut here; choose another".to_owned(),
            )
        }
        Ok(()) if environment::is_wayland() => (
            HotkeyState::WaylandLimited,
            "on Wayland a program hears only its own keys; bind the command below in the \
             desktop's keyboard settings"
                .to_owned(),
        ),
        Ok(()) => (HotkeyState::On, String::new()),
    }
}
