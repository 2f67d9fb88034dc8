//! Cutting keys: those of others, and at the very end our own.
//!
//! Listing keys wants a one-time code, and Deribit takes each code once, so each account's list may
//! want one of its own; where the access log shows that an account never had a key, none. After that what became of keys stands in the access log, which wants none.
//! Our own key is proved dead by signing in: it worked in this process, it was removed, and the
//! venue itself now says that it does not know it.

use std::collections::{BTreeMap, BTreeSet};

use door::{DoorError, Found, Keep, KeyScope, Reading, Receipt, Residue};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    DeribitDoor,
    accounts::Book,
    endpoints,
    errors::Meaning,
    fields::{array, flag, need_id, need_text, text, time},
    is_ok,
    rpc::{By, Failure, wants_code},
    taken,
};
use crate::exchange::malformed;

/// How much earlier than a list the access log is read, as the venue's own times may differ.
const OVERLAP: SignedDuration = SignedDuration::from_secs(5);

/// How soon after an account was made something of it is logged.
const BEGINNING: SignedDuration = SignedDuration::from_hours(24);
/// The number of a key that is known from the access log alone.
const UNLISTED: u64 = 0;

/// What is known of keys, in this process.
#[derive(Default)]
pub(super) struct Cut {
    /// Our own key was seen to work.
    worked: bool,
    /// The removal of our own key was taken.
    own: bool,
    /// Keys as each account listed them.
    listed: BTreeMap<u64, Listed>,
    /// Keys that may do more than ours.
    stronger: BTreeSet<String>,
}

impl Cut {
    /// Our own key was just seen to work.
    pub(super) fn worked(&mut self) {
        self.worked = true;
    }
}

/// An account's keys.
#[derive(Clone)]
struct Listed {
    at: Timestamp,
    keys: Vec<KeyRow>,
}

/// A key as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct KeyRow {
    id: u64,
    pub(super) client_id: String,
    pub(super) name: String,
    pub(super) enabled: bool,
    pub(super) scope: String,
    pub(super) created: Option<Timestamp>,
    /// `None` where the venue does not tell.
    pub(super) addresses: Option<usize>,
}

impl KeyRow {
    /// Its name, never the key.
    pub(super) fn label(&self, book: &Book) -> String {
        let name = if self.name.is_empty() {
            format!("number {}", self.id)
        } else {
            format!("`{}`", self.name)
        };
        format!("key {name} of {}", book.member.label())
    }
}

impl DeribitDoor {
    pub(super) async fn cut_keys(
        &self,
        keys: KeyScope,
        keep: &dyn Keep,
    ) -> Result<Receipt, DoorError> {
        let mut cut = self.keys.lock().await;
        match keys {
            KeyScope::Others => self.cut_others(&mut cut, keep).await,
            KeyScope::Own => self.cut_own(&mut cut, keep).await,
        }
    }

    async fn cut_others(&self, cut: &mut Cut, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let books = self.accounts.books(keep).await?;
        cut.worked = true;
        self.list_keys(cut, books.open.iter(), keep).await?;
        let own = self.rpc.credential().await?;
        let own = own.key.expose();
        let mut removed = 0;
        for book in &books.open {
            let alive = self.alive(cut, book, keep).await?;
            let others = alive
                .iter()
                .filter(|key| key.client_id != own && key.id != UNLISTED);
            for key in others {
                if self.remove(cut, book, key, keep).await? {
                    removed += 1;
                }
            }
        }
        Ok(taken(&format!(
            "{removed} other keys removed; {} may do more than ours and were not",
            cut.stronger.len()
        )))
    }

    async fn cut_own(&self, cut: &mut Cut, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match self.accounts.sign_in(keep).await {
            Ok(_) => cut.worked = true,
            Err(failure) if cut.own && failure.meaning() == Some(Meaning::DeadKey) => {
                return Ok(taken("our own key was removed before"));
            }
            Err(failure) => return Err(failure.into()),
        }
        let books = self.accounts.books(keep).await?;
        let home = books.open.iter().find(|book| book.member.own);
        let home = home.ok_or_else(|| malformed("no account of our own key"))?;
        self.list_keys(cut, std::iter::once(home), keep).await?;
        let credential = self.rpc.credential().await?;
        let listed = cut.listed.get(&home.member.id);
        let id = listed
            .and_then(|listed| {
                let own = |key: &&KeyRow| key.client_id == credential.key.expose();
                listed.keys.iter().find(own)
            })
            .map(|key| key.id)
            .ok_or_else(|| malformed("a list of keys without the one that asked for it"))?;
        let call = endpoints::remove_api_key(id);
        let answer =
            self.rpc.ask_with_code(By::Key, &call, keep).await.map_err(
                |failure| match failure {
                    Failure::WantsCode => {
                        wants_code("Deribit wants a one-time code to remove our own key")
                    }
                    Failure::Said(_) | Failure::Other(_) => failure.into(),
                },
            )?;
        is_ok(&answer)?;
        cut.own = true;
        Ok(taken("the removal of our own key was taken"))
    }

