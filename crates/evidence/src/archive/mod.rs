//! The container: a zip that is written in exactly one way, and read back only if it is that way.
//!
//! Every byte that is not a file's own follows from the files' names and contents: entries in one
//! order, stored without compression, one fixed date, one fixed set of permissions, nothing between
//! or behind. So equal files give equal bytes for all time, no entry can unpack to more than it is,
//! and a reader has nothing to be lenient about.

mod layout;
mod read;
mod write;

pub(crate) use read::{Visitor, read};
pub(crate) use write::{MAX_FILE, Sums, Writer};

#[cfg(test)]
mod tests;
