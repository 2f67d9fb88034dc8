//! The parts of the report that are about orders and fills.

use std::collections::{BTreeMap, BTreeSet};

use door::{DoorKind, Fill, Found, Lever, OpenOrder, OrderKey};
use incident::{Event, TaskRun};
use runbook::AccountName;
use rust_decimal::Decimal;

use super::{Block, Holds, Section, after_press, count, heading, section, table, text};
use crate::story::Story;

/// An order in one line.
pub(super) fn line(order: &OpenOrder) -> String {
    let mut line = format!(
        "{} {} {} {}",
        order.side, order.quantity, order.instrument, order.order_type
    );
    if let Some(limit) = order.limit {
        line.push_str(" limit ");
        line.push_str(&limit.to_string());
    }
    if let Some(stop) = order.stop {
        line.push_str(" stop ");
        line.push_str(&stop.to_string());
    }
    line
}

/// Every order that was seen open, and what became of it.
pub(super) fn cancelled(story: &Story) -> Section {
    let mut blocks = Vec::new();
    let mut last = None;
    for account in story.run.accounts.keys() {
        for (door, orders) in seen(story, account) {
            if last.replace(account) != Some(account) {
                blocks.push(heading(format!("Account {account}")));
            }
            let number = count(orders.len(), "order was", "orders were");
            blocks.push(text(format!(
                "{number} seen open, in the numbering of {door}."
            )));
            let listing = Listing::of(story, account, &door);
            let rows = orders.iter().map(|(key, order)| {
                vec![
                    key.0.clone(),
                    line(&order.order),
                    order.order.filled.to_string(),
                    or_not_told(order.order.submitter.as_deref()),
                    after_press(order.first_seen_ms),
                    listing.fate(story, account, key, order),
                ]
            });
            blocks.push(Block::Table(table(
                &[
                    ("Order", Holds::Marks, 13),
                    ("What", Holds::Words, 30),
                    ("Filled of it", Holds::Sums, 9),
                    ("Placed by", Holds::Words, 13),
                    ("First seen", Holds::Times, 12),
                    ("What became of it", Holds::Words, 22),
                ],
                rows.collect(),
            )));
        }
    }
    if blocks.is_empty() {
        blocks.push(text("No open order was seen."));
    }
    section(
        "Orders that the press found, and what became of them",
        blocks,
    )
}

pub(super) fn appeared(story: &Story) -> Option<Section> {
    let mut rows = Vec::new();
    for entry in &story.lines {
        if let Event::OrderAppeared {
            account,
            door,
            order,
        } = &entry.event
        {
            rows.push(vec![
                after_press(entry.mono_ms),
                account.to_string(),
                order.key.0.clone(),
                line(order),
                or_not_told(order.submitter.as_deref()),
                door.0.clone(),
            ]);
        }
    }
    if rows.is_empty() {
        return None;
    }
    let told = "Somebody or something placed these after the press. Doors of one account may each \
                have seen the same order.";
    let table = table(
        &[
            ("When", Holds::Times, 13),
            ("Account", Holds::Words, 12),
            ("Order", Holds::Marks, 14),
            ("What", Holds::Words, 32),
            ("Placed by", Holds::Words, 14),
            ("Seen through", Holds::Words, 14),
        ],
        rows,
    );
    Some(section(
        "Orders that appeared while orders were held down",
        vec![text(told), Block::Table(table)],
    ))
}

pub(super) fn fills(story: &Story) -> Section {
    let fills: Vec<(&AccountName, &Fill)> = story
        .run
        .accounts
        .iter()
        .flat_map(|(account, known)| known.fills.iter().map(move |(_, fill)| (account, fill)))
        .collect();
    let title = "Fills since the press";
    if fills.is_empty() {
        return section(title, vec![text("None was seen.")]);
    }
    let rows = fills.into_iter().map(|(account, fill)| {
        let order = fill.order.as_ref().map(|order| order.0.as_str());
        vec![
            fill.at.map_or_else(|| "not told".to_owned(), super::utc),
            account.to_string(),
            fill.id.clone(),
            or_not_told(order),
            format!("{} {} {}", fill.side, fill.quantity, fill.instrument),
            fill.price.to_string(),
            or_not_told(fill.submitter.as_deref()),
        ]
    });
    let table = table(
        &[
            ("Venue's time", Holds::Times, 21),
            ("Account", Holds::Words, 11),
            ("Fill", Holds::Marks, 18),
            ("Order", Holds::Marks, 12),
            ("What", Holds::Words, 18),
            ("Price", Holds::Sums, 10),
            ("Sent by", Holds::Words, 12),
        ],
        rows.collect(),
    );
    let told = "These trades happened. No cancel takes them back.";
    section(title, vec![text(told), Block::Table(table)])
}

