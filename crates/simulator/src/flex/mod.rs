//! The broker's Flex Web Service on loopback: a statement is asked for, made, and fetched, with a
//! token and without a login.
//!
//! One thing is kinder than the real service: an activity statement tells of today as well. All else
//! is as strict: one request a second and ten a minute, and a token that was switched off is dead.

mod render;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{Timestamp, civil::Date};
use tokio::time::Instant;

use crate::{
    faults::FaultKind,
    https::{Answer, Handler, Method, Request, Site, StatusCode},
    world::{KeyKind, World, WorldError},
};
use render::Statement;

/// Below which both calls stand.
const BASE: &str = "/AccountManagement/FlexWebService/";
/// Where a statement is said to be that is not here.
const ELSEWHERE: &str =
    "https://statements.elsewhere.invalid/AccountManagement/FlexWebService/GetStatement";
/// The name of the token on the account's page, where there was none.
const TOKEN: &str = "statements";
const MINUTE: Duration = Duration::from_mins(1);
const A_MINUTE: usize = 10;
const BETWEEN: Duration = Duration::from_secs(1);
/// The most days of one statement.
const DAYS: i32 = 365;

/// The service of one account.
pub struct Flex {
    site: Site,
    /// Where it listens.
    authority: String,
    /// The token's name on the account's page.
    key: String,
    token: String,
    activity: String,
    confirmations: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    came: VecDeque<Instant>,
    asked: BTreeMap<String, Asked>,
    /// How often the fault of a code has bitten.
    coded: u64,
}

/// A statement that was asked for.
#[derive(Clone)]
struct Asked {
    is_activity: bool,
    from: Date,
    to: Date,
    polls: u64,
}

