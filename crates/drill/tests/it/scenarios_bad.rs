//! Scenarios with errors: each is told with its line and its mend, and nothing else is lost.

use std::{fs, path::Path};

use drill::scenario::{Scenario, load};
use runbook::Finding;

const GOOD: &str = include_str!("../../scenarios/knight-at-home.toml");
const QUIET: &str = include_str!("../../scenarios/own-phone.toml");

/// What is wrong with a text, once `from` is `to` in it.
fn changed(text: &str, from: &str, to: &str) -> Vec<Finding> {
    assert!(text.contains(from), "{from} is not there to be changed");
    let (_, findings) = Scenario::check("mine.toml", &text.replacen(from, to, 1));
    findings
}

/// The one finding that a change brings: its rule, and the text of the line where it stands.
#[track_caller]
fn only(text: &str, from: &str, to: &str) -> (&'static str, String, String) {
    let findings = changed(text, from, to);
    let [found] = findings.as_slice() else {
        panic!("{from} to {to}: {findings:#?}");
    };
    let bad = text.replacen(from, to, 1);
    let line = bad
        .lines()
        .nth(found.line - 1)
        .unwrap_or_default()
        .to_owned();
    assert!(!found.mend.text.is_empty());
    assert_eq!(found.file, "mine.toml");
    (found.rule, line, found.mend.text.clone())
}

/// What is changed to what, and the rule, the text at its place and the mend that this brings.
const MISREAD: &[(&str, &str, &str, &str, &str)] = &[
    ("lesson =", "leson =", "missing-field", "", "Add `lesson"),
    (
        "minutes = 8",
        "minutes = 0",
        "wrong-value",
        "minutes = 0",
        "asks for",
    ),
    (
        "at = \"45s\"",
        "at = \"soon\"",
        "wrong-value",
        "at = \"soon\"",
        "asks for",
    ),
    (
        "form = \"app\"",
        "form = \"apk\"",
        "wrong-value",
        "form = \"apk\"",
        "Write `app`.",
    ),
    (
        "id = \"hung-gateway\"",
        "id = \"hung-gatway\"",
        "wrong-value",
        "hung-gatway",
        "`hung-gateway`",
    ),
    (
        "way_in = \"tws-api\"",
        "way_in = \"tws-app\"",
        "wrong-value",
        "tws-app",
        "`tws-api`",
    ),
    (
        "venue = \"ibkr\"",
        "venue = \"ibrk\"",
        "wrong-value",
        "ibrk",
        "asks for",
    ),
    ("\"ibc\"]", "\"icb\"]", "wrong-value", "icb", "asks for"),
    (
        "genuine = false",
        "genuin = false",
        "unknown-field",
        "genuin",
        "Write `genuine`.",
    ),
    (
        "do = \"place\"",
        "do = \"plaice\"",
        "wrong-value",
        "plaice",
        "Write `place`.",
    ),
    (
        "watchdog = \"15s\"",
        "host = \"10.0.0.1\"",
        "unknown-field",
        "host",
        "Write",
    ),
    (
        "wait = [\"5s\", \"40s\"]",
        "wait = [\"50s\", \"40s\"]",
        "wrong-value",
        "50s",
        "asks for",
    ),
    (
        "\"page:settings\"]",
        "\"settings\"]",
        "wrong-value",
        "settings",
        "asks for",
    ),
    (
        "id = \"knight-at-home\"",
        "id = \"Knight at home\"",
        "bad-id",
        "id =",
        "lower-case",
    ),
    (
        "title = \"Orders",
        "title = \"\\u001b[2JOrders",
        "unsafe-text",
        "title",
        "plain words",
    ),
];

#[test]
fn what_cannot_be_read_is_told_with_its_line_and_its_mend() {
    for (from, to, rule, line, mend) in MISREAD {
        let findings = changed(GOOD, from, to);
        let bad = GOOD.replacen(from, to, 1);
        let found = findings.iter().find(|found| found.rule == *rule);
        let found = found.unwrap_or_else(|| panic!("{to}: {findings:#?}"));
        let stands = bad.lines().nth(found.line - 1).unwrap_or_default();
        assert!(stands.contains(line), "{to}: stands at {stands:?}");
        assert!(found.mend.text.contains(mend), "{to}: {}", found.mend.text);
    }
}

#[test]
fn a_field_too_many_at_the_top_is_told_with_the_nearest_name() {
    let (rule, line, mend) = only(GOOD, "sources = [", "x = 1\nsources = [");
    assert_eq!((rule, line.as_str()), ("unknown-field", "x = 1"));
    assert!(mend.contains("Take it out"));
    let findings = changed(GOOD, "contains = true", "contain = true");
    let named = findings
        .iter()
        .find(|it| it.rule == "unknown-field")
        .unwrap();
    assert_eq!(named.mend.text, "Write `contains`.");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let twice = GOOD.replacen("form = \"app\"", "form = \"apk\"", 1);
    let findings = changed(&twice, "do = \"place\"", "do = \"plaice\"");
    let rules: Vec<_> = findings.iter().map(|found| found.rule).collect();
    assert_eq!(rules, ["wrong-value", "wrong-value"]);
    assert!(findings[0].line < findings[1].line);
}

