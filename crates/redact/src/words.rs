//! The person's own list: what a profile may leave out that has no shape of its own.

use std::fmt::Write;

use crate::hooks::{Hook, Hooks};
use crate::shapes::text;
use crate::{Class, Profile};

/// How many letters and digits the longest word of a listed text needs.
pub const SHORTEST_WORD: usize = 3;

/// Texts with their classes: the home address, other people, account numbers, the names of this
/// computer and its user. Each is found whatever its case, as whole words only, and whatever stands
/// between its words.
#[derive(Clone, Default)]
pub struct Words {
    listed: Vec<(Class, String)>,
}

/// It would be found everywhere. It was not added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "words shorter than {SHORTEST_WORD} letters cannot be left out: they would be found everywhere. They \
     were not added"
)]
pub struct WordTooShort;

impl Words {
    /// Lists `text` under `class`.
    pub fn add(&mut self, class: Class, text: &str) -> Result<(), WordTooShort> {
        let text = text.trim();
        let letters = |part: &str| part.chars().filter(|c| c.is_alphanumeric()).count();
        if parts(text).map(letters).max().unwrap_or(0) < SHORTEST_WORD {
            return Err(WordTooShort);
        }
        self.listed.push((class, text.to_owned()));
        Ok(())
    }
}

/// Those of a profile, made ready.
pub(crate) struct Search {
    /// Each with the phrase that it belongs to.
    anchors: Hooks<usize>,
    phrases: Vec<Phrase>,
}

struct Phrase {
    class: Class,
    /// Its words, each in the ways in which it may be written.
    parts: Vec<Vec<Vec<u8>>>,
    /// Which of them is looked for first.
    anchor: usize,
}

impl Search {
    /// Nothing where the profile leaves out none of them.
    pub(crate) fn new(words: Words, profile: &Profile) -> Option<Self> {
        let phrases: Vec<Phrase> = words
            .listed
            .into_iter()
            .filter(|(class, _)| profile.leaves_out(*class))
            .filter_map(|(class, text)| Phrase::new(class, &text))
            .collect();
        let hooks: Vec<Hook<'_, usize>> = phrases
            .iter()
            .enumerate()
            .flat_map(|(look, phrase)| {
                let ways = phrase.parts[phrase.anchor].iter();
                ways.map(move |word| Hook {
                    word,
                    rare: 0,
                    look,
                })
            })
            .collect();
        let anchors = Hooks::new(&hooks);
        (!phrases.is_empty()).then_some(Self { anchors, phrases })
    }

    /// Calls `found` with each phrase whose anchor begins in `from..to`.
    pub(crate) fn each(
        &self,
        text: &[u8],
        from: usize,
        to: usize,
        mut found: impl FnMut(usize, usize, Class),
    ) {
        self.anchors.each(text, from, to, |start, end, phrase| {
            let phrase = &self.phrases[phrase];
            if let Some((start, end)) = phrase.around(text, start, end) {
                found(start, end, phrase.class);
            }
        });
    }
}

impl Phrase {
    fn new(class: Class, text: &str) -> Option<Self> {
        let parts: Vec<Vec<Vec<u8>>> = parts(text)
            .map(|part| ways(&part.chars().take(100).collect::<String>()))
            .collect();
        let (anchor, _) = (parts.iter().enumerate()).max_by_key(|(_, ways)| ways[0].len())?;
        Some(Self {
            class,
            parts,
            anchor,
        })
    }

    /// The whole phrase around its anchor.
    fn around(&self, text: &[u8], mut start: usize, mut end: usize) -> Option<(usize, usize)> {
        for part in self.parts[..self.anchor].iter().rev() {
            let gap = before_gap(text, start);
            start = part.iter().find_map(|way| {
                let begin = gap.checked_sub(way.len())?;
                text[begin..gap].eq_ignore_ascii_case(way).then_some(begin)
            })?;
        }
        for part in &self.parts[self.anchor + 1..] {
            let gap = after_gap(text, end);
            end = part.iter().find_map(|way| {
                let there = text.get(gap..gap + way.len())?;
                there.eq_ignore_ascii_case(way).then_some(gap + way.len())
            })?;
        }
        let marked = text[..start].ends_with(b"\xef\xbb\xbf");
        let joined = start > 0 && text[start - 1] >= 0x80 && !marked;
        let whole =
            text::begins_word(text, start) && !joined && !text.get(end).is_some_and(|b| letter(*b));
        whole.then_some((start, end))
    }
}

