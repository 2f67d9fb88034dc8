//! Deribit's two signatures, both HMAC-SHA256 in lower-case hex over lines joined by newlines
//! (docs.deribit.com/articles/authentication).
//!
//! A signed HTTP request leaves no token behind at the venue, and a one-time code in its body is
//! covered by the signature and stands in no URL.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What is signed of one HTTP request.
pub(super) struct Signed<'a> {
    /// Milliseconds since 1970 by the venue's clock. The venue takes it for 60 s.
    pub(super) at_ms: i64,
    /// Used once.
    pub(super) nonce: u64,
    /// `POST`.
    pub(super) method: &'a str,
    /// The path with its query.
    pub(super) target: &'a str,
    /// The body as it is sent.
    pub(super) body: &'a str,
}

impl Signed<'_> {
    /// The value of the `Authorization` header.
    pub(super) fn authorization(&self, key: &str, secret: &str) -> String {
        let Self { at_ms, nonce, .. } = self;
        let signature = self.signature(secret);
        format!("deri-hmac-sha256 id={key},ts={at_ms},sig={signature},nonce={nonce}")
    }

    fn signature(&self, secret: &str) -> String {
        let Self {
            at_ms,
            nonce,
            method,
            target,
            body,
        } = self;
        hmac(
            secret,
            &format!("{at_ms}\n{nonce}\n{method}\n{target}\n{body}\n"),
        )
    }
}

/// The signature of the grant `client_signature` of `public/auth`.
pub(super) fn client_signature(secret: &str, at_ms: i64, nonce: &str, data: &str) -> String {
    hmac(secret, &format!("{at_ms}\n{nonce}\n{data}"))
}

fn hmac(secret: &str, message: &str) -> String {
    match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(message.as_bytes());
            hex::encode(mac.finalize().into_bytes())
        }
        // HMAC takes a key of any length
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_client_signature_is_made() {
        assert_eq!(
            client_signature("AMANDASECRECT", 1_576_074_319_000, "1iqt2wls", ""),
            "56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1"
        );
    }

    #[test]
    fn a_signed_request_agrees_with_what_ccxt_signs() {
        let request = Signed {
            at_ms: 1_700_000_000_000,
            nonce: 1_700_000_000_000,
            method: "GET",
            target: "/api/v2/private/cancel_all?detailed=true",
            body: "",
        };
        assert_eq!(
            request.authorization("test-key", "test-secret"),
            "deri-hmac-sha256 id=test-key,ts=1700000000000,\
             sig=b9cae5353710413034bc3e0e4192ae94ce9a03f86b85eab62843f99c9111fe60,\
             nonce=1700000000000"
        );
    }

    #[test]
    fn the_body_and_the_method_are_signed() {
        let signature = |method, body| {
            Signed {
                at_ms: 1,
                nonce: 2,
                method,
                target: "/api/v2/private/cancel",
                body,
            }
            .signature("s")
        };
        assert_ne!(signature("POST", "{}"), signature("POST", "{ }"));
        assert_ne!(signature("POST", ""), signature("GET", ""));
    }
}
