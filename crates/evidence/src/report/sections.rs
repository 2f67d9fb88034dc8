//! The parts of the report that are about tasks, sessions, the person, and what is missing.

use door::{Lever, Missing};
use incident::{Actor, Event, Mode, SkipReason, TaskRun, Word, journal::Line};

use super::{Subject, after_press, markup::Html};

pub(super) fn head(page: &mut Html, subject: &Subject<'_>) {
    let run = &subject.story.run;
    let last = subject.story.lines.last();
    page.raw("<h1>");
    page.text(match run.mode {
        Mode::Live => "Incident record: ",
        Mode::Drill => "Record of a drill: ",
        Mode::Practice => "Record of a practice run: ",
    });
    page.text(&run.plan.runbook.title).raw("</h1>\n<dl>\n");
    let mut pair = |name: &'static str, value: &str| {
        page.element("<dt>", name, "</dt>")
            .element("<dd>", value, "</dd>\n");
    };
    pair(
        "Pressed",
        &format!(
            "{}, from {}",
            subject.both(run.pressed_at),
            run.pressed_from
        ),
    );
    if let Some(line) = last {
        let state = if run.is_reset {
            "closed by the person"
        } else {
            "the run was still open"
        };
        pair(
            "Covers until",
            &format!("{}, {state}", subject.both(line.at)),
        );
    }
    pair("Packed", &subject.both(subject.at));
    for account in &run.plan.accounts {
        let number = account
            .masked_id
            .as_deref()
            .unwrap_or("number not recorded");
        let doors: Vec<&str> = account
            .doors
            .iter()
            .map(|door| door.kind.0.as_str())
            .collect();
        pair(
            "Account",
            &format!(
                "{} at {} ({number}), by {}",
                account.name,
                account.venue,
                doors.join(", ")
            ),
        );
    }
    pair("Run", &run.id);
    pair("Recorded by", subject.program);
    page.raw("</dl>\n");
}

/// What is open, in the biggest text of the page.
pub(super) fn verdict(page: &mut Html, subject: &Subject<'_>) {
    let run = &subject.story.run;
    let summary = run.summary();
    page.raw("<section aria-label=\"What is still open\">\n");
    page.raw(if summary.contained && summary.open.is_empty() {
        "<div class=\"verdict\"><strong>"
    } else {
        "<div class=\"verdict open\"><strong>"
    });
    if summary.contained {
        page.text("Contained");
    } else {
        page.text("Not contained");
    }
    page.raw("</strong>\n");
    let open = summary.open.len();
    let mut line = match open {
        0 => "Nothing is still open.".to_owned(),
        1 => "1 thing is still open.".to_owned(),
        more => format!("{more} things are still open."),
    };
    if let Some(ms) = summary.ms_to_contained.filter(|_| summary.contained) {
        let after = after_press(ms);
        let after = after.trim_start_matches('+');
        line = format!("{line} Contained {after} after the press.");
    }
    line = format!(
        "{line} {} of {} tasks verified, {} of them by a value that a person read.",
        summary.verified, summary.tasks, summary.read_by_you
    );
    page.paragraph(&line);
    if !summary.recorded {
        page.raw("<p class=\"alarm\"><strong>Part of this run is not recorded.</strong></p>\n");
    }
    if let Some(damage) = &subject.story.damage {
        page.raw("<p class=\"alarm\"><strong>The journal is damaged: ")
            .text(damage)
            .raw(". This report covers the lines before.</strong></p>\n");
    }
    if open > 0 {
        page.raw("<ul class=\"open-list\">\n");
        for task in run.tasks.iter().filter(|task| !task.word.is_closed()) {
            open_task(page, task);
        }
        page.raw("</ul>\n");
    }
    if !summary.skipped_by_you.is_empty() {
        let skipped = run
            .tasks
            .iter()
            .filter(|task| summary.skipped_by_you.contains(&task.task.id))
            .map(|task| format!("{} (reason given: {})", name(task), task.why))
            .collect::<Vec<_>>();
        page.raw("<p>Passed over by the person although it applies:</p>\n");
        page.list(skipped.iter().map(String::as_str));
    }
    page.raw("</div>\n</section>\n");
}

fn open_task(page: &mut Html, task: &TaskRun) {
    page.raw("<li>");
    state(page, task.word);
    page.raw(" ").text(&name(task));
    if !task.why.is_empty() {
        page.paragraph(&task.why);
    }
    if let Some(until) = task.until {
        page.paragraph(&format!("Until {}", super::utc(until)));
    }
    if !task.next.is_empty() {
        page.element("<p>Next: ", &task.next, "</p>");
    }
    page.raw("</li>\n");
}

