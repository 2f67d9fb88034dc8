//! What the account allows, as facts to compare with the last time: the key's scopes and its
//! binding, other keys, saved addresses, logins, products, locks.

use door::{DoorError, Forget, Keep, Receipt, Snapshot, clean};
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::Value;

use super::{
    DeribitDoor,
    accounts::Book,
    capture::Record,
    endpoints,
    fields::{need_text, text, time},
    keys::{self, KeyRow},
    rpc::Failure,
    wallet::masked,
};

/// How far back logins are read.
const LOGINS_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many of the newest logins are told one by one.
const LOGINS_TOLD: usize = 20;

impl DeribitDoor {
    pub(super) async fn audit(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let granted = self.accounts.sign_in(keep).await?;
        let books = self.accounts.books(keep).await?;
        let mut record = Record::default();
        record.barred(&books);
        record.fact("scope of this key".to_owned(), granted.scope.clone());
        let can = if granted.allows("wallet:read_write") {
            "yes"
        } else {
            "no"
        };
        record.fact(Snapshot::MAY_WITHDRAW.to_owned(), can);
        let parts = join_all(books.open.iter().map(|book| self.audit_of(book, keep))).await;
        for part in parts {
            record.snapshot.facts.extend(part.snapshot.facts);
            record.missing.extend(part.missing);
        }
        Ok(Receipt {
            words: format!(
                "{} facts of {} accounts; {} parts missing",
                record.snapshot.facts.len(),
                books.open.len(),
                record.missing.len()
            ),
            ..record.receipt()
        })
    }

    async fn audit_of(&self, book: &Book, keep: &dyn Keep) -> Record {
        let of = book.member.label();
        let now = self.rpc.clock.now();
        let since = now.saturating_sub(LOGINS_BACK).unwrap_or(now);
        let (keys, logins, locks, addresses) = tokio::join!(
            self.key_rows(book, keep),
            self.access_log(book, since, keep),
            self.locks(book, keep),
            self.all_addresses(book, keep),
        );
        let own = self.rpc.credential().await;
        let mut record = Record::default();
        if let Some(enabled) = book.member.login_enabled.filter(|_| !book.member.own) {
            let value = if enabled { "on" } else { "off" };
            record.fact(format!("login to {of}"), value);
        }
        for key in record
            .part(format!("API keys of {of}"), keys)
            .into_iter()
            .flatten()
        {
            let ours = own
                .as_ref()
                .is_ok_and(|own| own.key.expose() == key.client_id);
            record.fact(key.label(book), told(&key, ours));
        }
        if let Some(rows) = record.part(format!("logins of {of}"), logins) {
            for row in rows.iter().take(LOGINS_TOLD) {
                if let Some(entry) = record.part(format!("logins of {of}"), login(row)) {
                    record.fact(format!("access log of {of}"), entry);
                }
            }
        }
        if let Some(facts) = record.part(format!("locks of {of}"), locks) {
            record.snapshot.facts.extend(facts);
        }
        if let Some(rows) = record.part(format!("saved addresses of {of}"), addresses) {
            for row in &rows {
                if let Some(entry) = record.part(format!("saved addresses of {of}"), address(row)) {
                    record.fact(format!("saved address of {of}"), entry);
                }
            }
        }
        record
    }

    async fn key_rows(&self, book: &Book, keep: &dyn Keep) -> Result<Vec<KeyRow>, Failure> {
        let call = endpoints::list_api_keys();
        let answer = self.accounts.ask(book, &call, keep).await?;
        Ok(keys::keys(&answer)?)
    }

    async fn all_addresses(&self, book: &Book, keep: &dyn Keep) -> Result<Vec<Value>, Failure> {
        let mut rows = Vec::new();
        for currency in self.currencies(keep).await? {
            for kind in ["withdrawal", "transfer"] {
                rows.extend(self.addresses(book, currency, kind, keep).await?);
            }
        }
        Ok(rows)
    }

    /// Whether the key works from everywhere, where that is told without a code.
    pub(super) async fn address_warning(&self) -> Option<String> {
        let books = self.accounts.books(&Forget).await.ok()?;
        let book = books.open.iter().find(|book| book.member.own)?;
        let own = self.rpc.credential().await.ok()?;
        match self.key_rows(book, &Forget).await {
            Ok(keys) => {
                let key = keys.iter().find(|key| key.client_id == own.key.expose())?;
                (key.addresses == Some(0)).then(|| {
                    "This key is bound to no IP address: whoever has it can use it from anywhere."
                        .to_owned()
                })
            }
            Err(Failure::WantsCode) => Some(
                "Whether this key is bound to an IP address is told only with a one-time code; \
                 look at it on the website: Account > API."
                    .to_owned(),
            ),
            Err(_) => None,
        }
    }
}

fn told(key: &KeyRow, ours: bool) -> String {
    let mut words = vec![if key.enabled { "on" } else { "off" }.to_owned()];
    if ours {
        words.push("this key".to_owned());
    }
    words.push(format!("scope {}", key.scope));
    words.push(match key.addresses {
        Some(0) => "bound to no address".to_owned(),
        Some(count) => format!("bound to {count} addresses"),
        None => "binding not told".to_owned(),
    });
    if let Some(created) = key.created {
        words.push(format!("since {created}"));
    }
    words.join(", ")
}

fn login(row: &Value) -> Result<String, DoorError> {
    let what = match text(row, "log")? {
        Some(what) => what,
        None => need_text(row, "result")?,
    };
    let at = time(row, "timestamp")?.map_or_else(String::new, |at| at.to_string());
    let from = text(row, "ip")?.unwrap_or_default();
    let place: Vec<String> = [text(row, "city")?, text(row, "country")?]
        .into_iter()
        .flatten()
        .collect();
    Ok(clean(&format!(
        "{at} {what} from {from} {}",
        place.join(", ")
    )))
}

fn address(row: &Value) -> Result<String, DoorError> {
    let currency = need_text(row, "currency")?;
    let label = text(row, "label")?.unwrap_or_default();
    let at = masked(&need_text(row, "address")?);
    let since =
        time(row, "creation_timestamp")?.map_or_else(String::new, |at| format!(", saved {at}"));
    let status = text(row, "status")?.map_or_else(String::new, |status| format!(", {status}"));
    Ok(clean(&format!("{currency} {at} {label}{since}{status}")))
}
