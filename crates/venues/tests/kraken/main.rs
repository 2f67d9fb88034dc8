//! Kraken's doors against the simulated venue, over its real wires.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod futures;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod records;
#[cfg(test)]
#[expect(
    dead_code,
    reason = "doors of programs on this computer are tested with more of it"
)]
#[path = "../scene/mod.rs"]
mod scene;
#[cfg(test)]
mod switch;
#[cfg(test)]
mod withdrawals;
