//! The key of a door: read from the keychain when it is first needed, held while the door is.

use std::sync::Arc;

use async_trait::async_trait;
use door::{DoorError, ErrorClass};
use tokio::sync::OnceCell;
use vault::{Realm, Secret, Slot, Vault, VaultError};

/// A key and what it signs with.
pub(crate) struct Credential {
    /// What names it on the wire. No secret by itself, and kept as one all the same.
    pub(crate) key: Secret,
    /// What it signs with, as the venue gave it.
    pub(crate) secret: Secret,
}

impl Credential {
    /// As it stands in the keychain: one entry a door, so that a keychain asks once.
    pub(crate) fn to_entry(key: &str, secret: &str) -> Secret {
        Secret::new(format!("{key}\n{secret}"))
    }

    pub(crate) fn from_entry(entry: &Secret) -> Option<Self> {
        let (key, secret) = entry.expose().split_once('\n')?;
        Some(Self {
            key: Secret::new(key.to_owned()),
            secret: Secret::new(secret.to_owned()),
        })
    }
}

/// Where a door's credential comes from.
#[async_trait]
pub(crate) trait Credentials: Send + Sync {
    /// The credential. Asked for by every request, and read from the keychain once.
    async fn get(&self) -> Result<Arc<Credential>, DoorError>;
}

/// The credential of one door, in the vault of its realm.
pub(crate) struct FromVault<R: Realm> {
    vault: Vault<R>,
    slot: Slot,
    held: OnceCell<Arc<Credential>>,
}

impl<R: Realm> FromVault<R> {
    pub(crate) fn new(vault: Vault<R>, slot: Slot) -> Self {
        Self {
            vault,
            slot,
            held: OnceCell::new(),
        }
    }
}

#[async_trait]
impl<R: Realm> Credentials for FromVault<R> {
    async fn get(&self) -> Result<Arc<Credential>, DoorError> {
        let read = async {
            let entry = self.vault.get(&self.slot).await.map_err(|e| unread(&e))?;
            let entry = entry.ok_or_else(none_kept)?;
            Credential::from_entry(&entry)
                .map(Arc::new)
                .ok_or_else(none_kept)
        };
        self.held.get_or_try_init(|| read).await.cloned()
    }
}

/// The keychain may be unlocked in the middle of a run: it is asked again.
fn unread(error: &VaultError) -> DoorError {
    DoorError::new(ErrorClass::Unauthorised, "", error.to_string())
        .next(error.next())
        .soon()
}

fn none_kept() -> DoorError {
    DoorError::new(
        ErrorClass::Unauthorised,
        "",
        "the keychain holds no key for this door",
    )
    .next("Remove the account and add it again with its key.")
}

#[cfg(test)]
mod tests {
    use vault::Simulated;

    use super::*;

    fn slot() -> Slot {
        Slot::of_account("main", "spot").unwrap()
    }

    #[tokio::test]
    async fn a_key_that_is_put_into_the_keychain_later_is_found() {
        let vault = Vault::<Simulated>::in_memory();
        let credentials = FromVault::new(vault.clone(), slot());
        let error = credentials.get().await.err().unwrap();
        assert_eq!(error.class, ErrorClass::Unauthorised);
        vault
            .set(&slot(), Credential::to_entry("key", "secret"))
            .await
            .unwrap();
        let credential = credentials.get().await.ok().unwrap();
        assert_eq!(credential.key.expose(), "key");
        assert_eq!(credential.secret.expose(), "secret");
    }
}
