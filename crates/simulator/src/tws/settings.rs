//! TWS' own API settings over the API: read, and changed. A change that loosens what protects the
//! account needs its warning accepted; what is not simulated is refused by name, never ignored.

use super::message::{
    ApiConfig, ApiPrecautions, ApiSettings, ConfigResponse, ConfigWarning, UpdateConfigRequest,
    UpdateConfigResponse,
};
use crate::world::{AccountId, TwsSettings, World, WorldError};

/// The first version that can read settings.
pub(super) const READABLE_SINCE: i32 = 219;
/// The first version that can change them.
pub(super) const WRITABLE_SINCE: i32 = 221;

/// The settings as they are. `port` is where the socket listens.
pub(super) fn config(settings: &TwsSettings, port: u16, request: Option<i32>) -> ConfigResponse {
    ConfigResponse {
        req_id: request,
        api: Some(ApiConfig {
            precautions: Some(ApiPrecautions {
                bypass_order_precautions: Some(settings.bypass_order_precautions),
            }),
            settings: Some(ApiSettings {
                read_only_api: Some(settings.read_only_api),
                download_open_orders_on_connection: Some(false),
                maintain_and_resubmit_orders_on_reconnect: Some(false),
                socket_port: Some(i32::from(port)),
                create_api_message_log_file: Some(settings.create_api_message_log_file),
                logging_level: Some(settings.logging_level.clone()),
                master_client_id: settings.master_client_id,
                reject_messages_above_max_rate: Some(true),
                allow_localhost_only: Some(settings.allow_localhost_only),
                trusted_ips: settings.trusted_ips.clone(),
            }),
        }),
    }
}

/// Makes a change, or says why not: all of it or nothing.
pub(super) fn update(
    world: &World,
    account: &AccountId,
    port: u16,
    request: &UpdateConfigRequest,
) -> Result<UpdateConfigResponse, WorldError> {
    // without what a fault makes of them: a change must not make a fault last
    let before = world.account(account)?.settings;
    let change = Change::of(request, &before, port);
    let response = UpdateConfigResponse {
        req_id: request.req_id,
        ..UpdateConfigResponse::default()
    };
    if !change.errors.is_empty() {
        return Ok(UpdateConfigResponse {
            status: Some("error".to_owned()),
            errors: change.errors,
            ..response
        });
    }
    let open: Vec<_> = change
        .warnings
        .into_iter()
        .filter(|warning| {
            let accepted = &request.accepted_warnings;
            !accepted
                .iter()
                .any(|it| it.message_id == warning.message_id)
        })
        .collect();
    if !open.is_empty() {
        return Ok(UpdateConfigResponse {
            status: Some("warning".to_owned()),
            warnings: open,
            ..response
        });
    }
    world.change_tws_settings(account, |settings| *settings = change.after)?;
    Ok(UpdateConfigResponse {
        status: Some("success".to_owned()),
        changed_fields: change.fields.into_iter().map(str::to_owned).collect(),
        ..response
    })
}

/// What a request changes.
struct Change {
    after: TwsSettings,
    fields: Vec<&'static str>,
    warnings: Vec<ConfigWarning>,
    errors: Vec<String>,
}

impl Change {
    fn of(request: &UpdateConfigRequest, before: &TwsSettings, port: u16) -> Self {
        let mut change = Self {
            after: before.clone(),
            fields: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
        };
        let Some(api) = &request.api else {
            return change;
        };
        if let Some(settings) = &api.settings {
            change.settings(settings, port);
        }
        let bypass = api
            .precautions
            .as_ref()
            .and_then(|precautions| precautions.bypass_order_precautions);
        if let Some(bypass) = change.flag("bypassOrderPrecautions", bypass, |settings| {
            &mut settings.bypass_order_precautions
        }) && bypass
        {
            change.warn(4, "Orders of API clients would be taken without warnings");
        }
        change
    }

    fn settings(&mut self, asked: &ApiSettings, port: u16) {
        let read_only = self.flag("readOnlyApi", asked.read_only_api, |settings| {
            &mut settings.read_only_api
        });
        if read_only == Some(false) {
            self.warn(1, "API clients would be able to place orders");
        }
        let local = self.flag(
            "allowLocalhostOnly",
            asked.allow_localhost_only,
            |settings| &mut settings.allow_localhost_only,
        );
        if local == Some(false) {
            self.warn(2, "Other computers would be able to connect");
        }
        self.flag(
            "createApiMessageLogFile",
            asked.create_api_message_log_file,
            |settings| &mut settings.create_api_message_log_file,
        );
        if let Some(level) = &asked.logging_level
            && *level != self.after.logging_level
        {
            self.after.logging_level.clone_from(level);
            self.fields.push("loggingLevel");
        }
        if asked.master_client_id.is_some() && asked.master_client_id != self.after.master_client_id
        {
            self.after.master_client_id = asked.master_client_id;
            self.fields.push("masterClientId");
        }
        if !asked.trusted_ips.is_empty() && asked.trusted_ips != self.after.trusted_ips {
            self.after.trusted_ips.clone_from(&asked.trusted_ips);
            self.fields.push("trustedIPs");
            self.warn(3, "Other computers would be able to connect without asking");
        }
        if asked.socket_port.is_some_and(|to| to != i32::from(port)) {
            self.refuse("socketPort");
        }
        if asked.download_open_orders_on_connection == Some(true) {
            self.refuse("downloadOpenOrdersOnConnection");
        }
        if asked.maintain_and_resubmit_orders_on_reconnect == Some(true) {
            self.refuse("maintainAndResubmitOrdersOnReconnect");
        }
        if asked.reject_messages_above_max_rate == Some(false) {
            self.refuse("rejectMessagesAboveMaxRate");
        }
    }

    /// Sets a flag; its new value when that is another.
    fn flag(
        &mut self,
        field: &'static str,
        to: Option<bool>,
        of: impl FnOnce(&mut TwsSettings) -> &mut bool,
    ) -> Option<bool> {
        let to = to?;
        let flag = of(&mut self.after);
        if *flag == to {
            return None;
        }
        *flag = to;
        self.fields.push(field);
        Some(to)
    }

    fn warn(&mut self, id: i32, words: &str) {
        self.warnings.push(ConfigWarning {
            message_id: Some(id),
            title: Some("API settings".to_owned()),
            message: Some(words.to_owned()),
        });
    }

    fn refuse(&mut self, field: &str) {
        self.errors
            .push(format!("{field} cannot be changed while TWS is simulated"));
    }
}
