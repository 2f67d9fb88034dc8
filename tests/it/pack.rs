//! The dispute pack, by the program as a person runs it and by tools that never heard of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tests::{
    authority::Authority,
    program::{Finished, Home, Running},
    strangers::{strangers, unpack},
};

#[test]
fn a_pack_opens_for_its_recipient_alone_and_strangers_tools_accept_every_part_of_it() {
    let home = Home::new();
    let practised = home.run(&["practice", "--auto", "--json"]);
    assert_eq!(practised.code(), Some(0), "{}", practised.all());
    let authority = Authority::start();
    let key = home.path().join("lawyer.key");
    let recipient = keypair(&key);
    let pack = home.path().join("pack.zip");
    let packed = home.run(&[
        "bundle",
        "latest",
        "-o",
        text(&pack),
        "--timestamp",
        authority.url(),
        "--encrypt-to",
        &recipient,
        "--json",
    ]);
    assert_eq!(packed.code(), Some(0), "{}", packed.all());
    assert_eq!(authority.asked(), 1);
    assert!(
        fs::read(&pack)
            .unwrap()
            .starts_with(b"age-encryption.org/v1")
    );
    assert_ne!(home.run(&["verify", text(&pack)]).code(), Some(0));

    let plain = home.path().join("plain.zip");
    succeeds(Command::new("age").args(["-d", "-i", text(&key), "-o", text(&plain), text(&pack)]));
    let verified = home.run(&["verify", text(&plain)]);
    assert_eq!(verified.code(), Some(0), "{}", verified.all());
    let bag = unpack(&plain, home.path());
    for (tool, ran) in strangers(&bag) {
        assert!(ran, "{tool} does not accept the bundle");
    }
    succeeds(
        Command::new("openssl")
            .args(["ts", "-verify", "-data", "tagmanifest-sha256.txt"])
            .args(["-in", "tagmanifest-sha256.txt.tsr", "-CAfile"])
            .arg(authority.root())
            .current_dir(&bag),
    );
    let read = succeeds(
        Command::new("pdftotext")
            .args(["data/00-summary.pdf", "-"])
            .current_dir(&bag),
    );
    assert!(read.contains("PRACTICE"), "{read}");
    let about = succeeds(
        Command::new("pdfinfo")
            .arg("data/00-summary.pdf")
            .current_dir(&bag),
    );
    assert!(
        about
            .lines()
            .any(|l| l.starts_with("Tagged:") && l.ends_with("yes")),
        "{about}"
    );
    for sheet in ["data/10-timeline.csv", "data/11-orders.csv"] {
        assert!(
            fs::read_to_string(bag.join(sheet)).unwrap().lines().count() > 1,
            "{sheet}"
        );
    }
}

#[test]
fn what_comes_a_day_later_makes_a_new_bundle_that_names_the_old_one() {
    let home = Home::new();
    home.run(&["practice", "--auto", "--json"]);
    let (first, second) = (
        home.path().join("first.zip"),
        home.path().join("second.zip"),
    );
    let packed = home.run(&["bundle", "latest", "-o", text(&first), "--json"]);
    assert_eq!(packed.code(), Some(0), "{}", packed.all());
    let digest = packed.json()[0]["bundle"]["sha256"]
        .as_str()
        .unwrap()
        .to_owned();

    let letter = home.path().join("letter.txt");
    fs::write(&letter, "The account was locked at 14:40.").unwrap();
    let about = ["--about", "the desk's letter", "--dated", "the next day"];
    let attached = home.run(&[&["run", "attach", "latest", text(&letter)], &about[..]].concat());
    assert_eq!(attached.code(), Some(0), "{}", attached.all());
    let spoke = [
        "case", "contact", "latest", "--who", "the desk", "--said", "locked",
    ];
    assert_eq!(home.run(&spoke).code(), Some(0));

    let packed = home.run(&["bundle", "latest", "-o", text(&second), "--json"]);
    assert_eq!(packed.code(), Some(0), "{}", packed.all());
    assert_eq!(home.run(&["verify", text(&second)]).code(), Some(0));
    let bag = unpack(&second, home.path());
    let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
    assert!(info.contains(&digest), "{info}");
    let attached = names_below(&bag.join("data/60-attached"));
    assert!(
        attached.iter().any(|name| name.contains("letter")),
        "{attached:?}"
    );
    let page = fs::read_to_string(bag.join("data/00-summary.html")).unwrap();
    assert!(page.contains("the desk&#39;s letter") || page.contains("the desk's letter"));
}

