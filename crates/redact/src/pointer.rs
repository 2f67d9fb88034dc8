//! Where a place is in a JSON document (RFC 6901), found by walking it once from its beginning.

use std::ops::Range;

use crate::BAR;

/// The deepest place that is named.
const DEEPEST: usize = 64;

/// A walk that goes forward only.
#[derive(Default)]
pub(crate) struct Walk {
    at: usize,
    frames: Vec<Frame>,
    /// The last string of an object that a colon may follow.
    key: Option<Range<usize>>,
}

enum Frame {
    Object(Option<Range<usize>>),
    Array(u64),
}

impl Walk {
    /// Begins anew at `at`, outside of any value.
    pub(crate) fn restart(at: usize) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The pointer to the value that holds `place`. Keys that are withheld themselves are barred:
    /// `withheld` says of a range whether it is.
    pub(crate) fn to(
        &mut self,
        text: &[u8],
        place: usize,
        withheld: impl Fn(&Range<usize>) -> bool,
    ) -> Option<String> {
        self.walk(text, place);
        if self.frames.is_empty() || self.frames.len() > DEEPEST {
            return self.frames.is_empty().then(String::new);
        }
        let mut pointer = String::new();
        for frame in &self.frames {
            pointer.push('/');
            match frame {
                Frame::Array(index) => pointer.push_str(&index.to_string()),
                Frame::Object(None) => {
                    pointer.pop();
                }
                Frame::Object(Some(key)) if withheld(key) => pointer.push_str(BAR),
                Frame::Object(Some(key)) => pointer.push_str(&name(&text[key.clone()])),
            }
        }
        Some(pointer)
    }

    fn walk(&mut self, text: &[u8], place: usize) {
        while self.at < place {
            match text[self.at] {
                b'"' => {
                    let end = string_end(text, self.at + 1);
                    if end > place {
                        // the place lies in this string, and maybe others do
                        return;
                    }
                    self.key = Some(self.at + 1..end.saturating_sub(1));
                    self.at = end;
                    continue;
                }
                b':' => {
                    if let (Some(Frame::Object(key)), Some(name)) =
                        (self.frames.last_mut(), self.key.take())
                    {
                        *key = Some(name);
                    }
                }
                b'{' => self.frames.push(Frame::Object(None)),
                b'[' => self.frames.push(Frame::Array(0)),
                b'}' | b']' => {
                    self.frames.pop();
                }
                b',' => match self.frames.last_mut() {
                    Some(Frame::Array(index)) => *index += 1,
                    Some(Frame::Object(key)) => *key = None,
                    None => {}
                },
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// Behind the quote that ends a string.
fn string_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = memchr::memchr2(b'"', b'\\', text.get(at..).unwrap_or_default()) {
        at += found;
        if text[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

/// A key as a pointer has it.
fn name(key: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&key[..key.len().min(200)]);
    shown.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(text: &str, marks: char) -> Vec<String> {
        let mut walk = Walk::restart(0);
        let places = text.match_indices(marks);
        places
            .filter_map(|(at, _)| walk.to(text.as_bytes(), at, |_| false))
            .collect()
    }

    #[test]
    fn each_place_is_named_by_its_way_from_the_root() {
        let text = r#"{"a":[1,{"b~/":"x","c":"yx"}],"d":{"e\"":[["x"]]}, "f":"x and x"}"#;
        assert_eq!(
            pointers(text, 'x'),
            ["/a/1/b~0~1", "/a/1/c", "/d/e\\\"/0/0", "/f", "/f"]
        );
    }

    #[test]
    fn a_key_that_is_withheld_is_barred() {
        let text = br#"{"secret name":{"a":1}}"#;
        let pointer = Walk::restart(0).to(text, 20, |key| *key == (2..13));
        assert_eq!(pointer.unwrap(), "/[withheld]/a");
    }

    #[test]
    fn too_deep_a_place_has_no_name() {
        let text = "[".repeat(10_000) + "x";
        assert_eq!(pointers(&text, 'x'), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_json_is_walked_without_falling_over() {
        for text in ["x", "}}]]x", "\"x", "{,:x", "\\x\"\\"] {
            pointers(text, 'x');
        }
    }
}
