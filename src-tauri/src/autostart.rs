//! Starting with the session, hidden, so that accounts are armed before anybody needs it.

use tauri::AppHandle;
use tauri_plugin_autostart::ManagerExt as _;

/// Makes the system start the program with the session, or not. An error is a sentence.
pub(crate) fn set(app: &AppHandle, wanted: bool) -> Result<(), String> {
    let autostart = app.autolaunch();
    let is = autostart.is_enabled().unwrap_or(false);
    let done = match (wanted, is) {
        (true, false) => autostart.enable(),
        (false, true) => autostart.disable(),
        (true, true) | (false, false) => Ok(()),
    };
    done.map_err(|error| {
        tracing::warn!(%error, "starting with the session could not be changed");
        "the system refused to start Firebreak with the session".to_owned()
    })
}
