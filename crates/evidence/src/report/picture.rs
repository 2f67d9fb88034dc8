//! Where everything stands in the picture of time. Both looks of the report draw it from this.
//!
//! Times are in order and not to scale: between things that are far apart stands how far.

use door::ActKind;
use incident::Event;
use jiff::{SignedDuration, Timestamp};

use super::{
    Block, Mark, Picture, Section, Shape, Subject, section,
    sections::{proof_words, titled},
    text,
};
use crate::case::Verdict;

const WIDTH: u32 = 720;
/// The line of time.
const AXIS: u32 = 360;
/// How high one picture may be: it has to stand on one page.
const TALLEST: u32 = 860;
/// The height of a line of words, and the space around a mark.
const LINE: u32 = 15;
const SPACE: u32 = 13;
/// How many characters stand beside the line of time on one line.
const CHARACTERS: usize = 38;
/// How many lines a mark has at most.
const LINES: usize = 3;
/// How many marks there are at most.
const MARKS: usize = 80;
/// From how many on acts of one kind that follow one another are one mark.
const MANY: usize = 24;
/// The silence that is shown as a gap.
const SILENCE: SignedDuration = SignedDuration::from_mins(2);

/// The picture, in as many parts as pages need.
pub(super) fn section_of(subject: &Subject<'_>) -> Section {
    let title = "What happened, by time";
    let mut things = things(subject);
    if things.is_empty() {
        return section(
            title,
            vec![text(
                "Nothing that is marked as not mine has a time, and no press was made.",
            )],
        );
    }
    if things.iter().filter(|thing| thing.kind.is_some()).count() > MANY {
        things = merged(things);
    }
    let left_out = things.len().saturating_sub(MARKS);
    things.truncate(MARKS);
    let mut blocks = vec![text(
        "On the left what the account holder did not do; on the right the press and what was \
         proved. Acts by the venue\u{2019}s clock, all else by this computer\u{2019}s. Not to scale. \
         Diamond: not mine; hollow diamond: not sure; square: the press; disc: proved; ring: open \
         again.",
    )];
    blocks.extend(pictures(subject, &things).into_iter().map(Block::Picture));
    if left_out > 0 {
        blocks.push(text(format!(
            "{left_out} more are not in the picture; 10-timeline.csv has them."
        )));
    }
    let timeless = subject
        .disputed()
        .filter(|row| row.act.at.is_none())
        .count();
    if timeless > 0 {
        blocks.push(text(format!(
            "Disputed acts whose time no source tells, and that are not in the picture: {timeless}."
        )));
    }
    section(title, blocks)
}

struct Thing {
    at: Timestamp,
    until: Timestamp,
    shape: Shape,
    words: String,
    /// For an act, its kind; how many it stands for is in `number`.
    kind: Option<ActKind>,
    number: usize,
    names: Vec<String>,
}

fn things(subject: &Subject<'_>) -> Vec<Thing> {
    let mut things: Vec<Thing> = subject
        .disputed()
        .filter_map(|row| {
            let at = row.act.at?;
            Some(Thing {
                at,
                until: at,
                shape: match row.verdict {
                    Some(Verdict::NotMine) => Shape::NotMine,
                    Some(Verdict::NotSure | Verdict::Mine) | None => Shape::NotSure,
                },
                words: row.act.words.clone(),
                kind: Some(row.act.kind),
                number: 1,
                names: row.act.instrument.iter().cloned().collect(),
            })
        })
        .collect();
    for line in subject.story.into_iter().flat_map(|story| &story.lines) {
        if let Some((shape, words)) = of_run(subject, &line.event) {
            things.push(Thing {
                at: line.at,
                until: line.at,
                shape,
                words,
                kind: None,
                number: 1,
                names: Vec::new(),
            });
        }
    }
    things.sort_by_key(|thing| thing.at);
    things
}

fn of_run(subject: &Subject<'_>, event: &Event) -> Option<(Shape, String)> {
    let story = subject.story?;
    if let Event::RunStarted { plan, .. } = event {
        return Some((Shape::Press, format!("PRESSED: {}", plan.runbook.title)));
    }
    if let Event::RunExtended { plan, .. } = event {
        return Some((
            Shape::Press,
            format!("PRESSED AGAIN: {}", plan.runbook.title),
        ));
    }
    if let Event::Verified { task, proof } = event {
        return Some((
            Shape::Proof,
            format!("{}: {}", titled(story, task), proof_words(subject, proof)),
        ));
    }
    if let Event::Reopened { task, .. } = event {
        return Some((
            Shape::Reopened,
            format!("OPEN AGAIN: {}", titled(story, task)),
        ));
    }
    None
}

