//! Logins and the brokerage seat, as the gateway's endpoints tell and change them.

use std::time::Duration;

use hyper::StatusCode;
use rand::{RngExt, rngs::StdRng};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::sleep_until;

use super::{
    answer::Answer,
    call::Request,
    portal::{Brokerage, Login, Portal, State},
};
use crate::world::{Platform, Session, WorldError};

/// How long a login lasts.
const LOGIN: Duration = Duration::from_hours(24);

/// After how long without a request the brokerage session is dropped.
const IDLE: Duration = Duration::from_mins(6);

const MAC: &str = "02:00:00:00:00:01";

#[derive(Deserialize)]
struct Init {
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    compete: bool,
}

#[derive(Deserialize)]
struct Selection {
    #[serde(rename = "acctId")]
    account: String,
}

impl Portal {
    /// Logs in, and takes the brokerage seat if it is free. Nothing when a login lives.
    pub(super) fn log_in(&self) -> Result<(), WorldError> {
        let mut state = self.state();
        self.look_at_session(&mut state);
        if state.login.is_some() {
            return Ok(());
        }
        let session = self.world.open_session(
            &self.username,
            Platform::ClientPortal,
            "Client Portal gateway, this computer",
        )?;
        state.last_request = self.world.now();
        state.login = Some(Login {
            session,
            secret: secret(),
            began: self.world.now(),
            portfolio_listed: false,
            brokerage: None,
        });
        match self.world.take_seat(session, false) {
            Ok(()) | Err(WorldError::Competing) => {}
            Err(error) => return Err(error),
        }
        self.look_at_session(&mut state);
        self.logged_in.notify_one();
        Ok(())
    }

    /// The value of the session cookie.
    pub(super) fn secret(&self) -> Option<String> {
        Some(self.state().login.as_ref()?.secret.clone())
    }

    /// Drops the brokerage session when nobody asks anything, and the login when its day is over.
    /// Never returns.
    pub(super) async fn age(&self) {
        loop {
            let due = {
                let state = self.state();
                state.login.as_ref().map(|login| {
                    let idle = login
                        .brokerage
                        .is_some()
                        .then_some(state.last_request + IDLE);
                    let over = login.began + LOGIN;
                    idle.map_or(over, |idle| idle.min(over))
                })
            };
            match due {
                Some(due) => sleep_until(self.world.instant(due)).await,
                None => self.logged_in.notified().await,
            }
            self.drop_what_is_over();
        }
    }

    fn drop_what_is_over(&self) {
        let now = self.world.now();
        let mut state = self.state();
        self.look_at_session(&mut state);
        let idle = state.last_request + IDLE <= now;
        let Some(login) = &state.login else {
            return;
        };
        if login.began + LOGIN <= now {
            self.world.end_session(login.session, "expired");
        } else if idle && login.brokerage.is_some() {
            self.world.leave_seat(login.session);
        }
        self.look_at_session(&mut state);
    }

    /// Brings what the gateway remembers in line with how its session stands at the broker.
    pub(super) fn look_at_session(&self, state: &mut State) {
        let Some(login) = &mut state.login else {
            return;
        };
        match self.world.session(login.session) {
            Some(session) if session.alive => login.stands(&session, self.world.now()),
            Some(_) | None => state.login = None,
        }
    }

    pub(super) fn auth_status(&self, state: &State) -> Answer {
        Answer::ok(&self.status(state))
    }

