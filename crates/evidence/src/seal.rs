//! Who vouches for a bundle: an Ed25519 key and SSHSIG signatures, as `ssh-keygen -Y` knows them.
//!
//! The private part is in the vault and in memory only. Live and simulated runs have different
//! keys by type, so nothing rehearsed can carry the signature of something real.

use std::marker::PhantomData;

use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig, rand_core::OsRng};
use vault::{Realm, Secret, Slot, Vault};

use crate::EvidenceError;

/// What the signatures are for; a signature made for anything else does not verify.
pub const NAMESPACE: &str = "firebreak-bundle";

/// The slot of the home that holds the key.
const SLOT: &str = "bundle-key";

/// The key that signs the bundles of one home.
pub struct BundleKey<R: Realm> {
    key: PrivateKey,
    realm: PhantomData<R>,
}

impl<R: Realm> BundleKey<R> {
    /// The home's key, made and stored if there is none yet.
    pub async fn of(vault: &Vault<R>) -> Result<Self, EvidenceError> {
        if let Some(key) = Self::existing(vault).await? {
            return Ok(key);
        }
        vault.set(&Slot::of_home(SLOT)?, fresh::<R>()?).await?;
        // another program may have been first: what stands there now is the key
        Self::existing(vault).await?.ok_or(EvidenceError::NotAKey)
    }

    /// The home's key, if one was made. Makes none.
    pub async fn existing(vault: &Vault<R>) -> Result<Option<Self>, EvidenceError> {
        let text = vault.get(&Slot::of_home(SLOT)?).await?;
        text.map(|text| Self::read(&text)).transpose()
    }

    /// A key that no vault has and nobody else ever sees: for lengths alone.
    pub(crate) fn forgotten() -> Result<Self, EvidenceError> {
        Self::read(&fresh::<R>()?)
    }

    fn read(text: &Secret) -> Result<Self, EvidenceError> {
        let key = PrivateKey::from_openssh(text.expose()).map_err(|_| EvidenceError::NotAKey)?;
        if key.algorithm() != Algorithm::Ed25519 || key.is_encrypted() {
            return Err(EvidenceError::NotAKey);
        }
        Ok(Self {
            key,
            realm: PhantomData,
        })
    }

    /// The public part's fingerprint, as `ssh-keygen -l` prints it (`SHA256:...`).
    pub fn fingerprint(&self) -> String {
        fingerprint(self.key.public_key())
    }

    /// The public part, as it stands in a `.pub` file.
    pub fn public(&self) -> Result<String, EvidenceError> {
        self.key
            .public_key()
            .to_openssh()
            .map_err(EvidenceError::Signing)
    }

    /// The line of an `allowed_signers` file that allows this key for bundles.
    pub(crate) fn allowed_signers(&self) -> Result<String, EvidenceError> {
        allowed_signers(self.key.public_key(), R::IS_LIVE).map_err(EvidenceError::Signing)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, EvidenceError> {
        self.key
            .sign(NAMESPACE, HashAlg::Sha512, message)
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(EvidenceError::Signing)
    }
}

/// The name under which bundles are signed; practice says so in it.
pub(crate) fn identity(is_live: bool) -> &'static str {
    if is_live {
        "firebreak"
    } else {
        "firebreak-practice"
    }
}

/// What a good signature says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Signed {
    /// By which key.
    pub(crate) fingerprint: String,
}

/// Checks `signature` over `message` by the key of `allowed`, each in the one way to write it.
pub(crate) fn check(
    message: &[u8],
    signature: &str,
    allowed: &str,
    public: &str,
    is_live: bool,
) -> Result<Signed, String> {
    let key = PublicKey::from_openssh(public)
        .map_err(|error| format!("signer.pub holds no key ({error})"))?;
    if key.algorithm() != Algorithm::Ed25519 {
        return Err("signer.pub holds a key of another kind than Ed25519".to_owned());
    }
    if allowed_signers(&key, is_live).is_ok_and(|expected| expected != allowed) {
        return Err("allowed_signers does not allow exactly the key in signer.pub".to_owned());
    }
    let parsed = SshSig::from_pem(signature)
        .map_err(|error| format!("the signature cannot be read ({error})"))?;
    // one signature has one spelling, so that no byte of the file is free
    if parsed.version() != SshSig::VERSION
        || !parsed.reserved().is_empty()
        || parsed.hash_alg() != HashAlg::Sha512
        || parsed
            .to_pem(LineEnding::LF)
            .is_ok_and(|spelled| spelled != signature)
    {
        return Err("the signature is not spelled as it is written".to_owned());
    }
    key.verify(NAMESPACE, message, &parsed)
        .map_err(|_| "the signature is not of this tagmanifest-sha256.txt".to_owned())?;
    Ok(Signed {
        fingerprint: fingerprint(&key),
    })
}

fn fresh<R: Realm>() -> Result<Secret, EvidenceError> {
    let mut key =
        PrivateKey::random(&mut OsRng, Algorithm::Ed25519).map_err(EvidenceError::Signing)?;
    key.set_comment(identity(R::IS_LIVE));
    let text = key
        .to_openssh(LineEnding::LF)
        .map_err(EvidenceError::Signing)?;
    Ok(Secret::new(String::clone(&text)))
}

fn allowed_signers(key: &PublicKey, is_live: bool) -> ssh_key::Result<String> {
    let mut bare = key.clone();
    bare.set_comment("");
    let identity = identity(is_live);
    Ok(format!(
        "{identity} namespaces=\"{NAMESPACE}\" {}\n",
        bare.to_openssh()?
    ))
}

fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}
