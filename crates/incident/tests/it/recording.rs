//! The journal: what a crash, a full disk or a changed byte does to it.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::common::*;
use door::{DoorKind, Lever};
use incident::{
    Actor, Event, Mode, Word,
    executor::{self, Command, CommandError, Record},
    journal::{self, Chain, JournalError, Line, Recovered},
};
use runbook::{Task, TaskId};

const CANCEL: &str = "cancel@main";

fn tasks() -> Vec<Task> {
    let tws = [("tws", support(Lever::CancelOrders))];
    let mut capture = pull(
        "capture",
        Lever::Capture,
        &[("tws", support(Lever::Capture))],
    );
    capture.deadline_ms = Some(2_000);
    let mut cancel = pull("cancel", Lever::CancelOrders, &tws);
    cancel.after = vec![capture.id.clone()];
    cancel.hold_until = vec![TaskId::new("call")];
    let block = [(
        "tws",
        blinding(Lever::BlockTrading, "tws", &[Lever::CancelOrders]),
    )];
    vec![
        capture,
        cancel,
        pull("block", Lever::BlockTrading, &block),
        manual("call", Some("0")),
    ]
}

fn tws() -> Arc<ScriptedDoor> {
    ScriptedDoor::new("tws", vec![taken()], vec![one_open("1"), empty()])
}

/// A whole run in memory, and its journal's bytes.
async fn recorded() -> (Vec<Arc<Line>>, Vec<u8>) {
    let door = tws();
    let mut run = start(tasks(), &[&door]);
    run.until(CANCEL, "verified").await;
    run.answer("call", "0").await;
    run.until("block@main", "verified").await;
    let (lines, _) = run.leave().await;
    let bytes = bytes(&lines);
    (lines, bytes)
}

