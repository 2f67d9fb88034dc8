//! What doors stand on beside their account: the keychain, and a folder for what keys have used.

use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use runbook::AccountName;
use sha2::{Digest as _, Sha256};
use simulator::ServedAccount;
use vault::{Realm, Secret, Simulated, Slot, Vault, VaultError};
use zeroize::Zeroizing;

use crate::{
    config::Kind,
    config_error::{ConfigError, Field},
    exchange::{Credential, Credentials, FromVault, Kept, Nonces},
    ibkr::flex::queries,
    venue::Venue,
};

/// The most characters that a key or its secret may have.
const KEY_AT_MOST: usize = 512;

/// What doors stand on.
pub struct Means<R: Realm> {
    vault: Vault<R>,
    used: Option<PathBuf>,
}

/// Tells one key from another without saying which it is. Two doors with the same mark sign with
/// the same key. Made of the part of a key that names it, and never of the part that signs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct KeyMark(String);

impl KeyMark {
    fn of(credential: &Credential) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"firebreak: mark of a key\n");
        digest.update(credential.key.expose());
        Self(hex::encode(digest.finalize()))
    }
}

/// A key for one door, on its way into the keychain.
pub struct DoorKey {
    /// Which door.
    pub kind: Kind,
    /// What names it.
    pub key: Secret,
    /// What it signs with.
    pub secret: Secret,
}

impl DoorKey {
    /// The key of a door of `kind` as it was typed: neither part may hold a blank, and each has the
    /// venue's shape. No error says what was typed.
    pub fn typed(kind: Kind, key: Secret, secret: Secret) -> Result<Self, ConfigError> {
        let words = kind.words().ok_or_else(|| {
            ConfigError::new(
                format!("a {kind} door signs with no key"),
                "leave the key out",
            )
            .at(Field::Key)
        })?;
        plain(kind, &words.key, &key).map_err(|error| error.at(Field::Key))?;
        plain(kind, &words.secret, &secret).map_err(|error| error.at(Field::Secret))?;
        if key.expose() == secret.expose() {
            return Err(untaken(
                kind,
                &words.secret,
                &format!("is the same text as the {}", words.key),
            )
            .at(Field::Secret));
        }
        let misshapen = match kind.venue() {
            Venue::Kraken => STANDARD
                .decode(secret.expose())
                .map(Zeroizing::new)
                .is_err(),
            Venue::Deribit | Venue::Ibkr => false,
        };
        if misshapen {
            return Err(
                untaken(kind, &words.secret, "is not base64, as the venue writes it")
                    .at(Field::Secret),
            );
        }
        if kind == Kind::Flex {
            flex_shape(kind, &words.key, &key)?;
        }
        Ok(Self { kind, key, secret })
    }
}

fn plain(kind: Kind, part: &str, typed: &Secret) -> Result<(), ConfigError> {
    let text = typed.expose();
    let why = if text.is_empty() {
        "is empty"
    } else if text.len() > KEY_AT_MOST {
        "is too long to be one"
    } else if text.chars().any(char::is_whitespace) {
        "holds a blank"
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        "holds a character that no key has"
    } else {
        return Ok(());
    };
    Err(untaken(kind, part, why))
}

/// The ids of statement queries stand in the place of a key's name.
fn flex_shape(kind: Kind, part: &str, typed: &Secret) -> Result<(), ConfigError> {
    if queries(typed.expose()).is_some() {
        return Ok(());
    }
    Err(untaken(kind, part, "is not one to four numbers, parted by commas").at(Field::Key))
}

fn untaken(kind: Kind, part: &str, why: &str) -> ConfigError {
    ConfigError {
        untouched: "nothing was put into the keychain, and nothing was sent to any venue",
        ..ConfigError::new(
            format!("the {part} of the {kind} door {why}"),
            format!("copy the {part} whole from the page where the key was made"),
        )
    }
}

impl<R: Realm> Means<R> {
    /// Credentials from `vault`; what keys have used, nonces and calls, stands in the folder `used`.
    pub fn new(vault: Vault<R>, used: Option<PathBuf>) -> Self {
        Self { vault, used }
    }

    /// Puts the key of a door of `account` into the keychain.
    pub async fn keep_key(&self, account: &AccountName, key: &DoorKey) -> Result<(), VaultError> {
        let slot = Slot::of_account(account.as_str(), key.kind.id())?;
        let entry = Credential::to_entry(key.key.expose(), key.secret.expose());
        self.vault.set(&slot, entry).await
    }

    /// What tells the key of a door of `account` from others; `None` when the keychain holds none.
    pub async fn key_mark(
        &self,
        account: &AccountName,
        kind: Kind,
    ) -> Result<Option<KeyMark>, VaultError> {
        let slot = Slot::of_account(account.as_str(), kind.id())?;
        let entry = self.vault.get(&slot).await?;
        let credential = entry.as_ref().and_then(Credential::from_entry);
        Ok(credential.as_ref().map(KeyMark::of))
    }

    /// The key and the secret of a door of `account`, to be known again where they must not stand;
    /// `None` when the keychain holds none.
    pub async fn held(
        &self,
        account: &AccountName,
        kind: Kind,
    ) -> Result<Option<(Secret, Secret)>, VaultError> {
        let slot = Slot::of_account(account.as_str(), kind.id())?;
        let entry = self.vault.get(&slot).await?;
        let credential = entry.as_ref().and_then(Credential::from_entry);
        Ok(credential.map(|credential| (credential.key, credential.secret)))
    }

