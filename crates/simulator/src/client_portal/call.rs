//! Which endpoint a request is for, and what the venue demands of its callers. Pure.

use std::{collections::BTreeMap, time::Duration};

use hyper::{Method, Uri};

/// What every endpoint's path begins with.
pub(super) const BASE: &str = "/v1/api";

/// A request, as the endpoints see it.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) call: Call,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// An endpoint with what its path names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Call {
    AuthStatus,
    Init,
    Tickle,
    Logout,
    Validate,
    Reauthenticate,
    Accounts,
    SelectAccount,
    Orders,
    OrderStatus(String),
    Cancel { account: String, order: String },
    Place { account: String },
    Reply(String),
    Suppress,
    SuppressReset,
    Trades,
    PortfolioAccounts,
    Positions { account: String, page: String },
    UncachedPositions { account: String },
    Ledger { account: String },
    Summary { account: String },
    Notifications,
    UnreadNumber,
}

/// Why there is no endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unroutable {
    /// Nothing is at that path.
    NotFound,
    /// Something is, for other methods.
    Method,
}

/// What must be there before an endpoint answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tier {
    /// A login.
    Login,
    /// A login that holds its username's brokerage seat.
    Brokerage,
}

impl Call {
    /// The endpoint of a method and a path. A slash at the end makes no difference.
    pub(super) fn of(method: &Method, uri: &Uri) -> Result<Self, Unroutable> {
        let path = uri.path().strip_prefix(BASE).unwrap_or_default();
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let get = *method == Method::GET;
        let post = *method == Method::POST;
        let delete = *method == Method::DELETE;
        let (call, allowed) = match parts.as_slice() {
            ["iserver", "auth", "status"] => (Self::AuthStatus, get || post),
            ["iserver", "auth", "ssodh", "init"] => (Self::Init, post),
            ["tickle"] => (Self::Tickle, get || post),
            ["logout"] => (Self::Logout, post),
            ["sso", "validate"] => (Self::Validate, get),
            ["iserver", "reauthenticate"] => (Self::Reauthenticate, get || post),
            ["iserver", "accounts"] => (Self::Accounts, get),
            ["iserver", "account"] => (Self::SelectAccount, post),
            ["iserver", "account", "orders"] => (Self::Orders, get),
            ["iserver", "account", "trades"] => (Self::Trades, get),
            ["iserver", "account", "order", "status", id] => {
                (Self::OrderStatus((*id).to_owned()), get)
            }
            ["iserver", "account", account, "order", order] => {
                let (account, order) = ((*account).to_owned(), (*order).to_owned());
                (Self::Cancel { account, order }, delete)
            }
            ["iserver", "account", account, "orders"] => {
                let account = (*account).to_owned();
                (Self::Place { account }, post)
            }
            ["iserver", "reply", id] => (Self::Reply((*id).to_owned()), post),
            ["iserver", "questions", "suppress"] => (Self::Suppress, post),
            ["iserver", "questions", "suppress", "reset"] => (Self::SuppressReset, post),
            ["portfolio", "accounts"] => (Self::PortfolioAccounts, get),
            ["portfolio", account, "positions", page] => {
                let (account, page) = ((*account).to_owned(), (*page).to_owned());
                (Self::Positions { account, page }, get)
            }
            ["portfolio2", account, "positions"] => {
                let account = (*account).to_owned();
                (Self::UncachedPositions { account }, get)
            }
            ["portfolio", account, "ledger"] => {
                let account = (*account).to_owned();
                (Self::Ledger { account }, get)
            }
            ["portfolio", account, "summary"] => {
                let account = (*account).to_owned();
                (Self::Summary { account }, get)
            }
            ["fyi", "notifications"] => (Self::Notifications, get),
            ["fyi", "unreadnumber"] => (Self::UnreadNumber, get),
            _ => return Err(Unroutable::NotFound),
        };
        if allowed {
            Ok(call)
        } else {
            Err(Unroutable::Method)
        }
    }

    /// What must be there before it answers.
    pub(super) fn tier(&self) -> Tier {
        match self {
            Self::Accounts
            | Self::SelectAccount
            | Self::Orders
            | Self::OrderStatus(_)
            | Self::Cancel { .. }
            | Self::Place { .. }
            | Self::Reply(_)
            | Self::Suppress
            | Self::SuppressReset
            | Self::Trades => Tier::Brokerage,
            Self::AuthStatus
            | Self::Init
            | Self::Tickle
            | Self::Logout
            | Self::Validate
            | Self::Reauthenticate
            | Self::PortfolioAccounts
            | Self::Positions { .. }
            | Self::UncachedPositions { .. }
            | Self::Ledger { .. }
            | Self::Summary { .. }
            | Self::Notifications
            | Self::UnreadNumber => Tier::Login,
        }
    }

    /// Whether it changes anything about the account or its sessions.
    pub(super) fn changes(&self) -> bool {
        match self {
            Self::Init
            | Self::Logout
            | Self::Cancel { .. }
            | Self::Place { .. }
            | Self::Reply(_) => true,
            Self::AuthStatus
            | Self::Tickle
            | Self::Validate
            | Self::Reauthenticate
            | Self::Accounts
            | Self::SelectAccount
            | Self::Orders
            | Self::OrderStatus(_)
            | Self::Suppress
            | Self::SuppressReset
            | Self::Trades
            | Self::PortfolioAccounts
            | Self::Positions { .. }
            | Self::UncachedPositions { .. }
            | Self::Ledger { .. }
            | Self::Summary { .. }
            | Self::Notifications
            | Self::UnreadNumber => false,
        }
    }

    /// The pacing of its own, beside that of the whole: its name, and the time that must lie
    /// between two calls.
    pub(super) fn pacing(&self) -> Option<(&'static str, Duration)> {
        match self {
            Self::Orders => Some(("orders", Duration::from_secs(5))),
            Self::Trades => Some(("trades", Duration::from_secs(5))),
            Self::PortfolioAccounts => Some(("portfolio/accounts", Duration::from_secs(5))),
            Self::Notifications => Some(("fyi/notifications", Duration::from_secs(1))),
            Self::UnreadNumber => Some(("fyi/unreadnumber", Duration::from_secs(1))),
            Self::Tickle => Some(("tickle", Duration::from_secs(1))),
            Self::Validate => Some(("sso/validate", Duration::from_mins(1))),
            Self::AuthStatus
            | Self::Init
            | Self::Logout
            | Self::Reauthenticate
            | Self::Accounts
            | Self::SelectAccount
            | Self::OrderStatus(_)
            | Self::Cancel { .. }
            | Self::Place { .. }
            | Self::Reply(_)
            | Self::Suppress
            | Self::SuppressReset
            | Self::Positions { .. }
            | Self::UncachedPositions { .. }
            | Self::Ledger { .. }
            | Self::Summary { .. } => None,
        }
    }
}

/// The parameters of a query; of one given twice, the last.
pub(super) fn query(uri: &Uri) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}