    /// Lists the keys of every account that was not listed yet, or that has got new ones since.
    async fn list_keys(
        &self,
        cut: &mut Cut,
        books: impl ExactSizeIterator<Item = &Book>,
        keep: &dyn Keep,
    ) -> Result<(), DoorError> {
        let all = books.len();
        for (nth, book) in books.enumerate() {
            if cut.listed.contains_key(&book.member.id) {
                let alive = self.alive(cut, book, keep).await?;
                if alive.iter().all(|key| key.id != UNLISTED) {
                    continue;
                }
                cut.listed.remove(&book.member.id);
            }
            let at = self.rpc.clock.now();
            if !book.member.own && self.never_had_keys(book, keep).await {
                let keys = Vec::new();
                cut.listed.insert(book.member.id, Listed { at, keys });
                continue;
            }
            let call = endpoints::list_api_keys();
            let answer = self
                .accounts
                .ask_with_code(book, &call, keep)
                .await
                .map_err(|failure| match failure {
                    Failure::WantsCode => wants_code(&format!(
                        "Deribit wants a one-time code to list the keys of {} ({} of {all})",
                        book.member.label(),
                        nth + 1,
                    )),
                    Failure::Said(_) | Failure::Other(_) => failure.into(),
                })?;
            let keys = keys(&answer)?;
            cut.listed.insert(book.member.id, Listed { at, keys });
        }
        Ok(())
    }

    /// Whether the venue's own record shows that an account never had a key, which saves the person
    /// a code: its access log reaches back to its beginning and tells of none.
    async fn never_had_keys(&self, book: &Book, keep: &dyn Keep) -> bool {
        let summaries = endpoints::account_summaries(None).urgent();
        let (log, summaries) = tokio::join!(
            self.access_log(book, Timestamp::MIN, keep),
            self.accounts.ask(book, &summaries, keep)
        );
        let (Ok(log), Ok(summaries)) = (log, summaries) else {
            return false;
        };
        let began = time(&summaries, "creation_timestamp").ok().flatten();
        is_whole(&log, began) && !log.iter().any(tells_of_keys)
    }

