//! Which parts a report has, and in which order, by whom it is for.

use super::{
    Block, Holds, Section, Subject, Variant, acts, case, computer, first, heading, losses, orders,
    picture, section, sections, statement, table, text, timeline,
};
use crate::{
    acts::ActRow,
    case::{CaseLog, Entry},
};
use door::ActKind;

/// What follows the first page.
pub(super) fn sections(subject: &Subject<'_>) -> Vec<Section> {
    match subject.variant {
        Variant::Own => own(subject),
        Variant::Broker => broker(subject),
        Variant::Police => police(subject),
        Variant::Share => share(subject),
    }
}

fn own(subject: &Subject<'_>) -> Vec<Section> {
    let mut parts = vec![picture::section_of(subject)];
    parts.extend(disputed(subject));
    parts.extend(done(subject));
    parts.push(computer::section_of(subject));
    parts.push(case::contacts(subject));
    parts.extend(case::notes(subject));
    parts.extend(
        subject
            .story
            .and_then(|story| sections::person(subject, story)),
    );
    parts.push(losses::section_of(subject));
    parts.extend(end(subject));
    parts.push(statement::section_of(subject));
    parts.extend(subject.story.map(|story| timeline::run(subject, story)));
    parts
}

fn broker(subject: &Subject<'_>) -> Vec<Section> {
    let mut parts = vec![asks(subject), picture::section_of(subject)];
    parts.extend(disputed(subject));
    parts.extend(done(subject));
    parts.push(losses::section_of(subject));
    parts.push(computer::section_of(subject));
    parts.push(case::contacts(subject));
    parts.extend(case::notes(subject));
    parts.push(statement::section_of(subject));
    parts.extend(end(subject));
    parts.extend(subject.story.map(|story| timeline::run(subject, story)));
    parts
}

/// In the order of IC3's form: who was harmed, what was lost, by whom, and how.
fn police(subject: &Subject<'_>) -> Vec<Section> {
    let mut parts = vec![victim(subject), losses::section_of(subject)];
    parts.push(acts::transfers(subject));
    parts.push(acts::trades(subject));
    parts.push(acts::unexecuted(subject));
    parts.push(acts::sessions(subject));
    parts.push(acts::keys(subject));
    parts.push(computer::section_of(subject));
    parts.push(picture::section_of(subject));
    parts.push(statement::section_of(subject));
    parts.extend(done(subject));
    parts.push(case::contacts(subject));
    parts.extend(case::notes(subject));
    parts.extend(end(subject));
    parts.extend(subject.story.map(|story| timeline::run(subject, story)));
    let headings = [
        (0, "1. Victim"),
        (1, "2. Financial transactions: losses"),
        (2, "2. Financial transactions: transfers"),
        (3, "2. Financial transactions: orders and trades"),
        (4, "2. Financial transactions: orders that did not fill"),
        (5, "3. Subject: sessions, addresses and devices"),
        (6, "3. Subject: keys, tokens and applications"),
        (7, "3. Subject: traces on the victim\u{2019}s computer"),
        (8, "4. Narrative: what happened, by time"),
        (9, "4. Narrative: statement of the account holder"),
    ];
    for (place, title) in headings {
        title.clone_into(&mut parts[place].title);
    }
    parts
}

fn share(subject: &Subject<'_>) -> Vec<Section> {
    let mut parts = vec![picture::section_of(subject)];
    parts.extend(disputed(subject));
    parts.extend(done(subject));
    parts.push(losses::section_of(subject));
    parts.extend(end(subject));
    parts
}

fn disputed(subject: &Subject<'_>) -> Vec<Section> {
    vec![
        acts::trades(subject),
        acts::unexecuted(subject),
        acts::transfers(subject),
        acts::sessions(subject),
        acts::keys(subject),
    ]
}

/// What the press did.
fn done(subject: &Subject<'_>) -> Vec<Section> {
    let Some(story) = subject.story else {
        return vec![section(
            "What was done, and what proves it",
            vec![text(
                "No press was made. What was done by hand stands under the contacts and notes.",
            )],
        )];
    };
    let mut parts = vec![sections::proofs(subject, story), orders::cancelled(story)];
    parts.extend(orders::appeared(story));
    parts.push(orders::fills(story));
    parts.extend(sections::without_stop(story));
    parts
}

fn end(subject: &Subject<'_>) -> Vec<Section> {
    vec![
        case::withheld(subject),
        sections::gaps(subject),
        sections::checking(subject),
    ]
}

