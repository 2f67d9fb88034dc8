//! Collections without a press are real, and so is the key that they need.

use std::fs;

use jiff::{Timestamp, tz::TimeZone};
use vault::Live;

use crate::{
    Bundle, BundleKey, CheckKind, Existing, Export, Outcome,
    case::{Case, Entry},
    verify,
};

#[test]
fn a_collection_without_a_press_is_packed_and_checked_as_what_it_is() {
    let home = tempfile::tempdir().unwrap();
    let case = collection(home.path());
    let bundle = packed(&case, &home.path().join("one.zip"));
    assert_eq!(bundle.contents.journal_lines, 0);
    assert_eq!(bundle.case.as_ref().unwrap().lines, 2);
    let seen = verify(&bundle.path, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    assert_eq!(seen.run, Some(case.name()));
    assert_eq!(seen.mode, Some(incident::Mode::Live));
    assert_eq!(seen.journal_lines, None);
    assert!(
        seen.checks
            .iter()
            .all(|check| check.check != CheckKind::JournalChain)
    );
}

#[test]
fn a_later_bundle_of_the_same_case_names_the_one_before() {
    let home = tempfile::tempdir().unwrap();
    let case = collection(home.path());
    let first = packed(&case, &home.path().join("one.zip"));
    case.add(
        at(),
        Entry::Exported {
            file: "one.zip".to_owned(),
            bytes: first.bytes,
            digest: first.digest.clone(),
            signer: first.contents.signer.clone(),
            profile: "own".to_owned(),
        },
    )
    .unwrap();
    case.note(at(), "The statement came.".to_owned(), String::new())
        .unwrap();
    let second = packed(&case, &home.path().join("two.zip"));
    assert_eq!(
        second.case.as_ref().unwrap().supersedes,
        Some(first.digest.clone())
    );
    let seen = verify(&second.path, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    assert_eq!(seen.supersedes, Some(first.digest));
}

#[test]
fn a_file_of_the_case_that_was_changed_or_taken_away_is_found() {
    let home = tempfile::tempdir().unwrap();
    let case = collection(home.path());
    let mail = home.path().join("mail.txt");
    fs::write(&mail, "Dear broker").unwrap();
    let attachment = crate::case::Attachment {
        name: "mail.txt".to_owned(),
        source: "mail.txt".to_owned(),
        content: collect::Content::File(mail),
        about: String::new(),
        dated: String::new(),
        step: String::new(),
    };
    case.attach(at(), attachment).unwrap();
    let folder = case.folder().join("case/attached");
    let stored = fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    for (change, expected) in [(true, "is not what the log names"), (false, "missing")] {
        if change {
            fs::write(&stored, "Dear nobody").unwrap();
        } else {
            fs::remove_file(&stored).unwrap();
        }
        let target = home.path().join(format!("{change}.zip"));
        let seen = verify(&packed(&case, &target).path, None).unwrap();
        let check = seen
            .checks
            .iter()
            .find(|check| check.check == CheckKind::CaseFiles)
            .unwrap();
        let Outcome::Failed { problems } = &check.outcome else {
            panic!("{check:#?}");
        };
        assert!(problems[0].contains(expected), "{problems:?}");
    }
}

fn collection(home: &std::path::Path) -> Case {
    let case = Case::begin(&home.join("runs"), at(), "Firebreak 0.1.0").unwrap();
    case.note(at(), "I saw a strange program.".to_owned(), String::new())
        .unwrap();
    case
}

fn packed(case: &Case, target: &std::path::Path) -> Bundle {
    let key = BundleKey::<Live>::forgotten().unwrap();
    Export {
        folder: case.folder(),
        key: &key,
        at: at(),
        zone: &TimeZone::UTC,
        program: "Firebreak 0.1.0",
    }
    .write(target, Existing::Keep)
    .unwrap()
}

fn at() -> Timestamp {
    "2026-11-23T15:00:00Z".parse().unwrap()
}