#[test]
fn a_time_stamp_that_is_not_had_stops_no_export_and_is_said() {
    let home = Home::new();
    home.run(&["practice", "--auto", "--json"]);
    let pack = home.path().join("pack.zip");
    let nobody = "http://127.0.0.1:9/tsr";
    let packed = home.run(&["bundle", "latest", "-o", text(&pack), "--timestamp", nobody]);
    assert_eq!(packed.code(), Some(0), "{}", packed.all());
    assert!(packed.all().contains("time stamp"), "{}", packed.all());
    assert_eq!(home.run(&["verify", text(&pack)]).code(), Some(0));
}

/// Made up, each of the shape of a real one. `place` is where it is put.
const CANARIES: [(&str, &str); 9] = [
    ("process", "kQ9vX2pL7rT4sW8yB3nM6cF1hJ5gD0aZ"),
    (
        "autostart",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0cmFkZXIifQ.c2lnbmF0dXJlLWNhbmFyeS0wMDE",
    ),
    ("unit", "AKIA3XQ7ZL5MW2NPT6RB"),
    ("cron", "ghp_x7Kq2Vn9Lw4Rt8Yp1Zs5Mb3Jd6Hf0GcA2eU"),
    (
        "extension",
        "xoxb-284719305518-9027361845523-Zk4Qp8Wm2Rt6Yv1Nb7Xc3Ls9",
    ),
    ("jts", "hT5rW9qL2xV8nB4mK7pY1sD6fG3jZ0cA"),
    ("ibc", "Tr0ub4dor-and-three-horses"),
    ("gateway-log", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
    ("exported-log", "q3Zt8Xv5Nm1Kp7Rw2Ys9Lb4Hd6Jf0GcE"),
];

#[cfg(target_os = "linux")]
#[test]
fn of_canaries_in_every_place_that_is_read_none_is_in_the_pack_and_each_is_in_the_record() {
    let canary: BTreeMap<&str, &str> = CANARIES.into_iter().collect();
    let home = Home::with_keychain();
    let person = home.path().join("person");
    seed(&person, &canary);
    let mut process = Started::with_arguments(&["--api-secret", canary["process"]]);
    let collected = as_person(&home, &person, &["collect", "--json"]);
    assert_eq!(collected.code(), Some(0), "{}", collected.all());
    process.end();
    let pack = home.path().join("pack.zip");
    let packed = home.run(&["bundle", "latest", "-o", text(&pack), "--json"]);
    assert_eq!(packed.code(), Some(0), "{}", packed.all());
    assert_eq!(home.run(&["verify", text(&pack)]).code(), Some(0));

    let bag = unpack(&pack, home.path());
    for file in files_below(&bag) {
        let bytes = fs::read(&file).unwrap();
        for (place, secret) in &canary {
            assert!(
                !holds(&bytes, secret.as_bytes()),
                "{place} in {}",
                file.display()
            );
        }
    }
    // what was withheld is the secrets, by the originals that stay here
    let originals = files_below(&home.path().join("collections"));
    let record = fs::read_to_string(bag.join("data/90-redactions.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    let digests: BTreeMap<String, Vec<u8>> = originals
        .iter()
        .map(|path| {
            let bytes = fs::read(path).unwrap();
            (sha256(&bytes), bytes)
        })
        .collect();
    let mut withheld = Vec::new();
    for file in record["redactions"].as_array().unwrap() {
        let Some(original) = digests.get(file["original"]["sha256"].as_str().unwrap()) else {
            // the log has grown by the line that tells of this bundle; the papers are made for it
            let path = file["file"].as_str().unwrap();
            let grows = path == "data/85-case-log.jsonl"
                || path.starts_with("data/0")
                || path.starts_with("data/1");
            assert!(grows, "{file}");
            continue;
        };
        for place in file["places"].as_array().unwrap() {
            let at = |end: &str| usize::try_from(place[end].as_u64().unwrap()).unwrap();
            withheld.push(String::from_utf8_lossy(&original[at("start")..at("end")]).into_owned());
        }
    }
    let mut seen = 0;
    for (place, secret) in &canary {
        let stored = originals
            .iter()
            .any(|path| holds(&fs::read(path).unwrap(), secret.as_bytes()));
        // passwords of IBC and TWS are cut out before anything is stored, and some places are only named
        if !stored {
            assert!(*place != "process" && *place != "autostart", "{place}");
            continue;
        }
        seen += 1;
        assert!(
            withheld.iter().any(|text| text.contains(secret)),
            "{place} is not in the record: {withheld:?}"
        );
    }
    assert!(seen >= 4, "{seen}: {}", collected.all());
}

/// A person's folder with a secret in each place that is looked at.
fn seed(person: &Path, canary: &BTreeMap<&str, &str>) {
    let put = |path: &str, content: String| {
        let path = person.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    put(
        ".config/autostart/helper.desktop",
        format!(
            "[Desktop Entry]\nType=Application\nName=Helper\nExec=/opt/helper --token={}\n",
            canary["autostart"]
        ),
    );
    put(
        ".config/systemd/user/bot.service",
        format!(
            "[Service]\nExecStart=/opt/bot\nEnvironment=AWS_ACCESS_KEY_ID={}\n",
            canary["unit"]
        ),
    );
    put(
        ".config/autostart/second.desktop",
        format!(
            "[Desktop Entry]\nType=Application\nName=Second\nExec=curl -H \"Authorization: token {}\" http://localhost\n",
            canary["cron"]
        ),
    );
    put(
        ".config/chromium/Default/Extensions/abcdefghijklmnopabcdefghijklmnop/1.0_0/manifest.json",
        format!(
            "{{\"name\":\"Quotes {}\",\"version\":\"1.0\",\"manifest_version\":3,\"permissions\":[\"cookies\"]}}",
            canary["extension"]
        ),
    );
    put(
        "Jts/jts.ini",
        format!(
            "[IBGateway]\nTrustedIPs=127.0.0.1\nApiSecret={}\n[Logon]\ns3store=true\n",
            canary["jts"]
        ),
    );
    put(
        "ibc/config.ini",
        format!(
            "IbLoginId=trader1\nIbPassword={}\nTradingMode=live\n",
            canary["ibc"]
        ),
    );
    put(
        "clientportal.gw/root/conf.yaml",
        "listenPort: 5000\nlistenSsl: true\n".to_owned(),
    );
    put(
        "clientportal.gw/logs/gw.2026-11-24.log",
        format!(
            "2026-11-24 13:00:01 INFO Client login succeeds\n2026-11-24 13:00:02 DEBUG Cookie: JSESSIONID={}; path=/\n",
            canary["gateway-log"]
        ),
    );
    put(
        "Jts/api-exported-logs.txt",
        format!(
            "2026-11-24 13:00:03.000 [XX] INFO  [JTS-EServerSocket-1] - <- 71-2-1-\n2026-11-24 13:00:04.000 [XX] INFO api_key={}\n",
            canary["exported-log"]
        ),
    );
}

fn as_person(home: &Home, person: &Path, arguments: &[&str]) -> Finished {
    let mut command = home.command(arguments);
    command
        .env("HOME", person)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("TWS_PATH")
        .env_remove("TWS_SETTINGS_PATH");
    Running::start(command).finish()
}

/// A process that only waits, with these words on its command line.
struct Started(Child);

impl Started {
    fn with_arguments(arguments: &[&str]) -> Self {
        let child = Command::new("sh")
            .args(["-c", "read -r line", "helper"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn end(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

fn keypair(path: &Path) -> String {
    succeeds(Command::new("age-keygen").args(["-o", text(path)]));
    let recipient = succeeds(Command::new("age-keygen").args(["-y", text(path)]));
    recipient.trim().to_owned()
}

fn succeeds(command: &mut Command) -> String {
    let ran = command.output().unwrap();
    assert!(
        ran.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn names_below(folder: &Path) -> Vec<String> {
    let names = files_below(folder).into_iter();
    names
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
