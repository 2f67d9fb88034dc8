//! Kraken's APIs, seen by a client that others wrote, over TLS with the throwaway authority.

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};
use simulator::{
    faults::Front,
    serve::Spec,
    world::{NewApiKey, Order, Seeding, Venue, World},
};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// Longer than the client's own deadline.
const PATIENCE: Duration = Duration::from_secs(90);

const RIGHTS: [&str; 5] = [
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "general:full",
];

#[tokio::test]
async fn the_python_client_places_lists_cancels_and_reads_its_key() {
    let served = simulator::serve(Spec {
        fronts: Venue::Kraken.fronts().iter().copied().collect(),
        seeding: Seeding {
            orders: 12,
            ..Seeding::default()
        },
        ..Spec::default()
    })
    .await
    .unwrap();
    let world = served.world();
    let account = served.accounts()[0].account();
    let mut given = json!({ "authority": served.authority() });
    let mut secrets = Vec::new();
    for door in served.accounts()[0].doors() {
        let (key, secret) = key(world, account, door.front());
        given[door.kind()] = json!({ "url": door.url(), "key": key, "secret": secret });
        secrets.push(secret);
    }

    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = top.join(if cfg!(windows) {
        ".venv/Scripts/python.exe"
    } else {
        ".venv/bin/python"
    });
    assert!(python.exists(), "no .venv: run `cargo xtask setup`");
    let mut running = Command::new(python)
        .arg(top.join("tests/clients/kraken_orders.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = running.stdin.take().unwrap();
    stdin.write_all(given.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = timeout(PATIENCE, running.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    for secret in &secrets {
        assert!(!said.contains(secret) && !complained.contains(secret));
    }

    let saw: Value = serde_json::from_str(&said).unwrap();
    for refusal in ["unknown_key", "old_nonce", "unknown_futures_key"] {
        assert_eq!(saw[refusal], true, "{saw}");
    }
    assert!(!world.orders(account).iter().any(Order::open), "{saw}");
    for front in [Front::KrakenSpot, Front::KrakenFutures] {
        assert!(!world.dead_man_is_set(account, front));
    }
}

/// A key that may trade there.
fn key(world: &World, account: &simulator::world::AccountId, front: Front) -> (String, String) {
    let name = if front == Front::KrakenSpot {
        "sdk"
    } else {
        "sdk-futures"
    };
    let new = NewApiKey {
        name,
        front,
        sub: 0,
        scopes: &RIGHTS,
        trades: true,
        allow_ips: &[],
    };
    let key = world.create_api_key(account, &new);
    let api = key.expect("the account is there").api;
    let api = api.expect("it is a key of an exchange");
    (api.public, api.secret)
}
