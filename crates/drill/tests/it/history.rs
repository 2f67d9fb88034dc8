//! The history's file: what goes in, what comes out, and what happens to what is not understood.

use std::{fs, path::Path};

use drill::{
    Player,
    debrief::Fix,
    history::{Began, Done, FILE_NAME, History, HistoryError, Noted, Snoozed},
    score::{FalseDone, Score, Verdict},
};
use jiff::{SignedDuration, Timestamp};

use crate::journalled::{good, score};

/// Hours after some day.
pub(crate) fn at(hours: i64) -> Timestamp {
    let day: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
    day.checked_add(SignedDuration::from_hours(hours)).unwrap()
}

/// The score of a good drill, contained so many milliseconds after the alarm.
pub(crate) fn good_score(contained_ms: u64) -> Score {
    let (tale, run) = good();
    let mut score = score(&tale, Some(&run));
    score.times.alarm_to_contained = Some(contained_ms);
    score
}

/// The same with a verdict of one's own.
pub(crate) fn scored(verdict: Verdict) -> Score {
    Score {
        verdict,
        ..good_score(60_000)
    }
}

pub(crate) fn began(id: &str, at: Timestamp, player: Player) -> Began {
    Began {
        id: id.to_owned(),
        at,
        scenario: "tokyo-two-hour".to_owned(),
        way_in: "client-portal".to_owned(),
        seed: 7,
        injects: vec!["too-many-requests".to_owned()],
        player,
        speed: 1.0,
        clock: true,
        program: "0.1.0".to_owned(),
    }
}

pub(crate) fn done(id: &str, at: Timestamp, score: Score) -> Done {
    Done {
        id: id.to_owned(),
        at,
        score,
        run: Some("20261124T090000Z-contain-everything".to_owned()),
    }
}

/// A history of drills by a person, each at so many hours.
pub(crate) fn of(folder: &Path, drills: Vec<(i64, Score)>) -> History {
    let mut history = History::read(folder).unwrap();
    for (nth, (hours, score)) in drills.into_iter().enumerate() {
        let id = format!("d{nth}");
        history.began(began(&id, at(hours), Player::You)).unwrap();
        history.done(done(&id, at(hours), score)).unwrap();
    }
    history
}

fn noted(id: &str, fix: Option<Fix>) -> Noted {
    Noted {
        id: id.to_owned(),
        at: at(2),
        fix,
        answers: ["the queue", "", "the card"].map(str::to_owned),
    }
}

fn fix(words: &str) -> Fix {
    Fix {
        runbook: Some("contain-everything".to_owned()),
        step: Some("call".to_owned()),
        words: words.to_owned(),
    }
}

fn file(folder: &Path) -> String {
    fs::read_to_string(folder.join(FILE_NAME)).unwrap()
}

#[test]
fn what_was_written_reads_back_and_is_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("drills");
    let mut history = History::read(&folder).unwrap();
    assert_eq!((history.drills().len(), history.told().len()), (0, 0));
    history.began(began("a", at(0), Player::You)).unwrap();
    history.done(done("a", at(1), good_score(90_000))).unwrap();
    history
        .noted(noted("a", Some(fix("ask for letters"))))
        .unwrap();
    let snoozed = Snoozed::new(at(3), at(40), "on a train").unwrap();
    history.snooze(snoozed.clone()).unwrap();
    assert_eq!(History::read(&folder).unwrap(), history);
    assert_eq!(history.snoozed(), Some(&snoozed));
    let drill = history.drill("a").unwrap();
    assert_eq!(drill.done.as_ref().unwrap().score, good_score(90_000));
    assert_eq!(drill.noted.as_ref().unwrap().answers[2], "the card");
    assert_eq!(file(&folder).lines().count(), 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join(FILE_NAME)), 0o600);
    }
}

#[test]
fn a_drill_that_never_ended_shows_as_broken_off_and_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::read(folder.path()).unwrap();
    history.began(began("a", at(0), Player::You)).unwrap();
    let history = History::read(folder.path()).unwrap();
    assert!(history.drills()[0].is_broken_off());
    assert!(!history.drills()[0].counts());
    assert_eq!(history.series("tokyo-two-hour"), []);
}

#[test]
fn what_is_not_understood_is_told_and_kept_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    of(folder.path(), vec![(0, good_score(90_000))]);
    let before = file(folder.path());
    let newer = r#"{"version":9,"began":{"id":"z","thought":"new"}}"#;
    let strange = r#"{"version":1,"began":{"id":"z","thought":"new"}}"#;
    let spoilt = format!("hunter2\n{newer}\n{strange}\n\n{before}{{\"version\":1,\"do");
    fs::write(folder.path().join(FILE_NAME), &spoilt).unwrap();
    let mut history = History::read(folder.path()).unwrap();
    let told = history.told().join(" ");
    for part in [
        "Line 1 of history.jsonl is not",
        "Line 2 of history.jsonl was written by a newer Firebreak (version 9)",
        "Line 3 of history.jsonl is not",
        "Line 7 of history.jsonl has no end",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(history.told().len(), 4);
    assert!(!told.contains("hunter2"));
    assert!(history.drills()[0].counts());
    // what comes next stands behind all of it, on a line of its own
    history.began(began("b", at(5), Player::You)).unwrap();
    assert!(file(folder.path()).starts_with(&spoilt));
    let history = History::read(folder.path()).unwrap();
    assert_eq!(history.drills().len(), 2);
    assert_eq!(history.told().len(), 4);
}

