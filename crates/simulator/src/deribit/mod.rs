//! Deribit's JSON-RPC API over HTTPS on loopback, as its clients meet it: `GET` with a query or
//! `POST` with a JSON-RPC object under `/api/v2`, signed by header, by Basic credentials or with a
//! token (docs.deribit.com).
//!
//! What is true of orders, keys and withdrawals the world decides. Here are only the wire, who may
//! ask for what, credits, and one-time codes.

mod access;
mod account;
mod challenge;
mod credits;
mod keys;
mod market;
mod orders;
mod rows;
mod rpc;
mod scope;
#[cfg(test)]
mod tests;
mod trade;
mod wallet;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::{
    faults::FaultKind,
    https::{Answer, Handler, Request, Site, StatusCode},
};
use access::{Access, Caller};
use challenge::Challenges;
use credits::Credits;
use rpc::{Call, Refusal};

/// The API, under `/api/v2`.
pub fn api(site: Site) -> Arc<dyn Handler> {
    Arc::new(Api {
        site,
        state: Mutex::default(),
    })
}

/// One account's API.
struct Api {
    site: Site,
    state: Mutex<State>,
}

/// What the API remembers.
#[derive(Default)]
struct State {
    access: Access,
    credits: Credits,
    challenges: Challenges,
}

impl Handler for Api {
    fn site(&self) -> &Site {
        &self.site
    }

    fn answer(&self, request: Request) -> Answer {
        let call = match Call::of(&request) {
            Ok(call) => call,
            Err(refusal) => return self.envelope(&Value::Null, Err(refusal)),
        };
        let result = self.result(&request, &call);
        self.envelope(&call.id, result)
    }
}

impl Api {
    fn result(&self, request: &Request, call: &Call) -> Result<Value, Refusal> {
        if self.site.bites(FaultKind::Maintenance) {
            return Err(Refusal::new(11_051, "system_maintenance"));
        }
        if self.site.bites(FaultKind::Lockout) {
            return Err(Refusal::new(12_003, "login_over_limit"));
        }
        if self.one_in(FaultKind::RateLimit, 2) {
            return Err(Refusal::too_many_requests());
        }
        let mut state = self.state();
        if let Some(method) = call.method.strip_prefix("public/") {
            return self.public(&mut state, method, call);
        }
        let Some(method) = call.method.strip_prefix("private/") else {
            return Err(Refusal::method_not_found());
        };
        let caller = self.caller(&mut state, request, call)?;
        state
            .credits
            .draw(self.site.world.now(), caller.member, method)?;
        let Some(scope) = scope::of(method) else {
            return Err(Refusal::method_not_found());
        };
        if !caller.scopes.allow(scope) {
            return Err(Refusal::new(13_021, "forbidden").because("insufficient scope"));
        }
        if scope.changes() && self.one_in(FaultKind::ErrorIn200, 1) {
            return Err(Refusal::new(10_001, "error").in_200());
        }
        if scope::wants_code(method)
            && let Some(challenge) = self.challenge(&mut state, call)?
        {
            return Ok(challenge);
        }
        self.private(&mut state, method, &caller, call)
    }

    fn public(&self, state: &mut State, method: &str, call: &Call) -> Result<Value, Refusal> {
        match method {
            "auth" => self.auth(state, call),
            "exchange_token" => self.exchange_token(state, call),
            "fork_token" => self.fork_token(state, call),
            "get_time" => Ok(json!(self.clock_ms())),
            "test" => Ok(json!({ "version": "1.2.26" })),
            "status" => Ok(json!({ "locked": "false", "locked_indices": [] })),
            "get_currencies" => Ok(market::currencies()),
            "get_instruments" => market::instruments(call),
            "get_instrument" => market::instrument(call),
            "ticker" => self.ticker(call),
            _ => Err(Refusal::method_not_found()),
        }
    }

