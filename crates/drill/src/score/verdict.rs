//! The verdict, and why. One rule a function, each saying how bad and in which words; the worst of
//! them is the verdict.

use incident::Run;

use super::{By, FalseDone, Look, Steps, Times, Verdict};
use crate::story::{Ended, Told};

/// The stages of a call at which something was given away, by [`crate::phone::Slip`]'s words.
const SECRET: &str = "secret";
const AGREED: &str = "agreed";

type Reason = (Verdict, String);

pub(super) fn verdict(
    look: &Look<'_>,
    false_done: &[FalseDone],
    steps: &Steps,
    times: &Times,
    contained: bool,
) -> (Verdict, Vec<String>) {
    if let Some(why) = unfinished(look.ended(), !false_done.is_empty()) {
        return (Verdict::Unfinished, vec![why.to_owned()]);
    }
    let mut reasons: Vec<Reason> = false_done.iter().map(called_done).collect();
    reasons.extend(press(look));
    reasons.extend(containment(look, contained));
    reasons.extend(left(look));
    reasons.extend(given_away(look));
    reasons.extend(cards(steps));
    reasons.extend(skipped(look));
    reasons.extend(late(look, times));
    if look.ended() == Ended::TimedOut && look.judged.contains && look.judged.press {
        reasons.push((
            Verdict::Fair,
            "Its time was over before you were done.".to_owned(),
        ));
    }
    reasons.sort_by_key(|(how, _)| std::cmp::Reverse(*how));
    let worst = reasons.first().map_or(Verdict::Good, |(how, _)| *how);
    (worst, reasons.into_iter().map(|(_, why)| why).collect())
}

/// What is not judged at all, and why.
fn unfinished(ended: Ended, lied: bool) -> Option<&'static str> {
    match ended {
        Ended::Real => Some("Something real came between. Nothing of it counts."),
        Ended::BrokenOff => Some("The program ended in the middle. Nothing of it counts."),
        Ended::Abandoned if !lied => Some("It was left before its end. Nothing of it counts."),
        Ended::Abandoned | Ended::Finished | Ended::StoodDown | Ended::TimedOut => None,
    }
}

fn called_done(each: &FalseDone) -> Reason {
    let FalseDone {
        what, said, truth, ..
    } = each;
    let words = match each.by {
        By::You => format!("You answered \u{201c}{said}\u{201d} to {what}, and {truth}."),
        By::Firebreak => format!("Firebreak said \u{201c}{said}\u{201d} of {what}, and {truth}."),
    };
    (Verdict::Failed, words)
}

fn press(look: &Look<'_>) -> Option<Reason> {
    let judged = look.judged;
    let stood_down = look.ended() == Ended::StoodDown;
    let reason = |how, why: &str| Some((how, why.to_owned()));
    let Some(runbook) = pressed(look) else {
        return match (judged.press, stood_down) {
            (true, true) => reason(
                Verdict::Failed,
                "You stood down, and somebody was at work in the account.",
            ),
            (true, false) => reason(Verdict::Poor, "Nothing was pressed."),
            (false, false) if judged.call.is_none() => reason(
                Verdict::Fair,
                "You did not press, which was right, and did not say that nothing has to be done.",
            ),
            (false, _) => None,
        };
    };
    if !judged.press {
        return reason(
            Verdict::Poor,
            if judged.call.is_some() {
                "You pressed, and no press stops this."
            } else {
                "You pressed at a false alarm."
            },
        );
    }
    let fits = |those: &[String]| those.iter().any(|id| id == runbook);
    if fits(&judged.runbooks) || fits(&judged.acceptable) || judged.runbooks.is_empty() {
        return None;
    }
    let right = judged.runbooks.join(" or ");
    let why = format!("The runbook {runbook} is not made for this; {right} is.");
    Some((Verdict::Fair, why))
}

