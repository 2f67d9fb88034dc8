//! The parts of the report that are about tasks, sessions, the person, and what is missing.

use door::{Lever, Missing};
use incident::{Actor, Event, SkipReason, TaskRun, journal::Line};

use super::{
    Block, Fact, Holds, Section, Subject, Table, Variant, after_press, heading, section, table,
    text,
};
use crate::{acts::Acts, case::Entry, story::Story};

pub(super) fn without_stop(story: &Story) -> Option<Section> {
    let summary = story.run.summary();
    if summary.without_stop.is_empty() {
        return None;
    }
    let rows = summary.without_stop.iter().map(|bare| {
        let stops: Vec<String> = bare.stops.iter().map(super::orders::line).collect();
        let cost = bare.position.average_cost;
        vec![
            bare.account.to_string(),
            format!("{} {}", bare.position.quantity, bare.position.instrument),
            cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string()),
            stops.join("; "),
        ]
    });
    let table = Table {
        alarm: true,
        ..table(
            &[
                ("Account", Holds::Words, 18),
                ("Position", Holds::Words, 22),
                ("Average cost", Holds::Sums, 16),
                ("Stops that were cancelled", Holds::Words, 44),
            ],
            rows.collect(),
        )
    };
    let told = "Their protective stops were cancelled in this run. Nothing limits a loss on them.";
    Some(section(
        "Positions now without a stop",
        vec![super::alarm(told), Block::Table(table)],
    ))
}

pub(super) fn proofs(subject: &Subject<'_>, story: &Story) -> Section {
    let run = &story.run;
    let mut blocks = vec![text(
        "\u{201c}accepted\u{201d} means that the venue took the request. Only \
         \u{201c}verified\u{201d} rests on what was read back from the venue afterwards, or on a \
         value that a person read where no door can be asked.",
    )];
    let accounts = run.plan.accounts.iter().map(|account| Some(&account.name));
    for account in accounts.chain([None]) {
        let about = |task: &&TaskRun| task.task.account.as_ref() == account;
        let tasks: Vec<&TaskRun> = run.tasks.iter().filter(about).collect();
        if tasks.is_empty() {
            continue;
        }
        blocks.push(heading(match account {
            Some(account) => format!("Account {account}"),
            None => "The whole situation".to_owned(),
        }));
        blocks.push(Block::Table(table(
            &[
                ("State", Holds::States, 13),
                ("Task", Holds::Words, 25),
                ("What was seen", Holds::Words, 32),
                ("Seen through", Holds::Words, 18),
                ("Since", Holds::Times, 16),
            ],
            tasks.into_iter().map(|task| proof(subject, task)).collect(),
        )));
    }
    section("What was done, and what proves it", blocks)
}

fn proof(subject: &Subject<'_>, task: &TaskRun) -> Vec<String> {
    let mut title = task.task.title.clone();
    if task.reopened > 0 {
        title = format!(
            "{title} (open again {} times after it was verified)",
            task.reopened
        );
    }
    let (seen, through) = match &task.proof {
        Some(proof) => (proof_words(subject, proof).to_owned(), through(proof)),
        None => (task.why.clone(), "-".to_owned()),
    };
    vec![
        task.word.as_str().to_owned(),
        title,
        seen,
        through,
        after_press(task.since_ms),
    ]
}

/// What was seen. A value that the person read is theirs: a stranger is not told it.
pub(super) fn proof_words<'a>(subject: &Subject<'_>, proof: &'a incident::Proof) -> &'a str {
    if proof.read_by_you && subject.variant == Variant::Share {
        "a value that the person read, left out"
    } else {
        &proof.words
    }
}

/// Through which doors something was proved, and whether the person read it.
fn through(proof: &incident::Proof) -> String {
    let doors: Vec<&str> = proof.doors.iter().map(|door| door.0.as_str()).collect();
    let mut through = doors.join(" and ");
    if proof.readings > 1 {
        through = format!("{through}, {} readings", proof.readings);
    }
    if proof.read_by_you {
        let joint = if doors.is_empty() {
            "read by the person"
        } else {
            "; read by the person"
        };
        through.push_str(joint);
    }
    through
}

