//! What was downloaded lately, and from where. Of addresses, what follows a question mark is withheld.

use std::collections::BTreeMap;

use jiff::Timestamp;
use machine::{
    Machine, Os, Unreadable,
    browsers::{Family, Profile},
    join, name_of, plain,
};
use serde::Serialize;
use serde_json::Value;

use crate::lists::Kind;

use super::{
    look::{Found, Look, Times, origin_of, when},
    sqlite::{Store, has_more_beside, number, text},
};

/// Seconds between 1601 and 1970, and between 1970 and 2001.
const TO_1970: i64 = 11_644_473_600;
const TO_2001: i64 = 978_307_200;
/// The most files of a folder that are told of.
const MOST_FILES: usize = 1000;
/// Endings of what runs, or is opened and then runs.
const RUNS: [&str; 29] = [
    "exe",
    "msi",
    "msix",
    "bat",
    "cmd",
    "ps1",
    "vbs",
    "js",
    "jse",
    "wsf",
    "hta",
    "scr",
    "lnk",
    "jar",
    "iso",
    "img",
    "dmg",
    "pkg",
    "app",
    "command",
    "deb",
    "rpm",
    "appimage",
    "flatpakref",
    "snap",
    "run",
    "sh",
    "xpi",
    "crx",
];
const WHY: &str = "What steals a session most often came as a download.";

/// One download.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
struct Download {
    at: Option<Timestamp>,
    /// Who knows of it: a browser, the file system, the system.
    told_by: String,
    path: String,
    bytes: Option<u64>,
    from: String,
    /// The page on which it was.
    page: String,
    /// What the browser thought of it, as it numbers that; 0 is harmless.
    danger: Option<i64>,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let mut all = Vec::new();
    for profile in look.profiles(found) {
        let (path, read) = match profile.family {
            Family::Firefox => (join(&profile.folder, "places.sqlite"), firefox as Reader),
            Family::Chrome => (join(&profile.folder, "History"), chrome as Reader),
        };
        match read(look, &profile, &path) {
            Ok((downloads, more)) => {
                found.looked_at(&path);
                all.extend(downloads);
                if more {
                    found.cut(format!("{path} holds more than was read"));
                }
                if has_more_beside(&look.machine, &path) {
                    found.cut(format!(
                        "{path}: what the browser wrote last is not yet in it"
                    ));
                }
            }
            Err(why) => found.not_read(path, &why),
        }
    }
    all.extend(files(look, found));
    all.sort();
    all.dedup();
    for download in &all {
        sight(look, download, found);
    }
    found.put("downloads", &all);
}

type Read = Result<(Vec<Download>, bool), Unreadable>;
type Reader = fn(&Look, &Profile, &str) -> Read;

fn sight(look: &Look, download: &Download, found: &mut Found) {
    let Some(at) = download.at.filter(|at| look.is_news(*at)) else {
        return;
    };
    let name = name_of(&download.path);
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    if !ending.is_some_and(|ending| RUNS.contains(&ending.as_str())) {
        return;
    }
    let what = match download.from.as_str() {
        "" => format!("{name}, a program, was downloaded"),
        from => format!("{name}, a program, was downloaded from {from}"),
    };
    found.see(what, WHY, Some(at), &download.path);
}

fn firefox(look: &Look, profile: &Profile, path: &str) -> Read {
    let store = Store::open(&look.machine, path, look.until)?;
    let select = "SELECT p.url, n.name, a.content, a.dateAdded FROM moz_annos a \
                  JOIN moz_anno_attributes n ON n.id = a.anno_attribute_id \
                  JOIN moz_places p ON p.id = a.place_id WHERE n.name LIKE 'downloads/%'";
    let (rows, more) = store.rows(select, |row| {
        Some((text(row, 0), text(row, 1), text(row, 2), number(row, 3)))
    })?;
    // one download has two notes of the same address
    let mut by_address: BTreeMap<String, Download> = BTreeMap::new();
    for (address, name, content, added) in rows {
        let download = by_address
            .entry(address.clone())
            .or_insert_with(|| Download {
                at: when(added / 1_000_000),
                told_by: profile.browser.clone(),
                path: String::new(),
                bytes: None,
                from: origin_of(&address),
                page: String::new(),
                danger: None,
            });
        if name == "downloads/destinationFileURI" {
            download.path = plain(content.strip_prefix("file://").unwrap_or(&content));
        } else if let Ok(about) = serde_json::from_str::<Value>(&content) {
            download.bytes = about["fileSize"].as_u64();
        }
    }
    Ok((by_address.into_values().collect(), more))
}

