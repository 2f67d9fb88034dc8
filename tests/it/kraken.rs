//! One press on an account at Kraken, judged by the simulator's own truth.

use std::path::Path;

use tests::program::{Home, Simulator};

#[test]
fn both_parts_of_the_account_are_emptied_and_no_key_is_written_down() {
    let home = Home::with_keychain();
    let simulator = Simulator::start(&home, &["--venue", "kraken", "--orders", "60"]);
    let served = simulator.accounts[0].clone();
    home.add(&served);
    let pressed = home.run(&["panic", "--json"]);
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());
    // what the page alone can do waits for the person, and is not said to be done
    assert_eq!(pressed.summary()["contained"], false);

    let (truth, told) = simulator.end();
    assert_eq!(truth[&served.name]["open_orders"], 0, "{truth:?}");
    for door in ["spot", "futures"] {
        let set = told.iter().any(|line| {
            line["truth"]["event"] == "dead_man_switch" && line["truth"]["door"] == door
        });
        assert!(set, "no dead-man's switch was set at {door}");
    }
    for secret in &served.secrets {
        assert!(!is_written(home.path(), secret), "a key stands in a file");
    }
}

/// Whether a text stands in any file below a folder that is not the test's own.
fn is_written(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return !path.ends_with("desk") && is_written(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).contains(text)
    })
}
