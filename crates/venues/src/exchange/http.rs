//! Requests to an exchange, bounded in size and time, and its answers as evidence.
//!
//! No redirect is followed and no proxy is asked. A public venue is checked against the roots that
//! come with the program, so that a root which somebody put onto this computer counts for nothing.

use std::{error::Error as _, sync::Arc, time::Duration};

use door::{Act, DoorError, ErrorClass, Keep, clean};
use jiff::Timestamp;
use reqwest::{Client, Method, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Credential;
use crate::{
    acts,
    config::{Address, Fingerprint},
    config_error::ConfigError,
    pin::Pinned,
};

/// The most that an answer may hold.
const ANSWER_AT_MOST: usize = 16 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(4);
/// A whole call.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// What stands where something was cut out.
const WITHHELD: &str = "withheld";

/// One request. What is secret in it goes to the wire and nowhere else.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query, as they are signed.
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, Zeroizing<String>)>,
    pub(crate) body: Option<Zeroizing<String>>,
    pub(crate) content_type: &'static str,
}

/// What the venue answered, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) sent: Timestamp,
    pub(crate) received: Timestamp,
}

/// What is cut out of an answer before it is kept.
pub(crate) struct Withheld<'a> {
    /// Fields by their names, wherever they stand.
    pub(crate) fields: &'a [&'a str],
    /// The credential, whose text is cut out wherever it stands.
    pub(crate) credential: Option<&'a Credential>,
}

/// A venue at one address.
pub(crate) struct Http {
    base: String,
    authority: String,
    client: Client,
    pinned: Option<Arc<Pinned>>,
}

impl Http {
    /// A client for the venue at `address`. A pin takes the place of public roots, and only on
    /// this computer.
    pub(crate) fn new(address: &Address, pin: Option<Fingerprint>) -> Result<Self, ConfigError> {
        let pinned = pin
            .filter(|_| address.is_loopback())
            .map(|pin| Arc::new(Pinned::new(Some(pin))));
        let tls = match &pinned {
            Some(pinned) => pinned.client_config()?,
            None => public_roots()?,
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .pool_idle_timeout(Duration::from_mins(5))
            .tcp_nodelay(true)
            .user_agent(concat!("firebreak/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                ConfigError::new(
                    format!(
                        "the connection to {} could not be set up: {error}",
                        address.authority()
                    ),
                    "look at its address",
                )
            })?;
        Ok(Self {
            base: format!("https://{}", address.authority()),
            authority: address.authority(),
            client,
            pinned,
        })
    }

    /// Sends a request and reads the answer to its end, whatever its status. An answer that was
    /// cut short, or is larger than anything sensible, is an error.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, DoorError> {
        let url = format!("{}{}", self.base, request.target);
        let mut call = self
            .client
            .request(request.method.clone(), url)
            .header("accept", "application/json");
        for (name, value) in &request.headers {
            call = call.header(*name, value.as_str());
        }
        if let Some(body) = &request.body {
            call = call
                .header("content-type", request.content_type)
                .body(body.as_bytes().to_vec());
        }
        let sent = Timestamp::now();
        let mut response = call.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                let value = value.to_str().ok()?;
                Some((name.as_str().to_owned(), value.to_owned()))
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            if body.len() + chunk.len() > ANSWER_AT_MOST {
                return Err(malformed(&format!("more than {ANSWER_AT_MOST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            headers,
            body,
            sent,
            received: Timestamp::now(),
        })
    }

    /// What a failed call means. The address in the client's own text is left out.
    fn failed(&self, error: &reqwest::Error) -> DoorError {
        let at = &self.authority;
        if let Some(shown) = self
            .pinned
            .as_ref()
            .and_then(|pinned| pinned.take_refused())
        {
            return DoorError::new(
                ErrorClass::Refused,
                &format!("certificate sha256 {shown}"),
                format!(
                    "{at} shows another certificate than the one that was pinned; nothing was \
                     sent to it"
                ),
            )
            .next("If this is a simulator, add the account again from what it prints now.");
        }
        if error.is_timeout() && !error.is_connect() {
            return DoorError::new(
                ErrorClass::TimedOut,
                "",
                format!("{at} did not answer to the end in time"),
            );
        }
        let cause = innermost(error);
        if error.is_body() || error.is_decode() {
            return malformed(&cause);
        }
        let meaning = if error.is_connect() {
            format!("no connection to {at}")
        } else {
            format!("the connection to {at} broke")
        };
        DoorError::new(ErrorClass::Unreachable, &cause, meaning)
    }
}

/// A client configuration that trusts the roots which come with the program.
pub(crate) fn public_roots() -> Result<ClientConfig, ConfigError> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            ConfigError::new(
                format!("TLS could not be set up: {error}"),
                "report this; it is a fault of the program",
            )
        })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

