//! The card on paper: when it was printed, and whether it still says what it should.
//!
//! What a card is made from has a digest; a card of another digest is stale.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Error, Home, Shelf, files, find_runbook};

/// The card on paper.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PrintedCard {
    /// When it was last printed.
    pub printed_at: Option<Timestamp>,
    /// Whether a contact, an account or a runbook changed since.
    pub stale: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    printed_at: Timestamp,
    digest: String,
}

impl PrintedCard {
    /// How the card of `home` is. One whose note cannot be read counts as never printed.
    pub fn read(home: &Home) -> Self {
        let text = files::read(&home.card()).ok().flatten();
        let written = text.and_then(|text| serde_json::from_str::<Written>(&text).ok());
        written.map_or_else(Self::default, |written| Self {
            printed_at: Some(written.printed_at),
            stale: written.digest != card_digest(home),
        })
    }

    /// Notes that the card was printed as `home` is now.
    pub fn write(home: &Home, now: Timestamp) -> Result<(), Error> {
        let written = Written {
            printed_at: now,
            digest: card_digest(home),
        };
        let text = serde_json::to_vec(&written)
            .map_err(|e| Error::wrong(format!("the card's note cannot be written: {e}")))?;
        files::write(&home.card(), &text)
    }
}

/// SHA-256, in hex, over what a printed card is made from: contacts, accounts and runbooks.
pub fn card_digest(home: &Home) -> String {
    let mut hash = Sha256::new();
    let mut part = |name: &str, text: &str| {
        for piece in [name, text] {
            hash.update(u64::try_from(piece.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(piece.as_bytes());
        }
    };
    for (name, path) in [("contacts", home.contacts()), ("accounts", home.accounts())] {
        // what cannot be read is on no card either
        let text = files::read(&path).ok().flatten().unwrap_or_default();
        part(name, &text);
    }
    part("program", &format!("{:?}", runbook::Contacts::shipped()));
    for entry in Shelf::read(home)
        .map(|shelf| shelf.entries)
        .unwrap_or_default()
    {
        // a draft that was never in use is on no card
        if let Ok(runbook) = find_runbook(home, &entry.id) {
            part(&entry.id, &runbook.text);
        }
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_stale_once_a_contact_an_account_or_a_runbook_changed() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        assert_eq!(PrintedCard::read(&home), PrintedCard::default());
        for file in [
            home.contacts(),
            home.accounts(),
            home.runbooks().join("lost-phone.toml"),
        ] {
            PrintedCard::write(&home, Timestamp::UNIX_EPOCH).unwrap();
            let printed = PrintedCard::read(&home);
            assert_eq!(printed.printed_at, Some(Timestamp::UNIX_EPOCH));
            assert!(!printed.stale);
            let text = runbook::shipped_runbook("lost-phone").unwrap().text;
            std::fs::write(&file, format!("# mine\n{text}")).unwrap();
            assert!(PrintedCard::read(&home).stale, "{}", file.display());
        }
    }

    #[test]
    fn a_broken_note_counts_as_never_printed() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        std::fs::write(home.card(), "{").unwrap();
        assert_eq!(PrintedCard::read(&home), PrintedCard::default());
    }
}
