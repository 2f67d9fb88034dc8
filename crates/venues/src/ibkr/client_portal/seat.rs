//! The brokerage seat: one username holds one brokerage session over all platforms.
//!
//! Taken at the press and held until reset. Each time that somebody else takes it is counted, since
//! that is evidence; it is retaken a bounded number of times, since a login loop gets an address
//! refused.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use door::{DoorError, Forget, Keep};
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    gateway::{Call, Gateway},
    limiter::Pace,
    wire::{self, AuthStatus},
};

/// How often the seat is looked at while it is held. The gateway takes one tickle a second.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often the session is kept alive while no run is open.
const KEEP_EVERY: Duration = Duration::from_mins(1);
const RETAKE_FIRST: Duration = Duration::from_secs(1);
const RETAKE_MOST: Duration = Duration::from_secs(10);
/// Held this long, the next loss is fought as the first was.
const CALM_AFTER: Duration = Duration::from_mins(1);
/// How often the seat is retaken in a row before it is left.
const RETAKES: u32 = 20;

/// What is known of the seat.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Record {
    /// Whether the run wants it held.
    pub(super) wanted: bool,
    /// Whether it was ours when last looked at.
    pub(super) held: bool,
    /// How many times another session had it.
    pub(super) lost: u32,
    /// How many times in a row it could not be retaken.
    pub(super) failed: u32,
    /// Counts the sessions that the gateway began: what was warmed in one is cold in the next.
    pub(super) generation: u64,
    since: Option<Instant>,
}

impl Record {
    /// What a look at the status tells. Ours to theirs is counted once, whoever looks first.
    pub(super) fn seen(&mut self, status: &AuthStatus) {
        let ours = status.has_seat();
        if self.wanted && self.held && !ours {
            self.lost += 1;
            self.generation += 1;
        }
        if ours {
            self.failed = 0;
        }
        self.held = ours;
    }

    /// One line for the board.
    pub(super) fn words(&self) -> String {
        let state = if self.held { "held" } else { "not held" };
        let lost = match self.lost {
            0 => "never taken by another session".to_owned(),
            1 => "taken once by another session".to_owned(),
            times => format!("taken {times} times by another session"),
        };
        let given_up = if self.failed >= RETAKES {
            "; no longer retaken, since logging in again and again gets refused"
        } else {
            ""
        };
        format!("brokerage seat {state}, {lost}{given_up}")
    }
}

/// The seat of one gateway's login.
pub(super) struct Seat {
    gateway: Arc<Gateway>,
    record: Arc<Mutex<Record>>,
    task: Mutex<Option<DropGuard>>,
}

impl Seat {
    pub(super) fn new(gateway: Arc<Gateway>) -> Self {
        Self {
            gateway,
            record: Arc::default(),
            task: Mutex::default(),
        }
    }

    pub(super) fn record(&self) -> Record {
        *lock(&self.record)
    }

    /// Notes a status that was read elsewhere.
    pub(super) fn seen(&self, status: &AuthStatus) -> Record {
        let mut record = lock(&self.record);
        record.seen(status);
        *record
    }

    /// Begins a brokerage session, with or without pushing another out.
    pub(super) async fn begin(
        &self,
        compete: bool,
        keep: &dyn Keep,
    ) -> Result<AuthStatus, DoorError> {
        let status = begin(&self.gateway, compete, keep).await?;
        lock(&self.record).generation += 1;
        Ok(status)
    }

    /// Takes the seat, and holds it from now on.
    pub(super) async fn take(&self, keep: &dyn Keep) -> Result<Record, DoorError> {
        let status = self.begin(true, keep).await?;
        let record = {
            let mut record = lock(&self.record);
            record.wanted = true;
            record.failed = 0;
            record.held = status.has_seat();
            record.since.get_or_insert_with(Instant::now);
            *record
        };
        self.watch();
        Ok(record)
    }

    /// Keeps the session alive from now on, if that is not done yet.
    pub(super) fn keep_alive(&self) {
        let running = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        if !running {
            self.watch();
        }
    }

