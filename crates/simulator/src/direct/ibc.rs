//! IBC's command port without the port.

use std::time::Duration;

use async_trait::async_trait;
use door::{
    Door, DoorError, DoorKind, Found, Health, Keep, Lever, LeverSupport, Pull, Reading, Receipt,
    Released,
};

use super::{
    support::{
        OTHER_PROGRAMS, OTHER_SESSIONS, TWS_LEVERS, acting, blinds_tws, not_offered, partial,
        unseen,
    },
    wire::{Wire, door_error, unreachable},
};
use crate::{faults::FaultKind, world::World};

const POLL: Duration = Duration::from_secs(1);

pub(super) struct IbcDoor {
    wire: Wire,
    has_tws: bool,
}

impl IbcDoor {
    pub(super) fn new(wire: Wire, has_tws: bool) -> Self {
        Self { wire, has_tws }
    }

    fn running(&self, world: &World) -> bool {
        world
            .tws_running(&self.wire.account)
            .is_ok_and(|running| *running.borrow())
    }

    async fn stop(&self) -> Result<Receipt, DoorError> {
        self.wire
            .ask("STOP", |world| {
                if !self.running(world) {
                    return Err(unreachable("connection refused"));
                }
                // a port that hangs reads the command and does nothing
                if !self.wire.bites(FaultKind::Hang) {
                    world
                        .stop_tws(&self.wire.account)
                        .map_err(|error| door_error(&error))?;
                }
                Ok(Receipt {
                    words: "IBC took STOP".to_owned(),
                    ..Receipt::default()
                })
            })
            .await
    }

    /// Whether the ports are closed: nothing that a hanging port can hide.
    fn read(&self, lever: Lever) -> Reading {
        let (what, why) = match lever {
            Lever::EndSessions => ("other web sessions", OTHER_SESSIONS),
            Lever::Capture
            | Lever::StopAutomation
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => ("bots and programs elsewhere", OTHER_PROGRAMS),
        };
        let mut reading = Reading {
            unseen: unseen(what, why),
            words: "TWS's ports are closed".to_owned(),
            ..Reading::default()
        };
        if self.running(&self.wire.world) {
            let label = "TWS, which listens".to_owned();
            reading.words.clone_from(&label);
            reading.found.push(match lever {
                Lever::EndSessions => Found::Session { label },
                Lever::Capture
                | Lever::StopAutomation
                | Lever::CancelOrders
                | Lever::StopWithdrawals
                | Lever::BlockTrading
                | Lever::RevokeKey
                | Lever::Audit => Found::Program { label },
            });
        }
        reading
    }
}

#[async_trait]
impl Door for IbcDoor {
    fn kind(&self) -> &DoorKind {
        &self.wire.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        let blinds = if self.has_tws {
            blinds_tws(&TWS_LEVERS)
        } else {
            Vec::new()
        };
        let stop = |lever, left| LeverSupport {
            blinds: blinds.clone(),
            ..acting(lever, partial(left), Duration::from_secs(1))
        };
        vec![
            stop(Lever::StopAutomation, OTHER_PROGRAMS),
            stop(Lever::EndSessions, OTHER_SESSIONS),
        ]
    }

    fn poll_interval(&self) -> Duration {
        POLL
    }

    async fn open(&self) -> Result<Health, DoorError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if self.running(&self.wire.world) && !self.wire.bites(FaultKind::Unreachable) {
            Ok(Health {
                words: "IBC's command port, without a wire".to_owned(),
                ..Health::default()
            })
        } else {
            Err(unreachable("connection refused"))
        }
    }

    async fn act(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::StopAutomation | Lever::EndSessions => self.stop().await,
            Lever::Capture
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(not_offered(&self.wire, pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::StopAutomation | Lever::EndSessions => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(self.read(pull.lever))
            }
            Lever::Capture
            | Lever::CancelOrders
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(not_offered(&self.wire, pull.lever)),
        }
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}
