//! The Flex Web Service, version 3: statements of the days around, as IBKR itself writes them.
//!
//! A statement is asked for, and fetched once it was made. The service reads only and works without
//! a login, with a token of its own; that token is never in an error, a log, or what is kept.

mod acts;
mod door;
mod envelope;
mod error;
mod pace;
mod statement;
mod time;
mod wire;
mod xml;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ::door::{DoorError, ErrorClass};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;
use vault::Secret;

use crate::{
    config::{Address, Fingerprint},
    config_error::ConfigError,
};
use envelope::{Answer, Reference};
use pace::Turns;
use wire::Wire;

pub use error::FlexError;
pub use pace::Pace;
pub use statement::{Stated, Statement, StatementKind};

pub(crate) use self::door::{FlexDoor, queries};

/// IBKR's hosts of the service, the usual one first.
pub const HOSTS: [&str; 2] = [
    "ndcdyn.interactivebrokers.com",
    "gdcdyn.interactivebrokers.com",
];
/// The most days that one statement can be asked for.
pub const DAYS_AT_MOST: i32 = 365;
/// A statement that was asked for is fetched until this long after.
const REFERENCE_LASTS: Duration = Duration::from_mins(10);

/// Where the service is, and how patiently it is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlexConfig {
    /// One of [`HOSTS`], or a simulator on this computer.
    pub address: Address,
    /// The certificate that is expected on this computer; none for IBKR.
    pub pin: Option<Fingerprint>,
    /// How often it is asked.
    pub pace: Pace,
    /// How long one statement may take, waits included.
    pub deadline: Duration,
}

impl Default for FlexConfig {
    /// IBKR itself, at its own pace, for five minutes.
    fn default() -> Self {
        Self {
            address: Address {
                host: HOSTS[0].to_owned(),
                port: 443,
            },
            pin: None,
            pace: Pace::default(),
            deadline: Duration::from_mins(5),
        }
    }
}

/// The service with a token.
pub struct Flex {
    service: Service,
    token: Secret,
}

impl Flex {
    /// The service that `config` describes. Nothing is sent yet.
    pub fn new(config: &FlexConfig, token: Secret) -> Result<Self, ConfigError> {
        Ok(Self {
            service: Service::new(config)?,
            token,
        })
    }

    /// Fetches the statement of the query `query` for the days from `from` to `to`, both included:
    /// at most [`DAYS_AT_MOST`]. `told` hears in words what is being waited for.
    ///
    /// A call that was dropped, or came to its deadline, is gone on with by the next one for the same
    /// days.
    pub async fn fetch(
        &self,
        query: &str,
        from: Date,
        to: Date,
        told: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Statement, FlexError> {
        let days = Days::new(query, from, to)?;
        let until = Instant::now() + self.service.deadline;
        self.service.fetch(&self.token, &days, until, told).await
    }

    /// Asks for a statement and fetches none: whether IBKR takes the token and the query.
    pub async fn check(&self, query: &str, from: Date, to: Date) -> Result<(), FlexError> {
        let days = Days::new(query, from, to)?;
        self.service.check(&self.token, &days).await
    }
}

/// The day of `at` where IBKR's statements are reckoned, which is New York.
pub fn statement_day(at: Timestamp) -> Date {
    time::day_in_new_york(at)
}

/// A query, and the days that its statement is for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Days {
    query: String,
    from: Date,
    to: Date,
}

impl Days {
    fn new(query: &str, from: Date, to: Date) -> Result<Self, FlexError> {
        if !is_query(query) {
            return Err(FlexError::refused(
                "the id of a query has digits only; nothing was sent to IBKR",
                "Copy it from Performance & Reports > Flex Queries.",
            ));
        }
        let last = from.checked_add((DAYS_AT_MOST - 1).days()).ok();
        if from > to || last.is_some_and(|last| to > last) {
            return Err(FlexError::refused(
                format!("a statement is for 1 to {DAYS_AT_MOST} days; nothing was sent to IBKR"),
                "Choose other days.",
            ));
        }
        Ok(Self {
            query: query.to_owned(),
            from,
            to,
        })
    }
}

