//! The engine from outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod captured;
mod common;
mod exchanges;
mod recording;
mod runs;
