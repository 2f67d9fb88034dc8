//! Bundles in the hands of strangers: `VERIFY.txt` is followed to the letter by tools that others
//! wrote.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use evidence::{BundleKey, Existing, verify};
use incident::Mode;
use vault::Simulated;

use crate::recorded::{RUN, Recorded, export, new_york, throw_away_key};

#[tokio::test]
async fn a_stranger_who_follows_verify_txt_finds_every_check_good() {
    let (bag, key, _run) = unpacked().await;
    for step in 1..=4 {
        let output = follow(&bag, step);
        let said = said(&output);
        assert!(output.status.success(), "step {step}: {said}");
        match step {
            1 => assert_eq!(said, ""),
            2 => assert!(said.trim_end().ends_with("is valid"), "{said}"),
            3 => {
                let signer = "Good \"firebreak-bundle\" signature for firebreak-practice";
                assert!(said.starts_with(signer), "{said}");
                assert!(said.contains(&key.fingerprint()), "{said}");
            }
            _ => {
                let text = fs::read_to_string(bag.join("VERIFY.txt")).unwrap();
                assert!(said.contains("80-run-journal.jsonl is unbroken"), "{said}");
                assert!(text.contains(said.trim_end()), "{said}");
            }
        }
    }
    assert!(verify(&bag, None).unwrap().is_as_signed());
}

#[tokio::test]
async fn a_stranger_finds_a_changed_file_an_added_one_and_another_signer() {
    let changes: [Change; 6] = [
        ("a changed capture", &[1, 2], |bag| {
            edit(&first_capture(bag));
        }),
        ("a changed journal", &[1, 2, 4], |bag| {
            let journal = bag.join("data/80-run-journal.jsonl");
            let text = fs::read_to_string(&journal)
                .unwrap()
                .replacen("AAPL", "AAPM", 1);
            fs::write(journal, text).unwrap();
        }),
        ("a changed list", &[1, 2], |bag| {
            edit(&bag.join("manifest-sha256.txt"));
        }),
        ("a changed list of lists", &[1, 2, 3], |bag| {
            edit(&bag.join("tagmanifest-sha256.txt"));
        }),
        ("an added file", &[2], |bag| {
            fs::write(bag.join("data/added.txt"), "x").unwrap();
        }),
        ("a missing file", &[1, 2], |bag| {
            fs::remove_file(first_capture(bag)).unwrap();
        }),
    ];
    for (what, found_by, change) in changes {
        let (bag, _, _run) = unpacked().await;
        change(&bag);
        for step in 1..=4 {
            let good = follow(&bag, step).status.success();
            assert_eq!(good, !found_by.contains(&step), "{what}, step {step}");
        }
        assert!(!verify(&bag, None).unwrap().is_as_signed(), "{what}");
    }
}

#[tokio::test]
async fn other_zip_programs_read_the_container() {
    let (_, _, run) = unpacked().await;
    let output = python(&[
        "-m",
        "zipfile",
        "-t",
        run.beside("bundle.zip").to_str().unwrap(),
    ]);
    assert!(said(&output).contains("Done testing"), "{}", said(&output));
}

/// What is done to a bag, in words, by which steps it is found, and how.
type Change = (&'static str, &'static [u32], fn(&Path));

/// A practice bundle, unpacked by somebody else's program.
async fn unpacked() -> (PathBuf, BundleKey<Simulated>, Recorded) {
    let mut run = Recorded::nearly_contained(Mode::Practice);
    run.captured("positions", b"[]");
    let (key, zone) = (throw_away_key().await, new_york());
    let target = run.beside("bundle.zip");
    export(&run.folder(), &key, &zone)
        .write(&target, Existing::Keep)
        .unwrap();
    let out = run.beside("unpacked");
    let output = python(&[
        "-m",
        "zipfile",
        "-e",
        target.to_str().unwrap(),
        out.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", said(&output));
    (out.join(RUN), key, run)
}

/// Types the commands of one numbered step of `VERIFY.txt`, but for the download.
pub(crate) fn follow(bag: &Path, step: u32) -> Output {
    let text = fs::read_to_string(bag.join("VERIFY.txt")).unwrap();
    let begin = text.find(&format!("\n{step}. ")).unwrap();
    let end = text.find(&format!("\n{}. ", step + 1)).unwrap();
    let commands: Vec<&str> = text[begin..end]
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| !line.contains("pip install"))
        .collect();
    assert!(!commands.is_empty(), "step {step} has no commands");
    let bin = interpreter().parent().unwrap().to_owned();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    Command::new("bash")
        .args(["-euc", &commands.join("\n")])
        .current_dir(bag)
        .env("PATH", path)
        .output()
        .unwrap()
}

pub(crate) fn python(arguments: &[&str]) -> Output {
    Command::new(interpreter())
        .args(arguments)
        .output()
        .unwrap()
}

/// The Python that has `bagit` installed.
fn interpreter() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("FIREBREAK_TEST_PYTHON")
        .map_or_else(|| workspace.join(".venv/bin/python"), PathBuf::from);
    assert!(
        python.is_file() && python.with_file_name("bagit.py").is_file(),
        "this test needs a Python with bagit at {} (run `cargo xtask test`, or set \
         FIREBREAK_TEST_PYTHON)",
        python.display()
    );
    python
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn first_capture(bag: &Path) -> PathBuf {
    let mut captures: Vec<PathBuf> = fs::read_dir(bag.join("data/20-captures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    captures.sort();
    captures.remove(0)
}

/// Changes one letter or digit.
fn edit(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.iter().position(u8::is_ascii_alphanumeric).unwrap();
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    fs::write(path, bytes).unwrap();
}
