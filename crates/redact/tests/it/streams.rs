//! The pieces in which a file comes change nothing, and a find is found wherever it lies.

use std::io::{Cursor, Read, Seek, SeekFrom};

use proptest::prelude::*;
use redact::{Known, Profile, Redactor, Words};

use crate::{holds, made, own, place};

/// Gives at most so many bytes at a time, in turn.
struct Pieces<'a> {
    text: Cursor<&'a [u8]>,
    sizes: &'a [usize],
    turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].clamp(1, to.len());
        self.turn += 1;
        self.text.read(&mut to[..size])
    }
}

impl Seek for Pieces<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.text.seek(to)
    }
}

fn redactor() -> Redactor {
    let mut known = Known::new([3; 32]);
    known.add("known", "KnownCanary1").unwrap();
    Redactor::new(Profile::of_id("share").unwrap(), known, Words::default())
}

/// Texts dense with what is looked for and what comes near it.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let parts = prop::sample::select(vec![
        "password=",
        "\"password\":\"",
        "hunter22",
        "KnownCanary1",
        "\n",
        " ",
        "\"",
        "\\",
        ",",
        "{",
        "}",
        "[",
        "]",
        "U1234567",
        "Cookie: a=b",
        "Authorization: Bearer ",
        "abc123def456ghi789jkl0",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "eyJ",
        ".",
        "://a:",
        "@b",
        "<",
        ">",
        "\u{e9}",
        "\u{1f525}",
        "\0",
        "ada@example.org",
        "4111111111111111",
        "%22",
        "\"name\":\"Cookie\",\"value\":\"",
        "httpOnly",
        "\tTRUE\t/\tTRUE\t0\ta\tb",
        "kraken ",
        "seed: ",
        "ocean tiger velvet canyon puzzle orbit meadow lantern harbor cactus ribbon anchor",
    ]);
    let text = prop::collection::vec(parts, 0..60).prop_map(|parts| parts.concat().into_bytes());
    prop_oneof![4 => text, 1 => prop::collection::vec(any::<u8>(), 0..400)]
}

proptest! {
    #[test]
    fn scan_and_copy_agree_whatever_the_pieces(
        text in texts(), sizes in prop::collection::vec(1_usize..50, 1..6),
        name in prop::sample::select(vec!["a.json", "a.jsonl", "a.csv", "a.xml", "a.ini", "a"])
    ) {
        let redactor = redactor();
        let pieces = || Pieces { text: Cursor::new(&text), sizes: &sizes, turn: 0 };
        let (mut to, mut whole) = (Vec::new(), Vec::new());
        let copied = redactor.copy(name, &mut pieces(), &mut to).unwrap();
        let scanned = redactor.scan(name, &mut pieces()).unwrap();
        let at_once = redactor.copy(name, &mut Cursor::new(&text), &mut whole).unwrap();
        prop_assert_eq!(&copied, &scanned);
        prop_assert_eq!(&copied, &at_once);
        prop_assert_eq!(&to, &whole);
        prop_assert!(!holds(&to, "KnownCanary1"));
        rebuilt(&text, &to, &copied)?;
    }

    #[test]
    fn json_stays_json(
        strings in prop::collection::vec(texts().prop_map(|text| String::from_utf8_lossy(&text).into_owned()), 1..5),
        numbers in prop::collection::vec(prop::sample::select(vec![1_u64, 918_273, 4_111_111_111_111_111, 12_345_678]), 1..4),
        keys in prop::collection::vec(prop::sample::select(vec!["password", "otp", "acct", "a", "cookies", "name", "value", "U1234567"]), 6),
    ) {
        let strings: Vec<serde_json::Value> = strings.into_iter().map(Into::into).collect();
        let value = serde_json::json!({
            keys[0]: strings[0], keys[1]: numbers, keys[2]: numbers[0], keys[3]: strings,
            "in": { keys[4]: strings[0], keys[5]: { "deep": [[numbers[0], strings[0]]] } },
        });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let mut to = Vec::new();
            redactor().copy("a.json", &mut Cursor::new(text.as_bytes()), &mut to).unwrap();
            let copy = String::from_utf8(to).unwrap();
            let again: Result<serde_json::Value, _> = serde_json::from_str(&copy);
            prop_assert!(again.is_ok(), "{:?}: {}\n{}", again, text, copy);
        }
    }

    #[test]
    fn text_stays_text(text in texts()) {
        let text = String::from_utf8_lossy(&text).into_owned();
        let (copy, withheld) = redactor().text(&text);
        let broken = copy.contains(char::REPLACEMENT_CHARACTER);
        prop_assert!(!broken || text.contains(char::REPLACEMENT_CHARACTER));
        prop_assert!(withheld.iter().all(|one| text.get(place(one)).is_some()));
    }
}

