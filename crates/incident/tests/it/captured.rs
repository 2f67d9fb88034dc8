//! What a capture tells a run: when cancelling may start, what is held, and what appeared since.

use std::{sync::Arc, time::Duration};

use crate::common::*;
use door::{
    ErrorClass, Fill, Found, Lever, LeverSupport, Missing, OpenOrder, Position, Reading, Receipt,
    Side, Snapshot,
};
use incident::{
    Actor, Headline,
    executor::{Command, CommandError},
};
use runbook::Task;

const CANCEL: &str = "cancel@main";
const CAPTURE: &str = "capture@main";

fn held(instrument: &str, quantity: i64) -> Position {
    Position {
        instrument: instrument.to_owned(),
        quantity: quantity.into(),
        average_cost: None,
    }
}

fn stop_of(key: &str, instrument: &str) -> OpenOrder {
    OpenOrder {
        instrument: instrument.to_owned(),
        order_type: "STP".to_owned(),
        side: Side::Sell,
        stop: Some(9.into()),
        ..open_order(key)
    }
}

fn sold(quantity: i64) -> Fill {
    Fill {
        id: "f".to_owned(),
        order: None,
        instrument: "XYZ".to_owned(),
        side: Side::Sell,
        quantity: quantity.into(),
        price: 10.into(),
        at: None,
        submitter: None,
    }
}

fn missing(what: &str) -> Vec<Missing> {
    vec![Missing {
        what: what.to_owned(),
        why: "it did not answer".to_owned(),
    }]
}

fn in_ms<T>(wait: u64, answer: T) -> Answer<T> {
    (Duration::from_millis(wait), Ok(answer))
}

/// A capture through these doors, and a cancel after it that goes through them too.
fn capture_and_cancel(doors: &[&str], cancel: &LeverSupport) -> Vec<Task> {
    let through = |support: &LeverSupport| -> Vec<_> {
        let doors = doors.iter();
        doors.map(|door| (*door, support.clone())).collect()
    };
    let mut capture = pull(
        "capture",
        Lever::Capture,
        &through(&support(Lever::Capture)),
    );
    capture.deadline_ms = Some(2_000);
    let mut cancel = pull("cancel", Lever::CancelOrders, &through(cancel));
    cancel.after = vec![capture.id.clone()];
    vec![capture, cancel]
}

fn in_parts() -> LeverSupport {
    LeverSupport {
        own_part: true,
        ..support(Lever::CancelOrders)
    }
}

/// A door whose capture tells its orders and positions at once.
fn telling(
    kind: &str,
    orders: Vec<OpenOrder>,
    positions: Vec<Position>,
    acts: Vec<Answer<Receipt>>,
    reads: Vec<Answer<Reading>>,
) -> Arc<ScriptedDoor> {
    let mut door = ScriptedDoor::new(kind, acts, reads);
    Arc::get_mut(&mut door).unwrap().tells = Some((orders, positions));
    door
}

#[tokio::test(start_paused = true)]
async fn a_capture_that_hangs_holds_cancelling_up_no_longer_than_its_budget() {
    let door = ScriptedDoor::new("tws", vec![never()], vec![empty()]);
    let mut capture = pull(
        "capture",
        Lever::Capture,
        &[("log", support(Lever::Capture))],
    );
    capture.deadline_ms = Some(2_000);
    let mut cancel = cancel_through(&["tws"]);
    cancel.after = vec![capture.id.clone()];
    let log = ScriptedDoor::new("log", vec![never()], vec![never()]);
    let mut run = start(vec![capture, cancel], &[&door, &log]);
    run.until(CANCEL, "sending").await;
    assert_eq!(run.now_ms(), 2_000);
    assert_eq!(run.word("capture@main"), "unknown");
}

