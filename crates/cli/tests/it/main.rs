//! The real binary against the real simulator, over real sockets and files.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod accounts;
mod bad_input;
mod contract;
mod press;
mod support;
