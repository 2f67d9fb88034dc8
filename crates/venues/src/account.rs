//! An account as configured, bound to its realm by type.
//!
//! An account of [`Live`] comes from configuration only; one of [`Simulated`] only from what a
//! simulator serves on loopback. Neither can be turned into the other, and neither holds a secret.

use std::{collections::BTreeSet, marker::PhantomData, sync::Arc};

use door::{Door, Family};
use runbook::{AccountName, AccountOutline, DoorOutline};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vault::{Live, Realm, Simulated};

use crate::{
    config::{DoorConfig, Environment, Kind},
    config_error::{ConfigError, Field},
    means::Means,
    venue::{self, Venue},
};

/// One account at one venue, and the doors into it.
///
/// ```compile_fail,E0277
/// // an account of a simulator cannot be written to, or read from, the accounts file
/// fn stored<T: serde::de::DeserializeOwned>() {}
/// stored::<venues::Account<vault::Simulated>>();
/// ```
#[derive(PartialEq, Eq, Debug)]
pub struct Account<R: Realm> {
    name: AccountName,
    venue: String,
    entity: Option<String>,
    masked_id: Option<String>,
    doors: Vec<DoorConfig>,
    unseen: Vec<Family>,
    realm: PhantomData<R>,
}

// derived, it would ask the same of the realm
impl<R: Realm> Clone for Account<R> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            venue: self.venue.clone(),
            entity: self.entity.clone(),
            masked_id: self.masked_id.clone(),
            doors: self.doors.clone(),
            unseen: self.unseen.clone(),
            realm: PhantomData,
        }
    }
}

impl Account<Live> {
    /// An account at `venue` with these doors.
    pub fn new(name: &str, venue: &str, doors: Vec<DoorConfig>) -> Result<Self, ConfigError> {
        Record {
            name: name.to_owned(),
            venue: venue.to_owned(),
            entity: None,
            masked_id: None,
            doors,
            unseen: Vec::new(),
        }
        .try_into()
    }

    /// The same at the legal entity whose phone numbers apply (`US`, `IE`, ...).
    pub fn with_entity(mut self, entity: &str) -> Result<Self, ConfigError> {
        if entity.len() != 2 || !entity.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(ConfigError::new(
                format!(
                    "`{}` is not a country of a legal entity",
                    door::clean(entity)
                ),
                "give two capital letters, as US, CA, UK, IE, AU, HK, SG, JP or IN",
            )
            .at(Field::Entity));
        }
        self.entity = Some(entity.to_owned());
        Ok(self)
    }

    /// The same with the venue's own number of it, of which only a mask is kept.
    #[must_use]
    pub fn with_account_number(mut self, number: &str) -> Self {
        self.masked_id = Some(mask(number));
        self
    }

    /// The same with order families that exist there and that none of its doors can see (`fix`,
    /// `other-users`).
    #[must_use]
    pub fn with_unseen(mut self, families: Vec<Family>) -> Self {
        self.unseen = families;
        self
    }
}

impl Account<Simulated> {
    /// The account that a simulator serves. Its addresses were bound by the simulator itself.
    pub fn of(served: &simulator::ServedAccount) -> Result<Self, ConfigError> {
        let doors = served
            .doors()
            .iter()
            .map(|door| door.add_argument().parse())
            .collect::<Result<Vec<DoorConfig>, _>>()?;
        if let Some(door) = doors.iter().find(|door| !door.address().is_loopback()) {
            return Err(ConfigError::new(
                format!("the simulated door {} is not on loopback", door.kind()),
                "serve simulated accounts on this computer only",
            ));
        }
        let record = Record {
            name: served.name().to_owned(),
            venue: served.venue().to_owned(),
            entity: None,
            masked_id: Some(mask(&served.account().0)),
            doors,
            unseen: Vec::new(),
        };
        checked(record)
    }
}

impl<R: Realm> Account<R> {
    /// Its nickname, unique in a home.
    pub fn name(&self) -> &AccountName {
        &self.name
    }

    /// The venue's id (`ibkr`).
    pub fn venue(&self) -> &str {
        &self.venue
    }

    /// The doors, in the order in which levers try them.
    pub fn doors(&self) -> &[DoorConfig] {
        &self.doors
    }

    /// Order families that exist there and that none of its doors can see.
    pub fn unseen(&self) -> &[Family] {
        &self.unseen
    }

    /// What planning needs to know of it; `not_armed` says why it is not armed.
    pub fn outline(&self, not_armed: Option<String>) -> AccountOutline {
        let doors = self.doors.iter().map(|door| DoorOutline {
            kind: door.kind().door_kind(),
            username: door.username().map(str::to_owned),
            levers: venue::levers(door, self),
            poll_interval_ms: u64::try_from(venue::poll_interval(door.kind()).as_millis())
                .unwrap_or(u64::MAX),
        });
        AccountOutline {
            name: self.name.clone(),
            venue: self.venue.clone(),
            entity: self.entity.clone(),
            masked_id: self.masked_id.clone(),
            doors: doors.collect(),
            not_armed,
        }
    }