fn chrome(look: &Look, profile: &Profile, path: &str) -> Read {
    let store = Store::open(&look.machine, path, look.until)?;
    if store.columns("downloads").is_empty() {
        return Ok((Vec::new(), false));
    }
    let select = "SELECT d.target_path, d.start_time, d.total_bytes, d.tab_url, d.danger_type, (SELECT url \
                  FROM downloads_url_chains c WHERE c.id = d.id ORDER BY c.chain_index DESC LIMIT 1) \
                  FROM downloads d";
    store.rows(select, |row| {
        Some(Download {
            at: when(number(row, 1) / 1_000_000 - TO_1970),
            told_by: profile.browser.clone(),
            path: plain(&text(row, 0)),
            bytes: u64::try_from(number(row, 2)).ok(),
            from: origin_of(&text(row, 5)),
            page: origin_of(&text(row, 3)),
            danger: Some(number(row, 4)),
        })
    })
}

/// What the file system and the system know of files in the folders for downloads.
fn files(look: &Look, found: &mut Found) -> Vec<Download> {
    let mut all = Vec::new();
    let mut paths = look.files(found, "downloads");
    if let Some(own) = own_folder(&look.machine) {
        let (more, unread) = look.machine.find(&join(&own, "*"));
        let known: Vec<String> = paths.iter().map(|(path, _)| path.clone()).collect();
        if let Some((_, artifact)) = paths.first().cloned() {
            let more = more.into_iter().filter(|path| !known.contains(path));
            paths.extend(more.map(|path| (path, artifact.clone())));
        }
        for (folder, why) in unread {
            found.not_read(folder, &why);
        }
    }
    let mut looked = 0;
    for (path, artifact) in paths {
        if artifact.kind == Kind::Quarantine {
            match quarantine(look, &path) {
                Ok(told) => {
                    found.looked_at(&path);
                    all.extend(told);
                }
                Err(why) => found.not_read(path, &why),
            }
            continue;
        }
        let Ok(about) = look.machine.about(&path) else {
            continue;
        };
        if !about.is_file() || path.ends_with(":Zone.Identifier") {
            continue;
        }
        looked += 1;
        if looked > MOST_FILES {
            found.cut(format!(
                "only the first {MOST_FILES} files in folders for downloads were looked at"
            ));
            break;
        }
        found.looked_at(machine::folder_of(&path));
        let (from, page) = origin(&look.machine, &path);
        all.push(Download {
            at: Times::of(&look.machine, &path).latest(),
            told_by: "the file system".to_owned(),
            bytes: Some(about.len()),
            from,
            page,
            danger: None,
            path,
        });
    }
    all
}

/// The folder for downloads, where the desktop has another one.
fn own_folder(machine: &Machine) -> Option<String> {
    let text = machine
        .read(&machine.in_home(".config/user-dirs.dirs"))
        .ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let folder = line
        .trim()
        .trim_matches('"')
        .replace("$HOME", machine.home());
    (folder.starts_with('/') && folder.trim_end_matches('/') != machine.home()).then_some(folder)
}

/// From where a file came, and on which page, as its file system noted it.
fn origin(machine: &Machine, path: &str) -> (String, String) {
    match machine.os() {
        Os::Linux => {
            let note = |name| origin_of(&note(machine, path, name));
            (note("user.xdg.origin.url"), note("user.xdg.referrer.url"))
        }
        // `0081;5f3c1a2b;Safari;UUID`
        Os::MacOs => (note(machine, path, "com.apple.quarantine"), String::new()),
        Os::Windows => {
            let zone = machine.read(&format!("{path}:Zone.Identifier"));
            let zone = machine::Ini::parse(&zone.unwrap_or_default());
            let told = |name| origin_of(zone.get(name).unwrap_or_default());
            (told("HostUrl"), told("ReferrerUrl"))
        }
    }
}

#[cfg(unix)]
fn note(machine: &Machine, path: &str, name: &str) -> String {
    let mut buffer = vec![0; 4096];
    let read = rustix::fs::getxattr(machine.real(path), name, &mut buffer);
    read.map_or_else(
        |_| String::new(),
        |length| String::from_utf8_lossy(&buffer[..length.min(4096)]).into_owned(),
    )
}

#[cfg(not(unix))]
fn note(_machine: &Machine, _path: &str, _name: &str) -> String {
    String::new()
}

/// What macOS noted of downloads, in seconds since 2001.
fn quarantine(look: &Look, path: &str) -> Result<Vec<Download>, Unreadable> {
    let store = Store::open(&look.machine, path, look.until)?;
    let select = "SELECT CAST(LSQuarantineTimeStamp AS INTEGER), LSQuarantineAgentName, \
                  LSQuarantineDataURLString, LSQuarantineOriginURLString FROM LSQuarantineEvent";
    let (all, _) = store.rows(select, |row| {
        let address = text(row, 2);
        let from = origin_of(&address);
        let name = name_of(from.trim_end_matches("?(withheld)"));
        Some(Download {
            at: when(number(row, 0) + TO_2001),
            told_by: text(row, 1),
            path: name.to_owned(),
            bytes: None,
            page: origin_of(&text(row, 3)),
            danger: None,
            from: from.clone(),
        })
    })?;
    Ok(all)
}
