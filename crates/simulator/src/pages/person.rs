//! A scripted person who answers cards from the pages.

use super::{Page, PageId, act, page};
use crate::world::{AccountId, World};

/// What kind of value a card asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerKind {
    /// How many are left.
    Number,
    /// A reference number.
    Text,
    /// When it was.
    Time,
    /// Whether it is so.
    YesNo,
}

impl AnswerKind {
    /// The kind of a card's format (`number`, `text`, `time`, `yes_no`).
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "number" => Some(Self::Number),
            "text" => Some(Self::Text),
            "time" => Some(Self::Time),
            "yes_no" => Some(Self::YesNo),
            _ => None,
        }
    }
}

/// A card, as far as a scripted person needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CardAsk<'a> {
    /// Which page it is about.
    pub page: &'a str,
    /// What kind of value it asks for.
    pub kind: AnswerKind,
    /// The value that means done. It is read for the sense of a yes-or-no question alone: whether
    /// `yes` is the good answer.
    pub want: Option<&'a str>,
}

/// Somebody who does what a card says on the simulated pages, looks again, and reads out what the
/// page says then, also when it is not what the card wants to hear.
#[derive(Clone)]
pub struct ScriptedPerson {
    world: World,
}

impl ScriptedPerson {
    /// A person with access to the pages of this world.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    /// The one-time code that the owner's device shows now.
    pub fn code(&self, account: &AccountId) -> Option<String> {
        self.world.code(account).ok()
    }

    /// Deals with a card on `accounts`, and says the value read. `None` when no page answers it.
    pub fn answer(&self, accounts: &[AccountId], card: &CardAsk<'_>) -> Option<String> {
        let id = PageId::from_id(card.page)?;
        for account in accounts {
            // a person who is refused still reads the page
            let _ = act(&self.world, account, id);
        }
        self.reads(accounts, card)
    }

    /// The value that the page of a card shows now, without doing anything on it. `None` when no
    /// page answers the card.
    pub fn reads(&self, accounts: &[AccountId], card: &CardAsk<'_>) -> Option<String> {
        let id = PageId::from_id(card.page)?;
        let pages = accounts
            .iter()
            .map(|account| page(&self.world, account, id).ok())
            .collect::<Option<Vec<_>>>()?;
        if pages.is_empty() {
            return None;
        }
        let open: usize = pages.iter().map(Page::open).sum();
        match card.kind {
            AnswerKind::Number => Some(open.to_string()),
            AnswerKind::YesNo => {
                let good_is_yes = card
                    .want
                    .is_none_or(|want| want.eq_ignore_ascii_case("yes"));
                let yes = (open == 0) == good_is_yes;
                Some(if yes { "yes" } else { "no" }.to_owned())
            }
            AnswerKind::Text => {
                let references: Vec<_> = pages
                    .iter()
                    .map(|page| page.reference.as_deref())
                    .collect::<Option<_>>()?;
                Some(references.join(", "))
            }
            AnswerKind::Time => Some(self.world.wall(self.world.now()).to_string()),
        }
    }
}
