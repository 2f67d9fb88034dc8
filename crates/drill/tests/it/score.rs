//! How drills are scored: what was true, what was said, and when.

use drill::{
    Ended, Outcome, Player, StoryLine, Told,
    score::{By, Judged, Score, Verdict},
};
use incident::journal::Line;
use proptest::prelude::*;
use rust_decimal::Decimal;
use simulator::{truth::Happening, world::TransferState};

use crate::journalled::{
    ALARM_MS, Journalled, PRESS_MS, Tale, acted, cancelled, filled, good, judged, placed, score,
    session, session_over,
};

/// A drill whose cards are answered with what sounds done, while all stays as it is.
fn lied() -> (Tale, Vec<Line>) {
    let tale = Tale::of(Player::Liar)
        .truth(PRESS_MS + 300, cancelled(1))
        .answer(PRESS_MS + 5_000, "other-sessions@main", "0", "1")
        .answer(PRESS_MS + 5_500, "lock@main", "yes", "no")
        .answer(PRESS_MS + 6_000, "call", "REF-1", "")
        .end(PRESS_MS + 40_000, Ended::Finished);
    let run = Journalled::pressed()
        .until(5_000)
        .answer("other-sessions@main", "0")
        .answer("lock@main", "yes")
        .answer("call", "REF-1")
        .until(40_000);
    (tale, run.lines())
}

#[test]
fn who_presses_reads_and_contains_is_good() {
    let (tale, run) = good();
    let score = score(&tale, Some(&run));
    assert_eq!((score.verdict, score.why), (Verdict::Good, vec![]));
    assert_eq!(score.false_done, []);
    assert!(score.contained);
    assert_eq!(score.board_contained, Some(true));
    assert_eq!((score.steps.done, score.steps.all), (6, 6));
}

#[test]
fn times_count_from_the_press_and_the_alarm() {
    let (tale, run) = good();
    let times = score(&tale, Some(&run)).times;
    assert_eq!(times.alarm_to_press, Some(PRESS_MS - ALARM_MS));
    assert_eq!(times.to_last_order, Some(300));
    assert_eq!(times.to_last_session, Some(12_000));
    assert_eq!(times.to_last_key, None);
    assert_eq!(times.to_call, Some(9_000));
    assert_eq!(times.to_contained, Some(12_000));
    assert_eq!(times.alarm_to_contained, Some(20_000));
    assert_eq!(times.to_evidence, Some(20));
    assert_eq!(times.to_board_contained, Some(14_000));
    assert_eq!(times.press_to_block, None);
}

#[test]
fn who_presses_before_the_alarm_comes_has_lost_no_time() {
    let (tale, run) = good();
    let lines = tale.0.into_iter();
    let lines = lines.filter(|line| !matches!(line.told, Told::Alarm { .. }));
    let lines = lines.collect::<Vec<_>>();
    let times = Score::of(&judged(), &lines, Some(&run)).times;
    assert_eq!(times.alarm_to_press, Some(0));
    assert_eq!(times.alarm_to_contained, times.to_contained);
}

#[test]
fn time_that_the_clock_was_stopped_is_not_counted() {
    let (tale, run) = good();
    let mut lines = tale.0;
    let alarm = lines
        .iter()
        .position(|line| line.at_ms == ALARM_MS)
        .unwrap();
    let at = |at_ms, told| StoryLine { at_ms, told };
    lines.insert(alarm + 1, at(ALARM_MS + 1_000, Told::Paused));
    lines.insert(alarm + 2, at(ALARM_MS + 4_000, Told::WentOn));
    let score = Score::of(&judged(), &lines, Some(&run));
    assert_eq!(
        score.times.alarm_to_press,
        Some(PRESS_MS - ALARM_MS - 3_000)
    );
    assert_eq!(score.times.alarm_to_contained, Some(17_000));
}

