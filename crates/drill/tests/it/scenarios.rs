//! The scenarios that come with the program.

use std::collections::BTreeSet;

use drill::scenario::{Form, Scenario, WayIn, find, shipped};
use runbook::Severity;
use simulator::attacker::{Access, Begins};

/// What the field's cases are called, in the order in which lists show them.
const IDS: [&str; 11] = [
    "tokyo-two-hour",
    "five-cent-puts",
    "two-minutes-via",
    "lying-library",
    "knight-at-home",
    "dead-bars",
    "helpful-support",
    "aggr",
    "back-door",
    "tired-thumb",
    "own-phone",
];

#[test]
fn every_shipped_scenario_reads_and_bears_the_id_of_its_file() {
    let ids: Vec<_> = shipped().into_iter().map(|scenario| scenario.id).collect();
    assert_eq!(ids, IDS);
    for id in IDS {
        assert_eq!(find(id).unwrap().id, id);
    }
    assert!(find("no-such").is_none());
}

#[test]
fn every_shipped_scenario_lints_clean() {
    for scenario in shipped() {
        let found: Vec<_> = scenario.lint().iter().map(ToString::to_string).collect();
        assert_eq!(found, [""; 0], "{}", scenario.id);
    }
}

#[test]
fn every_shipped_scenario_names_where_its_shape_is_told() {
    for scenario in shipped() {
        assert!(!scenario.sources.is_empty(), "{}", scenario.id);
        for source in &scenario.sources {
            assert!(source.starts_with("https://"), "{source}");
        }
    }
}

#[test]
fn every_way_in_is_rehearsed() {
    let covered: BTreeSet<_> = shipped().iter().map(|scenario| scenario.way_in).collect();
    assert_eq!(covered, WayIn::ALL.into());
}

#[test]
fn a_bot_of_the_persons_own_runs_away_and_a_watchdog_brings_it_back() {
    let runaway = find("knight-at-home").unwrap();
    let access = &runaway.actors[0].actor.access;
    assert!(matches!(
        access,
        Access::Client {
            watchdog: Some(_),
            ..
        }
    ));
}

#[test]
fn not_to_press_is_right_where_nobody_got_in() {
    let quiet: Vec<_> = shipped().into_iter().filter(|it| !it.right.press).collect();
    let ids: Vec<_> = quiet.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["back-door", "own-phone"]);
    let own = &quiet[1];
    assert!(own.actors.iter().all(|cast| cast.actor.innocent));
    let pushed = own
        .alarms
        .iter()
        .find(|alarm| alarm.form == Form::Call)
        .unwrap();
    assert!(!pushed.genuine && pushed.caller.is_some());
}

#[test]
fn an_intruder_comes_back_after_being_cut_somewhere() {
    let triggered = shipped().iter().any(|scenario| {
        let acts = scenario.actors.iter().flat_map(|cast| &cast.actor.acts);
        acts.into_iter()
            .any(|act| matches!(act.begins, Begins::When(simulator::attacker::When::Cut, _)))
    });
    assert!(triggered);
}

#[test]
fn a_call_that_is_itself_phishing_can_be_picked_up() {
    let phished: Vec<_> = shipped()
        .into_iter()
        .filter(|scenario| !scenario.callers.is_empty())
        .map(|scenario| scenario.id)
        .collect();
    assert_eq!(phished, ["helpful-support", "own-phone"]);
}

#[test]
fn titles_give_nothing_away_and_words_are_calm() {
    for scenario in shipped() {
        let said = [
            &scenario.title,
            &scenario.story,
            &scenario.lesson,
            &scenario.good,
        ];
        for text in said {
            assert!(!text.contains('!'), "{text}");
        }
        assert!(scenario.title.split(' ').count() <= 8, "{}", scenario.title);
        let told = format!("{} {}", scenario.title, scenario.story).to_lowercase();
        for inject in &scenario.injects {
            assert!(!told.contains(inject.inject.id()), "{}", scenario.id);
        }
    }
}

#[test]
fn few_orders_are_placed_so_that_a_slow_listing_keeps_up() {
    for scenario in shipped() {
        let fast: Vec<_> = scenario
            .actors
            .iter()
            .flat_map(|cast| &cast.actor.acts)
            .filter(|act| act.every.is_some_and(|every| every.as_secs() < 5))
            .collect();
        assert!(fast.is_empty(), "{}: {fast:?}", scenario.id);
    }
}

#[test]
fn the_wait_before_it_begins_follows_the_seed_and_stays_in_its_bounds() {
    for scenario in shipped() {
        let waits: BTreeSet<_> = (0..40).map(|seed| scenario.waits(seed)).collect();
        assert!(waits.len() > 20, "{}", scenario.id);
        assert!(
            waits
                .iter()
                .all(|wait| scenario.wait.range().contains(wait))
        );
        assert_eq!(scenario.waits(7), scenario.waits(7));
    }
}

#[test]
fn a_warning_alone_does_not_refuse_a_scenario() {
    let text = include_str!("../../scenarios/own-phone.toml");
    let start = text.find("sources = [").unwrap();
    let end = start + text[start..].find("]\n").unwrap() + 2;
    let unsourced = format!("{}{}", &text[..start], &text[end..]);
    let (scenario, findings) = Scenario::check("mine.toml", &unsourced);
    assert!(scenario.is_some());
    let [found] = findings.as_slice() else {
        panic!("{findings:#?}");
    };
    assert_eq!(
        (found.rule, found.severity),
        ("no-source", Severity::Warning)
    );
}
