//! The parts of the report that are about what was added to the case by the person.

use std::collections::BTreeMap;

use super::{Block, Holds, Section, Subject, count, heading, section, table, text};
use crate::case::{Entry, Place, StoredFile};

/// With whom the person spoke.
pub(super) fn contacts(subject: &Subject<'_>) -> Section {
    let title = "Contacts";
    let mut rows: Vec<_> = contact_rows(subject);
    if rows.is_empty() {
        return section(title, vec![text("None was written down.")]);
    }
    rows.sort_by_key(|(when, _)| *when);
    let rows = rows.into_iter().map(|(_, cells)| cells).collect();
    let table = table(
        &[
            ("When", Holds::Times, 27),
            ("Who, how", Holds::Words, 24),
            ("Number or address", Holds::Marks, 20),
            ("Reference", Holds::Marks, 16),
            ("What was said", Holds::Said, 38),
        ],
        rows,
    );
    section(title, vec![Block::Table(table)])
}

fn contact_rows(subject: &Subject<'_>) -> Vec<(jiff::Timestamp, Vec<String>)> {
    let row = |(_, entry): (_, &Entry)| {
        let Entry::Contact {
            who,
            when,
            by,
            number,
            reference,
            said,
        } = entry
        else {
            return None;
        };
        let cells = vec![
            subject.lines(*when),
            format!("{who}, by {by}"),
            number.clone(),
            reference.clone(),
            said.clone(),
        ];
        Some((*when, cells))
    };
    subject.entries().filter_map(row).collect()
}

/// What the person wrote down and added.
pub(super) fn notes(subject: &Subject<'_>) -> Option<Section> {
    let mut notes = Vec::new();
    let mut attached = Vec::new();
    for (at, entry) in subject.entries() {
        if let Entry::Noted { text, step } = entry {
            notes.push(vec![subject.lines(at), step.clone(), text.clone()]);
        } else if let Entry::Attached {
            file,
            about,
            dated,
            step,
        } = entry
        {
            attached.push(attachment(file, about, dated, step));
        }
    }
    let mut blocks = Vec::new();
    if !notes.is_empty() {
        blocks.push(heading("Notes"));
        blocks.push(Block::Table(table(
            &[
                ("Written", Holds::Times, 27),
                ("Step", Holds::Words, 18),
                ("Note", Holds::Said, 60),
            ],
            notes,
        )));
    }
    if !attached.is_empty() {
        blocks.push(heading("Files that the account holder added"));
        blocks.push(Block::Table(table(
            &[
                ("File", Holds::Marks, 24),
                ("What it shows", Holds::Said, 30),
                ("When, as told", Holds::Words, 14),
                ("Step", Holds::Words, 12),
                ("Bytes", Holds::Sums, 11),
                ("SHA-256 of the original", Holds::Marks, 28),
            ],
            attached,
        )));
    }
    (!blocks.is_empty()).then(|| section("Notes and attachments", blocks))
}

fn attachment(file: &StoredFile, about: &str, dated: &str, step: &str) -> Vec<String> {
    vec![
        format!("{}\nfrom {}", in_bundle(file), file.source),
        about.to_owned(),
        dated.to_owned(),
        step.to_owned(),
        file.bytes.to_string(),
        file.digest.clone(),
    ]
}

/// A file's place in the bundle.
pub(super) fn in_bundle(file: &StoredFile) -> String {
    Place::path_in_bundle(&file.path).unwrap_or_else(|| file.path.clone())
}

/// What was withheld.
pub(super) fn withheld(subject: &Subject<'_>) -> Section {
    let title = "What was withheld";
    if subject.withheld.is_empty() {
        let told = "Nothing: every file stands as it was stored. Secrets that a venue's answer may \
                    carry (cookies, tokens, signatures) are cut out before an answer is stored.";
        return section(title, vec![text(told)]);
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for place in subject.withheld {
        *reasons.entry(&place.reason).or_default() += 1;
    }
    let places = count(subject.withheld.len(), "place", "places");
    let items = reasons
        .into_iter()
        .map(|(reason, number)| format!("{reason}: {}", count(number, "place", "places")));
    let rows = subject
        .withheld
        .iter()
        .map(|one| vec![one.file.clone(), one.place.clone(), one.reason.clone()]);
    let mut all = table(
        &[
            ("File", Holds::Marks, 46),
            ("Place", Holds::Marks, 26),
            ("Reason", Holds::Words, 34),
        ],
        rows.collect(),
    );
    "The rest stands in 90-redactions.json.".clone_into(&mut all.rest);
    section(
        title,
        vec![
            text(format!(
                "In the copies that this bundle holds, {places} are barred out. The originals were \
                 not changed. 90-redactions.json names each place and the SHA-256 of its original."
            )),
            Block::List {
                items: items.collect(),
            },
            Block::Table(all),
        ],
    )
}
