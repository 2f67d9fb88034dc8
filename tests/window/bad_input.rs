//! Nonsense is refused beside the field, in words, and what was typed stays.

use serde_json::json;
use tests::{
    desk::{
        Desk,
        page::{Page, button, role},
    },
    program::Simulator,
};

use crate::person::{TWO_DOORS, doors, go, only, runs_in};

/// Opens the wizard on its doors, with one door chosen.
fn at_the_doors(page: &Page, door: &str) {
    go(page, "Accounts");
    page.click(&button("Add an account"));
    page.wait(&role("heading", "Which venue is it at?"));
    page.click(&button("Next"));
    page.wait(&role("heading", "Which doors are open?"));
    page.click(&role("checkbox", &format!("{door}…")));
}

/// The words beside a field: what is wrong with it.
fn beside(page: &Page, label: &str) -> String {
    let told = page.until(
        &format!("{label} is refused"),
        "const input = [...document.querySelectorAll('input, select, textarea')] \
           .find((one) => nameOf(one) === arguments[0] && seen(one) && one.getAttribute('aria-invalid')); \
         return words((input.getAttribute('aria-describedby') || '').split(' ') \
           .map((id) => document.getElementById(id)?.innerText ?? '').join(' '))",
        &[json!(label)],
    );
    told.as_str().unwrap().to_owned()
}

fn value(page: &Page, label: &str) -> String {
    let value = page.ask(
        "return [...document.querySelectorAll('input, select, textarea')] \
           .find((one) => nameOf(one) === arguments[0] && seen(one)).value",
        &[json!(label)],
    );
    value.as_str().unwrap().to_owned()
}

#[test]
fn addresses_that_are_none_and_addresses_elsewhere_are_refused_beside_the_field() {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    at_the_doors(page, "TWS or IB Gateway");
    let group = role("group", "TWS or IB Gateway");
    for nonsense in [
        "",
        "nonsense",
        "127.0.0.1",
        "127.0.0.1:99999",
        "http://127.0.0.1:7496",
        "<b>x</b>:1",
    ] {
        if nonsense.is_empty() {
            page.click(&button("Next"));
        } else {
            page.fill_in(&group, "Address", nonsense);
        }
        page.click(&button("Next"));
        let said = beside(page, "Address");
        assert!(said.len() > 10, "{nonsense}: {said}");
        assert_eq!(value(page, "Address"), nonsense);
    }
    // another computer: only after it was said what that means
    page.fill_in(&group, "Address", "192.0.2.7:7496");
    page.click(&button("Next"));
    page.says("Whoever can reach that address");
    assert!(page.has(&role("heading", "Which doors are open?")));
    page.click(&role(
        "checkbox",
        "It is on another computer, and I accept that",
    ));
    page.click(&button("Next"));
    page.wait(&role("heading", "What do you call it?"));
    assert_eq!(runs_in(&desk), Vec::<String>::new());
}

#[test]
fn a_name_that_is_taken_and_a_name_that_is_none_are_refused() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), &TWO_DOORS);
    desk.add(&simulator.accounts);
    desk.open();
    let page = desk.page();
    at_the_doors(page, "TWS or IB Gateway");
    let door = doors(&simulator.accounts[0])
        .into_iter()
        .find(|door| door.kind == "tws")
        .unwrap();
    page.fill_in(
        &role("group", "TWS or IB Gateway"),
        "Address",
        &door.address,
    );
    page.click(&button("Next"));
    page.wait(&role("heading", "What do you call it?"));
    let taken = only(&simulator);
    for bad in [taken.as_str(), "  ", &"x".repeat(300)] {
        page.fill(&role("textbox", "Nickname"), bad);
        page.click(&button("Next"));
        let said = beside(page, "Nickname");
        assert!(said.len() > 10, "{bad}: {said}");
        assert_eq!(value(page, "Nickname"), bad);
    }
    let listed = desk.run(&["account", "list", "--json"]);
    assert_eq!(listed.json().len(), 1);
}

#[test]
fn a_certificate_that_is_another_one_than_the_pinned_keeps_the_door_shut_and_says_so() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), &["--venue", "ibkr-client-portal"]);
    let door = &doors(&simulator.accounts[0])[0];
    let wrong = "0".repeat(64);
    let added = desk.run(&[
        "account",
        "add",
        "--venue",
        "ibkr",
        "--name",
        "web",
        "--door",
        &format!("client-portal={},pin={wrong}", door.address),
    ]);
    assert_eq!(added.code(), Some(0), "{}", added.all());
    desk.open();
    let page = desk.page();
    page.click(&button("Arm…"));
    let view = page.until_view("the door is told to be shut", |view| {
        view["accounts"][0]["doors"][0]["state"] == "shut"
    });
    let words = view["accounts"][0]["doors"][0].to_string().to_lowercase();
    assert!(words.contains("certificate"), "{words}");
    assert_eq!(view["accounts"][0]["armed"], false);
    page.says("certificate");
}

#[test]
fn a_runbook_with_errors_is_kept_as_a_draft_and_the_saved_one_stays_in_use() {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    go(page, "Runbooks");
    page.click(&button("Edit: …"));
    page.says("This is the version in use.");
    let label = page.until(
        "the text",
        "return nameOf([...document.querySelectorAll('textarea')].filter(seen)[0])",
        &[],
    );
    let text = role("textbox", label.as_str().unwrap());
    page.fill(&text, "id = \"x\"\u{e006}nonsense");
    page.wait(&button("Keep as draft"));
    page.says("Line 2");
    page.click(&button("Keep as draft"));
    page.says("The saved version stays in use.");
    page.reload();
    go(page, "Runbooks");
    page.says("draft");
    let listed = desk.run(&["runbook", "list", "--json"]);
    assert_eq!(listed.code(), Some(0), "{}", listed.all());
}
