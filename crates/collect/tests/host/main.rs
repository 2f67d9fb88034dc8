//! The collectors of a computer, on made-up machines of three systems and on this one.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;
mod others;
#[cfg(unix)]
mod planted;
#[cfg(target_os = "linux")]
mod this_computer;
