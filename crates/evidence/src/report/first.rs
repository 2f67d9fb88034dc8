//! The first page: what an incident desk asks for, in the order of FINRA's checklist for compromised
//! accounts, then what was done, and what is open.

use door::{Act, ActKind};
use incident::{TaskRun, Word};

use super::{
    Fact, FirstPage, Open, Subject, Variant, acts, after_press, computer, count,
    sections::{name, proof_words},
};
use crate::{acts::ActRow, case::Entry, story::Story};

/// How many values stand under one name: the page is one page.
const MOST: usize = 4;
/// How many of the things that are done and that are open it names.
const MOST_TASKS: usize = 5;
/// How long a value may be, in characters.
const LONGEST: usize = 110;

/// The summary.
pub(super) fn page(subject: &Subject<'_>) -> FirstPage {
    let mut page = FirstPage {
        verdict: "No press was made".to_owned(),
        is_open: true,
        lines: vec![
            "This is a collection alone: Firebreak cancelled, ended and revoked nothing."
                .to_owned(),
        ],
        alarms: Vec::new(),
        facts: facts(subject),
        done: Vec::new(),
        left: Vec::new(),
    };
    if let Some(story) = subject.story {
        of_run(subject, story, &mut page);
    }
    let damage = subject.case.and_then(|case| case.damage.as_ref());
    if let Some(damage) = damage {
        page.alarms.push(format!(
            "The case's log is damaged: {damage}. This report covers the lines before."
        ));
    }
    page
}

fn of_run(subject: &Subject<'_>, story: &Story, page: &mut FirstPage) {
    let run = &story.run;
    let summary = run.summary();
    let verdict = if summary.contained {
        "Contained"
    } else {
        "Not contained"
    };
    verdict.clone_into(&mut page.verdict);
    page.is_open = !summary.contained || !summary.open.is_empty();
    let mut line = match summary.open.len() {
        0 => "Nothing is still open.".to_owned(),
        1 => "1 thing is still open.".to_owned(),
        more => format!("{more} things are still open."),
    };
    if let Some(ms) = summary.ms_to_contained.filter(|_| summary.contained) {
        let after = after_press(ms);
        let after = after.trim_start_matches('+');
        line = format!("{line} Contained {after} after the press.");
    }
    page.lines = vec![format!(
        "{line} {} of {} tasks verified, {} of them by a value that a person read.",
        summary.verified, summary.tasks, summary.read_by_you
    )];
    if !summary.recorded {
        page.alarms
            .push("Part of this run is not recorded.".to_owned());
    }
    if let Some(damage) = &story.damage {
        page.alarms.push(format!(
            "The journal is damaged: {damage}. This report covers the lines before."
        ));
    }
    if !summary.without_stop.is_empty() {
        let bare = summary.without_stop.iter().map(|bare| {
            let position = &bare.position;
            format!("{} {}", position.quantity, position.instrument)
        });
        page.alarms.push(format!(
            "Positions now without a stop: {}.",
            some(bare.collect(), MOST).join(", ")
        ));
    }
    page.left = left(story);
    page.done = done(subject, story);
    let skipped = run
        .tasks
        .iter()
        .filter(|task| summary.skipped_by_you.contains(&task.task.id));
    page.left.extend(skipped.map(|task| Open {
        state: Word::Skipped.as_str().to_owned(),
        what: name(task),
        more: vec![format!(
            "Passed over by the person although it applies; reason given: {}",
            task.why
        )],
    }));
}

fn done(subject: &Subject<'_>, story: &Story) -> Vec<String> {
    let proved = |task: &TaskRun| {
        let proof = task.proof.as_ref()?;
        Some(short(&format!(
            "{}: {}",
            name(task),
            proof_words(subject, proof)
        )))
    };
    let verified = story
        .run
        .tasks
        .iter()
        .filter(|task| task.word == Word::Verified);
    some(verified.filter_map(proved).collect(), MOST_TASKS)
}

