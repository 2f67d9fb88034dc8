//! Drills as the window shows them. What a scenario says is text, and bounded on its way.

use controller::drill::{
    AlarmView, CallView, DebriefView, HistoryView, PageView, Phase, PlayedView, ScenarioView,
    ScheduleView, SeriesView,
};
use drill::{Ended, Player};

use super::{DrillParts, count, time};
use crate::{
    ask::{
        Debrief, DebriefQuestion, DrillEnded, DrillPlayer, Figure, Fix, History, PageRow, PageTold,
        Played, Scenario, Series, TimelineRow,
    },
    view::{
        Alarm, Call, CallLine, Drill, DrillContact, DrillPhase, Fact, PageName, Schedule, Snoozed,
        WayIn,
    },
};

/// A drill under way.
pub(crate) fn drill(parts: &DrillParts<'_>) -> Drill {
    let view = parts.drill;
    Drill {
        scenario: view.scenario.clone(),
        title: view.title.clone(),
        story: view.story.clone(),
        fix: view.fix.clone(),
        phase: match view.phase {
            Phase::Briefing => DrillPhase::Briefing,
            Phase::Waiting => DrillPhase::Waiting,
            Phase::Alarm => DrillPhase::Alarm,
            Phase::Pressed => DrillPhase::Pressed,
            Phase::Over => DrillPhase::Over,
        },
        clock: view.clock,
        paused: view.paused,
        since_alarm_ms: parts.since_alarm_ms.map(count),
        warming_up: view.warming_up,
        alarms: view.alarms.iter().map(alarm).collect(),
        facts: view
            .facts
            .iter()
            .map(|fact| Fact {
                id: fact.id.clone(),
                ask: fact.ask.clone(),
                answer: fact.answer.clone(),
            })
            .collect(),
        pages: view
            .pages
            .iter()
            .map(|page| PageName {
                account: page.account.clone(),
                page: page.page.clone(),
                title: page.title.clone(),
            })
            .collect(),
        contacts: view
            .contacts
            .iter()
            .map(|contact| DrillContact {
                id: contact.id.clone(),
                name: contact.name.clone(),
            })
            .collect(),
        call: view.call.as_ref().map(call),
        keychain_locked: view.keychain_locked,
        window_dead: view.window_dead && parts.has_tray && view.run.is_none(),
        run: view.run.clone(),
    }
}

fn alarm(alarm: &AlarmView) -> Alarm {
    Alarm {
        nth: alarm.nth,
        form: alarm.form.clone(),
        from: alarm.from.clone(),
        text: alarm.text.clone(),
        after_ms: count(alarm.after_ms),
        rings: alarm.rings,
    }
}

fn call(call: &CallView) -> Call {
    Call {
        with: call.with.clone(),
        lines: call
            .lines
            .iter()
            .map(|line| CallLine {
                who: line.who.clone(),
                text: line.text.clone(),
            })
            .collect(),
        goes_on: call.goes_on,
        queued: call.queued,
    }
}

/// When to rehearse.
pub(crate) fn schedule(view: &ScheduleView) -> Schedule {
    Schedule {
        next: time(view.next),
        why: view.why.clone(),
        overdue: view.overdue,
        scenario: view.scenario.clone(),
        snoozed: view.snoozed.as_ref().map(|(until, reason)| Snoozed {
            until: time(*until),
            reason: reason.clone(),
        }),
        ways_in: view
            .ways_in
            .iter()
            .map(|way| WayIn {
                id: way.id.clone(),
                title: way.title.clone(),
                last: way.last.map(time),
                stale: way.stale,
            })
            .collect(),
        trouble: view.trouble.clone(),
    }
}

/// A scenario in a list.
pub(crate) fn scenario(view: &ScenarioView) -> Scenario {
    Scenario {
        id: view.id.clone(),
        title: view.title.clone(),
        way_in: view.way_in.clone(),
        story: view.story.clone(),
        minutes: view.minutes,
        own: view.own,
        played: view.played,
        last: view.last.map(time),
        best_ms: view.best_ms.map(count),
        last_verdict: view.last_verdict.clone(),
        sources: view.sources.clone(),
    }
}

/// A simulated page as it stands.
pub(crate) fn page(view: &PageView) -> PageTold {
    PageTold {
        account: view.account.clone(),
        page: view.page.clone(),
        title: view.title.clone(),
        rows: view
            .rows
            .iter()
            .map(|row| PageRow {
                id: row.id.clone(),
                text: row.text.clone(),
                action: row.action.clone(),
            })
            .collect(),
        refused: view.refused.clone(),
    }
}

/// What came of a drill.
pub(crate) fn debrief(view: DebriefView) -> Debrief {
    Debrief {
        drill: view.drill,
        scenario: view.scenario,
        title: view.title,
        at: time(view.at),
        verdict: view.verdict,
        why: view.why,
        headline: view.headline,
        lead: view.lead,
        figures: view
            .figures
            .into_iter()
            .map(|figure| Figure {
                label: figure.label,
                value: figure.value,
                note: figure.note,
            })
            .collect(),
        false_done: view.false_done,
        timeline_svg: view.timeline_svg,
        timeline: view
            .timeline
            .into_iter()
            .map(|row| TimelineRow {
                at_ms: i32::try_from(row.at_ms).unwrap_or(i32::MAX),
                who: row.who,
                what: row.what,
            })
            .collect(),
        fixes: view
            .fixes
            .into_iter()
            .map(|fix| {
                let (runbook, step) = fix.step.unzip();
                Fix {
                    id: fix.id,
                    text: fix.text,
                    runbook,
                    step,
                }
            })
            .collect(),
        chosen_fix: view.chosen_fix,
        questions: view
            .questions
            .into_iter()
            .map(|question| DebriefQuestion {
                id: question.id,
                ask: question.ask,
                answer: question.answer,
            })
            .collect(),
        lesson: view.lesson,
        good: view.good,
        run: view.run,
        next: time(view.next),
        next_why: view.next_why,
    }
}

/// Drills so far.
pub(crate) fn history(view: &HistoryView, schedule: &ScheduleView) -> History {
    History {
        drills: view.drills.iter().map(played).collect(),
        series: view.series.iter().map(series).collect(),
        schedule: self::schedule(schedule),
        trouble: view.trouble.clone(),
    }
}

fn played(view: &PlayedView) -> Played {
    Played {
        drill: view.drill.clone(),
        scenario: view.scenario.clone(),
        at: time(view.at),
        player: match view.player {
            Player::You => DrillPlayer::You,
            Player::Good => DrillPlayer::Good,
            Player::Idle => DrillPlayer::Idle,
            Player::Liar => DrillPlayer::Liar,
        },
        ended: match view.ended {
            Ended::Finished => DrillEnded::Finished,
            Ended::StoodDown => DrillEnded::StoodDown,
            Ended::Abandoned => DrillEnded::Abandoned,
            Ended::Real => DrillEnded::Real,
            Ended::BrokenOff => DrillEnded::BrokenOff,
            Ended::TimedOut => DrillEnded::TimedOut,
        },
        verdict: view.verdict.clone(),
        contained_ms: view.contained_ms.map(count),
        false_done: view.false_done,
    }
}

fn series(view: &SeriesView) -> Series {
    Series {
        scenario: view.scenario.clone(),
        title: view.title.clone(),
        contained_ms: view.contained_ms.iter().map(|ms| ms.map(count)).collect(),
        median_ms: view.median_ms.map(count),
        best_ms: view.best_ms.map(count),
    }
}
