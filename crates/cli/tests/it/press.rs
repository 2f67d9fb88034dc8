//! Presses that meet each other, are broken off, and are taken up again.

use crate::support::{Call, Home, Press, Simulator, word};

#[test]
fn two_presses_at_once_share_one_run() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--orders", "40"]);
    let home = Home::new();
    home.add(&simulator);
    let mut first = Press::start(&home, &["panic", "--json"]);
    first.until("run_started");
    let second = Press::start(&home, &["panic", "--json"]);
    let (first, second) = (first.end(), second.end());
    assert_eq!(home.runs().len(), 1, "{}\n{}", first.stderr, second.stderr);
    assert_eq!(first.code, Some(2), "{}", first.stderr);
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    assert_eq!(first.lines()[0], second.lines()[0]);
    assert!(first.stdout.contains(r#""type":"attached""#));
    assert_eq!(simulator.truth()["ibkr-1"]["open_orders"], 0);
}

#[test]
fn ctrl_c_leaves_a_run_that_resumes() {
    // a mute handshake keeps the press going until it is broken off
    let simulator =
        Simulator::start(&["--venue", "ibkr-tws", "--fault", "mute-handshake@0ms..12s"]);
    let home = Home::new();
    home.add(&simulator);
    let mut press = Press::start(&home, &["panic", "--json"]);
    press.until("attempt_started");
    press.signal("INT");
    let press = press.end();
    assert_eq!(press.code, Some(130), "{}", press.stderr);
    assert_eq!(press.summary()["contained"], false);
    // each try waits for as long as the venue is mute
    let speaks = || home.call(&["account", "test", "ibkr-1"]).code == Some(0);
    assert!((0..5).any(|_| speaks()), "the venue stays mute");
    let resumed = resume(&home);
    assert_eq!(word(&resumed.summary(), "cancel@ibkr-1"), "closed");
    assert_eq!(simulator.truth()["ibkr-1"]["open_orders"], 0);
}

#[test]
fn a_killed_press_resumes_from_its_journal() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--orders", "20"]);
    let home = Home::new();
    home.add(&simulator);
    let mut press = Press::start(&home, &["panic", "--json"]);
    press.until("attempt_started");
    press.signal("KILL");
    assert_eq!(press.end().code, None);
    let resumed = resume(&home);
    assert!(resumed.stdout.contains(r#""type":"resumed""#));
    assert_eq!(word(&resumed.summary(), "cancel@ibkr-1"), "closed");
    assert_eq!(simulator.truth()["ibkr-1"]["open_orders"], 0);
}

#[test]
fn an_attached_press_that_loses_its_run_says_so() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--fault", "mute-handshake"]);
    let home = Home::new();
    home.add(&simulator);
    let mut first = Press::start(&home, &["panic", "--json"]);
    first.until("attempt_started");
    let mut second = Press::start(&home, &["panic", "--json"]);
    second.until("attached");
    first.signal("KILL");
    first.end();
    let second = second.end();
    second.failed(4, "went on without this call");
    assert!(
        second.stderr.contains("firebreak run resume"),
        "{}",
        second.stderr
    );
}

#[test]
fn practice_ends_contained_with_a_bundle_that_verifies_until_a_byte_is_flipped() {
    let home = Home::new();
    let practice = home.call(&["practice", "--json"]);
    let summary = practice.summary();
    assert_eq!(summary["contained"], true, "{summary}");
    assert_eq!(practice.lines()[0]["event"]["mode"], "practice");
    assert!(
        practice
            .stderr
            .lines()
            .all(|line| line.starts_with("PRACTICE")),
        "{}",
        practice.stderr
    );
    assert!(
        practice.stderr.contains("0 open orders"),
        "{}",
        practice.stderr
    );

    let bundle = home.path().join("case.zip");
    let bundle = bundle.to_str().unwrap();
    let packed = home.call(&["bundle", "latest", "-o", bundle, "--json"]);
    assert_eq!(packed.code, Some(0), "{}", packed.stderr);
    let signer = packed.lines()[0]["bundle"]["signer"]
        .as_str()
        .unwrap()
        .to_owned();
    let whole = home.call(&["verify", bundle, "--signer", &signer]);
    assert_eq!(whole.code, Some(0), "{}", whole.stdout);
    assert!(whole.stdout.contains("AS SIGNED"), "{}", whole.stdout);

    // a file that is there is never written over
    home.call(&["bundle", "latest", "-o", bundle])
        .failed(1, "is there already");

    let good = std::fs::read(bundle).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    std::fs::write(bundle, &bad).unwrap();
    let flipped = home.call(&["verify", bundle]);
    assert_eq!(flipped.code, Some(3), "{}", flipped.stdout);
    std::fs::write(bundle, &good[..middle]).unwrap();
    let truncated = home.call(&["verify", bundle]);
    assert_eq!(
        truncated.code,
        Some(3),
        "{}{}",
        truncated.stdout,
        truncated.stderr
    );
}

fn resume(home: &Home) -> Call {
    let resumed = home.call(&["run", "resume", "latest", "--json"]);
    assert_eq!(
        resumed.code,
        Some(2),
        "{}\n{}",
        resumed.summary(),
        resumed.stderr
    );
    resumed
}