    /// Takes the keys of an account's doors of these kinds out of the keychain.
    pub async fn forget_keys(
        &self,
        account: &AccountName,
        kinds: impl IntoIterator<Item = Kind>,
    ) -> Result<(), VaultError> {
        for kind in kinds {
            self.vault
                .delete(&Slot::of_account(account.as_str(), kind.id())?)
                .await?;
        }
        Ok(())
    }

    pub(crate) fn credentials(
        &self,
        account: &AccountName,
        kind: Kind,
    ) -> Result<Box<dyn Credentials>, ConfigError> {
        let slot = Slot::of_account(account.as_str(), kind.id())
            .map_err(|error| ConfigError::new(error.to_string(), error.next()))?;
        Ok(Box::new(FromVault::new(self.vault.clone(), slot)))
    }

    pub(crate) fn nonces(&self, account: &AccountName, kind: Kind) -> Nonces {
        Nonces::above(self.kept(account, kind, "nonce"))
    }

    /// A line that is kept of a door's key.
    pub(crate) fn kept(&self, account: &AccountName, kind: Kind, what: &str) -> Kept {
        match &self.used {
            Some(folder) => Kept::in_file(folder.join(format!("{account}@{kind}.{what}"))),
            None => Kept::default(),
        }
    }
}

impl<R: Realm> Clone for Means<R> {
    fn clone(&self) -> Self {
        Self {
            vault: self.vault.clone(),
            used: self.used.clone(),
        }
    }
}

impl Means<Simulated> {
    /// What doors of simulated accounts stand on: nothing yet, and never a keychain.
    pub fn simulated() -> Self {
        Self::new(Vault::in_memory(), None)
    }

    /// Locks the keys away as a locked keychain does, or gives them back.
    pub fn lock(&self, locked: bool) {
        self.vault.lock(locked);
    }

    /// Takes over the keys that a simulator made for an account.
    pub async fn take_keys(&self, served: &ServedAccount) -> Result<(), VaultError> {
        let account = AccountName::new(served.name());
        for door in served.doors() {
            let kind = Kind::from_id(door.kind()).zip(door.key());
            if let Some((kind, (key, secret))) = kind {
                let key = DoorKey {
                    kind,
                    key: Secret::new(key.to_owned()),
                    secret: Secret::new(secret.to_owned()),
                };
                self.keep_key(&account, &key).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: Kind, key: &str, secret: &str) -> Result<DoorKey, ConfigError> {
        DoorKey::typed(
            kind,
            Secret::new(key.to_owned()),
            Secret::new(secret.to_owned()),
        )
    }

    #[tokio::test]
    async fn a_mark_tells_two_keys_apart_and_holds_neither() {
        let means = Means::simulated();
        let keep = async |account: &str, key: &str| {
            let key = typed(Kind::Deribit, key, "B6RsF9rrLY5ez").unwrap();
            let name = AccountName::new(account);
            means.keep_key(&name, &key).await.unwrap();
            means.key_mark(&name, Kind::Deribit).await.unwrap().unwrap()
        };
        let (one, same, other) = (
            keep("one", "1sXMQBhM").await,
            keep("same", "1sXMQBhM").await,
            keep("other", "9zXMQBhM").await,
        );
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert!(!format!("{one:?}").contains("1sXMQBhM"));
        let none = AccountName::new("none");
        assert_eq!(means.key_mark(&none, Kind::Deribit).await, Ok(None));
    }

    #[test]
    fn a_key_of_the_venues_shape_is_taken() {
        assert!(typed(Kind::KrakenSpot, "Abc/9+k", "c2VjcmV0IHRleHQ=").is_ok());
        assert!(typed(Kind::Deribit, "1sXMQBhM", "B6RsF9rrLY5ez_-YKYpes").is_ok());
    }

    #[test]
    fn a_key_that_cannot_be_one_is_refused_by_its_part_and_never_repeated() {
        let long = "k".repeat(600);
        for (kind, key, secret, field, word) in [
            (Kind::KrakenSpot, "", "c2VjcmV0", Field::Key, "empty"),
            (Kind::KrakenSpot, "hunter2", "", Field::Secret, "empty"),
            (
                Kind::KrakenSpot,
                "hunter 2",
                "c2VjcmV0",
                Field::Key,
                "blank",
            ),
            (
                Kind::KrakenSpot,
                "hunter2",
                "c2Vj cmV0",
                Field::Secret,
                "blank",
            ),
            (
                Kind::KrakenSpot,
                "hunter2",
                "c2VjcmV0\t",
                Field::Secret,
                "blank",
            ),
            (
                Kind::KrakenSpot,
                "hunter2",
                "not-base64",
                Field::Secret,
                "base64",
            ),
            (
                Kind::KrakenFutures,
                "hunter2",
                "c2Vjc",
                Field::Secret,
                "base64",
            ),
            (
                Kind::Deribit,
                "hunter2",
                "hunter2",
                Field::Secret,
                "same text",
            ),
            (Kind::Deribit, "hünter2", "secret", Field::Key, "no key has"),
            (Kind::Deribit, &long, "secret", Field::Key, "too long"),
            (Kind::Tws, "hunter2", "secret", Field::Key, "no key"),
        ] {
            let error = typed(kind, key, secret).err().unwrap();
            assert_eq!(error.field, Some(field), "{error}");
            assert!(error.what.contains(word), "{error}");
            let said = format!("{error:?}");
            assert!(!said.contains("hunter") && !said.contains("c2Vj"), "{said}");
        }
    }
}
