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
    let played = play_whole(plays).into_iter();
    played
        .map(|(play, finished)| (play, score(&finished)))
        .collect()
}

/// The same with all that each printed.
fn play_whole(plays: &[Vec<String>]) -> BTreeMap<Vec<String>, Finished> {
    let mut played = BTreeMap::new();
    for some in plays.chunks(12) {
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
            played.insert(arguments.clone(), finished);
        }
    }
    played
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
fn a_scripted_player_who_does_it_right_ends_every_scenario_well() {
    for (play, score) in play_all(&SCENARIOS.map(|id| words(&format!("{id} --auto --seed 7")))) {
        assert_eq!(score["verdict"], "good", "{play:?}: {score:#}");
        assert_eq!(
            score["false_done"],
            Value::Array(Vec::new()),
            "{play:?}: {score:#}"
        );
        assert_eq!(score["contained"], true, "{play:?}: {score:#}");
    }
}

#[test]
fn the_same_seed_gives_the_same_score_to_the_byte_of_its_events() {
    let ids = ["tokyo-two-hour", "aggr", "knight-at-home", "back-door"];
    // to itself each play has a home of its own
    let once = ids.map(|id| words(&format!("{id} --auto --seed 11")));
    let again = ids.map(|id| words(&format!("--auto --seed 11 {id}")));
    let scores = play_all(&[once.clone(), again.clone()].concat());
    for (once, again) in once.iter().zip(&again) {
        let (once, again) = (&scores[once], &scores[again]);
        let text = |score: &Value| serde_json::to_string(&score["events"]).unwrap();
        assert_eq!(text(once), text(again));
        for same in [
            "verdict",
            "why",
            "contained",
            "board_contained",
            "ended",
            "harm",
            "steps",
        ] {
            assert_eq!(once[same], again[same], "{same}");
        }
    }
}