#[test]
fn what_is_no_toml_is_told_where_it_breaks_off() {
    let (rule, line, _) = only("id = \"a\nb = 1\n", "b = 1", "b = 2");
    assert_eq!(rule, "syntax");
    assert!(line.contains("id"), "{line}");
    let huge = "#".repeat(300_000);
    let findings = Scenario::parse("mine.toml", &huge).unwrap_err();
    assert_eq!(findings[0].rule, "size");
}

/// What is changed to what, and the rule and the text at its place that this brings.
const UNPLAYABLE: &[(&str, &str, &str, &str)] = &[
    (
        "name = \"ibkr-bot\"",
        "name = \"IBKR bot\"",
        "bad-id",
        "IBKR bot",
    ),
    (
        "account = \"ibkr-bot\"\nlabel",
        "account = \"ibkr-boat\"\nlabel",
        "unknown-account",
        "ibkr-boat",
    ),
    (
        "doors = [\"tws\", \"client-portal\", \"ibc\"]",
        "doors = [\"spot\"]",
        "wrong-door",
        "spot",
    ),
    (
        "at = \"0s\"\ndeed",
        "at = \"20s\"\ndeed",
        "times-out-of-order",
        "at = \"10s\"",
    ),
    (
        "at = \"30s\"\nform",
        "at = \"60s\"\nform",
        "times-out-of-order",
        "at = \"45s\"",
    ),
    ("genuine = true", "genuine = false", "no-alarm", "[[alarm]]"),
    ("weight = 2", "weight = 0", "never-drawn", "weight = 0"),
    (
        "\n[[inject]]\nid = \"fill-during-cancel\"",
        "\n[[inject]]\nid = \"key-revoked-early\"",
        "inject-does-not-fit",
        "key-revoked-early",
    ),
    (
        "\n[[inject]]\nid = \"fill-during-cancel\"",
        "\n[[inject]]\nid = \"hung-gateway\"",
        "duplicate-name",
        "hung-gateway",
    ),
    (
        "runbooks = [\"leaked-api-key\"]",
        "runbooks = [\"leaked-key\"]",
        "unknown-runbook",
        "leaked-key",
    ),
    (
        "acceptable = [\"contain-everything\"]",
        "acceptable = [\"leaked-api-key\"]",
        "duplicate-name",
        "acceptable",
    ),
    (
        "runbooks = [\"leaked-api-key\"]",
        "runbooks = []",
        "no-right-answer",
        "[right]",
    ),
    (
        "\"page:orders\", \"page:settings\"]",
        "\"page:settings\", \"page:orders\"]",
        "order-against-runbook",
        "order =",
    ),
    (
        "\"page:settings\"]",
        "\"page:setings\"]",
        "unknown-page",
        "order =",
    ),
    (
        "\"page:settings\"]",
        "\"call:carrier\"]",
        "unknown-contact",
        "order =",
    ),
    (
        "\"page:settings\"]",
        "\"lever:audit\", \"page:password\"]",
        "unknown-step",
        "order =",
    ),
    (
        "contained = \"4m\"",
        "contained = \"40m\"",
        "target-cannot-be-met",
        "contained = ",
    ),
    (
        "contained = \"4m\"",
        "contained = \"5s\"",
        "target-cannot-be-met",
        "contained = ",
    ),
    (
        "contained = \"4m\"",
        "last_session = \"4m\"",
        "target-cannot-be-met",
        "last_session",
    ),
    (
        "contained = \"4m\"",
        "call = \"21s\"\nlast_key = \"4m\"",
        "target-cannot-be-met",
        "last_key",
    ),
    (
        "contact = \"ibkr-security\"",
        "contact = \"ibkr-desk\"",
        "unknown-contact",
        "ibkr-desk",
    ),
    (", desk = true", "", "menu-leads-nowhere", "menu ="),
    (
        "queue = [\"20s\", \"60s\"]",
        "queue = [\"20s\", \"9m\"]",
        "endless-queue",
        "queue =",
    ),
    (
        "does = [\"security-desk\"",
        "does = [\"lock\"",
        "unknown-page",
        "does =",
    ),
    (
        "\"https://pagerduty.com",
        "\"http://pagerduty.com",
        "bad-source",
        "http://pagerduty",
    ),
    ("minutes = 8", "minutes = 1", "no-time-left", "minutes"),
    (
        "form = \"app\"\nfrom",
        "form = \"app\"\ncaller = \"x\"\nfrom",
        "unknown-caller",
        "caller",
    ),
    (
        "id = \"rollback\"",
        "id = \"acknowledged\"",
        "duplicate-name",
        "acknowledged",
    ),
    (
        "by = \"client\", id = 42, watchdog = \"15s\"",
        "by = \"api-key\", name = \"bot\"",
        "no-way-in",
        "access",
    ),
    (
        "watchdog = \"15s\" }",
        "watchdog = \"15s\" }\ninnocent = true",
        "nothing-to-stop",
        "press",
    ),
    (
        "press = true",
        "press = false\ninstead = { say = \"Wait.\" }",
        "harm-unanswered",
        "press",
    ),
];

