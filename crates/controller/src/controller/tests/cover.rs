use std::time::Duration;

use tokio::time::advance;

use crate::{
    Command, Reply, Settings,
    testing::{Stage, account, home, press},
};

const OPEN: Command = Command::Cover { open: true };

#[tokio::test(start_paused = true)]
async fn an_open_cover_closes_after_ten_idle_minutes() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    assert!(!stage.view().await.cover_open);
    let done = stage.tell(OPEN).await;
    assert_eq!(done, Reply::Done("the cover is open".to_owned()));
    assert!(stage.view().await.cover_open);
    advance(Duration::from_mins(9)).await;
    assert!(stage.view().await.cover_open);
    stage.tell(OPEN).await;
    advance(Duration::from_mins(9)).await;
    assert!(
        stage.view().await.cover_open,
        "opening it again counts anew"
    );
    stage.view_when(|view| !view.cover_open).await;
    stage.tell(OPEN).await;
    stage.tell(Command::Cover { open: false }).await;
    assert!(!stage.view().await.cover_open);
}

#[tokio::test(start_paused = true)]
async fn a_cover_that_is_to_stay_open_stays_open() {
    let (temporary, home) = home();
    let settings = Settings {
        cover_closes: false,
        ..Settings::default()
    };
    settings.write(&home).unwrap();
    let stage = Stage::at(temporary, home, vec![account("main", &["tws"])]);
    stage.view_when(|view| view.settings == settings).await;
    stage.tell(OPEN).await;
    advance(Duration::from_hours(1)).await;
    assert!(stage.view().await.cover_open);
}

#[tokio::test]
async fn a_press_closes_the_cover() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.tell(OPEN).await;
    let (_run, _lines) = stage.press("lost-phone").await;
    let view = stage.view_when(|view| view.run.is_some()).await;
    assert!(!view.cover_open);
}

#[tokio::test]
async fn the_first_of_two_presses_opens_the_cover_and_the_second_contains() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let first = stage.tell(press("lost-phone", true)).await;
    assert_eq!(first, Reply::Done("the cover is open".to_owned()));
    assert_eq!(stage.shell.windows(), 1);
    let view = stage.view().await;
    assert!(view.cover_open && view.run.is_none());
    let second = stage.tell(press("lost-phone", true)).await;
    assert!(matches!(second, Reply::Pressed { .. }), "{second:?}");
    assert!(!stage.view().await.cover_open);
}

#[tokio::test(start_paused = true)]
async fn a_second_press_that_comes_late_opens_the_cover_again() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    for _ in 0..3 {
        let reply = stage.tell(press("lost-phone", true)).await;
        assert_eq!(reply, Reply::Done("the cover is open".to_owned()));
        advance(Duration::from_millis(10_100)).await;
    }
    assert_eq!(stage.shell.windows(), 3);
    assert!(stage.view().await.run.is_none());
}

#[tokio::test]
async fn a_cover_that_a_terminal_opened_counts_here_and_the_other_way_round() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let now = stage.view().await.at;
    stage.home.open_cover(now).unwrap();
    let reply = stage.tell(press("lost-phone", true)).await;
    assert!(matches!(reply, Reply::Pressed { .. }), "{reply:?}");

    let other = Stage::of(vec![account("main", &["tws"])]);
    other.tell(press("lost-phone", true)).await;
    let now = other.view().await.at;
    let mut noted = false;
    while !noted {
        // written beside the actor
        tokio::task::yield_now().await;
        noted = other.home.was_cover_open(now).unwrap();
    }
}
