//! Every way to press, and the one thing that comes of each: one run, and by the venue's own truth no
//! order left. A press that is let go too early is nothing.

use tests::{
    desk::{
        Desk,
        page::{button, role},
    },
    program::{Running, Simulator},
};

use crate::person::{
    LONG_ENOUGH, ONE_DOOR, TOO_SHORT, all_are, armed, board, grid, hold, open_cover, run, runs_in,
    truth,
};

/// What the driver calls the Enter key.
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

/// Waits for the cancel to be proved on the board, and judges by the venue.
fn contained(desk: &Desk, simulator: Simulator) {
    let page = desk.page();
    board(page);
    all_are(page, "Cancel orders", &["verified"]);
    assert_eq!(runs_in(desk).len(), 1);
    let (open, cancelled) = truth(simulator);
    assert_eq!(open, 0);
    assert!(cancelled > 0);
}

#[test]
fn the_mouse_held_down_on_the_guard_contains() {
    let (desk, simulator) = armed(&ONE_DOOR);
    open_cover(desk.page());
    let mouse = desk.mouse();
    mouse.move_to(&hold());
    mouse.down();
    board(desk.page());
    mouse.up();
    contained(&desk, simulator);
}

#[test]
fn the_enter_key_held_down_on_the_guard_contains() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    // by keyboard alone: C opens the cover and puts the focus on the guard
    page.key("c");
    page.wait(&hold());
    page.until(
        "the guard has the focus",
        "return document.activeElement === find({ role: 'button', name: 'Hold to contain' })[0]",
        &[],
    );
    page.hold_key(ENTER, LONG_ENOUGH);
    contained(&desk, simulator);
}

#[test]
fn press_and_press_again_contains_without_any_timing() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    open_cover(page);
    page.click(&button("Contain without holding"));
    page.wait(&button("Back"));
    page.click_until(&button("Contain now"), &grid());
    contained(&desk, simulator);
}

#[test]
fn a_click_with_no_pointer_behind_it_asks_instead_of_doing_nothing() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    open_cover(page);
    // what a screen reader, a switch or a voice sends
    page.ask(
        "find({ role: 'button', name: 'Hold to contain' })[0].click()",
        &[],
    );
    page.wait(&button("Contain now"));
    page.click(&button("Back"));
    page.wait(&hold());
    assert_eq!(runs_in(&desk), Vec::<String>::new());
    assert_eq!(nothing_happened(&desk, simulator), 0);
}

#[test]
fn let_go_too_early_nothing_is_done() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    open_cover(page);

    let mouse = desk.mouse();
    mouse.move_to(&hold());
    mouse.down();
    page.wait(&button("Keep holding…"));
    mouse.up();
    page.says("Cancelled. Nothing was done.");

    page.focus(&hold());
    page.hold_key(ENTER, TOO_SHORT);
    page.says("Cancelled. Nothing was done.");

    // dragged off the button while it is down
    mouse.move_to(&hold());
    mouse.down();
    page.wait(&button("Keep holding…"));
    mouse.move_to(&role("heading", "Ready"));
    page.says("Cancelled. Nothing was done.");
    mouse.up();

    // and the cover closes again
    page.key(ESCAPE);
    page.gone(&hold());
    assert_eq!(nothing_happened(&desk, simulator), 0);
}

/// How many cancels came after the press that was none; the simulator seeds orders that ended before.
fn nothing_happened(desk: &Desk, simulator: Simulator) -> usize {
    assert_eq!(run(desk.page()), serde_json::Value::Null);
    assert_eq!(runs_in(desk), Vec::<String>::new());
    let (accounts, told) = simulator.end();
    assert!(
        accounts
            .values()
            .all(|one| one["open_orders"].as_u64().unwrap() > 0)
    );
    let requests = told.iter().filter(|line| {
        line["truth"]["event"] == "request" && line.to_string().to_lowercase().contains("cancel")
    });
    requests.count()
}

#[test]
fn the_global_shortcut_opens_the_cover_and_pressed_again_contains() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    let mut settings = page.view()["settings"].clone();
    settings["hotkey"] = "Ctrl+Shift+F12".into();
    page.invoke("settings", &serde_json::json!({ "settings": settings }))
        .unwrap();
    page.until_view("the shortcut is registered", |view| {
        view["outside"]["hotkey"] == "on"
    });

    desk.mouse().key("ctrl+shift+F12");
    page.wait(&hold());
    assert_eq!(runs_in(&desk), Vec::<String>::new());
    desk.mouse().key("ctrl+shift+F12");
    contained(&desk, simulator);
}

#[test]
fn a_press_in_a_terminal_is_the_windows_run_and_a_second_press_attaches() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let mut pressed = Running::start(desk.firebreak(&["panic", "--json"]));
    let first = pressed.json().unwrap();
    assert_eq!(first["event"]["type"], "run_started", "{first}");
    board(desk.page());
    assert_eq!(run(desk.page())["run"], first["event"]["run"]);

    // from the window: it attaches, there is one run
    desk.page()
        .invoke(
            "press",
            &serde_json::json!({ "runbook": "contain-everything" }),
        )
        .unwrap();
    assert_eq!(run(desk.page())["run"], first["event"]["run"]);
    contained(&desk, simulator);
    drop(pressed);
}
