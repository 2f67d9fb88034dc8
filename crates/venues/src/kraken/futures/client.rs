//! Signed requests to futures, at the pace of its two counters.

use std::time::Duration;

use door::Keep;
use reqwest::Method;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{acts, wire};
use crate::{
    config_error::ConfigError,
    exchange::{
        Answer, Clock, Credentials, Http, Limiter, Points, Request, Settings, Urgency, Withheld,
    },
    kraken::{
        errors::{Failure, LOCKOUT, RATE_REST, Said, malformed},
        json::rfc3339,
        sign,
        spot::not_from_the_api,
        watch::Watch,
    },
};

/// 500 points come back in ten seconds.
const DERIVATIVES: Points = Points {
    most: 500.0,
    per_second: 50.0,
    left_for_urgent: 150.0,
};

/// 100 points come back in ten minutes.
const HISTORY: Points = Points {
    most: 100.0,
    per_second: 1.0 / 6.0,
    left_for_urgent: 0.0,
};

const KEY_CHECK: &str = "/api/auth/v1/api-keys/v3/check";
const ACCOUNT_LOG: &str = "/api/history/v3/account-log";
const ORDER_HISTORY: &str = "/api/history/v3/orders";

/// A signed call.
#[derive(Clone)]
pub(super) struct Call {
    method: Method,
    path: &'static str,
    label: &'static str,
    fields: Vec<(&'static str, String)>,
    cost: f64,
    urgency: Urgency,
}

impl Call {
    /// A listing.
    pub(super) fn get(path: &'static str, label: &'static str, urgency: Urgency) -> Self {
        Self {
            method: Method::GET,
            path,
            label,
            fields: Vec::new(),
            cost: 2.0,
            urgency,
        }
    }

    /// A lever.
    pub(super) fn post(path: &'static str, label: &'static str, cost: f64) -> Self {
        Self {
            method: Method::POST,
            cost,
            ..Self::get(path, label, Urgency::Act)
        }
    }

    /// Sets the dead-man's switch, or takes it off with zero.
    pub(super) fn switch(timeout: Duration) -> Self {
        Self::post("/derivatives/api/v3/cancelallordersafter", "switch", 25.0)
            .with("timeout", timeout.as_secs().to_string())
    }

    /// What the key may do.
    pub(super) fn key_check() -> Self {
        Self::get(KEY_CHECK, "key-info", Urgency::Read)
    }

    /// A page of the account log.
    pub(super) fn account_log(count: u32) -> Self {
        Self {
            cost: 3.0,
            ..Self::get(ACCOUNT_LOG, "account-log", Urgency::Read)
        }
        .with("count", count.to_string())
    }

    /// A page of the events of orders.
    pub(super) fn order_history(count: u32) -> Self {
        Self {
            cost: 1.0,
            ..Self::get(ORDER_HISTORY, "order-history", Urgency::Read)
        }
        .with("count", count.to_string())
    }

    /// The same with a field.
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    /// The same at another cost.
    pub(super) fn costing(self, cost: f64) -> Self {
        Self { cost, ..self }
    }

    /// Whether the answer says only by its status and an `error` that it is none.
    fn is_plain(&self) -> bool {
        matches!(self.path, KEY_CHECK | ACCOUNT_LOG | ORDER_HISTORY)
    }

