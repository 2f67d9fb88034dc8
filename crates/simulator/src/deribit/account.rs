//! The account: what is in it, its sub-accounts, its logins, and what is switched off in it
//! (docs.deribit.com/api-reference/account-management).

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Api,
    access::Caller,
    market::{CURRENCIES, PRODUCTS},
    orders::currency,
    rpc::{Call, Refusal, amount},
};
use crate::{
    truth::Happening,
    world::{AccountView, Exchange},
};

/// The most entries that one page of the access log holds.
const LOG: usize = 1000;

impl Api {
    pub(super) fn account_summary(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let currency = currency(call)?;
        let member = self.member(caller, call)?;
        let mut summary = summary(&self.view()?, member, &currency);
        if call.flag("extended")
            && let (Some(into), Value::Object(extended)) =
                (summary.as_object_mut(), self.extended(member)?)
        {
            into.extend(extended);
        }
        Ok(summary)
    }

    pub(super) fn account_summaries(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let member = self.member(caller, call)?;
        let view = self.view()?;
        let summaries: Vec<Value> = CURRENCIES
            .into_iter()
            .map(|currency| summary(&view, member, currency))
            .collect();
        let mut result = if call.flag("extended") {
            self.extended(member)?
        } else {
            json!({})
        };
        result["summaries"] = json!(summaries);
        Ok(result)
    }

    fn extended(&self, member: u32) -> Result<Value, Refusal> {
        let view = self.view()?;
        let (id, username, login) = if member == 0 {
            (self.main_id(), view.name.clone(), None)
        } else {
            let subs = &view.exchange.subs;
            let sub = subs.iter().find(|sub| sub.id == member);
            let sub = sub.ok_or_else(|| Refusal::new(13_007, "user_not_found"))?;
            (
                u64::from(sub.id),
                sub.username.clone(),
                Some(sub.login_enabled),
            )
        };
        let products: Vec<Value> = PRODUCTS
            .into_iter()
            .map(|(product, sec_type)| {
                let blocked = view
                    .exchange
                    .blocked
                    .contains(&(member, sec_type.to_owned()));
                json!({
                    "product": product,
                    "enabled": !blocked,
                    "overwriteable": true,
                    "requires_consent": false,
                })
            })
            .collect();
        let mut extended = json!({
            "id": id,
            "type": if member == 0 { "main" } else { "subaccount" },
            "username": self.name(&username),
            "system_name": self.name(&username),
            "email": "owner@example.invalid",
            "security_keys_enabled": true,
            "interuser_transfers_enabled": false,
            "creation_timestamp": self.told_ms(Duration::ZERO),
            "trading_products_details": products,
        });
        if let Some(login) = login {
            extended["login_enabled"] = json!(login);
        }
        Ok(extended)
    }

    /// All members from the main account; from a sub-account, itself and little of the main one.
    pub(super) fn subaccounts(&self, caller: &Caller) -> Result<Value, Refusal> {
        let view = self.view()?;
        let row = |id: u64, kind, username: &str, login| {
            json!({
                "id": id,
                "type": kind,
                "username": self.name(username),
                "system_name": self.name(username),
                "email": "owner@example.invalid",
                "is_password": true,
                "receive_notifications": false,
                "security_keys_enabled": true,
                "security_keys_assignments": ["login", "account", "wallet"],
                "login_enabled": login,
            })
        };
        let mut rows = vec![row(self.main_id(), "main", &view.name, true)];
        for sub in &view.exchange.subs {
            if caller.member == 0 || caller.member == sub.id {
                rows.push(row(
                    u64::from(sub.id),
                    "subaccount",
                    &sub.username,
                    sub.login_enabled,
                ));
            }
        }
        Ok(Value::Array(rows))
    }

    /// Logins to the caller's account and changes of its keys, newest first.
    pub(super) fn access_log(&self, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
        let (offset, count) = call.page(LOG)?;
        let view = self.view()?;
        let own_key = |name: &str| {
            let key = view.keys.iter().find(|key| key.name == name)?;
            key.api.as_ref().filter(|api| api.sub == caller.member)
        };
        let entry = |id: usize, at, log: &str| {
            json!({
                "id": id,
                "timestamp": self.told_ms(at),
                "ip": "127.0.0.1",
                "country": "Local Country",
                "city": "Local Town",
                "log": log,
            })
        };
        let mut entries = Vec::new();
        if caller.member != 0 {
            // its owner looked in when it was made
            entries.push(entry(1, Duration::ZERO, "success"));
        }
        for event in self.site.world.truth_so_far() {
            if event.account != view.name {
                continue;
            }
            let (log, key) = match &event.what {
                Happening::SessionOpened { .. } if caller.member == 0 => ("success", None),
                Happening::KeyCreated { key, .. } => ("new_api_key", own_key(key)),
                Happening::KeyRevoked { key } => match own_key(key) {
                    Some(api) if api.listed => ("disabled_api_key", Some(api)),
                    api => ("removed_api_key", api),
                },
                Happening::SessionOpened { .. }
                | Happening::OrderPlaced { .. }
                | Happening::OrderCancelled { .. }
                | Happening::OrderFilled { .. }
                | Happening::SessionEnded { .. }
                | Happening::Withdrawal { .. }
                | Happening::Transfer { .. }
                | Happening::ContactChanged { .. }
                | Happening::DeviceAdded { .. }
                | Happening::DeviceRemoved { .. }
                | Happening::UserAdded { .. }
                | Happening::UserRemoved { .. }
                | Happening::AddressAllowed { .. }
                | Happening::AddressRemoved { .. }
                | Happening::PasswordChanged
                | Happening::AccountLocked { .. }
                | Happening::AccountUnlocked
                | Happening::ProgramStarted { .. }
                | Happening::ProgramStopped { .. }
                | Happening::DeadManSwitch { .. }
                | Happening::Request { .. } => continue,
            };
            let at = Duration::from_millis(event.at_ms);
            let mut entry = entry(entries.len() + 1, at, log);
            match key {
                Some(key) => entry["data"] = json!(key.public),
                // a key of another account
                None if log != "success" => continue,
                None => {}
            }
            entries.push(entry);
        }
        let total = entries.len();
        entries.reverse();
        let page: Vec<Value> = entries.into_iter().skip(offset).take(count).collect();
        Ok(json!({ "records_total": total, "data": page }))
    }

