//! Credentials: the OS keychain on its own thread, and the one type that a secret has.
//!
//! Nothing here ever prints a secret or writes one anywhere but into the keychain; there is no
//! fall-back to a file. A [`Vault`] of [`Simulated`] has no keychain in it.

mod error;
mod keychain;
mod memory;
mod realm;
mod secret;
mod slot;

use std::sync::Arc;

pub use error::VaultError;
pub use keychain::ANSWER_WITHIN;
pub use realm::{Live, Realm, Simulated};
pub use secret::Secret;
pub use slot::Slot;

use keychain::Keychain;
use memory::Memory;

/// The service under which every entry stands in the OS keychain.
pub const SERVICE: &str = "firebreak";

/// Where the secrets of one home are kept. Clones share the same store.
///
/// A simulated vault cannot be opened on a home, so nothing in a drill reaches the keychain:
///
/// ```compile_fail,E0599
/// let vault = vault::Vault::<vault::Simulated>::of_home("a1b2c3");
/// ```
pub struct Vault<R: Realm> {
    store: Arc<R::Store>,
}

impl Vault<Live> {
    /// The OS keychain's entries of the home `home_id`, which is made of ASCII letters, digits
    /// and `-`. The keychain itself is first asked by the first call.
    pub fn of_home(home_id: &str) -> Result<Self, VaultError> {
        if !slot::is_home_id(home_id) {
            return Err(VaultError::bad_name(home_id));
        }
        Ok(Self {
            store: Arc::new(Keychain::of_home(home_id)?),
        })
    }
}

impl Vault<Simulated> {
    /// An empty store that lives as long as its last clone.
    pub fn in_memory() -> Self {
        Self {
            store: Arc::new(Memory::default()),
        }
    }

    /// Locks it as the system's keychain can be locked, or unlocks it.
    pub fn lock(&self, locked: bool) {
        self.store.lock(locked);
    }
}

impl<R: Realm> Vault<R> {
    /// The secret in `slot`; `None` when nothing was put there.
    pub async fn get(&self, slot: &Slot) -> Result<Option<Secret>, VaultError> {
        realm::Store::get(&*self.store, slot).await
    }

    /// Puts `secret` into `slot`, over what may be there.
    ///
    /// After [`VaultError::TimedOut`] it is open whether it was written; further writes are held
    /// back with [`VaultError::WriteOpen`] until the keychain has answered the first.
    pub async fn set(&self, slot: &Slot, secret: Secret) -> Result<(), VaultError> {
        realm::Store::set(&*self.store, slot, secret).await
    }

    /// Empties `slot`. An empty one stays empty.
    pub async fn delete(&self, slot: &Slot) -> Result<(), VaultError> {
        realm::Store::delete(&*self.store, slot).await
    }
}

impl<R: Realm> Clone for Vault<R> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
        }
    }
}
