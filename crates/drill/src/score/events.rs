//! What happened, without times: the same list, to the byte, whenever the same happened.
//!
//! Lines of different origin race each other, so each origin has a lane of its own, and the lanes
//! stand in a fixed order. Within a lane only what the race cannot change is told:
//! - the beginning and what goes wrong on purpose follow from the seed;
//! - the alarms until the press, and the press: a player acts on the alarms, so what comes before is
//!   before; alarms after it may or may not come before the end, and are left out;
//! - each actor by name, acts in the order of their script, repeats as one. Why something was
//!   refused is left out: who cuts first decides between one reason and another;
//! - each task in the order of the plan, by the states in which it ended. `partial` and `unknown`
//!   are told only where they last: whether they are passed through depends on the pace of listings;
//! - the last answer of each card in the order of the plan. Before it the same page may have been
//!   read once more or once less. Reference numbers and times of day are left out;
//! - calls by contact, and how the drill ended.

use std::collections::BTreeMap;

use incident::{Event, Word};
use runbook::TaskId;

use super::{By, FalseDone, Look, verdict::pressed};
use crate::story::{Ended, Outcome, Player, Told};

pub(super) fn events(look: &Look<'_>, false_done: &[FalseDone], contained: bool) -> Vec<String> {
    let mut events = began(look);
    events.extend(alarms(look));
    events.push(match pressed(look) {
        Some(runbook) => format!("press: {runbook}"),
        None => "press: none".to_owned(),
    });
    events.extend(acts(look));
    events.extend(tasks(look));
    events.extend(answers(look));
    events.extend(calls(look));
    events.extend(claims(look, false_done));
    let truth = if contained {
        "contained"
    } else {
        "not contained"
    };
    events.push(format!("end: {}, {truth}", how(look.ended())));
    events
}

fn began(look: &Look<'_>) -> Vec<String> {
    let told = look.story.iter().find_map(|line| {
        let Told::Began {
            scenario,
            seed,
            injects,
            player,
            ..
        } = &line.told
        else {
            return None;
        };
        let first = format!("begin: {scenario}, seed {seed}, played by {}", who(*player));
        let injects = injects.iter().map(|inject| format!("inject: {inject}"));
        Some(std::iter::once(first).chain(injects).collect())
    });
    told.unwrap_or_default()
}

fn alarms(look: &Look<'_>) -> Vec<String> {
    let before = look
        .story
        .iter()
        .take_while(|line| !matches!(line.told, Told::Pressed { .. } | Told::Ended { .. }));
    let alarms = before.filter_map(|line| {
        let Told::Alarm {
            form,
            from,
            genuine,
            ..
        } = &line.told
        else {
            return None;
        };
        let not = if *genuine { "" } else { ", not genuine" };
        Some(format!("alarm: {form} from {from}{not}"))
    });
    alarms.collect()
}

fn acts(look: &Look<'_>) -> Vec<String> {
    let mut lanes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in look.story {
        let Told::Acted {
            actor,
            deed,
            outcome,
            ..
        } = &line.told
        else {
            continue;
        };
        let outcome = match outcome {
            Outcome::Done => "done",
            Outcome::Refused { .. } => "refused",
        };
        let act = format!("{actor}: {deed}, {outcome}");
        let lane = lanes.entry(actor).or_default();
        if lane.last() != Some(&act) {
            lane.push(act);
        }
    }
    lanes.into_values().flatten().collect()
}

fn tasks(look: &Look<'_>) -> Vec<String> {
    let Some(run) = look.run else {
        return Vec::new();
    };
    let mut ends: BTreeMap<&TaskId, Vec<Word>> = BTreeMap::new();
    for line in look.lines {
        if let Some((task, word)) = ending(&line.event) {
            ends.entry(task).or_default().push(word);
        }
    }
    let tasks = run.tasks.iter().map(|task| {
        let id = &task.task.id;
        let mut words = ends.remove(id).unwrap_or_default();
        words.retain(|word| !matches!(word, Word::Partial | Word::Unknown));
        // a task that is the person's from the start is told so by its release
        if task.needed_you && !words.contains(&Word::NeedsYou) {
            words.insert(0, Word::NeedsYou);
        }
        words.push(task.word);
        words.dedup();
        let words: Vec<&str> = words.into_iter().map(Word::as_str).collect();
        format!("task {id}: {}", words.join(", "))
    });
    tasks.collect()
}

/// The state in which an event ends a task.
fn ending(event: &Event) -> Option<(&TaskId, Word)> {
    if let Event::Verified { task, .. } = event {
        return Some((task, Word::Verified));
    }
    if let Event::Refused { task, .. } = event {
        return Some((task, Word::Refused));
    }
    if let Event::NeedsYou { task, .. } = event {
        return Some((task, Word::NeedsYou));
    }
    if let Event::Skipped { task, .. } = event {
        return Some((task, Word::Skipped));
    }
    None
}

fn answers(look: &Look<'_>) -> Vec<String> {
    let mut last: BTreeMap<&str, String> = BTreeMap::new();
    for line in look.story {
        if let Told::Answered {
            task,
            value,
            wanted,
            ..
        } = &line.told
        {
            let answer = match wanted {
                None => "a value",
                Some(wanted) if wanted.eq_ignore_ascii_case(value.trim()) => wanted,
                Some(_) => "not yet",
            };
            last.insert(task, format!("answer {task}: {answer}"));
        }
    }
    let planned = look.run.map(|run| run.tasks.as_slice()).unwrap_or_default();
    let mut answers: Vec<String> = planned
        .iter()
        .filter_map(|task| last.remove(task.task.id.as_str()))
        .collect();
    answers.extend(last.into_values());
    answers
}

fn calls(look: &Look<'_>) -> Vec<String> {
    let mut calls: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in look.story {
        if let Told::Called { contact, stage } = &line.told {
            let stages = calls.entry(contact).or_default();
            if stages.last() != Some(&stage.as_str()) {
                stages.push(stage);
            }
        }
    }
    calls
        .into_iter()
        .map(|(contact, stages)| format!("call {contact}: {}", stages.join(", ")))
        .collect()
}

/// By whom and about what, in the order of the plan.
fn claims(look: &Look<'_>, false_done: &[FalseDone]) -> Vec<String> {
    let planned = look.run.map(|run| run.tasks.as_slice()).unwrap_or_default();
    let place = |claim: &&FalseDone| {
        planned
            .iter()
            .position(|task| claim.task.as_deref() == Some(task.task.id.as_str()))
            .unwrap_or(planned.len())
    };
    let mut claims: Vec<&FalseDone> = false_done.iter().collect();
    claims.sort_by_key(place);
    let claims = claims.into_iter().map(|claim| {
        let by = match claim.by {
            By::You => "you",
            By::Firebreak => "Firebreak",
        };
        format!("false done by {by}: {}", claim.what)
    });
    let mut lines: Vec<String> = claims.collect();
    lines.dedup();
    lines
}

fn who(player: Player) -> &'static str {
    match player {
        Player::You => "you",
        Player::Good => "good",
        Player::Idle => "idle",
        Player::Liar => "liar",
    }
}

fn how(ended: Ended) -> &'static str {
    match ended {
        Ended::Finished => "finished",
        Ended::StoodDown => "stood down",
        Ended::Abandoned => "abandoned",
        Ended::Real => "real",
        Ended::BrokenOff => "broken off",
        Ended::TimedOut => "timed out",
    }
}
