//! What exchanges have in common: signed requests over HTTPS, bounded in size and time, at the
//! venue's pace, with raw answers kept for evidence and every secret cut out of them.
//!
//! A venue's own folder holds what its documentation holds: endpoints, families, errors. Nothing
//! here knows a venue, and nothing here retries: the engine does.

mod clock;
mod credential;
mod http;
mod kept;
mod limiter;
mod nonce;

use door::{DoorKind, LeverSupport, Unseen};

use crate::config::{Address, Fingerprint};

pub(crate) use clock::Clock;
pub(crate) use credential::{Credential, Credentials, FromVault};
pub(crate) use http::{Answer, Http, Request, Withheld, malformed, public_roots};
pub(crate) use kept::Kept;
pub(crate) use limiter::{Limiter, Points, Urgency};
pub(crate) use nonce::Nonces;

/// What an exchange's door is built from.
pub(crate) struct Settings {
    /// Which door.
    pub(crate) kind: DoorKind,
    /// Where the venue answers.
    pub(crate) address: Address,
    /// The certificate that is expected there; only on loopback.
    pub(crate) pin: Option<Fingerprint>,
    /// The key and what it signs with.
    pub(crate) credentials: Box<dyn Credentials>,
    /// Where nonces come from.
    pub(crate) nonces: Nonces,
    /// What is left of the key's counter, where the venue counts slowly enough for a next start to
    /// meet it.
    pub(crate) counter: Kept,
    /// What the door offers.
    pub(crate) levers: Vec<LeverSupport>,
    /// What exists in the account and no door of it sees.
    pub(crate) unseen: Vec<Unseen>,
}
