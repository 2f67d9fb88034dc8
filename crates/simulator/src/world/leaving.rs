//! What leaves an account: withdrawals of cash, and transfers of all positions that another broker
//! pulls. A locked account sends nothing.

use std::time::Duration;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Account, AccountId, Due, Holding, Inner, World, WorldError};
use crate::truth::Happening;

/// A withdrawal of cash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdrawal {
    /// The broker's id of it.
    pub id: String,
    /// How much.
    pub amount: Decimal,
    /// In which currency.
    pub currency: String,
    /// Where to, masked.
    pub target: String,
    /// Where it stands.
    pub state: WithdrawalState,
    /// When it was asked for, since the world began.
    pub asked: Duration,
    /// Whether an intruder asked for it.
    pub intruder: bool,
}

/// Where a withdrawal stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WithdrawalState {
    /// Asked for. It can be cancelled.
    Pending,
    /// Cancelled in time.
    Cancelled,
    /// Gone.
    Sent,
}

impl WithdrawalState {
    /// As the page says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Cancelled => "cancelled",
            Self::Sent => "sent",
        }
    }
}

/// A transfer of all positions to another broker, which pulls them. No login is needed for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// The broker's id of it.
    pub id: String,
    /// The broker that pulls.
    pub to: String,
    /// What the positions are worth; reckoned anew when they leave.
    pub value: Decimal,
    /// Where it stands.
    pub state: TransferState,
    /// When it was asked for, since the world began.
    pub asked: Duration,
    /// Whether an intruder asked for it.
    pub intruder: bool,
}

/// Where a transfer of positions stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferState {
    /// Asked for.
    Pending,
    /// The broker found nothing wrong with it. It can still be stopped.
    Validated,
    /// The positions are gone.
    Sent,
    /// Disputed in time.
    Stopped,
}

impl TransferState {
    /// As the page says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Validated => "validated",
            Self::Sent => "sent",
            Self::Stopped => "stopped",
        }
    }

    /// Whether the positions can still leave.
    pub fn open(self) -> bool {
        match self {
            Self::Pending | Self::Validated => true,
            Self::Sent | Self::Stopped => false,
        }
    }
}

impl World {
    /// Asks for a withdrawal, which leaves after a time unless it is cancelled.
    pub fn ask_withdrawal(
        &self,
        account: &AccountId,
        amount: Decimal,
        target: &str,
        leaves_after: Duration,
    ) -> Result<String, WorldError> {
        self.ask_withdrawal_by(account, amount, target, leaves_after, false)
    }

    /// The same, and by whom.
    pub fn ask_withdrawal_by(
        &self,
        account: &AccountId,
        amount: Decimal,
        target: &str,
        leaves_after: Duration,
        intruder: bool,
    ) -> Result<String, WorldError> {
        let mut inner = self.settle();
        let id = inner.ask_withdrawal(account, amount, target, intruder)?;
        inner.after(leaves_after, Due::Send(account.clone(), id.clone()));
        Ok(id)
    }

    /// Cancels a withdrawal that has not left. Only the account's own pages do this.
    pub fn cancel_withdrawal(&self, account: &AccountId, id: &str) -> Result<(), WorldError> {
        self.settle()
            .withdrawal_becomes(account, id, WithdrawalState::Cancelled)
    }

    /// Has another broker pull all positions, as it can without any login here. It is validated
    /// after one time and leaves after another, both counted from now, unless it is stopped.
    pub fn ask_transfer(
        &self,
        account: &AccountId,
        to: &str,
        validated_after: Duration,
        leaves_after: Duration,
        intruder: bool,
    ) -> Result<String, WorldError> {
        let mut inner = self.settle();
        let id = inner.ask_transfer(account, to, intruder)?;
        let due = |state| Due::Transfer(account.clone(), id.clone(), state);
        inner.after(validated_after, due(TransferState::Validated));
        inner.after(leaves_after.max(validated_after), due(TransferState::Sent));
        Ok(id)
    }

    /// Stops a transfer that has not left. Only who disputes it with the broker does this.
    pub fn stop_transfer(&self, account: &AccountId, id: &str) -> Result<(), WorldError> {
        self.settle()
            .transfer_becomes(account, id, TransferState::Stopped)
    }
}

impl Inner {
    fn ask_withdrawal(
        &mut self,
        account: &AccountId,
        amount: Decimal,
        target: &str,
        intruder: bool,
    ) -> Result<String, WorldError> {
        self.last_reference += 1;
        let reference = self.last_reference;
        let asked = self.now;
        let kept = self.account_mut(account)?;
        let (id, currency) = kept.exchange.withdrawal(reference);
        if kept.locked {
            return Err(WorldError::Locked);
        }
        kept.withdrawals.push(Withdrawal {
            id: id.clone(),
            amount,
            currency,
            target: target.to_owned(),
            state: WithdrawalState::Pending,
            asked,
            intruder,
        });
        self.record_withdrawal(account, &id);
        Ok(id)
    }

