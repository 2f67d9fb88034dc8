//! Puts the program together: the controller first, then window, tray and shortcut around it.

use std::path::Path;

use controller::{Error, Home};
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};
use tauri_plugin_autostart::MacosLauncher;

use crate::{
    autostart, bindings, desk::Desk, environment, notifications::Notifications, tray, window,
};

/// Runs until the person quits, or says why it cannot begin.
pub(crate) fn run(home: Option<&Path>, hidden: bool) -> Result<(), Error> {
    environment::display().map_err(|why| {
        Error::wrong(format!("the window cannot be opened: {why}"))
            .next("use the terminal: firebreak panic, or firebreak practice to rehearse")
    })?;
    let named = home.is_some();
    let home = Home::open(home)?;
    let logs = controller::start_logs(&home.logs());
    if let Err(error) = &logs {
        // a program without a log is better than none
        crate::complain(&format!("note: {error}"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| {
            Error::wrong(format!("the program cannot start: {e}"))
                .next("close other programs, then try again")
        })?;
    tauri::async_runtime::set(runtime.handle().clone());
    let desk = runtime.block_on(Desk::begin(home, named, Notifications::start()));
    let ended = show(&desk, hidden);
    runtime.block_on(desk.close());
    // a thread that waits for a keychain must not hold up the end
    runtime.shutdown_background();
    ended.map_err(|e| {
        Error::wrong(format!("the window cannot be opened: {e}"))
            .next("use the terminal: firebreak panic")
    })
}

fn show(desk: &Desk, hidden: bool) -> tauri::Result<()> {
    let builder = bindings::builder();
    let commands = builder.invoke_handler();
    let for_setup = desk.clone();
    let for_events = desk.clone();
    let app = tauri::Builder::default()
        .plugin(single_instance(desk))
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .plugin(tauri_plugin_autostart::init(
            MacosLauncher::LaunchAgent,
            Some(vec!["--hidden"]),
        ))
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(commands)
        .manage(desk.clone())
        .setup(move |app| {
            builder.mount_events(app);
            set_up(app, &for_setup, hidden)?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run_return(move |app, event| hear(app, &for_events, &event));
    Ok(())
}

fn set_up(app: &tauri::App, desk: &Desk, hidden: bool) -> tauri::Result<()> {
    let settings = desk.chosen();
    window::make(app, hidden, settings.appearance)?;
    let handle = app.handle();
    let tray = tray::make(handle, desk).err();
    let autostart = autostart::set(handle, settings.arm_at_login).err();
    desk.attach(handle.clone(), tray, autostart);
    Ok(())
}

/// A second start of the same home shows the first one's window, and ends.
fn single_instance(desk: &Desk) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(format!("org.firebreak.desktop.home{}", desk.home_id()))
        .callback(|app, _arguments, _folder| window::show(app))
        .build()
}

fn hear(app: &AppHandle, desk: &Desk, event: &RunEvent) {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the toolkit's own list of events; few matter here"
    )]
    match event {
        RunEvent::WindowEvent {
            event: WindowEvent::CloseRequested { api, .. },
            ..
        } if desk.is_needed() => {
            api.prevent_close();
            window::hide(app);
            desk.tell_hidden();
        }
        RunEvent::WindowEvent {
            event: WindowEvent::Focused(_),
            ..
        } => desk.beat(),
        RunEvent::ExitRequested { api, code, .. } if code.is_none() && desk.is_needed() => {
            api.prevent_exit();
        }
        RunEvent::Exit => {
            if let Some(window) = app.get_webview_window(window::LABEL) {
                drop(window.destroy());
            }
        }
        _ => {}
    }
}
