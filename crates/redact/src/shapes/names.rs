//! Values that stand beside a name: `password = x`, `"apiKey": "x"`, `--token x`, `<secret>x</secret>`.

use super::context::Near;
use super::siblings;
use super::text::{
    Page, Value, after_escape, bare, begins_word, is_uuid, line_start, open_quote, quoted,
    rest_of_line, run, same_at, skip_space,
};
use super::values::{code, passphrase, sentence, stands_in, tokenish};
use super::{Class, Hit};
use crate::kind::Kind;

/// What a name promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    /// A password, passphrase or passcode: any value.
    Pass,
    /// The same, where it is not a folder.
    Pwd,
    /// Any value that is not a sentence.
    Secret,
    /// A private key.
    Private,
    /// A token: what looks like one.
    Token,
    /// An API key.
    Key,
    /// A signed request's signature, in the venue's own header.
    Signed,
    /// A signature in an address.
    Signature,
    /// A code in an address.
    Code,
    /// A session's id, as far as it looks like one.
    Session,
    /// A cookie by its name.
    Cookie,
    Otp,
    Pin,
    /// Twelve or more words.
    Seed,
    Account,
    Phone,
    Person,
    Home,
    Computer,
}

impl Family {
    /// What else such a name says of the text behind it.
    pub(super) fn near(self) -> Option<Near> {
        match self {
            Self::Secret | Self::Private | Self::Key => Some(Near::Key),
            Self::Token => Some(Near::Secret),
            Self::Pass
            | Self::Pwd
            | Self::Signed
            | Self::Signature
            | Self::Code
            | Self::Session
            | Self::Cookie
            | Self::Otp
            | Self::Pin
            | Self::Seed
            | Self::Account
            | Self::Phone
            | Self::Person
            | Self::Home
            | Self::Computer => None,
        }
    }

    pub(super) fn class(self) -> Class {
        match self {
            Self::Account => Class::AccountNumber,
            Self::Phone => Class::Phone,
            Self::Person => Class::Person,
            Self::Home => Class::HomeAddress,
            Self::Computer => Class::Computer,
            Self::Pass
            | Self::Pwd
            | Self::Secret
            | Self::Private
            | Self::Token
            | Self::Key
            | Self::Signed
            | Self::Signature
            | Self::Code
            | Self::Session
            | Self::Cookie
            | Self::Otp
            | Self::Pin
            | Self::Seed => Class::Secret,
        }
    }

    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Pass | Self::Pwd => "a password",
            Self::Secret => "a value named a secret",
            Self::Private => "a private key",
            Self::Token => "a token",
            Self::Key => "an API key",
            Self::Signed | Self::Signature => "the signature of a request",
            Self::Code => "a code that stands for a login",
            Self::Session => "the id of a session",
            Self::Cookie => "a cookie of a session",
            Self::Otp => "a one-time code or its key",
            Self::Pin => "a PIN",
            Self::Seed => "the words of a wallet",
            Self::Account => "a value named an account",
            Self::Phone => "a value named a telephone",
            Self::Person => "a value named a person",
            Self::Home => "a value named an address",
            Self::Computer => "a value named a computer",
        }
    }
}

pub(super) fn look(page: Page<'_>, start: usize, end: usize, family: Family, hits: &mut Vec<Hit>) {
    if family == Family::Seed {
        return super::seed::look(page.text, end, hits);
    }
    // the word of a code brings its `=` along
    let end = if family == Family::Code { end - 1 } else { end };
    let Some(name) = Name::around(page.text, start, end, family) else {
        return;
    };
    if name.is_a_value(page.text) {
        return siblings::of_name(
            page.text,
            name.start,
            name.end,
            |value, hits| {
                take(page, family, value, hits);
            },
            hits,
        );
    }
    match behind(page, &name, family) {
        Some(Behind::Value(value)) if says_little(page, &name, value) => {}
        Some(Behind::Value(value)) => take(page, family, value, hits),
        Some(Behind::Array(at)) => {
            for value in siblings::strings(page.text, at) {
                take(page, family, value, hits);
            }
        }
        None => {}
    }
}

/// `pass` by itself also says that something passed.
fn says_little(page: Page<'_>, name: &Name, value: Value) -> bool {
    let text = page.text;
    let alone = name.end - name.start == 4 && same_at(text, name.start, "pass");
    let written = value.quoted && page.kind != Kind::Markup;
    alone && !written && !value.of(text).iter().any(u8::is_ascii_digit)
}

fn take(page: Page<'_>, family: Family, value: Value, hits: &mut Vec<Hit>) {
    let value = page.closed(value);
    if value.end > value.start && fits(family, value.of(page.text), value) {
        hits.push(Hit::value(value, family.class(), family.reason()));
    }
}

