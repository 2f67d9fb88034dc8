//! Values that stand in another field of the same JSON object as what names them.

use super::Hit;
use super::text::{Value, quoted, run, skip_space};

/// How far an object or a list is looked through, in each direction.
const REACH: usize = 2048;
const LIST_REACH: usize = 16 * 1024;

/// The `"value"` beside `"name": "password"`; the name stands in `start..end`.
pub(super) fn of_name(
    text: &[u8],
    start: usize,
    end: usize,
    mut take: impl FnMut(Value, &mut Vec<Hit>),
    hits: &mut Vec<Hit>,
) {
    let (from, to) = object(text, start, end);
    for value in named(text, from, to, &["value", "val", "secret", "default"]) {
        take(value, hits);
    }
}

/// The value of a cookie in a dump of a browser's: a flag of it stands at `at`.
pub(super) fn jar(text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let (from, to) = object(text, at, at);
    let domain = text[from..to]
        .windows(6)
        .any(|six| six.eq_ignore_ascii_case(b"domain"))
        || text[from..to]
            .windows(4)
            .any(|four| four.eq_ignore_ascii_case(b"host"));
    if !domain {
        return;
    }
    for value in named(text, from, to, &["value", "encrypted_value", "content raw"]) {
        if !super::values::stands_in(value.of(text)) {
            hits.push(Hit::value(
                value,
                crate::Class::Secret,
                "the value of a cookie",
            ));
        }
    }
}

/// The private numbers of a JSON Web Key, whose type stands at `at`.
pub(super) fn web_key(text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let (from, to) = object(text, at, at);
    for value in named(text, from, to, &["d", "k", "p", "q", "dp", "dq", "qi"]) {
        hits.push(Hit::value(value, crate::Class::Secret, "a private key"));
    }
}

/// The strings of a list whose text begins at `at`, up to the bracket that ends it.
pub(super) fn strings(text: &[u8], at: usize) -> Vec<Value> {
    let mut values = Vec::new();
    let mut at = at;
    let end = (at + LIST_REACH).min(text.len());
    while at < end && values.len() < 256 {
        at = run(text, at, REACH, |b| b.is_ascii_whitespace() || b == b',');
        if text.get(at) != Some(&b'"') {
            break;
        }
        let value = quoted(text, b'"', 0, at + 1);
        at = value.end + 1;
        values.push(value);
    }
    values
}

/// The cookies of `{"name": "value", ...}`, or of a list of objects with a `"value"` each.
pub(super) fn cookies(text: &[u8], at: usize) -> Vec<Value> {
    let mut at = skip_space(text, at, true);
    match text.get(at) {
        Some(b'[') => {
            let end = list_end(text, at);
            let objects = named(text, at, end, &["value"]);
            if objects.is_empty() {
                strings(text, at + 1)
            } else {
                objects
            }
        }
        Some(b'{') => {
            let mut values = Vec::new();
            at += 1;
            let end = (at + LIST_REACH).min(text.len());
            while at < end && values.len() < 256 {
                at = run(text, at, REACH, |b| b.is_ascii_whitespace() || b == b',');
                if text.get(at) != Some(&b'"') {
                    break;
                }
                at = skip_space(text, quoted(text, b'"', 0, at + 1).end + 1, true);
                if text.get(at) != Some(&b':') {
                    break;
                }
                at = skip_space(text, at + 1, true);
                if text.get(at) != Some(&b'"') {
                    break;
                }
                let value = quoted(text, b'"', 0, at + 1);
                at = value.end + 1;
                values.push(value);
            }
            values
        }
        _ => Vec::new(),
    }
}

fn list_end(text: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    let end = (from + LIST_REACH).min(text.len());
    while at < end {
        match text[at] {
            b'"' => at = quoted(text, b'"', 0, at + 1).end,
            b'[' => depth += 1,
            b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    end
}

/// From the brace before `start` to the one behind `end`.
fn object(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let least = start.saturating_sub(REACH);
    let from = memchr::memrchr(b'{', &text[least..start]).map_or(start, |at| least + at);
    let most = (end + REACH).min(text.len());
    let to = memchr::memchr(b'}', &text[end..most]).map_or(most, |at| end + at);
    (from, to)
}

/// The strings of fields with one of these names.
fn named(text: &[u8], from: usize, to: usize, names: &[&str]) -> Vec<Value> {
    let mut values = Vec::new();
    let mut at = from;
    while let Some(found) = memchr::memchr(b'"', &text[at..to.max(at)]) {
        let name = quoted(text, b'"', 0, at + found + 1);
        let wanted = names
            .iter()
            .any(|one| name.of(text).eq_ignore_ascii_case(one.as_bytes()));
        at = name.end + 1;
        let colon = skip_space(text, at.min(text.len()), true);
        if text.get(colon) != Some(&b':') {
            if at >= to {
                break;
            }
            continue;
        }
        at = skip_space(text, colon + 1, true);
        if text.get(at) == Some(&b'"') {
            let value = quoted(text, b'"', 0, at + 1);
            at = value.end + 1;
            if wanted && value.end > value.start {
                values.push(value);
            }
        }
        if at >= to {
            break;
        }
    }
    values
}
