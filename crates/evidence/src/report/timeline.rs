//! The part of the report that tells everything in order.

use incident::{Event, Failure, journal::Line};

use super::{
    Block, Holds, Section, Subject, Table, after_press,
    sections::{titled, who},
    table, text,
};
use crate::story::Story;

/// The run, line by line.
pub(super) fn run(subject: &Subject<'_>, story: &Story) -> Section {
    let mut rows = Vec::new();
    let mut day = String::new();
    let mut last_reading: Option<(String, String)> = None;
    let mut repeats = 0_u64;
    for line in &story.lines {
        let Some(told) = told(story, line) else {
            continue;
        };
        if let Event::ReadingTaken { task, door, .. } | Event::ReadingFailed { task, door, .. } =
            &line.event
        {
            let this = (format!("{task} {door}"), told.clone());
            if last_reading.as_ref() == Some(&this) {
                repeats += 1;
                continue;
            }
            last_reading = Some(this);
        } else if !matches!(line.event, Event::Captured { .. }) {
            last_reading = None;
        }
        repeated(&mut rows, &mut repeats);
        let local = line.at.to_zoned_datetime(subject.zone.clone());
        let date = local.strftime("%A %Y-%m-%d, UTC%:z").to_string();
        if date != day {
            rows.push(vec![date.clone()]);
            day = date;
        }
        rows.push(vec![
            local.strftime("%H:%M:%S%.3f").to_string(),
            line.at.strftime("%H:%M:%S%.3fZ").to_string(),
            after_press(line.mono_ms),
            told,
        ]);
    }
    repeated(&mut rows, &mut repeats);
    let table = Table {
        rest: "The rest stands in 10-timeline.csv and in the journal.".to_owned(),
        ..table(
            &[
                ("Local", Holds::Times, 15),
                ("UTC", Holds::Times, 16),
                ("After the press", Holds::Times, 17),
                ("What happened", Holds::Words, 60),
            ],
            rows,
        )
    };
    super::section(
        "The run, line by line",
        vec![
            text(
                "Local time and UTC by the recording computer's clock, and the time after the \
                 press. A row is left out where the same reading came again; the journal has every \
                 line.",
            ),
            Block::Table(table),
        ],
    )
}

fn repeated(rows: &mut Vec<Vec<String>>, repeats: &mut u64) {
    if *repeats > 0 {
        let told = format!("read again with the same answer, times: {repeats}");
        rows.push(vec![String::new(), String::new(), String::new(), told]);
        *repeats = 0;
    }
}