    /// Builds the doors, in order. None is connected, and no key is read, before its `open` or its
    /// first use.
    ///
    /// Must be called within a Tokio runtime.
    pub fn open(&self, means: &Means<R>) -> Result<Vec<Arc<dyn Door>>, ConfigError> {
        self.doors
            .iter()
            .map(|door| venue::build(door, self, means))
            .collect()
    }

    /// The kinds of its doors that sign with a key, in the order in which their keys are asked for.
    pub fn keys(&self) -> impl Iterator<Item = Kind> {
        let kinds = self.doors.iter().map(DoorConfig::kind);
        kinds.filter(|kind| kind.signs())
    }

    /// What the person should know before this account is added beside `others`.
    pub fn warnings(&self, others: &[Self]) -> Vec<String> {
        let mut warnings = Vec::new();
        for (index, door) in self.doors.iter().enumerate() {
            for other in &self.doors[index + 1..] {
                if let (Some(one), Some(two)) = (door.username(), other.username())
                    && one == two
                    && door.kind() != Kind::Ibc
                    && other.kind() != Kind::Ibc
                {
                    warnings.push(format!(
                        "The doors {} and {} are logged in as the same user. One user holds one \
                         brokerage session, so opening one may close the other. A second user \
                         for Firebreak keeps both open.",
                        door.kind(),
                        other.kind()
                    ));
                }
            }
            // an exchange has one address for everybody, and the key tells whose account it is
            let beside = others.iter().filter(|_| !door.kind().signs());
            for other in beside.filter(|other| other.name != self.name) {
                if other
                    .doors
                    .iter()
                    .any(|theirs| theirs.address() == door.address())
                {
                    warnings.push(format!(
                        "The account {} already has a door at {}. Both would act on whatever is \
                         logged in there.",
                        other.name,
                        door.address_text()
                    ));
                }
            }
            if !door.address().is_loopback() && !door.kind().signs() {
                warnings.push(format!(
                    "The {} door is on another computer. Whoever is on the way can read and \
                     change what is sent.",
                    door.kind()
                ));
            }
            if matches!((door.kind(), door.address().port), (Kind::Tws, 7497 | 4002)) {
                warnings.push(format!(
                    "Port {} is where TWS and IB Gateway serve paper accounts.",
                    door.address().port
                ));
            }
            match door.environment() {
                Some(Environment::Paper) => warnings.push(format!(
                    "The {} door is at the venue's test site: no real money is behind it.",
                    door.kind()
                )),
                Some(Environment::Simulated) => warnings.push(format!(
                    "The {} door is at a simulator on this computer: nothing real is behind it.",
                    door.kind()
                )),
                Some(Environment::Live) | None => {}
            }
            let sibling = match door.kind() {
                Kind::KrakenSpot => Some(Kind::KrakenFutures),
                Kind::KrakenFutures => Some(Kind::KrakenSpot),
                Kind::Tws | Kind::ClientPortal | Kind::Ibc | Kind::Flex | Kind::Deribit => None,
            };
            if let Some(sibling) = sibling.filter(|kind| self.sibling(*kind).is_none()) {
                warnings.push(format!(
                    "There is no {sibling} door. Orders there are neither seen nor cancelled."
                ));
            }
            if door.kind() == Kind::ClientPortal && door.pin().is_none() {
                warnings.push(
                    "The client-portal door has no certificate fingerprint. The first connection \
                     will be refused and will show the fingerprint to compare."
                        .to_owned(),
                );
            }
        }
        warnings
    }

    /// The door beside `kind` of this account, if it has one.
    pub(crate) fn sibling(&self, kind: Kind) -> Option<&DoorConfig> {
        self.doors.iter().find(|door| door.kind() == kind)
    }
}

impl Serialize for Account<Live> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Record {
            name: self.name.0.clone(),
            venue: self.venue.clone(),
            entity: self.entity.clone(),
            masked_id: self.masked_id.clone(),
            doors: self.doors.clone(),
            unseen: self.unseen.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Account<Live> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Record::deserialize(deserializer)?)
            .map_err(|error| serde::de::Error::custom(format!("{error}; {}", error.next)))
    }
}

/// The written form of an account.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    name: String,
    venue: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    masked_id: Option<String>,
    doors: Vec<DoorConfig>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unseen: Vec<Family>,
}

impl TryFrom<Record> for Account<Live> {
    type Error = ConfigError;

    fn try_from(record: Record) -> Result<Self, ConfigError> {
        checked(record)
    }
}

