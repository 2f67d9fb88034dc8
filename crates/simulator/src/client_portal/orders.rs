//! Listing, looking at and cancelling orders, and the list of trades. A cancel is answered as
//! submitted, which says nothing about what becomes of the order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::{
    answer::Answer,
    portal::{Portal, State},
    rows::{OrderRow, status},
};
use crate::{
    faults::{FaultKind, Front},
    world::{By, Order, OrderStatus, WorldError},
};

/// The most orders that one list holds.
const LISTED: usize = 1000;

/// The most days that the list of trades goes back.
const DAYS: u64 = 7;

#[derive(Serialize)]
struct OrderList {
    orders: Vec<OrderRow>,
    snapshot: bool,
}

impl Portal {
    /// The open orders and those that ended, open ones first. The first list of a brokerage session
    /// is empty whatever there is, and so is each that was asked for with `force`.
    pub(super) fn order_list(&self, state: &mut State, query: &BTreeMap<String, String>) -> Answer {
        let cold_reads = self
            .bite(FaultKind::ColdList)
            .map_or(1, |bite| bite.number("reads", 1).max(1));
        let Some(brokerage) = state.brokerage() else {
            return Answer::no_brokerage_session();
        };
        if !brokerage.accounts_listed {
            return accounts_first();
        }
        let force = query
            .get("force")
            .is_some_and(|force| force.eq_ignore_ascii_case("true"));
        brokerage.order_lists += 1;
        if force || brokerage.order_lists <= cold_reads {
            return Answer::ok(&OrderList {
                orders: Vec::new(),
                snapshot: false,
            });
        }
        let filter = query.get("filters").map(|names| Filter::of(names));
        let other = query
            .get("accountId")
            .is_some_and(|id| *id != self.account.0);
        let mut orders = self.world.listed(Front::ClientPortal, &self.account);
        orders.retain(|order| !other && filter.as_ref().is_none_or(|filter| filter.passes(order)));
        orders.reverse();
        if filter.is_some_and(|filter| filter.by_time) {
            orders.sort_by_key(|order| (!order.open(), std::cmp::Reverse(order.changed)));
        } else {
            orders.sort_by_key(|order| !order.open());
        }
        orders.truncate(LISTED);
        Answer::ok(&OrderList {
            orders: orders.iter().map(|order| self.order_row(order)).collect(),
            snapshot: true,
        })
    }