/// What the broker can do, and the numbers to do it by.
fn asks(subject: &Subject<'_>) -> Section {
    let mut items = vec![
        "Keep the account locked against trading, withdrawals and changes of its profile until the \
         account holder has been heard."
            .to_owned(),
        "Say in writing that this was received, with a reference number and the time.".to_owned(),
        "End every session, and revoke every key, token and application that is not confirmed by \
         the account holder; say which there were."
            .to_owned(),
    ];
    if acts::of_kind(subject, ActKind::Transfer).next().is_some() {
        items.push(
            "Stop or recall each transfer that is listed below, at once: what can be recalled \
             depends on hours."
                .to_owned(),
        );
    }
    let times = || subject.disputed().filter_map(|row| row.act.at);
    items.push(match (times().min(), times().max()) {
        (Some(first), Some(last)) => format!(
            "Preserve the records of logins, addresses, devices and orders from a day before {} to \
             a day after {}.",
            super::utc(first),
            super::utc(last)
        ),
        (_, _) => {
            "Preserve the records of logins, addresses, devices and orders of the days around \
                   this."
                .to_owned()
        }
    });
    items.extend([
        "For each order and trade that is listed below: by which user, session, address and device \
         it was sent."
            .to_owned(),
        "Look at the disputed trades under your procedure for accounts that were taken over, and \
         say what comes of it."
            .to_owned(),
    ]);
    let mut blocks = vec![Block::List { items }];
    let rows = references(subject);
    if !rows.is_empty() {
        blocks.push(heading("Reference list"));
        blocks.push(Block::Table(table(
            &[
                ("No.", Holds::Times, 7),
                ("Kind", Holds::Words, 13),
                ("Account", Holds::Words, 14),
                ("Your id of it", Holds::Marks, 28),
                ("When", Holds::Times, 27),
                ("What", Holds::Words, 36),
            ],
            rows,
        )));
    }
    section("What is asked of the broker", blocks)
}

fn references(subject: &Subject<'_>) -> Vec<Vec<String>> {
    let kinds = [
        (ActKind::Transfer, "transfer"),
        (ActKind::Fill, "trade"),
        (ActKind::Order, "order"),
        (ActKind::Session, "session"),
        (ActKind::Key, "key"),
        (ActKind::Address, "address"),
    ];
    let rows = kinds
        .into_iter()
        .flat_map(|(kind, word)| acts::of_kind(subject, kind).map(move |row| (word, row)));
    let reference = |(place, (word, row)): (usize, (&str, &ActRow))| {
        vec![
            format!("R{}", place + 1),
            word.to_owned(),
            acts::of_account(row),
            row.act.id.clone(),
            row.act
                .at
                .map_or_else(|| "not told".to_owned(), |at| subject.lines(at)),
            row.act.words.clone(),
        ]
    };
    let contacts = subject.entries().filter_map(|(_, entry)| {
        let Entry::Contact {
            who,
            when,
            reference,
            ..
        } = entry
        else {
            return None;
        };
        (!reference.is_empty()).then(|| {
            vec![
                "-".to_owned(),
                "your reference".to_owned(),
                String::new(),
                reference.clone(),
                subject.lines(*when),
                format!("given by {who}"),
            ]
        })
    });
    rows.enumerate().map(reference).chain(contacts).collect()
}

fn victim(subject: &Subject<'_>) -> Section {
    let accounts = subject.story.map_or_else(Vec::new, |story| {
        let accounts = story.run.plan.accounts.iter();
        accounts.map(first::account).collect()
    });
    let statement = match subject.case.and_then(CaseLog::statement) {
        Some(_) => "The account holder\u{2019}s statement stands under 4.",
        None => "No statement was written yet; a guided one stands under 4.",
    };
    section(
        "Victim",
        vec![
            text("To be filled in by hand: Firebreak knows none of it."),
            Block::WriteOn {
                lines: [
                    "Name",
                    "Date of birth",
                    "Address",
                    "Telephone",
                    "Mail",
                    "Report number",
                ]
                .map(str::to_owned)
                .to_vec(),
            },
            heading("Accounts"),
            Block::List { items: accounts },
            text(statement),
            text(
                "Keep the originals of every file of this bundle, and the devices that they come \
                 from: IC3 takes reports, and collects no evidence.",
            ),
        ],
    )
}