/// One line in words; none for what only the machine needs.
#[expect(
    clippy::too_many_lines,
    reason = "one arm an event: the table is easier whole"
)]
pub(super) fn told(story: &Story, line: &Line) -> Option<String> {
    let of = |task| titled(story, task);
    Some(match &line.event {
        // the story of a drill is told in its debrief
        Event::ReadingStarted { .. } | Event::Story { .. } => return None,
        Event::RunStarted {
            plan,
            pressed_from,
            program,
            ..
        } => format!(
            "Pressed from {pressed_from}: {} ({program}), {} tasks",
            plan.runbook.title,
            plan.tasks.len()
        ),
        Event::RunExtended { plan, pressed_from } => {
            format!(
                "Pressed again from {pressed_from}: {} tasks were added",
                plan.tasks.len()
            )
        }
        Event::Attached { pressed_from } => {
            format!("Pressed again from {pressed_from}: the run was under way")
        }
        Event::Resumed { .. } => {
            "The program came back after it had ended in the middle".to_owned()
        }
        Event::Released { task } => format!("{}: begun", of(task)),
        Event::AttemptStarted {
            task,
            door,
            attempt,
        } => {
            format!("{}: asked through {door}, attempt {attempt}", of(task))
        }
        Event::AttemptAccepted {
            task,
            door,
            receipt,
            ..
        } => {
            format!("{}: accepted through {door}: {}", of(task), receipt.words)
        }
        Event::AttemptFailed {
            task,
            door,
            failure,
            ..
        } => {
            format!(
                "{}: not taken through {door}: {}",
                of(task),
                failed(failure)
            )
        }
        Event::ReadingTaken {
            task, door, result, ..
        } => {
            format!("{}: read through {door}: {}", of(task), result.words)
        }
        Event::ReadingFailed {
            task,
            door,
            failure,
            ..
        } => {
            format!(
                "{}: could not be read through {door}: {}",
                of(task),
                failed(failure)
            )
        }
        Event::Verified { task, proof } => format!("{}: VERIFIED: {}", of(task), proof.words),
        Event::Partial { task, left, .. } => format!("{}: PARTIAL: {}", of(task), left.join("; ")),
        Event::Refused { task, why, .. } => format!("{}: REFUSED: {why}", of(task)),
        Event::NeedsYou { task, why } => format!("{}: NEEDS YOU: {why}", of(task)),
        Event::Unknown { task, why, .. } => format!("{}: UNKNOWN: {why}", of(task)),
        Event::Reopened { task, found } => {
            let found: Vec<String> = found.iter().map(door::Found::label).collect();
            format!("{}: OPEN AGAIN: {}", of(task), found.join("; "))
        }
        Event::CodeGiven { task, door, by } => format!(
            "{}: {} gave the one-time code that {door} asked for",
            of(task),
            who(by)
        ),
        Event::Answered {
            task,
            value,
            wanted,
            by,
        } => {
            let verdict = if *wanted {
                "means done"
            } else {
                "means not yet done"
            };
            format!(
                "{}: {} read \u{201c}{value}\u{201d}, which {verdict}",
                of(task),
                who(by)
            )
        }
        Event::Skipped { task, by, .. } => format!("{}: passed over by {}", of(task), who(by)),
        Event::OrderAppeared {
            account,
            door,
            order,
        } => format!(
            "{account}: an order appeared, seen through {door}: {}",
            super::orders::line(order)
        ),
        Event::FillSeen { account, fill, .. } => format!(
            "{account}: a fill was seen: {} {} {} at {}",
            fill.side, fill.quantity, fill.instrument, fill.price
        ),
        Event::OrdersListed {
            account,
            door,
            orders,
        } => format!("{account}: open orders through {door}: {}", orders.len()),
        Event::PositionsRead {
            account,
            door,
            positions,
        } => {
            let through = door.as_ref().map(|door| format!(" through {door}"));
            let through = through.unwrap_or_default();
            format!("{account}: positions read{through}: {}", positions.len())
        }
        Event::HoldEnded { task } => format!("{}: orders are no longer held down", of(task)),
        Event::Captured { file, bytes, .. } => format!("Stored {file}, {bytes} bytes"),
        Event::CaptureLost { file, why, .. } => format!("Could not store {file}: {why}"),
        Event::Noted { text, .. } => format!("Note: {text}"),
        Event::RecordingFailed { why } => format!("THE JOURNAL COULD NOT BE WRITTEN: {why}"),
        Event::RecordingResumed { from_seq, to_seq } => {
            format!("The journal is written again; lines {from_seq} to {to_seq} are late")
        }
        Event::HoldReleased {
            account,
            door,
            what,
            words,
        } => {
            format!("{account}: {what} given back through {door}: {words}")
        }
        Event::Reset { by, .. } => format!("The run was closed by {}", who(by)),
        Event::RunSummary(summary) => format!(
            "How it stood: {}, {} of {} tasks verified, {} open",
            if summary.contained {
                "contained"
            } else {
                "not contained"
            },
            summary.verified,
            summary.tasks,
            summary.open.len()
        ),
    })
}

fn failed(failure: &Failure) -> String {
    if failure.words.is_empty() {
        failure.meaning.clone()
    } else {
        format!("{} (\u{201c}{}\u{201d})", failure.meaning, failure.words)
    }
}
