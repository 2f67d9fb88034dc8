//! The whole program from outside: real processes, real wires, the simulator's own truth.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(target_os = "linux")]
mod accounts;
mod crash;
mod drills;
mod faults;
#[cfg(target_os = "linux")]
mod keychain;
#[cfg(target_os = "linux")]
mod kraken;
mod pack;
mod practice;
mod press;
#[cfg(target_os = "linux")]
mod readiness;
mod seeds;
#[cfg(target_os = "linux")]
mod venues;
