//! A request as JSON-RPC, by `GET` or by `POST`, and refusals with the venue's codes
//! (docs.deribit.com/articles/json-rpc-overview, /articles/errors).

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::https::{Method, Request, StatusCode};

/// What every path begins with.
const BASE: &str = "/api/v2/";

/// A method with its parameters.
pub(super) struct Call {
    pub(super) id: Value,
    /// `private/get_open_orders`.
    pub(super) method: String,
    params: Map<String, Value>,
}

impl Call {
    /// Reads a request. By `GET` parameters are a query's texts, and the method is the path; a
    /// `POST` names its method in the body, and its path must name the same or none.
    pub(super) fn of(request: &Request) -> Result<Self, Refusal> {
        let path = request.uri.path();
        let method = path
            .strip_prefix(BASE)
            .or_else(|| (format!("{path}/") == BASE).then_some(""))
            .ok_or_else(Refusal::method_not_found)?;
        if request.method == Method::GET && request.body.is_empty() {
            let query = request.uri.query().unwrap_or_default();
            let params = url::form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
                .collect();
            return Ok(Self {
                id: Value::Null,
                method: method.to_owned(),
                params,
            });
        }
        if request.method != Method::POST && request.method != Method::GET {
            return Err(Refusal::invalid_request("method not allowed"));
        }
        let body: Value = serde_json::from_slice(&request.body)
            .map_err(|_| Refusal::new(-32_700, "Parse error"))?;
        let named = body.get("method").and_then(Value::as_str).unwrap_or("");
        let id = body.get("id").cloned().unwrap_or(Value::Null);
        if named.is_empty() || !(method.is_empty() || method == named) {
            return Err(Refusal::invalid_request("method"));
        }
        let params = match body.get("params") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(params)) => params.clone(),
            Some(_) => return Err(Refusal::invalid_request("params must be an object")),
        };
        Ok(Self {
            id,
            method: named.to_owned(),
            params,
        })
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    pub(super) fn need_text(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::invalid_params(name))
    }

    /// A number, or a number in quotes.
    pub(super) fn number(&self, name: &str) -> Result<Option<Decimal>, Refusal> {
        let text = match self.params.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(Refusal::invalid_params(name)),
        };
        text.parse()
            .or_else(|_| Decimal::from_scientific(&text))
            .map(Some)
            .map_err(|_| Refusal::invalid_params(name))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.params.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .or_else(|| value.as_str()?.parse().ok())
                .map(Some)
                .ok_or_else(|| Refusal::invalid_params(name)),
        }
    }

    pub(super) fn need_integer(&self, name: &str) -> Result<i64, Refusal> {
        self.integer(name)?
            .ok_or_else(|| Refusal::invalid_params(name))
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        match self.params.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true",
            _ => false,
        }
    }

    /// A list of texts, or one text that is a list in JSON.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let parsed;
        let value = match self.params.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => {
                parsed = serde_json::from_str(text).map_err(|_| Refusal::invalid_params(name))?;
                &parsed
            }
            Some(value) => value,
        };
        let texts = value
            .as_array()
            .and_then(|items| {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                texts.collect::<Option<Vec<_>>>()
            })
            .ok_or_else(|| Refusal::invalid_params(name))?;
        Ok(Some(texts))
    }

    /// How many rows are asked for, and from which one on.
    pub(super) fn page(&self, most: usize) -> Result<(usize, usize), Refusal> {
        let at_least_zero = |name: &str, value: Option<i64>, default: usize| match value {
            None => Ok(default),
            Some(value) => usize::try_from(value).map_err(|_| Refusal::invalid_params(name)),
        };
        let count = at_least_zero("count", self.integer("count")?, 10)?;
        if count == 0 || count > most {
            return Err(Refusal::invalid_params("count"));
        }
        let offset = at_least_zero("offset", self.integer("offset")?, 0)?;
        Ok((offset, count))
    }
}

/// An error, as the venue says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: i64,
    message: &'static str,
    reason: Option<String>,
    param: Option<String>,
}

impl Refusal {
    pub(super) fn new(code: i64, message: &'static str) -> Self {
        let status = match code {
            10_028 => StatusCode::TOO_MANY_REQUESTS,
            11_051 => StatusCode::SERVICE_UNAVAILABLE,
            13_004 | 13_009 => StatusCode::UNAUTHORIZED,
            13_021 => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            code,
            message,
            reason: None,
            param: None,
        }
    }

    pub(super) fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// The same in an answer whose status is good.
    pub(super) fn in_200(mut self) -> Self {
        self.status = StatusCode::OK;
        self
    }

    pub(super) fn too_many_requests() -> Self {
        Self::new(10_028, "too_many_requests")
    }

    pub(super) fn method_not_found() -> Self {
        Self::new(-32_601, "Method not found")
    }

    pub(super) fn invalid_request(why: &str) -> Self {
        Self::new(-32_600, "request entity malformed").because(why)
    }

    pub(super) fn invalid_params(name: &str) -> Self {
        Self {
            param: Some(name.to_owned()),
            ..Self::new(-32_602, "Invalid params").because("wrong format")
        }
    }

    pub(super) fn invalid_credentials() -> Self {
        Self::new(13_004, "invalid_credentials")
    }

    pub(super) fn unauthorized(why: &str) -> Self {
        Self::new(13_009, "unauthorized").because(why)
    }

    pub(super) fn value(&self) -> Value {
        let mut value = json!({ "code": self.code, "message": self.message });
        if let Some(reason) = &self.reason {
            value["data"] = json!({ "reason": reason });
        }
        if let Some(param) = &self.param {
            value["data"]["param"] = json!(param);
        }
        value
    }
}

/// A decimal as a JSON number.
pub(super) fn amount(value: Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap_or(Value::Null)
}
