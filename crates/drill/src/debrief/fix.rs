//! What could be mended, the worst first. A person takes one of them, or words of their own, into
//! the next drill.

use incident::Word;
use runbook::{ReadBackFormat, Task, TaskId};
use serde::{Deserialize, Serialize};

use super::{
    Seen,
    lanes::{named, words},
};
use crate::{
    score::{By, FalseDone},
    story::Ended,
    words::clock,
};

/// One thing to mend.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// In which runbook, by id; none for what is not about a runbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// At which step of it, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What, in words.
    pub words: String,
}

impl Fix {
    fn in_words(words: impl Into<String>) -> Self {
        Self {
            runbook: None,
            step: None,
            words: words.into(),
        }
    }
}

pub(super) fn fixes(seen: &Seen<'_>) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    fixes.extend(
        seen.score
            .false_done
            .iter()
            .map(|lie| false_done(seen, lie)),
    );
    fixes.extend(press(seen));
    fixes.extend(not_contained(seen));
    fixes.extend(steps_left(seen));
    fixes.extend(call(seen));
    fixes.extend(runbook(seen));
    fixes.extend(order(seen));
    fixes.extend(late_press(seen));
    fixes.extend(slowest(seen));
    let mut once: Vec<Fix> = Vec::new();
    for fix in fixes {
        if !once.contains(&fix) {
            once.push(fix);
        }
    }
    once
}

fn false_done(seen: &Seen<'_>, lie: &FalseDone) -> Fix {
    let task = lie.task.as_deref().and_then(|task| task_of(seen, task));
    let Some(task) = task else {
        return Fix::in_words(
            "Firebreak called the run contained, and it was not. Look at the account's own pages \
             before you reset, and keep this run's bundle.",
        );
    };
    let title = &task.title;
    let words = match lie.by {
        By::Firebreak => format!(
            "Firebreak called \u{201c}{title}\u{201d} done, and it was not. Look at the account's \
             own page before you reset, and keep this run's bundle."
        ),
        By::You => match format(task) {
            Some(ReadBackFormat::Number) => format!(
                "The step \u{201c}{title}\u{201d} asks only for a count. Ask as well for what the \
                 page lists beside it."
            ),
            Some(ReadBackFormat::YesNo) => format!(
                "The step \u{201c}{title}\u{201d} asks only for yes or no. Ask for words that stand \
                 on the page only once it is done."
            ),
            Some(ReadBackFormat::Text | ReadBackFormat::Time) | None => format!(
                "The step \u{201c}{title}\u{201d} takes any value. Say where on the page it stands, \
                 and read it there before you type."
            ),
        },
    };
    at_step(seen, task, words)
}

fn press(seen: &Seen<'_>) -> Option<Fix> {
    let stood_down = seen.score.ended == Ended::StoodDown;
    let words = match (seen.judged.press, seen.clocked.pressed.is_some()) {
        (true, false) if stood_down => {
            "Before you stand down, ask for one fact that only you can know, and look at the \
             sessions."
        }
        (true, false) => "Press first and ask afterwards: a press can be reset.",
        (false, true) if seen.judged.call.is_some() => {
            "Know what a press cannot reach. Write the number to call for it on the card."
        }
        (false, true) => "Ask for one fact that only you can know before you press.",
        (true, true) | (false, false) => return None,
    };
    Some(Fix::in_words(words))
}

fn not_contained(seen: &Seen<'_>) -> Option<Fix> {
    let pressed = seen.clocked.pressed.is_some();
    let open = seen.judged.contains && seen.judged.press && pressed && !seen.score.contained;
    open.then(|| {
        Fix::in_words(
            "It did not end contained. Go through the cards once more, worst first, and read each \
             page again before you leave.",
        )
    })
}

