//! What the drills of a person come to: a series a scenario, the median of the last ones, the best.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Drilled, History};
use crate::score::Verdict;

/// A drill in a chart.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The drill's id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// From the alarm until it was contained, in milliseconds; none where it never was.
    pub contained_ms: Option<u64>,
    /// How many false "done".
    pub false_done: u64,
    /// In one word.
    pub verdict: Verdict,
}

impl History {
    /// A person's drills of a scenario, in the order of the file. Those at another speed than the
    /// clock's are left out: their times are not to be compared.
    pub fn series(&self, scenario: &str) -> Vec<Point> {
        let mine = self.drills().iter().filter(|drill| {
            drill.counts() && drill.began.scenario == scenario && is_at_clock_speed(drill)
        });
        mine.filter_map(point).collect()
    }

    /// The median time to containment of the last `n` of a series, in milliseconds. One that never
    /// was contained counts as longer than any that was; none where that is the median.
    pub fn median(&self, scenario: &str, n: usize) -> Option<u64> {
        let series = self.series(scenario);
        let last = &series[series.len().saturating_sub(n)..];
        let mut times: Vec<u64> = last
            .iter()
            .map(|point| point.contained_ms.unwrap_or(u64::MAX))
            .collect();
        times.sort_unstable();
        let upper = *times.get(times.len() / 2)?;
        let lower = times[(times.len() - 1) / 2];
        (upper != u64::MAX).then(|| lower.midpoint(upper))
    }

    /// A person's shortest time to containment in a scenario, without a false "done".
    pub fn best(&self, scenario: &str) -> Option<u64> {
        let honest = self.series(scenario).into_iter();
        honest
            .filter(|point| point.false_done == 0)
            .filter_map(|point| point.contained_ms)
            .min()
    }
}

fn point(drill: &Drilled) -> Option<Point> {
    let done = drill.done.as_ref()?;
    let score = &done.score;
    Some(Point {
        id: drill.began.id.clone(),
        at: done.at,
        contained_ms: score.times.alarm_to_contained.filter(|_| score.contained),
        false_done: u64::try_from(score.false_done.len()).unwrap_or(u64::MAX),
        verdict: score.verdict,
    })
}

fn is_at_clock_speed(drill: &Drilled) -> bool {
    (drill.began.speed - 1.0).abs() < 1e-9
}