#[tokio::test(start_paused = true)]
async fn cancelling_starts_once_one_door_has_recorded_everything_and_the_others_go_on() {
    let receipt = Receipt {
        snapshot: Some(Snapshot::default()),
        ..Receipt::default()
    };
    let late = (Duration::from_millis(1_800), Ok(receipt.clone()));
    let tws = ScriptedDoor::new("tws", vec![soon(receipt)], vec![empty()]);
    let web = ScriptedDoor::new("web", vec![late], vec![empty()]);
    let doors = [
        ("tws", support(Lever::Capture)),
        ("web", support(Lever::Capture)),
    ];
    let capture = pull("capture", Lever::Capture, &doors);
    let mut cancel = cancel_through(&["tws"]);
    cancel.after = vec![capture.id.clone()];
    let mut run = start(vec![capture, cancel], &[&tws, &web]);
    run.until(CANCEL, "sending").await;
    assert!(run.now_ms() < 50, "{}", run.now_ms());
    run.until("capture@main", "verified").await;
    assert!(run.now_ms() >= 1_800);
}

#[tokio::test(start_paused = true)]
async fn a_position_whose_stop_was_cancelled_is_named() {
    let mut stop = open_order("s");
    stop.order_type = "STP".to_owned();
    stop.side = door::Side::Sell;
    stop.stop = Some(9.into());
    let position = Position {
        instrument: "XYZ".to_owned(),
        quantity: 100.into(),
        average_cost: None,
    };
    let snapshot = Snapshot {
        orders: vec![stop.clone()],
        positions: vec![position],
        ..Snapshot::default()
    };
    let receipt = Receipt {
        snapshot: Some(snapshot),
        ..Receipt::default()
    };
    // an audit's snapshot has settings and no positions: they are not gone
    let audited = Receipt {
        snapshot: Some(Snapshot::default()),
        ..Receipt::default()
    };
    let door = ScriptedDoor::new(
        "tws",
        vec![soon(receipt), taken(), soon(audited)],
        vec![empty()],
    );
    let capture = pull(
        "capture",
        Lever::Capture,
        &[("tws", support(Lever::Capture))],
    );
    let mut cancel = cancel_through(&["tws"]);
    cancel.after = vec![capture.id.clone()];
    let mut audit = pull("audit", Lever::Audit, &[("tws", support(Lever::Audit))]);
    audit.after = vec![cancel.id.clone()];
    let mut run = start(vec![capture, cancel, audit], &[&door]);
    run.until("audit@main", "verified").await;
    let headline = incident::board(run.run(), 0).headline;
    assert_eq!(headline, Headline::WithoutStop);
    let without_stop = run.run().summary().without_stop;
    assert_eq!(without_stop.len(), 1);
    assert_eq!(without_stop[0].stops, vec![stop]);

    let wrong = Command::Reset {
        positions_without_stop: None,
        by: Actor::You,
    };
    assert_eq!(
        run.handle.send(wrong).await,
        Err(CommandError::LookAgain { read: 0, actual: 1 })
    );
    let right = Command::Reset {
        positions_without_stop: Some(1),
        by: Actor::You,
    };
    run.handle.send(right).await.unwrap();
    while run.step().await {}
    assert!(run.run().is_reset);
    assert_eq!(run.types().last(), Some(&"run_summary"));
}

#[tokio::test(start_paused = true)]
async fn cancelling_starts_with_orders_and_positions_recorded_and_slow_logs_go_on() {
    let slow = in_ms(1_700, Receipt::default());
    let api = telling("api", vec![], vec![], vec![slow, taken()], vec![empty()]);
    let tasks = capture_and_cancel(&["api"], &support(Lever::CancelOrders));
    let mut run = start(tasks, &[&api]);
    run.until(CANCEL, "sending").await;
    assert!(run.now_ms() < 50, "{}", run.now_ms());
    assert_eq!(run.word(CAPTURE), "sending");
}

