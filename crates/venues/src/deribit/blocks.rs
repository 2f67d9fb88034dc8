//! Products switched off for an account, and logins to sub-accounts switched off, which ends their
//! sessions. Both are read back from the venue; both can be switched on again by the same key.

use door::{DoorError, ErrorClass, Family, Found, Keep, Reading, Receipt, Residue, Unseen};
use futures_util::future::try_join_all;
use serde_json::Value;

use super::{
    DeribitDoor,
    accounts::{Book, Books},
    endpoints,
    fields::{array, flag, need_text},
    is_ok,
    rpc::{Failure, wants_code},
    taken,
};
use crate::exchange::malformed;

/// A product as an account has it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Product {
    name: String,
    enabled: bool,
    /// Whether the account's owner can switch it.
    can_be_switched: bool,
}

/// What can be traded in one account.
struct Products {
    book: Book,
    /// `None` where the venue does not tell.
    products: Option<Vec<Product>>,
}

impl Products {
    fn to_switch_off(&self) -> Vec<String> {
        let products = self.products.iter().flatten();
        products
            .filter(|product| product.can_be_switched)
            .map(|product| product.name.clone())
            .collect()
    }

    fn open(&self) -> impl Iterator<Item = &Product> {
        let products = self.products.iter().flatten();
        products.filter(|product| product.enabled)
    }
}

impl DeribitDoor {
    pub(super) async fn block_trading(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let (accounts, books) = self.products(keep).await?;
        let mut progress = Progress::default();
        for account in &accounts {
            if !account.open().any(|product| product.can_be_switched) {
                continue;
            }
            let off = account.to_switch_off();
            let call = endpoints::set_disabled_products(account.book.member.id, &off);
            let answer = self.with_code_by_key(&call, keep).await;
            progress.note(
                &format!("products of {}", account.book.member.label()),
                answer,
            )?;
        }
        self.disable_logins(&books, &mut progress, keep).await?;
        progress.end("products and logins were switched off before")
    }

    pub(super) async fn read_blocks(&self, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let (accounts, books) = self.products(keep).await?;
        let mut reading = Reading {
            unseen: books.barred.clone(),
            words: format!("products of {} accounts read", accounts.len()),
            ..Reading::default()
        };
        for account in &accounts {
            let label = account.book.member.label();
            if account.products.is_none() {
                reading.unseen.push(Unseen {
                    what: Family::new(format!("{}products", account.book.member.prefix())),
                    why: format!("the venue does not tell what can be traded in {label}"),
                });
            }
            for product in account.open() {
                let what = format!("{label} can trade {}", product.name);
                if product.can_be_switched {
                    reading.found.push(Found::Setting { label: what });
                } else {
                    reading.residue.push(Residue { what, until: None });
                }
            }
        }
        reading
            .found
            .extend(logins(&books).map(|label| Found::Setting {
                label: format!("{label} can be logged in to"),
            }));
        Ok(reading)
    }

    pub(super) async fn end_sessions(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let books = self.accounts.books(keep).await?;
        let mut progress = Progress::default();
        self.disable_logins(&books, &mut progress, keep).await?;
        progress
            .end("no sub-account has a login; sessions of the main account are not ended by API")
    }

    pub(super) async fn read_sessions(&self, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let books = self.accounts.books(keep).await?;
        let mut unseen = books.barred.clone();
        unseen.push(Unseen {
            what: Family::new("sessions of the main account"),
            why: "no method lists or ends web and app sessions of the main account".to_owned(),
        });
        for book in books.subs() {
            if book.member.login_enabled.is_none() {
                unseen.push(Unseen {
                    what: Family::new(format!("{}login", book.member.prefix())),
                    why: format!(
                        "the venue does not tell whether {} can be logged in to",
                        book.member.label()
                    ),
                });
            }
        }
        Ok(Reading {
            found: logins(&books)
                .map(|label| Found::Session {
                    label: format!("{label} can be logged in to"),
                })
                .collect(),
            unseen,
            words: format!("logins of {} sub-accounts read", books.subs().count()),
            ..Reading::default()
        })
    }

    async fn disable_logins(
        &self,
        books: &Books,
        progress: &mut Progress,
        keep: &dyn Keep,
    ) -> Result<(), DoorError> {
        let open = books
            .subs()
            .filter(|book| book.member.login_enabled == Some(true));
        for book in open {
            let call = endpoints::disable_login(book.member.id);
            let answer = self.with_code_by_key(&call, keep).await;
            progress.note(&format!("login to {}", book.member.label()), answer)?;
        }
        Ok(())
    }

