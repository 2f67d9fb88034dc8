//! Outside time stamps (RFC 3161): what an authority is asked, and what its answer is worth.
//!
//! Asked for only by the person's choice; no failure here ever stops an export. No certificate is
//! trusted here: the answer is checked against the certificates that it brings itself, and whose
//! they are is said, for whoever reads it to judge.

mod answer;
mod certificates;
mod signature;

use der::{
    Any, Encode as _, Sequence,
    asn1::{Int, OctetString},
    oid::ObjectIdentifier,
};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest, Sha256};
use x509_cert::spki::AlgorithmIdentifier;

pub(crate) use answer::read;

/// SHA-256 (FIPS 180-4).
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// The largest answer that is looked at.
const MAX_ANSWER: usize = 1024 * 1024;
/// How many bytes a nonce has.
const NONCE_BYTES: usize = 16;

/// Reaches an authority: over the network, or in a test.
pub trait Stamper {
    /// Sends a time-stamp request (DER, `application/timestamp-query`) and brings the answer
    /// (`application/timestamp-reply`), or says in words why there is none. Blocks.
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, String>;
}

/// What came of asking for a time stamp.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Stamping {
    /// Nobody was asked.
    #[default]
    NotAsked,
    /// It is in the bundle.
    Stamped(Stamped),
    /// There is none, and why.
    Failed {
        /// In words.
        why: String,
    },
}

/// A time stamp that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamped {
    /// When, by the authority's clock.
    pub at: Timestamp,
    /// The authority, as its certificate names it.
    pub authority: String,
    /// The answer, as it came.
    pub(crate) response: Vec<u8>,
    /// The certificates that it brought, as PEM.
    pub(crate) chain: String,
}

/// RFC 3161, section 2.4.1.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
struct Request {
    version: u8,
    imprint: Imprint,
    nonce: Int,
    certificates: bool,
}

/// What is stamped: a digest and how it was made.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifier<Any>,
    digest: OctetString,
}

/// The request (DER) for a time stamp of what has the SHA-256 `digest`. `nonce` is any number that
/// was never used before.
pub fn request(digest: [u8; 32], nonce: [u8; NONCE_BYTES]) -> Result<Vec<u8>, String> {
    let made = || {
        Request {
            version: 1,
            imprint: Imprint {
                algorithm: AlgorithmIdentifier {
                    oid: SHA_256,
                    parameters: Some(Any::null()),
                },
                digest: OctetString::new(digest)?,
            },
            nonce: number(nonce)?,
            certificates: true,
        }
        .to_der()
    };
    made().map_err(|error| format!("the request could not be written ({error})"))
}

/// A nonce as a number above zero, in the one way to write it.
fn number(nonce: [u8; NONCE_BYTES]) -> der::Result<Int> {
    let mut bytes = nonce;
    // the first byte is neither zero nor the sign
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Int::new(&bytes)
}

/// Asks for a stamp of `message`, and looks hard at the answer.
pub(crate) fn asked(stamper: &dyn Stamper, message: &[u8], now: Timestamp) -> Stamping {
    match stamped(stamper, message, now) {
        Ok(stamped) => Stamping::Stamped(stamped),
        Err(why) => {
            tracing::warn!(%why, "no time stamp");
            Stamping::Failed { why }
        }
    }
}

fn stamped(stamper: &dyn Stamper, message: &[u8], now: Timestamp) -> Result<Stamped, String> {
    let mut nonce = [0; NONCE_BYTES];
    SystemRandom::new()
        .fill(&mut nonce)
        .map_err(|_| "this computer gives no random numbers".to_owned())?;
    let digest = Sha256::digest(message).into();
    let response = stamper.ask(&request(digest, nonce)?)?;
    let nonce = number(nonce).map_err(|error| error.to_string())?;
    let answer = read(&response, digest, Some(nonce.as_bytes()))?;
    if answer.expires < now {
        return Err(format!(
            "the certificate of {} expired at {}",
            answer.authority, answer.expires
        ));
    }
    Ok(Stamped {
        at: answer.at,
        authority: answer.authority,
        response,
        chain: answer.chain,
    })
}
