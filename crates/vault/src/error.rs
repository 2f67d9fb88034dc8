//! Why a secret could not be read or written, for a person under stress.
//!
//! A variant exists where a caller acts differently on it. Each says what happened; `untouched`
//! and `next` say the rest. None can hold a secret.

/// A failed use of the keychain.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VaultError {
    /// It is there and did not open.
    #[error("the keychain is locked, or was never set up")]
    Locked,
    /// There is none on this machine, or no session that has one.
    #[error("no keychain answers on this computer ({words})")]
    Absent {
        /// The system's words.
        words: String,
    },
    /// No answer within [`crate::ANSWER_WITHIN`].
    #[error("the keychain gave no answer within {} s", crate::ANSWER_WITHIN.as_secs())]
    TimedOut,
    /// An earlier write has no answer yet; two writes in flight could end in either order.
    #[error("the keychain has not yet answered an earlier write")]
    WriteOpen,
    /// It answered, and said no.
    #[error("the keychain refused: {words}")]
    Refused {
        /// The system's words, or ours where it is our own rule.
        words: String,
        /// What mends it.
        next: String,
    },
}

impl VaultError {
    /// What did not change.
    pub fn untouched(&self) -> &'static str {
        match self {
            Self::Locked | Self::Absent { .. } | Self::WriteOpen | Self::Refused { .. } => {
                "nothing was read from the keychain or written to it"
            }
            Self::TimedOut => {
                "nothing was read; a write may still land when the keychain answers, and writing \
                 again later is safe"
            }
        }
    }

    /// What to do.
    pub fn next(&self) -> &str {
        match self {
            Self::Locked => {
                "unlock the login keychain (log in to the desktop, or open its password manager), \
                 then try again"
            }
            Self::Absent { .. } => {
                "start a keychain service (on Linux gnome-keyring or KWallet, in the same D-Bus \
                 session), then start Firebreak again"
            }
            Self::TimedOut => "look for a password prompt of the keychain, answer it, try again",
            Self::WriteOpen => "answer the keychain's open prompt, then try again",
            Self::Refused { next, .. } => next,
        }
    }

    pub(crate) fn bad_name(name: &str) -> Self {
        Self::Refused {
            words: format!("{:?} cannot name an entry", bounded(name)),
            next: "use a name of up to 128 characters without / and control characters".to_owned(),
        }
    }
}

pub(crate) fn bounded(words: &str) -> String {
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}
