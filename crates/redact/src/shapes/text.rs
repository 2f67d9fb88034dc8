//! Reading around a place of a text: words, names, values. Nothing here looks further than a bound.

use crate::kind::Kind;

/// Where an open value ends, when its end lies beyond what is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// At this quote, behind so many backslashes, or at the end of the line.
    Quote(u8, usize),
    /// At white space, quotes and what separates values.
    Delimiter,
    /// At the end of the line.
    Line,
    /// Where something other than base64 stands.
    Base64,
}

/// What is held of a file.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) kind: Kind,
    /// Nothing comes behind what is held.
    pub(crate) last: bool,
}

impl Page<'_> {
    /// A value that ends where the file does is not open.
    pub(crate) fn closed(&self, value: Value) -> Value {
        Value {
            open: value.open.filter(|_| !self.last),
            ..value
        }
    }
}

/// A value: from its first byte to behind its last. `open`: it goes on behind what is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Value {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) open: Option<Stop>,
    pub(crate) quoted: bool,
}

impl Value {
    pub(crate) fn of<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.start..self.end]
    }
}

impl Stop {
    /// Where it is, from `at` on. Behind a quote there are as many backslashes as before the one that
    /// opened; one more level of escaping doubles them and adds one.
    pub(crate) fn find(self, text: &[u8], at: usize) -> Option<usize> {
        match self {
            Self::Quote(quote, level) => close(text, at, quote, level),
            Self::Delimiter => (at..text.len()).find(|i| delimits(text, *i)),
            Self::Line => memchr::memchr2(b'\n', b'\r', &text[at..]).map(|found| at + found),
            Self::Base64 => text[at..]
                .iter()
                .position(|b| !base64(*b))
                .map(|found| at + found),
        }
    }
}

fn close(text: &[u8], from: usize, quote: u8, level: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr3(quote, b'\n', b'\r', text.get(at..)?)?;
        if text[at] != quote {
            return Some(at);
        }
        let slashes = slashes_before(text, at, from);
        if slashes % (2 * (level + 1)) == level {
            return Some(at - level);
        }
        at += 1;
    }
}

fn slashes_before(text: &[u8], at: usize, from: usize) -> usize {
    text[from..at]
        .iter()
        .rev()
        .take_while(|b| **b == b'\\')
        .count()
}

/// Whether an unquoted value ends before the byte at `at`.
fn delimits(text: &[u8], at: usize) -> bool {
    let next = text.get(at + 1).copied();
    match text[at] {
        0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | 0x7f => true,
        b'\\' => matches!(
            next,
            None | Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\\' | b'u')
        ),
        b',' | b';' => {
            next.is_none_or(|b| b <= b' ' || b"\"'\\]}".contains(&b)) || named(text, at + 1)
        }
        b'&' => {
            named(text, at + 1)
                || text[at..].starts_with(b"&amp;")
                || text[at..].starts_with(b"&quot;")
        }
        _ => false,
    }
}

/// Whether `name=` or `name:` begins there.
fn named(text: &[u8], at: usize) -> bool {
    let name = text[at.min(text.len())..]
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b))
        .count();
    name > 0 && matches!(text.get(at + name), Some(b'=' | b':'))
}

pub(crate) fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}

/// What keys and tokens are made of.
pub(crate) fn token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte)
}

/// Whether a word may begin there: the byte before is none of a word, or is the end of an escape.
pub(crate) fn begins_word(text: &[u8], at: usize) -> bool {
    at == 0 || !text[at - 1].is_ascii_alphanumeric() || after_escape(text, at)
}

/// Whether an escaped character ends right before `at`: `\n`, `=` or `%3D`.
pub(crate) fn after_escape(text: &[u8], at: usize) -> bool {
    let odd = |slash: usize| slashes_before(text, slash + 1, slash.saturating_sub(64)) % 2 == 1;
    let before = &text[..at];
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] if odd(at - 2) => true,
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => {
            odd(at - 6)
        }
        _ => false,
    }
}

/// How far a run of such bytes goes from `at`, at most `most` bytes.
pub(crate) fn run(text: &[u8], at: usize, most: usize, of: impl Fn(u8) -> bool) -> usize {
    let end = (at + most).min(text.len());
    text.get(at..end)
        .unwrap_or_default()
        .iter()
        .position(|b| !of(*b))
        .map_or(end, |found| at + found)
}

