//! What a run knows of an account beside its tasks: positions, orders and fills as they were seen.

use std::collections::{BTreeMap, BTreeSet};

use door::{Found, OpenOrder, OrderKey, Position};
use runbook::AccountName;

use crate::Event;

/// What a run knows of an account.
#[derive(Clone, Debug, Default)]
pub struct AccountRun {
    /// Positions as last read.
    pub positions: Vec<Position>,
    /// Orders that appeared after a door's first listing, with that door.
    pub appeared: Vec<(door::DoorKind, OpenOrder)>,
    /// Fills seen since the press.
    pub fills: Vec<door::Fill>,
    /// How many of those the positions already hold.
    pub(crate) fills_in_positions: usize,
    /// Orders seen at any time, by door and key.
    pub(crate) seen: BTreeMap<(door::DoorKind, OrderKey), OpenOrder>,
    /// Fills of before the press, and those already told.
    pub(crate) known_fills: BTreeSet<String>,
    /// Doors that have listed once: what they list later and did not list then has appeared.
    pub(crate) listed: BTreeSet<door::DoorKind>,
    /// To be told as events.
    pub(crate) to_tell: Vec<Event>,
}

impl AccountRun {
    /// Takes in what a door read, and notes what is new as events to be told.
    pub(crate) fn heard(
        &mut self,
        account: &AccountName,
        door: &door::DoorKind,
        reading: &door::Reading,
        is_cancel: bool,
    ) {
        for fill in &reading.fills {
            if self.known_fills.insert(fill.id.clone()) {
                let (account, fill) = (account.clone(), fill.clone());
                self.to_tell.push(Event::FillSeen { account, fill });
            }
        }
        if !is_cancel {
            return;
        }
        let first_listing = self.listed.insert(door.clone());
        for found in &reading.found {
            let Found::Order(order) = found else { continue };
            let key = (door.clone(), order.key.clone());
            if self.seen.insert(key, order.clone()).is_none() && !first_listing {
                self.to_tell.push(Event::OrderAppeared {
                    account: account.clone(),
                    door: door.clone(),
                    order: order.clone(),
                });
            }
        }
    }
}
