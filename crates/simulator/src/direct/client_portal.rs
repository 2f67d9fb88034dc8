//! The Client Portal gateway without the gateway: its pacing, its cold lists, its seat.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use door::{
    CancelScope, Door, DoorError, DoorKind, ErrorClass, Found, Health, Keep, Lever, LeverSupport,
    Pull, Reach, Reading, Receipt, Released,
};
use tokio::time::Instant;

use super::{
    support::{OTHER_SESSIONS, acting, not_offered, partial, recording, unseen},
    wire::{Wire, door_error, malformed},
};
use crate::{
    faults::FaultKind,
    world::{By, Platform, SessionId, Username, World, WorldError},
};

/// The order list may be read once in this time.
const POLL: Duration = Duration::from_secs(5);

pub(super) struct ClientPortalDoor {
    wire: Wire,
    username: Username,
    state: Mutex<State>,
    /// When the order list may be read next.
    lists: tokio::sync::Mutex<Instant>,
}

#[derive(Default)]
struct State {
    session: Option<SessionId>,
    /// Whether the seat is wanted for the time of the run.
    holding: bool,
    /// How often it was found to be somebody else's.
    lost: u64,
    /// Order lists that were read in this brokerage session, for what is known to be cold.
    read: u64,
    /// Until when every request is refused.
    boxed: Option<Instant>,
}

