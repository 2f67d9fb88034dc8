use std::{fs, path::Path};

use evidence::{
    BundleKey, CheckKind, EvidenceError, Existing, Handover, Lock, Outcome, Phase, Verification,
    verify,
};
use incident::{Event, Mode};
use vault::{Secret, Slot, Vault};

use crate::{
    recorded::{RUN, Recorded, contents_of, export, new_york, throw_away_key},
    trust::own,
};

#[tokio::test]
async fn a_bundle_of_a_whole_run_is_as_signed() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured("positions", b"[]");
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    let bundle = export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    assert_eq!(bundle.contents.signer, key.fingerprint());
    assert!(bundle.contents.missing.is_empty());

    let seen = verify(&target, Some(&key.fingerprint())).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    assert_eq!(seen.run.as_deref(), Some(RUN));
    assert_eq!(seen.mode, Some(Mode::Practice));
    assert_eq!(seen.signer, Some(key.fingerprint()));
    assert_eq!(seen.journal_head, Some(bundle.contents.journal_head));
    assert_eq!(seen.journal_lines, Some(bundle.contents.journal_lines));
    assert_eq!(seen.checks.len(), 11);
    assert_eq!(seen.profile.as_deref(), Some("own"));
    assert_eq!(seen.withheld, 0);
}

#[tokio::test]
async fn progress_reaches_the_whole_of_both_halves_and_never_goes_back() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured("positions", &vec![b'x'; 1 << 20]);
    let (key, zone) = (throw_away_key().await, new_york());
    let mut told = Vec::new();
    let bundle = export(&run.folder(), &key, &zone)
        .write_told(&run.beside("bundle.zip"), Existing::Keep, &mut |progress| {
            told.push(progress);
        })
        .unwrap();
    let exact = |progress: &&evidence::Progress| progress.phase == Phase::ReadingAgain;
    assert!(
        told.iter()
            .filter(exact)
            .all(|progress| progress.total == bundle.bytes)
    );
    assert!(told.iter().all(|progress| progress.done <= progress.total));
    for phase in [Phase::Packing, Phase::ReadingAgain] {
        let done = told
            .iter()
            .filter(|progress| progress.phase == phase)
            .map(|progress| progress.done)
            .collect::<Vec<_>>();
        assert!(done.len() > 4, "{phase:?} {done:?}");
        assert!(done.is_sorted(), "{phase:?} {done:?}");
        assert_eq!(done.last(), Some(&bundle.bytes), "{phase:?}");
    }
    assert!(told.is_sorted_by_key(|progress| progress.phase == Phase::ReadingAgain));
}

#[tokio::test]
async fn what_a_bundle_would_hold_is_told_without_any_key() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured("positions", b"[]");
    let told = contents_of(&run.folder()).unwrap();
    assert_eq!(told.signer, "");
    let (key, zone) = (throw_away_key().await, new_york());
    let written = export(&run.folder(), &key, &zone)
        .write(&run.beside("bundle.zip"), Existing::Keep)
        .unwrap()
        .contents;
    // what names the key differs by a few bytes where it is compressed
    let sizes = |contents: &evidence::Contents| {
        let mut files = contents.files.clone();
        files.retain(|(path, _)| path != "data/00-summary.pdf" && path != "bag-info.txt");
        files
    };
    assert_eq!(sizes(&told), sizes(&written));
    let names = |contents: &evidence::Contents| -> Vec<String> {
        contents
            .files
            .iter()
            .map(|(path, _)| path.clone())
            .collect()
    };
    assert_eq!(names(&told), names(&written));
    assert_eq!(told.journal_head, written.journal_head);
}

#[tokio::test]
async fn looking_for_the_key_makes_none_and_finds_the_one_that_was_made() {
    let vault = Vault::<vault::Simulated>::in_memory();
    assert!(BundleKey::existing(&vault).await.unwrap().is_none());
    assert!(BundleKey::existing(&vault).await.unwrap().is_none());
    let made = BundleKey::of(&vault).await.unwrap().fingerprint();
    let found = BundleKey::existing(&vault).await.unwrap().unwrap();
    assert_eq!(found.fingerprint(), made);
}

#[tokio::test]
async fn equal_input_gives_equal_bytes() {
    let run = Recorded::nearly_contained(Mode::Drill);
    let (key, zone) = (throw_away_key().await, new_york());
    let (one, two) = (run.beside("one.zip"), run.beside("two.zip"));
    let folder = run.folder();
    let first = export(&folder, &key, &zone)
        .write(&one, Existing::Keep)
        .unwrap();
    let second = export(&folder, &key, &zone)
        .write(&two, Existing::Keep)
        .unwrap();
    assert_eq!(first.digest, second.digest);
    assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap());
}

