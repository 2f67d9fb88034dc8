//! The Flex Web Service over TLS, seen by a client that others wrote.

#[cfg(test)]
mod python;
