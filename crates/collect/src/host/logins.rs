//! Logins until now: wtmp, btmp, lastlog and the journal of Linux, the unified log of macOS, the event
//! logs of Windows. What needs an administrator is told as not collected.

use jiff::Timestamp;
use machine::{Machine, Os};
use serde::Serialize;
use serde_json::Value;

use crate::lists::Kind;

use super::{
    event_log,
    look::{Found, Look, clean, when},
    mac_log, programs, utmp,
};

/// What is read of the end of a record.
const MOST: usize = 8 * 1024 * 1024;
/// How many lines of the journal are asked for.
const LINES: &str = "2000";
const WHY: &str = "Whoever came in from there could do here what you can do.";
/// Whose lines of the journal tell of logins.
const WRITERS: [&str; 10] = [
    "SYSLOG_IDENTIFIER=sshd",
    "SYSLOG_IDENTIFIER=sshd-session",
    "SYSLOG_IDENTIFIER=systemd-logind",
    "SYSLOG_IDENTIFIER=sudo",
    "SYSLOG_IDENTIFIER=su",
    "SYSLOG_IDENTIFIER=login",
    "SYSLOG_IDENTIFIER=gdm-password]",
    "SYSLOG_IDENTIFIER=lightdm",
    "SYSLOG_IDENTIFIER=polkitd",
    "SYSLOG_IDENTIFIER=xrdp-sesman",
];

/// One line of the journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Line {
    at: Option<Timestamp>,
    by: String,
    pid: Option<u32>,
    text: String,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    records(look, found);
    match look.machine.os() {
        Os::Linux => journal(look, found),
        Os::MacOs => mac_log::look(look, found),
        Os::Windows => {}
    }
}

fn records(look: &Look, found: &mut Found) {
    let (mut logins, mut failed, mut last, mut events) = (vec![], vec![], vec![], vec![]);
    for (path, artifact) in look.files(found, "logins") {
        let kind = artifact.kind;
        if kind == Kind::Wtmp {
            logins.extend(of_record(look, found, &path));
        } else if kind == Kind::Btmp {
            failed.extend(of_record(look, found, &path));
        } else if kind == Kind::Lastlog {
            let read = look.machine.read_bytes(&path, MOST as u64);
            if let Some(bytes) = found.take(&path, read) {
                last.extend(named(&look.machine, utmp::last(&bytes)));
            }
        } else if kind == Kind::Evtx {
            events.extend(event_log::read(look, found, &path));
        }
    }
    logins.sort();
    for login in logins
        .iter()
        .filter(|login| login.what == "login" && login.is_from_elsewhere())
    {
        if let Some(at) = login.at.filter(|at| look.is_news(*at)) {
            let what = format!("{} logged in from {}", login.user, login.from());
            found.see(what, WHY, Some(at), "/var/log/wtmp");
        }
    }
    if !failed.is_empty() {
        let at = failed
            .iter()
            .filter_map(|login: &utmp::Login| login.at)
            .max();
        let what = format!("{} logins failed", failed.len());
        found.sighting(false, what, "", at, "/var/log/btmp");
    }
    if look.machine.os() == Os::Linux {
        found.put("logins", &logins);
        found.put("failed_logins", &failed);
        found.put("last_logins", &last);
    } else {
        found.put("events", &events);
    }
}

fn of_record(look: &Look, found: &mut Found, path: &str) -> Vec<utmp::Login> {
    let length = look.machine.about(path).map_or(0, |about| about.len());
    let read = look.machine.read_end(path, utmp::whole(MOST, length));
    let Some((bytes, more)) = found.take(path, read) else {
        return Vec::new();
    };
    if more {
        found.cut(format!(
            "{path}: only its last {} MiB were read",
            MOST >> 20
        ));
    }
    utmp::records(&bytes)
}

fn named(machine: &Machine, all: Vec<(usize, utmp::Login)>) -> Vec<utmp::Login> {
    let users = programs::users(machine);
    let name = |uid: usize| {
        let name = u32::try_from(uid)
            .ok()
            .and_then(|uid| users.get(&uid).cloned());
        name.unwrap_or_else(|| format!("user {uid}"))
    };
    all.into_iter()
        .map(|(uid, login)| utmp::Login {
            user: name(uid),
            ..login
        })
        .collect()
}

fn journal(look: &Look, found: &mut Found) {
    let mut command = vec![
        "journalctl",
        "-q",
        "--no-pager",
        "-o",
        "json",
        "-n",
        LINES,
        "--since",
        "-30 days",
    ];
    command.extend(WRITERS);
    let Some(said) = look.ask(found, &command) else {
        return;
    };
    let lines: Vec<Line> = said.lines().filter_map(line).collect();
    for line in &lines {
        if let Some((user, from)) = accepted(&line.text)
            && utmp::is_elsewhere(None, from)
            && line.at.is_some_and(|at| look.is_news(at))
        {
            let what = format!("{user} logged in over SSH from {from}");
            found.see(what, WHY, line.at, "the journal");
        }
    }
    found.put("journal", &lines);
}

/// A line of `journalctl -o json`; a text that is not UTF-8 is a list of bytes.
fn line(json: &str) -> Option<Line> {
    let told: Value = serde_json::from_str(json).ok()?;
    let text = match &told["MESSAGE"] {
        Value::String(text) => text.clone(),
        Value::Array(bytes) => {
            let bytes = bytes
                .iter()
                .filter_map(|byte| u8::try_from(byte.as_u64()?).ok());
            String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    let at = told["__REALTIME_TIMESTAMP"].as_str()?.parse::<i64>().ok()?;
    let pid = told["_PID"].as_str().and_then(|pid| pid.parse().ok());
    let by = told["SYSLOG_IDENTIFIER"].as_str().unwrap_or_default();
    Some(Line {
        at: when(at / 1_000_000),
        by: by.to_owned(),
        pid,
        text: clean(&text),
    })
}

/// `Accepted publickey for ada from 203.0.113.9 port 50222 ssh2: ...`.
fn accepted(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.strip_prefix("Accepted ")?.split_once(" for ")?;
    let (user, rest) = rest.split_once(" from ")?;
    Some((user, rest.split(' ').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_journal_is_read_also_where_its_text_is_bytes() {
        let text = r#"{"MESSAGE":"Accepted password for ada from 203.0.113.9 port 1 ssh2","_PID":"7",
            "__REALTIME_TIMESTAMP":"1763970000000000","SYSLOG_IDENTIFIER":"sshd"}"#;
        let told = line(text).unwrap();
        assert_eq!((told.at, told.pid), (when(1_763_970_000), Some(7)));
        assert_eq!(accepted(&told.text), Some(("ada", "203.0.113.9")));
        let bytes = r#"{"MESSAGE":[97,27,98],"__REALTIME_TIMESTAMP":"1763970000000000"}"#;
        assert_eq!(line(bytes).unwrap().text, "a\u{fffd}b");
        assert_eq!(line("nonsense"), None);
        assert_eq!(accepted("Accepted nonsense"), None);
    }
}
