//! Text that the fonts can show: what they lack is told by its number, never left out.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use typst::text::Font;

/// The same values with every text in letters that `fonts` have.
pub(crate) fn shown(value: &Value, fonts: &[Font]) -> Value {
    match value {
        Value::String(text) => Value::String(text_shown(text, fonts)),
        Value::Array(items) => Value::Array(items.iter().map(|item| shown(item, fonts)).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), shown(value, fonts)))
                .collect::<Map<_, _>>(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn text_shown(text: &str, fonts: &[Font]) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\t' {
            shown.push(' ');
        } else if has_look(c, fonts) {
            shown.push(c);
        } else {
            // writing to a string does not fail
            let _ = write!(shown, "[U+{:04X}]", u32::from(c));
        }
    }
    shown
}

/// Whether a character is shown as itself: every font has it, and it changes no other's look or
/// place.
fn has_look(c: char, fonts: &[Font]) -> bool {
    if c == '\n' || matches!(c, ' '..='~') {
        return true;
    }
    !c.is_control()
        && !is_invisible(c)
        && fonts
            .iter()
            .all(|font| font.info().coverage.contains(u32::from(c)))
}

/// Marks of direction, joiners, fillers.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::set::FONTS;

    #[test]
    fn what_the_fonts_lack_or_what_has_no_look_is_told_by_its_number() {
        let value =
            json!({ "a": ["Zoë\n\u{416}", "\u{4e2d}", "x\u{202e}y\u{200b}\u{7}\t"], "n": 1 });
        assert_eq!(
            shown(&value, &FONTS),
            json!({
                "a": ["Zoë\n\u{416}", "[U+4E2D]", "x[U+202E]y[U+200B][U+0007] "],
                "n": 1
            })
        );
    }
}