    /// Keeps the session alive, and the seat if it is wanted, until this is dropped or left.
    fn watch(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let stop = CancellationToken::new();
        tokio::spawn({
            let stop = stop.clone();
            let gateway = Arc::clone(&self.gateway);
            let record = Arc::clone(&self.record);
            async move {
                stop.run_until_cancelled(hold(&gateway, &record)).await;
            }
        });
        // a watch that was running ends here
        *task = Some(stop.drop_guard());
    }

    /// Stops holding, logs out, and tells how it was. `None` when it was not taken.
    pub(super) async fn leave(&self, keep: &dyn Keep) -> Result<Option<String>, DoorError> {
        if !self.record().wanted {
            return Ok(None);
        }
        self.task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let call = Call::post("/logout", json!({}), Pace::Free, "logout").urgent();
        self.gateway.ask(call, keep).await?;
        let mut record = lock(&self.record);
        let held_for = record.since.map_or(Duration::ZERO, |since| since.elapsed());
        let words = format!("{} in {} s; logged out", record.words(), held_for.as_secs());
        *record = Record {
            generation: record.generation + 1,
            ..Record::default()
        };
        Ok(Some(words))
    }
}

async fn begin(gateway: &Gateway, compete: bool, keep: &dyn Keep) -> Result<AuthStatus, DoorError> {
    let body = json!({ "publish": true, "compete": compete });
    let call = Call::post(
        "/iserver/auth/ssodh/init",
        body,
        Pace::Free,
        "session-begin",
    )
    .urgent();
    wire::auth_status(&gateway.ask(call, keep).await?)
}

async fn hold(gateway: &Gateway, record: &Mutex<Record>) {
    let mut pause = RETAKE_FIRST;
    let mut retaken = Instant::now();
    loop {
        let wanted = lock(record).wanted;
        sleep(if wanted { LOOK_EVERY } else { KEEP_EVERY }).await;
        let call = Call::post("/tickle", json!({}), Pace::Tickle, "tickle");
        let tickled = gateway
            .ask(call, &Forget)
            .await
            .and_then(|it| wire::tickled(&it));
        let now = match tickled {
            Ok(status) => {
                let mut record = lock(record);
                record.seen(&status);
                *record
            }
            Err(error) => {
                // not knowing is not having lost it
                tracing::debug!(class = ?error.class, "the session could not be kept alive");
                continue;
            }
        };
        if now.held || !now.wanted || now.failed >= RETAKES {
            continue;
        }
        if retaken.elapsed() > CALM_AFTER {
            pause = RETAKE_FIRST;
        }
        let status = begin(gateway, true, &Forget).await;
        {
            let mut record = lock(record);
            record.generation += 1;
            record.held = status.is_ok_and(|status| status.has_seat());
            record.failed = if record.held { 0 } else { record.failed + 1 };
        }
        retaken = Instant::now();
        sleep(pause).await;
        pause = (pause * 2).min(RETAKE_MOST);
    }
}

fn lock(record: &Mutex<Record>) -> std::sync::MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(ours: bool) -> AuthStatus {
        AuthStatus {
            authenticated: ours,
            competing: !ours,
            begun: true,
        }
    }

    #[test]
    fn each_loss_is_counted_once_whoever_looks() {
        let mut record = Record {
            wanted: true,
            held: true,
            ..Record::default()
        };
        for ours in [true, false, false, true, false, true] {
            record.seen(&status(ours));
        }
        assert_eq!(record.lost, 2);
        assert_eq!(
            record.words(),
            "brokerage seat held, taken 2 times by another session"
        );
    }

    #[test]
    fn a_seat_that_nobody_wants_is_not_lost() {
        let mut record = Record {
            held: true,
            ..Record::default()
        };
        record.seen(&status(false));
        assert_eq!(record.lost, 0);
    }

    #[test]
    fn giving_up_is_said() {
        let record = Record {
            failed: RETAKES,
            ..Record::default()
        };
        assert!(record.words().contains("no longer retaken"));
    }
}
