//! The API socket of a simulated TWS or IB Gateway: the protobuf wire of server versions 213 to
//! 226.
//!
//! It speaks to any client of that wire and holds no order of its own: what it lists and does is
//! the world's. It must never say that something happened which the world did not do, unless a
//! fault makes it.

mod client;
mod connection;
mod frame;
mod id;
mod message;
mod notice;
mod outlet;
mod pace;
mod request;
mod settings;
mod summary;
mod translate;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{net::TcpListener, task::JoinSet, time::Instant};

use crate::{
    faults::{FaultKind, Front},
    world::{AccountId, World},
};

/// Serves TWS of an account to everybody who connects to `listener`, for as long as it is polled.
///
/// While TWS does not run in the world, the port is closed and no connection is left; when it runs
/// again, the same port is opened again. Returns only when the account does not exist, or the port
/// cannot be opened again.
pub async fn serve(world: World, account: AccountId, listener: TcpListener) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut running = world
        .tws_running(&account)
        .map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))?;
    let mut open = Some(listener);
    loop {
        if !*running.borrow() {
            open = None;
        }
        if running.wait_for(|running| *running).await.is_err() {
            return Ok(());
        }
        let listener = match open.take() {
            Some(listener) => listener,
            None => TcpListener::bind(address).await?,
        };
        let gateway = Gateway::new(&world, &account, address);
        tokio::select! {
            error = accept(&gateway, &listener) => return Err(error),
            // stopped, or stopped and started again at once: either way its clients are gone
            _ = running.changed() => {}
        }
    }
}

/// Takes connections until that is not possible any more. Dropping it ends all of them.
async fn accept(gateway: &Gateway, listener: &TcpListener) -> io::Error {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                // closed at once
                Ok(_) if gateway.is_unreachable() => {}
                Ok((stream, _)) => {
                    connections.spawn(connection::serve(gateway.clone(), stream));
                }
                // whoever wanted to come is gone again
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => return error,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What the connections of one running TWS share.
#[derive(Clone)]
struct Gateway {
    world: World,
    account: AccountId,
    port: u16,
    pace: Arc<Mutex<pace::Pace>>,
}

impl Gateway {
    fn new(world: &World, account: &AccountId, address: SocketAddr) -> Self {
        Self {
            world: world.clone(),
            account: account.clone(),
            port: address.port(),
            pace: Arc::new(Mutex::new(pace::Pace::new(Instant::now()))),
        }
    }

    /// Whether no connection to it holds.
    fn is_unreachable(&self) -> bool {
        let faults = self.world.faults();
        let bite = faults.on(Front::Tws, &self.account, FaultKind::Unreachable);
        bite.is_some()
    }

    /// Whether one message more is within the rate that all clients share.
    fn takes_one(&self) -> bool {
        self.pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .takes_one(Instant::now())
    }
}
