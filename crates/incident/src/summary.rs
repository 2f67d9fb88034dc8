//! How a run stands: contained or not, and what is open.

use std::collections::BTreeMap;

use door::{Fill, OpenOrder, OrderKey, Position, Side};
use runbook::AccountName;
use rust_decimal::Decimal;

use crate::{AccountRun, OpenTask, Run, SkipReason, Summary, WithoutStop, Word};

pub(crate) fn summarise(run: &Run) -> Summary {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let verified = run.tasks.iter().filter(|task| task.word == Word::Verified);
    let read_by_you = verified
        .clone()
        .filter(|task| task.proof.as_ref().is_some_and(|proof| proof.read_by_you));
    Summary {
        contained: run.is_contained(),
        open: run
            .tasks
            .iter()
            .filter(|task| !task.word.is_closed())
            .map(|task| OpenTask {
                task: task.task.id.clone(),
                state: task.word,
                why: task.why.clone(),
            })
            .collect(),
        verified: count(verified.count()),
        read_by_you: count(read_by_you.count()),
        tasks: count(run.tasks.len()),
        ms_to_contained: run.contained_since_ms,
        skipped_by_you: run
            .tasks
            .iter()
            .filter(|task| matches!(task.skipped, Some(SkipReason::Other(_))))
            .map(|task| task.task.id.clone())
            .collect(),
        appeared: run.accounts.values().map(appeared).sum(),
        without_stop: run
            .accounts
            .iter()
            .flat_map(|(name, account)| without_stop(run, name, account))
            .collect(),
        recorded: run.recorded,
    }
}

/// How many orders appeared: doors of one account may each see the same one, so the door that saw
/// the most counts.
pub(crate) fn appeared(account: &AccountRun) -> u64 {
    let mut by_door: BTreeMap<_, u64> = BTreeMap::new();
    for (door, _) in &account.appeared {
        *by_door.entry(door).or_default() += 1;
    }
    by_door.into_values().max().unwrap_or(0)
}

/// Positions that lost a protective stop in this run and have none now.
fn without_stop(run: &Run, name: &AccountName, account: &AccountRun) -> Vec<WithoutStop> {
    let positions = positions_now(account);
    let mut result = Vec::new();
    for position in positions
        .into_values()
        .filter(|p| p.quantity != Decimal::ZERO)
    {
        let one = std::slice::from_ref(&position);
        // the door that saw the most stops of this position speaks for it
        let mut by_door: BTreeMap<_, BTreeMap<&OrderKey, &OpenOrder>> = BTreeMap::new();
        for ((door, key), order) in account.seen.iter().filter(|(_, o)| o.protects(one)) {
            by_door.entry(door).or_default().insert(key, order);
        }
        let Some((door, stops)) = by_door.into_iter().max_by_key(|(_, stops)| stops.len()) else {
            continue;
        };
        let listing = run
            .tasks
            .iter()
            .filter(|task| {
                task.task.account.as_ref() == Some(name)
                    && task.task.lever() == Some(door::Lever::CancelOrders)
            })
            .filter_map(|task| task.doors.get(door)?.last_reading.as_ref())
            .next_back();
        // without a listing after the press nobody knows that a stop is gone
        let Some(listing) = listing else { continue };
        let alive = |key: &OrderKey| {
            listing
                .found
                .iter()
                .any(|f| matches!(f, door::Found::Order(o) if o.key == *key))
        };
        let kept_by_scope = run.tasks.iter().any(|task| {
            task.task.account.as_ref() == Some(name) && keeps_protective(&task.task.action)
        });
        if kept_by_scope || stops.keys().any(|key| alive(key)) {
            continue;
        }
        let filled = |key: &OrderKey| {
            account
                .fills
                .iter()
                .any(|fill| fill.order.as_ref() == Some(key))
        };
        let gone: Vec<OpenOrder> = stops
            .into_iter()
            .filter(|(key, _)| !filled(key))
            .map(|(_, order)| order.clone())
            .collect();
        if !gone.is_empty() {
            result.push(WithoutStop {
                account: name.clone(),
                position,
                stops: gone,
            });
        }
    }
    result
}

fn keeps_protective(action: &runbook::Action) -> bool {
    matches!(
        action,
        runbook::Action::Pull {
            lever: door::Lever::CancelOrders,
            scope: door::CancelScope::KeepProtective,
            ..
        }
    )
}

/// Positions as last read, moved by the fills seen since.
fn positions_now(account: &AccountRun) -> BTreeMap<String, Position> {
    let mut now: BTreeMap<String, Position> = account
        .positions
        .iter()
        .map(|p| (p.instrument.clone(), p.clone()))
        .collect();
    for fill in account.fills.iter().skip(account.fills_in_positions) {
        let position = now
            .entry(fill.instrument.clone())
            .or_insert_with(|| Position {
                instrument: fill.instrument.clone(),
                quantity: Decimal::ZERO,
                average_cost: None,
            });
        position.quantity += signed(fill);
    }
    now
}

fn signed(fill: &Fill) -> Decimal {
    match fill.side {
        Side::Buy => fill.quantity,
        Side::Sell => -fill.quantity,
    }
}
