//! What sort of file it is, by its name and its first bytes.

/// How many of the first bytes are looked at.
pub(crate) const HEAD: usize = 64 * 1024;

/// How its text is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Coding {
    /// UTF-8, or bytes near enough.
    Narrow,
    /// UTF-16 with the lower byte first, as Windows writes it.
    WideLittle,
    /// UTF-16 with the higher byte first.
    WideBig,
    /// Not text.
    Binary,
}

/// What its text is, as far as a copy must keep to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// One JSON document.
    Json,
    /// A JSON document a line.
    JsonLines,
    /// Separated values.
    Csv,
    /// TOML, whose bare numbers have to become strings.
    Toml,
    /// XML or HTML.
    Markup,
    /// Anything else.
    Plain,
}

impl Kind {
    pub(crate) fn is_json(self) -> bool {
        match self {
            Self::Json | Self::JsonLines => true,
            Self::Csv | Self::Toml | Self::Markup | Self::Plain => false,
        }
    }
}

/// All of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sort {
    pub(crate) coding: Coding,
    pub(crate) kind: Kind,
    /// Why nobody can look inside.
    pub(crate) opaque: Option<&'static str>,
    /// Why all of it is withheld, whatever it holds.
    pub(crate) store: Option<&'static str>,
}

impl Sort {
    pub(crate) fn of(name: &str, head: &[u8]) -> Self {
        let coding = coding(head);
        Self {
            coding,
            kind: kind(name, head),
            opaque: opaque(head),
            store: store(name, head),
        }
    }
}

fn coding(head: &[u8]) -> Coding {
    match head {
        [0xff, 0xfe, ..] => return Coding::WideLittle,
        [0xfe, 0xff, ..] => return Coding::WideBig,
        _ => {}
    }
    if memchr::memchr(0, head).is_none() {
        return Coding::Narrow;
    }
    let looked = &head[..head.len().min(4096)];
    let pairs = looked.len() / 2;
    let nul_at = |odd: usize| looked.chunks_exact(2).filter(|pair| pair[odd] == 0).count();
    let (first, second) = (nul_at(0), nul_at(1));
    // mostly Latin letters: every second byte is zero, and hardly one of the others
    if pairs >= 4 && second * 10 >= pairs * 7 && first * 50 <= pairs {
        Coding::WideLittle
    } else if pairs >= 4 && first * 10 >= pairs * 7 && second * 50 <= pairs {
        Coding::WideBig
    } else {
        Coding::Binary
    }
}

fn kind(name: &str, head: &[u8]) -> Kind {
    let ending = ending(name);
    match ending.as_str() {
        "jsonl" | "ndjson" => return Kind::JsonLines,
        "csv" | "tsv" => return Kind::Csv,
        "toml" => return Kind::Toml,
        "xml" | "html" | "htm" | "xhtml" | "plist" | "svg" => return Kind::Markup,
        _ => {}
    }
    // UTF-16 and a byte order mark read as their letters
    let mut letters = head
        .iter()
        .filter(|byte| !matches!(byte, 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff))
        .filter(|byte| !byte.is_ascii_whitespace());
    let json = match (letters.next(), letters.next()) {
        (Some(b'{'), Some(b'"' | b'}')) => true,
        (Some(b'['), Some(b'{' | b'[' | b'"' | b']')) => true,
        _ => matches!(ending.as_str(), "json" | "har"),
    };
    if !json {
        let markup = head.trim_ascii_start().starts_with(b"<");
        return if markup { Kind::Markup } else { Kind::Plain };
    }
    let lines = memchr::memmem::find(head, b"}\n{").is_some()
        || memchr::memmem::find(head, b"}\r\n{").is_some();
    if lines { Kind::JsonLines } else { Kind::Json }
}

fn ending(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.to_ascii_lowercase()
}

