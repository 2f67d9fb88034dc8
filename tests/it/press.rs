//! One press, over real wires, judged by the simulator's own truth.

use tests::program::{Home, Simulator};

#[test]
fn two_hundred_orders_are_gone_by_the_simulators_own_truth_after_one_press() {
    let home = Home::new();
    let venues = [
        "--venue",
        "ibkr-tws",
        "--venue",
        "ibkr-client-portal",
        "--orders",
        "200",
    ];
    let simulator = Simulator::start(&home, &venues);
    for served in &simulator.accounts {
        home.add(served);
    }
    let pressed = home.run(&["panic", "--json"]);
    let summary = pressed.summary();
    // what only the person can do is open
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());
    assert_eq!(summary["contained"], false);
    let first = &pressed.json()[0];
    assert_eq!(first["seq"], 0);
    assert_eq!(first["event"]["type"], "run_started");
    assert_eq!(first["event"]["mode"], "live");

    let journal = std::fs::read_to_string(home.only_run().join("journal.jsonl")).unwrap();
    assert_eq!(
        journal.lines().collect::<Vec<_>>(),
        pressed.lines,
        "the stream is the journal"
    );

    let names: Vec<String> = simulator.accounts.iter().map(|a| a.name.clone()).collect();
    let (truth, told) = simulator.end();
    for name in names {
        assert_eq!(truth[&name]["open_orders"], 0, "{truth:?}");
    }
    let cancelled = told
        .iter()
        .filter(|line| line["truth"]["event"] == "order_cancelled")
        .count();
    assert!(cancelled >= 200, "{cancelled}");
}

#[test]
fn two_presses_at_once_are_one_run() {
    let home = Home::new();
    let simulator = Simulator::start(&home, &["--venue", "ibkr-tws", "--orders", "20"]);
    home.add(&simulator.accounts[0]);
    let both = std::thread::scope(|scope| {
        let presses =
            [0, 1].map(|_| scope.spawn(|| home.run(&["panic", "leaked-api-key", "--json"])));
        presses.map(|press| press.join().unwrap())
    });
    let runs: Vec<String> = both
        .iter()
        .map(|press| press.json()[0]["event"]["run"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(runs[0], runs[1]);
    home.only_run();
    for press in &both {
        assert_eq!(press.code(), Some(2), "{}", press.all());
    }
    let (truth, _) = simulator.end();
    assert!(
        truth.values().all(|account| account["open_orders"] == 0),
        "{truth:?}"
    );
}
