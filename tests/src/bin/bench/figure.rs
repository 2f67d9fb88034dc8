//! One measured figure, its baseline, and the table of all. Medians: one slow sample is not the
//! machine's speed.

use std::{fmt::Write as _, time::Duration};

/// What was measured, and against what.
pub(crate) struct Figure {
    /// What our side does.
    pub(crate) what: &'static str,
    /// Our side, once for each sample.
    pub(crate) ours: Vec<Duration>,
    /// What the other side does.
    pub(crate) against: &'static str,
    /// The other side, once for each sample.
    pub(crate) baseline: Vec<Duration>,
    pub(crate) goal: Goal,
}

/// What the ratio should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// Ours takes at most this many times the baseline.
    AtMost(f64),
    /// The baseline takes at least this many times ours.
    FasterBy(f64),
    /// Nothing is promised; it is there to be seen.
    Seen,
}

impl Figure {
    fn ratio(&self) -> f64 {
        median(&self.ours).as_secs_f64() / median(&self.baseline).as_secs_f64()
    }

    fn verdict(&self) -> String {
        let ratio = self.ratio();
        let (words, met) = match self.goal {
            Goal::AtMost(most) => (format!("{ratio:.2}x, goal at most {most}x"), ratio <= most),
            Goal::FasterBy(least) => (
                format!("{:.1}x faster, goal {least}x", 1.0 / ratio),
                1.0 / ratio >= least,
            ),
            Goal::Seen => return format!("{ratio:.2}x, no goal"),
        };
        format!("{words}: {}", if met { "met" } else { "MISSED" })
    }
}

/// All figures, as text.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        let (ours, baseline) = (&figure.ours, &figure.baseline);
        // writing to a string cannot fail
        let _ = writeln!(text, "\n{}", figure.what);
        let _ = writeln!(text, "  ours      {}", spread(ours));
        let _ = writeln!(text, "  baseline  {}  {}", spread(baseline), figure.against);
        let _ = writeln!(text, "  ratio     {}", figure.verdict());
    }
    text
}

fn spread(samples: &[Duration]) -> String {
    let least = samples.iter().min().copied().unwrap_or_default();
    let most = samples.iter().max().copied().unwrap_or_default();
    format!(
        "{:>10}  (median of {}, {} to {})",
        shown(median(samples)),
        samples.len(),
        shown(least),
        shown(most)
    )
}

fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 0.01 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{:.3} ms", seconds * 1e3),
    }
}

fn median(samples: &[Duration]) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_of_medians_and_is_told_with_its_goal() {
        let millis = |all: &[u64]| all.iter().map(|ms| Duration::from_millis(*ms)).collect();
        let mut figure = Figure {
            what: "a press",
            ours: millis(&[30, 10, 900]),
            against: "bare",
            baseline: millis(&[20, 20, 20]),
            goal: Goal::AtMost(1.5),
        };
        assert_eq!(figure.verdict(), "1.50x, goal at most 1.5x: met");
        figure.goal = Goal::AtMost(1.2);
        assert_eq!(figure.verdict(), "1.50x, goal at most 1.2x: MISSED");
        figure.baseline = millis(&[300]);
        figure.goal = Goal::FasterBy(10.0);
        assert_eq!(figure.verdict(), "10.0x faster, goal 10x: met");
    }
}
