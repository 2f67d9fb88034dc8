//! One press over three venues, judged by the simulator's own truth.

use tests::program::{Home, Running, Simulator};

const VENUES: [&str; 6] = ["--venue", "ibkr", "--venue", "kraken", "--venue", "deribit"];

#[test]
fn one_press_leaves_no_open_order_in_any_family_at_three_venues() {
    let home = Home::with_keychain();
    let arguments = [&VENUES[..], &["--orders", "200"]].concat();
    let simulator = Simulator::start(&home, &arguments);
    assert_eq!(simulator.accounts.len(), 3);
    for served in &simulator.accounts {
        home.add(served);
    }
    let pressed = home.run(&["panic", "--json"]);
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());
    assert_eq!(pressed.summary()["contained"], false);
    // what an exchange told when the account was added is held against what it tells now
    let words = "deribit-1, api: nothing new since";
    assert!(pressed.lines.iter().any(|line| line.contains(words)));
    let (truth, _) = simulator.end();
    for (name, account) in &truth {
        assert_eq!(account["open_orders"], 0, "{name}: {truth:?}");
    }
}

#[test]
fn keys_are_dead_where_the_run_says_so_and_the_code_is_kept_nowhere() {
    let home = Home::with_keychain();
    let arguments = ["--venue", "deribit", "--orders", "20"];
    let simulator = Simulator::start(&home, &arguments);
    let served = simulator.accounts[0].clone();
    home.add(&served);
    let pressed = home.run(&["panic", "--json"]);
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());
    let revoke = state_of(&pressed.summary(), "revoke@deribit-1");
    assert_eq!(revoke.as_deref(), Some("needs you"));

    let code = served.code();
    let mut answering = Running::start(home.command(&[
        "run",
        "answer",
        "latest",
        "revoke@deribit-1",
        "-",
        "--json",
    ]));
    answering.say(&code);
    let answered = answering.finish();
    assert_eq!(answered.code(), Some(0), "{}", answered.all());
    let resumed = home.run(&["run", "resume", "latest", "--json"]);
    let revoke = state_of(&resumed.summary(), "revoke@deribit-1");
    assert_eq!(revoke, None, "{}", resumed.all());

    let (truth, told) = simulator.end();
    // ours is left, for as long as other sessions are not ended and orders are held down with it
    assert_eq!(truth["deribit-1"]["live_keys"], 1, "{truth:?}");
    assert!(
        told.iter()
            .any(|line| line["truth"]["event"] == "key_revoked")
    );
    for entry in walk(home.path()) {
        let bytes = std::fs::read(&entry).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&code), "{}", entry.display());
        for secret in &served.secrets {
            assert!(!text.contains(secret.as_str()), "{}", entry.display());
        }
    }
}

/// The state of a task that a summary calls open.
fn state_of(summary: &serde_json::Value, task: &str) -> Option<String> {
    let open = summary["open"].as_array().unwrap();
    let of_task = open.iter().find(|open| open["task"] == task)?;
    Some(of_task["state"].as_str().unwrap().to_owned())
}

/// What the program wrote: every file below its home that is not the test's own.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("desk") {
            files.extend(walk(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files
}
