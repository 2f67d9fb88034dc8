//! Lists that come in pages, read to their end. A list that does not come to its end is no list.

use std::collections::HashSet;

use door::{DoorError, Fill, Keep, OrderKey};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    DeribitDoor,
    accounts::Book,
    endpoints::{self, Call, PAGE},
    families::side,
    fields::{array, flag, need_id, need_number, need_text, text, time},
    rpc::Failure,
};
use crate::exchange::malformed;

/// Pages that are read before it is too much.
const PAGES_AT_MOST: usize = 200;

impl DeribitDoor {
    /// All rows of a list that tells how many there are: `{count, data}`, or of a bare
    /// list, which ends with a page that is not full.
    pub(super) async fn all(
        &self,
        book: &Book,
        page_at: impl Fn(usize) -> Call,
        keep: &dyn Keep,
    ) -> Result<Vec<Value>, Failure> {
        let mut rows = Vec::new();
        for _ in 0..PAGES_AT_MOST {
            let answer = self.accounts.ask(book, &page_at(rows.len()), keep).await?;
            let (page, total) = page(&answer)?;
            let got = page.len();
            rows.extend_from_slice(page);
            match total {
                Some(total) if rows.len() >= total => return Ok(rows),
                Some(_) if got == 0 => {
                    return Err(malformed("a list that ends before its count").into());
                }
                Some(_) => {}
                None if got < PAGE => return Ok(rows),
                None => {}
            }
        }
        Err(malformed("a list without end").into())
    }

