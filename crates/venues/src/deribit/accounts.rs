//! The main account and its sub-accounts: who they are, and a token of its own for each
//! sub-account, as orders and wallets are each account's own
//! (docs.deribit.com/articles/managing-subaccounts-api).

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use door::{DoorError, Family, Keep, Unseen};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};
use vault::Secret;

use super::{
    endpoints::{self, Call},
    errors::Meaning,
    fields::{array, flag, need_id, need_text, text},
    rpc::{By, Failure, Rpc},
};
use crate::exchange::malformed;

/// What tokens are asked for: a session, so that they hold over connections, that ends soon by
/// itself, and no more than what levers need. The venue narrows it to what the key may do.
const SCOPE: &str = "session:firebreak expires:3600 account:read_write trade:read_write \
     wallet:read_write";
/// How long before its end a token is no longer used.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// The main account or one of its sub-accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Member {
    pub(super) id: u64,
    pub(super) name: String,
    /// The account that the key belongs to.
    pub(super) own: bool,
    /// Whether somebody can log in to it, where the venue tells.
    pub(super) login_enabled: Option<bool>,
}

impl Member {
    #[cfg(test)]
    pub(super) fn main(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            own: true,
            login_enabled: None,
        }
    }

    /// What its families' names begin with.
    pub(super) fn prefix(&self) -> String {
        if self.own {
            String::new()
        } else {
            format!("sub-{} ", self.id)
        }
    }

    /// An instrument in its books: the same one is another thing in each account, and a stop in one
    /// protects no position of another.
    pub(super) fn instrument(&self, name: &str) -> String {
        format!("{}{name}", self.prefix())
    }

    /// As a person reads it.
    pub(super) fn label(&self) -> String {
        if self.own {
            "the key's own account".to_owned()
        } else {
            format!("sub-account {} ({})", self.name, self.id)
        }
    }

    fn barred(&self, why: &str) -> Unseen {
        Unseen {
            what: Family::new(format!("sub-{}", self.id)),
            why: format!("{} cannot be switched into: {why}", self.label()),
        }
    }
}

/// A token for a sub-account, and until when.
pub(super) struct Token {
    pub(super) member: u64,
    pub(super) access: Secret,
    pub(super) until: Timestamp,
}

/// An account's books, and the way into them.
#[derive(Clone)]
pub(super) struct Book {
    pub(super) member: Member,
    token: Option<Arc<Token>>,
}

impl Book {
    fn by(&self) -> By<'_> {
        match &self.token {
            Some(token) => By::Token(token),
            None => By::Key,
        }
    }
}

/// Books that could be opened, and those that could not.
#[derive(Clone, Default)]
pub(super) struct Books {
    pub(super) open: Vec<Book>,
    pub(super) barred: Vec<Unseen>,
}

impl Books {
    /// What the key's own account knows of the others.
    pub(super) fn subs(&self) -> impl Iterator<Item = &Book> {
        self.open.iter().filter(|book| !book.member.own)
    }
}

/// The members and their tokens.
pub(super) struct Accounts {
    rpc: Arc<Rpc>,
    /// The number of the account that the key belongs to.
    own: OnceCell<u64>,
    tokens: Mutex<HashMap<u64, Arc<Token>>>,
    /// Every token that the venue ever gave and that has not ended by itself.
    issued: std::sync::Mutex<Vec<Arc<Token>>>,
}

impl Accounts {
    pub(super) fn new(rpc: Arc<Rpc>) -> Self {
        Self {
            rpc,
            own: OnceCell::new(),
            tokens: Mutex::default(),
            issued: std::sync::Mutex::default(),
        }
    }

    /// The number of the account that the key belongs to; asked for once.
    async fn own(&self, keep: &dyn Keep) -> Result<u64, Failure> {
        let ask = async {
            let call = endpoints::account_summaries(None).urgent();
            let answer = self.rpc.ask(By::Key, &call, keep).await?;
            Ok(need_id(&answer, "id")?)
        };
        self.own.get_or_try_init(|| ask).await.copied()
    }

    /// Every account that the key reaches, each with the way into it.
    pub(super) async fn books(&self, keep: &dyn Keep) -> Result<Books, DoorError> {
        let call = endpoints::subaccounts();
        let (own, listed) = tokio::join!(self.own(keep), self.rpc.ask(By::Key, &call, keep));
        let members = match own.and_then(|own| Ok((own, listed?))) {
            Ok((own, answer)) => members(&answer, own)?,
            Err(failure) if failure.meaning() == Some(Meaning::OutOfScope) => {
                // orders of the key's own account can be listed and cancelled all the same
                return Ok(Books {
                    open: vec![Book {
                        member: own_unnamed(),
                        token: None,
                    }],
                    barred: vec![Unseen {
                        what: Family::new("sub-accounts"),
                        why: "the key may not list them; it needs account:read".to_owned(),
                    }],
                });
            }
            Err(failure) => return Err(failure.into()),
        };
        let opened = join_all(members.into_iter().map(|member| async move {
            if member.own {
                return Ok(Ok(Book {
                    member,
                    token: None,
                }));
            }
            match self.token(&member, keep).await {
                Ok(token) => Ok(Ok(Book {
                    member,
                    token: Some(token),
                })),
                Err(failure) => match failure.meaning() {
                    Some(Meaning::OutOfScope | Meaning::Refused | Meaning::Blocked) => {
                        let error = DoorError::from(failure);
                        Ok(Err(member.barred(&error.to_string())))
                    }
                    _ => Err(DoorError::from(failure)),
                },
            }
        }))
        .await;
        let mut books = Books::default();
        for one in opened {
            match one? {
                Ok(book) => books.open.push(book),
                Err(unseen) => books.barred.push(unseen),
            }
        }
        Ok(books)
    }

