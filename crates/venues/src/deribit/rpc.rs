//! JSON-RPC over HTTPS: a call sent, signed or with a token, and its answer read.
//!
//! Calls are `POST`ed, so that a one-time code stands in no URL. What a call's status and its body
//! say must agree; only a result that the venue called one is a result.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use door::{Again, Code, DoorError, ErrorClass, Keep};
use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    accounts::Token,
    acts,
    endpoints::{self, Call, Pool},
    errors::{Meaning, RpcError},
    sign::{Signed, client_signature},
};
use crate::{
    config::Address,
    config_error::ConfigError,
    exchange::{
        Answer, Clock, Credential, Credentials, Http, Limiter, Nonces, Request, Settings, Withheld,
        malformed,
    },
};

/// What is cut out of answers: secrets of keys, tokens, and what the venue asks to be kept secret.
const WITHHELD: [&str; 8] = [
    "client_secret",
    "access_token",
    "refresh_token",
    "signature",
    "authorization_data",
    "challenge",
    "proof_id",
    "proof_id_signature",
];

/// How long to rest after `too_many_requests`: the credits of two seconds.
const REST: Duration = Duration::from_secs(2);
/// A clock that is off by more than this since it was measured has jumped.
const CLOCK_JUMPS_BY_MS: u64 = 5_000;
/// How long to rest after too many failed logins.
const LOCKED_OUT: Duration = Duration::from_mins(5);

/// Where the venue answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Live,
    Test,
    Simulated,
}

impl Place {
    fn of(address: &Address) -> Self {
        if address.is_loopback() {
            Self::Simulated
        } else if address.host.eq_ignore_ascii_case("test.deribit.com") {
            Self::Test
        } else {
            Self::Live
        }
    }
}

/// As whom a call is made.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    Nobody,
    /// With the key's own signature.
    Key,
    /// For a sub-account.
    Token(&'a Token),
}

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The venue said no.
    Said(Box<Said>),
    /// The venue wants a code, and none is at hand.
    WantsCode,
    /// Anything else.
    Other(DoorError),
}

/// The venue's own refusal, and how the door tells it.
#[derive(Debug)]
pub(super) struct Said {
    said: RpcError,
    pub(super) error: DoorError,
}

impl Failure {
    /// What the venue meant, if it was the venue.
    pub(super) fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Said(refusal) => Some(refusal.said.meaning()),
            Self::WantsCode | Self::Other(_) => None,
        }
    }
}

impl From<DoorError> for Failure {
    fn from(error: DoorError) -> Self {
        Self::Other(error)
    }
}

impl From<Failure> for DoorError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Said(refusal) => refusal.error,
            Failure::Other(error) => error,
            Failure::WantsCode => wants_code("Deribit wants a one-time code for this"),
        }
    }
}

/// The error that asks the person for a code.
pub(super) fn wants_code(meaning: &str) -> DoorError {
    DoorError::new(ErrorClass::NeedsCode, "", meaning)
        .next("Type the code that the authenticator shows. Deribit takes each code once.")
}

/// The API at one address.
pub(super) struct Rpc {
    http: Http,
    credentials: Box<dyn Credentials>,
    nonces: Nonces,
    pub(super) clock: Clock,
    pub(super) place: Place,
    limiters: Mutex<HashMap<(u64, Pool), Arc<Limiter>>>,
    code: Mutex<Option<Code>>,
    last_id: AtomicU64,
}

