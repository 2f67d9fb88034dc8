//! A drill in the real window, from the list of scenarios to the debrief; and what ends one at once.

use std::time::Duration;

use serde_json::{Value, json};
use tests::desk::{
    Desk,
    page::{Page, button, css, id, role},
};

use crate::person::{ONE_DOOR, board, go, grid, hold, open_cover, runs_in};

/// How fast the story goes in a test.
const SPEED: f64 = 10.0;
const SEED: u32 = 7;
/// How long everything that a drill waits for may take.
const STORY: Duration = Duration::from_mins(2);

/// A window on Drills, with nothing set up.
fn drills() -> Desk {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    if page.has(&button("Skip all of it")) {
        page.click(&button("Skip all of it"));
    }
    go(page, "Drills");
    page.wait(&role("heading", "Scenarios"));
    desk
}

/// Starts a scenario as the window does, only faster, and begins it.
fn begin(page: &Page, scenario: &str) {
    ask(
        page,
        &json!({ "ask": "start", "scenario": scenario, "seed": SEED, "speed": SPEED,
                 "clock": true, "injects": false }),
    );
    page.wait(&css(".mode-drill"));
    page.click(&id("drill-begin"));
}

fn ask(page: &Page, ask: &Value) -> Value {
    page.invoke("drill", &json!({ "ask": ask }))
        .unwrap_or_else(|refused| panic!("{ask}: {refused}"))
}

/// Waits until something has reached the person.
fn alarm(page: &Page) {
    page.until_within(
        STORY,
        "something reaches the person",
        "return find({ css: '[data-testid=\"alarm-1\"]' }).length",
        &[],
    );
}

#[test]
fn a_drill_is_played_by_hand_from_the_list_to_the_debrief() {
    let desk = drills();
    let page = desk.page();

    // what the window itself asks before it starts one
    page.click(&button("Choose: The bot says that all is well"));
    page.says("What it is stays hidden until the debrief.");
    page.click(&button("Choose another"));

    begin(page, "lying-library");
    page.says("DRILL");
    page.says("Simulated accounts. Nothing leaves this computer.");
    alarm(page);
    let told = page.text(&id("alarm-1"));
    assert!(!told.is_empty());

    // a page is looked up before anything is pressed
    page.click(&id("page-show"));
    page.wait(&id("page-open"));

    // the press, held with the mouse under the drill's own label
    open_cover(page);
    assert!(page.text(&hold()).contains("(drill)"));
    let mouse = desk.mouse();
    mouse.move_to(&hold());
    mouse.down();
    board(page);
    mouse.up();
    let view = page.view();
    assert_eq!(view["run"]["mode"], "drill", "{}", view["run"]);
    assert_eq!(view["stance"], "drill");
    assert_eq!(runs_in(&desk).len(), 1);

    // each card: the page that it is about is acted on, then what it says is typed
    play(page);

    page.click(&id("drill-finish"));
    if page.has(&id("drill-finish-yes")) {
        page.click(&id("drill-finish-yes"));
    }
    page.until_within(
        STORY,
        "the debrief is there",
        "return find({ role: 'heading', name: 'Three questions' }).length",
        &[],
    );
    page.wait(&css(".picture svg.chart"));
    assert!(page.has(&role("heading", "One fix")));
    let view = page.view();
    assert_eq!(view["drill"], Value::Null);
    assert_ne!(view["drilled"], Value::Null);
    page.fill(&css("[name^='question-']"), "How long the page took.");
    page.click(&id("answers-keep"));
    page.says("Kept.");
    assert!(page.axe().is_empty(), "{:#?}", page.axe());

    // it is kept: a terminal tells it as well
    let history = desk.run(&["drill", "history", "--json"]);
    assert!(history.all().contains("lying-library"), "{}", history.all());
}

/// Does on the simulated pages what each card says, and types what stands there then.
fn play(page: &Page) {
    for _ in 0..40 {
        let view = page.view();
        let card = view["run"]["cards"].as_array().and_then(|cards| {
            let done = cards.iter().find(|card| !card["ask"].is_null());
            done.cloned()
        });
        let Some(card) = card else { return };
        let task = card["task"].as_str().unwrap().to_owned();
        if let (Some(at), Some(account)) = (card["page"].as_str(), card["account"].as_str()) {
            // it may have nothing to act on
            let act = json!({ "ask": "act_on", "account": account, "page": at, "row": null });
            let _ = page.invoke("drill", &json!({ "ask": act }));
        }
        let value = match card["format"].as_str() {
            Some("number") => "0",
            Some("yes_no") => "yes",
            Some("time") => "14:32",
            _ => "REF 4471-A",
        };
        let answer = json!({ "act": { "act": "answer", "task": task, "value": value } });
        let _ = page.invoke("act", &answer);
        let open = |view: &Value| {
            let cards = view["run"]["cards"].as_array();
            cards.is_some_and(|cards| cards.iter().any(|one| one["task"] == task.as_str()))
        };
        if open(&page.view()) {
            let skip = json!({ "act": { "act": "skip", "task": task, "reason": null } });
            let _ = page.invoke("act", &skip);
        }
    }
}

#[test]
fn nothing_had_to_be_pressed_and_saying_so_ends_the_drill_well() {
    let desk = drills();
    let page = desk.page();
    begin(page, "own-phone");
    alarm(page);
    page.click(&id("drill-stand-down"));
    page.click(&id("drill-stand-down-yes"));
    page.until_within(
        STORY,
        "the debrief is there",
        "return find({ role: 'heading', name: 'Three questions' }).length",
        &[],
    );
    assert_eq!(runs_in(&desk), Vec::<String>::new());
    assert_eq!(page.view()["stance"], "unarmed");
}

#[test]
fn what_is_real_ends_a_drill_at_once_and_carries_nothing_over() {
    let mut desk = Desk::set_up();
    let simulator = tests::program::Simulator::start(desk.home(), &ONE_DOOR);
    desk.add(&simulator.accounts);
    desk.open();
    let page = desk.page();
    begin(page, "lying-library");
    page.wait(&button("This is real: stop the drill"));
    page.click(&button("This is real: stop the drill"));
    // Home of the real accounts, with the cover open
    page.wait(&hold());
    assert!(!page.text(&hold()).contains("drill"));
    let view = page.until_view("the drill is gone", |view| view["drill"].is_null());
    assert_eq!(view["accounts"][0]["name"], simulator.accounts[0].name);
    assert_eq!(view["coverOpen"], true);
    assert_eq!(view["run"], Value::Null);
    page.key("\u{e00c}");
    page.gone(&hold());

    // a live press from a terminal takes precedence over a drill that is on
    begin(page, "lying-library");
    let mut pressed = tests::program::Running::start(desk.firebreak(&["panic", "--json"]));
    let first = pressed.json().unwrap();
    page.wait(&grid());
    let view = page.until_view("the drill is gone", |view| view["drill"].is_null());
    assert_eq!(view["run"]["mode"], "live");
    assert_eq!(view["run"]["run"], first["event"]["run"]);
    drop(pressed);
    drop(simulator);
}
