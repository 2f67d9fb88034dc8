//! A Linux machine in a folder, with traces of an intruder in every place that is read.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use collect::{Content, Lists, Offset, Outcome, host_with};
use machine::{Machine, Os};

use crate::common::{all, bytes, found, notable, of, put};

const JOURNAL: &str = "journalctl -q --no-pager -o json -n 2000 --since -30 days SYSLOG_IDENTIFIER=sshd \
                       SYSLOG_IDENTIFIER=sshd-session SYSLOG_IDENTIFIER=systemd-logind \
                       SYSLOG_IDENTIFIER=sudo SYSLOG_IDENTIFIER=su SYSLOG_IDENTIFIER=login \
                       SYSLOG_IDENTIFIER=gdm-password] SYSLOG_IDENTIFIER=lightdm \
                       SYSLOG_IDENTIFIER=polkitd SYSLOG_IDENTIFIER=xrdp-sesman";

/// A record of wtmp as x86-64 writes it.
fn login(user: &str, line: &str, host: &str, at: i64) -> Vec<u8> {
    let mut bytes = vec![0_u8; 384];
    bytes[..2].copy_from_slice(&7_i16.to_ne_bytes());
    bytes[8..8 + line.len()].copy_from_slice(line.as_bytes());
    bytes[44..44 + user.len()].copy_from_slice(user.as_bytes());
    bytes[76..76 + host.len()].copy_from_slice(host.as_bytes());
    let at = u32::try_from(at).unwrap();
    bytes[340..344].copy_from_slice(&at.to_ne_bytes());
    bytes
}

fn plant(root: &Path) {
    let now = jiff::Timestamp::now();
    let seconds = now.as_second();
    let micros = seconds * 1_000_000;
    let said = format!(
        "home = \"/home/ada\"\nuid = 1000\n[tools]\n\"crontab -l\" = \"*/5 * * * * /home/ada/.x/run\\n\"\n\
         \"{JOURNAL}\" = '{{\"MESSAGE\":\"Accepted password for ada from 203.0.113.9 port 1 ssh2\",\
         \"__REALTIME_TIMESTAMP\":\"{micros}\",\"SYSLOG_IDENTIFIER\":\"sshd\"}}'\n"
    );
    put(root, "machine.toml", said);
    put(
        root,
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n",
    );
    put(
        root,
        "etc/hosts",
        "127.0.0.1 localhost\n203.0.113.66 www.ibkr.com\n",
    );
    put(root, "etc/resolv.conf", "nameserver 203.0.113.53\n");
    put(
        root,
        "etc/environment",
        "PATH=/bin\nhttps_proxy=http://203.0.113.80:3128\nTOKEN=not-taken\n",
    );
    let unit = "[Unit]\nDescription=Update\n[Service]\nEnvironment=KEY=not-taken\n\
                ExecStart=/home/ada/.x/run --quiet\n[Install]\nWantedBy=default.target\n";
    put(root, "home/ada/.config/systemd/user/update.service", unit);
    let wants = root.join("home/ada/.config/systemd/user/default.target.wants");
    fs::create_dir_all(&wants).unwrap();
    symlink("../update.service", wants.join("update.service")).unwrap();
    put(
        root,
        "home/ada/.config/systemd/user/update.timer",
        "[Timer]\nOnCalendar=hourly\n",
    );
    let entry = "[Desktop Entry]\nName=Update\nExec=/home/ada/.x/run\n";
    put(root, "home/ada/.config/autostart/update.desktop", entry);
    put(root, "etc/cron.d/update", "# x\n* * * * * root /opt/x\n");
    put(root, "home/ada/.bashrc", "export SECRET=not-taken\n");
    put(root, "home/ada/Downloads/invoice.pdf.exe", "MZ");
    put(root, "home/ada/Downloads/notes.txt", "x");
    put(root, "var/log/wtmp", {
        let mut bytes = login("ada", "tty2", ":0", seconds - 60);
        bytes.extend(login("ada", "pts/1", "203.0.113.9", seconds - 30));
        bytes.extend(login(
            "ada",
            "pts/2",
            "203.0.113.10",
            seconds - 90 * 24 * 3600,
        ));
        bytes
    });
    put(
        root,
        "run/utmp",
        login("ada", "pts/1", "203.0.113.9", seconds - 30),
    );
    let session =
        "UID=1000\nUSER=bob\nTYPE=tty\nREMOTE=1\nREMOTE_HOST=203.0.113.11\nSERVICE=sshd\n";
    put(root, "run/systemd/sessions/7", session);
    // what only an administrator may read is refused to whoever runs the test, root too
    fs::create_dir_all(root.join("var/log/btmp")).unwrap();
    put(
        root,
        "var/log/dpkg.log",
        "2026-11-20 10:00:00 upgrade libssl3:amd64 3.0.1 3.0.2\n",
    );
    put(
        root,
        "etc/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID=\"12\"\nID=debian\n",
    );
    put(root, "proc/mounts", "/dev/mapper/root / ext4 rw 0 0\n");
    put(root, "sys/class/block/dm-0/dm/name", "root\n");
    put(root, "sys/class/block/dm-0/dm/uuid", "CRYPT-LUKS2-0-root\n");
    put(root, "opt/teamviewer/tv", "x");
    processes(root);
    browsers(root);
    certificate(root);
}

