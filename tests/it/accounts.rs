//! Accounts with keys, added and removed over real wires, with a real keychain.

use tests::program::{Finished, Home, Running, Served, Simulator};

#[test]
fn the_keys_of_an_account_are_in_the_keychain_until_it_is_removed() {
    let home = Home::with_keychain();
    let simulator = Simulator::start(&home, &["--venue", "kraken", "--orders", "3"]);
    let served = &simulator.accounts[0];
    let added = add(&home, served, &served.add, &served.secrets);
    assert_eq!(added.code(), Some(0), "{}", added.all());
    assert_eq!(home.kept_keys(), 2);
    for words in ["added kraken-1", "cancel_orders: ready: ", "audit: ready: "] {
        assert!(added.all().contains(words), "{words}: {}", added.all());
    }
    let listed = home.run(&["account", "list"]);
    assert!(listed.all().contains("simulated"), "{}", listed.all());
    never_said(&home, &[&added, &listed], served);

    let removed = home.run(&["account", "remove", "kraken-1"]);
    assert_eq!(removed.code(), Some(0), "{}", removed.all());
    assert!(removed.all().contains("out of the keychain"));
    assert_eq!(home.kept_keys(), 0);
}

#[test]
fn a_key_that_can_withdraw_is_kept_only_of_a_person_who_insists() {
    let home = Home::with_keychain();
    let simulator = Simulator::start(&home, &["--venue", "deribit", "--orders", "3"]);
    let served = &simulator.accounts[0];
    let insists = served
        .add
        .iter()
        .position(|it| it == "--accept-withdraw-right");
    let plain = &served.add[..insists.unwrap()];
    let refused = add(&home, served, plain, &served.secrets);
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(refused.all().contains("may withdraw"), "{}", refused.all());
    assert_eq!(home.kept_keys(), 0);
    assert!(!home.run(&["account", "list"]).all().contains("deribit"));

    let added = add(&home, served, &served.add, &served.secrets);
    assert_eq!(added.code(), Some(0), "{}", added.all());
    assert!(added.all().contains("you accepted that"), "{}", added.all());
    assert_eq!(home.kept_keys(), 1);
    never_said(&home, &[&refused, &added], served);
}

#[test]
fn a_key_that_the_venue_does_not_know_is_not_kept() {
    let home = Home::with_keychain();
    let venues = ["--venue", "kraken", "--venue", "deribit"];
    let simulator = Simulator::start(&home, &venues);
    for served in &simulator.accounts {
        let mut secrets = served.secrets.clone();
        // another key than the one that the secret belongs to
        secrets[0] = "Unknown0Unknown0".to_owned();
        let refused = add(&home, served, &served.add, &secrets);
        assert_eq!(refused.code(), Some(1), "{}", refused.all());
        assert!(refused.all().contains("is not taken"), "{}", refused.all());
        assert_eq!(home.kept_keys(), 0, "{}", served.name);
        never_said(&home, &[&refused], served);
    }
}

#[test]
fn a_locked_keychain_keeps_an_account_with_keys_out_and_says_so() {
    let home = Home::with_keychain();
    let simulator = Simulator::start(&home, &["--venue", "kraken"]);
    let served = &simulator.accounts[0];
    // the collection is made by the first write, and can be locked only then
    let added = add(&home, served, &served.add, &served.secrets);
    assert_eq!(added.code(), Some(0), "{}", added.all());
    home.run(&["account", "remove", "kraken-1"]);
    home.lock_keychain();
    let refused = add(&home, served, &served.add, &served.secrets);
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    for words in ["keychain is locked", "keeps no key", "unlock"] {
        assert!(refused.all().contains(words), "{words}: {}", refused.all());
    }
    assert!(!home.run(&["account", "list"]).all().contains("kraken"));
}

fn add(home: &Home, served: &Served, arguments: &[String], secrets: &[String]) -> Finished {
    let mut all = vec!["account", "add"];
    all.extend(arguments.iter().map(String::as_str));
    let mut running = Running::start(home.command(&all));
    for secret in secrets {
        running.say(secret);
    }
    let finished = running.finish();
    assert!(finished.code().is_some(), "{}", served.name);
    finished
}

/// No line of the secrets is in what was printed, or in any file of the home but the keychain's own.
fn never_said(home: &Home, calls: &[&Finished], served: &Served) {
    let mut said: Vec<String> = calls.iter().map(|call| call.all()).collect();
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("desk") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let bytes = std::fs::read(path).unwrap();
                said.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    for secret in &served.secrets {
        assert!(
            said.iter().all(|text| !text.contains(secret)),
            "{}",
            served.name
        );
    }
}
