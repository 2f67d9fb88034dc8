use std::time::Duration;

use incident::{Headline, Word};
use runbook::TaskId;
use tokio::{sync::mpsc, time::advance};

use crate::{
    Command, Headless, Home, Link, Reply, Stance, View, outline_run,
    testing::{Does, Remembers, Stage, account, home, view_of},
    unfinished,
};

#[tokio::test(start_paused = true)]
async fn whoever_watches_sees_how_things_stand_at_once_and_then_each_change() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let mut watchers = [
        stage.ask(Command::Watch).await,
        stage.ask(Command::Watch).await,
    ];
    for views in &mut watchers {
        let first = next(views).await;
        assert_eq!((first.stance, first.armed), (Stance::Unarmed, 0));
    }
    stage.arm().await;
    for views in &mut watchers {
        let mut view = next(views).await;
        while view.armed == 0 {
            view = next(views).await;
        }
        assert_eq!(view.stance, Stance::Ready);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_reads_slowly_misses_views_and_is_right_again_with_the_next() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let mut slow = stage.ask(Command::Watch).await;
    let seq = next(&mut slow).await.seq;
    for times in 0..40 {
        let open = times % 2 == 0;
        stage.tell(Command::Cover { open }).await;
        advance(Duration::from_millis(150)).await;
    }
    stage.tell(Command::Cover { open: true }).await;
    advance(Duration::from_millis(150)).await;
    let now = stage.view().await.seq;
    assert!(now > seq + 20);
    let mut read = 1;
    while !next(&mut slow).await.cover_open {
        read += 1;
    }
    assert!(
        read <= 3,
        "{read} views were kept for a watcher that did not read"
    );
}

#[tokio::test(start_paused = true)]
async fn a_view_is_made_at_most_ten_times_a_second_and_not_without_a_change() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.view_when(|view| !view.reading).await;
    advance(Duration::from_secs(1)).await;
    stage.view().await;
    let before = stage.shell.shown();
    for _ in 0..100 {
        stage.tell(Command::Cover { open: true }).await;
        advance(Duration::from_millis(10)).await;
    }
    let made = stage.shell.shown() - before;
    assert!((5..=11).contains(&made), "{made}");
    advance(Duration::from_secs(1)).await;
    stage.view().await;
    let before = stage.shell.shown();
    for _ in 0..10 {
        advance(Duration::from_secs(1)).await;
        stage.view().await;
    }
    assert_eq!(stage.shell.shown(), before);
}

#[tokio::test]
async fn a_run_is_shown_to_go_on_every_second() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.book.door("main", "tws").now_does(Does::Hangs);
    let (_run, _lines) = stage.press("lost-phone").await;
    let mut views = stage.ask(Command::Watch).await;
    while next(&mut views).await.run.is_none() {}
    tokio::time::pause();
    let elapsed = |view: View| view.run.unwrap().board.elapsed_ms;
    let first = elapsed(next(&mut views).await);
    let mut last = first;
    let mut seen = 0;
    while last < first + 3_000 {
        last = elapsed(next(&mut views).await);
        seen += 1;
    }
    assert!(seen >= 3);
}

#[tokio::test]
async fn another_process_watches_over_the_socket() {
    let (_temporary, home) = home();
    let shell = Remembers::default();
    let own = Link::take(&home, shell.clone()).await.unwrap();
    assert!(own.is_own());
    let other = Link::find(&home).await.unwrap();
    let mut views = other.ask(Command::Watch).await.unwrap();
    assert!(!next(&mut views).await.cover_open);
    own.tell(Command::Cover { open: true }).await.unwrap();
    while !next(&mut views).await.cover_open {}
    own.close().await;
    // nothing is left to watch
    while views.recv().await.is_some() {}
}

#[tokio::test]
async fn a_home_whose_accounts_cannot_be_read_says_so_and_still_shows_whom_to_call() {
    let (_temporary, home) = home();
    std::fs::write(home.accounts(), "[[account]]\nname = 1\n").unwrap();
    std::fs::write(home.contacts(), "contact = 1").unwrap();
    std::fs::write(home.settings(), "colour = 1").unwrap();
    std::fs::create_dir(home.runs().join("20261123T100000Z-x")).unwrap();
    let link = Link::take(&home, Headless).await.unwrap();
    link.tell(Command::Reload).await.unwrap_err();
    let Reply::View(view) = link.tell(Command::Status).await.unwrap() else {
        panic!("no view");
    };
    let ids = view.notices.iter().map(|notice| notice.id.as_str());
    assert_eq!(
        ids.collect::<Vec<_>>(),
        [
            "accounts",
            "journal 20261123T100000Z-x",
            "contacts",
            "settings"
        ]
    );
    assert!(view.reading, "nobody knows what accounts there are");
    assert!(view.contacts.iter().any(|contact| contact.number.is_some()));
    assert_eq!(view.stance, Stance::Unarmed);
    for notice in &view.notices {
        assert!(
            !notice.untouched.is_empty() && !notice.next.is_empty(),
            "{notice:?}"
        );
    }
    link.close().await;
}

