//! What TWS and IB Gateway leave on a computer: logs, settings, their versions.
//!
//! Their own logs are encrypted at rest. Those are copied byte for byte, as the broker can read
//! them; what is readable is read too.

use jiff::{Timestamp, tz::TimeZone};
use machine::{Ini, Machine, folder_of, join};

use super::{
    api_log::{self, Heard},
    collector::{Collector, notable, plain},
    files::{self, Seen},
    time::Clock,
    withhold::without_secrets,
};
use crate::Sighting;

/// How a log that is encrypted is named.
const ENCRYPTED: &str = "ibgzenc";
/// Parts of the name of a log that somebody exported.
const EXPORTED: &str = "exported-logs";
/// Folders of users and of versions that are looked through.
const FOLDERS_AT_MOST: usize = 200;

/// A folder of settings, and how its logs tell the time.
pub(super) struct Jts {
    folder: String,
    /// `jts.ini`.
    settings: String,
    ini: Ini,
}

impl Jts {
    /// The folder of the `jts.ini` at `path`.
    pub(super) fn of(machine: &Machine, path: &str) -> Self {
        Self {
            folder: folder_of(path).to_owned(),
            settings: path.to_owned(),
            ini: Ini::parse(&machine.read(path).unwrap_or_default()),
        }
    }

    /// Itself and the folders of its users.
    fn folders(&self, machine: &Machine) -> Vec<String> {
        let users = machine.folders(&self.folder).into_iter();
        let users = users.map(|name| join(&self.folder, &name));
        std::iter::once(self.folder.clone())
            .chain(users.take(FOLDERS_AT_MOST))
            .collect()
    }

    /// The zone of its logs: the one that was chosen at the login, else the computer's.
    pub(super) fn zone(&self) -> TimeZone {
        self.ini
            .get("TimeZone")
            .and_then(|name| TimeZone::get(name).ok())
            .unwrap_or_else(TimeZone::system)
    }
}

/// The logs of the days around, those that are encrypted and those that are not.
pub(super) fn logs(
    machine: &Machine,
    jts: &[Jts],
    around: (Timestamp, Timestamp),
    collector: &mut Collector,
) {
    for each in jts {
        let mut seen = Vec::new();
        for folder in each.folders(machine) {
            seen.extend(files::in_folder(machine, &folder, is_log, collector));
        }
        let chosen = files::chosen(seen, around, collector);
        let encrypted = chosen
            .iter()
            .filter(|file| is_encrypted(&file.name))
            .count();
        if encrypted > 0 {
            collector.see(Sighting {
                why: "Only the broker can read them. Ask its support to compare them with its own \
                      records, and export readable ones from the running program."
                    .to_owned(),
                ..plain(
                    format!("{encrypted} encrypted logs of TWS or IB Gateway were copied"),
                    &each.folder,
                )
            });
        }
        for file in chosen {
            collector.take(file.taken(machine));
            if !is_encrypted(&file.name) {
                readable(machine, &file, each.zone(), collector);
            }
        }
    }
}

/// Logs that were exported before, from the folders where people keep such.
pub(super) fn exports(
    machine: &Machine,
    jts: &[Jts],
    around: (Timestamp, Timestamp),
    collector: &mut Collector,
) {
    let mut seen = Vec::new();
    for folder in export_folders(machine, jts) {
        seen.extend(files::in_folder(machine, &folder, is_export, collector));
    }
    for file in files::chosen(seen, around, collector) {
        collector.take(file.taken(machine));
        let of = jts.iter().find(|jts| file.path.starts_with(&jts.folder));
        let zone = of.or(jts.first()).map_or_else(TimeZone::system, Jts::zone);
        readable(machine, &file, zone, collector);
    }
}

/// Where an export may appear.
pub(super) fn export_folders(machine: &Machine, jts: &[Jts]) -> Vec<String> {
    let mut folders: Vec<String> = jts.iter().flat_map(|jts| jts.folders(machine)).collect();
    let usual = ["", "Desktop", "Documents", "Downloads"];
    folders.extend(usual.map(|name| match name {
        "" => machine.home().to_owned(),
        name => machine.in_home(name),
    }));
    folders.sort();
    folders.dedup();
    folders
}

/// Files of the audit trail: what TWS itself wrote of each order, a file a weekday.
pub(super) fn audit_trail(
    machine: &Machine,
    jts: &[Jts],
    around: (Timestamp, Timestamp),
    collector: &mut Collector,
) {
    let mut seen = Vec::new();
    for folder in jts.iter().flat_map(|jts| jts.folders(machine)) {
        let wanted = |name: &str| name.contains("audit") && !is_log(name);
        seen.extend(files::in_folder(machine, &folder, wanted, collector));
    }
    for file in files::chosen(seen, around, collector) {
        collector.take(file.taken(machine));
    }
}

