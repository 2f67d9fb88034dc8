//! Futures: `/derivatives/api/v3`, the key's own check, and the account log.
//!
//! A key that is unknown and a signature that is wrong are answered by the same word.

mod account;
mod call;
mod orders;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper::header::HeaderName;
use serde_json::{Value, json};

use self::call::{Call, Pool};
use super::{
    Fields,
    bucket::{Bucket, Budget},
    sign, spoil,
};
use crate::{
    faults::FaultKind,
    https::{Answer, Handler, Request, Site, StatusCode},
    world::{ApiKey, By, Key},
};

/// 500 points come back in ten seconds.
const DERIVATIVES: Budget = Budget {
    most: 500,
    a_point: Duration::from_millis(20),
};

/// 100 points come back in ten minutes.
const HISTORY: Budget = Budget {
    most: 100,
    a_point: Duration::from_secs(6),
};

/// What is answered, or the venue's word for why it is not.
type Told = Result<Value, &'static str>;

pub(super) struct Futures {
    site: Site,
    counters: Mutex<HashMap<(String, Pool), Bucket>>,
}

/// Who signed a request.
struct Signed {
    key: Key,
    api: ApiKey,
    fields: Fields,
}

impl Signed {
    fn by(&self) -> By {
        By::Key(self.key.name.clone())
    }

    /// Whether the key may do more than read.
    fn may_write(&self) -> bool {
        self.api.scopes.contains("general:full")
    }
}

impl Futures {
    pub(super) fn new(site: Site) -> Self {
        Self {
            site,
            counters: Mutex::default(),
        }
    }

    fn told(&self, call: Call, request: &Request) -> Told {
        if let Some(told) = Self::public(call) {
            return Ok(told);
        }
        if self.site.bites(FaultKind::Lockout) {
            return Err("apiLimitExceeded");
        }
        let signed = self.signed(request)?;
        self.count(&signed, call)?;
        if self.site.bites(FaultKind::Maintenance) {
            return Err("Unavailable");
        }
        if call.changes() && !signed.may_write() {
            return Err("insufficientPrivileges");
        }
        if call.changes() && self.one_in(FaultKind::ErrorIn200, 1) {
            return Err("Server Error");
        }
        self.answer_to(call, &signed)
    }

    fn answer_to(&self, call: Call, signed: &Signed) -> Told {
        match call {
            Call::Instruments | Call::Tickers => Err("notFound"),
            Call::OpenOrders => Ok(self.open_orders()),
            Call::OpenPositions => Ok(self.open_positions()),
            Call::Fills => Ok(self.fills(&signed.fields)),
            Call::Accounts => self.accounts(),
            Call::SendOrder => self.send_order(signed),
            Call::CancelOrder => self.cancel_order(signed),
            Call::CancelAllOrders => self.cancel_all(signed),
            Call::CancelAllOrdersAfter => self.cancel_after(&signed.fields),
            Call::KeyCheck => Ok(self.key_check(signed)),
            Call::AccountLog => Ok(self.account_log(&signed.fields)),
            Call::OrderHistory => Ok(self.order_history(&signed.fields)),
        }
    }

