//! Cancelling, and the listings that prove it: each account's orders with its own token.

use std::{collections::HashSet, time::Duration};

use door::{
    CancelScope, DoorError, Fill, Found, Keep, OpenOrder, OrderKey, Position, Pull, Reading,
    Receipt,
};
use futures_util::future::{join_all, try_join_all};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    DeribitDoor,
    accounts::{Book, Books, Member},
    endpoints,
    errors::{Meaning, RpcError},
    families::{self, Kind},
    fields::{array, need_text},
    rpc::By,
    taken,
};
use crate::exchange::malformed;

/// How long the fills beside a listing are waited for.
const FILLS_WITHIN: Duration = Duration::from_secs(4);

/// One account's orders that a pull is about, and how many it leaves alone.
pub(super) struct InScope {
    book: Book,
    orders: Vec<OpenOrder>,
    left: usize,
}

impl DeribitDoor {
    pub(super) async fn cancel(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.scope {
            CancelScope::All => self.cancel_all(keep).await,
            CancelScope::KeepProtective
            | CancelScope::PlacedAfterSeconds(_)
            | CancelScope::Only(_) => self.cancel_each(pull, keep).await,
        }
    }

    /// The key's own account at once; the others as soon as they are known.
    async fn cancel_all(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let call = endpoints::cancel_all();
        let others = async {
            let books = self.accounts.books(keep).await?;
            let sent = books.subs().map(|book| async {
                let answer = self.accounts.ask(book, &call, keep).await;
                (book.member.label(), answer.map_err(DoorError::from))
            });
            let sent = join_all(sent).await;
            Ok::<_, DoorError>((sent, books.barred.len()))
        };
        let (own, others) = tokio::join!(self.rpc.ask(By::Key, &call, keep), others);
        let (mut sent, barred) = match others {
            Ok(others) => others,
            // the own account's cancel counts; the listing will tell of the others
            Err(error) => (vec![("sub-accounts".to_owned(), Err(error))], 0),
        };
        sent.insert(
            0,
            (
                "the key's own account".to_owned(),
                own.map_err(DoorError::from),
            ),
        );
        let mut words = Vec::new();
        let mut first_refusal = None;
        let mut accepted = false;
        for (label, answer) in sent {
            match answer.and_then(|answer| cancelled(&answer)) {
                Ok((count, failed)) => {
                    accepted = true;
                    words.push(format!("{label}: {count} cancelled"));
                    words.extend(failed);
                }
                Err(error) => {
                    words.push(format!("{label}: {error}"));
                    first_refusal.get_or_insert(error);
                }
            }
        }
        if let Some(error) = first_refusal.filter(|_| !accepted) {
            return Err(error);
        }
        if barred > 0 {
            words.push(format!("{barred} accounts could not be switched into"));
        }
        Ok(taken(&words.join("; ")))
    }

    async fn cancel_each(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let (accounts, _) = self.in_scope(pull, keep).await?;
        let left: usize = accounts.iter().map(|account| account.left).sum();
        let sent = accounts.iter().flat_map(|account| {
            account.orders.iter().map(|order| async {
                let call = endpoints::cancel(&order.key.0);
                match self.accounts.ask(&account.book, &call, keep).await {
                    Ok(answer) => need_text(&answer, "order_state").map(|_| ()),
                    Err(failure) if failure.meaning() == Some(Meaning::Gone) => Ok(()),
                    Err(failure) => Err(failure.into()),
                }
            })
        });
        let answers = join_all(sent).await;
        let asked = answers.len();
        let mut refused: Vec<DoorError> = answers.into_iter().filter_map(Result::err).collect();
        let accepted = asked - refused.len();
        if accepted == 0
            && let Some(error) = refused.pop()
        {
            return Err(error);
        }
        let mut words = vec![format!("{accepted} cancels taken one by one")];
        if !refused.is_empty() {
            words.push(format!("{} refused", refused.len()));
        }
        if left > 0 {
            words.push(format!("{left} left alone as asked"));
        }
        Ok(taken(&words.join(", ")))
    }

    /// Every open order of an account: both lists, each whole.
    pub(super) async fn orders_of(
        &self,
        book: &Book,
        keep: &dyn Keep,
    ) -> Result<Vec<OpenOrder>, DoorError> {
        let (all, triggers) = (endpoints::open_orders(), endpoints::trigger_orders());
        let (all, triggers) = tokio::join!(
            self.accounts.ask(book, &all, keep),
            self.accounts.ask(book, &triggers, keep)
        );
        let mut open = families::open_orders(&all?, &book.member)?;
        let mut known: HashSet<OrderKey> = open.iter().map(|order| order.key.clone()).collect();
        for order in families::open_orders(&triggers?, &book.member)? {
            if known.insert(order.key.clone()) {
                open.push(order);
            }
        }
        Ok(open)
    }

