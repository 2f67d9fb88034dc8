//! The first-run path: nothing configured, one press, one bundle that a stranger can check.

use std::path::{Path, PathBuf};

use tests::{
    program::{Finished, Home, Running},
    strangers::{strangers, unpack},
};

#[test]
fn practice_ends_contained_with_a_bundle_that_strangers_tools_accept_and_a_changed_byte_fails() {
    let home = Home::new();
    let bundle = home.path().join("case.zip");
    let practised = home.run(&["practice", "--json"]);
    let summary = practised.summary();
    assert_eq!(summary["contained"], true, "{}", practised.all());
    assert_eq!(practised.code(), Some(0), "{}", practised.all());
    assert!(summary["read_by_you"].as_u64().unwrap() < summary["verified"].as_u64().unwrap());
    assert_eq!(practised.json()[0]["event"]["mode"], "practice");

    std::fs::rename(only_zip(home.path()), &bundle).unwrap();
    let text = bundle.to_str().unwrap();
    assert_eq!(home.run(&["verify", text]).code(), Some(0));
    let unpacked = unpack(&bundle, home.path());
    for (tool, ran) in strangers(&unpacked) {
        assert!(ran, "{tool} does not accept the bundle");
    }

    let journal = unpacked.join("data/80-run-journal.jsonl");
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    let outcome: Vec<_> = strangers(&unpacked).into_iter().collect();
    assert_eq!(
        outcome,
        [
            ("sha256sum", false),
            ("bagit.py", false),
            ("ssh-keygen", true)
        ],
        "the signature is over the manifests, which were not touched",
    );
    let verified = home.run(&["verify", unpacked.to_str().unwrap()]);
    assert_eq!(verified.code(), Some(3), "{}", verified.all());
    assert!(
        verified.all().contains("80-run-journal.jsonl"),
        "{}",
        verified.all()
    );
}

#[test]
fn practice_needs_no_keychain_and_leaves_the_home_without_accounts() {
    let home = Home::new();
    let mut command = home.command(&["practice"]);
    command
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("XDG_RUNTIME_DIR", "/nonexistent");
    let practised: Finished = Running::start(command).finish();
    assert_eq!(practised.code(), Some(0), "{}", practised.all());
    let unmarked: Vec<_> = practised
        .lines
        .iter()
        .filter(|line| !line.starts_with("PRACTICE"))
        .collect();
    assert!(
        unmarked.is_empty(),
        "lines that do not say what they are: {unmarked:?}"
    );
    let listed = home.run(&["account", "list", "--json"]);
    assert_eq!(listed.lines, Vec::<String>::new());
}

fn only_zip(folder: &Path) -> PathBuf {
    let zips: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "zip"))
        .collect();
    assert_eq!(zips.len(), 1, "{zips:?}");
    zips.into_iter().next().unwrap()
}
