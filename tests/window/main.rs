//! The real window: the built app on a display of its own, driven as a person drives it, with
//! simulated venues on loopback and their own truth.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod board;
mod drill;
mod evidence;
mod first_run;
mod keychain;
mod locked_down;
mod person;
mod press;
mod readiness;
mod scale;
mod screens;
mod secrets;
mod survival;
mod tray;
