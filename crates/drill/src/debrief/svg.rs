//! The picture, drawn with the classes of the page's style sheet.
//!
//! What colour tells, shape tells too: what is in flight is square and what is in hand is round, a
//! proof is a disc, an intruder's act a diamond, a refused one a cross. All text is escaped: names
//! and deeds may come from a scenario that somebody else wrote.

use std::fmt::{self, Write};

use super::{Across, AcrossKind, Lane, MarkKind, Span, SpanKind, Timeline, Whose};
use crate::words::clock_from;

const WIDTH: f64 = 1102.0;
/// Where the lanes begin: names stand to the left of it.
const LEFT: f64 = 228.0;
const RIGHT: f64 = 1070.0;
/// How far lanes are apart.
const LANE: f64 = 29.0;
/// How far lines of the names over the lanes are apart, and how wide one is taken for.
const LABEL: f64 = 16.0;
const LABEL_WIDTH: f64 = 120.0;
/// How long a span is that has room for a word.
const WORD: f64 = 84.0;
/// How many characters of a name have room.
const NAME: usize = 25;
/// Steps between marks of the time axis, in seconds.
const STEPS: [u64; 10] = [5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600];
const MOST_STEPS: u64 = 8;

pub(super) fn draw(timeline: &Timeline) -> String {
    let mut svg = String::new();
    let drawn = Drawing::of(timeline).write(&mut svg);
    debug_assert!(drawn.is_ok(), "text can always be written to");
    svg
}

struct Drawing<'a> {
    timeline: &'a Timeline,
    /// The row of each line's name over the lanes.
    rows: Vec<usize>,
    /// Where the lanes begin.
    top: f64,
}

impl<'a> Drawing<'a> {
    fn of(timeline: &'a Timeline) -> Self {
        let rows = label_rows(timeline);
        let count = rows.iter().max().map_or(1, |last| last + 1);
        Self {
            timeline,
            top: 10.0 + LABEL * number(count),
            rows,
        }
    }

    fn write(&self, svg: &mut String) -> fmt::Result {
        let bottom = self.bottom();
        let height = bottom + 24.0;
        write!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH:.0} {height:.0}" role="img" aria-labelledby="drill-timeline drill-timeline-says">"#
        )?;
        write!(
            svg,
            r#"<title id="drill-timeline">Timeline of the drill</title><desc id="drill-timeline-says">{}</desc>"#,
            escaped(&describe(self.timeline))
        )?;
        self.axis(svg)?;
        for (nth, lane) in self.timeline.lanes.iter().enumerate() {
            self.lane(svg, lane, self.lane_y(nth))?;
        }
        for (line, row) in self.timeline.lines.iter().zip(&self.rows) {
            self.line(svg, line, *row)?;
        }
        svg.push_str("</svg>\n");
        Ok(())
    }

    fn axis(&self, svg: &mut String) -> fmt::Result {
        let bottom = self.bottom();
        let (top, text) = (self.top + 12.0, bottom + 18.0);
        let zero = self.timeline.zero_ms;
        let step = 1_000 * step_of(self.timeline.length_ms / 1_000);
        // the first mark is at or after the beginning, and the zero is one of them
        let mut at = zero % step;
        while at <= self.timeline.length_ms {
            let x = self.x(at);
            write!(
                svg,
                r#"<line class="rule" x1="{x:.1}" x2="{x:.1}" y1="{top:.1}" y2="{bottom:.1}"/><text x="{x:.1}" y="{text:.1}" text-anchor="middle">{}</text>"#,
                clock_from(zero, at)
            )?;
            at += step;
        }
        write!(
            svg,
            r#"<line class="axis" x1="{LEFT:.1}" x2="{RIGHT:.1}" y1="{bottom:.1}" y2="{bottom:.1}"/>"#
        )
    }

    fn lane(&self, svg: &mut String, lane: &Lane, y: f64) -> fmt::Result {
        let baseline = y + 4.0;
        write!(
            svg,
            r#"<text x="0" y="{baseline:.1}" class="strong" text-anchor="start">{}</text>"#,
            escaped(&shortened(&lane.title))
        )?;
        for span in &lane.spans {
            self.span(svg, span, y)?;
        }
        for mark in &lane.marks {
            let x = self.x(mark.at_ms);
            let says = escaped(&format!("{} {}", self.clock(mark.at_ms), mark.says));
            let shape = match (mark.kind, lane.whose) {
                (MarkKind::Proof, _) => disc("proof", x, y, 6.5),
                (MarkKind::Act, Whose::Intruder) => diamond("bad", x, y),
                (MarkKind::Act, Whose::Innocent) => diamond("flight", x, y),
                (MarkKind::Act, Whose::Yours) => disc("hand", x, y, 5.0),
                (MarkKind::Refused, _) => cross(x, y),
            };
            write!(svg, "<g><title>{says}</title>{shape}</g>")?;
        }
        Ok(())
    }

    fn span(&self, svg: &mut String, span: &Span, y: f64) -> fmt::Result {
        let (x1, x2) = (self.x(span.from_ms), self.x(span.until_ms));
        let (width, top) = ((x2 - x1).max(1.0), y - 7.0);
        match span.kind {
            SpanKind::Wait => write!(
                svg,
                r#"<line class="wait" x1="{x1:.1}" x2="{x2:.1}" y1="{y:.1}" y2="{y:.1}"/>"#
            ),
            SpanKind::Flight => write!(
                svg,
                r#"<rect class="flight" x="{x1:.1}" y="{top:.1}" width="{width:.1}" height="14" rx="1"/>"#
            ),
            SpanKind::Hand => write!(
                svg,
                r#"<rect class="hand" x="{x1:.1}" y="{top:.1}" width="{width:.1}" height="14" rx="7"/>"#
            ),
            SpanKind::Bad => {
                let middle = f64::midpoint(x1, x2).clamp(LEFT + 32.0, RIGHT - 32.0);
                // where it has no room inside, the word stands over it
                let baseline = if width < WORD { y - 9.0 } else { y + 4.0 };
                write!(
                    svg,
                    r#"<rect class="bad" x="{x1:.1}" y="{top:.1}" width="{width:.1}" height="14" rx="1"/><text x="{middle:.1}" y="{baseline:.1}" class="strong" text-anchor="middle">false done</text>"#
                )
            }
        }
    }

    fn line(&self, svg: &mut String, line: &Across, row: usize) -> fmt::Result {
        let (mark, text) = match line.kind {
            AcrossKind::Alarm | AcrossKind::Press | AcrossKind::Inject => ("inj", "injt"),
            AcrossKind::Target | AcrossKind::Contained => ("targ", "strong"),
        };
        let x = self.x(line.at_ms);
        let (top, bottom) = (self.top, self.bottom());
        let y = 12.0 + LABEL * number(row);
        let anchor = if x > RIGHT - 60.0 { "end" } else { "middle" };
        write!(
            svg,
            r#"<line class="{mark}" x1="{x:.1}" x2="{x:.1}" y1="{top:.1}" y2="{bottom:.1}"/><text x="{x:.1}" y="{y:.1}" class="{text}" text-anchor="{anchor}">{}</text>"#,
            escaped(&line.says)
        )
    }

    fn clock(&self, at_ms: u64) -> String {
        clock_from(self.timeline.zero_ms, at_ms)
    }

    fn x(&self, at_ms: u64) -> f64 {
        let length = self.timeline.length_ms.max(1);
        // in steps that are finer than what is drawn
        let part = u128::from(at_ms.min(length)) * 100_000 / u128::from(length);
        let part = f64::from(u32::try_from(part).unwrap_or(100_000)) / 100_000.0;
        LEFT + (RIGHT - LEFT) * part
    }

    fn lane_y(&self, nth: usize) -> f64 {
        self.top + 28.0 + LANE * number(nth)
    }

    fn bottom(&self) -> f64 {
        self.lane_y(self.timeline.lanes.len()) - 10.0
    }
}

