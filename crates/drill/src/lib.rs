//! Drills: a story in simulated accounts, told in front of the same engine as a live run, and what
//! is to be learnt from how it went.
//!
//! Nothing here can reach a real account. What a drill says about harm and truth is asked of the
//! simulator alone, never of the run.

pub mod debrief;
mod draw;
pub mod history;
pub mod inject;
pub mod phone;
pub mod player;
pub mod scenario;
pub mod schedule;
pub mod score;
pub mod stage;
mod story;
mod words;

pub use story::{Ended, Outcome, Player, StoryLine, Told};
