//! The Client Portal gateway, seen by a client that others wrote.

use std::{path::Path, process::Stdio, time::Duration};

use simulator::{
    client_portal::serve,
    world::{Order, Seeding, Username, World},
};
use tokio::{net::TcpListener, process::Command, time::timeout};

/// Longer than the client waits for the pacing of the lists, and for its own deadline.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test]
async fn the_python_client_places_lists_cancels_and_logs_out() {
    let world = World::new(5, jiff::Timestamp::now());
    let account = world.seed_account("ann", &Seeding::default()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let user = Username("ann-web".to_owned());
    let gateway = serve(world.clone(), account.clone(), user.clone(), listener).unwrap();
    let secret = gateway.secret().unwrap();
    let before = world.orders(&account).iter().filter(|it| it.open()).count();

    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = top.join(if cfg!(windows) {
        ".venv/Scripts/python.exe"
    } else {
        ".venv/bin/python"
    });
    assert!(python.exists(), "no .venv: run `cargo xtask setup`");
    let running = Command::new(python)
        .arg(top.join("tests/clients/client_portal_orders.py"))
        .args([&gateway.address().to_string(), gateway.pin()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, running).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(!said.contains(&secret) && !complained.contains(&secret));

    let saw: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(saw["account"], account.0.as_str());
    // two of its own, and one that was put aside does not count
    assert_eq!(saw["before"], before + 2);
    let orders = world.orders(&account);
    assert!(!orders.iter().any(Order::open), "{saw}");
    for placed in saw["placed"].as_array().unwrap() {
        assert!(orders.iter().any(|order| order.cp_order_id == *placed));
    }
    assert!(gateway.secret().is_none(), "it logged out");
    assert!(world.seat_holder(&user).is_none());
}
