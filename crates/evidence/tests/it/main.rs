//! The public face of the crate: bundles made from recorded runs, checked here and by strangers.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod acts;
mod authority;
mod bundles;
mod cases;
mod hostile;
mod losses;
mod outside;
mod recorded;
mod reports;
mod suggestions;
mod tampering;
mod trust;
mod withheld;
