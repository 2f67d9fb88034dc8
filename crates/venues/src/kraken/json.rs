//! Fields of Kraken's JSON. A field of the wrong type is an error, never a missing one.

use door::DoorError;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::errors::malformed;

/// A table, or an error that names it.
pub(super) fn table<'a>(
    value: Option<&'a Value>,
    what: &str,
) -> Result<&'a Map<String, Value>, DoorError> {
    value
        .and_then(Value::as_object)
        .ok_or_else(|| malformed(&format!("no table of {what}")))
}

/// A list, or an error that names it.
pub(super) fn list<'a>(value: Option<&'a Value>, what: &str) -> Result<&'a [Value], DoorError> {
    value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| malformed(&format!("no list of {what}")))
}

/// A text that must be there.
pub(super) fn text<'a>(row: &'a Value, name: &str) -> Result<&'a str, DoorError> {
    row.get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| malformed(&format!("no `{name}`")))
}

/// A text; nothing for null and for a missing one.
pub(super) fn maybe_text<'a>(row: &'a Value, name: &str) -> Result<Option<&'a str>, DoorError> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(malformed(&format!("a `{name}` that is no text")))
        }
    }
}

/// A number, or a number in quotes; nothing for null, a missing one and no text.
pub(super) fn maybe_number(row: &Value, name: &str) -> Result<Option<Decimal>, DoorError> {
    let written = match row.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(number)) => number.trim().to_owned(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(malformed(&format!("a `{name}` that is no number")));
        }
    };
    if written.is_empty() {
        return Ok(None);
    }
    decimal(&written)
        .map(Some)
        .ok_or_else(|| malformed(&format!("a `{name}` that is no number")))
}

/// A number that must be there.
pub(super) fn number(row: &Value, name: &str) -> Result<Decimal, DoorError> {
    maybe_number(row, name)?.ok_or_else(|| malformed(&format!("no `{name}`")))
}

/// A number from its digits, also in scientific notation.
pub(super) fn decimal(written: &str) -> Option<Decimal> {
    written
        .parse()
        .or_else(|_| Decimal::from_scientific(written))
        .ok()
}

/// A time in seconds since 1970, with a fraction; nothing for 0, which is Kraken's `never`.
pub(super) fn seconds(row: &Value, name: &str) -> Result<Option<Timestamp>, DoorError> {
    let Some(seconds) = maybe_number(row, name)?.filter(|it| !it.is_zero()) else {
        return Ok(None);
    };
    seconds
        .checked_mul(Decimal::from(1_000_000))
        .and_then(|micros| i64::try_from(micros.trunc()).ok())
        .and_then(|micros| Timestamp::from_microsecond(micros).ok())
        .map(Some)
        .ok_or_else(|| malformed(&format!("a `{name}` that is no time")))
}

/// A time in RFC 3339.
pub(super) fn rfc3339(row: &Value, name: &str) -> Result<Option<Timestamp>, DoorError> {
    maybe_text(row, name)?
        .map(|text| {
            text.parse()
                .map_err(|_| malformed(&format!("a `{name}` that is no time")))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn seconds_with_a_fraction_are_a_time() {
        let row = json!({"opentm": 1_688_464_484.5, "never": 0, "quoted": "1688464484"});
        let at = seconds(&row, "opentm").unwrap().unwrap();
        assert_eq!(at.as_millisecond(), 1_688_464_484_500);
        assert_eq!(seconds(&row, "never").unwrap(), None);
        let quoted = seconds(&row, "quoted").unwrap().unwrap();
        assert_eq!(quoted.as_second(), 1_688_464_484);
    }

    #[test]
    fn what_has_the_wrong_type_is_not_missing() {
        let row = json!({"vol": {"a": 1}, "type": 7, "opentm": "soon"});
        assert!(maybe_number(&row, "vol").is_err());
        assert!(maybe_text(&row, "type").is_err());
        assert!(seconds(&row, "opentm").is_err());
        assert!(number(&row, "none").is_err());
        assert_eq!(maybe_number(&row, "none").unwrap(), None);
    }
}
