//! Who calls: a key that signs or shows its secret, or a token that a key was given, for the main
//! account or switched into a sub-account (docs.deribit.com/articles/authentication).
//!
//! A token lives no longer than its key works.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    Api, State,
    rpc::{Call, Refusal},
    scope::Scopes,
};
use crate::{
    faults::FaultKind,
    https::Request,
    world::{ApiKey, Key},
};

/// How far from the venue's clock a signature's time may be.
const SIGNATURE_LASTS_MS: i64 = 60_000;
/// How long tokens live when nothing shorter is asked for.
const TOKEN_LASTS_S: i64 = 31_536_000;
/// The most that is remembered of each kind; what is older goes first.
const REMEMBERED: usize = 100_000;

/// Tokens and nonces.
#[derive(Default)]
pub(super) struct Access {
    tokens: HashMap<String, Token>,
    nonces: HashMap<(String, String), i64>,
}

/// A token, of either kind.
#[derive(Clone)]
struct Token {
    key: String,
    member: u32,
    scopes: Scopes,
    ends: Duration,
    refreshes: bool,
}

/// Who calls.
#[derive(Clone)]
pub(super) struct Caller {
    /// The public part of the key that it comes from.
    pub(super) key: String,
    /// The key's name in the world.
    pub(super) key_name: String,
    /// For whom; 0 is the main account.
    pub(super) member: u32,
    pub(super) scopes: Scopes,
}

impl Api {
    /// Who sent a private call.
    pub(super) fn caller(
        &self,
        state: &mut State,
        request: &Request,
        call: &Call,
    ) -> Result<Caller, Refusal> {
        let header = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let (kind, value) = match header {
            Some(header) => header.split_once(' ').unwrap_or((header, "")),
            None => match call.text("access_token") {
                Some(token) => ("bearer", token),
                None => return Err(Refusal::unauthorized("no credentials")),
            },
        };
        match kind.to_ascii_lowercase().as_str() {
            "bearer" => self.bearer(state, value),
            "basic" => self.basic(value),
            "deri-hmac-sha256" => self.signed(state, request, value),
            _ => Err(Refusal::unauthorized("unknown authorization")),
        }
    }

    fn bearer(&self, state: &State, token: &str) -> Result<Caller, Refusal> {
        let token = state
            .access
            .tokens
            .get(token)
            .filter(|token| !token.refreshes && token.ends > self.site.world.now())
            .ok_or_else(|| Refusal::unauthorized("invalid_token"))?;
        // a token ends with its key
        let (key, _) = self
            .key(&token.key)
            .map_err(|_| Refusal::unauthorized("invalid_token"))?;
        Ok(Caller {
            key: token.key.clone(),
            key_name: key.name,
            member: token.member,
            scopes: token.scopes.clone(),
        })
    }

    fn basic(&self, value: &str) -> Result<Caller, Refusal> {
        let plain = STANDARD
            .decode(value)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let (id, secret) = plain
            .as_deref()
            .and_then(|plain| plain.split_once(':'))
            .ok_or_else(Refusal::invalid_credentials)?;
        let (key, api) = self.key(id)?;
        if api.secret != secret {
            return Err(Refusal::invalid_credentials());
        }
        Ok(self.of_key(&key, &api))
    }

    fn signed(&self, state: &mut State, request: &Request, value: &str) -> Result<Caller, Refusal> {
        let fields: HashMap<&str, &str> = value
            .split(',')
            .filter_map(|pair| pair.trim().split_once('='))
            .collect();
        let field = |name| fields.get(name).copied();
        let (Some(id), Some(at), Some(signature), Some(nonce)) =
            (field("id"), field("ts"), field("sig"), field("nonce"))
        else {
            return Err(Refusal::unauthorized("signature incomplete"));
        };
        let (key, api) = self.key(id)?;
        let method = request.method.as_str();
        let target = request.uri.path_and_query().map_or("", |it| it.as_str());
        let body = String::from_utf8_lossy(&request.body);
        let message = format!("{at}\n{nonce}\n{method}\n{target}\n{body}\n");
        self.check_signature(state, &api, (at, nonce, signature), &message)?;
        Ok(self.of_key(&key, &api))
    }