    pub(super) fn user_locks(&self) -> Result<Value, Refusal> {
        let locked = self.view()?.locked;
        let rows = CURRENCIES.into_iter().map(|currency| {
            let mut row = json!({ "currency": currency, "enabled": locked });
            if locked {
                row["message"] = json!("locked by the security desk");
            }
            row
        });
        Ok(Value::Array(rows.collect()))
    }

    pub(super) fn toggle_subaccount_login(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        only_main(caller)?;
        let id = call.need_integer("sid")?;
        let enabled = match call.need_text("state")? {
            "enable" => true,
            "disable" => false,
            _ => return Err(Refusal::invalid_params("state")),
        };
        let mut found = false;
        self.change(|exchange| {
            for sub in &mut exchange.subs {
                if i64::from(sub.id) == id {
                    sub.login_enabled = enabled;
                    found = true;
                }
            }
        })?;
        if found {
            Ok(json!("ok"))
        } else {
            Err(Refusal::new(13_007, "user_not_found"))
        }
    }

    pub(super) fn set_disabled_products(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<Value, Refusal> {
        only_main(caller)?;
        let user = u64::try_from(call.need_integer("user_id")?).unwrap_or(0);
        let member = self.member_of(user)?;
        let named = call
            .texts("trading_products")?
            .ok_or_else(|| Refusal::invalid_params("trading_products"))?;
        let disabled: Option<Vec<String>> = named
            .iter()
            .map(|name| {
                let product = PRODUCTS.iter().find(|(product, _)| product == name)?;
                Some(product.1.to_owned())
            })
            .collect();
        let disabled = disabled.ok_or_else(|| Refusal::invalid_params("trading_products"))?;
        self.change(|exchange| {
            exchange.blocked.retain(|(of, _)| *of != member);
            exchange
                .blocked
                .extend(disabled.into_iter().map(|product| (member, product)));
        })?;
        Ok(json!("ok"))
    }

    /// The member that a call is about: the caller, or a sub-account that the main account names.
    pub(super) fn member(&self, caller: &Caller, call: &Call) -> Result<u32, Refusal> {
        match call.integer("subaccount_id")? {
            None => Ok(caller.member),
            Some(id) => {
                only_main(caller)?;
                self.member_of(u64::try_from(id).unwrap_or(0))
            }
        }
    }

    fn member_of(&self, user: u64) -> Result<u32, Refusal> {
        if user == self.main_id() {
            return Ok(0);
        }
        let exchange = self.exchange()?;
        let sub = exchange.subs.iter().find(|sub| u64::from(sub.id) == user);
        Ok(sub
            .ok_or_else(|| Refusal::new(13_007, "user_not_found"))?
            .id)
    }

    pub(super) fn view(&self) -> Result<AccountView, Refusal> {
        self.site
            .world
            .account(&self.site.account)
            .map_err(|_| Refusal::new(13_007, "user_not_found"))
    }

    pub(super) fn exchange(&self) -> Result<Exchange, Refusal> {
        Ok(self.view()?.exchange)
    }

    fn change(&self, change: impl FnOnce(&mut Exchange)) -> Result<(), Refusal> {
        self.site
            .world
            .change_exchange(&self.site.account, change)
            .map_err(|_| Refusal::new(13_007, "user_not_found"))
    }
}

fn only_main(caller: &Caller) -> Result<(), Refusal> {
    if caller.member == 0 {
        Ok(())
    } else {
        Err(Refusal::new(13_012, "unavailable_in_subaccount"))
    }
}

fn summary(view: &AccountView, member: u32, currency: &str) -> Value {
    let cash = if member == 0 {
        view.cash.get(currency).copied().unwrap_or_default()
    } else {
        rust_decimal::Decimal::ZERO
    };
    json!({
        "currency": currency,
        "balance": amount(cash),
        "equity": amount(cash),
        "available_funds": amount(cash),
        "available_withdrawal_funds": amount(cash),
        "margin_balance": amount(cash),
        "initial_margin": 0,
        "maintenance_margin": 0,
        "total_pl": 0,
        "session_rpl": 0,
        "session_upl": 0,
        "margin_model": "segregated_sm",
        "limits": {
            "limits_per_currency": false,
            "matching_engine": { "cancel_all": { "burst": 20, "rate": 5 } },
            "non_matching_engine": { "burst": 100, "rate": 20 },
        },
    })
}