    async fn with_code_by_key(
        &self,
        call: &endpoints::Call,
        keep: &dyn Keep,
    ) -> Result<(), Failure> {
        let answer = self
            .rpc
            .ask_with_code(super::rpc::By::Key, call, keep)
            .await?;
        Ok(is_ok(&answer)?)
    }

    async fn products(&self, keep: &dyn Keep) -> Result<(Vec<Products>, Books), DoorError> {
        let books = self.accounts.books(keep).await?;
        let read = books.open.iter().map(|book| async {
            let call = endpoints::account_summaries(None).urgent();
            let answer = self.accounts.ask(book, &call, keep).await?;
            Ok::<_, DoorError>(Products {
                book: book.clone(),
                products: products(&answer)?,
            })
        });
        Ok((try_join_all(read).await?, books))
    }
}

fn logins(books: &Books) -> impl Iterator<Item = String> {
    books
        .subs()
        .filter(|book| book.member.login_enabled == Some(true))
        .map(|book| book.member.label())
}

/// `trading_products_details` of an account's summaries: a list of products with their settings.
fn products(answer: &Value) -> Result<Option<Vec<Product>>, DoorError> {
    let details = match answer.get("trading_products_details") {
        None | Some(Value::Null) if answer.is_object() => return Ok(None),
        Some(details) => details,
        None => return Err(malformed("no account summaries")),
    };
    let read = array(details, "products")?.iter().map(|row| {
        Ok(Product {
            name: need_text(row, "product")?,
            enabled: flag(row, "enabled")?
                .ok_or_else(|| malformed("a product that is neither on nor off"))?,
            can_be_switched: flag(row, "overwriteable")?.unwrap_or(true),
        })
    });
    read.collect::<Result<_, _>>().map(Some)
}

/// What an act that has several parts has done: each part may want a code of its own.
#[derive(Default)]
struct Progress {
    done: Vec<String>,
    refused: Vec<(String, DoorError)>,
}

impl Progress {
    /// Takes a part's end. A code that is wanted ends the act: with the next one it goes on where
    /// it stands, since what was done is read from the venue.
    fn note(&mut self, part: &str, end: Result<(), Failure>) -> Result<(), DoorError> {
        match end {
            Ok(()) => {
                self.done.push(part.to_owned());
                Ok(())
            }
            Err(Failure::WantsCode) => Err(wants_code(&format!(
                "Deribit wants a one-time code for: {part}{}",
                match self.done.as_slice() {
                    [] => String::new(),
                    done => format!("; done so far: {}", done.join(", ")),
                }
            ))),
            Err(failure) => {
                let error = DoorError::from(failure);
                if error.class == ErrorClass::NeedsCode {
                    return Err(error);
                }
                self.refused.push((part.to_owned(), error));
                Ok(())
            }
        }
    }

    fn end(mut self, nothing: &str) -> Result<Receipt, DoorError> {
        if self.done.is_empty()
            && let Some((_, error)) = self.refused.pop()
        {
            return Err(error);
        }
        let mut words: Vec<String> = self
            .done
            .into_iter()
            .map(|part| format!("{part} switched off"))
            .collect();
        let refused = self.refused.into_iter();
        words.extend(refused.map(|(part, error)| format!("{part}: {error}")));
        Ok(if words.is_empty() {
            taken(nothing)
        } else {
            taken(&words.join("; "))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn products_are_read_or_not_told_and_never_taken_for_switched_off() {
        let told = json!({"trading_products_details": [
            {"product": "perpetual", "enabled": false, "overwriteable": true},
            {"product": "options", "enabled": true, "overwriteable": false}
        ]});
        let read = products(&told).unwrap().unwrap();
        assert!(!read[0].enabled && read[1].enabled && !read[1].can_be_switched);
        assert_eq!(products(&json!({"id": 1})).unwrap(), None);
        for wrong in [
            json!([]),
            json!("ok"),
            json!({"trading_products_details": {}}),
            json!({"trading_products_details": [{"product": "spots"}]}),
            json!({"trading_products_details": [{"product": "spots", "enabled": "no"}]}),
        ] {
            assert!(products(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_code_that_is_wanted_ends_the_act_and_tells_what_was_done() {
        let mut progress = Progress::default();
        progress.note("one", Ok(())).unwrap();
        let error = progress.note("two", Err(Failure::WantsCode)).unwrap_err();
        assert_eq!(error.class, ErrorClass::NeedsCode);
        assert!(error.meaning.contains("two") && error.meaning.contains("one"));
    }
}
