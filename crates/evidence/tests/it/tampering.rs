//! Every byte of a bundle counts.

use std::{collections::BTreeSet, fs, path::Path};

use evidence::{CheckKind, Existing, verify};
use incident::Mode;

use crate::{
    bundles::{failed, problems},
    recorded::{RUN, Recorded, export, new_york, throw_away_key},
};

/// A flip in each byte around the files, and in this many-th of the files' own.
const STRIDE: usize = 13;

#[tokio::test]
async fn a_flipped_byte_anywhere_is_found() {
    let (run, bytes) = bundle().await;
    let target = run.beside("flipped.zip");
    let mut flips = 0;
    let structure = structure(&bytes);
    for at in (0..bytes.len()).filter(|at| at % STRIDE == 0 || structure.contains(at)) {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(&target, bad).unwrap();
        let seen = verify(&target, None).unwrap();
        assert!(!seen.is_as_signed(), "byte {at}");
        flips += 1;
    }
    assert!(flips > 1000, "{flips}");
}

#[tokio::test]
async fn a_flipped_byte_in_a_file_names_that_file() {
    let (run, bytes) = bundle().await;
    let target = run.beside("flipped.zip");
    for file in [
        "VERIFY.txt",
        "allowed_signers",
        "bag-info.txt",
        "bagit.txt",
        "custody.jsonl",
        "data/00-summary.html",
        "data/00-summary.pdf",
        "data/10-timeline.csv",
        "data/11-orders.csv",
        "data/20-captures/00000-main-tws-open-orders.json",
        "data/80-run-journal.jsonl",
        "data/90-redactions.json",
        "data/runbook.toml",
        "manifest-sha256.txt",
        "signer.pub",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha256.txt.sig",
    ] {
        let name = format!("{RUN}/{file}");
        let start = find(&bytes, name.as_bytes()).unwrap() + name.len();
        let mut bad = bytes.clone();
        bad[start + 3] ^= 1;
        fs::write(&target, bad).unwrap();
        let seen = verify(&target, None).unwrap();
        let problems = problems(&seen, CheckKind::Container);
        assert_eq!(problems, [format!("{name} does not have its CRC-32")]);
        let also = failed(&seen);
        assert!(
            also.len() > 1,
            "{file} is found by its CRC-32 alone: {also:?}"
        );
    }
}

#[tokio::test]
async fn a_cut_or_lengthened_bundle_is_found() {
    let (run, bytes) = bundle().await;
    let target = run.beside("cut.zip");
    for length in (0..bytes.len()).step_by(997).chain([bytes.len() - 1]) {
        fs::write(&target, &bytes[..length]).unwrap();
        assert!(!verify(&target, None).unwrap().is_as_signed(), "{length}");
    }
    fs::write(&target, [bytes.as_slice(), b"\0"].concat()).unwrap();
    assert_eq!(
        failed(&verify(&target, None).unwrap()),
        [CheckKind::Container]
    );
}

#[tokio::test]
async fn a_bundle_that_was_made_by_another_zip_program_is_not_taken_for_the_original() {
    let (run, _) = bundle().await;
    let target = run.beside("bundle.zip");
    let script = "import sys, zipfile\n\
                  a = zipfile.ZipFile(sys.argv[1])\n\
                  b = zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED)\n\
                  [b.writestr(i.filename, a.read(i)) for i in a.infolist()]\n\
                  b.close()";
    let repacked = run.beside("repacked.zip");
    let status = std::process::Command::new("python3")
        .args(["-c", script])
        .args([&target, &repacked])
        .status()
        .unwrap();
    assert!(status.success());
    let seen = verify(&repacked, None).unwrap();
    assert!(failed(&seen).contains(&CheckKind::Container));
}

#[tokio::test]
async fn what_is_no_bundle_at_all_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.zip");
    for bytes in [
        b"".as_slice(),
        b"PK",
        b"hello",
        &vec![0; 70_000],
        b"PK\x05\x06",
    ] {
        fs::write(&path, bytes).unwrap();
        let seen = verify(&path, None).unwrap();
        assert!(failed(&seen).len() > 5, "{bytes:?}");
        assert_eq!(seen.run, None);
    }
    assert!(!verify(folder.path(), None).unwrap().is_as_signed());
    assert!(verify(Path::new("no such file"), None).is_err());
}

#[tokio::test]
async fn a_claim_that_the_readings_do_not_support_is_found_in_a_well_signed_bundle() {
    let run = Recorded::pressed(Mode::Practice);
    let mut lines: Vec<String> = std::str::from_utf8(run.journal())
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let claim = |seq: usize, event: &str, prev: &str| {
        format!(
            "{{\"seq\":{seq},\"at\":\"2026-11-23T14:33:37Z\",\"mono_ms\":900,\
             \"prev\":\"{prev}\",\"event\":{event}}}"
        )
    };
    let head = sha256(lines.last().unwrap());
    lines.push(claim(1, r#"{"type":"released","task":"call"}"#, &head));
    let head = sha256(lines.last().unwrap());
    let event = r#"{"type":"verified","task":"call","proof":{"readings":1,"doors":[],"read_by_you":true,"words":"You read: yes"}}"#;
    lines.push(claim(2, event, &head));
    fs::write(run.folder().join("journal.jsonl"), lines.join("\n") + "\n").unwrap();

    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    let seen = verify(&target, None).unwrap();
    let problems = problems(&seen, CheckKind::JournalReplay);
    assert!(problems[0].contains("line 3"), "{problems:?}");
    let passed = |kind| !failed(&seen).contains(&kind);
    assert!(passed(CheckKind::JournalChain) && passed(CheckKind::Signature));
}

async fn bundle() -> (Recorded, Vec<u8>) {
    let mut run = Recorded::pressed(Mode::Practice);
    run.go_on_until(50);
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    let bytes = fs::read(target).unwrap();
    (run, bytes)
}

/// The bytes of the container that are not a file's own: headers, names, directory.
fn structure(bytes: &[u8]) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    let mut at = 0;
    while bytes[at..].starts_with(b"PK\x03\x04") {
        let number =
            |from: usize| usize::from(bytes[at + from]) + (usize::from(bytes[at + from + 1]) << 8);
        let header = 30 + number(26);
        places.extend(at..at + header);
        at += header + number(18) + (number(20) << 16);
    }
    places.extend(at..bytes.len());
    places
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

fn sha256(line: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(line))
}
