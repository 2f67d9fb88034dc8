//! What runs: program, digest, parent, start, user, arguments.
//!
//! Arguments are kept as they are: what of them is a secret is withheld when they leave.

use std::{collections::BTreeMap, io::Read, time::Instant};

use jiff::Timestamp;
use machine::{Machine, Os, Unreadable, join, plain, remote::hides_others};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::look::{Found, Look, clean, when};

/// The largest program of which a digest is made.
const MOST_PROGRAM: u64 = 512 * 1024 * 1024;
/// The most characters of all arguments of one program.
const MOST_ARGUMENTS: usize = 16 * 1024;
/// How many of the kernel's ticks a second has, towards programs.
const TICKS: i64 = 100;
/// Where a program that was started by a person does not usually lie.
const ODD_FOLDERS: [&str; 4] = ["/tmp/", "/var/tmp/", "/dev/shm/", "/run/user/"];

/// One program that runs.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Program {
    pid: u32,
    parent: Option<u32>,
    name: String,
    path: Option<String>,
    /// Whether its file was taken away since it started.
    deleted: bool,
    sha256: Option<String>,
    uid: Option<u32>,
    user: Option<String>,
    started: Option<Timestamp>,
    /// In one text, so that what stands behind `--password` is seen to stand there.
    #[serde(rename = "command", serialize_with = "one_text")]
    arguments: Vec<String>,
}

/// Arguments as they would be typed: those with blanks in quotes.
fn one_text<S: serde::Serializer>(arguments: &[String], to: S) -> Result<S::Ok, S::Error> {
    let typed: Vec<String> = arguments
        .iter()
        .map(|argument| {
            if argument.is_empty() || argument.contains(char::is_whitespace) {
                format!("'{argument}'")
            } else {
                argument.clone()
            }
        })
        .collect();
    to.serialize_str(&typed.join(" "))
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let programs = match look.machine.os() {
        Os::Linux => linux(look, found),
        Os::MacOs => look
            .ask(
                found,
                &["ps", "-axww", "-o", "pid=,ppid=,user=,lstart=,comm="],
            )
            .map(|said| of_ps(&said))
            .unwrap_or_default(),
        Os::Windows => look
            .ask(found, &POWERSHELL)
            .map(|said| of_powershell(&said))
            .unwrap_or_default(),
    };
    for program in &programs {
        odd(program, found);
    }
    found.put("processes", &programs);
}

fn odd(program: &Program, found: &mut Found) {
    let Program { name, pid, .. } = program;
    let Some(path) = &program.path else { return };
    let place = format!("process {pid}");
    if program.deleted && ODD_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        let what = format!("{name} runs from {path}, which was deleted");
        let why = "Malware deletes its file when it has started.";
        found.see(what, why, program.started, place);
    } else if ODD_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        let what = format!("{name} runs from {path}");
        let why = "Programs that were installed do not lie there.";
        found.sighting(false, what, why, program.started, place);
    }
}

fn linux(look: &Look, found: &mut Found) -> Vec<Program> {
    let machine = &look.machine;
    let running = match look.running_or_why() {
        Ok(running) => running,
        Err(why) => {
            found.not_read("/proc", why);
            return Vec::new();
        }
    };
    found.looked_at("/proc");
    if hides_others(machine) {
        found.cut("programs of other users are hidden: /proc is mounted with hidepid");
    }
    let users = users(machine);
    let stat = machine.read("/proc/stat").unwrap_or_default();
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime "));
    let boot: Option<i64> = boot.and_then(|at| at.trim().parse().ok());
    let mut digests = Digests::default();
    let mut programs = Vec::new();
    let mut kept = 0;
    for process in running {
        let folder = format!("/proc/{}", process.pid);
        let stat = machine.read(&join(&folder, "stat")).unwrap_or_default();
        let (parent, ticks) = parent_and_start(&stat).unzip();
        let exe = join(&folder, "exe");
        let link = machine.link(&exe);
        // the kernel's own threads have none
        if link.is_none() && !process.arguments.is_empty() {
            kept += 1;
        }
        let deleted = link
            .as_ref()
            .is_some_and(|path| path.ends_with(" (deleted)"));
        let path = link.map(|path| path.trim_end_matches(" (deleted)").to_owned());
        // through the process itself, the program that runs is read, also when its file was replaced
        let bytes = if machine.is_this() {
            Some(exe)
        } else {
            path.clone()
        };
        let sha256 = path.as_ref().and_then(|path| {
            let key = if deleted {
                format!("{path} of {}", process.pid)
            } else {
                path.clone()
            };
            digests.of(machine, key, &bytes?, look.until)
        });
        programs.push(Program {
            pid: process.pid,
            parent,
            name: process.name.clone(),
            path,
            deleted,
            sha256,
            uid: process.uid,
            user: process.uid.and_then(|uid| users.get(&uid).cloned()),
            started: boot
                .zip(ticks)
                .and_then(|(boot, ticks)| when(boot + ticks / TICKS)),
            arguments: bounded(&process.arguments),
        });
    }
    if kept > 0 {
        found.cut(format!("access denied to the program of {kept} processes"));
    }
    if digests.left > 0 {
        let left = digests.left;
        found.cut(format!(
            "no digest of {left} programs: too large, or no time was left"
        ));
    }
    programs
}

