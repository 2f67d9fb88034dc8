//! For whom a bundle is: what is withheld from it, who alone can open it, and who says when it was.

use redact::{Known, Profile, Redactor, Words};
use vault::Secret;

use crate::{Recipient, Stamper};

/// The smallest volume, in bytes.
pub const SMALLEST_VOLUME: u64 = 64 * 1024;

/// How a bundle is handed over.
#[derive(Clone, Copy)]
pub struct Handover<'a> {
    /// What is withheld. Secrets are, whatever its profile.
    pub redactor: &'a Redactor,
    /// Who can open the originals of what was withheld, which then go along encrypted; empty for
    /// nobody, and they stay here.
    pub originals_to: &'a [Recipient],
    /// Who can open the bundle; `None` for everyone.
    pub lock: Option<Lock<'a>>,
    /// Who is asked for a time stamp, by the person's choice alone.
    pub stamper: Option<&'a dyn Stamper>,
    /// The most bytes of one file; what is larger is split. At least [`SMALLEST_VOLUME`].
    pub volume_bytes: Option<u64>,
}

/// Who can open an encrypted bundle.
#[derive(Clone, Copy)]
pub enum Lock<'a> {
    /// Who holds the identity of any of these.
    To(&'a [Recipient]),
    /// Who knows this.
    Passphrase(&'a Secret),
}

impl<'a> Handover<'a> {
    /// In the clear and in one file, to whoever it is given.
    pub fn plain(redactor: &'a Redactor) -> Self {
        Self {
            redactor,
            originals_to: &[],
            lock: None,
            stamper: None,
            volume_bytes: None,
        }
    }
}

/// What is withheld where nothing else is said: secrets.
pub(crate) fn secrets_only() -> Redactor {
    Redactor::new(Profile::own(), Known::none(), Words::default())
}
