//! The next rehearsal as a calendar entry (RFC 5545).

use jiff::{SignedDuration, Timestamp};

use super::Schedule;

/// The longest line, in octets, without its end (RFC 5545, 3.1).
const LONGEST: usize = 75;
/// How long a rehearsal is taken to last.
const LASTS: SignedDuration = SignedDuration::from_mins(15);

/// One calendar with one entry and one reminder, the same entry each time it is exported: a calendar
/// that has it already moves it. `title` is what is to be rehearsed.
pub fn ics(schedule: &Schedule, title: &str, now: Timestamp) -> String {
    let due = schedule.due.max(now);
    let end = due.checked_add(LASTS).unwrap_or(Timestamp::MAX);
    // a later export must not count as older than an earlier one
    let sequence = now.as_second().max(0) / 60;
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Firebreak//Rehearsal//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        "UID:next-rehearsal@firebreak.invalid".to_owned(),
        format!("DTSTAMP:{}", utc(now)),
        format!("SEQUENCE:{sequence}"),
        format!("DTSTART:{}", utc(due)),
        format!("DTEND:{}", utc(end)),
        format!("SUMMARY:{}", text(&format!("Rehearsal: {title}"))),
        format!(
            "DESCRIPTION:{}",
            text(&format!(
                "Due: {}.\nOpen Firebreak, Drills. Simulated accounts, nothing leaves this computer.",
                schedule.why
            ))
        ),
        "TRANSP:TRANSPARENT".to_owned(),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", text(&format!("Rehearsal: {title}"))),
        "TRIGGER:-PT15M".to_owned(),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A value of type TEXT (RFC 5545, 3.3.11).
fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for each in value.chars() {
        match each {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' => out.push_str("\\n"),
            each if each.is_control() => {}
            each => out.push(each),
        }
    }
    out
}

/// A line with its end, in pieces of at most 75 octets that no character is cut by.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut octets = 0;
    for each in line.chars() {
        if octets + each.len_utf8() > LONGEST {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(each);
        octets += each.len_utf8();
    }
    out.push_str("\r\n");
    out
}
