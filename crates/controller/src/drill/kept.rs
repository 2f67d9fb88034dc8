//! What is kept of drills: the history, each drill's story, when to rehearse next, and the person's
//! own scenarios.
//!
//! A debrief is made anew from the story and the run's journal each time it is looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use drill::{
    Ended, StoryLine,
    debrief::{Debrief, Fix, QUESTIONS},
    history::{Began, Done, Drilled, History, HistoryError, Noted, Snoozed},
    inject::Inject,
    scenario::{self, Scenario, WayIn},
    schedule::{self, Schedule},
    score::{Judged, Score},
    stage::Plot,
};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    DebriefView, FixView, HistoryView, PlayedView, QuestionView, ScenarioView, ScheduleView,
    SeriesView, TimelineRow, WayInView, figures, seen,
};
use crate::{Error, Home, files, read_run};

/// How many of the last drills a median is of.
const MEDIAN_OF: usize = 5;
/// After so many days without a rehearsal a way in is called stale.
const STALE_AFTER_DAYS: i64 = 90;
/// The largest story that is read again.
const LARGEST_STORY: u64 = 64 * 1024 * 1024;

/// Where the person's own scenarios stand.
pub fn own_folder(home: &Home) -> PathBuf {
    home.drills().join("scenarios")
}

/// Every scenario, shipped ones first, and what is wrong with own ones that are not taken.
pub fn list(home: &Home) -> (Vec<ScenarioView>, Vec<String>) {
    let (own, refused) = scenario::load(&own_folder(home));
    let mut told = refused
        .into_iter()
        .flat_map(|(path, findings)| {
            let left = findings.into_iter();
            left.map(move |finding| format!("{}: {finding}", path.display()))
        })
        .collect::<Vec<_>>();
    let history = match History::read(&home.drills()) {
        Ok(history) => Some(history),
        Err(error) => {
            told.push(error.to_string());
            None
        }
    };
    let shipped = scenario::shipped();
    let shipped = shipped.iter().map(|it| (it, false));
    let all = shipped.chain(own.iter().map(|it| (it, true)));
    let list = all.map(|(it, own)| scenario_view(it, own, history.as_ref()));
    (list.collect(), told)
}

/// A scenario by its id; the one that is advised where none is named.
pub(super) fn scenario(home: &Home, id: &str, now: Timestamp) -> Result<Scenario, Error> {
    let id = if id.is_empty() {
        schedule(home, now)?.scenario
    } else {
        id.to_owned()
    };
    if let Some(shipped) = scenario::find(&id) {
        return Ok(shipped);
    }
    let (own, refused) = scenario::load(&own_folder(home));
    if let Some(found) = own.into_iter().find(|own| own.id == id) {
        return Ok(found);
    }
    let broken = refused
        .iter()
        .find(|(path, _)| path.file_stem().is_some_and(|it| it == id.as_str()));
    Err(match broken {
        Some((path, findings)) => {
            let findings = findings.iter().map(ToString::to_string).collect::<Vec<_>>();
            Error::wrong(format!(
                "{} is not a scenario: {}",
                path.display(),
                findings.join("; ")
            ))
            .untouched("no drill was started")
            .next("mend the file, then check it: firebreak drill lint FILE")
        }
        None => Error::wrong(format!("there is no scenario {id:?}"))
            .untouched("no drill was started")
            .next("see the scenarios: firebreak drill list"),
    })
}

