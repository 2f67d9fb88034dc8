//! Evidence leaves through the window, and strangers accept it.

use std::path::Path;

use serde_json::json;
use tests::{
    desk::page::{Page, button, id, main_button, role},
    strangers::{strangers, unpack},
};

use crate::{
    board::press,
    person::{ONE_DOOR, all_are, armed, go},
};

fn export(page: &Page, target: &Path) {
    page.click(&id("evidence-bundle"));
    page.fill(&role("textbox", "File to write"), target.to_str().unwrap());
    page.click(&main_button("Export bundle"));
}

#[test]
fn a_bundle_exported_in_the_middle_of_a_run_is_accepted_by_strangers_tools_and_by_the_window() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    press(page);
    all_are(page, "Cancel orders", &["verified"]);
    go(page, "Evidence");
    page.says("In the bundle");

    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("case.zip");
    export(page, &bundle);
    page.says("Verified by re-reading.");
    let verified = desk.run(&["verify", bundle.to_str().unwrap()]);
    assert_eq!(verified.code(), Some(0), "{}", verified.all());
    let unpacked = unpack(&bundle, folder.path());
    for (tool, content) in strangers(&unpacked) {
        assert!(content, "{tool} does not accept the bundle");
    }

    // a file that stands there is not written over before that is asked for
    let before = std::fs::read(&bundle).unwrap();
    export(page, &bundle);
    page.wait(&button("Replace the file that is there"));
    assert_eq!(std::fs::read(&bundle).unwrap(), before);

    verify(page, &bundle);
    page.wait(&role("dialog", "Verified"));
    page.click(&button("Close"));

    let mut bytes = before;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let forged = folder.path().join("forged.zip");
    std::fs::write(&forged, bytes).unwrap();
    verify(page, &forged);
    page.says("not");
    assert!(!page.has(&role("dialog", "Verified")));
    drop(simulator);
}

fn verify(page: &Page, bundle: &Path) {
    page.click(&id("evidence-verify"));
    page.fill(&role("textbox", "File to check"), bundle.to_str().unwrap());
    page.click(&main_button("Verify"));
}

#[test]
fn what_is_no_bundle_and_what_cannot_be_written_is_said_in_words() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    press(page);
    all_are(page, "Cancel orders", &["verified"]);
    go(page, "Evidence");
    page.says("In the bundle");

    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("letter.txt");
    std::fs::write(&text, "Dear Sir").unwrap();
    verify(page, &text);
    page.until(
        "it says that this is no bundle",
        "return [...document.querySelectorAll('.problem, dialog[open]')].some((one) => \
           !words(one.innerText).startsWith('Verified') && words(one.innerText).length > 10)",
        &[],
    );
    if page.has(&button("Close")) {
        page.click(&button("Close"));
    }

    // no room on the disk, truly
    export(page, Path::new("/dev/full/case.zip"));
    page.wait(&role("heading", "Not exported"));
    page.says("Next:");
    let kept = page.ask(
        "return find({ role: 'textbox', name: 'File to write' })[0].value",
        &[],
    );
    assert_eq!(kept, json!("/dev/full/case.zip"));
    drop(simulator);
}

#[test]
fn this_computer_is_collected_from_and_a_note_and_a_mark_are_kept_with_what_a_press_left() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    press(page);
    all_are(page, "Cancel orders", &["verified"]);
    go(page, "Evidence");
    page.click(&id("evidence-case"));
    page.click(&id("collect-into"));
    page.wait(&id("collect-end"));
    page.says("not read in full");
    page.fill(&id("note-text"), "The desk called back.");
    page.click(&id("note-do"));
    page.says("The desk called back.");

    page.click(&id("evidence-marks"));
    page.wait(&id("acts"));
    page.click(&id("select-all"));
    page.click(&id("mark-not_mine"));
    page.says("marked not mine");

    let shown = desk.run(&["case", "show", "latest", "--json"]);
    assert_eq!(shown.code(), Some(0), "{}", shown.all());
    let has = |kind: &str| {
        shown
            .json()
            .iter()
            .any(|line| line["entry"]["type"] == kind)
    };
    assert!(
        has("collected") && has("noted") && has("marked"),
        "{}",
        shown.all()
    );
    drop(simulator);
}