    /// The entries of an account's access log since a time, newest first: logins and changes of
    /// keys.
    pub(super) async fn access_log(
        &self,
        book: &Book,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<Vec<Value>, DoorError> {
        let mut entries = Vec::new();
        let mut asked = 0;
        for _ in 0..PAGES_AT_MOST {
            let call = endpoints::access_log(asked).urgent();
            let answer = self.accounts.ask(book, &call, keep).await?;
            let (page, total) = page(&answer)?;
            asked += page.len();
            for row in page {
                let at = time(row, "timestamp")?
                    .ok_or_else(|| malformed("an entry of the access log without a time"))?;
                if at < since {
                    return Ok(entries);
                }
                entries.push(row.clone());
            }
            let ended = match total {
                Some(total) => asked >= total,
                None => page.len() < PAGE,
            };
            if ended {
                return Ok(entries);
            }
            if page.is_empty() {
                return Err(malformed("an access log that ends before its count"));
            }
        }
        Err(malformed("an access log without end"))
    }

    /// The fills of an account since a time, in all currencies.
    pub(super) async fn fills(
        &self,
        book: &Book,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<Vec<Fill>, DoorError> {
        let mut fills = Vec::new();
        for currency in self.currencies(keep).await? {
            fills.extend(self.fills_in(book, currency, since, keep).await?);
        }
        Ok(fills)
    }

    async fn fills_in(
        &self,
        book: &Book,
        currency: &str,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<Vec<Fill>, DoorError> {
        let mut fills: Vec<Fill> = Vec::new();
        let mut seen = HashSet::new();
        for _ in 0..PAGES_AT_MOST {
            let first = fills.last().map(|fill| fill.id.clone());
            let call = endpoints::user_trades(currency, since, first.as_deref());
            let answer = self.accounts.ask(book, &call, keep).await?;
            let trades = answer
                .get("trades")
                .ok_or_else(|| malformed("no list of trades"))?;
            let before = fills.len();
            for row in array(trades, "trades")? {
                let fill = fill(row)?;
                let instrument = book.member.instrument(&fill.instrument);
                let fill = Fill { instrument, ..fill };
                // a page begins with the trade that the last one ended with
                if seen.insert(fill.id.clone()) {
                    fills.push(fill);
                }
            }
            let more = flag(&answer, "has_more")?
                .ok_or_else(|| malformed("trades that do not tell whether there are more"))?;
            if !more {
                return Ok(fills);
            }
            if fills.len() == before {
                return Err(malformed("trades that do not go on"));
            }
        }
        Err(malformed("trades without end"))
    }

    /// The transaction log of an account in a currency since a time; a page a second.
    pub(super) async fn transactions(
        &self,
        book: &Book,
        currency: &str,
        span: (Timestamp, Timestamp),
        keep: &dyn Keep,
    ) -> Result<usize, Failure> {
        let mut rows = 0;
        let mut continuation = None;
        for _ in 0..PAGES_AT_MOST {
            let call = endpoints::transaction_log(currency, span, continuation);
            let answer = self.accounts.ask(book, &call, keep).await?;
            let logs = answer
                .get("logs")
                .ok_or_else(|| malformed("no transaction log"))?;
            rows += array(logs, "transactions")?.len();
            continuation = match answer.get("continuation") {
                None | Some(Value::Null) => return Ok(rows),
                Some(_) => Some(need_id(&answer, "continuation")?),
            };
        }
        Err(malformed("a transaction log without end").into())
    }

    /// The orders of an account in a currency that are over, as far back as a time.
    pub(super) async fn order_history(
        &self,
        book: &Book,
        currency: &str,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<usize, Failure> {
        let mut rows = 0;
        for historical in [false, true] {
            rows += self
                .past_orders(book, currency, (since, historical), keep)
                .await?;
        }
        Ok(rows)
    }

    async fn past_orders(
        &self,
        book: &Book,
        currency: &str,
        (since, historical): (Timestamp, bool),
        keep: &dyn Keep,
    ) -> Result<usize, Failure> {
        let mut rows = 0;
        for _ in 0..PAGES_AT_MOST {
            let call = endpoints::order_history(currency, historical, rows);
            let answer = self.accounts.ask(book, &call, keep).await?;
            let page = array(&answer, "past orders")?;
            rows += page.len();
            let last = page.last().map(|row| time(row, "last_update_timestamp"));
            let is_older = last.transpose()?.flatten().is_some_and(|at| at < since);
            if page.len() < PAGE || is_older {
                return Ok(rows);
            }
        }
        Err(malformed("past orders without end").into())
    }

    /// Trigger orders that are over, in a currency.
    pub(super) async fn trigger_history(
        &self,
        book: &Book,
        currency: &str,
        keep: &dyn Keep,
    ) -> Result<usize, Failure> {
        let mut rows = 0;
        let mut continuation: Option<String> = None;
        for _ in 0..PAGES_AT_MOST {
            let call = endpoints::trigger_history(currency, continuation.as_deref());
            let answer = self.accounts.ask(book, &call, keep).await?;
            let entries = answer
                .get("entries")
                .ok_or_else(|| malformed("no history of trigger orders"))?;
            let got = array(entries, "trigger orders")?.len();
            rows += got;
            continuation = text(&answer, "continuation")?;
            // a continuation comes with the last page as well
            if continuation.is_none() || got < PAGE {
                return Ok(rows);
            }
        }
        Err(malformed("a history without end").into())
    }
}

fn page(answer: &Value) -> Result<(&[Value], Option<usize>), DoorError> {
    if answer.is_array() {
        return Ok((array(answer, "rows")?, None));
    }
    let data = answer.get("data").ok_or_else(|| malformed("no list"))?;
    let total = ["count", "records_total"]
        .into_iter()
        .find(|name| answer.get(name).is_some())
        .ok_or_else(|| malformed("a list that does not tell its count"))?;
    let total = usize::try_from(need_id(answer, total)?)
        .map_err(|_| malformed("a count that is no count"))?;
    Ok((array(data, "rows")?, Some(total)))
}

fn fill(row: &Value) -> Result<Fill, DoorError> {
    Ok(Fill {
        id: need_text(row, "trade_id")?,
        order: text(row, "order_id")?.map(OrderKey),
        instrument: need_text(row, "instrument_name")?,
        side: side(row)?,
        quantity: need_number(row, "amount")?,
        price: need_number(row, "price")?,
        at: time(row, "timestamp")?,
        submitter: text(row, "label")?
            .filter(|label| !label.is_empty())
            .map(|label| format!("label {label}")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_tells_its_count_or_is_a_bare_list() {
        assert_eq!(page(&json!([1, 2])).unwrap().1, None);
        let counted = json!({"count": 5, "data": [1]});
        assert_eq!(page(&counted).unwrap().1, Some(5));
        let log = json!({"records_total": 34, "data": []});
        assert_eq!(page(&log).unwrap().1, Some(34));
        for wrong in [
            json!({}),
            json!({"data": []}),
            json!({"count": 0}),
            json!({"count": "0", "data": []}),
            json!({"count": 0, "data": {}}),
            json!("[]"),
        ] {
            assert!(page(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_trade_is_mapped_and_a_wrong_one_is_malformed() {
        let row = json!({
            "trade_id": "ETH-15", "order_id": "ETH-331562", "instrument_name": "ETH-PERPETUAL",
            "direction": "sell", "amount": 37.0, "price": 118.94, "timestamp": 1_550_219_810_944_i64,
            "label": ""
        });
        let fill = super::fill(&row).unwrap();
        assert_eq!(fill.id, "ETH-15");
        assert_eq!(fill.submitter, None);
        let mut wrong = row;
        wrong["price"] = json!([]);
        assert!(super::fill(&wrong).is_err());
    }
}
