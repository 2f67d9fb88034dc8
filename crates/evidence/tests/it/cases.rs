//! What is added to a case stands in one chain, and files are in it whole or not at all.

use std::{
    fs,
    os::unix::{
        fs::{FileTypeExt as _, PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
    thread,
};

use collect::{Collected, Content, Outcome, Sighting, Taken};
use door::{Act, ActKind, ActsFile};
use evidence::{
    acts::ActKey,
    case::{
        Attachment, CASE_FILES, CASE_LOG, Call, Case, CaseError, CaseLog, Entry, MAX_ATTACHED,
        Place, StoredFile, Verdict,
    },
};
use incident::{Mode, journal};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::recorded::{RUN, Recorded};

const PROGRAM: &str = "Firebreak 0.1.0";

#[test]
fn the_log_begins_with_the_first_addition_and_names_the_journals_head() {
    let run = Recorded::nearly_contained(Mode::Live);
    let case = Case::open(&run.folder(), PROGRAM).unwrap();
    assert_eq!(Case::read(&run.folder()), CaseLog::default());
    assert!(!run.folder().join(CASE_LOG).exists());

    let line = case.note(at(), "I was asleep.".to_owned(), String::new());
    assert_eq!(line.unwrap().seq, 1);

    let log = Case::read(&run.folder());
    assert_eq!(log.damage, None);
    let last = run.journal().split(|byte| *byte == b'\n').rev().nth(1);
    let Entry::Opened {
        case: name,
        journal_head,
        program,
        ..
    } = &log.lines[0].entry
    else {
        panic!("{log:?}");
    };
    assert_eq!(name, RUN);
    assert_eq!(*journal_head, Some(digest(last.unwrap())));
    assert_eq!(program, PROGRAM);
    assert_eq!(
        fs::read(run.folder().join(journal::FILE_NAME)).unwrap(),
        run.journal()
    );
    assert!(!Case::is_collection(&run.folder()));
}

#[test]
fn everything_that_can_be_added_reads_back_as_it_was() {
    let (_home, case) = collection();
    case.note(
        at(),
        "line one\nline two \u{202e}".to_owned(),
        "call".to_owned(),
    )
    .unwrap();
    case.contact(at(), call()).unwrap();
    case.mark(
        at(),
        vec![ActKey("main/fill/1".to_owned())],
        Some(Verdict::NotMine),
        "one by one",
    )
    .unwrap();
    case.mark(
        at(),
        vec![ActKey("main/fill/1".to_owned())],
        None,
        "one by one",
    )
    .unwrap();
    case.state(at(), "first".to_owned()).unwrap();
    case.state(at(), "second".to_owned()).unwrap();
    case.attach(at(), attachment(Content::Bytes(b"photo".to_vec())))
        .unwrap();
    case.take(at(), Place::Host, collected(Vec::new())).unwrap();
    let exported = Entry::Exported {
        file: "pack.zip".to_owned(),
        bytes: 12,
        digest: digest(b"pack"),
        signer: "SHA256:x".to_owned(),
        profile: "broker".to_owned(),
    };
    case.add(at(), exported.clone()).unwrap();

    let log = Case::read(case.folder());
    assert_eq!(log.damage, None);
    assert_eq!(log.lines.len(), 10);
    assert_eq!(log.statement(), Some("second"));
    assert_eq!(log.lines.last().unwrap().entry, exported);
    let Entry::Contact { said, number, .. } = &log.lines[2].entry else {
        panic!("{log:?}");
    };
    assert_eq!((said, number), (&call().said, &call().number));
    assert_eq!(log.files().count(), 1);
    assert_eq!(
        CaseLog::of(fs::read(case.folder().join(CASE_LOG)).unwrap()),
        log
    );
}

#[test]
fn a_collection_without_a_press_is_a_folder_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let runs = home.path().join("runs");
    let one = Case::begin(&runs, at(), PROGRAM).unwrap();
    let other = Case::begin(&runs, at(), PROGRAM).unwrap();
    assert_eq!(one.name(), "20261124T100000Z-collection");
    assert_eq!(other.name(), "20261124T100000Z-collection-2");
    assert!(Case::is_collection(one.folder()));
    assert_eq!(mode_of(one.folder()), 0o700);
    assert_eq!(mode_of(&one.folder().join(CASE_LOG)), 0o600);
    Case::open(one.folder(), PROGRAM)
        .unwrap()
        .note(at(), "later".to_owned(), String::new())
        .unwrap();
    assert_eq!(Case::read(one.folder()).lines.len(), 2);
}

#[test]
fn a_folder_that_is_neither_run_nor_collection_is_no_case() {
    let home = tempfile::tempdir().unwrap();
    let error = Case::open(home.path(), PROGRAM).unwrap_err();
    assert!(matches!(error, CaseError::NoCase { .. }), "{error}");
    assert!(!Case::is_collection(home.path()));
    assert!(names_in(home.path()).is_empty());
}

#[test]
fn additions_of_many_at_once_stand_in_one_chain() {
    let (_home, case) = collection();
    thread::scope(|scope| {
        for writer in 0..8 {
            let folder = case.folder();
            scope.spawn(move || {
                let case = Case::open(folder, PROGRAM).unwrap();
                for number in 0..10 {
                    case.note(at(), format!("{writer} {number}"), String::new())
                        .unwrap();
                    case.attach(at(), attachment(Content::Bytes(vec![writer; number])))
                        .unwrap();
                }
            });
        }
    });
    let log = Case::read(case.folder());
    assert_eq!(log.damage, None);
    assert_eq!(log.lines.len(), 1 + 8 * 10 * 2);
    let mut numbers: Vec<String> = log
        .files()
        .map(|file| file.path[9..14].to_owned())
        .collect();
    numbers.sort();
    let wanted: Vec<String> = (0..80).map(|number| format!("{number:05}")).collect();
    assert_eq!(numbers, wanted);
}

#[test]
fn a_line_torn_by_a_crash_is_cut_off_by_the_next_addition_and_said() {
    let (_home, case) = collection();
    case.note(at(), "whole".to_owned(), String::new()).unwrap();
    let path = case.folder().join(CASE_LOG);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [whole.as_slice(), b"{\"seq\":2,\"at"].concat()).unwrap();

    let log = Case::read(case.folder());
    assert_eq!(
        (log.lines.len(), log.torn_bytes, &log.damage),
        (2, 12, &None)
    );
    assert_eq!(log.bytes, whole);

    case.note(at(), "next".to_owned(), String::new()).unwrap();
    let log = Case::read(case.folder());
    assert_eq!(
        (log.lines.len(), log.torn_bytes, &log.damage),
        (4, 0, &None)
    );
    assert_eq!(log.lines[2].entry, Entry::Mended { dropped_bytes: 12 });
    assert!(log.bytes.starts_with(&whole));
}

