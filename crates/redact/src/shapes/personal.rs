//! What says who somebody is, by its shape: account, bank and card numbers, mail addresses, telephone
//! numbers, and the user's name in the paths of folders.

use super::text::{Page, begins_word, run};
use super::{Class, Hit};

pub(super) fn look(page: Page<'_>, from: usize, to: usize, hits: &mut Vec<Hit>) {
    let text = page.text;
    for at in memchr::memchr_iter(b'@', &text[from..to]) {
        mail(text, from + at, 1, hits);
    }
    for at in memchr::memmem::find_iter(&text[from..to], b"%40") {
        mail(text, from + at, 3, hits);
    }
    for at in memchr::memchr2_iter(b'/', b'\\', &text[from..to]) {
        home(text, from + at, hits);
    }
    let mut at = from;
    while at < to {
        if !text[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < text.len() && text[at].is_ascii_digit() {
            at += 1;
        }
        // a run that began before was looked at then
        let before = start.checked_sub(1).map_or(0, |at| text[at]);
        if !before.is_ascii_digit() && may_be_a_number(text, before, at - start, at) {
            at = at.max(number(text, start, at, hits));
        }
    }
}

/// Whether a run of so many digits, with these bytes around it, is worth a closer look.
#[inline]
fn may_be_a_number(text: &[u8], before: u8, length: usize, end: usize) -> bool {
    let next = text.get(end).copied().unwrap_or(0);
    match length {
        _ if before == b'+' => true,
        13.. => true,
        1 => next == b'-',
        3 => matches!(next, b'-' | b' ' | b')' | b'.'),
        4 if matches!(next, b' ' | b'-') => true,
        2.. => before.is_ascii_alphabetic(),
        _ => false,
    }
}

fn mail(text: &[u8], at: usize, width: usize, hits: &mut Vec<Hit>) {
    let of_name = |b: u8| b.is_ascii_alphanumeric() || b"._%+-".contains(&b) || b >= 0x80;
    let mut start = at;
    let least = at.saturating_sub(64);
    while start > least && of_name(text[start - 1]) && !super::text::after_escape(text, start) {
        start -= 1;
    }
    let of_host = |b: u8| b.is_ascii_alphanumeric() || b".-".contains(&b) || b >= 0x80;
    let mut end = run(text, at + width, 253, of_host);
    while end > at + width && b".-".contains(&text[end - 1]) {
        end -= 1;
    }
    let host = &text[at + width..end];
    let top = memchr::memrchr(b'.', host).map(|dot| &host[dot + 1..]);
    if start < at && top.is_some_and(|top| top.len() >= 2 && !top.iter().any(u8::is_ascii_digit)) {
        push(hits, start, end, Class::Email, "a mail address");
    }
}

/// `/home/ada/`, `/Users/ada/`, `C:\Users\ada\`: the name.
fn home(text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let rest = &text[at + 1..];
    let word = ["home", "users"].iter().find(|word| {
        rest.len() > word.len() && rest[..word.len()].eq_ignore_ascii_case(word.as_bytes())
    });
    let Some(word) = word else {
        return;
    };
    let slashes = at + 1 + word.len();
    let start = run(text, slashes, 4, |b| b == text[at]);
    let end = run(text, start, 64, |b| {
        b.is_ascii_alphanumeric() || b"._-".contains(&b) || b >= 0x80
    });
    let shared = ["public", "default", "shared", "all", "linuxbrew"];
    let name = &text[start..end];
    let common = shared
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word.as_bytes()));
    if start > slashes
        && end > start
        && !common
        && !(at > 0 && text[at - 1].is_ascii_alphanumeric())
    {
        push(hits, start, end, Class::Computer, "a user's name in a path");
    }
}

/// A run of digits and what stands around it. Gives where to go on.
fn number(text: &[u8], at: usize, end: usize, hits: &mut Vec<Hit>) -> usize {
    let before = at.checked_sub(1).map_or(0, |at| text[at]);
    let lettered = before.is_ascii_alphabetic();
    let found = match end - at {
        _ if before == b'+' => phone(text, at, hits),
        2.. if lettered => broker(text, at, end, hits).or_else(|| iban(text, at, hits)),
        1 | 3 => phone(text, at, hits),
        4 | 13.. => card(text, at, hits),
        _ => None,
    };
    found.unwrap_or(end)
}

/// `U1234567`, `DU1234567`, `F1234567`, `I1234567` and the like.
fn broker(text: &[u8], at: usize, end: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let letters = text[..at]
        .iter()
        .rev()
        .take(3)
        .take_while(|b| b.is_ascii_uppercase())
        .count();
    let start = at - letters;
    let known = ["U", "DU", "F", "DF", "I", "DI", "UF", "UI"];
    let prefix = std::str::from_utf8(&text[start..at]).ok()?;
    let whole = begins_word(text, start) && !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    if !(known.contains(&prefix) && (5..=9).contains(&(end - at)) && whole) {
        return None;
    }
    push(
        hits,
        start,
        end,
        Class::AccountNumber,
        "an IBKR account number",
    );
    Some(end)
}

