//! The endpoints, and what each costs. Pure.

use super::super::Fields;
use crate::https::Method;

/// An endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    Instruments,
    Tickers,
    OpenOrders,
    OpenPositions,
    Fills,
    Accounts,
    SendOrder,
    CancelOrder,
    CancelAllOrders,
    CancelAllOrdersAfter,
    KeyCheck,
    AccountLog,
    OrderHistory,
}

/// Which counter a call adds to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Pool {
    Derivatives,
    History,
}

impl Call {
    /// The endpoint of a method and a path.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let get = *method == Method::GET;
        let post = *method == Method::POST;
        let (call, allowed) = match path.strip_prefix("/derivatives/api/v3/") {
            Some("instruments") => (Self::Instruments, get),
            Some("tickers") => (Self::Tickers, get),
            Some("openorders") => (Self::OpenOrders, get),
            Some("openpositions") => (Self::OpenPositions, get),
            Some("fills") => (Self::Fills, get),
            Some("accounts") => (Self::Accounts, get),
            Some("sendorder") => (Self::SendOrder, post),
            Some("cancelorder") => (Self::CancelOrder, post),
            Some("cancelallorders") => (Self::CancelAllOrders, post),
            Some("cancelallordersafter") => (Self::CancelAllOrdersAfter, post),
            Some(_) => return None,
            None if path == "/api/auth/v1/api-keys/v3/check" => (Self::KeyCheck, get),
            None if path == "/api/history/v3/account-log" => (Self::AccountLog, get),
            None if path == "/api/history/v3/orders" => (Self::OrderHistory, get),
            None => return None,
        };
        allowed.then_some(call)
    }

    /// What it adds, and to which counter. The documents tell no cost of the key's check.
    pub(super) fn costs(self, fields: &Fields) -> (Pool, u32) {
        let points = match self {
            Self::Instruments | Self::Tickers | Self::KeyCheck => 0,
            Self::OpenOrders | Self::OpenPositions | Self::Accounts => 2,
            Self::Fills if fields.get("lastFillTime").is_some() => 25,
            Self::Fills => 2,
            Self::SendOrder | Self::CancelOrder => 10,
            Self::CancelAllOrders | Self::CancelAllOrdersAfter => 25,
            Self::OrderHistory => return (Pool::History, 1),
            Self::AccountLog => {
                let points = match fields.number("count").unwrap_or(500) {
                    0..=25 => 1,
                    26..=50 => 2,
                    51..=1000 => 3,
                    1001..=5000 => 6,
                    _ => 10,
                };
                return (Pool::History, points);
            }
        };
        (Pool::Derivatives, points)
    }

    /// Whether it changes anything.
    pub(super) fn changes(self) -> bool {
        match self {
            Self::SendOrder
            | Self::CancelOrder
            | Self::CancelAllOrders
            | Self::CancelAllOrdersAfter => true,
            Self::Instruments
            | Self::Tickers
            | Self::OpenOrders
            | Self::OpenPositions
            | Self::Fills
            | Self::Accounts
            | Self::KeyCheck
            | Self::AccountLog
            | Self::OrderHistory => false,
        }
    }
}
