//! TWS' socket without the socket.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use door::{
    CancelScope, Door, DoorError, DoorKind, ErrorClass, Found, Health, Keep, Lever, LeverSupport,
    Pull, Reach, Reading, Receipt, Released, Snapshot,
};

use super::{
    support::{OTHER_PLATFORMS, acting, blinds_tws, not_offered, partial, recording, unseen},
    wire::{Wire, door_error, silence, unreachable},
};
use crate::{
    faults::FaultKind,
    world::{By, World, WorldError},
};

const POLL: Duration = Duration::from_millis(500);
/// How long a handshake is waited for.
const HANDSHAKE: Duration = Duration::from_secs(2);
/// The first client id that is tried, and how many more.
const CLIENT_IDS: std::ops::Range<i32> = 5000..5008;

pub(super) struct TwsDoor {
    wire: Wire,
    /// Client id and connection.
    connected: Mutex<Option<(i32, u64)>>,
}

impl TwsDoor {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            wire,
            connected: Mutex::default(),
        }
    }

    /// The client id of a connection that stands; makes one where there is none.
    async fn client(&self) -> Result<i32, DoorError> {
        if self.wire.bites(FaultKind::MuteHandshake) && self.standing().is_none() {
            let silent = silence(HANDSHAKE).await;
            return Err(DoorError {
                meaning: "the port is open and the API mute: it is switched off".to_owned(),
                ..silent.next("Enable the API's socket in the settings of TWS.")
            });
        }
        if let Some(client) = self.standing() {
            return Ok(client);
        }
        self.wire.ask("connect", |world| self.connect(world)).await
    }

    fn connect(&self, world: &World) -> Result<i32, DoorError> {
        for client in CLIENT_IDS {
            match world.connect_client(&self.wire.account, client) {
                Ok(connection) => {
                    *self.lock() = Some((client, connection));
                    return Ok(client);
                }
                Err(WorldError::ClientIdInUse(_)) => {}
                Err(WorldError::TwsStopped) => return Err(unreachable("connection refused")),
                Err(error) => return Err(door_error(&error)),
            }
        }
        Err(DoorError::new(
            ErrorClass::Unreachable,
            "326",
            "every client id that was tried is in use",
        ))
    }

    /// The client id, if its connection was not ended at the other side.
    fn standing(&self) -> Option<i32> {
        let connected = *self.lock();
        let (client, _) = connected?;
        self.wire
            .world
            .clients(&self.wire.account)
            .contains(&client)
            .then_some(client)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(i32, u64)>> {
        self.connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands in the way of any order request.
    fn usable(&self, world: &World) -> Result<(), DoorError> {
        self.running(world)?;
        if world.tws_read_only(&self.wire.account).unwrap_or(true) {
            return Err(door_error(&WorldError::ReadOnly));
        }
        self.linked(world)
    }

    fn linked(&self, world: &World) -> Result<(), DoorError> {
        if world.tws_linked(&self.wire.account) {
            Ok(())
        } else {
            Err(door_error(&WorldError::LinkLost))
        }
    }

    /// A connection that ended on the way is no answer.
    fn running(&self, world: &World) -> Result<(), DoorError> {
        let running = world
            .tws_running(&self.wire.account)
            .is_ok_and(|running| *running.borrow());
        if running {
            Ok(())
        } else {
            Err(unreachable("connection reset"))
        }
    }

    async fn cancel(&self, pull: &Pull) -> Result<Receipt, DoorError> {
        let client = self.client().await?;
        let by = By::Client(client);
        let words = self
            .wire
            .ask("cancel", |world| {
                self.usable(world)?;
                if pull.scope == CancelScope::All {
                    world
                        .cancel_all(&self.wire.account, &by)
                        .map_err(|error| door_error(&error))?;
                    return Ok("TWS took the cancel of all orders".to_owned());
                }
                let asked = self.wire.in_scope(pull);
                let ours = asked
                    .iter()
                    .filter(|(order, _)| order.submitter.order_id > 0);
                let mut sent = 0;
                for (order, _) in ours {
                    match world.cancel(&self.wire.account, order.perm_id, &by) {
                        Ok(_) | Err(WorldError::OrderEnded(_)) => sent += 1,
                        Err(error) => return Err(door_error(&error)),
                    }
                }
                if sent == 0 && !asked.is_empty() {
                    return Err(DoorError::new(
                        ErrorClass::Refused,
                        "10147",
                        "these orders have no id of their own over the API",
                    ));
                }
                Ok(format!("{sent} cancels taken one by one"))
            })
            .await?;
        Ok(receipt(words))
    }

    async fn read_orders(&self, pull: &Pull) -> Result<Reading, DoorError> {
        self.client().await?;
        self.wire
            .ask("open-orders", |world| {
                self.usable(world)?;
                let open = self.wire.in_scope(pull);
                Ok(Reading {
                    words: format!("{} open orders", open.len()),
                    found: open
                        .into_iter()
                        .map(|(_, told)| Found::Order(told))
                        .collect(),
                    fills: self.wire.fills_of(pull),
                    ..Reading::default()
                })
            })
            .await
    }

    async fn block(&self) -> Result<Receipt, DoorError> {
        self.client().await?;
        self.wire
            .ask("update-config", |world| {
                self.running(world)?;
                world
                    .change_tws_settings(&self.wire.account, |settings| {
                        settings.read_only_api = true;
                    })
                    .map_err(|error| door_error(&error))?;
                Ok(receipt("Read-Only API was asked for".to_owned()))
            })
            .await
    }

    async fn read_block(&self) -> Result<Reading, DoorError> {
        self.client().await?;
        self.wire
            .ask("config", |world| {
                self.running(world)?;
                let settings = world
                    .tws_settings(&self.wire.account)
                    .map_err(|error| door_error(&error))?;
                let mut reading = Reading {
                    unseen: unseen("orders outside the API", OTHER_PLATFORMS),
                    words: format!("Read-Only API: {}", settings.read_only_api),
                    ..Reading::default()
                };
                if !settings.read_only_api {
                    reading.found.push(Found::Setting {
                        label: "Read-Only API is off".to_owned(),
                    });
                }
                Ok(reading)
            })
            .await
    }

    async fn capture(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        self.client().await?;
        let snapshot = self
            .wire
            .ask("capture", |world| {
                self.usable(world)?;
                Ok(self.wire.snapshot())
            })
            .await?;
        keep.keep("capture", "txt", format!("{snapshot:?}").as_bytes());
        Ok(recorded(snapshot))
    }

    /// Looks at the settings, which Read-Only API does not hide.
    async fn audit(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        self.client().await?;
        let settings = self
            .wire
            .ask("config", |world| {
                self.running(world)?;
                world
                    .tws_settings(&self.wire.account)
                    .map_err(|error| door_error(&error))
            })
            .await?;
        keep.keep("settings", "txt", format!("{settings:?}").as_bytes());
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let master = settings.master_client_id;
        Ok(recorded(Snapshot {
            facts: vec![
                fact("read-only API", settings.read_only_api.to_string()),
                fact("only localhost", settings.allow_localhost_only.to_string()),
                fact("trusted addresses", settings.trusted_ips.join(" ")),
                fact(
                    "master client id",
                    master.map_or_else(|| "none".to_owned(), |id| id.to_string()),
                ),
            ],
            ..Snapshot::default()
        }))
    }
}

#[async_trait]
impl Door for TwsDoor {
    fn kind(&self) -> &DoorKind {
        &self.wire.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        vec![
            recording(Lever::Capture),
            acting(Lever::CancelOrders, Reach::Full, POLL),
            LeverSupport {
                blinds: blinds_tws(&[Lever::Capture, Lever::CancelOrders, Lever::Audit]),
                ..acting(
                    Lever::BlockTrading,
                    partial(OTHER_PLATFORMS),
                    Duration::ZERO,
                )
            },
            recording(Lever::Audit),
        ]
    }

    fn poll_interval(&self) -> Duration {
        POLL
    }

    async fn open(&self) -> Result<Health, DoorError> {
        self.client().await?;
        let mut warnings = Vec::new();
        if self.wire.world.tws_read_only(&self.wire.account) == Ok(true) {
            warnings.push("Read-Only API is on".to_owned());
        }
        Ok(Health {
            words: "TWS, without a wire".to_owned(),
            warnings,
            ..Health::default()
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.cancel(pull).await,
            Lever::BlockTrading => self.block().await,
            Lever::Capture => self.capture(keep).await,
            Lever::Audit => self.audit(keep).await,
            Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::RevokeKey
            | Lever::EndSessions => Err(not_offered(&self.wire, pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.read_orders(pull).await,
            Lever::BlockTrading => self.read_block().await,
            Lever::Capture
            | Lever::Audit
            | Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::RevokeKey
            | Lever::EndSessions => Err(not_offered(&self.wire, pull.lever)),
        }
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}

impl Drop for TwsDoor {
    fn drop(&mut self) {
        let connected = *self.lock();
        if let Some((client, connection)) = connected {
            self.wire
                .world
                .disconnect_client(&self.wire.account, client, connection);
        }
    }
}

fn recorded(snapshot: Snapshot) -> Receipt {
    Receipt {
        snapshot: Some(snapshot),
        ..receipt("recorded".to_owned())
    }
}

fn receipt(words: String) -> Receipt {
    Receipt {
        words,
        ..Receipt::default()
    }
}
