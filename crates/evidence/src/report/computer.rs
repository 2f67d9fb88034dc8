//! The part of the report that is about this computer.

use collect::{Outcome, Sighting};

use super::{Block, Holds, Section, Subject, Variant, alarm, heading, section, table, text};
use crate::case::{Entry, StoredFile};

/// What was found on this computer: what a person should read first, and what could not be read.
pub(super) fn section_of(subject: &Subject<'_>) -> Section {
    let title = "This computer";
    let mut notable = Vec::new();
    let mut other = Vec::new();
    let mut looked = Vec::new();
    for (_, entry) in subject.entries() {
        let Entry::Collected {
            title,
            ended,
            outcome,
            files,
            sightings,
            ..
        } = entry
        else {
            continue;
        };
        for one in sightings {
            let rows = if one.notable {
                &mut notable
            } else {
                &mut other
            };
            rows.push(sighting(subject, one));
        }
        let (state, why) = outcome_words(outcome);
        looked.push(vec![
            title.clone(),
            state.to_owned(),
            why.to_owned(),
            paths(files),
            subject.lines(*ended),
        ]);
    }
    if looked.is_empty() {
        return section(title, vec![text("It was not looked at.")]);
    }
    let mut blocks = vec![alarm(
        "The machine itself may be lying. Whoever controls a computer can hide programs, files and \
         times from everything that runs on it. That nothing is found here proves nothing.",
    )];
    blocks.push(heading("What stands out"));
    if notable.is_empty() {
        blocks.push(text("Nothing that was looked for stands out."));
    } else {
        blocks.push(sightings(notable));
    }
    if !other.is_empty() && subject.variant != Variant::Broker {
        blocks.push(heading("What else was seen"));
        blocks.push(sightings(other));
    }
    blocks.push(heading("What was looked for"));
    blocks.push(text(
        "What may not be read by this user stands here as \u{201c}not collected: access denied\u{201d}: \
         that is a finding.",
    ));
    blocks.push(Block::Table(table(
        &[
            ("Looked for", Holds::Words, 24),
            ("Outcome", Holds::Words, 18),
            ("Why", Holds::Words, 24),
            ("Files", Holds::Marks, 26),
            ("When", Holds::Times, 25),
        ],
        looked,
    )));
    section(title, blocks)
}

/// How many things stand out.
pub(super) fn notable<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Sighting> + use<'a> {
    subject
        .entries()
        .flat_map(|(_, entry)| match entry {
            Entry::Collected { sightings, .. } => sightings.as_slice(),
            Entry::Opened { .. }
            | Entry::Mended { .. }
            | Entry::Attached { .. }
            | Entry::Noted { .. }
            | Entry::Contact { .. }
            | Entry::Marked { .. }
            | Entry::Stated { .. }
            | Entry::Exported { .. } => &[],
        })
        .filter(|one| one.notable)
}

fn sightings(rows: Vec<Vec<String>>) -> Block {
    Block::Table(table(
        &[
            ("When", Holds::Times, 25),
            ("What was seen", Holds::Words, 34),
            ("Why it matters", Holds::Words, 30),
            ("Where", Holds::Marks, 28),
        ],
        rows,
    ))
}

fn sighting(subject: &Subject<'_>, one: &Sighting) -> Vec<String> {
    vec![
        one.at
            .map_or_else(|| "not known".to_owned(), |at| subject.lines(at)),
        one.what.clone(),
        one.why.clone(),
        one.place.clone(),
    ]
}

fn outcome_words(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Collected => ("collected", ""),
        Outcome::Partly { why } => ("collected in part", why),
        Outcome::NotHere { why } => ("not on this computer", why),
        Outcome::Denied { why } => ("not collected: access denied", why),
        Outcome::TimedOut { why } => ("not collected: no answer in time", why),
        Outcome::Failed { why } => ("not collected: it failed", why),
    }
}

fn paths(files: &[StoredFile]) -> String {
    let paths: Vec<String> = files.iter().map(super::case::in_bundle).collect();
    paths.join("\n")
}
