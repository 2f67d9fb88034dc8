//! What a drill says: its briefing, what reaches the person, how it came out.

use anstyle::{AnsiColor, Style};
use controller::drill::{CallView, DebriefView, Drill};
use drill::score::Score;
use serde_json::json;

use crate::out::Out;

/// The most of a timeline's row that is written in a terminal.
const MOST_OF_A_ROW: usize = 160;

/// What was shown already.
#[derive(Default)]
pub(super) struct Shown {
    alarms: usize,
    call: usize,
}

impl Shown {
    /// What is new since the last time.
    pub(super) fn news(&mut self, drill: &Drill, out: Out) {
        let view = drill.view();
        for alarm in view.alarms.iter().skip(self.alarms) {
            let style = AnsiColor::Yellow.on_default().bold();
            let form = out.paint(style, &alarm.form.to_uppercase());
            out.line(format!("{form}   {}: {}", alarm.from, alarm.text));
            if alarm.rings {
                out.line(format!("        it rings: pick up {}", alarm.nth));
            }
        }
        self.alarms = view.alarms.len();
        if let Some(call) = &view.call {
            self.call(call, out);
        }
    }

    fn call(&mut self, call: &CallView, out: Out) {
        if call.lines.len() < self.call {
            self.call = 0;
        }
        for line in call.lines.iter().skip(self.call) {
            out.line(format!("PHONE   {}: {}", line.who, line.text));
        }
        self.call = call.lines.len();
    }
}

/// What is known before it begins.
pub(super) fn briefing(drill: &Drill, out: Out) {
    let view = drill.view();
    let bold = Style::new().bold();
    out.line(format!(
        "{}   simulated accounts, nothing leaves this computer",
        out.paint(bold, &view.title)
    ));
    for line in view.story.trim().lines() {
        out.line(line.trim());
    }
    if let Some(fix) = &view.fix {
        out.line(format!("You wanted to do better: {fix}"));
    }
    out.line(format!("seed {}", drill.seed()));
}

/// The score, as one object.
pub(super) fn score(debrief: &DebriefView, score: &Score, seed: u64, out: Out) {
    out.object(&json!({
        "score": {
            "drill": debrief.drill,
            "scenario": debrief.scenario,
            "seed": seed,
            "player": debrief.player,
            "verdict": score.verdict,
            "why": score.why,
            "contained": score.contained,
            "board_contained": score.board_contained,
            "ended": score.ended,
            "times": score.times,
            "steps": score.steps,
            "false_done": score.false_done,
            "harm": score.harm,
            "events": score.events,
        }
    }));
}

/// How it came out, for people. Silent under `--json`.
pub(super) fn debrief(debrief: &DebriefView, out: Out) {
    let style = match debrief.verdict.as_str() {
        "good" => AnsiColor::Green.on_default().bold(),
        "fair" => AnsiColor::Yellow.on_default().bold(),
        _ => AnsiColor::Red.on_default().bold(),
    };
    out.line("");
    out.line(format!(
        "{}   {}   ({})",
        out.paint(style, &debrief.verdict.to_uppercase()),
        out.paint(Style::new().bold(), &debrief.headline),
        debrief.title
    ));
    if !debrief.lead.is_empty() {
        out.line(&debrief.lead);
    }
    for lie in &debrief.false_done {
        out.line(format!("false done   {lie}"));
    }
    if let Some(inject) = &debrief.inject {
        out.line(format!("on purpose   {inject}"));
    }
    let wide = debrief
        .figures
        .iter()
        .map(|it| it.label.chars().count())
        .max();
    for figure in &debrief.figures {
        out.line(format!(
            "  {:<wide$}  {:<10} {}",
            figure.label,
            figure.value,
            figure.note,
            wide = wide.unwrap_or(0)
        ));
    }
    out.line("");
    for row in &debrief.timeline {
        let bad = if row.bad { "   FALSE DONE" } else { "" };
        let what = door::clean_to(&row.what, MOST_OF_A_ROW);
        out.line(format!("  {:>6}  {:<24} {what}{bad}", row.at, row.who));
    }
    out.line("");
    for fix in &debrief.fixes {
        out.line(format!("fix {}   {}", fix.id, fix.text));
    }
    out.line(format!("lesson   {}", debrief.lesson));
    out.line(format!("good     {}", debrief.good));
    for source in &debrief.sources {
        out.line(format!("source   {source}"));
    }
    out.line(format!(
        "next: firebreak drill fix {} NUMBER, firebreak drill history, firebreak drill schedule",
        debrief.drill
    ));
}
