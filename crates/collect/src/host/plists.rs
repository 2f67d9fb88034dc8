//! Property lists of macOS, binary and XML.

use std::io::Cursor;

use machine::Unreadable;
use plist::Value;

use super::look::{Found, Look, clean};

/// The largest one that is read.
const MOST: u64 = 8 * 1024 * 1024;
/// What of an agent or a daemon tells what it does.
const NAMES: [&str; 9] = [
    "Label",
    "Program",
    "ProgramArguments",
    "RunAtLoad",
    "KeepAlive",
    "StartInterval",
    "StartCalendarInterval",
    "WatchPaths",
    "Disabled",
];

/// The property list at `path`.
pub(super) fn read(look: &Look, path: &str) -> Result<Value, Unreadable> {
    let bytes = look.machine.read_bytes(path, MOST)?;
    if bytes.len() as u64 > MOST {
        return Err(Unreadable::Odd("is too large".to_owned()));
    }
    Value::from_reader(Cursor::new(bytes))
        .map_err(|_| Unreadable::Odd("is no property list".to_owned()))
}

/// What an agent or a daemon of launchd starts.
pub(super) fn agent(look: &Look, found: &mut Found, path: &str) -> Vec<String> {
    let Some(value) = found.take(path, read(look, path)) else {
        return Vec::new();
    };
    let told = value.as_dictionary().into_iter().flatten();
    let mut lines: Vec<(usize, String)> = told
        .filter_map(|(name, value)| {
            let at = NAMES.iter().position(|known| known == name)?;
            Some((at, clean(&format!("{name}={}", words(value)))))
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

/// A value as a person reads it.
pub(super) fn words(value: &Value) -> String {
    if let Some(text) = value.as_string() {
        text.to_owned()
    } else if let Some(on) = value.as_boolean() {
        on.to_string()
    } else if let Some(number) = value.as_signed_integer() {
        number.to_string()
    } else if let Some(date) = value.as_date() {
        date.to_xml_format()
    } else if let Some(all) = value.as_array() {
        all.iter().map(words).collect::<Vec<_>>().join(" ")
    } else if let Some(all) = value.as_dictionary() {
        let parts = all
            .iter()
            .map(|(name, value)| format!("{name}: {}", words(value)));
        parts.collect::<Vec<_>>().join(", ")
    } else {
        "…".to_owned()
    }
}
