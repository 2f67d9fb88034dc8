//! Simulated venues that speak the real wire protocols on loopback, and the truth about them.
//!
//! One [`world::World`] stands behind every front end. Nothing here is a stub of a connector: real
//! connectors, and clients that others wrote, talk to it over real sockets. It must never be
//! reachable from another machine, and must never hold anything of a real account.

pub mod attacker;
pub mod client_portal;
pub mod deribit;
pub mod direct;
pub mod faults;
pub mod flex;
pub mod https;
pub mod ibc;
pub mod kraken;
pub mod pages;
pub mod serve;
pub mod truth;
pub mod tws;
pub mod world;

pub use serve::{Served, ServedAccount, ServedDoor, serve};