/// Two letters, two digits, and what the check sum asks for; also in groups of four.
fn iban(text: &[u8], at: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let start = at.checked_sub(2)?;
    if !text[start..at].iter().all(u8::is_ascii_alphabetic) || !begins_word(text, start) {
        return None;
    }
    let mut compact = Vec::with_capacity(34);
    let mut stop = start;
    let mut best = None;
    while compact.len() < 34 {
        match text.get(stop) {
            Some(byte) if byte.is_ascii_alphanumeric() => compact.push(byte.to_ascii_uppercase()),
            Some(b' ') if compact.len() % 4 == 0 && !compact.is_empty() => {
                stop += 1;
                continue;
            }
            _ => break,
        }
        stop += 1;
        let ended = !text.get(stop).is_some_and(u8::is_ascii_alphanumeric);
        if ended && compact.len() >= 15 && ninety_seven(&compact) {
            best = Some(stop);
        }
    }
    let end = best?;
    push(
        hits,
        start,
        end,
        Class::AccountNumber,
        "a bank account number (IBAN)",
    );
    Some(end)
}

fn ninety_seven(compact: &[u8]) -> bool {
    let moved = compact[4..].iter().chain(&compact[..4]);
    let rest = moved.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.saturating_sub(b'A')) + 10) % 97,
    });
    rest == 1 && compact[2..4].iter().all(u8::is_ascii_digit)
}

/// `+1 877 442 2757`, `1-877-442-2757`, `(312) 542-6901`.
fn phone(text: &[u8], at: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let plus = at.checked_sub(1).filter(|before| text[*before] == b'+');
    let free = |start: usize| {
        start == 0
            || !text[start - 1].is_ascii_alphanumeric() && !b"./=_".contains(&text[start - 1])
    };
    if let Some(start) = plus {
        let of_phone = |b: u8| b.is_ascii_digit() || b" -./()".contains(&b);
        let mut end = run(text, at, 24, of_phone);
        while end > at && !text[end - 1].is_ascii_digit() {
            end -= 1;
        }
        let digits = text[at..end].iter().filter(|b| b.is_ascii_digit()).count();
        let ended = !text
            .get(end)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b':');
        if !(8..=15).contains(&digits) || text[at] == b'0' || !ended || !free(start) {
            return None;
        }
        push(hits, start, end, Class::Phone, "a telephone number");
        return Some(end);
    }
    let start = if at > 0 && text[at - 1] == b'(' {
        at - 1
    } else {
        at
    };
    let mut stop = at;
    let groups: &[usize] = if text[at..].starts_with(b"1-") {
        &[1, 3, 3, 4]
    } else {
        &[3, 3, 4]
    };
    for (index, length) in groups.iter().enumerate() {
        let end = run(text, stop, length + 1, |b| b.is_ascii_digit());
        if end - stop != *length {
            return None;
        }
        stop = end;
        if index + 1 < groups.len() {
            let gap = run(text, stop, 2, |b| b"- ).".contains(&b));
            if gap == stop {
                return None;
            }
            stop = gap;
        }
    }
    let ended = !text
        .get(stop)
        .is_some_and(|b| b.is_ascii_alphanumeric() || b"-.".contains(b));
    (ended && free(start)).then(|| {
        push(hits, at, stop, Class::Phone, "a telephone number");
        stop
    })
}

/// The digits of a card, also in groups, with their check digit.
fn card(text: &[u8], at: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    if !begins_word(text, at) || at > 0 && b".-_".contains(&text[at - 1]) {
        return None;
    }
    let mut end = at;
    let mut digits = Vec::with_capacity(19);
    let mut stop = at;
    while digits.len() <= 19 {
        match text.get(stop) {
            Some(digit) if digit.is_ascii_digit() => {
                digits.push(digit - b'0');
                end = stop + 1;
            }
            Some(b' ' | b'-') if text.get(stop + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        stop += 1;
    }
    let grouped = end - at > digits.len();
    let ended = !text
        .get(end)
        .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.');
    if !(issued(&digits, grouped) && ended && luhn(&digits)) {
        return None;
    }
    push(hits, at, end, Class::AccountNumber, "a card number");
    Some(end)
}

/// Whether cards are numbered so. Without groups it may as well be an order's number, so that only
/// the large issuers count.
fn issued(digits: &[u8], grouped: bool) -> bool {
    match (digits.len(), digits) {
        (13..=19, [2..=6, ..]) if grouped => true,
        (16, [4, ..] | [5, 1..=5, ..] | [6, 5, ..] | [6, 0, 1, 1, ..] | [2, 2..=7, ..]) => true,
        (15, [3, 4 | 7, ..]) => true,
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, u32::from(*digit) * 2) {
            (0, _) => u32::from(*digit),
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != digits[0])
}

fn push(hits: &mut Vec<Hit>, start: usize, end: usize, class: Class, reason: &'static str) {
    hits.push(Hit {
        start,
        end,
        class,
        reason,
        open: None,
    });
}