/// A whole name around the word that was found.
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Name {
    /// Nothing when the word is part of another one: `secretary`, `PASSWORD_LENGTH`.
    pub(super) fn around(
        text: &[u8],
        start: usize,
        word_end: usize,
        family: Family,
    ) -> Option<Self> {
        let mut begin = start;
        let least = start.saturating_sub(64);
        while begin > least {
            let byte = text[begin - 1];
            let of_name = byte.is_ascii_alphanumeric() || b"_-.$".contains(&byte);
            if !of_name || after_escape(text, begin) {
                break;
            }
            begin -= 1;
        }
        let end = run(text, word_end, 40, |b| {
            b.is_ascii_alphanumeric() || b"_-".contains(&b)
        });
        let rest = text[word_end..end].to_ascii_lowercase();
        let rest = std::str::from_utf8(&rest).unwrap_or("?");
        let own = begins_word(text, start)
            || text[start].is_ascii_uppercase() && text[start - 1].is_ascii_lowercase();
        let ends = ended(rest, family, own)?;
        // the packages of a library: `libsecret-1-0:amd64`
        if same_at(text, begin, "lib") {
            return None;
        }
        let needs_own = matches!(family, Family::Otp | Family::Pin | Family::Pwd);
        let totp =
            family == Family::Otp && start > 0 && text[start - 1].eq_ignore_ascii_case(&b't');
        (ends && (own || totp || !needs_own)).then_some(Self { start: begin, end })
    }

    /// `"name": "password"`: the value stands in another field.
    fn is_a_value(&self, text: &[u8]) -> bool {
        let opened = self.start > 0 && text[self.start - 1] == b'"';
        if !opened || text.get(self.end) != Some(&b'"') {
            return false;
        }
        let before = text[self.start.saturating_sub(24)..self.start - 1].trim_ascii_end();
        before.ends_with(b":")
    }
}

/// What may follow the word in a name.
const ENDS: [&str; 26] = [
    "",
    "s",
    "value",
    "val",
    "text",
    "string",
    "str",
    "key",
    "plain",
    "plaintext",
    "current",
    "old",
    "new",
    "confirm",
    "confirmation",
    "again",
    "repeat",
    "b64",
    "base64",
    "hex",
    "raw",
    "code",
    "data",
    "env",
    "header",
    "token",
];