fn bytes(lines: &[Arc<Line>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut bytes, line.as_ref()).unwrap();
        bytes.push(b'\n');
    }
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_journal_cut_at_any_byte_gives_back_every_whole_line_before_it() {
    let (lines, bytes) = recorded().await;
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    for cut in 0..bytes.len() {
        match journal::parse(&bytes[..cut]) {
            Err(JournalError::Empty) => assert!(cut <= first),
            Err(error) => panic!("cut at {cut}: {error}"),
            Ok(recovered) => {
                let whole = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
                assert_eq!(recovered.lines.len(), whole);
                assert_eq!(recovered.whole_bytes + recovered.dropped_bytes, cut as u64);
                assert_eq!(recovered.lines[whole - 1], *lines[whole - 1]);
                if recovered.dropped_bytes == 0 {
                    journal::replay(&recovered.lines).unwrap();
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn any_changed_byte_before_the_last_line_is_named_by_its_line() {
    let (lines, bytes) = recorded().await;
    let last_starts = bytes[..bytes.len() - 1]
        .iter()
        .rposition(|b| *b == b'\n')
        .unwrap();
    let mut line = 1;
    for at in 0..last_starts {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let error = journal::parse(&changed)
            .err()
            .map(|error| error.to_string());
        let error = error.unwrap_or_else(|| panic!("byte {at} of line {line} went unnoticed"));
        // the line itself, or the next one, whose `prev` no longer fits
        let named = [format!("line {line}:"), format!("line {}:", line + 1)];
        assert!(
            named.iter().any(|name| error.contains(name)),
            "byte {at}, line {line}: {error}"
        );
        if bytes[at] == b'\n' {
            line += 1;
        }
    }
    assert_eq!(line, lines.len() - 1);
}

#[tokio::test(start_paused = true)]
async fn a_line_taken_out_is_noticed() {
    let (lines, _) = recorded().await;
    let mut fewer = lines.clone();
    fewer.remove(3);
    let error = journal::parse(&bytes(&fewer)).unwrap_err().to_string();
    assert!(
        error.starts_with("journal line 4: its number is 4, not 3"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_claims_proof_without_readings_is_damaged() {
    let (lines, _) = recorded().await;
    let mut chain = Chain::default();
    let mut forged = Vec::new();
    for line in &lines {
        // without its readings a run cannot say `verified`, however well the chain is forged
        let is_reading = matches!(
            line.event,
            Event::ReadingStarted { .. } | Event::ReadingTaken { .. } | Event::Reopened { .. }
        );
        if !is_reading {
            forged.push(chain.link(line.stamp(), line.event.clone()).0);
        }
    }
    let error = journal::replay(&forged).unwrap_err().to_string();
    assert!(
        error.contains("the readings before it do not prove it"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ended_after_any_line_and_is_resumed_ends_as_the_uninterrupted_one() {
    let (lines, _) = recorded().await;
    for kept in 1..lines.len() {
        let mut chain = Chain::default();
        let kept_lines: Vec<Line> = lines[..kept]
            .iter()
            .map(|line| chain.link(line.stamp(), line.event.clone()).0)
            .collect();
        let recovered = Recovered {
            lines: kept_lines,
            chain,
            whole_bytes: 0,
            dropped_bytes: 0,
        };
        let door = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
        let record = Record::nowhere();
        let handle = executor::resume(recovered, doors(&[&door]), record, clock()).unwrap();
        let mut run = Follower::of(handle);
        run.until_settled().await;
        run.until(CANCEL, "verified").await;
        let task = TaskId::new("call");
        let answer = Command::Answer {
            task,
            value: "0".to_owned(),
            by: Actor::You,
        };
        match run.handle.send(answer).await {
            Ok(())
            | Err(CommandError::NotAsked {
                word: Word::Verified,
                ..
            }) => {}
            Err(error) => panic!("resumed after line {kept}: {error}"),
        }
        run.until("block@main", "verified").await;
        run.until("capture@main", "verified").await;
        let (_, ended) = run.leave().await;
        assert!(ended.is_contained(), "resumed after line {kept}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_under_way_is_read_before_it_is_repeated() {
    let door = ScriptedDoor::new("tws", vec![never()], vec![empty()]);
    let mut run = start(vec![pull_cancel()], &[&door]);
    run.until(CANCEL, "sending").await;
    while !run.types().contains(&"attempt_started") {
        run.step().await;
    }
    let mut chain = Chain::default();
    let lines = run
        .lines
        .iter()
        .map(|l| chain.link(l.stamp(), l.event.clone()).0)
        .collect::<Vec<_>>();
    let recovered = Recovered {
        lines,
        chain,
        whole_bytes: 0,
        dropped_bytes: 12,
    };
    let again = ScriptedDoor::new("tws", vec![taken()], vec![one_open("1"), empty()]);
    let handle = executor::resume(recovered, doors(&[&again]), Record::nowhere(), clock()).unwrap();
    let mut run = Follower::of(handle);
    run.until(CANCEL, "verified").await;
    assert_eq!((run.run().resumed, run.run().asked_again), (1, 1));
    assert!(run.run().resumed_at.is_some());
    let after: Vec<_> = run
        .types()
        .into_iter()
        .skip_while(|name| *name != "resumed")
        .skip(1)
        .collect();
    assert_eq!(
        after[..3],
        ["reading_started", "reading_taken", "attempt_started"],
        "{after:?}"
    );
    assert_eq!(again.acted(), 1);
}

fn pull_cancel() -> Task {
    pull(
        "cancel",
        Lever::CancelOrders,
        &[("tws", support(Lever::CancelOrders))],
    )
}

#[tokio::test]
async fn the_first_line_is_on_disk_before_the_first_effect() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(journal::FILE_NAME);
    let mut door = ScriptedDoor::new("tws", vec![taken()], vec![empty()]);
    let seen_at_act = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&seen_at_act);
    Arc::get_mut(&mut door).unwrap().on_act = Box::new(move || {
        *seen.lock().unwrap() = std::fs::read_to_string(&file).unwrap_or_default();
    });
    let mut run = start_recorded(
        vec![pull_cancel()],
        &[&door],
        Record::in_folder(folder.path()),
    );
    run.until(CANCEL, "accepted").await;
    let seen = seen_at_act.lock().unwrap().clone();
    assert!(seen.starts_with("{\"seq\":0,\"at\":\"2026-"), "{seen}");
}

#[tokio::test]
async fn what_is_streamed_and_what_is_on_disk_are_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let door = tws();
    let mut run = start_recorded(
        vec![pull_cancel()],
        &[&door],
        Record::in_folder(folder.path()),
    );
    run.until(CANCEL, "verified").await;
    let (lines, _) = run.leave().await;
    let on_disk = wait_for_lines(folder.path(), lines.len()).await;
    assert_eq!(on_disk, bytes(&lines));
    let recovered = journal::read(&folder.path().join(journal::FILE_NAME)).unwrap();
    assert!(journal::replay(&recovered.lines).is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let door = tws();
    let mut run = start_recorded(
        vec![pull_cancel()],
        &[&door],
        Record::in_folder(folder.path()),
    );
    run.until(CANCEL, "accepted").await;
    let mode = folder
        .path()
        .join(journal::FILE_NAME)
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_run_that_cannot_be_recorded_contains_all_the_same_says_so_and_is_written_late() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("not-there-yet");
    let door = tws();
    let mut run = start_recorded(vec![pull_cancel()], &[&door], Record::in_folder(&folder));
    run.until(CANCEL, "accepted").await;
    assert_eq!(run.types()[1], "recording_failed");
    assert!(!run.run().recorded);
    run.until(CANCEL, "verified").await;

    std::fs::create_dir(&folder).unwrap();
    while !run.run().recorded {
        assert!(run.step().await);
    }
    let late = run.lines.iter().find_map(|line| {
        let Event::RecordingResumed { from_seq, to_seq } = line.event else {
            return None;
        };
        Some((from_seq, to_seq))
    });
    assert!(matches!(late, Some((0, to)) if to >= 5), "{late:?}");
    let (lines, _) = run.leave().await;
    assert_eq!(wait_for_lines(&folder, lines.len()).await, bytes(&lines));
}

#[tokio::test]
async fn a_raw_answer_is_stored_with_its_digest_and_named_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let door = tws();
    let run = start_recorded(
        vec![pull_cancel()],
        &[&door],
        Record::in_folder(folder.path()),
    );
    let attach = executor::Command::AttachFile {
        name: "../../screen shot.PNG".to_owned(),
        bytes: b"picture".to_vec(),
    };
    run.handle.send(attach).await.unwrap();
    let mut run = run;
    while !run.types().contains(&"captured") {
        assert!(run.step().await);
    }
    let file = run.lines.iter().find_map(|line| {
        let Event::Captured {
            file,
            digest,
            bytes: 7,
            ..
        } = &line.event
        else {
            return None;
        };
        Some((file.clone(), digest.clone()))
    });
    let (file, digest) = file.unwrap();
    assert_eq!(file, "00000-attached-______screen_shot.png");
    assert!(digest.starts_with("2cea274d"), "{digest}");
    let stored = folder.path().join(executor::CAPTURES).join(file);
    assert_eq!(std::fs::read(stored).unwrap(), b"picture");
    assert_eq!(
        run.run().task(&TaskId::new(CANCEL)).unwrap().task.doors()[0].door,
        DoorKind::new("tws")
    );
}

/// The journal's thread has its last lines on disk within its own bound; asks until it does.
async fn wait_for_lines(folder: &Path, lines: usize) -> Vec<u8> {
    let file = folder.join(journal::FILE_NAME);
    let mut every = tokio::time::interval(Duration::from_millis(5));
    for _ in 0..1_000 {
        every.tick().await;
        let bytes = std::fs::read(&file).unwrap_or_default();
        if bytes.iter().filter(|byte| **byte == b'\n').count() == lines {
            return bytes;
        }
    }
    panic!("the journal never held {lines} lines");
}

#[tokio::test(start_paused = true)]
async fn the_story_of_a_drill_stands_in_its_journal_and_in_no_other() {
    let line = || Command::Tell {
        line: serde_json::json!({ "told": "went_on", "at_ms": 5 }),
    };
    let mut drill = start_as(Mode::Drill, vec![manual("call", None)]);
    drill.handle.send(line()).await.unwrap();
    while !drill.types().contains(&"story") {
        drill.step().await;
    }
    for mode in [Mode::Live, Mode::Practice] {
        let run = start_as(mode, vec![manual("call", None)]);
        let refused = run.handle.send(line()).await;
        assert!(
            matches!(refused, Err(CommandError::NotNow(_))),
            "{refused:?}"
        );
    }
}
