//! Scripted players: who answers the cards of a drill that nobody plays.
//!
//! One looks at the board and at simulated pages, and says one deed at a time. It sees what a person
//! sees and knows nothing of the simulator's truth.

use std::collections::{BTreeMap, BTreeSet};

use incident::{Board, CardView};
use runbook::{ReadBackFormat, TaskId};

use crate::story::Player;

/// The simulated pages, as a player meets them.
pub trait Pages {
    /// Does on the page what the card says, and reads the value that stands there then; for a card
    /// that asks for a one-time code, reads the code. None where no page answers it, and where the
    /// code that is shown was given already.
    fn look(&self, card: &CardView) -> Option<String>;
}

/// What a player does next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Calls whom a card names, before it is answered.
    Call {
        /// Whom, by contact id.
        contact: String,
        /// About which card.
        task: TaskId,
    },
    /// Answers a card.
    Answer {
        /// Which.
        task: TaskId,
        /// With what.
        value: String,
        /// Whether that is a one-time code, which is told nowhere.
        is_code: bool,
    },
}

/// A scripted player in the middle of a drill.
#[derive(Clone, Debug)]
pub struct Scripted {
    player: Player,
    tries: BTreeMap<TaskId, u32>,
    called: BTreeSet<String>,
}

impl Scripted {
    /// How often one card is looked at before it is left open.
    pub const TRIES: u32 = 20;

    /// One who plays like this. None for [`Player::You`], who is no script.
    pub fn new(player: Player) -> Option<Self> {
        match player {
            Player::Good | Player::Idle | Player::Liar => Some(Self {
                player,
                tries: BTreeMap::new(),
                called: BTreeSet::new(),
            }),
            Player::You => None,
        }
    }

    /// What is done next: about the card that was tried least often, the worst first. None where
    /// nothing is to be done now.
    pub fn turn(&mut self, board: &Board, pages: &dyn Pages) -> Option<Deed> {
        if self.player == Player::Idle {
            return None;
        }
        for card in self.left(board) {
            if self.player == Player::Good
                && let Some(contact) = &card.card.contact
                && self.called.insert(contact.id.clone())
            {
                return Some(Deed::Call {
                    contact: contact.id.clone(),
                    task: card.task.clone(),
                });
            }
            let value = match self.player {
                Player::Good => pages.look(card),
                Player::Liar if card.asks_code => None,
                Player::Liar => sounds_done(card),
                Player::Idle | Player::You => None,
            };
            if value.is_none() && card.asks_code && self.player == Player::Good {
                // the next code comes in its own time, and other cards do not wait for it
                continue;
            }
            *self.tries.entry(card.task.clone()).or_default() += 1;
            return Some(Deed::Answer {
                task: card.task.clone(),
                value: value?,
                is_code: card.asks_code,
            });
        }
        None
    }

    /// Whether it reads what is there: one who does not has no reason to close a run.
    pub fn looks(&self) -> bool {
        self.player == Player::Good
    }

    /// Whether a card is left that was not given up.
    pub fn has_more(&self, board: &Board) -> bool {
        self.player != Player::Idle && !self.left(board).is_empty()
    }

    /// The cards that were not given up: those that were tried least often first, and of those the
    /// worst.
    fn left<'a>(&self, board: &'a Board) -> Vec<&'a CardView> {
        let tries = |card: &&CardView| self.tries.get(&card.task).copied().unwrap_or(0);
        let cards = board.cards.iter();
        let mut left = cards
            .filter(|card| tries(card) < self.most())
            .collect::<Vec<_>>();
        left.sort_by_key(tries);
        left
    }

    /// Who reads looks again until it is done; who does not read has nothing new to say.
    fn most(&self) -> u32 {
        match self.player {
            Player::Good => Self::TRIES,
            Player::Liar => 1,
            Player::Idle | Player::You => 0,
        }
    }
}

/// What somebody answers who did not look: the value that means done, or one that looks like it.
fn sounds_done(card: &CardView) -> Option<String> {
    let read_back = card.card.read_back.as_ref()?;
    let invented = match read_back.format {
        ReadBackFormat::Number => "0",
        ReadBackFormat::Text => "REF-1",
        ReadBackFormat::Time => "14:30",
        ReadBackFormat::YesNo => "yes",
    };
    let value = read_back.want.as_deref().unwrap_or(invented);
    Some(value.to_owned())
}