    fn private(
        &self,
        state: &mut State,
        method: &str,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        match method {
            "buy" | "sell" => self.place(caller, method, call),
            "cancel" => self.cancel(caller, call),
            "cancel_all" => self.cancel_all(caller, call, |_| true),
            "cancel_all_by_currency" => self.cancel_by_currency(caller, call),
            "cancel_all_by_instrument" => self.cancel_by_instrument(caller, call),
            "cancel_all_by_kind_or_type" => self.cancel_by_kind_or_type(caller, call),
            "get_open_orders" => self.open_orders(caller, call, |_| true),
            "get_open_orders_by_currency" => self.open_orders_by_currency(caller, call),
            "get_open_orders_by_instrument" => self.open_orders_by_instrument(caller, call),
            "get_order_state" => self.order_state(caller, call),
            "get_order_history_by_currency" => self.order_history(caller, call),
            "get_trigger_order_history" => self.trigger_order_history(caller, call),
            "get_user_trades_by_currency" => self.user_trades(caller, call),
            "get_positions" => self.positions(caller, call),
            "get_account_summary" => self.account_summary(caller, call),
            "get_account_summaries" => self.account_summaries(caller, call),
            "get_subaccounts" => self.subaccounts(caller),
            "get_access_log" => self.access_log(caller, call),
            "get_user_locks" => self.user_locks(),
            "toggle_subaccount_login" => self.toggle_subaccount_login(caller, call),
            "set_disabled_trading_products" => self.set_disabled_products(caller, call),
            "get_withdrawals" => self.withdrawals(caller, call),
            "cancel_withdrawal" => self.cancel_withdrawal(caller, call),
            "get_deposits" => self.deposits(caller, call),
            "get_transaction_log" => self.transaction_log(caller, call),
            "get_address_book" => self.address_book(caller, call),
            "list_api_keys" => self.list_api_keys(caller),
            "disable_api_key" => self.disable_api_key(caller, call),
            "enable_api_key" => self.enable_api_key(caller, call),
            "edit_api_key" => self.edit_api_key(caller, call),
            "remove_api_key" => self.remove_api_key(state, caller, call),
            "reset_api_key" => self.reset_api_key(caller, call),
            // tokens cannot be given back over HTTP
            "logout" => Err(Refusal::new(10_030, "must_be_websocket_request")),
            _ => Err(Refusal::method_not_found()),
        }
    }

    /// Wraps a result as JSON-RPC, with what a fault makes of it.
    fn envelope(&self, id: &Value, result: Result<Value, Refusal>) -> Answer {
        let now = self.clock_ms().saturating_mul(1000);
        let mut envelope = json!({ "jsonrpc": "2.0" });
        if !id.is_null() {
            envelope["id"] = id.clone();
        }
        let status = match result {
            Ok(result) => {
                let (name, result) = self.spoiled(result);
                envelope[name] = result;
                StatusCode::OK
            }
            Err(refusal) => {
                envelope["error"] = refusal.value();
                refusal.status
            }
        };
        envelope["usIn"] = json!(now);
        envelope["usOut"] = json!(now + 250);
        envelope["usDiff"] = json!(250);
        envelope["testnet"] = json!(true);
        Answer::json(status, envelope.to_string().into_bytes())
    }

    fn spoiled(&self, result: Value) -> (&'static str, Value) {
        if self.site.bites(FaultKind::MissingFields) {
            return ("message", json!("ok"));
        }
        if self.site.bites(FaultKind::WrongTypes) {
            let wrong = match result {
                Value::Array(_) => json!("none"),
                Value::Number(_) => json!([]),
                Value::Object(_) => json!(0),
                Value::Null | Value::Bool(_) | Value::String(_) => json!({ "done": [] }),
            };
            return ("result", wrong);
        }
        ("result", result)
    }

    fn one_in(&self, kind: FaultKind, every: u64) -> bool {
        let Site {
            world,
            account,
            front,
        } = &self.site;
        world.faults().one_in(*front, account, kind, "every", every)
    }

    /// The venue's clock in milliseconds since 1970.
    fn clock_ms(&self) -> i64 {
        let Site {
            world,
            account,
            front,
        } = &self.site;
        world.clock(*front, account).as_millisecond()
    }

    /// A time since the world began, in milliseconds since 1970 as the venue tells it.
    fn told_ms(&self, since: std::time::Duration) -> i64 {
        let Site {
            world,
            account,
            front,
        } = &self.site;
        world.told(*front, account, since).as_millisecond()
    }

    /// A name as the venue tells it.
    fn name(&self, name: &str) -> String {
        let Site {
            world,
            account,
            front,
        } = &self.site;
        world.name(*front, account, name)
    }

    /// The number of the main account.
    fn main_id(&self) -> u64 {
        let digits: String = self
            .site
            .account
            .0
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        digits.parse().unwrap_or(1)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
