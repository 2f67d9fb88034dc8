//! Logins in the event logs of Windows: who came in how and from where, and who emptied the log.

use std::time::Instant;

use ::evtx::{EvtxParser, ParserSettings};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::look::{Found, Look, clean};

/// The largest log that is read.
const MOST: u64 = 64 * 1024 * 1024;
/// The most events that are kept, the last ones.
const MOST_EVENTS: usize = 5000;
const WHY_LOGIN: &str = "Whoever came in from there could do here what you can do.";
const WHY_CLEARED: &str = "An intruder empties the log so that the logins cannot be seen.";

/// One event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Event {
    at: Option<Timestamp>,
    log: String,
    id: u64,
    what: &'static str,
    user: String,
    /// How: 2 at the keyboard, 3 over the network, 7 unlocked, 10 Remote Desktop.
    login_kind: Option<u64>,
    from: String,
    program: String,
}

/// What each event says.
fn what(id: u64, channel: &str) -> Option<&'static str> {
    let security = channel == "Security";
    match id {
        4624 if security => Some("login"),
        4625 if security => Some("login failed"),
        4648 if security => Some("login with another name and password"),
        1102 if security => Some("the log was emptied"),
        1149 if channel.contains("RemoteConnectionManager") => Some("Remote Desktop came in"),
        _ => None,
    }
}

/// The events of the log at `path` that tell of logins.
pub(super) fn read(look: &Look, found: &mut Found, path: &str) -> Vec<Event> {
    let read = look.machine.read_bytes(path, MOST);
    let Some(bytes) = found.take(path, read) else {
        return Vec::new();
    };
    if bytes.len() as u64 > MOST {
        found.odd(path, "is too large");
        return Vec::new();
    }
    let Some((mut events, broken)) = events(bytes, look.until) else {
        found.odd(path, "is no event log");
        return Vec::new();
    };
    if broken > 0 {
        found.cut(format!("{path}: {broken} events could not be read"));
    }
    if look.is_over() {
        found.cut(format!("{path}: time was over before its end"));
    }
    events.drain(..events.len().saturating_sub(MOST_EVENTS));
    for event in &events {
        sight(look, event, path, found);
    }
    events
}

fn sight(look: &Look, event: &Event, path: &str, found: &mut Found) {
    let Some(at) = event.at.filter(|at| look.is_news(*at)) else {
        return;
    };
    let Event { user, from, .. } = event;
    let elsewhere = super::utmp::is_elsewhere(None, from) && from != "-";
    match event.id {
        1102 => found.see("The log of logins was emptied", WHY_CLEARED, Some(at), path),
        1149 => {
            let what = format!("{user} came in over Remote Desktop from {from}");
            found.see(what, WHY_LOGIN, Some(at), path);
        }
        4624 if event.login_kind == Some(10) || (event.login_kind == Some(3) && elsewhere) => {
            let what = format!("{user} logged in from {from}");
            found.see(what, WHY_LOGIN, Some(at), path);
        }
        _ => {}
    }
}

/// The events of a log, and how many were broken; none where it is no log.
fn events(bytes: Vec<u8>, until: Instant) -> Option<(Vec<Event>, usize)> {
    let settings = ParserSettings::new().num_threads(1).indent(false);
    let mut parser = EvtxParser::from_buffer(bytes)
        .ok()?
        .with_configuration(settings);
    let mut events = Vec::new();
    let mut broken = 0;
    for record in parser.records_json_value() {
        if Instant::now() >= until {
            break;
        }
        match record {
            Ok(record) => events.extend(event(&record.data)),
            Err(_) => broken += 1,
        }
    }
    Some((events, broken))
}

fn event(record: &Value) -> Option<Event> {
    let system = &record["Event"]["System"];
    let channel = system["Channel"].as_str().unwrap_or_default();
    // where it has attributes, its value stands below
    let id = &system["EventID"];
    let id = number(id).or_else(|| number(&id["#text"]))?;
    let what = what(id, channel)?;
    let at = system["TimeCreated"]["#attributes"]["SystemTime"].as_str();
    let told = &record["Event"]["EventData"];
    let rdp = &record["Event"]["UserData"]["EventXML"];
    let text = |value: &Value| {
        value
            .as_str()
            .map(clean)
            .filter(|t| !t.is_empty() && t != "-")
    };
    let first = |values: &[&Value]| values.iter().find_map(|v| text(v)).unwrap_or_default();
    let user = first(&[
        &told["TargetUserName"],
        &rdp["Param1"],
        &record["Event"]["UserData"]["LogFileCleared"]["SubjectUserName"],
        &told["SubjectUserName"],
    ]);
    let domain = first(&[&told["TargetDomainName"], &rdp["Param2"]]);
    Some(Event {
        at: at.and_then(|at| at.parse().ok()),
        log: channel.to_owned(),
        id,
        what,
        user: if domain.is_empty() {
            user
        } else {
            format!("{domain}\\{user}")
        },
        login_kind: number(&told["LogonType"]),
        from: first(&[&told["IpAddress"], &rdp["Param3"], &told["WorkstationName"]]),
        program: first(&[&told["ProcessName"]]),
    })
}

fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use machine::{Machine, Os};
    use serde_json::json;

    use super::*;
    use crate::{Lists, host::look::Seen};

    fn record(id: u64, channel: &str, told: &Value) -> Value {
        json!({"Event": {"System": {"EventID": id, "Channel": channel, "TimeCreated":
            {"#attributes": {"SystemTime": "2026-11-24T10:00:00.5Z"}}}, "EventData": told}})
    }

    fn told(events: &[Event]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        let look = Look {
            machine: Machine::at(root.path(), Os::Windows),
            lists: Arc::new(Lists::shipped()),
            offsets: Arc::new([]),
            now: "2026-11-25T00:00:00Z".parse().unwrap(),
            until: Instant::now(),
            seen: Arc::new(Seen::default()),
        };
        let mut found = Found::default();
        for event in events {
            sight(&look, event, "log", &mut found);
        }
        found.sightings.into_iter().map(|s| s.what).collect()
    }

    #[test]
    fn a_login_over_the_network_and_an_emptied_log_are_told_and_the_rest_is_kept() {
        let login = |kind: &str, from: &str| json!({"TargetUserName": "ada", "TargetDomainName": "PC", "LogonType": kind, "IpAddress": from});
        let emptied = json!({"Event": {"System": {"EventID": {"#attributes": {"Qualifiers": 0}, "#text": 1102},
            "Channel": "Security", "TimeCreated": {"#attributes": {"SystemTime": "2026-11-24T10:00:00Z"}}},
            "UserData": {"LogFileCleared": {"SubjectUserName": "ada"}}}});
        let events: Vec<Event> = [
            record(4624, "Security", &login("10", "203.0.113.9")),
            record(4624, "Security", &login("3", "203.0.113.10")),
            record(4624, "Security", &login("3", "127.0.0.1")),
            record(4624, "Security", &login("2", "-")),
            record(4648, "Security", &login("", "127.0.0.1")),
            record(4624, "Application", &login("10", "203.0.113.9")),
            emptied,
        ]
        .iter()
        .filter_map(event)
        .collect();
        assert_eq!(events.len(), 6);
        assert_eq!(
            told(&events),
            [
                "PC\\ada logged in from 203.0.113.9",
                "PC\\ada logged in from 203.0.113.10",
                "The log of logins was emptied",
            ]
        );
        assert_eq!(events[5].user, "ada");
    }
}