fn left(story: &Story) -> Vec<Open> {
    let open: Vec<&TaskRun> = story
        .run
        .tasks
        .iter()
        .filter(|task| !task.word.is_closed())
        .collect();
    let shown = if open.len() > MOST_TASKS {
        MOST_TASKS - 1
    } else {
        MOST_TASKS
    };
    let mut left: Vec<Open> = open
        .iter()
        .take(shown)
        .map(|task| open_task(task))
        .collect();
    if open.len() > shown {
        left.push(Open {
            state: String::new(),
            what: format!(
                "and {} more, under \u{201c}What was done, and what proves it\u{201d}",
                open.len() - shown
            ),
            more: Vec::new(),
        });
    }
    left
}

fn open_task(task: &TaskRun) -> Open {
    let mut more = Vec::new();
    if !task.why.is_empty() {
        more.push(short(&task.why));
    }
    if let Some(until) = task.until {
        more.push(format!("Until {}", super::utc(until)));
    }
    if !task.next.is_empty() {
        more.push(short(&format!("Next: {}", task.next)));
    }
    Open {
        state: task.word.as_str().to_owned(),
        what: short(&name(task)),
        more,
    }
}

/// What an incident desk asks for.
fn facts(subject: &Subject<'_>) -> Vec<Fact> {
    let traded = acts::traded(subject);
    let mut facts = vec![
        Fact::new("Accounts", accounts(subject)),
        Fact::new("How and when it was found", found(subject)),
        Fact::new("Time of the disputed acts", times(subject)),
    ];
    if subject.variant != Variant::Share {
        facts.push(Fact::new("Addresses used", addresses(subject)));
    }
    facts.extend([
        Fact::new("Securities and coins", vec![instruments(subject)]),
        Fact::new("Disputed trades", of(subject, ActKind::Fill, |_| true)),
        Fact::new(
            "Disputed orders, not executed",
            of(subject, ActKind::Order, |row| {
                acts::is_unexecuted(&traded, row)
            }),
        ),
        Fact::new("Transfers, and where to", transfers(subject)),
        Fact::new("Losses", losses(subject)),
    ]);
    let notable: Vec<String> = computer::notable(subject)
        .map(|one| short(&one.what))
        .collect();
    if !notable.is_empty() && subject.variant != Variant::Share {
        facts.push(Fact::new("On this computer", some(notable, MOST)));
    }
    facts
}

fn accounts(subject: &Subject<'_>) -> Vec<String> {
    let told: Vec<String> = match subject.story {
        Some(story) if subject.variant == Variant::Share => {
            let accounts = story.run.plan.accounts.iter();
            accounts
                .map(|account| format!("an account at {}", account.venue))
                .collect()
        }
        Some(story) => story.run.plan.accounts.iter().map(account).collect(),
        None => subject
            .rows()
            .iter()
            .filter_map(|row| row.account.as_ref())
            .map(ToString::to_string)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
    };
    if told.is_empty() {
        return vec!["none is named by what was collected".to_owned()];
    }
    some(told, MOST + 2)
}

/// An account in one line, its number masked.
pub(super) fn account(account: &runbook::AccountOutline) -> String {
    let number = account
        .masked_id
        .as_deref()
        .unwrap_or("number not recorded");
    let doors: Vec<&str> = account
        .doors
        .iter()
        .map(|door| door.kind.0.as_str())
        .collect();
    format!(
        "{} at {} ({number}), by {}",
        account.name,
        account.venue,
        doors.join(", ")
    )
}

