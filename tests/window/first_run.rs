//! From nothing to an armed account, by what a person sees and types.

use tests::{
    desk::{
        Desk,
        page::{Page, button, role},
    },
    program::Simulator,
};

use crate::person::{TWO_DOORS, doors, only};

#[test]
fn a_person_with_nothing_yet_adds_an_account_tests_its_levers_and_arms_it() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), &TWO_DOORS);
    desk.open();
    let page = desk.page();
    page.says("Three jobs: stop it, practise, prove it.");
    page.click(&button("Next"));
    add(page, &simulator);
    page.says("ibkr-1 is armed");
    page.click(&button("Done"));

    // the rest of the first steps is skipped; Home is armed
    page.click(&button("Skip all of it"));
    page.click(&button("Home"));
    page.wait(&role("heading", "Ready"));
    let view = page.view();
    assert_eq!(view["stance"], "ready");
    assert_eq!(view["accounts"][0]["armed"], true);
    let listed = desk.run(&["account", "list", "--json"]);
    assert_eq!(listed.json().len(), 1, "{}", listed.all());
}

/// Types the account that the simulator serves, step by step.
fn add(page: &Page, simulator: &Simulator) {
    let doors = doors(&simulator.accounts[0]);
    page.wait(&role("heading", "Which venue is it at?"));
    page.click(&button("Next"));
    page.wait(&role("heading", "Which doors are open?"));
    for (kind, name) in [
        ("tws", "TWS or IB Gateway"),
        ("client-portal", "Client Portal gateway"),
    ] {
        let door = doors.iter().find(|door| door.kind == kind).unwrap();
        page.click(&role("checkbox", &format!("{name}…")));
        page.fill_in(&role("group", name), "Address", &door.address);
        page.fill_in(&role("group", name), "User name", &door.username);
    }
    // the certificate is read, compared and pinned by the person
    page.click(&button("Read its certificate"));
    let shown = page.text(&role("group", "This certificate is shown there now:"));
    let pin = &doors
        .iter()
        .find(|door| door.kind == "client-portal")
        .unwrap()
        .pin;
    let plain: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(plain.contains(pin.as_str()), "{shown} is not {pin}");
    page.click(&button("They are the same: pin it"));
    page.says("Pinned.");
    page.click(&button("Next"));

    page.fill(&role("textbox", "Nickname"), &only(simulator));
    page.click(&button("Next"));
    page.wait(&role("heading", "Where is what kept?"));
    page.says("answers");
    page.click(&button("Add the account"));
    page.says("ibkr-1 is added.");
    page.wait(&role("table", "Levers"));
    page.click(&button("Next"));
    page.click(&button("Arm ibkr-1"));
}
