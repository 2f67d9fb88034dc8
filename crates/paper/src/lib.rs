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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ABOUT: About<'_> = About {
        title: "A title",
        lang: "en",
        at: Timestamp::UNIX_EPOCH,
    };
    const HEAD: &str = "#set document(title: \"A title\")\n#set text(font: \"Noto Sans\")\n";

    #[test]
    fn equal_input_gives_equal_bytes_that_are_a_tagged_document() {
        let template = format!("{HEAD}= Head\n#json(\"data.json\").name");
        let data = json!({ "name": "\u{201c}Zoë\u{201d} & \u{416}" });
        let first = pdf(&template, &data, &ABOUT).unwrap();
        assert_eq!(first, pdf(&template, &data, &ABOUT).unwrap());
        assert!(first.starts_with(b"%PDF-1."));
        let has = |bytes: &[u8]| first.windows(bytes.len()).any(|window| window == bytes);
        assert!(has(b"pdfuaid:part"), "it does not say that it is PDF/UA");
        assert!(has(b"/MarkInfo"), "it is not tagged");
        let other = json!({ "name": "other" });
        assert_ne!(first, pdf(&template, &other, &ABOUT).unwrap());
    }

    #[test]
    fn nothing_but_the_values_can_be_read() {
        for file in ["/etc/passwd", "../secret", "main.typ", "@preview/x:1.0.0/x"] {
            let template = format!("{HEAD}#read(\"{file}\")");
            let error = pdf(&template, &json!({}), &ABOUT).unwrap_err();
            assert!(matches!(error, PaperError::Template { .. }), "{error}");
        }
    }

    #[test]
    fn a_template_knows_no_date_of_its_own() {
        let template = format!("{HEAD}#datetime.today().display()");
        pdf(&template, &json!({}), &ABOUT).unwrap_err();
    }

    #[test]
    fn an_error_names_its_line() {
        let template = format!("{HEAD}= Head\n#json(\"data.json\").absent");
        let error = pdf(&template, &json!({}), &ABOUT).unwrap_err();
        assert!(error.to_string().contains("line 4: "), "{error}");
    }

    #[test]
    fn a_document_without_a_title_is_not_written() {
        let error = pdf("= Head", &json!({}), &ABOUT).unwrap_err();
        assert!(matches!(error, PaperError::Export { .. }), "{error}");
    }
}
