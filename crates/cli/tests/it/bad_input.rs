//! What is wrong is said, with the right exit code, and nothing is lost.

use std::{fs, net::TcpListener, os::unix::net::UnixListener, process::Command};

use crate::support::{Call, Home, Simulator, word};

/// Gives up soon.
const QUICK: &str = r#"
id = "quick"
title = "Cancel, and give up soon"
when = "In tests."

[[step]]
id = "cancel"
title = "Cancel every open order"
lever = "cancel_orders"
accounts = "all"
deadline = "3s"
"#;

#[test]
fn wrong_toml_in_the_accounts_is_said_with_its_place() {
    let home = Home::new();
    let text = "[[account]]\nname = \"main\"\nvenu = \"ibkr\"\n";
    fs::write(home.accounts(), text).unwrap();
    for verb in [&["panic", "--json"][..], &["account", "list"], &["status"]] {
        home.call(verb).failed(1, "accounts.toml:");
    }
    assert_eq!(fs::read_to_string(home.accounts()).unwrap(), text);
    assert!(home.runs().is_empty());
}

#[test]
fn wrong_toml_in_a_runbook_is_said_with_its_place() {
    let home = Home::new();
    let file = home.path().join("bad.toml");
    fs::write(&file, "id = \"bad\"\ntitle = 7\n").unwrap();
    let linted = home.call(&["runbook", "lint", file.to_str().unwrap()]);
    assert_eq!(linted.code, Some(1));
    assert!(linted.stdout.contains("bad.toml:2:"), "{}", linted.stdout);
    assert!(linted.stdout.contains("mend:"), "{}", linted.stdout);
    home.call(&["runbook", "add", file.to_str().unwrap()])
        .failed(1, "is not taken");
    assert_eq!(
        fs::read_dir(home.path().join("runbooks")).unwrap().count(),
        0
    );
}

#[test]
fn an_unknown_account_or_runbook_is_named() {
    let home = Home::new();
    add(&home, "main", "tws=127.0.0.1:9");
    let call = home.call(&["panic", "--account", "mian", "--json"]);
    call.failed(1, "no account named mian");
    assert!(call.stderr.contains("main"), "{}", call.stderr);
    assert!(call.stdout.is_empty());
    home.call(&["panic", "everything"])
        .failed(1, "no runbook everything");
    home.call(&["account", "test", "mian"])
        .failed(1, "no account named mian");
    home.call(&["account", "remove", "mian"])
        .failed(1, "no account named mian");
    home.call(&["run", "show", "latest"])
        .failed(1, "no run yet");
    assert!(home.runs().is_empty());
}

#[test]
fn a_duplicate_name_leaves_the_accounts_as_they_were() {
    let home = Home::new();
    add(&home, "main", "tws=127.0.0.1:9");
    let before = fs::read(home.accounts()).unwrap();
    add(&home, "MAIN", "tws=127.0.0.1:10").failed(1, "already");
    assert_eq!(fs::read(home.accounts()).unwrap(), before);
}

#[test]
fn an_address_that_another_account_uses_is_said() {
    let home = Home::new();
    add(&home, "one", "tws=127.0.0.1:9");
    let two = add(&home, "two", "tws=127.0.0.1:9");
    assert_eq!(two.code, Some(0));
    assert!(
        two.stdout.contains("already has a door at"),
        "{}",
        two.stdout
    );
}

#[test]
fn an_address_that_something_else_uses_is_no_door() {
    let home = Home::new();
    // whatever it is, it never answers as TWS does
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tws={}", other.local_addr().unwrap());
    let call = add(&home, "main", &address);
    assert_eq!(call.code, Some(0), "{}", call.stderr);
    assert!(call.stdout.contains("not reached"), "{}", call.stdout);
}

#[test]
fn a_socket_left_by_a_dead_controller_is_taken_over() {
    let home = Home::new();
    assert_eq!(home.call(&["status"]).code, Some(0));
    drop(UnixListener::bind(home.path().join("controller.sock")).unwrap());
    let simulator = Simulator::start(&["--venue", "ibkr-tws"]);
    home.add(&simulator);
    let press = home.call(&["panic", "--json"]);
    assert_eq!(word(&press.summary(), "cancel@ibkr-1"), "closed");
}

#[test]
fn a_refused_connection_is_kept_and_never_called_contained() {
    let home = Home::new();
    let added = add(&home, "main", "tws=127.0.0.1:9");
    assert_eq!(added.code, Some(0));
    assert!(added.stdout.contains("not reached"), "{}", added.stdout);
    assert_eq!(home.call(&["account", "test", "main"]).code, Some(1));
    fs::write(home.path().join("runbooks/quick.toml"), QUICK).unwrap();
    let press = home.call(&["panic", "quick", "--json"]);
    assert_eq!(press.code, Some(3), "{}", press.summary());
    assert_eq!(press.summary()["contained"], false);
    assert_eq!(word(&press.summary(), "cancel@main"), "unknown");
}

