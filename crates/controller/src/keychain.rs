//! The keychain of this computer, looked at without changing it.
//!
//! A look is bounded in time and makes no key: whoever only looks leaves no trace.

use evidence::BundleKey;
use serde::Serialize;
use vault::{Live, Vault};

use crate::{Error, Home, bundles};

/// How the keychain stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KeychainState {
    /// Its name here.
    pub name: &'static str,
    /// The fingerprint of the key that signs bundles; `None` while none was made, or while the
    /// keychain does not answer.
    pub signer: Option<String>,
    /// Why it cannot be asked.
    pub problem: Option<Error>,
}

/// What the keychain of this system is called.
pub fn keychain_name() -> &'static str {
    if cfg!(target_os = "macos") {
        "Keychain (login)"
    } else if cfg!(windows) {
        "Credential Manager"
    } else {
        "System keychain (Secret Service)"
    }
}

/// Asks the keychain for the home's signing key. Takes no longer than [`vault::ANSWER_WITHIN`].
pub async fn keychain_state(home: &Home) -> KeychainState {
    let (signer, problem) = match signer(home).await {
        Ok(signer) => (signer, None),
        Err(error) => (None, Some(error)),
    };
    KeychainState {
        name: keychain_name(),
        signer,
        problem,
    }
}

async fn signer(home: &Home) -> Result<Option<String>, Error> {
    let vault = Vault::<Live>::of_home(home.id())?;
    let key = BundleKey::existing(&vault)
        .await
        .map_err(|error| bundles::in_words(&error))?;
    Ok(key.map(|key| key.fingerprint()))
}