#[tokio::test(start_paused = true)]
async fn where_doors_see_parts_cancelling_waits_until_each_is_recorded() {
    let spot = telling("spot", vec![], vec![], vec![never()], vec![empty()]);
    let slow = in_ms(
        900,
        Receipt {
            snapshot: Some(Snapshot::default()),
            ..Receipt::default()
        },
    );
    let futures = ScriptedDoor::new("futures", vec![slow, taken()], vec![empty()]);
    let tasks = capture_and_cancel(&["spot", "futures"], &in_parts());
    let mut run = start(tasks, &[&spot, &futures]);
    run.until(CANCEL, "sending").await;
    assert_eq!(run.now_ms(), 900);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_cannot_be_recorded_holds_no_cancelling_up() {
    let spot = telling("spot", vec![], vec![], vec![never()], vec![empty()]);
    let refused = vec![fails(ErrorClass::Unauthorised)];
    let futures = ScriptedDoor::new("futures", refused, vec![empty()]);
    let tasks = capture_and_cancel(&["spot", "futures"], &in_parts());
    let mut run = start(tasks, &[&spot, &futures]);
    run.until(CANCEL, "sending").await;
    assert!(run.now_ms() < 50, "{}", run.now_ms());
}

#[tokio::test(start_paused = true)]
async fn what_doors_see_of_their_parts_adds_up() {
    let appeared = |key: &str| {
        in_ms(
            10,
            Reading {
                found: vec![Found::Order(open_order(key))],
                ..Reading::default()
            },
        )
    };
    let door = |kind: &str, instrument: &str, key: &str| {
        let reads = vec![empty(), appeared(key), empty()];
        let acts = vec![in_ms(5, Receipt::default()), taken()];
        let stops = vec![stop_of(&format!("{kind}-stop"), instrument)];
        telling(kind, stops, vec![held(instrument, 100)], acts, reads)
    };
    let spot = door("spot", "XBT", "s");
    let futures = door("futures", "PF_XBTUSD", "f");
    let tasks = capture_and_cancel(&["spot", "futures"], &in_parts());
    let mut run = start(tasks, &[&spot, &futures]);
    run.until(CANCEL, "verified").await;
    let summary = run.run().summary();
    let bare: Vec<_> = summary
        .without_stop
        .iter()
        .map(|each| each.position.instrument.as_str())
        .collect();
    assert_eq!(bare, ["XBT", "PF_XBTUSD"]);
    assert_eq!(summary.appeared, 2);
}

#[tokio::test(start_paused = true)]
async fn positions_that_a_door_could_not_read_are_not_gone() {
    let lost = Receipt {
        snapshot: Some(Snapshot::default()),
        missing: missing("positions"),
        ..Receipt::default()
    };
    let stops = vec![stop_of("s", "XYZ")];
    let acts = vec![soon(Receipt::default()), taken()];
    let tws = telling("tws", stops, vec![held("XYZ", 100)], acts, vec![empty()]);
    let web = ScriptedDoor::new("web", vec![in_ms(50, lost)], vec![empty()]);
    let tasks = capture_and_cancel(&["tws", "web"], &support(Lever::CancelOrders));
    let mut run = start(tasks, &[&tws, &web]);
    run.until(CANCEL, "verified").await;
    run.until(CAPTURE, "partial").await;
    assert_eq!(run.run().summary().without_stop.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn orders_that_a_capture_could_not_read_have_not_appeared() {
    let lost = Receipt {
        snapshot: Some(Snapshot::default()),
        missing: missing("open orders"),
        ..Receipt::default()
    };
    let reads = vec![one_open("1"), empty()];
    let door = ScriptedDoor::new("tws", vec![soon(lost), taken()], reads);
    let tasks = capture_and_cancel(&["tws"], &support(Lever::CancelOrders));
    let mut run = start(tasks, &[&door]);
    run.until(CANCEL, "verified").await;
    assert_eq!(run.run().summary().appeared, 0);
}

#[tokio::test(start_paused = true)]
async fn a_fill_moves_the_position_though_the_capture_ends_after_it() {
    let positions = vec![held("XYZ", 100)];
    let snapshot = Snapshot {
        positions: positions.clone(),
        ..Snapshot::default()
    };
    let late = in_ms(
        1_500,
        Receipt {
            snapshot: Some(snapshot),
            ..Receipt::default()
        },
    );
    let filled = soon(Reading {
        fills: vec![sold(40)],
        ..Reading::default()
    });
    let stops = vec![stop_of("s", "XYZ")];
    let door = telling("tws", stops, positions, vec![late, taken()], vec![filled]);
    let tasks = capture_and_cancel(&["tws"], &support(Lever::CancelOrders));
    let mut run = start(tasks, &[&door]);
    run.until(CANCEL, "verified").await;
    run.until(CAPTURE, "verified").await;
    let without_stop = run.run().summary().without_stop;
    assert_eq!(without_stop[0].position.quantity, 60.into());
}
