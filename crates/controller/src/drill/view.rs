//! What is shown of drills: plain values, nothing of a real account among them.

use drill::{Ended, Player};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A scenario in a list. Nothing in it gives the story away.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScenarioView {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// By which way somebody gets in, in words.
    pub way_in: String,
    /// What is known before it begins.
    pub story: String,
    /// How long it takes at most.
    pub minutes: u32,
    /// Whether it is the person's own.
    pub own: bool,
    /// How often it was played to its end by the person.
    pub played: u32,
    /// When it was last played by the person.
    pub last: Option<Timestamp>,
    /// The best time from alarm to contained, without a false "done".
    pub best_ms: Option<u64>,
    /// How the last one came out, in a word.
    pub last_verdict: Option<String>,
    /// Where the shape of the story is told.
    pub sources: Vec<String>,
}

/// How far a drill is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The briefing is being read; nothing goes on yet.
    Briefing,
    /// It may begin at any moment.
    Waiting,
    /// Something has reached the person.
    Alarm,
    /// The person pressed.
    Pressed,
    /// It is over; the debrief is there.
    Over,
}

/// A drill under way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something of its own on the screen"
)]
pub struct DrillView {
    /// The scenario's id.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The briefing.
    pub story: String,
    /// What the person chose to do better, at the end of the last one.
    pub fix: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// Who plays.
    pub player: Player,
    /// Whether times are shown and judged.
    pub clock: bool,
    /// Whether the story stands still.
    pub paused: bool,
    /// Milliseconds since the alarm.
    pub since_alarm_ms: Option<u64>,
    /// Whether the accounts' doors are being opened still.
    pub warming_up: bool,
    /// What reached the person so far, oldest first.
    pub alarms: Vec<AlarmView>,
    /// What may be asked, with the answers that were asked for.
    pub facts: Vec<FactView>,
    /// The simulated pages that can be opened.
    pub pages: Vec<PageName>,
    /// Whom the person can call.
    pub contacts: Vec<ContactView>,
    /// The call under way, or the last one.
    pub call: Option<CallView>,
    /// Whether the keychain is locked, and the person can unlock it.
    pub keychain_locked: bool,
    /// Whether the window is to behave as if its page were dead: only the tray, the shortcut and a
    /// terminal work.
    pub window_dead: bool,
    /// The run's folder name, once the person pressed.
    pub run: Option<String>,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// Something that reached the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AlarmView {
    /// Counted from 1, in order.
    pub nth: u32,
    /// `mail`, `push`, `sms`, `call`, `app` or `bot`.
    pub form: String,
    /// From whom, as shown.
    pub from: String,
    /// What it says.
    pub text: String,
    /// Milliseconds after the first alarm.
    pub after_ms: u64,
    /// Whether it is a call that can be picked up.
    pub rings: bool,
}

/// Something that may be asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FactView {
    /// Its id.
    pub id: String,
    /// The question.
    pub ask: String,
    /// The answer, once it was asked for.
    pub answer: Option<String>,
}

/// A simulated page that can be opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PageName {
    /// The account's name.
    pub account: String,
    /// The page's id.
    pub page: String,
    /// Its heading.
    pub title: String,
}

/// A simulated page as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PageView {
    /// The account's name.
    pub account: String,
    /// The page's id.
    pub page: String,
    /// Its heading.
    pub title: String,
    /// Its lines, top down.
    pub rows: Vec<PageRow>,
    /// What the last act on it came to, where it was refused.
    pub refused: Option<String>,
}

/// A line of a simulated page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PageRow {
    /// Names it for an act.
    pub id: String,
    /// What it says.
    pub text: String,
    /// What can be done with it (`End`, `Switch off`), if anything.
    pub action: Option<String>,
}

/// Whom the person can call in the story.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ContactView {
    /// The contact's id.
    pub id: String,
    /// Who answers.
    pub name: String,
}

/// A phone call, played as text. The person types a key of the menu, or what they say.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallView {
    /// Whom, or who called.
    pub with: String,
    /// What was said, oldest first.
    pub lines: Vec<CallLine>,
    /// Whether it goes on.
    pub goes_on: bool,
    /// Whether the person waits in a queue.
    pub queued: bool,
}

/// One thing that was said on the phone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallLine {
    /// `you`, or who speaks.
    pub who: String,
    /// What.
    pub text: String,
}