fn processes(root: &Path) {
    put(root, "proc/stat", "cpu 1\nbtime 1700000000\n");
    put(root, "usr/bin/anydesk", "anydesk's bytes");
    put(root, "proc/412/comm", "anydesk\n");
    put(root, "proc/412/cmdline", "/usr/bin/anydesk\0--token\0abc\0");
    put(
        root,
        "proc/412/status",
        "Name:\tanydesk\nUid:\t1000\t1000\t1000\t1000\n",
    );
    let stat = "412 (anydesk) S 1 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 6000 99 1\n";
    put(root, "proc/412/stat", stat);
    symlink("/usr/bin/anydesk", root.join("proc/412/exe")).unwrap();
    fs::create_dir(root.join("proc/412/fd")).unwrap();
    symlink("socket:[77]", root.join("proc/412/fd/3")).unwrap();
    let [here, there] = [[10, 0, 0, 7], [203, 0, 113, 77]]
        .map(|bytes| format!("{:08X}", u32::from_ne_bytes(bytes)));
    let tcp = format!(
        "  sl  local rem st\n   0: {here}:C350 {there}:01BB 01 00000000:00000000 00:00000000 00000000  \
         1000        0 77 1\n"
    );
    put(root, "proc/net/tcp", tcp);
}

fn browsers(root: &Path) {
    let profile = "home/ada/.mozilla/firefox/x.default";
    let extensions = r#"{"addons": [
        {"id": "side@x", "type": "extension", "active": true, "location": "app-profile",
         "foreignInstall": true, "signedState": 0, "version": "6.6", "defaultLocale": {"name": "Side"},
         "userPermissions": {"permissions": ["cookies"], "origins": ["https://*.kraken.com/*"]}},
        {"id": "good@x", "type": "extension", "active": true, "location": "app-profile",
         "sourceURI": "https://addons.mozilla.org/a.xpi", "signedState": 2, "installDate": 1500000000000,
         "defaultLocale": {"name": "Blocker"}, "userPermissions": {"origins": ["<all_urls>"]}}]}"#;
    put(root, &format!("{profile}/extensions.json"), extensions);
    let cookies = rusqlite::Connection::open(root.join(profile).join("cookies.sqlite")).unwrap();
    cookies
        .execute_batch(
            "CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, name TEXT, value TEXT, host TEXT, expiry INT, \
             lastAccessed INT, creationTime INT, isSecure INT, isHttpOnly INT, sameSite INT);
             INSERT INTO moz_cookies VALUES (1, 'CLEARNAME', 'CLEARVALUE', '.ibkr.com', 1800000000, \
             1763970000000000, 1763960000000000, 1, 1, 0);
             INSERT INTO moz_cookies VALUES (2, 'CLEARNAME', 'CLEARVALUE', '.elsewhere.example', \
             1800000000, 1763970000000000, 1763960000000000, 1, 1, 0);",
        )
        .unwrap();
    drop(cookies);
    let unpacked = r#"{"manifest_version": 3, "name": "Dev Tool", "version": "1",
        "host_permissions": ["https://*/*"]}"#;
    put(root, "home/ada/dev/manifest.json", unpacked);
    let preferences = r#"{"extensions": {"settings": {"abcd": {"location": 4, "path": "/home/ada/dev",
        "first_install_time": "13400000000000000", "disable_reasons": []}}}}"#;
    put(
        root,
        "home/ada/.config/google-chrome/Default/Preferences",
        preferences,
    );
}