#[test]
fn a_torn_first_line_leaves_a_case_that_can_still_be_added_to() {
    let run = Recorded::pressed(Mode::Live);
    fs::write(run.folder().join(CASE_LOG), b"{\"seq\":0").unwrap();
    let case = Case::open(&run.folder(), PROGRAM).unwrap();
    case.note(at(), "next".to_owned(), String::new()).unwrap();
    let log = Case::read(&run.folder());
    assert!(
        matches!(log.lines[0].entry, Entry::Opened { .. }),
        "{log:?}"
    );
    assert_eq!(log.lines[1].entry, Entry::Mended { dropped_bytes: 8 });
    assert_eq!((log.lines.len(), &log.damage), (3, &None));
}

#[test]
fn a_damaged_log_is_read_as_far_as_it_is_good_and_never_written_over() {
    let (_home, case) = collection();
    for text in ["one", "two", "three"] {
        case.note(at(), text.to_owned(), String::new()).unwrap();
    }
    let path = case.folder().join(CASE_LOG);
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let without = |number: usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != number);
        let kept: Vec<&str> = kept.map(|(_, line)| *line).collect();
        kept.join("\n") + "\n"
    };
    for (damaged, readable) in [
        (good.replace("two", "tow"), 3),
        (without(2), 2),
        (without(0), 0),
        (format!("{good}{}\n", lines[3]), 4),
        (format!("{good}nonsense\n"), 4),
        (good.replacen("\"version\":1", "\"version\":2", 1), 0),
    ] {
        assert_ne!(damaged, good);
        fs::write(&path, &damaged).unwrap();
        let log = Case::read(case.folder());
        assert_eq!(log.lines.len(), readable, "{damaged}");
        assert!(log.damage.is_some(), "{damaged}");
        assert_eq!(log.bytes, damaged.as_bytes());

        let error = case
            .note(at(), "more".to_owned(), String::new())
            .unwrap_err();
        assert!(matches!(error, CaseError::Damaged { .. }), "{error}");
        assert!(error.next().contains("evidence of the damage"));
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }
}

