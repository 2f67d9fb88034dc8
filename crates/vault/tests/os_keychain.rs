//! The vault against a real gnome-keyring, each test in a D-Bus session and a home of its own.
//!
//! A test starts itself again inside `dbus-run-session`; `secret-tool` is the judge from outside.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use vault::{ANSWER_WITHIN, Live, Secret, Slot, Vault, VaultError};

const INSIDE: &str = "FIREBREAK_TEST_INSIDE_SESSION";

#[test]
fn a_secret_that_was_put_in_is_read_by_secret_tool_and_the_other_way_round() {
    in_session(
        "a_secret_that_was_put_in_is_read_by_secret_tool_and_the_other_way_round",
        Bus::Usual,
        || {
            unlock();
            block_on(async {
                let (vault, slot) = vault_and_slot();
                assert!(vault.get(&slot).await.unwrap().is_none());

                vault
                    .set(&slot, Secret::new("sésame".into()))
                    .await
                    .unwrap();
                assert_eq!(looked_up("home-1/main/key").as_deref(), Some("sésame"));

                store("home-1/main/key", "from outside");
                let read = vault.get(&slot).await.unwrap().unwrap();
                assert_eq!(read.expose(), "from outside");

                store("home-1/main/other", "new from outside");
                let other = Slot::of_account("main", "other").unwrap();
                let read = vault.get(&other).await.unwrap().unwrap();
                assert_eq!(read.expose(), "new from outside");

                vault.delete(&slot).await.unwrap();
                vault.delete(&slot).await.unwrap();
                assert_eq!(looked_up("home-1/main/key"), None);
                assert!(vault.get(&slot).await.unwrap().is_none());
            });
        },
    );
}

#[test]
fn two_homes_keep_the_same_slot_apart() {
    in_session("two_homes_keep_the_same_slot_apart", Bus::Usual, || {
        unlock();
        block_on(async {
            let (one, slot) = vault_and_slot();
            let two = Vault::<Live>::of_home("home-2").unwrap();
            one.set(&slot, Secret::new("one".into())).await.unwrap();
            assert!(two.get(&slot).await.unwrap().is_none());
            two.set(&slot, Secret::new("two".into())).await.unwrap();
            let read = one.get(&slot).await.unwrap().unwrap();
            assert_eq!(read.expose(), "one");
        });
    });
}

#[test]
fn a_locked_keychain_is_said_to_be_locked() {
    in_session("a_locked_keychain_is_said_to_be_locked", Bus::Usual, || {
        unlock();
        block_on(async {
            let (vault, slot) = vault_and_slot();
            vault.set(&slot, Secret::new("one".into())).await.unwrap();
            lock();
            assert_eq!(vault.get(&slot).await.err(), Some(VaultError::Locked));
            let other = Slot::of_account("main", "other").unwrap();
            let written = vault.set(&other, Secret::new("two".into())).await;
            assert_eq!(written, Err(VaultError::Locked));
        });
    });
}

#[test]
fn a_session_without_a_keychain_is_said_to_have_none() {
    in_session(
        "a_session_without_a_keychain_is_said_to_have_none",
        Bus::WithoutServices,
        || {
            block_on(async {
                let (vault, slot) = vault_and_slot();
                let error = vault.get(&slot).await.err().unwrap();
                assert!(matches!(error, VaultError::Absent { .. }), "{error}");
                let error = vault.set(&slot, Secret::new("x".into())).await.unwrap_err();
                assert!(matches!(error, VaultError::Absent { .. }), "{error}");
            });
        },
    );
}

#[test]
fn a_keychain_that_never_answers_is_given_up_within_the_bound() {
    in_session(
        "a_keychain_that_never_answers_is_given_up_within_the_bound",
        Bus::WithMuteService,
        || {
            block_on(async {
                let (vault, slot) = vault_and_slot();
                let before = Instant::now();
                assert_eq!(vault.get(&slot).await.err(), Some(VaultError::TimedOut));
                let took = before.elapsed();
                assert!(took >= ANSWER_WITHIN, "{took:?}");
                assert!(took < ANSWER_WITHIN + Duration::from_secs(2), "{took:?}");
            });
        },
    );
}

fn vault_and_slot() -> (Vault<Live>, Slot) {
    (
        Vault::<Live>::of_home("home-1").unwrap(),
        Slot::of_account("main", "key").unwrap(),
    )
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

#[derive(Clone, Copy)]
enum Bus {
    Usual,
    WithoutServices,
    /// Knows a program for the keychain's name that never takes the name.
    WithMuteService,
}

/// Runs `inside` in a fresh session: in this process if it is the one started for it, else by
/// starting `test` again.
fn in_session(test: &str, bus: Bus, inside: fn()) {
    if std::env::var(INSIDE).as_deref() == Ok(test) {
        return inside();
    }
    let home = tempfile::tempdir().unwrap();
    let runtime = home.path().join("runtime");
    fs::create_dir(&runtime).unwrap();
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();

    let mut session = Command::new("dbus-run-session");
    match bus {
        Bus::Usual => {}
        Bus::WithoutServices => {
            session.arg("--config-file").arg(config(home.path(), None));
        }
        Bus::WithMuteService => {
            session
                .arg("--config-file")
                .arg(config(home.path(), Some("/bin/sleep 6")));
        }
    }
    let output = session
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, test)
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", &runtime)
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", needs("dbus-run-session")));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "inside the session:\n{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn config(home: &Path, keychain: Option<&str>) -> std::path::PathBuf {
    let services = home.join("services");
    fs::create_dir(&services).unwrap();
    if let Some(program) = keychain {
        fs::write(
            services.join("org.freedesktop.secrets.service"),
            format!("[D-BUS Service]\nName=org.freedesktop.secrets\nExec={program}\n"),
        )
        .unwrap();
    }
    let path = home.join("bus.conf");
    fs::write(
        &path,
        format!(
            "<busconfig><type>session</type><listen>unix:tmpdir={}</listen>\
             <servicedir>{}</servicedir><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
             <allow own=\"*\"/></policy></busconfig>",
            home.display(),
            services.display()
        ),
    )
    .unwrap();
    path
}

/// Starts gnome-keyring in this session with an open login keychain. It ends with the session.
fn unlock() {
    let output = piped(
        "gnome-keyring-daemon",
        &["--unlock", "--components=secrets"],
        "password of the keychain",
    );
    assert!(output.status.success(), "{output:?}");
}

fn lock() {
    let output = piped(
        "dbus-send",
        &[
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ],
        "",
    );
    assert!(output.status.success(), "{output:?}");
}

fn looked_up(user: &str) -> Option<String> {
    let output = piped(
        "secret-tool",
        &["lookup", "service", "firebreak", "username", user],
        "",
    );
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap())
}

fn store(user: &str, secret: &str) {
    let output = piped(
        "secret-tool",
        &[
            "store",
            "--label=outside",
            "service",
            "firebreak",
            "username",
            user,
        ],
        secret,
    );
    assert!(output.status.success(), "{output:?}");
}

fn piped(program: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", needs(program)));
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn needs(program: &str) -> String {
    format!("this test needs {program} (packages dbus, gnome-keyring, libsecret-tools)")
}