/// Writes down that a drill begins. Says its id, and what the person chose to do better.
pub(super) fn begin(
    home: &Home,
    scenario: &Scenario,
    plot: &Plot,
    at: Timestamp,
) -> Result<(String, Option<String>), Error> {
    let mut history = read(home)?;
    let stamp = at
        .to_zoned_datetime(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let taken = |id: &str| history.drill(id).is_some();
    let plain = format!("{stamp}-{}", scenario.id);
    let mut id = plain.clone();
    let mut nth = 1;
    while taken(&id) {
        nth += 1;
        id = format!("{plain}-{nth}");
    }
    let fix = history.fix().map(|fix| fix.words.clone());
    let injects = plot.inject.map(|inject| inject.id().to_owned());
    history
        .began(Began {
            id: id.clone(),
            at,
            scenario: scenario.id.clone(),
            way_in: scenario.way_in.id().to_owned(),
            seed: plot.seed,
            injects: injects.into_iter().collect(),
            player: plot.player,
            speed: plot.speed,
            clock: plot.clock,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        })
        .map_err(|error| not_kept(&error))?;
    Ok((id, fix))
}

/// Scores a drill that has ended, and keeps it.
pub(super) fn end(
    home: &Home,
    id: &str,
    scenario: &Scenario,
    plot: &Plot,
    run: Option<&str>,
    story: &[StoryLine],
) -> Result<(DebriefView, Score), Error> {
    keep_story(home, id, story)?;
    let journal = run
        .map(|run| read_run(&home.runs().join(run)))
        .transpose()?;
    let lines = journal.as_ref().map(|it| it.lines.as_slice());
    let judged = Judged::of(scenario, plot.inject);
    let score = Score::of(&judged, story, lines);
    let mut history = read(home)?;
    history
        .done(Done {
            id: id.to_owned(),
            at: Timestamp::now(),
            score: score.clone(),
            run: run.map(str::to_owned),
        })
        .map_err(|error| not_kept(&error))?;
    let debrief = Debrief::of(&judged, story, lines, &score);
    let view = debrief_view(home, &history, id, scenario, &debrief, &score)?;
    Ok((view, score))
}

/// A drill that was played, looked at again. `latest` is the last one that has ended.
pub fn debrief(home: &Home, drill: &str) -> Result<DebriefView, Error> {
    let history = read(home)?;
    let (id, done) = ended(&history, drill)?;
    let known = history.drill(&id).ok_or_else(|| no_drill(drill))?;
    let scenario = scenario(home, &known.began.scenario, Timestamp::now())?;
    let inject = known
        .began
        .injects
        .first()
        .and_then(|id| Inject::from_id(id));
    let judged = Judged::of(&scenario, inject);
    let story = read_story(home, &id)?;
    let run = done
        .run
        .as_ref()
        .map(|run| read_run(&home.runs().join(run)));
    let run = run.transpose()?;
    let lines = run.as_ref().map(|it| it.lines.as_slice());
    let debrief = Debrief::of(&judged, &story, lines, &done.score);
    debrief_view(home, &history, &id, &scenario, &debrief, &done.score)
}

/// Keeps the one thing that the next briefing reminds of: a fix of the debrief by its id, or words
/// of the person's own. Says what it is.
pub fn choose_fix(home: &Home, drill: &str, fix: &str) -> Result<String, Error> {
    let view = debrief(home, drill)?;
    let chosen = match view.fixes.iter().find(|known| known.id == fix) {
        Some(known) => Fix {
            runbook: known.step.as_ref().map(|(runbook, _)| runbook.clone()),
            step: known.step.as_ref().map(|(_, step)| step.clone()),
            words: known.text.clone(),
        },
        None if fix.trim().chars().count() > 3 => Fix {
            runbook: None,
            step: None,
            words: fix.trim().to_owned(),
        },
        None => {
            return Err(Error::wrong(format!("the debrief has no fix {fix:?}"))
                .untouched("nothing was chosen")
                .next("choose one by its number, or say it in words of your own"));
        }
    };
    let words = chosen.words.clone();
    note(home, &view.drill, |noted| noted.fix = Some(chosen))?;
    Ok(words)
}

/// Keeps the answers to the three questions.
pub fn write_answers(home: &Home, drill: &str, answers: &[(String, String)]) -> Result<(), Error> {
    let (id, _) = ended(&read(home)?, drill)?;
    note(home, &id, |noted| {
        for (question, answer) in answers {
            let nth = question
                .parse::<usize>()
                .ok()
                .and_then(|nth| nth.checked_sub(1));
            if let Some(kept) = nth.and_then(|nth| noted.answers.get_mut(nth)) {
                kept.clone_from(answer);
            }
        }
    })
}

/// Drills so far.
pub fn history(home: &Home) -> Result<HistoryView, Error> {
    let history = read(home)?;
    let all = scenarios(home);
    let series = all.iter().filter_map(|scenario| {
        let points = history.series(&scenario.id);
        (!points.is_empty()).then(|| SeriesView {
            scenario: scenario.id.clone(),
            title: scenario.title.clone(),
            contained_ms: points.iter().map(|point| point.contained_ms).collect(),
            median_ms: history.median(&scenario.id, MEDIAN_OF),
            best_ms: history.best(&scenario.id),
        })
    });
    Ok(HistoryView {
        drills: history.drills().iter().rev().map(played_view).collect(),
        series: series.collect(),
        trouble: history.told().to_vec(),
    })
}

/// When to rehearse next, and how stale rehearsal is for each way in.
pub fn schedule(home: &Home, now: Timestamp) -> Result<ScheduleView, Error> {
    let history = read(home)?;
    let next = next_of(home, &history, now);
    let words = WayIn::ALL.iter().filter(|way| **way != WayIn::None);
    let words = words.map(|way| way.id().to_owned()).collect::<Vec<_>>();
    let stale = schedule::staleness(&history, &words, now);
    let all = scenarios(home);
    let advised = stale
        .iter()
        .find_map(|stale| all.iter().find(|it| it.way_in.id() == stale.way_in))
        .or(all.first());
    let mine = history.drills().iter().rev().find(|drill| drill.counts());
    Ok(ScheduleView {
        last: mine.map(Drilled::at),
        last_contained_ms: mine
            .and_then(|drill| drill.done.as_ref())
            .and_then(|done| done.score.times.alarm_to_contained),
        next: next.due,
        why: next.why,
        overdue: next.is_due,
        scenario: advised.map(|it| it.id.clone()).unwrap_or_default(),
        snoozed: next.snoozed.map(|snoozed| (snoozed.until, snoozed.reason)),
        ways_in: stale
            .into_iter()
            .map(|stale| WayInView {
                title: way_in_title(&stale.way_in),
                stale: stale.days.is_none_or(|days| days > STALE_AFTER_DAYS),
                id: stale.way_in,
                last: stale.last,
            })
            .collect(),
        trouble: history.told().to_vec(),
    })
}

/// Puts the next rehearsal off.
pub fn snooze(home: &Home, until: Timestamp, reason: &str) -> Result<(), Error> {
    let snoozed = Snoozed::new(Timestamp::now(), until, reason).map_err(Error::wrong)?;
    read(home)?
        .snooze(snoozed)
        .map_err(|error| not_kept(&error))
}

/// Writes the next rehearsal as iCalendar.
pub fn export_ics(home: &Home, path: &Path) -> Result<(), Error> {
    let now = Timestamp::now();
    let history = read(home)?;
    let text = schedule::ics(&next_of(home, &history, now), "Firebreak: rehearse", now);
    files::write(path, text.as_bytes())
}

fn next_of(home: &Home, history: &History, now: Timestamp) -> Schedule {
    schedule::schedule(history, &seen::changes(home, now), now)
}

fn read(home: &Home) -> Result<History, Error> {
    History::read(&home.drills()).map_err(|error| not_kept(&error))
}

/// What a way in is called.
fn way_in_title(id: &str) -> String {
    let known = WayIn::ALL.iter().find(|way| way.id() == id);
    known.map_or_else(|| id.to_owned(), |way| way.title().to_owned())
}

fn scenarios(home: &Home) -> Vec<Scenario> {
    let mut all = scenario::shipped();
    all.extend(scenario::load(&own_folder(home)).0);
    all
}

fn ended(history: &History, drill: &str) -> Result<(String, Done), Error> {
    let mut drills = history.drills().iter().rev();
    let found = drills.find_map(|known| {
        let done = known.done.clone()?;
        (drill == "latest" || known.began.id == drill).then(|| (known.began.id.clone(), done))
    });
    found.ok_or_else(|| no_drill(drill))
}

fn no_drill(drill: &str) -> Error {
    Error::wrong(format!("there is no drill {drill} that has ended"))
        .next("see the drills: firebreak drill history")
}

fn not_kept(error: &HistoryError) -> Error {
    Error::wrong(error)
}

fn note(home: &Home, id: &str, change: impl FnOnce(&mut Noted)) -> Result<(), Error> {
    let mut history = read(home)?;
    let before = history.drill(id).and_then(|drill| drill.noted.clone());
    let mut noted = before.unwrap_or_else(|| Noted {
        id: id.to_owned(),
        at: Timestamp::now(),
        fix: None,
        answers: Default::default(),
    });
    noted.at = Timestamp::now();
    change(&mut noted);
    history.noted(noted).map_err(|error| not_kept(&error))
}

fn story_path(home: &Home, id: &str) -> PathBuf {
    home.drills().join(format!("{id}.story.jsonl"))
}

fn keep_story(home: &Home, id: &str, story: &[StoryLine]) -> Result<(), Error> {
    let mut text = Vec::new();
    for line in story {
        serde_json::to_writer(&mut text, line).map_err(Error::wrong)?;
        text.push(b'\n');
    }
    files::write(&story_path(home, id), &text)
}

fn read_story(home: &Home, id: &str) -> Result<Vec<StoryLine>, Error> {
    let path = story_path(home, id);
    let too_large = fs::metadata(&path).is_ok_and(|about| about.len() > LARGEST_STORY);
    let damaged = |why: &str| {
        Error::wrong(format!("the story of the drill {id} cannot be read: {why}"))
            .untouched("it was left as it is")
    };
    if too_large {
        return Err(damaged("it is larger than any story"));
    }
    let text = files::read(&path)?.ok_or_else(|| damaged("its file is gone"))?;
    let lines = text.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(&error.to_string()))
}