/// Where the line begins, at most `most` bytes back.
pub(crate) fn line_start(text: &[u8], at: usize, most: usize) -> usize {
    let from = at.saturating_sub(most);
    memchr::memrchr(b'\n', &text[from..at]).map_or(from, |found| from + found + 1)
}

/// Behind white space.
pub(crate) fn skip_space(text: &[u8], at: usize, breaks: bool) -> usize {
    run(text, at, 256, |b| {
        matches!(b, b' ' | b'\t') || breaks && matches!(b, b'\n' | b'\r')
    })
}

/// A quote with the backslashes before it, or as an entity: where the text behind it begins.
pub(crate) fn open_quote(text: &[u8], at: usize) -> Option<(u8, usize, usize)> {
    let level = run(text, at, 16, |b| b == b'\\') - at;
    match text.get(at + level) {
        Some(quote @ (b'"' | b'\'' | b'`')) => Some((*quote, level, at + level + 1)),
        _ => None,
    }
}

/// The value between quotes whose text begins at `start`.
pub(crate) fn quoted(text: &[u8], quote: u8, level: usize, start: usize) -> Value {
    let stop = Stop::Quote(quote, level);
    let end = stop.find(text, start);
    Value {
        start,
        end: end.unwrap_or(text.len()),
        open: end.is_none().then_some(stop),
        quoted: true,
    }
}

/// The value without quotes that begins at `start`. `field`: as the value of a field of JSON.
pub(crate) fn bare(page: Page<'_>, start: usize, field: bool) -> Value {
    let text = page.text;
    let csv = page.kind == Kind::Csv;
    let ends = |i: usize| {
        delimits(text, i)
            || csv && matches!(text[i], b',' | b';')
            || field && matches!(text[i], b',' | b']' | b'}')
    };
    let found = (start..text.len()).find(|i| ends(*i));
    let mut end = found.unwrap_or(text.len());
    // a sentence's or a list's end is none of the value
    let ended = found.is_some() || page.last;
    while ended && end > start && matches!(text[end - 1], b')' | b']' | b'}' | b',' | b';' | b'.') {
        end -= 1;
    }
    Value {
        start,
        end,
        open: found.is_none().then_some(Stop::Delimiter),
        quoted: false,
    }
}

/// From `start` to the end of the line, without the white space there.
pub(crate) fn rest_of_line(text: &[u8], start: usize) -> Value {
    let found = Stop::Line.find(text, start);
    let mut end = found.unwrap_or(text.len());
    while found.is_some() && end > start && matches!(text[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    Value {
        start,
        end,
        open: found.is_none().then_some(Stop::Line),
        quoted: false,
    }
}

/// Letters of both cases and digits: no word, no digest, no line of dashes.
pub(crate) fn varied(text: &[u8]) -> bool {
    let has = |what: fn(&u8) -> bool| text.iter().any(what);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// `8-4-4-4-12` hexadecimal digits.
pub(crate) fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether the text at `at` is this one, whatever its case.
pub(crate) fn same_at(text: &[u8], at: usize, word: &str) -> bool {
    text.get(at..at + word.len())
        .is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether this word stands in it, whatever its case.
pub(crate) fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len())
        .any(|there| there.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_value_ends_at_its_own_quote_however_deeply_escaped() {
        for (text, quote_at, value) in [
            (r#""a\"b\\" rest"#, 0, r#"a\"b\\"#),
            (r#"\"a\\\"b\" rest"#, 0, r#"a\\\"b"#),
            (r#"\\\"a\\\" rest"#, 0, "a"),
            ("'a\"b' rest", 0, "a\"b"),
            ("\"never closed\nnext", 0, "never closed"),
        ] {
            let (quote, level, start) = open_quote(text.as_bytes(), quote_at).unwrap();
            let found = quoted(text.as_bytes(), quote, level, start);
            assert_eq!(found.of(text.as_bytes()), value.as_bytes(), "{text}");
            assert_eq!(found.open, None);
        }
    }

    #[test]
    fn a_value_that_is_not_closed_yet_is_open() {
        let found = quoted(b"\"abc", b'"', 0, 1);
        assert_eq!((found.end, found.open), (4, Some(Stop::Quote(b'"', 0))));
    }

    #[test]
    fn a_word_begins_behind_an_escape() {
        assert!(begins_word(br"\nghp", 2));
        assert!(!begins_word(br"\\nghp", 3));
        assert!(begins_word(b"%3Dghp", 3));
        assert!(begins_word(br"\u003dghp", 6));
        assert!(!begins_word(b"xghp", 1));
    }
}
