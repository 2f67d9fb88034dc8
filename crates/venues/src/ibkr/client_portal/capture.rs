//! What a capture through the Client Portal gateway records.
//!
//! Each part is asked for at the same time and bounded alone; a part that fails is named, and never
//! recorded as empty.

use std::{future::Future, time::Duration};

use door::{DoorError, ErrorClass, Keep, Missing, OpenOrder, Position, Receipt, Snapshot};
use futures_util::TryFutureExt as _;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    ClientPortalDoor,
    gateway::{Call, malformed},
    limiter::Pace,
};

/// What a part may take: the pacing of its list, twice. What comes after the step has passed its
/// budget is kept all the same.
const PART_WITHIN: Duration = Duration::from_secs(12);

impl ClientPortalDoor {
    /// Orders, trades, positions, balances, notifications and the login, as far as each came in
    /// time.
    pub(super) async fn capture(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let login = self.login(keep).await?;
        let (orders, trades, positions, ledger, summary, notifications, status, login_facts) = tokio::join!(
            within(self.open_orders(keep)).inspect_ok(|open| keep.open_orders(open)),
            within(self.trades(keep)),
            within(self.held(keep)).inspect_ok(|held| keep.positions(held)),
            within(self.ledger(&login.accounts, keep)),
            within(self.summaries(&login.accounts, keep)),
            within(self.notifications(keep)),
            within(self.auth_status(keep)),
            within(self.validate(keep)),
        );
        let mut snapshot = Snapshot::default();
        let mut missing = Vec::new();
        let mut lost = |what: &str, error: DoorError| {
            missing.push(Missing {
                what: what.to_owned(),
                why: error.to_string(),
            });
        };
        match orders {
            Ok(open) => snapshot.orders = open,
            Err(error) => lost("open orders", error),
        }
        match trades {
            Ok(fills) => snapshot.fills = fills,
            Err(error) => lost("trades", error),
        }
        match positions {
            Ok(held) => snapshot.positions = held,
            Err(error) => lost("positions", error),
        }
        match status {
            Ok(status) => {
                let facts = [
                    ("logged in", status.authenticated),
                    ("another session competes for the seat", status.competing),
                ];
                for (name, is) in facts {
                    let value = if is { "yes" } else { "no" };
                    snapshot.facts.push((name.to_owned(), value.to_owned()));
                }
            }
            Err(error) => lost("login status", error),
        }
        for (what, part) in [
            ("balances", ledger),
            ("account summary", summary),
            ("notifications", notifications),
            ("login", login_facts),
        ] {
            match part {
                Ok(facts) => snapshot.facts.extend(facts),
                Err(error) => lost(what, error),
            }
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

    async fn open_orders(&self, keep: &dyn Keep) -> Result<Vec<OpenOrder>, DoorError> {
        let open = self.orders(keep).await?;
        Ok(open.into_iter().map(|listed| listed.order).collect())
    }

    async fn held(&self, keep: &dyn Keep) -> Result<Vec<Position>, DoorError> {
        let held = self.positions(keep).await?;
        Ok(held.into_iter().map(|(_, held)| held).collect())
    }

    /// Net liquidation and cash by currency.
    async fn ledger(
        &self,
        accounts: &[String],
        keep: &dyn Keep,
    ) -> Result<Vec<(String, String)>, DoorError> {
        self.open_portfolio(keep).await?;
        let mut facts = Vec::new();
        for (index, account) in accounts.iter().enumerate() {
            let path = format!("/portfolio/{account}/ledger");
            let call = Call::get(&path, Pace::Free, "ledger");
            let answer = self.gateway.ask(call, keep).await?;
            let currencies = answer
                .as_object()
                .ok_or_else(|| malformed("a ledger that is no table"))?;
            for (currency, row) in currencies {
                let mut fact = |name: &str, field: &str| {
                    if let Some(value) = row.get(field).and_then(Value::as_number) {
                        let name = match index {
                            0 => format!("{name} {currency}"),
                            nth => format!("{name} {currency}, account {}", nth + 1),
                        };
                        facts.push((door::clean(&name), value.to_string()));
                    }
                };
                fact("net liquidation", "netliquidationvalue");
                fact("cash", "cashbalance");
            }
        }
        Ok(facts)
    }

    /// Values and margins of each account. The answer is kept whole; no fact is made of it.
    async fn summaries(
        &self,
        accounts: &[String],
        keep: &dyn Keep,
    ) -> Result<Vec<(String, String)>, DoorError> {
        self.open_portfolio(keep).await?;
        for account in accounts {
            let path = format!("/portfolio/{account}/summary");
            let call = Call::get(&path, Pace::Free, "account-summary");
            let answer = self.gateway.ask(call, keep).await?;
            if !answer.is_object() {
                return Err(malformed("an account summary that is no table"));
            }
        }
        Ok(Vec::new())
    }

    async fn notifications(&self, keep: &dyn Keep) -> Result<Vec<(String, String)>, DoorError> {
        let call = Call::get(
            "/fyi/notifications?max=10",
            Pace::Notifications,
            "notifications",
        );
        let answer = self.gateway.ask(call, keep).await?;
        let rows = answer
            .as_array()
            .ok_or_else(|| malformed("notifications that are no list"))?;
        Ok(rows
            .iter()
            .filter_map(|row| row.get("MS").and_then(Value::as_str))
            .map(|headline| ("notification".to_owned(), door::clean(headline)))
            .collect())
    }

    /// Who is logged in, since when, from where: as IBKR's sign-on tells.
    async fn validate(&self, keep: &dyn Keep) -> Result<Vec<(String, String)>, DoorError> {
        let call = Call::get("/sso/validate", Pace::Validate, "login");
        let answer = self.gateway.ask(call, keep).await?;
        if !answer.is_object() {
            return Err(malformed("a login that is no table"));
        }
        let fields = [
            ("login user", "USER_NAME"),
            ("login type", "LOGIN_TYPE"),
            ("logged in at, ms since 1970", "AUTH_TIME"),
            ("login from", "IP"),
            ("login expires in ms", "EXPIRES"),
        ];
        Ok(fields
            .into_iter()
            .filter_map(|(name, field)| {
                let value = match answer.get(field)? {
                    Value::String(text) => door::clean(text),
                    Value::Number(number) => number.to_string(),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                        return None;
                    }
                };
                Some((name.to_owned(), value))
            })
            .collect())
    }
}

async fn within<T>(part: impl Future<Output = Result<T, DoorError>>) -> Result<T, DoorError> {
    timeout(PART_WITHIN, part).await.unwrap_or_else(|_| {
        Err(DoorError::new(
            ErrorClass::TimedOut,
            "",
            "the gateway did not answer in time",
        ))
    })
}
