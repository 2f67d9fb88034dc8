//! The person's own list: what a profile may leave out that has no shape of its own.

use crate::Class;

/// The shortest text that can be listed, in characters.
pub const SHORTEST_WORD: usize = 3;

/// Texts with their classes: the home address, other people, account numbers, the names of this
/// computer and its user. Each is found whatever its case, and as whole words only.
#[derive(Clone, Default, Debug)]
pub struct Words {
    pub(crate) listed: Vec<(Class, String)>,
}

/// It would be found everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a word shorter than {SHORTEST_WORD} letters cannot be left out: it would be found everywhere. It \
     was not added"
)]
pub struct WordTooShort;

impl Words {
    /// Lists `text` under `class`.
    pub fn add(&mut self, class: Class, text: &str) -> Result<(), WordTooShort> {
        let text = text.trim();
        if text.chars().filter(|c| c.is_alphanumeric()).count() < SHORTEST_WORD {
            return Err(WordTooShort);
        }
        self.listed.push((class, text.to_owned()));
        Ok(())
    }
}
