//! Bundles for one reader alone: age (<https://age-encryption.org/v1>), to recipients or a
//! passphrase. Firebreak makes no ciphers and keeps no key that opens them.

use std::{
    fmt,
    io::{self, Read, Write},
    str::FromStr,
};

use age::{Decryptor, Encryptor, scrypt, secrecy::SecretString, stream::StreamWriter, x25519};
use vault::Secret;

use crate::{EvidenceError, Lock, name::shown};

/// How an age file begins.
pub(crate) const MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// How one begins that was made into text.
pub(crate) const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
/// The most work that a passphrase may cost to try, as the power of two of the rounds: about a
/// minute and 4 GiB here.
const MAX_WORK: u8 = 22;

/// Who can open what is encrypted to them (`age1...`).
#[derive(Clone)]
pub struct Recipient(x25519::Recipient);

impl FromStr for Recipient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
            return Err(
                "that is a secret key: give the public one, which begins with age1".to_owned(),
            );
        }
        x25519::Recipient::from_str(text)
            .map(Self)
            .map_err(|why| format!("{} is no age recipient (age1...): {why}", shown(text)))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What opens an encrypted bundle.
#[derive(Clone, Copy)]
pub enum Opener<'a> {
    /// The text of an identity file, as `age-keygen` makes it.
    Identities(&'a Secret),
    /// The passphrase.
    Passphrase(&'a Secret),
}

/// What is written to it comes out encrypted. It must be finished.
pub(crate) fn locked<W: Write>(lock: Lock<'_>, out: W) -> Result<StreamWriter<W>, EvidenceError> {
    let encryptor = match lock {
        Lock::To(recipients) => to_recipients(recipients),
        Lock::Passphrase(passphrase) => {
            let passphrase = SecretString::from(passphrase.expose().to_owned());
            Ok(Encryptor::with_user_passphrase(passphrase))
        }
    };
    encryptor
        .and_then(|encryptor| {
            encryptor
                .wrap_output(out)
                .map_err(|error| error.to_string())
        })
        .map_err(|why| EvidenceError::CannotEncrypt { why })
}

/// The same, to recipients alone.
pub(crate) fn to<W: Write>(recipients: &[Recipient], out: W) -> io::Result<StreamWriter<W>> {
    to_recipients(recipients)
        .map_err(io::Error::other)?
        .wrap_output(out)
}

fn to_recipients(recipients: &[Recipient]) -> Result<Encryptor, String> {
    Encryptor::with_recipients(recipients.iter().map(|one| &one.0 as _))
        .map_err(|error| error.to_string())
}

/// Reads what is encrypted, or says why it cannot.
pub(crate) fn opened<'a>(
    input: impl Read + 'a,
    opener: Opener<'_>,
) -> Result<Box<dyn Read + 'a>, String> {
    let file =
        Decryptor::new(input).map_err(|error| format!("it is no whole age file ({error})"))?;
    let refused = |error: age::DecryptError| format!("it was not opened ({error})");
    match opener {
        Opener::Passphrase(passphrase) => {
            if !file.is_scrypt() {
                return Err("it is encrypted to a recipient, not with a passphrase".to_owned());
            }
            let mut identity =
                scrypt::Identity::new(SecretString::from(passphrase.expose().to_owned()));
            identity.set_max_work_factor(MAX_WORK);
            let reader = file
                .decrypt(std::iter::once(&identity as &dyn age::Identity))
                .map_err(refused)?;
            Ok(Box::new(reader))
        }
        Opener::Identities(text) => {
            if file.is_scrypt() {
                return Err("it is encrypted with a passphrase, not to a recipient".to_owned());
            }
            let identities = identities(text)?;
            let reader = file
                .decrypt(identities.iter().map(|one| one as &dyn age::Identity))
                .map_err(refused)?;
            Ok(Box::new(reader))
        }
    }
}

fn identities(text: &Secret) -> Result<Vec<x25519::Identity>, String> {
    let identities = text
        .expose()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            x25519::Identity::from_str(line)
                .map_err(|_| "the identity file holds a line that is no age identity".to_owned())
        })
        .collect::<Result<Vec<_>, _>>()?;
    if identities.is_empty() {
        return Err("the identity file holds no age identity".to_owned());
    }
    Ok(identities)
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_recipient_is_read_back_and_a_secret_key_is_never_taken_for_one() {
        let identity = x25519::Identity::generate();
        let recipient: Recipient = identity.to_public().to_string().parse().unwrap();
        assert_eq!(recipient.to_string(), identity.to_public().to_string());
        let secret = identity.to_string();
        let said = secret.expose_secret().parse::<Recipient>().unwrap_err();
        assert!(said.contains("secret key"), "{said}");
        assert!(!said.contains(secret.expose_secret()));
        assert!("age1xyz".parse::<Recipient>().is_err());
    }

    #[test]
    fn what_is_locked_with_a_passphrase_opens_with_that_one_alone() {
        let (right, wrong) = (
            Secret::new("right".to_owned()),
            Secret::new("wrong".to_owned()),
        );
        let mut file = Vec::new();
        let mut writer = locked(Lock::Passphrase(&right), &mut file).unwrap();
        writer.write_all(b"evidence").unwrap();
        writer.finish().unwrap();
        assert!(file.starts_with(MAGIC));
        let mut text = String::new();
        opened(file.as_slice(), Opener::Passphrase(&right))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "evidence");
        assert!(opened(file.as_slice(), Opener::Passphrase(&wrong)).is_err());
        assert!(opened(file.as_slice(), Opener::Identities(&right)).is_err());
    }
}
