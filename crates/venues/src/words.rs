//! What a venue's own pages call things, and where they are: for making a key, and for deleting it.
//!
//! Data beside each connector, read strictly. No address that a secret is sent to stands here: those
//! are code.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de::Error as _};
use toml::value::Datetime;

use crate::{config::Kind, venue::Venue};

static IBKR: LazyLock<Words> = LazyLock::new(|| shipped(include_str!("ibkr/words.toml")));
static KRAKEN: LazyLock<Words> = LazyLock::new(|| shipped(include_str!("kraken/words.toml")));
static DERIBIT: LazyLock<Words> = LazyLock::new(|| shipped(include_str!("deribit/words.toml")));

/// The words of a venue whose doors sign with a key.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What to do by default, and why.
    pub advice: String,
    /// Each door.
    #[serde(rename = "door")]
    pub doors: Vec<DoorWords>,
}

/// The words of one door.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoorWords {
    /// Which.
    pub kind: Kind,
    /// Its name within the venue.
    pub label: String,
    /// What is behind it.
    pub about: String,
    /// What the venue calls the part of a key that names it.
    pub key: String,
    /// What the venue calls the part that signs.
    pub secret: String,
    /// Where a key is made.
    pub make: Place,
    /// Where a key is deleted.
    pub delete: Place,
    /// The least that the key needs, one by one.
    pub least: Vec<Scope>,
    /// What is not to be given to it.
    pub refuse: Vec<Scope>,
}

/// A place on the venue's pages.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The way through the menus, parted by ` > `.
    pub menu: String,
    /// The page, or the one that explains the way.
    pub page: String,
    /// When the venue's page was read last; `None` while nobody has.
    #[serde(default, deserialize_with = "day")]
    pub last_checked: Option<Date>,
}

/// Something that a key may be allowed, in the venue's own words.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// What the venue calls it.
    pub name: String,
    /// What it is for, or what it would let happen.
    pub why: String,
    /// Whether money can leave with it.
    #[serde(default)]
    pub withdraws: bool,
}

impl Place {
    /// When it was checked, for a person.
    pub fn checked(&self) -> String {
        match self.last_checked {
            Some(day) => format!("Checked on {day}"),
            None => "Not checked against the venue's pages".to_owned(),
        }
    }
}

impl Words {
    /// The words of a door.
    pub fn door(&self, kind: Kind) -> Option<&DoorWords> {
        self.doors.iter().find(|door| door.kind == kind)
    }
}

impl Venue {
    /// What its pages call things about the doors that sign with a key.
    pub fn words(self) -> Option<&'static Words> {
        match self {
            Self::Ibkr => Some(&IBKR),
            Self::Kraken => Some(&KRAKEN),
            Self::Deribit => Some(&DERIBIT),
        }
    }
}

impl Kind {
    /// What the venue's pages call things about this door; `None` where it signs with no key.
    pub fn words(self) -> Option<&'static DoorWords> {
        self.venue().words()?.door(self)
    }
}

/// A date of TOML's own, and nothing finer.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let written = Datetime::deserialize(deserializer)?;
    let day = written.to_string().parse::<Date>();
    day.map(Some)
        .map_err(|_| D::Error::custom(format!("`{written}` is no date")))
}

fn shipped(text: &str) -> Words {
    toml::from_str(text).expect("a test reads the shipped words, and they are part of the program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_that_signs_has_words_and_no_other_has() {
        for venue in Venue::ALL {
            let words = venue.words().map_or(&[][..], |words| &words.doors);
            let described = words.iter().map(|door| door.kind).collect::<Vec<_>>();
            let signing = venue.kinds().filter(|kind| kind.signs());
            assert_eq!(described, signing.collect::<Vec<_>>(), "{}", venue.id());
        }
    }

    #[test]
    fn every_door_names_its_least_scopes_and_refuses_the_right_to_withdraw() {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.signs()) {
            let door = kind.words().unwrap();
            assert!(!door.least.is_empty(), "{kind}");
            assert!(door.least.iter().all(|scope| !scope.withdraws), "{kind}");
            // a token for statements can do nothing that could be refused to it
            let refuses = door.refuse.iter().any(|scope| scope.withdraws);
            assert_eq!(refuses, kind != Kind::Flex, "{kind}");
            for scope in door.least.iter().chain(&door.refuse) {
                assert!(!scope.name.is_empty() && !scope.why.is_empty(), "{kind}");
            }
            for place in [&door.make, &door.delete] {
                assert!(place.page.starts_with("https://"), "{kind}: {}", place.page);
                assert!(place.menu.contains(" > "), "{kind}: {}", place.menu);
            }
        }
    }

    #[test]
    fn a_page_that_nobody_read_is_said_to_be_unchecked() {
        let door = Kind::KrakenFutures.words().unwrap();
        assert_eq!(door.make.checked(), "Checked on 2026-11-24");
        assert_eq!(
            door.delete.checked(),
            "Not checked against the venue's pages"
        );
    }

    #[test]
    fn an_unknown_word_is_refused() {
        let text = include_str!("deribit/words.toml").replace("advice =", "advise =");
        assert!(toml::from_str::<Words>(&text).is_err());
    }
}