impl Rpc {
    pub(super) fn new(settings: Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            http: Http::new(&settings.address, settings.pin)?,
            place: Place::of(&settings.address),
            credentials: settings.credentials,
            nonces: settings.nonces,
            clock: Clock::default(),
            limiters: Mutex::default(),
            code: Mutex::default(),
            last_id: AtomicU64::new(0),
        })
    }

    /// Makes a call. A challenge is not answered.
    pub(super) async fn ask(
        &self,
        by: By<'_>,
        call: &Call,
        keep: &dyn Keep,
    ) -> Result<Value, Failure> {
        let result = self.send(by, call, &[], keep).await;
        let result = self.with_clock_in_doubt(by, result, keep).await?;
        match challenge(&result) {
            None => Ok(result),
            Some(_) => Err(Failure::WantsCode),
        }
    }

    /// A signature that is not taken may be a clock that jumped since it was measured: it is
    /// measured again, and if it did jump, the call is worth another try.
    async fn with_clock_in_doubt(
        &self,
        by: By<'_>,
        result: Result<Value, Failure>,
        keep: &dyn Keep,
    ) -> Result<Value, Failure> {
        let signed = matches!(by, By::Key);
        match result {
            Err(Failure::Said(mut refusal))
                if signed && refusal.said.meaning() == Meaning::BadToken =>
            {
                let before = self.clock.ahead_ms();
                let measured = self.send(By::Nobody, &endpoints::time(), &[], keep).await;
                let jumped = match (before, self.clock.ahead_ms()) {
                    (Some(before), Some(now)) => before.abs_diff(now) > CLOCK_JUMPS_BY_MS,
                    (None, Some(now)) => now.unsigned_abs() > CLOCK_JUMPS_BY_MS,
                    (_, None) => false,
                };
                if measured.is_ok() && jumped {
                    refusal.error.again = Again::Soon;
                }
                Err(Failure::Said(refusal))
            }
            result => result,
        }
    }

    /// Makes a call; a challenge takes the code that was offered.
    pub(super) async fn ask_with_code(
        &self,
        by: By<'_>,
        call: &Call,
        keep: &dyn Keep,
    ) -> Result<Value, Failure> {
        let result = self.send(by, call, &[], keep).await?;
        let Some(challenge) = challenge(&result) else {
            return Ok(result);
        };
        let code = self.code().take().ok_or(Failure::WantsCode)?;
        let with = [
            ("authorization_data", code.expose()),
            ("challenge", challenge),
        ];
        let result = self.send(by, call, &with, keep).await?;
        if self::challenge(&result).is_some() {
            return Err(Failure::WantsCode);
        }
        Ok(result)
    }

    /// Takes a code for the next challenge.
    pub(super) fn offer_code(&self, code: Code) {
        *self.code() = Some(code);
    }

    /// `public/auth` with a signature: whether the key works, and tokens for it.
    pub(super) async fn auth(&self, scope: &str, keep: &dyn Keep) -> Result<Value, Failure> {
        let credential = self.credentials.get().await?;
        let at = self.clock.now().as_millisecond();
        let nonce = self.nonces.next(&self.clock).to_string();
        let signature = client_signature(credential.secret.expose(), at, &nonce, "");
        let at = at.to_string();
        let with = [
            ("grant_type", "client_signature"),
            ("client_id", credential.key.expose()),
            ("timestamp", at.as_str()),
            ("nonce", nonce.as_str()),
            ("data", ""),
            ("signature", signature.as_str()),
            ("scope", scope),
        ];
        let call = endpoints::auth();
        self.send(By::Nobody, &call, &with, keep).await
    }

    /// `public/exchange_token`: tokens for a sub-account.
    pub(super) async fn exchange_token(
        &self,
        refresh: &str,
        call: &Call,
        keep: &dyn Keep,
    ) -> Result<Value, Failure> {
        let with = [("refresh_token", refresh)];
        self.send(By::Nobody, call, &with, keep).await
    }

    /// What names the key on the wire.
    pub(super) async fn credential(&self) -> Result<Arc<Credential>, DoorError> {
        self.credentials.get().await
    }

    async fn send(
        &self,
        by: By<'_>,
        call: &Call,
        secrets: &[(&str, &str)],
        keep: &dyn Keep,
    ) -> Result<Value, Failure> {
        let limiter = self.limiter(by, call.pool);
        limiter.admit(1.0, call.urgency).await?;
        let credential = self.credentials.get().await?;
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let target = format!("/api/v2/{}", call.method);
        let body = body(call, secrets, id);
        let authorization = match by {
            By::Nobody => None,
            By::Key => {
                let signed = Signed {
                    at_ms: self.clock.now().as_millisecond(),
                    nonce: self.nonces.next(&self.clock),
                    method: "POST",
                    target: &target,
                    body: &body,
                };
                let (key, secret) = (credential.key.expose(), credential.secret.expose());
                Some(signed.authorization(key, secret))
            }
            By::Token(token) => Some(format!("Bearer {}", token.access.expose())),
        };
        let request = Request {
            method: Method::POST,
            target: target.clone(),
            headers: authorization
                .map(|value| ("authorization", Zeroizing::new(value)))
                .into_iter()
                .collect(),
            body: Some(body),
            content_type: "application/json",
        };
        let answer = self.http.send(&request).await?;
        let asked = match by {
            By::Nobody => format!("POST {target}"),
            By::Key => format!("POST {target} {}", call.params),
            By::Token(token) => {
                format!(
                    "POST {target} {} for sub-account {}",
                    call.params, token.member
                )
            }
        };
        let withheld = Withheld {
            fields: &WITHHELD,
            credential: Some(&*credential),
        };
        let sub = match by {
            By::Nobody | By::Key => None,
            By::Token(token) => Some(token.member),
        };
        let told = |body: &Value| acts::told(call.label, body, sub);
        answer.keep(keep, call.label, &asked, &withheld, told);
        if call.method == "public/get_time"
            && let Some(ms) = time_told(&answer)
        {
            self.clock.measure(ms, answer.sent, answer.received);
        }
        read(self.place, &answer, id).map_err(|failure| Self::rested(&limiter, failure))
    }

    /// Rests where the venue says that it was too much.
    fn rested(limiter: &Limiter, failure: Failure) -> Failure {
        let rest = match failure.meaning() {
            Some(Meaning::Paced) => limiter.too_many(REST),
            Some(Meaning::LockedOut) => limiter.locked_out(LOCKED_OUT),
            Some(_) | None => return failure,
        };
        match failure {
            Failure::Said(mut refusal) => {
                refusal.error.again = rest.again;
                Failure::Said(refusal)
            }
            Failure::WantsCode | Failure::Other(_) => failure,
        }
    }

    fn limiter(&self, by: By<'_>, pool: Pool) -> Arc<Limiter> {
        let member = match by {
            By::Nobody | By::Key => 0,
            By::Token(token) => token.member,
        };
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = limiters
            .entry((member, pool))
            .or_insert_with(|| Arc::new(Limiter::new(pool.points())));
        Arc::clone(limiter)
    }

    fn code(&self) -> std::sync::MutexGuard<'_, Option<Code>> {
        self.code.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn body(call: &Call, secrets: &[(&str, &str)], id: u64) -> Zeroizing<String> {
    let mut params = call.params.clone();
    for (name, value) in secrets {
        params[*name] = json!(value);
    }
    Zeroizing::new(
        json!({ "jsonrpc": "2.0", "id": id, "method": call.method, "params": params }).to_string(),
    )
}

