//! What a collector of this computer works with, and what it finds.
//!
//! Everything found is untrusted text: it is cut, and cleaned of what would move a cursor or turn a
//! line around, before it is written down.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use machine::{Machine, Unreadable, browsers, processes, processes::Process};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    Content, Lists, Outcome, Sighting, Taken,
    lists::{Artifact, Kind},
};

use super::Offset;

/// The most characters of one text.
const MOST_TEXT: usize = 4096;
/// The most rows of one kind.
pub(crate) const MOST_ROWS: usize = 20_000;
/// How long ago still is news: 14 days, in seconds.
const NEWS: i64 = 14 * 24 * 3600;
/// The version of the files that are written.
const VERSION: u32 = 1;

/// See the module.
#[derive(Clone)]
pub(crate) struct Look {
    pub(crate) machine: Machine,
    pub(crate) lists: Arc<Lists>,
    pub(crate) offsets: Arc<[Offset]>,
    pub(crate) now: Timestamp,
    /// When the collector's time is over.
    pub(crate) until: Instant,
    pub(crate) seen: Arc<Seen>,
}

/// What more than one collector needs, looked at once.
#[derive(Default)]
pub(crate) struct Seen {
    running: OnceLock<Result<Vec<Process>, Unreadable>>,
}

/// What a collector found so far.
#[derive(Default)]
pub(crate) struct Found {
    rows: Map<String, Value>,
    looked_at: Vec<String>,
    not_read: BTreeMap<String, Why>,
    cut: Vec<String>,
    pub(crate) sightings: Vec<Sighting>,
}

#[derive(Clone, PartialEq, Eq)]
enum Why {
    Denied,
    Odd(String),
}

impl Look {
    pub(crate) fn running(&self) -> &[Process] {
        self.running_or_why().as_deref().unwrap_or_default()
    }

    pub(crate) fn running_or_why(&self) -> &Result<Vec<Process>, Unreadable> {
        self.seen
            .running
            .get_or_init(|| processes::running(&self.machine))
    }

    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Whether `at` is within the last 14 days.
    pub(crate) fn is_news(&self, at: Timestamp) -> bool {
        let age = self.now.as_second() - at.as_second();
        (-NEWS..=NEWS).contains(&age)
    }

    /// Asks a tool for as long as there is time.
    pub(crate) fn ask(&self, found: &mut Found, command: &[&str]) -> Option<String> {
        let left = self.until.saturating_duration_since(Instant::now());
        let within = left
            .min(Duration::from_secs(3))
            .max(Duration::from_millis(50));
        match self.machine.ask_within(command, within) {
            Ok(said) => {
                found.looked_at(command.join(" "));
                Some(said)
            }
            // a tool that is not installed is no gap
            Err(why) if why.ends_with("is not there") => None,
            Err(why) => {
                found.odd(command.join(" "), why);
                None
            }
        }
    }

    /// The files of the list that `collector` reads, each with the artifact that it belongs to.
    pub(crate) fn files(&self, found: &mut Found, collector: &str) -> Vec<(String, Artifact)> {
        let mut all = Vec::new();
        for artifact in self.lists.of(self.machine.os(), collector) {
            if artifact.kind == Kind::Registry {
                continue;
            }
            for pattern in &artifact.paths {
                let (paths, unread) = self.machine.find(pattern);
                for (folder, why) in unread {
                    found.not_read(folder, &why);
                }
                all.extend(paths.into_iter().map(|path| (path, artifact.clone())));
            }
        }
        if all.len() > MOST_ROWS {
            found.cut(format!("only the first {MOST_ROWS} files were looked at"));
            all.truncate(MOST_ROWS);
        }
        all
    }

    /// The keys of the registry that `collector` reads.
    pub(crate) fn keys(&self, collector: &str) -> Vec<String> {
        let artifacts = self.lists.of(self.machine.os(), collector);
        let keys = artifacts.filter(|a| a.kind == Kind::Registry);
        keys.flat_map(|a| a.paths.clone()).collect()
    }

    /// Profiles of browsers.
    pub(crate) fn profiles(&self, found: &mut Found) -> Vec<browsers::Profile> {
        let (profiles, unread) =
            browsers::profiles(&self.machine, &self.lists.browsers, self.running());
        for (place, why) in unread {
            found.not_read(place, &why);
        }
        profiles
    }

