//! Every screen, in both themes and at its least size: axe-core finds nothing, and nothing is cut off.

use serde_json::json;
use tests::{
    desk::{
        Desk,
        page::{Page, button, role},
    },
    program::Simulator,
};

use crate::{
    board::press,
    person::{ONE_DOOR, all_are, arm, go, grid, open_cover},
};

const SCREENS: [&str; 6] = [
    "Runbooks",
    "Drills",
    "Readiness",
    "Evidence",
    "Accounts",
    "Settings",
];

/// What axe found, with where.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn look(&mut self, page: &Page, place: &str) {
        for theme in ["light", "dark"] {
            choose(page, theme);
            let told = page.axe();
            self.0.extend(
                told.into_iter()
                    .map(|one| format!("{place}, {theme}: {one}")),
            );
        }
    }

    fn none(self) {
        assert!(
            self.0.is_empty(),
            "{} violations:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}

/// Light or dark, by the person's own setting.
fn choose(page: &Page, theme: &str) {
    let mut settings = page.view()["settings"].clone();
    settings["appearance"] = json!(theme);
    page.invoke("settings", &json!({ "settings": settings }))
        .unwrap();
    page.until(
        "the theme is on",
        "return document.documentElement.dataset.appearance === arguments[0]",
        &[json!(theme)],
    );
}

#[test]
fn axe_finds_what_is_planted() {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    page.ask(
        "const planted = document.createElement('div'); planted.id = 'planted'; \
         planted.innerHTML = '<img src=\"x.png\"><input><button></button>'; \
         document.querySelector('main').append(planted)",
        &[],
    );
    let told = page.axe().join("\n");
    for rule in ["image-alt", "label", "button-name"] {
        assert!(told.contains(rule), "{rule} is not in:\n{told}");
    }
}

#[test]
fn every_screen_at_rest_is_without_a_violation_in_both_themes() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), &ONE_DOOR);
    let mut found = Found::default();
    desk.open();
    found.look(desk.page(), "first run");
    desk.crash();

    desk.add(&simulator.accounts);
    desk.open();
    let page = desk.page();
    found.look(page, "not armed");
    arm(page);
    found.look(page, "ready");
    open_cover(page);
    found.look(page, "cover open");
    page.click(&button("Contain without holding"));
    page.wait(&button("Back"));
    found.look(page, "press and press");
    page.click(&button("Back"));
    page.click(&button("Call a broker"));
    found.look(page, "phones");
    page.key("\u{e00c}");
    page.key("?");
    page.wait(&role("heading", "Keys"));
    found.look(page, "keys");
    page.key("\u{e00c}");
    for screen in SCREENS {
        go(page, screen);
        page.wait(&tests::desk::page::css("h1"));
        found.look(page, screen);
    }
    go(page, "Accounts");
    page.click(&button("Add an account"));
    page.wait(&role("heading", "Which venue is it at?"));
    page.click(&button("Next"));
    page.wait(&role("heading", "Which doors are open?"));
    page.click(&role("checkbox", "Client Portal gateway…"));
    page.click(&button("Next"));
    page.says("field needs you");
    found.look(page, "adding an account, with a problem");
    go(page, "Runbooks");
    page.click(&button("Edit…"));
    page.says("This is the version in use.");
    found.look(page, "editing a runbook");
    found.none();
}

#[test]
fn the_board_and_the_evidence_of_a_run_are_without_a_violation_in_both_themes() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), &ONE_DOOR);
    desk.add(&simulator.accounts);
    desk.open();
    let page = desk.page();
    arm(page);
    let mut found = Found::default();
    press(page);
    found.look(page, "board, just pressed");
    all_are(page, "Cancel orders", &["verified"]);
    found.look(page, "board");
    for screen in SCREENS {
        go(page, screen);
        page.wait(&tests::desk::page::css("h1"));
        found.look(page, &format!("{screen}, in a run"));
    }
    found.none();
}

#[test]
fn practice_is_told_apart_in_words_and_is_without_a_violation() {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    if page.has(&button("Skip all of it")) {
        page.click(&button("Skip all of it"));
    }
    page.invoke("practice", &json!({ "ask": "start" })).unwrap();
    page.until(
        "it is practice",
        "return document.querySelector('.mode-practice')",
        &[],
    );
    page.says("PRACTICE");
    page.says("Nothing leaves this computer");
    let mut found = Found::default();
    found.look(page, "practice");
    press(page);
    found.look(page, "practice board");
    found.none();
    assert!(page.has(&button("This is real: stop practice")));
}

#[test]
fn at_its_least_size_and_at_twice_the_text_nothing_needs_scrolling_sideways() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), &ONE_DOOR);
    desk.add(&simulator.accounts);
    desk.open();
    let page = desk.page();
    arm(page);
    page.resize(900, 640);
    let wide = "const app = document.querySelector('.app'); \
                return [app.scrollWidth - app.clientWidth, innerWidth]";
    let mut cut = Vec::new();
    let mut look = |page: &Page, place: &str| {
        let told = page.ask(wide, &[]);
        if told[0].as_i64().unwrap() > 1 {
            cut.push(format!("{place}: {told}"));
        }
    };
    for percent in [100, 200] {
        let mut settings = page.view()["settings"].clone();
        settings["textPercent"] = json!(percent);
        page.invoke("settings", &json!({ "settings": settings }))
            .unwrap();
        page.until(
            "the text has its size",
            "return document.documentElement.style.fontSize === `${arguments[0]}%`",
            &[json!(percent)],
        );
        go(page, "Home");
        look(page, &format!("Home at {percent} %"));
        for screen in SCREENS {
            go(page, screen);
            page.wait(&tests::desk::page::css("h1"));
            look(page, &format!("{screen} at {percent} %"));
        }
    }
    go(page, "Home");
    press(page);
    page.wait(&grid());
    look(page, "board");
    assert!(cut.is_empty(), "{cut:#?}");
}
