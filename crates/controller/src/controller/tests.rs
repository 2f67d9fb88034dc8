//! The actor as a whole, with doors that do as they are told.

mod arming;
mod cover;
mod telling;
mod views;