#[test]
fn who_answers_what_sounds_done_has_failed_with_each_of_the_answers() {
    let (tale, run) = lied();
    let score = score(&tale, Some(&run));
    assert_eq!(score.verdict, Verdict::Failed);
    let lies: Vec<_> = score
        .false_done
        .iter()
        .map(|lie| (lie.by, lie.task.as_deref().unwrap()))
        .collect();
    let expected = ["other-sessions@main", "lock@main", "call"];
    assert_eq!(lies, expected.map(|task| (By::You, task)));
    assert_eq!(score.false_done[0].lasted_ms, 35_000);
    assert_eq!(score.steps.wrong_answers, 3);
    assert!(!score.contained);
    assert!(score.why[0].contains("the page said 1"), "{:?}", score.why);
}

#[test]
fn a_false_done_lasts_until_it_is_so_or_was_read_again() {
    let tale = Tale::of(Player::You)
        .truth(PRESS_MS + 300, cancelled(1))
        .answer(PRESS_MS + 5_000, "other-sessions@main", "0", "1")
        .answer(PRESS_MS + 6_000, "lock@main", "yes", "no")
        .truth(PRESS_MS + 7_500, session_over(9))
        .answer(PRESS_MS + 9_000, "lock@main", "yes", "yes")
        .end(PRESS_MS + 30_000, Ended::Finished);
    let run = Journalled::pressed().until(30_000).lines();
    let lies = score(&tale, Some(&run)).false_done;
    let lasted: Vec<_> = lies.iter().map(|lie| lie.lasted_ms).collect();
    assert_eq!(lasted, [2_500, 3_000]);
}

#[test]
fn who_says_what_is_still_open_says_no_false_done() {
    let tale = Tale::of(Player::You)
        .truth(PRESS_MS + 300, cancelled(1))
        .answer(PRESS_MS + 5_000, "other-sessions@main", "2", "2")
        .answer(PRESS_MS + 6_000, "other-sessions@main", "1", "0")
        .end(PRESS_MS + 30_000, Ended::Finished);
    let run = Journalled::pressed().until(30_000).lines();
    let score = score(&tale, Some(&run));
    assert_eq!(score.false_done, []);
    assert_eq!(score.steps.wrong_answers, 1);
}

#[test]
fn a_reference_number_may_be_one_of_those_that_were_given_and_in_other_letters() {
    for (value, lies) in [("sd-7", 0), ("my ref is SD-8", 0), ("REF-1", 1)] {
        let tale = Tale::of(Player::You)
            .truth(PRESS_MS + 300, cancelled(1))
            .answer(PRESS_MS + 5_000, "call", value, "SD-7, SD-8")
            .end(PRESS_MS + 30_000, Ended::Finished);
        let run = Journalled::pressed().until(30_000).lines();
        assert_eq!(score(&tale, Some(&run)).false_done.len(), lies, "{value}");
    }
}

#[test]
fn who_presses_and_answers_nothing_is_poor_and_has_left_steps() {
    let tale = Tale::of(Player::Idle)
        .truth(PRESS_MS + 300, cancelled(1))
        .end(PRESS_MS + 60_000, Ended::TimedOut);
    let run = Journalled::pressed().until(60_000).lines();
    let score = score(&tale, Some(&run));
    assert_eq!(score.verdict, Verdict::Poor);
    assert_eq!(score.false_done, []);
    assert_eq!(
        score.steps.unanswered,
        ["other-sessions@main", "lock@main", "call"]
    );
    assert_eq!(score.steps.open, score.steps.unanswered);
    assert!(score.why.iter().any(|why| why.contains("1 session lives")));
}

#[test]
fn an_order_that_is_open_before_and_after_a_proof_makes_it_a_false_done_of_the_program() {
    let tale = Tale::of(Player::Good)
        .cut_off(PRESS_MS + 9_000, PRESS_MS + 9_000)
        .end(PRESS_MS + 40_000, Ended::Finished);
    let run = Journalled::pressed().until(40_000).lines();
    let score = score(&tale, Some(&run));
    assert_eq!(score.verdict, Verdict::Failed);
    let [lie] = score.false_done.as_slice() else {
        panic!("{:?}", score.false_done);
    };
    assert_eq!(
        (lie.by, lie.task.as_deref()),
        (By::Firebreak, Some("cancel@main"))
    );
    assert_eq!(lie.truth, "1 order can fill");
    assert_eq!(lie.at_ms + lie.lasted_ms, PRESS_MS + 9_000);
}