/// The challenge that stands in place of a result.
fn challenge(result: &Value) -> Option<&str> {
    let asked = result.get("security_key_authorization_required") == Some(&Value::Bool(true));
    asked.then(|| {
        result
            .get("challenge")
            .and_then(Value::as_str)
            .unwrap_or("")
    })
}

fn time_told(answer: &Answer) -> Option<jiff::Timestamp> {
    let ms = answer.json().ok()?.get("result")?.as_i64()?;
    jiff::Timestamp::from_millisecond(ms).ok()
}

/// What a status and a body mean together.
fn read(place: Place, answer: &Answer, id: u64) -> Result<Value, Failure> {
    let status = answer.status;
    let Ok(mut body) = answer.json() else {
        return Err(Failure::Other(not_its_own(status)));
    };
    if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
        let said = RpcError::of(error).ok_or_else(|| malformed("an error without a code"))?;
        let error = said.error(place == Place::Test);
        return Err(Failure::Said(Box::new(Said { said, error })));
    }
    if !(200..300).contains(&status) {
        return Err(Failure::Other(not_its_own(status)));
    }
    if body.get("id").and_then(Value::as_u64) != Some(id) {
        return Err(malformed("an answer to another request").into());
    }
    let testing = body.get("testnet").and_then(Value::as_bool);
    if matches!(
        (place, testing),
        (Place::Live, Some(true)) | (Place::Test, Some(false))
    ) {
        return Err(DoorError::new(
            ErrorClass::Refused,
            "testnet",
            "the host answers for the other platform: live and test do not belong together",
        )
        .next("Look at the door's address: www.deribit.com or test.deribit.com.")
        .into());
    }
    match body.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(malformed("no result and no error").into()),
    }
}

