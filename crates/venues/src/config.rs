//! What a person configures of a door: its kind, where it listens, who is logged in there.
//!
//! Parsing is strict and says how to mend. Nothing here opens a connection or holds a secret.

use std::{fmt, net::IpAddr, str::FromStr};

use door::{DoorKind, clean};
use serde::{Deserialize, Serialize};

use crate::{
    config_error::{ConfigError, Field},
    ibkr::flex::HOSTS,
    venue::Venue,
};

/// The port of HTTPS.
const HTTPS: u16 = 443;

/// The kinds of doors that can be built.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The API socket of TWS or IB Gateway.
    Tws,
    /// The Client Portal Web API through its gateway.
    ClientPortal,
    /// The command port of IBC, which runs TWS or IB Gateway.
    Ibc,
    /// The Flex Web Service: statements.
    Flex,
    /// Kraken's REST API for spot and margin.
    #[serde(rename = "spot")]
    KrakenSpot,
    /// Kraken's REST API for futures.
    #[serde(rename = "futures")]
    KrakenFutures,
    /// Deribit's JSON-RPC API.
    #[serde(rename = "api")]
    Deribit,
}

/// What money is behind an address of an exchange.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Environment {
    /// Real money.
    Live,
    /// The venue's own test or demo site.
    Paper,
    /// A simulator on this computer.
    Simulated,
}

impl Environment {
    /// Its word for a person and in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Paper => "paper",
            Self::Simulated => "simulated",
        }
    }
}

impl Kind {
    /// All kinds, in the order in which an account's doors are tried.
    pub const ALL: [Self; 7] = [
        Self::Tws,
        Self::ClientPortal,
        Self::Ibc,
        Self::Flex,
        Self::KrakenSpot,
        Self::KrakenFutures,
        Self::Deribit,
    ];