    /// Takes the brokerage seat, with `compete` from whoever holds it.
    pub(super) fn init(&self, state: &mut State, body: &[u8]) -> Answer {
        let Ok(init) = serde_json::from_slice::<Init>(body) else {
            return Answer::bad_request("publish and compete are needed");
        };
        if !init.publish {
            return Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "publish must be true");
        }
        self.seat(state, init.compete)
    }

    pub(super) fn reauthenticate(&self, state: &mut State) -> Answer {
        let _ = self.seat(state, false);
        Answer::ok(&json!({ "message": "triggered" }))
    }

    fn seat(&self, state: &mut State, compete: bool) -> Answer {
        let Some(login) = &state.login else {
            return Answer::logged_out();
        };
        let taken = self.world.take_seat(login.session, compete);
        self.look_at_session(state);
        match taken {
            Ok(()) | Err(WorldError::Competing) => self.auth_status(state),
            Err(WorldError::SessionEnded) => Answer::logged_out(),
            Err(error) => Answer::error(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        }
    }

    pub(super) fn tickle(&self, state: &State) -> Answer {
        let Some(login) = &state.login else {
            return Answer::logged_out();
        };
        Answer::ok(&json!({
            "session": login.secret,
            "ssoExpires": self.expires(login),
            "collission": false,
            "userId": self.user_id(),
            "hmds": { "error": "no bridge" },
            "iserver": { "authStatus": self.status(state) },
        }))
    }

    pub(super) fn log_out(&self, state: &mut State) -> Answer {
        if let Some(login) = state.login.take() {
            self.world.end_session(login.session, "logout");
        }
        Answer::ok(&json!({ "status": true }))
    }

    pub(super) fn validate(&self, state: &State) -> Answer {
        let Some(login) = &state.login else {
            return Answer::logged_out();
        };
        Answer::ok(&json!({
            "USER_ID": self.user_id(),
            "USER_NAME": self.username.0,
            "RESULT": true,
            "AUTH_TIME": self.millis(login.began),
            "SF_ENABLED": false,
            "IS_FREE_TRIAL": false,
            "CREDENTIAL": self.username.0,
            "IP": "127.0.0.1",
            "EXPIRES": self.expires(login),
            "QUALIFIED_FOR_MOBILE_AUTH": null,
            "LANDING_APP": "UNIVERSAL",
            "IS_MASTER": false,
            "lastAccessed": self.millis(self.world.now()),
            "LOGIN_TYPE": 2,
            "PAPER_USER_NAME": self.username.0,
            "features": { "env": "PROD", "wlms": true, "realtime": true, "newMf": true },
            "region": "NJ",
        }))
    }

    pub(super) fn accounts(&self, state: &mut State) -> Answer {
        let session = state.login.as_ref().map(|login| login.session.0);
        if let Some(brokerage) = state.brokerage() {
            brokerage.accounts_listed = true;
        }
        let id = &self.account.0;
        Answer::ok(&json!({
            "accounts": [id],
            "acctProps": {
                id: {
                    "hasChildAccounts": false,
                    "supportsCashQty": true,
                    "liteUnderPro": false,
                    "noFXConv": false,
                    "isProp": false,
                    "supportsFractions": true,
                    "allowCustomerTime": false,
                    "autoFx": false,
                },
            },
            "aliases": { id: self.name(id) },
            "allowFeatures": { "showGFIS": true, "allowFXConv": true, "allowMTA": true,
                "allowedAssetTypes": "STK,OPT,FUT,CASH" },
            "chartPeriods": { "STK": ["*"] },
            "groups": [],
            "profiles": [],
            "selectedAccount": id,
            "serverInfo": server(),
            "sessionId": session.map(|id| format!("{id:08x}")),
            "isFT": false,
            // as its number says, and as TWS tells of the same account
            "isPaper": self.account.0.starts_with('D'),
        }))
    }

    pub(super) fn select_account(&self, request: &Request) -> Answer {
        let asked = serde_json::from_slice::<Selection>(&request.body)
            .map(|selection| selection.account)
            .ok()
            .or_else(|| request.query.get("acctId").cloned());
        match asked {
            Some(asked) if asked == self.account.0 => {
                Answer::ok(&json!({ "set": true, "acctId": asked }))
            }
            Some(_) => Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "Invalid account ID"),
            None => Answer::bad_request("acctId is needed"),
        }
    }

    fn status(&self, state: &State) -> Value {
        let seated = state
            .login
            .as_ref()
            .is_some_and(|login| login.brokerage.is_some());
        let competing = !seated && self.world.seat_holder(&self.username).is_some();
        json!({
            "authenticated": seated,
            "established": seated,
            "competing": competing,
            "connected": state.login.is_some(),
            "message": "",
            "MAC": MAC,
            "serverInfo": server(),
            "hardware_info": format!("5a5a5a5a|{MAC}"),
            "fail": "",
        })
    }

    /// Milliseconds until the login is over.
    fn expires(&self, login: &Login) -> u64 {
        let left = (login.began + LOGIN).saturating_sub(self.world.now());
        u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
    }

    /// A number that stays the same for a username.
    fn user_id(&self) -> u32 {
        let digest = Sha256::digest(self.username.0.as_bytes());
        let number = digest
            .iter()
            .take(4)
            .fold(0, |number: u32, byte| (number << 8) | u32::from(*byte));
        100_000_000 + number % 100_000_000
    }
}

impl Login {
    fn stands(&mut self, session: &Session, now: Duration) {
        let same = self
            .brokerage
            .as_ref()
            .is_some_and(|brokerage| brokerage.evicted == session.evicted);
        if !session.seat {
            self.brokerage = None;
        } else if !same {
            self.brokerage = Some(Brokerage {
                began: now,
                evicted: session.evicted,
                ..Brokerage::default()
            });
        }
    }
}

fn server() -> Value {
    json!({ "serverName": "SIM10001", "serverVersion": "Build 10.44.1d, Mar 3, 2026 1:55:32 PM" })
}

/// 128 bits that nobody can guess, in lower-case hex. Not of the world's seed: two runs of one seed
/// must not share it.
pub(super) fn secret() -> String {
    let mut random: StdRng = rand::make_rng();
    hex::encode(random.random::<[u8; 16]>())
}
