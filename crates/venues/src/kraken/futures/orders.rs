//! Cancelling orders, and reading back what is open.

use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use door::{
    CancelScope, DoorError, Fill, Found, Keep, OpenOrder, Position, Pull, Reading, Receipt,
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::{Call, FuturesDoor, Urgency, wire};
use crate::kraken::{
    PAGES_AT_MOST, counted,
    errors::{Said, malformed},
    json::text,
    switch::before,
};

/// How long the fills beside a listing are waited for.
const FILLS_WITHIN: Duration = Duration::from_secs(3);
/// The step of the venue's times.
const A_MILLISECOND: SignedDuration = SignedDuration::from_millis(1);
/// How many fills an answer holds when there are more.
const FILLS_A_PAGE: usize = 100;

/// The fills since a press, as they were last read.
#[derive(Default)]
pub(super) struct FillsSeen {
    pressed: Option<Timestamp>,
    fills: Vec<Fill>,
}

impl FuturesDoor {
    pub(super) async fn listed(
        &self,
        urgency: Urgency,
        keep: &dyn Keep,
    ) -> Result<Vec<OpenOrder>, DoorError> {
        let call = Call::get("/derivatives/api/v3/openorders", "open-orders", urgency);
        wire::orders(&self.client.ask(&call, keep).await?)
    }

    pub(super) async fn positions(
        &self,
        urgency: Urgency,
        keep: &dyn Keep,
    ) -> Result<Vec<Position>, DoorError> {
        let call = Call::get(
            "/derivatives/api/v3/openpositions",
            "open-positions",
            urgency,
        );
        wire::positions(&self.client.ask(&call, keep).await?)
    }

    /// Fills back to `since`: an answer holds the newest hundred, or the hundred before a time.
    pub(super) async fn fills_since(
        &self,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<Vec<Fill>, DoorError> {
        let mut all = BTreeMap::new();
        let mut before: Option<Timestamp> = None;
        for _ in 0..PAGES_AT_MOST {
            let mut call = Call::get("/derivatives/api/v3/fills", "fills", Urgency::Read);
            if let Some(before) = before {
                call = call.with("lastFillTime", before.to_string()).costing(25.0);
            }
            let page = wire::fills(&self.client.ask(&call, keep).await?)?;
            let full = page.len() >= FILLS_A_PAGE;
            let oldest = page.iter().filter_map(|fill| fill.at).min();
            let known = all.len();
            all.extend(page.into_iter().map(|fill| (fill.id.clone(), fill)));
            if !full || oldest.is_some_and(|oldest| oldest < since) {
                let fills = all.into_values();
                return Ok(fills
                    .filter(|fill| fill.at.is_none_or(|at| at >= since))
                    .collect());
            }
            if oldest.is_none() || all.len() == known {
                break;
            }
            // a page may end between fills of the same millisecond
            before = oldest.and_then(|at| at.checked_add(A_MILLISECOND).ok());
        }
        Err(malformed("the end of the fills was not reached"))
    }

    pub(super) async fn cancel(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.scope {
            CancelScope::All => self.cancel_all(keep).await,
            CancelScope::KeepProtective
            | CancelScope::PlacedAfterSeconds(_)
            | CancelScope::Only(_) => {
                let (open, left) = self.in_scope(pull, keep).await?;
                self.cancel_each(&open, left, keep).await
            }
        }
    }

    /// The switch goes first, and what becomes of it keeps nothing from being cancelled.
    async fn cancel_all(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let call = Call::post("/derivatives/api/v3/cancelallorders", "cancel-all", 25.0);
        let cancel = self.client.ask(&call, keep);
        let (switch, taken) = before(self.set_switch(keep), cancel).await;
        let switch = match switch {
            Ok(()) => "a dead-man's switch cancels what is open if this computer falls silent for \
                       a minute"
                .to_owned(),
            Err(error) => format!("no dead-man's switch could be set: {error}"),
        };
        match taken {
            Ok(answer) => Ok(Receipt {
                words: format!(
                    "Kraken took the cancel of all orders ({}); {switch}",
                    wire::cancelled(&answer)?
                ),
                ..Receipt::default()
            }),
            Err(failure) => {
                let next = format!("{} Meanwhile, {switch}.", failure.error.next);
                Err(failure.error.next(next.trim()))
            }
        }
    }

    async fn cancel_each(
        &self,
        open: &[OpenOrder],
        left: usize,
        keep: &dyn Keep,
    ) -> Result<Receipt, DoorError> {
        let asked = open.iter().map(|order| async move {
            let call = Call::post("/derivatives/api/v3/cancelorder", "cancel", 10.0)
                .with("order_id", order.key.0.clone());
            match self.client.ask(&call, keep).await {
                Ok(answer) => answer
                    .get("cancelStatus")
                    .ok_or_else(|| malformed("a cancel without a status"))
                    .and_then(|status| text(status, "status").map(str::to_owned)),
                Err(failure) if failure.said == Some(Said::Gone) => Ok("notFound".to_owned()),
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
            counted(open.len() - refused, "cancel")
        )];
        if refused > 0 {
            words.push(format!("{refused} refused"));
        }
        if left > 0 {
            words.push(format!("{left} left alone as asked"));
        }
        Ok(Receipt {
            words: words.join(", "),
            ..Receipt::default()
        })
    }

    /// The open orders that `pull` is about, and how many it leaves alone.
    async fn in_scope(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<(Vec<OpenOrder>, usize), DoorError> {
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
        let all = open.len();
        open.retain(|order| order.in_scope(&pull.scope, &held, pull.pressed_at));
        let left = all - open.len();
        Ok((open, left))
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
        let fills = timeout(FILLS_WITHIN, self.fills_since(pull.pressed_at, keep));
        let (scoped, renewed, fills) = tokio::join!(self.in_scope(pull, keep), renewal, fills);
        let (open, left) = scoped?;
        let mut words = vec![counted(open.len(), "open order")];
        if left > 0 {
            words.push(format!("{left} left alone as asked"));
        }
        if renewed.is_err() {
            words.push("the dead-man's switch could not be renewed".to_owned());
        }
        let mut seen = self.seen();
        if let Ok(Ok(fills)) = fills {
            *seen = FillsSeen {
                pressed: Some(pull.pressed_at),
                fills,
            };
        } else {
            words.push("fills could not be read".to_owned());
            if seen.pressed != Some(pull.pressed_at) {
                *seen = FillsSeen::default();
            }
        }
        Ok(Reading {
            found: open.into_iter().map(Found::Order).collect(),
            unseen: self.unseen.clone(),
            residue: Vec::new(),
            fills: seen.fills.clone(),
            words: words.join(", "),
        })
    }

    fn seen(&self) -> MutexGuard<'_, FillsSeen> {
        self.fills.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
