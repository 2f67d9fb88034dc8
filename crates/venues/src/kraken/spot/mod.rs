//! Spot and margin, as a door.
//!
//! One listing holds every family, the untriggered ones too, and one call cancels them all. Errors
//! come in answers of status 200, and each call costs points of a counter that a bot may share.

mod acts;
mod client;
mod orders;
mod record;
mod wire;
mod withdrawals;

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use async_trait::async_trait;
use door::{
    Door, DoorError, DoorKind, ErrorClass, Forget, Health, Keep, Lever, LeverSupport, Pull,
    Reading, Receipt, Released, Unseen,
};
use jiff::Timestamp;

pub(super) use self::client::not_from_the_api;
use self::{
    client::{Call, Client},
    orders::FillsSeen,
    wire::KeyInfo,
};
use super::{
    PAGES_AT_MOST, counted,
    errors::{Said, malformed},
    json::table,
    poll_interval, revocation,
    switch::{Switch, TIMEOUT},
    watch::Standing,
};
use crate::{
    config::Kind,
    config_error::ConfigError,
    exchange::{Settings, Urgency},
};

const SPOT: &str = "spot";
const MARGIN: &str = "margin";
const CONDITIONAL: &str = "conditional";

/// A key that ends sooner than this is named.
const EXPIRES_SOON: Duration = Duration::from_hours(24 * 14);

/// The rights that this door needs, as Kraken calls them, and what it cannot do without.
const RIGHTS: [(&str, &str); 5] = [
    ("close-trades", "cancel orders"),
    ("query-open-trades", "list open orders"),
    ("query-closed-trades", "read fills"),
    ("query-funds", "read balances"),
    ("query-ledger", "read the ledger and withdrawals"),
];

/// The API for spot, and what this door has done there.
pub(super) struct SpotDoor {
    kind: DoorKind,
    client: Client,
    switch: Switch,
    fills: Mutex<FillsSeen>,
    /// Withdrawals that were seen pending, by id.
    pending: Mutex<BTreeMap<String, wire::Withdrawal>>,
    levers: Vec<LeverSupport>,
    unseen: Vec<Unseen>,
}

impl SpotDoor {
    pub(super) fn new(settings: Settings) -> Result<Self, ConfigError> {
        let (kind, levers, unseen) = (
            settings.kind.clone(),
            settings.levers.clone(),
            settings.unseen.clone(),
        );
        Ok(Self {
            kind,
            client: Client::new(settings)?,
            switch: Switch::default(),
            fills: Mutex::default(),
            pending: Mutex::default(),
            levers,
            unseen,
        })
    }

    async fn key_info(&self, keep: &dyn Keep) -> Result<KeyInfo, DoorError> {
        let call = Call::read("GetApiKeyInfo", "key-info");
        let info = wire::key_info(&self.client.ask(&call, keep).await?)?;
        self.client.watch.is_bound(!info.addresses.is_empty());
        Ok(info)
    }

    /// Asks what became of the key, unless a refusal of it is too young to be asked again.
    async fn read_key(&self, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let watch = &self.client.watch;
        if watch.admit().is_ok()
            && let Err(error) = self.key_info(keep).await
        {
            let refused = match watch.standing() {
                Standing::RefusedOnce { .. } | Standing::Refused { .. } => true,
                Standing::Works | Standing::NeverWorked | Standing::Unused => false,
            };
            if !refused || error.class != ErrorClass::Unauthorised {
                return Err(error);
            }
        }
        revocation::reading(watch, "the spot key")
    }

    /// Sets the switch, or sets it anew.
    async fn set_switch(&self, keep: &dyn Keep) -> Result<(), DoorError> {
        let call = Call::act("CancelAllOrdersAfter", "switch")
            .with("timeout", TIMEOUT.as_secs().to_string());
        self.switch.sent();
        match self.client.ask(&call, keep).await {
            Ok(_) => Ok(()),
            Err(failure) => {
                // what our own count held back was not sent
                if failure.said.is_some() || failure.error.class == ErrorClass::Paced {
                    self.switch.refused();
                }
                Err(failure.error)
            }
        }
    }