impl ClientPortalDoor {
    /// Logs in, as a person does in a browser before. A login that is refused shows at the first
    /// request.
    pub(super) fn new(wire: Wire) -> Self {
        let name = wire
            .world
            .account(&wire.account)
            .map(|account| account.name)
            .unwrap_or_default();
        let username = Username(format!("{name}-web"));
        let session = wire
            .world
            .open_session(
                &username,
                Platform::ClientPortal,
                "Client Portal gateway, this computer",
            )
            .ok();
        Self {
            wire,
            username,
            state: Mutex::new(State {
                session,
                ..State::default()
            }),
            lists: tokio::sync::Mutex::new(Instant::now()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request, under the gateway's own faults.
    async fn ask<T: Send>(
        &self,
        what: &str,
        changes: bool,
        answer: impl FnOnce(&World, SessionId) -> Result<T, DoorError> + Send,
    ) -> Result<T, DoorError> {
        let boxed = self.lock().boxed.filter(|until| *until > Instant::now());
        self.wire
            .ask(what, |world| {
                if let Some(until) = boxed {
                    return Err(paced("429, in the penalty box").after(until - Instant::now()));
                }
                self.limited()?;
                let one_in = |kind| {
                    let (front, account) = (self.wire.front, &self.wire.account);
                    world.faults().one_in(front, account, kind, "every", 1)
                };
                if changes && one_in(FaultKind::ErrorIn200) {
                    let said = "200 with an error in the body";
                    return Err(DoorError::new(
                        ErrorClass::Refused,
                        said,
                        "the gateway refused it",
                    )
                    .soon());
                }
                let session = self.lock().session.and_then(|id| world.session(id));
                let alive = session.filter(|session| session.alive);
                let alive = alive.ok_or_else(|| door_error(&WorldError::SessionEnded))?;
                answer(world, alive.id)
            })
            .await
    }

    fn limited(&self) -> Result<(), DoorError> {
        let (front, account) = (self.wire.front, &self.wire.account);
        let faults = self.wire.world.faults();
        if let Some(bite) = faults.on(front, account, FaultKind::PenaltyBox) {
            let lasts = bite.duration("lasts", Duration::from_mins(10));
            let mut state = self.lock();
            if state.boxed.is_none() {
                state.boxed = Some(Instant::now() + lasts);
                return Err(paced("429").after(lasts));
            }
        }
        if faults.one_in(front, account, FaultKind::RateLimit, "every", 2) {
            return Err(paced("429"));
        }
        Ok(())
    }

    /// Takes the seat, from somebody else only with `compete`.
    async fn begin(&self, compete: bool) -> Result<(), DoorError> {
        self.ask("ssodh/init", true, |world, session| {
            let had = world.session(session).is_some_and(|session| session.seat);
            world
                .take_seat(session, compete)
                .map_err(|error| door_error(&error))?;
            if !had {
                // what was warm in the last brokerage session is cold in the next
                self.lock().read = 0;
            }
            Ok(())
        })
        .await
    }

    /// The seat for the time of a request: taken back where the run holds it.
    async fn seated(&self) -> Result<(), DoorError> {
        if self.has_seat() {
            return Ok(());
        }
        let holding = {
            let mut state = self.lock();
            if state.holding {
                state.lost += 1;
            }
            state.holding
        };
        self.begin(holding).await
    }

    fn has_seat(&self) -> bool {
        let session = self.lock().session;
        session
            .and_then(|id| self.wire.world.session(id))
            .is_some_and(|session| session.alive && session.seat)
    }

    async fn cancel(&self, pull: &Pull) -> Result<Receipt, DoorError> {
        self.seated().await?;
        let all_at_once =
            pull.scope == CancelScope::All && !self.wire.bites(FaultKind::NoCancelAll);
        if all_at_once {
            return self
                .ask("order/-1", true, |world, session| {
                    world
                        .cancel_all(&self.wire.account, &By::Session(session))
                        .map_err(|error| door_error(&error))?;
                    Ok(receipt(
                        "the gateway took the cancel of all orders".to_owned(),
                    ))
                })
                .await;
        }
        let asked = self.listed(|| self.wire.in_scope(pull)).await?;
        let (mut taken, mut failed) = (0, None);
        for (order, _) in &asked {
            let sent = self
                .ask("order", true, |world, session| {
                    match world.cancel(&self.wire.account, order.perm_id, &By::Session(session)) {
                        Ok(_) | Err(WorldError::OrderEnded(_)) => Ok(()),
                        Err(error) => Err(door_error(&error)),
                    }
                })
                .await;
            match sent {
                Ok(()) => taken += 1,
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if taken == 0 => Err(error),
            Some(_) | None => Ok(receipt(format!("{taken} cancels taken one by one"))),
        }
    }

    /// Reads the order list when pacing allows. A list that may be cold is an error.
    async fn listed<T: Send>(&self, list: impl FnOnce() -> T + Send) -> Result<T, DoorError> {
        {
            let mut next = self.lists.lock().await;
            tokio::time::sleep_until(*next).await;
            *next = Instant::now() + POLL;
        }
        self.ask("orders", false, |world, session| {
            if !world.session(session).is_some_and(|session| session.seat) {
                return Err(door_error(&WorldError::NoSeat));
            }
            let cold = world
                .faults()
                .on(self.wire.front, &self.wire.account, FaultKind::ColdList)
                .map_or(0, |bite| bite.number("reads", 1));
            let mut state = self.lock();
            state.read += 1;
            if state.read <= cold {
                return Err(malformed("the first lists of a session are empty").soon());
            }
            Ok(list())
        })
        .await
    }

    async fn read_orders(&self, pull: &Pull) -> Result<Reading, DoorError> {
        self.seated().await?;
        self.listed(|| {
            let open = self.wire.in_scope(pull);
            Reading {
                words: format!("{} open orders", open.len()),
                found: open
                    .into_iter()
                    .map(|(_, told)| Found::Order(told))
                    .collect(),
                fills: self.wire.fills_of(pull),
                ..Reading::default()
            }
        })
        .await
    }

    async fn take_and_hold(&self) -> Result<Receipt, DoorError> {
        self.begin(true).await?;
        self.lock().holding = true;
        Ok(receipt("the brokerage seat was taken".to_owned()))
    }

    async fn read_seat(&self) -> Result<Reading, DoorError> {
        let held = self
            .ask("auth/status", false, |world, session| {
                Ok(world.session(session).is_some_and(|session| session.seat))
            })
            .await?;
        let mut reading = Reading {
            unseen: unseen("other web sessions", OTHER_SESSIONS),
            words: format!("brokerage seat held: {held}"),
            ..Reading::default()
        };
        if !held {
            reading.found.push(Found::Session {
                label: format!("another session of {}", self.username),
            });
        }
        Ok(reading)
    }

    async fn capture(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        self.seated().await?;
        let snapshot = self.listed(|| self.wire.snapshot()).await?;
        keep.keep("capture", "txt", format!("{snapshot:?}").as_bytes());
        Ok(Receipt {
            snapshot: Some(snapshot),
            ..receipt("recorded".to_owned())
        })
    }
}

#[async_trait]
impl Door for ClientPortalDoor {
    fn kind(&self) -> &DoorKind {
        &self.wire.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        vec![
            recording(Lever::Capture),
            acting(Lever::CancelOrders, Reach::Full, POLL * 2),
            acting(Lever::EndSessions, partial(OTHER_SESSIONS), Duration::ZERO),
        ]
    }

    fn poll_interval(&self) -> Duration {
        POLL
    }

    async fn open(&self) -> Result<Health, DoorError> {
        let mut warnings = Vec::new();
        match self.seated().await {
            Ok(()) => {}
            Err(error) if error.class == ErrorClass::Refused => warnings.push(error.meaning),
            Err(error) => return Err(error),
        }
        Ok(Health {
            words: "Client Portal gateway, without a wire".to_owned(),
            warnings,
            ..Health::default()
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.cancel(pull).await,
            Lever::EndSessions => self.take_and_hold().await,
            Lever::Capture => self.capture(keep).await,
            Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(not_offered(&self.wire, pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.read_orders(pull).await,
            Lever::EndSessions => self.read_seat().await,
            Lever::Capture
            | Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(not_offered(&self.wire, pull.lever)),
        }
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        let (session, held, lost) = {
            let mut state = self.lock();
            (
                state.session,
                std::mem::take(&mut state.holding),
                state.lost,
            )
        };
        if !held {
            return Ok(Vec::new());
        }
        if let Some(session) = session {
            self.wire.world.end_session(session, "logout");
        }
        Ok(vec![Released {
            what: "brokerage seat".to_owned(),
            words: format!("taken {lost} times by another session"),
        }])
    }
}

fn paced(words: &str) -> DoorError {
    DoorError::new(ErrorClass::Paced, words, "too many requests")
}

fn receipt(words: String) -> Receipt {
    Receipt {
        words,
        ..Receipt::default()
    }
}
