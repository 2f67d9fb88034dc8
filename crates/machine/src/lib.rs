//! A computer that is looked at, and only looked at: files, processes, sockets, programs.
//!
//! Everything is read through [`Machine`], bounded in size and time. What it says is what the
//! computer says of itself, and that may be a lie.

pub mod browsers;
mod computer;
pub mod connections;
mod ini;
pub mod processes;
pub mod remote;
pub mod settings;
mod sites;
pub mod sockets;
mod tool;
pub mod trading;
mod yaml;

pub use computer::{
    Entry, EntryKind, MOST, Machine, Os, Unreadable, folder_of, join, name_of, plain,
};
pub use ini::Ini;
pub use sites::{broker_site, sites};
pub use yaml::Yaml;
