//! One measured figure, its baseline, and the table of all. Medians: one slow sample is not the
//! machine's speed.

use std::{fmt::Write as _, time::Duration};

/// What was measured once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sample {
    /// How long it took.
    Time(Duration),
    /// How much memory it held.
    Bytes(u64),
}

impl From<Duration> for Sample {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

impl Sample {
    /// In seconds, or in mebibytes.
    fn value(self) -> f64 {
        match self {
            Self::Time(time) => time.as_secs_f64(),
            #[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
            Self::Bytes(bytes) => bytes as f64 / f64::from(1 << 20),
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Time(time) => match time.as_secs_f64() {
                seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
                seconds if seconds >= 0.01 => format!("{:.1} ms", seconds * 1e3),
                seconds => format!("{:.3} ms", seconds * 1e3),
            },
            Self::Bytes(_) => format!("{:.1} MiB", self.value()),
        }
    }
}

/// What was measured, and against what.
pub(crate) struct Figure {
    /// What our side does.
    pub(crate) what: &'static str,
    /// Our side, once for each sample.
    pub(crate) ours: Vec<Sample>,
    /// What the other side does.
    pub(crate) against: &'static str,
    /// The other side, once for each sample.
    pub(crate) baseline: Vec<Sample>,
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
        median(&self.ours) / median(&self.baseline)
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

fn spread(samples: &[Sample]) -> String {
    let sorted = sorted(samples);
    let shown = |sample: Option<&Sample>| sample.map_or_else(|| "-".to_owned(), |one| one.shown());
    format!(
        "{:>10}  (median of {}, {} to {})",
        shown(sorted.get(sorted.len() / 2)),
        sorted.len(),
        shown(sorted.first()),
        shown(sorted.last())
    )
}

fn median(samples: &[Sample]) -> f64 {
    let sorted = sorted(samples);
    sorted
        .get(sorted.len() / 2)
        .map_or(f64::NAN, |sample| sample.value())
}

fn sorted(samples: &[Sample]) -> Vec<Sample> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(|one, other| one.value().total_cmp(&other.value()));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_of_medians_and_is_told_with_its_goal() {
        let millis = |all: &[u64]| {
            all.iter()
                .map(|ms| Duration::from_millis(*ms).into())
                .collect()
        };
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
