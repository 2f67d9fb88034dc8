//! A run in lines of words: what happened, and how it stands. No cursor moves here.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use incident::{Event, Mode, Run, Summary, WithoutStop, Word, journal::Line};
use runbook::TaskId;

use crate::out::{Out, style_of};

/// What was told of a run already.
#[derive(Default)]
pub(crate) struct Told {
    words: BTreeMap<TaskId, Word>,
}

impl Told {
    /// What is new with `line`, which `run` holds already.
    pub(crate) fn news(&mut self, run: &Run, line: &Line) -> Vec<String> {
        let at = clock(line.mono_ms);
        let mut news = happening(run, line)
            .map(|text| format!("{at}  {text}"))
            .into_iter()
            .collect::<Vec<_>>();
        for task in &run.tasks {
            let id = &task.task.id;
            let before = self.words.insert(id.clone(), task.word);
            if before != Some(task.word) && (before.is_some() || task.word != Word::Queued) {
                let why = if task.why.is_empty() {
                    String::new()
                } else {
                    format!("   {}", task.why)
                };
                news.push(format!("{at}  {}   {}{why}", task.word, id));
            }
        }
        news
    }
}

/// What a line tells beside a task's state.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the states of tasks are told by their words; the journal holds the rest"
)]
fn happening(run: &Run, line: &Line) -> Option<String> {
    match &line.event {
        Event::RunStarted { plan, .. } => {
            let names = plan.accounts.iter().map(|account| account.name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            Some(format!(
                "{}   {}   {names}",
                mode(run.mode),
                plan.runbook.title
            ))
        }
        Event::RunExtended { plan, .. } => Some(format!("added: {}", plan.runbook.title)),
        Event::Resumed { .. } => Some("taken up again".to_owned()),
        Event::Reopened { task, found } => {
            let found = found.iter().map(door::Found::label).collect::<Vec<_>>();
            Some(format!("open again: {task}: {}", found.join(", ")))
        }
        Event::OrderAppeared { account, order, .. } => Some(format!(
            "new order on {account}: {} {} {}",
            order.side, order.quantity, order.instrument
        )),
        Event::FillSeen { account, fill, .. } => Some(format!(
            "filled on {account}: {} {} {} at {}",
            fill.side, fill.quantity, fill.instrument, fill.price
        )),
        Event::Noted { text, .. } => Some(format!("noted: {text}")),
        Event::RecordingFailed { why } => Some(format!("UNRECORDED: {why}")),
        Event::RecordingResumed { .. } => Some("recording again".to_owned()),
        Event::Reset { .. } => Some("reset".to_owned()),
        _ => None,
    }
}

/// How a run stands, the worst first.
pub(crate) fn summary(summary: &Summary, out: Out) -> Vec<String> {
    let mut lines = Vec::new();
    let open = summary.open.len();
    let read = match summary.read_by_you {
        0 => String::new(),
        read => format!(", {read} of them read by you"),
    };
    let verified = format!("{} of {} verified{read}", summary.verified, summary.tasks);
    if summary.contained {
        let after = summary
            .ms_to_contained
            .map(|ms| format!(" after {}", duration(ms)))
            .unwrap_or_default();
        let style = AnsiColor::Green.on_default().bold();
        lines.push(format!(
            "{}{after}   {open} still open   {verified}",
            out.paint(style, "CONTAINED")
        ));
    } else {
        let style = AnsiColor::Red.on_default().bold();
        lines.push(format!(
            "{}   {open} STILL OPEN   {verified}",
            out.paint(style, "NOT CONTAINED")
        ));
    }
    for task in &summary.open {
        let word = out.paint(style_of(task.state), task.state.as_str());
        lines.push(format!("  {word}   {}   {}", task.task, task.why));
    }
    for skipped in &summary.skipped_by_you {
        lines.push(format!("  skipped by you   {skipped}"));
    }
    if summary.appeared > 0 {
        lines.push(format!("held down: {} new orders", summary.appeared));
    }
    if !summary.without_stop.is_empty() {
        lines.push(without_stop(&summary.without_stop, out));
    }
    if !summary.recorded {
        lines.push(out.paint(
            AnsiColor::Red.on_default().bold(),
            "UNRECORDED: not every line of this run is on disk",
        ));
    }
    lines
}

/// Positions that now have no stop, with the stops that were cancelled.
pub(crate) fn without_stop(positions: &[WithoutStop], out: Out) -> String {
    let each = positions.iter().map(|bare| {
        let quantity = bare.position.quantity;
        let way = if quantity.is_sign_negative() {
            "short"
        } else {
            "long"
        };
        let stops = bare.stops.iter().map(|stop| {
            let price = stop.stop.map(|price| format!(" at {price}"));
            format!(
                "{} {}{}",
                stop.side,
                stop.quantity,
                price.unwrap_or_default()
            )
        });
        format!(
            "{} {} {way} ({})",
            door::clean(&bare.position.instrument),
            quantity.abs(),
            stops.collect::<Vec<_>>().join(", ")
        )
    });
    let label = out.paint(AnsiColor::Red.on_default().bold(), "NO STOP:");
    format!("{label} {}", each.collect::<Vec<_>>().join(", "))
}

/// A run's mode, as it stands before everything about it.
pub(crate) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "LIVE",
        Mode::Drill => "DRILL",
        Mode::Practice => "PRACTICE",
    }
}

/// The style of a mode. The word itself is always written too.
pub(crate) fn mode_style(mode: Mode) -> Style {
    match mode {
        Mode::Live => AnsiColor::Red.on_default().bold().invert(),
        Mode::Drill | Mode::Practice => AnsiColor::Magenta.on_default().bold().invert(),
    }
}

/// A run's clock: minutes, seconds, hundredths.
fn clock(ms: u64) -> String {
    format!("{}:{:02}.{:02}", ms / 60_000, ms / 1000 % 60, ms / 10 % 100)
}

/// Minutes and seconds.
pub(crate) fn minutes(ms: u64) -> String {
    format!("{}:{:02}", ms / 60_000, ms / 1000 % 60)
}

/// A length of time in the unit that it is read in.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1000, ms / 100 % 10),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_own_unit() {
        assert_eq!(duration(412), "412 ms");
        assert_eq!(duration(4_250), "4.2 s");
        assert_eq!(duration(132_000), "2 min 12 s");
        assert_eq!(minutes(161_000), "2:41");
        assert_eq!(clock(2_410), "0:02.41");
    }
}
