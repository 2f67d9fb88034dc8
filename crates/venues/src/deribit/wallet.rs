//! Withdrawals that have not left: listed in every currency of every account, cancelled, and proved
//! by their state (docs.deribit.com/articles/managing-withdrawals-api).

use door::{DoorError, Found, Keep, Pull, Reading, Receipt, Residue, clean};
use futures_util::future::{join_all, try_join_all};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    DeribitDoor,
    accounts::{Book, Books},
    endpoints,
    fields::{need_id, need_number, need_text, text, time},
    taken,
};

/// How long before the press a withdrawal may have left and still be told as gone.
const LEFT_SINCE: SignedDuration = SignedDuration::from_hours(24);

/// A withdrawal.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Withdrawal {
    id: u64,
    currency: String,
    amount: Decimal,
    address: String,
    state: String,
    updated: Option<Timestamp>,
}

impl Withdrawal {
    /// A state that nobody knows is not taken for the end.
    fn pending(&self) -> bool {
        !matches!(
            self.state.as_str(),
            "completed" | "cancelled" | "rejected" | "interrupted"
        )
    }

    fn label(&self) -> String {
        let to = masked(&self.address);
        format!("{} {} to {to}", self.amount.normalize(), self.currency)
    }

    fn left_since(&self, pressed: Timestamp) -> bool {
        let since = pressed.saturating_sub(LEFT_SINCE).unwrap_or(Timestamp::MIN);
        self.state == "completed" && self.updated.is_none_or(|at| at >= since)
    }
}

impl DeribitDoor {
    pub(super) async fn stop_withdrawals(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let (listed, _) = self.withdrawals(keep).await?;
        let pending: Vec<(Book, Withdrawal)> = listed
            .into_iter()
            .filter(|(_, withdrawal)| withdrawal.pending())
            .collect();
        let sent = pending.iter().map(|(book, withdrawal)| async {
            let call = endpoints::cancel_withdrawal(&withdrawal.currency, withdrawal.id);
            let answer = self.accounts.ask(book, &call, keep).await?;
            Ok::<_, DoorError>(read(&answer)?.state)
        });
        let answers = join_all(sent).await;
        let asked = answers.len();
        let mut refused: Vec<DoorError> = answers.into_iter().filter_map(Result::err).collect();
        if asked > 0
            && refused.len() == asked
            && let Some(error) = refused.pop()
        {
            return Err(error);
        }
        let mut words = format!(
            "{} withdrawals asked to be cancelled",
            asked - refused.len()
        );
        if let Some(error) = refused.first() {
            words = format!("{words}; {} refused: {error}", refused.len());
        }
        Ok(taken(&words))
    }

    pub(super) async fn read_withdrawals(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<Reading, DoorError> {
        let (listed, books) = self.withdrawals(keep).await?;
        let mut reading = Reading {
            unseen: books.barred,
            words: format!("{} withdrawals listed", listed.len()),
            ..Reading::default()
        };
        for (book, withdrawal) in listed {
            let label = withdrawal.label();
            if withdrawal.pending() {
                reading.found.push(Found::Withdrawal {
                    id: format!("{}{}", book.member.prefix(), withdrawal.id),
                    label: format!("{label} ({})", withdrawal.state),
                });
            } else if withdrawal.left_since(pull.pressed_at) {
                let at = withdrawal
                    .updated
                    .map_or_else(String::new, |at| format!(" at {at}"));
                reading.residue.push(Residue {
                    what: format!("{label} has left{at}"),
                    until: None,
                });
            }
        }
        Ok(reading)
    }

    async fn withdrawals(
        &self,
        keep: &dyn Keep,
    ) -> Result<(Vec<(Book, Withdrawal)>, Books), DoorError> {
        let books = self.accounts.books(keep).await?;
        let currencies = self.currencies(keep).await?;
        let lists = books.open.iter().flat_map(|book| {
            currencies.iter().map(move |currency| async move {
                let page_at = |offset| endpoints::withdrawals(currency, offset).urgent();
                let rows = self.all(book, page_at, keep).await?;
                rows.iter()
                    .map(|row| Ok((book.clone(), read(row)?)))
                    .collect::<Result<Vec<_>, DoorError>>()
            })
        });
        let listed = try_join_all(lists).await?;
        Ok((listed.into_iter().flatten().collect(), books))
    }
}

fn read(row: &Value) -> Result<Withdrawal, DoorError> {
    Ok(Withdrawal {
        id: need_id(row, "id")?,
        currency: need_text(row, "currency")?,
        amount: need_number(row, "amount")?,
        address: text(row, "address")?.unwrap_or_default(),
        state: need_text(row, "state")?,
        updated: time(row, "updated_timestamp")?,
    })
}

/// An address as it may stand in a journal: its ends, to compare.
pub(super) fn masked(address: &str) -> String {
    let address = clean(address);
    let letters: Vec<char> = address.chars().collect();
    if letters.len() <= 12 {
        return address;
    }
    let head: String = letters[..6].iter().collect();
    let tail: String = letters[letters.len() - 4..].iter().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(state: &str) -> Value {
        json!({
            "id": 1, "currency": "BTC", "amount": 0.5, "state": state,
            "address": "2NBqqD5GRJ8wHy1PYyCXTe9ke5226FhavBz",
            "updated_timestamp": 1_764_000_000_000_i64
        })
    }

    #[test]
    fn only_what_ended_is_not_pending() {
        for (state, pending) in [
            ("unconfirmed", true),
            ("confirmed", true),
            ("anything", true),
            ("completed", false),
            ("cancelled", false),
            ("rejected", false),
        ] {
            assert_eq!(read(&row(state)).unwrap().pending(), pending, "{state}");
        }
    }

    #[test]
    fn what_left_long_before_the_press_is_no_news() {
        let sent = read(&row("completed")).unwrap();
        let press = |hours| {
            let at = Timestamp::from_millisecond(1_764_000_000_000).unwrap();
            at.saturating_add(SignedDuration::from_hours(hours))
                .unwrap()
        };
        assert!(sent.left_since(press(1)) && !sent.left_since(press(30)));
    }

    #[test]
    fn an_address_is_shown_by_its_ends() {
        assert_eq!(read(&row("x")).unwrap().label(), "0.5 BTC to 2NBqqD…avBz");
        assert_eq!(masked("short"), "short");
    }

    #[test]
    fn a_row_with_a_wrong_field_is_malformed() {
        for (field, value) in [
            ("state", json!(1)),
            ("id", json!("x")),
            ("amount", json!({})),
        ] {
            let mut wrong = row("unconfirmed");
            wrong[field] = value;
            assert!(read(&wrong).is_err(), "{field}");
        }
    }
}
