//! Files made to break what reads them.

use std::io::{self, Read, Seek, SeekFrom, Write};

use redact::{Known, MOST_PLACES, Profile, Redactor, Words};

use crate::{copied, copied_text, own, share};

/// So many of one byte, and then an end.
struct Endless {
    byte: u8,
    length: u64,
    at: u64,
    end: &'static [u8],
}

impl Read for Endless {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.at);
        if left > 0 {
            let size = to.len().min(usize::try_from(left).unwrap());
            to[..size].fill(self.byte);
            self.at += size as u64;
            return Ok(size);
        }
        let mut end = &self.end[usize::try_from(self.at - self.length).unwrap()..];
        let size = end.read(to)?;
        self.at += size as u64;
        Ok(size)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(at) => self.at = at,
            SeekFrom::Current(by) => self.at = self.at.checked_add_signed(by).unwrap(),
            SeekFrom::End(_) => return Err(io::ErrorKind::Unsupported.into()),
        }
        Ok(self.at)
    }
}

/// Remembers the end only.
#[derive(Default)]
struct Tail {
    written: u64,
    last: Vec<u8>,
}

impl Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += bytes.len() as u64;
        self.last
            .extend_from_slice(&bytes[bytes.len().saturating_sub(64)..]);
        let surplus = self.last.len().saturating_sub(64);
        self.last.drain(..surplus);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const LINE: u64 = if cfg!(debug_assertions) {
    48 << 20
} else {
    1 << 30
};

#[test]
fn one_endless_line_is_streamed_and_searched_to_its_end() {
    for byte in [b'0', b'a', b' ', b'"', b'\\', b'{', b'@', b'=', b'-'] {
        let mut from = Endless {
            byte,
            length: LINE,
            at: 0,
            end: b" \npassword=Canary77pass\n",
        };
        let mut to = Tail::default();
        let copied = own().copy("a.txt", &mut from, &mut to).unwrap();
        assert!(
            to.last.ends_with(b"password=[withheld]\n"),
            "{byte}: {:?}",
            String::from_utf8_lossy(&to.last)
        );
        assert_eq!((copied.read, copied.withheld.len()), (LINE + 24, 1));
    }
    // a file of zeros is not text, and is kept as it is
    let mut from = Endless {
        byte: 0,
        length: LINE,
        at: 0,
        end: b"end",
    };
    let mut to = Tail::default();
    let copied = own().copy("a.bin", &mut from, &mut to).unwrap();
    assert!(copied.unchanged() && to.written == LINE + 3 && to.last.ends_with(b"\0end"));
}

#[test]
fn a_word_repeated_without_end_does_not_take_forever() {
    for word in [
        "password=",
        "token=",
        "\"token\":",
        "session=session",
        "eyJ",
        "Cookie: ",
        "://a:",
        "-----BEGIN PRIVATE KEY-----",
        "seed ocean ",
        "kraken ",
        "httpOnly",
        "\"name\":\"Cookie\"",
        "\tTRUE\t",
        "a@",
        "4111 ",
        "secret ",
        "<password>",
        "{\"kty\"",
        "Authorization: OAuth a=",
        "AKIA",
        "\\\\\\\"",
    ] {
        let text = word.repeat((1 << 17) / word.len());
        for redactor in [own(), share()] {
            copied(&redactor, "a.json", text.as_bytes());
            copied(&redactor, "a.csv", text.as_bytes());
            copied(&redactor, "a.html", text.as_bytes());
        }
    }
}

#[test]
fn bytes_that_are_no_letters_are_kept_as_they_are() {
    let text = b"\xc3\x28 \xff\xfe\xfd password=Canary77pass \xe2\x82 \xf0\x9f\x94\n\xed\xa0\x80";
    let (copy, report) = copied(&own(), "a.txt", text);
    assert_eq!(
        copy,
        b"\xc3\x28 \xff\xfe\xfd password=[withheld] \xe2\x82 \xf0\x9f\x94\n\xed\xa0\x80"
    );
    assert_eq!(report.withheld.len(), 1);
}

#[test]
fn json_ten_thousand_deep_is_read_like_any_other() {
    let text = format!(
        "{}{{\"password\":\"Canary77pass\"}}{}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let (copy, report) = copied_text(&own(), "a.json", &text);
    assert_eq!(copy, text.replace("Canary77pass", "[withheld]"));
    assert_eq!(report.withheld[0].pointer, None);
}

#[test]
fn quotes_that_do_not_match_hide_nothing() {
    for text in [
        "\"password\":\"Canary77pass",
        "'password': 'Canary77pass",
        "password=\"Canary77pass\nnext",
        "\"\"\"password\"\"\": \"Canary77pass\"",
        "{\"a\":\"\\\"password\\\":\\\"Canary77pass",
        "password=\\\"Canary77pass\\",
    ] {
        for name in ["a.json", "a.csv", "a.txt"] {
            let (copy, _) = copied_text(&own(), name, text);
            assert!(!copy.contains("Canary77pass"), "{name}: {copy}");
        }
    }
}

#[test]
fn the_record_is_bounded_and_says_how_much_more_there_is() {
    let line = "password=Canary77pass\n";
    let count = MOST_PLACES + 50;
    let (copy, report) = copied_text(&own(), "a.txt", &line.repeat(count));
    assert!(!copy.contains("Canary"));
    assert_eq!((report.withheld.len(), report.more), (MOST_PLACES, 50));
}

#[test]
fn a_full_disk_is_an_error_and_not_a_shorter_copy() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = own()
        .copy("a", &mut io::Cursor::new(b"text"), &mut Full)
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_file_that_changes_between_its_two_readings_gives_no_copy() {
    /// Clean the first time, another the second.
    struct Changing(io::Cursor<Vec<u8>>, bool);
    impl Read for Changing {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.0.read(to)
        }
    }
    impl Seek for Changing {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            if matches!(to, SeekFrom::Start(_)) && !self.1 {
                self.1 = true;
                self.0.get_mut()[5] = b'!';
            }
            self.0.seek(to)
        }
    }
    let mut from = Changing(io::Cursor::new(vec![0, 1, 2, 3, 0xff, 4, 5, 0xff]), false);
    let error = own().copy("a.bin", &mut from, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("changed"), "{error}");
}

#[test]
fn known_secrets_of_many_accounts_are_all_found() {
    let secret = |number: usize| format!("secret-number-{number:04}-of-many");
    let mut known = Known::new([5; 32]);
    for number in 0..200 {
        known
            .add(&format!("number {number}"), &secret(number))
            .unwrap();
    }
    let redactor = Redactor::new(Profile::own(), known, Words::default());
    let mut text = String::new();
    for number in 0..200 {
        text.push('<');
        text.push_str(&secret(number));
        text.push_str(">\n");
    }
    let (copy, report) = copied_text(&redactor, "a.txt", &text);
    assert_eq!(copy, "<[withheld]>\n".repeat(200));
    assert_eq!(report.withheld[199].reason, "known: number 199");
}
