//! What is kept of drills, listed.

use std::path::Path;

use controller::{Error, Home, drill as drills};
use drill::{inject::Inject, scenario::Scenario};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;

use crate::out::{Exit, Out};

pub(super) fn list(home: &Home, out: Out) -> Exit {
    let (scenarios, trouble) = drills::list(home);
    for scenario in &scenarios {
        let played = match (scenario.played, scenario.best_ms) {
            (0, _) => "not played yet".to_owned(),
            (times, None) => format!("played {times} times"),
            (times, Some(best)) => format!("played {times} times, best {}", clock(best)),
        };
        out.line(format!(
            "{:<18} {:<40} {:<28} {:>2} min   {played}",
            scenario.id, scenario.title, scenario.way_in, scenario.minutes
        ));
        out.object(scenario);
    }
    for said in trouble {
        out.aside(said);
    }
    Exit::Done
}

pub(super) fn injects(out: Out) -> Exit {
    for inject in Inject::ALL {
        out.line(format!("{:<20} {}", inject.id(), inject.says()));
        out.object(&json!({ "id": inject.id(), "says": inject.says() }));
    }
    Exit::Done
}

pub(super) fn history(home: &Home, scenario: Option<&str>, out: Out) -> Result<Exit, Error> {
    let history = drills::history(home)?;
    let wanted = |id: &str| scenario.is_none_or(|only| only == id);
    for drill in history
        .drills
        .iter()
        .filter(|drill| wanted(&drill.scenario))
    {
        let came = drill.verdict.as_deref().unwrap_or("broken off");
        let contained = drill.contained_ms.map_or_else(
            || "not contained".to_owned(),
            |ms| format!("contained {}", clock(ms)),
        );
        out.line(format!(
            "{:<40} {:<10} {contained:<18} {} false done   played by {}",
            drill.drill,
            came,
            drill.false_done,
            word(&drill.player)
        ));
        out.object(&json!({ "drill": drill }));
    }
    for series in history
        .series
        .iter()
        .filter(|series| wanted(&series.scenario))
    {
        let time = |ms: Option<u64>| ms.map_or_else(|| "none".to_owned(), clock);
        out.line(format!(
            "{:<18} {}   median of the last 5: {}   best: {}",
            series.scenario,
            sparkline(&series.contained_ms),
            time(series.median_ms),
            time(series.best_ms)
        ));
        out.object(&json!({ "series": series }));
    }
    if history.drills.is_empty() {
        out.line("No drill yet. The first takes a few minutes: firebreak drill");
    }
    for said in history.trouble {
        out.aside(said);
    }
    Ok(Exit::Done)
}

pub(super) fn schedule(
    home: &Home,
    snooze: Option<(u16, String)>,
    ics: Option<&Path>,
    out: Out,
) -> Result<Exit, Error> {
    let now = Timestamp::now();
    if let Some((days, reason)) = snooze {
        let until = now
            .checked_add(SignedDuration::from_hours(24 * i64::from(days)))
            .map_err(Error::wrong)?;
        drills::snooze(home, until, &reason)?;
    }
    if let Some(path) = ics {
        drills::export_ics(home, path)?;
        out.aside(format!("written: {}", path.display()));
    }
    let schedule = drills::schedule(home, now)?;
    out.object(&json!({ "schedule": schedule }));
    out.line(format!(
        "next rehearsal: {}   {}{}   advised: {}",
        day(schedule.next),
        schedule.why,
        if schedule.overdue { "   DUE" } else { "" },
        schedule.scenario
    ));
    for way in &schedule.ways_in {
        let last = way.last.map_or_else(|| "never".to_owned(), day);
        let stale = if way.stale { "   stale" } else { "" };
        out.line(format!("  {:<28} last rehearsed {last}{stale}", way.title));
    }
    for said in schedule.trouble {
        out.aside(said);
    }
    Ok(Exit::Done)
}

pub(super) fn lint(file: &Path, out: Out) -> Result<Exit, Error> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Error::wrong(format!("{} cannot be read: {error}", file.display()))
            .untouched("nothing was changed")
    })?;
    let name = file.display().to_string();
    let (scenario, findings) = Scenario::check(&name, &text);
    for finding in &findings {
        out.line(finding);
        out.object(&json!({
            "rule": finding.rule,
            "line": finding.line,
            "column": finding.column,
            "message": finding.message,
            "mend": finding.mend.text,
        }));
    }
    match scenario {
        Some(_) => {
            out.line("it can be played");
            Ok(Exit::Done)
        }
        None => Err(Error::wrong(format!("{name} is not a scenario"))
            .untouched("nothing was changed")
            .next("mend what is listed, then check it again")),
    }
}

/// Times as little bars, the shortest lowest; a gap where it was not contained.
fn sparkline(times: &[Option<u64>]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = times.iter().flatten().max().copied().unwrap_or(1).max(1);
    let bar = |ms: &u64| {
        let nth = (ms * 7).div_ceil(most);
        usize::try_from(nth)
            .ok()
            .and_then(|nth| BARS.get(nth))
            .copied()
            .unwrap_or('█')
    };
    times
        .iter()
        .map(|ms| ms.as_ref().map_or('·', bar))
        .collect()
}

fn word(value: &impl serde::Serialize) -> String {
    let told = serde_json::to_value(value).ok();
    told.and_then(|told| told.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn day(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system())
        .strftime("%a %-d %b %Y")
        .to_string()
}

fn clock(ms: u64) -> String {
    let seconds = (ms + 500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