/// When a process started, where the kernel tells.
pub(super) fn started(machine: &Machine, pid: u32) -> Option<Timestamp> {
    let stat = machine.read("/proc/stat").ok()?;
    let boot: i64 = stat
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()?;
    let (_, ticks) = parent_and_start(&machine.read(&format!("/proc/{pid}/stat")).ok()?)?;
    when(boot + ticks / TICKS)
}

/// Digests of programs, each made once.
#[derive(Default)]
struct Digests {
    made: BTreeMap<String, Option<String>>,
    left: usize,
}

impl Digests {
    fn of(&mut self, machine: &Machine, key: String, path: &str, until: Instant) -> Option<String> {
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let made = match digest(machine, path, MOST_PROGRAM, until) {
            Ok(Some(made)) => Some(made),
            Ok(None) => {
                self.left += 1;
                None
            }
            Err(_) => None,
        };
        self.made.insert(key, made.clone());
        made
    }
}

/// The SHA-256 of a file; none where it is larger than `most` or the time is over.
pub(super) fn digest(
    machine: &Machine,
    path: &str,
    most: u64,
    until: Instant,
) -> Result<Option<String>, Unreadable> {
    let mut file = machine.open(path)?;
    if file.metadata().is_ok_and(|about| about.len() > most) {
        return Ok(None);
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut length = 0;
    loop {
        if Instant::now() >= until || length > most {
            return Ok(None);
        }
        let read = file.read(&mut buffer).map_err(|e| Unreadable::from(&e))?;
        if read == 0 {
            return Ok(Some(hex::encode(hasher.finalize())));
        }
        length += read as u64;
        hasher.update(&buffer[..read]);
    }
}

/// Users' names by their numbers.
pub(super) fn users(machine: &Machine) -> BTreeMap<u32, String> {
    let passwd = machine.read("/etc/passwd").unwrap_or_default();
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        Some((fields.nth(1)?.parse().ok()?, name.to_owned()))
    };
    passwd.lines().filter_map(user).collect()
}

/// Of `/proc/N/stat`: `412 (a name) b) S 1 ...`, where the start is the 22nd field, in ticks.
fn parent_and_start(stat: &str) -> Option<(u32, i64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let ticks = fields.nth(17)?.parse().ok()?;
    Some((parent, ticks))
}

fn bounded(arguments: &[String]) -> Vec<String> {
    let mut left = MOST_ARGUMENTS;
    let mut kept = Vec::new();
    for argument in arguments {
        let argument = clean(argument);
        if argument.len() > left {
            kept.push("…".to_owned());
            break;
        }
        left -= argument.len();
        kept.push(argument);
    }
    kept
}

