//! The engine from outside.

mod common;
mod recording;
mod runs;