fn checked<R: Realm>(record: Record) -> Result<Account<R>, ConfigError> {
    let name = &record.name;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty()
        || name.len() > 64
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.chars().all(plain)
    {
        return Err(ConfigError::new(
            format!("`{}` cannot be an account's name", door::clean(name)),
            "use up to 64 letters, digits, `-`, `_` and `.`, a letter or digit first",
        )
        .at(Field::Name));
    }
    let Some(venue) = Venue::from_id(&record.venue) else {
        return Err(ConfigError::new(
            format!("there is no venue `{}`", door::clean(&record.venue)),
            format!("the venues are: {}", Venue::ALL.map(Venue::id).join(", ")),
        )
        .at(Field::Venue));
    };
    if record.doors.is_empty() {
        return Err(ConfigError::new(
            format!("the account {name} has no door"),
            match venue.kinds().next() {
                Some(kind) => format!("add one, as {kind} at {}", kind.example()),
                None => "add one".to_owned(),
            },
        )
        .at(Field::Doors));
    }
    let mut kinds = BTreeSet::new();
    for door in &record.doors {
        if !kinds.insert(door.kind()) {
            return Err(ConfigError::new(
                format!("the account {name} has two {} doors", door.kind()),
                "give each kind once; a second login of the same kind is another account",
            )
            .at(Field::Doors));
        }
        if door.kind().venue() != venue {
            return Err(ConfigError::new(
                format!("the venue {} has no {} door", record.venue, door.kind()),
                "choose a door of that venue",
            )
            .at(Field::Doors));
        }
    }
    Ok(Account {
        name: AccountName::new(record.name),
        venue: record.venue,
        entity: record.entity,
        masked_id: record.masked_id,
        doors: record.doors,
        unseen: record.unseen,
        realm: PhantomData,
    })
}

/// The first and the last two characters; the rest as dots.
pub(crate) fn mask(number: &str) -> String {
    let characters: Vec<char> = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let hidden = characters.len().saturating_sub(3);
    if hidden == 0 {
        return "•••".to_owned();
    }
    let dots = "•".repeat(hidden);
    let tail: String = characters[characters.len() - 2..].iter().collect();
    format!("{}{dots}{tail}", characters[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(doors: &[&str]) -> Result<Account<Live>, ConfigError> {
        let doors = doors.iter().map(|door| door.parse().unwrap()).collect();
        Account::new("main", "ibkr", doors)
    }

    #[test]
    fn an_account_survives_the_accounts_file_and_unknown_fields_do_not() {
        let account = account(&["tws=127.0.0.1:7496,username=ada", "ibc=127.0.0.1:7462"])
            .unwrap()
            .with_entity("IE")
            .unwrap()
            .with_account_number("U1234567")
            .with_unseen(vec![Family::new("fix")]);
        let text = serde_json::to_string(&account).unwrap();
        assert!(!text.contains("U1234567"), "{text}");
        assert_eq!(
            serde_json::from_str::<Account<Live>>(&text).unwrap(),
            account
        );
        let unknown = text.replacen('{', r#"{"password":"x","#, 1);
        assert!(serde_json::from_str::<Account<Live>>(&unknown).is_err());
    }

    #[test]
    fn a_bad_account_says_how_to_mend_it() {
        assert!(account(&[]).unwrap_err().what.contains("no door"));
        let twice = account(&["tws=127.0.0.1:7496", "tws=127.0.0.1:7497"]).unwrap_err();
        assert!(twice.what.contains("two tws doors"), "{twice}");
        for name in ["", "a/b", "-x", "a@b", "x\u{1b}[31m"] {
            let doors = vec!["tws=127.0.0.1:7496".parse().unwrap()];
            let error = Account::<Live>::new(name, "ibkr", doors).unwrap_err();
            assert!(!error.what.contains('\u{1b}'));
        }
        let doors = vec!["tws=127.0.0.1:7496".parse().unwrap()];
        assert!(Account::<Live>::new("main", "bitmex", doors).is_err());
    }

    #[test]
    fn doors_that_share_a_user_and_accounts_that_share_a_port_are_warned_of() {
        let one = account(&[
            "tws=127.0.0.1:7496,username=ada",
            "client-portal=https://127.0.0.1:5000,username=ada",
        ])
        .unwrap();
        let warnings = one.warnings(&[]);
        assert!(
            warnings[0].contains("One user holds one brokerage session"),
            "{warnings:?}"
        );

        let doors = vec!["tws=127.0.0.1:7496".parse().unwrap()];
        let two = Account::<Live>::new("second", "ibkr", doors).unwrap();
        let warnings = two.warnings(&[one]);
        assert!(warnings[0].contains("already has a door"), "{warnings:?}");
    }

    #[test]
    fn two_accounts_at_an_exchange_share_its_address_and_a_missing_door_is_warned_of() {
        let at_kraken = |name: &str, doors: &[&str]| {
            let doors = doors.iter().map(|door| door.parse().unwrap()).collect();
            Account::<Live>::new(name, "kraken", doors).unwrap()
        };
        let both = [
            "spot=https://api.kraken.com",
            "futures=https://demo-futures.kraken.com",
        ];
        let one = at_kraken("one", &both);
        let warnings = at_kraken("two", &both).warnings(&[one]);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("test site"), "{warnings:?}");

        let warnings = at_kraken("three", &both[..1]).warnings(&[]);
        assert!(warnings[0].contains("no futures door"), "{warnings:?}");
    }

    #[test]
    fn an_account_number_is_masked() {
        assert_eq!(mask("U1234567"), "U•••••67");
        assert_eq!(mask("U1"), "•••");
    }
}
