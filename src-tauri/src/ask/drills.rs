//! What the window may ask about drills, and what it is told.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::view::Schedule;

/// About drills.
#[derive(Clone, PartialEq, Debug, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub(crate) enum DrillAsk {
    /// Every scenario that can be played.
    Scenarios,
    /// Serves a scenario's accounts and shows them instead of the real ones, with the briefing.
    Start {
        /// The scenario's id.
        scenario: String,
        /// Everything random follows from it; none draws one.
        seed: Option<u32>,
        /// How many times faster than the story's own time; none is as fast.
        speed: Option<f64>,
        /// Whether times are shown and judged.
        clock: bool,
        /// Whether something goes wrong on purpose.
        injects: bool,
    },
    /// The briefing is read: the waiting begins.
    Begin,
    /// A simulated page as it stands.
    Page {
        /// The account's name.
        account: String,
        /// The page's id.
        page: String,
    },
    /// Does what a simulated page offers.
    ActOn {
        /// The account's name.
        account: String,
        /// The page's id.
        page: String,
        /// The row; none means all of them.
        row: Option<String>,
    },
    /// Calls somebody of the story.
    Dial {
        /// The contact's id.
        contact: String,
    },
    /// Picks up a call that rings.
    PickUp {
        /// The alarm's number.
        alarm: u32,
    },
    /// Says or presses something in the call.
    Say {
        /// A key of the menu, or words. Kept nowhere: it may be a code.
        text: String,
    },
    /// Ends the call.
    HangUp,
    /// Asks for a fact.
    Fact {
        /// Its id.
        id: String,
    },
    /// Stops the story, or lets it go on.
    Pause {
        /// Whether it stands still.
        on: bool,
    },
    /// Unlocks the simulated keychain.
    UnlockKeychain,
    /// Says that nothing has to be pressed.
    StandDown,
    /// Ends it, to be scored.
    Finish,
    /// Leaves it: no score.
    Abandon,
    /// Ends it, since something real happens: Home with the cover open.
    ThisIsReal,
    /// Drills so far.
    History,
    /// What came of one.
    Debrief {
        /// Its number in the history.
        drill: String,
    },
    /// Chooses what to do better next time.
    ChooseFix {
        /// Its number in the history.
        drill: String,
        /// The fix.
        fix: String,
    },
    /// Keeps what was written to the three questions.
    WriteAnswers {
        /// Its number in the history.
        drill: String,
        /// The answers.
        answers: Vec<Written>,
    },
    /// Puts the next rehearsal off.
    Snooze {
        /// For how many days.
        days: u32,
        /// Why.
        reason: String,
    },
    /// Writes the schedule for a calendar.
    ExportCalendar {
        /// The file.
        path: String,
    },
}

/// An answer to one of the three questions.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Written {
    /// The question's id.
    pub(crate) question: String,
    /// What was written.
    pub(crate) text: String,
}

/// What is told about drills.
#[derive(Clone, PartialEq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "told")]
pub(crate) enum DrillTold {
    /// Every scenario.
    Scenarios {
        /// Each.
        scenarios: Vec<Scenario>,
        /// What of the person's own could not be read.
        problems: Vec<String>,
    },
    /// A simulated page.
    Page(PageTold),
    /// What came of a drill.
    Debrief(Box<Debrief>),
    /// Drills so far.
    History(History),
    /// It was done.
    Done {
        /// In a line for a person.
        words: String,
    },
}

/// A scenario in a list. Nothing in it gives the story away.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scenario {
    /// Its id.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) title: String,
    /// By which way somebody gets in, in words.
    pub(crate) way_in: String,
    /// What is known before it begins.
    pub(crate) story: String,
    /// How long it takes at most.
    pub(crate) minutes: u32,
    /// Whether it is the person's own.
    pub(crate) own: bool,
    /// How often the person played it to its end.
    pub(crate) played: u32,
    /// When the person last played it.
    pub(crate) last: Option<String>,
    /// The best time from alarm to contained, without a false "done".
    pub(crate) best_ms: Option<u32>,
    /// How the last one came out, in a word.
    pub(crate) last_verdict: Option<String>,
    /// Where the shape of the story is told.
    pub(crate) sources: Vec<String>,
}

/// A simulated page as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageTold {
    /// The account's name.
    pub(crate) account: String,
    /// The page's id.
    pub(crate) page: String,
    /// Its heading.
    pub(crate) title: String,
    /// Its lines, top down.
    pub(crate) rows: Vec<PageRow>,
    /// What the last act on it came to, where it was refused.
    pub(crate) refused: Option<String>,
}

