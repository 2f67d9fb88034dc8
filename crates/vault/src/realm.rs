//! Live or simulated, as a type: what holds a credential of one realm cannot be given to the other.

use std::fmt::Debug;

use crate::{Secret, Slot, VaultError, keychain::Keychain, memory::Memory};

/// Real accounts, whose secrets are in the OS keychain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Live {}

/// Simulated accounts on loopback, whose secrets are in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Simulated {}

/// [`Live`] or [`Simulated`]; there is no third.
///
/// ```compile_fail,E0277
/// struct Mine;
/// impl vault::Realm for Mine {
///     const IS_LIVE: bool = true;
/// }
/// ```
pub trait Realm: Sealed + Debug + Send + Sync + 'static {
    /// Whether effects in this realm reach real accounts.
    const IS_LIVE: bool;
}

impl Realm for Live {
    const IS_LIVE: bool = true;
}

impl Realm for Simulated {
    const IS_LIVE: bool = false;
}

pub trait Sealed {
    type Store: Store;
}

impl Sealed for Live {
    type Store = Keychain;
}

impl Sealed for Simulated {
    type Store = Memory;
}

/// What a [`crate::Vault`] stands on.
pub trait Store: Send + Sync + 'static {
    fn get(&self, slot: &Slot) -> impl Future<Output = Answer<Option<Secret>>> + Send;
    fn set(&self, slot: &Slot, secret: Secret) -> impl Future<Output = Answer<()>> + Send;
    fn delete(&self, slot: &Slot) -> impl Future<Output = Answer<()>> + Send;
}

pub(crate) type Answer<T> = Result<T, VaultError>;
