use std::time::Duration;

use incident::{Event, Failure, Mode, Run, SkipReason, Stamp};
use jiff::Timestamp;
use runbook::TaskId;
use tokio::time::{Instant, advance};

use super::super::tell::Told;
use crate::{
    Command, Notification, NotificationKind as Kind, Reply,
    testing::{Does, End, Stage, account, home, plan_of, put_run, started},
};

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn a_notification_holds_nicknames_counts_and_titles_and_never_a_venues_words() {
    let stage = Stage::of(vec![account("main", &["tws", "client-portal"])]);
    let hostile = "U1234567 token=hunter2 \u{202e}<b>call +1 900 000</b>".to_owned();
    for kind in ["tws", "client-portal"] {
        let door = stage.book.door("main", kind);
        door.now_does(Does::Refuses(hostile.clone()));
    }
    let (_run, _lines) = stage.press("contain-everything").await;
    let told = told_when(&stage, |told| {
        let has = |kind| told.iter().any(|n| n.kind == kind);
        has(Kind::NeedsYou) && has(Kind::Refused)
    })
    .await;
    for notification in &told {
        let text = format!("{notification:?}");
        for piece in ["U1234567", "hunter2", "900", "<b>", "\u{202e}"] {
            assert!(!text.contains(piece), "{text}");
        }
    }
    assert_eq!(told[0].kind, Kind::RunStarted);
    assert_eq!(told[0].body, "Contain everything, 1 account.");
    assert_eq!(told[0].from.as_deref(), Some("hotkey"));
    let refused = told.iter().find(|told| told.kind == Kind::Refused).unwrap();
    assert!(refused.body.contains("main"), "{refused:?}");
    assert!(refused.body.contains("still open"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn cards_are_told_together_and_not_oftener_than_every_three_seconds() {
    let mut stand = Stand::new(&["one", "two"]);
    assert_eq!(stand.look(), NOTHING);
    for task in ["call", "password", "users@one"] {
        stand.release(task);
    }
    assert_eq!(
        stand.look(),
        NOTHING,
        "what comes together is told together"
    );
    advance(Duration::from_millis(300)).await;
    let first = stand.look();
    assert_eq!(first.len(), 1);
    assert!(
        first[0].contains("3 cards wait for you. 3 new"),
        "{first:?}"
    );
    stand.release("users@two");
    stand.look();
    advance(Duration::from_millis(2_500)).await;
    assert_eq!(stand.look(), NOTHING);
    stand.release("flex@two");
    stand.look();
    advance(Duration::from_millis(500)).await;
    let second = stand.look();
    assert_eq!(second.len(), 1);
    assert!(
        second[0].contains("5 cards wait for you. 2 new"),
        "{second:?}"
    );
    assert_eq!(stand.told.due_at(), None);
}

#[tokio::test(start_paused = true)]
async fn a_card_that_was_done_before_it_was_told_is_not_told() {
    let mut stand = Stand::new(&["one"]);
    stand.look();
    stand.release("call");
    stand.look();
    stand.apply(&Event::Skipped {
        task: TaskId::new("call"),
        reason: SkipReason::NotApplicable,
        by: incident::Actor::You,
    });
    advance(Duration::from_secs(1)).await;
    assert_eq!(stand.look(), NOTHING);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_be_written_down_is_told_without_the_systems_words() {
    let mut stand = Stand::new(&["one"]);
    stand.look();
    stand.apply(&Event::RecordingFailed {
        why: "/home/ann/secret: no space left".to_owned(),
    });
    let told = stand.look();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("Containment goes on"), "{told:?}");
    assert!(!told[0].contains("secret"), "{told:?}");
    assert_eq!(stand.look(), NOTHING);
}

#[tokio::test(start_paused = true)]
async fn what_a_run_had_told_before_it_was_taken_up_again_is_not_told_anew() {
    let mut stand = Stand::new(&["one"]);
    stand.release("call");
    stand.apply(&Event::Released {
        task: TaskId::new("cancel@one"),
    });
    stand.is_new = false;
    stand.look();
    advance(Duration::from_secs(10)).await;
    assert_eq!(stand.look(), NOTHING);
}

#[tokio::test(start_paused = true)]
async fn an_overdue_rehearsal_is_told_once_a_day() {
    let (temporary, home) = home();
    put_run(
        &home,
        "20261101T100000Z-a",
        Mode::Practice,
        "2026-11-01T10:00:00Z",
        End::Left,
    );
    let stage = Stage::at(temporary, home, vec![account("main", &["tws"])]);
    stage.view_when(|view| view.rehearsal.overdue).await;
    stage.tell(Command::Reload).await;
    stage.tell(Command::Reload).await;
    let due = |told: &[Notification]| told.iter().filter(|n| n.kind == Kind::RehearsalDue).count();
    let told = stage.shell.notifications();
    assert_eq!(due(&told), 1);
    assert_eq!(told[0].body, "Rehearsal due: Contain everything.");
    stage.clock.goes_ahead(jiff::SignedDuration::from_hours(24));
    stage.tell(Command::Reload).await;
    assert_eq!(due(&stage.shell.notifications()), 2);
}

#[tokio::test]
async fn what_a_drill_tells_begins_with_its_name() {
    let told = Notification::new(Mode::Drill, Kind::Contained, "Contained", "Look.");
    assert_eq!(told.title, "DRILL: Contained");
    let told = Notification::new(Mode::Practice, Kind::Contained, "Contained", "Look.");
    assert_eq!(told.title, "PRACTICE: Contained");
}

#[tokio::test]
async fn a_contained_run_is_told_with_what_to_do_next() {
    let stage = Stage::of(vec![account("main", &["tws"]), account("bot", &["tws"])]);
    let (run, _lines) = stage.press("leaked-api-key").await;
    loop {
        let view = stage.view().await;
        let board = view.run.unwrap().board;
        if board.summary.contained {
            break;
        }
        for card in board.cards {
            let value = card.card.read_back.and_then(|ask| ask.want);
            let command = Command::Answer {
                run: run.clone(),
                task: card.task,
                value: value.unwrap_or_else(|| "R-1".to_owned()),
                by: incident::Actor::You,
            };
            stage.tell(command).await;
        }
        tokio::task::yield_now().await;
    }
    let told = told_when(&stage, |told| {
        told.iter().any(|n| n.kind == Kind::Contained)
    })
    .await;
    let told = told.iter().find(|n| n.kind == Kind::Contained).unwrap();
    assert_eq!(told.body, "Both accounts are contained. Look, then reset.");
    let view = stage
        .view_when(|view| view.run.as_ref().is_some_and(|run| run.board.latched))
        .await;
    assert_eq!(view.stance, crate::Stance::Latched);
    let reset = Command::Reset {
        run,
        positions_without_stop: None,
        by: incident::Actor::You,
    };
    assert_eq!(
        stage.tell(reset).await,
        Reply::Done("the run is reset".to_owned())
    );
    let view = stage.view().await;
    assert!(view.run.is_none());
    assert!(!view.accounts[0].wanted, "a reset leaves accounts disarmed");
}

async fn told_when(stage: &Stage, wanted: impl Fn(&[Notification]) -> bool) -> Vec<Notification> {
    stage
        .view_when(|_| wanted(&stage.shell.notifications()))
        .await;
    stage.shell.notifications()
}

/// A run that is moved by hand, and what is told of it.
struct Stand {
    run: Run,
    told: Told,
    is_new: bool,
}

impl Stand {
    fn new(accounts: &[&str]) -> Self {
        let accounts = accounts.iter().map(|name| account(name, &["tws"]));
        let plan = plan_of("contain-everything", &accounts.collect::<Vec<_>>());
        let run = Run::start(stamp(), &started("r", Mode::Live, plan)).unwrap();
        Self {
            run,
            told: Told::default(),
            is_new: true,
        }
    }

    fn apply(&mut self, event: &Event) {
        self.run.apply(stamp(), event).unwrap();
    }

    fn release(&mut self, task: &str) {
        self.apply(&Event::Released {
            task: TaskId::new(task),
        });
    }

    fn look(&mut self) -> Vec<String> {
        let without_stop = self.run.summary().without_stop.len();
        let now = Instant::now();
        let news = self.told.look(&self.run, without_stop, self.is_new, now);
        news.iter().map(|news| format!("{news:?}")).collect()
    }
}

fn stamp() -> Stamp {
    Stamp {
        at: Timestamp::UNIX_EPOCH,
        mono_ms: 0,
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_the_account_and_the_step_and_nothing_else() {
    let mut stand = Stand::new(&["one"]);
    stand.look();
    let task = TaskId::new("cancel@one");
    let door = door::DoorKind::new("tws");
    stand.release("cancel@one");
    stand.apply(&Event::AttemptStarted {
        task: task.clone(),
        door: door.clone(),
        attempt: 1,
    });
    stand.apply(&Event::AttemptFailed {
        task: task.clone(),
        door,
        attempt: 1,
        failure: Failure {
            class: door::ErrorClass::Refused,
            words: "account U7654321".to_owned(),
            meaning: "U7654321 is read-only".to_owned(),
            next: String::new(),
            retry_at_ms: None,
        },
    });
    stand.apply(&Event::Refused {
        task,
        why: "U7654321 is read-only".to_owned(),
        next: String::new(),
    });
    stand.look();
    advance(Duration::from_millis(300)).await;
    let told = stand.look();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("one refused: Cancel every open order."),
        "{told:?}"
    );
    assert!(!told[0].contains("U7654321"), "{told:?}");
}
