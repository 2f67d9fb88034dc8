//! A check of readiness in the real window: what is seen, what is kept, and a lever tried for real.

use std::time::Duration;

use tests::{
    desk::page::{Page, button, css, id, role},
    program::Simulator,
};

use crate::person::{ONE_DOOR, armed, go};

/// How long a check, or a listing, may take.
const PATIENCE: Duration = Duration::from_mins(2);

fn check(page: &Page) {
    page.click(&id("check-all"));
    page.until_within(
        PATIENCE,
        "the check has ended",
        "return find({ role: 'table', name: 'Levers of each account, worst first' }).length && \
           !find({ role: 'heading', name: 'Checking' }).length",
        &[],
    );
}

#[test]
fn a_check_reads_only_and_tells_every_lever_and_what_is_to_be_mended() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    go(page, "Readiness…");
    page.wait(&role("heading", "Never checked"));
    check(page);
    let name = simulator.accounts[0].name.clone();
    let cancel = page.text(&id(&format!("lever-{name}-cancel_orders")));
    assert!(cancel.contains("ready"), "{cancel}");
    let view = page.until_view("the check is kept", |view| !view["readiness"].is_null());
    assert_ne!(view["readiness"]["checkedAt"], serde_json::Value::Null);
    assert!(page.axe().is_empty(), "{:#?}", page.axe());

    // the same in a terminal, from what was kept
    let status = desk.run(&["status"]);
    assert!(status.all().contains("readiness"), "{}", status.all());

    // a question that no program can answer is answered with a value, and kept
    page.click(&button(
        "Answer: How many devices does that page list that are not…",
    ));
    page.fill(
        &css("[data-testid='question-second-factor-strangers'] input"),
        "0",
    );
    page.click(&css(
        "[data-testid='question-second-factor-strangers'] form button",
    ));
    page.says("You answered 0");
    nothing_was_changed(simulator);
}

/// No order was cancelled or placed by the check, by the venue's own truth.
fn nothing_was_changed(simulator: Simulator) {
    let (accounts, told) = simulator.end();
    assert!(
        accounts
            .values()
            .all(|one| one["open_orders"].as_u64().unwrap() > 0)
    );
    for line in told
        .iter()
        .filter(|line| line["truth"]["event"] == "request")
    {
        let what = line["truth"]["what"].as_str().unwrap();
        let acts = ["cancelOrder", "GlobalCancel", "placeOrder"];
        assert!(!acts.iter().any(|act| what.contains(act)), "{what}");
    }
}

#[test]
fn trying_a_lever_for_real_names_every_order_and_takes_none_that_is_not_small_and_far() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    go(page, "Readiness…");
    check(page);
    page.click(&button("Try it for real…"));
    page.wait(&id("trial"));
    let orders = css("[data-testid='trial'] input[type='radio']");
    page.until_within(
        PATIENCE,
        "the orders are listed",
        "return document.querySelectorAll('[data-testid=trial] input[type=radio]').length",
        &[],
    );
    // none of what the simulator seeded is an order of the person's own for this
    let open = page.count(&orders);
    assert_eq!(page.count(&css("[data-testid='trial'] .why")), open);
    assert!(!page.has(&css(
        "[data-testid='trial'] input[type='radio']:not(:disabled)"
    )));
    page.click(&id("trial-do"));
    page.says("Choose an order first.");
    nothing_was_changed(simulator);
}
