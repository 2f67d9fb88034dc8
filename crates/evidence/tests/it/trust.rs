//! Who says when it was, who alone can open it, and files small enough for mail.

use std::{fs, path::Path, process::Command, sync::LazyLock};

use evidence::{
    Bundle, CheckKind, EvidenceError, Existing, Handover, Lock, Opener, Recipient, Stamper,
    Stamping, stamp_request, verify, verify_opened,
};
use incident::Mode;
use redact::{Known, Profile, Redactor, Words};
use vault::Secret;

use crate::{
    authority::{Authority, Keys, Scripted},
    bundles::problems,
    outside::{python, said},
    recorded::{RUN, Recorded, export, new_york, throw_away_key},
};

#[tokio::test]
async fn a_stamp_of_a_real_authority_is_good_here_and_for_openssl() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let authority = Authority::good();
    let bundle = delivered(&run, "bundle.zip", |handover| Handover {
        stamper: Some(&authority),
        ..handover
    })
    .await
    .unwrap();
    let Stamping::Stamped(stamped) = &bundle.stamping else {
        panic!("{:?}", bundle.stamping);
    };
    assert!(stamped.authority.contains("Test authority"), "{stamped:?}");
    let seen = verify(&bundle.path, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    let stamp = seen.stamp.unwrap();
    assert_eq!(stamp.at, stamped.at);
    assert!(stamp.vouched_by.contains("Test root"), "{stamp:?}");

    let bag = unpacked(&run, &bundle.path);
    let output = Command::new("openssl")
        .args(["ts", "-verify", "-data", "tagmanifest-sha256.txt"])
        .args(["-in", "tagmanifest-sha256.txt.tsr", "-untrusted", "tsa.pem"])
        .arg("-CAfile")
        .arg(authority.root())
        .current_dir(&bag)
        .output()
        .unwrap();
    assert!(
        said(&output).contains("Verification: OK"),
        "{}",
        said(&output)
    );

    let tags = bag.join("tagmanifest-sha256.txt");
    fs::write(&tags, fs::read_to_string(&tags).unwrap() + "\n").unwrap();
    let seen = verify(&bag, None).unwrap();
    let problems = problems(&seen, CheckKind::TimeStamp);
    assert!(problems[0].contains("something else"), "{problems:?}");
}