#[test]
fn an_order_that_is_gone_just_after_the_proof_or_comes_after_it_makes_no_false_done() {
    let verified = 1_100;
    let late = Tale::of(Player::Good).cut_off(PRESS_MS + verified + 500, PRESS_MS + 3_000);
    let new = Tale::of(Player::Good)
        .cut_off(PRESS_MS + 200, PRESS_MS + 20_000)
        .truth(PRESS_MS + verified, placed(2))
        .truth(PRESS_MS + 15_000, cancelled(2));
    for tale in [late, new] {
        let tale = tale.end(PRESS_MS + 40_000, Ended::Finished);
        let run = Journalled::pressed().until(40_000).lines();
        assert_eq!(score(&tale, Some(&run)).false_done, []);
    }
}

#[test]
fn a_key_that_works_before_and_after_its_proof_makes_it_a_false_done_but_not_the_programs_own() {
    let created = |key: &str| Happening::KeyCreated {
        key: key.to_owned(),
        kind: "api-key".to_owned(),
        intruder: false,
    };
    for (key, lies) in [("bot", 1), ("panic", 0)] {
        let tale = Tale::of(Player::Good)
            .truth(PRESS_MS - 10_000, created(key))
            .cut_off(PRESS_MS + 200, PRESS_MS + 200)
            .end(PRESS_MS + 40_000, Ended::Finished);
        let run = Journalled::pressed().until(40_000).lines();
        assert_eq!(score(&tale, Some(&run)).false_done.len(), lies, "{key}");
    }
}

#[test]
fn a_key_that_an_intruder_trades_with_is_theirs_until_it_is_dead() {
    let key = |intruder| Happening::KeyCreated {
        key: "main-web".to_owned(),
        kind: "api-key".to_owned(),
        intruder,
    };
    let revoked = Happening::KeyRevoked {
        key: "main-web".to_owned(),
    };
    let tale = Tale(vec![]).truth(0, key(false));
    let tale = Tale([tale.0, Tale::of(Player::Good).0].concat())
        .cut_off(PRESS_MS + 200, PRESS_MS + 200)
        .truth(PRESS_MS + 1_000, revoked)
        .end(PRESS_MS + 40_000, Ended::Finished);
    let run = Journalled::pressed().until(40_000).lines();
    let times = score(&tale, Some(&run)).times;
    assert_eq!(
        (times.to_last_key, times.to_contained),
        (Some(1_000), Some(1_000))
    );
}

#[test]
fn who_comes_back_is_contained_only_when_they_are_gone_again() {
    let (tale, run) = good();
    let mut tale = tale;
    let end = tale.0.pop().unwrap();
    let tale = tale
        .truth(PRESS_MS + 20_000, session(10))
        .truth(PRESS_MS + 25_000, session_over(10))
        .then(end.at_ms, end.told);
    assert_eq!(score(&tale, Some(&run)).times.to_contained, Some(25_000));
}

#[test]
fn what_an_intruder_traded_dearly_is_harm_until_it_is_contained() {
    let tale = Tale::of(Player::Good)
        .truth(PRESS_MS + 100, filled(1, 100, 13, 10))
        .cut_off(PRESS_MS + 200, PRESS_MS + 5_000);
    let mut lines = tale.0;
    let early = Tale(vec![]).truth(8_000, filled(1, 200, 12, 10)).0;
    lines.splice(3..3, early);
    let tale = Tale(lines)
        .truth(PRESS_MS + 9_000, filled(1, 900, 12, 10))
        .end(PRESS_MS + 40_000, Ended::Finished);
    let run = Journalled::pressed().until(40_000).lines();
    let score = score(&tale, Some(&run));
    let [harm] = score.harm.as_slice() else {
        panic!("{:?}", score.harm);
    };
    assert_eq!(harm.account, "main");
    assert_eq!(harm.until_contained, Decimal::from(700));
    assert_eq!(harm.after_press, Decimal::from(300));
}

