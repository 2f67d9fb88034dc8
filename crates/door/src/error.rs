//! What a door says when it could not.
//!
//! A class exists only where the engine branches on it. `words` are the venue's own, bounded and
//! stripped of control characters by [`DoorError::new`]; `meaning` and `next` are ours, for a person.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// What kind of failure, as far as the engine acts differently on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The venue understood and said no.
    Refused,
    /// The venue does not accept the credential or session.
    Unauthorised,
    /// No connection, or it broke.
    Unreachable,
    /// Too many requests; see [`Again::AfterMs`].
    Paced,
    /// An answer that cannot be understood. Never read as an empty one.
    Malformed,
    /// No answer within the bound.
    TimedOut,
    /// This door does not offer the lever.
    Unsupported,
    /// The venue answered with a challenge: it wants a one-time code from the person. Offered with
    /// [`crate::Door::offer_code`], the next act takes it along.
    NeedsCode,
}

/// Whether trying the same door again can help.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// It cannot, until somebody changes something.
    No,
    /// At the engine's own back-off.
    Soon,
    /// Not before this long, in milliseconds.
    AfterMs(u64),
}

/// A door's failure, in words that can be shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoorError {
    /// See [`ErrorClass`].
    pub class: ErrorClass,
    /// The venue's words, at most [`DoorError::MAX_WORDS`] characters, no control characters.
    pub words: String,
    /// What they mean.
    pub meaning: String,
    /// What the person can do about it; empty when nothing.
    pub next: String,
    /// Whether to try again.
    pub again: Again,
}

impl DoorError {
    /// The most of a venue's words that is kept.
    pub const MAX_WORDS: usize = 300;

    /// An error of `class`; `words` are cleaned, `again` follows from the class.
    pub fn new(class: ErrorClass, words: &str, meaning: impl Into<String>) -> Self {
        let again = match class {
            ErrorClass::Refused
            | ErrorClass::Unauthorised
            | ErrorClass::Unsupported
            | ErrorClass::NeedsCode => Again::No,
            ErrorClass::Unreachable
            | ErrorClass::Paced
            | ErrorClass::Malformed
            | ErrorClass::TimedOut => Again::Soon,
        };
        Self {
            class,
            words: clean(words),
            meaning: meaning.into(),
            next: String::new(),
            again,
        }
    }

    /// The same with advice.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    /// The same, to be tried again only after `wait`.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.again = Again::AfterMs(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// The same, to be tried again at the engine's back-off whatever its class says.
    #[must_use]
    pub fn soon(mut self) -> Self {
        self.again = Again::Soon;
        self
    }
}

impl std::error::Error for DoorError {}

impl fmt::Display for DoorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.meaning)?;
        if self.words.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.words)
        }
    }
}

/// Text from a venue as it may be shown: no control characters, one line, bounded.
pub fn clean(words: &str) -> String {
    clean_to(words, DoorError::MAX_WORDS)
}

/// The same, bounded to `most` characters.
pub fn clean_to(words: &str, most: usize) -> String {
    let one_line = words
        .chars()
        .map(|c| {
            if c.is_control() || is_bidi_control(c) {
                ' '
            } else {
                c
            }
        })
        .take(most)
        .collect::<String>();
    one_line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_venues_words_lose_control_characters_and_are_bounded() {
        let error = DoorError::new(
            ErrorClass::Refused,
            &format!("\u{1b}[31mno\r\n\u{202e}way {}", "x".repeat(5000)),
            "refused",
        );
        assert!(error.words.starts_with("[31mno way xxx"), "{}", error.words);
        assert!(error.words.chars().count() <= DoorError::MAX_WORDS);
    }
}