/// `  412     1 ada   Tue Nov 24 19:36:57 2026     /Applications/x.app/Contents/MacOS/x`.
fn of_ps(said: &str) -> Vec<Program> {
    let program = |line: &str| {
        let mut rest = line.trim_start();
        let mut next = || {
            let (field, after) = rest.split_once(char::is_whitespace)?;
            rest = after.trim_start();
            Some(field)
        };
        let pid = next()?.parse().ok()?;
        let parent = next()?.parse().ok();
        let user = next()?.to_owned();
        let start: Vec<&str> = (0..5).map_while(|_| next()).collect();
        let path = rest.trim_end().to_owned();
        Some(Program {
            pid,
            parent,
            name: machine::name_of(&path).to_owned(),
            deleted: false,
            sha256: None,
            uid: None,
            user: Some(user),
            // it is of this computer's zone
            started: local(&start.join(" ")),
            arguments: Vec::new(),
            path: Some(path),
        })
    };
    said.lines().filter_map(program).collect()
}

/// `Tue Nov 24 19:36:57 2026`, of this computer's zone.
fn local(text: &str) -> Option<Timestamp> {
    let at = jiff::civil::DateTime::strptime("%a %b %d %H:%M:%S %Y", text).ok()?;
    let zoned = at.in_tz(jiff::tz::TimeZone::system().iana_name()?).ok()?;
    Some(zoned.timestamp())
}

const POWERSHELL: [&str; 5] = [
    "powershell",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "Get-CimInstance Win32_Process | Select-Object ProcessId,ParentProcessId,Name,CreationDate,\
     ExecutablePath,CommandLine | ConvertTo-Json -Compress",
];

/// `[{"ProcessId":4712,"CreationDate":"/Date(1763970000000)/",...}]`.
fn of_powershell(said: &str) -> Vec<Program> {
    let all: Value = serde_json::from_str(said.trim_start_matches('\u{feff}')).unwrap_or_default();
    let program = |told: &Value| {
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        let number = |name: &str| told[name].as_u64().and_then(|n| u32::try_from(n).ok());
        let started = told["CreationDate"].as_str().and_then(|date| {
            let ms = date.strip_prefix("/Date(")?.strip_suffix(")/")?;
            when(ms.parse::<i64>().ok()? / 1000)
        });
        let name = text("Name").unwrap_or_default();
        Some(Program {
            pid: number("ProcessId")?,
            parent: number("ParentProcessId"),
            name: name.strip_suffix(".exe").unwrap_or(&name).to_owned(),
            path: text("ExecutablePath").map(|path| plain(&path)),
            deleted: false,
            sha256: None,
            uid: None,
            user: None,
            started,
            arguments: text("CommandLine").into_iter().collect(),
        })
    };
    let rows = all.as_array().into_iter().flatten();
    rows.filter_map(program).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_hide_the_parent_and_the_start() {
        let stat = "412 (a) b) S 7 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 12345 99 1\n";
        assert_eq!(parent_and_start(stat), Some((7, 12345)));
        assert_eq!(parent_and_start("nonsense"), None);
    }

    #[test]
    fn ps_of_macos_and_powershell_of_windows_are_read() {
        let said = "  412     1 ada      Tue Nov 24 19:36:57 2026     /Applications/Any Desk.app/\
                    Contents/MacOS/AnyDesk\n nonsense\n";
        let all = of_ps(said);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].pid, &*all[0].name), (412, "AnyDesk"));
        assert_eq!(all[0].user.as_deref(), Some("ada"));
        let said = r#"[{"ProcessId":4712,"ParentProcessId":1,"Name":"AnyDesk.exe","CreationDate":
            "\/Date(1763970000000)\/","ExecutablePath":"C:\\Program Files\\AnyDesk\\AnyDesk.exe",
            "CommandLine":"AnyDesk --service"},{"ProcessId":0,"Name":"System Idle Process"}]"#;
        let all = of_powershell(said);
        assert_eq!(all.len(), 2);
        assert_eq!(
            all[0].path.as_deref(),
            Some("/Program Files/AnyDesk/AnyDesk.exe")
        );
        assert_eq!(
            (&*all[0].name, all[0].started),
            ("AnyDesk", when(1_763_970_000))
        );
        assert!(of_powershell("Zugriff verweigert").is_empty());
    }

    #[test]
    fn endless_arguments_are_cut() {
        let kept = bounded(&vec!["x".repeat(4000); 9]);
        assert_eq!(kept.len(), 5);
        assert_eq!(kept[4], "…");
    }
}
