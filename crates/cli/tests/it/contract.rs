//! Names, exit codes and JSON that scripts rely on.

use serde_json::Value;

use crate::support::{Home, Simulator, word};

#[test]
fn wrong_use_exits_1() {
    let home = Home::new();
    assert_eq!(home.call(&["panik"]).code, Some(1));
    assert_eq!(home.call(&["panic", "--now", "--twice"]).code, Some(1));
    assert_eq!(home.call(&["--help"]).code, Some(0));
}

#[test]
fn every_shipped_runbook_is_listed_shown_linted_and_planned() {
    let home = Home::new();
    let listed = home.call(&["runbook", "list", "--json"]);
    let ids = listed
        .lines()
        .iter()
        .map(|line| line["runbook"]["id"].as_str().unwrap().to_owned())
        .collect::<Vec<_>>();
    for id in [
        "contain-everything",
        "stolen-session",
        "lost-phone",
        "leaked-api-key",
        "compromised-workstation",
        "phished-login",
    ] {
        assert!(ids.iter().any(|known| known == id), "{id}");
        let shown = home.call(&["runbook", "show", id]);
        let file = home.path().join("shown.toml");
        std::fs::write(&file, &shown.stdout).unwrap();
        let linted = home.call(&["runbook", "lint", file.to_str().unwrap()]);
        assert_eq!(linted.code, Some(0), "{}", linted.stdout);
        assert_eq!(home.call(&["runbook", "plan", id]).code, Some(0));
    }
}

#[test]
fn a_runbook_of_ones_own_is_added_and_shown_in_place_of_the_shipped_one() {
    let home = Home::new();
    let shipped = home.call(&["runbook", "show", "lost-phone"]).stdout;
    let file = home.path().join("mine.toml");
    std::fs::write(&file, format!("# mine\n{shipped}")).unwrap();
    let added = home.call(&["runbook", "add", file.to_str().unwrap()]);
    assert_eq!(added.code, Some(0), "{}{}", added.stdout, added.stderr);
    let shown = home.call(&["runbook", "show", "lost-phone"]);
    assert!(shown.stdout.starts_with("# mine\n"), "{}", shown.stdout);
}

#[test]
fn a_card_is_written_into_the_home_or_where_it_is_asked_for() {
    let home = Home::new();
    let card = home.call(&["runbook", "card", "lost-phone", "--json"]);
    assert_eq!(card.code, Some(0), "{}", card.stderr);
    let path = card.lines()[0]["card"]["path"].as_str().unwrap().to_owned();
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.contains("1-877-442-2757"), "{page}");
    let there = home.path().join("mine.html");
    let there = there.to_str().unwrap();
    let arguments = ["runbook", "card", "lost-phone", "-o", there];
    assert_eq!(home.call(&arguments).code, Some(0));
    home.call(&arguments).failed(1, "is there already");
    home.call(&["runbook", "card", "no-such"])
        .failed(1, "no runbook");
}

#[test]
fn every_lever_of_an_added_account_is_tested_and_told() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws"]);
    let home = Home::new();
    home.add(&simulator);
    let tested = home.call(&["account", "test", "ibkr-1", "--json"]);
    assert_eq!(tested.code, Some(0), "{}", tested.stderr);
    let state = |lever: &str| {
        let lines = tested.lines();
        let line = lines
            .iter()
            .find(|line| line["lever_test"]["test"]["lever"] == lever);
        line.unwrap()["lever_test"]["test"]["state"].clone()
    };
    assert_eq!(state("cancel_orders"), "ready");
    assert_eq!(state("revoke_key"), "by_you");
    assert!(home.path().join("tested.toml").exists());
    let truth = simulator.truth();
    assert_ne!(truth["ibkr-1"]["open_orders"], 0, "nothing was cancelled");
}

#[test]
fn completions_and_manual_are_printed() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let call = home.call(&["completions", shell]);
        assert_eq!(call.code, Some(0));
        assert!(call.stdout.contains("firebreak"));
    }
    assert!(home.call(&["man"]).stdout.contains("firebreak"));
}

#[test]
fn faults_are_listed_with_their_id_first() {
    let call = Home::new().call(&["simulate", "--faults"]);
    assert_eq!(call.code, Some(0));
    for line in call.stdout.lines() {
        let id = line.split_whitespace().next().unwrap();
        assert!(
            id.bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
        );
    }
    assert!(
        call.stdout
            .lines()
            .any(|line| line.starts_with("read-only "))
    );
}

#[test]
fn a_streamed_press_is_the_journal_byte_for_byte() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--orders", "5"]);
    let home = Home::new();
    assert_eq!(home.add(&simulator).code, Some(0));
    let press = home.call(&["panic", "--json"]);
    let summary = press.summary();
    let first = &press.lines()[0];
    assert_eq!(first["seq"], 0);
    assert_eq!(first["event"]["type"], "run_started");
    assert_eq!(first["event"]["mode"], "live");
    assert_eq!(word(&summary, "cancel@ibkr-1"), "closed");
    let journal = std::fs::read_to_string(home.runs()[0].join("journal.jsonl")).unwrap();
    assert_eq!(press.stdout, journal);
    let shown = home.call(&["run", "show", "latest", "--json"]);
    assert_eq!(shown.stdout, journal);
    let truth = simulator.truth();
    assert_eq!(truth["ibkr-1"]["open_orders"], 0);
}