/// The words of a phrase.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || ",;".contains(c))
        .filter(|part| !part.is_empty())
}

/// In UTF-8 in its own, lower and upper case, escaped for JSON, and percent-encoded.
fn ways(part: &str) -> Vec<Vec<u8>> {
    let mut ways = vec![part.as_bytes().to_vec()];
    if part.is_ascii() {
        return ways;
    }
    for cased in [part.to_owned(), part.to_lowercase(), part.to_uppercase()] {
        let mut json = String::new();
        let mut percent = String::new();
        for c in cased.chars() {
            if c.is_ascii() {
                json.push(c);
                percent.push(c);
                continue;
            }
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(json, "\\u{unit:04x}");
            }
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(percent, "%{byte:02x}");
            }
        }
        ways.extend([cased.into_bytes(), json.into_bytes(), percent.into_bytes()]);
    }
    ways.sort_unstable();
    ways.dedup();
    ways
}

const MOST_BETWEEN: usize = 12;

/// Behind the white space, commas, escaped breaks and the like that separate two words.
fn after_gap(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < from + MOST_BETWEEN {
        at += match text.get(at..).unwrap_or_default() {
            [b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'+' | b'"', ..] => 1,
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b'%', b'2', b'0' | b'C' | b'c', ..] => 3,
            [b'<', b'b', b'r', b'>', ..] => 4,
            [b'&', b'n', b'b', b's', b'p', b';', ..] => 6,
            _ => break,
        };
    }
    at
}

fn before_gap(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while from - at < MOST_BETWEEN {
        at -= match &text[..at] {
            [.., b'&', b'n', b'b', b's', b'p', b';'] => 6,
            [.., b'<', b'b', b'r', b'>'] => 4,
            [.., b'%', b'2', b'0' | b'C' | b'c'] => 3,
            [.., b'\\', b'n' | b'r' | b't'] => 2,
            [.., b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'+' | b'"'] => 1,
            _ => break,
        };
    }
    at
}

fn letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(listed: &str, text: &str) -> Vec<String> {
        let mut words = Words::default();
        words.add(Class::HomeAddress, listed).unwrap();
        let share = Profile::of_id("share").unwrap();
        let search = Search::new(words, &share).unwrap();
        let mut places = Vec::new();
        search.each(text.as_bytes(), 0, text.len(), |start, end, class| {
            assert_eq!(class, Class::HomeAddress);
            places.push((start, text[start..end].to_owned()));
        });
        // one place may be found in more than one way of writing it
        places.dedup();
        places.into_iter().map(|(_, word)| word).collect()
    }

    #[test]
    fn an_address_is_found_however_it_is_broken_and_cased() {
        for text in [
            "lives at 1 High Street, Oldtown.",
            "1 HIGH STREET\r\nOLDTOWN",
            "{\"a\":\"1 High Street\\nOldtown\"}",
            "?a=1+High+Street%2C%20Oldtown",
            "\\n1 High  Street;Oldtown",
        ] {
            assert_eq!(found("1 High Street, Oldtown", text).len(), 1, "{text}");
        }
        assert!(found("1 High Street, Oldtown", "11 High Street, Oldtown").is_empty());
        assert!(found("1 High Street, Oldtown", "1 High Street, Newtown").is_empty());
    }

    #[test]
    fn a_name_is_found_as_a_whole_word_only() {
        assert_eq!(found("Ada", "ada, /home/ada/x and Adam"), ["ada", "ada"]);
        assert_eq!(found("ada-laptop", "on ADA-LAPTOP."), ["ADA-LAPTOP"]);
    }

    #[test]
    fn letters_beyond_ascii_are_found_escaped_too() {
        assert_eq!(found("Zo\u{eb}", "ZO\u{cb}"), ["ZO\u{cb}"]);
        assert_eq!(found("Zo\u{eb}", r#"{"n":"Zo\u00EB"}"#).len(), 1);
        assert_eq!(found("Zo\u{eb}", "?n=zo%c3%ab&").len(), 1);
    }

    #[test]
    fn what_would_be_found_everywhere_is_refused() {
        assert_eq!(
            Words::default().add(Class::Person, " al "),
            Err(WordTooShort)
        );
    }

    #[test]
    fn a_profile_that_keeps_the_class_looks_for_none() {
        let mut words = Words::default();
        words.add(Class::HomeAddress, "1 High Street").unwrap();
        assert!(Search::new(words, &Profile::own()).is_none());
    }
}
