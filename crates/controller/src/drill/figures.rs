//! A score in a person's words.

use drill::{
    history::History,
    scenario::Scenario,
    schedule::Schedule,
    score::{By, FalseDone, Score},
};
use jiff::tz::TimeZone;

use super::Figure;

/// How many of the last drills a median is of.
const MEDIAN_OF: usize = 5;

/// The figures of a score, the most important first.
pub(super) fn of(
    history: &History,
    scenario: &Scenario,
    score: &Score,
    next: &Schedule,
) -> Vec<Figure> {
    let times = &score.times;
    let best = history.best(&scenario.id);
    let target = scenario.targets.contained.map(|target| {
        let ms = u64::try_from(target.as_millis()).unwrap_or(u64::MAX);
        format!("target {}", clock(ms))
    });
    let held_against = [target, best.map(|best| format!("best {}", clock(best)))];
    let against = held_against.into_iter().flatten().collect::<Vec<_>>();
    let mut figures = Vec::new();
    if scenario.right.press || times.alarm_to_press.is_some() {
        figures.push(figure(
            "Contained in",
            time(times.alarm_to_contained),
            against.join(", "),
        ));
        figures.push(figure(
            "Alarm to press",
            time(times.alarm_to_press),
            "from the first sign".to_owned(),
        ));
    }
    if let Some(median) = history.median(&scenario.id, MEDIAN_OF) {
        figures.push(figure("Median of last 5", clock(median), String::new()));
    }
    if score.steps.all > 0 {
        figures.push(figure(
            "Steps done",
            format!("{} of {}", score.steps.done, score.steps.all),
            format!(
                "{} skipped, {} out of order",
                score.steps.skipped.len(),
                score.steps.out_of_order.len()
            ),
        ));
    }
    for (label, ms) in [
        ("Trading blocked", times.press_to_block),
        ("Last foreign order", times.to_last_order),
        ("Last foreign key", times.to_last_key),
        ("Last foreign session", times.to_last_session),
        ("Evidence begun", times.to_evidence),
        ("Call made", times.to_call),
    ] {
        if ms.is_some() {
            figures.push(figure(label, time(ms), "from the press".to_owned()));
        }
    }
    for harm in &score.harm {
        figures.push(figure(
            "Harm",
            harm.until_contained.round_dp(2).to_string(),
            format!(
                "{}; {} of it after the press",
                harm.account,
                harm.after_press.round_dp(2)
            ),
        ));
    }
    let due = next.due.to_zoned_datetime(TimeZone::system());
    figures.push(figure(
        "Next rehearsal",
        due.strftime("%a %-d %b").to_string(),
        next.why.clone(),
    ));
    figures
}

/// A false "done", in a sentence.
pub(super) fn false_done(lie: &FalseDone) -> String {
    let by = match lie.by {
        By::You => "You",
        By::Firebreak => "Firebreak",
    };
    format!(
        "{by} said \u{201c}{}\u{201d} about {}, and {}. It stayed so for {}.",
        lie.said,
        lie.what,
        lie.truth,
        clock(lie.lasted_ms)
    )
}

fn figure(label: &str, value: String, note: String) -> Figure {
    Figure {
        label: label.to_owned(),
        value,
        note,
    }
}

fn time(ms: Option<u64>) -> String {
    ms.map_or_else(|| "never".to_owned(), clock)
}

/// Minutes and seconds.
fn clock(ms: u64) -> String {
    let seconds = (ms + 500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