pub(super) fn without_stop(page: &mut Html, subject: &Subject<'_>) {
    let summary = subject.story.run.summary();
    if summary.without_stop.is_empty() {
        return;
    }
    page.raw("<h2>Positions now without a stop</h2>\n<div class=\"stops\">\n");
    page.paragraph(
        "Their protective stops were cancelled in this run. Nothing limits a loss on them.",
    );
    page.table(&[
        "Account",
        "Position",
        "Average cost",
        "Stops that were cancelled",
    ]);
    for bare in &summary.without_stop {
        let stops: Vec<String> = bare.stops.iter().map(super::orders::line).collect();
        page.row(&[
            bare.account.as_str(),
            &format!("{} {}", bare.position.quantity, bare.position.instrument),
            &bare
                .position
                .average_cost
                .map_or_else(|| "-".to_owned(), |cost| cost.to_string()),
            &stops.join("; "),
        ]);
    }
    page.end_table().raw("</div>\n");
}

pub(super) fn proofs(page: &mut Html, subject: &Subject<'_>) {
    let run = &subject.story.run;
    page.raw("<h2>What was done, and what proves it</h2>\n");
    page.paragraph(
        "\u{201c}accepted\u{201d} means that the venue took the request. Only \
         \u{201c}verified\u{201d} rests on what was read back from the venue afterwards, or on a \
         value that a person read where no door can be asked.",
    );
    let accounts = run
        .plan
        .accounts
        .iter()
        .map(|account| Some(&account.name))
        .chain([None]);
    for account in accounts {
        let tasks: Vec<&TaskRun> = run
            .tasks
            .iter()
            .filter(|task| task.task.account.as_ref() == account)
            .collect();
        if tasks.is_empty() {
            continue;
        }
        match account {
            Some(account) => page.element("<h3>Account ", account.as_str(), "</h3>\n"),
            None => page.raw("<h3>The whole situation</h3>\n"),
        };
        page.table(&["State", "Task", "What was seen", "Seen through", "Since"]);
        for task in tasks {
            proof(page, task);
        }
        page.end_table();
    }
}

fn proof(page: &mut Html, task: &TaskRun) {
    page.raw("<tr><td>");
    state(page, task.word);
    page.raw("</td>").element("<td>", &task.task.title, "");
    if task.reopened > 0 {
        page.raw("<br><span class=\"soft\">open again ")
            .number(u64::from(task.reopened))
            .raw(" times after it was verified</span>");
    }
    page.raw("</td><td>");
    let (seen, through) = match &task.proof {
        Some(proof) => {
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
            (proof.words.clone(), through)
        }
        None => (task.why.clone(), "-".to_owned()),
    };
    page.text(&seen).element("</td><td>", &through, "").element(
        "</td><td class=\"time\">",
        &after_press(task.since_ms),
        "</td></tr>\n",
    );
}

/// Sessions and held seats: who else was there.
pub(super) fn sessions(page: &mut Html, subject: &Subject<'_>) {
    let run = &subject.story.run;
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
                notes.extend(
                    reading
                        .found
                        .iter()
                        .map(|found| format!("Still there: {}", found.label())),
                );
                notes.extend(reading.unseen.iter().map(|unseen| {
                    format!(
                        "Cannot be seen through {door}: {} ({})",
                        unseen.what, unseen.why
                    )
                }));
                notes.extend(
                    reading
                        .residue
                        .iter()
                        .map(|rest| format!("Stays: {}", rest.what)),
                );
            }
        }
    }
    for line in &subject.story.lines {
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
    if notes.is_empty() {
        return;
    }
    page.raw("<h2>Sessions and seats</h2>\n");
    page.list(notes.iter().map(String::as_str));
}