/// Steps that nobody came to, or that were passed over.
fn steps_left(seen: &Seen<'_>) -> Vec<Fix> {
    let steps = &seen.score.steps;
    let fix = |task: &String, says: &str| {
        let task = task_of(seen, task)?;
        let words = format!("{says} \u{201c}{}\u{201d}.", task.title);
        Some(at_step(seen, task, words))
    };
    let unanswered = steps.unanswered.iter().filter_map(|task| {
        fix(
            task,
            "Move up, or say more shortly, what nobody came to: the step",
        )
    });
    let skipped = steps
        .skipped
        .iter()
        .filter_map(|task| fix(task, "Say in the step when it may be passed over:"));
    unanswered.chain(skipped).collect()
}

fn call(seen: &Seen<'_>) -> Option<Fix> {
    let asked_to = seen.judged.call.is_some()
        || seen.run.is_some_and(|run| {
            let tasks = run.tasks.iter();
            let mut cards = tasks.filter_map(|task| task.task.card.as_ref());
            cards.any(|card| card.contact.is_some())
        });
    let called = seen
        .story
        .iter()
        .any(|line| seen.judged.is_call_out(&line.told));
    (asked_to && !called).then(|| {
        Fix::in_words("Call first, then click while on hold. Print the card and keep it at hand.")
    })
}

fn runbook(seen: &Seen<'_>) -> Option<Fix> {
    let used = &seen.run?.plan.runbook;
    let judged = seen.judged;
    let fits = judged.runbooks.contains(&used.id) || judged.acceptable.contains(&used.id);
    if !judged.press || fits || judged.runbooks.is_empty() {
        return None;
    }
    let right = judged.runbooks.join(" or ");
    Some(Fix {
        runbook: judged.runbooks.first().cloned(),
        step: None,
        words: format!(
            "This was for {right}. Write its \u{201c}when\u{201d} in the words in which the alarm \
             came."
        ),
    })
}

fn order(seen: &Seen<'_>) -> Option<Fix> {
    let first = seen.score.steps.out_of_order.first()?;
    Some(Fix::in_words(format!(
        "You did {first}. Put them the other way round in the runbook."
    )))
}

fn late_press(seen: &Seen<'_>) -> Option<Fix> {
    let target = seen.judged.target("alarm_to_press")?;
    let took = seen.score.times.alarm_to_press?;
    let late = u128::from(took) > target.as_millis();
    (late && seen.clocked.judged).then(|| {
        Fix::in_words(
            "Decide now what makes you press without another look, and write it into the \
             runbook's \u{201c}when\u{201d}.",
        )
    })
}

/// The card that took longest, where it was answered.
fn slowest(seen: &Seen<'_>) -> Option<Fix> {
    let words = words(seen);
    let took = |id: &TaskId| {
        let row = words.get(id)?.windows(2);
        let mine = row.filter(|pair| pair[0].1 == Word::NeedsYou && pair[1].1 == Word::Verified);
        mine.map(|pair| pair[1].0 - pair[0].0).max()
    };
    let tasks = seen.run?.tasks.iter();
    let answered = tasks.filter_map(|task| Some((took(&task.task.id)?, &task.task)));
    let (took, task) = answered.max_by_key(|(took, _)| *took)?;
    let words = format!(
        "\u{201c}{}\u{201d} took longest: {}. Shorten its text, or open its page beforehand.",
        named(&task.title, task.account.as_ref()),
        clock(took)
    );
    Some(at_step(seen, task, words))
}

fn at_step(seen: &Seen<'_>, task: &Task, words: String) -> Fix {
    Fix {
        runbook: seen.run.map(|run| run.plan.runbook.id.clone()),
        step: Some(task.step.0.clone()),
        words,
    }
}

fn format(task: &Task) -> Option<ReadBackFormat> {
    Some(task.card.as_ref()?.read_back.as_ref()?.format)
}

fn task_of<'a>(seen: &Seen<'a>, task: &str) -> Option<&'a Task> {
    let known = seen.run?.task(&TaskId::new(task))?;
    Some(&known.task)
}