/// A code and its text.
type No = (u16, &'static str);

impl Flex {
    /// The service of an account, with a new token and two queries, reached at `authority`.
    pub fn new(site: Site, authority: String) -> Result<Arc<Self>, WorldError> {
        let (world, account) = (&site.world, &site.account);
        let keys = world.account(account)?.keys;
        let known = keys.into_iter().find(|key| key.kind == KeyKind::FlexToken);
        let key = if let Some(key) = known {
            key.name
        } else {
            world.create_key(account, TOKEN, KeyKind::FlexToken)?;
            TOKEN.to_owned()
        };
        let token = format!("{:012}{:012}", drawn(world, 12), drawn(world, 12));
        let first = 100_000 + drawn(world, 5) * 2;
        Ok(Arc::new(Self {
            authority,
            key,
            token,
            activity: first.to_string(),
            confirmations: (first + 1).to_string(),
            state: Mutex::default(),
            site,
        }))
    }

    /// The ids of its queries, activity first, as one text: `100200,100201`.
    pub fn queries(&self) -> String {
        format!("{},{}", self.activity, self.confirmations)
    }

    /// Its token.
    pub fn token(&self) -> &str {
        &self.token
    }

    fn told(&self, request: &Request) -> Result<Vec<u8>, No> {
        let query = request.uri.query().unwrap_or_default();
        let fields: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let field = |name: &str| fields.get(name).map_or("", |value| value.as_ref());
        let agent = request.headers.get("user-agent");
        if request.method != Method::GET || field("v") != "3" || agent.is_none() {
            return Err(INVALID);
        }
        let call = request.uri.path().strip_prefix(BASE).ok_or(INVALID)?;
        self.let_in(field("t"))?;
        match call {
            "SendRequest" => self.ask(field("q"), field("fd"), field("td")),
            "GetStatement" => self.get(field("q")),
            _ => Err(INVALID),
        }
    }

    /// The token, the address, the pacing, and what is wrong with the service itself.
    fn let_in(&self, token: &str) -> Result<(), No> {
        if token != self.token {
            return Err((1015, "Token is invalid."));
        }
        let (world, account) = (&self.site.world, &self.site.account);
        let keys = world
            .account(account)
            .map_or_else(|_| Vec::new(), |it| it.keys);
        if !keys.iter().any(|key| key.name == self.key && key.enabled) {
            return Err((1011, "Service account is inactive."));
        }
        if self.site.bites(FaultKind::KeyExpired) {
            return Err((1012, "Token has expired."));
        }
        if self.site.bites(FaultKind::IpNotAllowed) {
            return Err((1013, "IP restriction."));
        }
        if !self.in_time() || self.one_in(FaultKind::RateLimit, 2) {
            return Err(TOO_MANY);
        }
        if self.site.bites(FaultKind::Maintenance) {
            return Err(said(1009));
        }
        if let Some(bite) = self.site.bite(FaultKind::FlexCode) {
            let times = bite.number("times", 0);
            let mut state = self.lock();
            if times == 0 || state.coded < times {
                state.coded += 1;
                let code = u16::try_from(bite.number("code", 1001)).unwrap_or(1001);
                return Err(said(code));
            }
        }
        Ok(())
    }

    /// Whether this request keeps the pacing. One that does not counts as well.
    fn in_time(&self) -> bool {
        let now = Instant::now();
        let mut state = self.lock();
        let apart = state
            .came
            .back()
            .is_none_or(|last| now.duration_since(*last) >= BETWEEN);
        while state
            .came
            .front()
            .is_some_and(|first| now.duration_since(*first) > MINUTE)
        {
            state.came.pop_front();
        }
        state.came.push_back(now);
        apart && state.came.len() <= A_MINUTE
    }

    fn ask(&self, query: &str, from: &str, to: &str) -> Result<Vec<u8>, No> {
        let is_activity = query == self.activity;
        if !is_activity && query != self.confirmations {
            return Err((1014, "Query is invalid."));
        }
        let today = render::day(self.now());
        let day = |text: &str| match text {
            "" => Ok(today),
            text => Date::strptime("%Y%m%d", text).map_err(|_| INVALID),
        };
        let (from, to) = (day(from)?, day(to)?);
        let days = (to - from).get_days() + 1;
        if !(1..=DAYS).contains(&days) {
            return Err(INVALID);
        }
        let code = (1_000_000_000 + drawn(&self.site.world, 9)).to_string();
        let asked = Asked {
            is_activity,
            from,
            to,
            polls: 0,
        };
        self.lock().asked.insert(code.clone(), asked);
        let at = if self.site.bites(FaultKind::ForeignUrl) {
            ELSEWHERE.to_owned()
        } else {
            format!("https://{}{BASE}GetStatement", self.authority)
        };
        Ok(render::reference(self.now(), &code, &at))
    }

    fn get(&self, code: &str) -> Result<Vec<u8>, No> {
        let polls = self
            .site
            .bite(FaultKind::InProgress)
            .map_or(0, |bite| bite.number("polls", 2));
        let asked = {
            let mut state = self.lock();
            let asked = state.asked.get_mut(code).ok_or(said(1017))?;
            asked.polls += 1;
            asked.clone()
        };
        if asked.polls <= polls {
            return Err(said(1019));
        }
        if self.site.bites(FaultKind::EntityBomb) {
            return Ok(render::bomb());
        }
        let name = if asked.is_activity {
            "Days around"
        } else {
            "Trades"
        };
        let statement = Statement {
            site: &self.site,
            name,
            is_activity: asked.is_activity,
            from: asked.from,
            to: asked.to,
            now: self.now(),
        };
        Ok(statement.render())
    }

    fn one_in(&self, kind: FaultKind, every: u64) -> bool {
        let (front, account) = (self.site.front, &self.site.account);
        let faults = self.site.world.faults();
        faults.one_in(front, account, kind, "every", every)
    }

    fn now(&self) -> Timestamp {
        let site = &self.site;
        site.world.clock(site.front, &site.account)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Flex {
    fn site(&self) -> &Site {
        &self.site
    }

    fn answer(&self, request: Request) -> Answer {
        let told = self.told(&request);
        let body = told.unwrap_or_else(|(code, words)| render::refusal(self.now(), code, words));
        Answer {
            status: StatusCode::OK,
            content_type: "text/xml;charset=utf-8",
            headers: Vec::new(),
            body,
        }
    }
}

const INVALID: No = (1020, "Invalid request or unable to validate request.");
const TOO_MANY: No = (
    1018,
    "Too many requests have been made from this token. Please try again shortly.",
);

/// A code with the broker's own words.
fn said(code: u16) -> No {
    let words = match code {
        1001 => "Statement could not be generated at this time. Please try again shortly.",
        1003 => "Statement is not available.",
        1004 => "Statement is incomplete at this time. Please try again shortly.",
        1005 => "Settlement data is not ready at this time. Please try again shortly.",
        1006 => "FIFO P/L data is not ready at this time. Please try again shortly.",
        1007 => "MTM P/L data is not ready at this time. Please try again shortly.",
        1008 => "MTM and FIFO P/L data is not ready at this time. Please try again shortly.",
        1009 => {
            "The server is under heavy load. Statement could not be generated at this time. Please \
             try again shortly."
        }
        1010 => {
            "Legacy Flex Queries are no longer supported. Please convert over to Activity Flex."
        }
        1011 => "Service account is inactive.",
        1012 => "Token has expired.",
        1013 => "IP restriction.",
        1014 => "Query is invalid.",
        1015 => "Token is invalid.",
        1016 => "Account in invalid.",
        1017 => "Reference code is invalid.",
        1018 => TOO_MANY.1,
        1019 => "Statement generation in progress. Please try again shortly.",
        1021 => "Statement could not be retrieved at this time. Please try again shortly.",
        _ => INVALID.1,
    };
    (code, words)
}

/// A number of at most so many digits.
fn drawn(world: &World, digits: u32) -> u64 {
    world.draw() % 10_u64.pow(digits)
}
