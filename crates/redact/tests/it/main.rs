//! Redaction by its public face: what is found, what is kept, and that a copy stays what it was.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod canaries;
mod forms;
mod hostile;
mod innocents;
mod personal;
mod streams;

use std::io::Cursor;
use std::ops::Range;

use redact::{Copied, Known, Profile, Redactor, Withheld, Words};

fn own() -> Redactor {
    Redactor::new(Profile::own(), Known::none(), Words::default())
}

fn share() -> Redactor {
    Redactor::new(
        Profile::of_id("share").unwrap(),
        Known::none(),
        Words::default(),
    )
}

/// A copy, checked against what a scan says of it.
fn copied(redactor: &Redactor, name: &str, text: &[u8]) -> (Vec<u8>, Copied) {
    let mut to = Vec::new();
    let copied = redactor
        .copy(name, &mut Cursor::new(text), &mut to)
        .unwrap();
    let scanned = redactor.scan(name, &mut Cursor::new(text)).unwrap();
    assert_eq!(scanned, copied, "{name}");
    assert_eq!(copied.bytes, to.len() as u64);
    assert_eq!(copied.read, text.len() as u64);
    (to, copied)
}

fn copied_text(redactor: &Redactor, name: &str, text: &str) -> (String, Copied) {
    let (to, copied) = copied(redactor, name, text.as_bytes());
    (String::from_utf8(to).unwrap(), copied)
}

/// Where it lies in the original.
fn place(withheld: &Withheld) -> Range<usize> {
    usize::try_from(withheld.start).unwrap()..usize::try_from(withheld.end).unwrap()
}

fn holds(text: &[u8], part: &str) -> bool {
    text.windows(part.len())
        .any(|there| there == part.as_bytes())
}

/// Made up: letters of both cases and digits, never the same twice.
fn made(length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut text: String = (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(letters[(state >> 33) as usize % letters.len()])
        })
        .collect();
    // every shape wants both cases and digits
    if length >= 4 {
        text.replace_range(0..3, "aZ7");
    }
    text
}
