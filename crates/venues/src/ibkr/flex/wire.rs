//! Requests to the service: over TLS, to IBKR's own two hosts, bounded in size and time.
//!
//! The token stands in the query of every address. So no address is ever put into an error or a
//! log, no redirect is followed, and an address that an answer names is followed only to those hosts.

use std::{error::Error as _, sync::Arc, time::Duration};

use door::{DoorError, ErrorClass, clean};
use reqwest::{Client, redirect};
use url::Url;
use vault::Secret;

use super::{FlexConfig, FlexError, HOSTS};
use crate::{config::Address, config_error::ConfigError, exchange::public_roots, pin::Pinned};

/// The most that an answer may hold.
const ANSWER_AT_MOST: usize = 64 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A whole call, also for a statement of a year.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// Below which both calls stand.
const BASE: &str = "/AccountManagement/FlexWebService/";

/// The service at one address.
pub(super) struct Wire {
    home: Address,
    client: Client,
    pinned: Option<Arc<Pinned>>,
}

impl Wire {
    pub(super) fn new(config: &FlexConfig) -> Result<Self, ConfigError> {
        let address = &config.address;
        let pinned = config
            .pin
            .filter(|_| address.is_loopback())
            .map(|pin| Arc::new(Pinned::new(Some(pin))));
        let known = HOSTS.contains(&address.host.as_str()) && address.port == 443;
        if pinned.is_none() && !known {
            return Err(ConfigError::new(
                format!(
                    "`{}` is not an address of the Flex Web Service",
                    clean(&address.authority())
                ),
                format!("give https://{}", HOSTS.join(" or https://")),
            ));
        }
        let tls = match &pinned {
            Some(pinned) => pinned.client_config()?,
            None => public_roots()?,
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .http1_only()
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!("firebreak/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                ConfigError::new(
                    format!(
                        "the connection to the Flex Web Service could not be set up: {}",
                        error.without_url()
                    ),
                    "report this; it is a fault of the program",
                )
            })?;
        Ok(Self {
            home: address.clone(),
            client,
            pinned,
        })
    }

    /// The address of one of the two calls at home.
    pub(super) fn at_home(&self, call: &str) -> Result<Url, FlexError> {
        let text = format!("https://{}{BASE}{call}", self.home.authority());
        Url::parse(&text).map_err(|_| FlexError::malformed("an address that is none"))
    }

    /// The address that an answer names, if it is one that may be asked.
    pub(super) fn named(&self, told: &str) -> Result<Url, FlexError> {
        let mut url =
            Url::parse(told).map_err(|_| FlexError::malformed("an address that is none"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default();
        let own = if self.pinned.is_some() {
            host == self.home.host && port == Some(self.home.port)
        } else {
            HOSTS.contains(&host.as_str()) && port == Some(443)
        };
        let plain =
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        if !own || !plain {
            return Err(FlexError::refused(
                format!(
                    "the answer sends to another place, {}; it was not followed, and the token was \
                     not sent there",
                    clean(&host)
                ),
                "Ask again later. If it stays so, download the statement on IBKR's page, and make a \
                 new token.",
            ));
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }

    /// One call, and its answer to the end.
    pub(super) async fn get(
        &self,
        mut url: Url,
        token: &Secret,
        fields: &[(&str, &str)],
    ) -> Result<Vec<u8>, FlexError> {
        url.query_pairs_mut()
            .append_pair("t", token.expose())
            .extend_pairs(fields)
            .append_pair("v", "3");
        let sent = self.client.get(url).send().await;
        let mut response = sent.map_err(|error| self.failed(error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(FlexError::refused(
                "the Flex Web Service sends to another place; it was not followed, and the token \
                 was not sent there",
                "Ask again later. If it stays so, download the statement on IBKR's page.",
            ));
        }
        if status.is_server_error() || status.as_u16() == 429 {
            let said = status.as_u16().to_string();
            return Err(DoorError::new(
                ErrorClass::Unreachable,
                &said,
                "the Flex Web Service has no answer now",
            )
            .into());
        }
        if !status.is_success() {
            return Err(DoorError::new(
                ErrorClass::Refused,
                &status.as_u16().to_string(),
                "the Flex Web Service did not take the request",
            )
            .next("Ask again later.")
            .into());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + chunk.len() > ANSWER_AT_MOST {
                return Err(FlexError::refused(
                    format!("the answer is larger than {} MiB", ANSWER_AT_MOST >> 20),
                    "Ask for fewer days, or take sections out of the query.",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        without(&mut body, token.expose().as_bytes());
        Ok(body)
    }

    /// What a failed call means. Only the innermost cause is told: the others hold the address.
    fn failed(&self, error: reqwest::Error) -> FlexError {
        let error = error.without_url();
        let at = self.home.authority();
        let refused = self
            .pinned
            .as_ref()
            .and_then(|pinned| pinned.take_refused());
        if let Some(shown) = refused {
            return DoorError::new(
                ErrorClass::Refused,
                &format!("certificate sha256 {shown}"),
                format!(
                    "{at} shows another certificate than the one that was pinned; nothing was \
                     sent to it"
                ),
            )
            .next("If this is a simulator, add the account again from what it prints now.")
            .into();
        }
        if error.is_timeout() && !error.is_connect() {
            let meaning = "the Flex Web Service did not answer to the end in time";
            return DoorError::new(ErrorClass::TimedOut, "", meaning).into();
        }
        let cause = innermost(&error);
        if error.is_body() || error.is_decode() {
            return FlexError::malformed(&cause);
        }
        let meaning = if error.is_connect() {
            format!("no connection to the Flex Web Service at {at}")
        } else {
            "the connection to the Flex Web Service broke".to_owned()
        };
        DoorError::new(ErrorClass::Unreachable, &cause, meaning).into()
    }
}

/// Cuts a secret out of an answer that repeats it.
fn without(body: &mut Vec<u8>, secret: &[u8]) {
    if secret.is_empty() {
        return;
    }
    let mut from = 0;
    while let Some(at) = find(body.get(from..).unwrap_or_default(), secret) {
        let at = from + at;
        body.splice(at..at + secret.len(), WITHHELD.iter().copied());
        from = at + WITHHELD.len();
    }
}

const WITHHELD: &[u8] = b"withheld";

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
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
    use super::*;

    fn ibkr() -> Wire {
        Wire::new(&FlexConfig::default()).unwrap()
    }

    #[test]
    fn an_address_in_an_answer_is_followed_to_ibkrs_hosts_alone() {
        let wire = ibkr();
        for good in [
            "https://gdcdyn.interactivebrokers.com/AccountManagement/FlexWebService/GetStatement",
            "https://ndcdyn.interactivebrokers.com:443/Universal/servlet/x?t=1#y",
        ] {
            let url = wire.named(good).unwrap();
            assert_eq!((url.query(), url.fragment()), (None, None));
        }
        for bad in [
            "http://gdcdyn.interactivebrokers.com/x",
            "https://gdcdyn.interactivebrokers.com:8443/x",
            "https://gdcdyn.interactivebrokers.com.evil.example/x",
            "https://gdcdyn.interactivebrokers.com@evil.example/x",
            "https://ada:word@gdcdyn.interactivebrokers.com/x",
            "https://interactivebrokers.com/x",
            "https://127.0.0.1/x",
            "file:///etc/passwd",
            "/relative",
            "",
        ] {
            assert!(wire.named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_public_address_is_ibkrs_and_one_on_this_computer_has_a_pin() {
        for (host, port) in [("evil.example", 443), ("127.0.0.1", 9_000)] {
            let address = Address {
                host: host.to_owned(),
                port,
            };
            let config = FlexConfig {
                address,
                ..FlexConfig::default()
            };
            assert!(Wire::new(&config).is_err(), "{host}");
        }
    }

    #[test]
    fn a_token_that_an_answer_repeats_is_cut_out() {
        let mut body = b"<a t='12345' u='12345123456'/>".to_vec();
        without(&mut body, b"12345");
        assert_eq!(body, b"<a t='withheld' u='withheldwithheld6'/>");
        let mut none = b"<a/>".to_vec();
        without(&mut none, b"");
        assert_eq!(none, b"<a/>");
    }
}
