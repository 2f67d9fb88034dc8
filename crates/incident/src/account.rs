//! What a run knows of an account beside its tasks: positions, orders and fills as they were seen.

use std::collections::{BTreeMap, BTreeSet};

use door::{DoorKind, Fill, Found, OpenOrder, OrderKey, Position, Receipt, Side};
use runbook::AccountName;
use rust_decimal::Decimal;

use crate::Event;

/// What a run knows of an account.
#[derive(Clone, Debug, Default)]
pub struct AccountRun {
    /// Orders that appeared after a door's first listing, with that door.
    pub appeared: Vec<(DoorKind, OpenOrder)>,
    /// Fills seen since the press, with the door that saw each first where it was told.
    pub fills: Vec<(Option<DoorKind>, Fill)>,
    /// Positions as each door last read them, the latest reading last.
    held: Vec<Held>,
    /// Doors whose open orders a capture has read to the end.
    captured: BTreeSet<DoorKind>,
    /// Orders seen at any time, by door and key.
    pub(crate) seen: BTreeMap<(DoorKind, OrderKey), OpenOrder>,
    /// Fills of before the press, and those already told.
    pub(crate) known_fills: BTreeSet<String>,
    /// Doors that have listed once: what they list later and did not list then has appeared.
    listed: BTreeSet<DoorKind>,
    /// To be told as events.
    pub(crate) to_tell: Vec<Event>,
}

/// What a door saw held.
#[derive(Clone, Debug)]
struct Held {
    door: Option<DoorKind>,
    positions: Vec<Position>,
    /// How many of the account's fills these positions already hold.
    fills: usize,
}

impl Held {
    /// The positions as read, moved by the fills seen since.
    fn now<'a>(&self, fills: impl Iterator<Item = &'a Fill>) -> Vec<Position> {
        let mut now: BTreeMap<String, Position> = self
            .positions
            .iter()
            .map(|p| (p.instrument.clone(), p.clone()))
            .collect();
        for fill in fills {
            let position = now
                .entry(fill.instrument.clone())
                .or_insert_with(|| Position {
                    instrument: fill.instrument.clone(),
                    quantity: Decimal::ZERO,
                    average_cost: None,
                });
            position.quantity += match fill.side {
                Side::Buy => fill.quantity,
                Side::Sell => -fill.quantity,
            };
        }
        now.into_values().collect()
    }
}

impl AccountRun {
    /// Takes in what a door read, and notes what is new as events to be told.
    pub(crate) fn heard(
        &mut self,
        account: &AccountName,
        door: &DoorKind,
        reading: &door::Reading,
        is_cancel: bool,
    ) {
        for fill in &reading.fills {
            if self.known_fills.insert(fill.id.clone()) {
                self.to_tell.push(Event::FillSeen {
                    account: account.clone(),
                    door: Some(door.clone()),
                    fill: fill.clone(),
                });
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

    /// Takes in what was told of this account.
    pub(crate) fn take(&mut self, event: &Event) {
        self.to_tell.retain(|told| told != event);
        if let Event::OrderAppeared { door, order, .. } = event {
            self.appeared.push((door.clone(), order.clone()));
        } else if let Event::FillSeen { door, fill, .. } = event {
            self.known_fills.insert(fill.id.clone());
            self.fills.push((door.clone(), fill.clone()));
        } else if let Event::OrdersListed { door, orders, .. } = event {
            self.listed(door);
            self.saw(door, orders);
        } else if let Event::PositionsRead {
            door, positions, ..
        } = event
        {
            self.held.retain(|held| held.door != *door);
            self.held.push(Held {
                door: door.clone(),
                positions: positions.clone(),
                fills: self.fills.len(),
            });
        }
    }

    /// Takes in what a capture ended with. Where parts are missing, an order in its list was there, and
    /// nothing follows from one that is not.
    pub(crate) fn captured(&mut self, account: &AccountName, door: &DoorKind, receipt: &Receipt) {
        let Some(found) = &receipt.snapshot else {
            return;
        };
        self.saw(door, &found.orders);
        self.known_fills
            .extend(found.fills.iter().map(|fill| fill.id.clone()));
        let is_whole = receipt.missing.is_empty();
        if is_whole {
            self.listed(door);
        }
        if !self.has_told(door) && (is_whole || !found.positions.is_empty()) {
            self.to_tell.push(Event::PositionsRead {
                account: account.clone(),
                door: Some(door.clone()),
                positions: found.positions.clone(),
            });
        }
    }

    fn listed(&mut self, door: &DoorKind) {
        self.captured.insert(door.clone());
        self.listed.insert(door.clone());
    }

    /// Whether the positions of a door are known.
    fn has_told(&self, door: &DoorKind) -> bool {
        let mut told = self.held.iter();
        told.any(|held| held.door.as_ref() == Some(door))
    }

    fn saw(&mut self, door: &DoorKind, orders: &[OpenOrder]) {
        let keyed = orders.iter().map(|order| {
            let key = (door.clone(), order.key.clone());
            (key, order.clone())
        });
        self.seen.extend(keyed);
    }

    /// Whether a capture has what a cancel through `door` changes.
    pub(crate) fn is_recorded(&self, door: &DoorKind) -> bool {
        self.captured.contains(door) && self.has_told(door)
    }

    /// What is held now. Where each door sees a part of the account, what they see adds up; else the
    /// one that looked last tells.
    pub(crate) fn positions_now(&self, in_parts: bool) -> Vec<Position> {
        let last = self.held.len().saturating_sub(1);
        let told = self.held.iter().skip(if in_parts { 0 } else { last });
        let now = told.flat_map(|held| {
            let since = self.fills.iter().skip(held.fills);
            let of_door = since.filter(|(door, _)| !in_parts || *door == held.door);
            held.now(of_door.map(|(_, fill)| fill))
        });
        now.collect()
    }

    /// How many orders appeared. Doors may each see the same one, so the door that saw the most
    /// counts; where each sees a part of the account, all do.
    pub(crate) fn how_many_appeared(&self, in_parts: bool) -> u64 {
        let mut by_door: BTreeMap<_, u64> = BTreeMap::new();
        for (door, _) in &self.appeared {
            *by_door.entry(door).or_default() += 1;
        }
        let counts = by_door.into_values();
        if in_parts {
            counts.sum()
        } else {
            counts.max().unwrap_or(0)
        }
    }
}