    fn check_signature(
        &self,
        state: &mut State,
        api: &ApiKey,
        (at, nonce, signature): (&str, &str, &str),
        message: &str,
    ) -> Result<(), Refusal> {
        let now = self.clock_ms();
        let good = hex::decode(signature).is_ok_and(|signature| {
            Hmac::<Sha256>::new_from_slice(api.secret.as_bytes()).is_ok_and(|mut mac| {
                mac.update(message.as_bytes());
                mac.verify_slice(&signature).is_ok()
            })
        });
        if !good {
            return Err(Refusal::unauthorized("bad signature"));
        }
        let at: i64 = at
            .parse()
            .map_err(|_| Refusal::unauthorized("bad timestamp"))?;
        if (now - at).abs() > SIGNATURE_LASTS_MS {
            return Err(Refusal::unauthorized("bad timestamp"));
        }
        let nonces = &mut state.access.nonces;
        nonces.retain(|_, used| (now - *used).abs() <= 2 * SIGNATURE_LASTS_MS);
        let fresh = nonces
            .insert((api.public.clone(), nonce.to_owned()), at)
            .is_none();
        if fresh && nonces.len() < REMEMBERED {
            Ok(())
        } else {
            Err(Refusal::unauthorized("nonce was used"))
        }
    }

    fn of_key(&self, key: &Key, api: &ApiKey) -> Caller {
        // a key is there: it was just found
        let _ = self.site.world.use_key(&self.site.account, &key.name, None);
        Caller {
            key: api.public.clone(),
            key_name: key.name.clone(),
            member: api.sub,
            scopes: Scopes(api.scopes.clone()),
        }
    }

    /// A key that works here and from there.
    fn key(&self, public: &str) -> Result<(Key, ApiKey), Refusal> {
        let (account, key) = self
            .site
            .world
            .api_key(self.site.front, public)
            .ok_or_else(Refusal::invalid_credentials)?;
        let api = key.api.clone().ok_or_else(Refusal::invalid_credentials)?;
        let now = self.site.world.now();
        let expired =
            api.expires.is_some_and(|ends| ends <= now) || self.site.bites(FaultKind::KeyExpired);
        if account != self.site.account || !key.enabled || expired {
            return Err(Refusal::invalid_credentials());
        }
        let elsewhere = !api.allow_ips.is_empty()
            && api
                .allow_ips
                .iter()
                .all(|ip| ip != "127.0.0.1" && ip != "*");
        if elsewhere || self.site.bites(FaultKind::IpNotAllowed) {
            return Err(Refusal::unauthorized("ip_address_not_whitelisted"));
        }
        Ok((key, api))
    }

    /// `public/auth`.
    pub(super) fn auth(&self, state: &mut State, call: &Call) -> Result<Value, Refusal> {
        let caller = match call.need_text("grant_type")? {
            "client_credentials" => {
                let (key, api) = self.key(call.need_text("client_id")?)?;
                if api.secret != call.need_text("client_secret")? {
                    return Err(Refusal::invalid_credentials());
                }
                self.of_key(&key, &api)
            }
            "client_signature" => {
                let (key, api) = self.key(call.need_text("client_id")?)?;
                let at = call.need_integer("timestamp")?.to_string();
                let nonce = call.text("nonce").unwrap_or_default();
                let data = call.text("data").unwrap_or_default();
                let message = format!("{at}\n{nonce}\n{data}");
                let signature = call.need_text("signature")?;
                self.check_signature(state, &api, (&at, nonce, signature), &message)
                    .map_err(|_| Refusal::invalid_credentials())?;
                self.of_key(&key, &api)
            }
            "refresh_token" => {
                let old = self.refreshed(state, call.need_text("refresh_token")?)?;
                return Ok(self.issue(state, &old.0, old.1, call.text("scope")));
            }
            _ => return Err(Refusal::invalid_params("grant_type")),
        };
        let member = caller.member;
        Ok(self.issue(state, &caller, member, call.text("scope")))
    }

