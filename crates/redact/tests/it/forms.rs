//! Secrets that are known, in the forms and codings in which files have them; and files that are not text.

use std::io::Cursor;

use redact::{Class, Known, Profile, Redactor, Words};

use crate::{copied, copied_text, holds, made, own, place};

const SECRET: &str = "Canary \"77\" /pass+word";

fn knowing(secret: &str) -> Redactor {
    let mut known = Known::new([9; 32]);
    known.add("the password of the test", secret).unwrap();
    Redactor::new(Profile::own(), known, Words::default())
}

fn wide(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let text = if mark {
        format!("\u{feff}{text}")
    } else {
        text.to_owned()
    };
    let unit = |unit: u16| {
        if little {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    };
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn a_known_secret_never_leaves_whatever_stands_around_it() {
    let redactor = knowing(SECRET);
    let json = serde_json::to_string(SECRET).unwrap();
    let twice = serde_json::to_string(&json).unwrap();
    for text in [
        SECRET.to_owned(),
        format!("xx{SECRET}xx"),
        format!("{{\"note\":{json}}}"),
        format!("{{\"note\":{twice}}}"),
        "note=Canary%20%2277%22%20%2Fpass%2Bword".to_owned(),
        "note=Canary+%2277%22+%2Fpass%2Bword".to_owned(),
        "<n>Canary &quot;77&quot; /pass+word</n>".to_owned(),
        "43616e6172792022373722202f706173732b776f7264".to_owned(),
    ] {
        let (copy, copied) = copied_text(&redactor, "a", &text);
        assert!(!copy.contains("pass") && !copy.contains("7061"), "{copy}");
        assert_eq!(copied.withheld[0].class, Class::KnownSecret);
        assert_eq!(copied.withheld[0].reason, "known: the password of the test");
    }
}

#[test]
fn a_known_secret_is_known_when_its_place_names_another_reason() {
    let redactor = knowing("Canary77pass");
    let (copy, copied) = copied_text(&redactor, "a", "IbPassword=Canary77pass!\n");
    assert_eq!(copy, "IbPassword=[withheld]\n");
    assert_eq!(copied.withheld.len(), 1);
    assert_eq!(copied.withheld[0].class, Class::KnownSecret);
}

#[test]
fn wide_text_is_searched_and_stays_wide() {
    let redactor = knowing("KnownCanary1");
    let text = "[Logon] \u{1f525} \u{e9}\r\nIbPassword=Canary77pass\r\nNote=KnownCanary1 here\r\n";
    let kept = "[Logon] \u{1f525} \u{e9}\r\nIbPassword=[withheld]\r\nNote=[withheld] here\r\n";
    for (little, mark) in [(true, true), (false, true), (true, false), (false, false)] {
        let bytes = wide(text, little, mark);
        let (copy, copied) = copied(&redactor, "jts.ini", &bytes);
        assert_eq!(copy, wide(kept, little, mark));
        let left_out = |index: usize| {
            let withheld = &copied.withheld[index];
            bytes[place(withheld)].to_vec()
        };
        assert_eq!(left_out(0), wide("Canary77pass", little, false));
        assert_eq!(left_out(1), wide("KnownCanary1", little, false));
        assert_eq!(copied.withheld[1].line, 3);
    }
}

#[test]
fn a_file_that_is_not_text_is_kept_whole_or_withheld_whole() {
    let redactor = knowing("KnownCanary1");
    let mut clean = vec![0, 1, 2, 3, 0xff];
    clean.extend(b"some text");
    clean.extend(vec![0; 300_000]);
    let (copy, report) = copied(&redactor, "a.bin", &clean);
    assert_eq!(copy, clean);
    assert!(report.unchanged() && !report.whole);
    let token = format!("ghp_{}", made(36, 1));
    for secret in [
        b"KnownCanary1".to_vec(),
        wide("KnownCanary1", true, false),
        wide(&format!("{token} "), true, false),
        format!(" {token} ").into_bytes(),
    ] {
        let mut bytes = clean.clone();
        bytes.splice(200_000..200_000, secret);
        let (copy, report) = copied(&redactor, "a.bin", &bytes);
        let copy = String::from_utf8(copy).unwrap();
        assert!(
            copy.starts_with("[withheld]") && copy.lines().count() == 1,
            "{copy}"
        );
        assert!(report.whole && report.withheld.len() == 1);
        assert_eq!(
            (report.withheld[0].start, report.withheld[0].end),
            (0, bytes.len() as u64)
        );
    }
}

#[test]
fn a_copy_begins_where_the_original_stands() {
    let bytes = [b"skip".as_slice(), &[0, 1, 2, 0, 0xff, 3]].concat();
    let mut from = Cursor::new(bytes);
    from.set_position(4);
    let mut to = Vec::new();
    own().copy("a.bin", &mut from, &mut to).unwrap();
    assert_eq!(to, [0, 1, 2, 0, 0xff, 3]);
}

#[test]
fn a_store_of_keys_or_cookies_is_withheld_whole() {
    let (copy, report) = copied(&own(), "root/vertx.jks", b"\xfe\xed\xfe\xed\0\0\0\x02abc");
    assert!(holds(&copy, "private keys") && report.whole);
    let mut sqlite = b"SQLite format 3\0".to_vec();
    sqlite.extend([0; 100]);
    sqlite.extend(b"CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, name TEXT, value TEXT)");
    let (_, report) = copied(&own(), "cookies.sqlite", &sqlite);
    assert!(report.whole);
}

#[test]
fn what_nobody_can_look_into_says_so() {
    let (copy, report) = copied(&own(), "a.zip", b"PK\x03\x04\x14\0\0\0abc");
    assert_eq!(copy, b"PK\x03\x04\x14\0\0\0abc");
    assert!(
        report
            .opaque
            .is_some_and(|words| words.contains("not looked into"))
    );
    let (_, report) = copied(&own(), "a.txt", b"text");
    assert_eq!(report.opaque, None);
}

#[test]
fn names_of_files_and_titles_are_redacted_as_text() {
    let token = format!("ghp_{}", made(36, 1));
    let (text, withheld) = own().text(&format!("captures/00001-{token}.json"));
    assert_eq!(text, "captures/00001-[withheld].json");
    assert_eq!(withheld.len(), 1);
    let (text, withheld) = own().text("captures/00001-kraken-orders.json");
    assert_eq!(
        (text.as_str(), withheld.len()),
        ("captures/00001-kraken-orders.json", 0)
    );
    let (line, _) = own().text("{\"seq\":1,\"event\":{\"otp\":918273}}");
    assert_eq!(line, "{\"seq\":1,\"event\":{\"otp\":\"[withheld]\"}}");
}