#[test]
fn a_log_that_is_a_link_is_neither_read_nor_written_to() {
    let run = Recorded::pressed(Mode::Live);
    let elsewhere = run.beside("elsewhere");
    fs::write(&elsewhere, b"").unwrap();
    symlink(&elsewhere, run.folder().join(CASE_LOG)).unwrap();
    let case = Case::open(&run.folder(), PROGRAM).unwrap();
    assert!(
        Case::read(&run.folder())
            .damage
            .unwrap()
            .contains("is a link")
    );
    case.note(at(), "more".to_owned(), String::new())
        .unwrap_err();
    assert_eq!(fs::read(&elsewhere).unwrap(), b"");
}

#[test]
fn nobody_but_the_log_says_that_it_was_opened() {
    let (_home, case) = collection();
    let opened = Case::read(case.folder()).lines[0].entry.clone();
    case.add(at(), opened).unwrap_err();
    case.add(at(), Entry::Mended { dropped_bytes: 7 })
        .unwrap_err();
    assert_eq!(Case::read(case.folder()).lines.len(), 1);
}

#[test]
fn a_stored_file_is_the_owners_alone_plainly_named_and_counted_on() {
    let (home, case) = collection();
    let original = home.path().join("Photo of my phone.JPG");
    fs::write(&original, b"a photo").unwrap();
    let line = case
        .attach(
            at(),
            Attachment {
                name: "Photo of my phone.JPG".to_owned(),
                content: Content::File(original.clone()),
                ..attachment(Content::Bytes(Vec::new()))
            },
        )
        .unwrap();
    let Entry::Attached { file, about, .. } = line.entry else {
        panic!("{line:?}");
    };
    assert_eq!(file.path, "attached/00000-Photo_of_my_phone.JPG");
    assert_eq!((file.bytes, &file.digest), (7, &digest(b"a photo")));
    assert!(file.modified.is_some());
    assert_eq!(about, "the page of sessions");
    let stored = case.folder().join(CASE_FILES).join(&file.path);
    assert_eq!(fs::read(&stored).unwrap(), b"a photo");
    assert_eq!(mode_of(&stored), 0o600);
    assert_eq!(mode_of(stored.parent().unwrap()), 0o700);
    assert_eq!(fs::read(&original).unwrap(), b"a photo");

    let next = |place, name: &str| {
        let bytes = Content::Bytes(b"x".to_vec());
        case.store(place, name, "x", None, &bytes, 10).unwrap().path
    };
    assert_eq!(next(Place::Host, "../../x"), "host/00001-x");
    assert_eq!(next(Place::Statement, "nul"), "statement/00002-nul");
    assert_eq!(
        next(Place::Broker, "b-acts.json"),
        "broker/00003-b-acts.json.txt"
    );
    for path in ["host/00001-x", "statement/00002-nul"] {
        assert!(Place::path_in_bundle(path).unwrap().starts_with("data/"));
    }
    for bad in ["host/../x", "elsewhere/x", "host", "host/.x", "host/a/b"] {
        assert_eq!(Place::path_in_bundle(bad), None, "{bad}");
    }
}