    fn data(&self) -> String {
        let mut data = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.fields {
            data.append_pair(name, value);
        }
        data.finish()
    }
}

/// The API at one address, with one key.
pub(super) struct Client {
    http: Http,
    derivatives: Limiter,
    history: Limiter,
    clock: Clock,
    credentials: Box<dyn Credentials>,
    pub(super) watch: Watch,
}

impl Client {
    pub(super) fn new(settings: Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            http: Http::new(&settings.address, settings.pin)?,
            derivatives: Limiter::new(DERIVATIVES),
            history: Limiter::new(HISTORY),
            clock: Clock::default(),
            credentials: settings.credentials,
            watch: Watch::default(),
        })
    }

    /// The venue's clock minus ours, once an answer told its time.
    pub(super) fn ahead_ms(&self) -> Option<i64> {
        self.clock.ahead_ms()
    }

    /// A call and what it answers.
    pub(super) async fn ask(&self, call: &Call, keep: &dyn Keep) -> Result<Value, Failure> {
        self.watch.admit()?;
        let limiter = if matches!(call.path, ACCOUNT_LOG | ORDER_HISTORY) {
            &self.history
        } else {
            &self.derivatives
        };
        limiter.admit(call.cost, call.urgency).await?;
        let credential = self.credentials.get().await?;
        // a call before this one may have shown that the key is dead
        self.watch.admit()?;
        let data = call.data();
        let authent = sign::futures(call.path, &data, &credential.secret)?;
        let in_body = call.method == Method::POST;
        let target = match (in_body, data.as_str()) {
            (true, _) | (false, "") => call.path.to_owned(),
            (false, query) => format!("{}?{query}", call.path),
        };
        let request = Request {
            method: call.method.clone(),
            target,
            headers: vec![
                ("APIKey", Zeroizing::new(credential.key.expose().to_owned())),
                ("Authent", Zeroizing::new(authent)),
            ],
            body: in_body.then(|| Zeroizing::new(data)),
            content_type: "application/x-www-form-urlencoded",
        };
        let answer = self.http.send(&request).await?;
        let withheld = Withheld {
            fields: &["apiKey"],
            credential: Some(&credential),
        };
        let asked = format!("{} {}", call.method, call.path);
        let told = |body: &Value| acts::told(call.label, body);
        answer.keep(keep, call.label, &asked, &withheld, told);
        let told = read(call, &answer);
        self.heard(told, &answer, limiter)
    }

    /// Draws what an answer tells about the key, the counter and the clock.
    fn heard(
        &self,
        told: Result<Value, Failure>,
        answer: &Answer,
        limiter: &Limiter,
    ) -> Result<Value, Failure> {
        let failure = match told {
            Ok(body) => {
                self.watch.worked();
                if let Some(at) = rfc3339(&body, "serverTime")? {
                    self.clock.measure(at, answer.sent, answer.received);
                }
                return Ok(body);
            }
            Err(failure) => failure,
        };
        match failure.said {
            Some(Said::KeyUnknown) => self.watch.refused(&failure.error),
            // it is the key's own right that is judged: the key is known
            Some(Said::Permission) => self.watch.worked(),
            Some(Said::Rate) => {
                limiter.too_many(rest(answer));
            }
            Some(
                Said::Signature
                | Said::Nonce
                | Said::Account
                | Said::TradingRate
                | Said::Lockout
                | Said::Service
                | Said::Gone
                | Said::Other,
            )
            | None => {}
        }
        Err(failure)
    }
}

/// How long the venue says to rest: the account log tells it in seconds, the others do not.
fn rest(answer: &Answer) -> Duration {
    answer
        .header("rate-limit-reset")
        .and_then(|seconds| seconds.parse().ok())
        .map_or(RATE_REST, Duration::from_secs)
        .min(LOCKOUT)
}

/// What an answer holds. An error in it counts whatever the status is.
fn read(call: &Call, answer: &Answer) -> Result<Value, Failure> {
    let body = match answer.json() {
        Ok(body) if body.is_object() => body,
        Ok(_) | Err(_) if answer.status == 429 => return Err(Failure::futures("apiLimitExceeded")),
        Ok(_) | Err(_) if answer.status != 200 => {
            return Err(not_from_the_api(answer.status).into());
        }
        Ok(_) => return Err(malformed("no table").into()),
        Err(error) => return Err(error.into()),
    };
    if !call.is_plain() {
        return wire::result(&body).cloned();
    }
    // the documents give this status one meaning here, and its words none
    if answer.status == 401 && body.get("error").is_some() {
        return Err(Failure::futures("authenticationError"));
    }
    match wire::plain(&body) {
        Ok(_) if answer.status != 200 => Err(not_from_the_api(answer.status).into()),
        told => told.cloned(),
    }
}
