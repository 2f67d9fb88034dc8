//! Asking a time-stamp authority (RFC 3161, section 3.4), by the person's choice alone.
//!
//! What is sent is a digest and a random number. The answer is signed by the authority, so that its
//! way here need not be trusted; it is bounded in size and time all the same, and no redirect is
//! followed.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Url, header, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::Error;

/// The largest answer that is read.
const ANSWER_AT_MOST: usize = 1 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// An authority at its address.
pub(crate) struct Authority {
    url: Url,
    client: Client,
    runtime: tokio::runtime::Handle,
}

/// The address of an authority, as a person wrote it.
pub(crate) fn address(text: &str) -> Result<Url, Error> {
    let refused = |what: &str| {
        Error::wrong(format!("{} {what}", door::clean(text)))
            .untouched("nobody was asked for a time stamp")
            .next("give the authority's address, which begins with https:// or http://")
    };
    let url = Url::parse(text.trim()).map_err(|_| refused("is no address"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(refused("is no address of the web"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("holds a user name or password"));
    }
    Ok(url)
}

impl Authority {
    /// The authority at `text`. Asks nothing yet. Must be made where a runtime runs.
    pub(crate) fn at(text: &str) -> Result<Self, Error> {
        let url = address(text)?;
        let failed = |error: &dyn std::fmt::Display| {
            Error::wrong(format!(
                "the connection to {url} could not be set up: {error}"
            ))
            .untouched("nobody was asked for a time stamp")
        };
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!("firebreak/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self {
            url,
            client,
            runtime: tokio::runtime::Handle::current(),
        })
    }

    async fn post(&self, request: Vec<u8>) -> Result<Vec<u8>, String> {
        let host = self.url.host_str().unwrap_or_default();
        let failed = |error: &reqwest::Error| {
            if error.is_timeout() {
                format!("{host} did not answer within {} s", ANSWER_WITHIN.as_secs())
            } else if error.is_connect() {
                format!("{host} could not be reached")
            } else {
                format!("{host} broke off")
            }
        };
        let mut answer = self
            .client
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/timestamp-query")
            .header(header::ACCEPT, "application/timestamp-reply")
            .body(request)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("{host} answered {status}"));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + chunk.len() > ANSWER_AT_MOST {
                return Err(format!("{host} answered more than {ANSWER_AT_MOST} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Asks, and blocks until there is an answer. For a thread that may block.
    pub(crate) fn ask(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        self.runtime.block_on(self.post(request.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_the_web_and_names_nobody() {
        assert!(address("https://tsa.example/tsr").is_ok());
        assert!(address("http://127.0.0.1:8080/").is_ok());
        for bad in [
            "",
            "tsa.example",
            "file:///etc/passwd",
            "ftp://tsa.example",
            "https://me:word@tsa.example/",
        ] {
            let error = address(bad).unwrap_err();
            assert!(error.next.contains("https://"), "{bad}: {error}");
        }
    }
}