#[test]
fn each_inject_changes_what_it_should() {
    let plays = [
        ("tokyo-two-hour", "none"),
        ("tokyo-two-hour", "too-many-requests"),
        ("tokyo-two-hour", "hung-gateway"),
        ("tokyo-two-hour", "second-factor-lost"),
        ("tokyo-two-hour", "stops-cancelled"),
        ("tokyo-two-hour", "bot-still-running"),
        ("tokyo-two-hour", "hotline-queue"),
        ("tokyo-two-hour", "web-view-dead"),
        ("tokyo-two-hour", "network-down"),
        ("tokyo-two-hour", "other-seat"),
        ("knight-at-home", "none"),
        ("knight-at-home", "market-closed"),
        ("knight-at-home", "fill-during-cancel"),
        ("two-minutes-via", "none"),
        ("two-minutes-via", "locked-keychain"),
        ("two-minutes-via", "key-revoked-early"),
        ("two-minutes-via", "wrong-clock"),
    ];
    let play =
        |(id, inject): &(&str, &str)| words(&format!("{id} --auto --seed 7 --inject {inject}"));
    let played = play_whole(&plays.iter().map(play).collect::<Vec<_>>());
    let with = |id: &'static str, inject: &'static str| &played[&play(&(id, inject))];
    let score_with = |id, inject| score(with(id, inject));
    let contained = |id, inject| score_with(id, inject)["times"]["alarm_to_contained"].as_u64();
    let later = |id, inject| assert!(contained(id, inject) > contained(id, "none"), "{inject}");
    let told = |id, inject, what: &str| {
        let says = |inject| score_with(id, inject)["events"].to_string().contains(what);
        assert!(says(inject) && !says("none"), "{inject}: {what}");
    };
    let failures = |id, inject, class: &str| {
        let lines = with(id, inject).json();
        let failed = lines.iter().filter(|line| line["event"]["class"] == class);
        failed.count()
    };
    let fills = |id, inject| {
        let lines = with(id, inject).json();
        let after = lines
            .iter()
            .skip_while(|line| line["event"]["line"]["told"] != "pressed");
        let filled = after.filter(|line| line["event"]["line"]["truth"]["event"] == "order_filled");
        filled.count()
    };

    let tokyo = "tokyo-two-hour";
    for inject in plays
        .map(|(_, inject)| inject)
        .iter()
        .filter(|it| **it != "none")
    {
        let (id, _) = plays.iter().find(|(_, it)| it == inject).unwrap();
        told(id, inject, &format!("inject: {inject}"));
    }
    assert!(failures(tokyo, "too-many-requests", "paced") > failures(tokyo, "none", "paced"));
    assert!(failures(tokyo, "hung-gateway", "timed_out") > failures(tokyo, "none", "timed_out"));
    assert!(
        failures(tokyo, "network-down", "unreachable") > failures(tokyo, "none", "unreachable")
    );
    later(tokyo, "second-factor-lost");
    later(tokyo, "hotline-queue");
    // each time that the other computer takes the seat, TWS loses its link
    assert!(failures(tokyo, "other-seat", "unreachable") > failures(tokyo, "none", "unreachable"));
    told(tokyo, "stops-cancelled", "a second window: cancels");
    told(tokyo, "bot-still-running", "a bot that you forgot: buys");
    later("knight-at-home", "market-closed");
    assert!(fills("knight-at-home", "fill-during-cancel") > fills("knight-at-home", "none"));
    let locked = with("two-minutes-via", "locked-keychain");
    assert!(
        locked
            .errors
            .iter()
            .any(|line| line.contains("keychain of this drill is locked"))
    );
    assert_eq!(score_with("two-minutes-via", "none")["contained"], true);
    let early = score_with("two-minutes-via", "key-revoked-early");
    assert_eq!(
        (&early["contained"], &early["board_contained"]),
        (&false.into(), &false.into())
    );
    // what was made harder is told as it is, and never called done before it is
    for finished in played.values() {
        assert_eq!(
            score(finished)["false_done"],
            Value::Array(Vec::new()),
            "{}",
            finished.all()
        );
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

/// Puts a run into the home that was live, and under way when its program ended.
fn put_live_run(home: &Home) -> (std::path::PathBuf, String) {
    let practised = home.run(&["practice", "--auto", "--json"]);
    assert!(practised.lines.len() > 3, "{}", practised.all());
    let head = practised.lines[..3].join("\n") + "\n";
    let live = head.replacen("\"mode\":\"practice\"", "\"mode\":\"live\"", 1);
    assert_ne!(live, head);
    let folder = home.path().join("runs/29991231T235959Z-contain-everything");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("journal.jsonl"), &live).unwrap();
    (folder.join("journal.jsonl"), live)
}

#[test]
fn while_a_live_run_is_open_no_drill_begins_and_nothing_of_the_run_is_touched() {
    let home = Home::new();
    let (journal, live) = put_live_run(&home);
    let refused = home.run(&["drill", "own-phone", "--auto"]);
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(refused.all().contains("untouched:"), "{}", refused.all());
    assert_eq!(std::fs::read_to_string(journal).unwrap(), live);
}

#[test]
fn a_live_press_ends_a_drill_at_once_and_the_drill_carries_nothing_over() {
    let home = Home::new();
    let other = Home::new();
    let (journal, live) = put_live_run(&other);
    let mut drill = Running::start(home.command(&[
        "drill",
        "own-phone",
        "--auto",
        "--seed",
        "7",
        "--speed",
        "1",
    ]));
    while !drill.line().unwrap().contains("seed 7") {}
    // as a press in another process writes its first lines
    let folder = home.path().join("runs/29991231T235959Z-contain-everything");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&journal, folder.join("journal.jsonl")).unwrap();
    let ended = drill.finish();
    assert_eq!(ended.code(), Some(130), "{}", ended.all());
    assert!(
        ended.all().contains("A live run is under way"),
        "{}",
        ended.all()
    );
    assert_eq!(
        std::fs::read_to_string(folder.join("journal.jsonl")).unwrap(),
        live
    );
    let listed = home.run(&["drill", "history", "--json"]);
    assert_eq!(listed.json()[0]["drill"]["ended"], "real");
}

/// A network of its own with nothing in it but loopback, in which the system counts every attempt to
/// send anywhere else.
#[cfg(target_os = "linux")]
#[test]
fn a_drill_sends_nothing_beyond_loopback() {
    let home = Home::new();
    let program = tests::program::binary();
    let count = "awk '/^Ip: [0-9]/ { v4 = $13 } /OutNoRoutes/ { v6 = $2 } END { print \"beyond\", v4 + v6 }' \
                 /proc/net/snmp /proc/net/snmp6";
    let script = format!(
        "ip link set lo up && \"$1\" drill aggr --auto --seed 7 --json && {count} && \
         (exec 3<>/dev/tcp/192.0.2.1/9) ; {count}"
    );
    let mut command = std::process::Command::new("unshare");
    command
        .args(["--map-root-user", "--net", "bash", "-c", &script, "bash"])
        .arg(program)
        .env("FIREBREAK_HOME", home.path());
    let finished = Running::start(command).finish();
    let beyond = finished
        .lines
        .iter()
        .filter_map(|line| line.strip_prefix("beyond "));
    // the second count shows that the first would have told
    assert_eq!(beyond.collect::<Vec<_>>(), ["0", "1"], "{}", finished.all());
    assert!(
        finished
            .lines
            .iter()
            .any(|line| line.contains("\"verdict\":\"good\""))
    );
}
