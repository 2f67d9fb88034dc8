//! Accounts whose doors sign with a key: what is asked, what is refused, and what is never said.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use crate::support::{Call, Home};

const KEY: &str = "K4mkHunter2PublicPart";
/// Base64, as Kraken writes it.
const SECRET: &str = "SHVudGVyMlByaXZhdGVQYXJ0";
const SPOT: &str = "spot=https://api.kraken.com";
const FUTURES: &str = "futures=https://demo-futures.kraken.com";

#[test]
fn what_a_narrow_key_needs_is_said_before_it_is_asked_for() {
    let home = Home::new();
    let call = add(&home, &[SPOT, FUTURES], "");
    call.failed(1, "stdin ended after 0 of 4 lines");
    for words in [
        "Make a key for Firebreak alone",
        "Settings > API > Create API key",
        "https://www.kraken.com/u/security/api (Checked on",
        "Cancel/Close Orders: ",
        "leave off:",
        "Withdraw Funds: ",
    ] {
        assert!(call.stderr.contains(words), "{words}: {}", call.stderr);
    }
    assert!(call.stdout.is_empty(), "{}", call.stdout);
    assert!(!home.accounts().exists());
}

#[test]
fn a_key_that_cannot_be_one_is_refused_before_anything_is_kept() {
    let spot = format!("{KEY}\n{SECRET}\n");
    for (lines, what) in [
        (format!("{KEY}\n"), "after 1 of 4 lines"),
        (spot.clone(), "after 2 of 4 lines"),
        (format!("{spot}{KEY}\n"), "after 3 of 4 lines"),
        (format!("\n{SECRET}\n"), "API key of the spot door is empty"),
        (
            format!("{KEY}\n\n"),
            "Private key of the spot door is empty",
        ),
        (format!("K4mk Hunter2\n{SECRET}\n"), "holds a blank"),
        (format!("{KEY}\n{SECRET} \n"), "holds a blank"),
        (format!("{KEY}\n{KEY}-\n"), "is not base64"),
        (format!("{SECRET}\n{SECRET}\n"), "is the same text"),
        (
            format!("{spot}{KEY}\n{KEY}-\n"),
            "Private key of the futures door",
        ),
        (format!("{KEY}\n{}\n", "A".repeat(600)), "too long"),
    ] {
        let home = Home::new();
        let call = add(&home, &[SPOT, FUTURES], &lines);
        call.failed(1, what);
        assert!(
            call.stderr
                .contains("untouched: nothing was put into the keychain")
        );
        never_said(&home, &call);
        assert!(!home.accounts().exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_typed_of_a_key_on_a_terminal_is_not_shown() {
    use std::io::Read as _;

    let home = Home::new();
    let program = format!(
        "{} account add --venue kraken --name K --door {SPOT}",
        env!("CARGO_BIN_EXE_firebreak")
    );
    // a terminal of its own
    let mut child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &program,
            "/dev/null",
        ])
        .env("FIREBREAK_HOME", home.path())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .env_remove("XDG_RUNTIME_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut shown = Vec::new();
    let mut until = |words: &str| {
        let mut byte = [0];
        while !String::from_utf8_lossy(&shown).ends_with(words) {
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "{words}: {shown:?}");
            shown.extend(byte);
        }
    };
    until("API key of the spot door (is not shown): ");
    // both at once, as they are pasted, with a slip that is taken back
    stdin
        .write_all(format!("{KEY}x\u{7f}\r{SECRET}\r").as_bytes())
        .unwrap();
    until("Private key of the spot door (is not shown): ");
    until("next: ");
    let code = child.wait().unwrap().code();
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("keychain"), "{shown}");
    assert!(
        !shown.contains("Hunter2") && !shown.contains(SECRET),
        "{shown}"
    );
}

#[test]
fn without_a_keychain_a_key_is_not_kept_and_neither_is_its_account() {
    let home = Home::new();
    let call = add(&home, &[SPOT], &format!("{KEY}\r\n{SECRET}\r\n"));
    call.failed(1, "keychain");
    assert!(call.stderr.contains("keeps no key"), "{}", call.stderr);
    never_said(&home, &call);
    assert!(!home.accounts().exists());
}

#[test]
fn the_right_to_withdraw_is_accepted_in_its_own_words_only() {
    let home = Home::new();
    let mut arguments = arguments(&[SPOT]);
    arguments.extend(["--accept-withdraw-right", "yes"]);
    let call = fed(home.command(&arguments), "");
    call.failed(1, "not the words that accept");
    assert!(
        call.stderr
            .contains("this key can withdraw and I accept it")
    );
}