/// What was told, or that it was not.
pub(super) fn or_not_told(told: Option<&str>) -> String {
    told.unwrap_or("not told").to_owned()
}

/// An order as it was last seen open.
struct Seen {
    order: OpenOrder,
    first_seen_ms: u64,
}

type Orders = BTreeMap<OrderKey, Seen>;

/// The orders of an account by the door that saw the most of them, as doors may number the same
/// order each in its own way; where each door sees a part of the account, by each.
fn seen(story: &Story, account: &AccountName) -> BTreeMap<DoorKind, Orders> {
    let mut by_door: BTreeMap<DoorKind, Orders> = BTreeMap::new();
    for line in &story.lines {
        let Some((about, door, orders)) = listed(story, &line.event) else {
            continue;
        };
        if about != account {
            continue;
        }
        for order in orders {
            by_door
                .entry(door.clone())
                .or_default()
                .entry(order.key.clone())
                .and_modify(|known| known.order = order.clone())
                .or_insert_with(|| Seen {
                    order: order.clone(),
                    first_seen_ms: line.mono_ms,
                });
        }
    }
    if !story.run.is_seen_in_parts(account) {
        let most = by_door.into_iter().max_by_key(|(_, orders)| orders.len());
        by_door = most.into_iter().collect();
    }
    by_door.retain(|_, orders| !orders.is_empty());
    by_door
}

/// The open orders that an event brings, of which account and through which door.
fn listed<'a>(
    story: &'a Story,
    event: &'a Event,
) -> Option<(&'a AccountName, &'a DoorKind, Vec<&'a OpenOrder>)> {
    let account = |task| story.run.task(task)?.task.account.as_ref();
    if let Event::OrdersListed {
        account,
        door,
        orders,
    } = event
    {
        return Some((account, door, orders.iter().collect()));
    }
    if let Event::AttemptAccepted {
        task,
        door,
        receipt,
        ..
    } = event
    {
        let orders = receipt.snapshot.iter().flat_map(|found| &found.orders);
        return Some((account(task)?, door, orders.collect()));
    }
    let Event::ReadingTaken {
        task, door, result, ..
    } = event
    else {
        return None;
    };
    let orders = result.found.iter().filter_map(as_order);
    Some((account(task)?, door, orders.collect()))
}

fn as_order(found: &Found) -> Option<&OpenOrder> {
    let Found::Order(order) = found else {
        return None;
    };
    Some(order)
}

/// The last listing of an account after its cancel, through one door.
struct Listing {
    open: Option<BTreeSet<OrderKey>>,
    proved: bool,
}

impl Listing {
    fn of(story: &Story, account: &AccountName, door: &DoorKind) -> Self {
        let cancels = || {
            story.run.tasks.iter().filter(|task| {
                task.task.account.as_ref() == Some(account)
                    && task.task.lever() == Some(Lever::CancelOrders)
            })
        };
        let open = cancels()
            .filter_map(|task: &TaskRun| task.doors.get(door)?.last_reading.as_ref())
            .next_back()
            .map(|reading| {
                reading
                    .found
                    .iter()
                    .filter_map(as_order)
                    .map(|order| order.key.clone())
                    .collect()
            });
        Self {
            open,
            proved: cancels().any(|task| task.proof.is_some()),
        }
    }

    fn fate(&self, story: &Story, account: &AccountName, key: &OrderKey, seen: &Seen) -> String {
        let filled: Decimal = story
            .run
            .accounts
            .get(account)
            .into_iter()
            .flat_map(|known| &known.fills)
            .map(|(_, fill)| fill)
            .filter(|fill| fill.order.as_ref() == Some(key))
            .map(|fill| fill.quantity)
            .sum();
        let open = match &self.open {
            None => return "not known: not listed since the press".to_owned(),
            Some(open) => open.contains(key),
        };
        if !open && filled >= seen.order.quantity {
            return "filled".to_owned();
        }
        let fate = match (open, self.proved) {
            (true, _) => "still open",
            (false, true) => "cancelled",
            (false, false) => "no longer listed",
        };
        if filled.is_zero() {
            fate.to_owned()
        } else {
            format!("{fate}; {filled} filled since the press")
        }
    }
}
