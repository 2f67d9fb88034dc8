//! What doors stand on beside their account: the keychain, and a folder for the last nonces.

use std::path::PathBuf;

use runbook::AccountName;
use simulator::ServedAccount;
use vault::{Realm, Secret, Simulated, Slot, Vault, VaultError};

use crate::{
    config::Kind,
    config_error::ConfigError,
    exchange::{Credential, Credentials, FromVault, Nonces},
};

/// What doors stand on.
pub struct Means<R: Realm> {
    vault: Vault<R>,
    nonces: Option<PathBuf>,
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

impl<R: Realm> Means<R> {
    /// Credentials from `vault`; the last nonces stand in the folder `nonces`.
    pub fn new(vault: Vault<R>, nonces: Option<PathBuf>) -> Self {
        Self { vault, nonces }
    }

    /// Puts the key of a door of `account` into the keychain.
    pub async fn keep_key(&self, account: &AccountName, key: &DoorKey) -> Result<(), VaultError> {
        let slot = Slot::of_account(account.as_str(), key.kind.id())?;
        let entry = Credential::to_entry(key.key.expose(), key.secret.expose());
        self.vault.set(&slot, entry).await
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
        match &self.nonces {
            Some(folder) => Nonces::kept_in(folder.join(format!("{account}-{kind}"))),
            None => Nonces::default(),
        }
    }
}

impl<R: Realm> Clone for Means<R> {
    fn clone(&self) -> Self {
        Self {
            vault: self.vault.clone(),
            nonces: self.nonces.clone(),
        }
    }
}

impl Means<Simulated> {
    /// What doors of simulated accounts stand on: nothing yet, and never a keychain.
    pub fn simulated() -> Self {
        Self::new(Vault::in_memory(), None)
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
