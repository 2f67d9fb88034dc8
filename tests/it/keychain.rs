//! A live bundle, signed with a key that lives in a real keychain.

use std::process::Command;

use tests::program::{Home, Running, Simulator, binary};

/// Opens a keychain of its own, on a bus of its own, and runs what follows in it.
const IN_A_KEYCHAIN: &str = "printf secret | gnome-keyring-daemon --unlock --components=secrets \
                             > /dev/null && exec \"$@\"";

#[test]
fn a_live_bundle_is_signed_with_a_key_of_the_keychain_and_the_next_one_with_the_same() {
    let home = Home::new();
    let simulator = Simulator::start(&home, &["--venue", "ibkr-tws", "--orders", "3"]);
    home.add(&simulator.accounts[0]);
    let pressed = home.run(&["panic", "leaked-api-key", "--json"]);
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());

    let session = Home::new();
    let runtime = session.path().join("run");
    std::fs::create_dir(&runtime).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&runtime, PermissionsExt::from_mode(0o700)).unwrap();
    }
    let first = home.path().join("first.zip");
    let second = home.path().join("second.zip");
    // both bundles within one session: the second finds the key of the first
    let script = format!(
        "\"$1\" bundle latest -o '{}' && \"$1\" bundle latest -o '{}'",
        first.display(),
        second.display()
    );
    let mut command = Command::new("dbus-run-session");
    command
        .args([
            "--",
            "bash",
            "-c",
            IN_A_KEYCHAIN,
            "bash",
            "bash",
            "-c",
            &script,
            "bash",
        ])
        .arg(binary())
        .env("HOME", session.path())
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("XDG_DATA_HOME", session.path().join("data"))
        .env("FIREBREAK_HOME", home.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
    let packed = Running::start(command).finish();
    assert_eq!(packed.code(), Some(0), "{}", packed.all());

    let signers = [&first, &second].map(|bundle| {
        let verified = home.run(&["verify", bundle.to_str().unwrap()]);
        assert_eq!(verified.code(), Some(0), "{}", verified.all());
        let text = verified.all();
        let at = text
            .find("SHA256:")
            .unwrap_or_else(|| panic!("no signer: {text}"));
        text[at..].split_whitespace().next().unwrap().to_owned()
    });
    assert_eq!(signers[0], signers[1]);
}
