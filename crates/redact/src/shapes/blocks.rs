//! Keys that fill lines: PEM, OpenSSH, PGP, age, `PuTTY`; and databases of cookies and logins.

use super::Hit;
use super::text::{Page, Stop, begins_word, line_start, run, skip_space};

#[derive(Clone, Copy)]
pub(super) enum Block {
    Pem,
    Age,
    Putty,
    CookieStore,
}

/// How far the end of a key is looked for. The longest in use have 13 KiB.
const MOST: usize = 32 * 1024;

pub(super) fn look(page: Page<'_>, start: usize, block: Block, hits: &mut Vec<Hit>) {
    match block {
        Block::Pem => pem(page, start, hits),
        Block::Age => age(page.text, start, hits),
        Block::Putty => putty(page.text, start, hits),
        Block::CookieStore => cookie_store(page.text, start, hits),
    }
}

/// `start` is where `PRIVATE KEY` stands in `-----BEGIN ... PRIVATE KEY-----`.
fn pem(page: Page<'_>, start: usize, hits: &mut Vec<Hit>) {
    let text = page.text;
    let from = start.saturating_sub(48);
    let Some(dashes) = memchr::memmem::rfind(&text[from..start], b"-----BEGIN ") else {
        return;
    };
    let begin = from + dashes;
    let mut at = start + "PRIVATE KEY".len();
    if text[at..].starts_with(b" BLOCK") {
        at += " BLOCK".len();
    }
    if !text[at..].starts_with(b"-----") {
        return;
    }
    at += "-----".len();
    if let Some(end) = end_line(text, at) {
        hits.push(Hit::secret(begin, end, "a private key"));
        return;
    }
    let (end, open) = lines(text, at);
    if end > at {
        hits.push(Hit {
            open: open.then_some(Stop::Base64),
            ..Hit::secret(begin, end, "a private key")
        });
    }
}

/// Behind the `-----END ...-----`, when there is nothing but a key before it.
fn end_line(text: &[u8], from: usize) -> Option<usize> {
    let reach = (from + MOST).min(text.len());
    let end = from + memchr::memmem::find(&text[from..reach], b"-----END ")?;
    let of_key = |b: &u8| {
        b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || b"+/=,:.-\\()<>#|&;\"'*".contains(b)
    };
    let other = memchr::memmem::find(&text[from..end], b"-----BEGIN ").is_some();
    if other
        || !text[from..end].iter().all(of_key)
        || !text[from..end].iter().any(u8::is_ascii_alphanumeric)
    {
        return None;
    }
    let label = run(text, end + 9, 48, |b| b.is_ascii_uppercase() || b == b' ');
    text[label..].starts_with(b"-----").then_some(label + 5)
}

/// A key whose end is missing: lines of one length, and a last shorter one.
fn lines(text: &[u8], from: usize) -> (usize, bool) {
    let mut at = from;
    let mut end = from;
    let mut first = None;
    loop {
        let line = behind_break(text, at);
        if end > from && blank_line(&text[at..line]) {
            return (end, false);
        }
        at = line;
        let stop = run(text, at, usize::MAX - at, |b| {
            b.is_ascii_alphanumeric() || b"+/=".contains(&b)
        });
        let length = stop - at;
        let full = *first.get_or_insert(length);
        if length < 16 && (end == from || length == 0) || length > full {
            return (end, false);
        }
        end = stop;
        if stop == text.len() {
            return (end, true);
        }
        if length < full {
            return (end, false);
        }
        at = stop;
    }
}

/// More than one break of the line.
fn blank_line(gap: &[u8]) -> bool {
    let breaks = |sign: &[u8]| memchr::memmem::find_iter(gap, sign).count();
    breaks(b"\n") > 1 || breaks(b"\\n") > 1
}

/// Behind a break of the line, also an escaped one.
fn behind_break(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < from + 64 {
        at += match text.get(at..).unwrap_or_default() {
            [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b'\\', b'\\', b'n' | b'r', ..] => 3,
            [b'&', b'#', b'1', b'0' | b'3', b';', ..] => 5,
            _ => return at,
        };
    }
    at
}

fn age(text: &[u8], start: usize, hits: &mut Vec<Hit>) {
    // also AGE-SECRET-KEY-PQ-1...
    let end = run(text, start, 4096, |b| {
        b.is_ascii_alphanumeric() || b == b'-'
    });
    if end - start >= 50 && begins_word(text, start) {
        hits.push(Hit::secret(start, end, "an age secret key"));
    }
}

/// `Private-Lines: 14` and the lines of that number.
fn putty(text: &[u8], start: usize, hits: &mut Vec<Hit>) {
    let digits = skip_space(text, start + "Private-Lines:".len(), false);
    let end = run(text, digits, 3, |b| b.is_ascii_digit());
    let count = std::str::from_utf8(&text[digits..end])
        .ok()
        .and_then(|n| n.parse().ok());
    let Some(count): Option<usize> = count else {
        return;
    };
    let begin = behind_break(text, end);
    let mut at = begin;
    for _ in 0..count {
        let line = behind_break(text, at);
        at = run(text, line, 256, |b| {
            b.is_ascii_alphanumeric() || b"+/=".contains(&b)
        });
    }
    if at > begin {
        hits.push(Hit::secret(begin, at, "a private key"));
    }
}

/// The tables of a browser's cookies or logins: in a database, all of it is a secret.
fn cookie_store(text: &[u8], start: usize, hits: &mut Vec<Hit>) {
    let line = line_start(text, start, 64);
    let database =
        text[line..start].contains(&0) || text[start..].iter().take(4096).any(|b| *b == 0);
    if database {
        hits.push(Hit::secret(
            start,
            start + 1,
            "a browser's store of cookies or logins",
        ));
    }
}
