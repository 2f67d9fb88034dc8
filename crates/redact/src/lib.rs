//! Secrets and private words in evidence: found, and withheld from a derived copy.
