//! Keeps a copy of JSON to be JSON: what is left out never takes a string's quotes along, never half an
//! escape, and a bare value becomes a string.

use std::ops::Range;

/// Whether a place of JSON lies in a string. A string holds no line break as it is, so every line
/// begins outside.
#[derive(Clone, Copy, Default)]
pub(crate) struct InString {
    inside: bool,
    escaped: bool,
}

/// One piece of a find that may be left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Piece {
    pub(crate) place: Range<usize>,
    /// It stands outside of any string, so that its bar brings quotes.
    pub(crate) bare: bool,
}

impl InString {
    /// Goes on behind `bytes`.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        if let Some(line) = memchr::memrchr(b'\n', bytes) {
            *self = Self::default();
            rest = &bytes[line + 1..];
        }
        loop {
            if self.escaped && !rest.is_empty() {
                self.escaped = false;
                rest = &rest[1..];
            }
            let slash = memchr::memchr(b'\\', rest);
            let plain = &rest[..slash.unwrap_or(rest.len())];
            self.inside ^= memchr::memchr_iter(b'"', plain).count() % 2 == 1;
            let Some(slash) = slash else {
                return;
            };
            self.escaped = true;
            rest = &rest[slash + 1..];
        }
    }

    /// Where the string that is under way ends, from `from` on: at its quote or at the end of the line.
    pub(crate) fn end(self, text: &[u8], from: usize) -> Option<usize> {
        if !self.inside {
            return None;
        }
        let mut at = from + usize::from(self.escaped);
        loop {
            at += memchr::memchr3(b'"', b'\\', b'\n', text.get(at..)?)?;
            if text[at] != b'\\' {
                return Some(at);
            }
            at += 2;
        }
    }

    /// The pieces of `place` that may be left out. `self` is the state at `from`, which is not behind
    /// it; nothing before `from` can be taken.
    pub(crate) fn pieces(mut self, text: &[u8], from: usize, place: &Range<usize>) -> Vec<Piece> {
        self.pass(&text[from..place.start]);
        let mut pieces = Vec::new();
        let mut at = place.start;
        while at < place.end {
            if self.inside {
                let string = self.end(text, at).unwrap_or(text.len());
                let stop = string.min(place.end);
                if stop > at {
                    let place = whole_escapes(text, from, at, stop);
                    pieces.push(Piece {
                        place: place.start..place.end.min(string),
                        bare: false,
                    });
                }
                let behind = (string + 1).min(text.len());
                if stop < string {
                    break;
                }
                at = behind;
                self = Self::default();
            } else if text[at] == b'"' {
                self.inside = true;
                at += 1;
            } else if structure(text[at]) {
                at += 1;
            } else {
                let mut start = at;
                while start > from
                    && at == place.start
                    && !structure(text[start - 1])
                    && text[start - 1] != b'"'
                {
                    start -= 1;
                }
                while at < text.len()
                    && !structure(text[at])
                    && text[at] != b'"'
                    && (at < place.end || token(text[at]))
                {
                    at += 1;
                }
                pieces.push(Piece {
                    place: start..at,
                    bare: true,
                });
            }
        }
        pieces
    }
}

fn structure(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b",:[]{}".contains(&byte)
}

fn token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-._".contains(&byte)
}

/// The same place, with the escapes whole that it cuts at either end.
fn whole_escapes(text: &[u8], from: usize, start: usize, end: usize) -> Range<usize> {
    let start = escape_around(text, from, start).map_or(start, |escape| escape.start);
    let end = escape_around(text, from, end).map_or(end, |escape| escape.end.min(text.len()));
    start..end
}

/// The escape that begins before `at` and ends behind it.
fn escape_around(text: &[u8], from: usize, at: usize) -> Option<Range<usize>> {
    for back in 1..=5 {
        let slash = at.checked_sub(back).filter(|slash| *slash >= from)?;
        if text[slash] != b'\\' {
            continue;
        }
        let before = text[from..slash]
            .iter()
            .rev()
            .take_while(|b| **b == b'\\')
            .count();
        if before % 2 == 1 {
            // it is the second half of one itself
            return None;
        }
        let length = if text.get(slash + 1) == Some(&b'u') {
            6
        } else {
            2
        };
        return (slash + length > at).then_some(slash..slash + length);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, place: Range<usize>) -> Vec<(&str, bool)> {
        let pieces = InString::default().pieces(text.as_bytes(), 0, &place);
        pieces
            .into_iter()
            .map(|piece| (&text[piece.place], piece.bare))
            .collect()
    }

    #[test]
    fn strings_are_told_from_what_is_between_them_wherever_the_text_is_cut() {
        for (text, inside) in [
            ("{\"a", true),
            ("{\"a\"", false),
            ("{\"a\\\"", true),
            ("{\"a\\\\\"", false),
            ("{\"a\n", false),
            ("", false),
        ] {
            for cut in 0..=text.len() {
                let mut state = InString::default();
                state.pass(&text.as_bytes()[..cut]);
                state.pass(&text.as_bytes()[cut..]);
                assert_eq!(state.inside, inside, "{text} at {cut}");
            }
        }
    }

    #[test]
    fn a_find_is_cut_at_the_quotes_and_takes_whole_escapes_and_whole_numbers() {
        assert_eq!(
            pieces(r#"["ab","cd"]"#, 2..9),
            [("ab", false), ("cd", false)]
        );
        assert_eq!(pieces(r#"["a\nb"]"#, 4..5), [("\\n", false)]);
        assert_eq!(pieces(r#"["a\u00e9b"]"#, 2..6), [("a\\u00e9", false)]);
        assert_eq!(pieces(r#"["a\\\"b"]"#, 6..8), [("\\\"b", false)]);
        assert_eq!(pieces("[12345.5,1]", 2..4), [("12345.5", true)]);
        assert_eq!(
            pieces(r#"{"a":12,"b":"c"}"#, 5..14),
            [("12", true), ("b", false), ("c", false)]
        );
    }
}
