//! What the window may ask about accounts, and what it is told.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{KeyDraft, VenueWords};
use crate::view::{Far, Problem};

/// About accounts.
#[derive(Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub(crate) enum AccountAsk {
    /// What each venue calls things, for making a key.
    Venues,
    /// Judges what was typed so far; keeps nothing.
    Check {
        /// The draft.
        draft: AccountDraft,
    },
    /// Adds it, with the keys of its doors. Where it has any, its venue is asked what they may do.
    Add {
        /// The draft.
        draft: AccountDraft,
        /// The keys of the doors that sign with one.
        keys: Vec<KeyDraft>,
        /// The words that accept a key that can withdraw; empty otherwise.
        insistence: String,
    },
    /// Tests every lever without effect.
    Test {
        /// The account's name.
        name: String,
    },
    /// Takes it out of the list, and its keys out of the keychain; its runs stay.
    Remove {
        /// The account's name.
        name: String,
    },
    /// Reads the certificate that a gateway shows, to compare and to pin.
    Certificate {
        /// `https://127.0.0.1:5000`.
        address: String,
    },
    /// Whether the keychain answers, and what is in it.
    Keychain,
}

/// An account as it is being typed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountDraft {
    /// The nickname.
    pub(crate) name: String,
    /// The venue's id.
    pub(crate) venue: String,
    /// The legal entity's code; empty for none.
    pub(crate) entity: String,
    /// Its doors.
    pub(crate) doors: Vec<DoorDraft>,
    /// What exists there and no door sees (`fix`, `other-users`).
    pub(crate) unseen: Vec<String>,
}

/// A door as it is being typed. Empty text stands for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DoorDraft {
    /// `tws`, `client-portal`, `ibc`.
    pub(crate) kind: String,
    /// Where.
    pub(crate) address: String,
    /// The login name, without password.
    pub(crate) username: String,
    /// SHA-256 of the certificate.
    pub(crate) pin: String,
    /// TWS' API client id.
    pub(crate) client_id: String,
    /// Whether the person accepts that it is on another computer.
    pub(crate) allow_remote: bool,
}

/// What is told about accounts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "told")]
pub(crate) enum AccountTold {
    /// The draft, judged.
    Checked {
        /// What is wrong, field by field; empty when it can be added.
        problems: Vec<FieldProblem>,
        /// What the person should know.
        warnings: Vec<String>,
    },
    /// Each venue.
    Venues {
        /// Each.
        venues: Vec<VenueWords>,
    },
    /// A key can withdraw: nothing of the account is kept.
    MayWithdraw {
        /// Why it is not taken.
        problem: Problem,
        /// The words that accept it all the same.
        insistence: String,
    },
    /// Every lever, tested.
    Tested(Tested),
    /// It was done.
    Done {
        /// In a line for a person.
        words: String,
        /// What the person should know.
        warnings: Vec<String>,
    },
    /// The certificate that a gateway shows.
    Certificate {
        /// SHA-256 of it, in hex.
        sha256: String,
    },
    /// The keychain.
    Keychain {
        /// Its name here.
        name: String,
        /// The signing key's fingerprint; none was made yet.
        signer: Option<String>,
        /// Why it cannot be asked.
        problem: Option<Problem>,
    },
}

/// What is wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldProblem {
    /// `name`, `venue`, `entity`, `doors`, or `doors.0.address` and the like.
    pub(crate) field: String,
    /// What happened.
    pub(crate) what: String,
    /// What to do next.
    pub(crate) next: String,
}

/// An account's doors and levers, tested without effect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tested {
    /// The account's name.
    pub(crate) name: String,
    /// When.
    pub(crate) at: String,
    /// Each door.
    pub(crate) doors: Vec<DoorTested>,
    /// Each lever.
    pub(crate) levers: Vec<LeverTested>,
}

/// A door, tested.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DoorTested {
    /// Which.
    pub(crate) kind: String,
    /// Whether it was reached.
    pub(crate) reached: bool,
    /// What was reached, or why nothing was.
    pub(crate) words: String,
    /// The mend; may be empty.
    pub(crate) next: String,
    /// What the person should know.
    pub(crate) warnings: Vec<String>,
    /// How long it took.
    pub(crate) took_ms: u32,
}

/// A lever, tested.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeverTested {
    /// Its id.
    pub(crate) lever: String,
    /// How far it goes.
    pub(crate) far: Far,
    /// What is left.
    pub(crate) left: Option<String>,
    /// How it is.
    pub(crate) state: LeverState,
    /// What was seen.
    pub(crate) seen: String,
}

/// How a lever is, while nothing is pulled. Never a task's word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LeverState {
    /// Checked without effect.
    Ready,
    /// The person does it.
    ByYou,
    /// It would be refused now.
    Dead,
    /// Not checkable.
    Unknown,
    /// No door offers it.
    NotOffered,
}
