//! For whom a bundle is, from what a person chose: what is withheld, who can open it, who says when.

use evidence::{Handover, Lock, Recipient, Stamper};
use incident::Mode;
use rand::TryRng as _;
use redact::{Known, Profile, Redactor, Words, profiles};
use vault::Secret;
use venues::Kind;

use crate::{Accounts, Error, Home, time_stamp::Authority, withhold};

const MB: u64 = 1_000_000;

/// What a person chose.
#[derive(Default)]
pub struct Choices {
    /// `own`, `broker`, `police` or `share`.
    pub profile: String,
    /// Who can open it (`age1...`); empty for everyone.
    pub recipients: Vec<String>,
    /// Opens it instead of a recipient's key.
    pub passphrase: Option<Secret>,
    /// Whom the originals of what is withheld go along for; empty for nobody.
    pub originals_to: String,
    /// The address of the time-stamp authority that is asked; empty for none.
    pub time_stamp: String,
    /// The largest file, in MB.
    pub volume_mb: Option<u32>,
}

impl Choices {
    /// In the clear, in one file, with no time stamp.
    pub fn for_profile(profile: &str) -> Self {
        Self {
            profile: profile.to_owned(),
            ..Self::default()
        }
    }
}

/// The same, made ready.
pub(super) struct Handing {
    redactor: Redactor,
    recipients: Vec<Recipient>,
    passphrase: Option<Secret>,
    originals_to: Vec<Recipient>,
    authority: Option<Authority>,
    volume_bytes: Option<u64>,
}

impl Stamper for Authority {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        Authority::ask(self, request)
    }
}

impl Handing {
    /// As `choices` say, for a run of this mode. `secrets` says whether the keychain is asked for what
    /// it holds; without it nothing may be handed over, only looked at.
    pub(super) async fn of(
        home: &Home,
        mode: Mode,
        choices: &Choices,
        secrets: bool,
    ) -> Result<Self, Error> {
        let redactor = redactor(home, mode, &choices.profile, secrets).await?;
        let recipients = choices.recipients.iter().map(|text| recipient(text));
        let recipients = recipients.collect::<Result<Vec<_>, _>>()?;
        if !recipients.is_empty() && choices.passphrase.is_some() {
            return Err(
                refused("a bundle opens for recipients or for a passphrase, not for both")
                    .next("choose one of them"),
            );
        }
        let passphrase = choices.passphrase.as_ref().map(Secret::duplicate);
        if passphrase
            .as_ref()
            .is_some_and(|words| words.expose().trim().is_empty())
        {
            return Err(refused("the passphrase is empty").next("choose one of several words"));
        }
        let named = Some(choices.originals_to.trim()).filter(|text| !text.is_empty());
        let asked = Some(choices.time_stamp.trim()).filter(|text| !text.is_empty());
        Ok(Self {
            redactor,
            recipients,
            passphrase,
            originals_to: named.map(recipient).transpose()?.into_iter().collect(),
            authority: asked.map(Authority::at).transpose()?,
            volume_bytes: choices.volume_mb.map(|mb| u64::from(mb) * MB),
        })
    }

    pub(super) fn handover(&self) -> Handover<'_> {
        let to_recipients = (!self.recipients.is_empty()).then_some(Lock::To(&self.recipients));
        Handover {
            redactor: &self.redactor,
            originals_to: &self.originals_to,
            lock: to_recipients.or(self.passphrase.as_ref().map(Lock::Passphrase)),
            stamper: self
                .authority
                .as_ref()
                .map(|authority| authority as &dyn Stamper),
            volume_bytes: self.volume_bytes,
        }
    }

    pub(super) fn profile(&self) -> &str {
        &self.redactor.profile().id
    }

    pub(super) fn is_locked(&self) -> bool {
        self.passphrase.is_some() || !self.recipients.is_empty()
    }
}

/// Finds what `profile` leaves out, the person's words, and what the keychain holds.
pub(super) async fn redactor(
    home: &Home,
    mode: Mode,
    profile: &str,
    secrets: bool,
) -> Result<Redactor, Error> {
    let profile = Profile::of_id(profile).ok_or_else(|| no_profile(profile))?;
    let known = match mode {
        Mode::Live if secrets => known(home).await?,
        // simulated accounts' keys opened nothing, and are gone with them
        Mode::Live | Mode::Drill | Mode::Practice => Known::none(),
    };
    let words: Words = withhold::looked_for(home)?;
    Ok(Redactor::new(profile, known, words))
}

/// What the keychain holds of this home's accounts, to be known again.
async fn known(home: &Home) -> Result<Known, Error> {
    let mut salt = [0; 32];
    rand::rngs::SysRng
        .try_fill_bytes(&mut salt)
        .map_err(|error| refused(&format!("this computer gives no random bytes: {error}")))?;
    let mut known = Known::new(salt);
    let unknown = |why: &dyn std::fmt::Display| {
        refused(&format!(
            "the keychain's secrets cannot be looked for in what is packed: {why}"
        ))
        .next("unlock the keychain, mend the accounts file, then export again")
    };
    let accounts = Accounts::read(home).map_err(|error| unknown(&error))?;
    let means = home.means().map_err(|error| unknown(&error))?;
    for account in &accounts.list {
        for door in account.doors() {
            let kind = door.kind();
            let held = means.held(account.name(), kind).await;
            let Some((key, secret)) = held.map_err(|error| unknown(&error))? else {
                continue;
            };
            let what = format!("the secret of the {kind} door of {}", account.name());
            // what is too short to be looked for is too short to be a venue's secret
            let _ = known.add(&what, secret.expose());
            if kind != Kind::Flex {
                let what = format!("the key of the {kind} door of {}", account.name());
                let _ = known.add(&what, key.expose());
            }
        }
    }
    Ok(known)
}

fn recipient(text: &str) -> Result<Recipient, Error> {
    text.parse::<Recipient>().map_err(|why| {
        refused(&why).next("give the public key that begins with age1, as age-keygen -y prints it")
    })
}

/// That there is no such profile.
pub(super) fn no_profile(id: &str) -> Error {
    let ids: Vec<&str> = profiles()
        .iter()
        .map(|profile| profile.id.as_str())
        .collect();
    refused(&format!("there is no profile {}", door::clean(id)))
        .next(format!("choose one of {}", ids.join(", ")))
}

fn refused(what: &str) -> Error {
    Error::wrong(what).untouched("nothing was written, and the record is as it was")
}
