//! TWS's own API settings over the API: read-only on, and what an audit looks at.
//!
//! Whether a TWS takes the change is proved by reading the settings again, never by its answer.

use door::{DoorError, ErrorClass, Found, Missing, Reading, Receipt, Snapshot, Unseen};
use ibapi::config::{ApiConfig, ApiPrecautions, ApiSettings, Config, UpdateConfigResponse};
use tokio::time::timeout;

use super::{
    errors::{door_error, malformed, timed_out},
    session::{ANSWER_WITHIN, Session},
};
use crate::ibkr::{codes::API_SETTINGS, levers::STILL_TRADES_WHEN_READ_ONLY};

/// The first server version whose settings can be read (TWS 10.43).
const READABLE_SINCE: i32 = 219;
/// The first server version whose settings can be changed (TWS 10.44).
const WRITABLE_SINCE: i32 = 221;

/// The settings as TWS has them now.
pub(super) async fn read(session: &Session) -> Result<Config, DoorError> {
    if session.client.server_version() < READABLE_SINCE {
        return Err(too_old(session, "10.43"));
    }
    timeout(ANSWER_WITHIN, session.client.config())
        .await
        .map_err(|_| timed_out("its settings"))?
        .map_err(|error| door_error(&error))
}

/// Asks TWS to tick Read-Only API. A warning that TWS wants accepted is accepted once: the change
/// only ever takes rights away.
pub(super) async fn tick_read_only(session: &Session) -> Result<Receipt, DoorError> {
    if session.client.server_version() < WRITABLE_SINCE {
        return Err(too_old(session, "10.44"));
    }
    let first = update(session, Vec::new()).await?;
    let answer = if first.warnings.is_empty() {
        first
    } else {
        update(session, first.warnings).await?
    };
    if let Some(error) = answer.errors.first() {
        return Err(
            DoorError::new(ErrorClass::Refused, error, "TWS did not tick Read-Only API")
                .next(by_hand()),
        );
    }
    let said = [answer.status, answer.message]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    Ok(Receipt {
        words: door::clean(&format!("asked TWS to tick Read-Only API: {said}")),
        ..Receipt::default()
    })
}

async fn update(
    session: &Session,
    accepted: Vec<ibapi::config::ConfigWarning>,
) -> Result<UpdateConfigResponse, DoorError> {
    let change = session
        .client
        .update_config()
        .api(ApiConfig {
            precautions: None,
            settings: Some(ApiSettings {
                read_only_api: Some(true),
                ..ApiSettings::default()
            }),
        })
        .accept_warnings(accepted);
    timeout(ANSWER_WITHIN, change.submit())
        .await
        .map_err(|_| timed_out("its answer to the change"))?
        .map_err(|error| door_error(&error))
}

/// Whether Read-Only API is ticked now, and what it leaves open by its nature.
pub(super) fn read_only(config: &Config) -> Result<Reading, DoorError> {
    let settings = config.api.as_ref().and_then(|api| api.settings.as_ref());
    let Some(read_only) = settings.and_then(|settings| settings.read_only_api) else {
        return Err(malformed("settings without read-only"));
    };
    let found = if read_only {
        Vec::new()
    } else {
        vec![Found::Setting {
            label: "Read-Only API is off: API programs can place orders".to_owned(),
        }]
    };
    Ok(Reading {
        words: format!("Read-Only API is {}", if read_only { "on" } else { "off" }),
        found,
        unseen: vec![Unseen {
            what: door::Family::new("orders from TWS itself, mobile and the web"),
            why: STILL_TRADES_WHEN_READ_ONLY.to_owned(),
        }],
        ..Reading::default()
    })
}