impl Answer {
    /// The body as JSON. Anything else is malformed, never empty.
    pub(crate) fn json(&self) -> Result<Value, DoorError> {
        serde_json::from_slice(&self.body)
            .map_err(|_| malformed(&format!("status {}, and no JSON", self.status)))
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Keeps the answer as evidence under `label`: what was asked in a line (method and path, no
    /// parameters that are secret), when it came, its headers and its body. `told` says which acts
    /// its body tells, by their places there.
    pub(crate) fn keep(
        &self,
        keep: &dyn Keep,
        label: &str,
        asked: &str,
        withheld: &Withheld<'_>,
        told: impl FnOnce(&Value) -> Vec<Act>,
    ) {
        let body = match serde_json::from_slice::<Value>(&self.body) {
            Ok(body) => body,
            Err(_) => Value::String(String::from_utf8_lossy(&self.body).into_owned()),
        };
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "set-cookie" | "authorization"))
            .map(|(name, value)| (name.clone(), Value::String(value.clone())))
            .collect::<serde_json::Map<_, _>>();
        let mut kept = json!({
            "asked": asked,
            "received": self.received.to_string(),
            "status": self.status,
            "headers": headers,
            "body": body,
        });
        withheld.cut(&mut kept);
        match serde_json::to_vec(&kept) {
            Ok(bytes) => {
                let mut acts = told(&kept["body"]);
                for act in &mut acts {
                    act.place = format!("/body{}", act.place);
                }
                acts::keep(keep, label, &bytes, acts);
            }
            Err(error) => tracing::warn!(label, %error, "an answer could not be written as JSON"),
        }
    }
}

impl Withheld<'_> {
    fn cut(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if self
                        .fields
                        .iter()
                        .any(|field| field.eq_ignore_ascii_case(name))
                    {
                        *value = Value::String(WITHHELD.to_owned());
                    } else {
                        self.cut(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.cut(item)),
            Value::String(text) => self.cut_text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn cut_text(&self, text: &mut String) {
        let Some(credential) = self.credential else {
            return;
        };
        for known in [credential.key.expose(), credential.secret.expose()] {
            if !known.is_empty() && text.contains(known) {
                *text = text.replace(known, WITHHELD);
            }
        }
    }
}

/// An answer that cannot be understood. It is never read as an empty one.
pub(crate) fn malformed(said: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Malformed,
        said,
        "the venue sent something that cannot be understood",
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use vault::Secret;

    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<String>);

    impl Keep for Kept {
        fn keep(&self, _label: &str, _extension: &str, bytes: &[u8]) {
            *self.0.lock().unwrap() = String::from_utf8(bytes.to_vec()).unwrap();
        }
    }

    fn answer(body: &str) -> Answer {
        Answer {
            status: 200,
            headers: vec![("x-ratelimit-left".to_owned(), "3".to_owned())],
            body: body.as_bytes().to_vec(),
            sent: Timestamp::UNIX_EPOCH,
            received: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn secrets_are_cut_out_by_name_and_by_text_before_an_answer_is_kept() {
        let credential = Credential {
            key: Secret::new("AKey".to_owned()),
            secret: Secret::new("s3cr3t".to_owned()),
        };
        let withheld = Withheld {
            fields: &["client_secret"],
            credential: Some(&credential),
        };
        let kept = Kept::default();
        let body =
            r#"{"keys":[{"id":3,"client_secret":"other","client_id":"AKey"}],"echo":"is s3cr3t"}"#;
        answer(body).keep(&kept, "keys", "POST /keys", &withheld, |_| Vec::new());
        let text = kept.0.lock().unwrap().clone();
        for secret in ["other", "AKey", "s3cr3t"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(
            text.contains("\"id\":3") && text.contains("x-ratelimit-left"),
            "{text}"
        );
    }

    #[test]
    fn an_answer_that_is_no_json_is_malformed_and_kept_as_it_is() {
        let page = answer("<html>");
        assert_eq!(page.json().unwrap_err().class, ErrorClass::Malformed);
        let kept = Kept::default();
        let withheld = Withheld {
            fields: &[],
            credential: None,
        };
        page.keep(&kept, "orders", "POST /orders", &withheld, |_| Vec::new());
        assert!(kept.0.lock().unwrap().contains("<html>"));
    }
}
