//! The broker's files of a planted computer: what is taken, what is told, and what must not be.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{fs, path::Path};

use collect::{Collected, Content, Outcome, State, broker::ExportWatch};
use door::ActKind;
use jiff::{SignedDuration, Timestamp};
use machine::{Machine, Os};

const PASSWORD: &str = "hunter2-planted";
const LOGIN: &str = "ada-planted";
const API_LOG: &str = "\
2026-11-24 09:33:39.001 <- 71-2-66--\n\
2026-11-24 09:33:40.120 <- 3-12-265598-AAPL-STK--0.0--SMART--USD-AAPL-NMS---BUY-100-LMT-150.25--DAY--U1234567--0--1-\n\
2026-11-24 09:33:40.300 -> ---C5-12-265598-AAPL-STK--0--SMART-USD-AAPL-NMS-BUY-100-LMT-150.25-0.0-DAY--U1234567--0--66-987654321-0\n";

struct Planted(tempfile::TempDir);

impl Planted {
    fn new() -> Self {
        let planted = Self(tempfile::tempdir().unwrap());
        planted.file("machine.toml", "home = \"/home/ada\"\n");
        planted.file(
            "home/ada/Jts/jts.ini",
            "[IBGateway]\nTrustedIPs=127.0.0.1,10.0.0.7\n[Logon]\nTimeZone=America/New_York\n",
        );
        planted
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn machine(&self) -> Machine {
        Machine::at(self.path(), Os::Linux)
    }

    fn collect(&self) -> Vec<Collected> {
        let now = Timestamp::now();
        let before = now - SignedDuration::from_hours(24);
        collect::broker(&self.machine(), (before, now), &mut |_| {})
    }
}

fn of<'a>(all: &'a [Collected], id: &str) -> &'a Collected {
    all.iter().find(|each| each.collector == id).unwrap()
}

fn bytes(content: &Content) -> Vec<u8> {
    match content {
        Content::Bytes(bytes) => bytes.clone(),
        Content::File(path) => fs::read(path).unwrap(),
    }
}

