//! A store in memory, for simulated accounts. It is never written anywhere.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    Secret, Slot, VaultError,
    realm::{Answer, Store},
};

#[derive(Default)]
pub struct Memory {
    secrets: Mutex<HashMap<Slot, Secret>>,
    locked: AtomicBool,
}

impl Memory {
    /// Locks it as a keychain is locked, or unlocks it.
    pub(crate) fn lock(&self, locked: bool) {
        self.locked.store(locked, Ordering::Release);
    }

    fn secrets(&self) -> Answer<MutexGuard<'_, HashMap<Slot, Secret>>> {
        if self.locked.load(Ordering::Acquire) {
            return Err(VaultError::Locked);
        }
        Ok(self.secrets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for Memory {
    async fn get(&self, slot: &Slot) -> Answer<Option<Secret>> {
        Ok(self.secrets()?.get(slot).map(Secret::duplicate))
    }

    async fn set(&self, slot: &Slot, secret: Secret) -> Answer<()> {
        self.secrets()?.insert(slot.clone(), secret);
        Ok(())
    }

    async fn delete(&self, slot: &Slot) -> Answer<()> {
        self.secrets()?.remove(slot);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Secret, Slot, Vault, VaultError};

    #[tokio::test]
    async fn what_was_put_in_is_read_replaced_and_deleted() {
        let vault = Vault::in_memory();
        let slot = Slot::of_account("main", "key").unwrap();
        assert!(vault.get(&slot).await.unwrap().is_none());

        vault.set(&slot, Secret::new("one".into())).await.unwrap();
        vault.set(&slot, Secret::new("two".into())).await.unwrap();
        let read = vault.clone().get(&slot).await.unwrap().unwrap();
        assert_eq!(read.expose(), "two");

        vault.delete(&slot).await.unwrap();
        vault.delete(&slot).await.unwrap();
        assert!(vault.get(&slot).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn while_it_is_locked_nothing_is_read_and_nothing_is_lost() {
        let vault = Vault::in_memory();
        let slot = Slot::of_account("main", "key").unwrap();
        vault.set(&slot, Secret::new("one".into())).await.unwrap();
        vault.lock(true);
        assert_eq!(vault.get(&slot).await.err(), Some(VaultError::Locked));
        vault.lock(false);
        assert_eq!(vault.get(&slot).await.unwrap().unwrap().expose(), "one");
    }
}
