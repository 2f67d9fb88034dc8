//! IBKR's doors against the simulated broker, over its real wires.

#[cfg(test)]
mod client_portal;
#[cfg(test)]
mod flex;
#[cfg(test)]
mod ibc;
#[cfg(test)]
#[path = "../scene/mod.rs"]
mod scene;
#[cfg(test)]
mod tws;
