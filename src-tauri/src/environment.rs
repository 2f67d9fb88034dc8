//! What the program takes from its environment and what it never does, settled before any thread.

use std::env;

/// Whether a window can be drawn at all; else why not.
pub(crate) fn display() -> Result<(), &'static str> {
    if cfg!(target_os = "linux")
        && env::var_os("DISPLAY").is_none()
        && env::var_os("WAYLAND_DISPLAY").is_none()
    {
        return Err("there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set");
    }
    Ok(())
}

/// Whether the desktop is Wayland, where no program hears a key that another window has.
pub(crate) fn is_wayland() -> bool {
    env::var_os("WAYLAND_DISPLAY").is_some()
        || env::var("XDG_SESSION_TYPE").is_ok_and(|session| session == "wayland")
}

/// Clears what would let another program drive the window, and sets what keeps it from being
/// blank. Called first thing, while there is one thread.
#[cfg(target_os = "linux")]
pub(crate) fn settle() {
    if !cfg!(feature = "automation") {
        for way_in in [
            "TAURI_WEBVIEW_AUTOMATION",
            "TAURI_AUTOMATION",
            "WEBKIT_INSPECTOR_SERVER",
            "WEBKIT_INSPECTOR_HTTP_SERVER",
        ] {
            glib::unsetenv(way_in);
        }
    }
    // drivers that promise DMA buffers and draw nothing are common; the window needs no speed of it
    let renderer = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if env::var_os(renderer).is_none()
        && let Err(error) = glib::setenv(renderer, "1", false)
    {
        tracing::warn!(%error, "the renderer could not be chosen");
    }
}

/// Elsewhere the automation of the web view is not switched by a variable that this build reads.
#[cfg(not(target_os = "linux"))]
pub(crate) fn settle() {}

/// Whether the library that draws the tray's icon is there. Without it the tray would end the
/// program, so it is looked for first.
#[cfg(target_os = "linux")]
pub(crate) fn tray_library() -> Result<(), String> {
    const NAMES: [&str; 4] = [
        "libayatana-appindicator3.so.1",
        "libappindicator3.so.1",
        "libayatana-appindicator3.so",
        "libappindicator3.so",
    ];
    if linked_libraries(&NAMES) {
        Ok(())
    } else {
        Err("the library libayatana-appindicator3 is not installed".to_owned())
    }
}

/// The system draws the tray itself.
#[cfg(not(target_os = "linux"))]
pub(crate) fn tray_library() -> Result<(), String> {
    Ok(())
}

/// Whether the loader's usual folders hold one of `names`.
#[cfg(target_os = "linux")]
fn linked_libraries(names: &[&str]) -> bool {
    use std::path::{Path, PathBuf};

    let own = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let triple = format!("{}-linux-gnu", env::consts::ARCH);
    let mut folders = env::split_paths(&own).collect::<Vec<_>>();
    for root in ["/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64"] {
        folders.push(PathBuf::from(root));
        folders.push(Path::new(root).join(&triple));
    }
    folders
        .iter()
        .any(|folder| names.iter().any(|name| folder.join(name).exists()))
}
