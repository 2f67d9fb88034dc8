//! Who answers the cards: a person at the terminal, a scripted one that reads simulated pages, or
//! nobody.

use std::collections::BTreeMap;

use controller::Command;
use drill::{Player, player::Scripted};
use incident::{Actor, Board, CardView, SkipReason, Word};
use runbook::TaskId;

/// Who is there.
pub(super) enum Person {
    /// Nobody: the call ends when nothing goes on by itself.
    Nobody,
    /// Somebody at this terminal; in practice with the simulated pages to look at.
    Terminal(Option<Reader>),
    /// A script that reads the simulated account's pages.
    Script(Script),
    /// A scripted player of a drill.
    Player(Scripted),
}

/// What the person does next.
pub(super) enum Turn {
    /// Nothing yet.
    Wait,
    /// Has looked, and closes the run.
    Reset,
    /// Leaves.
    Over,
}

/// Reads a simulated page: the card, and the value that stands there.
pub(super) type Reader = Box<dyn Fn(&CardView) -> Option<String> + Send>;

/// A scripted person. Takes one card at a time, the worst first, and reads out what its page
/// shows; a card whose answer was not the wanted one is looked at again.
pub(super) struct Script {
    read: Reader,
    looks: BTreeMap<TaskId, u32>,
}

impl Script {
    /// How often one card is looked at before it is left open.
    const LOOKS: u32 = 20;

    pub(super) fn new(read: Reader) -> Self {
        Self {
            read,
            looks: BTreeMap::new(),
        }
    }

    /// The card that was looked at least often, and what its page shows.
    fn next(&mut self, board: &Board) -> Option<(TaskId, String)> {
        let looks = |card: &&CardView| self.looks.get(&card.task).copied().unwrap_or(0);
        let card = board
            .cards
            .iter()
            .filter(|card| looks(card) < Self::LOOKS)
            .min_by_key(looks)?;
        *self.looks.entry(card.task.clone()).or_default() += 1;
        Some((card.task.clone(), (self.read)(card)?))
    }

    /// Whether a card is left that it has not given up.
    fn has_more(&self, board: &Board) -> bool {
        board.cards.iter().any(|card| {
            self.looks
                .get(&card.task)
                .is_none_or(|looks| *looks < Self::LOOKS)
        })
    }
}

impl Person {
    /// Who plays a drill.
    pub(super) fn of(player: Player) -> Self {
        Scripted::new(player).map_or(Self::Terminal(None), Self::Player)
    }

    /// Whose turn it is when nothing goes on by itself.
    pub(super) fn turn(&mut self, board: &Board) -> Turn {
        match self {
            Self::Nobody => Turn::Over,
            Self::Terminal(_) => {
                let held = board.holds.iter().any(|hold| hold.active);
                if board.cards.is_empty() && !held {
                    Turn::Over
                } else {
                    Turn::Wait
                }
            }
            Self::Script(script) if script.has_more(board) => Turn::Wait,
            Self::Script(_) => Turn::Reset,
            Self::Player(player)
                if player.looks() && !player.has_more(board) && !may_still_come_out(board) =>
            {
                Turn::Reset
            }
            // who does not look sees no reason to close it: the drill's time ends it
            Self::Player(_) => Turn::Wait,
        }
    }

    /// The next card that a script answers, whatever else goes on.
    pub(super) fn answer(&mut self, board: &Board) -> Option<(TaskId, String)> {
        match self {
            Self::Script(script) => script.next(board),
            Self::Nobody | Self::Terminal(_) | Self::Player(_) => None,
        }
    }

    /// What the simulated page of the first card shows, once its text was followed there.
    pub(super) fn look(&self, board: &Board) -> Option<String> {
        let Self::Terminal(Some(read)) = self else {
            return None;
        };
        let card = board.cards.first()?;
        Some(match read(card) {
            Some(value) => format!("You did it on the simulated page. It says now: {value}"),
            None => "No simulated page answers this card.".to_owned(),
        })
    }

    /// Whether it is a script.
    pub(super) fn is_scripted(&self) -> bool {
        matches!(self, Self::Script(_) | Self::Player(_))
    }
}

/// Whether something is open that readings may prove yet: nobody closes a run over it.
fn may_still_come_out(board: &Board) -> bool {
    board.tally.iter().any(|(word, _)| match word {
        Word::Sending | Word::Accepted | Word::Unknown => true,
        Word::Queued
        | Word::Verified
        | Word::Partial
        | Word::Refused
        | Word::NeedsYou
        | Word::Skipped => false,
    })
}

/// What a typed line asks for. `Err` holds a hint.
pub(super) fn understand(line: &str, board: &Board, run: &str) -> Result<Option<Command>, String> {
    let line = line.trim();
    let run = run.to_owned();
    if line.is_empty() {
        return Ok(None);
    }
    if let Some(text) = line.strip_prefix("/note ") {
        return Ok(Some(Command::Note {
            run,
            text: text.trim().to_owned(),
            task: None,
        }));
    }
    if let Some(count) = line.strip_prefix("/reset") {
        let positions_without_stop = match count.trim() {
            "" => None,
            count => Some(count.parse().map_err(|_| {
                "type /reset and how many positions have no stop, as /reset 2".to_owned()
            })?),
        };
        return Ok(Some(Command::Reset {
            run,
            positions_without_stop,
            by: Actor::You,
        }));
    }
    let card = board.cards.first().ok_or("no card waits for an answer")?;
    if let Some(reason) = line.strip_prefix("/skip") {
        let reason = match reason.trim() {
            "" => return Err("type /skip and why, or /skip not applicable".to_owned()),
            "not applicable" => SkipReason::NotApplicable,
            reason => SkipReason::Other(reason.to_owned()),
        };
        return Ok(Some(Command::Skip {
            run,
            task: card.task.clone(),
            reason,
            by: Actor::You,
        }));
    }
    if line.starts_with('/') {
        return Err(
            "type the value, or /skip WHY, /note TEXT, /reset N, Ctrl-C to leave".to_owned(),
        );
    }
    Ok(Some(Command::Answer {
        run,
        task: card.task.clone(),
        value: line.to_owned(),
        by: Actor::You,
    }))
}