/// Whether a text can be the id of a query.
pub(crate) fn is_query(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The service without a token.
struct Service {
    wire: Wire,
    turns: Turns,
    deadline: Duration,
    /// Statements that were asked for and not fetched yet.
    asked: Mutex<BTreeMap<Days, Asked>>,
}

/// A statement that is being made.
#[derive(Clone)]
struct Asked {
    code: String,
    at: Url,
    since: Instant,
}

impl Service {
    fn new(config: &FlexConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            wire: Wire::new(config)?,
            turns: Turns::new(config.pace),
            deadline: config.deadline,
            asked: Mutex::default(),
        })
    }

    async fn fetch(
        &self,
        token: &Secret,
        days: &Days,
        until: Instant,
        told: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Statement, FlexError> {
        let fetched = timeout_at(until, self.to_its_end(token, days, told)).await;
        let xml = fetched.unwrap_or_else(|_| Err(not_ready().into()))?;
        Statement::read(xml, days.from, days.to)
    }

    async fn check(&self, token: &Secret, days: &Days) -> Result<(), FlexError> {
        let until = Instant::now() + self.deadline;
        let asked = timeout_at(until, self.ask(token, days)).await;
        match asked.unwrap_or_else(|_| Err(not_ready().into())) {
            Ok(asked) => {
                self.remember(days, asked);
                Ok(())
            }
            // whoever is told to come back shortly was let in
            Err(error) if error.passes() && error.code != Some(error::TOO_MANY) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn to_its_end(
        &self,
        token: &Secret,
        days: &Days,
        told: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Vec<u8>, FlexError> {
        let mut waited = 0;
        let mut asked = self.remembered(days);
        loop {
            let (known, before) = (asked.clone(), asked.is_some());
            let outcome = match known {
                Some(known) => self.get(token, &known).await,
                None => match self.ask(token, days).await {
                    Ok(fresh) => {
                        told("asked for; IBKR is making it");
                        self.remember(days, fresh.clone());
                        asked = Some(fresh);
                        continue;
                    }
                    Err(error) => Err(error),
                },
            };
            let error = match outcome {
                Ok(xml) => {
                    self.forget(days);
                    return Ok(xml);
                }
                Err(error) => error,
            };
            if error.code == Some(error::REFERENCE_GONE) && before && waited == 0 {
                // it was asked for by an earlier call, and is forgotten there
                waited += 1;
                self.forget(days);
                asked = None;
                continue;
            }
            if !error.passes() {
                // what could not be reached is still being made
                let lost = [ErrorClass::Unreachable, ErrorClass::TimedOut];
                if !lost.contains(&error.error.class) {
                    self.forget(days);
                }
                return Err(error);
            }
            let wait = self.turns.pace().wait(waited);
            waited += 1;
            told(&format!(
                "{error}; asking again in {} s",
                wait.as_secs().max(1)
            ));
            sleep(wait).await;
        }
    }

    /// Asks for a statement to be made.
    async fn ask(&self, token: &Secret, days: &Days) -> Result<Asked, FlexError> {
        let _turn = self.turns.next().await;
        let (from, to) = (compact(days.from), compact(days.to));
        let fields = [("q", days.query.as_str()), ("fd", &from), ("td", &to)];
        let url = self.wire.at_home("SendRequest")?;
        let body = self.wire.get(url, token, &fields).await?;
        match envelope::read(&body)? {
            Answer::Asked(Reference { code, url }) => Ok(Asked {
                code,
                at: match url {
                    Some(told) => self.wire.named(&told)?,
                    None => self.wire.at_home("GetStatement")?,
                },
                since: Instant::now(),
            }),
            Answer::Code(number, said) => Err(FlexError::of_code(number, &said)),
            Answer::Statement => Err(FlexError::malformed("a statement that nobody asked for")),
        }
    }

    /// Fetches a statement that was asked for.
    async fn get(&self, token: &Secret, asked: &Asked) -> Result<Vec<u8>, FlexError> {
        let _turn = self.turns.next().await;
        let fields = [("q", asked.code.as_str())];
        let body = self.wire.get(asked.at.clone(), token, &fields).await?;
        match envelope::read(&body)? {
            Answer::Statement => Ok(body),
            Answer::Code(number, said) => Err(FlexError::of_code(number, &said)),
            Answer::Asked(_) => Err(FlexError::malformed(
                "a reference in the place of a statement",
            )),
        }
    }

    fn remembered(&self, days: &Days) -> Option<Asked> {
        let mut known = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, asked| asked.since.elapsed() < REFERENCE_LASTS);
        known.get(days).cloned()
    }

    fn remember(&self, days: &Days, asked: Asked) {
        let mut known = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(days.clone(), asked);
    }

    fn forget(&self, days: &Days) {
        let mut known = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(days);
    }
}

fn not_ready() -> DoorError {
    DoorError::new(
        ErrorClass::TimedOut,
        "",
        "IBKR has not made the statement in time",
    )
    .next("Collect it again in a few minutes: it goes on from here.")
}

/// `20260414`
fn compact(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

#[cfg(test)]
mod tests;