    /// Every row of a list that comes in pages, with its name. A list whose end was not reached is
    /// an error.
    async fn rows(
        &self,
        call: &Call,
        field: &str,
        since: Timestamp,
        keep: &dyn Keep,
    ) -> Result<BTreeMap<String, serde_json::Value>, DoorError> {
        let mut rows = BTreeMap::new();
        let mut offset = 0;
        for _ in 0..PAGES_AT_MOST {
            let page = call
                .clone()
                // the start is exclusive, and in whole seconds
                .with("start", (since.as_second() - 1).to_string())
                .with("ofs", offset.to_string());
            let answer = self.client.ask(&page, keep).await?;
            let table = table(answer.get(field), field)?;
            rows.extend(table.clone());
            if rows.len() >= wire::count(&answer)? {
                return Ok(rows);
            }
            if table.is_empty() && offset == 0 {
                break;
            }
            // rows that came in meanwhile push the others back, past the end: they are at the front
            offset = if table.is_empty() {
                0
            } else {
                offset + table.len()
            };
        }
        Err(malformed(&format!("the end of {field} was not reached")))
    }
}

#[async_trait]
impl Door for SpotDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        poll_interval(Kind::KrakenSpot)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        let (time, status) = tokio::join!(self.client.time(), self.client.status());
        time?;
        let info = self.key_info(&Forget).await?;
        let mut warnings = warnings(&info);
        if let Ok(status) = status
            && status != "online"
        {
            warnings.push(format!("Kraken says of itself: {status}."));
        }
        if self.client.shares_its_key(info.nonce) {
            warnings.push(
                "Another program uses this key, so that each may throw the other out. Make a key \
                 of Firebreak's own."
                    .to_owned(),
            );
        }
        Ok(Health {
            words: format!("Kraken spot, key {}", info.name),
            clock_offset_ms: self.client.ahead_ms(),
            warnings,
            ..Health::default()
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            // its parts are many, and each is a call
            Lever::Capture => Box::pin(self.capture(keep)).await,
            Lever::CancelOrders => self.cancel(pull, keep).await,
            Lever::StopWithdrawals => self.stop_withdrawals(keep).await,
            Lever::Audit => self.audit(keep).await,
            Lever::StopAutomation | Lever::BlockTrading | Lever::RevokeKey | Lever::EndSessions => {
                Err(not_offered(pull.lever))
            }
        }
    }

    async fn read_back(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.read_orders(pull, keep).await,
            Lever::StopWithdrawals => self.read_withdrawals(pull, keep).await,
            Lever::RevokeKey => self.read_key(keep).await,
            Lever::Capture
            | Lever::Audit
            | Lever::StopAutomation
            | Lever::BlockTrading
            | Lever::EndSessions => Err(not_offered(pull.lever)),
        }
    }

    async fn release(&self, keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        let Some(renewed) = self.switch.renewed() else {
            return Ok(Vec::new());
        };
        let call = Call::act("CancelAllOrdersAfter", "switch").with("timeout", "0".to_owned());
        let words = match self.client.ask(&call, keep).await {
            Ok(_) => format!("taken off, after it was renewed {renewed} times"),
            // who has no key cannot renew it either: it has run out, or will within the minute
            Err(failure) if failure.said == Some(Said::KeyUnknown) => format!(
                "not taken off, as the key is refused; it runs out within {} s and cancels what is \
                 open then",
                TIMEOUT.as_secs()
            ),
            Err(failure) => return Err(failure.error),
        };
        self.switch.taken_off();
        Ok(vec![Released {
            what: "dead-man's switch".to_owned(),
            words,
        }])
    }
}

/// What the person should know about a key before it is needed.
fn warnings(info: &KeyInfo) -> Vec<String> {
    let mut warnings = Vec::new();
    if info.may("withdraw-funds") {
        warnings.push(
            "This key can withdraw. A key made for Firebreak needs no such right, unless it is to \
             cancel withdrawals."
                .to_owned(),
        );
    }
    for right in ["add-withdraw-address", "update-withdraw-address"] {
        if info.may(right) {
            warnings.push(format!(
                "This key can change withdrawal addresses ({right})."
            ));
        }
    }
    for (right, what) in RIGHTS {
        // whoever may place orders may cancel them
        let may = info.may(right) || (right == "close-trades" && info.may("modify-trades"));
        if !may {
            warnings.push(format!("This key cannot {what}: it lacks {right}."));
        }
    }
    if let Some(expires) = info.expires
        && expires.duration_since(Timestamp::now()) < EXPIRES_SOON.try_into().unwrap_or_default()
    {
        warnings.push(format!("This key expires at {expires:.0}."));
    }
    warnings
}

fn not_offered(lever: Lever) -> DoorError {
    DoorError::new(
        ErrorClass::Unsupported,
        "",
        format!("Kraken's spot API has no {lever}"),
    )
}
