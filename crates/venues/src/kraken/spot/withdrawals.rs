//! Stopping what is on its way out.

use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
};

use door::{DoorError, Found, Keep, Pull, Reading, Receipt, Residue};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Call, PAGES_AT_MOST, SpotDoor, Urgency, counted, malformed,
    wire::{self, Stands, Withdrawal},
};
use crate::kraken::errors::Said;

/// How long before the press a withdrawal was asked for that may have been pending at the press.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

impl SpotDoor {
    /// Every recent withdrawal, newest first, to the end of the last page.
    pub(super) async fn withdrawals(
        &self,
        urgency: Urgency,
        keep: &dyn Keep,
    ) -> Result<Vec<Withdrawal>, DoorError> {
        let call = Call::read("WithdrawStatus", "withdrawals").at(urgency);
        let mut all = Vec::new();
        let mut cursor = "true".to_owned();
        for _ in 0..PAGES_AT_MOST {
            let page = call.clone().with("cursor", cursor);
            let answer = self.client.ask(&page, keep).await?;
            let (rows, next) = wire::withdrawals(&answer)?;
            all.extend(rows);
            let Some(next) = next else {
                self.note_pending(&all);
                return Ok(all);
            };
            cursor = next;
        }
        Err(malformed("withdrawals without end"))
    }

    fn note_pending(&self, all: &[Withdrawal]) {
        let pending = all.iter().filter(|each| each.stands == Stands::Pending);
        self.pending()
            .extend(pending.map(|each| (each.id.clone(), each.clone())));
    }

    pub(super) async fn stop_withdrawals(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let all = self.withdrawals(Urgency::Act, keep).await?;
        let pending: Vec<&Withdrawal> = all
            .iter()
            .filter(|each| each.stands == Stands::Pending)
            .collect();
        let asked = pending.iter().map(|each| async move {
            let call = Call::act("WithdrawCancel", "withdraw-cancel")
                .with("asset", each.asset.clone())
                .with("refid", each.id.clone());
            match self.client.ask(&call, keep).await {
                Ok(Value::Bool(taken)) => Ok(taken),
                Ok(_) => Err(malformed("an answer that says nothing of the cancel")),
                Err(failure) if failure.said == Some(Said::Gone) => Ok(false),
                Err(failure) => Err(failure.error),
            }
        });
        let answers = join_all(asked).await;
        let taken = answers.iter().filter(|it| matches!(it, Ok(true))).count();
        let refused = answers.iter().filter(|it| matches!(it, Ok(false))).count();
        if taken == 0
            && let Some(Err(error)) = answers.into_iter().find(Result::is_err)
        {
            return Err(error);
        }
        let denied = match refused {
            0 => String::new(),
            refused => format!(", and said no to {refused}"),
        };
        let words = format!(
            "Kraken took the cancel of {taken} of {}{denied}",
            counted(pending.len(), "pending withdrawal")
        );
        Ok(Receipt {
            words,
            ..Receipt::default()
        })
    }

    pub(super) async fn read_withdrawals(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<Reading, DoorError> {
        let all = self.withdrawals(Urgency::Act, keep).await?;
        let recent = pull
            .pressed_at
            .saturating_add(-RECENT)
            .unwrap_or(Timestamp::MIN);
        let mut found = Vec::new();
        let mut residue = Vec::new();
        for each in &all {
            let was_pending = self.pending().contains_key(&each.id)
                || each.requested.is_none_or(|at| at >= recent);
            match each.stands {
                Stands::Pending => found.push(Found::Withdrawal {
                    id: each.id.clone(),
                    label: each.label.clone(),
                }),
                Stands::Sent if was_pending => residue.push(Residue {
                    what: sent(each),
                    until: None,
                }),
                Stands::Sent | Stands::Stopped => {}
            }
        }
        Ok(Reading {
            words: format!(
                "{}, {} sent",
                counted(found.len(), "pending withdrawal"),
                residue.len()
            ),
            found,
            residue,
            ..Reading::default()
        })
    }

    fn pending(&self) -> MutexGuard<'_, BTreeMap<String, Withdrawal>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sent(each: &Withdrawal) -> String {
    match each.requested {
        Some(at) => format!("{} has left, asked for at {at:.0}", each.label),
        None => format!("{} has left", each.label),
    }
}
