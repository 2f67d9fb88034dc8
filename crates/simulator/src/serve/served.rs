//! An account that a simulation serves. Only this crate can make one: whoever holds it holds proof
//! that its doors are simulated.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    faults::Front,
    world::{AccountId, ApiKey, Username, Venue},
};

/// The words by which `account add` takes a key that can withdraw.
const INSISTENCE: &str = "this key can withdraw and I accept it";

/// A simulated account, and how to reach it.
#[derive(Clone, Debug)]
pub struct ServedAccount {
    name: String,
    venue: Venue,
    account: AccountId,
    doors: Vec<ServedDoor>,
    totp: Option<String>,
}

/// One door of a simulated account.
#[derive(Clone, Debug)]
pub struct ServedDoor {
    front: Front,
    address: SocketAddr,
    pin: Option<String>,
    username: Option<Username>,
    key: Option<(String, String)>,
    withdraws: bool,
}

impl ServedAccount {
    pub(super) fn new(
        name: String,
        venue: Venue,
        account: AccountId,
        doors: Vec<ServedDoor>,
    ) -> Self {
        Self {
            name,
            venue,
            account,
            doors,
            totp: None,
        }
    }

    /// The same with the secret of its owner's authenticator, in base32.
    pub(super) fn with_totp(self, totp: Option<String>) -> Self {
        Self { totp, ..self }
    }

    /// Its nickname; truth events use it too.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The venue's id.
    pub fn venue(&self) -> &'static str {
        self.venue.id()
    }

    /// The broker's number of it.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Its doors, in the order in which levers try them.
    pub fn doors(&self) -> &[ServedDoor] {
        &self.doors
    }

    /// The arguments of `account add` that configure it.
    pub fn add_arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            "--venue".to_owned(),
            self.venue().to_owned(),
            "--name".to_owned(),
            self.name.clone(),
        ];
        for door in &self.doors {
            arguments.push("--door".to_owned());
            arguments.push(door.add_argument());
        }
        if self.doors.iter().any(|door| door.withdraws) {
            arguments.push("--accept-withdraw-right".to_owned());
            arguments.push(INSISTENCE.to_owned());
        }
        arguments
    }

    /// The secrets that `account add` asks for, one a line: the key and then its secret, door by
    /// door. Programs of the owner's own need none.
    pub fn secrets(&self) -> Vec<String> {
        let keys = self.doors.iter().filter_map(|door| door.key.clone());
        keys.flat_map(|(key, secret)| [key, secret]).collect()
    }

    /// The line that tells of it. `authority` is the certificate of the throwaway authority, which
    /// clients of others are told to trust.
    pub fn serving(&self, authority: &str) -> Value {
        let doors: Vec<_> = self
            .doors
            .iter()
            .map(|door| {
                let mut line = json!({ "kind": door.kind(), "address": door.url() });
                if let Some(pin) = &door.pin {
                    line["pin"] = json!(pin);
                }
                if door.key.is_some() {
                    line["authority"] = json!(authority);
                }
                line
            })
            .collect();
        let mut serving = json!({
            "name": self.name,
            "doors": doors,
            "add": self.add_arguments(),
            "secrets": self.secrets(),
        });
        if let Some(totp) = &self.totp {
            serving["totp"] = json!(totp);
        }
        json!({ "serving": serving })
    }
}

impl ServedDoor {
    pub(super) fn new(
        front: Front,
        address: SocketAddr,
        pin: Option<String>,
        username: Option<Username>,
    ) -> Self {
        Self {
            front,
            address,
            pin,
            username,
            key: None,
            withdraws: false,
        }
    }

    /// The same with the key that `account add` asks for.
    pub(super) fn with_key(self, key: Option<ApiKey>) -> Self {
        let withdraws = key.as_ref().is_some_and(ApiKey::withdraws);
        Self {
            key: key.map(|key| (key.public, key.secret)),
            withdraws,
            ..self
        }
    }

    /// The same with the queries and the token that `account add` asks for.
    pub(super) fn with_token(self, told: (String, String)) -> Self {
        Self {
            key: Some(told),
            ..self
        }
    }

    /// The key that signs at this door and its secret, where there is one.
    pub fn key(&self) -> Option<(&str, &str)> {
        let (key, secret) = self.key.as_ref()?;
        Some((key, secret))
    }

    /// Which front end it is.
    pub fn front(&self) -> Front {
        self.front
    }

    /// The door's kind.
    pub fn kind(&self) -> &'static str {
        self.front.id()
    }

    /// The socket that the simulator bound for it, on loopback.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// SHA-256 of its certificate, in hex, where it speaks TLS.
    pub fn pin(&self) -> Option<&str> {
        self.pin.as_deref()
    }

    /// As whom it is logged in, where it is.
    pub fn username(&self) -> Option<&Username> {
        self.username.as_ref()
    }

    /// Its address as it is configured.
    pub fn url(&self) -> String {
        match self.front {
            Front::Tws | Front::Ibc => self.address.to_string(),
            Front::ClientPortal
            | Front::Flex
            | Front::KrakenSpot
            | Front::KrakenFutures
            | Front::Deribit => {
                format!("https://{}", self.address)
            }
        }
    }

    /// The value of `--door` that configures it.
    pub fn add_argument(&self) -> String {
        let mut argument = format!("{}={}", self.kind(), self.url());
        if let Some(username) = &self.username {
            argument.push_str(",username=");
            argument.push_str(&username.0);
        }
        if let Some(pin) = &self.pin {
            argument.push_str(",pin=");
            argument.push_str(pin);
        }
        argument
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_says_how_to_add_it() {
        let account = ServedAccount::new(
            "ibkr-1".to_owned(),
            Venue::Ibkr,
            AccountId("U1234567".to_owned()),
            vec![
                ServedDoor::new(
                    Front::Tws,
                    ([127, 0, 0, 1], 4001).into(),
                    None,
                    Some(Username("ibkr-1-tws".to_owned())),
                ),
                ServedDoor::new(
                    Front::ClientPortal,
                    ([127, 0, 0, 1], 5000).into(),
                    Some("ab".repeat(32)),
                    Some(Username("ibkr-1-web".to_owned())),
                ),
                ServedDoor::new(Front::Ibc, ([127, 0, 0, 1], 7462).into(), None, None),
            ],
        );
        let line = account.serving("");
        assert_eq!(
            line["serving"]["add"],
            json!([
                "--venue",
                "ibkr",
                "--name",
                "ibkr-1",
                "--door",
                "tws=127.0.0.1:4001,username=ibkr-1-tws",
                "--door",
                format!(
                    "client-portal=https://127.0.0.1:5000,username=ibkr-1-web,pin={}",
                    "ab".repeat(32)
                ),
                "--door",
                "ibc=127.0.0.1:7462",
            ])
        );
        assert_eq!(line["serving"]["doors"][1]["pin"], "ab".repeat(32));
        assert_eq!(line["serving"]["secrets"], json!([]));
    }
}