#[tokio::test]
async fn a_bundle_from_the_middle_of_a_run_holds_the_whole_lines_so_far() {
    let mut run = Recorded::pressed(Mode::Practice);
    run.go_on_until(100);
    let whole = run.journal().to_vec();
    let torn = [whole.as_slice(), br#"{"seq":99,"at":"2026"#].concat();
    fs::write(run.folder().join("journal.jsonl"), &torn).unwrap();
    fs::write(run.folder().join("captures/00099-main-tws-late.json"), "{}").unwrap();
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    let bundle = export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();

    let seen = verify(&target, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    let size = |path: &str| {
        bundle
            .contents
            .files
            .iter()
            .find(|(file, _)| file == path)
            .unwrap()
            .1
    };
    assert_eq!(
        size("data/80-run-journal.jsonl"),
        u64::try_from(whole.len()).unwrap()
    );
    assert_eq!(
        size("data/25-captures-not-in-journal/00099-main-tws-late.json"),
        2
    );
    let torn_still = fs::read(run.folder().join("journal.jsonl")).unwrap();
    assert_eq!(torn_still, torn, "the run's own journal is not touched");
}

#[tokio::test]
async fn a_live_run_is_never_signed_with_a_throw_away_key() {
    let run = Recorded::nearly_contained(Mode::Live);
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    let error = export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap_err();
    assert!(matches!(error, EvidenceError::WrongRealm { .. }), "{error}");
    assert!(!target.exists());
}

#[tokio::test]
async fn a_file_that_stands_there_is_left_alone_unless_it_may_be_replaced() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    fs::write(&target, "somebody's").unwrap();
    let folder = run.folder();
    let export = export(&folder, &key, &zone);
    let error = export.write(&target, Existing::Keep).unwrap_err();
    assert!(
        matches!(error, EvidenceError::TargetExists { .. }),
        "{error}"
    );
    assert_eq!(fs::read(&target).unwrap(), b"somebody's");

    export.write(&target, Existing::Replace).unwrap();
    assert!(verify(&target, None).unwrap().is_as_signed());
    assert_eq!(names(target.parent().unwrap()), ["bundle.zip", "runs"]);
}

#[tokio::test]
async fn a_bundle_that_cannot_be_written_leaves_nothing_behind() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let (key, zone) = (throw_away_key().await, new_york());
    let missing = run.beside("no-such-folder").join("bundle.zip");
    let error = export(&run.folder(), &key, &zone)
        .write(&missing, Existing::Keep)
        .unwrap_err();
    assert!(matches!(error, EvidenceError::Write { .. }), "{error}");
    assert_eq!(names(missing.parent().unwrap().parent().unwrap()), ["runs"]);
}

/// Under a limit on the size of files, which fails a write in the middle as a full disk does.
#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_fills_up_in_the_middle_leaves_nothing_behind() {
    const TEST: &str = "bundles::a_disk_that_fills_up_in_the_middle_leaves_nothing_behind";
    const FOLDER: &str = "FIREBREAK_TEST_FULL_DISK";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let (key, zone, redactor) = (throw_away_key().await, new_york(), own());
        let target = Path::new(&folder).join("../../bundle.zip");
        let passphrase = Secret::new("sesame".to_owned());
        let plain = Handover::plain(&redactor);
        let locked = Handover {
            lock: Some(Lock::Passphrase(&passphrase)),
            ..plain
        };
        let split = Handover {
            volume_bytes: Some(1 << 20),
            ..plain
        };
        for handover in [plain, locked, split] {
            let error = export(Path::new(&folder), &key, &zone)
                .deliver(&handover, &target, Existing::Keep, &mut |_| {})
                .unwrap_err();
            assert!(matches!(error, EvidenceError::Write { .. }), "{error}");
        }
        return;
    }
    let run = Recorded::nearly_contained(Mode::Practice);
    let output = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST])
        .env(FOLDER, run.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(names(&run.beside("")), ["runs"]);
}

