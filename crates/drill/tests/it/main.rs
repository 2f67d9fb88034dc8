//! Drills from outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod debrief;
mod history;
mod journalled;
mod player;
mod scenarios;
mod scenarios_bad;
mod scenarios_inject;
mod scenarios_phone;
mod scenarios_played;
mod schedule;
mod score;
