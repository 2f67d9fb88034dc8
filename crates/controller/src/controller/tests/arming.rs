use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{advance, pause};

use crate::{
    Command, DoorState, NotificationKind, Reply, Stance, View,
    testing::{Does, Stage, account},
};

#[tokio::test(start_paused = true)]
async fn a_door_that_does_not_open_is_tried_again_at_longer_and_longer_times() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.book.door("main", "tws").now_does(Does::Fails);
    let view = stage.arm().await;
    let door = &view.accounts[0].doors[0];
    assert_eq!((door.state, door.open), (DoorState::Shut, false));
    assert_eq!(door.words, "TWS is off (ECONNREFUSED)");
    assert_eq!(door.next, "start TWS");
    assert_eq!(door.address, "127.0.0.1:7496");
    let wait = door.retry_at.unwrap().duration_since(view.at).as_millis();
    assert!((790..=1_000).contains(&wait), "{wait}");
    assert_eq!(view.stance, Stance::Offline);
    let opened = || stage.book.door("main", "tws").opened();
    stage.view_when(|_| opened().len() > 8).await;
    let waits = opened()
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64())
        .collect::<Vec<_>>();
    for (wait, step) in waits.iter().zip([1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 60.0]) {
        assert!((step * 0.79..step + 0.01).contains(wait), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_healthy_door_is_asked_every_45_seconds_and_an_unwanted_one_never() {
    let stage = Stage::of(vec![account("main", &["tws"]), account("bot", &["tws"])]);
    let accounts = vec![runbook::AccountName::new("main")];
    stage.tell(Command::Arm { accounts }).await;
    let opened = || stage.book.door("main", "tws").opened();
    let view = stage.view_when(|_| opened().len() > 3).await;
    assert!(
        opened()
            .windows(2)
            .all(|pair| pair[1] - pair[0] == Duration::from_secs(45))
    );
    assert_eq!(stage.book.door("bot", "tws").opened(), []);
    assert_eq!(view.stance, Stance::Part);
    assert_eq!((view.armed, view.accounts[1].wanted), (1, false));
    assert_eq!(view.accounts[0].doors[0].retry_at, None);
}

#[tokio::test(start_paused = true)]
async fn a_door_that_hangs_holds_no_other_one_back() {
    let stage = Stage::of(vec![account("main", &["tws", "client-portal"])]);
    stage.book.door("main", "tws").now_does(Does::Hangs);
    let accounts = Vec::new();
    let mut armed = stage.ask(Command::Arm { accounts }).await;
    let open = |view: &View| view.accounts[0].doors[1].open;
    let view = stage.view_when(open).await;
    assert_eq!(view.accounts[0].doors[0].state, DoorState::Opening);
    assert_eq!(view.stance, Stance::Ready);
    let Some(Reply::View(view)) = armed.recv().await else {
        panic!("no view");
    };
    assert_eq!(view.accounts[0].doors[0].state, DoorState::Shut);
    assert!(view.accounts[0].doors[0].words.contains("within 15 s"));
    assert!(view.accounts[0].armed);
}

#[tokio::test]
async fn a_door_that_hangs_while_it_opens_does_not_hold_the_press_back() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.book.door("main", "tws").now_does(Does::Hangs);
    let accounts = Vec::new();
    let _waiting = stage.ask(Command::Arm { accounts }).await;
    let pressed = stage.press("lost-phone");
    let pressed = tokio::time::timeout(Duration::from_secs(5), pressed).await;
    assert!(pressed.unwrap().0.ends_with("lost-phone"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_door_is_told_once_and_once_more_when_it_was_the_last_one() {
    let stage = Stage::of(vec![account("main", &["tws", "client-portal"])]);
    stage.arm().await;
    let kinds = || {
        let told = stage.shell.notifications();
        told.into_iter()
            .map(|n| (n.kind, n.body))
            .collect::<Vec<_>>()
    };
    stage.book.door("main", "tws").now_does(Does::Fails);
    let lost = |at: usize| move |v: &View| v.accounts[0].doors[at].state == DoorState::Lost;
    let view = stage.view_when(lost(0)).await;
    assert_eq!(view.stance, Stance::Ready, "the other door holds");
    let tries = stage.book.door("main", "tws").opened().len();
    let tried = || stage.book.door("main", "tws").opened().len() > tries + 3;
    stage.view_when(|_| tried()).await;
    assert_eq!(
        kinds(),
        [(
            NotificationKind::DoorLost,
            "The tws door of main does not answer any more. It is tried again.".to_owned()
        )]
    );
    stage
        .book
        .door("main", "client-portal")
        .now_does(Does::Fails);
    let view = stage.view_when(lost(1)).await;
    assert_eq!(view.stance, Stance::Offline);
    assert_eq!(
        kinds()[1..],
        [(
            NotificationKind::DoorLost,
            "No door of main answers any more. It is tried again.".to_owned()
        )]
    );
    stage.book.door("main", "tws").now_does(Does::Opens);
    stage.view_when(|view| view.accounts[0].doors[0].open).await;
    let back = kinds().pop().unwrap();
    assert_eq!(back.0, NotificationKind::DoorBack);
    assert!(back.0.is_silent());
    assert_eq!(
        back.1,
        "The tws door of main answers again. 1 door is still lost."
    );
    assert_eq!(kinds().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_flickering_door_is_not_told_of_each_time() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.arm().await;
    for _ in 0..4 {
        stage.book.door("main", "tws").now_does(Does::Fails);
        stage.view_when(|view| !view.accounts[0].armed).await;
        stage.book.door("main", "tws").now_does(Does::Opens);
        stage.view_when(|view| view.accounts[0].armed).await;
    }
    let told = stage.shell.notifications();
    let kinds = told.iter().map(|told| told.kind).collect::<Vec<_>>();
    assert_eq!(
        kinds,
        [NotificationKind::DoorLost, NotificationKind::DoorBack]
    );
}

#[tokio::test(start_paused = true)]
async fn after_sleep_every_wanted_door_is_asked_at_once_and_that_is_said_until_it_answered() {
    let stage = Stage::of(vec![account("main", &["tws"]), account("bot", &["tws"])]);
    stage.arm().await;
    let notice = |view: &View| view.notices.iter().any(|notice| notice.id == "woke_up");
    assert!(!notice(&stage.view().await));
    let before = stage.book.door("main", "tws").opened().len();
    stage.book.door("main", "tws").now_does(Does::Hangs);
    stage.clock.goes_ahead(SignedDuration::from_hours(8));
    let view = stage.view_when(notice).await;
    assert_eq!(stage.book.door("main", "tws").opened().len(), before + 1);
    assert_eq!(stage.book.door("bot", "tws").opened().len(), before + 1);
    // what it was stays so until it answers
    assert!(view.accounts[0].armed);
    let view = stage.view_when(|view| !notice(view)).await;
    assert_eq!(view.accounts[0].doors[0].state, DoorState::Lost);
    assert_eq!(view.accounts[1].doors[0].state, DoorState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_goes_as_it_should_wakes_nobody() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.arm().await;
    stage.clock.goes_ahead(SignedDuration::from_secs(15));
    advance(Duration::from_secs(30)).await;
    stage.view().await;
    assert_eq!(stage.book.door("main", "tws").opened().len(), 1);
}

#[tokio::test]
async fn the_doors_of_a_run_are_left_to_it() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.arm().await;
    let (run, _lines) = stage.press("lost-phone").await;
    stage.view_when(|view| view.run.is_some()).await;
    pause();
    let asked = stage.book.door("main", "tws").opened().len();
    for _ in 0..20 {
        advance(Duration::from_secs(30)).await;
        stage.view().await;
    }
    assert_eq!(stage.book.door("main", "tws").opened().len(), asked);
    // left, not reset: its accounts stay armed, and are asked at once
    stage.tell(Command::Leave { run }).await;
    stage
        .view_when(|_| stage.book.door("main", "tws").opened().len() > asked)
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_changed_stays_to_be_armed() {
    let stage = Stage::of(vec![account("main", &["tws", "ibc"])]);
    stage.arm().await;
    stage.book.now_has(vec![account("main", &["tws"])]);
    assert!(matches!(stage.tell(Command::Reload).await, Reply::Done(_)));
    let view = stage.view_when(|view| view.accounts[0].armed).await;
    assert_eq!(view.accounts[0].doors.len(), 1);
    assert!(view.accounts[0].wanted);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_after_letting_go_says_nothing() {
    let stage = Stage::of(vec![account("main", &["tws"]), account("bot", &["tws"])]);
    stage.book.door("main", "tws").now_does(Does::Hangs);
    let accounts = Vec::new();
    let mut armed = stage.ask(Command::Arm { accounts }).await;
    let accounts = vec![runbook::AccountName::new("main")];
    let done = stage.tell(Command::Disarm { accounts }).await;
    assert_eq!(done, Reply::Done("main is not armed".to_owned()));
    let Some(Reply::View(view)) = armed.recv().await else {
        panic!("no view");
    };
    assert!(!view.accounts[0].wanted);
    assert!(view.accounts[1].armed);
    advance(Duration::from_mins(1)).await;
    let view = stage.view().await;
    assert_eq!(view.accounts[0].doors[0].state, DoorState::NotOpened);
}

#[tokio::test(start_paused = true)]
async fn a_venue_whose_clock_is_far_off_is_named() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.book.door("main", "tws").shows_clock_off_by(-61_000);
    let view = stage.arm().await;
    let notice = view.notices.iter().find(|notice| notice.id == "clock");
    assert_eq!(
        notice.unwrap().what,
        "the clock behind main's tws door is 61 s behind this computer's"
    );
}
