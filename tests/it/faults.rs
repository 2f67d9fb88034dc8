//! Each way to be nasty, over real wires: a run may fail, and may never claim more than is true.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tests::program::{Finished, Home, Simulator};

/// Most of a nasty run is waiting for deadlines: so many are played side by side.
const SIDE_BY_SIDE: usize = 24;

#[test]
fn no_fault_makes_a_press_claim_more_than_the_simulator_knows_to_be_true() {
    let home = Home::new();
    let listed = home.run(&["simulate", "--faults"]);
    let faults: Vec<&str> = listed
        .lines
        .iter()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(faults.len() >= 20, "{faults:?}");

    let next = AtomicUsize::new(0);
    let lies = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let lie = play(fault);
                    lies.lock().unwrap().extend(lie);
                }
            });
        }
    });
    let lies = lies.into_inner().unwrap();
    assert!(lies.is_empty(), "{}", lies.join("\n"));
}

/// Presses under one fault; returns what it claimed wrongly.
fn play(fault: &str) -> Option<String> {
    let home = Home::new();
    let arguments = ["--venue", "ibkr", "--orders", "12", "--fault", fault];
    let simulator = Simulator::start(&home, &arguments);
    let served = &simulator.accounts[0];
    let name = served.name.clone();
    home.add(served);
    let pressed = home.run(&["panic", "leaked-api-key", "--json"]);
    let summary = pressed.summary();
    let (truth, _) = simulator.end();
    let open = truth[&name]["open_orders"].as_u64().unwrap();

    if summary["contained"] == true {
        return Some(format!(
            "{fault}: contained without a person having answered anything"
        ));
    }
    if !matches!(pressed.code(), Some(2 | 3)) {
        return Some(format!("{fault}: ended with {}", pressed.all()));
    }
    // an order that appears between the last listing and the end of the process is nobody's lie:
    // orders that keep appearing are judged by the seeded simulations
    let keeps_appearing = ["attacker", "reappear"].contains(&fault);
    if open > 0 && !keeps_appearing && !cancel_is_open(&pressed, &name) {
        return Some(format!(
            "{fault}: {open} orders are open and the summary does not say so"
        ));
    }
    None
}

fn cancel_is_open(pressed: &Finished, account: &str) -> bool {
    let task = format!("cancel@{account}");
    let summary = pressed.summary();
    summary["open"]
        .as_array()
        .unwrap()
        .iter()
        .any(|open| open["task"] == task.as_str())
}
