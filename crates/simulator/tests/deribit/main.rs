//! Deribit's API over TLS, seen by a client that others wrote.

#[cfg(test)]
mod python;