#[test]
fn nobody_is_asked_for_the_key_of_an_account_whose_name_is_taken() {
    let home = Home::new();
    write_account(&home);
    let call = add(&home, &[SPOT], "");
    call.failed(1, "already an account named K");
    assert!(!call.stderr.contains("make a key"), "{}", call.stderr);
}

#[test]
fn a_key_goes_to_the_venue_or_to_a_simulator_and_nowhere_else() {
    for door in [
        "spot=https://api.kraken.com.evil.example",
        "spot=https://api.kraken.com:8443",
        "spot=https://futures.kraken.com",
        "futures=https://127.0.0.1:5000",
        "api=https://www.deribit.com",
    ] {
        let home = Home::new();
        let call = add(&home, &[door], &format!("{KEY}\n{SECRET}\n"));
        assert_eq!(call.code, Some(1), "{door}: {}", call.stderr);
        never_said(&home, &call);
        assert!(!home.accounts().exists(), "{door}");
    }
}

#[test]
fn the_list_tells_real_money_from_a_test_site_and_a_simulator() {
    let home = Home::new();
    write_account(&home);
    let listed = home.call(&["account", "list"]);
    assert!(
        listed.stdout.contains("https://api.kraken.com  live"),
        "{}",
        listed.stdout
    );
    assert!(
        listed.stdout.contains("demo-futures.kraken.com  paper"),
        "{}",
        listed.stdout
    );
    let lines = home.call(&["account", "list", "--json"]).lines();
    assert_eq!(lines[0]["doors"][0]["environment"], "live");
    assert_eq!(lines[0]["doors"][1]["environment"], "paper");
    assert_eq!(lines[1]["doors"][0]["environment"], "simulated");
    assert_eq!(lines[2]["doors"][0]["environment"], serde_json::Value::Null);
}

#[test]
fn an_account_whose_keys_stay_in_the_keychain_is_removed_and_that_is_said() {
    let home = Home::new();
    write_account(&home);
    let call = home.call(&["account", "remove", "k"]);
    assert_eq!(call.code, Some(2), "{}", call.stderr);
    for words in [
        "removed K",
        "may still be in the keychain",
        "still works at the venue",
    ] {
        assert!(call.stdout.contains(words), "{words}: {}", call.stdout);
    }
    assert!(
        !home
            .call(&["account", "list"])
            .stdout
            .contains("kraken.com")
    );
    let plain = home.call(&["account", "remove", "I"]);
    assert_eq!(plain.code, Some(0), "{}", plain.stdout);
    assert!(!plain.stdout.contains("key"), "{}", plain.stdout);
}

fn arguments<'a>(doors: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["account", "add", "--venue", "kraken", "--name", "K"];
    for door in doors {
        arguments.extend(["--door", door]);
    }
    arguments
}

fn add(home: &Home, doors: &[&str], lines: &str) -> Call {
    fed(home.command(&arguments(doors)), lines)
}

/// A call with these lines on stdin.
fn fed(mut command: Command, lines: &str) -> Call {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // it may have ended before it read them
    drop(child.stdin.take().unwrap().write_all(lines.as_bytes()));
    Call::of(child.wait_with_output().unwrap())
}

/// No part of the key is in what was printed, or in any file of the home.
fn never_said(home: &Home, call: &Call) {
    let mut said = vec![call.stdout.clone(), call.stderr.clone()];
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                said.push(String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
            }
        }
    }
    for text in said {
        assert!(!text.contains("Hunter2"), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
}

/// Accounts as they stand in the file: an exchange's, a simulated one and one without a key.
fn write_account(home: &Home) {
    assert_eq!(home.call(&["status"]).code, Some(0));
    let pin = "ab".repeat(32);
    let text = format!(
        r#"
[[account]]
name = "K"
venue = "kraken"
doors = [
    {{ kind = "spot", address = "https://api.kraken.com" }},
    {{ kind = "futures", address = "https://demo-futures.kraken.com" }},
]

[[account]]
name = "S"
venue = "deribit"
doors = [{{ kind = "api", address = "https://127.0.0.1:9", pin = "{pin}" }}]

[[account]]
name = "I"
venue = "ibkr"
doors = [{{ kind = "tws", address = "127.0.0.1:9" }}]
"#
    );
    fs::write(home.accounts(), text).unwrap();
}
