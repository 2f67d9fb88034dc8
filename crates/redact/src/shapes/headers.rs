//! What a request or an answer carries in its head: logins and cookies.

use super::siblings;
use super::text::{
    Page, Stop, Value, after_escape, bare, open_quote, quoted, run, same_at, skip_space, token_byte,
};
use super::values::stands_in;
use super::{Class, Hit};

#[derive(Clone, Copy)]
pub(super) enum Header {
    Authorization,
    Bearer,
    Cookie,
    /// `curl -u name:password`
    User,
}

pub(super) fn look(page: Page<'_>, start: usize, end: usize, header: Header, hits: &mut Vec<Hit>) {
    match header {
        Header::Authorization => authorization(page, start, end, hits),
        Header::Bearer => bearer(page, end, hits),
        Header::Cookie => cookie(page, start, end, hits),
        Header::User => user(page, end, hits),
    }
}

fn authorization(page: Page<'_>, start: usize, end: usize, hits: &mut Vec<Hit>) {
    let text = page.text;
    if siblings_of(text, start, end, "an Authorization header", hits) {
        return;
    }
    let Some((at, quoted_name)) = separator(page, end) else {
        return;
    };
    let mut values = Vec::new();
    if text.get(at) == Some(&b'[') && quoted_name {
        values = siblings::strings(text, at + 1);
    } else if let Some((quote, level, begin)) = open_quote(text, at) {
        values.push(quoted(text, quote, level, begin));
    } else {
        values.push(credentials(page, start, at));
    }
    for value in values {
        let value = page.closed(value);
        let bytes = value.of(text);
        let (scheme, rest) = match memchr::memchr(b' ', bytes) {
            Some(space) => (&bytes[..space], bytes[space..].trim_ascii()),
            None => (&[][..], bytes),
        };
        let known = [
            "bearer",
            "basic",
            "token",
            "oauth",
            "digest",
            "hmac",
            "apikey",
            "negotiate",
            "ntlm",
        ];
        let named = known
            .iter()
            .any(|word| scheme.eq_ignore_ascii_case(word.as_bytes()));
        let long = rest.len() >= 12 && rest.iter().any(u8::is_ascii_digit) && !rest.contains(&b' ');
        if (named && rest.len() >= 4 || long || value.open.is_some()) && !stands_in(rest) {
            hits.push(Hit::value(value, Class::Secret, "an Authorization header"));
        }
    }
}

/// A login without quotes around it: a scheme and one word, or for OAuth and Digest a list.
fn credentials(page: Page<'_>, name: usize, start: usize) -> Value {
    let text = page.text;
    // within `'Authorization: ...'` it ends where that does
    if let Some((quote, level)) = enclosing(text, name) {
        return quoted(text, quote, level, start);
    }
    let scheme = run(text, start, 16, |b| b.is_ascii_alphanumeric());
    let list = ["oauth", "digest"]
        .iter()
        .any(|word| same_at(text, start, word));
    let mut at = run(text, scheme, 8, |b| b == b' ');
    if at == scheme {
        return bare(page, start, false);
    }
    if !list {
        let end = run(text, at, usize::MAX - at, |b| {
            token_byte(b) || b"~:%|".contains(&b)
        });
        let open = (end == text.len()).then_some(Stop::Delimiter);
        return Value {
            start,
            end,
            open,
            quoted: false,
        };
    }
    let mut end = at;
    for _ in 0..32 {
        let name = run(text, at, 64, |b| {
            b.is_ascii_alphanumeric() || b"_-".contains(&b)
        });
        if name == at || text.get(name) != Some(&b'=') {
            break;
        }
        end = match open_quote(text, name + 1) {
            Some((quote, level, begin)) => {
                let value = quoted(text, quote, level, begin);
                (value.end + level + 1).min(text.len())
            }
            None => run(text, name + 1, 512, |b| b > b' ' && !b",\"\\<".contains(&b)),
        };
        at = run(text, end, 8, |b| b == b',' || b == b' ');
        if text[at..].starts_with(b"\r\n ") {
            at += 3;
        }
    }
    Value {
        start,
        end,
        open: None,
        quoted: false,
    }
}

