//! The guided export of readable logs: TWS and IB Gateway keep theirs encrypted, and write readable
//! ones only when the person asks for it in their window. What appears is waited for and taken in.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use machine::{Machine, plain, processes, trading::Found};
use serde::Serialize;

use super::{
    collector::Collector,
    files::{self, Seen},
    tws::{self, Jts},
};
use crate::Collected;

const EXPORT: (&str, &str) = ("tws-log-export", "Readable logs, exported now");
/// How long a file must not have grown before it is taken in.
const RESTS_FOR: SignedDuration = SignedDuration::from_secs(3);

/// How the person exports readable logs from a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ExportGuide {
    /// Which program.
    pub program: &'static str,
    /// What to do first, a sentence.
    pub before: &'static str,
    /// The ways through its menu, one for each log, as its names of them from the left.
    pub menus: &'static [&'static [&'static str]],
    /// The names of the files that appear.
    pub files: &'static [&'static str],
    /// What to know besides, a sentence.
    pub note: &'static str,
}

/// The ways that IBKR's documents name.
pub fn guides() -> &'static [ExportGuide] {
    const BEFORE: &str = "Do it before the program is closed or logged off: readable logs come only \
                          from a running session.";
    const NOTE: &str = "Save them in the folder that is offered, or name another one here. The API's \
                        log is there only if \"Create API message log file\" was on.";
    &[
        ExportGuide {
            program: "TWS",
            before: BEFORE,
            menus: &[
                &[
                    "Help",
                    "Troubleshooting",
                    "Diagnostics",
                    "API Logs",
                    "Export Today Logs",
                ],
                &[
                    "Help",
                    "Troubleshooting",
                    "Diagnostics",
                    "TWS Logs",
                    "Export Today Logs",
                ],
            ],
            files: &["api-exported-logs.txt", "tws-exported-logs.txt"],
            note: NOTE,
        },
        ExportGuide {
            program: "IB Gateway",
            before: BEFORE,
            menus: &[
                &["File", "API Logs", "Export Today Logs"],
                &["File", "Gateway Logs", "Export Today Logs"],
            ],
            files: &["api-exported-logs.txt", "gateway-exported-logs.txt"],
            note: NOTE,
        },
    ]
}

/// Waits for an export. Asked from time to time, it never waits by itself.
#[derive(Debug)]
pub struct ExportWatch {
    machine: Machine,
    folders: Vec<String>,
    /// Folders that the person named: any text there counts that is new.
    named: Vec<String>,
    zone: TimeZone,
    /// What each file was when it was last looked at.
    known: BTreeMap<String, Known>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Known {
    bytes: u64,
    modified: Option<Timestamp>,
    /// Since when it is so; nothing for what was there before, or is taken in.
    since: Option<Timestamp>,
}

impl ExportWatch {
    /// Looks at what is there now: only what appears or changes after this is an export.
    pub fn begin(machine: &Machine) -> Self {
        let running = processes::running(machine).unwrap_or_default();
        let found = Found::on(machine, &running);
        let jts: Vec<Jts> = found
            .jts
            .iter()
            .map(|path| Jts::of(machine, path))
            .collect();
        let mut watch = Self {
            machine: machine.clone(),
            folders: tws::export_folders(machine, &jts),
            named: Vec::new(),
            zone: jts.first().map_or_else(TimeZone::system, Jts::zone),
            known: BTreeMap::new(),
        };
        watch.know_what_is_there();
        watch
    }

    /// Looks in this folder too; there, every new text or log counts, whatever its name.
    pub fn look_in(&mut self, folder: &str) {
        let folder = plain(folder);
        let folder = folder.trim_end_matches('/');
        if !self.named.iter().any(|known| known == folder) {
            self.named.push(folder.to_owned());
            self.know_what_is_there();
        }
    }

    /// The folders that are watched, as the machine knows them.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().chain(&self.named).map(String::as_str)
    }

    /// Looks again, at the time `now`. Exports that have appeared or changed and rest by now are
    /// taken in, each once.
    pub fn poll(&mut self, now: Timestamp) -> Option<Collected> {
        let mut collector = Collector::new(EXPORT);
        let mut any = false;
        for file in self.seen() {
            if !self.rests(&file, now) {
                continue;
            }
            any = true;
            if file.bytes > files::FILE_AT_MOST {
                let most = files::FILE_AT_MOST >> 20;
                collector.lack(format!("{} is larger than {most} MiB", file.path));
                continue;
            }
            collector.take(file.taken(&self.machine));
            tws::readable(&self.machine, &file, self.zone.clone(), &mut collector);
        }
        any.then(|| collector.end("No export has appeared"))
    }

    /// Whether a file is new or changed, and has rested; it is then known, and rests no more.
    fn rests(&mut self, file: &Seen, now: Timestamp) -> bool {
        let known = self.known.get(&file.path).copied();
        let same = known.filter(|k| k.bytes == file.bytes && k.modified == file.modified);
        let since = match same {
            Some(Known { since, .. }) => since,
            None => Some(now),
        };
        let rested = since.is_some_and(|since| {
            file.bytes > 0 && same.is_some() && now.duration_since(since) >= RESTS_FOR
        });
        let entry = Known {
            bytes: file.bytes,
            modified: file.modified,
            since: since.filter(|_| !rested),
        };
        self.known.insert(file.path.clone(), entry);
        rested
    }

    fn know_what_is_there(&mut self) {
        for file in self.seen() {
            self.known.entry(file.path).or_insert(Known {
                bytes: file.bytes,
                modified: file.modified,
                since: None,
            });
        }
    }

    fn seen(&self) -> Vec<Seen> {
        // a folder that cannot be read has no export that could be taken in
        let mut unread = Collector::new(EXPORT);
        let usual = self.folders.iter().map(|folder| (folder, true));
        let named = self.named.iter().map(|folder| (folder, false));
        let mut seen: Vec<Seen> = usual
            .chain(named)
            .flat_map(|(folder, by_name)| {
                let wanted = |name: &str| {
                    tws::is_export(name) || (!by_name && files::ends_in(name, &["txt", "log"]))
                };
                files::in_folder(&self.machine, folder, wanted, &mut unread)
            })
            .collect();
        seen.sort_by(|a, b| a.path.cmp(&b.path));
        seen.dedup_by(|a, b| a.path == b.path);
        seen
    }
}
