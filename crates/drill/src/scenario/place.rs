//! Where each word of a scenario stands, and the words that name something of the simulator.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Deserializer, de::Error};
use simulator::{faults::Front, world::Venue};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Line and column of every value, by its path in the document: `actor.0.act.2.at`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(BTreeMap<String, (usize, usize)>);

impl Places {
    /// The places of a whole document.
    pub(crate) fn of(text: &str, table: &DeTable<'_>) -> Self {
        let mut places = Self::default();
        places.table(text, "", table);
        places
    }

    /// Where the value of a path stands; where it is not there, what it would stand in.
    pub(crate) fn find(&self, path: &str) -> (usize, usize) {
        let mut path = path;
        loop {
            if let Some(place) = self.0.get(path) {
                return *place;
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => return (1, 1),
            }
        }
    }

    fn table(&mut self, text: &str, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let inner = join(path, key.get_ref());
            self.0.insert(inner.clone(), position(text, &key.span()));
            self.value(text, &inner, value);
        }
    }

    fn value(&mut self, text: &str, path: &str, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(text, path, table),
            DeValue::Array(items) => {
                for (nth, item) in items.iter().enumerate() {
                    let inner = join(path, &nth.to_string());
                    self.0.insert(inner.clone(), position(text, &item.span()));
                    self.value(text, &inner, item);
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Line and column in characters, both counted from 1.
pub(crate) fn position(text: &str, span: &Range<usize>) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(span.start)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// A venue by its id.
pub(super) fn venue<'de, D: Deserializer<'de>>(from: D) -> Result<Venue, D::Error> {
    let id = String::deserialize(from)?;
    Venue::from_id(&id).ok_or_else(|| {
        let all = Venue::ALL.map(Venue::id).join(", ");
        D::Error::custom(format!("there is no venue {id:?}; write one of: {all}"))
    })
}

/// Doors by their ids.
pub(super) fn fronts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Front>, D::Error> {
    let ids = Vec::<String>::deserialize(from)?;
    ids.iter()
        .map(|id| {
            Front::from_id(id).ok_or_else(|| {
                let all = Front::ALL.map(Front::id).join(", ");
                D::Error::custom(format!("there is no door {id:?}; write one of: {all}"))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_its_path_or_by_what_it_would_stand_in() {
        let text = "a = 1\n\n[[b]]\nc = { d = 2 }\n\n[[b]]\ne = 3\n";
        let (table, _) = DeTable::parse_recoverable(text);
        let places = Places::of(text, table.get_ref());
        assert_eq!(places.find("a"), (1, 1));
        assert_eq!(places.find("b.0.c.d"), (4, 7));
        assert_eq!(places.find("b.1.e"), (7, 1));
        assert_eq!(places.find("b.1.nothing.here").0, 6);
        assert_eq!(places.find("nothing"), (1, 1));
    }
}