    /// Reads a text file and says so.
    pub(crate) fn read(&self, found: &mut Found, path: &str) -> Option<String> {
        let read = self.machine.read(path);
        found.take(path, read)
    }
}

impl Found {
    pub(crate) fn looked_at(&mut self, place: impl Into<String>) {
        self.looked_at.push(place.into());
    }

    /// What was read at `place`, noting why nothing was.
    pub(crate) fn take<T>(&mut self, place: &str, read: Result<T, Unreadable>) -> Option<T> {
        match read {
            Ok(read) => {
                self.looked_at(place);
                Some(read)
            }
            Err(why) => {
                self.not_read(place, &why);
                None
            }
        }
    }

    /// Something is there and could not be read. What is missing is no gap.
    pub(crate) fn not_read(&mut self, place: impl Into<String>, why: &Unreadable) {
        let why = match why {
            Unreadable::Missing => return,
            Unreadable::Denied => Why::Denied,
            Unreadable::Odd(why) => Why::Odd(why.clone()),
        };
        self.not_read.insert(place.into(), why);
    }

    pub(crate) fn odd(&mut self, place: impl Into<String>, why: impl Into<String>) {
        self.not_read.insert(place.into(), Why::Odd(why.into()));
    }

    /// Something is left out, in words.
    pub(crate) fn cut(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.cut.contains(&what) {
            self.cut.push(what);
        }
    }

    /// Puts rows under a name, at most [`MOST_ROWS`] of them.
    pub(crate) fn put(&mut self, name: &str, rows: &impl Serialize) {
        let mut value = serde_json::to_value(rows).unwrap_or(Value::Null);
        if let Value::Array(rows) = &mut value
            && rows.len() > MOST_ROWS
        {
            let left = rows.len() - MOST_ROWS;
            rows.truncate(MOST_ROWS);
            self.cut(format!("{left} more rows of {name} are left out"));
        }
        self.rows.insert(name.to_owned(), value);
    }

    /// Something that belongs on the first page.
    pub(crate) fn see(
        &mut self,
        what: impl Into<String>,
        why: &str,
        at: Option<Timestamp>,
        place: impl Into<String>,
    ) {
        self.sighting(true, what, why, at, place);
    }

    pub(crate) fn sighting(
        &mut self,
        notable: bool,
        what: impl Into<String>,
        why: &str,
        at: Option<Timestamp>,
        place: impl Into<String>,
    ) {
        self.sightings.push(Sighting {
            what: clean(&what.into()),
            why: why.to_owned(),
            notable,
            at,
            place: clean(&place.into()),
        });
    }

    pub(crate) fn outcome(&self, looked_for: &str) -> Outcome {
        let denied = self.not_read.values().any(|why| *why == Why::Denied);
        let reasons = || {
            let not_read = self.not_read.iter().map(|(place, why)| match why {
                Why::Denied => format!("{place} may not be read by this user"),
                Why::Odd(why) => format!("{place}: {why}"),
            });
            let all: Vec<String> = not_read.chain(self.cut.iter().cloned()).collect();
            let shown = all.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
            match all.len() {
                0..=5 => clean(&shown),
                more => clean(&format!("{shown}; and {} more", more - 5)),
            }
        };
        let some = !self.looked_at.is_empty();
        if !self.not_read.is_empty() && !some {
            let why = reasons();
            if denied {
                Outcome::Denied { why }
            } else {
                Outcome::Failed { why }
            }
        } else if !self.not_read.is_empty() || !self.cut.is_empty() {
            Outcome::Partly { why: reasons() }
        } else if some {
            Outcome::Collected
        } else {
            Outcome::NotHere {
                why: format!("no {looked_for} was found"),
            }
        }
    }

