//! All that is known of one task, for the person who opens its tile: proof, doors, journal lines.
//!
//! Bounded in every direction, and what a venue said is cleaned text. Nothing here is a proof that
//! the journal does not hold.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use door::{DoorKind, clean, clean_to};
use incident::{DoorRun, Event, Run, TaskRun, Word, journal::Line};
use jiff::Timestamp;
use runbook::{AccountName, TaskId};
use serde::{Deserialize, Serialize};

/// How many of a task's lines are shown, the latest.
const MOST_LINES: usize = 50;
/// How many answers of one door are shown among them.
const MOST_ANSWERS: usize = 10;
/// How much of an event's text is shown, in characters.
const MOST_TEXT: usize = 2_000;
/// How many things still found are shown of a door.
const MOST_FOUND: usize = 20;

/// What a task's tile opens to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskDetail {
    /// The task.
    pub task: TaskId,
    /// What it is, in words.
    pub title: String,
    /// Its state.
    pub word: Word,
    /// Why.
    pub why: String,
    /// What the proof rests on, a sentence each; empty before there is one.
    pub proof: Vec<String>,
    /// What is left.
    pub left: Vec<String>,
    /// Each door that can be asked.
    pub doors: Vec<DoorDetail>,
    /// Its lines of the journal and the answers of its doors, the latest last.
    pub lines: Vec<DetailLine>,
    /// How many earlier lines of its own are left out.
    pub lines_left_out: u64,
}

/// What one door answered about one task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoorDetail {
    /// Which.
    pub door: DoorKind,
    /// Attempts so far.
    pub attempts: u32,
    /// Readings so far.
    pub readings: u32,
    /// What was last still found, a line each.
    pub found: Vec<String>,
    /// Why it failed last, if it did.
    pub failure: Option<String>,
}

/// A journal line, told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DetailLine {
    /// Its number.
    pub seq: u64,
    /// When, on this computer's clock.
    pub at: Timestamp,
    /// Milliseconds since the press.
    pub mono_ms: u64,
    /// The event's type (`verified`).
    pub event: String,
    /// The event as it stands in the journal, shortened.
    pub text: String,
    /// SHA-256 of the stored answers that it names.
    pub digests: Vec<String>,
}

/// The latest lines of each task, as they come.
#[derive(Debug, Default)]
pub(crate) struct Told {
    of_task: BTreeMap<TaskId, Latest>,
    of_door: BTreeMap<(AccountName, DoorKind), VecDeque<Arc<Line>>>,
}

#[derive(Debug, Default)]
struct Latest {
    lines: VecDeque<Arc<Line>>,
    left_out: u64,
}

impl Told {
    /// Takes the next line in.
    pub(crate) fn take(&mut self, line: &Arc<Line>) {
        if let Event::Captured {
            account: Some(account),
            door: Some(door),
            ..
        } = &line.event
        {
            let key = (account.clone(), door.clone());
            let answers = self.of_door.entry(key).or_default();
            answers.push_back(Arc::clone(line));
            if answers.len() > MOST_ANSWERS {
                answers.pop_front();
            }
        } else if let Some(task) = task_of(&line.event) {
            let latest = self.of_task.entry(task.clone()).or_default();
            latest.lines.push_back(Arc::clone(line));
            if latest.lines.len() > MOST_LINES {
                latest.lines.pop_front();
                latest.left_out += 1;
            }
        }
    }

    /// What is known of `task` of `run`.
    pub(crate) fn detail(&self, run: &Run, task: &TaskId) -> Option<TaskDetail> {
        let known = run.task(task)?;
        let own = self.of_task.get(task);
        let mut lines = own
            .map(|own| Vec::from(own.lines.clone()))
            .unwrap_or_default();
        if let Some(account) = &known.task.account {
            for door in known.doors.keys() {
                let answers = self.of_door.get(&(account.clone(), door.clone()));
                lines.extend(answers.into_iter().flatten().cloned());
            }
        }
        lines.sort_by_key(|line| line.seq);
        Some(TaskDetail {
            task: task.clone(),
            title: known.task.title.clone(),
            word: known.word,
            why: clean_to(&known.why, MOST_TEXT),
            proof: proof(known),
            left: known.left.iter().map(|left| clean(left)).collect(),
            doors: known.doors.iter().map(door).collect(),
            lines: lines.iter().map(|line| told(line)).collect(),
            lines_left_out: own.map_or(0, |own| own.left_out),
        })
    }
}

fn proof(task: &TaskRun) -> Vec<String> {
    let Some(proof) = &task.proof else {
        return Vec::new();
    };
    let mut sentences = vec![format!("{}.", clean(&proof.words))];
    if !proof.doors.is_empty() {
        let doors = proof.doors.iter().map(|door| door.0.as_str());
        sentences.push(format!(
            "Seen through {}, {}.",
            doors.collect::<Vec<_>>().join(" and "),
            crate::notification::counted(
                usize::try_from(proof.readings).unwrap_or(usize::MAX),
                "reading",
                "readings"
            )
        ));
    }
    if proof.read_by_you {
        let value = task.answer.as_ref().map(|(value, _)| clean(value));
        sentences.push(match value {
            Some(value) => format!("You read {value}."),
            None => "You read a part of it.".to_owned(),
        });
    }
    sentences
}

