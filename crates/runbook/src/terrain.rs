//! What a runbook is linted and planned against: the accounts at hand and whom to call.

use door::{DoorKind, KeyScope, Lever};

use crate::{
    contacts::Contacts,
    document::{Accounts, LeverStep, Step},
    plan::{AccountOutline, TaskDoor},
};

/// The venues that Firebreak has doors for.
pub const VENUES: [&str; 3] = ["ibkr", "kraken", "deribit"];

/// The accounts at hand and the contacts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terrain {
    /// In the order in which the person keeps them. When there are none, nothing is held against a
    /// runbook that only accounts could tell.
    pub accounts: Vec<AccountOutline>,
    /// Whom to call.
    pub contacts: Contacts,
}

impl Terrain {
    /// These accounts, and the shipped contacts.
    pub fn new(accounts: Vec<AccountOutline>) -> Self {
        Self {
            accounts,
            contacts: Contacts::shipped(),
        }
    }

    /// The accounts that a step is done on, in order. A step about the whole situation has none.
    pub fn bound(&self, step: &Step) -> Vec<&AccountOutline> {
        self.accounts
            .iter()
            .filter(|account| match &step.accounts {
                Accounts::Situation => false,
                Accounts::All => true,
                Accounts::Venue(venue) => account.venue == *venue.get_ref(),
                Accounts::Named(names) => names
                    .iter()
                    .any(|name| name.get_ref() == account.name.as_str()),
            })
            .collect()
    }
}

/// The doors of `account` that act or read for `lever`, in their order.
pub(crate) fn doors_for(account: &AccountOutline, lever: Lever) -> Vec<TaskDoor> {
    account
        .doors
        .iter()
        .flat_map(|door| {
            door.levers
                .iter()
                .filter(move |support| support.lever == lever)
                .filter(|support| support.acts || support.reads)
                .take(1)
                .map(|support| TaskDoor {
                    door: door.kind.clone(),
                    support: support.clone(),
                    poll_interval_ms: door.poll_interval_ms,
                })
        })
        .collect()
}

/// The doors of `account` for what a step pulls. Keys of others blind nobody, and where a key can
/// only be read back, that is about the own one.
pub(crate) fn doors_of(pull: &LeverStep, account: &AccountOutline) -> Vec<TaskDoor> {
    let lever = *pull.lever.get_ref();
    let mut doors = doors_for(account, lever);
    if lever == Lever::RevokeKey && pull.keys == KeyScope::Others {
        doors.retain(|door| door.support.acts);
        for door in &mut doors {
            door.support.blinds.clear();
        }
    }
    doors
}

/// Doors of one account that are logged in with one username, where the venue gives a username one
/// brokerage session: opening either closes the other. Each pair once, in the order of the doors.
pub fn shared_seats(account: &AccountOutline) -> Vec<(&DoorKind, &DoorKind, &str)> {
    if account.venue != "ibkr" {
        return Vec::new();
    }
    // a door that cancels orders is a brokerage session; one that only stops programs is not
    let seated = account
        .doors
        .iter()
        .filter(|door| {
            door.levers
                .iter()
                .any(|support| support.lever == Lever::CancelOrders && support.acts)
        })
        .filter_map(|door| Some((&door.kind, door.username.as_deref()?)))
        .collect::<Vec<_>>();
    let mut pairs = Vec::new();
    for (index, (kind, username)) in seated.iter().enumerate() {
        for (other, other_username) in &seated[index + 1..] {
            // the venue takes usernames in any case
            if username.eq_ignore_ascii_case(other_username) {
                pairs.push((*kind, *other, *username));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{main_account, shared_account};

    #[test]
    fn a_username_in_any_case_is_one_seat_and_only_doors_that_trade_sit_on_it() {
        assert_eq!(shared_seats(&main_account()), []);
        let mut account = shared_account();
        account.doors[1].username = Some("ONE-and-only".to_owned());
        let (tws, portal) = (DoorKind::new("tws"), DoorKind::new("client-portal"));
        assert_eq!(shared_seats(&account), [(&tws, &portal, "one-and-only")]);
        account.doors[1].levers.clear();
        assert_eq!(shared_seats(&account), []);
        let mut elsewhere = shared_account();
        elsewhere.venue = "kraken".to_owned();
        assert_eq!(shared_seats(&elsewhere), []);
    }
}