#[test]
fn a_press_without_anybody_needs_you_and_exits_2() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--orders", "5"]);
    let home = Home::new();
    home.add(&simulator);
    let press = home.call(&["panic", "--json"]);
    assert_eq!(press.summary()["contained"], false);
    assert_eq!(press.code, Some(2), "{}", press.summary());
    let people = home.call(&["panic"]);
    assert_eq!(people.code, Some(2));
    assert!(people.stdout.contains("NOT CONTAINED"), "{}", people.stdout);
    assert!(people.stdout.contains("LIVE"), "{}", people.stdout);
    assert!(
        !people.stdout.contains('\u{1b}'),
        "no colours without a terminal"
    );
}

#[test]
fn the_cover_opens_first_and_the_second_press_contains() {
    let home = Home::new();
    let first = home.call(&["panic", "--twice"]);
    assert_eq!(first.code, Some(0));
    assert!(first.stdout.contains("COVER OPEN"), "{}", first.stdout);
    // it presses now, and there is nothing to contain
    home.call(&["panic", "--twice"]).failed(1, "no account");
    // and the cover is closed again
    assert!(
        home.call(&["panic", "--twice"])
            .stdout
            .contains("COVER OPEN")
    );
}

#[test]
fn a_shortcut_pressed_twice_opens_the_cover_of_the_process_that_keeps_accounts_armed() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--orders", "2"]);
    let home = Home::new();
    home.add(&simulator);
    home.call(&["arm"]);
    let first = home.call(&["panic", "lost-phone", "--twice", "--json"]);
    assert_eq!(first.lines()[0]["cover"], "open");
    let view = |home: &Home| home.call(&["status", "--json"]).lines()[0]["status"].clone();
    assert_eq!(view(&home)["cover_open"], true);
    let second = home.call(&["panic", "lost-phone", "--twice", "--json"]);
    assert_eq!(second.lines()[0]["event"]["type"], "run_started");
    let after = view(&home);
    assert_eq!(after["cover_open"], false);
    assert_eq!(after["stance"], "live");
    let without_stop = &after["run"]["board"]["summary"]["without_stop"];
    let count = without_stop.as_array().map_or(0, Vec::len).to_string();
    let reset = home.call(&["run", "reset", "latest", "--positions-without-stop", &count]);
    assert_eq!(reset.code, Some(0), "{}", reset.stderr);
    assert_eq!(home.call(&["disarm"]).code, Some(0));
}

#[test]
fn accounts_are_armed_in_a_resident_process_and_disarmed() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws"]);
    let home = Home::new();
    home.add(&simulator);
    let before = home.call(&["status"]);
    assert!(before.stdout.starts_with("NOT ARMED"), "{}", before.stdout);
    let armed = home.call(&["arm", "--json"]);
    assert_eq!(armed.code, Some(0), "{}", armed.stderr);
    assert_eq!(armed.lines()[0]["status"]["accounts"][0]["armed"], true);
    let status = home.call(&["status"]);
    assert!(
        status.stdout.starts_with("ARMED 1 OF 1"),
        "{}",
        status.stdout
    );
    // a press attaches to the resident's run, and the resident keeps it open
    let press = home.call(&["panic", "--json"]);
    assert_eq!(press.code, Some(2), "{}", press.stderr);
    let status = home.call(&["status", "--json"]);
    assert!(status.lines()[0]["status"]["run"].is_object());
    home.call(&["disarm"]).failed(1, "is under way");
    // two stops were cancelled: the person says so before the run is closed
    home.call(&["run", "reset", "latest"])
        .failed(1, "2 positions have no stop");
    let reset = home.call(&["run", "reset", "latest", "--positions-without-stop", "2"]);
    assert_eq!(reset.code, Some(0), "{}", reset.stderr);
    assert_eq!(home.call(&["disarm"]).code, Some(0));
    assert!(home.call(&["status"]).stdout.starts_with("NOT ARMED"));
}

#[test]
fn a_run_is_noted_answered_attached_to_and_reset_after_its_process_ended() {
    let simulator = Simulator::start(&["--venue", "ibkr-tws", "--orders", "2"]);
    let home = Home::new();
    home.add(&simulator);
    home.call(&["panic", "--json"]);
    let letter = home.path().join("letter.txt");
    std::fs::write(&letter, "to the broker").unwrap();
    for call in [
        home.call(&["run", "note", "latest", "called at noon"]),
        home.call(&["run", "attach", "latest", letter.to_str().unwrap()]),
        home.call(&["run", "answer", "latest", "call", "SD-1"]),
    ] {
        assert_eq!(call.code, Some(0), "{}", call.stderr);
    }
    let journal = std::fs::read_to_string(home.runs()[0].join("journal.jsonl")).unwrap();
    assert!(journal.contains("called at noon"));
    assert!(journal.contains("letter"));
    let answered = journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .any(|line| line["event"]["type"] == "answered" && line["event"]["value"] == "SD-1");
    assert!(answered);
    // two stops were cancelled: the person says so before the run is closed
    home.call(&["run", "reset", "latest"])
        .failed(1, "2 positions have no stop");
    let reset = home.call(&["run", "reset", "latest", "--positions-without-stop", "2"]);
    assert_eq!(reset.code, Some(0), "{}", reset.stderr);
    home.call(&["run", "resume", "latest"])
        .failed(1, "was reset");
    let listed = home.call(&["run", "list", "--json"]);
    assert_eq!(listed.lines()[0]["run"]["is_reset"], true);
}
