//! What the gateway says before it is bytes on a wire: a status, a type and a body.
//!
//! Amounts are written as JSON numbers from their decimal digits, never through a float.

use std::str::FromStr;

use hyper::StatusCode;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{json, value::RawValue};

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// 200 with `body` as JSON.
    pub(super) fn ok(body: &impl Serialize) -> Self {
        Self::with(StatusCode::OK, body)
    }

    /// 200 with an error in the body.
    pub(super) fn error_in_200(words: &str) -> Self {
        Self::ok(&json!({ "error": words }))
    }

    /// An error that is one in its status as well.
    pub(super) fn error(status: StatusCode, words: &str) -> Self {
        let body = json!({ "error": words, "statusCode": status.as_u16() });
        Self::with(status, &body)
    }

    /// No login is there.
    pub(super) fn logged_out() -> Self {
        Self::error(StatusCode::UNAUTHORIZED, "not authenticated")
    }

    /// There is a login, and no brokerage session.
    pub(super) fn no_brokerage_session() -> Self {
        Self::error(StatusCode::BAD_REQUEST, "Init session first")
    }

    /// A body that is not what the endpoint takes.
    pub(super) fn bad_request(why: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, &format!("Bad Request: {why}"))
    }

    /// Too many requests.
    pub(super) fn too_many() -> Self {
        Self::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
    }

    fn with(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self {
                status,
                content_type: "application/json;charset=utf-8",
                body,
            },
            Err(error) => Self {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                content_type: "text/plain;charset=utf-8",
                body: error.to_string().into_bytes(),
            },
        }
    }

    /// The body as JSON.
    #[cfg(test)]
    pub(super) fn value(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// An amount as a JSON number with a decimal point (`5.0`), as the gateway writes sizes and prices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Amount(pub(super) Decimal);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(point(self.0))
            .map_err(serde::ser::Error::custom)?
            .serialize(to)
    }
}

impl<'de> Deserialize<'de> for Amount {
    /// From a number or a string with one: clients send both.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        let text = raw.get().trim_matches('"');
        Decimal::from_str(text)
            .or_else(|_| Decimal::from_scientific(text))
            .map(Self)
            .map_err(|_| serde::de::Error::custom("not an amount"))
    }
}

/// The digits of an amount, with at least one behind the point.
pub(super) fn point(amount: Decimal) -> String {
    let amount = amount.normalize();
    if amount.scale() == 0 {
        format!("{amount}.0")
    } else {
        amount.to_string()
    }
}
