//! Calls to the Client Portal gateway: bounded in size and time, JSON or nothing.
//!
//! No redirect is followed, no proxy is asked, and no HTML is ever parsed. Cookies stay in memory;
//! what is kept of an answer has had its secrets cut out.

use std::{error::Error as _, sync::Arc, time::Duration};

use door::{DoorError, ErrorClass, Keep, clean};
use reqwest::{Client, Method, StatusCode, header, redirect};
use serde_json::Value;

use super::{
    acts,
    limiter::{Limiter, Pace, Urgency},
};
use crate::{config::Fingerprint, config_error::ConfigError, pin::Pinned};

/// The most that an answer may hold. 1000 orders are well below 2 MiB.
const ANSWER_AT_MOST: usize = 4 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// A whole call.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// One call.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// Below `/v1/api`, with its query.
    pub(super) path: &'a str,
    pub(super) body: Option<Value>,
    pub(super) pace: Pace,
    pub(super) urgency: Urgency,
    /// Under which label the answer is kept; `None` keeps nothing.
    pub(super) label: Option<&'a str>,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: &'a str, pace: Pace, label: &'a str) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
            pace,
            urgency: Urgency::Read,
            label: Some(label),
        }
    }

    pub(super) fn post(path: &'a str, body: Value, pace: Pace, label: &'a str) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(path, pace, label)
        }
    }

    pub(super) fn delete(path: &'a str, label: &'a str) -> Self {
        Self {
            method: Method::DELETE,
            urgency: Urgency::Act,
            ..Self::get(path, Pace::Free, label)
        }
    }

    pub(super) fn urgent(self) -> Self {
        Self {
            urgency: Urgency::Act,
            ..self
        }
    }
}

/// The gateway at one address.
pub(super) struct Gateway {
    base: String,
    authority: String,
    client: Client,
    pinned: Arc<Pinned>,
    limiter: Limiter,
}

