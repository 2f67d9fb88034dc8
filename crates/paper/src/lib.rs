//! Documents set as tagged PDF with their fonts inside.
//!
//! A template is ours and its values are anyone's: a value is set as text and is never read as
//! markup. Nothing is read from this computer or a network while a document is set, no clock is
//! asked, and equal input gives equal bytes.

mod glyphs;
mod set;

use jiff::Timestamp;
use serde_json::Value;

/// What a document says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct About<'a> {
    /// Its title, as a reader's window and a screen reader tell it.
    pub title: &'a str,
    /// Its language, two letters of ISO 639-1 (`en`).
    pub lang: &'a str,
    /// When it is made.
    pub at: Timestamp,
}

/// Why a document could not be set.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The template and its values do not fit together.
    #[error("the document could not be set: {why}. Nothing was written.")]
    Template {
        /// Where and what, in the compiler's words.
        why: String,
    },
    /// The document was set, and cannot be written as a PDF that a screen reader can read.
    #[error("the document could not be written as PDF: {why}. Nothing was written.")]
    Export {
        /// What, in the compiler's words.
        why: String,
    },
}

/// Sets `template`, a document in Typst's language, as PDF/UA-1. It reads its values, `data`, by
/// `json("data.json")`, where a character that the fonts lack stands as its number (`[U+4E2D]`).
/// Blocks while it is set: some seconds for a thousand pages.
pub fn pdf(template: &str, data: &Value, about: &About<'_>) -> Result<Vec<u8>, PaperError> {
    set::pdf(template, data, about)
}