#[test]
fn a_press_at_a_false_alarm_is_poor_and_standing_down_is_good() {
    let judged = Judged {
        press: false,
        runbooks: vec![],
        ..judged()
    };
    let calm = |tale: Tale| {
        let lines = tale.0.into_iter();
        Tale(
            lines
                .filter(|line| !matches!(line.told, Told::Truth { .. } | Told::Acted { .. }))
                .collect(),
        )
    };
    let run = Journalled::pressed().until(40_000).lines();
    let pressed = calm(Tale::of(Player::You)).end(60_000, Ended::Finished);
    let score = Score::of(&judged, &pressed.0, Some(&run));
    assert_eq!(score.verdict, Verdict::Poor);
    let waited = calm(Tale::before_the_press(Player::You));
    let stood_down = waited.clone().end(60_000, Ended::StoodDown);
    let score = Score::of(&judged, &stood_down.0, None);
    assert_eq!((score.verdict, score.why), (Verdict::Good, vec![]));
    let silent = waited.end(60_000, Ended::TimedOut);
    assert_eq!(Score::of(&judged, &silent.0, None).verdict, Verdict::Fair);
}

#[test]
fn standing_down_while_somebody_is_in_has_failed() {
    let tale = Tale::before_the_press(Player::You).end(60_000, Ended::StoodDown);
    assert_eq!(score(&tale, None).verdict, Verdict::Failed);
    let tale = Tale::before_the_press(Player::You).end(60_000, Ended::TimedOut);
    assert_eq!(score(&tale, None).verdict, Verdict::Poor);
}

#[test]
fn what_no_press_contains_is_good_once_somebody_called_who_can() {
    let judged = Judged {
        press: false,
        contains: false,
        call: Some("ibkr-security".to_owned()),
        ..judged()
    };
    let tale = Tale::before_the_press(Player::You);
    let called = tale
        .clone()
        .call(20_000, "answered")
        .end(60_000, Ended::StoodDown);
    assert_eq!(Score::of(&judged, &called.0, None).verdict, Verdict::Good);
    let silent = tale.end(60_000, Ended::StoodDown);
    let score = Score::of(&judged, &silent.0, None);
    assert_eq!(score.verdict, Verdict::Poor);
    assert!(score.why[0].contains("ibkr-security was not called"));
}

#[test]
fn what_a_call_stops_is_poor_while_it_can_leave_and_once_it_left() {
    let judged = Judged {
        press: false,
        call: Some("ibkr-security".to_owned()),
        ..judged()
    };
    let transfer = |state| Happening::Transfer {
        transfer: "T-1".to_owned(),
        to: "elsewhere".to_owned(),
        amount: "8000 USD".to_owned(),
        state,
        intruder: true,
    };
    let called = |state| {
        Tale::before_the_press(Player::You)
            .cut_off(9_000, 9_000)
            .truth(9_500, transfer(TransferState::Pending))
            .call(20_000, "answered")
            .truth(21_000, transfer(state))
            .end(60_000, Ended::Finished)
    };
    for (state, verdict, says) in [
        (TransferState::Stopped, Verdict::Good, None),
        (
            TransferState::Validated,
            Verdict::Poor,
            Some("1 transfer can leave"),
        ),
        (
            TransferState::Sent,
            Verdict::Poor,
            Some("8000 USD left main before"),
        ),
    ] {
        let score = Score::of(&judged, &called(state).0, None);
        assert_eq!(score.verdict, verdict, "{:?}", score.why);
        assert!(
            says.is_none_or(|says| score.why[0].contains(says)),
            "{:?}",
            score.why
        );
    }
}

