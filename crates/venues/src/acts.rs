//! From rows of a venue's answers to acts.
//!
//! An act is evidence beside the raw answer, and decides nothing: a field that is not as it should be
//! is absent, and a row without a lasting name tells no act. What a door relies on is read strictly
//! elsewhere.

use door::{Act, ActKind, Keep, Side, clean};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

/// The most acts that are read of one answer.
const ACTS_AT_MOST: usize = 10_000;

/// A row of an answer, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    /// Its name in its table; its number in a list.
    pub(crate) name: String,
    /// A JSON pointer.
    pub(crate) place: String,
    pub(crate) value: &'a Value,
}

/// The rows of the list or table at `pointer`; none where there is no such.
pub(crate) fn rows<'a>(answer: &'a Value, pointer: &str) -> Vec<Row<'a>> {
    let row = |name: String, escaped: &str, value| Row {
        place: format!("{pointer}/{escaped}"),
        name,
        value,
    };
    match answer.pointer(pointer) {
        Some(Value::Array(list)) => list
            .iter()
            .take(ACTS_AT_MOST)
            .enumerate()
            .map(|(nth, value)| row(nth.to_string(), &nth.to_string(), value))
            .collect(),
        Some(Value::Object(table)) => table
            .iter()
            .take(ACTS_AT_MOST)
            .map(|(name, value)| {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                row(clean(name), &escaped, value)
            })
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
            Vec::new()
        }
    }
}

impl Row<'_> {
    /// An act of this row, of which only its kind and name are known.
    pub(crate) fn act(&self, kind: ActKind, id: impl Into<String>) -> Act {
        Act::new(kind, id, String::new(), self.place.clone())
    }

    /// A text, or a number's digits; nothing for an empty one.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        let word = match self.value.get(name)? {
            Value::String(text) => clean(text),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        (!word.is_empty()).then_some(word)
    }

    /// A number, or one in quotes with or without commas.
    pub(crate) fn amount(&self, name: &str) -> Option<Decimal> {
        let written = match self.value.get(name)? {
            Value::String(text) => text.replace(',', "").trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        exact(&written)
    }

    /// The same, and nothing for zero: where a venue writes zero for none.
    pub(crate) fn amount_but_zero(&self, name: &str) -> Option<Decimal> {
        self.amount(name).filter(|amount| !amount.is_zero())
    }

    /// A time in seconds since 1970, with a fraction or without; nothing for zero.
    pub(crate) fn seconds(&self, name: &str) -> Option<Timestamp> {
        let micros = self.amount_but_zero(name)?.checked_mul(1_000_000.into())?;
        Timestamp::from_microsecond(micros.trunc().try_into().ok()?).ok()
    }

    /// A time in milliseconds since 1970; nothing for zero.
    pub(crate) fn millis(&self, name: &str) -> Option<Timestamp> {
        let millis = self.amount_but_zero(name)?;
        Timestamp::from_millisecond(millis.trunc().try_into().ok()?).ok()
    }

    /// A time in RFC 3339.
    pub(crate) fn rfc3339(&self, name: &str) -> Option<Timestamp> {
        self.value.get(name)?.as_str()?.parse().ok()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.value.get(name)?.as_bool()
    }

    /// The texts of a list, joined; nothing for an empty one.
    pub(crate) fn list(&self, name: &str) -> Option<String> {
        let words: Vec<String> = self
            .value
            .get(name)?
            .as_array()?
            .iter()
            .filter_map(|word| word.as_str().map(clean))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    pub(crate) fn side(&self, name: &str) -> Option<Side> {
        let word = self.value.get(name)?.as_str()?.to_ascii_lowercase();
        match word.as_str() {
            "buy" | "b" | "bot" | "long" | "open buy" | "close buy" => Some(Side::Buy),
            "sell" | "s" | "sld" | "sshort" | "short" | "open sell" | "close sell" => {
                Some(Side::Sell)
            }
            _ => None,
        }
    }
}

/// A decimal from its digits, also in scientific notation; `-0` is nothing but zero.
pub(crate) fn exact(written: &str) -> Option<Decimal> {
    written
        .parse()
        .or_else(|_| Decimal::from_scientific(written))
        .ok()
        .map(|amount: Decimal| {
            if amount.is_zero() {
                Decimal::ZERO
            } else {
                amount
            }
        })
}

/// `buy 1.25 XBTUSD at 37500`, as much of it as is known.
pub(crate) fn deal(act: &Act) -> String {
    let mut words = Vec::new();
    words.extend(act.side.map(|side| side.to_string()));
    words.extend(
        act.quantity
            .map(|quantity| quantity.normalize().to_string()),
    );
    words.extend(act.instrument.clone());
    if let Some(price) = act.price {
        words.push(format!("at {}", price.normalize()));
    }
    words.join(" ")
}

/// Keeps an answer, with what it tells beside it where it tells something.
pub(crate) fn keep(keep: &dyn Keep, label: &str, bytes: &[u8], acts: Vec<Act>) {
    if acts.is_empty() {
        keep.keep(label, "json", bytes);
    } else {
        keep.keep_with_acts(label, "json", bytes, acts);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_of_lists_and_tables_are_found_again_by_their_place() {
        let answer = json!({"a": {"x/y~z": {"v": 1}}, "b": [{"v": 2}]});
        for pointer in ["/a", "/b"] {
            let row = &rows(&answer, pointer)[0];
            assert_eq!(answer.pointer(&row.place), Some(row.value));
        }
        assert_eq!(rows(&answer, "/a")[0].name, "x/y~z");
        assert!(rows(&answer, "/none").is_empty());
        assert!(rows(&json!({"a": 7}), "/a").is_empty());
    }

    #[test]
    fn what_is_not_as_it_should_be_is_absent() {
        let row = json!([{
            "text": " a\u{7}b ", "empty": "", "wrong": {}, "number": 1.5, "commas": "1,234.50",
            "zero": "0.0000", "at": 1_688_464_484.5, "side": "BUY", "list": ["a", 1, "b"]
        }]);
        let row = &rows(&row, "")[0];
        assert_eq!(row.word("text").as_deref(), Some("a b"));
        assert_eq!(row.word("empty"), None);
        assert_eq!(row.word("wrong"), None);
        assert_eq!(row.amount("number"), Some(Decimal::new(15, 1)));
        assert_eq!(row.amount("commas"), Some(Decimal::new(123_450, 2)));
        assert_eq!(row.amount("text"), None);
        assert_eq!(row.amount_but_zero("zero"), None);
        let at = row.seconds("at").unwrap();
        assert_eq!(at.as_millisecond(), 1_688_464_484_500);
        assert_eq!(row.side("side"), Some(Side::Buy));
        assert_eq!(row.side("text"), None);
        assert_eq!(row.list("list").as_deref(), Some("a, b"));
    }
}
