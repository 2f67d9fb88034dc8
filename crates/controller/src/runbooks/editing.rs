//! Changing one thing in a runbook's text and leaving every other byte as its author wrote it.
//!
//! What is written need not be right: the linter says so beside it. Nothing is kept here.

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::document::admit;
use crate::Error;

/// How a field of a step is written.
#[derive(Clone, Copy)]
enum Shape {
    /// One text.
    Text,
    /// A list of ids.
    List,
    /// `all`, `venue:...`, or a list of names.
    Accounts,
}

/// Changes `field` of the step at place `step`, from 0, to `value` as typed. Lists are parted by
/// commas. An empty value takes the field away.
pub fn edit_step(text: &str, step: usize, field: &str, value: &str) -> Result<String, Error> {
    admit(text)?;
    admit(value)?;
    let shape = match field {
        "title" | "deadline" | "manual" | "say" => Shape::Text,
        "after" => Shape::List,
        "accounts" => Shape::Accounts,
        _ => {
            return Err(
                unchanged(format!("a step has no field {field:?} to change here"))
                    .next("change it in the text"),
            );
        }
    };
    let mut document = text
        .parse::<DocumentMut>()
        .map_err(|error| unreadable(&error))?;
    let table = document
        .get_mut("step")
        .and_then(Item::as_array_of_tables_mut)
        .and_then(|steps| steps.get_mut(step))
        .ok_or_else(|| no_step(step))?;
    let value = value.trim();
    if value.is_empty() {
        table.remove(field);
    } else {
        put(table, field, shape.of(value));
    }
    Ok(document.to_string())
}

/// Moves the step at place `from` to place `to`, both from 0, with the remarks above it.
pub fn move_step(text: &str, from: usize, to: usize) -> Result<String, Error> {
    admit(text)?;
    let starts = starts(text)?;
    if from >= starts.len() || to >= starts.len() {
        return Err(no_step(from.max(to)));
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    // a step's own lines, and what keeps it apart from the next one
    let mut bodies = Vec::new();
    let mut gaps = Vec::new();
    for (start, end) in starts.iter().zip(ends) {
        let whole = &text[*start..end];
        let body = whole.trim_end();
        bodies.push(body);
        gaps.push(&whole[body.len()..]);
    }
    let moved = bodies.remove(from);
    bodies.insert(to, moved);
    let mut moved = text[..starts[0]].to_owned();
    for (body, gap) in bodies.iter().zip(gaps) {
        moved.push_str(body);
        moved.push_str(gap);
    }
    Ok(moved)
}

/// Where each step begins, the remarks right above it taken with it.
fn starts(text: &str) -> Result<Vec<usize>, Error> {
    let document = toml_edit::Document::parse(text).map_err(|error| unreadable(&error))?;
    let steps = document.get("step").and_then(Item::as_array_of_tables);
    let starts = steps
        .into_iter()
        .flatten()
        .filter_map(|step| Some(with_remarks(text, step.span()?.start)))
        .collect::<Vec<_>>();
    if starts.is_empty() {
        return Err(no_step(0));
    }
    Ok(starts)
}

/// Where the lines of remarks right above the line of `offset` begin.
fn with_remarks(text: &str, offset: usize) -> usize {
    let mut start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    start
}

impl Shape {
    fn of(self, value: &str) -> Value {
        match self {
            Self::Text => Value::from(value),
            Self::List => list(value),
            Self::Accounts if value == "all" || value.starts_with("venue:") => Value::from(value),
            Self::Accounts => list(value),
        }
    }
}

fn list(value: &str) -> Value {
    let parts = value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    Value::Array(parts.collect::<Array>())
}

/// Puts a value into its place, or below the others; remarks beside it stay.
fn put(table: &mut Table, field: &str, mut value: Value) {
    if let Some(before) = table.get_mut(field).and_then(Item::as_value_mut) {
        *value.decor_mut() = before.decor().clone();
        *before = value;
    } else {
        table.insert(field, Item::Value(value));
    }
}

fn unchanged(what: impl std::fmt::Display) -> Error {
    Error::wrong(what).untouched("the text is as it was")
}

fn unreadable(error: &toml_edit::TomlError) -> Error {
    unchanged(format!(
        "the text cannot be read as TOML: {}",
        error.message().replace('\n', ", ")
    ))
    .next("mend that in the text first")
}

fn no_step(place: usize) -> Error {
    unchanged(format!(
        "the text has no step {} written as [[step]]",
        place + 1
    ))
    .next("look at the text")
}