#[test]
fn a_call_that_was_only_taken_is_none_that_was_made_and_giving_away_a_code_is_poor() {
    let judged = Judged {
        callers: vec!["helper".to_owned()],
        ..judged()
    };
    let (tale, run) = good();
    let helper = |stage: &str| Told::Called {
        contact: "helper".to_owned(),
        stage: stage.to_owned(),
    };
    let mut lines = tale.0;
    let end = lines.pop().unwrap();
    let taken = Tale(lines).then(PRESS_MS + 1_000, helper("answered"));
    let score = Score::of(
        &judged,
        &taken.clone().then(end.at_ms, end.told.clone()).0,
        Some(&run),
    );
    assert_eq!(score.times.to_call, Some(9_000));
    assert_eq!(score.verdict, Verdict::Good);
    for stage in ["secret", "agreed"] {
        let slip = taken.clone().then(PRESS_MS + 2_000, helper(stage));
        let slip = slip.then(end.at_ms, end.told.clone());
        assert_eq!(
            Score::of(&judged, &slip.0, Some(&run)).verdict,
            Verdict::Poor
        );
    }
}

#[test]
fn where_nothing_contains_it_a_call_is_asked_for_only_where_somebody_answers() {
    let tale = Tale::of(Player::Good)
        .truth(PRESS_MS + 300, cancelled(1))
        .answer(PRESS_MS + 5_000, "other-sessions@main", "1", "1")
        .answer(PRESS_MS + 6_000, "lock@main", "no", "no")
        .answer(PRESS_MS + 7_000, "call", "SD-7", "SD-7")
        .end(PRESS_MS + 40_000, Ended::Finished);
    let run = Journalled::pressed()
        .until(5_000)
        .answer("other-sessions@main", "1")
        .answer("lock@main", "no")
        .answer("call", "SD-7")
        .lines();
    let alone = Judged {
        contains: false,
        desks: vec![],
        ..judged()
    };
    let score = Score::of(&alone, &tale.0, Some(&run));
    assert_eq!((score.verdict, score.why), (Verdict::Good, vec![]));
    let reached = Judged {
        desks: judged().desks,
        ..alone
    };
    let score = Score::of(&reached, &tale.0, Some(&run));
    assert_eq!(
        score.why,
        ["Nobody was called, and no press contains this."]
    );
}

#[test]
fn a_board_that_says_contained_where_nothing_can_contain_is_poor() {
    let judged = Judged {
        contains: false,
        ..judged()
    };
    let (tale, run) = good();
    let stays: Vec<_> = tale
        .0
        .into_iter()
        .filter(|line| {
            !matches!(&line.told, Told::Truth { truth }
                if matches!(truth.what, Happening::SessionEnded { .. }))
        })
        .collect();
    let score = Score::of(&judged, &stays, Some(&run));
    assert_eq!(score.verdict, Verdict::Poor);
    assert_eq!(score.why, ["The board said contained, and it was not."]);
}

#[test]
fn the_wrong_runbook_and_a_missed_target_are_fair() {
    let (tale, run) = good();
    let wrong = Judged {
        acceptable: vec![],
        ..judged()
    };
    let score = Score::of(&wrong, &tale.0, Some(&run));
    assert_eq!(score.verdict, Verdict::Fair);
    assert!(score.why[0].contains("stolen-session"), "{:?}", score.why);
    let mut late = judged();
    late.targets[1].1 = std::time::Duration::from_secs(15);
    let score = Score::of(&late, &tale.0, Some(&run));
    assert_eq!(score.why, ["It was contained 0:05 over the target."]);
    assert_eq!(score.verdict, Verdict::Fair);
}

#[test]
fn what_was_left_or_broken_off_is_not_judged() {
    for how in [Ended::Real, Ended::BrokenOff, Ended::Abandoned] {
        let tale = Tale::of(Player::You).end(20_000, how);
        let run = Journalled::pressed().until(1_000).lines();
        assert_eq!(score(&tale, Some(&run)).verdict, Verdict::Unfinished);
    }
    // without an end it broke off
    let tale = Tale::of(Player::You);
    assert_eq!(score(&tale, None).ended, Ended::BrokenOff);
    // and leaving makes no false done unsaid
    let (mut tale, run) = lied();
    tale.0.pop();
    let tale = tale.end(60_000, Ended::Abandoned);
    assert_eq!(score(&tale, Some(&run)).verdict, Verdict::Failed);
}