    fn signed(&self, request: &Request) -> Result<Signed, &'static str> {
        const REFUSED: &str = "authenticationError";
        let header = |name: &str| {
            let value = request.headers.get(name)?;
            value.to_str().ok()
        };
        let world = &self.site.world;
        let public = header("apikey").unwrap_or_default();
        let (key, api) = world
            .api_key(self.site.front, public)
            .filter(|(account, _)| *account == self.site.account)
            .and_then(|(_, key)| Some((key.clone(), key.api?)))
            .ok_or(REFUSED)?;
        let from_here =
            api.allow_ips.is_empty() || api.allow_ips.iter().any(|ip| ip == "127.0.0.1");
        let works = key.enabled
            && from_here
            && api.expires.is_none_or(|end| world.now() < end)
            && !self.site.bites(FaultKind::KeyExpired)
            && !self.site.bites(FaultKind::IpNotAllowed);
        if !works {
            return Err(REFUSED);
        }
        let path = request.uri.path();
        let path = path.strip_prefix("/derivatives").unwrap_or(path);
        let query = request.uri.query().unwrap_or_default().as_bytes();
        let data = [query, &request.body].concat();
        let nonce = header("nonce").unwrap_or_default();
        let shown = header("authent").unwrap_or_default();
        if !sign::futures(&api.secret, path, nonce, &data, shown) {
            return Err(REFUSED);
        }
        let nonce = match nonce {
            "" => None,
            nonce => Some(nonce.parse().map_err(|_| "invalidArgument")?),
        };
        world
            .use_key(&self.site.account, &key.name, nonce)
            .map_err(|_| "nonceBelowThreshold")?;
        let fields = Fields::of(&[query, &request.body]);
        Ok(Signed { key, api, fields })
    }

    fn count(&self, signed: &Signed, call: Call) -> Result<(), &'static str> {
        let (pool, points) = call.costs(&signed.fields);
        let budget = match pool {
            Pool::Derivatives => DERIVATIVES,
            Pool::History => HISTORY,
        };
        let mut counters = self.lock();
        let counter = counters
            .entry((signed.api.public.clone(), pool))
            .or_insert_with(Bucket::new);
        let spent = counter.spend(points, budget);
        drop(counters);
        if spent && !self.one_in(FaultKind::RateLimit, 2) {
            Ok(())
        } else {
            Err("apiLimitExceeded")
        }
    }

    fn one_in(&self, kind: FaultKind, every: u64) -> bool {
        let (front, account) = (self.site.front, &self.site.account);
        let faults = self.site.world.faults();
        faults.one_in(front, account, kind, "every", every)
    }

    fn name(&self, name: &str) -> String {
        let (front, account) = (self.site.front, &self.site.account);
        self.site.world.name(front, account, name)
    }

    /// A time since the world began, as the venue tells it.
    fn stamp(&self, since: Duration) -> String {
        let (front, account) = (self.site.front, &self.site.account);
        let at = self.site.world.told(front, account, since);
        at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, Pool), Bucket>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Futures {
    fn site(&self) -> &Site {
        &self.site
    }

    fn answer(&self, request: Request) -> Answer {
        let Some(call) = Call::of(&request.method, request.uri.path()) else {
            let body = json!({ "result": "error", "error": "notFound" });
            return Answer::json(StatusCode::NOT_FOUND, body.to_string().into_bytes());
        };
        let told = self.told(call, &request);
        let plain = matches!(call, Call::KeyCheck | Call::AccountLog);
        let status = match told {
            Err("authenticationError") if plain => StatusCode::UNAUTHORIZED,
            Err("apiLimitExceeded") if plain => StatusCode::TOO_MANY_REQUESTS,
            Ok(_) | Err(_) => StatusCode::OK,
        };
        let answered = told.is_ok();
        let mut answer = match told {
            Ok(body) => body,
            Err(word) if plain => json!({ "error": word, "message": word, "suberror": null }),
            Err(word) => json!({ "result": "error", "error": word }),
        };
        if !plain {
            if answered {
                answer["result"] = json!("success");
            }
            answer["serverTime"] = json!(self.stamp(self.site.world.now()));
        }
        if answered {
            if self.site.bites(FaultKind::WrongTypes) {
                spoil::wrong_types(&mut answer);
            }
            if self.site.bites(FaultKind::MissingFields) {
                spoil::missing_fields(&mut answer);
            }
        }
        let mut answer = Answer::json(status, answer.to_string().into_bytes());
        if status == StatusCode::TOO_MANY_REQUESTS {
            let name = HeaderName::from_static("rate-limit-reset");
            answer.headers.push((name, "18".to_owned()));
        }
        answer
    }
}