    /// One order as it stands. One that ended before this brokerage session began is not known to
    /// it.
    pub(super) fn order_status(&self, state: &mut State, id: &str) -> Answer {
        let Some(brokerage) = state.brokerage() else {
            return Answer::no_brokerage_session();
        };
        let order = id
            .parse()
            .ok()
            .and_then(|id| self.world.order_by_cp_id(&self.account, id))
            .filter(|order| order.status.open() || order.changed >= brokerage.began);
        match order {
            Some(order) => Answer::ok(&self.status_row(&order)),
            None => Answer::error(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        }
    }

    /// Takes a cancel: of one order, or of all by the id -1.
    pub(super) fn cancel(&self, state: &mut State, account: &str, id: &str) -> Answer {
        let Some(login) = &mut state.login else {
            return Answer::logged_out();
        };
        let listed = login
            .brokerage
            .as_ref()
            .is_some_and(|session| session.accounts_listed);
        if !listed {
            return accounts_first();
        }
        if account != self.account.0 {
            return unknown_account(account);
        }
        let Ok(id) = id.parse::<i64>() else {
            return Answer::bad_request("order id is not a number");
        };
        let by = By::Session(login.session);
        if id == -1 && self.bite(FaultKind::NoCancelAll).is_none() {
            return match self.world.cancel_all(&self.account, &by) {
                Ok(_) => submitted(-1, -1, None),
                Err(error) => refused(&error, id),
            };
        }
        let Some(order) = self.world.order_by_cp_id(&self.account, id) else {
            return no_such_order(id);
        };
        match self.world.cancel(&self.account, order.perm_id, &by) {
            Ok(_) => submitted(id, order.ask.instrument.con_id, Some(account)),
            Err(error) => refused(&error, id),
        }
    }

    /// The trades of today, or of the last `days`. The first list of a session is empty.
    pub(super) fn trades(&self, state: &mut State, query: &BTreeMap<String, String>) -> Answer {
        let days = match query.get("days").map(|days| days.parse::<u64>()) {
            None => 1,
            Some(Ok(days)) if (1..=DAYS).contains(&days) => days,
            Some(_) => return Answer::bad_request("days must be 1 to 7"),
        };
        let Some(brokerage) = state.brokerage() else {
            return Answer::no_brokerage_session();
        };
        let other = query
            .get("accountId")
            .is_some_and(|id| *id != self.account.0);
        if !std::mem::replace(&mut brokerage.trades_warm, true) || other {
            return Answer::ok(&json!([]));
        }
        let since = self
            .world
            .now()
            .saturating_sub(Duration::from_hours(24 * days));
        let fills = self.world.executions(Front::ClientPortal, &self.account);
        let rows: Vec<_> = fills
            .iter()
            .rev()
            .filter(|fill| fill.at >= since)
            .map(|fill| self.trade_row(fill))
            .collect();
        Answer::ok(&rows)
    }
}

/// Which orders a list is to hold.
struct Filter {
    words: BTreeSet<&'static str>,
    by_time: bool,
}

impl Filter {
    /// Of the names between commas; a name that says no state limits nothing.
    fn of(names: &str) -> Self {
        let mut filter = Self {
            words: BTreeSet::new(),
            by_time: false,
        };
        for name in names.split(',').map(str::trim) {
            let status = match name.to_ascii_lowercase().as_str() {
                "inactive" => OrderStatus::Inactive,
                "pending_submit" => OrderStatus::PendingSubmit,
                "pre_submitted" => OrderStatus::PreSubmitted,
                "submitted" => OrderStatus::Submitted,
                "filled" => OrderStatus::Filled,
                "pending_cancel" => OrderStatus::PendingCancel,
                "cancelled" => OrderStatus::Cancelled,
                "warn_state" => {
                    // no order of this broker is in a state of warning
                    filter.words.insert("");
                    continue;
                }
                "sort_by_time" => {
                    filter.by_time = true;
                    continue;
                }
                _ => continue,
            };
            filter.words.insert(status.word());
        }
        filter
    }

    fn passes(&self, order: &Order) -> bool {
        self.words.is_empty() || self.words.contains(status(order))
    }
}

pub(super) fn accounts_first() -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, "Please query /accounts first")
}

pub(super) fn unknown_account(account: &str) -> Answer {
    Answer::bad_request(&format!("accountId is not valid: {account}"))
}

fn submitted(order: i64, con_id: i32, account: Option<&str>) -> Answer {
    Answer::ok(&json!({
        "msg": "Request was submitted",
        "order_id": order,
        "conid": con_id,
        "account": account,
    }))
}

fn no_such_order(id: i64) -> Answer {
    Answer::error_in_200(&format!("OrderID {id} doesn't exist"))
}

fn refused(error: &WorldError, id: i64) -> Answer {
    match error {
        WorldError::OrderEnded(status) => Answer::error_in_200(&format!(
            "OrderID {id} cannot be cancelled, state: {}",
            status.word()
        )),
        WorldError::MarketClosed => Answer::error_in_200(&format!(
            "OrderID {id} cannot be cancelled: the market is closed"
        )),
        WorldError::NoOrder => no_such_order(id),
        WorldError::SessionEnded => Answer::logged_out(),
        WorldError::NoSeat => Answer::no_brokerage_session(),
        WorldError::NoAccount(_)
        | WorldError::NoUser(_)
        | WorldError::LoginRefused
        | WorldError::Competing
        | WorldError::Locked
        | WorldError::Blocked
        | WorldError::ReadOnly
        | WorldError::LinkLost
        | WorldError::ClientIdInUse(_)
        | WorldError::TwsStopped
        | WorldError::KeyRevoked
        | WorldError::BadOrder(_)
        | WorldError::SecondFactor
        | WorldError::NotAllowed(_)
        | WorldError::Nothing(_) => Answer::error_in_200(&error.to_string()),
    }
}
