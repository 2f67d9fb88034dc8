//! Where everything stands after a stream of events.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccountTruth, Happening, TruthEvent, TruthSummary};
use crate::world::{PermId, SessionId, TransferState, WithdrawalState};

/// What a stream of truth events comes to: the same as the broker's own summary.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    accounts: BTreeMap<String, Open>,
}

#[derive(Clone, Debug, Default)]
struct Open {
    orders: BTreeSet<PermId>,
    withdrawals: BTreeSet<String>,
    sessions: BTreeSet<SessionId>,
    keys: BTreeSet<String>,
    transfers: BTreeSet<String>,
}

impl Fold {
    /// Takes one event in.
    pub fn apply(&mut self, event: &TruthEvent) {
        let open = self.accounts.entry(event.account.clone()).or_default();
        match &event.what {
            Happening::OrderPlaced { order, .. } => {
                open.orders.insert(*order);
            }
            Happening::OrderCancelled { order, .. } => {
                open.orders.remove(order);
            }
            Happening::OrderFilled {
                order, remaining, ..
            } => {
                if remaining.is_zero() {
                    open.orders.remove(order);
                }
            }
            Happening::SessionOpened { session, .. } => {
                open.sessions.insert(*session);
            }
            Happening::SessionEnded { session, .. } => {
                open.sessions.remove(session);
            }
            Happening::KeyCreated { key, .. } => {
                open.keys.insert(key.clone());
            }
            Happening::KeyRevoked { key } => {
                open.keys.remove(key);
            }
            Happening::Withdrawal {
                withdrawal, state, ..
            } => {
                match state {
                    WithdrawalState::Pending => open.withdrawals.insert(withdrawal.clone()),
                    WithdrawalState::Cancelled | WithdrawalState::Sent => {
                        open.withdrawals.remove(withdrawal)
                    }
                };
            }
            Happening::Transfer {
                transfer, state, ..
            } => {
                match state {
                    TransferState::Pending | TransferState::Validated => {
                        open.transfers.insert(transfer.clone())
                    }
                    TransferState::Stopped | TransferState::Sent => open.transfers.remove(transfer),
                };
            }
            Happening::ContactChanged { .. }
            | Happening::DeviceAdded { .. }
            | Happening::DeviceRemoved { .. }
            | Happening::UserAdded { .. }
            | Happening::UserRemoved { .. }
            | Happening::AddressAllowed { .. }
            | Happening::AddressRemoved { .. }
            | Happening::PasswordChanged
            | Happening::AccountLocked { .. }
            | Happening::AccountUnlocked
            | Happening::ProgramStarted { .. }
            | Happening::ProgramStopped { .. }
            | Happening::DeadManSwitch { .. }
            | Happening::Request { .. } => {}
        }
    }

    /// How every account that had an event stands.
    pub fn summary(&self) -> TruthSummary {
        self.accounts
            .iter()
            .map(|(name, open)| {
                (
                    name.clone(),
                    AccountTruth {
                        open_orders: open.orders.len() as u64,
                        open_withdrawals: open.withdrawals.len() as u64,
                        live_sessions: open.sessions.len() as u64,
                        live_keys: open.keys.len() as u64,
                        open_transfers: open.transfers.len() as u64,
                    },
                )
            })
            .collect()
    }
}