#[test]
fn what_is_no_plain_file_is_refused_in_words_and_leaves_nothing() {
    let (home, case) = collection();
    let place = |name: &str| home.path().join(name);
    fs::write(place("target"), b"secret").unwrap();
    symlink(place("target"), place("link")).unwrap();
    fs::create_dir(place("folder")).unwrap();
    let _socket = UnixListener::bind(place("socket")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(place("pipe"))
        .status();
    assert!(made.unwrap().success());
    assert!(fs::metadata(place("pipe")).unwrap().file_type().is_fifo());

    for (name, what) in [
        (place("link"), "is a link"),
        (place("folder"), "is a folder"),
        (place("socket"), "is a socket"),
        (place("pipe"), "is a pipe"),
        ("/dev/zero".into(), "is a device"),
        (place("absent"), "is not there"),
    ] {
        let error = case
            .attach(at(), attachment(Content::File(name)))
            .unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(error.untouched().contains("nothing was added"));
    }
    assert_eq!(Case::read(case.folder()).lines.len(), 1);
    assert!(!case.folder().join(CASE_FILES).exists());
}

#[test]
fn a_file_that_is_too_large_is_refused_before_a_byte_of_it_is_copied() {
    let (home, case) = collection();
    let sparse = home.path().join("sparse");
    fs::File::create(&sparse)
        .unwrap()
        .set_len(20 * 1024 * 1024 * 1024)
        .unwrap();
    let error = case
        .attach(at(), attachment(Content::File(sparse)))
        .unwrap_err();
    let CaseError::TooLarge { bytes, most, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((*bytes, *most), (20 * 1024 * 1024 * 1024, MAX_ATTACHED));
    assert!(!case.folder().join(CASE_FILES).exists());
    let bytes = Content::Bytes(vec![0; 11]);
    let error = case
        .store(Place::Host, "x", "x", None, &bytes, 10)
        .unwrap_err();
    assert!(matches!(error, CaseError::TooLarge { .. }), "{error}");
}

#[test]
fn a_folder_of_files_that_leads_elsewhere_is_not_written_into() {
    let (home, case) = collection();
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, case.folder().join(CASE_FILES)).unwrap();
    let error = case
        .attach(at(), attachment(Content::Bytes(vec![1])))
        .unwrap_err();
    assert!(matches!(error, CaseError::Write { .. }), "{error}");
    assert!(names_in(&elsewhere).is_empty());
}

#[test]
fn a_collectors_lost_file_is_said_and_the_rest_is_kept() {
    let (home, case) = collection();
    let log = home.path().join("tws.log");
    fs::write(&log, b"placeOrder").unwrap();
    let line = case
        .take(
            at(),
            Place::Broker,
            Collected {
                acts: vec![
                    ("tws.log".to_owned(), act("1")),
                    ("gone.log".to_owned(), act("2")),
                    ("tws.log".to_owned(), act("3")),
                    ("never brought".to_owned(), act("4")),
                ],
                ..collected(vec![
                    taken("gone.log", Content::File(home.path().join("gone.log"))),
                    taken("tws.log", Content::File(log)),
                    taken("evil-acts.json", Content::Bytes(b"{}".to_vec())),
                ])
            },
        )
        .unwrap();
    let Entry::Collected {
        outcome,
        files,
        sightings,
        ..
    } = line.entry
    else {
        panic!("{line:?}");
    };
    let Outcome::Partly { why } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(why.contains("gone.log is not kept"), "{why}");
    assert!(why.contains("neither are 1 acts"), "{why}");
    assert!(why.contains("never brought"), "{why}");
    assert_eq!(sightings.len(), 1);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "broker/00000-tws.log",
            "broker/00001-tws.log-acts.json",
            "broker/00002-evil-acts.json.txt"
        ]
    );
    let read = |file: &StoredFile| fs::read(case.folder().join(CASE_FILES).join(&file.path));
    for file in &files {
        assert_eq!(digest(&read(file).unwrap()), file.digest);
    }
    let acts: ActsFile = serde_json::from_slice(&read(&files[1]).unwrap()).unwrap();
    assert_eq!(
        acts,
        ActsFile::new("broker/00000-tws.log", vec![act("1"), act("3")])
    );
}

#[test]
fn a_collector_of_which_nothing_could_be_kept_has_failed() {
    let (home, case) = collection();
    let many = (0..50)
        .map(|number| {
            let name = format!("{number}.log");
            taken(&name, Content::File(home.path().join(&name)))
        })
        .collect();
    let line = case.take(at(), Place::Host, collected(many)).unwrap();
    let Entry::Collected {
        outcome: Outcome::Failed { why },
        ..
    } = line.entry
    else {
        panic!("{line:?}");
    };
    assert!(why.contains("30 more"), "{why}");
}

fn collection() -> (TempDir, Case) {
    let home = tempfile::tempdir().unwrap();
    let case = Case::begin(&home.path().join("runs"), at(), PROGRAM).unwrap();
    (home, case)
}

fn at() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

fn act(id: &str) -> Act {
    Act::new(ActKind::Order, id, "placed", "line 1")
}

fn taken(name: &str, content: Content) -> Taken {
    Taken {
        name: name.to_owned(),
        source: format!("/home/ada/{name}"),
        modified: None,
        content,
    }
}

fn collected(taken: Vec<Taken>) -> Collected {
    Collected {
        collector: "tws-logs".to_owned(),
        title: "Logs of TWS".to_owned(),
        began: at(),
        ended: at(),
        outcome: Outcome::Collected,
        taken,
        sightings: vec![Sighting {
            what: "Client 99 placed an order.".to_owned(),
            why: String::new(),
            notable: true,
            at: None,
            place: "tws.log line 1".to_owned(),
        }],
        acts: Vec::new(),
    }
}

fn attachment(content: Content) -> Attachment {
    Attachment {
        name: "photo.jpg".to_owned(),
        source: "photo.jpg".to_owned(),
        content,
        about: "the page of sessions".to_owned(),
        dated: "yesterday evening".to_owned(),
        step: "call".to_owned(),
    }
}

fn call() -> Call {
    Call {
        who: "IBKR security desk, Anna".to_owned(),
        when: at(),
        by: "phone".to_owned(),
        number: "+1 877 442 2757".to_owned(),
        reference: "4711".to_owned(),
        said: "It is locked.".to_owned(),
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