impl Gateway {
    pub(super) fn new(authority: &str, pin: Option<Fingerprint>) -> Result<Self, ConfigError> {
        let pinned = Arc::new(Pinned::new(pin));
        let client = Client::builder()
            .tls_backend_preconfigured(pinned.client_config()?)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .cookie_store(true)
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!("firebreak/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                ConfigError::new(
                    format!("the client-portal door could not be built: {error}"),
                    "look at its address",
                )
            })?;
        Ok(Self {
            base: format!("https://{authority}/v1/api"),
            authority: authority.to_owned(),
            client,
            pinned,
            limiter: Limiter::default(),
        })
    }

    /// Makes `call` at the gateway's pace, and keeps what it answered.
    pub(super) async fn ask(&self, call: Call<'_>, keep: &dyn Keep) -> Result<Value, DoorError> {
        self.limiter.admit(call.pace, call.urgency).await?;
        let mut request = self
            .client
            .request(call.method, format!("{}{}", self.base, call.path))
            .header(header::ACCEPT, "application/json");
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let is_json = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(is_json);
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(self.limiter.too_many(call.pace));
        }
        self.limiter.answered(call.pace);
        let bytes = self.body(response).await?;
        let answer = is_json
            .then(|| serde_json::from_slice::<Value>(&bytes).ok())
            .flatten();
        if let (Some(label), Some(answer)) = (call.label, &answer) {
            keep_without_secrets(keep, label, answer);
        }
        read(status, answer)
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, DoorError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            if bytes.len() + chunk.len() > ANSWER_AT_MOST {
                return Err(malformed(&format!("more than {ANSWER_AT_MOST} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// What a failed call means. The address in the client's own text is left out.
    fn failed(&self, error: &reqwest::Error) -> DoorError {
        if let Some(shown) = self.pinned.take_refused() {
            return self.untrusted(shown);
        }
        if error.is_timeout() && !error.is_connect() {
            return DoorError::new(
                ErrorClass::TimedOut,
                "",
                "the Client Portal gateway did not answer to the end in time",
            );
        }
        let cause = innermost(error);
        if error.is_connect() {
            return DoorError::new(
                ErrorClass::Unreachable,
                &cause,
                format!(
                    "no connection to the Client Portal gateway at {}",
                    self.authority
                ),
            )
            .next(format!(
                "Start the gateway, open https://{} in a browser on this computer, and log in.",
                self.authority
            ));
        }
        DoorError::new(
            ErrorClass::Unreachable,
            &cause,
            "the connection to the Client Portal gateway broke",
        )
    }

    fn untrusted(&self, shown: Fingerprint) -> DoorError {
        let said = format!("certificate sha256 {shown}");
        if self.pinned.is_set() {
            DoorError::new(
                ErrorClass::Refused,
                &said,
                "the gateway shows another certificate than the one that was pinned; nothing was \
                 sent to it",
            )
            .next(
                "If the gateway was installed anew, compare the fingerprint on its computer and \
                 pin it. If it was not, somebody may sit between: do not use this door.",
            )
        } else {
            DoorError::new(
                ErrorClass::Refused,
                &said,
                "no certificate is pinned for the gateway; nothing was sent to it",
            )
            .next(format!(
                "Compare the fingerprint on the gateway's computer, then add pin={shown} to the \
                 door."
            ))
        }
    }
}

/// What a status and a body mean together. The gateway puts errors into answers of status 200.
fn read(status: StatusCode, answer: Option<Value>) -> Result<Value, DoorError> {
    let complaint = answer.as_ref().and_then(complaint);
    let said = complaint.as_deref().unwrap_or_default();
    if says(said, "init session first") {
        // taking the seat begins one, and a lever may be doing that now
        return Err(DoorError::new(
            ErrorClass::Unauthorised,
            &format!("{}: {said}", status.as_u16()),
            "no brokerage session has begun at the gateway, or another one has taken the seat",
        )
        .next("Open the gateway's page in a browser on this computer and log in again.")
        .soon());
    }
    let logged_out = says(said, "not authenticated");
    if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN || logged_out {
        return Err(DoorError::new(
            ErrorClass::Unauthorised,
            &format!("{}: {said}", status.as_u16()),
            "the gateway is not logged in",
        )
        .next("Open the gateway's page in a browser on this computer and log in."));
    }
    if status.is_redirection() {
        return Err(DoorError::new(
            ErrorClass::Unauthorised,
            &status.as_u16().to_string(),
            "the gateway points to its login page",
        )
        .next("Open the gateway's page in a browser on this computer and log in."));
    }
    if status.is_server_error() {
        return Err(DoorError::new(
            ErrorClass::Unreachable,
            &format!("{}: {said}", status.as_u16()),
            "the gateway has no answer from IBKR",
        ));
    }
    if !status.is_success() || complaint.is_some() {
        return Err(DoorError::new(
            ErrorClass::Refused,
            &format!("{}: {said}", status.as_u16()),
            "the gateway did not take the request",
        ));
    }
    answer.ok_or_else(|| malformed("not JSON"))
}

fn complaint(answer: &Value) -> Option<String> {
    match answer.get("error")? {
        Value::Null => None,
        Value::String(said) => Some(said.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(answer["error"].to_string())
        }
    }
}

fn says(said: &str, words: &str) -> bool {
    said.to_ascii_lowercase().contains(words)
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

pub(super) fn malformed(said: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Malformed,
        said,
        "the gateway sent something that cannot be understood",
    )
}

fn innermost(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut text = String::new();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    clean(&text)
}

fn keep_without_secrets(keep: &dyn Keep, label: &str, answer: &Value) {
    let mut answer = answer.clone();
    cut_secrets(&mut answer);
    match serde_json::to_vec(&answer) {
        Ok(bytes) => crate::acts::keep(keep, label, &bytes, acts::told(label, &answer)),
        Err(error) => tracing::warn!(label, %error, "an answer could not be written as JSON"),
    }
}

/// Cuts what opens a session: the cookie that `tickle` repeats, tokens, session ids.
fn cut_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret(name) {
                    *value = Value::String("withheld".to_owned());
                } else {
                    cut_secrets(value);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                cut_secrets(item);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    matches!(
        name.as_str(),
        "session" | "sessionid" | "cookie" | "setcookie" | "authorization" | "credential" | "mac"
    ) || name.contains("token")
        || name.contains("password")
        || name.contains("secret")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use door::Again;
    use serde_json::json;

    use super::*;

    fn class(status: u16, answer: Option<Value>) -> ErrorClass {
        read(StatusCode::from_u16(status).unwrap(), answer)
            .unwrap_err()
            .class
    }

    #[test]
    fn an_error_in_a_good_answer_is_an_error() {
        assert_eq!(
            class(200, Some(json!({"error": "OrderID 1 doesn't exist"}))),
            ErrorClass::Refused
        );
        assert_eq!(
            class(200, Some(json!({"error": {"code": 7}}))),
            ErrorClass::Refused
        );
        assert!(read(StatusCode::OK, Some(json!({"error": null, "orders": []}))).is_ok());
    }

    #[test]
    fn each_status_has_its_class() {
        assert_eq!(class(401, None), ErrorClass::Unauthorised);
        assert_eq!(class(302, None), ErrorClass::Unauthorised);
        assert_eq!(
            class(
                400,
                Some(json!({"error": "Bad Request: Init session first"}))
            ),
            ErrorClass::Unauthorised
        );
        assert_eq!(class(400, Some(json!({"error": "x"}))), ErrorClass::Refused);
        assert_eq!(class(503, None), ErrorClass::Unreachable);
        assert_eq!(class(200, None), ErrorClass::Malformed);
    }

    #[test]
    fn a_seat_that_another_has_is_asked_for_again_and_a_gateway_that_is_logged_out_is_not() {
        let again = |status, said| {
            let status = StatusCode::from_u16(status).unwrap();
            read(status, Some(json!({ "error": said })))
                .unwrap_err()
                .again
        };
        assert_eq!(again(400, "Bad Request: Init session first"), Again::Soon);
        assert_eq!(again(401, "not authenticated"), Again::No);
        assert_eq!(again(200, "Not authenticated"), Again::No);
    }

    #[test]
    fn only_json_is_json() {
        assert!(is_json("application/json; charset=utf-8"));
        assert!(!is_json("text/html"));
        assert!(!is_json("application/jsonp"));
    }

    #[test]
    fn what_opens_a_session_is_cut_before_it_is_kept() {
        struct Kept(Mutex<String>);
        impl Keep for Kept {
            fn keep(&self, _label: &str, _extension: &str, bytes: &[u8]) {
                *self.0.lock().unwrap() = String::from_utf8(bytes.to_vec()).unwrap();
            }
        }
        let kept = Kept(Mutex::default());
        keep_without_secrets(
            &kept,
            "tickle",
            &json!({
                "session": "s3cr3t",
                "iserver": {"authStatus": {"authenticated": true, "MAC": "s3cr3t"}},
                "list": [{"Set-Cookie": "s3cr3t", "access_token": "s3cr3t", "session_id": "s3cr3t"}],
                "userId": 7
            }),
        );
        let text = kept.0.lock().unwrap().clone();
        assert!(!text.contains("s3cr3t"), "{text}");
        assert!(text.contains("\"userId\":7"));
    }
}