#[tokio::test]
async fn the_board_tells_the_biggest_and_the_head_is_what_the_next_line_names() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let (run, mut lines) = stage.press("lost-phone").await;
    let view = stage
        .view_when(|view| {
            let run = view.run.as_ref();
            run.is_some_and(|run| !run.board.cards.is_empty() && run.board.summary.verified > 0)
        })
        .await;
    let open = view.run.unwrap();
    assert_eq!(open.board.headline, Headline::StillOpen);
    let (worst, count) = open.board.tally[0];
    assert_eq!((worst, count > 0), (Word::NeedsYou, true));
    let tasks = open.board.tally.iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!(tasks, open.board.summary.tasks);
    stage
        .tell(Command::Note {
            run: run.clone(),
            text: "seen".to_owned(),
            task: None,
        })
        .await;
    let after = stage
        .view_when(|view| view.run.as_ref().is_some_and(|run| run.board.notes == 1))
        .await;
    assert_ne!(after.run.unwrap().head, open.head);
    stage.tell(Command::Leave { run }).await;
    while let Some(reply) = lines.recv().await {
        if let Reply::Line(line) = reply
            && line.seq == open.lines
        {
            assert_eq!(line.prev, open.head);
        }
    }
}

#[tokio::test]
async fn a_task_opens_to_its_proof_its_doors_and_its_lines() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let (run, _lines) = stage.press("lost-phone").await;
    let task = TaskId::new("cancel@main");
    let verified = |view: &View| {
        let run = view.run.as_ref();
        run.is_some_and(|run| {
            let rows = run.board.rows.iter().flat_map(|row| &row.cells);
            rows.into_iter().any(|cell| {
                matches!(cell, incident::Cell::Task(tile)
                    if tile.task == task && !tile.seen_through.is_empty())
            })
        })
    };
    stage.view_when(verified).await;
    let detail = Command::Detail {
        run: run.clone(),
        task: task.clone(),
    };
    let Reply::Detail(detail) = stage.tell(detail).await else {
        panic!("no detail");
    };
    assert_eq!(detail.task, task);
    assert!(
        detail.proof[1].starts_with("Seen through tws"),
        "{detail:?}"
    );
    assert_eq!(detail.doors.len(), 1);
    assert!(detail.doors[0].attempts >= 1 && detail.doors[0].readings >= 2);
    let events = detail.lines.iter().map(|line| line.event.as_str());
    let events = events.collect::<Vec<_>>();
    assert_eq!(events[0], "released");
    assert!(events.contains(&"verified"), "{events:?}");
    assert!(detail.lines[0].text.contains("\"type\":\"released\""));
    let unknown = Command::Detail {
        run,
        task: TaskId::new("no-such"),
    };
    assert!(matches!(stage.tell(unknown).await, Reply::Failed(_)));
}

#[tokio::test]
async fn a_controller_that_quits_in_a_run_leaves_it_to_be_taken_up_again() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let (run, mut lines) = stage.press("lost-phone").await;
    assert!(matches!(stage.tell(Command::Stop).await, Reply::Failed(_)));
    // the first line is on disk when it is shown
    lines.recv().await.unwrap();
    assert_eq!(unfinished(&stage.home), Some(run.clone()));
    stage.tell(Command::Quit).await;
    while lines.recv().await.is_some() {}
    assert_eq!(unfinished(&stage.home), None);
    let outline = outline_run(&stage.home.runs().join(&run));
    assert!(!outline.is_reset);
    let again = Stage::at(
        tempfile::tempdir().unwrap(),
        Home::open(Some(stage.home.root())).unwrap(),
        vec![account("main", &["tws"])],
    );
    let view = again.view_when(|view| !view.left_open.is_empty()).await;
    assert_eq!(view.left_open[0].run, run);
    assert_eq!(view.notices[0].id, "left_open");
    let resumed = again.tell(Command::Resume { run: run.clone() }).await;
    assert!(matches!(resumed, Reply::Pressed { .. }), "{resumed:?}");
    let view = again
        .view_when(|view| view.run.as_ref().is_some_and(|run| run.board.resumed == 1))
        .await;
    assert_eq!(view.left_open, []);
    assert!(view.run.unwrap().board.resumed_at.is_some());
    let old = again.shell.notifications();
    assert_eq!(old, [], "what was told before is not told again");
}

async fn next(views: &mut mpsc::Receiver<Reply>) -> View {
    view_of(views.recv().await.unwrap())
}
