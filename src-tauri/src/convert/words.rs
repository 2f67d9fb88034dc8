//! A venue's words for making a key, as the window shows them.

use controller::account_draft::TypedKey;
use venues::{DoorWords, Kind, Place, Scope, Venue};

use crate::{
    ask::{self, AddressChoice, KeyDraft, PageWords, ScopeWords, VenueWords},
    view::Environment,
};

/// Every venue, in the order in which a person is asked.
pub(crate) fn venues() -> Vec<VenueWords> {
    Venue::ALL.into_iter().map(venue).collect()
}

/// What was typed of a key, handed on.
pub(crate) fn typed_key(typed: KeyDraft) -> TypedKey {
    TypedKey {
        kind: typed.kind,
        key: typed.key,
        secret: typed.secret,
    }
}

/// What money is behind a door.
pub(crate) fn environment(environment: venues::Environment) -> Environment {
    match environment {
        venues::Environment::Live => Environment::Live,
        venues::Environment::Paper => Environment::Paper,
        venues::Environment::Simulated => Environment::Simulated,
    }
}

/// What money is behind a door of a kind at an address, as both are written.
pub(super) fn environment_of(kind: &str, address: &str) -> Option<Environment> {
    let kind = Kind::from_id(kind)?;
    let address = venues::Address::parse(kind, address).ok()?;
    kind.environment(&address).map(environment)
}

fn venue(venue: Venue) -> VenueWords {
    let words = venue.words();
    VenueWords {
        venue: venue.id().to_owned(),
        advice: words.map_or_else(String::new, |words| words.advice.clone()),
        doors: words.map_or_else(Vec::new, |words| words.doors.iter().map(door).collect()),
    }
}

fn door(door: &DoorWords) -> ask::DoorWords {
    let addresses = door
        .kind
        .hosts()
        .iter()
        .map(|(host, behind)| AddressChoice {
            address: format!("https://{host}"),
            environment: environment(*behind),
        });
    ask::DoorWords {
        kind: door.kind.id().to_owned(),
        label: door.label.clone(),
        about: door.about.clone(),
        addresses: addresses.collect(),
        key: door.key.clone(),
        secret: door.secret.clone(),
        make: place(&door.make),
        delete: place(&door.delete),
        least: door.least.iter().map(scope).collect(),
        refuse: door.refuse.iter().map(scope).collect(),
    }
}

fn place(place: &Place) -> PageWords {
    PageWords {
        menu: place.menu.clone(),
        link: place.page.clone(),
        last_checked: place.last_checked.map(|day| day.to_string()),
    }
}

fn scope(scope: &Scope) -> ScopeWords {
    ScopeWords {
        name: scope.name.clone(),
        why: scope.why.clone(),
    }
}
