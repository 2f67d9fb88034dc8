//! IBKR's doors against the simulated broker, over its real wires.

#[cfg(test)]
mod client_portal;
#[cfg(test)]
mod ibc;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tws;