#[tokio::test]
async fn authorities_sign_with_rsa_and_on_two_curves() {
    for keys in [
        Keys::Rsa("sha512"),
        Keys::Curve("P-256", "sha256"),
        Keys::Curve("P-256", "sha512"),
        Keys::Curve("P-384", "sha384"),
        Keys::Curve("P-384", "sha512"),
    ] {
        let run = Recorded::pressed(Mode::Practice);
        let authority = Authority::new(keys, "30", "critical,timeStamping");
        let bundle = delivered(&run, "bundle.zip", |handover| Handover {
            stamper: Some(&authority),
            ..handover
        })
        .await
        .unwrap();
        let stamped = matches!(bundle.stamping, Stamping::Stamped(_));
        assert!(stamped, "{keys:?}: {:?}", bundle.stamping);
        let seen = verify(&bundle.path, None).unwrap();
        assert!(seen.stamp.is_some(), "{keys:?}: {seen:#?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_good_stamp_is_not_kept_and_stops_no_export() {
    let good = Authority::good();
    let over = Authority::new(Keys::Rsa("sha256"), "-1", "critical,timeStamping");
    let nonsense = Scripted(|_: &[u8]| Ok(b"<html>502</html>".to_vec()));
    let nothing = Scripted(|_: &[u8]| Ok(Vec::new()));
    let huge = Scripted(|_: &[u8]| Ok(vec![0x30; 2 << 20]));
    let silent = Scripted(|_: &[u8]| Err("tsa.example did not answer within 20 s".to_owned()));
    let other_nonce = Scripted(|request: &[u8]| {
        let mut changed = request.to_vec();
        let last = changed.len() - 4;
        changed[last] ^= 1;
        good.ask(&changed)
    });
    let other_imprint = Scripted(|_: &[u8]| good.ask(&stamp_request([7; 32], [7; 16]).unwrap()));
    let cut = Scripted(|request: &[u8]| {
        let mut answer = good.ask(request)?;
        answer.truncate(answer.len() - 1);
        Ok(answer)
    });
    let other_signature = Scripted(|request: &[u8]| {
        let mut answer = good.ask(request)?;
        *answer.last_mut().unwrap() ^= 1;
        Ok(answer)
    });
    let wrong: [(&dyn Stamper, &str); 9] = [
        (&nonsense, "no time stamp"),
        (&nothing, "no time stamp"),
        (&huge, "larger than any"),
        (&silent, "did not answer"),
        (&other_nonce, "another request"),
        (&other_imprint, "something else"),
        (&cut, "no time stamp"),
        (&other_signature, "is not good"),
        (&over, "was not valid then"),
    ];
    for (stamper, expected) in wrong {
        let run = Recorded::pressed(Mode::Practice);
        let bundle = delivered(&run, "bundle.zip", |handover| Handover {
            stamper: Some(stamper),
            ..handover
        })
        .await
        .unwrap();
        let Stamping::Failed { why } = &bundle.stamping else {
            panic!("{expected}: {:?}", bundle.stamping);
        };
        assert!(why.contains(expected), "{why}, and not {expected}");
        let seen = verify(&bundle.path, None).unwrap();
        assert!(seen.is_as_signed() && seen.stamp.is_none(), "{seen:#?}");
    }
}

#[tokio::test]
async fn a_certificate_that_has_expired_by_now_stamps_nothing_new() {
    let run = Recorded::pressed(Mode::Practice);
    let (key, zone) = (throw_away_key().await, new_york());
    let authority = Authority::good();
    let redactor = own();
    let handover = Handover {
        stamper: Some(&authority),
        ..Handover::plain(&redactor)
    };
    let folder = run.folder();
    let mut later = export(&folder, &key, &zone);
    later.at = "2099-01-01T00:00:00Z".parse().unwrap();
    let bundle = later
        .deliver(
            &handover,
            &run.beside("bundle.zip"),
            Existing::Keep,
            &mut |_| {},
        )
        .unwrap();
    let Stamping::Failed { why } = &bundle.stamping else {
        panic!("{:?}", bundle.stamping);
    };
    assert!(why.contains("expired"), "{why}");
}

#[tokio::test]
async fn an_encrypted_bundle_is_opened_by_age_and_by_its_identity_alone() {
    let run = Recorded::nearly_contained(Mode::Practice);
    let (identity, recipient) = identity(&run);
    let recipients = [recipient];
    let bundle = delivered(&run, "bundle.zip.age", |handover| Handover {
        lock: Some(Lock::To(&recipients)),
        ..handover
    })
    .await
    .unwrap();
    let names = fs::read_dir(run.beside("")).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        !names
            .iter()
            .any(|name| name.to_string_lossy().starts_with(".firebreak"))
    );
    let bytes = fs::read(&bundle.path).unwrap();
    assert!(!contains(&bytes, RUN.as_bytes()), "it is in the clear");

    let plain = run.beside("opened.zip");
    let output = Command::new("age")
        .args(["--decrypt", "--identity"])
        .arg(run.beside("key.txt"))
        .arg("--output")
        .arg(&plain)
        .arg(&bundle.path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(verify(&plain, None).unwrap().is_as_signed());
    let (bytes, digest) = (fs::read(&plain).unwrap(), &bundle.digest);
    assert_eq!(&crate::recorded::sha256(&bytes), digest);

    let error = verify(&bundle.path, None).unwrap_err();
    assert!(matches!(error, EvidenceError::Encrypted { .. }), "{error}");
    assert!(error.next().contains("age -d"));
    let opener = Opener::Identities(&identity);
    let seen = verify_opened(&bundle.path, Some(&bundle.contents.signer), opener).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    let other = Secret::new("not an identity".to_owned());
    let error = verify_opened(&bundle.path, None, Opener::Identities(&other)).unwrap_err();
    assert!(matches!(error, EvidenceError::NotOpened { .. }), "{error}");
}

#[tokio::test]
async fn a_passphrase_opens_what_was_encrypted_with_it_and_a_cut_file_is_found() {
    let run = Recorded::pressed(Mode::Practice);
    let (right, wrong) = (secret("correct horse"), secret("battery staple"));
    let bundle = delivered(&run, "bundle.zip.age", |handover| Handover {
        lock: Some(Lock::Passphrase(&right)),
        ..handover
    })
    .await
    .unwrap();
    let open = |with| verify_opened(&bundle.path, None, Opener::Passphrase(with));
    assert!(open(&right).unwrap().is_as_signed());
    assert!(open(&wrong).is_err());
    let bytes = fs::read(&bundle.path).unwrap();
    fs::write(&bundle.path, &bytes[..bytes.len() - 20]).unwrap();
    assert!(open(&right).is_err());
}

#[tokio::test]
async fn volumes_are_joined_by_cat_and_checked_as_one() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured("positions", &vec![b'x'; 300_000]);
    let bundle = delivered(&run, "bundle.zip", |handover| Handover {
        volume_bytes: Some(100_000),
        ..handover
    })
    .await
    .unwrap();
    let volumes = bundle.files.len() - 1;
    assert!(volumes > 3, "{:?}", bundle.files);
    assert!(!bundle.path.exists());
    for file in &bundle.files[..volumes] {
        assert!(file.bytes <= 100_000);
    }
    let first = run.beside("bundle.zip.001");
    let seen = verify(&first, None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");

    let commands =
        "cat bundle.zip.[0-9]* > bundle.zip && sha256sum --check --strict bundle.zip.sha256";
    let output = Command::new("bash")
        .args(["-euc", commands])
        .current_dir(run.beside(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        verify(&run.beside("bundle.zip"), None)
            .unwrap()
            .is_as_signed()
    );
}

#[tokio::test]
async fn a_missing_a_swapped_and_a_changed_volume_are_named() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    let rows: Vec<u8> = (0..75_000_u32).flat_map(u32::to_be_bytes).collect();
    run.captured("positions", &rows);
    delivered(&run, "bundle.zip", |handover| Handover {
        volume_bytes: Some(100_000),
        ..handover
    })
    .await
    .unwrap();
    let volume = |number: u32| run.beside(&format!("bundle.zip.{number:03}"));
    let found = |expected: &str| {
        let seen = verify(&volume(1), None).unwrap();
        let problems = problems(&seen, CheckKind::Container);
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{expected}: {problems:?}"
        );
    };
    let (two, three) = (fs::read(volume(2)).unwrap(), fs::read(volume(3)).unwrap());
    fs::write(volume(2), &three).unwrap();
    fs::write(volume(3), &two).unwrap();
    found("bundle.zip.002 is not the volume that was written");
    fs::write(volume(2), &two).unwrap();
    fs::write(volume(3), &three[1..]).unwrap();
    found("bundle.zip.003 is not the volume that was written");
    fs::remove_file(volume(3)).unwrap();
    found("bundle.zip.003 is missing");
}

#[tokio::test]
async fn volumes_of_an_earlier_bundle_are_in_nobody_s_way() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured("positions", &vec![b'x'; 500_000]);
    delivered(&run, "bundle.zip", in_volumes(70_000))
        .await
        .unwrap();
    let error = delivered(&run, "bundle.zip", in_volumes(70_000))
        .await
        .unwrap_err();
    assert!(
        matches!(error, EvidenceError::TargetExists { .. }),
        "{error}"
    );
    let (key, zone, redactor) = (throw_away_key().await, new_york(), own());
    let handover = in_volumes(400_000)(Handover::plain(&redactor));
    let folder = run.folder();
    export(&folder, &key, &zone)
        .deliver(
            &handover,
            &run.beside("bundle.zip"),
            Existing::Replace,
            &mut |_| {},
        )
        .unwrap();
    let seen = verify(&run.beside("bundle.zip.001"), None).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
    let error = delivered(&run, "other.zip", in_volumes(10))
        .await
        .unwrap_err();
    assert!(
        matches!(error, EvidenceError::VolumeTooSmall { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_encrypted_can_be_split_and_is_checked_where_it_lies() {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured("positions", &vec![b'x'; 200_000]);
    let (identity, recipient) = identity(&run);
    let recipients = [recipient];
    delivered(&run, "bundle.zip.age", |handover| Handover {
        lock: Some(Lock::To(&recipients)),
        volume_bytes: Some(70_000),
        ..handover
    })
    .await
    .unwrap();
    let first = run.beside("bundle.zip.age.001");
    assert!(matches!(
        verify(&first, None).unwrap_err(),
        EvidenceError::Encrypted { .. }
    ));
    let seen = verify_opened(&first, None, Opener::Identities(&identity)).unwrap();
    assert!(seen.is_as_signed(), "{seen:#?}");
}

#[tokio::test]
async fn nothing_can_be_encrypted_to_nobody() {
    let run = Recorded::pressed(Mode::Practice);
    let error = delivered(&run, "bundle.zip.age", |handover| Handover {
        lock: Some(Lock::To(&[])),
        ..handover
    })
    .await
    .unwrap_err();
    assert!(
        matches!(error, EvidenceError::CannotEncrypt { .. }),
        "{error}"
    );
    assert_eq!(failed_names(&run), ["runs"]);
}

fn failed_names(run: &Recorded) -> Vec<String> {
    let entries = fs::read_dir(run.beside("")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn in_volumes<'a>(bytes: u64) -> impl FnOnce(Handover<'a>) -> Handover<'a> {
    move |handover| Handover {
        volume_bytes: Some(bytes),
        ..handover
    }
}

/// Delivers the run's bundle as `how` changes a plain handover.
pub(crate) async fn delivered<'a>(
    run: &Recorded,
    name: &str,
    how: impl FnOnce(Handover<'a>) -> Handover<'a>,
) -> Result<Bundle, EvidenceError> {
    static OWN: LazyLock<Redactor> = LazyLock::new(own);
    let (key, zone) = (throw_away_key().await, new_york());
    let handover = how(Handover::plain(&OWN));
    let folder = run.folder();
    export(&folder, &key, &zone).deliver(&handover, &run.beside(name), Existing::Keep, &mut |_| {})
}

pub(crate) fn own() -> Redactor {
    Redactor::new(Profile::own(), Known::none(), Words::default())
}

/// An identity made by `age-keygen`, and who it is.
pub(crate) fn identity(run: &Recorded) -> (Secret, Recipient) {
    let path = run.beside("key.txt");
    let output = Command::new("age-keygen")
        .arg("-o")
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let text = fs::read_to_string(&path).unwrap();
    let public = text
        .lines()
        .find_map(|line| line.strip_prefix("# public key: "))
        .unwrap();
    (secret(&text), public.parse().unwrap())
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub(crate) fn unpacked(run: &Recorded, bundle: &Path) -> std::path::PathBuf {
    let out = run.beside("unpacked");
    let output = python(&[
        "-m",
        "zipfile",
        "-e",
        bundle.to_str().unwrap(),
        out.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", said(&output));
    out.join(RUN)
}

pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