/// The copy is the original with bars at the places of the record, and nothing else.
fn rebuilt(text: &[u8], copy: &[u8], copied: &redact::Copied) -> Result<(), TestCaseError> {
    if copied.whole {
        return Ok(());
    }
    let mut rest = copy;
    let mut at = 0;
    for withheld in &copied.withheld {
        let kept = &text[at..place(withheld).start];
        prop_assert!(rest.starts_with(kept));
        rest = &rest[kept.len()..];
        rest = rest
            .strip_prefix(b"\"[withheld]\"")
            .or_else(|| rest.strip_prefix(b"[withheld]"))
            .or_else(|| rest.strip_prefix(&b"\0["[..]))
            .ok_or_else(|| TestCaseError::fail("no bar"))?;
        prop_assert!(withheld.end > withheld.start);
        at = place(withheld).end;
    }
    prop_assert_eq!(rest, &text[at..]);
    Ok(())
}

#[test]
fn a_find_is_found_across_every_cut_of_what_is_held() {
    let own = own();
    let mut known = Known::new([3; 32]);
    known.add("known", "KnownCanary1").unwrap();
    let knowing = Redactor::new(Profile::own(), known, Words::default());
    let token = format!("ghp_{}", made(36, 1));
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n{}\n-----END PRIVATE KEY-----",
        made(64, 2),
        made(30, 3)
    );
    let cookie = "{\"domain\":\"x\",\"value\":\"Canary77pass\",\"httpOnly\":true}";
    // around the places at which what is held is cut: 512 KiB and what lies before and behind it
    let cuts = [
        524_288_usize,
        528_384,
        532_480,
        622_592,
        626_688,
        630_784,
        1_048_576,
        1_056_768,
    ];
    let found = format!("\nx {token} y KnownCanary1 z\nIbPassword=Canary77pass\n{pem}\n{cookie}\n");
    let filler = "2026-11-24 nothing of note here\n";
    for cut in cuts {
        for back in [0, 1, 3, 7, 12, 20, 39, 60, 4096] {
            let mut text: String = filler.chars().cycle().take(cut - back).collect();
            text.push_str(&found);
            text.extend(filler.chars().cycle().take(700_000));
            for (redactor, count) in [(&own, 4), (&knowing, 5)] {
                let mut to = Vec::new();
                let copied = redactor
                    .copy("a.log", &mut Cursor::new(text.as_bytes()), &mut to)
                    .unwrap();
                assert_eq!(
                    copied.withheld.len(),
                    count,
                    "{cut} {back}: {:?}",
                    copied.withheld
                );
                for secret in [&token, "Canary77pass", &made(64, 2)] {
                    assert!(!holds(&to, secret), "{cut} {back}");
                }
            }
        }
    }
}

#[test]
fn a_value_larger_than_what_is_held_is_withheld_to_its_end() {
    let own = own();
    for (name, before, after) in [
        ("a.json", "{\"password\":\"", "\",\"after\":1}"),
        ("a.ini", "IbPassword=", "\nAfter=1\n"),
        ("a.log", "x Authorization: Bearer ", " after\n"),
        ("a.log", "x password=", " after\n"),
        ("a.pem", "-----BEGIN PRIVATE KEY-----\n", "\n\nafter\n"),
    ] {
        for length in [90_000, 600_000, 2_000_000] {
            let text = format!("{before}{}{after}", "aB3dE6gH".repeat(length / 8));
            let mut to = Vec::new();
            let copied = own
                .copy(name, &mut Cursor::new(text.as_bytes()), &mut to)
                .unwrap();
            let copy = String::from_utf8(to).unwrap();
            assert!(copy.len() < 100, "{name} {length}: {} bytes", copy.len());
            assert!(copy.to_lowercase().contains("after"), "{copy}");
            assert_eq!(copied.withheld.len(), 1, "{name} {length}");
        }
    }
}