#[test]
fn a_folder_without_a_run_is_said_to_hold_none() {
    let folder = tempfile::tempdir().unwrap();
    let error = contents_of(folder.path()).unwrap_err();
    assert!(matches!(error, EvidenceError::Read { .. }), "{error}");
    fs::write(folder.path().join("journal.jsonl"), "torn").unwrap();
    let error = contents_of(folder.path()).unwrap_err();
    assert!(matches!(error, EvidenceError::NoRun { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_among_the_captures_is_not_followed() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let secret = run.beside("secret");
    fs::write(&secret, "not for the bundle").unwrap();
    let link = run.folder().join("captures/00050-link.json");
    std::os::unix::fs::symlink(&secret, link).unwrap();
    let contents = contents_of(&run.folder()).unwrap();
    assert_eq!(
        contents.left_out,
        [("00050-link.json".to_owned(), "it is not a plain file")]
    );
    assert!(!contents.files.iter().any(|(path, _)| path.contains("link")));
}

#[tokio::test]
async fn a_capture_that_was_changed_or_taken_away_before_packing_is_found() {
    for change in [
        |path: &Path| fs::write(path, "other").unwrap(),
        |path: &Path| fs::remove_file(path).unwrap(),
    ] {
        let mut run = Recorded::nearly_contained(Mode::Practice);
        let file = run.captured("positions", b"[]");
        change(&run.folder().join("captures").join(&file));
        let (key, zone) = (throw_away_key().await, new_york());
        let target = run.beside("bundle.zip");
        export(&run.folder(), &key, &zone)
            .write(&target, Existing::Keep)
            .unwrap();
        let seen = verify(&target, None).unwrap();
        let problems = problems(&seen, CheckKind::Captures);
        assert!(problems[0].contains(&file), "{problems:?}");
        assert_eq!(failed(&seen), [CheckKind::Captures]);
    }
}

#[tokio::test]
async fn a_journal_that_was_changed_before_packing_is_packed_and_found() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let changed = String::from_utf8(run.journal().to_vec())
        .unwrap()
        .replacen("AAPL", "AAPM", 1);
    fs::write(run.folder().join("journal.jsonl"), changed).unwrap();
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    let seen = verify(&target, None).unwrap();
    let problems = problems(&seen, CheckKind::JournalChain);
    assert!(problems[0].contains("line"), "{problems:?}");
    assert!(!seen.is_as_signed());
}

#[tokio::test]
async fn a_runbook_that_was_changed_after_the_press_is_found() {
    let run = Recorded::nearly_contained(Mode::Practice);
    fs::write(run.folder().join("runbook.toml"), "id = \"harmless\"\n").unwrap();
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    assert_eq!(
        failed(&verify(&target, None).unwrap()),
        [CheckKind::Runbook]
    );
}

#[tokio::test]
async fn a_bundle_signed_by_another_key_than_expected_is_not_as_signed() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let (key, zone) = (throw_away_key().await, new_york());
    let other = throw_away_key().await;
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    let seen = verify(&target, Some(&other.fingerprint())).unwrap();
    assert_eq!(failed(&seen), [CheckKind::Signature]);
    assert_eq!(seen.signer, Some(key.fingerprint()));
}

#[tokio::test]
async fn practice_says_so_wherever_one_looks() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    let bytes = String::from_utf8_lossy(&fs::read(target).unwrap()).into_owned();
    for (file, within) in [
        ("VERIFY.txt", 2000),
        ("bag-info.txt", 2000),
        // behind what the page looks like
        ("data/00-summary.html", 20_000),
    ] {
        let start = bytes.find(&format!("{RUN}/{file}")).unwrap();
        let text = &bytes[start..];
        assert!(
            text.find("PRACTICE").is_some_and(|at| at < within),
            "{file}"
        );
    }
    assert!(bytes.contains("firebreak-practice namespaces="));
}

#[tokio::test]
async fn the_key_is_made_once_and_a_spoilt_one_is_never_written_over() {
    let vault = Vault::in_memory();
    let first = BundleKey::of(&vault).await.unwrap();
    let second = BundleKey::of(&vault).await.unwrap();
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert!(first.public().unwrap().starts_with("ssh-ed25519 "));

    let slot = Slot::of_home("bundle-key").unwrap();
    vault
        .set(&slot, Secret::new("spoilt".to_owned()))
        .await
        .unwrap();
    let error = BundleKey::of(&vault).await.err().unwrap();
    assert!(matches!(error, EvidenceError::NotAKey), "{error}");
    assert_eq!(vault.get(&slot).await.unwrap().unwrap().expose(), "spoilt");
}

#[tokio::test]
async fn a_run_whose_recording_failed_says_so_in_its_report() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.happened(Event::RecordingFailed {
        why: "No space left on device".to_owned(),
    });
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    let bytes = String::from_utf8_lossy(&fs::read(target).unwrap()).into_owned();
    assert!(bytes.contains("Part of this run is not recorded."));
    assert!(bytes.contains("No space left on device"));
}

pub(crate) fn failed(seen: &Verification) -> Vec<CheckKind> {
    let not_passed = |outcome: &Outcome| !matches!(outcome, Outcome::Passed { .. });
    seen.checks
        .iter()
        .filter(|c| not_passed(&c.outcome))
        .map(|check| check.check)
        .collect()
}

pub(crate) fn problems(seen: &Verification, kind: CheckKind) -> Vec<String> {
    let check = seen
        .checks
        .iter()
        .find(|check| check.check == kind)
        .unwrap();
    let Outcome::Failed { problems } = &check.outcome else {
        panic!("{kind:?} did not fail: {check:#?}");
    };
    problems.clone()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