/// The same with acts of one kind that follow one another as one.
fn merged(things: Vec<Thing>) -> Vec<Thing> {
    let mut merged: Vec<Thing> = Vec::new();
    for thing in things {
        if let Some(last) = merged.last_mut()
            && last.kind.is_some()
            && last.kind == thing.kind
            && last.shape == thing.shape
        {
            last.until = thing.at;
            last.number += 1;
            for name in thing.names {
                if !last.names.contains(&name) {
                    last.names.push(name);
                }
            }
            continue;
        }
        merged.push(thing);
    }
    for thing in &mut merged {
        if let Some(kind) = thing.kind.filter(|_| thing.number > 1) {
            let names = thing.names.iter().take(4).cloned().collect::<Vec<_>>();
            thing.words = format!("{} {} {}", thing.number, plural(kind), names.join(", "));
        }
    }
    merged
}

fn plural(kind: ActKind) -> &'static str {
    match kind {
        ActKind::Order => "orders",
        ActKind::Fill => "trades",
        ActKind::Transfer => "transfers",
        ActKind::Session => "sessions",
        ActKind::Key => "acts with keys",
        ActKind::Address => "addresses",
    }
}

fn pictures(subject: &Subject<'_>, things: &[Thing]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    let mut picture = empty();
    let mut day = String::new();
    let mut last: Option<Timestamp> = None;
    for thing in things {
        let local = thing.at.to_zoned_datetime(subject.zone.clone());
        let mut before = Vec::new();
        let date = local.strftime("%A %Y-%m-%d, UTC%:z").to_string();
        let silence = last.map(|last| thing.at.duration_since(last));
        if date != day {
            before.push(bare(Shape::Day, date.clone()));
        } else if let Some(silence) = silence.filter(|silence| *silence > SILENCE) {
            before.push(bare(Shape::Gap, format!("{} later", lasting(silence))));
        }
        day = date;
        last = Some(thing.until);
        let mark = Mark {
            shape: thing.shape,
            y: 0,
            lines: lines(&thing.words),
            local: local.strftime("%H:%M:%S").to_string(),
            utc: thing.at.strftime("%m-%d %H:%M:%S UTC").to_string(),
        };
        let needs: u32 = before.iter().chain([&mark]).map(height).sum();
        if picture.height + needs > TALLEST && !picture.marks.is_empty() {
            pictures.push(std::mem::replace(&mut picture, empty()));
            if before.is_empty() {
                before.push(bare(Shape::Day, format!("{day}, continued")));
            }
        }
        for mark in before.into_iter().chain([mark]) {
            put(&mut picture, mark);
        }
    }
    pictures.push(picture);
    let number = pictures.len();
    for (place, picture) in pictures.iter_mut().enumerate() {
        let shown = picture.marks.iter().filter(|mark| !mark.local.is_empty());
        let told = shown.map(|mark| {
            format!(
                "{} {}: {}",
                mark.local,
                spoken(mark.shape),
                mark.lines.join(" ")
            )
        });
        let told = told.collect::<Vec<_>>().join("; ");
        picture.words = format!("Time line, part {} of {number}. {told}", place + 1);
    }
    pictures
}

fn empty() -> Picture {
    Picture {
        width: WIDTH,
        height: SPACE,
        axis: AXIS,
        words: String::new(),
        marks: Vec::new(),
    }
}

fn put(picture: &mut Picture, mut mark: Mark) {
    let height = height(&mark);
    mark.y = picture.height + height / 2;
    picture.height += height;
    picture.marks.push(mark);
}

fn bare(shape: Shape, words: String) -> Mark {
    Mark {
        shape,
        y: 0,
        lines: vec![words],
        local: String::new(),
        utc: String::new(),
    }
}

fn height(mark: &Mark) -> u32 {
    // the two times take two lines
    let lines = match mark.shape {
        Shape::Day | Shape::Gap => 1,
        Shape::NotMine | Shape::NotSure | Shape::Press | Shape::Proof | Shape::Reopened => {
            u32::try_from(mark.lines.len()).unwrap_or(1).max(2)
        }
    };
    lines * LINE + SPACE
}

fn spoken(shape: Shape) -> &'static str {
    match shape {
        Shape::NotMine => "not mine",
        Shape::NotSure => "not sure",
        Shape::Press | Shape::Day | Shape::Gap => "press",
        Shape::Proof => "proved",
        Shape::Reopened => "open again",
    }
}

/// Words broken into lines, and cut where there are too many.
fn lines(words: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in words.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let line = lines.last_mut().expect("there is always a line");
            let used = line.chars().count();
            let joint = usize::from(used > 0);
            if used + joint + word.len() <= CHARACTERS {
                if joint == 1 {
                    line.push(' ');
                }
                line.extend(word.drain(..));
            } else if used == 0 {
                line.extend(word.drain(..CHARACTERS));
                lines.push(String::new());
            } else {
                lines.push(String::new());
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(line) = lines.last_mut() {
            let kept: String = line.chars().take(CHARACTERS - 1).collect();
            *line = format!("{kept}\u{2026}");
        }
    }
    lines
}

/// A length of time in its two largest units.
fn lasting(time: SignedDuration) -> String {
    let minutes = time.as_mins();
    let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes} min"),
        (_, _) => format!("{days} d {hours} h"),
    }
}
