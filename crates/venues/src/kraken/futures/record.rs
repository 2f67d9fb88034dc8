//! What a capture and an audit record.
//!
//! Each part is asked for at the same time and bounded alone; a part that fails is named, and never
//! recorded as empty.

use std::collections::HashSet;

use door::{DoorError, Keep, Missing, Receipt, Snapshot};
use futures_util::TryFutureExt as _;
use jiff::Timestamp;
use serde_json::Value;

use super::{Call, FuturesDoor, KeyInfo, Urgency, wire, wire::Access};
use crate::kraken::{
    PAGES_AT_MOST, WINDOW,
    errors::malformed,
    json::{list, text},
    part, within,
};

/// How many entries a page of the account log holds.
const LOG_A_PAGE: u32 = 500;
/// How many events of orders a page is asked for.
const EVENTS_A_PAGE: u32 = 500;

impl FuturesDoor {
    pub(super) async fn capture(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let since = Timestamp::now()
            .saturating_sub(WINDOW)
            .unwrap_or(Timestamp::MIN);
        let (orders, positions, fills, key, balances, log, history) = tokio::join!(
            within(self.listed(Urgency::Read, keep)).inspect_ok(|open| keep.open_orders(open)),
            within(self.positions(Urgency::Read, keep)).inspect_ok(|held| keep.positions(held)),
            within(self.fills_since(since, keep)),
            within(self.key_info(keep)),
            within(self.balances(keep)),
            within(self.account_log(since, keep)),
            within(self.order_history(since, keep)),
        );
        let mut missing = Vec::new();
        let mut snapshot = Snapshot {
            orders: part("open orders", orders, &mut missing).unwrap_or_default(),
            positions: part("positions", positions, &mut missing).unwrap_or_default(),
            fills: part("fills", fills, &mut missing).unwrap_or_default(),
            facts: Vec::new(),
        };
        if let Some(info) = part("key information", key, &mut missing) {
            snapshot.facts.extend(key_facts(&info));
        }
        let balances = part("balances", balances, &mut missing);
        snapshot.facts.extend(balances.unwrap_or_default());
        if let Some(entries) = part("account log", log, &mut missing) {
            let name = "account log entries in the last 24 h".to_owned();
            snapshot.facts.push((name, entries.to_string()));
        }
        if let Some(events) = part("order history", history, &mut missing) {
            let name = "events of orders in the last 24 h".to_owned();
            snapshot.facts.push((name, events.to_string()));
        }
        Ok(Receipt {
            words: format!(
                "{} open orders, {} positions, {} fills; {} parts missing",
                snapshot.orders.len(),
                snapshot.positions.len(),
                snapshot.fills.len(),
                missing.len()
            ),
            snapshot: Some(snapshot),
            missing,
        })
    }

    /// What the key may do, for comparison with the last time.
    pub(super) async fn audit(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let mut missing = vec![Missing {
            what: "other futures keys and logins".to_owned(),
            why: "Kraken lists them on its page only".to_owned(),
        }];
        let mut snapshot = Snapshot::default();
        let key = within(self.key_info(keep)).await;
        if let Some(info) = part("key information", key, &mut missing) {
            snapshot.facts.extend(key_facts(&info));
        }
        Ok(Receipt {
            words: format!(
                "{} facts; {} parts missing",
                snapshot.facts.len(),
                missing.len()
            ),
            snapshot: Some(snapshot),
            missing,
        })
    }

    async fn balances(&self, keep: &dyn Keep) -> Result<Vec<(String, String)>, DoorError> {
        let call = Call::get("/derivatives/api/v3/accounts", "accounts", Urgency::Read);
        wire::balances(&self.client.ask(&call, keep).await?)
    }

    /// How many entries the log has since then, having read and kept them all.
    async fn account_log(&self, since: Timestamp, keep: &dyn Keep) -> Result<usize, DoorError> {
        let mut entries = 0;
        let mut to: Option<u64> = None;
        for _ in 0..PAGES_AT_MOST {
            let mut call =
                Call::account_log(LOG_A_PAGE).with("since", since.as_millisecond().to_string());
            if let Some(to) = to {
                call = call.with("to", to.to_string());
            }
            let answer = self.client.ask(&call, keep).await?;
            let rows = list(answer.get("logs"), "log entries")?;
            entries += rows.len();
            if u32::try_from(rows.len()).unwrap_or(u32::MAX) < LOG_A_PAGE {
                return Ok(entries);
            }
            let lowest = rows
                .iter()
                .filter_map(|row| row.get("id").and_then(Value::as_u64))
                .min()
                .ok_or_else(|| malformed("a log entry without id"))?;
            if lowest <= 1 {
                return Ok(entries);
            }
            to = Some(lowest - 1);
        }
        Err(malformed("the end of the account log was not reached"))
    }

    /// How many events of orders there are since then, having read and kept them all.
    async fn order_history(&self, since: Timestamp, keep: &dyn Keep) -> Result<usize, DoorError> {
        let mut seen = HashSet::new();
        let mut before: Option<i64> = None;
        for _ in 0..PAGES_AT_MOST {
            let mut call = Call::order_history(EVENTS_A_PAGE)
                .with("since", since.as_millisecond().to_string());
            if let Some(before) = before {
                call = call.with("before", before.to_string());
            }
            let answer = self.client.ask(&call, keep).await?;
            let rows = list(answer.get("elements"), "events of orders")?;
            let known = seen.len();
            let mut oldest: Option<i64> = None;
            for row in rows {
                seen.insert(text(row, "uid")?.to_owned());
                let at = row
                    .get("timestamp")
                    .and_then(Value::as_i64)
                    .ok_or_else(|| malformed("an event without a time"))?;
                oldest = Some(oldest.map_or(at, |oldest| oldest.min(at)));
            }
            // a page may hold fewer than it was asked for: the end is where nothing new comes
            let Some(oldest) = oldest.filter(|_| seen.len() > known) else {
                return Ok(seen.len());
            };
            // and may end between events of the same millisecond
            before = oldest.checked_add(1);
        }
        Err(malformed("the end of the order history was not reached"))
    }
}

fn key_facts(info: &KeyInfo) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let from = if info.addresses.is_empty() {
        "everywhere".to_owned()
    } else {
        info.addresses.join(", ")
    };
    let withdraws = match info.transfer {
        Access::Full => "yes",
        Access::None | Access::Read => "no",
        Access::Unknown => "unknown",
    };
    vec![
        fact(Snapshot::MAY_WITHDRAW, withdraws.to_owned()),
        fact("futures key trades", info.general.word().to_owned()),
        fact("futures key moves money", info.transfer.word().to_owned()),
        fact("futures key works from", from),
        fact(
            "futures key made",
            info.created
                .map_or_else(|| "not told".to_owned(), |at| format!("{at:.0}")),
        ),
    ]
}