#[test]
fn what_reads_well_and_cannot_be_played_is_refused_where_it_stands() {
    for (from, to, rule, line) in UNPLAYABLE {
        let findings = changed(GOOD, from, to);
        let bad = GOOD.replacen(from, to, 1);
        let found = findings.iter().find(|found| found.rule == *rule);
        let found = found.unwrap_or_else(|| panic!("{to}: {findings:#?}"));
        let stands = bad.lines().nth(found.line - 1).unwrap_or_default();
        assert!(stands.contains(line), "{to}: stands at {stands:?}");
    }
}

#[test]
fn a_key_that_is_not_there_is_told_and_one_that_somebody_makes_is_not() {
    let keyed = include_str!("../../scenarios/two-minutes-via.toml");
    let (rule, line, mend) = only(
        keyed,
        "by = \"api-key\", name = \"old-service\"",
        "by = \"api-key\", name = \"old-servis\"",
    );
    assert_eq!(rule, "unknown-key");
    assert!(line.contains("old-servis"));
    assert!(mend.contains("`old-service`"), "{mend}");
    let made = keyed
        .replacen(
            "by = \"api-key\", name = \"old-service-2\"",
            "by = \"api-key\", name = \"new\"",
            1,
        )
        .replacen(
            "[[alarm]]",
            "[[actor]]\naccount = \"kraken\"\nlabel = \"A browser\"\n\
             access = { by = \"login\", user = \"web\", platform = \"web\" }\n\
             [[actor.act]]\nat = \"2m\"\n\
             deed = { do = \"create-key\", name = \"new\", door = \"futures\" }\n\n[[alarm]]",
            1,
        );
    let (_, findings) = Scenario::check("mine.toml", &made);
    assert_eq!(findings, []);
}

#[test]
fn an_actor_that_never_acts_is_refused() {
    let late = GOOD
        .replacen("at = \"0s\"\ndeed", "at = \"9m\"\ndeed", 1)
        .replacen("at = \"10s\"\nevery", "at = \"10m\"\nevery", 1);
    let (scenario, findings) = Scenario::check("mine.toml", &late);
    assert!(scenario.is_none());
    assert!(findings.iter().any(|found| found.rule == "never-acts"));
}

#[test]
fn what_comes_too_close_to_be_the_same_each_time_is_a_warning() {
    let findings = changed(GOOD, "at = \"10s\"\nevery", "at = \"4s\"\nevery");
    let [found] = findings.as_slice() else {
        panic!("{findings:#?}");
    };
    assert_eq!(
        (found.rule, found.severity),
        ("too-close", runbook::Severity::Warning)
    );
}

#[test]
fn standing_down_has_to_be_said_and_asks_for_nothing_that_the_desk_cannot_do() {
    let silent = changed(QUIET, "[right.instead]\nsay = ", "[targets]\n#");
    assert!(silent.iter().any(|found| found.rule == "no-right-answer"));
    let (rule, ..) = only(
        QUIET,
        "[right.instead]\n",
        "[right.instead]\ncall = \"ibkr-security\"\npages = [\"transfers\"]\n",
    );
    assert_eq!(rule, "unknown-page");
    let pressed = changed(
        QUIET,
        "[right.instead]",
        "[targets]\nalarm_to_press = \"9s\"\n[right.instead]",
    );
    assert!(
        pressed
            .iter()
            .any(|found| found.rule == "target-cannot-be-met")
    );
}

fn put(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_persons_own_files_are_taken_and_the_bad_ones_are_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mine = GOOD.replacen("knight-at-home", "mine", 1);
    put(folder.path(), "a.toml", &mine);
    put(folder.path(), "b.toml", &mine);
    put(folder.path(), "c.toml", GOOD);
    put(folder.path(), "d.toml", "id = 1");
    put(folder.path(), "notes.txt", "no scenario");
    fs::write(folder.path().join("e.toml"), [0xff, 0xfe]).unwrap();
    let (taken, refused) = load(folder.path());
    let ids: Vec<_> = taken.iter().map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(ids, ["mine"]);
    let told: Vec<_> = refused
        .iter()
        .map(|(path, findings)| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (name, findings[0].rule)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("b.toml", "duplicate-id"),
            ("c.toml", "duplicate-id"),
            ("d.toml", "missing-field"),
            ("e.toml", "unreadable"),
        ]
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("d.toml")).unwrap(),
        "id = 1"
    );
}

#[test]
fn a_folder_that_is_not_there_holds_none() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, refused) = load(&folder.path().join("none"));
    assert!(taken.is_empty() && refused.is_empty());
}
