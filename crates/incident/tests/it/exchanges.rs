//! What exchanges ask of a run: doors that each reach a part of the account, keys that are cut with
//! a one-time code, and a key of our own that goes last.

use std::{sync::Arc, time::Duration};

use door::{ErrorClass, Found, Lever, LeverSupport, Reading};
use incident::{
    Actor, Event,
    executor::{self, Command, CommandError, Record},
    journal::{Chain, Line, Recovered},
};
use runbook::{Task, TaskId};

use crate::common::*;

const CANCEL: &str = "cancel@main";
const REVOKE: &str = "revoke@main";

fn part(lever: Lever) -> LeverSupport {
    LeverSupport {
        own_part: true,
        ..support(lever)
    }
}

fn cancel_in_parts() -> Task {
    let doors = [
        ("spot", part(Lever::CancelOrders)),
        ("futures", part(Lever::CancelOrders)),
    ];
    pull("cancel", Lever::CancelOrders, &doors)
}

/// A listing in which a key works, or none does.
fn key(works: bool) -> Answer<Reading> {
    let found = works.then(|| Found::Key {
        label: "a key".to_owned(),
    });
    soon(Reading {
        found: found.into_iter().collect(),
        ..Reading::default()
    })
}

fn revoke_with_code() -> Task {
    let asks = LeverSupport {
        asks_code: true,
        ..support(Lever::RevokeKey)
    };
    let mut card = card(None);
    card.read_back = None;
    Task {
        card: Some(card),
        ..pull("revoke", Lever::RevokeKey, &[("api", asks)])
    }
}

