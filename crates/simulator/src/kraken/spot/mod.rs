//! Spot and margin: `/0/public/...` for everybody, `/0/private/...` for who signs.

mod call;
mod history;
mod money;
mod orders;
mod public;
mod rows;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;

use self::call::Call;
use super::{
    Fields,
    bucket::{Bucket, Budget},
    sign, spoil,
};
use crate::{
    faults::FaultKind,
    https::{Answer, Handler, Method, Request, Site, StatusCode},
    world::{ApiKey, By, Key},
};

/// The counter of the lowest tier.
const STARTER: Budget = Budget {
    most: 15,
    a_point: Duration::from_secs(3),
};

/// How many unknown keys in a row shut the address out, and for how long. The documents say that
/// it happens, and not after how many.
const UNKNOWN_KEYS: u32 = 5;
const LOCKOUT: Duration = Duration::from_mins(15);

/// An answer's result, or the venue's words for why there is none.
type Told = Result<Value, &'static str>;

pub(super) struct Spot {
    site: Site,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counters: HashMap<String, Bucket>,
    unknown_keys: u32,
    locked_until: Option<Instant>,
}

/// Who signed a request, and what was asked.
struct Signed {
    key: Key,
    api: ApiKey,
    fields: Fields,
}

impl Signed {
    fn by(&self) -> By {
        By::Key(self.key.name.clone())
    }
}

impl Spot {
    pub(super) fn new(site: Site) -> Self {
        Self {
            site,
            state: Mutex::default(),
        }
    }

    fn told(&self, request: &Request) -> Told {
        let path = request.uri.path();
        if let Some(name) = path.strip_prefix("/0/public/") {
            let query = request.uri.query().unwrap_or_default();
            return self.public(name, &Fields::of(&[query.as_bytes()]));
        }
        let name = path
            .strip_prefix("/0/private/")
            .ok_or("EGeneral:Unknown method")?;
        let call = Call::of(name).ok_or("EGeneral:Unknown method")?;
        if request.method != Method::POST {
            return Err("EGeneral:Invalid arguments");
        }
        let signed = self.signed(request, path)?;
        self.count(&signed.api.public, call.costs())?;
        if self.site.bites(FaultKind::Maintenance) {
            return Err("EService:Unavailable");
        }
        if !call.needs().is_empty() && !call.needs().iter().any(|it| signed.may(it)) {
            return Err("EGeneral:Permission denied");
        }
        if call.changes() && self.one_in(FaultKind::ErrorIn200, 1) {
            return Err("EGeneral:Internal error");
        }
        self.answer_to(call, &signed)
    }

    fn answer_to(&self, call: Call, signed: &Signed) -> Told {
        match call {
            Call::Balance => self.balance(),
            Call::OpenOrders => Ok(self.open_orders()),
            Call::ClosedOrders => Ok(self.closed_orders(&signed.fields)),
            Call::QueryOrders => self.query_orders(&signed.fields),
            Call::TradesHistory => Ok(self.trades_history(&signed.fields)),
            Call::Ledgers => self.ledgers(&signed.fields),
            Call::OpenPositions => Ok(self.open_positions()),
            Call::AddOrder => self.add_order(signed),
            Call::CancelOrder => self.cancel_order(signed),
            Call::CancelAll => self.cancel_all(signed),
            Call::CancelAllOrdersAfter => self.cancel_after(&signed.fields),
            Call::WithdrawStatus => self.withdraw_status(&signed.fields),
            Call::WithdrawCancel => self.withdraw_cancel(&signed.fields),
            Call::WithdrawAddresses => self.withdraw_addresses(),
            Call::DepositStatus => self.deposit_status(&signed.fields),
            Call::GetApiKeyInfo => Ok(self.key_info(signed)),
        }
    }

    /// Key, then signature, then nonce: in this order, and nothing is used up before the last.
    fn signed(&self, request: &Request, path: &str) -> Result<Signed, &'static str> {
        self.not_locked_out()?;
        let header = |name: &str| {
            let value = request.headers.get(name)?;
            value.to_str().ok()
        };
        let (key, api) = self.known(header("api-key").unwrap_or_default())?;
        let fields = Fields::of(&[&request.body]);
        let nonce = fields.get("nonce").unwrap_or_default().to_owned();
        let shown = header("api-sign").unwrap_or_default();
        if !sign::spot(&api.secret, path, &nonce, &request.body, shown) {
            return Err("EAPI:Invalid signature");
        }
        let nonce: u64 = nonce.parse().map_err(|_| "EAPI:Invalid nonce")?;
        let (world, account) = (&self.site.world, &self.site.account);
        world
            .use_key(account, &key.name, Some(nonce))
            .map_err(|_| "EAPI:Invalid nonce")?;
        // as it is with this use
        let api = world
            .api_key(self.site.front, &api.public)
            .and_then(|(_, key)| key.api)
            .unwrap_or(api);
        Ok(Signed { key, api, fields })
    }

    fn known(&self, public: &str) -> Result<(Key, ApiKey), &'static str> {
        let world = &self.site.world;
        let found = world
            .api_key(self.site.front, public)
            .filter(|(account, _)| *account == self.site.account)
            .and_then(|(_, key)| Some((key.clone(), key.api?)));
        let found = found.filter(|(key, api)| {
            let works = key.enabled && api.expires.is_none_or(|end| world.now() < end);
            // one word for what is gone, has expired, and may not be used from here
            let refused = self.site.bites(FaultKind::KeyExpired)
                || self.site.bites(FaultKind::IpNotAllowed)
                || !(api.allow_ips.is_empty() || api.allow_ips.iter().any(|ip| ip == "127.0.0.1"));
            works && !refused
        });
        let mut state = self.lock();
        if found.is_some() {
            state.unknown_keys = 0;
        } else {
            state.unknown_keys += 1;
            if state.unknown_keys >= UNKNOWN_KEYS {
                state.locked_until = Some(Instant::now() + LOCKOUT);
            }
        }
        found.ok_or("EAPI:Invalid key")
    }

    fn not_locked_out(&self) -> Result<(), &'static str> {
        let locked = self
            .lock()
            .locked_until
            .is_some_and(|until| Instant::now() < until);
        if locked || self.site.bites(FaultKind::Lockout) {
            return Err("EGeneral:Temporary lockout");
        }
        Ok(())
    }

    fn count(&self, key: &str, points: u32) -> Result<(), &'static str> {
        let mut state = self.lock();
        let counter = state
            .counters
            .entry(key.to_owned())
            .or_insert_with(Bucket::new);
        let spent = counter.spend(points, STARTER);
        drop(state);
        if spent && !self.one_in(FaultKind::RateLimit, 2) {
            Ok(())
        } else {
            Err("EAPI:Rate limit exceeded")
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
    fn at(&self, since: Duration) -> jiff::Timestamp {
        let (front, account) = (self.site.front, &self.site.account);
        self.site.world.told(front, account, since)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Spot {
    fn site(&self) -> &Site {
        &self.site
    }

    fn answer(&self, request: Request) -> Answer {
        let mut answer = match self.told(&request) {
            Ok(result) => json!({ "error": [], "result": result }),
            Err(words) => json!({ "error": [words] }),
        };
        if answer.get("result").is_some() {
            if self.site.bites(FaultKind::WrongTypes) {
                spoil::wrong_types(&mut answer);
            }
            if self.site.bites(FaultKind::MissingFields) {
                spoil::missing_fields(&mut answer);
            }
        }
        Answer::json(StatusCode::OK, answer.to_string().into_bytes())
    }
}
