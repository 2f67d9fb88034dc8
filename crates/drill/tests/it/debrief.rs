//! What is looked at after a drill.

use drill::{
    Ended, Player, Told,
    debrief::{AcrossKind, Debrief, Lane, MarkKind, SpanKind, Whose},
    score::Judged,
};
use incident::journal::Line;

use crate::journalled::{
    ALARM_MS, Journalled, PRESS_MS, Tale, acted, good, judged, score, session_over,
};

fn debrief(tale: &Tale, run: Option<&[Line]>) -> Debrief {
    let score = score(tale, run);
    Debrief::of(&judged(), &tale.0, run, &score)
}

/// A person who called the sessions ended, three and a half seconds before they were.
fn lied() -> (Tale, Vec<Line>) {
    let tale = Tale::of(Player::You)
        .then(
            PRESS_MS + 500,
            Told::Injected {
                inject: "too-many-requests".to_owned(),
            },
        )
        .then(
            PRESS_MS + 3_000,
            Told::Looked {
                page: "sessions".to_owned(),
                account: "main".to_owned(),
            },
        )
        .answer(PRESS_MS + 5_000, "other-sessions@main", "0", "1")
        .cut_off(PRESS_MS + 300, PRESS_MS + 8_500)
        .end(PRESS_MS + 30_000, Ended::Finished);
    let run = Journalled::pressed()
        .until(5_000)
        .answer("other-sessions@main", "0")
        .until(30_000);
    (tale, run.lines())
}

fn lane<'a>(debrief: &'a Debrief, title: &str) -> &'a Lane {
    let mut lanes = debrief.timeline.lanes.iter();
    lanes.find(|lane| lane.title == title).unwrap()
}

#[test]
fn the_intruders_acts_stand_beside_the_persons_and_the_programs() {
    let (tale, run) = good();
    let debrief = debrief(&tale, Some(&run));
    let titles: Vec<_> = debrief
        .timeline
        .lanes
        .iter()
        .map(|lane| (lane.title.as_str(), lane.whose))
        .collect();
    assert_eq!(
        titles,
        [
            ("browser, elsewhere", Whose::Intruder),
            ("Record evidence", Whose::Yours),
            ("Cancel orders", Whose::Yours),
            ("Revoke keys", Whose::Yours),
            ("End sessions", Whose::Yours),
            ("Call the desk", Whose::Yours),
        ]
    );
    let theirs = &lane(&debrief, "browser, elsewhere").marks;
    assert_eq!((theirs[0].at_ms, theirs[1].at_ms), (0, 2_000));
    let cancel = lane(&debrief, "Cancel orders");
    assert!(
        cancel
            .spans
            .iter()
            .any(|span| span.kind == SpanKind::Flight)
    );
    assert_eq!(cancel.marks[0].kind, MarkKind::Proof);
}

#[test]
fn the_lines_across_tell_alarm_press_target_and_containment() {
    let (tale, run) = good();
    let mut judged = judged();
    judged.targets[1].1 = std::time::Duration::from_mins(1);
    let score = score(&tale, Some(&run));
    let lines = Debrief::of(&judged, &tale.0, Some(&run), &score)
        .timeline
        .lines;
    let told: Vec<_> = lines.iter().map(|line| (line.kind, line.at_ms)).collect();
    // the picture begins with what the intruder did first, four seconds into the drill
    let at = |ms: u64| ms - 4_000;
    assert_eq!(
        told,
        [
            (AcrossKind::Alarm, at(ALARM_MS)),
            (AcrossKind::Press, at(PRESS_MS)),
            (AcrossKind::Contained, at(PRESS_MS + 12_000)),
            (AcrossKind::Target, at(ALARM_MS + 60_000)),
        ]
    );
    assert_eq!(lines[2].says, "contained 0:20");
}

#[test]
fn a_target_that_is_far_away_takes_no_room_from_what_happened() {
    let (tale, run) = good();
    let timeline = debrief(&tale, Some(&run)).timeline;
    let is_target = |line: &drill::debrief::Across| line.kind == AcrossKind::Target;
    assert!(!timeline.lines.iter().any(is_target));
    assert_eq!(timeline.length_ms, PRESS_MS + 40_000 - 4_000);
}

#[test]
fn a_card_is_waited_for_until_somebody_looks_and_then_in_hand_until_it_is_answered() {
    let (tale, run) = lied();
    let debrief = debrief(&tale, Some(&run));
    let spans = &lane(&debrief, "End sessions").spans;
    let of = |kind| {
        let mut spans = spans.iter().filter(move |span| span.kind == kind);
        spans
            .find(|span| span.until_ms < PRESS_MS + 20_000 - 4_000)
            .unwrap()
    };
    let hand = of(SpanKind::Hand);
    let took = (
        hand.from_ms + 4_000 - PRESS_MS,
        hand.until_ms + 4_000 - PRESS_MS,
    );
    assert_eq!(took, (3_000, 5_000));
    let bad = of(SpanKind::Bad);
    assert_eq!(bad.until_ms - bad.from_ms, 3_500);
}

