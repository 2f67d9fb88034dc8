//! How a drill went: times, steps, harm, and above all what was called done and was not.
//!
//! Computed from the story's lines and the run's journal, and from nothing else: no clock, no random
//! number. What is so at the venue is asked of the simulator's truth, never of the run.

mod claims;
mod clock;
mod events;
mod judged;
mod ledger;
mod steps;
mod times;
mod verdict;

use incident::{Run, journal::Line};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use judged::Judged;

pub(crate) use clock::{Clocked, replayed};
use ledger::Ledger;

use crate::story::{Ended, StoryLine, Told};

/// How a drill went.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// In one word.
    pub verdict: Verdict,
    /// Why, a sentence each, the worst first.
    pub why: Vec<String>,
    /// When things happened.
    pub times: Times,
    /// What became of the run's steps.
    pub steps: Steps,
    /// What was called done and was not, in order of time.
    pub false_done: Vec<FalseDone>,
    /// What it cost, an account each that lost something.
    pub harm: Vec<Harm>,
    /// Whether it ended contained by the simulator's truth.
    pub contained: bool,
    /// Whether the board said so at the end. None where there was no run.
    pub board_contained: Option<bool>,
    /// How it ended.
    pub ended: Ended,
    /// What happened, without times, in an order that is the same whenever the same happened.
    pub events: Vec<String>,
}

/// How a drill went, in one word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was left, or something real came between: nothing is said about it.
    Unfinished,
    /// As it should be.
    Good,
    /// It worked, and something about it was not as it should be.
    Fair,
    /// Something that had to be done was not.
    Poor,
    /// Something was called done, or safe, and was not.
    Failed,
}

impl Verdict {
    /// Its word on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Poor => "poor",
            Self::Failed => "failed",
        }
    }

    /// Whether the next rehearsal comes sooner after it.
    pub fn is_bad(self) -> bool {
        match self {
            Self::Poor | Self::Failed => true,
            Self::Unfinished | Self::Good | Self::Fair => false,
        }
    }
}

/// When things happened, in milliseconds without the time that the clock was stopped. All but the
/// first count from the press, or from the alarm where nothing was pressed; what was so before it
/// has 0, what never was so has nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// From the first genuine alarm to the press.
    pub alarm_to_press: Option<u64>,
    /// To the proof of the last block on trading.
    pub press_to_block: Option<u64>,
    /// Until no order of an intruder's could fill any more, by truth.
    pub to_last_order: Option<u64>,
    /// Until no key in an intruder's hands worked any more, by truth.
    pub to_last_key: Option<u64>,
    /// Until no session of an intruder's lived any more, by truth.
    pub to_last_session: Option<u64>,
    /// To the first raw answer that was kept.
    pub to_evidence: Option<u64>,
    /// To the first call.
    pub to_call: Option<u64>,
    /// Until nothing of an intruder's was left, by truth.
    pub to_contained: Option<u64>,
    /// Until the board said that it is contained.
    pub to_board_contained: Option<u64>,
    /// The same as `to_contained`, counted from the alarm: the time that targets and bests are about.
    pub alarm_to_contained: Option<u64>,
}

/// What became of the run's steps.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// How many there were: tasks of the run.
    pub all: u64,
    /// How many ended proved.
    pub done: u64,
    /// Which were passed over.
    pub skipped: Vec<String>,
    /// Which ended neither proved nor passed over.
    pub open: Vec<String>,
    /// Cards that nobody answered, of those that a page could have answered or that contain.
    pub unanswered: Vec<String>,
    /// How many answers were not what the page said at that moment.
    pub wrong_answers: u64,
    /// What was done after something that should have come later, in the right order.
    pub out_of_order: Vec<String>,
}

/// Who called something done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Whoever played.
    You,
    /// The program.
    Firebreak,
}

/// Something that was called done and was not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalseDone {
    /// By whom.
    pub by: By,
    /// About what: the card's or the step's title, and the account where it has one.
    pub what: String,
    /// The task, as in the journal; none for the run as a whole.
    pub task: Option<String>,
    /// What was said.
    pub said: String,
    /// What was so.
    pub truth: String,
    /// When, in milliseconds since the drill began.
    pub at_ms: u64,
    /// How long it stayed so.
    pub lasted_ms: u64,
}

/// What a drill cost on one account, in its currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// The account.
    pub account: String,
    /// From the beginning until it was contained, or to the end where it never was.
    pub until_contained: Decimal,
    /// The part of it after the press.
    pub after_press: Decimal,
}

impl Score {
    /// The score of a drill. `run` is absent where nothing was pressed.
    pub fn of(judged: &Judged, story: &[StoryLine], run: Option<&[Line]>) -> Self {
        let clocked = Clocked::of(story, run);
        let replayed = run.and_then(replayed);
        let ledger = Ledger::of(story);
        let look = Look {
            judged,
            story,
            lines: run.unwrap_or_default(),
            run: replayed.as_ref(),
            clocked: &clocked,
            ledger: &ledger,
        };
        let false_done = claims::false_done(&look);
        let steps = steps::steps(&look);
        let times = times::times(&look);
        let contained = ledger.contained_from(&clocked).is_some();
        let ended = look.ended();
        let (verdict, why) = verdict::verdict(&look, &false_done, &steps, &times, contained);
        let events = events::events(&look, &false_done, contained);
        Self {
            harm: ledger.harm(&clocked),
            board_contained: look.run.map(Run::is_contained),
            verdict,
            why,
            times,
            steps,
            false_done,
            contained,
            ended,
            events,
        }
    }
}

/// All that a score is made from.
struct Look<'a> {
    judged: &'a Judged,
    story: &'a [StoryLine],
    lines: &'a [Line],
    run: Option<&'a Run>,
    clocked: &'a Clocked,
    ledger: &'a Ledger,
}

impl Look<'_> {
    /// How it ended. A story without an end broke off.
    fn ended(&self) -> Ended {
        let ends = self.story.iter().rev().find_map(|line| {
            if let Told::Ended { how } = &line.told {
                Some(*how)
            } else {
                None
            }
        });
        ends.unwrap_or(Ended::BrokenOff)
    }
}
