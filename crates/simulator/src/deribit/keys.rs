//! API keys: listed, switched off and on, changed, removed, reset. A key manages those that may do
//! no more than itself (docs.deribit.com/articles/access-scope).

use serde_json::{Value, json};

use super::{
    Api, State,
    access::Caller,
    rpc::{Call, Refusal},
    scope::Scopes,
};
use crate::world::{ApiKey, Key, WorldError};

impl Api {
    /// With the secrets, as the venue's own example has it.
    pub(super) fn list_api_keys(&self, caller: &Caller) -> Result<Value, Refusal> {
        let keys = self.keys_of(caller)?;
        let rows = keys.iter().map(|(key, api)| self.key_row(key, api));
        Ok(Value::Array(rows.collect()))
    }

    pub(super) fn disable_api_key(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let (key, api) = self.managed(caller, call)?;
        if key.enabled {
            self.site
                .world
                .revoke_key(&self.site.account, &key.name)
                .map_err(|error| refused(&error))?;
        }
        Ok(self.key_row(
            &Key {
                enabled: false,
                ..key
            },
            &api,
        ))
    }

    pub(super) fn enable_api_key(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let (key, api) = self.managed(caller, call)?;
        self.site
            .world
            .enable_key(&self.site.account, &key.name)
            .map_err(|error| refused(&error))?;
        Ok(self.key_row(
            &Key {
                enabled: true,
                ..key
            },
            &api,
        ))
    }

    pub(super) fn edit_api_key(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let (key, _) = self.managed(caller, call)?;
        let scopes = match call.texts("max_scope") {
            Ok(scopes) => scopes,
            Err(_) => call
                .text("max_scope")
                .map(|words| words.split_whitespace().map(str::to_owned).collect()),
        };
        let whitelist = call.texts("ip_whitelist")?;
        if let Some(scopes) = &scopes {
            let wanted = Scopes(scopes.iter().cloned().collect());
            if !caller.scopes.cover(&wanted) {
                return Err(Refusal::new(13_403, "scope_exceeded"));
            }
        }
        let (world, account) = (&self.site.world, &self.site.account);
        world
            .change_api_key(account, &key.name, |api| {
                if let Some(scopes) = scopes {
                    api.scopes = scopes.into_iter().collect();
                    api.trades = api.scopes.contains("trade:read_write");
                }
                if let Some(whitelist) = whitelist {
                    api.allow_ips = whitelist;
                }
            })
            .map_err(|error| refused(&error))?;
        match call.text("enabled") {
            Some("false") => self.disable_api_key(caller, call),
            _ if call.flag("enabled") => self.enable_api_key(caller, call),
            _ => {
                let (key, api) = self.managed(caller, call)?;
                Ok(self.key_row(&key, &api))
            }
        }
    }

    pub(super) fn remove_api_key(
        &self,
        state: &mut State,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let (key, api) = self.managed(caller, call)?;
        self.site
            .world
            .remove_api_key(&self.site.account, &key.name)
            .map_err(|error| refused(&error))?;
        Self::end_tokens(state, &api.public);
        Ok(json!("ok"))
    }

    pub(super) fn reset_api_key(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let (key, _) = self.managed(caller, call)?;
        let world = &self.site.world;
        let secret = format!("{:016x}{:016x}", world.draw(), world.draw());
        world
            .change_api_key(&self.site.account, &key.name, |api| api.secret = secret)
            .map_err(|error| refused(&error))?;
        let (key, api) = self.managed(caller, call)?;
        Ok(self.key_row(&key, &api))
    }

    /// A listed key of the caller's account that it may manage.
    fn managed(&self, caller: &Caller, call: &Call) -> Result<(Key, ApiKey), Refusal> {
        let id = u64::try_from(call.need_integer("id")?).unwrap_or(0);
        let (key, api) = self
            .keys_of(caller)?
            .into_iter()
            .find(|(_, api)| api.id == id)
            .ok_or_else(|| Refusal::new(13_020, "not_found"))?;
        if caller.scopes.cover(&Scopes(api.scopes.clone())) {
            Ok((key, api))
        } else {
            Err(Refusal::new(13_403, "scope_exceeded"))
        }
    }

    fn keys_of(&self, caller: &Caller) -> Result<Vec<(Key, ApiKey)>, Refusal> {
        let view = self.view()?;
        let keys = view.keys.into_iter().filter_map(|key| {
            let api = key.api.clone()?;
            let here = api.front == self.site.front && api.sub == caller.member && api.listed;
            here.then_some((key, api))
        });
        Ok(keys.collect())
    }

    fn key_row(&self, key: &Key, api: &ApiKey) -> Value {
        json!({
            "id": api.id,
            "timestamp": self.told_ms(api.created),
            "client_id": api.public,
            "client_secret": api.secret,
            "max_scope": Scopes(api.scopes.clone()).words(),
            "enabled": key.enabled,
            "default": false,
            "name": self.name(&key.name),
            "enabled_features": [],
            "ip_whitelist": api.allow_ips,
        })
    }
}

fn refused(error: &WorldError) -> Refusal {
    Refusal::new(13_008, "request_failed").because(&error.to_string())
}