/// An answer that is not the venue's own: a page, a proxy, another host.
fn not_its_own(status: u16) -> DoorError {
    let said = format!("HTTP status {status}, no JSON-RPC");
    match status {
        429 => DoorError::new(
            ErrorClass::Paced,
            &said,
            "more requests than Deribit takes from this computer",
        )
        .after(REST),
        300..=399 => DoorError::new(
            ErrorClass::Malformed,
            &said,
            "the host points to another one, which was not asked",
        )
        .next("Look at the door's address: www.deribit.com or test.deribit.com."),
        500..=599 => DoorError::new(ErrorClass::Unreachable, &said, "Deribit is not serving now")
            .next("See status.deribit.com. It is tried again until Deribit is back."),
        _ => malformed(&said),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            sent: Timestamp::UNIX_EPOCH,
            received: Timestamp::UNIX_EPOCH,
        }
    }

    fn class(place: Place, status: u16, body: &str) -> ErrorClass {
        DoorError::from(read(place, &answer(status, body), 7).unwrap_err()).class
    }

    #[test]
    fn only_what_the_venue_calls_a_result_of_this_request_is_one() {
        let good = answer(
            200,
            r#"{"jsonrpc":"2.0","id":7,"result":[],"testnet":false}"#,
        );
        assert_eq!(read(Place::Live, &good, 7).unwrap(), json!([]));
        for (status, body, wanted) in [
            (200, r#"{"id":8,"result":[]}"#, ErrorClass::Malformed),
            (200, r#"{"result":[]}"#, ErrorClass::Malformed),
            (200, r#"{"id":7}"#, ErrorClass::Malformed),
            (200, "<html>", ErrorClass::Malformed),
            (302, "", ErrorClass::Malformed),
            (502, "<html>", ErrorClass::Unreachable),
            (500, r#"{"id":7,"result":[]}"#, ErrorClass::Unreachable),
            (429, "", ErrorClass::Paced),
            (
                200,
                r#"{"id":7,"error":{"code":13004}}"#,
                ErrorClass::Unauthorised,
            ),
            (200, r#"{"id":7,"error":{"code":10028}}"#, ErrorClass::Paced),
            (400, r#"{"id":7,"error":{}}"#, ErrorClass::Malformed),
        ] {
            assert_eq!(class(Place::Live, status, body), wanted, "{status} {body}");
        }
    }

    #[test]
    fn a_refusal_that_is_not_the_venues_own_is_no_dead_key() {
        for status in [401, 403] {
            let failure = read(Place::Live, &answer(status, "<html>no</html>"), 7).unwrap_err();
            assert_eq!(failure.meaning(), None);
            assert_eq!(DoorError::from(failure).class, ErrorClass::Malformed);
        }
    }

    #[test]
    fn live_and_test_are_told_apart_by_what_answers() {
        let test = r#"{"id":7,"result":1,"testnet":true}"#;
        assert_eq!(class(Place::Live, 200, test), ErrorClass::Refused);
        assert!(read(Place::Test, &answer(200, test), 7).is_ok());
        assert!(read(Place::Simulated, &answer(200, test), 7).is_ok());
    }
}