#[test]
fn every_kind_of_file_is_taken_and_what_it_tells_is_told() {
    let planted = Planted::new();
    let user = "home/ada/Jts/detcfsvirl";
    planted.file(&format!("{user}/tws.today.ibgzenc"), "IBGZENC\u{1}");
    planted.file(&format!("{user}/api.66.Tue.log"), API_LOG);
    planted.file(
        &format!("{user}/tws.today.log"),
        "2026-11-24 09:33:38.000 [TE] INFO [JTS-EServerSocket-1] - [-:1:1:1:0:0:0:SYS] Starting new \
         conversation with client on /10.0.0.9\n",
    );
    planted.file(&format!("{user}/audit.Tue.xml"), "<trail/>");
    planted.file("home/ada/Jts/1046/jars/x", "");
    planted.file("home/ada/Downloads/api-exported-logs.txt", API_LOG);
    planted.file(
        "home/ada/ibc/config.ini",
        &format!("IbLoginId={LOGIN}\nIbPassword={PASSWORD}\nTradingMode=live\n"),
    );
    planted.file(
        "home/ada/clientportal.gw/root/conf.yaml",
        "listenPort: 5000\nips:\n  allow:\n    - 10.*\n    - 127.0.0.1\n",
    );
    planted.file(
        "home/ada/clientportal.gw/logs/gw.today.log",
        "09:30:00.000 - Client login succeeds\n",
    );
    let all = planted.collect();
    for each in &all {
        assert_eq!(each.outcome, Outcome::Collected, "{}", each.collector);
        assert!(!each.taken.is_empty(), "{}", each.collector);
    }
    let logs = of(&all, "tws-logs");
    let names: Vec<_> = logs.taken.iter().map(|taken| taken.name.as_str()).collect();
    for name in ["tws.today.ibgzenc", "api.66.Tue.log", "tws.today.log"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let encrypted = logs.taken.iter().find(|taken| taken.name.ends_with("enc"));
    assert_eq!(bytes(&encrypted.unwrap().content), b"IBGZENC\x01");
    let notable: Vec<_> = all
        .iter()
        .flat_map(|each| &each.sightings)
        .filter(|sighting| sighting.notable)
        .map(|sighting| sighting.what.as_str())
        .collect();
    assert_eq!(
        notable,
        [
            "A program on 10.0.0.9 connected to the API once",
            "TWS trusts programs on 10.0.0.7",
            "/home/ada/ibc/config.ini was kept without the values of IbLoginId, IbPassword",
            "The gateway lets in 10.*",
        ]
    );
    let told = of(&all, "tws-exported-logs");
    let (name, act) = &told.acts[0];
    assert_eq!(name, "api-exported-logs.txt");
    assert_eq!((act.kind, act.id.as_str()), (ActKind::Order, "987654321"));
    assert_eq!(act.client_id.as_deref(), Some("66"));
    // the program's own zone
    assert_eq!(act.at.unwrap().to_string(), "2026-11-24T14:33:40.12Z");
    let version = of(&all, "tws-settings").sightings.iter();
    assert!(
        version
            .clone()
            .any(|it| it.what == "TWS 10.46 is installed")
    );
}

#[test]
fn no_password_and_no_login_stand_in_what_is_taken() {
    let planted = Planted::new();
    planted.file(
        "home/ada/ibc/config.ini",
        &format!("IbLoginId={LOGIN}\n#IbPassword={PASSWORD}\nFIXPassword={PASSWORD}\nX=1\n"),
    );
    let all = planted.collect();
    let settings = of(&all, "ibc-settings");
    let text = String::from_utf8(bytes(&settings.taken[0].content)).unwrap();
    assert_eq!(
        text,
        "IbLoginId=withheld\n#IbPassword=withheld\nFIXPassword=withheld\nX=1\n"
    );
    let shown = format!("{all:?}");
    assert!(
        !shown.contains(PASSWORD) && !shown.contains(LOGIN),
        "{shown}"
    );
}

#[test]
fn a_computer_without_the_brokers_programs_says_so_for_each() {
    let planted = Planted(tempfile::tempdir().unwrap());
    planted.file("machine.toml", "home = \"/home/ada\"\n");
    planted.file("home/ada/notes.txt", "");
    let mut told = Vec::new();
    let now = Timestamp::now();
    let all = collect::broker(&planted.machine(), (now, now), &mut |each| {
        let ended = matches!(each.state, State::Ended(Outcome::NotHere { .. }));
        told.push((each.collector.to_owned(), each.nth, each.of, ended));
    });
    let listed = collect::broker::collectors();
    assert_eq!(all.len(), listed.len());
    for (nth, (id, _)) in listed.into_iter().enumerate() {
        let of = listed.len();
        assert_eq!(told[2 * nth], (id.to_owned(), nth + 1, of, false));
        assert_eq!(told[2 * nth + 1], (id.to_owned(), nth + 1, of, true));
    }
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_taken() {
    let planted = Planted::new();
    planted.file("home/ada/secret.txt", PASSWORD);
    let user = planted.path().join("home/ada/Jts/detcfsvirl");
    fs::create_dir_all(&user).unwrap();
    std::os::unix::fs::symlink("../../secret.txt", user.join("tws.link.log")).unwrap();
    let pipe = user.join("tws.pipe.log");
    let kind = rustix::fs::FileType::Fifo;
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
    let all = planted.collect();
    assert!(of(&all, "tws-logs").taken.is_empty());
}

#[test]
fn an_export_is_taken_in_once_when_it_rests_and_what_was_there_before_is_not() {
    let planted = Planted::new();
    let old = "home/ada/Downloads/gateway-exported-logs.txt";
    planted.file(old, "old");
    let mut watch = ExportWatch::begin(&planted.machine());
    let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    assert_eq!(watch.poll(at(0)), None);
    assert_eq!(watch.poll(at(60)), None);

    let new = "home/ada/Desktop/api-exported-logs.txt";
    planted.file(new, "");
    assert_eq!(watch.poll(at(61)), None);
    assert_eq!(watch.poll(at(90)), None, "an empty file is not written yet");
    planted.file(new, &API_LOG[..40]);
    assert_eq!(watch.poll(at(91)), None);
    planted.file(new, API_LOG);
    assert_eq!(watch.poll(at(95)), None, "it has grown since");
    assert_eq!(watch.poll(at(96)), None);
    let taken = watch.poll(at(98)).unwrap();
    assert_eq!(taken.outcome, Outcome::Collected);
    assert_eq!(taken.taken.len(), 1);
    assert_eq!(
        taken.taken[0].source,
        "/home/ada/Desktop/api-exported-logs.txt"
    );
    assert_eq!(taken.acts.len(), 1);
    assert_eq!(watch.poll(at(200)), None, "it was taken in");

    planted.file(old, "written over");
    assert_eq!(watch.poll(at(201)), None);
    assert!(watch.poll(at(210)).is_some());
}

#[test]
fn a_folder_that_the_person_names_is_watched_whatever_the_file_is_called() {
    let planted = Planted::new();
    planted.file("mnt/stick/before.txt", "x");
    let mut watch = ExportWatch::begin(&planted.machine());
    watch.look_in("/mnt/stick/");
    assert!(watch.folders().any(|folder| folder == "/mnt/stick"));
    planted.file("mnt/stick/today.txt", API_LOG);
    planted.file("mnt/stick/today.exe", "no log");
    let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    assert_eq!(watch.poll(at(0)), None);
    let taken = watch.poll(at(5)).unwrap();
    let names: Vec<_> = taken
        .taken
        .iter()
        .map(|taken| taken.name.as_str())
        .collect();
    assert_eq!(names, ["today.txt"]);
}

#[test]
fn the_guides_name_a_way_through_the_menu_of_each_program() {
    let programs: Vec<_> = collect::broker::guides()
        .iter()
        .map(|guide| (guide.program, guide.menus[0].join(" > ")))
        .collect();
    let ways = [
        (
            "TWS",
            "Help > Troubleshooting > Diagnostics > API Logs > Export Today Logs",
        ),
        ("IB Gateway", "File > API Logs > Export Today Logs"),
    ];
    assert_eq!(
        programs,
        ways.map(|(program, way)| (program, way.to_owned()))
    );
}
