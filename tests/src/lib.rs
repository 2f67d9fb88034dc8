//! Whole-program tests, and the seeded simulation that holds every claim against the truth.

pub mod seeds;
