//! What is looked at after a drill: the intruder's acts beside the person's and Firebreak's, one
//! thing to mend, and three questions.
//!
//! A picture and a table that says the same. Nothing is told by colour alone: every kind of mark has
//! a shape of its own, and every false "done" is written out.

mod fix;
mod lanes;
mod svg;
mod table;

use incident::{Run, journal::Line};
use serde::{Deserialize, Serialize};

pub use fix::Fix;

use crate::{
    score::{Clocked, Judged, Score, Verdict, replayed},
    story::StoryLine,
    words::clock,
};

/// The questions that are asked after each drill.
pub const QUESTIONS: [&str; 3] = [
    "What surprised you?",
    "What slowed you?",
    "What will you change?",
];

/// What is looked at after a drill.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Debrief {
    /// What is said biggest.
    pub headline: String,
    /// Under it, in a sentence; may be empty.
    pub lead: String,
    /// The picture, as values.
    pub timeline: Timeline,
    /// The picture, drawn. Its look is that of the page's style sheet.
    pub timeline_svg: String,
    /// The same as text.
    pub table: Vec<TableRow>,
    /// The one thing to mend that is proposed. None where nothing was wrong.
    pub fix: Option<Fix>,
    /// What can be chosen instead.
    pub other_fixes: Vec<Fix>,
    /// The questions.
    pub questions: Vec<String>,
}

/// What happened, lane by lane. Every time is in milliseconds since `from_ms` on the drill's clock.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Where it begins: the first alarm, or the press or the first act where that was earlier.
    pub from_ms: u64,
    /// How long it is.
    pub length_ms: u64,
    /// What its clock shows as 0:00: the first alarm, or the press where there was none.
    pub zero_ms: u64,
    /// Intruders first, then the person and Firebreak.
    pub lanes: Vec<Lane>,
    /// What is marked across all lanes.
    pub lines: Vec<Across>,
}

/// One line of the picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// What it is called.
    pub title: String,
    /// Whose it is.
    pub whose: Whose,
    /// What took time, in order of beginning.
    pub spans: Vec<Span>,
    /// What happened at once.
    pub marks: Vec<Mark>,
}

/// Whose lane it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// An intruder's.
    Intruder,
    /// Somebody's who belongs there.
    Innocent,
    /// The person's and Firebreak's: a step.
    Yours,
}

/// Something that took time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// What.
    pub kind: SpanKind,
    /// From when.
    pub from_ms: u64,
    /// Until when.
    pub until_ms: u64,
}

/// What took time. Its word is the class in the picture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// Nothing could be done yet, or nobody did anything.
    Wait,
    /// Sent, not proven.
    Flight,
    /// In the person's hands.
    Hand,
    /// Called done, and it was not.
    Bad,
}

/// Something that happened at once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// What.
    pub kind: MarkKind,
    /// When.
    pub at_ms: u64,
    /// In words.
    pub says: String,
}

/// What happened at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// Proof was seen.
    Proof,
    /// Somebody in the story did something.
    Act,
    /// Somebody in the story was refused something.
    Refused,
}

/// A line across all lanes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Across {
    /// What.
    pub kind: AcrossKind,
    /// When.
    pub at_ms: u64,
    /// What stands over it.
    pub says: String,
}

/// What is marked across all lanes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcrossKind {
    /// The first genuine alarm.
    Alarm,
    /// The press.
    Press,
    /// Something went wrong on purpose.
    Inject,
    /// Until when it should have been contained.
    Target,
    /// When it was.
    Contained,
}

/// A line of the text twin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRow {
    /// When, in milliseconds since the timeline's beginning; before it, 0.
    pub at_ms: u64,
    /// The same as it is read, from the alarm: `1:01`, `-0:06`.
    pub at: String,
    /// Who: an actor's name, `You`, `Firebreak`, `The drill`.
    pub who: String,
    /// What happened.
    pub what: String,
    /// Whether it is a false "done".
    pub bad: bool,
}

impl Debrief {
    /// The debrief of a drill that was scored. `run` is absent where nothing was pressed.
    pub fn of(judged: &Judged, story: &[StoryLine], run: Option<&[Line]>, score: &Score) -> Self {
        let clocked = Clocked::of(story, run);
        let replayed = run.and_then(replayed);
        let seen = Seen {
            judged,
            story,
            lines: run.unwrap_or_default(),
            run: replayed.as_ref(),
            clocked: &clocked,
            score,
        };
        let timeline = lanes::timeline(&seen);
        let table = table::table(&seen, &timeline);
        let mut fixes = fix::fixes(&seen);
        let fix = (!fixes.is_empty()).then(|| fixes.remove(0));
        Self {
            headline: headline(judged, score),
            lead: lead(score),
            timeline_svg: svg::draw(&timeline),
            timeline,
            table,
            fix,
            other_fixes: fixes,
            questions: QUESTIONS.map(str::to_owned).to_vec(),
        }
    }
}

/// All that a debrief is made from.
struct Seen<'a> {
    judged: &'a Judged,
    story: &'a [StoryLine],
    lines: &'a [Line],
    run: Option<&'a Run>,
    clocked: &'a Clocked,
    score: &'a Score,
}

/// How many false "done"; where there is none, how far over the target, and else that there is none.
fn headline(judged: &Judged, score: &Score) -> String {
    match score.false_done.len() {
        0 => {}
        1 => return "1 false done".to_owned(),
        many => return format!("{many} false done"),
    }
    match score.verdict {
        Verdict::Unfinished => return "Left before its end".to_owned(),
        Verdict::Failed | Verdict::Poor => {
            if let Some(why) = score.why.first() {
                return why.trim_end_matches('.').to_owned();
            }
        }
        Verdict::Good | Verdict::Fair => {}
    }
    let over = judged.target("contained").and_then(|target| {
        let target = u64::try_from(target.as_millis()).ok()?;
        let over = score.times.alarm_to_contained?.checked_sub(target)?;
        (over >= 1_000).then_some(over)
    });
    match over {
        Some(over) => format!("{} over the target", clock(over)),
        None => "No false done".to_owned(),
    }
}

fn lead(score: &Score) -> String {
    if let Some(worst) = score.false_done.iter().max_by_key(|each| each.lasted_ms) {
        return format!(
            "{}: said \u{201c}{}\u{201d}, and {}. It stayed so for {}.",
            worst.what,
            worst.said,
            worst.truth,
            clock(worst.lasted_ms)
        );
    }
    let mut why = score.why.clone();
    if score.verdict.is_bad() && !why.is_empty() {
        why.remove(0);
    }
    why.join(" ")
}
