//! Signed requests to spot: in the order of their nonces, at the pace of the key's counter.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use door::{DoorError, ErrorClass, Keep, clean};
use reqwest::Method;
use serde_json::Value;
use tokio::{sync::MutexGuard, time::timeout};
use zeroize::Zeroizing;

use super::{acts, wire};
use crate::{
    config_error::ConfigError,
    exchange::{
        Answer, Clock, Credentials, Http, Limiter, Nonces, Points, Request, Settings, Urgency,
        Withheld,
    },
    kraken::{
        errors::{Failure, LOCKOUT, RATE_REST, Said, malformed},
        json::text,
        sign,
        watch::Watch,
    },
};

/// The counter of the lowest tier. What other tiers have more is not relied upon.
const STARTER: Points = Points {
    most: 15.0,
    per_second: 0.33,
    // the switch, the cancel, two listings, and a page of fills between them
    left_for_urgent: 5.0,
};

/// How long a call waits for the answer to the one before it, whose nonce is lower. Past that it
/// goes all the same: the other one may then be refused, and is sent again.
const LEVER_OVERTAKES_AFTER: Duration = Duration::from_millis(300);
const READ_OVERTAKES_AFTER: Duration = Duration::from_secs(2);

/// A private call.
#[derive(Clone)]
pub(super) struct Call {
    name: &'static str,
    label: &'static str,
    form: Vec<(&'static str, String)>,
    cost: f64,
    urgency: Urgency,
}

impl Call {
    /// A call that reads.
    pub(super) fn read(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            form: Vec::new(),
            cost: match name {
                "Ledgers" | "TradesHistory" => 2.0,
                // the matching engine counts these itself
                "CancelOrder" => 0.0,
                _ => 1.0,
            },
            urgency: Urgency::Read,
        }
    }

    /// A call that pulls a lever, or proves that one was pulled.
    pub(super) fn act(name: &'static str, label: &'static str) -> Self {
        Self {
            urgency: Urgency::Act,
            ..Self::read(name, label)
        }
    }

    /// The same at another urgency.
    pub(super) fn at(self, urgency: Urgency) -> Self {
        Self { urgency, ..self }
    }

    /// The same with a field; one that is there already is replaced.
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.form.retain(|(known, _)| *known != name);
        self.form.push((name, value));
        self
    }

    /// The form, the nonce first.
    fn body(&self, nonce: u64) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("nonce", &nonce.to_string());
        for (name, value) in &self.form {
            form.append_pair(name, value);
        }
        form.finish()
    }
}

/// The API at one address, with one key.
pub(super) struct Client {
    http: Http,
    limiter: Limiter,
    clock: Clock,
    nonces: Nonces,
    credentials: Box<dyn Credentials>,
    lane: tokio::sync::Mutex<()>,
    last_nonce: AtomicU64,
    overtaken: AtomicBool,
    pub(super) watch: Watch,
}

