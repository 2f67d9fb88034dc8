//! The keys of doors, as the window sends them, and what it is told for making one.
//!
//! What is typed of a key comes in only: nothing here gives it back.

use serde::{Deserialize, Deserializer, Serialize};
use specta::Type;
use vault::Secret;

use crate::view::Environment;

/// The key of one door, as typed. It cannot be printed, cloned or written.
#[derive(Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyDraft {
    /// The door's kind.
    pub(crate) kind: String,
    /// What names the key.
    #[serde(deserialize_with = "secret")]
    #[specta(type = String)]
    pub(crate) key: Secret,
    /// What it signs with.
    #[serde(deserialize_with = "secret")]
    #[specta(type = String)]
    pub(crate) secret: Secret,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// A venue, and what its doors need.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VenueWords {
    /// Its id.
    pub(crate) venue: String,
    /// What to do by default; empty where no door signs with a key.
    pub(crate) advice: String,
    /// Its doors that sign with a key.
    pub(crate) doors: Vec<DoorWords>,
}

/// What a door's key should be, in the venue's own words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DoorWords {
    /// Which door.
    pub(crate) kind: String,
    /// Its name within the venue.
    pub(crate) label: String,
    /// What is behind it.
    pub(crate) about: String,
    /// The venue's own addresses, the usual one first.
    pub(crate) addresses: Vec<AddressChoice>,
    /// What the venue calls the part of a key that names it.
    pub(crate) key: String,
    /// What the venue calls the part that signs.
    pub(crate) secret: String,
    /// Where a key is made.
    pub(crate) make: PageWords,
    /// Where a key is deleted.
    pub(crate) delete: PageWords,
    /// The least that it needs.
    pub(crate) least: Vec<ScopeWords>,
    /// What is not to be given to it.
    pub(crate) refuse: Vec<ScopeWords>,
}

/// One of a venue's own addresses.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressChoice {
    /// `https://api.kraken.com`.
    pub(crate) address: String,
    /// What money is behind it.
    pub(crate) environment: Environment,
}

/// A place on the venue's pages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageWords {
    /// The way through its menus.
    pub(crate) menu: String,
    /// The page.
    pub(crate) link: String,
    /// The day on which the venue's page was read; none while nobody has.
    pub(crate) last_checked: Option<String>,
}

/// Something that a key may be allowed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScopeWords {
    /// What the venue calls it.
    pub(crate) name: String,
    /// What it is for, or what it would let happen.
    pub(crate) why: String,
}
