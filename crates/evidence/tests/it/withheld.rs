//! Secrets seeded in every place that a bundle is made from: none is in it, and each is listed.

use std::{fs, process::Command};

use evidence::{
    Bundle, CheckKind, Existing, Handover, Outcome, Recipient, Verification,
    case::{Attachment, Case, Place},
    preview, verify,
};
use incident::{Event, Mode};
use redact::{Class, Known, Profile, Redactor, Words};
use vault::Simulated;

use crate::{
    outside::{follow, python, said},
    recorded::{RUN, Recorded, export, new_york, sha256, throw_away_key},
    trust::{contains, identity, unpacked},
};

const SECRET: &str = "zq7-canary-Kx93-winter";
const NEIGHBOUR: &str = "Annegret Musterfrau";

#[tokio::test]
async fn no_seeded_secret_is_in_a_bundle_and_each_is_listed() {
    let run = seeded();
    let bundle = bundle(&run, "own", &[]).await;
    let bytes = fs::read(&bundle.path).unwrap();
    assert!(!contains(&bytes, SECRET.as_bytes()));
    assert!(
        contains(&bytes, NEIGHBOUR.as_bytes()),
        "own records keep names"
    );
    let listed: Vec<&str> = bundle
        .withholding
        .redactions
        .iter()
        .map(|row| row.file.as_str())
        .collect();
    for file in [
        "data/20-captures/00001-main-tws-positions.json",
        "data/25-captures-not-in-journal/00090-withheld.json",
        "data/25-captures-not-in-journal/00091-large.log",
        "data/25-captures-not-in-journal/00092-binary.bin",
        "data/60-attached/",
        "data/80-run-journal.jsonl",
        "data/85-case-log.jsonl",
    ] {
        assert!(
            listed.iter().any(|path| path.starts_with(file)),
            "{file}: {listed:?}"
        );
    }
    let seen = verify(&bundle.path, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    assert_eq!(seen.withheld, bundle.withholding.places());
    assert!(
        words(&seen, CheckKind::Captures).contains("1 derived copies"),
        "{seen:#?}"
    );
    assert!(
        words(&seen, CheckKind::JournalChain).contains("rest"),
        "{seen:#?}"
    );
    assert!(
        words(&seen, CheckKind::CaseLog).contains("rest"),
        "{seen:#?}"
    );
    assert!(
        words(&seen, CheckKind::CaseFiles).contains("derived"),
        "{seen:#?}"
    );
    for row in &bundle.withholding.redactions {
        assert!(!row.places.is_empty(), "{}", row.file);
        assert!(
            row.places
                .iter()
                .all(|place| !place.reason.contains(SECRET))
        );
    }
}

#[tokio::test]
async fn the_paper_shows_no_secret_either() {
    let run = seeded();
    let bundle = bundle(&run, "share", &[]).await;
    let bag = unpacked(&run, &bundle.path);
    let output = Command::new("pdftotext")
        .args(["-layout", "data/00-summary.pdf", "-"])
        .current_dir(&bag)
        .output()
        .unwrap();
    let text = said(&output);
    assert!(output.status.success() && text.len() > 500, "{text}");
    for word in [SECRET, NEIGHBOUR, "zq7-canary"] {
        assert!(!text.contains(word), "{word}");
    }
    let bytes = fs::read(&bundle.path).unwrap();
    assert!(!contains(&bytes, NEIGHBOUR.as_bytes()));
}

#[tokio::test]
async fn a_stranger_finds_the_logs_with_something_withheld_unbroken() {
    let run = seeded();
    let bundle = bundle(&run, "own", &[]).await;
    let bag = unpacked(&run, &bundle.path);
    for step in 1..=4 {
        let output = follow(&bag, step);
        assert!(output.status.success(), "step {step}: {}", said(&output));
        if step == 4 {
            let guide = fs::read_to_string(bag.join("VERIFY.txt")).unwrap();
            assert!(
                guide.contains(said(&output).trim_end()),
                "{}",
                said(&output)
            );
            assert!(
                said(&output).contains("1 with something withheld"),
                "{}",
                said(&output)
            );
        }
    }
}

#[tokio::test]
async fn the_originals_go_along_for_one_reader_alone() {
    let run = seeded();
    let (_, recipient) = identity(&run);
    let bundle = bundle(&run, "own", &[recipient]).await;
    assert!(bundle.said.is_empty(), "{:?}", bundle.said);
    let bag = unpacked(&run, &bundle.path);
    let originals = run.beside("originals.zip");
    let output = Command::new("age")
        .args(["--decrypt", "--identity"])
        .arg(run.beside("key.txt"))
        .arg("--output")
        .arg(&originals)
        .arg(bag.join("data/95-originals.zip.age"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let out = run.beside("originals");
    let output = python(&[
        "-m",
        "zipfile",
        "-e",
        originals.to_str().unwrap(),
        out.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", said(&output));
    for row in &bundle.withholding.redactions {
        let original = fs::read(out.join(&row.file)).unwrap();
        assert_eq!(sha256(&original), row.original.sha256, "{}", row.file);
    }
    assert!(verify(&bundle.path, None).unwrap().is_as_signed());
}

#[tokio::test]
async fn a_preview_names_the_very_places_that_a_bundle_withholds() {
    let run = seeded();
    let redactor = redactor("broker");
    let (key, zone) = (throw_away_key().await, new_york());
    let folder = run.folder();
    let told = preview::<Simulated>(
        &folder,
        "2026-11-23T15:02:11Z".parse().unwrap(),
        &zone,
        "Firebreak 0.1.0",
        &Handover::plain(&redactor),
    )
    .unwrap();
    let bundle = export(&folder, &key, &zone)
        .deliver(
            &Handover::plain(&redactor),
            &run.beside("bundle.zip"),
            Existing::Keep,
            &mut |_| {},
        )
        .unwrap();
    assert_eq!(told.withholding, bundle.withholding);
    assert_eq!(told.case, bundle.case);
    assert_eq!(told.withholding.profile, "broker");
}

#[tokio::test]
async fn the_originals_at_this_computer_are_never_touched() {
    let run = seeded();
    let before = snapshot(&run);
    bundle(&run, "share", &[]).await;
    assert_eq!(snapshot(&run), before);
}

#[tokio::test]
async fn a_copy_that_is_listed_for_another_original_is_found() {
    let run = seeded();
    let bundle = bundle(&run, "own", &[]).await;
    let bag = unpacked(&run, &bundle.path);
    let listing = bag.join("data/90-redactions.json");
    let text = fs::read_to_string(&listing).unwrap();
    let row = bundle
        .withholding
        .redactions
        .iter()
        .find(|row| row.file.starts_with("data/20-captures/"))
        .unwrap();
    fs::write(
        &listing,
        text.replace(&row.original.sha256, &"0".repeat(64)),
    )
    .unwrap();
    let seen = verify(&bag, None).unwrap();
    let problems = crate::bundles::problems(&seen, CheckKind::Captures);
    assert!(problems[0].contains("is not what line"), "{problems:?}");
}

fn words(seen: &Verification, kind: CheckKind) -> String {
    let check = seen
        .checks
        .iter()
        .find(|check| check.check == kind)
        .unwrap();
    match &check.outcome {
        Outcome::Passed { seen } => seen.clone(),
        Outcome::Failed { problems } => problems.join("; "),
        Outcome::NotPossible { why } => why.clone(),
    }
}

/// A run with the secret in each place.
fn seeded() -> Recorded {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured(
        "positions",
        format!("{{\"held\":[\"{SECRET}\"],\"by\":\"{NEIGHBOUR}\"}}").as_bytes(),
    );
    run.happened(Event::Noted {
        text: format!("The password was {SECRET}, and {NEIGHBOUR} saw it."),
        task: None,
    });
    let captures = run.folder().join("captures");
    fs::write(captures.join(format!("00090-{SECRET}.json")), "{}").unwrap();
    let line = "2026-11-23 14:33:36 INFO nothing to see\n".repeat(60_000);
    fs::write(
        captures.join("00091-large.log"),
        format!("{line}{SECRET}\n{line}"),
    )
    .unwrap();
    let binary = [&[0_u8, 1, 2, 3][..], SECRET.as_bytes(), &[0; 64]].concat();
    fs::write(captures.join("00092-binary.bin"), binary).unwrap();

    let case = Case::open(&run.folder(), "Firebreak 0.1.0").unwrap();
    let at = "2026-11-23T15:00:00Z".parse().unwrap();
    case.note(at, format!("I told nobody {SECRET}"), String::new())
        .unwrap();
    let mail = run.beside("mail.txt");
    fs::write(&mail, format!("Dear {NEIGHBOUR}, it is {SECRET}.\n")).unwrap();
    case.attach(at, attachment(&mail)).unwrap();
    fs::remove_file(mail).unwrap();
    run
}

fn attachment(path: &std::path::Path) -> Attachment {
    Attachment {
        name: "mail.txt".to_owned(),
        source: path.display().to_string(),
        content: collect::Content::File(path.to_owned()),
        about: "what I wrote".to_owned(),
        dated: String::new(),
        step: String::new(),
    }
}

fn redactor(profile: &str) -> Redactor {
    let mut known = Known::new([7; 32]);
    known.add("the key of main", SECRET).unwrap();
    let mut words = Words::default();
    words.add(Class::Person, NEIGHBOUR).unwrap();
    Redactor::new(Profile::of_id(profile).unwrap(), known, words)
}

async fn bundle(run: &Recorded, profile: &str, originals_to: &[Recipient]) -> Bundle {
    let (key, zone) = (throw_away_key().await, new_york());
    let redactor = redactor(profile);
    let handover = Handover {
        originals_to,
        ..Handover::plain(&redactor)
    };
    export(&run.folder(), &key, &zone)
        .deliver(
            &handover,
            &run.beside("bundle.zip"),
            Existing::Keep,
            &mut |_| {},
        )
        .unwrap()
}

fn snapshot(run: &Recorded) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let folder = run.folder();
    let mut folders = vec![folder.clone(), folder.join("captures")];
    folders.extend(Place::ALL.map(|place| folder.join("case").join(place.folder())));
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() > 5 && files[0].0.to_string_lossy().contains(RUN));
    files
}