/// A line of a simulated page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageRow {
    /// Names it for an act.
    pub(crate) id: String,
    /// What it says.
    pub(crate) text: String,
    /// What can be done with it (`End`, `Switch off`), if anything.
    pub(crate) action: Option<String>,
}

/// What came of a drill.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Debrief {
    /// Its number in the history.
    pub(crate) drill: String,
    /// The scenario's id.
    pub(crate) scenario: String,
    /// Its title.
    pub(crate) title: String,
    /// When it began.
    pub(crate) at: String,
    /// In a word.
    pub(crate) verdict: String,
    /// Why, a sentence each.
    pub(crate) why: Vec<String>,
    /// The biggest text.
    pub(crate) headline: String,
    /// The sentence under it.
    pub(crate) lead: String,
    /// The score.
    pub(crate) figures: Vec<Figure>,
    /// Each false "done".
    pub(crate) false_done: Vec<String>,
    /// The timeline as a picture: SVG of this program's own making.
    pub(crate) timeline_svg: String,
    /// The same as a table.
    pub(crate) timeline: Vec<TimelineRow>,
    /// What could be done better; the first is suggested.
    pub(crate) fixes: Vec<Fix>,
    /// Which was chosen.
    pub(crate) chosen_fix: Option<String>,
    /// The three questions, with the answers given.
    pub(crate) questions: Vec<DebriefQuestion>,
    /// What stays.
    pub(crate) lesson: String,
    /// What a good answer looks like.
    pub(crate) good: String,
    /// The run's folder name, if the person pressed.
    pub(crate) run: Option<String>,
    /// When to rehearse again.
    pub(crate) next: String,
    /// Why then.
    pub(crate) next_why: String,
}

/// A figure of a score.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figure {
    /// What it is.
    pub(crate) label: String,
    /// The value, in words or as a time.
    pub(crate) value: String,
    /// What it is held against; may be empty.
    pub(crate) note: String,
}

/// A row of a timeline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TimelineRow {
    /// Milliseconds after the alarm; negative before it.
    pub(crate) at_ms: i32,
    /// Who: `you`, `Firebreak`, or somebody of the story.
    pub(crate) who: String,
    /// What.
    pub(crate) what: String,
}

/// Something that could be done better.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fix {
    /// Its id.
    pub(crate) id: String,
    /// What.
    pub(crate) text: String,
    /// The runbook, where it is about one.
    pub(crate) runbook: Option<String>,
    /// The step of it.
    pub(crate) step: Option<String>,
}

/// One of the three questions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DebriefQuestion {
    /// Its id.
    pub(crate) id: String,
    /// The question.
    pub(crate) ask: String,
    /// What the person wrote.
    pub(crate) answer: String,
}

/// Drills so far.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct History {
    /// Latest first.
    pub(crate) drills: Vec<Played>,
    /// A line for each scenario that the person has played.
    pub(crate) series: Vec<Series>,
    /// When to rehearse.
    pub(crate) schedule: Schedule,
    /// What of the file could not be read. It is left as it is.
    pub(crate) trouble: Vec<String>,
}

/// A drill that was played.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Played {
    /// Its number in the history.
    pub(crate) drill: String,
    /// The scenario's id.
    pub(crate) scenario: String,
    /// When it began.
    pub(crate) at: String,
    /// Who played.
    pub(crate) player: DrillPlayer,
    /// How it ended.
    pub(crate) ended: DrillEnded,
    /// In a word; none where it has no score.
    pub(crate) verdict: Option<String>,
    /// From alarm to contained, by the simulator's truth.
    pub(crate) contained_ms: Option<u32>,
    /// How many things were called done and were not.
    pub(crate) false_done: u32,
}

/// Who plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DrillPlayer {
    /// A person.
    You,
    /// A script that does what is right.
    Good,
    /// A script that answers nothing.
    Idle,
    /// A script that answers what sounds done.
    Liar,
}

/// How a drill ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DrillEnded {
    /// It was played to its end.
    Finished,
    /// The person said that nothing has to be pressed.
    StoodDown,
    /// The person left it.
    Abandoned,
    /// Something real happened.
    Real,
    /// The program ended in the middle.
    BrokenOff,
    /// Its time was over.
    TimedOut,
}

/// A scenario's drills, for a chart.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Series {
    /// The scenario's id.
    pub(crate) scenario: String,
    /// Its title.
    pub(crate) title: String,
    /// Milliseconds to contained, oldest first; none where it was not contained.
    pub(crate) contained_ms: Vec<Option<u32>>,
    /// The median of the last five.
    pub(crate) median_ms: Option<u32>,
    /// The best.
    pub(crate) best_ms: Option<u32>,
}