    /// The one file that a collector writes: what was looked at, what could not be read, what was
    /// found. Nothing of it is a clock's, so that equal state gives equal bytes.
    pub(crate) fn file(mut self, collector: &str, title: &str) -> Taken {
        self.looked_at.sort();
        self.looked_at.dedup();
        let source = match self.looked_at.as_slice() {
            [] => "nothing could be read".to_owned(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        let not_read: Vec<Value> = self
            .not_read
            .iter()
            .map(|(place, why)| match why {
                Why::Denied => json!({"place": place, "why": "access denied"}),
                Why::Odd(why) => json!({"place": place, "why": why}),
            })
            .collect();
        let mut value = json!({
            "version": VERSION,
            "collector": collector,
            "title": title,
            "looked_at": self.looked_at,
            "not_collected": not_read,
            "left_out": self.cut,
            "found": self.rows,
        });
        tidy(&mut value);
        let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
        bytes.push(b'\n');
        Taken {
            name: format!("{collector}.json"),
            source: clean(&source),
            modified: None,
            content: Content::Bytes(bytes),
        }
    }
}

/// Seconds since 1970 as a time.
pub(crate) fn when(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
}

/// A file's times, as rows have them.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Times {
    /// When it was made, where the file system tells.
    pub(crate) created: Option<Timestamp>,
    /// When it was last written.
    pub(crate) written: Option<Timestamp>,
    /// When anything of it last changed; a program cannot set it back.
    pub(crate) changed: Option<Timestamp>,
}

impl Times {
    pub(crate) fn of(machine: &Machine, path: &str) -> Self {
        let Ok(about) = machine.about(path) else {
            return Self::default();
        };
        let since = |at: std::io::Result<std::time::SystemTime>| {
            let since = at.ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
            when(i64::try_from(since.as_secs()).ok()?)
        };
        Self {
            created: since(about.created()),
            written: since(about.modified()),
            changed: changed(&about),
        }
    }

    /// The latest of them.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.created.max(self.written).max(self.changed)
    }
}

#[cfg(unix)]
fn changed(about: &std::fs::Metadata) -> Option<Timestamp> {
    when(std::os::unix::fs::MetadataExt::ctime(about))
}

#[cfg(not(unix))]
fn changed(_about: &std::fs::Metadata) -> Option<Timestamp> {
    None
}

/// A text that is safe to show and to write, and not too long.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned: String = text.chars().take(MOST_TEXT).map(safe).collect();
    if text.chars().nth(MOST_TEXT).is_some() {
        cleaned.push('…');
    }
    cleaned
}

/// Control characters, and those that turn the direction of a line or are not seen at all.
fn safe(c: char) -> char {
    let unseen = matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if c == '\n' || c == '\t' {
        ' '
    } else if c.is_control() || unseen {
        '\u{fffd}'
    } else {
        c
    }
}

fn tidy(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(rows) => rows.iter_mut().for_each(tidy),
        Value::Object(fields) => {
            let old = std::mem::take(fields);
            for (name, mut value) in old {
                tidy(&mut value);
                fields.insert(clean(&name), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An address of the web as far as it says where something came from: without a name and password, and
/// without what follows a question mark, where sessions and keys stand.
pub(crate) fn origin_of(address: &str) -> String {
    let (address, withheld) = match address.find(['?', '#']) {
        Some(at) => (&address[..at], "?(withheld)"),
        None => (address, ""),
    };
    let bare = match address.split_once("://") {
        Some((scheme, rest)) => {
            let host_end = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(host_end);
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        // `data:` holds the thing itself
        None => address.chars().take(64).collect(),
    };
    bare + withheld
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hostile_in_a_text_is_replaced_and_what_is_long_is_cut() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\nd"), "a\u{fffd}[2Jb\u{fffd}c d");
        assert_eq!(clean(&"x".repeat(9000)).chars().count(), MOST_TEXT + 1);
    }

    #[test]
    fn an_origin_keeps_no_password_and_no_query() {
        assert_eq!(
            origin_of("https://ada:pw@files.example/a.exe?X-Signature=s#f"),
            "https://files.example/a.exe?(withheld)"
        );
        assert_eq!(origin_of("https://files.example"), "https://files.example");
    }

    #[test]
    fn denied_is_a_finding_and_missing_is_not() {
        let mut found = Found::default();
        found.not_read("/none", &Unreadable::Missing);
        assert!(matches!(found.outcome("thing"), Outcome::NotHere { .. }));
        found.not_read("/kept", &Unreadable::Denied);
        assert!(matches!(found.outcome("thing"), Outcome::Denied { .. }));
        found.looked_at("/read");
        let Outcome::Partly { why } = found.outcome("thing") else {
            panic!("partly");
        };
        assert_eq!(why, "/kept may not be read by this user");
        let Content::Bytes(bytes) = found.file("c", "t").content else {
            panic!("bytes");
        };
        let file: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(file["not_collected"][0]["why"], "access denied");
    }
}