fn certificate(root: &Path) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Planted Root");
    let certificate = parameters.self_signed(&key).unwrap();
    put(
        root,
        "usr/local/share/ca-certificates/planted.crt",
        certificate.pem(),
    );
    // as NSS keeps one that the person trusts: the certificate, and a trust object of the same issuer
    let folder = root.join("home/ada/.pki/nssdb");
    fs::create_dir_all(&folder).unwrap();
    let store = rusqlite::Connection::open(folder.join("cert9.db")).unwrap();
    store
        .execute_batch(
            "CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, a0, a3, a11, a81, a82, ace536358)",
        )
        .unwrap();
    store
        .execute(
            "INSERT INTO nssPublic VALUES (1, x'00000001', 'x', ?1, 'issuer', 'serial', NULL)",
            [certificate.der().as_ref()],
        )
        .unwrap();
    let trust =
        "INSERT INTO nssPublic VALUES (2, x'ce534353', 'x', NULL, 'issuer', 'serial', x'ce534352')";
    store.execute(trust, []).unwrap();
}

fn planted() -> (tempfile::TempDir, Machine) {
    let root = tempfile::tempdir().unwrap();
    plant(root.path());
    let machine = Machine::at(root.path(), Os::Linux);
    (root, machine)
}

#[test]
fn every_planted_trace_is_told_on_the_first_page() {
    let (_root, machine) = planted();
    let all = all(&machine, &Lists::shipped());
    let told = |id| notable(of(&all, id));
    assert_eq!(
        told("users"),
        [
            "ada is logged in from 203.0.113.9",
            "bob is logged in from 203.0.113.11"
        ]
    );
    assert_eq!(
        told("remote-control"),
        [
            "AnyDesk is running as process 412, connected to 203.0.113.77",
            "TeamViewer is installed, and does not run now"
        ]
    );
    let autostart = told("autostart");
    for starts in [
        "update.service was made or changed: ExecStart=/home/ada/.x/run --quiet",
        "update.timer was made or changed: OnCalendar=hourly",
        "update.desktop was made or changed: Exec=/home/ada/.x/run",
        ".bashrc was made or changed",
    ] {
        let times = autostart.iter().filter(|told| **told == starts).count();
        assert_eq!(times, 1, "{starts}: {autostart:?}");
    }
    let extensions = told("browser-extensions");
    assert_eq!(
        extensions,
        [
            "Dev Tool, an extension of Chrome, was loaded from a folder, as its developer would and may read \
             and change every page",
            "Side, an extension of Firefox, was put there by another program or from a file and may read and \
             change kraken.com",
        ]
    );
    assert_eq!(told("network"), ["www.ibkr.com leads to 203.0.113.66"]);
    assert_eq!(
        told("root-certificates"),
        [
            "A root certificate was added: CN=Planted Root",
            "A root certificate was added: CN=Planted Root"
        ]
    );
    assert_eq!(
        told("downloads"),
        ["invoice.pdf.exe, a program, was downloaded"]
    );
    assert_eq!(
        told("logins"),
        [
            "ada logged in from 203.0.113.9",
            "ada logged in over SSH from 203.0.113.9"
        ]
    );
}

#[test]
fn each_file_holds_what_was_there() {
    let (_root, machine) = planted();
    let all = all(&machine, &Lists::shipped());
    let processes = found(of(&all, "processes"));
    let process = &processes["processes"][0];
    assert_eq!(process["path"], "/usr/bin/anydesk");
    let digest = "846f39d859baf64349a767ef514c8a10412988617c4b16c3db7ed21c176ee250";
    assert_eq!(process["sha256"], digest);
    assert_eq!(process["user"], "ada");
    assert_eq!(process["parent"], 1);
    assert_eq!(process["started"], "2023-11-14T22:14:20Z");
    let sockets = found(of(&all, "sockets"));
    assert_eq!(sockets["sockets"][0]["program"], "anydesk");
    assert_eq!(sockets["sockets"][0]["peer"], "203.0.113.77");
    let autostart = found(of(&all, "autostart"));
    assert_eq!(autostart["own_crontab"][0], "*/5 * * * * /home/ada/.x/run");
    let system = found(of(&all, "system"));
    assert_eq!(system["disks"][0]["encrypted"], true);
    assert_eq!(system["release"]["name"], "Debian GNU/Linux 12");
    assert_eq!(
        system["last_upgrade"],
        "2026-11-20 10:00:00 upgrade libssl3:amd64 3.0.1 3.0.2"
    );
    let cookies = found(of(&all, "cookies"));
    assert_eq!(cookies["cookies"].as_array().unwrap().len(), 1);
    assert_eq!(cookies["cookies"][0]["last_used"], "2025-11-24T07:40:00Z");
    let network = found(of(&all, "network"));
    assert_eq!(
        network["name_servers"][0]["line"],
        "nameserver 203.0.113.53"
    );
}

