//! Cancelling orders, and reading back what is open.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use door::{CancelScope, DoorError, Fill, Found, Keep, OrderKey, Position, Pull, Reading, Receipt};
use futures_util::future::join_all;
use jiff::Timestamp;
use rust_decimal::Decimal;
use tokio::time::{Instant, timeout};

use super::{
    Call, SpotDoor, Urgency, counted,
    wire::{self, Listed},
};
use crate::kraken::{errors::Said, switch::before};

/// How long the fills beside a listing are waited for.
const FILLS_WITHIN: Duration = Duration::from_secs(3);
/// How old fills may be while nothing changes in the listing: reading them costs two calls.
const FILLS_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// The fills since a press, and the listing beside which they were read.
#[derive(Default)]
pub(super) struct FillsSeen {
    pressed: Option<Timestamp>,
    /// When they were last read, or the press was first heard of.
    read: Option<Instant>,
    beside: Option<Vec<(OrderKey, Decimal)>>,
    fills: Vec<Fill>,
}

impl FillsSeen {
    /// Whether nothing has changed beside them since they were read, not long ago.
    fn are_fresh(&self, listing: &[(OrderKey, Decimal)]) -> bool {
        self.are_young() && self.beside.as_deref() == Some(listing)
    }

    fn are_young(&self) -> bool {
        self.read
            .is_some_and(|read| read.elapsed() < FILLS_AGAIN_AFTER)
    }
}

/// A listing, as far as a pull is about it.
struct Scoped {
    open: Vec<Listed>,
    /// Listed, and left alone as asked.
    left: usize,
    /// Every order that was listed, and how much of it has filled.
    all: Vec<(OrderKey, Decimal)>,
}

impl SpotDoor {
    pub(super) async fn listed(
        &self,
        urgency: Urgency,
        keep: &dyn Keep,
    ) -> Result<Vec<Listed>, DoorError> {
        let call = Call::read("OpenOrders", "open-orders").at(urgency);
        wire::orders(&self.client.ask(&call, keep).await?)
    }

    pub(super) async fn positions(
        &self,
        urgency: Urgency,
        keep: &dyn Keep,
    ) -> Result<Vec<Position>, DoorError> {
        let call = Call::read("OpenPositions", "open-positions").at(urgency);
        wire::positions(&self.client.ask(&call, keep).await?)
    }

    pub(super) async fn fills_since(
        &self,
        since: Timestamp,
        urgency: Urgency,
        keep: &dyn Keep,
    ) -> Result<Vec<Fill>, DoorError> {
        let call = Call::read("TradesHistory", "trades").at(urgency);
        self.rows(&call, "trades", since, keep)
            .await?
            .iter()
            .map(|(id, row)| wire::fill(id, row))
            .collect()
    }

    pub(super) async fn cancel(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.scope {
            CancelScope::All => self.cancel_all(keep).await,
            CancelScope::KeepProtective
            | CancelScope::PlacedAfterSeconds(_)
            | CancelScope::Only(_) => {
                let scoped = self.in_scope(pull, keep).await?;
                self.cancel_each(&scoped, keep).await
            }
        }
    }

    /// The switch goes first, and what becomes of it keeps nothing from being cancelled. Where the
    /// counter has room for one call only, that is the cancel.
    async fn cancel_all(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let call = Call::act("CancelAll", "cancel-all").at(Urgency::First);
        let (switch, taken) = if self.client.is_short() {
            let taken = self.client.ask(&call, keep).await;
            (self.set_switch(keep).await, taken)
        } else {
            before(self.set_switch(keep), self.client.ask(&call, keep)).await
        };
        let switch = match switch {
            Ok(()) => "a dead-man's switch cancels what is open if this computer falls silent for \
                       a minute"
                .to_owned(),
            Err(error) => format!("no dead-man's switch could be set: {error}"),
        };
        let count = match taken {
            Ok(result) => wire::count(&result)?,
            Err(failure) => {
                let next = format!("{} Meanwhile, {switch}.", failure.error.next);
                let counted = failure.said == Some(Said::Rate);
                let error = failure.error.next(next.trim());
                // a point comes back within seconds, and nothing goes before a cancel
                return Err(if counted {
                    error.after(Duration::from_secs(1))
                } else {
                    error
                });
            }
        };
        Ok(Receipt {
            words: format!(
                "Kraken took the cancel of {}; {switch}",
                counted(count, "order")
            ),
            ..Receipt::default()
        })
    }

