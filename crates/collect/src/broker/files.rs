//! Which files are taken: those of the days around, the newest first, until there are enough.

use std::{fs, path::PathBuf, time::UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use machine::{EntryKind, Machine, Unreadable, join};

use super::collector::Collector;
use crate::{Content, Taken};

/// The largest file that is taken.
pub(super) const FILE_AT_MOST: u64 = 256 << 20;
/// All files of a collector together.
const TOTAL_AT_MOST: u64 = 1 << 30;
/// How many files a collector takes.
const FILES_AT_MOST: usize = 200;
/// How much of a log is read for what it tells.
pub(super) const READ_AT_MOST: u64 = 64 << 20;
/// Before and after the time that is asked for: a log is named by the day it began.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// A file that was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    pub(super) name: String,
    /// As the machine knows it.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) modified: Option<Timestamp>,
}

impl Seen {
    /// The plain file at `path`; nothing for what is no plain file.
    pub(super) fn at(machine: &Machine, path: &str) -> Option<Self> {
        let about = fs::symlink_metadata(machine.real(path)).ok()?;
        about.is_file().then(|| Self {
            name: machine::name_of(path).to_owned(),
            path: path.to_owned(),
            bytes: about.len(),
            modified: about.modified().ok().and_then(timestamp),
        })
    }

    pub(super) fn real(&self, machine: &Machine) -> PathBuf {
        machine.real(&self.path)
    }

    /// Its bytes where they are.
    pub(super) fn taken(&self, machine: &Machine) -> Taken {
        Taken {
            name: self.name.clone(),
            source: self.path.clone(),
            modified: self.modified,
            content: Content::File(self.real(machine)),
        }
    }

    /// Whether it may tell of the time around: by the day in its name, else by its last change.
    fn tells_of(&self, (from, until): (Timestamp, Timestamp)) -> bool {
        let from = from.saturating_sub(MARGIN).unwrap_or(Timestamp::MIN);
        let until = until.saturating_add(MARGIN).unwrap_or(Timestamp::MAX);
        let began = day_in(&self.name)
            .and_then(|day| day.to_zoned_datetime(TimeZone::UTC).ok())
            .map(|day| day.timestamp());
        let too_late = began.is_some_and(|began| began > until);
        let too_early = self.modified.is_some_and(|changed| changed < from)
            || began.is_some_and(|began| began < from && self.modified.is_none());
        !too_late && !too_early
    }
}

/// The plain files of `folder` whose name is `wanted`; what may not be read is told to `collector`.
pub(super) fn in_folder(
    machine: &Machine,
    folder: &str,
    wanted: impl Fn(&str) -> bool,
    collector: &mut Collector,
) -> Vec<Seen> {
    let entries = match machine.list(folder) {
        Ok(entries) => entries,
        Err(Unreadable::Missing) => return Vec::new(),
        Err(why @ Unreadable::Denied) => {
            collector.deny(format!("{folder} {}", why.words()));
            return Vec::new();
        }
        Err(why @ Unreadable::Odd(_)) => {
            collector.lack(format!("{folder} {}", why.words()));
            return Vec::new();
        }
    };
    entries
        .into_iter()
        .filter(|entry| entry.kind == EntryKind::File && wanted(&entry.name.to_lowercase()))
        .filter_map(|entry| Seen::at(machine, &join(folder, &entry.name)))
        .collect()
}

/// Those of `seen` that tell of the time around, within the bounds, the newest first. What is left
/// out for a bound is told to `collector`.
pub(super) fn chosen(
    seen: Vec<Seen>,
    around: (Timestamp, Timestamp),
    collector: &mut Collector,
) -> Vec<Seen> {
    let mut seen: Vec<Seen> = seen.into_iter().filter(|s| s.tells_of(around)).collect();
    seen.sort_by(|a, b| (b.modified, &b.path).cmp(&(a.modified, &a.path)));
    seen.dedup_by(|a, b| a.path == b.path);
    let mut chosen = Vec::new();
    let mut total = 0;
    for file in seen {
        if file.bytes > FILE_AT_MOST {
            let most = FILE_AT_MOST >> 20;
            collector.lack(format!("{} is larger than {most} MiB", file.path));
        } else if total + file.bytes > TOTAL_AT_MOST || chosen.len() >= FILES_AT_MOST {
            collector.lack(format!("{} was left out: it is too much", file.path));
        } else {
            total += file.bytes;
            chosen.push(file);
        }
    }
    chosen
}