    /// Its id in configuration and journals.
    pub fn id(self) -> &'static str {
        match self {
            Self::Tws => "tws",
            Self::ClientPortal => "client-portal",
            Self::Ibc => "ibc",
            Self::Flex => "flex",
            Self::KrakenSpot => "spot",
            Self::KrakenFutures => "futures",
            Self::Deribit => "api",
        }
    }

    /// The kind of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The venue that it belongs to.
    pub fn venue(self) -> Venue {
        match self {
            Self::Tws | Self::ClientPortal | Self::Ibc | Self::Flex => Venue::Ibkr,
            Self::KrakenSpot | Self::KrakenFutures => Venue::Kraken,
            Self::Deribit => Venue::Deribit,
        }
    }

    /// Whether such a door signs its requests with a key from the keychain.
    pub fn signs(self) -> bool {
        !self.hosts().is_empty()
    }

    /// The venue's own hosts, the first one usual, and what money is behind each. None for a door
    /// that is a program on the person's own computer.
    pub fn hosts(self) -> &'static [(&'static str, Environment)] {
        match self {
            Self::Tws | Self::ClientPortal | Self::Ibc => &[],
            Self::Flex => &[(HOSTS[0], Environment::Live), (HOSTS[1], Environment::Live)],
            Self::KrakenSpot => &[("api.kraken.com", Environment::Live)],
            Self::KrakenFutures => &[
                ("futures.kraken.com", Environment::Live),
                ("demo-futures.kraken.com", Environment::Paper),
            ],
            Self::Deribit => &[
                ("www.deribit.com", Environment::Live),
                ("test.deribit.com", Environment::Paper),
            ],
        }
    }

    /// What money is behind such a door at `address`; `None` for a program on the person's own
    /// computer, and for IBKR's statements, which are of both kinds of accounts.
    pub fn environment(self, address: &Address) -> Option<Environment> {
        if !self.signs() {
            return None;
        }
        let hosts = self.hosts().iter();
        let mut known = hosts.filter(|(host, _)| *host == address.host);
        let known = known.next().map(|(_, environment)| *environment);
        if self == Self::Flex && known.is_some() {
            return None;
        }
        Some(known.unwrap_or(Environment::Simulated))
    }

    /// As it is written in plans and journals.
    pub fn door_kind(self) -> DoorKind {
        DoorKind::new(self.id())
    }

    /// Where such a door usually listens.
    pub fn example(self) -> &'static str {
        match self {
            Self::Tws => "127.0.0.1:7496",
            Self::ClientPortal => "https://127.0.0.1:5000",
            Self::Ibc => "127.0.0.1:7462",
            Self::Flex => "https://ndcdyn.interactivebrokers.com",
            Self::KrakenSpot => "https://api.kraken.com",
            Self::KrakenFutures => "https://futures.kraken.com",
            Self::Deribit => "https://www.deribit.com",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Where a door listens. Of `https://host:port/path` only the host and the port are kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    /// A host name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Address {
    /// `host:port`, with brackets around IPv6.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Whether it is on this computer.
    pub fn is_loopback(&self) -> bool {
        self.host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
    }

    /// Reads an address of a door of `kind`, wherever it is.
    pub fn parse(kind: Kind, text: &str) -> Result<Self, ConfigError> {
        let wrong = |why: &str| {
            ConfigError::new(
                format!("the address `{}` of a {kind} door {why}", clean(text)),
                format!("write it like {}", kind.example()),
            )
            .at(Field::Address)
        };
        if text.is_empty() {
            return Err(ConfigError::new(
                format!("the {kind} door has no address"),
                format!("write it like {}", kind.example()),
            )
            .at(Field::Address));
        }
        let authority = match kind {
            Kind::Tws | Kind::Ibc => {
                if text.contains("//") {
                    return Err(wrong("is a link, and this door is a plain socket"));
                }
                text
            }
            Kind::ClientPortal
            | Kind::Flex
            | Kind::KrakenSpot
            | Kind::KrakenFutures
            | Kind::Deribit => {
                let Some(rest) = text.strip_prefix("https://") else {
                    return Err(wrong("does not begin with https://"));
                };
                rest.split('/').next().unwrap_or(rest)
            }
        };
        let authority = match authority.rsplit_once(':') {
            None if kind.signs() => &format!("{authority}:{HTTPS}"),
            Some(_) | None => authority,
        };
        let (host, port) = authority
            .rsplit_once(':')
            .ok_or_else(|| wrong("has no port"))?;
        let port = port
            .parse::<u16>()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| wrong("has a port that is no number from 1 to 65535"))?;
        let host = host
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'))
            .unwrap_or(host);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if host.is_empty() || host.len() > 253 || !host.chars().all(plain) {
            return Err(wrong("has no good host name"));
        }
        // TWS trusts IPv4 addresses only, and `localhost` may resolve to ::1
        let host = if host.eq_ignore_ascii_case("localhost") {
            "127.0.0.1"
        } else {
            host
        };
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// The SHA-256 of a certificate's DER bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = ConfigError;

    /// 64 hex digits, with or without colons between the bytes.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let digits = text.replace(':', "");
        let mut bytes = [0; 32];
        hex::decode_to_slice(&digits, &mut bytes).map_err(|_| {
            ConfigError::new(
                format!(
                    "`{}` is not a certificate's SHA-256 fingerprint",
                    clean(text)
                ),
                "give 64 hex digits, as `openssl x509 -noout -fingerprint -sha256` prints them",
            )
            .at(Field::Pin)
        })?;
        Ok(Self(bytes))
    }
}

/// One door of an account, as configured.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct DoorConfig {
    kind: Kind,
    address: Address,
    username: Option<String>,
    pin: Option<Fingerprint>,
    client_id: Option<i32>,
    allow_remote: bool,
}