impl Client {
    pub(super) fn new(settings: Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            http: Http::new(&settings.address, settings.pin)?,
            limiter: Limiter::remembering(STARTER, settings.counter),
            clock: Clock::default(),
            nonces: settings.nonces,
            credentials: settings.credentials,
            lane: tokio::sync::Mutex::default(),
            last_nonce: AtomicU64::new(0),
            overtaken: AtomicBool::new(false),
            watch: Watch::default(),
        })
    }

    /// The venue's clock minus ours, once it was measured.
    pub(super) fn ahead_ms(&self) -> Option<i64> {
        self.clock.ahead_ms()
    }

    /// Whether another program was seen to use the key: a nonce was refused, or the venue tells a
    /// higher one than ours.
    pub(super) fn shares_its_key(&self, told: Option<u64>) -> bool {
        let ours = self.last_nonce.load(Ordering::Relaxed);
        self.overtaken.load(Ordering::Relaxed) || told.is_some_and(|told| told > ours)
    }

    /// Measures the venue's clock. Kraken tells whole seconds.
    pub(super) async fn time(&self) -> Result<(), DoorError> {
        let answer = self.public("Time").await?;
        let result = read(&answer)?;
        let told = crate::kraken::json::seconds(&result, "unixtime")?
            .ok_or_else(|| malformed("no `unixtime`"))?;
        self.clock.measure(told, answer.sent, answer.received);
        Ok(())
    }

    /// What the venue says of itself: `online`, `maintenance`, `cancel_only`, ...
    pub(super) async fn status(&self) -> Result<String, DoorError> {
        let answer = self.public("SystemStatus").await?;
        Ok(clean(text(&read(&answer)?, "status")?))
    }

    async fn public(&self, name: &str) -> Result<Answer, DoorError> {
        let request = Request {
            method: Method::GET,
            target: format!("/0/public/{name}"),
            headers: Vec::new(),
            body: None,
            content_type: "",
        };
        self.http.send(&request).await
    }

    /// A private call and what it answers. One whose nonce was overtaken on its way is sent again,
    /// once.
    pub(super) async fn ask(&self, call: &Call, keep: &dyn Keep) -> Result<Value, Failure> {
        match self.once(call, keep).await {
            Err(failure) if failure.said == Some(Said::Nonce) => {
                let again = self.once(call, keep).await;
                if matches!(&again, Err(failure) if failure.said == Some(Said::Nonce)) {
                    self.overtaken.store(true, Ordering::Relaxed);
                }
                again
            }
            answer => answer,
        }
    }

    async fn once(&self, call: &Call, keep: &dyn Keep) -> Result<Value, Failure> {
        self.watch.admit()?;
        self.limiter.admit(call.cost, call.urgency).await?;
        let credential = self.credentials.get().await?;
        let turn = self.turn(call.urgency).await;
        // the call before this one may have shown that the key is dead
        self.watch.admit()?;
        let path = format!("/0/private/{}", call.name);
        let nonce = self.nonces.next(&self.clock);
        self.last_nonce.fetch_max(nonce, Ordering::Relaxed);
        let body = call.body(nonce);
        let signature = sign::spot(&path, nonce, &body, &credential.secret)?;
        let request = Request {
            method: Method::POST,
            target: path.clone(),
            headers: vec![
                (
                    "API-Key",
                    Zeroizing::new(credential.key.expose().to_owned()),
                ),
                ("API-Sign", Zeroizing::new(signature)),
            ],
            body: Some(Zeroizing::new(body)),
            content_type: "application/x-www-form-urlencoded",
        };
        let answer = self.http.send(&request).await?;
        drop(turn);
        let withheld = Withheld {
            fields: &["apiKey"],
            credential: Some(&credential),
        };
        let asked = format!("POST {path}");
        let told = |body: &Value| acts::told(call.label, body);
        answer.keep(keep, call.label, &asked, &withheld, told);
        let told = read(&answer);
        self.heard(told)
    }

    /// Whether the key's counter leaves room for hardly more than one call.
    pub(super) fn is_short(&self) -> bool {
        self.limiter.is_short()
    }

    /// Waits for the call before this one, for a while.
    async fn turn(&self, urgency: Urgency) -> Option<MutexGuard<'_, ()>> {
        let wait = match urgency {
            Urgency::First | Urgency::Act => LEVER_OVERTAKES_AFTER,
            Urgency::Read => READ_OVERTAKES_AFTER,
        };
        timeout(wait, self.lane.lock()).await.ok()
    }

    /// Draws what an answer tells about the key and the counter.
    fn heard(&self, told: Result<Value, Failure>) -> Result<Value, Failure> {
        let failure = match told {
            Ok(result) => {
                self.watch.worked();
                return Ok(result);
            }
            Err(failure) => failure,
        };
        match failure.said {
            Some(Said::KeyUnknown) => self.watch.refused(&failure.error),
            // it is the key's own right that is judged: the key is known
            Some(Said::Permission) => self.watch.worked(),
            Some(Said::Rate) => {
                self.limiter.too_many(RATE_REST);
            }
            Some(Said::Lockout) => {
                self.limiter.locked_out(LOCKOUT);
            }
            Some(
                Said::Signature
                | Said::Nonce
                | Said::Account
                | Said::TradingRate
                | Said::Service
                | Said::Gone
                | Said::Other,
            )
            | None => {}
        }
        Err(failure)
    }
}

/// What an answer holds. An error in it counts whatever the status is.
fn read(answer: &Answer) -> Result<Value, Failure> {
    match answer.json() {
        Ok(body) if body.get("error").is_some() => wire::result(&body).cloned(),
        Ok(_) | Err(_) if answer.status != 200 => Err(not_from_the_api(answer.status).into()),
        Ok(_) => Err(malformed("neither a result nor an error").into()),
        Err(error) => Err(error.into()),
    }
}

/// An answer of what stands before the API, not of the API itself.
pub(in crate::kraken) fn not_from_the_api(status: u16) -> DoorError {
    let said = format!("status {status}");
    match status {
        429 => DoorError::new(
            ErrorClass::Paced,
            &said,
            "Kraken's network takes no more calls from this address for now",
        )
        .after(RATE_REST),
        300..=399 => DoorError::new(
            ErrorClass::Malformed,
            &said,
            "the answer points to another address; it was not followed",
        ),
        500..=599 => DoorError::new(ErrorClass::Unreachable, &said, "Kraken's service is away")
            .next("Look at status.kraken.com."),
        _ => DoorError::new(
            ErrorClass::Refused,
            &said,
            "Kraken's network did not let the call through to the API",
        )
        .next("Try from another connection; a VPN or a proxy may be shut out.")
        .soon(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nonce_comes_first_and_a_field_stands_once() {
        let call = Call::read("TradesHistory", "trades")
            .with("ofs", "0".to_owned())
            .with("start", "1 & 2".to_owned())
            .with("ofs", "50".to_owned());
        assert_eq!(call.body(7), "nonce=7&start=1+%26+2&ofs=50");
    }

    #[test]
    fn what_stands_before_the_api_refuses_no_key() {
        for status in [301, 403, 429, 502, 520] {
            let error = not_from_the_api(status);
            assert_ne!(error.class, ErrorClass::Unauthorised, "{status}");
        }
    }
}
