//! The window's side of the commands, generated: `ui/src/bindings.ts`.

use specta_typescript::Typescript;
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::{commands, view::View};

/// Every command and event that crosses between program and window.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .commands(collect_commands![
            commands::view,
            commands::press,
            commands::cover,
            commands::arm,
            commands::act,
            commands::detail,
            commands::account,
            commands::runbook,
            commands::evidence,
            commands::settings,
            commands::open,
            commands::practice,
            commands::drill,
            commands::readiness,
        ])
        .events(collect_events![View])
        .disable_serde_phases()
}

/// Writes the TypeScript of it to `path`.
pub(crate) fn export(path: &std::path::Path) -> Result<(), String> {
    builder()
        .export(Typescript::default(), path)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_windows_side_that_is_kept_is_the_one_that_this_program_speaks() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("bindings.ts");
        export(&fresh).unwrap();
        let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/bindings.ts");
        assert!(
            std::fs::read_to_string(fresh).unwrap() == std::fs::read_to_string(kept).unwrap(),
            "write it anew: cargo run --package desktop -- --export-bindings ui/src/bindings.ts"
        );
    }
}
