//! The broker's Client Portal gateway: HTTPS on loopback, JSON at `/v1/api`, as API clients meet it.
//!
//! As with the real one, the gateway itself holds the login, and whoever reaches its port may use
//! it: it sets a session cookie and tells it in `/tickle`, and asks for it back from nobody. It
//! must never listen anywhere but on loopback, and never decide itself what is true of an order.

mod answer;
mod call;
mod notices;
mod orders;
mod pacing;
mod place;
mod portal;
mod portfolio;
mod rows;
mod server;
mod session;
#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    https,
    world::{AccountId, Username, World, WorldError},
};
use portal::Portal;

/// A gateway that serves until it is dropped.
pub struct Gateway {
    address: SocketAddr,
    pin: String,
    portal: Arc<Portal>,
    _serving: AbortOnDropHandle<()>,
    _ageing: AbortOnDropHandle<()>,
}

/// Why a gateway does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener can be reached from other machines.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The listener does not work.
    #[error("cannot listen: {0}")]
    Listener(#[from] io::Error),
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
    /// The broker refuses the login.
    #[error("cannot log in: {0}")]
    Login(#[from] WorldError),
}

/// Logs `username` in at the broker and serves the gateway on `listener`, with a new self-signed
/// certificate. It takes the username's brokerage seat if that is free, and evicts nobody. To be
/// called within a Tokio runtime.
pub fn serve(
    world: World,
    account: AccountId,
    username: Username,
    listener: TcpListener,
) -> Result<Gateway, ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let identity = https::Identity::self_signed().map_err(ServeError::Certificate)?;
    let portal = Arc::new(Portal::new(world, account, username));
    portal.log_in()?;
    let handler: Arc<dyn https::Handler> = Arc::clone(&portal) as Arc<dyn https::Handler>;
    let serving = https::accept(listener, identity.acceptor, handler);
    let ageing = Arc::clone(&portal);
    Ok(Gateway {
        address,
        pin: identity.pin,
        portal,
        _serving: AbortOnDropHandle::new(tokio::spawn(serving)),
        _ageing: AbortOnDropHandle::new(tokio::spawn(async move { ageing.age().await })),
    })
}

impl Gateway {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of its endpoints, without a slash at the end.
    pub fn url(&self) -> String {
        format!("https://{}{}", self.address, call::BASE)
    }

    /// SHA-256 of its certificate in DER, in lower-case hex.
    pub fn pin(&self) -> &str {
        &self.pin
    }

    /// The value of its session cookie, which is a secret; `None` when it is logged out. It is here
    /// so that a test can look for it where it must not be.
    pub fn secret(&self) -> Option<String> {
        self.portal.secret()
    }

    /// Logs in again after a logout, as a person does in a browser. Nothing when it is logged in.
    pub fn log_in(&self) -> Result<(), WorldError> {
        self.portal.log_in()
    }
}