/// How far marks of the axis are apart, in seconds.
fn step_of(seconds: u64) -> u64 {
    let longest = STEPS[STEPS.len() - 1];
    STEPS
        .into_iter()
        .find(|step| seconds / step <= MOST_STEPS)
        .unwrap_or_else(|| longest * (seconds / longest / MOST_STEPS + 1))
}

/// Names that would stand on each other get rows of their own.
fn label_rows(timeline: &Timeline) -> Vec<usize> {
    let drawing = Drawing {
        timeline,
        rows: Vec::new(),
        top: 0.0,
    };
    let mut ends: Vec<f64> = Vec::new();
    let lines = timeline.lines.iter().map(|line| {
        let from = drawing.x(line.at_ms) - LABEL_WIDTH / 2.0;
        let row = ends.iter().position(|end| *end <= from);
        let row = row.unwrap_or_else(|| {
            ends.push(0.0);
            ends.len() - 1
        });
        ends[row] = from + LABEL_WIDTH;
        row
    });
    lines.collect()
}

/// What the picture shows, in sentences, for who does not see it.
fn describe(timeline: &Timeline) -> String {
    let clock = |at_ms| clock_from(timeline.zero_ms, at_ms);
    let mut says: Vec<String> = timeline
        .lines
        .iter()
        .map(|line| format!("{} at {}.", line.says, clock(line.at_ms)))
        .collect();
    for lane in &timeline.lanes {
        let lies = lane.spans.iter().filter(|span| span.kind == SpanKind::Bad);
        says.extend(lies.map(|span| {
            let (from, until) = (clock(span.from_ms), clock(span.until_ms));
            format!("{}: false done from {from} to {until}.", lane.title)
        }));
        let mut marks = lane.marks.iter();
        if let Some(last) = marks.rfind(|mark| mark.kind == MarkKind::Proof) {
            says.push(format!(
                "{}: verified at {}.",
                lane.title,
                clock(last.at_ms)
            ));
        }
    }
    says.join(" ")
}

fn disc(class: &str, x: f64, y: f64, radius: f64) -> String {
    format!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius}"/>"#)
}

fn diamond(class: &str, x: f64, y: f64) -> String {
    let top = y - 6.5;
    format!(r#"<path class="{class}" d="M{x:.1} {top:.1}l6.5 6.5l-6.5 6.5l-6.5 -6.5z"/>"#)
}

fn cross(x: f64, y: f64) -> String {
    let (left, top) = (x - 5.0, y - 5.0);
    format!(r#"<path class="axis" d="M{left:.1} {top:.1}l10 10m0 -10l-10 10"/>"#)
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    let kept: String = name.chars().take(NAME - 1).collect();
    format!("{}\u{2026}", kept.trim_end())
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Text as it can stand in the picture: no markup, nothing that XML forbids, and nothing that turns
/// the direction of what stands beside it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for each in text.chars() {
        match each {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            '\u{fffe}' | '\u{ffff}' => {}
            each if each.is_control() => out.push(' '),
            each => out.push(each),
        }
    }
    out
}
