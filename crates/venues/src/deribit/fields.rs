//! Fields of the venue's JSON: there and of the right type, absent, or malformed. Nothing that is
//! wrong is ever taken for absent.

use door::{DoorError, clean};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::exchange::malformed;

pub(super) fn array<'a>(value: &'a Value, what: &str) -> Result<&'a [Value], DoorError> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| malformed(&format!("no list of {what}")))
}

/// A text; nothing for null and for no field.
pub(super) fn text(row: &Value, name: &str) -> Result<Option<String>, DoorError> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(clean(text))),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(wrong(name, "text"))
        }
    }
}

pub(super) fn need_text(row: &Value, name: &str) -> Result<String, DoorError> {
    text(row, name)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| absent(name))
}

/// A number, or a number in quotes; nothing for null and for no field.
pub(super) fn number(row: &Value, name: &str) -> Result<Option<Decimal>, DoorError> {
    let written = match row.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(number)) => number.clone(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(wrong(name, "number"));
        }
    };
    written
        .parse()
        .or_else(|_| Decimal::from_scientific(&written))
        .map(Some)
        .map_err(|_| wrong(name, "number"))
}

pub(super) fn need_number(row: &Value, name: &str) -> Result<Decimal, DoorError> {
    number(row, name)?.ok_or_else(|| absent(name))
}

/// A whole number that is not negative.
pub(super) fn need_id(row: &Value, name: &str) -> Result<u64, DoorError> {
    match row.get(name) {
        None | Some(Value::Null) => Err(absent(name)),
        Some(id) => id.as_u64().ok_or_else(|| wrong(name, "id")),
    }
}

pub(super) fn flag(row: &Value, name: &str) -> Result<Option<bool>, DoorError> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
            Err(wrong(name, "yes or no"))
        }
    }
}

/// Milliseconds since 1970; nothing for null and for no field.
pub(super) fn time(row: &Value, name: &str) -> Result<Option<Timestamp>, DoorError> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(ms) => ms
            .as_i64()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .map(Some)
            .ok_or_else(|| wrong(name, "time")),
    }
}

fn absent(name: &str) -> DoorError {
    malformed(&format!("a row without `{name}`"))
}

fn wrong(name: &str, wanted: &str) -> DoorError {
    malformed(&format!("a `{name}` that is no {wanted}"))
}