/// Sessions and held seats that the press met: who else was there.
pub(super) fn seats(story: &Story) -> Vec<String> {
    let run = &story.run;
    let mut notes = Vec::new();
    let about_sessions = run.tasks.iter().filter(|task| {
        matches!(
            task.task.lever(),
            Some(Lever::EndSessions | Lever::StopAutomation)
        )
    });
    for task in about_sessions {
        for (door, known) in &task.doors {
            if let Some(reading) = &known.last_reading {
                notes.push(format!("{}, through {door}: {}", name(task), reading.words));
                let found = reading.found.iter();
                notes.extend(found.map(|found| format!("Still there: {}", found.label())));
                notes.extend(reading.unseen.iter().map(|unseen| {
                    format!(
                        "Cannot be seen through {door}: {} ({})",
                        unseen.what, unseen.why
                    )
                }));
                let residue = reading.residue.iter();
                notes.extend(residue.map(|rest| format!("Stays: {}", rest.what)));
            }
        }
    }
    for line in &story.lines {
        if let Event::HoldReleased {
            account,
            door,
            what,
            words,
        } = &line.event
        {
            notes.push(format!(
                "{what} on {account} was held through {door} and given back: {words}"
            ));
        }
    }
    notes
}

/// What the person read, wrote and passed over in the run.
pub(super) fn person(subject: &Subject<'_>, story: &Story) -> Option<Section> {
    let rows: Vec<Vec<String>> = story
        .lines
        .iter()
        .filter_map(|line| {
            let (who, what, value) = told_by_person(story, &line.event)?;
            Some(vec![subject.lines(line.at), who.to_owned(), what, value])
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let table = table(
        &[
            ("When", Holds::Times, 26),
            ("Who", Holds::Words, 14),
            ("Question", Holds::Words, 30),
            ("Value", Holds::Said, 34),
        ],
        rows,
    );
    Some(section(
        "What the person read and wrote down",
        vec![Block::Table(table)],
    ))
}

/// Who said something, to which question, and what.
fn told_by_person(story: &Story, event: &Event) -> Option<(&'static str, String, String)> {
    if let Event::Answered {
        task,
        value,
        wanted,
        by,
    } = event
    {
        let verdict = if *wanted {
            "means done"
        } else {
            "means not yet done"
        };
        return Some((who(by), asked(story, task), format!("{value} ({verdict})")));
    }
    if let Event::Skipped { task, reason, by } = event {
        let reason = match reason {
            SkipReason::NotApplicable => "not applicable".to_owned(),
            SkipReason::Other(words) => words.clone(),
        };
        return Some((
            who(by),
            format!("Passed over: {}", titled(story, task)),
            reason,
        ));
    }
    let Event::Noted { text, task } = event else {
        return None;
    };
    let about = match task {
        Some(task) => format!("Note on {}", titled(story, task)),
        None => "Note".to_owned(),
    };
    Some(("the person", about, text.clone()))
}

/// What this record does not hold.
pub(super) fn gaps(subject: &Subject<'_>) -> Section {
    let mut gaps = Vec::new();
    if let Some(story) = subject.story {
        run_gaps(subject, story, &mut gaps);
    } else {
        gaps.push(
            "No press was made: nothing was cancelled, ended or revoked by Firebreak, and no venue \
             was asked."
                .to_owned(),
        );
    }
    if let Some(damage) = subject.case.and_then(|case| case.damage.as_ref()) {
        gaps.push(format!(
            "The case's log is damaged: {damage}. What follows there is not told here."
        ));
    }
    gaps.extend(subject.missing.iter().cloned());
    gaps.extend(subject.acts.into_iter().flat_map(Acts::notes).cloned());
    gaps.push(
        "What happened before the press, other than what the venue still listed when it was asked \
         and what was collected since."
            .to_owned(),
    );
    gaps.dedup();
    section(
        "What this record does not hold",
        vec![Block::List { items: gaps }],
    )
}

fn run_gaps(subject: &Subject<'_>, story: &Story, gaps: &mut Vec<String>) {
    let run = &story.run;
    if let Some(damage) = &story.damage {
        gaps.push(format!(
            "The journal is damaged: {damage}. What follows there is not told here."
        ));
    }
    gaps.extend(
        story
            .lines
            .iter()
            .flat_map(|line| gaps_told(subject, story, line)),
    );
    if subject
        .runbook_digest
        .is_some_and(|digest| digest != run.plan.runbook.digest)
    {
        gaps.push("The runbook in the folder is not the text that was run.".to_owned());
    }
    gaps.extend(run.plan.not_offered.iter().map(|gap| {
        format!(
            "{}: no door of {} offers it",
            gap.lever.title(),
            gap.account
        )
    }));
    for account in &run.plan.accounts {
        if let Some(why) = &account.not_armed {
            gaps.push(format!("{} was not armed: {why}", account.name));
        }
    }
}

/// What one line says that the record lacks.
fn gaps_told(subject: &Subject<'_>, story: &Story, line: &Line) -> Vec<String> {
    let at = subject.local(line.at);
    if let Event::RecordingFailed { why } = &line.event {
        return vec![format!("From {at} the journal could not be written: {why}")];
    }
    if let Event::RecordingResumed { from_seq, to_seq } = &line.event {
        return vec![format!(
            "Lines {from_seq} to {to_seq} were written late, at {at}"
        )];
    }
    if let Event::CaptureLost { file, digest, why } = &line.event {
        return vec![format!(
            "The raw answer {file} (SHA-256 {digest}) could not be stored: {why}"
        )];
    }
    if let Event::Resumed { dropped_bytes: 1.. } = &line.event {
        return vec![format!(
            "The program ended in the middle of a line, which was dropped at {at}"
        )];
    }
    let Event::AttemptAccepted {
        task,
        door,
        receipt,
        ..
    } = &line.event
    else {
        return Vec::new();
    };
    let title = titled(story, task);
    let lacks = |missing: &Missing| {
        format!(
            "{title}, through {door}: {} could not be recorded ({})",
            missing.what, missing.why
        )
    };
    receipt.missing.iter().map(lacks).collect()
}

/// How a stranger can check all this.
pub(super) fn checking(subject: &Subject<'_>) -> Section {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push(Fact::new(name, vec![value]));
    if let Some(signer) = subject.signer {
        fact("Signed with", signer.to_owned());
    }
    if let Some(story) = subject.story {
        fact("Journal lines", story.lines.len().to_string());
        fact("Journal, last line\u{2019}s SHA-256", story.head.clone());
        fact(
            "Runbook\u{2019}s SHA-256",
            story.run.plan.runbook.digest.clone(),
        );
    }
    if let Some(case) = subject.case.filter(|case| !case.lines.is_empty()) {
        fact("Case log lines", case.lines.len().to_string());
        fact("Case log, last line\u{2019}s SHA-256", case.head.clone());
    }
    for (at, entry) in subject.entries() {
        if let Entry::Exported { file, digest, .. } = entry {
            fact(
                "Earlier bundle of this case",
                format!("{file}, {}, SHA-256 {digest}", super::utc(at)),
            );
        }
    }
    let read = match subject.story {
        Some(_) => {
            "This report is a reading of the journal, 80-run-journal.jsonl, of the case log, \
             85-case-log.jsonl, and of the raw answers and files that stand beside it."
        }
        None => {
            "This report is a reading of the case log, 85-case-log.jsonl, and of the files that \
             stand beside it."
        }
    };
    section(
        "How to check this",
        vec![
            text(format!(
                "{read} VERIFY.txt, in the folder above, says how anyone can check that none of it \
                 was changed, with sha256sum, bagit.py and ssh-keygen, and what each check does \
                 not prove."
            )),
            Block::Facts { facts },
            text(
                "Times are those of the recording computer's clock unless they are named as the \
                 venue's. A computer that was itself in an intruder's hands may have recorded what \
                 was not so. A signature made on it proves no more than that computer.",
            ),
        ],
    )
}

/// A task's title and account.
pub(super) fn name(task: &TaskRun) -> String {
    match &task.task.account {
        Some(account) => format!("{} ({account})", task.task.title),
        None => task.task.title.clone(),
    }
}

pub(super) fn titled(story: &Story, task: &runbook::TaskId) -> String {
    story.run.task(task).map_or_else(|| task.to_string(), name)
}

fn asked(story: &Story, task: &runbook::TaskId) -> String {
    let title = titled(story, task);
    let question = story
        .run
        .task(task)
        .and_then(|task| task.task.card.as_ref()?.read_back.as_ref())
        .map(|read_back| read_back.ask.as_str());
    match question {
        Some(question) => format!("{title}: {question}"),
        None => title,
    }
}

pub(super) fn who(actor: &Actor) -> &'static str {
    match actor {
        Actor::You => "the person",
        Actor::Script => "a scripted person",
    }
}
