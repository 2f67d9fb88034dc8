//! A drill as the window shows it: what reached the person so far, and nothing of what is to come.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A drill under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own"
)]
pub(crate) struct Drill {
    /// The scenario's id.
    pub(crate) scenario: String,
    /// Its title.
    pub(crate) title: String,
    /// The briefing.
    pub(crate) story: String,
    /// What the person chose to do better, at the end of the last one.
    pub(crate) fix: Option<String>,
    /// How far it is.
    pub(crate) phase: DrillPhase,
    /// Whether times are shown and judged.
    pub(crate) clock: bool,
    /// Whether the story stands still.
    pub(crate) paused: bool,
    /// Milliseconds since the alarm.
    pub(crate) since_alarm_ms: Option<u32>,
    /// Whether the accounts' doors are being opened still.
    pub(crate) warming_up: bool,
    /// What reached the person so far, oldest first.
    pub(crate) alarms: Vec<Alarm>,
    /// What may be asked, with the answers that were asked for.
    pub(crate) facts: Vec<Fact>,
    /// The simulated pages that can be opened.
    pub(crate) pages: Vec<PageName>,
    /// Whom the person can call.
    pub(crate) contacts: Vec<DrillContact>,
    /// The call under way, or the last one.
    pub(crate) call: Option<Call>,
    /// Whether the keychain is locked, and the person can unlock it.
    pub(crate) keychain_locked: bool,
    /// Whether the guard is to behave as if the page were dead, until the press.
    pub(crate) window_dead: bool,
    /// The run's folder name, once the person pressed.
    pub(crate) run: Option<String>,
}

/// How far a drill is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DrillPhase {
    /// The briefing is being read; nothing goes on yet.
    Briefing,
    /// It may begin at any moment.
    Waiting,
    /// Something has reached the person.
    Alarm,
    /// The person pressed.
    Pressed,
    /// It is over.
    Over,
}

/// Something that reached the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alarm {
    /// Counted from 1, in order.
    pub(crate) nth: u32,
    /// `mail`, `push`, `sms`, `call`, `app` or `bot`.
    pub(crate) form: String,
    /// From whom, as shown.
    pub(crate) from: String,
    /// What it says.
    pub(crate) text: String,
    /// Milliseconds after the first alarm.
    pub(crate) after_ms: u32,
    /// Whether it is a call that can be picked up.
    pub(crate) rings: bool,
}

/// Something that may be asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fact {
    /// Its id.
    pub(crate) id: String,
    /// The question.
    pub(crate) ask: String,
    /// The answer, once it was asked for.
    pub(crate) answer: Option<String>,
}

/// A simulated page that can be opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageName {
    /// The account's name.
    pub(crate) account: String,
    /// The page's id.
    pub(crate) page: String,
    /// Its heading.
    pub(crate) title: String,
}

/// Whom the person can call in the story.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DrillContact {
    /// Its id.
    pub(crate) id: String,
    /// Who answers.
    pub(crate) name: String,
}

/// A phone call, played as text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call {
    /// Whom, or who called.
    pub(crate) with: String,
    /// What was said, oldest first.
    pub(crate) lines: Vec<CallLine>,
    /// Whether it goes on.
    pub(crate) goes_on: bool,
    /// Whether the person waits in a queue.
    pub(crate) queued: bool,
}

/// One thing that was said on the phone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallLine {
    /// `you`, or who speaks.
    pub(crate) who: String,
    /// What.
    pub(crate) text: String,
}

/// When to rehearse.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schedule {
    /// When next.
    pub(crate) next: String,
    /// Why then.
    pub(crate) why: String,
    /// Whether that is past.
    pub(crate) overdue: bool,
    /// Which scenario is advised, by its id.
    pub(crate) scenario: String,
    /// Until when it was put off, and why.
    pub(crate) snoozed: Option<Snoozed>,
    /// For each way in: when it was last rehearsed.
    pub(crate) ways_in: Vec<WayIn>,
    /// What is strange about the times, as a clock that was set back.
    pub(crate) trouble: Vec<String>,
}

/// A rehearsal that was put off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snoozed {
    /// Until when.
    pub(crate) until: String,
    /// Why.
    pub(crate) reason: String,
}

/// How stale rehearsal of one way in is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WayIn {
    /// Its word.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) title: String,
    /// When it was last rehearsed by the person.
    pub(crate) last: Option<String>,
    /// Whether that is too long ago.
    pub(crate) stale: bool,
}