/// The quote that stands right before a name.
fn enclosing(text: &[u8], name: usize) -> Option<(u8, usize)> {
    let quote = *text.get(name.checked_sub(1)?)?;
    let level = text[..name - 1]
        .iter()
        .rev()
        .take(16)
        .take_while(|b| **b == b'\\')
        .count();
    matches!(quote, b'"' | b'\'').then_some((quote, level))
}

fn bearer(page: Page<'_>, at: usize, hits: &mut Vec<Hit>) {
    let text = page.text;
    let end = run(text, at, usize::MAX - at, |b| {
        token_byte(b) || b"~".contains(&b)
    });
    let value = &text[at..end];
    if value.len() >= 16 && value.iter().any(u8::is_ascii_digit) {
        hits.push(Hit {
            open: (end == text.len()).then_some(Stop::Delimiter),
            ..Hit::secret(at, end, "a bearer token")
        });
    }
}

fn cookie(page: Page<'_>, start: usize, end: usize, hits: &mut Vec<Hit>) {
    let text = page.text;
    let set = text[..start].len() >= 4 && text[start - 4..start].eq_ignore_ascii_case(b"set-");
    let name = if set { start - 4 } else { start };
    let end = run(text, end, 2, |b| matches!(b, b's' | b'S' | b'2'));
    if siblings_of(text, name, end, "a cookie", hits) {
        return;
    }
    let Some((at, quoted_name)) = separator(page, end) else {
        return;
    };
    let values = match text.get(at) {
        Some(b'[' | b'{') if quoted_name => siblings::cookies(text, at),
        _ => match open_quote(text, at) {
            Some((quote, level, begin)) => vec![quoted(text, quote, level, begin)],
            None => vec![match enclosing(text, name) {
                // whole lines are read only where there is a cookie
                _ if !pairs(&text[at..]) => return,
                Some((quote, level)) => quoted(text, quote, level, at),
                None => list_of_cookies(text, at),
            }],
        },
    };
    let many = quoted_name && matches!(text.get(at), Some(b'[' | b'{'));
    for value in values {
        let bytes = value.of(text);
        if (many && !bytes.is_empty() && !stands_in(bytes)) || pairs(bytes) {
            hits.push(Hit::value(value, Class::Secret, "a cookie"));
        }
    }
}

/// `a=b; c=d`, without quotes around it.
fn list_of_cookies(text: &[u8], start: usize) -> Value {
    let ends = |at: usize| {
        matches!(text[at], b'\n' | b'\r' | b'<' | b'`')
            || text[at] == b'\\' && matches!(text.get(at + 1), Some(b'n' | b'r'))
            || matches!(text[at], b'"' | b'\'')
                && text.get(at.wrapping_sub(1)) != Some(&b'=')
                && text.get(at + 1).is_none_or(|b| !b";".contains(b))
    };
    let found = (start..text.len()).find(|at| ends(*at));
    let mut end = found.unwrap_or(text.len());
    while end > start && text[end - 1].is_ascii_whitespace() {
        end -= 1;
    }
    Value {
        start,
        end,
        open: found.is_none().then_some(Stop::Line),
        quoted: false,
    }
}

