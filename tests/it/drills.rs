//! Drills from outside: scripted players in real processes, scored against the simulator's truth.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::program::{Finished, Home, Running};

/// The scenarios that the field's cases ask for, and one in which nothing has to be pressed.
const SCENARIOS: [&str; 11] = [
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

fn score(finished: &Finished) -> Value {
    let lines = finished.json();
    let score = lines.iter().find_map(|line| line.get("score"));
    score
        .unwrap_or_else(|| panic!("no score: {}", finished.all()))
        .clone()
}

/// Plays each, some at a time, and gives back how each came out.
fn play_all(plays: &[Vec<String>]) -> BTreeMap<Vec<String>, Value> {
    let mut scores = BTreeMap::new();
    for some in plays.chunks(4) {
        let homes = some.iter().map(|_| Home::new()).collect::<Vec<_>>();
        let running = some
            .iter()
            .zip(&homes)
            .map(|(arguments, home)| {
                let mut all = vec!["drill"];
                all.extend(arguments.iter().map(String::as_str));
                all.push("--json");
                Running::start(home.command(&all))
            })
            .collect::<Vec<_>>();
        for (arguments, running) in some.iter().zip(running) {
            let finished = running.finish();
            assert_eq!(
                finished.code(),
                Some(0),
                "{arguments:?}: {}",
                finished.all()
            );
            scores.insert(arguments.clone(), score(&finished));
        }
    }
    scores
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_scenario_is_listed_one_a_line_with_its_source() {
    let home = Home::new();
    let listed = home.run(&["drill", "list", "--json"]);
    assert_eq!(listed.code(), Some(0), "{}", listed.all());
    let lines = listed.json();
    let ids = lines.iter().map(|line| line["id"].as_str().unwrap());
    let ids = ids.collect::<Vec<_>>();
    for id in SCENARIOS {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
    for line in &lines {
        assert!(!line["sources"].as_array().unwrap().is_empty(), "{line}");
    }
}

#[test]
fn a_scripted_player_who_does_it_right_ends_every_scenario_well_and_the_same_each_time() {
    let once = SCENARIOS.map(|id| words(&format!("{id} --auto --seed 7")));
    let first = play_all(&once);
    let again = play_all(&once);
    for id in SCENARIOS {
        let key = words(&format!("{id} --auto --seed 7"));
        let (first, again) = (&first[&key], &again[&key]);
        assert_eq!(first["verdict"], "good", "{id}: {first:#}");
        assert_eq!(
            first["false_done"],
            Value::Array(Vec::new()),
            "{id}: {first:#}"
        );
        assert_eq!(first["events"], again["events"], "{id}");
        for same in ["verdict", "contained", "board_contained", "ended"] {
            assert_eq!(first[same], again[same], "{id}: {same}");
        }
    }
}

#[test]
fn who_lies_and_who_is_idle_get_scores_that_say_so() {
    let ids = ["tokyo-two-hour", "two-minutes-via", "dead-bars"];
    let plays = ids
        .iter()
        .flat_map(|id| {
            ["liar", "idle"]
                .map(|player| words(&format!("{id} --player {player} --seed 7 --speed 20")))
        })
        .collect::<Vec<_>>();
    for (play, score) in play_all(&plays) {
        let player = &play[2];
        let lies = score["false_done"].as_array().unwrap();
        if player == "liar" {
            assert_eq!(score["verdict"], "failed", "{play:?}: {score:#}");
            assert!(lies.iter().any(|lie| lie["by"] == "you"), "{score:#}");
        } else {
            assert_eq!(score["verdict"], "poor", "{play:?}: {score:#}");
            assert!(lies.is_empty(), "{play:?}: {score:#}");
            assert_ne!(
                score["steps"]["open"],
                Value::Array(Vec::new()),
                "{score:#}"
            );
        }
        assert!(lies.iter().all(|lie| lie["by"] != "firebreak"), "{score:#}");
    }
}

#[test]
fn the_lines_of_a_drill_are_its_runs_journal_and_the_last_is_its_summary() {
    let home = Home::new();
    let played = home.run(&["drill", "tokyo-two-hour", "--auto", "--seed", "7", "--json"]);
    assert_eq!(played.code(), Some(0), "{}", played.all());
    let lines = played.json();
    assert_eq!(lines[0]["event"]["type"], "run_started");
    assert_eq!(lines[0]["event"]["mode"], "drill");
    assert_eq!(lines.last().unwrap()["event"]["type"], "run_summary");
    let journal = std::fs::read_to_string(home.only_run().join("journal.jsonl")).unwrap();
    let journal = journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let streamed = lines
        .iter()
        .filter(|line| line.get("event").is_some())
        .cloned();
    assert_eq!(streamed.collect::<Vec<_>>(), journal.collect::<Vec<_>>());
}

#[test]
fn a_drill_that_was_killed_shows_as_broken_off_and_the_next_one_is_kept_beside_it() {
    let home = Home::new();
    let mut running = Running::start(home.command(&[
        "drill",
        "own-phone",
        "--auto",
        "--seed",
        "7",
        "--speed",
        "1",
    ]));
    // the briefing is told, and at this speed its alarm is far away
    while !running.line().unwrap().contains("seed 7") {}
    let said = running.kill();
    assert!(
        said.iter().all(|line| line.starts_with("DRILL  ")),
        "{said:?}"
    );
    let played = home.run(&[
        "drill",
        "own-phone",
        "--auto",
        "--seed",
        "7",
        "--speed",
        "50",
    ]);
    assert_eq!(played.code(), Some(0), "{}", played.all());
    let listed = home.run(&["drill", "history", "--json"]);
    let drills = listed.json();
    let ended = drills
        .iter()
        .filter_map(|line| line.get("drill")?.get("ended")?.as_str());
    assert_eq!(ended.collect::<Vec<_>>(), ["stood_down", "broken_off"]);
}

#[test]
fn while_a_live_run_is_open_no_drill_begins_and_nothing_of_the_run_is_touched() {
    let home = Home::new();
    let run = home.path().join("runs/20261124T100000Z-contain-everything");
    std::fs::create_dir_all(&run).unwrap();
    let finished = home.run(&["practice", "--auto", "--json"]);
    assert_eq!(finished.code().is_some(), true);
    let practised = std::fs::read_dir(home.path().join("runs")).unwrap();
    let practised = practised.map(|entry| entry.unwrap().path());
    let practised = practised.into_iter().find(|path| path != &run).unwrap();
    let text = std::fs::read_to_string(practised.join("journal.jsonl")).unwrap();
    // the first lines of a run that was live and broke off
    let head = text.lines().take(3).collect::<Vec<_>>().join("\n") + "\n";
    let live = head.replacen("\"mode\":\"practice\"", "\"mode\":\"live\"", 1);
    std::fs::write(run.join("journal.jsonl"), &live).unwrap();
    let refused = home.run(&["drill", "own-phone", "--auto"]);
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(refused.all().contains("untouched:"), "{}", refused.all());
    assert_eq!(
        std::fs::read_to_string(run.join("journal.jsonl")).unwrap(),
        live
    );
}
