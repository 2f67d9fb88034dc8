//! The scenarios that come with the program.

use std::sync::LazyLock;

use super::Scenario;

macro_rules! shipped {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../scenarios/", $id, ".toml")))),*]
    };
}

const TEXTS: &[(&str, &str)] = shipped![
    "tokyo-two-hour",
    "five-cent-puts",
    "two-minutes-via",
    "lying-library",
    "knight-at-home",
    "dead-bars",
    "helpful-support",
    "aggr",
    "back-door",
    "tired-thumb",
    "own-phone",
];

static SHIPPED: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let texts = TEXTS.iter();
    texts
        .map(|(id, text)| {
            Scenario::parse(&format!("{id}.toml"), text)
                .expect("a test reads every shipped scenario, and they are part of the program")
        })
        .collect()
});

/// Every shipped scenario, in the order in which lists show them.
pub fn shipped() -> Vec<Scenario> {
    SHIPPED.clone()
}

/// The shipped scenario of an id.
pub fn find(id: &str) -> Option<Scenario> {
    SHIPPED.iter().find(|scenario| scenario.id == id).cloned()
}

/// The ids of the shipped scenarios.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|(id, _)| *id)
}
