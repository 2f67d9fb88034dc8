//! What is withheld, and the record of it.

use serde::{Deserialize, Serialize};

/// What stands in a copy in place of what was withheld. Its width is always the same, so that it
/// tells nothing of what was there.
pub const BAR: &str = "[withheld]";

/// The most places that are listed of one file. What lies beyond is withheld and counted.
pub const MOST_PLACES: usize = 100_000;

/// What kind of thing was withheld.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A secret that this program keeps in the keychain.
    KnownSecret,
    /// What has the shape of a secret, or stands where one stands.
    Secret,
    /// An account's, a bank account's or a card's number.
    AccountNumber,
    /// Where the person lives.
    HomeAddress,
    /// Another person's name.
    Person,
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The name of this computer or of its user.
    Computer,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 8] = [
        Self::KnownSecret,
        Self::Secret,
        Self::AccountNumber,
        Self::HomeAddress,
        Self::Person,
        Self::Email,
        Self::Phone,
        Self::Computer,
    ];

    /// For a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::KnownSecret => "a secret that Firebreak keeps",
            Self::Secret => "a secret",
            Self::AccountNumber => "an account number",
            Self::HomeAddress => "a home address",
            Self::Person => "a person's name",
            Self::Email => "a mail address",
            Self::Phone => "a telephone number",
            Self::Computer => "a name of this computer or its user",
        }
    }

    /// Whether it is withheld whatever the profile.
    pub fn always(self) -> bool {
        match self {
            Self::KnownSecret | Self::Secret => true,
            Self::AccountNumber
            | Self::HomeAddress
            | Self::Person
            | Self::Email
            | Self::Phone
            | Self::Computer => false,
        }
    }
}

/// One place of an original that a copy leaves out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withheld {
    /// What kind.
    pub class: Class,
    /// Why, for a person: `a JSON web token`. Never any of the text itself.
    pub reason: String,
    /// Where it begins in the original, in bytes.
    pub start: u64,
    /// Where it ends: the first byte that is kept again.
    pub end: u64,
    /// In which line it begins, counted from 1.
    pub line: u64,
    /// Where it is in a JSON document, or in its line of JSON lines (RFC 6901); absent in other files
    /// and in documents too large to be held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// What became of one file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Copied {
    /// The places left out, from the first to the last; none: the copy is the original.
    pub withheld: Vec<Withheld>,
    /// How many more places than [`MOST_PLACES`] were left out.
    pub more: u64,
    /// How large the original is, in bytes.
    pub read: u64,
    /// How large the copy is, in bytes.
    pub bytes: u64,
    /// Whether the copy is a note only, because something lies in a file that is not text.
    pub whole: bool,
    /// Why nobody could look inside, for a person; absent where the file could be searched.
    pub opaque: Option<&'static str>,
}

impl Copied {
    /// Whether the copy is the original, byte for byte.
    pub fn unchanged(&self) -> bool {
        self.withheld.is_empty()
    }
}
