//! Deribit's door against its simulated twin, over TLS.

#[cfg(test)]
mod account;
#[cfg(test)]
mod garbage;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod orders;
#[cfg(test)]
#[path = "../scene/mod.rs"]
mod scene;
#[cfg(test)]
mod support;