/// Whether it begins with `name=value`.
fn pairs(value: &[u8]) -> bool {
    let name = value
        .iter()
        .take(100)
        .take_while(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
        .count();
    let rest = value.get(name + 1..).unwrap_or_default();
    name > 0
        && value.get(name) == Some(&b'=')
        && rest
            .first()
            .is_some_and(|b| *b > b' ' && *b != b';' && *b != b'=')
}

/// `curl -u name:password`.
fn user(page: Page<'_>, at: usize, hits: &mut Vec<Hit>) {
    let text = page.text;
    let value = match open_quote(text, at) {
        Some((quote, level, begin)) => quoted(text, quote, level, begin),
        None => bare(page, at, false),
    };
    let bytes = value.of(text);
    let Some(colon) = memchr::memchr(b':', bytes) else {
        return;
    };
    let password = &bytes[colon + 1..];
    let name = bytes[..colon]
        .iter()
        .all(|b| b.is_ascii_graphic() && *b != b'/');
    if colon > 0
        && name
        && !password.is_empty()
        && !password.starts_with(b"//")
        && !stands_in(password)
        && !password.iter().all(u8::is_ascii_digit)
    {
        let start = value.start + colon + 1;
        hits.push(Hit::value(
            Value { start, ..value },
            Class::Secret,
            "a password",
        ));
    }
}

/// A line of a Netscape cookie file: domain, flag, path, flag, time, name, value. The first flag
/// stands at `at`.
pub(super) fn netscape(text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let mut fields = 1;
    let mut from = at + 1;
    while fields < 6 {
        let Some(tab) = memchr::memchr2(b'\t', b'\n', &text[from..(from + 4096).min(text.len())])
        else {
            return;
        };
        if text[from + tab] == b'\n' {
            return;
        }
        // the fields are: flag, path, flag, time, name
        let field = &text[from..from + tab];
        let right = match fields {
            2 => field.starts_with(b"/"),
            3 => field.eq_ignore_ascii_case(b"true") || field.eq_ignore_ascii_case(b"false"),
            4 => !field.is_empty() && field.iter().all(u8::is_ascii_digit),
            _ => true,
        };
        if !right {
            return;
        }
        from += tab + 1;
        fields += 1;
    }
    let value = super::text::rest_of_line(text, from);
    if value.end > value.start {
        hits.push(Hit::value(value, Class::Secret, "the value of a cookie"));
    }
}

/// `"name": "Cookie", "value": "..."`: whether the word is the value of such a field.
fn siblings_of(
    text: &[u8],
    start: usize,
    end: usize,
    reason: &'static str,
    hits: &mut Vec<Hit>,
) -> bool {
    let opened = start > 0 && text[start - 1] == b'"' && text.get(end) == Some(&b'"');
    if !opened {
        return false;
    }
    let before = text[start.saturating_sub(24)..start - 1].trim_ascii_end();
    if !before.ends_with(b":") {
        return false;
    }
    siblings::of_name(
        text,
        start,
        end,
        |value, hits| {
            if !stands_in(value.of(text)) {
                hits.push(Hit::value(value, Class::Secret, reason));
            }
        },
        hits,
    );
    true
}

/// Behind `:` or `=` and white space, and whether the name was quoted.
fn separator(page: Page<'_>, end: usize) -> Option<(usize, bool)> {
    let text = page.text;
    let (at, quoted_name) = match open_quote(text, end) {
        Some((_, _, at)) => (at, true),
        None => (end, false),
    };
    let spaced = skip_space(text, at, quoted_name);
    let csv = page.kind == crate::kind::Kind::Csv
        && matches!(text.get(spaced), Some(b',' | b';' | b'\t'));
    let sign = match text.get(spaced..).unwrap_or_default() {
        [b'=', b'>', ..] => 2,
        [b':' | b'=', ..] => 1,
        [b'\\', b'u', b'0', b'0', b'3', b'a' | b'd' | b'A' | b'D', ..] => 6,
        [b'>', ..] => 1,
        _ if csv => 1,
        // `--cookie "a=b"`
        _ if spaced > at && after_dash(text, end) => 0,
        _ => return None,
    };
    let behind = skip_space(text, spaced + sign, quoted_name);
    Some((behind, quoted_name))
}

fn after_dash(text: &[u8], end: usize) -> bool {
    let word = text[..end]
        .iter()
        .rev()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
        .count();
    text[end - word..end].starts_with(b"-") && !after_escape(text, end - word)
}
