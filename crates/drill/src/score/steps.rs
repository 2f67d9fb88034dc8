//! What became of the run's steps, and in which order they were done.

use incident::{Event, TaskRun, Word};
use runbook::Task;

use super::{Look, Steps, claims};
use crate::story::{Outcome, StoryLine, Told};

pub(super) fn steps(look: &Look<'_>) -> Steps {
    let tasks = look.run.map(|run| run.tasks.as_slice()).unwrap_or_default();
    let named = |those: &dyn Fn(&TaskRun) -> bool| {
        let those = tasks.iter().filter(|task| those(task));
        those.map(|task| task.task.id.0.clone()).collect::<Vec<_>>()
    };
    let wrong = look
        .story
        .iter()
        .filter(|line| claims::is_wrong(look, line));
    Steps {
        all: count(tasks.len()),
        done: count(named(&|task| task.word == Word::Verified).len()),
        skipped: named(&|task| task.word == Word::Skipped),
        open: named(&|task| !task.word.is_closed()),
        unanswered: named(&|task| is_unanswered(look, task)),
        wrong_answers: count(wrong.count()),
        out_of_order: out_of_order(look),
    }
}

/// Whether a card was left without any answer. One that no page can answer and that contains nothing
/// cannot be answered in a drill.
fn is_unanswered(look: &Look<'_>, task: &TaskRun) -> bool {
    let asks = task
        .task
        .card
        .as_ref()
        .is_some_and(|card| card.read_back.is_some());
    let matters = task.task.containment || claims::page_of(&task.task).is_some();
    let answered = look
        .lines
        .iter()
        .any(|line| matches!(&line.event, Event::Answered { task: of, .. } if *of == task.task.id));
    task.word == Word::NeedsYou && asks && matters && !answered
}

/// What was done after something that should have come later. What the program does by itself is
/// not in it: it pulls each lever as soon as it may.
fn out_of_order(look: &Look<'_>) -> Vec<String> {
    let done: Vec<(usize, &String)> = look
        .judged
        .order
        .iter()
        .filter_map(|mark| Some((first_done(look, mark)?, mark)))
        .collect();
    let late = done.iter().enumerate().filter_map(|(nth, (at, mark))| {
        let overtaken = done[nth + 1..].iter().find(|(other, _)| other < at);
        overtaken.map(|(_, other)| format!("{} after {}", mark_words(mark), mark_words(other)))
    });
    late.collect()
}

/// Which line of the story first did what a mark of the right order is about.
fn first_done(look: &Look<'_>, mark: &str) -> Option<usize> {
    let (kind, name) = mark.split_once(':').unwrap_or((mark, ""));
    look.story.iter().position(|line| match kind {
        "press" => matches!(line.told, Told::Pressed { .. }),
        "call" => matches!(&line.told, Told::Called { contact, .. } if contact == name),
        "page" => is_about(look, line, name, |task| claims::page_of(task) == Some(name)),
        "lever" => is_about(look, line, "", |task| {
            task.lever().is_some_and(|lever| lever.to_string() == name)
        }),
        _ => false,
    })
}

/// Whether the person did something on a page, or answered a card of a task that is meant.
fn is_about(
    look: &Look<'_>,
    line: &StoryLine,
    page: &str,
    is_meant: impl Fn(&Task) -> bool,
) -> bool {
    if let Told::Did {
        page: on,
        outcome: Outcome::Done,
        ..
    } = &line.told
    {
        return on == page;
    }
    let Told::Answered { task, .. } = &line.told else {
        return false;
    };
    let tasks = look.run.map(|run| run.tasks.as_slice()).unwrap_or_default();
    tasks
        .iter()
        .any(|known| known.task.id.as_str() == task && is_meant(&known.task))
}

fn mark_words(mark: &str) -> String {
    match mark.split_once(':') {
        Some(("page" | "call", name)) => name.to_owned(),
        Some((_, name)) => name.replace('_', " "),
        None => mark.to_owned(),
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
