//! The board: it says what the run says, takes what a person read, and shows a hostile venue's words
//! as words.

use serde_json::{Value, json};
use tests::desk::page::{Page, button, css};

use crate::person::{
    LONG_ENOUGH, ONE_DOOR, TWO_DOORS, all_are, armed, board, go, grid, hold, open_cover, run, truth,
};

const ENTER: &str = "\u{e007}";

/// Presses by keyboard, and waits for the board.
pub(crate) fn press(page: &Page) {
    open_cover(page);
    page.focus(&hold());
    page.hold_key(ENTER, LONG_ENOUGH);
    board(page);
}

#[test]
fn the_board_shows_each_task_of_the_run_in_its_word_and_reaches_the_venues_truth() {
    let (desk, simulator) = armed(&TWO_DOORS);
    let page = desk.page();
    press(page);
    all_are(page, "Cancel orders", &["verified"]);
    // what the program tells and what is drawn, compared while neither changes
    page.until(
        "the board is as the run",
        "const run = arguments[0]; \
         const word = (told) => told.replace('_', ' '); \
         const tiles = run.rows.flatMap((row) => row.cells).filter((cell) => cell.cell === 'task'); \
         return tiles.length && tiles.every((tile) => { \
           const cell = document.querySelector(`td[data-cell=\"${CSS.escape(tile.task)}\"]`) \
             ?? [...document.querySelectorAll('td[data-cell]')].find((one) => one.dataset.cell === tile.task); \
           return cell && words(cell.innerText).startsWith(word(tile.word)); })",
        &[run(page)],
    );
    let (open, cancelled) = truth(simulator);
    assert_eq!(open, 0);
    assert!(cancelled > 0);
}

#[test]
fn what_needs_the_person_is_answered_by_a_value_read_back_and_a_wrong_one_keeps_it_open() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    press(page);
    all_are(page, "Cancel orders", &["verified"]);
    let counted = |view: &Value| {
        let cards = view["run"]["cards"].as_array().cloned().unwrap_or_default();
        cards
            .into_iter()
            .find(|card| card["format"] == "number" && !card["ask"].is_null())
    };
    let view = page.until_view("a card asks for a number", |view| counted(view).is_some());
    let card = counted(&view).unwrap();
    let task = card["task"].as_str().unwrap().to_owned();

    answer(page, &card, "7");
    page.until_view("the wrong value is kept and the card stays", |view| {
        let same = |card: &&Value| card["task"] == task.as_str();
        let cards = view["run"]["cards"].as_array().unwrap();
        cards
            .iter()
            .find(same)
            .is_some_and(|card| card["lastAnswer"] == "7")
    });
    page.says("That is not done yet.");
    answer(page, &card, "0");
    page.until_view("the card is done", |view| {
        let cards = view["run"]["cards"].as_array().unwrap();
        cards.iter().all(|card| card["task"] != task.as_str())
    });
    let view = page.view();
    assert!(view["run"]["cardsDone"].as_u64().unwrap() >= 1);
    drop(simulator);
}

/// Opens the card, types the value and records it, as a person does.
fn answer(page: &Page, card: &Value, value: &str) {
    let task = card["task"].as_str().unwrap();
    let element = page.until(
        &format!("the card {}", card["title"]),
        "const card = [...document.querySelectorAll('details[data-task]')] \
           .find((card) => card.dataset.task === arguments[0]); \
         if (!card.open) { card.querySelector('summary').click(); return null; } \
         return card.querySelector('form.readback input')",
        &[json!(task)],
    );
    page.type_into(&element, value);
    page.ask(
        "[...arguments[0].closest('form').querySelectorAll('button')] \
           .find((button) => nameOf(button) === 'Record').click()",
        &[element],
    );
}

#[test]
fn what_a_hostile_venue_calls_its_things_is_shown_as_text_and_runs_nothing() {
    let mut arguments = TWO_DOORS.to_vec();
    arguments.extend(["--fault", "hostile-names"]);
    let (desk, simulator) = armed(&arguments);
    let page = desk.page();
    page.ask(
        "window.ran = 0; window.alert = window.confirm = window.prompt = () => { window.ran += 1; }",
        &[],
    );
    press(page);
    page.until_view("the run has something to say", |view| {
        view["run"]["verified"].as_u64().unwrap_or(0) > 0
    });
    let mut shown = page.everything();
    // every tile, with what it rests on
    for tile in 0..page.count(&css("td[data-cell]")) {
        page.ask(
            "document.querySelectorAll('td[data-cell]')[arguments[0]]?.click()",
            &[json!(tile)],
        );
        shown.push_str(&page.everything());
    }
    for screen in ["Evidence", "Accounts", "Board"] {
        go(page, screen);
        shown.push_str(&page.everything());
    }
    page.wait(&grid());
    let foreign = page.ask(
        "return [document.querySelectorAll('script:not([src]), iframe, object, embed, main img, main b[onclick]').length, \
                 [...document.querySelectorAll('*')].filter((element) => \
                   [...element.attributes].some((attribute) => attribute.name.startsWith('on'))).length, \
                 window.ran]",
        &[],
    );
    assert_eq!(foreign, json!([0, 0, 0]), "{shown}");
    // control characters and escapes of a terminal are not shown raw either
    assert!(!shown.contains('\u{1b}'), "{shown}");
    drop(simulator);
}

#[test]
fn after_the_press_nothing_pops_up_and_the_focus_stays_where_it_is_put() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    press(page);
    page.until(
        "the headline has the focus",
        "return document.activeElement?.tagName === 'H1'",
        &[],
    );
    all_are(page, "Cancel orders", &["verified"]);
    let open = page.ask(
        "return document.querySelectorAll('dialog[open]').length",
        &[],
    );
    assert_eq!(open, json!(0));
    let focused = page.ask("return document.activeElement?.tagName", &[]);
    assert_eq!(focused, json!("H1"));
    assert!(page.has(&button("Call a broker")));
    drop(simulator);
}