#[test]
fn a_page_that_was_dealt_with_before_one_that_comes_first_is_out_of_order() {
    let tale = Tale::of(Player::You)
        .answer(PRESS_MS + 5_000, "lock@main", "yes", "yes")
        .answer(PRESS_MS + 6_000, "other-sessions@main", "0", "0")
        .end(PRESS_MS + 30_000, Ended::Finished);
    let run = Journalled::pressed().until(30_000).lines();
    let steps = score(&tale, Some(&run)).steps;
    assert_eq!(steps.out_of_order, ["sessions after security-desk"]);
    let (tale, run) = good();
    assert_eq!(score(&tale, Some(&run)).steps.out_of_order, [""; 0]);
}

#[test]
fn the_list_of_events_tells_what_happened_and_no_time_and_no_number_that_was_given() {
    let (tale, run) = good();
    let refused = || Outcome::Refused {
        why: "the session has ended".to_owned(),
    };
    let mut lines = tale.0;
    let end = lines.pop().unwrap();
    let tale = Tale(lines)
        .then(PRESS_MS + 13_000, acted("buys 60000 PUMP", refused()))
        .then(PRESS_MS + 14_000, acted("buys 60000 PUMP", refused()))
        .then(end.at_ms, end.told);
    assert_eq!(
        score(&tale, Some(&run)).events,
        [
            "begin: tokyo-two-hour, seed 4, played by good",
            "inject: too-many-requests",
            "alarm: mail from the broker",
            "press: contain-everything",
            "browser, elsewhere: logs in, done",
            "browser, elsewhere: buys 60000 PUMP, done",
            "browser, elsewhere: buys 60000 PUMP, refused",
            "task capture@main: verified",
            "task cancel@main: verified",
            "task revoke@main: verified",
            "task other-sessions@main: needs you, verified",
            "task lock@main: needs you, verified",
            "task call: needs you, verified",
            "answer other-sessions@main: 0",
            "answer lock@main: yes",
            "answer call: a value",
            "call ibkr-security: queued, answered",
            "end: finished, contained",
        ]
    );
}

#[test]
fn a_score_reads_back_as_it_was_written() {
    for (tale, run) in [good(), lied()] {
        let score = score(&tale, Some(&run));
        let text = serde_json::to_string(&score).unwrap();
        assert_eq!(serde_json::from_str::<Score>(&text).unwrap(), score);
    }
}

proptest! {
    #[test]
    fn the_list_of_events_is_the_same_whatever_the_times(
        waits in prop::collection::vec(0_u64..90_000, 60),
    ) {
        let (tale, _) = good();
        let events = score(&tale, None).events;
        let mut now = 0;
        let jittered: Vec<StoryLine> = tale
            .0
            .into_iter()
            .zip(&waits)
            .map(|(line, wait)| {
                now += wait;
                StoryLine { at_ms: now, ..line }
            })
            .collect();
        prop_assert_eq!(Score::of(&judged(), &jittered, None).events, events);
    }

    #[test]
    fn nothing_with_a_false_done_is_ever_good_and_nothing_panics(
        picks in prop::collection::vec((0_usize..16, 0_u64..20_000), 0..30),
        with_run: bool,
    ) {
        let (good, run) = good();
        let (lied, _) = lied();
        let pool: Vec<Told> = good.0.into_iter().chain(lied.0).map(|line| line.told).collect();
        let mut now = 0;
        let story: Vec<StoryLine> = picks
            .into_iter()
            .map(|(pick, wait)| {
                now += wait;
                StoryLine { at_ms: now, told: pool[pick * pool.len() / 16].clone() }
            })
            .collect();
        let score = Score::of(&judged(), &story, with_run.then_some(&run));
        let lied = !score.false_done.is_empty();
        prop_assert!(!lied || !matches!(score.verdict, Verdict::Good | Verdict::Fair | Verdict::Poor));
    }
}
