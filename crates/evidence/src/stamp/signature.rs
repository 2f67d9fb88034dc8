//! Signatures of certificates and time stamps: RSA of 2048 bits and more, and ECDSA on P-256 and
//! P-384, each with SHA-256, SHA-384 or SHA-512.

use der::{Any, oid::ObjectIdentifier};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    UnparsedPublicKey,
};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const EC_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const EC_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const EC_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const P_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// The digests that are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) fn of(oid: &ObjectIdentifier) -> Option<Self> {
        [
            (super::SHA_256, Self::Sha256),
            (SHA_384, Self::Sha384),
            (SHA_512, Self::Sha512),
        ]
        .into_iter()
        .find(|(known, _)| known == oid)
        .map(|(_, hash)| hash)
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// Whether the holder of `key` signed `message`. `hash` is the digest where the algorithm's own name
/// leaves it open.
pub(super) fn check(
    key: &SubjectPublicKeyInfoOwned,
    (algorithm, hash): (&AlgorithmIdentifierOwned, Option<Hash>),
    message: &[u8],
    signature: &[u8],
) -> Result<(), String> {
    let named = [
        (RSA_SHA_256, RSA, Hash::Sha256),
        (RSA_SHA_384, RSA, Hash::Sha384),
        (RSA_SHA_512, RSA, Hash::Sha512),
        (EC_SHA_256, EC, Hash::Sha256),
        (EC_SHA_384, EC, Hash::Sha384),
        (EC_SHA_512, EC, Hash::Sha512),
    ]
    .into_iter()
    .find(|(oid, _, _)| *oid == algorithm.oid)
    .map(|(_, family, hash)| (family, hash));
    let bare = hash
        .filter(|_| algorithm.oid == RSA)
        .map(|hash| (RSA, hash));
    let Some((family, hash)) = named.or(bare) else {
        return Err(format!(
            "it is signed in a way that is not known here ({})",
            algorithm.oid
        ));
    };
    let bits = key
        .subject_public_key
        .as_bytes()
        .filter(|_| key.algorithm.oid == family)
        .ok_or("the signature is of another kind than its key")?;
    let good = if family == RSA {
        rsa(bits, hash, message, signature)
    } else {
        let curve = key.algorithm.parameters.as_ref().and_then(curve);
        let digest = hash.digest(message);
        match curve {
            Some(P_256) => p256_good(bits, &digest, signature),
            Some(P_384) => p384_good(bits, &digest, signature),
            Some(_) | None => {
                return Err("its key is on a curve other than P-256 and P-384".to_owned());
            }
        }
    };
    if good {
        Ok(())
    } else {
        Err("the signature of the time stamp is not good".to_owned())
    }
}

fn curve(parameters: &Any) -> Option<ObjectIdentifier> {
    parameters.decode_as::<ObjectIdentifier>().ok()
}

fn rsa(key: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    let how = match hash {
        Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Hash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
        Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
    };
    UnparsedPublicKey::new(how, key)
        .verify(message, signature)
        .is_ok()
}

fn p256_good(key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    use p256::ecdsa::{DerSignature, VerifyingKey, signature::hazmat::PrehashVerifier as _};
    let key = VerifyingKey::from_sec1_bytes(key);
    let signature = DerSignature::try_from(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(digest, &signature).is_ok())
}

fn p384_good(key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    use p384::ecdsa::{DerSignature, VerifyingKey, signature::hazmat::PrehashVerifier as _};
    let key = VerifyingKey::from_sec1_bytes(key);
    let signature = DerSignature::try_from(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(digest, &signature).is_ok())
}
