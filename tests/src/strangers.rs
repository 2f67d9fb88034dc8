//! What somebody does with a bundle who has never heard of Firebreak.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Unpacks a bundle by Python's own means, into a new folder in `into`; where the bag is.
pub fn unpack(bundle: &Path, into: &Path) -> PathBuf {
    let target = into.join("unpacked");
    let script = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let status = Command::new(python())
        .args(["-c", script])
        .args([bundle, target.as_path()])
        .status()
        .unwrap();
    assert!(status.success());
    let inside: Vec<PathBuf> = std::fs::read_dir(&target)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    // one folder within, or the bag itself
    match inside.as_slice() {
        [only] if only.is_dir() => only.clone(),
        _ => target,
    }
}

/// Opens an encrypted bundle with `age` and the identity in a file, into `into`; where it is then.
pub fn decrypted(bundle: &Path, identity: &Path, into: &Path) -> PathBuf {
    let target = into.join("opened.zip");
    let status = Command::new("age")
        .args(["--decrypt", "--identity"])
        .args([identity, Path::new("--output"), &target, bundle])
        .status()
        .unwrap();
    assert!(status.success());
    target
}

/// Whether `openssl` takes a bag's time stamp for one of an authority under `root`.
pub fn is_stamped(bag: &Path, root: &Path) -> bool {
    Command::new("openssl")
        .args(["ts", "-verify", "-data", "tagmanifest-sha256.txt"])
        .args(["-in", "tagmanifest-sha256.txt.tsr", "-untrusted", "tsa.pem"])
        .arg("-CAfile")
        .arg(root)
        .current_dir(bag)
        .output()
        .unwrap()
        .status
        .success()
}

/// What a stranger runs, and whether it is content.
pub fn strangers(bag: &Path) -> [(&'static str, bool); 3] {
    let succeeds =
        |command: &mut Command| command.current_dir(bag).output().unwrap().status.success();
    let signers = std::fs::read_to_string(bag.join("allowed_signers")).unwrap();
    let signer = signers.split_whitespace().next().unwrap().to_owned();
    let manifest = std::fs::File::open(bag.join("tagmanifest-sha256.txt")).unwrap();
    [
        (
            "sha256sum",
            succeeds(Command::new("sha256sum").args([
                "-c",
                "--quiet",
                "--strict",
                "manifest-sha256.txt",
            ])),
        ),
        (
            "bagit.py",
            succeeds(Command::new(python()).args(["-m", "bagit", "--validate", "."])),
        ),
        (
            "ssh-keygen",
            succeeds(
                Command::new("ssh-keygen")
                    .args(["-Y", "verify", "-f", "allowed_signers", "-I", &signer])
                    .args(["-n", "firebreak-bundle", "-s", "tagmanifest-sha256.txt.sig"])
                    .stdin(manifest),
            ),
        ),
    ]
}

/// The Python that has `bagit`.
pub fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("FIREBREAK_TEST_PYTHON") {
        return python.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let python = root.join(".venv/bin/python");
    assert!(python.exists(), "no .venv: run `cargo xtask setup`");
    python
}