fn containment(look: &Look<'_>, contained: bool) -> Vec<Reason> {
    let judged = look.judged;
    let mut reasons = Vec::new();
    let acted = if judged.press {
        pressed(look).is_some()
    } else {
        judged.call.is_some()
    };
    if judged.contains && acted && !contained {
        let left = look.ledger.left().join("; ");
        reasons.push((Verdict::Poor, format!("It is not contained. {left}.")));
    }
    if judged.contains && judged.call.is_none() {
        return reasons;
    }
    let board_says_so = look.run.is_some_and(Run::is_contained);
    if board_says_so && !contained {
        reasons.push((
            Verdict::Poor,
            "The board said contained, and it was not.".to_owned(),
        ));
    }
    let call = look.story.iter().any(|line| {
        let is_meant = |contact: &String| judged.call.as_ref().is_none_or(|id| id == contact);
        judged.is_call_out(&line.told)
            && matches!(&line.told, Told::Called { contact, .. } if is_meant(contact))
    });
    if !call && (judged.call.is_some() || !judged.desks.is_empty()) {
        let whom = judged.call.as_deref().unwrap_or("Nobody");
        let why = match judged.call {
            Some(_) => format!("{whom} was not called, and only they can stop this."),
            None => "Nobody was called, and no press contains this.".to_owned(),
        };
        reasons.push((Verdict::Poor, why));
    }
    reasons
}

/// What left an account although there was time to stop it: after the press, or after the alarm where
/// another than a press stops it.
fn left(look: &Look<'_>) -> Option<Reason> {
    let from = look.clocked.from()?;
    let (_, what) = look.ledger.gone.iter().find(|(at, _)| *at > from)?;
    let how = if look.judged.press {
        Verdict::Fair
    } else {
        Verdict::Poor
    };
    Some((how, format!("{what} before it was stopped.")))
}

/// What was said on the phone and should not have been.
fn given_away(look: &Look<'_>) -> Vec<Reason> {
    let said = |stage: &str| {
        let mut lines = look.story.iter();
        lines.any(|line| matches!(&line.told, Told::Called { stage: at, .. } if at == stage))
    };
    let slips = [
        (SECRET, "You gave a code or a password on the phone."),
        (AGREED, "You agreed on the phone to what helps an intruder."),
    ];
    let given = slips.into_iter().filter(|(stage, _)| said(stage));
    given
        .map(|(_, why)| (Verdict::Poor, why.to_owned()))
        .collect()
}

fn cards(steps: &Steps) -> Option<Reason> {
    let why = match steps.unanswered.as_slice() {
        [] => return None,
        [one] => format!("A card was left without an answer: {one}."),
        [first, rest @ ..] => format!(
            "{} cards were left without an answer: {first} and {} more.",
            rest.len() + 1,
            rest.len()
        ),
    };
    Some((Verdict::Poor, why))
}

fn skipped(look: &Look<'_>) -> Option<Reason> {
    let summary = look.run?.summary();
    let first = summary.skipped_by_you.first()?;
    let why = format!("{first} was passed over, although it applies.");
    Some((Verdict::Poor, why))
}

/// What took longer than it should have, where times are judged.
fn late(look: &Look<'_>, times: &Times) -> Vec<Reason> {
    if !look.clocked.judged {
        return Vec::new();
    }
    let rows = [
        ("alarm_to_press", times.alarm_to_press, "You pressed"),
        ("contained", times.alarm_to_contained, "It was contained"),
    ];
    let late = rows.into_iter().filter_map(|(name, took, what)| {
        let target = u64::try_from(look.judged.target(name)?.as_millis()).ok()?;
        let over = took?.checked_sub(target).filter(|over| *over >= 1_000)?;
        let why = format!("{what} {} over the target.", crate::words::clock(over));
        Some((Verdict::Fair, why))
    });
    late.collect()
}

/// The runbook that was pressed.
pub(super) fn pressed<'a>(look: &Look<'a>) -> Option<&'a str> {
    look.story.iter().find_map(|line| {
        if let Told::Pressed { runbook, .. } = &line.told {
            Some(runbook.as_str())
        } else {
            None
        }
    })
}
