//! Whole-program tests: what they stand on, and the seeded simulation that holds every claim against
//! the truth.

#[cfg(target_os = "linux")]
pub mod desk;
pub mod program;
pub mod seeds;
pub mod strangers;