/// What an audit looks at, as facts; what TWS did not say is named as missing.
pub(super) fn facts(config: &Config) -> Receipt {
    let mut facts = Vec::new();
    let mut missing = Vec::new();
    let api = config.api.as_ref();
    if let Some(settings) = api.and_then(|api| api.settings.as_ref()) {
        for (name, value) in settings_of(settings) {
            match value {
                Some(value) => facts.push((name.to_owned(), door::clean(&value))),
                None => missing.push(Missing {
                    what: name.to_owned(),
                    why: "TWS did not say".to_owned(),
                }),
            }
        }
    } else {
        missing.push(Missing {
            what: "API settings".to_owned(),
            why: "TWS sent none".to_owned(),
        });
    }
    if let Some(precautions) = api.and_then(|api| api.precautions.as_ref()) {
        facts.push(("precautions bypassed".to_owned(), bypassed(precautions)));
    }
    if let Some(logoff) = &config.lock_and_exit {
        let parts = [
            &logoff.auto_logoff_type,
            &logoff.auto_logoff_time,
            &logoff.auto_logoff_period,
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        facts.push((
            "log-off or restart".to_owned(),
            door::clean(&parts.join(" ")),
        ));
    }
    Receipt {
        words: format!("{} settings read", facts.len()),
        snapshot: Some(Snapshot {
            facts,
            ..Snapshot::default()
        }),
        missing,
    }
}

fn settings_of(settings: &ApiSettings) -> [(&'static str, Option<String>); 9] {
    let trusted = if settings.trusted_ips.is_empty() {
        "none".to_owned()
    } else {
        settings.trusted_ips.join(", ")
    };
    let master = settings
        .master_client_id
        .map_or_else(|| "none".to_owned(), |id| id.to_string());
    [
        ("read-only API", settings.read_only_api.map(on_off)),
        (
            "connections from this computer only",
            settings.allow_localhost_only.map(on_off),
        ),
        ("trusted IPs", Some(trusted)),
        ("master client id", Some(master)),
        (
            "socket port",
            settings.socket_port.map(|port| port.to_string()),
        ),
        (
            "API message log",
            settings.create_api_message_log_file.map(on_off),
        ),
        ("logging level", settings.logging_level.clone()),
        (
            "open orders sent on connection",
            settings.download_open_orders_on_connection.map(on_off),
        ),
        (
            "orders resubmitted on reconnect",
            settings
                .maintain_and_resubmit_orders_on_reconnect
                .map(on_off),
        ),
    ]
}

fn bypassed(precautions: &ApiPrecautions) -> String {
    let all = [
        ("order precautions", precautions.bypass_order_precautions),
        ("bond warning", precautions.bypass_bond_warning),
        (
            "negative yield confirmation",
            precautions.bypass_negative_yield_confirmation,
        ),
        (
            "called bond warning",
            precautions.bypass_called_bond_warning,
        ),
        (
            "same-action pair trade warning",
            precautions.bypass_same_action_pair_trade_warning,
        ),
        (
            "flagged accounts warning",
            precautions.bypass_flagged_accounts_warning,
        ),
        (
            "price-based volatility warning",
            precautions.bypass_price_based_volatility_warning,
        ),
        (
            "redirect order warning",
            precautions.bypass_redirect_order_warning,
        ),
        (
            "overfill protection",
            precautions.bypass_no_overfill_protection,
        ),
        (
            "route marketable to BBO",
            precautions.bypass_route_marketable_to_bbo,
        ),
    ];
    let names: Vec<&str> = all
        .into_iter()
        .filter_map(|(name, bypass)| (bypass == Some(true)).then_some(name))
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn on_off(value: bool) -> String {
    if value { "on" } else { "off" }.to_owned()
}

fn too_old(session: &Session, needed: &str) -> DoorError {
    DoorError::new(
        ErrorClass::Refused,
        &format!("server version {}", session.client.server_version()),
        format!("only TWS and IB Gateway {needed} or later let the API at their settings"),
    )
    .next(by_hand())
}

fn by_hand() -> String {
    format!("Tick Read-Only API by hand. {API_SETTINGS}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: ApiSettings) -> Config {
        Config {
            api: Some(ApiConfig {
                precautions: None,
                settings: Some(settings),
            }),
            ..Config::default()
        }
    }

    #[test]
    fn read_only_is_proved_by_the_setting_alone_and_never_flatters() {
        let on = config(ApiSettings {
            read_only_api: Some(true),
            ..ApiSettings::default()
        });
        let reading = read_only(&on).unwrap();
        assert!(reading.found.is_empty());
        assert!(reading.unseen[0].why.contains("IBKR Mobile"));

        let off = config(ApiSettings {
            read_only_api: Some(false),
            ..ApiSettings::default()
        });
        assert!(matches!(
            read_only(&off).unwrap().found[..],
            [Found::Setting { .. }]
        ));
    }

    #[test]
    fn settings_that_say_nothing_prove_nothing() {
        for config in [Config::default(), config(ApiSettings::default())] {
            assert_eq!(read_only(&config).unwrap_err().class, ErrorClass::Malformed);
        }
    }

    #[test]
    fn an_audit_names_what_tws_did_not_say() {
        let receipt = facts(&config(ApiSettings {
            read_only_api: Some(false),
            trusted_ips: vec!["127.0.0.1".to_owned(), "203.0.113.9\u{1b}".to_owned()],
            ..ApiSettings::default()
        }));
        let facts = receipt.snapshot.unwrap().facts;
        assert!(facts.contains(&("read-only API".to_owned(), "off".to_owned())));
        assert!(facts.contains(&(
            "trusted IPs".to_owned(),
            "127.0.0.1, 203.0.113.9".to_owned()
        )));
        assert!(receipt.missing.iter().any(|it| it.what == "socket port"));
        assert!(!self::facts(&Config::default()).missing.is_empty());
    }
}
