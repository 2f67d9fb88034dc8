//! The broker's own client, as the tests' Python environment has it, works against this server.

use std::{path::Path, process::Stdio};

use simulator::world::Seeding;
use tokio::{process::Command, time::timeout};

use crate::gateway::{Gateway, PATIENCE};

#[tokio::test]
async fn the_python_client_places_lists_cancels_and_changes_settings() {
    let gateway = Gateway::seeded(&Seeding::default()).await;
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = top.join(if cfg!(windows) {
        ".venv/Scripts/python.exe"
    } else {
        ".venv/bin/python"
    });
    assert!(python.exists(), "no .venv: run `cargo xtask setup`");
    let running = Command::new(python)
        .arg(top.join("tests/clients/tws_orders.py"))
        .arg(gateway.address.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(2 * PATIENCE, running).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    let saw: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(saw["account"], gateway.account.0.as_str());
    assert_eq!(saw["server_version"], 225);
    assert!(gateway.open().is_empty(), "{saw}");
    assert!(
        gateway
            .world
            .tws_settings(&gateway.account)
            .unwrap()
            .read_only_api
    );
}
