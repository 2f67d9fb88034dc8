//! The Client Portal gateway's logs and settings.

use std::collections::BTreeMap;

use door::clean_to;
use jiff::{Timestamp, tz::TimeZone};
use machine::{Machine, Unreadable, Yaml, folder_of, join};

use super::{
    collector::{Collector, notable, plain},
    files::{self, Seen},
    time::Clock,
    tws::is_this_computer,
    withhold::without_secrets,
};
use crate::Sighting;

/// What is looked for in a log, what it means, and whether it belongs on the first page.
const TELLING: [(&str, &str, bool); 3] = [
    (
        "Client login succeeds",
        "A login to the gateway succeeded",
        false,
    ),
    ("Access Denied", "The gateway shut somebody out", true),
    ("CP_LOGIN_FAILED", "A login to the gateway failed", true),
];
/// How much of a line is told.
const WORDS_AT_MOST: usize = 160;

/// The logs of the days around. They may hold cookies: what is exported is redacted.
pub(super) fn logs(
    machine: &Machine,
    settings: &[String],
    around: (Timestamp, Timestamp),
    collector: &mut Collector,
) {
    for path in settings {
        // settings are in `root`, logs beside it
        let folder = join(folder_of(folder_of(path)), "logs");
        let wanted = |name: &str| name.starts_with("gw.") && files::ends_in(name, &["log"]);
        let seen = files::in_folder(machine, &folder, wanted, collector);
        for file in files::chosen(seen, around, collector) {
            collector.take(file.taken(machine));
            if let Some(text) = files::text(machine, &file, collector) {
                for sighting in told(&text, &file, &TimeZone::system()) {
                    collector.see(sighting);
                }
            }
        }
    }
}

/// `conf.yaml` without its secrets, and whom it lets in.
pub(super) fn settings(machine: &Machine, paths: &[String], collector: &mut Collector) {
    for path in paths {
        let text = match machine.read(path) {
            Ok(text) => text,
            Err(why @ Unreadable::Denied) => {
                collector.deny(format!("{path} {}", why.words()));
                continue;
            }
            Err(why @ (Unreadable::Missing | Unreadable::Odd(_))) => {
                collector.lack(format!("{path} {}", why.words()));
                continue;
            }
        };
        let (kept, _) = without_secrets(&text);
        let modified = Seen::at(machine, path).and_then(|file| file.modified);
        collector.take_text("client-portal-conf.yaml", path, modified, kept);
        for range in Yaml::parse(&text).all("ips/allow") {
            if !is_this_computer(range) && !range.starts_with("127.") {
                collector.see(notable(
                    format!("The gateway lets in {range}"),
                    "While it is logged in, every computer of that range may trade.",
                    path,
                ));
            }
        }
    }
}

/// Lines that tell of logins and of who was shut out, each wording once with how often it came.
fn told(text: &str, file: &Seen, zone: &TimeZone) -> Vec<Sighting> {
    let clock = Clock {
        zone: zone.clone(),
        day: files::day_in(&file.name),
    };
    let mut seen: BTreeMap<(usize, String), (usize, usize, Option<Timestamp>)> = BTreeMap::new();
    for (nth, line) in text.lines().enumerate() {
        let Some(which) = TELLING.iter().position(|(words, ..)| line.contains(words)) else {
            continue;
        };
        let from = address(line).unwrap_or_default();
        let entry = seen.entry((which, from)).or_default();
        entry.0 += 1;
        if entry.0 == 1 {
            (entry.1, entry.2) = (nth + 1, clock.of(line));
        }
    }
    seen.into_iter()
        .map(|((which, from), (times, line, first))| {
            let (_, meaning, on_first_page) = TELLING[which];
            let from = if from.is_empty() {
                String::new()
            } else {
                format!(" ({from})")
            };
            let times = match times {
                1 => String::new(),
                times => format!(", {times} times"),
            };
            Sighting {
                notable: on_first_page,
                at: first,
                ..plain(
                    clean_to(&format!("{meaning}{from}{times}"), WORDS_AT_MOST),
                    &format!("{}, line {line}", file.path),
                )
            }
        })
        .collect()
}

/// The first address of the network in a line.
fn address(line: &str) -> Option<String> {
    line.split(|c: char| !c.is_ascii_hexdigit() && c != '.' && c != ':')
        .map(|word| word.trim_matches([':', '.']))
        .find_map(|word| {
            let four = word.split(':').next().unwrap_or_default();
            let ip = word
                .parse::<std::net::IpAddr>()
                .or_else(|_| four.parse())
                .ok()?;
            let is_time = word.len() < 6;
            (!is_time).then(|| ip.to_string())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_who_was_shut_out_are_told_once_each() {
        let file = Seen {
            name: "gw.2026-11-24.log".to_owned(),
            path: "/gw/logs/gw.2026-11-24.log".to_owned(),
            bytes: 1,
            modified: None,
        };
        let log = "\
10:00:00.001 [main] INFO start\n\
10:00:05.500 [vert.x-eventloop-thread-1] INFO - Client login succeeds\n\
10:02:00.001 [vert.x-eventloop-thread-2] WARN - Access Denied for 192.168.1.66:51234\n\
10:02:01.001 [vert.x-eventloop-thread-2] WARN - Access Denied for 192.168.1.66:51236\n";
        let told = told(log, &file, &TimeZone::UTC);
        assert_eq!(told[0].what, "A login to the gateway succeeded");
        assert_eq!(told[0].at.unwrap().to_string(), "2026-11-24T10:00:05.5Z");
        assert!(!told[0].notable);
        assert_eq!(
            told[1].what,
            "The gateway shut somebody out (192.168.1.66), 2 times"
        );
        assert!(told[1].notable);
        assert!(told[1].place.ends_with("line 3"));
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn a_time_is_no_address() {
        assert_eq!(address("10:02:01.001 denied"), None);
        assert_eq!(address("from /10.0.0.9: x").as_deref(), Some("10.0.0.9"));
        assert_eq!(
            address("from 2001:db8::7 x").as_deref(),
            Some("2001:db8::7")
        );
    }
}