fn opaque(head: &[u8]) -> Option<&'static str> {
    const PACKED: &str = "packed: what lies in it was not looked into";
    const OFFICE: &str = "an office document or mail store: only its bare text was looked into";
    const SEALED: &str = "encrypted: nobody without the key can look into it";
    const PICTURE: &str = "a picture, sound or film: what it shows was not looked at";
    const PDF: &str = "a PDF: its pages are packed and were not looked into";
    let starts: [(&[u8], &'static str); 25] = [
        (b"PK\x03\x04", PACKED),
        (b"PK\x05\x06", PACKED),
        (b"\x1f\x8b", PACKED),
        (b"BZh", PACKED),
        (b"\xfd7zXZ\x00", PACKED),
        (b"\x28\xb5\x2f\xfd", PACKED),
        (b"\x04\x22\x4d\x18", PACKED),
        (b"7z\xbc\xaf\x27\x1c", PACKED),
        (b"Rar!\x1a\x07", PACKED),
        (b"mozLz40\x00", PACKED),
        (b"\xd0\xcf\x11\xe0", OFFICE),
        (b"!BDN", OFFICE),
        (b"age-encryption.org/", SEALED),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", SEALED),
        (b"-----BEGIN PGP MESSAGE-----", SEALED),
        (b"IBGZENC", SEALED),
        (b"%PDF", PDF),
        (b"\x89PNG", PICTURE),
        (b"\xff\xd8\xff", PICTURE),
        (b"GIF8", PICTURE),
        (b"RIFF", PICTURE),
        (b"OggS", PICTURE),
        (b"\x1a\x45\xdf\xa3", PICTURE),
        (b"ID3", PICTURE),
        (b"II*\x00", PICTURE),
    ];
    let known = starts.iter().find(|(start, _)| head.starts_with(start));
    known.map(|(_, words)| *words).or_else(|| {
        let film = head.get(4..8) == Some(b"ftyp".as_slice());
        film.then_some(PICTURE)
    })
}

/// Files whose whole purpose is to hold keys or logins.
fn store(name: &str, head: &[u8]) -> Option<&'static str> {
    let keys = matches!(
        ending(name).as_str(),
        "p12" | "pfx" | "jks" | "keystore" | "kdbx" | "bcfks"
    ) || head.starts_with(b"\xfe\xed\xfe\xed")
        || head.starts_with(b"\x03\xd9\xa2\x9a");
    keys.then_some("a store of private keys or passwords")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn the_coding_is_told_from_the_first_bytes() {
        for (head, coding) in [
            (b"plain".to_vec(), Coding::Narrow),
            (Vec::new(), Coding::Narrow),
            (b"\xff\xfea\0".to_vec(), Coding::WideLittle),
            (b"\xfe\xff\0a".to_vec(), Coding::WideBig),
            (wide("[Logon] without a mark"), Coding::WideLittle),
            (
                "[Logon]"
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect(),
                Coding::WideBig,
            ),
            (
                b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
                Coding::Binary,
            ),
            (vec![0; 100], Coding::Binary),
        ] {
            assert_eq!(Sort::of("x", &head).coding, coding, "{head:?}");
        }
    }

    #[test]
    fn the_kind_is_told_from_the_name_and_else_from_the_text() {
        for (name, head, kind) in [
            ("a.json", "  1", Kind::Json),
            ("a", "{ \"a\": 1}", Kind::Json),
            ("a.txt", "[{}]", Kind::Json),
            ("a.log", "[2026-11-24] said", Kind::Plain),
            ("a", "{\"a\":1}\n{\"a\":2}\n", Kind::JsonLines),
            ("journal.jsonl", "{}", Kind::JsonLines),
            ("A.CSV", "a,b", Kind::Csv),
            ("a.toml", "a = 1", Kind::Toml),
            ("a", "<?xml version='1.0'?>", Kind::Markup),
            ("jts.ini", "[Logon]", Kind::Plain),
        ] {
            assert_eq!(Sort::of(name, head.as_bytes()).kind, kind, "{name} {head}");
        }
    }

    #[test]
    fn what_cannot_be_looked_into_says_why() {
        assert!(Sort::of("a.docx", b"PK\x03\x04\x14").opaque.is_some());
        assert!(Sort::of("a.png", b"\x89PNG\r\n").opaque.is_some());
        assert!(Sort::of("a.mp4", b"\0\0\0\x20ftypisom").opaque.is_some());
        assert_eq!(Sort::of("a.txt", b"text").opaque, None);
        assert!(Sort::of("root/vertx.jks", b"").store.is_some());
    }
}
