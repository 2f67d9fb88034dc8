//! Names the commands, so that no window may call one that its capability does not list, and puts
//! a page in the place of the window's, where those were not built.

use std::{fs, path::Path};

const COMMANDS: &[&str] = &[
    "view",
    "press",
    "cover",
    "arm",
    "act",
    "detail",
    "account",
    "runbook",
    "evidence",
    "settings",
    "open",
    "practice",
    "drill",
    "readiness",
];

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Firebreak</title>\
    <p>The window's pages were not built. Build them: cargo xtask run. \
    The tray and the command line work.</p></html>\n";

fn main() {
    let pages = Path::new("../ui/dist");
    if !pages.join("index.html").exists() {
        fs::create_dir_all(pages)
            .and_then(|()| fs::write(pages.join("index.html"), NOT_BUILT))
            .expect("the folder ui/dist can be written");
    }
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS)),
    )
    .expect("tauri.conf.json and the capabilities are right");
}