/// Whether a name may end so. `None`: it is another word.
fn ended(rest: &str, family: Family, own: bool) -> Option<bool> {
    let mut rest = rest;
    if family == Family::Pass {
        let long = ["words", "word", "wd", "phrases", "phrase", "wort", "code"];
        match long.iter().find_map(|end| rest.strip_prefix(end)) {
            Some(behind) => rest = behind,
            // `pass` by itself: not in compass, not in passport
            None if rest.is_empty() => return own.then_some(true),
            None => return (own && rest.starts_with(['_', '-'])).then_some(false),
        }
    }
    let rest = rest.trim_matches(['_', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let mut fits = ENDS.contains(&rest);
    fits |= match family {
        Family::Session => matches!(rest, "id" | "ids" | "cookie" | "_id"),
        Family::Key => matches!(rest, "id" | "sign" | "secret"),
        Family::Secret => matches!(rest, "id" | "phrase" | "accesskey" | "access_key"),
        Family::Account => matches!(
            rest,
            "id" | "number" | "no" | "nr" | "name" | "alias" | "title"
        ),
        Family::Phone => matches!(rest, "number" | "no" | "phone"),
        Family::Home => matches!(rest, "address" | "line" | "code" | "number" | "_line"),
        Family::Person => rest == "name",
        Family::Pass
        | Family::Pwd
        | Family::Private
        | Family::Token
        | Family::Signed
        | Family::Signature
        | Family::Code
        | Family::Cookie
        | Family::Otp
        | Family::Pin
        | Family::Seed
        | Family::Computer => false,
    };
    Some(fits)
}

pub(super) enum Behind {
    Value(Value),
    /// Where the text behind `[` begins.
    Array(usize),
}

/// What stands behind a name.
pub(super) fn behind(page: Page<'_>, name: &Name, family: Family) -> Option<Behind> {
    let text = page.text;
    let in_address = name.start > 0 && matches!(text[name.start - 1], b'?' | b'&')
        || ["u0026", "&amp;", "%26", "%3F", "%3f"]
            .iter()
            .any(|sign| text[..name.start].ends_with(sign.as_bytes()));
    if matches!(family, Family::Signature | Family::Code) && !in_address {
        return None;
    }
    let (at, quoted_name) = close_of_name(text, name.end);
    let spaced = skip_space(text, at, quoted_name);
    let (at, spread) = separator(page, name, at, spaced, quoted_name)?;
    let at = skip_space(text, at, quoted_name || spread);
    let at = if text[at..].starts_with(b"<![CDATA[") {
        at + 9
    } else {
        at
    };
    if text.get(at) == Some(&b'[') && quoted_name {
        return Some(Behind::Array(at + 1));
    }
    if text.get(at) == Some(&b'{') && quoted_name {
        return None;
    }
    // b"..", r".." and the like
    let lettered = text.get(at).is_some_and(|b| b"brfu@".contains(b))
        && matches!(text.get(at + 1), Some(b'"' | b'\''));
    if let Some((quote, level, start)) = open_quote(text, at + usize::from(lettered)) {
        let rest = &text[start..];
        if page.kind.is_json() && !quoted_name && ends_a_string(rest) {
            return None;
        }
        if rest.first() == Some(&quote) && !ends_a_string(&rest[1..]) {
            // doubled, as within a field of separated values
            let start = run(text, start, 2, |b| b == quote);
            return Some(Behind::Value(super::text::quoted(text, quote, 0, start)));
        }
        return Some(Behind::Value(quoted(text, quote, level, start)));
    }
    for (open, quote) in [
        ("&quot;", "&quot;"),
        ("&#34;", "&#34;"),
        ("%22", "%22"),
        ("&#39;", "&#39;"),
    ] {
        if same_at(text, at, open) {
            let start = at + open.len();
            let reach = &text[start..(start + 4096).min(text.len())];
            let end = memchr::memmem::find(reach, quote.as_bytes())?;
            return Some(Behind::Value(Value {
                start,
                end: start + end,
                open: None,
                quoted: true,
            }));
        }
    }
    let whole = !quoted_name
        && !page.kind.is_json()
        && page.kind != Kind::Csv
        && page.kind != Kind::Markup
        && !in_address
        && begins_line(text, name.start);
    let value = if page.kind == Kind::Markup && (spread || text[..at].ends_with(b">")) {
        until_tag(text, at)
    } else if whole {
        rest_of_line(text, at)
    } else {
        phrase(page, bare(page, at, quoted_name))
    };
    Some(Behind::Value(value))
}

/// Whether what follows a quote shows that the quote ended a string.
fn ends_a_string(rest: &[u8]) -> bool {
    rest.first()
        .is_none_or(|b| b.is_ascii_whitespace() || b",:;}])\\<>".contains(b))
}

/// A value of small words takes all of them along; one that begins a sentence is none.
fn phrase(page: Page<'_>, value: Value) -> Value {
    let text = page.text;
    if text.get(value.end) != Some(&b' ') {
        return value;
    }
    let end = run(text, value.start, 200, |b| !b"\n\r\"'\\<".contains(&b));
    let all = text[value.start..end].trim_ascii_end();
    if sentence(all) {
        return Value {
            end: value.start,
            ..value
        };
    }
    if passphrase(all) {
        return Value {
            end: value.start + all.len(),
            ..value
        };
    }
    value
}

/// Behind the quote or bracket that ends a name, and whether there was a double quote.
fn close_of_name(text: &[u8], end: usize) -> (usize, bool) {
    let (mut at, double) = match open_quote(text, end) {
        Some((quote @ (b'"' | b'\''), _, at)) => (run(text, at, 2, |b| b == quote), true),
        _ if text[end..].starts_with(b"&quot;") => (end + 6, true),
        _ if same_at(text, end, "%22") => (end + 3, true),
        _ => (end, false),
    };
    if text.get(at) == Some(&b']') {
        at += 1;
    }
    (at, double)
}

/// Behind what stands between a name and its value; and whether markup or lines lay between.
fn separator(
    page: Page<'_>,
    name: &Name,
    at: usize,
    spaced: usize,
    quoted_name: bool,
) -> Option<(usize, bool)> {
    let text = page.text;
    let rest = &text[spaced..];
    for sign in ["=>", ":=", "==", "=", ":", "->"] {
        if rest.starts_with(sign.as_bytes()) {
            // `http://`, `C:\`
            let address = sign == ":" && rest[1..].starts_with(b"//");
            return (!address).then_some((spaced + sign.len(), false));
        }
    }
    for sign in ["%3D", "%3A", "&#61;", "\\u003d", "\\u003a"] {
        if same_at(text, spaced, sign) {
            return Some((spaced + sign.len(), false));
        }
    }
    if page.kind == Kind::Csv && rest.first().is_some_and(|b| b",;\t|".contains(b)) {
        return Some((spaced + 1, false));
    }
    if let Some(at) = markup(text, name, at) {
        return Some((at, true));
    }
    if quoted_name || at == spaced {
        return None;
    }
    let option = text[..name.end].get(name.start).is_some_and(|b| *b == b'-');
    let line = &text[line_start(text, name.start, 256)..name.start];
    let netrc = line.trim_ascii_start().starts_with(b"login ")
        || super::text::holds(line, "machine ")
        || super::text::holds(line, "identified by ");
    (option || netrc).then_some((spaced, false))
}

/// `<password>`, `<key>password</key><string>`, `name="password" value="`, and lines of YAML.
fn markup(text: &[u8], name: &Name, at: usize) -> Option<usize> {
    let opened = text[..name.start]
        .iter()
        .rev()
        .take(40)
        .position(|b| b"<>".contains(b));
    let element = opened.is_some_and(|back| text[name.start - back - 1] == b'<');
    let mut end = skip_space(text, at, true);
    // the rest of the tag, as far as it holds no value of its own
    let tag = run(text, end, 200, |b| b != b'>' && b != b'<');
    let own = &text[end..tag];
    let label = own
        .windows(6)
        .position(|word| word.eq_ignore_ascii_case(b"value="));
    if let Some(label) = label {
        return Some(end + label + 6);
    }
    if text.get(tag) == Some(&b'>') && element {
        return Some(tag + 1);
    }
    let mut tags = 0;
    while text.get(end) == Some(&b'<') && tags < 4 {
        let close = run(text, end, 120, |b| b != b'>');
        if text.get(close) != Some(&b'>') {
            return None;
        }
        end = skip_space(text, close + 1, true);
        tags += 1;
    }
    if tags > 0 {
        return Some(end);
    }
    let line = same_at(text, end, "value:") && text[at..end].contains(&b'\n');
    line.then_some(end + 6)
}

fn until_tag(text: &[u8], start: usize) -> Value {
    let found = memchr::memchr(b'<', &text[start..(start + 8192).min(text.len())]);
    let mut end = found.map_or(start, |at| start + at);
    if text[start..end].starts_with(b"<![CDATA[") {
        end = start;
    }
    while end > start && (text[end - 1].is_ascii_whitespace() || text[start..end].ends_with(b"]]"))
    {
        end -= if text[end - 1] == b']' { 2 } else { 1 };
    }
    Value {
        start,
        end,
        open: None,
        quoted: true,
    }
}

/// Whether only a comment's sign, `export` or the like stands before it in its line.
fn begins_line(text: &[u8], start: usize) -> bool {
    let line = &text[line_start(text, start, 64)..start];
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    line.is_empty()
        || ["#", ";", "//", "-", "export", "set", "$env:"]
            .iter()
            .any(|word| line.eq_ignore_ascii_case(word.as_bytes()))
}

pub(super) fn fits(family: Family, value: &[u8], found: Value) -> bool {
    if found.open.is_some() {
        return true;
    }
    if value.len() > 512 && !matches!(family, Family::Person | Family::Home | Family::Computer) {
        return true;
    }
    let (quoted, length) = (found.quoted, value.len());
    let digits = value.iter().all(u8::is_ascii_digit);
    if stands_in(value) {
        return false;
    }
    match family {
        Family::Pass | Family::Pwd => {
            let folder = family == Family::Pwd && (value[0] == b'/' || value.get(1) == Some(&b':'));
            (quoted || length >= 4)
                && !folder
                && (quoted || !sentence(value))
                && !code(value, quoted)
        }
        Family::Secret => {
            length >= 5
                && !sentence(value)
                && !code(value, quoted)
                && !value.starts_with(b"SHA256:")
        }
        Family::Private => length >= 16 && !sentence(value) && !code(value, quoted),
        Family::Token => tokenish(value, 12),
        Family::Key | Family::Signed | Family::Signature => tokenish(value, 12),
        Family::Code => tokenish(value, 8),
        Family::Session => tokenish(value, 12) && !is_uuid(value),
        Family::Cookie => length >= 4 && value.iter().all(|b| *b > b' '),
        Family::Otp => {
            let base32 = |b: &u8| b.is_ascii_uppercase() || (b'2'..=b'7').contains(b) || *b == b' ';
            (4..=10).contains(&length) && digits || length >= 16 && value.iter().all(base32)
        }
        Family::Pin => (3..=12).contains(&length) && digits,
        Family::Seed => false,
        Family::Account => length >= 4 && value.iter().filter(|b| b.is_ascii_digit()).count() >= 4,
        Family::Phone => value.iter().filter(|b| b.is_ascii_digit()).count() >= 7 && length <= 32,
        Family::Person | Family::Home | Family::Computer => quoted && length <= 200,
    }
}
