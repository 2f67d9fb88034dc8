//! Connectors: accounts as configured, and the doors into them over the venues' own wires.
//!
//! A connector follows the venue's documents, knows nothing of runs, and never says more than the
//! venue said: what cannot be understood is malformed, never empty.

mod account;
mod acts;
mod config;
mod config_error;
mod deribit;
mod exchange;
mod ibkr;
mod kraken;
mod means;
mod pin;
mod venue;
mod words;

pub use account::Account;
pub use config::{Address, DoorConfig, DoorText, Environment, Fingerprint, Kind};
pub use config_error::{ConfigError, Field};
pub use ibkr::flex;
pub use means::{DoorKey, KeyMark, Means};
pub use pin::shown_certificate;
pub use venue::Venue;
pub use words::{DoorWords, Place, Scope, Words};
