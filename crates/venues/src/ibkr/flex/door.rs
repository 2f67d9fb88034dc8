//! The service as a door of an account: its captures keep the statements of the days around.
//!
//! It acts on nothing, so nothing waits for it: what IBKR has not made within a capture's time is
//! named as missing, and the next capture goes on with it.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use door::{
    Door, DoorError, DoorKind, ErrorClass, Health, Keep, Lever, LeverSupport, Missing, Pull,
    Reading, Receipt, Released, Snapshot,
};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use tokio::time::Instant;

use super::{
    Days, FlexConfig, FlexError, Service, Statement, error::NOT_AVAILABLE, is_query, statement_day,
};
use crate::{
    config::Kind,
    config_error::ConfigError,
    exchange::{Credential, Credentials, Settings},
};

/// How long a capture may take in all. The engine gives up on it a little later.
const CAPTURE_WITHIN: Duration = Duration::from_secs(13);
/// How many days before the press a capture's statements begin.
const DAYS_BEFORE: i32 = 30;
/// For how long it is believed that IBKR takes the token, before it is asked again.
const TAKEN_LASTS: Duration = Duration::from_mins(30);
/// The most queries that one door has: each costs two of the ten requests of a minute.
pub(super) const QUERIES_AT_MOST: usize = 4;

/// The Flex Web Service of one login.
pub(crate) struct FlexDoor {
    kind: DoorKind,
    service: Service,
    credentials: Box<dyn Credentials>,
    levers: Vec<LeverSupport>,
    /// How long a capture may take in all.
    within: Duration,
    /// When IBKR last took the token.
    taken: Mutex<Option<(Instant, Timestamp)>>,
}

/// The ids of queries as they stand in the keychain: `500001` or `500001,500002`.
pub(crate) fn queries(text: &str) -> Option<Vec<String>> {
    let ids: Vec<String> = text.split(',').map(str::to_owned).collect();
    let apart = ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
    let good = apart && ids.len() <= QUERIES_AT_MOST && ids.iter().all(|id| is_query(id));
    good.then_some(ids)
}

impl FlexDoor {
    /// A door that reads its queries and its token from the keychain when it is first used.
    pub(crate) fn new(settings: Settings) -> Result<Self, ConfigError> {
        let config = FlexConfig {
            address: settings.address,
            pin: settings.pin,
            deadline: CAPTURE_WITHIN,
            ..FlexConfig::default()
        };
        Ok(Self {
            kind: settings.kind,
            service: Service::new(&config)?,
            credentials: settings.credentials,
            levers: settings.levers,
            within: CAPTURE_WITHIN,
            taken: Mutex::default(),
        })
    }

    async fn capture(&self, pressed: Timestamp, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let until = Instant::now() + self.within;
        let credential = self.credentials.get().await?;
        let mut words = Vec::new();
        let mut missing = Vec::new();
        let mut refused = None;
        for query in known_queries(&credential)? {
            match self.around(&credential, &query, pressed, until).await {
                Ok(statement) => {
                    words.push(in_words(&query, &statement));
                    let label = format!("statement-{query}");
                    let Statement { xml, acts, .. } = statement;
                    keep.keep_with_acts(&label, "xml", &xml, acts);
                }
                Err(error) => {
                    missing.push(Missing {
                        what: format!("statement of query {query}"),
                        why: why(&error.error),
                    });
                    refused = refused.or(Some(error.error).filter(is_final));
                }
            }
        }
        match refused {
            Some(error) if words.is_empty() => Err(error),
            Some(_) | None => Ok(Receipt {
                words: if words.is_empty() {
                    "no statement yet".to_owned()
                } else {
                    words.join("; ")
                },
                // what was held at the end of a day is not what is held now
                snapshot: None,
                missing,
            }),
        }
    }

    /// The statement of the days before the press. Where there is none for today yet, up to yesterday.
    async fn around(
        &self,
        credential: &Credential,
        query: &str,
        pressed: Timestamp,
        until: Instant,
    ) -> Result<Statement, FlexError> {
        let today = statement_day(pressed);
        let error = match self.fetch(credential, query, today, until).await {
            Err(error) if error.code == Some(NOT_AVAILABLE) => error,
            outcome => return outcome,
        };
        let yesterday = today.checked_sub(1.day()).map_err(|_| error)?;
        self.fetch(credential, query, yesterday, until).await
    }

    async fn fetch(
        &self,
        credential: &Credential,
        query: &str,
        to: Date,
        until: Instant,
    ) -> Result<Statement, FlexError> {
        let days = days_to(query, to)?;
        let quiet = &mut |_: &str| {};
        let fetched = self
            .service
            .fetch(&credential.secret, &days, until, quiet)
            .await?;
        self.took();
        Ok(fetched)
    }

    async fn audit(&self) -> Result<Receipt, DoorError> {
        let credential = self.credentials.get().await?;
        let mut facts = vec![
            (Snapshot::MAY_WITHDRAW.to_owned(), "no".to_owned()),
            ("may trade".to_owned(), "no".to_owned()),
        ];
        for query in known_queries(&credential)? {
            self.check(&credential, &query).await?;
            facts.push((format!("statement query {query}"), "taken".to_owned()));
        }
        Ok(Receipt {
            words: "IBKR takes the token, which reads statements and nothing else".to_owned(),
            snapshot: Some(Snapshot {
                facts,
                ..Snapshot::default()
            }),
            missing: Vec::new(),
        })
    }