    /// `public/exchange_token`: a token for another member of the same main account.
    pub(super) fn exchange_token(&self, state: &mut State, call: &Call) -> Result<Value, Refusal> {
        let (caller, from) = self.refreshed(state, call.need_text("refresh_token")?)?;
        let subject = u64::try_from(call.need_integer("subject_id")?).unwrap_or(0);
        let exchange = self.exchange()?;
        let last = exchange.subs.last().map(|sub| sub.id);
        let member = if subject == self.main_id() {
            0
        } else {
            let sub = exchange
                .subs
                .iter()
                .find(|sub| u64::from(sub.id) == subject);
            sub.ok_or_else(|| Refusal::new(13_007, "user_not_found"))?
                .id
        };
        let hidden = last == Some(member) && self.site.bites(FaultKind::HiddenSub);
        if hidden || (from != 0 && from != member) {
            return Err(Refusal::new(13_021, "forbidden").because("subject"));
        }
        Ok(self.issue(state, &caller, member, call.text("scope")))
    }

    /// `public/fork_token`: a further session of the same member.
    pub(super) fn fork_token(&self, state: &mut State, call: &Call) -> Result<Value, Refusal> {
        let (caller, member) = self.refreshed(state, call.need_text("refresh_token")?)?;
        let session = format!("session:{}", call.need_text("session_name")?);
        Ok(self.issue(state, &caller, member, Some(&session)))
    }

    fn refreshed(&self, state: &State, token: &str) -> Result<(Caller, u32), Refusal> {
        let token = state
            .access
            .tokens
            .get(token)
            .filter(|token| token.refreshes && token.ends > self.site.world.now())
            .ok_or_else(|| Refusal::unauthorized("invalid_token"))?;
        let (key, _) = self
            .key(&token.key)
            .map_err(|_| Refusal::unauthorized("invalid_token"))?;
        let caller = Caller {
            key: token.key.clone(),
            key_name: key.name,
            member: token.member,
            scopes: token.scopes.clone(),
        };
        Ok((caller, token.member))
    }

    fn issue(&self, state: &mut State, caller: &Caller, member: u32, asked: Option<&str>) -> Value {
        let asked: BTreeSet<String> = asked
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let named = |prefix: &str| asked.iter().find_map(|scope| scope.strip_prefix(prefix));
        let session = named("session:")
            .map_or_else(|| "connection".to_owned(), |name| format!("session:{name}"));
        let lasts = named("expires:")
            .and_then(|seconds| seconds.parse::<i64>().ok())
            .filter(|seconds| (1..=TOKEN_LASTS_S).contains(seconds))
            .unwrap_or(TOKEN_LASTS_S);
        let scopes = caller.scopes.narrowed(&Scopes(asked.clone()));
        let world = &self.site.world;
        let ends = world.now() + Duration::from_secs(lasts.unsigned_abs());
        let mut word = |refreshes| {
            let text = format!(
                "{}.{:016x}{:016x}",
                self.clock_ms(),
                world.draw(),
                world.draw()
            );
            let tokens = &mut state.access.tokens;
            if tokens.len() >= REMEMBERED {
                tokens.clear();
            }
            tokens.insert(
                text.clone(),
                Token {
                    key: caller.key.clone(),
                    member,
                    scopes: scopes.clone(),
                    ends,
                    refreshes,
                },
            );
            text
        };
        let (access, refresh) = (word(false), word(true));
        let main = if member == 0 { " mainaccount" } else { "" };
        json!({
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": lasts,
            "scope": format!("{}{main} {}", session, scopes.words()),
            "enabled_features": [],
            "token_type": "bearer",
        })
    }

    /// Ends every token that came from a key.
    pub(super) fn end_tokens(state: &mut State, key: &str) {
        state.access.tokens.retain(|_, token| token.key != key);
    }
}
