//! Readiness: whether each lever would work now, and what on this computer stands in its way.
//!
//! Everything here only reads. What could not be looked at is a finding like any other.