    pub(super) async fn positions_of(
        &self,
        book: &Book,
        keep: &dyn Keep,
    ) -> Result<Vec<Position>, DoorError> {
        let call = endpoints::positions();
        families::positions(&self.accounts.ask(book, &call, keep).await?, &book.member)
    }

    /// The open orders that `pull` is about, account by account, judged by that account's own
    /// positions.
    async fn in_scope(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<(Vec<InScope>, Books), DoorError> {
        let books = self.accounts.books(keep).await?;
        let listed = books.open.iter().map(|book| async {
            let (orders, held) = tokio::join!(self.orders_of(book, keep), async {
                match pull.scope {
                    CancelScope::KeepProtective => self.positions_of(book, keep).await,
                    CancelScope::All
                    | CancelScope::PlacedAfterSeconds(_)
                    | CancelScope::Only(_) => Ok(Vec::new()),
                }
            });
            let (mut orders, held) = (orders?, held?);
            let all = orders.len();
            orders.retain(|order| order.in_scope(&pull.scope, &held, pull.pressed_at));
            Ok::<_, DoorError>(InScope {
                left: all - orders.len(),
                orders,
                book: book.clone(),
            })
        });
        Ok((try_join_all(listed).await?, books))
    }

    pub(super) async fn read_orders(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<Reading, DoorError> {
        let (accounts, books) = self.in_scope(pull, keep).await?;
        let fills = timeout(FILLS_WITHIN, self.all_fills(&books, pull, keep)).await;
        let open: usize = accounts.iter().map(|account| account.orders.len()).sum();
        let left: usize = accounts.iter().map(|account| account.left).sum();
        let mut words = vec![format!("{open} open orders")];
        if left > 0 {
            words.push(format!("{left} left alone as asked"));
        }
        words.push(format!(
            "listed: {}",
            accounts
                .iter()
                .map(|account| listed_families(&account.book.member))
                .collect::<Vec<_>>()
                .join(", ")
        ));
        let fills = fills.ok().and_then(Result::ok).unwrap_or_else(|| {
            words.push("fills could not be read".to_owned());
            Vec::new()
        });
        Ok(Reading {
            found: accounts
                .into_iter()
                .flat_map(|account| account.orders)
                .map(Found::Order)
                .collect(),
            unseen: self.unseen.iter().cloned().chain(books.barred).collect(),
            residue: Vec::new(),
            fills,
            words: words.join("; "),
        })
    }

    async fn all_fills(
        &self,
        books: &Books,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<Vec<Fill>, DoorError> {
        let of_each = books
            .open
            .iter()
            .map(|book| self.fills(book, pull.pressed_at, keep));
        Ok(try_join_all(of_each).await?.into_iter().flatten().collect())
    }
}

fn listed_families(member: &Member) -> String {
    let names: Vec<String> = Kind::ALL
        .into_iter()
        .map(|kind| kind.family(member).0)
        .collect();
    names.join(", ")
}

/// How many a `cancel_all` cancelled, and what its reports say of what it could not.
fn cancelled(answer: &Value) -> Result<(usize, Vec<String>), DoorError> {
    if let Some(count) = answer.as_u64() {
        return Ok((usize::try_from(count).unwrap_or(usize::MAX), Vec::new()));
    }
    let mut count = 0;
    let mut failed = Vec::new();
    for report in array(answer, "reports of cancels")? {
        match (report.get("result"), report.get("error")) {
            (Some(result), None) => count += array(result, "cancelled orders")?.len(),
            (_, Some(error)) => {
                let said = RpcError::of(error)
                    .ok_or_else(|| malformed("an error without a code"))?
                    .error(false);
                failed.push(format!("a part was not cancelled: {said}"));
            }
            (None, None) => return Err(malformed("a report of a cancel that says nothing")),
        }
    }
    Ok((count, failed))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reports_of_a_cancel_are_counted_and_its_errors_told() {
        assert_eq!(cancelled(&json!(4)).unwrap().0, 4);
        let (count, failed) = cancelled(&json!([
            {"currency": "BTC", "type": "limit", "instrument_name": "BTC-PERPETUAL", "result": [{}, {}]},
            {"currency": "ETH", "type": "trigger", "error": {"code": 10_041, "message": "settlement_in_progress"}}
        ]))
        .unwrap();
        assert_eq!((count, failed.len()), (2, 1));
        assert!(failed[0].contains("10041"), "{failed:?}");
        for wrong in [
            json!({}),
            json!("ok"),
            json!([{}]),
            json!([{"result": 1}]),
            json!(-1),
        ] {
            assert!(cancelled(&wrong).is_err(), "{wrong}");
        }
    }
}
