//! The parts of the report that are about orders and fills.

use std::collections::{BTreeMap, BTreeSet};

use door::{DoorKind, Fill, Found, Lever, OpenOrder, OrderKey};
use incident::{Event, TaskRun};
use runbook::AccountName;
use rust_decimal::Decimal;

use super::{Subject, after_press, markup::Html};

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
pub(super) fn cancelled(page: &mut Html, subject: &Subject<'_>) {
    page.raw("<h2>Orders</h2>\n");
    let mut any = false;
    let accounts = subject.story.run.accounts.keys();
    let seen = accounts.flat_map(|account| {
        let by_door = seen(subject, account).into_iter();
        by_door.map(move |(door, orders)| (account, door, orders))
    });
    let mut last = None;
    for (account, door, orders) in seen {
        any = true;
        if last.replace(account) != Some(account) {
            page.element("<h3>Account ", account.as_str(), "</h3>\n");
        }
        page.paragraph(&format!(
            "{} orders were seen open, in the numbering of {door}.",
            orders.len()
        ));
        page.table(&[
            "Order",
            "What",
            "Filled of it",
            "Placed by",
            "First seen",
            "What became of it",
        ]);
        let listing = Listing::of(subject, account, &door);
        for (key, order) in &orders {
            page.row(&[
                &key.0,
                &line(&order.order),
                &order.order.filled.to_string(),
                order.order.submitter.as_deref().unwrap_or("not told"),
                &after_press(order.first_seen_ms),
                &listing.fate(subject, account, key, order),
            ]);
        }
        page.end_table();
    }
    if !any {
        page.paragraph("No open order was seen.");
    }
}

pub(super) fn appeared(page: &mut Html, subject: &Subject<'_>) {
    let mut rows = Vec::new();
    for entry in &subject.story.lines {
        if let Event::OrderAppeared {
            account,
            door,
            order,
        } = &entry.event
        {
            rows.push((entry, account, door, order));
        }
    }
    if rows.is_empty() {
        return;
    }
    page.raw("<h2>Orders that appeared while orders were held down</h2>\n");
    page.paragraph(
        "Somebody or something placed these after the press. Doors of one account may each have \
         seen the same order.",
    );
    page.table(&[
        "When",
        "Account",
        "Order",
        "What",
        "Placed by",
        "Seen through",
    ]);
    for (entry, account, door, order) in rows {
        page.row(&[
            &after_press(entry.mono_ms),
            account.as_str(),
            &order.key.0,
            &line(order),
            order.submitter.as_deref().unwrap_or("not told"),
            &door.0,
        ]);
    }
    page.end_table();
}

pub(super) fn fills(page: &mut Html, subject: &Subject<'_>) {
    let fills: Vec<(&AccountName, &Fill)> = subject
        .story
        .run
        .accounts
        .iter()
        .flat_map(|(account, known)| known.fills.iter().map(move |(_, fill)| (account, fill)))
        .collect();
    page.raw("<h2>Fills since the press</h2>\n");
    if fills.is_empty() {
        page.paragraph("None was seen.");
        return;
    }
    page.paragraph("These trades happened. No cancel takes them back.");
    page.table(&[
        "Venue's time",
        "Account",
        "Fill",
        "Order",
        "What",
        "Price",
        "Sent by",
    ]);
    for (account, fill) in fills {
        page.row(&[
            &fill.at.map_or_else(|| "not told".to_owned(), super::utc),
            account.as_str(),
            &fill.id,
            fill.order
                .as_ref()
                .map_or("not told", |order| order.0.as_str()),
            &format!("{} {} {}", fill.side, fill.quantity, fill.instrument),
            &fill.price.to_string(),
            fill.submitter.as_deref().unwrap_or("not told"),
        ]);
    }
    page.end_table();
}

/// An order as it was last seen open.
struct Seen {
    order: OpenOrder,
    first_seen_ms: u64,
}

type Orders = BTreeMap<OrderKey, Seen>;

/// The orders of an account by the door that saw the most of them, as doors may number the same
/// order each in its own way; where each door sees a part of the account, by each.
fn seen(subject: &Subject<'_>, account: &AccountName) -> BTreeMap<DoorKind, Orders> {
    let mut by_door: BTreeMap<DoorKind, Orders> = BTreeMap::new();
    for line in &subject.story.lines {
        let Some((about, door, orders)) = listed(subject, &line.event) else {
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
    if !subject.story.run.is_seen_in_parts(account) {
        let most = by_door.into_iter().max_by_key(|(_, orders)| orders.len());
        by_door = most.into_iter().collect();
    }
    by_door.retain(|_, orders| !orders.is_empty());
    by_door
}

/// The open orders that an event brings, of which account and through which door.
fn listed<'a>(
    subject: &Subject<'a>,
    event: &'a Event,
) -> Option<(&'a AccountName, &'a DoorKind, Vec<&'a OpenOrder>)> {
    let account = |task| subject.story.run.task(task)?.task.account.as_ref();
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
    fn of(subject: &Subject<'_>, account: &AccountName, door: &DoorKind) -> Self {
        let cancels = || {
            subject.story.run.tasks.iter().filter(|task| {
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

    fn fate(
        &self,
        subject: &Subject<'_>,
        account: &AccountName,
        key: &OrderKey,
        seen: &Seen,
    ) -> String {
        let filled: Decimal = subject
            .story
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
