//! When the next rehearsal is due, and its calendar entry read back as strictly as RFC 5545 says.

use drill::{
    Player,
    history::{History, Snoozed},
    schedule::{Change, Changed, Schedule, ics, schedule, staleness},
    score::{FalseDone, Score, Verdict},
};
use jiff::Timestamp;

use crate::history::{at, began, done, good_score, of, scored};

const DAY: i64 = 24;

/// How many days after the last drill the next one is due, after drills that ended like this, a day
/// after one another.
fn days_after(verdicts: &[Verdict]) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let drills = (0..).zip(verdicts);
    let drills = drills.map(|(nth, verdict)| (nth * DAY, scored(*verdict)));
    let history = of(folder.path(), drills.collect());
    let schedule = schedule(&history, &[], at(1_000));
    let last = schedule.last.unwrap();
    schedule.due.duration_since(last).as_hours() / DAY
}

#[test]
fn the_ladder_is_1_7_30_and_then_every_90_days() {
    use Verdict::{Fair, Good};
    assert_eq!(days_after(&[Good]), 1);
    assert_eq!(days_after(&[Good, Fair]), 7);
    assert_eq!(days_after(&[Good, Fair, Good]), 30);
    assert_eq!(days_after(&[Good, Fair, Good, Good]), 90);
    assert_eq!(days_after(&[Good; 9]), 90);
}

#[test]
fn after_a_bad_drill_it_is_7_days_and_then_up_the_ladder_again() {
    use Verdict::{Failed, Good, Poor};
    for bad in [Poor, Failed] {
        assert_eq!(days_after(&[Good, Good, Good, Good, bad]), 7);
        assert_eq!(days_after(&[Good, Good, Good, Good, bad, Good]), 30);
        assert_eq!(days_after(&[Good, Good, Good, Good, bad, Good, Good]), 90);
    }
    // nothing makes the first one later
    assert_eq!(days_after(&[Poor]), 1);
}

#[test]
fn what_was_left_counts_for_nothing() {
    use Verdict::{Good, Unfinished};
    assert_eq!(days_after(&[Good, Unfinished]), 1);
}

#[test]
fn a_false_done_is_a_bad_drill_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let lie: FalseDone = serde_json::from_str(
        r#"{"by":"firebreak","what":"x","task":"cancel@a","said":"verified","truth":"1 order can fill",
            "at_ms":1,"lasted_ms":2}"#,
    )
    .unwrap();
    let lied = Score {
        false_done: vec![lie],
        ..good_score(1)
    };
    let good = || good_score(1);
    let drills = vec![(0, good()), (1, good()), (2, good()), (3, lied)];
    let history = of(folder.path(), drills);
    let schedule = schedule(&history, &[], at(4));
    assert_eq!(schedule.due, at(3 + 7 * DAY));
    assert_eq!(schedule.why, "7 days after a false done");
}

#[test]
fn who_never_rehearsed_is_due_now_also_where_scripts_have() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::read(folder.path()).unwrap();
    history.began(began("s", at(0), Player::Good)).unwrap();
    history.done(done("s", at(0), good_score(1))).unwrap();
    let schedule = schedule(&history, &[], at(5));
    assert_eq!(
        (schedule.due, schedule.is_due, schedule.last),
        (at(5), true, None)
    );
}

#[test]
fn a_change_since_the_last_drill_brings_it_forward_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let drills = (0..4).map(|nth| (nth * DAY, good_score(1)));
    let history = of(folder.path(), drills.collect());
    let change = |what, name: &str, hours| Change {
        what,
        name: name.to_owned(),
        at: at(hours),
    };
    for (what, name, says) in [
        (
            Changed::Runbook,
            "lost-phone",
            "the runbook lost-phone was changed",
        ),
        (Changed::Account, "kraken", "the account kraken was added"),
        (Changed::Version, "0.2.0", "Firebreak became 0.2.0"),
    ] {
        let changes = [
            change(what, name, 10 * DAY),
            change(what, "other", 12 * DAY),
        ];
        let schedule = schedule(&history, &changes, at(11 * DAY));
        assert_eq!(schedule.due, at(17 * DAY));
        assert!(schedule.why.contains(says), "{}", schedule.why);
        assert!(!schedule.is_due);
    }
    // one before the last drill was rehearsed already
    let old = [change(Changed::Runbook, "lost-phone", 2)];
    assert_eq!(schedule(&history, &old, at(11 * DAY)).due, at(93 * DAY));
}

