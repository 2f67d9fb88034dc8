//! Who is logged in now, and from where.

use jiff::Timestamp;
use machine::{Ini, Os};
use serde::Serialize;

use crate::lists::Kind;

use super::{
    look::{Found, Look, when},
    utmp,
};

/// What is read of the record of who is logged in.
const MOST: u64 = 1024 * 1024;
const WHY: &str = "Whoever is logged in from there does here what you can do.";

/// A session of systemd's login manager.
#[derive(Serialize)]
struct Session {
    id: String,
    user: Option<String>,
    kind: Option<String>,
    service: Option<String>,
    state: Option<String>,
    seat: Option<String>,
    remote: bool,
    remote_host: Option<String>,
    leader: Option<u32>,
    since: Option<Timestamp>,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    match look.machine.os() {
        Os::Linux => linux(look, found),
        Os::MacOs => {
            let said = look.ask(found, &["who"]).unwrap_or_default();
            let lines: Vec<&str> = said.lines().collect();
            found.put("logged_in", &lines);
            for line in &lines {
                if let Some(host) = in_brackets(line).filter(|h| utmp::is_elsewhere(None, h)) {
                    let user = line.split_whitespace().next().unwrap_or_default();
                    found.see(format!("{user} is logged in from {host}"), WHY, None, "who");
                }
            }
        }
        Os::Windows => {
            let said = look.ask(found, &["quser"]).unwrap_or_default();
            let lines: Vec<&str> = said.lines().collect();
            found.put("logged_in", &lines);
            for line in &lines {
                let is_rdp = line.to_lowercase().contains("rdp-tcp#");
                if let Some(user) = line.split_whitespace().next().filter(|_| is_rdp) {
                    let user = user.trim_start_matches('>');
                    let what = format!("{user} is logged in over Remote Desktop");
                    found.see(what, WHY, None, "quser");
                }
            }
        }
    }
}

fn linux(look: &Look, found: &mut Found) {
    let mut sessions = Vec::new();
    let mut logins = Vec::new();
    for (path, artifact) in look.files(found, "users") {
        if artifact.kind == Kind::Utmp {
            let read = look.machine.read_bytes(&path, MOST);
            if let Some(bytes) = found.take(&path, read) {
                logins.extend(utmp::records(&bytes));
            }
        } else if !path.contains(".ref")
            && let Ok(text) = look.machine.read(&path)
        {
            // beside each session lies a pipe, which is no plain file
            found.looked_at(&path);
            sessions.push(session(machine::name_of(&path), &Ini::parse(&text)));
        }
    }
    logins.retain(|login| login.what == "login");
    for login in logins.iter().filter(|login| login.is_from_elsewhere()) {
        let what = format!("{} is logged in from {}", login.user, login.from());
        found.see(what, WHY, login.at, "/run/utmp");
    }
    for session in sessions.iter().filter(|session| session.remote) {
        let host = session.remote_host.as_deref().unwrap_or("another computer");
        let known = logins.iter().any(|login| login.from() == host);
        if !known && utmp::is_elsewhere(None, host) {
            let user = session.user.as_deref().unwrap_or("Somebody");
            let what = format!("{user} is logged in from {host}");
            found.see(what, WHY, session.since, format!("session {}", session.id));
        }
    }
    found.put("logged_in", &logins);
    found.put("sessions", &sessions);
    let session_type = look.machine.variable("XDG_SESSION_TYPE");
    found.put("this_session", &session_type);
}

fn session(id: &str, told: &Ini) -> Session {
    let text = |name: &str| told.get(name).map(str::to_owned);
    let since = told.get("REALTIME").and_then(|at| at.parse::<i64>().ok());
    Session {
        id: id.to_owned(),
        user: text("USER"),
        kind: text("TYPE"),
        service: text("SERVICE"),
        state: text("STATE"),
        seat: text("SEAT"),
        remote: told.is("REMOTE", "1"),
        remote_host: text("REMOTE_HOST"),
        leader: told.get("LEADER").and_then(|pid| pid.parse().ok()),
        since: since.and_then(|us| when(us / 1_000_000)),
    }
}

/// `ada  ttys001  Nov 24 19:00 (203.0.113.9)`.
fn in_brackets(line: &str) -> Option<&str> {
    line.trim_end()
        .strip_suffix(')')?
        .rsplit_once('(')
        .map(|(_, host)| host)
}
