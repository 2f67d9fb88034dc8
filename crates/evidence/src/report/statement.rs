//! The person's statement, or what it could say where none is written.

use super::{Block, Dossier, Section, Subject, count, heading, section, text};
use crate::case::{CaseLog, Entry};

const TITLE: &str = "Statement of the account holder";

impl Dossier {
    /// Sentences of a statement to be finished, a paragraph each; the statement itself where one is
    /// written.
    pub fn statement(&self) -> String {
        let sections = self
            .sections
            .iter()
            .filter(|section| section.title == TITLE);
        let mut paragraphs = Vec::new();
        for block in sections.flat_map(|section| &section.blocks) {
            if let Block::Said { text } = block {
                return text.clone();
            }
            if let Block::List { items } = block {
                paragraphs.extend(items.iter().map(String::as_str));
            }
        }
        paragraphs.join("\n\n")
    }
}

/// The statement, and the lines to sign on.
pub(super) fn section_of(subject: &Subject<'_>) -> Section {
    let mut blocks = match subject.case.and_then(CaseLog::statement) {
        Some(statement) => vec![Block::Said {
            text: statement.to_owned(),
        }],
        None => skeleton(subject),
    };
    blocks.push(heading("Signed"));
    blocks.push(Block::WriteOn {
        lines: ["Place", "Date", "Name in print", "Signature"]
            .map(str::to_owned)
            .to_vec(),
    });
    section(TITLE, blocks)
}

/// Sentences to be finished by hand, with what is known already.
fn skeleton(subject: &Subject<'_>) -> Vec<Block> {
    let accounts: Vec<String> = subject.story.map_or_else(Vec::new, |story| {
        let accounts = story.run.plan.accounts.iter();
        accounts.map(super::first::account).collect()
    });
    let accounts = if accounts.is_empty() {
        "________________".to_owned()
    } else {
        accounts.join("; ")
    };
    let mut items = vec![
        format!("I am the holder of: {accounts}."),
        "I noticed on ____________ at ________ by ________________________________ that \
         something was wrong."
            .to_owned(),
    ];
    if let Some(story) = subject.story {
        let pressed = subject.both(story.run.pressed_at);
        items.push(format!(
            "I started the containment that this record tells of at {pressed}."
        ));
    }
    items.push(match subject.disputed().count() {
        0 => "The orders, trades, transfers, sessions and keys that I did not make or allow are: \
              ________________________________."
            .to_owned(),
        number => format!(
            "I did not make or allow the {} that this record lists as not mine.",
            count(number, "act", "acts")
        ),
    });
    items.extend([
        "I did not share my password, one-time codes, keys or devices with anyone, except: \
         ________________________________."
            .to_owned(),
        "The devices that I use for these accounts are: ________________________________."
            .to_owned(),
        "Before this I was contacted, or opened, installed or clicked: \
         ________________________________."
            .to_owned(),
    ]);
    items.push(first_contact(subject));
    items.push(
        "Reports that I made elsewhere, with their numbers (police, IC3, FTC): \
         ________________________________."
            .to_owned(),
    );
    vec![
        text("No statement was written. These sentences may help; strike out what does not apply."),
        Block::List { items },
    ]
}

fn first_contact(subject: &Subject<'_>) -> String {
    let told = subject
        .entries()
        .filter_map(|(_, entry)| {
            let Entry::Contact {
                who,
                when,
                reference,
                ..
            } = entry
            else {
                return None;
            };
            Some((*when, who, reference))
        })
        .min();
    match told {
        Some((when, who, reference)) if reference.is_empty() => {
            format!("I told {who} at {}.", subject.both(when))
        }
        Some((when, who, reference)) => {
            format!(
                "I told {who} at {}; their reference is {reference}.",
                subject.both(when)
            )
        }
        None => "I told the broker or exchange on ____________ at ________; their reference is \
                 ________________."
            .to_owned(),
    }
}
