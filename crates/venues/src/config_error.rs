//! Why a configuration is not taken, and which of its fields is meant.

/// Why a configuration is not taken. Nothing was saved or sent when this is returned.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}")]
pub struct ConfigError {
    /// Which field is meant; `None` where it is not one alone.
    pub field: Option<Field>,
    /// What is wrong.
    pub what: String,
    /// What was left as it was.
    pub untouched: &'static str,
    /// How to mend it.
    pub next: String,
}

impl ConfigError {
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            field: None,
            what: what.into(),
            untouched: "nothing was saved, and nothing was sent to any venue",
            next: next.into(),
        }
    }

    /// The same about one field.
    pub(crate) fn at(self, field: Field) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }
}

/// A field of an account, or of one of its doors.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Field {
    /// The account's nickname.
    Name,
    /// Its venue.
    Venue,
    /// Its legal entity.
    Entity,
    /// Its doors as a whole.
    Doors,
    /// The order families that no door sees.
    Unseen,
    /// A door's kind.
    Kind,
    /// Where it listens.
    Address,
    /// Who is logged in there.
    Username,
    /// The certificate that is expected there.
    Pin,
    /// The API client id.
    ClientId,
    /// What names its key.
    Key,
    /// What it signs with.
    Secret,
}

impl Field {
    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Venue => "venue",
            Self::Entity => "entity",
            Self::Doors => "doors",
            Self::Unseen => "unseen",
            Self::Kind => "kind",
            Self::Address => "address",
            Self::Username => "username",
            Self::Pin => "pin",
            Self::ClientId => "client_id",
            Self::Key => "key",
            Self::Secret => "secret",
        }
    }
}