impl DoorConfig {
    /// A door of `kind` that listens at `address`.
    pub fn new(kind: Kind, address: &str) -> Result<Self, ConfigError> {
        Record {
            kind: kind.id().to_owned(),
            address: address.to_owned(),
            username: None,
            pin: None,
            client_id: None,
            allow_remote: false,
        }
        .try_into()
    }

    /// Which kind of door.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The address as it is written in configuration.
    pub fn address_text(&self) -> String {
        match self.kind {
            Kind::Tws | Kind::Ibc => self.address.authority(),
            Kind::ClientPortal
            | Kind::Flex
            | Kind::KrakenSpot
            | Kind::KrakenFutures
            | Kind::Deribit => {
                let text = format!("https://{}", self.address.authority());
                match text.strip_suffix(":443") {
                    Some(usual) if self.kind.signs() => usual.to_owned(),
                    Some(_) | None => text,
                }
            }
        }
    }

    /// Who is logged in there, as far as the person told.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The certificate that is expected there.
    pub fn pin(&self) -> Option<Fingerprint> {
        self.pin
    }

    /// The API client id to begin with; a free one is found when there is none.
    pub fn client_id(&self) -> Option<i32> {
        self.client_id
    }

    /// Whether it may be on another computer.
    pub fn allow_remote(&self) -> bool {
        self.allow_remote
    }

    /// What money is behind an exchange's door; `None` for a program on the person's own computer.
    pub fn environment(&self) -> Option<Environment> {
        self.kind.environment(&self.address)
    }
}

/// A signed request goes to the venue's own hosts, or to a simulator on this computer whose
/// certificate is known. Any other address may be somebody's trap.
fn at_the_venue(kind: Kind, address: &Address, has_pin: bool) -> Result<(), ConfigError> {
    if address.is_loopback() {
        if has_pin {
            return Ok(());
        }
        return Err(ConfigError::new(
            format!("the {kind} door is on this computer, and no certificate is pinned"),
            "a simulator prints what to add, with pin=; the venue itself is not on this computer",
        )
        .at(Field::Pin));
    }
    let own = kind.hosts().iter().any(|(host, _)| *host == address.host);
    if !own || address.port != HTTPS {
        let hosts = kind
            .hosts()
            .iter()
            .map(|(host, _)| format!("https://{host}"));
        return Err(ConfigError::new(
            format!(
                "`{}` is not an address of {} for a {kind} door",
                address.authority(),
                kind.venue().name()
            ),
            format!("give one of: {}", hosts.collect::<Vec<_>>().join(", ")),
        )
        .at(Field::Address));
    }
    if has_pin {
        return Err(ConfigError::new(
            format!(
                "{}'s certificate is not pinned: it changes",
                kind.venue().name()
            ),
            "leave the fingerprint (pin) out; it is for simulators",
        )
        .at(Field::Pin));
    }
    Ok(())
}

impl FromStr for DoorConfig {
    type Err = ConfigError;

    /// `KIND=ADDRESS[,username=U][,pin=SHA256][,client_id=N][,allow_remote=yes]`
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut parts = text.split(',');
        let first = parts.next().unwrap_or_default();
        let (kind, address) = first.split_once('=').ok_or_else(|| {
            ConfigError::new(
                format!("the door `{first}` has no address"),
                format!("write it like --door tws={}", Kind::Tws.example()),
            )
            .at(Field::Address)
        })?;
        let mut record = Record {
            kind: kind.to_owned(),
            address: address.to_owned(),
            username: None,
            pin: None,
            client_id: None,
            allow_remote: false,
        };
        let mut seen = Vec::new();
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            if seen.contains(&key) {
                return Err(ConfigError::new(
                    format!("the door `{first}` gives `{key}` twice"),
                    "give it once",
                ));
            }
            seen.push(key);
            match key {
                "username" => record.username = Some(value.to_owned()),
                "pin" => record.pin = Some(value.to_owned()),
                "client_id" => record.client_id = Some(client_id(value)?),
                "allow_remote" if value == "yes" => record.allow_remote = true,
                _ => {
                    return Err(ConfigError::new(
                        format!("a door has no setting `{part}`"),
                        "the settings are username=, pin=, client_id= and allow_remote=yes",
                    ));
                }
            }
        }
        record.try_into()
    }
}