/// What came of a drill.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DebriefView {
    /// Its number in the history, for what is chosen and written about it.
    pub drill: String,
    /// The scenario's id.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// When it began.
    pub at: Timestamp,
    /// Who played.
    pub player: Player,
    /// What went wrong on purpose, in a sentence.
    pub inject: Option<String>,
    /// `good`, `fair`, `poor`, `failed`, or `unfinished`.
    pub verdict: String,
    /// Why, a sentence each.
    pub why: Vec<String>,
    /// The biggest text.
    pub headline: String,
    /// The sentence under it.
    pub lead: String,
    /// The score, as label, value and note.
    pub figures: Vec<Figure>,
    /// Each false "done".
    pub false_done: Vec<String>,
    /// The timeline as a picture: SVG of this program's own making.
    pub timeline_svg: String,
    /// The same as a table: when, who, what.
    pub timeline: Vec<TimelineRow>,
    /// What could be done better; the first is suggested.
    pub fixes: Vec<FixView>,
    /// Which was chosen.
    pub chosen_fix: Option<String>,
    /// The three questions, with the answers given.
    pub questions: Vec<QuestionView>,
    /// What stays.
    pub lesson: String,
    /// What a good answer looks like.
    pub good: String,
    /// Where the shape of the story is told.
    pub sources: Vec<String>,
    /// The run's folder name, if the person pressed.
    pub run: Option<String>,
    /// When to rehearse again, and why then.
    pub next: Timestamp,
    /// Why then.
    pub next_why: String,
}

/// A figure of a score.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// The value, in words or as a time.
    pub value: String,
    /// What it is held against; may be empty.
    pub note: String,
}

/// A row of a timeline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TimelineRow {
    /// Milliseconds since the timeline begins.
    pub at_ms: u64,
    /// The same as it is read: `1:01`.
    pub at: String,
    /// Who: `You`, `Firebreak`, `The drill`, or somebody of the story.
    pub who: String,
    /// What.
    pub what: String,
    /// Whether it was called done and was not.
    pub bad: bool,
}

/// Something that could be done better.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FixView {
    /// Names it.
    pub id: String,
    /// What.
    pub text: String,
    /// The runbook and its step, where it is one.
    pub step: Option<(String, String)>,
}

/// One of the three questions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct QuestionView {
    /// Names it.
    pub id: String,
    /// The question.
    pub ask: String,
    /// What the person wrote.
    pub answer: String,
}

/// Drills so far.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HistoryView {
    /// Latest first.
    pub drills: Vec<PlayedView>,
    /// A line for each scenario that the person has played.
    pub series: Vec<SeriesView>,
    /// What of the file could not be read. It is left as it is.
    pub trouble: Vec<String>,
}

/// A drill that was played.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlayedView {
    /// Its number in the history.
    pub drill: String,
    /// The scenario's id.
    pub scenario: String,
    /// When it began.
    pub at: Timestamp,
    /// Who played.
    pub player: Player,
    /// How it ended.
    pub ended: Ended,
    /// `good`, `fair`, `poor` or `failed`; none where it has no score.
    pub verdict: Option<String>,
    /// From alarm to contained, by the simulator's truth.
    pub contained_ms: Option<u64>,
    /// How many things were called done and were not.
    pub false_done: u32,
}

/// A scenario's drills, for a chart.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SeriesView {
    /// The scenario's id.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Milliseconds to contained, oldest first; none where it was not contained.
    pub contained_ms: Vec<Option<u64>>,
    /// The median of the last five.
    pub median_ms: Option<u64>,
    /// The best.
    pub best_ms: Option<u64>,
}

/// When to rehearse.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScheduleView {
    /// When next.
    pub next: Timestamp,
    /// Why then.
    pub why: String,
    /// Whether that is past.
    pub overdue: bool,
    /// When the person last played one to its end.
    pub last: Option<Timestamp>,
    /// That time: from the alarm until it was contained, in milliseconds.
    pub last_contained_ms: Option<u64>,
    /// Which scenario is advised.
    pub scenario: String,
    /// Until when it was put off, and why.
    pub snoozed: Option<(Timestamp, String)>,
    /// For each way in: when it was last rehearsed.
    pub ways_in: Vec<WayInView>,
    /// What is strange about the times, as a clock that was set back.
    pub trouble: Vec<String>,
}

/// How stale rehearsal of one way in is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WayInView {
    /// Its word.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was last rehearsed by the person.
    pub last: Option<Timestamp>,
    /// Whether that is too long ago.
    pub stale: bool,
}
