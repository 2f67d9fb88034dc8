//! What a wire does to a request: it takes time, and things go wrong on it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use door::{DoorError, DoorKind, ErrorClass};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    faults::{FaultKind, Front},
    world::{AccountId, World, WorldError},
};

/// How long a connector waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// The way from a direct door to the world.
pub(super) struct Wire {
    pub(super) world: World,
    pub(super) account: AccountId,
    pub(super) front: Front,
    pub(super) kind: DoorKind,
    rng: Mutex<StdRng>,
}

impl Wire {
    pub(super) fn new(world: &World, account: &AccountId, front: Front) -> Self {
        Self {
            world: world.clone(),
            account: account.clone(),
            front,
            kind: DoorKind::new(front.id()),
            rng: Mutex::new(StdRng::seed_from_u64(world.draw())),
        }
    }

    pub(super) fn bites(&self, kind: FaultKind) -> bool {
        self.world
            .faults()
            .on(self.front, &self.account, kind)
            .is_some()
    }

    /// Asks the front end `what`. What `answer` does to the world happens half-way; it may have
    /// happened although an error is returned, as on any wire.
    pub(super) async fn ask<T: Send>(
        &self,
        what: &str,
        answer: impl FnOnce(&World) -> Result<T, DoorError> + Send,
    ) -> Result<T, DoorError> {
        tokio::time::sleep(self.latency()).await;
        if self.bites(FaultKind::HalfOpen) {
            return Err(silence(PATIENCE).await);
        }
        if self.bites(FaultKind::Unreachable) {
            return Err(unreachable("connection reset"));
        }
        self.world.request(self.front, &self.account, what);
        if self.bites(FaultKind::Redirect) || self.bites(FaultKind::HtmlPage) {
            return Err(malformed("302 or a page of HTML"));
        }
        let answer = answer(&self.world);
        if self.bites(FaultKind::Hang) || self.bites(FaultKind::SlowDrip) {
            return Err(silence(PATIENCE).await);
        }
        tokio::time::sleep(self.latency()).await;
        if self.bites(FaultKind::TruncatedFrame) {
            return Err(malformed("the answer broke off in the middle"));
        }
        if self.bites(FaultKind::OversizedFrame) {
            return Err(malformed("the answer is larger than anything sensible"));
        }
        answer
    }

    fn latency(&self) -> Duration {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_millis(rng.random_range(1..=25))
    }
}

/// Waits as a connector does, and gives up.
pub(super) async fn silence(patience: Duration) -> DoorError {
    tokio::time::sleep(patience).await;
    DoorError::new(
        ErrorClass::TimedOut,
        "",
        "the connection is there, and no answer came",
    )
}

pub(super) fn malformed(words: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Malformed,
        words,
        "the answer cannot be understood",
    )
}

pub(super) fn unreachable(words: &str) -> DoorError {
    DoorError::new(ErrorClass::Unreachable, words, "nothing listens there")
}

/// What a connector makes of the world's refusal.
pub(super) fn door_error(error: &WorldError) -> DoorError {
    let said = error.to_string();
    let of = |class, meaning: &str| DoorError::new(class, &said, meaning);
    match error {
        WorldError::ReadOnly => of(
            ErrorClass::Refused,
            "Read-Only API is on: no cancel is taken and no order listed over the API",
        )
        .next("Untick Read-Only API."),
        WorldError::LinkLost => of(
            ErrorClass::Unreachable,
            "TWS lost its link to the broker: cancels cannot arrive there",
        ),
        WorldError::TwsStopped => unreachable(&said),
        WorldError::ClientIdInUse(_) => of(
            ErrorClass::Unreachable,
            "another program has this client id; another id is tried",
        ),
        WorldError::SessionEnded | WorldError::LoginRefused => {
            of(ErrorClass::Unauthorised, "the login has ended")
                .next("Log in at the gateway's page.")
        }
        WorldError::Competing | WorldError::NoSeat => of(
            ErrorClass::Refused,
            "another session of this username holds the brokerage seat",
        )
        .soon(),
        WorldError::MarketClosed => of(
            ErrorClass::Refused,
            "the market is closed: no cancel is taken until it opens",
        ),
        WorldError::NoAccount(_)
        | WorldError::NoUser(_)
        | WorldError::SecondFactor
        | WorldError::NotAllowed(_)
        | WorldError::Locked
        | WorldError::Blocked
        | WorldError::KeyRevoked
        | WorldError::NoOrder
        | WorldError::OrderEnded(_)
        | WorldError::BadOrder(_)
        | WorldError::Nothing(_) => of(ErrorClass::Refused, "the broker refused it"),
    }
}