#[test]
fn it_can_be_put_off_with_a_reason_until_the_next_drill() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = of(folder.path(), vec![(0, good_score(1))]);
    let snoozed = Snoozed::new(at(30), at(60), " on a train ").unwrap();
    history.snooze(snoozed.clone()).unwrap();
    let put_off = schedule(&history, &[], at(31));
    assert_eq!((put_off.due, put_off.is_due), (at(60), false));
    assert_eq!(put_off.why, "put off: on a train");
    assert_eq!(put_off.snoozed, Some(snoozed));
    let over = schedule(&history, &[], at(61));
    assert_eq!((over.due, over.is_due, over.snoozed), (at(DAY), true, None));
    history.began(began("b", at(32), Player::You)).unwrap();
    history.done(done("b", at(33), good_score(1))).unwrap();
    let next = schedule(&history, &[], at(34));
    assert_eq!((next.due, next.snoozed), (at(33 + 7 * DAY), None));
}

#[test]
fn it_is_not_put_off_without_a_reason_into_the_past_or_for_ever() {
    for (until, reason, says) in [
        (at(60), "  ", "say why"),
        (at(29), "tired", "is not in the future"),
        (at(30 + 91 * DAY), "tired", "at most"),
    ] {
        let error = Snoozed::new(at(30), until, reason).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_drill_in_the_future_does_not_keep_the_next_one_away() {
    let folder = tempfile::tempdir().unwrap();
    let history = of(folder.path(), vec![(900 * DAY, good_score(1))]);
    let schedule = schedule(&history, &[], at(0));
    assert!(schedule.is_due);
    assert!(schedule.why.contains("still to come"), "{}", schedule.why);
}

#[test]
fn staleness_is_told_for_each_way_in_the_stalest_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::read(folder.path()).unwrap();
    for (id, way_in, hours) in [("a", "tws", 0), ("b", "own-bot", 50), ("c", "tws", 30)] {
        let began = drill::history::Began {
            way_in: way_in.to_owned(),
            ..began(id, at(hours), Player::You)
        };
        history.began(began).unwrap();
        history.done(done(id, at(hours), good_score(1))).unwrap();
    }
    let ways = ["own-bot", "tws", "exchange-key"].map(str::to_owned);
    let stale = staleness(&history, &ways, at(30 + 4 * DAY));
    let told: Vec<_> = stale
        .iter()
        .map(|it| (it.way_in.as_str(), it.days))
        .collect();
    assert_eq!(
        told,
        [
            ("exchange-key", None),
            ("tws", Some(4)),
            ("own-bot", Some(3))
        ]
    );
}

/// A content line of a calendar: name, parameters, value.
type ContentLine = (String, String, String);

/// Reads a calendar as RFC 5545 has it: every line ends in CRLF, none is longer than 75 octets, what
/// begins with a space goes on, names are of letters, digits and hyphens.
fn parse(text: &str) -> Vec<ContentLine> {
    let mut unfolded: Vec<String> = Vec::new();
    let body = text.strip_suffix("\r\n").expect("it ends in CRLF");
    for line in body.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']), "a bare line break: {line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => unfolded.last_mut().unwrap().push_str(rest),
            None => unfolded.push(line.to_owned()),
        }
    }
    let split = |line: &String| {
        let (head, value) = line.split_once(':').expect("a colon");
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        let is_name =
            |each: char| each.is_ascii_uppercase() || each.is_ascii_digit() || each == '-';
        assert!(!name.is_empty() && name.chars().all(is_name), "{name}");
        assert!(!value.chars().any(char::is_control), "{value:?}");
        (name.to_owned(), parameters.to_owned(), value.to_owned())
    };
    unfolded.iter().map(split).collect()
}