fn scenario_view(scenario: &Scenario, own: bool, history: Option<&History>) -> ScenarioView {
    let mine = history.map(History::drills).unwrap_or_default().iter();
    let mine = mine.filter(|drill| drill.counts() && drill.began.scenario == scenario.id);
    let mine = mine.collect::<Vec<_>>();
    let last = mine.last();
    ScenarioView {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        way_in: scenario.way_in.title().to_owned(),
        story: scenario.story.clone(),
        minutes: u32::try_from(scenario.length.as_secs().div_ceil(60)).unwrap_or(u32::MAX),
        own,
        played: u32::try_from(mine.len()).unwrap_or(u32::MAX),
        last: last.map(|drill| drill.at()),
        best_ms: history.and_then(|history| history.best(&scenario.id)),
        last_verdict: last
            .and_then(|drill| drill.done.as_ref())
            .map(|done| done.score.verdict.as_str().to_owned()),
        sources: scenario.sources.clone(),
    }
}

fn played_view(drill: &Drilled) -> PlayedView {
    let score = drill.done.as_ref().map(|done| &done.score);
    PlayedView {
        drill: drill.began.id.clone(),
        scenario: drill.began.scenario.clone(),
        at: drill.began.at,
        player: drill.began.player,
        ended: score.map_or(Ended::BrokenOff, |score| score.ended),
        verdict: score.map(|score| score.verdict.as_str().to_owned()),
        contained_ms: score.and_then(|score| score.times.alarm_to_contained),
        false_done: score.map_or(0, |score| {
            u32::try_from(score.false_done.len()).unwrap_or(u32::MAX)
        }),
    }
}

