//! Listings over the TWS socket, each read to its end or not at all.
//!
//! TWS does not number the answers to most listings, so two at once, or one that was given up and
//! one after it, would mix. A listing therefore runs to its end on its own, holding its lane, even
//! when nobody waits for it any more; one that does not end takes its session with it.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use door::{DoorError, ErrorClass};
use futures_util::StreamExt;
use ibapi::{
    Notice, UNKNOWN_MESSAGE_TYPE_CODE,
    accounts::{
        AccountSummary, AccountSummaryResult, Position, PositionUpdate, types::AccountGroup,
    },
    orders::{CommissionReport, ExecutionData, ExecutionFilter, Executions, OrderData, Orders},
    subscriptions::SubscriptionItem,
};
use tokio::{
    sync::{Mutex, broadcast},
    time::timeout,
};

use super::{
    errors::{door_error, malformed, notice_error, session_ended, timed_out},
    session::Session,
};
use crate::ibkr::codes::{self, Meaning, Refusal};

/// After this long a listing is held to hang, and its session is ended.
const HANGS_AFTER: Duration = Duration::from_secs(10);

/// What is asked for in the account summary: what evidence needs, no more.
const SUMMARY_TAGS: [&str; 9] = [
    "AccountType",
    "NetLiquidation",
    "TotalCashValue",
    "GrossPositionValue",
    "BuyingPower",
    "ExcessLiquidity",
    "InitMarginReq",
    "MaintMarginReq",
    // the cash in each currency
    "$LEDGER:ALL",
];

/// One listing at a time of each kind.
#[derive(Default)]
pub(super) struct Lanes {
    pub(super) open_orders: Arc<Mutex<()>>,
    pub(super) completed_orders: Arc<Mutex<()>>,
    pub(super) positions: Arc<Mutex<()>>,
    pub(super) executions: Arc<Mutex<()>>,
    pub(super) summary: Arc<Mutex<()>>,
}

/// Runs `listing` alone in its lane, and waits for it no longer than `within`.
pub(super) async fn alone<T, F>(
    lane: &Arc<Mutex<()>>,
    session: &Arc<Session>,
    within: Duration,
    what: &'static str,
    listing: impl FnOnce(Arc<Session>) -> F,
) -> Result<T, DoorError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, DoorError>> + Send + 'static,
{
    let waited = timeout(within, async {
        let held = Arc::clone(lane).lock_owned().await;
        session.usable()?;
        let refusals = refused(session.listen());
        let mut heard = session.listen();
        let listing = listing(Arc::clone(session));
        let session = Arc::clone(session);
        let running = tokio::spawn(async move {
            let listed = async {
                tokio::select! {
                    biased;
                    refusal = refusals => Err(refusal),
                    listed = listing => listed,
                }
            };
            let listed = timeout(HANGS_AFTER, listed)
                .await
                .unwrap_or_else(|_| Err(timed_out(what)));
            if let Err(error) = &listed
                && matches!(error.class, ErrorClass::TimedOut | ErrorClass::Malformed)
            {
                // what still comes would be taken for the answer to the next listing
                session.retire().await;
            }
            drop(held);
            let listed = listed?;
            while let Ok(notice) = heard.try_recv() {
                if codes::meaning(notice.code, &notice.message) == Meaning::LinkLost {
                    return Err(codes::link_lost(&notice.message));
                }
            }
            session.usable()?;
            Ok(listed)
        });
        running.await.map_err(|_| session_ended(""))?
    });
    waited.await.map_err(|_| timed_out(what))?
}

/// Resolves when TWS says, about no request in particular, that it does not list. A lost link is
/// heeded only once the listing has ended, since its end still comes.
async fn refused(mut notices: broadcast::Receiver<Notice>) -> DoorError {
    loop {
        let notice = match notices.recv().await {
            Ok(notice) => notice,
            Err(broadcast::error::RecvError::Lagged(_)) => continue,
            Err(broadcast::error::RecvError::Closed) => return session_ended(""),
        };
        if notice.code == UNKNOWN_MESSAGE_TYPE_CODE {
            return malformed(&notice.message);
        }
        let about_listing = match codes::meaning(notice.code, &notice.message) {
            Meaning::Refused(Refusal::ReadOnly | Refusal::TooOld)
            | Meaning::Paced
            | Meaning::SessionOver => true,
            Meaning::Refused(Refusal::Request) => (320..=322).contains(&notice.code),
            Meaning::Refused(Refusal::Order | Refusal::OnlyClientZero)
            | Meaning::Cancelled
            | Meaning::NothingToCancel
            | Meaning::Note
            | Meaning::LinkLost
            | Meaning::LinkBack
            | Meaning::ClientIdTaken => false,
        };
        if about_listing {
            return notice_error(&notice);
        }
    }
}

