//! The runner: order, time, and what a collector that hangs or falls over costs.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn machine() -> (tempfile::TempDir, Machine) {
    let root = tempfile::tempdir().unwrap();
    let machine = Machine::at(root.path(), Os::Linux);
    (root, machine)
}

fn good(_look: &Look, found: &mut Found) {
    found.looked_at("/a");
    found.put("rows", &["x"]);
}

fn falls(_look: &Look, _found: &mut Found) {
    panic!("on purpose");
}

/// Waits for a pipe that nobody writes into.
#[cfg(unix)]
fn hangs(look: &Look, _found: &mut Found) {
    drop(std::fs::read(look.machine.real("/pipe")));
}

#[cfg(unix)]
#[test]
fn one_that_hangs_and_one_that_falls_over_cost_only_themselves() {
    let (root, machine) = machine();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let kind = rustix::fs::FileType::Fifo;
    let pipe = root.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
    let soon = Kind {
        share: Duration::from_millis(50),
        ..super::kind("hangs", "Hangs", "thing", 1, hangs)
    };
    let kinds = [
        soon,
        super::kind("falls", "Falls over", "thing", 15, falls),
        super::kind("good", "Good", "thing", 15, good),
    ];
    let kinds: Vec<&Kind> = kinds.iter().collect();
    let told = AtomicUsize::new(0);
    let mut count = |_: Told<'_>| {
        told.fetch_add(1, Ordering::Relaxed);
    };
    let lists = Lists::shipped();
    let all = run(&kinds, &machine, &lists, &[], WITHIN * 2, &mut count);
    assert!(matches!(all[0].outcome, Outcome::TimedOut { .. }));
    assert!(matches!(all[1].outcome, Outcome::Failed { .. }));
    assert_eq!(all[2].outcome, Outcome::Collected);
    assert_eq!(all[2].taken.len(), 1);
    assert_eq!(told.load(Ordering::Relaxed), 6);
}

#[test]
fn when_all_time_is_over_the_rest_says_so_and_reads_nothing() {
    let (_root, machine) = machine();
    let lists = Lists::shipped();
    let mut order = Vec::new();
    let mut tell = |told: Told<'_>| {
        if told.state == State::Began {
            order.push((told.collector.to_owned(), told.nth, told.of));
        }
    };
    let all = host(&machine, &lists, Duration::ZERO, &mut tell);
    assert!(
        all.iter()
            .all(|c| matches!(c.outcome, Outcome::TimedOut { .. }))
    );
    assert!(all.iter().all(|c| c.taken.is_empty()));
    let ids: Vec<_> = collectors(Os::Linux)
        .iter()
        .map(|c| c.id.to_owned())
        .collect();
    assert_eq!(order.iter().map(|o| o.0.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(order[0].1, 1);
    assert!(order.iter().all(|o| o.2 == ids.len()));
}