#[test]
fn a_false_done_is_said_biggest_drawn_tabled_and_proposed_for_mending() {
    let (tale, run) = lied();
    let debrief = debrief(&tale, Some(&run));
    assert_eq!(debrief.headline, "1 false done");
    assert!(
        debrief
            .lead
            .contains("Have every other session ended, main")
    );
    assert!(
        debrief.lead.ends_with("It stayed so for 0:03."),
        "{}",
        debrief.lead
    );
    let svg = &debrief.timeline_svg;
    assert!(svg.contains(r#"class="bad""#) && svg.contains(">false done</text>"));
    let row = debrief.table.iter().find(|row| row.bad).unwrap();
    assert_eq!((row.who.as_str(), row.at.as_str()), ("You", "0:13"));
    let fix = debrief.fix.unwrap();
    assert_eq!(fix.runbook.as_deref(), Some("contain-everything"));
    assert_eq!(fix.step.as_deref(), Some("other-sessions"));
    assert!(fix.words.contains("asks only for a count"), "{}", fix.words);
    assert!(
        debrief
            .other_fixes
            .iter()
            .any(|fix| fix.words.contains("Call first"))
    );
    assert!(!debrief.other_fixes.contains(&fix));
    assert_eq!(debrief.questions.len(), 3);
}

#[test]
fn a_good_drill_says_so_and_still_proposes_what_took_longest() {
    let (tale, run) = good();
    let debrief = debrief(&tale, Some(&run));
    assert_eq!(
        (debrief.headline.as_str(), debrief.lead.as_str()),
        ("No false done", "")
    );
    let fix = debrief.fix.unwrap();
    assert_eq!(fix.step.as_deref(), Some("call"));
    assert!(fix.words.contains("took longest: 0:16"), "{}", fix.words);
}

#[test]
fn over_the_target_is_said_biggest_where_nothing_worse_was() {
    let (tale, run) = good();
    let mut late = judged();
    late.targets[1].1 = std::time::Duration::from_secs(8);
    let score = drill::score::Score::of(&late, &tale.0, Some(&run));
    let debrief = Debrief::of(&late, &tale.0, Some(&run), &score);
    assert_eq!(debrief.headline, "0:12 over the target");
}

#[test]
fn a_drill_without_a_press_has_a_debrief_too() {
    let tale = Tale::before_the_press(Player::You).end(60_000, Ended::StoodDown);
    let debrief = debrief(&tale, None);
    assert!(
        debrief.headline.contains("stood down"),
        "{}",
        debrief.headline
    );
    assert_eq!(debrief.timeline.lanes.len(), 1);
    assert!(debrief.fix.unwrap().words.contains("Before you stand down"));
    let empty = Tale(vec![]);
    let score = score(&empty, None);
    let debrief = Debrief::of(&Judged::default(), &[], None, &score);
    assert_eq!(debrief.headline, "Left before its end");
    assert!(debrief.timeline_svg.ends_with("</svg>\n"));
}

#[test]
fn the_picture_is_well_formed_whatever_is_written_in_a_scenario() {
    let evil = "<script>alert('1')</script> & \"quotes\" \u{0}\u{202e}";
    let (tale, run) = good();
    let mut lines = tale.0;
    let end = lines.pop().unwrap();
    let tale = Tale(lines)
        .then(
            PRESS_MS,
            Told::Injected {
                inject: evil.to_owned(),
            },
        )
        .then(PRESS_MS + 1, acted(evil, drill::Outcome::Done))
        .then(end.at_ms, end.told);
    let svg = debrief(&tale, Some(&run)).timeline_svg;
    assert!(!svg.contains("<script") && !svg.contains('\u{0}') && !svg.contains('\u{202e}'));
    // every element that is opened is closed, in order
    let mut open: Vec<&str> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn the_table_is_in_order_of_time_and_says_who() {
    let (tale, run) = lied();
    let tale = tale.truth(PRESS_MS + 29_000, session_over(12));
    let table = debrief(&tale, Some(&run)).table;
    assert!(table.is_sorted_by_key(|row| row.at_ms));
    for who in ["browser, elsewhere", "You", "Firebreak", "The drill"] {
        assert!(table.iter().any(|row| row.who == who), "{who}");
    }
    let verified = table
        .iter()
        .find(|row| row.what.contains("verified"))
        .unwrap();
    assert_eq!(verified.who, "Firebreak");
}

#[test]
fn a_debrief_reads_back_as_it_was_written() {
    let (tale, run) = lied();
    let debrief = debrief(&tale, Some(&run));
    let text = serde_json::to_string(&debrief).unwrap();
    assert_eq!(serde_json::from_str::<Debrief>(&text).unwrap(), debrief);
}
