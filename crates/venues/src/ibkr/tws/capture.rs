//! What a capture over the TWS socket records.
//!
//! Each part is asked for at the same time and bounded alone; a part that fails is named, and never
//! recorded as empty.

use std::{sync::Arc, time::Duration};

use door::{Act, DoorError, Keep, Missing, OpenOrder, Position, Receipt, Snapshot};
use ibapi::{
    accounts::AccountSummary,
    orders::{ExecutionSide, Orders},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    TwsDoor, acts,
    errors::{door_error, timed_out},
    listing::{self, Traded, alone},
    map,
    session::Session,
};

/// What a part may take, so that what came is handed over before the engine stops waiting.
const PART_WITHIN: Duration = Duration::from_millis(1500);

impl TwsDoor {
    /// Orders, fills, positions, balances and TWS's clock, as far as each came in time.
    pub(super) async fn capture(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let session = self.link.session().await?;
        session.usable()?;
        let (orders, completed, fills, positions, summary, time) = tokio::join!(
            self.open_orders(&session, keep),
            alone(
                &self.lanes.completed_orders,
                &session,
                PART_WITHIN,
                "the completed orders",
                listing::completed_orders
            ),
            alone(
                &self.lanes.executions,
                &session,
                PART_WITHIN,
                "the executions",
                listing::executions
            ),
            self.held(&session, keep),
            alone(
                &self.lanes.summary,
                &session,
                PART_WITHIN,
                "the account summary",
                listing::summary
            ),
            server_time(&session),
        );
        let mut snapshot = Snapshot::default();
        let mut parts = Parts::default();

        if let Some((open, deactivated)) = parts.of("open orders", orders) {
            snapshot.orders = open;
            if deactivated > 0 {
                let count = deactivated.to_string();
                snapshot
                    .facts
                    .push(("de-activated orders".to_owned(), count));
            }
        }
        if let Some(rows) = parts.of("completed orders", completed) {
            keep_telling(keep, "completed-orders", &rows, acts::completed(&rows));
            let count = rows.len().to_string();
            snapshot.facts.push(("completed orders".to_owned(), count));
        }
        let fills = fills.and_then(|traded| {
            keep_executions(keep, &traded);
            traded.fills.iter().map(map::fill).collect()
        });
        snapshot.fills = parts.of("executions", fills).unwrap_or_default();
        snapshot.positions = parts.of("positions", positions).unwrap_or_default();
        if let Some(rows) = parts.of("account summary", summary) {
            keep_json(keep, "account-summary", &rows);
            snapshot.facts.extend(balances(&rows));
        }
        if let Some(time) = parts.of("server time", time) {
            keep_json(keep, "server-time", &json!({ "seconds": time }));
            snapshot.facts.push((
                "server time, seconds since 1970".to_owned(),
                time.to_string(),
            ));
        }
        Ok(Receipt {
            words: format!(
                "{} open orders, {} positions, {} fills; {} parts missing",
                snapshot.orders.len(),
                snapshot.positions.len(),
                snapshot.fills.len(),
                parts.missing.len()
            ),
            snapshot: Some(snapshot),
            missing: parts.missing,
        })
    }

    /// The open orders, and how many are de-activated.
    async fn open_orders(
        &self,
        session: &Arc<Session>,
        keep: &dyn Keep,
    ) -> Result<(Vec<OpenOrder>, usize), DoorError> {
        let rows = alone(
            &self.lanes.open_orders,
            session,
            PART_WITHIN,
            "the open orders",
            listing::open_orders,
        )
        .await?;
        keep_orders(keep, &rows);
        let book = map::book(rows)?;
        let open: Vec<OpenOrder> = book.open.into_iter().map(|listed| listed.order).collect();
        keep.open_orders(&open);
        Ok((open, book.deactivated))
    }