#[test]
fn what_could_not_be_read_is_told_and_costs_nothing_else() {
    let (_root, machine) = planted();
    let all = all(&machine, &Lists::shipped());
    let logins = of(&all, "logins");
    let Outcome::Partly { why } = &logins.outcome else {
        panic!("{:?}", logins.outcome);
    };
    assert!(why.contains("/var/log/btmp"), "{why}");
    let file: serde_json::Value = serde_json::from_slice(bytes(logins)).unwrap();
    assert_eq!(file["not_collected"][0]["place"], "/var/log/btmp");
}

#[test]
fn no_value_and_no_name_of_a_cookie_and_no_line_of_a_script_is_brought() {
    let (_root, machine) = planted();
    for collected in all(&machine, &Lists::shipped()) {
        for taken in &collected.taken {
            let Content::Bytes(bytes) = &taken.content else {
                continue;
            };
            let text = String::from_utf8(bytes.clone()).unwrap();
            for never in ["CLEARNAME", "CLEARVALUE", "not-taken"] {
                assert!(!text.contains(never), "{}: {never}", collected.collector);
            }
        }
    }
}

#[test]
fn equal_state_gives_equal_bytes() {
    let (_root, machine) = planted();
    let lists = Lists::shipped();
    let first = all(&machine, &lists);
    let second = all(&machine, &lists);
    for (a, b) in first.iter().zip(&second) {
        // the clock's own file says what the clock said
        if a.collector != "clock" && !a.taken.is_empty() {
            assert_eq!(bytes(a), bytes(b), "{}", a.collector);
        }
    }
}

#[test]
fn nothing_that_is_looked_at_changes() {
    let (root, machine) = planted();
    let before = listing(root.path());
    all(&machine, &Lists::shipped());
    assert_eq!(listing(root.path()), before);
}

fn listing(folder: &Path) -> Vec<(String, u32, u64, std::time::SystemTime)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let about = entry.path().symlink_metadata().unwrap();
        let mode = about.permissions().mode();
        let modified = about.modified().unwrap();
        let shown = entry.path().display().to_string();
        all.push((shown, mode, about.len(), modified));
        if about.is_dir() {
            all.extend(listing(&entry.path()));
        }
    }
    all.sort();
    all
}

#[test]
fn a_clock_that_a_door_found_to_be_off_is_told() {
    let (_root, machine) = planted();
    let at = jiff::Timestamp::now();
    let offset = |clock: &str, ahead_ms| Offset {
        clock: clock.to_owned(),
        ahead_ms,
        at,
    };
    let offsets = [offset("Kraken", 5200), offset("TWS", -40)];
    let lists = Lists::shipped();
    let all = host_with(&machine, &lists, &offsets, collect::WITHIN, &mut |_| {});
    let clock = of(&all, "clock");
    assert_eq!(
        notable(clock),
        ["This computer's clock is 5 s behind Kraken"]
    );
    assert_eq!(found(clock)["offsets"][1]["ahead_ms"], -40);
}

#[test]
fn what_is_hostile_in_a_file_reaches_no_terminal() {
    let (root, machine) = planted();
    let hosts = "203.0.113.66 a\u{1b}[2J\u{202e}.ibkr.com\n";
    put(root.path(), "etc/hosts", hosts);
    let all = all(&machine, &Lists::shipped());
    let network = of(&all, "network");
    let text = String::from_utf8(bytes(network).to_vec()).unwrap();
    let told = notable(network);
    assert_eq!(
        told,
        ["a\u{fffd}[2J\u{fffd}.ibkr.com leads to 203.0.113.66"]
    );
    for never in ["\u{1b}", "\\u001b", "\u{202e}"] {
        assert!(!text.contains(never), "{never:?}");
    }
}

#[test]
fn an_empty_machine_has_nothing_here_and_fails_nowhere() {
    let root = tempfile::tempdir().unwrap();
    let all = all(&Machine::at(root.path(), Os::Linux), &Lists::shipped());
    for collected in &all {
        let failed = matches!(
            collected.outcome,
            Outcome::Failed { .. } | Outcome::TimedOut { .. } | Outcome::Denied { .. }
        );
        assert!(!failed, "{}: {:?}", collected.collector, collected.outcome);
    }
    assert!(matches!(
        of(&all, "cookies").outcome,
        Outcome::NotHere { .. }
    ));
}
