use std::fs;

use super::*;
use crate::{Command, Headless, Reply, practice::Practice};

#[tokio::test]
async fn an_export_is_packed_read_again_and_told_up_to_a_hundred() {
    let (_temporary, home, run) = practised().await;
    let target = default_target(&home, &run, None);
    assert_eq!(target, home.root().join(format!("{run}.zip")));
    let mut told = Vec::new();
    let written = export(&home, &run, &target, Existing::Keep, &own(), |step| {
        told.push(step);
    })
    .await
    .unwrap();
    assert!(written.checked.is_as_signed(), "{:#?}", written.checked);
    assert_eq!(fs::metadata(&target).unwrap().len(), written.bytes);
    assert!(told.is_sorted_by_key(|step| step.percent), "{told:?}");
    assert_eq!(told.last().unwrap().percent, 100);
    let doing = told.iter().map(|step| step.doing).collect::<Vec<_>>();
    assert!(doing.contains(&"packing") && doing.contains(&"reading it again"));

    let found = verify(&target, &written.signer).await.unwrap();
    assert_eq!(found, written.checked);
    let other = verify(&target, " SHA256:somebody-else ").await.unwrap();
    assert!(!other.is_as_signed());
    assert_eq!(
        default_target(&home, &run, None),
        home.root().join(format!("{run}-2.zip"))
    );
}

#[tokio::test]
async fn what_would_go_in_is_what_goes_in() {
    let (_temporary, home, run) = practised().await;
    let contents = contents(&home, &run, "own").await.unwrap();
    assert_eq!(contents.run, run);
    assert_eq!((contents.signer, contents.problem), (None, None));
    assert!(contents.key_kept_in.contains("practice"));
    assert!(contents.rows.len() <= contents.files.len());
    let target = default_target(&home, &run, None);
    let written = export(&home, &run, &target, Existing::Keep, &own(), |_| {})
        .await
        .unwrap();
    assert_eq!(contents.files.len(), written.files);
    assert_eq!(contents.journal_lines, written.journal_lines);
    assert!(contents.bytes < written.bytes, "the container adds its own");
}

#[tokio::test]
async fn an_export_that_cannot_be_has_its_own_words_and_leaves_nothing() {
    let (temporary, home, run) = practised().await;
    let here = temporary.path();
    fs::write(here.join("there.zip"), "mine").unwrap();
    fs::write(here.join("file"), "no folder").unwrap();
    for (target, what) in [
        ("there.zip", "is there already"),
        ("nowhere/case.zip", "does not exist"),
        ("file/case.zip", "is not a folder"),
    ] {
        let error = export(
            &home,
            &run,
            &here.join(target),
            Existing::Keep,
            &own(),
            |_| {},
        )
        .await
        .unwrap_err();
        assert!(error.what.contains(what), "{error}");
        assert!(error.untouched.contains("the run's journal"), "{error:?}");
        assert!(!error.next.is_empty());
    }
    assert_eq!(fs::read(here.join("there.zip")).unwrap(), b"mine");
    let written = export(
        &home,
        &run,
        &here.join("there.zip"),
        Existing::Replace,
        &own(),
        |_| {},
    )
    .await
    .unwrap();
    assert!(written.checked.is_as_signed());
    let left = fs::read_dir(here)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with(".firebreak"))
        .count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_run_that_is_not_there_and_a_file_that_is_no_bundle_are_said() {
    let temporary = tempfile::tempdir().unwrap();
    let home = Home::open(Some(temporary.path())).unwrap();
    assert!(contents(&home, "no-such", "own").await.is_err());
    let letter = temporary.path().join("letter.txt");
    fs::write(&letter, "Dear desk").unwrap();
    let found = verify(&letter, "").await.unwrap();
    assert!(!found.is_as_signed());
    let said = format!("{:?}", found.checks[0].outcome);
    assert!(said.contains("no bundle"), "{said}");
    let missing = verify(&temporary.path().join("nothing.zip"), "")
        .await
        .unwrap_err();
    assert!(missing.what.contains("nothing.zip"), "{missing}");
    assert!(missing.untouched.contains("nothing was unpacked"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_report_is_written_into_the_home_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_temporary, home, run) = practised().await;
    let path = report(&home, &run, "own", false).await.unwrap();
    assert_eq!(
        path,
        home.root().join("reports").join(format!("{run}-own.html"))
    );
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(fs::read_to_string(&path).unwrap().contains(&run));
}

#[tokio::test]
async fn a_second_bundle_names_the_first_and_wrong_choices_write_nothing() {
    let (_temporary, home, run) = practised().await;
    let first = default_target(&home, &run, None);
    let first = export(&home, &run, &first, Existing::Keep, &own(), |_| {})
        .await
        .unwrap();
    assert_eq!(first.supersedes, None);
    let target = default_target(&home, &run, None);
    let bad = [
        Choices::for_profile("pet"),
        Choices {
            recipients: vec!["age1nonsense".to_owned()],
            ..own()
        },
        Choices {
            time_stamp: "ftp://tsa.example".to_owned(),
            ..own()
        },
    ];
    for choices in bad {
        let error = export(&home, &run, &target, Existing::Keep, &choices, |_| {})
            .await
            .unwrap_err();
        assert!(!error.next.is_empty(), "{error:?}");
        assert!(!target.exists(), "{error}");
    }
    let second = export(&home, &run, &target, Existing::Keep, &own(), |_| {})
        .await
        .unwrap();
    assert_eq!(second.supersedes, Some(first.sha256));
}

fn own() -> Choices {
    Choices::for_profile("own")
}

/// A run of practice that was pressed and left.
async fn practised() -> (tempfile::TempDir, Home, String) {
    let temporary = tempfile::tempdir().unwrap();
    let home = Home::open(Some(temporary.path())).unwrap();
    let practice = Practice::start(&home, None, Headless).await.unwrap();
    let press = Command::Panic {
        runbook: "contain-everything".to_owned(),
        accounts: Vec::new(),
        from: "test".to_owned(),
        twice: false,
    };
    let mut replies = practice.link().ask(press).await.unwrap();
    let Some(Reply::Pressed { run, .. }) = replies.recv().await else {
        panic!("the press was not taken");
    };
    practice.end().await;
    (temporary, home, run)
}
