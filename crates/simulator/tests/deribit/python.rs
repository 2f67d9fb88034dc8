//! ccxt, as the tests' Python environment has it, works against this server.

use std::{path::Path, process::Stdio, time::Duration};

use simulator::{
    faults::Front,
    serve::Spec,
    world::{PermId, Platform},
};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// Longer than the client's own deadline.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test]
async fn ccxt_loads_markets_places_lists_cancels_and_asks_for_keys() {
    let served = simulator::serve(Spec {
        fronts: [Front::Deribit].into(),
        ..Spec::default()
    })
    .await
    .unwrap();
    let account = &served.accounts()[0];
    let world = served.world();
    // the key of the owner's bot: it trades, and may only read the account
    let keys = world.account(account.account()).unwrap().keys;
    let bot = keys.into_iter().find(|key| key.name == "bot").unwrap();
    let bot = bot.api.unwrap();

    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = top.join(if cfg!(windows) {
        ".venv/Scripts/python.exe"
    } else {
        ".venv/bin/python"
    });
    assert!(python.exists(), "no .venv: run `cargo xtask setup`");
    let mut running = Command::new(python)
        .arg(top.join("tests/clients/deribit_orders.py"))
        .arg(account.doors()[0].url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    let code = world.code(account.account()).unwrap();
    let authority = served.authority();
    let told = format!("{}\n{}\n{code}\n{authority}", bot.public, bot.secret);
    input.write_all(told.as_bytes()).await.unwrap();
    drop(input);
    let output = timeout(PATIENCE, running.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(!said.contains(&bot.secret) && !complained.contains(&bot.secret));

    let saw: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(saw["markets"].as_array().unwrap().len(), 6);
    assert_eq!(
        saw["keys"]["bot"],
        "account:read trade:read_write wallet:read"
    );
    let orders = world.orders(account.account());
    for placed in saw["placed"].as_array().unwrap() {
        let number = placed.as_str().unwrap().trim_start_matches("ETH-");
        let number = PermId(number.parse().unwrap());
        let order = orders.iter().find(|order| order.perm_id == number).unwrap();
        assert_eq!(order.submitter.platform, Platform::Api);
        assert!(!order.open(), "{saw}");
    }
    // cancelling all is about the main account's own orders
    let open_in_main = orders
        .iter()
        .filter(|order| order.open() && order.ask.instrument.sub == 0)
        .count();
    assert_eq!(open_in_main, 0);
}