    async fn held(
        &self,
        session: &Arc<Session>,
        keep: &dyn Keep,
    ) -> Result<Vec<Position>, DoorError> {
        let held = alone(
            &self.lanes.positions,
            session,
            PART_WITHIN,
            "the positions",
            listing::positions,
        )
        .await?;
        keep_json(keep, "positions", &held);
        let held = held
            .iter()
            .filter_map(|held| map::position(held).transpose());
        let held: Vec<Position> = held.collect::<Result<_, _>>()?;
        keep.positions(&held);
        Ok(held)
    }
}

/// The summary's rows as facts, with the account's number only where there are several.
fn balances(rows: &[AccountSummary]) -> Vec<(String, String)> {
    let several = rows.iter().any(|row| row.account != rows[0].account);
    let fact = |row: &AccountSummary| {
        let name = if several {
            format!("{} {}", row.account, row.tag)
        } else {
            row.tag.clone()
        };
        let value = format!("{} {}", row.value, row.currency);
        (door::clean(&name), door::clean(&value))
    };
    rows.iter().map(fact).collect()
}

async fn server_time(session: &Arc<Session>) -> Result<i64, DoorError> {
    let time = timeout(PART_WITHIN, session.client.server_time())
        .await
        .map_err(|_| timed_out("its time"))?
        .map_err(|error| door_error(&error))?;
    Ok(time.unix_timestamp())
}

/// Keeps a listing of open orders as it was decoded, row by row.
pub(super) fn keep_orders(keep: &dyn Keep, rows: &[Orders]) {
    let told = acts::open(rows);
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| match row {
            Orders::OrderData(order) => json!({ "order": order }),
            Orders::OrderStatus(status) => json!({ "status": status }),
        })
        .collect();
    keep_telling(keep, "open-orders", &rows, told);
}

/// Keeps a listing of executions as it was decoded.
fn keep_executions(keep: &dyn Keep, traded: &Traded) {
    let rows: Vec<Value> = traded
        .fills
        .iter()
        .map(|row| {
            let execution = &row.execution;
            let side = match execution.side {
                ExecutionSide::Bought => "bought",
                ExecutionSide::Sold => "sold",
            };
            json!({
                "contract": row.contract,
                "execution_id": execution.execution_id,
                "order_id": execution.order_id,
                "client_id": execution.client_id,
                "perm_id": execution.perm_id,
                "time": execution.time,
                "account": execution.account_number,
                "exchange": execution.exchange,
                "side": side,
                "shares": execution.shares,
                "price": execution.price,
                "cumulative_quantity": execution.cumulative_quantity,
                "average_price": execution.average_price,
                "order_reference": execution.order_reference,
                "liquidation": execution.liquidation,
                "submitter": execution.submitter,
                "cost": traded.costs.get(&execution.execution_id).map(|cost| json!({
                    "commission": cost.commission,
                    "currency": cost.currency,
                    "realized_pnl": cost.realized_pnl,
                })),
            })
        })
        .collect();
    keep_telling(keep, "executions", &rows, acts::executed(traded));
}

/// Keeps `part` as JSON. The wire's own bytes hold the same in a form that needs TWS to read.
pub(super) fn keep_json<T: Serialize>(keep: &dyn Keep, label: &str, part: &T) {
    keep_telling(keep, label, part, Vec::new());
}

/// The same, with the acts that it tells.
fn keep_telling<T: Serialize>(keep: &dyn Keep, label: &str, part: &T, told: Vec<Act>) {
    match serde_json::to_vec(part) {
        Ok(bytes) => crate::acts::keep(keep, label, &bytes, told),
        Err(error) => tracing::warn!(label, %error, "a part could not be written as JSON"),
    }
}

/// What came, and what did not.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) missing: Vec<Missing>,
}

impl Parts {
    fn of<T>(&mut self, what: &str, part: Result<T, DoorError>) -> Option<T> {
        part.map_err(|error| {
            self.missing.push(Missing {
                what: what.to_owned(),
                why: error.to_string(),
            });
        })
        .ok()
    }
}