    /// Whether IBKR takes the token and a query: asked with the day before, which is over.
    async fn check(&self, credential: &Credential, query: &str) -> Result<(), DoorError> {
        let today = statement_day(Timestamp::now());
        let yesterday = today.checked_sub(1.day()).unwrap_or(today);
        let days = days_to(query, yesterday)?;
        match self.service.check(&credential.secret, &days).await {
            // it was let in, and there is nothing of these days
            Err(error) if error.code == Some(NOT_AVAILABLE) => {}
            outcome => outcome?,
        }
        self.took();
        Ok(())
    }

    fn took(&self) {
        let now = (Instant::now(), Timestamp::now());
        *self.lock() = Some(now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Timestamp)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Door for FlexDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        crate::ibkr::poll_interval(Kind::Flex)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        let credential = self.credentials.get().await?;
        let fresh = *self.lock();
        let fresh = fresh.filter(|(at, _)| at.elapsed() < TAKEN_LASTS);
        let at = if let Some((_, at)) = fresh {
            at
        } else {
            let queries = known_queries(&credential)?;
            if let Some(query) = queries.first() {
                self.check(&credential, query).await?;
            }
            Timestamp::now()
        };
        Ok(Health {
            words: format!(
                "the Flex Web Service; it took the token at {} UTC",
                at.strftime("%H:%M")
            ),
            ..Health::default()
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::Capture => self.capture(pull.pressed_at, keep).await,
            Lever::Audit => self.audit().await,
            Lever::StopAutomation
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::EndSessions => Err(unsupported(pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        Err(unsupported(pull.lever))
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}

fn days_to(query: &str, to: Date) -> Result<Days, FlexError> {
    let from = to.checked_sub(DAYS_BEFORE.days()).unwrap_or(to);
    Days::new(query, from, to)
}

fn known_queries(credential: &Credential) -> Result<Vec<String>, DoorError> {
    queries(credential.key.expose()).ok_or_else(|| {
        DoorError::new(
            ErrorClass::Unauthorised,
            "",
            "the keychain holds no id of a query for this door",
        )
        .next("Remove the account and add it again with the query's id and the token.")
    })
}

fn in_words(query: &str, statement: &Statement) -> String {
    format!(
        "query {query}: {}, {} to {}, {} acts",
        statement.kind.words(),
        statement.from,
        statement.to,
        statement.acts.len()
    )
}

fn why(error: &DoorError) -> String {
    if error.next.is_empty() {
        error.to_string()
    } else {
        format!("{error}. {}", error.next)
    }
}

/// Whether asking again changes nothing until somebody does.
fn is_final(error: &DoorError) -> bool {
    matches!(error.class, ErrorClass::Unauthorised | ErrorClass::Refused)
}

fn unsupported(lever: Lever) -> DoorError {
    DoorError::new(
        ErrorClass::Unsupported,
        "",
        format!("the Flex Web Service reads statements; it has no {lever}"),
    )
}

#[cfg(test)]
mod tests {
    use door::Forget;
    use simulator::{faults::Front, serve::Spec};

    use super::*;
    use crate::{Account, Means};

    async fn served(fault: &str) -> simulator::Served {
        simulator::serve(Spec {
            fronts: [Front::Flex].into(),
            faults: vec![fault.parse().unwrap()],
            ..Spec::default()
        })
        .await
        .unwrap()
    }

    async fn door(served: &simulator::Served, within: Duration) -> FlexDoor {
        let means = Means::simulated();
        means.take_keys(&served.accounts()[0]).await.unwrap();
        let account = Account::of(&served.accounts()[0]).unwrap();
        let config = &account.doors()[0];
        let door = FlexDoor::new(Settings {
            kind: Kind::Flex.door_kind(),
            address: config.address().clone(),
            pin: config.pin(),
            credentials: means.credentials(account.name(), Kind::Flex).unwrap(),
            nonces: means.nonces(account.name(), Kind::Flex),
            counter: means.kept(account.name(), Kind::Flex, "counter"),
            levers: Vec::new(),
            unseen: Vec::new(),
        });
        FlexDoor {
            within,
            ..door.unwrap()
        }
    }

    #[tokio::test]
    async fn a_statement_that_is_not_made_in_time_is_missing_and_holds_nothing_up() {
        for fault in ["in-progress:polls=99", "hang"] {
            let served = served(fault).await;
            let door = door(&served, Duration::from_secs(3)).await;
            let begun = Instant::now();
            let receipt = door.capture(Timestamp::now(), &Forget).await.unwrap();
            assert!(begun.elapsed() < Duration::from_secs(4), "{fault}");
            assert_eq!(receipt.missing.len(), 2, "{fault}: {receipt:?}");
            assert!(receipt.missing[0].why.contains("in time"), "{receipt:?}");
        }
    }

    #[tokio::test]
    async fn where_there_is_no_statement_for_today_yet_yesterdays_is_kept() {
        let served = served("flex-code:code=1003,times=1").await;
        let door = door(&served, CAPTURE_WITHIN).await;
        let receipt = door.capture(Timestamp::now(), &Forget).await.unwrap();
        assert_eq!(receipt.missing, []);
        let today = statement_day(Timestamp::now());
        let yesterday = today.checked_sub(1.day()).unwrap();
        let (first, second) = receipt.words.split_once("; ").unwrap();
        assert!(first.contains(&yesterday.to_string()), "{first}");
        assert!(second.contains(&format!("to {today}")), "{second}");
    }

    #[test]
    fn ids_of_queries_are_digits_parted_by_commas() {
        assert_eq!(queries("500001").unwrap(), ["500001"]);
        assert_eq!(queries("500001,2").unwrap(), ["500001", "2"]);
        for bad in [
            "",
            ",",
            "1,",
            "a",
            "1,1",
            "1 2",
            "1,2,3,4,5",
            "1234567890123",
        ] {
            assert!(queries(bad).is_none(), "{bad}");
        }
    }
}