/// What the person read, wrote and passed over.
pub(super) fn person(page: &mut Html, subject: &Subject<'_>) {
    let rows: Vec<_> = subject
        .story
        .lines
        .iter()
        .filter_map(|line| {
            Some((
                subject.local(line.at),
                told_by_person(subject, &line.event)?,
            ))
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    page.raw("<h2>What the person read and wrote down</h2>\n");
    page.table(&["When", "Who", "Question", "Value"]);
    for (when, (who, what, value)) in &rows {
        page.raw("<tr>")
            .element("<td class=\"time\">", when, "</td>")
            .element("<td>", who, "</td>")
            .element("<td>", what, "</td>")
            .element("<td class=\"said\">", value, "</td></tr>\n");
    }
    page.end_table();
}

/// Who said something, to which question, and what.
fn told_by_person(subject: &Subject<'_>, event: &Event) -> Option<(&'static str, String, String)> {
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
        return Some((
            who(by),
            asked(subject, task),
            format!("{value} ({verdict})"),
        ));
    }
    if let Event::Skipped { task, reason, by } = event {
        let reason = match reason {
            SkipReason::NotApplicable => "not applicable".to_owned(),
            SkipReason::Other(words) => words.clone(),
        };
        return Some((
            who(by),
            format!("Passed over: {}", titled(subject, task)),
            reason,
        ));
    }
    let Event::Noted { text, task } = event else {
        return None;
    };
    let about = match task {
        Some(task) => format!("Note on {}", titled(subject, task)),
        None => "Note".to_owned(),
    };
    Some(("the person", about, text.clone()))
}

/// What this record does not hold.
pub(super) fn gaps(page: &mut Html, subject: &Subject<'_>) {
    let run = &subject.story.run;
    let mut gaps = Vec::new();
    if let Some(damage) = &subject.story.damage {
        gaps.push(format!(
            "The journal is damaged: {damage}. What follows there is not told here."
        ));
    }
    gaps.extend(
        subject
            .story
            .lines
            .iter()
            .flat_map(|line| gaps_told(subject, line)),
    );
    gaps.extend(subject.missing.iter().cloned());
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
    page.raw("<h2>What this record does not hold</h2>\n");
    gaps.push(
        "What happened before the press, other than what the venue still listed when it was asked."
            .to_owned(),
    );
    gaps.dedup();
    page.list(gaps.iter().map(String::as_str));
}

/// What one line says that the record lacks.
fn gaps_told(subject: &Subject<'_>, line: &Line) -> Vec<String> {
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
    let title = titled(subject, task);
    let lacks = |missing: &Missing| {
        format!(
            "{title}, through {door}: {} could not be recorded ({})",
            missing.what, missing.why
        )
    };
    receipt.missing.iter().map(lacks).collect()
}

pub(super) fn checking(page: &mut Html, subject: &Subject<'_>) {
    page.raw("<h2>How to check this</h2>\n");
    page.paragraph(
        "This page is a reading of the journal, 80-run-journal.jsonl, which stands beside it with \
         the venue's raw answers. VERIFY.txt, in the folder above, says how anyone can check that \
         none of it was changed, with sha256sum, bagit.py and ssh-keygen, and what each check does \
         not prove.",
    );
    page.raw("<dl>\n");
    if let Some(signer) = subject.signer {
        page.raw("<dt>Signed with</dt>")
            .element("<dd class=\"mono\">", signer, "</dd>\n");
    }
    page.raw("<dt>Journal lines</dt><dd>")
        .number(u64::try_from(subject.story.lines.len()).unwrap_or(u64::MAX))
        .raw("</dd>\n<dt>Last line's SHA-256</dt>")
        .element("<dd class=\"mono\">", &subject.story.head, "</dd>\n")
        .raw("<dt>Runbook's SHA-256</dt>")
        .element(
            "<dd class=\"mono\">",
            &subject.story.run.plan.runbook.digest,
            "</dd>\n</dl>\n",
        );
    page.paragraph(
        "Times are those of the recording computer's clock unless they are named as the venue's. \
         A computer that was itself in an intruder's hands may have recorded what was not so.",
    );
}

/// A state word, as words and as a frame.
fn state(page: &mut Html, word: Word) {
    page.raw(if word.is_closed() {
        "<span class=\"state closed\">"
    } else {
        "<span class=\"state\">"
    });
    page.text(word.as_str()).raw("</span>");
}

/// A task's title and account.
fn name(task: &TaskRun) -> String {
    match &task.task.account {
        Some(account) => format!("{} ({account})", task.task.title),
        None => task.task.title.clone(),
    }
}

pub(super) fn titled(subject: &Subject<'_>, task: &runbook::TaskId) -> String {
    subject
        .story
        .run
        .task(task)
        .map_or_else(|| task.to_string(), name)
}

fn asked(subject: &Subject<'_>, task: &runbook::TaskId) -> String {
    let title = titled(subject, task);
    let question = subject
        .story
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