    /// Removes a key for good; where that is not taken, switches it off.
    async fn remove(
        &self,
        cut: &mut Cut,
        book: &Book,
        key: &KeyRow,
        keep: &dyn Keep,
    ) -> Result<bool, DoorError> {
        let call = endpoints::remove_api_key(key.id);
        match self.accounts.ask_with_code(book, &call, keep).await {
            Ok(answer) => is_ok(&answer).map(|()| true),
            Err(failure) if failure.meaning() == Some(Meaning::StrongerKey) => {
                cut.stronger.insert(key.client_id.clone());
                Ok(false)
            }
            Err(failure) if failure.meaning() == Some(Meaning::Refused) => {
                let call = endpoints::disable_api_key(key.id);
                let answer = self.accounts.ask_with_code(book, &call, keep).await?;
                let off = flag(&answer, "enabled")? == Some(false);
                off.then_some(true)
                    .ok_or_else(|| malformed("a key that was switched off and is on"))
            }
            Err(Failure::WantsCode) => Err(wants_code(&format!(
                "Deribit wants a one-time code to remove the {}",
                key.label(book)
            ))),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn read_keys(
        &self,
        keys: KeyScope,
        keep: &dyn Keep,
    ) -> Result<Reading, DoorError> {
        let mut cut = self.keys.lock().await;
        match keys {
            KeyScope::Others => self.read_others(&mut cut, keep).await,
            KeyScope::Own => self.read_own(&mut cut, keep).await,
        }
    }

    async fn read_others(&self, cut: &mut Cut, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let books = self.accounts.books(keep).await?;
        cut.worked = true;
        let own = self.rpc.credential().await?;
        let mut reading = Reading {
            unseen: books.barred.clone(),
            words: format!("keys of {} accounts read", books.open.len()),
            ..Reading::default()
        };
        for book in &books.open {
            if !cut.listed.contains_key(&book.member.id) {
                reading.found.push(Found::Key {
                    label: format!("keys of {}, not listed yet", book.member.label()),
                });
                continue;
            }
            for key in self.alive(cut, book, keep).await? {
                if key.client_id == own.key.expose() {
                    continue;
                }
                let label = key.label(book);
                if cut.stronger.contains(&key.client_id) {
                    reading.residue.push(Residue {
                        what: format!("{label} may do more than ours: remove it on the website"),
                        until: None,
                    });
                } else {
                    reading.found.push(Found::Key { label });
                }
            }
        }
        Ok(reading)
    }

    /// Whether the venue itself refuses our own key, which worked in this process and was removed
    /// by it.
    async fn read_own(&self, cut: &mut Cut, keep: &dyn Keep) -> Result<Reading, DoorError> {
        match self.accounts.sign_in(keep).await {
            Ok(_) => {
                cut.worked = true;
                Ok(Reading {
                    found: vec![Found::Key {
                        label: "our own key".to_owned(),
                    }],
                    words: "our own key works".to_owned(),
                    ..Reading::default()
                })
            }
            Err(failure) if failure.meaning() == Some(Meaning::DeadKey) => {
                if cut.own && cut.worked {
                    return self.tokens_after_the_cut(keep).await;
                }
                let error = DoorError::from(failure);
                Err(DoorError {
                    meaning: format!(
                        "{}; it was not removed by this run, and nothing is claimed",
                        error.meaning
                    ),
                    ..error
                })
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Our own key is dead: tokens that were given to it may live on to their end.
    async fn tokens_after_the_cut(&self, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let mut residue = Vec::new();
        for token in self.accounts.issued() {
            let call = endpoints::account_summaries(None).urgent();
            match self.rpc.ask(By::Token(&token), &call, keep).await {
                Ok(_) => residue.push(Residue {
                    what: "a token that was given to our own key still works".to_owned(),
                    until: Some(token.until),
                }),
                Err(failure) => match failure.meaning() {
                    Some(Meaning::BadToken | Meaning::DeadKey) => {}
                    Some(_) | None => return Err(failure.into()),
                },
            }
        }
        Ok(Reading {
            residue,
            words: "the venue refuses our own key, which worked before it was removed".to_owned(),
            ..Reading::default()
        })
    }

    /// The keys of an account that work: as listed, and as its access log changed them since.
    async fn alive(
        &self,
        cut: &Cut,
        book: &Book,
        keep: &dyn Keep,
    ) -> Result<Vec<KeyRow>, DoorError> {
        let listed = cut
            .listed
            .get(&book.member.id)
            .ok_or_else(|| wants_code("the keys were not listed yet"))?;
        let since = listed.at.saturating_sub(OVERLAP).unwrap_or(listed.at);
        let mut changes = self.key_changes(book, since, keep).await?;
        // the log is newest first
        changes.reverse();
        let mut keys = listed.keys.clone();
        for change in changes {
            apply(&mut keys, change);
        }
        keys.retain(|key| key.enabled);
        Ok(keys)
    }

    async fn key_changes(
        &self,
        book: &Book,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<Vec<Change>, DoorError> {
        let entries = self.access_log(book, since, keep).await?;
        let changes = entries.iter().map(change);
        let changes: Vec<Option<Change>> = changes.collect::<Result<_, _>>()?;
        Ok(changes.into_iter().flatten().collect())
    }
}

/// Whether an access log, newest first, goes back to the account's beginning.
fn is_whole(log: &[Value], began: Option<Timestamp>) -> bool {
    let oldest = log
        .last()
        .and_then(|row| time(row, "timestamp").ok().flatten());
    match (oldest, began) {
        (Some(oldest), Some(began)) => oldest.duration_since(began) <= BEGINNING,
        _ => false,
    }
}

/// Whether an entry is about a key. One that cannot be read is taken for it.
fn tells_of_keys(row: &Value) -> bool {
    let what = text(row, "log").and_then(|log| log.map_or_else(|| need_text(row, "result"), Ok));
    what.map_or(true, |what| {
        what.contains("api_key") || what == "changed_scope" || what == "changed_whitelist"
    })
}

/// What an entry of the access log did to a key.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Change {
    client_id: String,
    alive: bool,
}

fn change(row: &Value) -> Result<Option<Change>, DoorError> {
    // the schema calls it `log`, and the example beside it `result`
    let what = match text(row, "log")? {
        Some(what) => what,
        None => need_text(row, "result")?,
    };
    let alive = match what.as_str() {
        "new_api_key" | "enabled_api_key" | "reset_api_key" => true,
        "removed_api_key" | "disabled_api_key" => false,
        _ => return Ok(None),
    };
    let client_id = match row.get("data") {
        Some(Value::String(id)) => id.clone(),
        Some(data) => need_text(data, "client_id")?,
        None => return Err(malformed("a change of a key that does not tell of which")),
    };
    Ok(Some(Change { client_id, alive }))
}

/// A key that was not listed has appeared since: it is not known by its number and cannot be cut
/// before it is listed.
fn apply(keys: &mut Vec<KeyRow>, change: Change) {
    let known = keys
        .iter_mut()
        .find(|key| key.client_id == change.client_id);
    match known {
        Some(key) => key.enabled = change.alive,
        None if change.alive => keys.push(KeyRow {
            id: UNLISTED,
            client_id: change.client_id,
            name: "made since the keys were listed".to_owned(),
            enabled: true,
            scope: String::new(),
            created: None,
            addresses: None,
        }),
        None => {}
    }
}

/// What `list_api_keys` answers. Secrets in it are not read.
pub(super) fn keys(answer: &Value) -> Result<Vec<KeyRow>, DoorError> {
    array(answer, "keys")?
        .iter()
        .map(|row| {
            let scope = match row.get("max_scope") {
                Some(Value::Array(scopes)) => {
                    let scopes: Option<Vec<&str>> = scopes.iter().map(Value::as_str).collect();
                    scopes
                        .ok_or_else(|| malformed("a key's scope that is no scope"))?
                        .join(" ")
                }
                _ => need_text(row, "max_scope")?,
            };
            Ok(KeyRow {
                id: need_id(row, "id")?,
                client_id: need_text(row, "client_id")?,
                name: text(row, "name")?.unwrap_or_default(),
                // a key that does not tell is not taken for switched off
                enabled: flag(row, "enabled")?.unwrap_or(true),
                scope,
                created: time(row, "timestamp")?,
                addresses: row
                    .get("ip_whitelist")
                    .and_then(Value::as_array)
                    .map(Vec::len),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({
            "id": 3, "client_id": "TiA4AyLPq3", "client_secret": "shh", "name": "bot",
            "enabled": true, "max_scope": "account:read trade:read_write", "default": false,
            "timestamp": 1_560_236_001_108_i64, "ip_whitelist": []
        })
    }

    #[test]
    fn keys_are_read_without_their_secrets() {
        let listed = keys(&json!([row()])).unwrap();
        assert_eq!(listed[0].scope, "account:read trade:read_write");
        assert!(!format!("{listed:?}").contains("shh"));
        let mut listed_scope = row();
        listed_scope["max_scope"] = json!(["account:read", "trade:read"]);
        listed_scope["enabled"] = Value::Null;
        let listed = keys(&json!([listed_scope])).unwrap();
        assert_eq!(listed[0].scope, "account:read trade:read");
        assert!(listed[0].enabled, "a key that does not tell works");
    }

    #[test]
    fn what_is_no_list_of_keys_is_never_none() {
        for wrong in [
            json!({}),
            json!("ok"),
            json!([{"id": 1}]),
            json!([{"id": "1", "client_id": "x", "max_scope": ""}]),
            json!({"security_key_authorization_required": true}),
        ] {
            assert!(keys(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_whole_log_that_tells_of_no_key_says_that_there_never_was_one() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let began = Some(at(1_000));
        let entry = |ms: i64, log: &str| json!({"timestamp": ms, "log": log});
        assert!(is_whole(
            &[entry(9_000, "success"), entry(2_000, "success")],
            began
        ));
        assert!(
            !is_whole(&[], began),
            "an empty log may be one that was cut"
        );
        assert!(!is_whole(&[entry(2_000, "success")], None));
        assert!(!is_whole(&[entry(200_000_000, "success")], began));
        for (log, told) in [
            ("success", false),
            ("enabled_tfa", false),
            ("new_api_key", true),
            ("changed_scope", true),
        ] {
            assert_eq!(tells_of_keys(&entry(1, log)), told, "{log}");
        }
        assert!(tells_of_keys(&json!({"timestamp": 1})));
    }

    #[test]
    fn the_access_log_changes_what_was_listed() {
        let entry = |log: &str, data: Value| {
            change(&json!({"timestamp": 1, "log": log, "data": data})).unwrap()
        };
        let mut listed = keys(&json!([row()])).unwrap();
        apply(
            &mut listed,
            entry("removed_api_key", json!("TiA4AyLPq3")).unwrap(),
        );
        assert!(!listed[0].enabled);
        apply(
            &mut listed,
            entry("new_api_key", json!({"client_id": "other"})).unwrap(),
        );
        assert!(listed[1].enabled);
        assert_eq!(entry("success", Value::Null), None);
        let nameless = json!({"timestamp": 1, "log": "removed_api_key"});
        assert!(change(&nameless).is_err());
        let older = json!({"timestamp": 1, "result": "disabled_tfa"});
        assert_eq!(change(&older).unwrap(), None);
    }
}
