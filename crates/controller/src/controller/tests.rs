//! The actor as a whole, with doors that do as they are told.

mod arming;
mod checks;
mod cover;
mod telling;
mod views;
