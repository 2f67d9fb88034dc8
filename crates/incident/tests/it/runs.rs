//! How runs go: over scripted doors, under a paused clock.

use std::time::Duration;

use crate::common::*;
use door::{DoorKind, ErrorClass, Family, Found, Lever, Reading, Unseen};
use incident::{Actor, Event, Headline, SkipReason, Word, executor::Command};
use runbook::TaskId;

const CANCEL: &str = "cancel@main";

#[tokio::test(start_paused = true)]
async fn a_cancel_is_verified_only_after_two_empty_listings_a_poll_interval_apart() {
    let door = ScriptedDoor::new("tws", vec![taken()], vec![one_open("1"), empty(), empty()]);
    let mut run = start(vec![cancel_through(&["tws"])], &[&door]);
    run.until(CANCEL, "verified").await;

    let begun: Vec<u64> = run
        .lines
        .iter()
        .filter(|line| matches!(line.event, Event::ReadingStarted { .. }))
        .map(|line| line.mono_ms)
        .collect();
    assert!(begun.len() >= 3, "{begun:?}");
    assert!(
        begun[begun.len() - 1] - begun[begun.len() - 2] >= 500,
        "{begun:?}"
    );
    let proof = run
        .run()
        .task(&TaskId::new(CANCEL))
        .unwrap()
        .proof
        .clone()
        .unwrap();
    assert_eq!(
        (proof.readings, proof.doors),
        (2, vec![DoorKind::new("tws")])
    );
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_alone_never_verifies() {
    let door = ScriptedDoor::new("tws", vec![taken()], vec![fails(ErrorClass::Malformed)]);
    let mut run = start(vec![cancel_through(&["tws"])], &[&door]);
    run.until(CANCEL, "unknown").await;
    assert_eq!(
        run.types()
            .iter()
            .filter(|name| **name == "verified")
            .count(),
        0
    );
    assert!(run.now_ms() >= 30_000);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_failed_between_two_empty_ones_breaks_the_row() {
    let reads = vec![empty(), fails(ErrorClass::Malformed), empty(), empty()];
    let door = ScriptedDoor::new("tws", vec![taken()], reads);
    let mut run = start(vec![cancel_through(&["tws"])], &[&door]);
    run.until(CANCEL, "verified").await;
    assert_eq!(
        run.count(|event| matches!(event, Event::ReadingTaken { .. })),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn a_door_that_hangs_is_joined_by_the_next_one() {
    let hung = ScriptedDoor::new("tws", vec![never()], vec![never()]);
    let good = ScriptedDoor::new("web", vec![taken()], vec![empty()]);
    let mut run = start(vec![cancel_through(&["tws", "web"])], &[&hung, &good]);
    run.until(CANCEL, "accepted").await;
    assert!(run.now_ms() < 1_600, "{}", run.now_ms());
    run.until(CANCEL, "verified").await;
    let proof = run
        .run()
        .task(&TaskId::new(CANCEL))
        .unwrap()
        .proof
        .clone()
        .unwrap();
    assert_eq!(proof.doors, vec![DoorKind::new("web")]);
    assert_eq!(hung.acted(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_door_that_still_lists_orders_outvotes_one_that_lists_none() {
    let lying = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
    let honest = ScriptedDoor::new("web", vec![taken()], vec![one_open("1")]);
    let mut run = start(vec![cancel_through(&["tws", "web"])], &[&lying, &honest]);
    run.until(CANCEL, "unknown").await;
    assert_eq!(run.why(CANCEL), "still open: buy 100 XYZ");
}

#[tokio::test(start_paused = true)]
async fn what_every_door_refused_is_refused_in_the_venues_words() {
    let door = ScriptedDoor::new("tws", vec![fails(ErrorClass::Refused)], vec![one_open("1")]);
    let mut run = start(vec![cancel_through(&["tws"])], &[&door]);
    run.until(CANCEL, "refused").await;
    assert_eq!(run.why(CANCEL), "it said no");
    assert_eq!(door.acted(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_every_door_refused_needs_the_person_where_there_is_a_card_and_proof_still_counts() {
    let reads = vec![one_open("1"), one_open("1"), empty()];
    let door = ScriptedDoor::new("tws", vec![fails(ErrorClass::Refused)], reads);
    let mut task = cancel_through(&["tws"]);
    task.card = Some(card(Some("0")));
    let mut run = start(vec![task], &[&door]);
    run.until(CANCEL, "needs you").await;
    // the person cancels by hand; the door is asked, and it is the door that proves
    run.answer(CANCEL, "0").await;
    run.until(CANCEL, "verified").await;
    let proof = run
        .run()
        .task(&TaskId::new(CANCEL))
        .unwrap()
        .proof
        .clone()
        .unwrap();
    assert!(!proof.read_by_you);
}

#[tokio::test(start_paused = true)]
async fn orders_that_come_back_under_hold_down_are_cancelled_again_and_counted() {
    let reads = vec![
        one_open("1"),
        empty(),
        empty(),
        empty(),
        one_open("2"),
        empty(),
    ];
    let door = ScriptedDoor::new("tws", vec![taken()], reads);
    let mut cancel = cancel_through(&["tws"]);
    cancel.hold_until = vec![TaskId::new("call")];
    let mut run = start(vec![cancel, manual("call", None)], &[&door]);
    run.until(CANCEL, "verified").await;
    run.until(CANCEL, "sending").await;
    run.until(CANCEL, "verified").await;
    let task = run.run().task(&TaskId::new(CANCEL)).unwrap();
    assert_eq!(task.reopened, 1);
    assert!(task.is_holding());
    assert_eq!(run.run().summary().appeared, 1);

    run.answer("call", "1").await;
    run.for_(Duration::from_secs(10)).await;
    assert!(!run.run().task(&TaskId::new(CANCEL)).unwrap().is_holding());
    let read = door.read();
    run.for_(Duration::from_mins(1)).await;
    let looks = door.read() - read;
    assert!(
        (1..=3).contains(&looks),
        "only looked at now and then: {looks} times in a minute"
    );
}

#[tokio::test(start_paused = true)]
async fn hold_down_that_goes_blind_is_unknown_and_says_when_it_last_saw_nothing() {
    let reads = vec![empty(), empty(), empty(), fails(ErrorClass::Unreachable)];
    let door = ScriptedDoor::new("tws", vec![taken()], reads);
    let mut cancel = cancel_through(&["tws"]);
    cancel.hold_until = vec![TaskId::new("call")];
    let mut run = start(vec![cancel, manual("call", None)], &[&door]);
    run.until(CANCEL, "verified").await;
    run.until(CANCEL, "unknown").await;
    assert!(run.lines.iter().any(|line| matches!(
        &line.event,
        Event::Unknown {
            last_seen: Some(_),
            ..
        }
    )));
}

#[tokio::test(start_paused = true)]
async fn a_family_that_no_door_sees_leaves_partial_until_the_person_has_asked() {
    let unseen = Unseen {
        what: Family::new("fix"),
        why: "placed by FIX".to_owned(),
    };
    let reading = Reading {
        unseen: vec![unseen],
        ..Reading::default()
    };
    let door = ScriptedDoor::new("tws", vec![taken()], vec![soon(reading)]);
    let mut call = manual("call", Some("0"));
    call.covers = vec![TaskId::new(CANCEL)];
    let mut run = start(vec![cancel_through(&["tws"]), call], &[&door]);
    run.until(CANCEL, "partial").await;
    assert_eq!(run.why(CANCEL), "fix: placed by FIX");
    run.answer("call", "3").await;
    run.for_(Duration::from_secs(1)).await;
    assert_eq!(run.word("call"), "needs you");
    assert_eq!(run.word(CANCEL), "partial");
    run.answer("call", "0").await;
    run.until(CANCEL, "verified").await;
    assert!(
        run.run()
            .task(&TaskId::new(CANCEL))
            .unwrap()
            .proof
            .clone()
            .unwrap()
            .read_by_you
    );
    assert!(run.run().is_contained());
    assert_eq!(run.run().summary().read_by_you, 2);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_did_not_see_a_family_proves_nothing_of_it_once_it_is_seen() {
    let blind = soon(Reading {
        unseen: vec![Unseen {
            what: Family::new("sub-1"),
            why: "it cannot be switched into".to_owned(),
        }],
        ..Reading::default()
    });
    let reads = vec![blind.clone(), empty(), fails(ErrorClass::Malformed), blind];
    let door = ScriptedDoor::new("api", vec![taken()], reads);
    let mut run = start(vec![cancel_through(&["api"])], &[&door]);
    run.until(CANCEL, "partial").await;
    assert_eq!(
        run.count(|event| matches!(event, Event::Verified { .. })),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_lever_that_blinds_a_door_waits_while_that_door_is_needed() {
    let tws = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
    let mut cancel = cancel_through(&["tws"]);
    cancel.hold_until = vec![TaskId::new("call")];
    let block = pull(
        "block",
        Lever::BlockTrading,
        &[(
            "tws",
            blinding(Lever::BlockTrading, "tws", &[Lever::CancelOrders]),
        )],
    );
    let mut run = start(vec![cancel, block, manual("call", None)], &[&tws]);
    run.until(CANCEL, "verified").await;
    run.for_(Duration::from_secs(5)).await;
    assert_eq!(run.word("block@main"), "queued");
    assert!(run.run().is_settled(run.now_ms()));
    run.answer("call", "1").await;
    run.until("block@main", "verified").await;
}

#[tokio::test(start_paused = true)]
async fn a_lever_that_blinds_a_door_goes_ahead_when_another_door_holds_orders_down() {
    let tws = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
    let web = ScriptedDoor::new("web", vec![taken()], vec![empty()]);
    let mut cancel = cancel_through(&["tws", "web"]);
    cancel.hold_until = vec![TaskId::new("call")];
    let block = pull(
        "block",
        Lever::BlockTrading,
        &[(
            "tws",
            blinding(Lever::BlockTrading, "tws", &[Lever::CancelOrders]),
        )],
    );
    let mut run = start(vec![cancel, block, manual("call", None)], &[&tws, &web]);
    run.until("block@main", "verified").await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_stops_nothing_else() {
    let bad = ScriptedDoor::new("bad", vec![fails(ErrorClass::Unauthorised)], vec![never()]);
    let tws = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
    let end = pull(
        "end",
        Lever::EndSessions,
        &[("bad", support(Lever::EndSessions))],
    );
    let mut cancel = cancel_through(&["tws"]);
    cancel.after = vec![end.id.clone()];
    let mut run = start(vec![end, cancel], &[&bad, &tws]);
    run.until(CANCEL, "verified").await;
    assert_eq!(run.word("end@main"), "refused");
    assert!(!run.run().is_contained());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_bot_must_still_be_gone_ten_seconds_later() {
    let door = ScriptedDoor::new("ibc", vec![taken()], vec![empty()]);
    let stop = pull(
        "stop",
        Lever::StopAutomation,
        &[("ibc", support(Lever::StopAutomation))],
    );
    let mut run = start(vec![stop], &[&door]);
    run.until("stop@main", "verified").await;
    assert!(run.now_ms() >= 10_000, "{}", run.now_ms());
}

#[tokio::test(start_paused = true)]
async fn a_skipped_task_keeps_the_run_from_being_contained_unless_it_does_not_apply() {
    for (reason, contained) in [
        (SkipReason::NotApplicable, true),
        (SkipReason::Other("later".to_owned()), false),
    ] {
        let bad = ScriptedDoor::new("bad", vec![fails(ErrorClass::Refused)], vec![never()]);
        let tws = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
        let end = pull(
            "end",
            Lever::EndSessions,
            &[("bad", support(Lever::EndSessions))],
        );
        let mut run = start(vec![end, cancel_through(&["tws"])], &[&bad, &tws]);
        run.until(CANCEL, "verified").await;
        run.until("end@main", "refused").await;
        let task = TaskId::new("end@main");
        run.handle
            .send(Command::Skip {
                task,
                reason,
                by: Actor::You,
            })
            .await
            .unwrap();
        run.until("end@main", "skipped").await;
        assert_eq!(run.run().is_contained(), contained);
        let board = incident::board(run.run(), 0);
        assert_eq!(
            board.headline,
            if contained {
                Headline::Contained
            } else {
                Headline::SkippedByYou
            }
        );
        assert_eq!(board.latched, contained);
        assert_eq!(board.tally, [(Word::Skipped, 1), (Word::Verified, 1)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_does_not_answer_changes_nothing_and_says_what_was_asked() {
    let mut run = start(vec![manual("call", Some("0"))], &[]);
    run.until("call", "needs you").await;
    let task = TaskId::new("call");
    let answer = Command::Answer {
        task,
        value: "done".to_owned(),
        by: Actor::You,
    };
    let error = run.handle.send(answer).await.unwrap_err();
    assert_eq!(error.to_string(), "\"done\" does not answer: How many?");
}

#[tokio::test(start_paused = true)]
async fn the_board_counts_what_is_open_and_which_cards_are_done() {
    let mut run = start(vec![manual("call", Some("0")), manual("lock", None)], &[]);
    run.until("lock", "needs you").await;
    let board = incident::board(run.run(), 0);
    assert_eq!(board.headline, Headline::StillOpen);
    assert_eq!((board.still_open, board.cards_done), (2, 0));
    assert_eq!(board.tally, [(Word::NeedsYou, 2)]);
    let answer = Command::Answer {
        task: TaskId::new("call"),
        value: "0".to_owned(),
        by: Actor::You,
    };
    run.handle.send(answer).await.unwrap();
    run.until("call", "verified").await;
    let note = Command::Note {
        text: "said so twice".to_owned(),
        task: None,
    };
    run.handle.send(note).await.unwrap();
    while run.run().notes == 0 {
        run.step().await;
    }
    let board = incident::board(run.run(), 0);
    assert_eq!(board.notes, 1);
    assert_eq!((board.still_open, board.cards_done), (1, 1));
    assert_eq!(board.tally, [(Word::NeedsYou, 1), (Word::Verified, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_press_with_another_runbook_adds_what_the_run_lacks() {
    let tws = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
    let mut run = start(vec![cancel_through(&["tws"])], &[&tws]);
    run.until(CANCEL, "verified").await;
    let web = ScriptedDoor::new("web", vec![taken()], vec![empty()]);
    let end = pull(
        "end",
        Lever::EndSessions,
        &[("web", support(Lever::EndSessions))],
    );
    let extend = Command::Extend {
        plan: plan(vec![end]),
        doors: doors(&[&web]),
        pressed_from: "test".to_owned(),
    };
    run.handle.send(extend).await.unwrap();
    run.until("end@main", "verified").await;
    let again = Command::Extend {
        plan: plan(vec![cancel_through(&["tws"])]),
        doors: doors(&[]),
        pressed_from: "test".to_owned(),
    };
    assert!(
        run.handle.send(again).await.is_err(),
        "a task cannot be there twice"
    );
}

#[tokio::test(start_paused = true)]
async fn an_unarmed_account_is_refused_and_not_an_error() {
    let mut cancel = cancel_through(&["tws"]);
    cancel.refused_now = Some("not armed: the keychain is locked".to_owned());
    let mut run = start(vec![cancel], &[]);
    run.until(CANCEL, "refused").await;
    assert_eq!(run.why(CANCEL), "not armed: the keychain is locked");
}

#[tokio::test(start_paused = true)]
async fn a_paced_door_is_asked_again_only_when_the_venue_allows() {
    let paced = error(ErrorClass::Paced).after(Duration::from_secs(7));
    let acts = vec![(Duration::from_millis(10), Err(paced)), taken()];
    let door = ScriptedDoor::new("web", acts, vec![one_open("1")]);
    let mut run = start(vec![cancel_through(&["web"])], &[&door]);
    run.until(CANCEL, "accepted").await;
    assert!((7_010..7_100).contains(&run.now_ms()), "{}", run.now_ms());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_contained_in_a_run_without_containment_tasks() {
    let mut run = start(vec![manual("call", None)], &[]);
    run.until("call", "needs you").await;
    assert!(!run.run().is_contained());
}

#[tokio::test(start_paused = true)]
async fn found_things_are_told_once() {
    let reading = Reading {
        found: vec![Found::Session {
            label: "other".to_owned(),
        }],
        ..Reading::default()
    };
    let door = ScriptedDoor::new("web", vec![taken()], vec![soon(reading)]);
    let end = pull(
        "end",
        Lever::EndSessions,
        &[("web", support(Lever::EndSessions))],
    );
    let mut run = start(vec![end], &[&door]);
    run.until("end@main", "unknown").await;
    assert!(door.acted() > 1, "a seat that is lost is taken again");
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_would_blind_the_cancel_waits_for_it_even_when_the_cancel_comes_after_it() {
    let tws = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
    let ibc = ScriptedDoor::new("ibc", vec![taken()], vec![empty()]);
    let blinds = blinding(Lever::StopAutomation, "tws", &[Lever::CancelOrders]);
    let stop = pull("stop", Lever::StopAutomation, &[("ibc", blinds)]);
    let mut cancel = cancel_through(&["tws"]);
    cancel.after = vec![stop.id.clone()];
    cancel.hold_until = vec![stop.id.clone()];
    let mut run = start(vec![stop, cancel], &[&tws, &ibc]);
    run.until(CANCEL, "verified").await;
    assert_eq!(run.word("stop@main"), "queued");
    run.until("stop@main", "verified").await;
}

#[tokio::test(start_paused = true)]
async fn a_lever_that_no_door_offers_is_proved_by_what_the_person_reads() {
    let mut revoke = pull("revoke", Lever::RevokeKey, &[]);
    revoke.card = Some(card(Some("0")));
    let mut run = start(vec![revoke], &[]);
    run.until("revoke@main", "needs you").await;
    run.answer("revoke@main", "2").await;
    run.for_(Duration::from_secs(5)).await;
    assert_eq!(run.word("revoke@main"), "needs you");
    run.answer("revoke@main", "0").await;
    run.until("revoke@main", "verified").await;
    assert_eq!(run.run().summary().read_by_you, 1);
}
