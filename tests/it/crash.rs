//! The program killed after each line of its journal, and started again.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tests::program::{Home, Running, Simulator};

const SIDE_BY_SIDE: usize = 6;

/// Plays one press, killed after `lines` lines (or not), and resumed; the state of each task at
/// the end, or `None` when the run ended before it could be killed.
fn play(lines: Option<usize>) -> Option<Vec<String>> {
    let home = Home::new();
    let simulator = Simulator::start(&home, &["--venue", "ibkr-tws", "--orders", "5"]);
    home.add(&simulator.accounts[0]);
    let name = simulator.accounts[0].name.clone();
    let press = ["panic", "leaked-api-key", "--json"];
    let finished = match lines {
        None => home.run(&press),
        Some(lines) => {
            let mut running = Running::start(home.command(&press));
            for _ in 0..lines {
                let line = running.json()?;
                if line["event"]["type"] == "run_summary" {
                    return None;
                }
            }
            running.kill();
            home.run(&["run", "resume", "latest", "--json"])
        }
    };
    let summary = finished.summary();
    let (truth, _) = simulator.end();
    assert_eq!(
        truth[&name]["open_orders"],
        0,
        "killed after {lines:?}: {}",
        finished.all()
    );
    assert_eq!(
        finished.code(),
        Some(2),
        "killed after {lines:?}: {}",
        finished.all()
    );
    let mut open: Vec<String> = summary["open"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| format!("{} {}", task["task"], task["state"]))
        .collect();
    open.sort();
    Some(open)
}

#[test]
fn a_press_killed_after_any_line_of_its_journal_is_resumed_to_the_same_end() {
    let uninterrupted = play(None).unwrap();
    let next = AtomicUsize::new(1);
    let wrong = Mutex::new(Vec::new());
    let killed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let lines = next.fetch_add(1, Ordering::Relaxed);
                    let Some(ended) = play(Some(lines)) else {
                        return;
                    };
                    killed.fetch_add(1, Ordering::Relaxed);
                    if ended != uninterrupted {
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("after line {lines}: {ended:?}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "not {uninterrupted:?}, but\n{}",
        wrong.join("\n")
    );
    assert!(
        killed.into_inner() >= 20,
        "the run has more lines than that"
    );
}