/// The text of a log, as much of it as is read. What is not UTF-8 is replaced.
pub(super) fn text(machine: &Machine, file: &Seen, collector: &mut Collector) -> Option<String> {
    match machine.read_bytes(&file.path, READ_AT_MOST) {
        Ok(bytes) => {
            if bytes.len() as u64 > READ_AT_MOST {
                let most = READ_AT_MOST >> 20;
                collector.lack(format!(
                    "only the first {most} MiB of {} were read for acts",
                    file.path
                ));
            }
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        Err(why @ Unreadable::Denied) => {
            collector.deny(format!("{} {}", file.path, why.words()));
            None
        }
        Err(why @ (Unreadable::Missing | Unreadable::Odd(_))) => {
            collector.lack(format!("{} {}", file.path, why.words()));
            None
        }
    }
}

/// Whether `name` ends in one of `endings` behind its last dot, in whatever case.
pub(super) fn ends_in(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings
        .iter()
        .any(|known| known.eq_ignore_ascii_case(ending))
}

/// The day in a name such as `tws.20261124.093000.ibgzenc` or `gw.2026-11-24.log`.
pub(super) fn day_in(name: &str) -> Option<Date> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    name.split(['.', '_']).find_map(|part| {
        let plain = part.replace('-', "");
        let of_day = plain.len() == 8 && digits(&plain);
        of_day.then(|| Date::strptime("%Y%m%d", &plain).ok())?
    })
}

fn timestamp(time: std::time::SystemTime) -> Option<Timestamp> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Timestamp::from_second(i64::try_from(since.as_secs()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(name: &str, bytes: u64, modified: &str) -> Seen {
        Seen {
            name: name.to_owned(),
            path: format!("/home/ada/Jts/{name}"),
            bytes,
            modified: modified.parse().ok(),
        }
    }

    fn around() -> (Timestamp, Timestamp) {
        (
            "2026-11-23T12:00:00Z".parse().unwrap(),
            "2026-11-24T12:00:00Z".parse().unwrap(),
        )
    }

    #[test]
    fn a_day_is_read_from_a_name() {
        let day = Date::constant(2026, 11, 24);
        assert_eq!(day_in("tws.20261124.093000.ibgzenc"), Some(day));
        assert_eq!(day_in("gw.2026-11-24.log"), Some(day));
        assert_eq!(day_in("api.7.20261124.093000.ibgzenc"), Some(day));
        assert_eq!(day_in("api.7.Tue.log"), None);
        assert_eq!(day_in("launcher.log"), None);
    }

    #[test]
    fn the_days_around_are_taken_newest_first_and_others_are_passed_over() {
        let mut collector = Collector::new(("logs", "Logs"));
        let files = vec![
            seen("tws.20261110.1.ibgzenc", 1, "2026-11-10T20:00:00Z"),
            seen("tws.20261123.1.ibgzenc", 1, "2026-11-23T20:00:00Z"),
            seen("tws.20261124.1.ibgzenc", 1, "2026-11-24T09:00:00Z"),
            seen("tws.20261128.1.ibgzenc", 1, "2026-11-28T09:00:00Z"),
        ];
        let names: Vec<_> = chosen(files, around(), &mut collector)
            .into_iter()
            .map(|file| file.name)
            .collect();
        assert_eq!(names, ["tws.20261124.1.ibgzenc", "tws.20261123.1.ibgzenc"]);
        assert!(matches!(
            collector.end("none").outcome,
            crate::Outcome::NotHere { .. }
        ));
    }

    #[test]
    fn what_a_bound_leaves_out_is_named() {
        let mut collector = Collector::new(("logs", "Logs"));
        let files = vec![
            seen("huge.log", FILE_AT_MOST + 1, "2026-11-24T09:00:00Z"),
            seen("small.log", 1, "2026-11-24T09:00:00Z"),
        ];
        assert_eq!(chosen(files, around(), &mut collector).len(), 1);
        let many = (0..=FILES_AT_MOST)
            .map(|nth| seen(&format!("{nth}.log"), 1, "2026-11-24T09:00:00Z"))
            .collect();
        assert_eq!(chosen(many, around(), &mut collector).len(), FILES_AT_MOST);
        let crate::Outcome::Failed { why } = collector.end("none").outcome else {
            panic!("nothing was left out");
        };
        assert!(why.contains("huge.log is larger than 256 MiB"), "{why}");
        assert!(why.contains("too much"), "{why}");
    }
}