/// A value of type TEXT. A bare comma or semicolon is an error, as is an unknown escape.
fn text(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value.chars();
    while let Some(each) = rest.next() {
        assert!(![',', ';'].contains(&each), "a bare {each}: {value}");
        if each != '\\' {
            out.push(each);
            continue;
        }
        out.push(match rest.next() {
            Some('n' | 'N') => '\n',
            Some(each @ ('\\' | ';' | ',')) => each,
            other => panic!("an unknown escape {other:?}: {value}"),
        });
    }
    out
}

fn time(value: &str) -> Timestamp {
    let format = "%Y%m%dT%H%M%SZ";
    assert_eq!(value.len(), 16, "{value}");
    let civil = jiff::civil::DateTime::strptime(format, value).unwrap();
    jiff::tz::Offset::UTC.to_timestamp(civil).unwrap()
}

fn some_schedule(why: &str) -> Schedule {
    Schedule {
        due: at(7 * DAY),
        why: why.to_owned(),
        last: None,
        is_due: false,
        snoozed: None,
    }
}

#[test]
fn the_calendar_entry_reads_back_strictly() {
    let why = "7 days after a false done; long enough, with \\, \u{fc}ml\u{e4}uts and \u{1f525}, \
               to be folded more than once, and a line\nbreak";
    let title = "Leaked key, market closed; \u{201c}stale\u{201d}";
    let calendar = ics(&some_schedule(why), title, at(0));
    let lines = parse(&calendar);
    let value = |name: &str| {
        let mut named = lines.iter().filter(|line| line.0 == name);
        named.next().unwrap().2.clone()
    };
    let nesting: Vec<_> = lines
        .iter()
        .filter(|line| ["BEGIN", "END"].contains(&line.0.as_str()))
        .map(|line| format!("{} {}", line.0, line.2))
        .collect();
    assert_eq!(
        nesting,
        [
            "BEGIN VCALENDAR",
            "BEGIN VEVENT",
            "BEGIN VALARM",
            "END VALARM",
            "END VEVENT",
            "END VCALENDAR"
        ]
    );
    assert_eq!(value("VERSION"), "2.0");
    assert!(!value("PRODID").is_empty());
    assert_eq!(time(&value("DTSTAMP")), at(0));
    assert_eq!(time(&value("DTSTART")), at(7 * DAY));
    assert!(time(&value("DTEND")) > at(7 * DAY));
    assert_eq!(text(&value("SUMMARY")), format!("Rehearsal: {title}"));
    assert!(text(&value("DESCRIPTION")).starts_with(&format!("Due: {why}.")));
    assert_eq!(value("ACTION"), "DISPLAY");
    assert_eq!(value("TRIGGER"), "-PT15M");
    assert!(value("SEQUENCE").parse::<i32>().is_ok());
    for once in ["UID", "DTSTAMP", "DTSTART", "SUMMARY", "TRIGGER", "ACTION"] {
        assert_eq!(
            lines.iter().filter(|line| line.0 == once).count(),
            1,
            "{once}"
        );
    }
}

#[test]
fn an_entry_that_is_exported_again_moves_the_one_before() {
    let lines = |hours| {
        let calendar = ics(&some_schedule("it is time"), "Leaked key", at(hours));
        let lines = parse(&calendar);
        let value = |name: &str| lines.iter().find(|line| line.0 == name).unwrap().2.clone();
        (
            value("UID"),
            value("SEQUENCE").parse::<i64>().unwrap(),
            value("DTSTART"),
        )
    };
    let (first, second) = (lines(0), lines(8 * DAY));
    assert_eq!(first.0, second.0);
    assert!(first.1 < second.1);
    // what is overdue is put on now, where somebody sees it
    assert_eq!(time(&second.2), at(8 * DAY));
}