    /// Makes a call in an account's name. A token that the venue no longer takes is replaced once.
    pub(super) async fn ask(
        &self,
        book: &Book,
        call: &Call,
        keep: &dyn Keep,
    ) -> Result<Value, Failure> {
        let failure = match self.rpc.ask(book.by(), call, keep).await {
            Err(failure) => failure,
            result => return result,
        };
        if book.token.is_none() || failure.meaning() != Some(Meaning::BadToken) {
            return Err(failure);
        }
        self.tokens.lock().await.remove(&book.member.id);
        let token = self.token(&book.member, keep).await?;
        self.rpc.ask(By::Token(&token), call, keep).await
    }

    /// The same for a call that may want a code.
    pub(super) async fn ask_with_code(
        &self,
        book: &Book,
        call: &Call,
        keep: &dyn Keep,
    ) -> Result<Value, Failure> {
        self.rpc.ask_with_code(book.by(), call, keep).await
    }

    /// Whether the key works: signs in, and tells what the venue granted.
    pub(super) async fn sign_in(&self, keep: &dyn Keep) -> Result<Granted, Failure> {
        let answer = self.rpc.auth(SCOPE, keep).await?;
        self.take_token(0, &answer)?;
        Ok(Granted {
            refresh: Secret::new(need_secret(&answer, "refresh_token")?),
            scope: need_text(&answer, "scope")?,
        })
    }

    /// Tokens of ours that the venue may still take.
    pub(super) fn issued(&self) -> Vec<Arc<Token>> {
        let now = self.rpc.clock.now();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.retain(|token| token.until > now);
        issued.clone()
    }

    fn take_token(&self, member: u64, answer: &Value) -> Result<Arc<Token>, DoorError> {
        let seconds = need_id(answer, "expires_in")?;
        let lasts = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        let now = self.rpc.clock.now();
        let token = Arc::new(Token {
            member,
            access: Secret::new(need_secret(answer, "access_token")?),
            until: now.saturating_add(lasts).unwrap_or(Timestamp::MAX),
        });
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.retain(|token| token.until > now);
        issued.push(Arc::clone(&token));
        Ok(token)
    }

    async fn token(&self, member: &Member, keep: &dyn Keep) -> Result<Arc<Token>, Failure> {
        let now = self.rpc.clock.now();
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(&member.id)
            && token.until.duration_since(now) > EARLY
        {
            return Ok(Arc::clone(token));
        }
        let granted = self.sign_in(keep).await?;
        let call = endpoints::exchange_token(member.id, SCOPE);
        let answer = self
            .rpc
            .exchange_token(granted.refresh.expose(), &call, keep)
            .await?;
        let token = self.take_token(member.id, &answer)?;
        tokens.insert(member.id, Arc::clone(&token));
        Ok(token)
    }
}

/// What the venue granted when the key signed in.
pub(super) struct Granted {
    refresh: Secret,
    /// Its scopes, as the venue writes them.
    pub(super) scope: String,
}

impl Granted {
    /// Whether it may do this.
    pub(super) fn allows(&self, scope: &str) -> bool {
        self.scope
            .split_whitespace()
            .any(|granted| granted == scope)
    }
}

fn own_unnamed() -> Member {
    Member {
        id: 0,
        name: String::new(),
        own: true,
        login_enabled: None,
    }
}

/// A token's text, to the letter and never shown.
fn need_secret(answer: &Value, name: &str) -> Result<String, DoorError> {
    answer
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
        .ok_or_else(|| malformed(&format!("no `{name}`")))
}

/// What `get_subaccounts` answers, with the main account among them. `own` is the key's account.
fn members(answer: &Value, own: u64) -> Result<Vec<Member>, DoorError> {
    let mut members = Vec::new();
    let mut mains = 0;
    for row in array(answer, "sub-accounts")? {
        let main = match need_text(row, "type")?.as_str() {
            "main" => true,
            "subaccount" => false,
            _ => return Err(malformed("an account that is neither main nor sub-account")),
        };
        mains += usize::from(main);
        let id = need_id(row, "id")?;
        members.push(Member {
            id,
            name: text(row, "username")?.unwrap_or_default(),
            own: id == own,
            login_enabled: flag(row, "login_enabled")?,
        });
    }
    let owned = members.iter().filter(|member| member.own).count();
    if mains == 1 && owned == 1 {
        Ok(members)
    } else {
        Err(malformed(
            "sub-accounts without the main one or the key's own",
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_named_and_told_apart() {
        let members = members(
            &json!([
                {"id": 2, "type": "main", "username": "me", "login_enabled": true},
                {"id": 7, "type": "subaccount", "username": "me_1\u{1b}", "login_enabled": false}
            ]),
            2,
        )
        .unwrap();
        assert!(members[0].own && !members[1].own);
        assert_eq!(members[1].prefix(), "sub-7 ");
        assert_eq!(members[1].name, "me_1");
    }

    #[test]
    fn what_is_no_list_of_members_is_never_one_account_alone() {
        for wrong in [
            json!([]),
            json!({}),
            json!([{"id": 7, "type": "subaccount"}]),
            json!([{"id": "x", "type": "main"}]),
            json!([{"id": 1, "type": "other"}]),
        ] {
            assert!(members(&wrong, 1).is_err(), "{wrong}");
        }
    }
}