    /// A locked account sends nothing: what is pending then stays so.
    pub(super) fn send_withdrawal(&mut self, account: &AccountId, id: &str) {
        let Ok(kept) = self.account(account) else {
            return;
        };
        if kept.locked {
            return;
        }
        let sent = self.withdrawal_becomes(account, id, WithdrawalState::Sent);
        let Ok(kept) = self.account_mut(account) else {
            return;
        };
        let withdrawal = kept.withdrawals.iter().find(|each| each.id == id);
        if let (Ok(()), Some(withdrawal)) = (sent, withdrawal) {
            let cash = kept.cash.entry(withdrawal.currency.clone()).or_default();
            *cash -= withdrawal.amount;
        }
    }

    fn withdrawal_becomes(
        &mut self,
        account: &AccountId,
        id: &str,
        state: WithdrawalState,
    ) -> Result<(), WorldError> {
        let withdrawals = &mut self.account_mut(account)?.withdrawals;
        let pending = withdrawals
            .iter_mut()
            .find(|each| each.id == id && each.state == WithdrawalState::Pending);
        let pending =
            pending.ok_or_else(|| WorldError::Nothing(format!("pending withdrawal {id}")))?;
        pending.state = state;
        self.record_withdrawal(account, id);
        Ok(())
    }

    fn record_withdrawal(&mut self, account: &AccountId, id: &str) {
        let withdrawal = self
            .accounts
            .get(account)
            .and_then(|account| account.withdrawals.iter().find(|each| each.id == id));
        if let Some(withdrawal) = withdrawal {
            let what = Happening::Withdrawal {
                withdrawal: id.to_owned(),
                amount: format!("{} {}", withdrawal.amount, withdrawal.currency),
                state: withdrawal.state,
                intruder: withdrawal.intruder,
            };
            self.record(account, what);
        }
    }

    fn ask_transfer(
        &mut self,
        account: &AccountId,
        to: &str,
        intruder: bool,
    ) -> Result<String, WorldError> {
        self.last_reference += 1;
        let id = format!("TR-{}", self.last_reference);
        let asked = self.now;
        let kept = self.account_mut(account)?;
        if kept.locked {
            return Err(WorldError::Locked);
        }
        kept.transfers.push(Transfer {
            id: id.clone(),
            to: to.to_owned(),
            value: worth(kept),
            state: TransferState::Pending,
            asked,
            intruder,
        });
        self.record_transfer(account, &id);
        Ok(id)
    }

    /// What comes of a transfer by itself, where nobody stopped it.
    pub(super) fn transfer_goes_on(&mut self, account: &AccountId, id: &str, state: TransferState) {
        // what was stopped goes no further
        let _ = self.transfer_becomes(account, id, state);
    }

    pub(super) fn stop_transfers(&mut self, account: &AccountId) {
        let open: Vec<_> = self
            .accounts
            .get(account)
            .into_iter()
            .flat_map(|kept| &kept.transfers)
            .filter(|transfer| transfer.state.open())
            .map(|transfer| transfer.id.clone())
            .collect();
        for id in open {
            // it was open a line ago
            let _ = self.transfer_becomes(account, &id, TransferState::Stopped);
        }
    }

    fn transfer_becomes(
        &mut self,
        account: &AccountId,
        id: &str,
        state: TransferState,
    ) -> Result<(), WorldError> {
        let kept = self.account_mut(account)?;
        let value = worth(kept);
        let open = kept
            .transfers
            .iter_mut()
            .find(|each| each.id == id && each.state.open());
        let transfer = open.ok_or_else(|| WorldError::Nothing(format!("open transfer {id}")))?;
        transfer.state = state;
        if state == TransferState::Sent {
            transfer.value = value;
            kept.holdings.clear();
        }
        self.record_transfer(account, id);
        Ok(())
    }

    fn record_transfer(&mut self, account: &AccountId, id: &str) {
        let transfer = self
            .accounts
            .get(account)
            .and_then(|account| account.transfers.iter().find(|each| each.id == id));
        if let Some(transfer) = transfer {
            let what = Happening::Transfer {
                transfer: id.to_owned(),
                to: transfer.to.clone(),
                amount: format!("{} USD", transfer.value.normalize()),
                state: transfer.state,
                intruder: transfer.intruder,
            };
            self.record(account, what);
        }
    }
}

/// What the positions of an account would bring.
fn worth(account: &Account) -> Decimal {
    let value = |held: &Holding| held.quantity * World::reference_price(&held.instrument);
    account.holdings.values().map(value).sum()
}
