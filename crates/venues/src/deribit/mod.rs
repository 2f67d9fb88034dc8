//! Deribit: one JSON-RPC API over HTTPS, with sub-accounts behind the main account's key.
//!
//! The folder reads as the venue's documents do: endpoints, families, errors. Orders, wallets and
//! keys are each sub-account's own, so each is asked with a token of its own; what cannot be
//! switched into is named.

mod accounts;
mod acts;
mod audit;
mod blocks;
mod cancel;
mod capture;
mod endpoints;
mod errors;
mod families;
mod fields;
mod keys;
mod levers;
mod pages;
mod rpc;
mod sign;
mod wallet;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use door::{
    Code, Door, DoorError, DoorKind, ErrorClass, Forget, Health, Keep, Lever, LeverSupport, Pull,
    Reading, Receipt, Released, Unseen, clean,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use self::{
    accounts::{Accounts, Granted},
    fields::{array, need_text},
    rpc::{By, Place, Rpc},
};
use crate::{
    config::Kind,
    config_error::ConfigError,
    exchange::{Settings, malformed},
};

/// The venue's id.
pub(crate) const VENUE: &str = "deribit";

/// The least time between two listings that count as two.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// What the door offers.
pub(crate) fn levers(unseen: &[Unseen]) -> Vec<LeverSupport> {
    levers::levers(unseen)
}

/// The door, not connected yet.
pub(crate) fn api(settings: Settings) -> Result<Arc<dyn Door>, ConfigError> {
    let (kind, levers, unseen) = (
        settings.kind.clone(),
        settings.levers.clone(),
        settings.unseen.clone(),
    );
    let rpc = Arc::new(Rpc::new(settings)?);
    Ok(Arc::new(DeribitDoor {
        kind,
        levers,
        unseen,
        accounts: Accounts::new(Arc::clone(&rpc)),
        rpc,
        currencies: OnceCell::new(),
        keys: tokio::sync::Mutex::default(),
    }))
}

/// The API as a door.
struct DeribitDoor {
    kind: DoorKind,
    levers: Vec<LeverSupport>,
    unseen: Vec<Unseen>,
    rpc: Arc<Rpc>,
    accounts: Accounts,
    currencies: OnceCell<Vec<String>>,
    keys: tokio::sync::Mutex<keys::Cut>,
}

impl DeribitDoor {
    /// Every currency that there is; asked for once.
    async fn currencies(&self, keep: &dyn Keep) -> Result<&[String], DoorError> {
        let ask = async {
            let call = endpoints::currencies();
            let answer = self.rpc.ask(By::Nobody, &call, keep).await?;
            let names: Vec<String> = array(&answer, "currencies")?
                .iter()
                .map(|row| need_text(row, "currency"))
                .collect::<Result<_, _>>()?;
            let good = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if names.is_empty() || !names.iter().all(good) {
                return Err(malformed("no list of currencies"));
            }
            Ok(names)
        };
        let currencies = self.currencies.get_or_try_init(|| ask).await?;
        Ok(currencies)
    }

    fn not_offered(&self, lever: Lever) -> DoorError {
        DoorError::new(
            ErrorClass::Unsupported,
            "",
            format!("the {} door does not offer {lever}", self.kind),
        )
    }

    fn warnings(&self, granted: &Granted) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.rpc.place == Place::Test {
            warnings.push(
                "This is test.deribit.com: no real order is touched, and its keys are not those of \
                 www.deribit.com."
                    .to_owned(),
            );
        }
        if granted.allows("wallet:read_write") {
            warnings.push(
                "This key can withdraw. With it pending withdrawals can be stopped; whoever steals \
                 it can make some."
                    .to_owned(),
            );
        }
        for (scope, lost) in [
            ("trade:read_write", "orders cannot be cancelled"),
            (
                "account:read_write",
                "keys cannot be cut and trading cannot be blocked",
            ),
        ] {
            if !granted.allows(scope) {
                warnings.push(format!("Without the scope {scope} {lost} with this key."));
            }
        }
        if !granted.allows("wallet:read_write") && !granted.allows("wallet:read") {
            warnings.push(
                "Without a wallet scope withdrawals and saved addresses cannot be seen.".to_owned(),
            );
        }
        warnings
    }
}

#[async_trait]
impl Door for DeribitDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        POLL_INTERVAL
    }

    /// Measures the clock, sees the key work, and has a token for every sub-account.
    async fn open(&self) -> Result<Health, DoorError> {
        self.rpc
            .ask(By::Nobody, &endpoints::time(), &Forget)
            .await?;
        let granted = self.accounts.sign_in(&Forget).await?;
        self.keys.lock().await.worked();
        let books = self.accounts.books(&Forget).await?;
        self.currencies(&Forget).await?;
        let mut warnings = self.warnings(&granted);
        warnings.extend(self.address_warning().await);
        for unseen in &books.barred {
            warnings.push(format!("Not seen with this key: {}.", unseen.why));
        }
        let place = match self.rpc.place {
            Place::Live => "Deribit",
            Place::Test => "Deribit's test platform",
            Place::Simulated => "Deribit, simulated",
        };
        Ok(Health {
            words: format!(
                "{place}, {} accounts; scope {}",
                books.open.len(),
                clean(&granted.scope)
            ),
            clock_offset_ms: self.rpc.clock.ahead_ms(),
            warnings,
            ..Health::default()
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::Capture => self.capture(pull, keep).await,
            Lever::CancelOrders => self.cancel(pull, keep).await,
            Lever::StopWithdrawals => self.stop_withdrawals(keep).await,
            Lever::BlockTrading => self.block_trading(keep).await,
            Lever::RevokeKey => self.cut_keys(pull.keys, keep).await,
            Lever::EndSessions => self.end_sessions(keep).await,
            Lever::Audit => self.audit(keep).await,
            Lever::StopAutomation => Err(self.not_offered(pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.read_orders(pull, keep).await,
            Lever::StopWithdrawals => self.read_withdrawals(pull, keep).await,
            Lever::BlockTrading => self.read_blocks(keep).await,
            Lever::RevokeKey => self.read_keys(pull.keys, keep).await,
            Lever::EndSessions => self.read_sessions(keep).await,
            Lever::Capture | Lever::Audit | Lever::StopAutomation => {
                Err(self.not_offered(pull.lever))
            }
        }
    }

    async fn offer_code(&self, code: Code) -> Result<(), DoorError> {
        self.rpc.offer_code(code);
        Ok(())
    }

    /// Nothing is held for the time of a run: there is no dead-man's switch over REST.
    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}

/// What the door is called within its account.
const DOOR: Kind = Kind::Deribit;

/// A receipt of words alone.
fn taken(words: &str) -> Receipt {
    Receipt {
        words: clean(words),
        ..Receipt::default()
    }
}

/// An answer that says only that it was done.
fn is_ok(answer: &Value) -> Result<(), DoorError> {
    if answer == "ok" {
        Ok(())
    } else {
        Err(malformed("neither `ok` nor an error"))
    }
}