/// Every open order of this login, of all clients and the TWS window, with what was said of each.
pub(super) async fn open_orders(session: Arc<Session>) -> Result<Vec<Orders>, DoorError> {
    let mut listing = session
        .client
        .all_open_orders()
        .await
        .map_err(|error| door_error(&error))?;
    listing
        .collect_to_end_within(HANGS_AFTER)
        .await
        .map_err(|error| door_error(&error))
}

/// The orders that ended today.
pub(super) async fn completed_orders(session: Arc<Session>) -> Result<Vec<OrderData>, DoorError> {
    let mut listing = session
        .client
        .completed_orders(false)
        .await
        .map_err(|error| door_error(&error))?;
    let rows = listing
        .collect_to_end_within(HANGS_AFTER)
        .await
        .map_err(|error| door_error(&error))?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row {
            Orders::OrderData(order) => Some(order),
            Orders::OrderStatus(_) => None,
        })
        .collect())
}

/// The fills of today, and what they cost as far as that was told with them.
pub(super) struct Traded {
    pub(super) fills: Vec<ExecutionData>,
    /// By the execution's id.
    pub(super) costs: HashMap<String, CommissionReport>,
}

/// The fills of today.
pub(super) async fn executions(session: Arc<Session>) -> Result<Traded, DoorError> {
    let mut listing = session
        .client
        .executions(ExecutionFilter::default())
        .await
        .map_err(|error| door_error(&error))?;
    let rows = listing
        .collect_to_end_within(HANGS_AFTER)
        .await
        .map_err(|error| door_error(&error))?;
    let mut traded = Traded {
        fills: Vec::new(),
        costs: HashMap::new(),
    };
    for row in rows {
        match row {
            Executions::ExecutionData(fill) => traded.fills.push(fill),
            Executions::CommissionReport(cost) => {
                traded.costs.insert(cost.execution_id.clone(), cost);
            }
        }
    }
    Ok(traded)
}

/// What is held in every account of this login.
pub(super) async fn positions(session: Arc<Session>) -> Result<Vec<Position>, DoorError> {
    let mut listing = session
        .client
        .positions()
        .await
        .map_err(|error| door_error(&error))?;
    let mut rows = Vec::new();
    while let Some(item) = listing.next().await {
        match data(item)? {
            Some(PositionUpdate::Position(position)) => rows.push(position),
            Some(PositionUpdate::PositionEnd) => return Ok(rows),
            None => {}
        }
    }
    Err(session_ended(""))
}

/// Balances and margins of every account of this login.
pub(super) async fn summary(session: Arc<Session>) -> Result<Vec<AccountSummary>, DoorError> {
    let mut listing = session
        .client
        .account_summary(&AccountGroup("All".to_owned()), &SUMMARY_TAGS)
        .await
        .map_err(|error| door_error(&error))?;
    let mut rows = Vec::new();
    while let Some(item) = listing.next().await {
        match data(item)? {
            Some(AccountSummaryResult::Summary(row)) => rows.push(row),
            Some(AccountSummaryResult::End) => return Ok(rows),
            None => {}
        }
    }
    Err(session_ended(""))
}

/// The row in an item; `None` for a notice that is no error. A notice of the client itself (rows
/// were lost) is one.
fn data<T>(item: Result<SubscriptionItem<T>, ibapi::Error>) -> Result<Option<T>, DoorError> {
    match item {
        Ok(SubscriptionItem::Data(row)) => Ok(Some(row)),
        Ok(SubscriptionItem::Notice(notice)) if notice.is_client_synthesized() => {
            Err(malformed(&notice.message))
        }
        Ok(SubscriptionItem::Notice(notice)) => match codes::error(notice.code, &notice.message) {
            Some(_) => Err(notice_error(&notice)),
            None => Ok(None),
        },
        Err(error) => Err(door_error(&error)),
    }
}
