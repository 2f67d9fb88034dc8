//! Strings that look random beside a word that says that a secret is near. Digests, fingerprints,
//! signatures and public keys look random as well, and are kept.

use super::Hit;
use super::text::{Page, base64, begins_word, holds, is_uuid, line_start, run, token_byte, varied};

/// What the word says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Near {
    Kraken,
    Deribit,
    /// An API key or secret of any venue.
    Key,
    /// The name of a secret, in the same line.
    Secret,
}

const KINDS: usize = 4;
/// For how many lines a word says what a value is.
const LINES: usize = 4;
/// And for how many bytes at most.
const REACH: usize = 2048;
/// How far behind a secret's name a random string is taken for the secret.
const BESIDE: usize = 120;

/// How far has been looked already, by what was looked for.
#[derive(Default)]
pub(super) struct Seen([u64; KINDS]);

pub(super) fn look(
    page: Page<'_>,
    base: u64,
    word: usize,
    near: Near,
    seen: &mut Seen,
    hits: &mut Vec<Hit>,
) {
    let text = page.text;
    let kind = match near {
        Near::Kraken => 0,
        Near::Deribit => 1,
        Near::Key => 2,
        Near::Secret => 3,
    };
    let already = usize::try_from(seen.0[kind].saturating_sub(base)).unwrap_or(usize::MAX);
    let begin = if near == Near::Secret {
        word
    } else {
        line_start(text, word, 512)
    };
    let end = reach(text, word, near);
    let mut at = begin.max(already);
    // a token is looked at whole or not at all
    if at > begin && at < end && token_byte(text[at - 1]) {
        at = run(text, at, REACH, token_byte);
    }
    while at < end {
        if !token_byte(text[at]) {
            at += 1;
            continue;
        }
        let stop = run(text, at, REACH, token_byte);
        token(text, at, stop, near, hits);
        at = stop;
    }
    seen.0[kind] = seen.0[kind].max(base + end.max(at) as u64);
}

fn reach(text: &[u8], word: usize, near: Near) -> usize {
    if near == Near::Secret {
        return run(text, word, BESIDE, |b| b != b'\n');
    }
    let mut at = word;
    for _ in 0..LINES {
        let rest = &text[at..(word + REACH).min(text.len()).max(at)];
        match memchr::memchr(b'\n', rest) {
            Some(found) => at += found + 1,
            None => return at + rest.len(),
        }
    }
    at
}

/// A run of what keys are made of, which may be `name=value`.
fn token(text: &[u8], start: usize, stop: usize, near: Near, hits: &mut Vec<Hit>) {
    let mut end = stop;
    let run = &text[start..stop];
    let padding = run.iter().rev().take_while(|b| **b == b'=').count();
    let equals = memchr::memrchr(b'=', &run[..run.len() - padding]);
    let mut begin = start + equals.map_or(0, |at| at + 1);
    // the letter of an escape is none of the token
    if equals.is_none() && start > 0 && !begins_word(text, start) {
        return;
    }
    if equals.is_none() && text[..start].ends_with(b"\\") && b"nrtbf".contains(&text[start]) {
        begin += 1;
    }
    while end > begin && text[end - 1] == b'.' {
        end -= 1;
    }
    if end - begin < 32 || !varied(&text[begin..end]) {
        return;
    }
    let value = &text[begin..end];
    let plain = value.iter().all(u8::is_ascii_alphanumeric);
    let base64_of = |length: usize, padding: usize| {
        value.len() == length
            && value[..length - padding]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(b))
            && value[length - padding..].iter().all(|b| *b == b'=')
    };
    let reason = match near {
        Near::Kraken if base64_of(88, 2) => "a Kraken API secret",
        Near::Kraken if base64_of(56, 0) => "a Kraken API key",
        Near::Deribit if value.len() == 43 && url_safe(value) => "a Deribit client secret",
        Near::Key if base64_of(88, 2) => "an API secret",
        Near::Key if value.len() == 64 && plain => "an exchange's API key or secret",
        Near::Secret if random(value) => "a string that looks random beside the word for a secret",
        Near::Kraken | Near::Deribit | Near::Key | Near::Secret => return,
    };
    if !innocent(text, begin, end) {
        hits.push(Hit::secret(begin, end, reason));
    }
}

fn url_safe(value: &[u8]) -> bool {
    value
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(b))
}

/// As many different bytes as a random string has.
fn random(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in value {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    let steps = value.iter().filter(|b| b"/-_.".contains(b)).count();
    value.len() <= 256 && different >= 16 && steps <= value.len() / 12 && !is_uuid(value)
}

/// What looks random and is no secret.
fn innocent(text: &[u8], begin: usize, end: usize) -> bool {
    let value = &text[begin..end];
    let before = &text[begin.saturating_sub(60)..begin];
    let public = ["AAAA", "MII", "age1"]
        .iter()
        .any(|start| value.starts_with(start.as_bytes()));
    let after = [
        "SHA256:",
        "sha256-",
        "sha384-",
        "sha512-",
        "ssh-rsa ",
        "ssh-ed25519 ",
    ];
    let printed = after.iter().any(|word| before.ends_with(word.as_bytes()));
    public || printed || named_innocently(before) || one_of_many_lines(text, begin, end)
}

/// The name right before the value: `"signature": "...`.
fn named_innocently(before: &[u8]) -> bool {
    let outer = before.trim_ascii_end();
    let outer = outer
        .strip_suffix(b"\"")
        .or_else(|| outer.strip_suffix(b"'"))
        .unwrap_or(outer);
    let outer = outer.strip_suffix(b"\\").unwrap_or(outer).trim_ascii_end();
    let Some(outer) = outer
        .strip_suffix(b":")
        .or_else(|| outer.strip_suffix(b"="))
    else {
        return false;
    };
    let from = outer.len().saturating_sub(36);
    let names = [
        "sig",
        "digest",
        "sha",
        "hash",
        "finger",
        "public",
        "checksum",
        "integrity",
        "cert",
        "stamp",
        "nonce",
        "recipient",
    ];
    let name = &outer[from..];
    let own = name
        .iter()
        .rposition(|b| b",{;&\n ".contains(b))
        .map_or(0, |at| at + 1);
    names.iter().any(|word| holds(&name[own..], word))
}

/// A line of PEM or the like: base64 of the same length stands in the line before or behind.
fn one_of_many_lines(text: &[u8], begin: usize, end: usize) -> bool {
    let escaped = text[end..].starts_with(b"\\n");
    let broken = if escaped {
        2
    } else {
        usize::from(text.get(end) == Some(&b'\n'))
    };
    let next = end + broken;
    let behind = broken > 0 && run(text, next, 128, base64) - next == end - begin;
    let length = end - begin;
    let breaks = if text[..begin].ends_with(b"\\n") {
        2
    } else {
        usize::from(text[..begin].ends_with(b"\n"))
    };
    let last = begin - breaks;
    let before =
        breaks > 0 && last >= length && text[last - length..last].iter().all(|b| base64(*b));
    behind || before
}
