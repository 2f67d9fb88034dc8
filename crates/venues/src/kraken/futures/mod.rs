//! Futures, as a door.
//!
//! One listing holds plain orders and triggers, and one call cancels them all. Calls carry no
//! nonce: Kraken asks for none here, and so no bot on the same key can be ahead.

mod acts;
mod client;
mod orders;
mod record;
mod wire;

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use door::{
    Door, DoorError, DoorKind, ErrorClass, Forget, Health, Keep, Lever, LeverSupport, Pull,
    Reading, Receipt, Released, Unseen,
};

use self::{
    client::{Call, Client},
    orders::FillsSeen,
    wire::{Access, KeyInfo},
};
use super::{
    errors::Said,
    poll_interval, revocation,
    switch::{Switch, TIMEOUT},
    watch::Standing,
};
use crate::{
    config::Kind,
    config_error::ConfigError,
    exchange::{Settings, Urgency},
};

const FUTURES: &str = "futures";
const TRIGGERS: &str = "futures-triggers";

/// The API for futures, and what this door has done there.
pub(super) struct FuturesDoor {
    kind: DoorKind,
    client: Client,
    switch: Switch,
    fills: Mutex<FillsSeen>,
    levers: Vec<LeverSupport>,
    unseen: Vec<Unseen>,
}

impl FuturesDoor {
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
            levers,
            unseen,
        })
    }

    async fn key_info(&self, keep: &dyn Keep) -> Result<KeyInfo, DoorError> {
        let info = wire::key_info(&self.client.ask(&Call::key_check(), keep).await?)?;
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
        revocation::reading(watch, "the futures key")
    }

    /// Sets the switch, or sets it anew.
    async fn set_switch(&self, keep: &dyn Keep) -> Result<(), DoorError> {
        self.switch.sent();
        match self.client.ask(&Call::switch(TIMEOUT), keep).await {
            Ok(_) => Ok(()),
            Err(failure) => {
                if failure.said.is_some() {
                    self.switch.refused();
                }
                Err(failure.error)
            }
        }
    }
}

#[async_trait]
impl Door for FuturesDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        poll_interval(Kind::KrakenFutures)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        let info = self.key_info(&Forget).await?;
        // any listing tells the venue's time
        self.listed(Urgency::Read, &Forget).await?;
        Ok(Health {
            words: format!("Kraken futures, a key with {}", info.general.word()),
            clock_offset_ms: self.client.ahead_ms(),
            warnings: warnings(&info),
            ..Health::default()
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::Capture => self.capture(keep).await,
            Lever::CancelOrders => self.cancel(pull, keep).await,
            Lever::Audit => self.audit(keep).await,
            Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::EndSessions => Err(not_offered(pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.read_orders(pull, keep).await,
            Lever::RevokeKey => self.read_key(keep).await,
            Lever::Capture
            | Lever::Audit
            | Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::EndSessions => Err(not_offered(pull.lever)),
        }
    }

    async fn release(&self, keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        let Some(renewed) = self.switch.renewed() else {
            return Ok(Vec::new());
        };
        let words = match self.client.ask(&Call::switch(Duration::ZERO), keep).await {
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
    match info.general {
        Access::Full => {}
        Access::None | Access::Read | Access::Unknown => warnings.push(format!(
            "This key cannot cancel orders: it has {} to trading.",
            info.general.word()
        )),
    }
    match info.transfer {
        Access::None | Access::Read => {}
        Access::Full | Access::Unknown => warnings.push(
            "This key can move money out of futures. A key made for Firebreak needs no such right."
                .to_owned(),
        ),
    }
    warnings
}

fn not_offered(lever: Lever) -> DoorError {
    DoorError::new(
        ErrorClass::Unsupported,
        "",
        format!("Kraken's futures API has no {lever}"),
    )
}
