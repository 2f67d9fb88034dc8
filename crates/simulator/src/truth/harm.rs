//! What intruders cost the owner, from the events alone.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Happening, TruthEvent};
use crate::world::{Side, TransferState, WithdrawalState};

/// What intruders cost, account by account, in the currency of the account: what their orders
/// traded worse than the reference price, and what they withdrew or transferred and has left. A
/// trade better than the reference counts against it. What the owner and the owner's programs do
/// counts for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Harm {
    accounts: BTreeMap<String, Decimal>,
}

impl Harm {
    /// The harm of a stream of events.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a TruthEvent>) -> Self {
        let mut harm = Self::default();
        for event in events {
            harm.apply(event);
        }
        harm
    }

    /// Takes one event in.
    pub fn apply(&mut self, event: &TruthEvent) {
        let lost = lost(&event.what);
        if !lost.is_zero() {
            *self.accounts.entry(event.account.clone()).or_default() += lost;
        }
    }

    /// What was lost on an account, by the name under which it is served.
    pub fn on(&self, account: &str) -> Decimal {
        self.accounts.get(account).copied().unwrap_or_default()
    }

    /// What was lost on all of them, whatever their currencies.
    pub fn total(&self) -> Decimal {
        self.accounts.values().sum()
    }
}

fn lost(what: &Happening) -> Decimal {
    match what {
        Happening::OrderFilled {
            quantity,
            price,
            side: Some(side),
            reference: Some(reference),
            intruder: true,
            ..
        } => match side {
            Side::Buy => (price - reference) * quantity,
            Side::Sell => (reference - price) * quantity,
        },
        Happening::Withdrawal {
            amount,
            state: WithdrawalState::Sent,
            intruder: true,
            ..
        }
        | Happening::Transfer {
            amount,
            state: TransferState::Sent,
            intruder: true,
            ..
        } => figure(amount),
        Happening::OrderFilled { .. }
        | Happening::Withdrawal { .. }
        | Happening::Transfer { .. }
        | Happening::OrderPlaced { .. }
        | Happening::OrderCancelled { .. }
        | Happening::SessionOpened { .. }
        | Happening::SessionEnded { .. }
        | Happening::KeyCreated { .. }
        | Happening::KeyRevoked { .. }
        | Happening::ContactChanged { .. }
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
        | Happening::Request { .. } => Decimal::ZERO,
    }
}

/// The figure of an amount with its currency: `18000 USD`.
fn figure(amount: &str) -> Decimal {
    amount
        .split_whitespace()
        .next()
        .and_then(|figure| figure.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::PermId;

    fn filled(side: Side, price: i64, intruder: bool) -> TruthEvent {
        TruthEvent {
            at_ms: 0,
            account: "a".to_owned(),
            what: Happening::OrderFilled {
                order: PermId(1),
                quantity: Decimal::TEN,
                price: price.into(),
                remaining: Decimal::ZERO,
                side: Some(side),
                reference: Some(100.into()),
                intruder,
            },
        }
    }

    fn withdrawn(state: WithdrawalState, intruder: bool) -> TruthEvent {
        TruthEvent {
            at_ms: 0,
            account: "b".to_owned(),
            what: Happening::Withdrawal {
                withdrawal: "WD-1".to_owned(),
                amount: "1500.50 USD".to_owned(),
                state,
                intruder,
            },
        }
    }

    #[test]
    fn a_dear_buy_and_a_cheap_sale_of_an_intruder_are_lost_money() {
        let harm = Harm::of(&[
            filled(Side::Buy, 130, true),
            filled(Side::Sell, 80, true),
            filled(Side::Buy, 100, true),
        ]);
        assert_eq!(harm.on("a"), Decimal::from(500));
        assert_eq!(harm.total(), harm.on("a"));
        assert_eq!(harm.on("nobody"), Decimal::ZERO);
    }

    #[test]
    fn what_the_owner_does_is_no_harm() {
        let harm = Harm::of(&[
            filled(Side::Buy, 130, false),
            withdrawn(WithdrawalState::Sent, false),
        ]);
        assert_eq!(harm, Harm::default());
    }

    #[test]
    fn a_withdrawal_counts_once_it_has_left() {
        let mut harm = Harm::of(&[withdrawn(WithdrawalState::Pending, true)]);
        assert_eq!(harm.total(), Decimal::ZERO);
        harm.apply(&withdrawn(WithdrawalState::Sent, true));
        assert_eq!(harm.on("b"), Decimal::new(150_050, 2));
    }
}
