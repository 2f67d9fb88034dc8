//! Who answers the cards: a person at the terminal, a scripted one that reads simulated pages, or
//! nobody.

use std::collections::BTreeSet;

use controller::Command;
use incident::{Actor, Board, CardView, SkipReason};
use runbook::TaskId;

/// Who is there.
pub(super) enum Person {
    /// Nobody: the call ends when nothing goes on by itself.
    Nobody,
    /// Somebody at this terminal.
    Terminal,
    /// A script that reads the simulated account's pages.
    Script(Script),
}

/// What the person does next.
pub(super) enum Turn {
    /// Nothing yet.
    Wait,
    /// Answers these cards.
    Answer(Vec<(TaskId, String)>),
    /// Has looked, and closes the run.
    Reset,
    /// Leaves.
    Over,
}

/// Reads a simulated page: the card, and the value that stands there.
pub(super) type Reader = Box<dyn Fn(&CardView) -> Option<String> + Send>;

/// A scripted person. Each card is answered once, with what its page shows.
pub(super) struct Script {
    read: Reader,
    answered: BTreeSet<TaskId>,
}

impl Script {
    pub(super) fn new(read: Reader) -> Self {
        Self {
            read,
            answered: BTreeSet::new(),
        }
    }

    fn turn(&mut self, board: &Board) -> Turn {
        let answers = board
            .cards
            .iter()
            .filter(|card| !self.answered.contains(&card.task))
            .filter_map(|card| Some((card.task.clone(), (self.read)(card)?)))
            .collect::<Vec<_>>();
        self.answered
            .extend(answers.iter().map(|(task, _)| task.clone()));
        if answers.is_empty() {
            Turn::Reset
        } else {
            Turn::Answer(answers)
        }
    }
}

impl Person {
    /// Whose turn it is when nothing goes on by itself.
    pub(super) fn turn(&mut self, board: &Board) -> Turn {
        match self {
            Self::Nobody => Turn::Over,
            Self::Terminal => {
                let held = board.holds.iter().any(|hold| hold.active);
                if board.cards.is_empty() && !held {
                    Turn::Over
                } else {
                    Turn::Wait
                }
            }
            Self::Script(script) => script.turn(board),
        }
    }
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