/// A door as a person types it. Empty text stands for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DoorText {
    /// A kind's id.
    pub kind: String,
    /// Where it listens.
    pub address: String,
    /// Who is logged in there.
    pub username: String,
    /// The SHA-256 of the certificate that is expected there.
    pub pin: String,
    /// The API client id to begin with.
    pub client_id: String,
    /// Whether it may be on another computer.
    pub allow_remote: bool,
}

impl TryFrom<&DoorText> for DoorConfig {
    type Error = ConfigError;

    fn try_from(typed: &DoorText) -> Result<Self, ConfigError> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let id = given(&typed.client_id);
        Record {
            kind: typed.kind.trim().to_owned(),
            address: typed.address.trim().to_owned(),
            username: given(&typed.username),
            pin: given(&typed.pin),
            client_id: id.as_deref().map(client_id).transpose()?,
            allow_remote: typed.allow_remote,
        }
        .try_into()
    }
}

fn client_id(text: &str) -> Result<i32, ConfigError> {
    text.parse().map_err(|_| {
        ConfigError::new(
            format!("the client id `{}` is not a number", clean(text)),
            "give a whole number from 1 to 2147483647, or leave it out",
        )
        .at(Field::ClientId)
    })
}

/// The written form of a door.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    kind: String,
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<i32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    allow_remote: bool,
}

impl TryFrom<Record> for DoorConfig {
    type Error = ConfigError;

    fn try_from(record: Record) -> Result<Self, ConfigError> {
        let kind = Kind::from_id(&record.kind).ok_or_else(|| {
            ConfigError::new(
                format!("there is no kind of door `{}`", clean(&record.kind)),
                format!("the kinds are {}", Kind::ALL.map(Kind::id).join(", ")),
            )
            .at(Field::Kind)
        })?;
        let address = Address::parse(kind, &record.address)?;
        if kind.signs() {
            at_the_venue(kind, &address, record.pin.is_some())?;
        } else if !address.is_loopback() && !record.allow_remote {
            return Err(ConfigError::new(
                format!(
                    "the {kind} door `{}` is not on this computer",
                    record.address
                ),
                "reach it through 127.0.0.1, or allow it (allow_remote=yes) if you accept that \
                 whoever is on the way can read and change what is sent",
            )
            .at(Field::Address));
        }
        if let Some(username) = &record.username {
            let good = !username.is_empty()
                && username.chars().count() <= 64
                && !username.chars().any(|c| c.is_control() || c == ',');
            if !good {
                return Err(ConfigError::new(
                    format!("the username of the {kind} door is empty, too long or malformed"),
                    "give the login name, without password",
                )
                .at(Field::Username));
            }
        }
        if record.client_id.is_some_and(|id| id < 1) {
            return Err(ConfigError::new(
                "a client id below 1 is not taken: 0 belongs to the TWS window",
                "give a whole number from 1 to 2147483647, or leave it out",
            )
            .at(Field::ClientId));
        }
        let has_certificate = kind == Kind::ClientPortal || kind.signs();
        if record.pin.is_some() && !has_certificate {
            return Err(ConfigError::new(
                format!("a {kind} door has no certificate to pin"),
                "leave the fingerprint (pin) out",
            )
            .at(Field::Pin));
        }
        if record.client_id.is_some() && kind != Kind::Tws {
            return Err(ConfigError::new(
                format!("a {kind} door has no API client id"),
                "leave the client id (client_id) out",
            )
            .at(Field::ClientId));
        }
        Ok(Self {
            kind,
            address,
            username: record.username,
            pin: record.pin.as_deref().map(str::parse).transpose()?,
            client_id: record.client_id,
            allow_remote: record.allow_remote,
        })
    }
}

