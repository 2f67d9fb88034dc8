//! Logins in the unified log of macOS, as `log show` prints it, and in `last`.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    look::{Found, Look, clean},
    utmp,
};

const SHOW: [&str; 9] = [
    "log",
    "show",
    "--last",
    "7d",
    "--style",
    "syslog",
    "--predicate",
    "process == \"sshd\" OR process == \"sshd-session\" OR process == \"screensharingd\" OR \
     (process == \"loginwindow\" AND eventMessage CONTAINS \"login\")",
    "--info",
];
const WHY: &str = "Whoever came in from there could do here what you can do.";

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Line {
    at: Option<Timestamp>,
    by: String,
    text: String,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    if let Some(said) = look.ask(found, &SHOW) {
        let lines: Vec<Line> = said.lines().filter_map(line).collect();
        for line in &lines {
            let from = from(&line.text).filter(|from| utmp::is_elsewhere(None, from));
            if let Some(from) = from
                && line.at.is_some_and(|at| look.is_news(at))
            {
                let what = format!("Somebody logged in from {from} ({})", line.by);
                found.see(what, WHY, line.at, "the unified log");
            }
        }
        found.put("log", &lines);
    }
    if let Some(said) = look.ask(found, &["last", "-200"]) {
        let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
        found.put("last", &lines);
    }
}

/// `2026-11-24 19:36:57.123456+0100  host sshd[412]: Accepted publickey for ada from 203.0.113.9 ...`.
fn line(text: &str) -> Option<Line> {
    let (at, rest) = text.split_at_checked(31)?;
    let at = Timestamp::strptime("%Y-%m-%d %H:%M:%S%.f%z", at.trim()).ok()?;
    let (_, rest) = rest.trim_start().split_once(' ')?;
    let (by, text) = rest.split_once("]: ")?;
    let by = by.split('[').next()?;
    Some(Line {
        at: Some(at),
        by: by.to_owned(),
        text: clean(text),
    })
}

/// From where a line says that somebody was let in.
fn from(text: &str) -> Option<&str> {
    let is_login = text.contains("Accepted ") || text.contains("Authentication: SUCCEEDED");
    if !is_login {
        return None;
    }
    if let Some((_, rest)) = text.split_once("Viewer Address: ") {
        return rest.split([' ', ':']).next();
    }
    let (_, rest) = text.split_once(" from ")?;
    rest.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_unified_log_says_when_who_and_from_where() {
        let told = line(
            "2026-11-24 19:36:57.123456+0100  mac sshd[412]: Accepted publickey for ada from \
             203.0.113.9 port 50222 ssh2",
        )
        .unwrap();
        assert_eq!(
            told.at,
            Some("2026-11-24T18:36:57.123456Z".parse().unwrap())
        );
        assert_eq!(
            (told.by.as_str(), from(&told.text)),
            ("sshd", Some("203.0.113.9"))
        );
        let screen = "Authentication: SUCCEEDED :: User Name: ada :: Viewer Address: 203.0.113.9 :: Type: DH";
        assert_eq!(from(screen), Some("203.0.113.9"));
        assert_eq!(from("Failed password for ada from 203.0.113.9"), None);
        assert_eq!(line("Timestamp                       (process)[PID]"), None);
    }
}
