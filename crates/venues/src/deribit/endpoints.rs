//! The methods that are called, each with what its page says of it
//! (docs.deribit.com/api-reference/...).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::exchange::{Points, Urgency};

/// The most rows that a page of trades, withdrawals, deposits or logins holds.
pub(super) const PAGE: usize = 1000;
/// The most entries that a page of the transaction log holds.
pub(super) const LOG_PAGE: usize = 250;

/// A limit that requests of a sub-account share (docs.deribit.com/articles/rate-limits; the lowest
/// tier, since nobody's is lower).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Pool {
    /// Orders placed and cancelled.
    Matching,
    /// The transaction log.
    Log,
    /// All else.
    Other,
}

impl Pool {
    /// What it grants, with a request as the unit.
    pub(super) fn points(self) -> Points {
        match self {
            Self::Matching => Points {
                most: 20.0,
                per_second: 5.0,
                left_for_urgent: 0.0,
            },
            Self::Log => Points {
                most: 1.0,
                per_second: 1.0,
                left_for_urgent: 0.0,
            },
            Self::Other => Points {
                most: 100.0,
                per_second: 20.0,
                left_for_urgent: 10.0,
            },
        }
    }
}

/// One call of a method.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: &'static str,
    /// Nothing secret: a code or a token is put in only where the call is sent.
    pub(super) params: Value,
    pub(super) pool: Pool,
    pub(super) urgency: Urgency,
    /// Under which label the answer is kept.
    pub(super) label: &'static str,
}

impl Call {
    fn read(method: &'static str, params: Value, label: &'static str) -> Self {
        Self {
            method,
            params,
            pool: Pool::Other,
            urgency: Urgency::Read,
            label,
        }
    }

    fn act(method: &'static str, params: Value, label: &'static str) -> Self {
        Self {
            urgency: Urgency::Act,
            ..Self::read(method, params, label)
        }
    }

    /// The same before whatever is only read.
    pub(super) fn urgent(self) -> Self {
        Self {
            urgency: Urgency::Act,
            ..self
        }
    }
}

/// `public/get_time`: milliseconds.
pub(super) fn time() -> Call {
    Call::act("public/get_time", json!({}), "time")
}

/// `public/get_currencies`.
pub(super) fn currencies() -> Call {
    Call::act("public/get_currencies", json!({}), "currencies")
}

/// `public/auth`. Its parameters are signed where it is sent.
pub(super) fn auth() -> Call {
    Call::act("public/auth", json!({}), "auth")
}

/// `public/exchange_token`. The refresh token is put in where it is sent.
pub(super) fn exchange_token(subject: u64, scope: &str) -> Call {
    let params = json!({ "subject_id": subject, "scope": scope });
    Call::act("public/exchange_token", params, "exchange-token")
}

/// `private/get_subaccounts`, account:read: the main account and its sub-accounts.
pub(super) fn subaccounts() -> Call {
    Call::act("private/get_subaccounts", json!({}), "sub-accounts")
}

/// `private/get_account_summaries`, account:read, of the caller or of a sub-account.
pub(super) fn account_summaries(of: Option<u64>) -> Call {
    let mut params = json!({ "extended": true });
    if let Some(id) = of {
        params["subaccount_id"] = json!(id);
    }
    Call::read("private/get_account_summaries", params, "account-summaries")
}

/// `private/get_open_orders`, trade:read: all currencies and all kinds of instruments.
pub(super) fn open_orders() -> Call {
    let params = json!({ "type": "all" });
    Call::act("private/get_open_orders", params, "open-orders")
}

/// The same for orders that wait for a price.
pub(super) fn trigger_orders() -> Call {
    let params = json!({ "type": "trigger_all" });
    Call::act("private/get_open_orders", params, "trigger-orders")
}

/// `private/cancel_all`, `trade:read_write`: every order and trigger order of the caller's own.
pub(super) fn cancel_all() -> Call {
    Call {
        pool: Pool::Matching,
        ..Call::act(
            "private/cancel_all",
            json!({ "detailed": true }),
            "cancel-all",
        )
    }
}

/// `private/cancel`, `trade:read_write`.
pub(super) fn cancel(order_id: &str) -> Call {
    Call {
        pool: Pool::Matching,
        ..Call::act("private/cancel", json!({ "order_id": order_id }), "cancel")
    }
}

/// `private/get_positions`, trade:read: all currencies.
pub(super) fn positions() -> Call {
    Call::act(
        "private/get_positions",
        json!({ "currency": "any" }),
        "positions",
    )
}

/// `private/get_user_trades_by_currency`, trade:read, oldest first; `first` is the trade that a
/// page begins with.
pub(super) fn user_trades(currency: &str, since: Timestamp, first: Option<&str>) -> Call {
    let mut params = json!({
        "currency": currency,
        "kind": "any",
        "count": PAGE,
        "sorting": "asc",
        "start_timestamp": since.as_millisecond(),
    });
    if let Some(first) = first {
        params["start_id"] = json!(first);
    }
    Call::read("private/get_user_trades_by_currency", params, "user-trades")
}