/// `jts.ini` without secrets, whom it trusts, and the versions that are installed.
pub(super) fn settings(machine: &Machine, jts: &[Jts], collector: &mut Collector) {
    for each in jts {
        let text = match machine.read(&each.settings) {
            Ok(text) => text,
            Err(why @ machine::Unreadable::Denied) => {
                collector.deny(format!("{} {}", each.settings, why.words()));
                continue;
            }
            Err(why @ (machine::Unreadable::Missing | machine::Unreadable::Odd(_))) => {
                collector.lack(format!("{} {}", each.settings, why.words()));
                continue;
            }
        };
        let (kept, cut) = without_secrets(&text);
        let modified = Seen::at(machine, &each.settings).and_then(|file| file.modified);
        collector.take_text("jts.ini", &each.settings, modified, kept);
        if !cut.is_empty() {
            let what = format!(
                "{} was kept without the values of {}",
                each.settings,
                cut.join(", ")
            );
            collector.see(plain(what, &each.settings));
        }
        let trusted = each.ini.get("TrustedIPs").unwrap_or_default();
        for address in trusted
            .split([',', ' ', ';'])
            .filter(|address| !address.is_empty() && !is_this_computer(address))
        {
            collector.see(notable(
                format!("TWS trusts programs on {address}"),
                "A program there may trade over the API, and TWS asks nobody.",
                &each.settings,
            ));
        }
        for (program, version) in versions(machine, &each.folder) {
            collector.see(plain(
                format!("{program} {version} is installed"),
                &each.folder,
            ));
        }
    }
}

/// What a readable log tells.
pub(super) fn readable(machine: &Machine, file: &Seen, zone: TimeZone, collector: &mut Collector) {
    let Some(text) = files::text(machine, file, collector) else {
        return;
    };
    let changed = file
        .modified
        .map(|at| at.to_zoned_datetime(zone.clone()).date());
    let day = files::day_in(&file.name).or(changed);
    let heard = api_log::read(&text, &Clock { zone, day }, client_in(&file.name));
    tell(file, heard, collector);
}

fn tell(file: &Seen, heard: Heard, collector: &mut Collector) {
    if !heard.clients.is_empty() {
        let clients = heard.clients.iter().map(String::as_str);
        let clients = clients.collect::<Vec<_>>().join(", ");
        collector.see(Sighting {
            why: "A client id that none of your programs uses is somebody else's program."
                .to_owned(),
            ..plain(
                format!("API client ids {clients} stand in {}", file.name),
                &file.path,
            )
        });
    }
    for (address, connections) in &heard.connections {
        let times = match connections.times {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        let what = format!("A program on {address} connected to the API {times}");
        let place = format!("{}, line {}", file.path, connections.line);
        let sighting = if is_this_computer(address) {
            plain(what, &place)
        } else {
            notable(what, "It is another computer's.", &place)
        };
        collector.see(Sighting {
            at: connections.first,
            ..sighting
        });
    }
    if heard.unread > 0 {
        collector.lack(format!(
            "{} messages about orders in {} are written in a way that is not read here; the file \
             holds them",
            heard.unread, file.name
        ));
    }
    if heard.cut_short {
        collector.lack(format!("{} tells more acts than are read", file.name));
    }
    collector.tell(&file.name, heard.acts);
}

fn is_encrypted(name: &str) -> bool {
    files::ends_in(name, &[ENCRYPTED])
}

/// `name` in small letters.
fn is_log(name: &str) -> bool {
    let readable = files::ends_in(name, &["log", "txt"]);
    let of_theirs = ["tws.", "api.", "ibgateway.", "log.", "launcher"]
        .iter()
        .any(|start| name.starts_with(start));
    is_encrypted(name) || (readable && of_theirs)
}

/// `name` in small letters.
pub(super) fn is_export(name: &str) -> bool {
    name.contains(EXPORTED) && files::ends_in(name, &["txt", "log"])
}

/// The client id in a name such as `api.7.20261124.093000.log`.
fn client_in(name: &str) -> Option<&str> {
    let id = name.strip_prefix("api.")?.split('.').next()?;
    let is_id = !id.is_empty() && id.len() <= 10 && id.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then_some(id)
}

pub(super) fn is_this_computer(address: &str) -> bool {
    let address = address.trim_matches(['[', ']']);
    address.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// The versions that are installed below `folder`, by their folders' names (`1037` is 10.37).
fn versions(machine: &Machine, folder: &str) -> Vec<(&'static str, String)> {
    [("TWS", ""), ("IB Gateway", "ibgateway"), ("TWS", "tws")]
        .into_iter()
        .flat_map(|(program, below)| {
            let folder = if below.is_empty() {
                folder.to_owned()
            } else {
                join(folder, below)
            };
            let names = machine.folders(&folder).into_iter();
            names.filter_map(move |name| {
                let digits =
                    (3..=4).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_digit());
                let version: u32 = digits.then(|| name.parse().ok()).flatten()?;
                Some((program, format!("{}.{}", version / 100, version % 100)))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_known_by_their_names() {
        for log in [
            "tws.20261124.093000.ibgzenc",
            "api.7.20261124.ibgzenc",
            "api.7.tue.log",
            "ibgateway.20261124.log",
            "launcher.log",
        ] {
            assert!(is_log(log), "{log}");
        }
        for other in ["jts.ini", "tws.xml", "notes.txt", "audit.mon.xml"] {
            assert!(!is_log(other), "{other}");
        }
        assert!(is_export("api-exported-logs.txt"));
        assert!(is_export("gateway-exported-logs (1).txt"));
        assert!(!is_export("exported-logs.exe"));
        assert_eq!(client_in("api.7.Tue.log"), Some("7"));
        assert_eq!(client_in("api.Tue.log"), None);
    }

    #[test]
    fn only_loopback_is_this_computer() {
        for here in ["127.0.0.1", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"] {
            assert!(is_this_computer(here), "{here}");
        }
        for there in ["10.0.0.7", "0.0.0.0", "example.net", ""] {
            assert!(!is_this_computer(there), "{there}");
        }
    }
}
