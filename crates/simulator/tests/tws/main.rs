//! The API socket of the simulated TWS, seen by clients that others wrote and by raw bytes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod gateway;
mod life;
mod orders;
mod python;
mod settings;
mod wire;
