//! Fifty accounts with two hundred orders each: the window answers while the board changes.

use std::time::{Duration, Instant};

use tests::{
    desk::{
        Desk,
        page::{By, role},
    },
    program::Simulator,
};

use crate::{
    board::press,
    person::{arm, go, run},
};

/// Notes how long each frame took.
const WATCH: &str = "
    window.frames = [];
    let before = performance.now();
    const frame = (now) => { window.frames.push(now - before); before = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
";

#[test]
fn fifty_accounts_with_two_hundred_orders_each_are_contained_while_the_window_answers() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(
        desk.home(),
        &["--venue", "ibkr-tws", "--accounts", "50", "--orders", "200"],
    );
    desk.add(&simulator.accounts);
    desk.open();
    let page = desk.page();
    arm(page);
    page.ask(WATCH, &[]);
    press(page);

    let mut slowest = Duration::ZERO;
    let began = Instant::now();
    let cancelled = |run: &serde_json::Value| {
        let rows = run["rows"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["lever"] == "cancel_orders")
            .unwrap();
        let cells = row["cells"].as_array().unwrap();
        cells
            .iter()
            .filter(|cell| cell["word"] == "verified")
            .count()
    };
    // the person looks elsewhere and back while it goes on
    let places: [(&str, By); 2] = [
        ("Evidence", role("heading", "Runs")),
        ("Board", role("grid", "Accounts and levers")),
    ];
    for (screen, shown) in places.iter().cycle() {
        let asked = Instant::now();
        go(page, screen);
        page.wait(shown);
        slowest = slowest.max(asked.elapsed());
        if cancelled(&run(page)) == 50 {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_mins(2),
            "not contained in two minutes"
        );
    }
    let frames = page.ask(
        "const sorted = [...window.frames].sort((a, b) => a - b); \
         const at = (part) => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0); \
         return `${sorted.length} frames, half within ${at(0.5)} ms, 95 of 100 within ${at(0.95)} ms, \
                 the slowest ${Math.round(sorted.at(-1))} ms`",
        &[],
    );
    println!(
        "contained after {:?}; {frames}; the slowest change of screens {slowest:?}",
        began.elapsed()
    );
    let (truth, _) = simulator.end();
    assert_eq!(truth.len(), 50);
    assert!(
        truth.values().all(|one| one["open_orders"] == 0),
        "{truth:?}"
    );
}