fn debrief_view(
    home: &Home,
    history: &History,
    id: &str,
    scenario: &Scenario,
    debrief: &Debrief,
    score: &Score,
) -> Result<DebriefView, Error> {
    let known = history.drill(id).ok_or_else(|| no_drill(id))?;
    let noted = known.noted.as_ref();
    let next = next_of(home, history, Timestamp::now());
    let fixes = debrief.fix.iter().chain(&debrief.other_fixes);
    let inject = known
        .began
        .injects
        .first()
        .and_then(|id| Inject::from_id(id));
    Ok(DebriefView {
        drill: id.to_owned(),
        scenario: scenario.id.clone(),
        title: scenario.title.clone(),
        at: known.began.at,
        player: known.began.player,
        inject: inject.map(|inject| inject.says().to_owned()),
        verdict: score.verdict.as_str().to_owned(),
        why: score.why.clone(),
        headline: debrief.headline.clone(),
        lead: debrief.lead.clone(),
        figures: figures::of(history, scenario, score, &next),
        false_done: score.false_done.iter().map(figures::false_done).collect(),
        timeline_svg: debrief.timeline_svg.clone(),
        timeline: debrief
            .table
            .iter()
            .map(|row| TimelineRow {
                at_ms: row.at_ms,
                at: row.at.clone(),
                who: row.who.clone(),
                what: row.what.clone(),
                bad: row.bad,
            })
            .collect(),
        fixes: fixes
            .enumerate()
            .map(|(nth, fix)| FixView {
                id: (nth + 1).to_string(),
                text: fix.words.clone(),
                step: fix.runbook.clone().zip(fix.step.clone()),
            })
            .collect(),
        chosen_fix: noted.and_then(|noted| Some(noted.fix.as_ref()?.words.clone())),
        questions: QUESTIONS
            .iter()
            .enumerate()
            .map(|(nth, ask)| QuestionView {
                id: (nth + 1).to_string(),
                ask: (*ask).to_owned(),
                answer: noted
                    .and_then(|noted| noted.answers.get(nth).cloned())
                    .unwrap_or_default(),
            })
            .collect(),
        lesson: scenario.lesson.clone(),
        good: scenario.good.clone(),
        sources: scenario.sources.clone(),
        run: known.done.as_ref().and_then(|done| done.run.clone()),
        next: next.due,
        next_why: next.why,
    })
}
