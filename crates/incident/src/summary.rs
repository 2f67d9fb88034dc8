//! How a run stands: contained or not, and what is open.

use std::collections::{BTreeMap, BTreeSet};

use door::{OpenOrder, OrderKey};
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
        appeared: run.accounts.keys().map(|name| run.appeared(name)).sum(),
        without_stop: run
            .accounts
            .iter()
            .flat_map(|(name, account)| without_stop(run, name, account))
            .collect(),
        recorded: run.recorded,
    }
}

/// Positions that lost a protective stop in this run and have none now.
fn without_stop(run: &Run, name: &AccountName, account: &AccountRun) -> Vec<WithoutStop> {
    let mut held = account.positions_now(run.is_seen_in_parts(name));
    held.retain(|position| position.quantity != Decimal::ZERO);
    if held.is_empty() {
        return Vec::new();
    }
    let tasks = run
        .tasks
        .iter()
        .filter(|task| task.task.account.as_ref() == Some(name));
    if tasks
        .clone()
        .any(|task| keeps_protective(&task.task.action))
    {
        return Vec::new();
    }
    // orders by the hundred and positions by the dozen: each is looked at once
    let mut stops: BTreeMap<&str, BTreeMap<_, BTreeMap<&OrderKey, &OpenOrder>>> = BTreeMap::new();
    for ((door, key), order) in account.seen.iter().filter(|(_, order)| order.is_stop()) {
        let of_instrument = stops.entry(order.instrument.as_str()).or_default();
        of_instrument.entry(door).or_default().insert(key, order);
    }
    let cancels = tasks.filter(|task| task.task.lever() == Some(door::Lever::CancelOrders));
    let listed: BTreeMap<_, BTreeSet<&OrderKey>> = cancels
        .flat_map(|task| &task.doors)
        .filter_map(|(door, run)| Some((door, keys(run.last_reading.as_ref()?))))
        .collect();
    let filled: BTreeSet<&OrderKey> = account
        .fills
        .iter()
        .filter_map(|(_, fill)| fill.order.as_ref())
        .collect();
    let mut result = Vec::new();
    for position in held {
        let one = std::slice::from_ref(&position);
        let protecting = stops.get(position.instrument.as_str());
        let by_door = protecting.into_iter().flatten().map(|(door, stops)| {
            let stops = stops.iter().filter(|(_, order)| order.protects(one));
            (door, stops.collect::<Vec<_>>())
        });
        // the door that saw the most stops of this position speaks for it
        let most = by_door
            .filter(|(_, stops)| !stops.is_empty())
            .max_by_key(|(_, stops)| stops.len());
        let Some((door, stops)) = most else { continue };
        // without a listing after the press nobody knows that a stop is gone
        let Some(alive) = listed.get(door) else {
            continue;
        };
        if stops.iter().any(|(key, _)| alive.contains(*key)) {
            continue;
        }
        let gone: Vec<OpenOrder> = stops
            .into_iter()
            .filter(|(key, _)| !filled.contains(*key))
            .map(|(_, order)| (*order).clone())
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

/// The orders of a listing.
fn keys(listing: &door::Reading) -> BTreeSet<&OrderKey> {
    let orders = listing.found.iter().filter_map(|found| match found {
        door::Found::Order(order) => Some(&order.key),
        door::Found::Withdrawal { .. }
        | door::Found::Session { .. }
        | door::Found::Key { .. }
        | door::Found::Program { .. }
        | door::Found::Setting { .. } => None,
    });
    orders.collect()
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