fn door((kind, run): (&DoorKind, &DoorRun)) -> DoorDetail {
    let failure = run
        .attempt_failure
        .as_ref()
        .or(run.reading_failure.as_ref());
    let found = run.last_reading.iter().flat_map(|reading| &reading.found);
    DoorDetail {
        door: kind.clone(),
        attempts: run.attempts,
        readings: run.readings,
        found: found
            .take(MOST_FOUND)
            .map(|found| clean(&found.label()))
            .collect(),
        failure: failure.map(|failure| match clean(&failure.words) {
            words if words.is_empty() => clean(&failure.meaning),
            words => format!("{} ({words})", clean(&failure.meaning)),
        }),
    }
}

fn told(line: &Line) -> DetailLine {
    let text = serde_json::to_string(&line.event).unwrap_or_default();
    let digests = if let Event::Captured { digest, .. } = &line.event {
        vec![digest.clone()]
    } else {
        Vec::new()
    };
    DetailLine {
        seq: line.seq,
        at: line.at,
        mono_ms: line.mono_ms,
        event: line.event.name().to_owned(),
        text: clean_to(&text, MOST_TEXT),
        digests,
    }
}

/// The task that an event names.
fn task_of(event: &Event) -> Option<&TaskId> {
    match event {
        Event::Released { task }
        | Event::AttemptStarted { task, .. }
        | Event::AttemptAccepted { task, .. }
        | Event::AttemptFailed { task, .. }
        | Event::ReadingStarted { task, .. }
        | Event::ReadingTaken { task, .. }
        | Event::ReadingFailed { task, .. }
        | Event::Verified { task, .. }
        | Event::Partial { task, .. }
        | Event::Refused { task, .. }
        | Event::NeedsYou { task, .. }
        | Event::Unknown { task, .. }
        | Event::Reopened { task, .. }
        | Event::Answered { task, .. }
        | Event::CodeGiven { task, .. }
        | Event::Skipped { task, .. }
        | Event::HoldEnded { task } => Some(task),
        Event::Noted { task, .. } => task.as_ref(),
        Event::Story { .. }
        | Event::RunStarted { .. }
        | Event::RunExtended { .. }
        | Event::Attached { .. }
        | Event::Resumed { .. }
        | Event::OrderAppeared { .. }
        | Event::FillSeen { .. }
        | Event::OrdersListed { .. }
        | Event::PositionsRead { .. }
        | Event::Captured { .. }
        | Event::CaptureLost { .. }
        | Event::RecordingFailed { .. }
        | Event::RecordingResumed { .. }
        | Event::HoldReleased { .. }
        | Event::Reset { .. }
        | Event::RunSummary(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use incident::{Failure, Mode, Stamp};

    use super::*;
    use crate::testing::{account, plan_of, started};

    #[test]
    fn only_the_latest_lines_are_kept_and_the_rest_is_counted() {
        let (run, task) = run();
        let mut told = Told::default();
        for seq in 0..70 {
            told.take(&line(seq, failed(&task, "no")));
        }
        // answers of its door are shown beside its own lines, and of no other door
        for (seq, door) in [(70, "tws"), (71, "ibc")] {
            told.take(&line(seq, captured(door)));
        }
        let detail = told.detail(&run, &task).unwrap();
        assert_eq!(detail.lines.len(), MOST_LINES + 1);
        assert_eq!(detail.lines_left_out, 20);
        assert_eq!(detail.lines[0].seq, 20);
        let last = detail.lines.last().unwrap();
        assert_eq!((last.seq, last.event.as_str()), (70, "captured"));
        assert_eq!(last.digests, ["abc"]);
    }

    #[test]
    fn a_venues_text_is_cut_and_cleaned() {
        let (run, task) = run();
        let mut told = Told::default();
        let hostile = format!("\u{202e}\u{7f}{}", "x".repeat(5_000));
        told.take(&line(0, failed(&task, &hostile)));
        let detail = told.detail(&run, &task).unwrap();
        let text = &detail.lines[0].text;
        assert!(text.chars().count() <= MOST_TEXT, "{}", text.len());
        assert!(!text.contains(['\u{202e}', '\u{7f}']));
        assert!(text.starts_with("{\"type\":\"attempt_failed\""), "{text}");
    }

    #[test]
    fn a_task_that_the_run_has_not_opens_to_nothing() {
        let (run, _) = run();
        assert_eq!(Told::default().detail(&run, &TaskId::new("x")), None);
    }

    fn run() -> (Run, TaskId) {
        let plan = plan_of("lost-phone", &[account("main", &["tws", "ibc"])]);
        let stamp = Stamp {
            at: Timestamp::UNIX_EPOCH,
            mono_ms: 0,
        };
        let run = Run::start(stamp, &started("r", Mode::Live, plan)).unwrap();
        (run, TaskId::new("cancel@main"))
    }

    fn failed(task: &TaskId, words: &str) -> Event {
        Event::AttemptFailed {
            task: task.clone(),
            door: DoorKind::new("tws"),
            attempt: 1,
            failure: Failure {
                class: door::ErrorClass::Refused,
                words: words.to_owned(),
                meaning: "refused".to_owned(),
                next: String::new(),
                retry_at_ms: None,
            },
        }
    }

    fn captured(door: &str) -> Event {
        Event::Captured {
            account: Some(AccountName::new("main")),
            door: Some(DoorKind::new(door)),
            file: "00001-main.json".to_owned(),
            bytes: 1,
            digest: "abc".to_owned(),
        }
    }

    fn line(seq: u64, event: Event) -> Arc<Line> {
        Arc::new(Line {
            seq,
            at: Timestamp::UNIX_EPOCH,
            mono_ms: seq,
            prev: String::new(),
            event,
        })
    }
}
