//! A keychain that is locked or absent holds up nothing but what needs it.

use tests::{
    desk::{
        Desk,
        page::{button, main_button, role},
    },
    program::Simulator,
};

use crate::{
    board::press,
    person::{ONE_DOOR, all_are, arm, go, truth},
};

#[test]
fn with_the_keychain_locked_the_window_opens_arms_and_contains_and_only_the_seal_waits() {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), &ONE_DOOR);
    desk.add(&simulator.accounts);
    desk.lock_keychain();
    desk.open();
    let page = desk.page();
    arm(page);
    press(page);
    all_are(page, "Cancel orders", &["verified"]);
    // what needs the keychain says so in bounded time, and leaves no file behind
    go(page, "Evidence");
    page.says("In the bundle");
    let target = desk.folder().join("case.zip");
    page.fill(&role("textbox", "File to write"), target.to_str().unwrap());
    page.click(&main_button("Export bundle"));
    page.wait(&role("heading", "Not exported"));
    page.says("keychain");
    page.says("Next:");
    assert!(!target.exists());
    go(page, "Board");
    assert!(page.has(&button("Call a broker")));
    assert_eq!(truth(simulator).0, 0);
}
