//! What starts by itself: entries of the desktop, units and timers, cron, profiles of shells; agents and
//! daemons of macOS; keys, folders and tasks of Windows.

use std::collections::BTreeSet;

use jiff::Timestamp;
use machine::name_of;
use serde::Serialize;

use crate::lists::{Artifact, Kind};

use super::{
    look::{Found, Look, Times, clean},
    plists, programs, registry, tasks,
};

/// The largest file of which a digest is made.
const MOST: u64 = 16 * 1024 * 1024;
/// The most lines that are kept of what one starts.
const MOST_LINES: usize = 50;
const WHY: &str = "What an intruder leaves behind starts again with the computer.";
/// What of a unit tells what it does.
const OF_UNIT: [&str; 13] = [
    "Description",
    "ExecStart",
    "ExecStartPre",
    "ExecStartPost",
    "ExecStop",
    "Type",
    "User",
    "OnCalendar",
    "OnBootSec",
    "OnUnitActiveSec",
    "OnStartupSec",
    "Unit",
    "WantedBy",
];
/// What of an entry of the desktop does.
const OF_ENTRY: [&str; 6] = [
    "Name",
    "Exec",
    "TryExec",
    "Hidden",
    "OnlyShowIn",
    "X-GNOME-Autostart-enabled",
];

/// One file that makes something start.
#[derive(Serialize)]
struct Entry {
    artifact: String,
    path: String,
    #[serde(flatten)]
    times: Times,
    owner: Option<u32>,
    mode: Option<String>,
    sha256: Option<String>,
    /// Where it is a link, where it leads.
    link: Option<String>,
    /// What it starts, and when, as it says.
    starts: Vec<String>,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let mut entries = Vec::new();
    let mut sighted = BTreeSet::new();
    for (path, artifact) in look.files(found, "autostart") {
        if look.is_over() {
            found.cut("time was over before every entry was looked at");
            break;
        }
        if let Some(entry) = entry(look, found, &path, &artifact) {
            // a unit that is switched on is linked once more: one file is one piece of news
            let real = look.machine.real(&path);
            if sighted.insert(real.canonicalize().unwrap_or(real)) {
                sight(look, found, &entry, &artifact);
            }
            entries.push(entry);
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    found.put("entries", &entries);
    crontab(look, found);
    keys(look, found);
}

fn entry(look: &Look, found: &mut Found, path: &str, artifact: &Artifact) -> Option<Entry> {
    let machine = &look.machine;
    let about = match machine.about(path) {
        Ok(about) => about,
        // a link to what is not there starts nothing: a unit that is switched off leads to nowhere
        Err(why) => {
            found.not_read(path, &why);
            return None;
        }
    };
    if !about.is_file() {
        return None;
    }
    let times = Times::of(machine, path);
    let read = programs::digest(machine, path, MOST, look.until);
    let sha256 = found.take(path, read).flatten();
    let starts = starts(look, found, path, artifact.kind);
    Some(Entry {
        artifact: artifact.name.clone(),
        path: path.to_owned(),
        times,
        owner: owner(&about),
        mode: machine.mode(path).map(|mode| format!("{mode:04o}")),
        sha256,
        link: machine.link(path),
        starts,
    })
}

fn sight(look: &Look, found: &mut Found, entry: &Entry, artifact: &Artifact) {
    let Some(at) = entry.times.latest().filter(|at| look.is_news(*at)) else {
        return;
    };
    let name = name_of(&entry.path);
    let what = match entry.starts.iter().find(|line| tells(line)) {
        Some(line) => format!("{name} was made or changed: {line}"),
        None => format!("{name} was made or changed"),
    };
    found.sighting(!artifact.packaged, what, WHY, Some(at), &entry.path);
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn owner(about: &std::fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::uid(about))
}

#[cfg(not(unix))]
fn owner(_about: &std::fs::Metadata) -> Option<u32> {
    None
}

/// Whether a line says what is started.
fn tells(line: &str) -> bool {
    ["Exec", "ExecStart", "OnCalendar", "Program", "Command"]
        .iter()
        .any(|start| line.starts_with(start))
}

/// What it starts, as far as its kind tells. A script's own lines stay where they are: its digest and
/// its times are evidence enough, and it may hold secrets.
fn starts(look: &Look, found: &mut Found, path: &str, kind: Kind) -> Vec<String> {
    let lines = if kind == Kind::DesktopEntry {
        named(look, found, path, &OF_ENTRY)
    } else if kind == Kind::Unit {
        named(look, found, path, &OF_UNIT)
    } else if kind == Kind::Cron {
        let text = look.read(found, path).unwrap_or_default();
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(clean).collect()
    } else if kind == Kind::Launchd {
        plists::agent(look, found, path)
    } else if kind == Kind::Task {
        tasks::task(look, found, path)
    } else {
        Vec::new()
    };
    lines.into_iter().take(MOST_LINES).collect()
}

fn named(look: &Look, found: &mut Found, path: &str, names: &[&str]) -> Vec<String> {
    let text = look.read(found, path).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| {
        let name = line.split_once('=').map(|(name, _)| name.trim_end());
        name.is_some_and(|name| names.contains(&name))
    });
    lines.map(clean).collect()
}

/// The person's own table, which lies where only cron may read.
fn crontab(look: &Look, found: &mut Found) {
    if look.machine.os() == machine::Os::Windows {
        return;
    }
    // without a table it says no, which is no gap
    let said = look.machine.ask(&["crontab", "-l"]);
    if let Ok(said) = said {
        found.looked_at("crontab -l");
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .take(MOST_LINES)
            .collect();
        found.put("own_crontab", &lines);
    }
}

/// Keys of the registry. They have no time of their own.
fn keys(look: &Look, found: &mut Found) {
    let mut all = Vec::new();
    for key in look.keys("autostart") {
        if let Some(said) = look.ask(found, &["reg", "query", &key]) {
            all.extend(registry::settings(&said).0);
        }
    }
    for setting in &all {
        let at: Option<Timestamp> = None;
        let what = format!(
            "{} starts with the computer: {}",
            setting.name, setting.value
        );
        let odd = [
            "\\Temp\\",
            "\\AppData\\Local\\Temp",
            "\\Users\\Public\\",
            "\\Downloads\\",
        ];
        let notable = odd.iter().any(|part| setting.value.contains(part));
        found.sighting(notable, what, WHY, at, &setting.key);
    }
    if look.machine.os() == machine::Os::Windows {
        found.put("keys", &all);
    }
}