/// `private/get_order_history_by_currency`, trade:read, newest first. What ended more than half an
/// hour ago is told only as `historical`, and what has just ended only without it
/// (docs.deribit.com/articles/accessing-historical-trades-orders).
pub(super) fn order_history(currency: &str, historical: bool, offset: usize) -> Call {
    let params = json!({
        "currency": currency,
        "kind": "any",
        "count": PAGE,
        "offset": offset,
        "include_old": true,
        "include_unfilled": true,
        "historical": historical,
    });
    Call::read(
        "private/get_order_history_by_currency",
        params,
        "order-history",
    )
}

/// `private/get_trigger_order_history`, trade:read, newest first.
pub(super) fn trigger_history(currency: &str, continuation: Option<&str>) -> Call {
    let mut params = json!({ "currency": currency, "count": PAGE });
    if let Some(continuation) = continuation {
        params["continuation"] = json!(continuation);
    }
    Call::read(
        "private/get_trigger_order_history",
        params,
        "trigger-history",
    )
}

/// `private/get_withdrawals`, wallet:read, newest first.
pub(super) fn withdrawals(currency: &str, offset: usize) -> Call {
    let params = json!({ "currency": currency, "count": PAGE, "offset": offset });
    Call::read("private/get_withdrawals", params, "withdrawals")
}

/// `private/cancel_withdrawal`, `wallet:read_write`.
pub(super) fn cancel_withdrawal(currency: &str, id: u64) -> Call {
    let params = json!({ "currency": currency, "id": id });
    Call::act("private/cancel_withdrawal", params, "cancel-withdrawal")
}

/// `private/get_deposits`, wallet:read, newest first.
pub(super) fn deposits(currency: &str, offset: usize) -> Call {
    let params = json!({ "currency": currency, "count": PAGE, "offset": offset });
    Call::read("private/get_deposits", params, "deposits")
}

/// `private/get_address_book`, wallet:read: one type of address of one currency.
pub(super) fn address_book(currency: &str, kind: &str) -> Call {
    let params = json!({ "currency": currency, "type": kind });
    Call::read("private/get_address_book", params, "address-book")
}

/// `private/get_transaction_log`, account:read, newest first; once a second.
pub(super) fn transaction_log(
    currency: &str,
    (from, until): (Timestamp, Timestamp),
    continuation: Option<u64>,
) -> Call {
    let mut params = json!({
        "currency": currency,
        "count": LOG_PAGE,
        "start_timestamp": from.as_millisecond(),
        "end_timestamp": until.as_millisecond(),
    });
    if let Some(continuation) = continuation {
        params["continuation"] = json!(continuation);
    }
    Call {
        pool: Pool::Log,
        ..Call::read("private/get_transaction_log", params, "transaction-log")
    }
}

/// `private/get_access_log`, account:read, newest first: logins and changes of keys.
pub(super) fn access_log(offset: usize) -> Call {
    let params = json!({ "count": PAGE, "offset": offset });
    Call::read("private/get_access_log", params, "access-log")
}

/// `private/get_user_locks`, account:read.
pub(super) fn user_locks() -> Call {
    Call::read("private/get_user_locks", json!({}), "user-locks")
}

/// `private/list_api_keys`, account:read; wants a code.
pub(super) fn list_api_keys() -> Call {
    Call::act("private/list_api_keys", json!({}), "api-keys")
}

/// `private/remove_api_key`, `account:read_write`: for good. Its page asks for no code.
pub(super) fn remove_api_key(id: u64) -> Call {
    Call::act(
        "private/remove_api_key",
        json!({ "id": id }),
        "remove-api-key",
    )
}

/// `private/disable_api_key`, `account:read_write`; wants a code.
pub(super) fn disable_api_key(id: u64) -> Call {
    Call::act(
        "private/disable_api_key",
        json!({ "id": id }),
        "disable-api-key",
    )
}

/// `private/set_disabled_trading_products`, `account:read_write`; wants a code. No page says
/// whether the list is of what is switched off or of what stays: the setting is read back.
pub(super) fn set_disabled_products(user: u64, products: &[String]) -> Call {
    let params = json!({ "user_id": user, "trading_products": products });
    Call::act(
        "private/set_disabled_trading_products",
        params,
        "disabled-products",
    )
}

/// `private/toggle_subaccount_login`, `account:read_write`; wants a code. Ends the sub-account's
/// session.
pub(super) fn disable_login(sub: u64) -> Call {
    let params = json!({ "sid": sub, "state": "disable" });
    Call::act(
        "private/toggle_subaccount_login",
        params,
        "sub-account-login",
    )
}
