//! HTML that cannot be broken out of: markup is `'static`, everything else goes in escaped.

use std::fmt::Write as _;

/// The longest text of unknown origin that is shown in one place, in characters.
const MAX_TEXT: usize = 4000;

/// A piece of a page.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup of our own.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, which may come from anywhere.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars().take(MAX_TEXT) {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(c),
                c if c.is_control() || is_invisible(c) => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        if text.chars().nth(MAX_TEXT).is_some() {
            self.0.push_str(" [cut here; the journal has the rest]");
        }
        self
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        // writing to a string does not fail
        let _ = write!(self.0, "{number}");
        self
    }

    /// Adds an element that holds text: `open` is its start tag, `close` its end tag.
    pub(super) fn element(
        &mut self,
        open: &'static str,
        text: &str,
        close: &'static str,
    ) -> &mut Self {
        self.raw(open).text(text).raw(close)
    }

    /// Adds a paragraph of text.
    pub(super) fn paragraph(&mut self, text: &str) -> &mut Self {
        self.element("<p>", text, "</p>\n")
    }

    /// Adds a list of texts.
    pub(super) fn list<'a>(&mut self, items: impl IntoIterator<Item = &'a str>) -> &mut Self {
        self.raw("<ul>\n");
        for item in items {
            self.element("<li>", item, "</li>\n");
        }
        self.raw("</ul>\n")
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Whether a character has no look of its own and changes that of others: marks of direction,
/// joiners, fillers.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let mut html = Html::default();
        html.text("<script>alert('x') & \"y\"</script>\u{202e}\u{7}");
        assert_eq!(
            html.finish(),
            "&lt;script&gt;alert(&#39;x&#39;) &amp; &quot;y&quot;&lt;/script&gt;\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn a_very_long_text_is_cut_and_says_so() {
        let mut html = Html::default();
        html.text(&"x".repeat(5000));
        let text = html.finish();
        assert!(text.len() < 4100);
        assert!(text.ends_with("rest]"));
    }
}
