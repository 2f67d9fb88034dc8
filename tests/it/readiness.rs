//! Readiness, as a person sees it in a terminal: on made-up computers, and over real wires.

use std::collections::BTreeSet;

use ibapi::{
    Client,
    contracts::Contract,
    orders::{Action, order_builder},
};
use readiness::fixture::{self, PASSWORD, PLACE};
use serde_json::Value;
use tests::program::{Finished, Home, Simulator};

fn check(home: &Home, more: &[&str]) -> Finished {
    let computer = tempfile::tempdir().unwrap();
    fixture::clean(computer.path()).unwrap();
    check_on(home, computer.path(), more)
}

fn check_on(home: &Home, computer: &std::path::Path, more: &[&str]) -> Finished {
    let root = computer.to_str().unwrap();
    let mut arguments = vec![
        "readiness",
        "--json",
        "--machine-root",
        root,
        "--look-in",
        PLACE,
    ];
    arguments.extend(more);
    let checked = home.run(&arguments);
    assert_eq!(checked.code(), Some(0), "{}", checked.all());
    checked
}

/// The objects of one kind.
fn all(checked: &Finished, kind: &str) -> Vec<Value> {
    let lines = checked.json().into_iter();
    lines.filter_map(|line| line.get(kind).cloned()).collect()
}

fn summary(checked: &Finished) -> Value {
    let last = checked.json().pop().unwrap();
    let summary = last["readiness"].clone();
    assert!(summary.is_object(), "{last}");
    summary
}

