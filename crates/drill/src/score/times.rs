//! When things happened, counted from the press.

use door::Lever;
use incident::{Event, Run, Word};

use super::{Look, Times, ledger::Kind};

pub(super) fn times(look: &Look<'_>) -> Times {
    let clocked = look.clocked;
    let Some(from) = clocked.from() else {
        return Times::default();
    };
    let since = |at: u64| clocked.between(from, at);
    let of_run = |mono_ms: u64| since(clocked.on_drill(mono_ms));
    let contained = look.ledger.contained_at().map(|at| at.max(from));
    // who presses before the alarm has lost no time
    let alarm = clocked.alarm.into_iter().chain(clocked.pressed).min();
    let from_alarm = |at: u64| alarm.map(|alarm| clocked.between(alarm, at));
    Times {
        alarm_to_press: clocked.pressed.and_then(from_alarm),
        press_to_block: look.run.and_then(block).map(of_run),
        to_last_order: look.ledger.last_gone(Kind::Order).map(since),
        to_last_key: look.ledger.last_gone(Kind::Key).map(since),
        to_last_session: look.ledger.last_gone(Kind::Session).map(since),
        to_evidence: evidence(look).map(of_run),
        to_call: call(look).map(since),
        to_contained: contained.map(since),
        to_board_contained: look
            .run
            .and_then(|run| run.summary().ms_to_contained)
            .map(of_run),
        alarm_to_contained: contained.and_then(from_alarm),
    }
}

/// When the last block on trading was proved, once all are.
fn block(run: &Run) -> Option<u64> {
    let mut blocks = run
        .tasks
        .iter()
        .filter(|task| task.task.lever() == Some(Lever::BlockTrading));
    let proved = |task: &incident::TaskRun| (task.word == Word::Verified).then_some(task.since_ms);
    let first = proved(blocks.next()?)?;
    blocks.try_fold(first, |last, task| Some(last.max(proved(task)?)))
}

fn evidence(look: &Look<'_>) -> Option<u64> {
    let mut kept = look.lines.iter();
    kept.find(|line| matches!(line.event, Event::Captured { .. }))
        .map(|line| line.mono_ms)
}

fn call(look: &Look<'_>) -> Option<u64> {
    let mut called = look.story.iter();
    called
        .find(|line| look.judged.is_call_out(&line.told))
        .map(|line| line.at_ms)
}
