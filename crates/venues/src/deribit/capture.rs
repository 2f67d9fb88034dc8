//! What a capture records: each part asked for at the same time, what matters most first, and each
//! that could not be had named. Nothing that failed is recorded as empty.

use std::time::Duration;

use door::{DoorError, ErrorClass, Keep, Missing, Pull, Receipt, Snapshot};
use futures_util::future::{join_all, try_join_all};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    DeribitDoor,
    accounts::{Book, Books},
    endpoints,
    fields::{array, need_text, number},
    rpc::Failure,
};
use crate::exchange::malformed;

/// How far back trades, logins and the transaction log are recorded.
const BACK: SignedDuration = SignedDuration::from_hours(24);
/// How long the logs may take, which come a page a second.
const LOGS_WITHIN: Duration = Duration::from_secs(45);

/// Parts that were had and parts that were not.
#[derive(Default)]
pub(super) struct Record {
    pub(super) snapshot: Snapshot,
    pub(super) missing: Vec<Missing>,
}

impl Record {
    /// Takes a part, or names it.
    pub(super) fn part<T>(
        &mut self,
        what: impl Into<String>,
        part: Result<T, impl Into<DoorError>>,
    ) -> Option<T> {
        part.map_err(|error| {
            self.missing.push(Missing {
                what: what.into(),
                why: error.into().to_string(),
            });
        })
        .ok()
    }

    pub(super) fn fact(&mut self, name: String, value: impl Into<String>) {
        self.snapshot.facts.push((name, value.into()));
    }

    pub(super) fn barred(&mut self, books: &Books) {
        for unseen in &books.barred {
            self.missing.push(Missing {
                what: unseen.what.0.clone(),
                why: unseen.why.clone(),
            });
        }
    }

    pub(super) fn receipt(self) -> Receipt {
        Receipt {
            words: format!(
                "{} open orders, {} positions, {} fills; {} parts missing",
                self.snapshot.orders.len(),
                self.snapshot.positions.len(),
                self.snapshot.fills.len(),
                self.missing.len()
            ),
            snapshot: Some(self.snapshot),
            missing: self.missing,
        }
    }
}

impl DeribitDoor {
    pub(super) async fn capture(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let books = self.accounts.books(keep).await?;
        let mut record = Record::default();
        record.barred(&books);
        // orders and positions change first
        let first = books.open.iter().map(|book| async {
            tokio::join!(self.orders_of(book, keep), self.positions_of(book, keep))
        });
        let first = join_all(first).await;
        let (orders, held): (Vec<_>, Vec<_>) = first
            .iter()
            .map(|(orders, held)| (orders.as_deref(), held.as_deref()))
            .unzip();
        if let Ok(orders) = orders.into_iter().collect::<Result<Vec<_>, _>>() {
            keep.open_orders(&orders.concat());
        }
        if let Ok(held) = held.into_iter().collect::<Result<Vec<_>, _>>() {
            keep.positions(&held.concat());
        }
        for (book, (orders, positions)) in books.open.iter().zip(first) {
            let of = book.member.label();
            let orders = record.part(format!("open orders of {of}"), orders);
            record.snapshot.orders.extend(orders.into_iter().flatten());
            let held = record.part(format!("positions of {of}"), positions);
            record.snapshot.positions.extend(held.into_iter().flatten());
        }
        let since = pull
            .pressed_at
            .saturating_sub(BACK)
            .unwrap_or(Timestamp::MIN);
        let rest = join_all(
            books
                .open
                .iter()
                .map(|book| self.rest_of(book, since, keep)),
        )
        .await;
        for part in rest {
            record.snapshot.fills.extend(part.snapshot.fills);
            record.snapshot.facts.extend(part.snapshot.facts);
            record.missing.extend(part.missing);
        }
        let logs = timeout(LOGS_WITHIN, self.logs(&books, since, keep)).await;
        let ends = logs.unwrap_or_else(|_| {
            let late = "it comes a page a second and did not end in time";
            let late = DoorError::new(ErrorClass::TimedOut, "", late);
            vec![("transaction log".to_owned(), Err(late))]
        });
        for (what, end) in ends {
            record.part(what, end);
        }
        Ok(record.receipt())
    }

    /// Trades, balances, wallets, logins, locks and keys of an account.
    async fn rest_of(&self, book: &Book, since: Timestamp, keep: &dyn Keep) -> Record {
        let of = book.member.label();
        let (fills, balances, wallets, logins, locks, keys) = tokio::join!(
            self.fills(book, since, keep),
            self.balances(book, keep),
            self.wallets(book, keep),
            self.access_log(book, since, keep),
            self.locks(book, keep),
            async {
                let call = endpoints::list_api_keys();
                self.accounts.ask(book, &call, keep).await
            },
        );
        let mut record = Record::default();
        if let Some(fills) = record.part(format!("trades of {of}"), fills) {
            record.snapshot.fills = fills;
        }
        if let Some(facts) = record.part(format!("balances of {of}"), balances) {
            record.snapshot.facts.extend(facts);
        }
        for (what, part) in wallets {
            if let Some(rows) = record.part(format!("{what} of {of}"), part) {
                record.fact(format!("{what} of {of}"), rows.to_string());
            }
        }
        if let Some(rows) = record.part(format!("logins of {of}"), logins) {
            record.fact(
                format!("entries in the access log of {of}"),
                rows.len().to_string(),
            );
        }
        if let Some(facts) = record.part(format!("locks of {of}"), locks) {
            record.snapshot.facts.extend(facts);
        }
        record.part(format!("API keys of {of}"), keys);
        record
    }

