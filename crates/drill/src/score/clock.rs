//! The drill's clock and the run's: where one stands on the other, and what was stopped.

use incident::{Event, Run, journal::Line};

use crate::story::{StoryLine, Told};

/// A run's lines that are further than this from the press are taken for something else.
const NEAR_THE_PRESS_MS: u64 = 2_000;

/// When what times count from happened, in milliseconds since the drill began.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Clocked {
    /// The first genuine alarm.
    pub(crate) alarm: Option<u64>,
    /// The press.
    pub(crate) pressed: Option<u64>,
    /// The last line.
    pub(crate) end: u64,
    /// Whether times are judged.
    pub(crate) judged: bool,
    /// The zero of the run's clock.
    run_zero: u64,
    /// From when to when the clock was stopped.
    stopped: Vec<(u64, u64)>,
}

impl Clocked {
    pub(crate) fn of(story: &[StoryLine], run: Option<&[Line]>) -> Self {
        let mut clocked = Self::default();
        let mut stopped_at = None;
        for line in story {
            clocked.end = clocked.end.max(line.at_ms);
            match &line.told {
                Told::Began { clock, .. } => clocked.judged = *clock,
                Told::Alarm { genuine: true, .. } => {
                    clocked.alarm.get_or_insert(line.at_ms);
                }
                Told::Pressed { .. } => {
                    clocked.pressed.get_or_insert(line.at_ms);
                }
                Told::Paused => {
                    stopped_at.get_or_insert(line.at_ms);
                }
                Told::WentOn => {
                    let since = stopped_at.take();
                    clocked
                        .stopped
                        .extend(since.map(|since| (since, line.at_ms)));
                }
                Told::Alarm { genuine: false, .. }
                | Told::Injected { .. }
                | Told::Acted { .. }
                | Told::Truth { .. }
                | Told::Looked { .. }
                | Told::Did { .. }
                | Told::Answered { .. }
                | Told::Called { .. }
                | Told::Asked { .. }
                | Told::Ended { .. } => {}
            }
        }
        let end = clocked.end;
        clocked.stopped.extend(stopped_at.map(|since| (since, end)));
        clocked.run_zero = run_zero(clocked.pressed.unwrap_or(0), run.unwrap_or_default());
        let last = run.and_then(<[Line]>::last);
        let run_end = last.map_or(0, |line| clocked.on_drill(line.mono_ms));
        clocked.end = clocked.end.max(run_end);
        clocked
    }

    /// A time of the run's clock on the drill's.
    pub(crate) fn on_drill(&self, mono_ms: u64) -> u64 {
        self.run_zero.saturating_add(mono_ms)
    }

    /// What the times of a score count from: the press, or the alarm where nothing was pressed.
    pub(crate) fn from(&self) -> Option<u64> {
        self.pressed.or(self.alarm)
    }

    /// How long it was from one time to another, without what was stopped; 0 backwards.
    pub(crate) fn between(&self, from: u64, to: u64) -> u64 {
        let whole = to.saturating_sub(from);
        let stopped: u64 = self
            .stopped
            .iter()
            .map(|(since, until)| (*until).min(to).saturating_sub((*since).max(from)))
            .sum();
        whole.saturating_sub(stopped)
    }
}

/// The zero of the run's clock on the drill's. A line of the story that stands in the journal was
/// told before it was written, so none of them can be later there than its own time.
fn run_zero(pressed: u64, lines: &[Line]) -> u64 {
    let told = lines.iter().filter_map(|line| {
        let Event::Story { line: value } = &line.event else {
            return None;
        };
        let at_ms = value.get("at_ms")?.as_u64()?;
        at_ms.checked_sub(line.mono_ms)
    });
    told.max()
        .filter(|zero| zero.abs_diff(pressed) <= NEAR_THE_PRESS_MS)
        .unwrap_or(pressed)
}

/// The run as its lines tell it, as far as they are possible.
pub(crate) fn replayed(lines: &[Line]) -> Option<Run> {
    let (first, rest) = lines.split_first()?;
    let mut run = Run::start(first.stamp(), &first.event).ok()?;
    for line in rest {
        if run.apply(line.stamp(), &line.event).is_err() {
            break;
        }
    }
    Some(run)
}
