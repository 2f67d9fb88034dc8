//! What a value looks like by itself: a token, a stand-in, the program's text, a sentence.

use super::text::token_byte;

/// What keys, tokens and session ids look like.
pub(super) fn tokenish(value: &[u8], least: usize) -> bool {
    let of_token = |b: &u8| token_byte(*b) || b"~:%|!*$".contains(b);
    let digit = value.iter().any(u8::is_ascii_digit);
    let letter = value.iter().any(u8::is_ascii_alphabetic);
    let time = value.len() >= 10 && value[4] == b'-' && value[..4].iter().all(u8::is_ascii_digit);
    let address = value.windows(3).any(|three| three == b"://");
    let path =
        value[0] == b'/' && value.iter().filter(|b| **b == b'/').count() > 1 && value.len() < 40;
    value.len() >= least
        && value.iter().all(of_token)
        && (digit && (letter || value.len() >= 15) || value.len() >= 32 && letter)
        && !time
        && !address
        && !path
        && !value.starts_with(b"SHA256:")
}

/// Something that stands where a value will be, or stood.
pub(super) fn stands_in(value: &[u8]) -> bool {
    if value.len() > 80 {
        return false;
    }
    let small = value.to_ascii_lowercase();
    let all = |of: fn(&u8) -> bool| small.iter().all(of);
    let words: [&[u8]; 22] = [
        b"[withheld]",
        b"withheld",
        b"redacted",
        b"[redacted]",
        b"<redacted>",
        b"none",
        b"null",
        b"nil",
        b"true",
        b"false",
        b"yes",
        b"no",
        b"changeme",
        b"undefined",
        b"required",
        b"optional",
        b"string",
        b"hidden",
        b"masked",
        b"unset",
        b"[withheld",
        b"demouser",
    ];
    let variable = |text: &[u8]| {
        text.iter()
            .all(|b| b.is_ascii_alphanumeric() || b"_.:- {}()[]".contains(b))
    };
    let filled = match small.as_slice() {
        [b'$', rest @ ..] => {
            variable(rest)
                && rest
                    .first()
                    .is_some_and(|b| b"{(abcdefghijklmnopqrstuvwxyz_".contains(b))
        }
        [b'%', rest @ .., b'%'] => variable(rest),
        [b'{', .., b'}'] | [b'<', .., b'>'] => true,
        [b'%', b's' | b'd'] => true,
        _ => false,
    };
    all(|b| *b == b'*')
        || all(|b| *b == b'x')
        || all(|b| b".-_ ".contains(b))
        || filled
        || words.contains(&small.as_slice())
        || small.starts_with(b"your") && small.get(4).is_none_or(|b| b"-_ ".contains(b))
        || "\u{2022}".as_bytes() == value.get(..3).unwrap_or_default()
}

/// `getpass()`, `os.environ["X"]`: the program's text and not the value.
pub(super) fn code(value: &[u8], quoted: bool) -> bool {
    let name = value
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || b"_.".contains(b))
        .count();
    !quoted
        && name > 0
        && matches!(value.get(name), Some(b'(' | b'['))
        && matches!(value.last(), Some(b')' | b']' | b';' | b'(' | b'['))
}

/// Words that say something: a path through menus, or three and more that begin with a capital.
pub(super) fn sentence(value: &[u8]) -> bool {
    let mut words = value.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let plain = |word: &[u8]| {
        word.iter()
            .all(|b| b.is_ascii_alphabetic() || b"'>-(),.:;".contains(b))
    };
    let begins = value.first().is_some_and(u8::is_ascii_uppercase);
    begins && words.clone().count() >= 3 && words.all(plain)
}

/// Four to eight small words.
pub(super) fn passphrase(value: &[u8]) -> bool {
    let words = value.split(|b| *b == b' ');
    let small = |word: &[u8]| word.len() >= 3 && word.iter().all(u8::is_ascii_lowercase);
    (4..=8).contains(&words.clone().count()) && words.clone().all(small)
}