#[test]
fn bytes_that_are_no_text_spoil_only_their_line() {
    let folder = tempfile::tempdir().unwrap();
    of(folder.path(), vec![(0, good_score(90_000))]);
    let mut bytes = b"\xff\xfe\x00\n".to_vec();
    bytes.extend(file(folder.path()).into_bytes());
    fs::write(folder.path().join(FILE_NAME), bytes).unwrap();
    let history = History::read(folder.path()).unwrap();
    assert_eq!((history.drills().len(), history.told().len()), (1, 1));
}

#[test]
fn a_last_line_without_an_end_that_is_whole_is_read() {
    let folder = tempfile::tempdir().unwrap();
    of(folder.path(), vec![(0, good_score(90_000))]);
    let text = file(folder.path());
    fs::write(folder.path().join(FILE_NAME), text.trim_end()).unwrap();
    let mut history = History::read(folder.path()).unwrap();
    assert_eq!(history.told(), [""; 0]);
    history.began(began("b", at(1), Player::You)).unwrap();
    assert_eq!(History::read(folder.path()).unwrap().drills().len(), 2);
}

#[test]
fn a_clock_that_was_set_back_is_told_and_changes_no_order() {
    let folder = tempfile::tempdir().unwrap();
    let drills = vec![(48, good_score(90_000)), (0, good_score(80_000))];
    let history = of(folder.path(), drills);
    let read = History::read(folder.path()).unwrap();
    assert_eq!(read, history);
    assert!(
        read.told()[0].starts_with("The clock was set back"),
        "{:?}",
        read.told()
    );
    let ids: Vec<_> = read.drills().iter().map(|drill| &drill.began.id).collect();
    assert_eq!(ids, ["d0", "d1"]);
}

#[test]
fn what_follows_a_drill_that_never_began_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::read(folder.path()).unwrap();
    history.noted(noted("ghost", None)).unwrap();
    assert!(history.told()[0].contains("the drill ghost was looked back at"));
    assert_eq!(history.drills().len(), 0);
}

#[test]
fn scripted_players_and_other_speeds_count_for_no_best_and_no_median() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = of(folder.path(), vec![(0, good_score(90_000))]);
    for (id, player, speed) in [("s", Player::Good, 1.0), ("f", Player::You, 4.0)] {
        let began = Began {
            speed,
            ..began(id, at(1), player)
        };
        history.began(began).unwrap();
        history.done(done(id, at(1), good_score(1_000))).unwrap();
    }
    assert_eq!(history.series("tokyo-two-hour").len(), 1);
    assert_eq!(history.best("tokyo-two-hour"), Some(90_000));
    assert_eq!(history.median("tokyo-two-hour", 5), Some(90_000));
    assert_eq!(history.best("aggr"), None);
    assert_eq!(history.median("aggr", 5), None);
}

#[test]
fn the_median_is_of_the_last_ones_and_what_was_never_contained_is_the_longest() {
    let folder = tempfile::tempdir().unwrap();
    let never = Score {
        contained: false,
        ..good_score(1)
    };
    let times = [1_000, 100_000, 40_000, 80_000].map(good_score);
    let mut drills: Vec<_> = (0..).zip(times).collect();
    drills.push((4, never.clone()));
    let history = of(folder.path(), drills);
    assert_eq!(history.median("tokyo-two-hour", 3), Some(80_000));
    assert_eq!(history.median("tokyo-two-hour", 4), Some(90_000));
    assert_eq!(history.median("tokyo-two-hour", 1), None);
    assert_eq!(history.median("tokyo-two-hour", 50), Some(80_000));
    let series = history.series("tokyo-two-hour");
    assert_eq!(series[4].contained_ms, None);
}

#[test]
fn a_best_with_a_false_done_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let lie: FalseDone = serde_json::from_str(
        r#"{"by":"you","what":"x","task":null,"said":"0","truth":"the page said 1",
            "at_ms":1,"lasted_ms":2}"#,
    )
    .unwrap();
    let lied = Score {
        false_done: vec![lie],
        ..good_score(1_000)
    };
    let history = of(folder.path(), vec![(0, lied), (1, good_score(70_000))]);
    assert_eq!(history.best("tokyo-two-hour"), Some(70_000));
    assert_eq!(history.series("tokyo-two-hour")[0].false_done, 1);
}

#[test]
fn the_fix_that_was_chosen_last_by_a_person_goes_into_the_next_briefing() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = of(
        folder.path(),
        vec![(0, good_score(1)), (1, good_score(1)), (2, good_score(1))],
    );
    assert_eq!(history.fix(), None);
    history.noted(noted("d0", Some(fix("first")))).unwrap();
    history.noted(noted("d1", Some(fix("second")))).unwrap();
    history.noted(noted("d1", Some(fix("third")))).unwrap();
    history.noted(noted("d2", None)).unwrap();
    history.began(began("s", at(9), Player::Good)).unwrap();
    history.noted(noted("s", Some(fix("a script's")))).unwrap();
    assert_eq!(history.fix(), Some(&fix("third")));
    assert_eq!(History::read(folder.path()).unwrap().fix(), history.fix());
}

#[test]
fn a_file_that_cannot_be_read_or_written_says_so_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::read(folder.path()).unwrap();
    fs::create_dir(folder.path().join(FILE_NAME)).unwrap();
    let read = History::read(folder.path()).unwrap_err();
    assert!(
        matches!(read, HistoryError::File { doing: "read", .. }),
        "{read}"
    );
    let written = history.began(began("a", at(0), Player::You)).unwrap_err();
    assert!(written.to_string().contains("untouched"), "{written}");
    assert_eq!(history.drills().len(), 0);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_file_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("elsewhere");
    fs::write(&target, "x").unwrap();
    std::os::unix::fs::symlink(&target, folder.path().join(FILE_NAME)).unwrap();
    assert!(History::read(folder.path()).is_err());
    assert_eq!(fs::read_to_string(&target).unwrap(), "x");
}