#[tokio::test(start_paused = true)]
async fn each_door_with_a_part_of_its_own_cancels_and_none_proves_for_another() {
    let spot = ScriptedDoor::new("spot", vec![taken()], vec![empty()]);
    let futures = ScriptedDoor::new("futures", vec![taken()], vec![one_open("f1")]);
    let mut run = start(vec![cancel_in_parts()], &[&spot, &futures]);
    run.until(CANCEL, "unknown").await;
    assert!(spot.acted() >= 1 && futures.acted() >= 1);
    assert!(
        run.why(CANCEL).contains("still open"),
        "{}",
        run.why(CANCEL)
    );

    let futures = ScriptedDoor::new("futures", vec![taken()], vec![one_open("f1"), empty()]);
    let mut run = start(vec![cancel_in_parts()], &[&spot, &futures]);
    run.until(CANCEL, "verified").await;
    let proof = run.run().task(&TaskId::new(CANCEL)).unwrap().proof.clone();
    assert_eq!(proof.unwrap().doors.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_part_whose_door_goes_blind_is_never_proved_by_the_other() {
    let spot = ScriptedDoor::new("spot", vec![taken()], vec![empty()]);
    let reads = vec![one_open("f1"), fails(ErrorClass::Unreachable)];
    let futures = ScriptedDoor::new("futures", vec![taken()], reads);
    let mut run = start(vec![cancel_in_parts()], &[&spot, &futures]);
    run.until(CANCEL, "unknown").await;
    assert_eq!(
        run.count(|event| matches!(event, Event::Verified { .. })),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_part_whose_door_is_refused_for_good_is_named() {
    let spot = ScriptedDoor::new("spot", vec![taken()], vec![empty()]);
    let refused = vec![fails(ErrorClass::Unauthorised)];
    let reads = vec![fails(ErrorClass::Unauthorised)];
    let futures = ScriptedDoor::new("futures", refused, reads);
    let mut run = start(vec![cancel_in_parts()], &[&spot, &futures]);
    run.until(CANCEL, "partial").await;
    assert!(run.why(CANCEL).contains("futures"), "{}", run.why(CANCEL));
}

#[tokio::test(start_paused = true)]
async fn under_hold_down_the_part_that_is_not_seen_any_more_makes_it_unknown() {
    let spot = ScriptedDoor::new("spot", vec![taken()], vec![empty()]);
    let mut reads = vec![empty(); 4];
    reads.push(fails(ErrorClass::Unreachable));
    let futures = ScriptedDoor::new("futures", vec![taken()], reads);
    let sever = manual("sever", Some("0"));
    let cancel = Task {
        hold_until: vec![sever.id.clone()],
        ..cancel_in_parts()
    };
    let mut run = start(vec![cancel, sever], &[&spot, &futures]);
    run.until(CANCEL, "verified").await;
    run.until(CANCEL, "unknown").await;
    assert!(run.why(CANCEL).contains("no good listing"));
}

#[tokio::test(start_paused = true)]
async fn a_code_that_the_venue_asks_for_is_the_persons_and_is_written_down_nowhere() {
    let acts = vec![fails(ErrorClass::NeedsCode), taken()];
    let api = ScriptedDoor::new("api", acts, vec![key(true), key(false)]);
    let mut run = start(vec![revoke_with_code()], &[&api]);
    run.until(REVOKE, "needs you").await;
    assert!(run.run().task(&TaskId::new(REVOKE)).unwrap().asks_code());
    let acted = api.acted();
    run.for_(Duration::from_secs(20)).await;
    assert_eq!(api.acted(), acted, "nothing is tried without the code");

    run.answer(REVOKE, "739 154").await;
    run.until(REVOKE, "verified").await;
    assert_eq!(*api.codes.lock().unwrap(), ["739154"]);
    assert_eq!(
        run.count(|event| matches!(event, Event::CodeGiven { .. })),
        1
    );
    let (lines, _) = run.leave().await;
    for line in lines {
        let text = serde_json::to_string(&line.event).unwrap();
        assert!(
            !text.contains("739154") && !text.contains("739 154"),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_was_wrong_is_asked_for_again() {
    let acts = vec![
        fails(ErrorClass::NeedsCode),
        fails(ErrorClass::NeedsCode),
        taken(),
    ];
    let api = ScriptedDoor::new("api", acts, vec![key(true), key(false)]);
    let mut run = start(vec![revoke_with_code()], &[&api]);
    run.until(REVOKE, "needs you").await;
    run.answer(REVOKE, "000000").await;
    run.for_(Duration::from_secs(2)).await;
    assert_eq!(run.word(REVOKE), "needs you");
    assert!(run.run().task(&TaskId::new(REVOKE)).unwrap().asks_code());
    run.answer(REVOKE, "111111").await;
    run.until(REVOKE, "verified").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_code_is_handed_to_nobody_and_not_repeated() {
    let acts = vec![fails(ErrorClass::NeedsCode)];
    let api = ScriptedDoor::new("api", acts, vec![key(true), key(false)]);
    let mut run = start(vec![revoke_with_code()], &[&api]);
    run.until(REVOKE, "needs you").await;
    let answer = Command::Answer {
        task: TaskId::new(REVOKE),
        value: "my; secret".to_owned(),
        by: Actor::You,
    };
    let error = run.handle.send(answer).await.unwrap_err();
    assert_eq!(error, CommandError::NotACode(TaskId::new(REVOKE)));
    assert!(!error.to_string().contains("secret"));
    assert!(api.codes.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn our_own_key_is_the_persons_to_delete_only_once_nothing_is_held_down_with_it() {
    let reads = vec![empty(); 40];
    let cancels = ScriptedDoor::new("spot", vec![taken()], reads);
    let keys = ScriptedDoor::new("keys", vec![taken()], vec![key(true), key(false)]);
    let sever = manual("sever", Some("0"));
    let cancel = Task {
        hold_until: vec![sever.id.clone()],
        ..pull(
            "cancel",
            Lever::CancelOrders,
            &[("spot", support(Lever::CancelOrders))],
        )
    };
    let own_key = LeverSupport {
        acts: false,
        ..blinding(Lever::RevokeKey, "spot", &[Lever::CancelOrders])
    };
    let own_key = Task {
        card: Some(card(Some("0"))),
        ..pull("revoke", Lever::RevokeKey, &[("keys", own_key)])
    };
    let mut run = start(vec![cancel, sever, own_key], &[&cancels, &keys]);
    run.until(CANCEL, "verified").await;
    run.for_(Duration::from_secs(5)).await;
    assert_eq!(run.word(REVOKE), "queued");
    run.answer("sever", "0").await;
    run.until(REVOKE, "needs you").await;
    assert!(run.types().contains(&"hold_ended"));
    run.answer(REVOKE, "0").await;
    run.until(REVOKE, "verified").await;
}

/// The run taken up again from these lines, as after a crash.
fn resumed(lines: &[Arc<Line>], all: &[&Arc<ScriptedDoor>]) -> Follower {
    let mut chain = Chain::default();
    let lines = lines
        .iter()
        .map(|line| chain.link(line.stamp(), line.event.clone()).0)
        .collect();
    let recovered = Recovered {
        lines,
        chain,
        whole_bytes: 0,
        dropped_bytes: 0,
    };
    let handle = executor::resume(recovered, doors(all), Record::nowhere(), clock());
    Follower::of(handle.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_code_is_asked_for_also_where_the_program_ended_while_it_was_being_sent() {
    let slow = (Duration::from_secs(5), Err(error(ErrorClass::NeedsCode)));
    let acts = vec![slow, fails(ErrorClass::NeedsCode), taken()];
    let mut reads = vec![key(true); 12];
    reads.push(key(false));
    let api = ScriptedDoor::new("api", acts, reads);
    let mut run = start(vec![revoke_with_code()], &[&api]);
    run.until(REVOKE, "sending").await;
    run.for_(Duration::from_secs(1)).await;
    run.handle.crash();
    let mut run = resumed(&run.lines, &[&api]);
    run.until(REVOKE, "unknown").await;
    run.for_(Duration::from_secs(3)).await;
    assert!(run.run().task(&TaskId::new(REVOKE)).unwrap().asks_code());
    run.answer(REVOKE, "123456").await;
    run.until(REVOKE, "verified").await;
}