#[test]
fn a_wrong_certificate_is_refused_with_what_was_seen() {
    let home = Home::new();
    let simulator = Simulator::start(&["--venue", "ibkr-client-portal"]);
    let door = simulator
        .add
        .iter()
        .find(|text| text.starts_with("client-portal="))
        .unwrap();
    let pin = door.rsplit("pin=").next().unwrap();
    let wrong = door.replace(pin, &"ab".repeat(32));
    let call = add(&home, "main", &wrong);
    assert_eq!(call.code, Some(0), "{}", call.stderr);
    assert!(call.stdout.contains("not reached"), "{}", call.stdout);
    assert!(
        call.stdout.to_lowercase().contains("certificate"),
        "{}",
        call.stdout
    );
    assert!(
        call.stdout.contains(pin),
        "the fingerprint to compare: {}",
        call.stdout
    );
}

#[test]
fn without_a_keychain_a_live_bundle_is_not_signed_and_not_left_behind() {
    let home = Home::new();
    let simulator = Simulator::start(&["--venue", "ibkr-tws"]);
    home.add(&simulator);
    home.call(&["panic", "--json"]);
    let target = home.path().join("case.zip");
    let call = home.call(&["bundle", "latest", "-o", target.to_str().unwrap()]);
    call.failed(1, "keychain");
    let looked = home.call(&["bundle", "latest", "--dry-run"]);
    assert_eq!(looked.code, Some(0), "{}", looked.stderr);
    assert!(
        looked.stdout.contains("cannot be signed now"),
        "{}",
        looked.stdout
    );
    assert!(!target.exists());
}

#[test]
fn a_corrupt_journal_is_named_by_its_line_and_left_as_it_is() {
    let home = Home::new();
    let simulator = Simulator::start(&["--venue", "ibkr-tws"]);
    home.add(&simulator);
    home.call(&["panic", "--json"]);
    let journal = home.runs()[0].join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
    lines[2] = lines[2].replacen("\"mono_ms\":", "\"mono_ms\":1", 1);
    let bad = lines.join("\n") + "\n";
    fs::write(&journal, &bad).unwrap();
    // the change shows at the line after it
    home.call(&["run", "show", "latest"]).failed(3, "line 4");
    home.call(&["run", "resume", "latest"]).failed(3, "line 4");
    let listed = home.call(&["run", "list"]);
    assert_eq!(listed.code, Some(0));
    assert!(listed.stdout.contains("damaged"), "{}", listed.stdout);
    assert_eq!(fs::read_to_string(&journal).unwrap(), bad);
}

#[test]
fn something_that_is_no_bundle_is_not_as_signed() {
    let home = Home::new();
    let file = home.path().join("case.zip");
    fs::write(&file, "PK\u{3}\u{4} and no more").unwrap();
    assert_eq!(home.call(&["verify", file.to_str().unwrap()]).code, Some(3));
    home.call(&["verify", "/nonexistent.zip"])
        .failed(1, "/nonexistent.zip");
}

#[test]
fn a_full_disk_contains_all_the_same_and_says_that_it_is_unrecorded() {
    let home = Home::new();
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--orders", "20"]);
    home.add(&simulator);
    // files end at 8 KiB: more is refused, as on a full disk
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec {} panic --json",
        env!("CARGO_BIN_EXE_firebreak")
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("FIREBREAK_HOME", home.path())
        .output()
        .unwrap();
    let press = Call::of(output);
    let summary = press.summary();
    assert_eq!(word(&summary, "cancel@ibkr-1"), "closed", "{summary}");
    assert_eq!(summary["recorded"], false, "{summary}");
    assert!(
        press.stdout.contains("recording_failed"),
        "{}",
        press.stderr
    );
    assert_eq!(simulator.truth()["ibkr-1"]["open_orders"], 0);
}

#[test]
fn a_home_that_cannot_be_made_is_said_and_nothing_is_sent() {
    let home = Home::new();
    let file = home.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let inside = file.join("home");
    for verb in ["status", "panic", "practice"] {
        let output = Command::new(env!("CARGO_BIN_EXE_firebreak"))
            .args(["--home", inside.to_str().unwrap(), verb])
            .output()
            .unwrap();
        Call::of(output).failed(1, "cannot");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn a_clock_that_is_off_is_said_when_the_account_is_added() {
    let home = Home::new();
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--fault", "clock-skew:by=120s"]);
    let call = home.add(&simulator);
    assert_eq!(call.code, Some(0));
    assert!(call.stdout.contains("clock is"), "{}", call.stdout);
}

#[test]
fn no_log_holds_an_account_number_or_an_order() {
    let home = Home::new();
    let simulator = Simulator::start(&["--venue", "ibkr-tws"]);
    home.add(&simulator);
    let press = home.call(&["panic", "--json"]);
    let mut logged = String::new();
    for file in fs::read_dir(home.path().join("logs")).unwrap() {
        logged.push_str(&fs::read_to_string(file.unwrap().path()).unwrap());
    }
    assert!(logged.contains("panic"), "{logged}");
    assert!(!logged.contains("AAPL"), "{logged}");
    let journal = press.stdout;
    for number in journal.split('"').filter(|text| is_account_number(text)) {
        assert!(!logged.contains(number), "{number}");
    }
}

fn is_account_number(text: &str) -> bool {
    text.len() >= 6
        && text.starts_with(['U', 'D'])
        && text
            .trim_start_matches(['D', 'U'])
            .bytes()
            .all(|byte| byte.is_ascii_digit())
}

fn add(home: &Home, name: &str, door: &str) -> Call {
    home.call(&[
        "account", "add", "--venue", "ibkr", "--name", name, "--door", door,
    ])
}