/// What is to be mended on the computer, by id and subject.
fn mends(checked: &Finished) -> BTreeSet<(String, String)> {
    let findings = all(checked, "finding").into_iter();
    let mends = findings
        .filter(|it| it["verdict"] == "mend" && (it["area"] == "platform" || it["area"] == "host"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    mends
        .map(|it| (text(&it["id"]), text(&it["subject"])))
        .collect()
}

fn lever(checked: &Finished, lever: &str) -> Value {
    let rows = all(checked, "lever").into_iter();
    let mut rows = rows.filter(|row| row["lever"] == lever);
    rows.next().unwrap_or_else(|| panic!("{}", checked.all()))
}

#[test]
fn all_forty_weaknesses_of_a_computer_are_found_and_no_secret_of_it_is_said() {
    let home = Home::new();
    let computer = tempfile::tempdir().unwrap();
    let planted = fixture::planted(computer.path()).unwrap();
    let planted: BTreeSet<(String, String)> = planted
        .into_iter()
        .map(|it| (it.id.to_owned(), it.subject))
        .collect();
    assert_eq!(planted.len(), 40);
    let checked = check_on(&home, computer.path(), &[]);
    assert_eq!(mends(&checked), planted);
    assert_eq!(summary(&checked)["mend"], 40);
    assert!(!checked.all().contains(PASSWORD));
    let kept = std::fs::read_to_string(home.path().join("readiness.json")).unwrap();
    assert!(!kept.contains(PASSWORD));
    let mended = check(&home, &[]);
    let gone = all(&mended, "change").into_iter();
    let gone = gone.filter(|it| it["of"] == "finding" && it["how"] != "new");
    assert!(gone.count() >= 40, "{}", mended.all());
}

#[test]
fn a_clean_computer_has_nothing_to_mend_and_people_read_what_changed_first() {
    let home = Home::new();
    let checked = check(&home, &[]);
    assert_eq!(mends(&checked), BTreeSet::new());
    assert_eq!(summary(&checked)["mend"], 0, "{}", checked.all());

    let computer = tempfile::tempdir().unwrap();
    fixture::planted(computer.path()).unwrap();
    let root = computer.path().to_str().unwrap();
    let told = home.run(&["readiness", "--machine-root", root]);
    assert!(
        told.lines[0].starts_with("Since the last check: new: "),
        "{}",
        told.all()
    );
    let head = told.lines.iter().position(|line| line.contains("TO MEND"));
    let why = told
        .lines
        .iter()
        .position(|line| line.starts_with("  why: "));
    assert!(head < why, "{}", told.all());
    let status = home.run(&["status"]);
    assert!(status.all().contains("readiness: "), "{}", status.all());
    assert!(status.all().contains("to mend"), "{}", status.all());
}

#[test]
fn a_read_only_tws_is_a_dead_lever_in_the_check_and_in_the_status() {
    let home = Home::new();
    let fault = [
        "--venue",
        "ibkr-tws",
        "--orders",
        "3",
        "--fault",
        "tws/read-only",
    ];
    let simulator = Simulator::start(&home, &fault);
    home.add(&simulator.accounts[0]);
    let checked = check(&home, &[]);
    let cancel = lever(&checked, "cancel_orders");
    assert_eq!(cancel["state"], "dead", "{cancel}");
    assert!(!cancel["mend"].as_str().unwrap().is_empty());
    let dead = summary(&checked)["dead"].as_array().unwrap().clone();
    assert!(
        dead.iter().any(|it| it["lever"] == "cancel_orders"),
        "{dead:?}"
    );
    let status = home.run(&["status"]);
    assert!(
        status.all().contains("ibkr-1, cancel orders"),
        "{}",
        status.all()
    );
    let (truth, _) = simulator.end();
    assert_eq!(truth["ibkr-1"]["open_orders"], 3);
}

#[test]
fn what_changed_is_told_and_nothing_is_asked_that_changes_anything() {
    let home = Home::new();
    let venues = [
        "--venue", "ibkr-tws", "--venue", "ibkr-ibc", "--orders", "3",
    ];
    let simulator = Simulator::start(&home, &venues);
    home.add(&simulator.accounts[0]);
    let first = check(&home, &[]);
    assert_eq!(lever(&first, "cancel_orders")["state"], "ready");
    assert!(
        summary(&first)["changed"]
            .as_str()
            .unwrap()
            .contains("First check")
    );
    let (truth, told) = simulator.end();
    assert_eq!(truth["ibkr-1"]["open_orders"], 3);
    let requests = told
        .iter()
        .filter(|line| line["truth"]["event"] == "request");
    let requests: Vec<&str> = requests
        .map(|line| line["truth"]["what"].as_str().unwrap())
        .collect();
    assert!(!requests.is_empty());
    for what in requests {
        let acts = [
            "cancelOrder",
            "GlobalCancel",
            "placeOrder",
            "updateConfig",
            "STOP",
            "RESTART",
        ];
        assert!(!acts.iter().any(|act| what.contains(act)), "{what}");
    }

    let second = check(&home, &["ibkr-1"]);
    assert_eq!(lever(&second, "cancel_orders")["state"], "dead");
    let changed = summary(&second)["changed"].as_str().unwrap().to_owned();
    assert!(changed.contains("ready before, dead now"), "{changed}");
    let words = all(&second, "change").into_iter();
    let cancel = words.filter(|it| it["lever"] == "cancel_orders" && it["to"] == "dead");
    assert_eq!(cancel.count(), 1, "{}", second.all());
}

#[test]
fn a_key_that_may_withdraw_is_found_and_never_said() {
    let home = Home::with_keychain();
    let simulator = Simulator::start(&home, &["--venue", "deribit", "--orders", "3"]);
    let served = simulator.accounts[0].clone();
    home.add(&served);
    let checked = check(&home, &[]);
    let findings = all(&checked, "finding").into_iter();
    let mut withdraws = findings.filter(|it| it["id"] == "key-may-withdraw");
    let withdraws = withdraws.next().unwrap();
    assert_eq!(withdraws["verdict"], "mend", "{withdraws}");
    for secret in &served.secrets {
        assert!(!checked.all().contains(secret));
    }
}

#[test]
fn a_proving_press_lists_first_and_refuses_what_is_not_the_persons_small_order() {
    let home = Home::new();
    let simulator = Simulator::start(&home, &["--venue", "ibkr-tws", "--orders", "3"]);
    home.add(&simulator.accounts[0]);
    let listed = home.run(&["readiness", "prove", "ibkr-1", "--json"]);
    assert_eq!(listed.code(), Some(0), "{}", listed.all());
    let candidates = all(&listed, "candidate");
    assert_eq!(candidates.len(), 3);
    assert!(
        candidates.iter().all(|it| !it["refused"].is_null()),
        "{candidates:?}"
    );
    let key = candidates[0]["order"]["key"].as_str().unwrap();
    let refused = home.run(&["readiness", "prove", "ibkr-1", "--order", key, "--live"]);
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(
        refused.all().contains("no order was cancelled"),
        "{}",
        refused.all()
    );
    let (truth, _) = simulator.end();
    assert_eq!(truth["ibkr-1"]["open_orders"], 3);
}

/// The person's own order, placed by a program of theirs: one share, far from the market.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_order_of_the_persons_own_is_cancelled_proved_and_remembered() {
    let home = Home::new();
    let simulator = Simulator::start(&home, &["--venue", "ibkr-tws", "--orders", "3"]);
    let served = simulator.accounts[0].clone();
    home.add(&served);
    let door = served.add.iter().find_map(|it| it.strip_prefix("tws="));
    let address = door.unwrap().split(',').next().unwrap();
    let client = Client::connect(address, 5).await.unwrap();
    let order = order_builder::limit_order(Action::Buy, 1.0, 2.0);
    let apple = Contract::stock("AAPL").build();
    let number = client.next_order_id();
    client.submit_order(number, &apple, &order).await.unwrap();

    let taken = loop {
        let listed = home.run(&["readiness", "prove", "ibkr-1", "--json"]);
        let candidates = all(&listed, "candidate");
        if let Some(own) = candidates.into_iter().find(|it| it["refused"].is_null()) {
            break own;
        }
    };
    let key = taken["order"]["key"].as_str().unwrap();
    let mildly = home.run(&["readiness", "prove", "ibkr-1", "--order", key]);
    assert_eq!(mildly.code(), Some(1), "{}", mildly.all());
    assert!(mildly.all().contains("--live"), "{}", mildly.all());
    let proved = home.run(&[
        "readiness",
        "prove",
        "ibkr-1",
        "--order",
        key,
        "--live",
        "--json",
    ]);
    assert_eq!(proved.code(), Some(0), "{}", proved.all());
    let proof = proved.json().pop().unwrap()["proving"]["proof"].clone();
    assert_eq!(proof["order"]["key"], key);
    assert_eq!(proof["listings"].as_array().unwrap().len(), 2);
    assert_eq!(proof["others"], 3);

    let checked = check(&home, &[]);
    let cancel = lever(&checked, "cancel_orders");
    assert_eq!(cancel["state"], "proved", "{cancel}");
    assert_eq!(cancel["proved_at"], proof["at"]);
    drop(client);
    let (truth, told) = simulator.end();
    assert_eq!(truth["ibkr-1"]["open_orders"], 3, "{truth:?}");
    // an order that was put aside ended before anybody was asked anything
    let asked = told
        .iter()
        .position(|line| line["truth"]["event"] == "request");
    let since = told[asked.unwrap()..].iter();
    let cancelled = since.filter(|line| line["truth"]["event"] == "order_cancelled");
    let cancelled: Vec<String> = cancelled
        .map(|line| line["truth"]["order"].to_string())
        .collect();
    assert_eq!(cancelled, [key]);
}

#[test]
fn a_question_is_answered_and_judged() {
    let home = Home::new();
    let listed = home.run(&["readiness", "questions", "--json"]);
    let questions = all(&listed, "question");
    assert!(
        questions.iter().any(|it| it["id"] == "sim-lock"),
        "{}",
        listed.all()
    );
    check(&home, &[]);
    let answered = home.run(&["readiness", "answer", "sim-lock", "no", "--json"]);
    assert_eq!(answered.code(), Some(0), "{}", answered.all());
    assert_eq!(answered.json()[0]["answered"]["verdict"], "mend");
    let wrong = home.run(&["readiness", "answer", "sim-lock", "maybe"]);
    assert_eq!(wrong.code(), Some(1), "{}", wrong.all());
    assert!(
        wrong.all().contains("untouched: no answer was changed"),
        "{}",
        wrong.all()
    );
}