fn found(subject: &Subject<'_>) -> Vec<String> {
    let Some(story) = subject.story else {
        let opened = subject
            .entries()
            .find(|(_, entry)| matches!(entry, Entry::Opened { .. }));
        let opened = opened.map(|(at, _)| format!("The collection began {}", subject.both(at)));
        return vec![opened.unwrap_or_else(|| "not told".to_owned())];
    };
    let run = &story.run;
    let mut lines = vec![format!(
        "Pressed {}, from {}",
        subject.both(run.pressed_at),
        run.pressed_from
    )];
    if let Some(line) = story.lines.last() {
        let state = if run.is_reset {
            "closed by the person"
        } else {
            "the run was still open"
        };
        lines.push(format!("Covers until {}, {state}", subject.both(line.at)));
    }
    lines
}

fn times(subject: &Subject<'_>) -> Vec<String> {
    let times = || subject.disputed().filter_map(|row| row.act.at);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return vec![match subject.rows().len() {
            0 => "no act is told by any source".to_owned(),
            number => format!(
                "none is marked as not mine yet, of {}",
                count(number, "act", "acts")
            ),
        }];
    };
    let mut lines = vec![format!("First {}", subject.both(first))];
    if last != first {
        lines.push(format!("Last {}", subject.both(last)));
    }
    lines
}

fn addresses(subject: &Subject<'_>) -> Vec<String> {
    let seen = acts::by_address(subject).into_keys();
    let told: Vec<String> = seen
        .map(|(ip, device)| match (ip.is_empty(), device.is_empty()) {
            (false, false) => format!("{ip} with {device}"),
            (false, true) => ip,
            (true, _) => device,
        })
        .map(|line| short(&line))
        .collect();
    if told.is_empty() {
        return vec!["none is told by the sources of this record".to_owned()];
    }
    some(told, MOST)
}

fn instruments(subject: &Subject<'_>) -> String {
    let named: Vec<String> = acts::instruments(subject).into_iter().collect();
    if named.is_empty() {
        return "none".to_owned();
    }
    short(&some(named, 10).join(", "))
}

fn of(subject: &Subject<'_>, kind: ActKind, filter: impl Fn(&ActRow) -> bool) -> Vec<String> {
    let lines: Vec<String> = acts::of_kind(subject, kind)
        .filter(|row| filter(row))
        .map(|row| short(&format!("{}{}", clock(subject, &row.act), row.act.words)))
        .collect();
    if lines.is_empty() {
        return vec!["none".to_owned()];
    }
    some(lines, MOST)
}

fn transfers(subject: &Subject<'_>) -> Vec<String> {
    let lines: Vec<String> = acts::of_kind(subject, ActKind::Transfer)
        .map(|row| {
            let act = &row.act;
            let to = match subject.variant {
                Variant::Share => String::new(),
                Variant::Own | Variant::Broker | Variant::Police => {
                    format!(" to {}", acts::to(subject, act))
                }
            };
            let amount = acts::amount(act);
            short(&format!("{}{amount}{to}", clock(subject, act)))
        })
        .collect();
    if lines.is_empty() {
        return vec!["none".to_owned()];
    }
    some(lines, MOST)
}

fn clock(subject: &Subject<'_>, act: &Act) -> String {
    act.at
        .map(|at| format!("{} ", subject.local(at)))
        .unwrap_or_default()
}

fn losses(subject: &Subject<'_>) -> Vec<String> {
    let Some(losses) = subject.losses else {
        return vec!["not counted".to_owned()];
    };
    let mut lines: Vec<String> = losses
        .totals
        .iter()
        .map(|total| format!("{} {}", total.amount, total.currency))
        .collect();
    if lines.is_empty() {
        lines.push("no figure can be counted from what is marked".to_owned());
    }
    if !losses.not_counted.is_empty() {
        let number = count(losses.not_counted.len(), "thing is", "things are");
        lines.push(format!("{number} not in these figures"));
    }
    some(lines, MOST + 2)
}

/// The first of these, and how many more there are.
fn some(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        let more = lines.len() - (most - 1);
        lines.truncate(most - 1);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// A text that takes a line or two of a page.
fn short(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    let cut: String = text.chars().take(LONGEST - 1).collect();
    format!("{}\u{2026}", cut.trim_end())
}