impl From<DoorConfig> for Record {
    fn from(door: DoorConfig) -> Self {
        Self {
            kind: door.kind.id().to_owned(),
            address: door.address_text(),
            username: door.username,
            pin: door.pin.map(|pin| pin.to_string()),
            client_id: door.client_id,
            allow_remote: door.allow_remote,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

    #[test]
    fn a_door_is_read_from_the_command_line() {
        let door: DoorConfig =
            format!("client-portal=https://127.0.0.1:5000/v1/api,username=ada,pin={PIN}")
                .parse()
                .unwrap();
        assert_eq!(door.kind(), Kind::ClientPortal);
        assert_eq!(door.address_text(), "https://127.0.0.1:5000");
        assert_eq!(door.username(), Some("ada"));
        assert_eq!(door.pin().unwrap().to_string(), PIN);

        let door: DoorConfig = "tws=localhost:7497,client_id=77".parse().unwrap();
        assert_eq!(door.address_text(), "127.0.0.1:7497");
        assert_eq!(door.client_id(), Some(77));

        let door: DoorConfig = "tws=[::1]:4001".parse().unwrap();
        assert_eq!(door.address_text(), "[::1]:4001");
    }

    #[test]
    fn a_door_survives_the_accounts_file() {
        let door: DoorConfig = format!("client-portal=https://127.0.0.1:5000,pin={PIN}")
            .parse()
            .unwrap();
        let text = serde_json::to_string(&door).unwrap();
        assert_eq!(serde_json::from_str::<DoorConfig>(&text).unwrap(), door);
        let unknown = text.replacen('{', r#"{"password":"x","#, 1);
        assert!(serde_json::from_str::<DoorConfig>(&unknown).is_err());
    }

    #[test]
    fn another_computer_is_refused_until_it_is_allowed() {
        for remote in [
            "tws=10.0.0.5:7496",
            "ibc=[fe80::1]:7462",
            "client-portal=https://gw.example:5000",
        ] {
            let error = remote.parse::<DoorConfig>().unwrap_err();
            assert!(error.what.contains("not on this computer"), "{error}");
            assert!(error.next.contains("allow_remote=yes"));
        }
        assert!(
            "tws=10.0.0.5:7496,allow_remote=yes"
                .parse::<DoorConfig>()
                .is_ok()
        );
    }

    #[test]
    fn every_wrong_door_says_how_to_mend_it() {
        for (text, word) in [
            ("tws", "no address"),
            ("fix=127.0.0.1:1", "no kind of door"),
            ("tws=127.0.0.1", "no port"),
            ("tws=127.0.0.1:0", "port"),
            ("tws=127.0.0.1:99999", "port"),
            ("tws=https://127.0.0.1:7496", "plain socket"),
            ("client-portal=127.0.0.1:5000", "https://"),
            ("client-portal=http://127.0.0.1:5000", "https://"),
            ("tws=127.0.0.1:7496,pin=aa", "certificate"),
            ("client-portal=https://127.0.0.1:5000,pin=aa", "fingerprint"),
            (
                "client-portal=https://127.0.0.1:5000,client_id=2",
                "client id",
            ),
            ("tws=127.0.0.1:7496,client_id=0", "client id"),
            ("tws=127.0.0.1:7496,client_id=x", "client id"),
            ("tws=127.0.0.1:7496,username=", "username"),
            ("tws=127.0.0.1:7496,username=a,username=b", "twice"),
            ("tws=127.0.0.1:7496,allow_remote=no", "no setting"),
            ("tws=127.0.0.1:7496,password=hunter2", "no setting"),
            ("tws=a b:7496,allow_remote=yes", "host name"),
        ] {
            let error = text.parse::<DoorConfig>().unwrap_err();
            assert!(error.what.contains(word), "{text}: {error}");
            assert!(!error.next.is_empty() && !error.untouched.is_empty());
        }
    }
}
