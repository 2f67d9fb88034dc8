//! Writes to a client, with what faults make of answers. An answer that a fault swallowed is not
//! written later.

use std::{io, time::Duration};

use tokio::{io::AsyncWriteExt, net::tcp::OwnedWriteHalf};

use super::frame::Frames;
use crate::{
    faults::{Bite, FaultKind, Front},
    world::{AccountId, World},
};

/// The length that an oversized answer claims.
const CLAIMED: u32 = 0x7fff_ffff;

/// The way out to one client.
pub(super) struct Outlet {
    to: OwnedWriteHalf,
    world: World,
    account: AccountId,
}

impl Outlet {
    pub(super) fn new(to: OwnedWriteHalf, world: World, account: AccountId) -> Self {
        Self { to, world, account }
    }

    /// Writes what opens a session, which only gets slower: a client that never comes to ask
    /// anything would meet no other fault.
    pub(super) async fn open(&mut self, frames: &Frames) -> io::Result<()> {
        self.write(frames.bytes()).await
    }

    /// Writes an answer. An error ends the connection.
    pub(super) async fn send(&mut self, frames: &Frames) -> io::Result<()> {
        if frames.is_empty() || self.bites(FaultKind::Hang).is_some() {
            return Ok(());
        }
        if self.bites(FaultKind::TruncatedFrame).is_some() {
            self.write(frames.broken_off()).await?;
            self.to.shutdown().await?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if self.bites(FaultKind::OversizedFrame).is_some() {
            self.write(&CLAIMED.to_be_bytes()).await?;
        }
        self.write(frames.bytes()).await
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        for (nth, byte) in bytes.iter().enumerate() {
            let Some(bite) = self.bites(FaultKind::SlowDrip) else {
                return self.to.write_all(&bytes[nth..]).await;
            };
            tokio::time::sleep(bite.duration("every", Duration::from_millis(200))).await;
            self.to.write_all(&[*byte]).await?;
        }
        Ok(())
    }

    fn bites(&self, kind: FaultKind) -> Option<Bite> {
        self.world.faults().on(Front::Tws, &self.account, kind)
    }
}
