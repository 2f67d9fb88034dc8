//! What a collection says of itself while it goes on.

use crate::Outcome;

/// A collector began or ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Told<'a> {
    /// Its id.
    pub collector: &'a str,
    /// What it is, for a person.
    pub title: &'a str,
    /// What happened to it.
    pub state: State<'a>,
    /// Which one it is, counted from 1.
    pub nth: usize,
    /// How many there are.
    pub of: usize,
}

/// What happened to a collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State<'a> {
    /// It began.
    Began,
    /// It ended.
    Ended(&'a Outcome),
}