    async fn cancel_each(&self, scoped: &Scoped, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let asked = scoped.open.iter().map(|listed| async move {
            let call = Call::act("CancelOrder", "cancel").with("txid", listed.order.key.0.clone());
            match self.client.ask(&call, keep).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.said == Some(Said::Gone) => Ok(()),
                Err(failure) => Err(failure.error),
            }
        });
        let answers = join_all(asked).await;
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        if refused == answers.len()
            && let Some(Err(error)) = answers.into_iter().next()
        {
            return Err(error);
        }
        let mut words = vec![format!(
            "Kraken took {}",
            counted(scoped.open.len() - refused, "cancel")
        )];
        if refused > 0 {
            words.push(format!("{refused} refused"));
        }
        if scoped.left > 0 {
            words.push(format!("{} left alone as asked", scoped.left));
        }
        Ok(Receipt {
            words: words.join(", "),
            ..Receipt::default()
        })
    }

    async fn in_scope(&self, pull: &Pull, keep: &dyn Keep) -> Result<Scoped, DoorError> {
        let (mut open, held) = match pull.scope {
            CancelScope::All | CancelScope::PlacedAfterSeconds(_) | CancelScope::Only(_) => {
                (self.listed(Urgency::Act, keep).await?, Vec::new())
            }
            CancelScope::KeepProtective => {
                let (open, held) = tokio::join!(
                    self.listed(Urgency::Act, keep),
                    self.positions(Urgency::Act, keep)
                );
                (open?, held?)
            }
        };
        let all: Vec<_> = open
            .iter()
            .map(|listed| (listed.order.key.clone(), listed.order.filled))
            .collect();
        open.retain(|listed| match pull.scope {
            CancelScope::KeepProtective => !listed.protects(&held),
            CancelScope::All | CancelScope::PlacedAfterSeconds(_) | CancelScope::Only(_) => {
                listed.order.in_scope(&pull.scope, &held, pull.pressed_at)
            }
        });
        Ok(Scoped {
            left: all.len() - open.len(),
            open,
            all,
        })
    }

    pub(super) async fn read_orders(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<Reading, DoorError> {
        let renewal = async {
            if pull.scope == CancelScope::All && self.switch.is_due() {
                self.set_switch(keep).await
            } else {
                Ok(())
            }
        };
        let (scoped, renewed) = tokio::join!(self.in_scope(pull, keep), renewal);
        let scoped = scoped?;
        let mut words = vec![counted(scoped.open.len(), "open order")];
        if scoped.left > 0 {
            words.push(format!("{} left alone as asked", scoped.left));
        }
        if renewed.is_err() {
            words.push("the dead-man's switch could not be renewed".to_owned());
        }
        let (fills, unread) = self.fills_beside(&scoped, pull.pressed_at, keep).await;
        words.extend(unread.map(str::to_owned));
        Ok(Reading {
            found: scoped
                .open
                .into_iter()
                .map(|listed| Found::Order(listed.order))
                .collect(),
            unseen: self.unseen.clone(),
            residue: Vec::new(),
            fills,
            words: words.join(", "),
        })
    }

    /// The fills since the press, and why they are not up to date where they are not. They are read
    /// anew once nothing is open any more, and now and then: each page costs as much as two listings.
    async fn fills_beside(
        &self,
        scoped: &Scoped,
        pressed: Timestamp,
        keep: &dyn Keep,
    ) -> (Vec<Fill>, Option<&'static str>) {
        {
            let mut seen = self.fills();
            if seen.pressed != Some(pressed) {
                *seen = FillsSeen {
                    pressed: Some(pressed),
                    read: Some(Instant::now()),
                    ..FillsSeen::default()
                };
            }
            if seen.are_fresh(&scoped.all) {
                return (seen.fills.clone(), None);
            }
            if !scoped.open.is_empty() && seen.are_young() {
                return (seen.fills.clone(), Some("fills are read in a moment"));
            }
        }
        let read = self.fills_since(pressed, Urgency::Act, keep);
        let read = timeout(FILLS_WITHIN, read).await;
        let mut seen = self.fills();
        let Ok(Ok(mut fills)) = read else {
            return (seen.fills.clone(), Some("fills could not be read"));
        };
        fills.retain(|fill| {
            fill.at
                .is_none_or(|at| at.as_second() >= pressed.as_second())
        });
        *seen = FillsSeen {
            pressed: Some(pressed),
            read: Some(Instant::now()),
            beside: Some(scoped.all.clone()),
            fills,
        };
        (seen.fills.clone(), None)
    }

    fn fills(&self) -> MutexGuard<'_, FillsSeen> {
        self.fills.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
