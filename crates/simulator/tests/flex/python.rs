//! ibflex, as the tests' Python environment has it, works against this server.

use std::{path::Path, process::Stdio, time::Duration};

use simulator::{faults::Front, serve::Spec, world::Order};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// Longer than the client's own deadline.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn ibflex_downloads_both_statements_and_reads_every_row_of_them() {
    let served = simulator::serve(Spec {
        fronts: [Front::Flex].into(),
        faults: vec!["in-progress:polls=1".parse().unwrap()],
        ..Spec::default()
    })
    .await
    .unwrap();
    let account = &served.accounts()[0];
    let world = served.world();
    let mut orders = world.orders(account.account());
    orders.retain(Order::open);
    for order in orders.iter().take(3) {
        world.fill(order.perm_id, 2.into(), 50.into()).unwrap();
    }
    let day = Duration::ZERO;
    world
        .ask_withdrawal(account.account(), 1_000.into(), "DE•• 1234", day)
        .unwrap();

    let door = &account.doors()[0];
    let (queries, token) = door.key().unwrap();
    let (activity, confirmations) = queries.split_once(',').unwrap();
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = top.join(if cfg!(windows) {
        ".venv/Scripts/python.exe"
    } else {
        ".venv/bin/python"
    });
    assert!(python.exists(), "no .venv: run `cargo xtask setup`");
    let mut running = Command::new(python)
        .arg(top.join("tests/clients/flex_statements.py"))
        .args([&door.url(), activity, confirmations])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    let told = format!("{token}\n{}", served.authority());
    input.write_all(told.as_bytes()).await.unwrap();
    drop(input);
    let output = timeout(PATIENCE, running.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(!said.contains(token) && !complained.contains(token));

    let saw: serde_json::Value = serde_json::from_str(&said).unwrap();
    let executions = world.executions(Front::Flex, account.account());
    let ids: Vec<&str> = executions.iter().map(|fill| fill.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(saw["fills"], serde_json::json!(ids));
    assert_eq!(saw["confirmed"], serde_json::json!(ids));
    assert_eq!(saw["account"], account.account().0);
    assert_eq!(saw["withdrawn"], "-1000");
    let held = world.holdings(account.account()).len();
    assert_eq!(saw["positions"], held);
}
