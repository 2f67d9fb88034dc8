//! What a venue must answer: the trait [`Door`] and the small values that cross it.
//!
//! A door is one way into an account. The engine knows venues only through this crate; it holds no
//! connection, no credential and no clock. Nothing here may claim more than a venue said: an empty
//! list is a value that a door returns only after a listing that succeeded to its end.

mod act;
mod code;
mod error;
mod lever;
mod order;
mod reading;

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use act::{ACTS_VERSION, Act, ActKind, ActsFile};
pub use code::Code;
pub use error::{Again, DoorError, ErrorClass, clean, clean_to};
pub use lever::{Blinds, CancelScope, KeyScope, Lever, LeverSupport, Reach};
pub use order::{Family, Fill, OpenOrder, OrderKey, Position, Side};
pub use reading::{Found, Health, Missing, Reading, Receipt, Released, Residue, Snapshot, Unseen};

/// Which kind of door: `tws`, `client-portal`, `ibc`, ... unique within an account.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DoorKind(pub String);

impl DoorKind {
    /// A kind from its id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for DoorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One pull of a lever, as a step of a runbook asks for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pull {
    /// The operation.
    pub lever: Lever,
    /// Which orders; only `cancel_orders` reads it.
    #[serde(default)]
    pub scope: CancelScope,
    /// Whose keys; only `revoke_key` reads it.
    #[serde(default)]
    pub keys: KeyScope,
    /// When the run was pressed: `placed_after` is counted back from here.
    pub pressed_at: jiff::Timestamp,
}

/// Where a door leaves the raw answers of its venue, for evidence.
///
/// A door cuts secrets (cookies, tokens, signatures) out before it calls this.
pub trait Keep: Send + Sync {
    /// Keeps one answer. `label` names it in a few lower-case words joined by hyphens
    /// (`open-orders`); `extension` is the file name's (`json`, `txt`). Never blocks on a disk.
    fn keep(&self, label: &str, extension: &str, bytes: &[u8]);

    /// The same, for an answer that tells what was done in the account: `acts` are kept beside it.
    fn keep_with_acts(&self, label: &str, extension: &str, bytes: &[u8], acts: Vec<Act>) {
        drop(acts);
        self.keep(label, extension, bytes);
    }

    /// A capture has every open order that its door sees. Together with [`Keep::positions`] this is
    /// what a cancel changes: a capture says both as soon as each was read to its end, and goes on
    /// with its slower parts while cancelling has begun.
    fn open_orders(&self, _orders: &[OpenOrder]) {}

    /// A capture has every position that its door sees.
    fn positions(&self, _positions: &[Position]) {}
}

/// A [`Keep`] that forgets: for health checks and tests.
pub struct Forget;

impl Keep for Forget {
    fn keep(&self, _label: &str, _extension: &str, _bytes: &[u8]) {}
}

/// One way into an account, over the venue's own wire.
///
/// Every method is safe to call twice and to drop half-way: a dropped call may leave its effect at
/// the venue, and the next `read_back` tells. Calls on one door may run at the same time; the door
/// keeps its venue's pacing, and lets `act` go before reads.
#[async_trait]
pub trait Door: Send + Sync {
    /// Which door this is.
    fn kind(&self) -> &DoorKind;

    /// The levers that this door offers, and how far each goes. Does not change while it is open.
    fn levers(&self) -> Vec<LeverSupport>;

    /// The shortest time between two listings that count as two: the venue's own pacing.
    fn poll_interval(&self) -> std::time::Duration;

    /// Connects, warms up and looks around: for arming and health. `act` and `read_back` need no
    /// call of this before them; a door that is not open connects on their way.
    async fn open(&self) -> Result<Health, DoorError>;

    /// Asks the venue to do it. `Ok` means that the venue took the request, and nothing more.
    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError>;

    /// Asks the venue what is so now. Reads only.
    async fn read_back(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError>;

    /// Takes a one-time code that the person typed. The next `act` that needs one uses it, and then
    /// it is forgotten. Offering a code asks the venue nothing.
    async fn offer_code(&self, code: Code) -> Result<(), DoorError> {
        drop(code);
        Err(DoorError::new(
            ErrorClass::Unsupported,
            "",
            format!("the {} door takes no one-time code", self.kind()),
        ))
    }

    /// Takes back what was set for the time of the run: held seats, dead-man's switches.
    async fn release(&self, keep: &dyn Keep) -> Result<Vec<Released>, DoorError>;
}