    /// Withdrawals, deposits and saved addresses in every currency: how many rows were kept.
    async fn wallets(
        &self,
        book: &Book,
        keep: &dyn Keep,
    ) -> Vec<(&'static str, Result<usize, DoorError>)> {
        let currencies = match self.currencies(keep).await {
            Ok(currencies) => currencies,
            Err(error) => {
                let lost = ["withdrawals", "deposits", "saved addresses"];
                return lost.map(|what| (what, Err(error.clone()))).into();
            }
        };
        let (withdrawals, deposits, addresses) = tokio::join!(
            try_join_all(currencies.iter().map(|currency| {
                self.all(
                    book,
                    move |from| endpoints::withdrawals(currency, from),
                    keep,
                )
            })),
            try_join_all(currencies.iter().map(|currency| {
                self.all(book, move |from| endpoints::deposits(currency, from), keep)
            })),
            try_join_all(currencies.iter().flat_map(|currency| {
                ["withdrawal", "transfer"]
                    .into_iter()
                    .map(move |kind| self.addresses(book, currency, kind, keep))
            })),
        );
        let count = |lists: Result<Vec<Vec<Value>>, Failure>| {
            let lists = lists.map_err(DoorError::from)?;
            Ok(lists.iter().map(Vec::len).sum())
        };
        vec![
            ("withdrawals", count(withdrawals)),
            ("deposits", count(deposits)),
            ("saved addresses", count(addresses)),
        ]
    }

    pub(super) async fn addresses(
        &self,
        book: &Book,
        currency: &str,
        kind: &str,
        keep: &dyn Keep,
    ) -> Result<Vec<Value>, Failure> {
        let call = endpoints::address_book(currency, kind);
        let answer = self.accounts.ask(book, &call, keep).await?;
        Ok(array(&answer, "saved addresses")?.to_vec())
    }

    async fn balances(
        &self,
        book: &Book,
        keep: &dyn Keep,
    ) -> Result<Vec<(String, String)>, DoorError> {
        let call = endpoints::account_summaries(None);
        let answer = self.accounts.ask(book, &call, keep).await?;
        let summaries = answer
            .get("summaries")
            .ok_or_else(|| malformed("no account summaries"))?;
        let mut facts = Vec::new();
        for row in array(summaries, "account summaries")? {
            let currency = need_text(row, "currency")?;
            let equity = number(row, "equity")?;
            if let Some(equity) = equity.filter(|equity| !equity.is_zero()) {
                facts.push((
                    format!("{currency} equity of {}", book.member.label()),
                    equity.normalize().to_string(),
                ));
            }
        }
        Ok(facts)
    }

    /// Which currencies the venue has locked, if any.
    pub(super) async fn locks(
        &self,
        book: &Book,
        keep: &dyn Keep,
    ) -> Result<Vec<(String, String)>, DoorError> {
        let answer = self
            .accounts
            .ask(book, &endpoints::user_locks(), keep)
            .await?;
        let mut facts = Vec::new();
        for row in array(&answer, "locks")? {
            // the schema calls it `enabled`, and the example beside it `locked`
            let locked = ["enabled", "locked"]
                .into_iter()
                .find_map(|name| row.get(name).and_then(Value::as_bool))
                .ok_or_else(|| malformed("a lock that is neither on nor off"))?;
            if locked {
                facts.push((
                    format!("{} is locked", book.member.label()),
                    need_text(row, "currency")?,
                ));
            }
        }
        Ok(facts)
    }

    /// What comes last, as it comes a page a second: each part with its end.
    async fn logs(
        &self,
        books: &Books,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Vec<(String, Result<usize, DoorError>)> {
        let until = self.rpc.clock.now();
        let currencies = match self.currencies(keep).await {
            Ok(currencies) => currencies,
            Err(error) => return vec![("transaction log".to_owned(), Err(error))],
        };
        let of_each = books.open.iter().map(|book| async move {
            let mut ends = Vec::new();
            for currency in currencies {
                let of = book.member.label();
                let past = self.order_history(book, currency, since, keep).await;
                let what = format!("past {currency} orders of {of}");
                ends.push((what, past.map_err(DoorError::from)));
                let history = self.trigger_history(book, currency, keep).await;
                let what = format!("past {currency} trigger orders of {of}");
                ends.push((what, history.map_err(DoorError::from)));
                let log = self
                    .transactions(book, currency, (since, until), keep)
                    .await;
                let what = format!("{currency} transaction log of {of}");
                ends.push((what, log.map_err(DoorError::from)));
            }
            ends
        });
        join_all(of_each).await.into_iter().flatten().collect()
    }
}
