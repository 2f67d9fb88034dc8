//! Nothing of a run is lost by the window: closed, loaded anew, its page killed, the program killed.

use tests::desk::page::{button, role};

use crate::{
    board::press,
    person::{ONE_DOOR, all_are, armed, board, run, runs_in, truth},
};

#[test]
fn a_window_loaded_anew_in_the_middle_of_a_run_shows_the_run_as_it_is() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let page = desk.page();
    press(page);
    let before = run(page)["run"].clone();
    page.reload();
    board(page);
    assert_eq!(run(page)["run"], before);
    all_are(page, "Cancel orders", &["verified"]);
    assert_eq!(truth(simulator).0, 0);
    assert_eq!(runs_in(&desk).len(), 1);
}

#[test]
fn a_program_killed_in_the_middle_of_a_run_takes_it_up_before_anything_else_is_shown() {
    let mut arguments = ONE_DOOR.to_vec();
    // long enough that the run is in its middle when it is killed
    arguments.extend(["--fault", "pending-cancel-forever"]);
    let (mut desk, simulator) = armed(&arguments);
    press(desk.page());
    let before = run(desk.page())["run"].clone();
    desk.crash();

    desk.open();
    let page = desk.page();
    board(page);
    let now = run(page);
    assert_eq!(now["run"], before);
    assert_eq!(now["resumed"], 1);
    assert!(!now["resumedAt"].is_null());
    page.says("Resumed");
    assert!(!page.has(&role("heading", "Ready")));
    assert_eq!(runs_in(&desk).len(), 1);
    drop(simulator);
}

#[test]
fn closing_the_window_while_accounts_are_armed_hides_it_and_a_second_start_shows_it_again() {
    let (desk, simulator) = armed(&ONE_DOOR);
    assert!(desk.window_is_shown());
    desk.close_window();
    desk.soon("the window is hidden", || !desk.window_is_shown());
    let status = desk.run(&["status", "--json"]);
    assert!(status.all().contains("armed"), "{}", status.all());

    let mut second = desk.command(tests::desk::app());
    let ended = second.output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    desk.soon("the window is shown", || desk.window_is_shown());
    drop(simulator);
}

#[test]
fn a_page_whose_process_was_killed_does_not_stop_a_press_from_a_terminal() {
    let (desk, simulator) = armed(&ONE_DOOR);
    desk.kill_page_process();
    let pressed = desk.run(&["panic", "leaked-api-key", "--json"]);
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());
    assert_eq!(truth(simulator).0, 0);
    assert_eq!(runs_in(&desk).len(), 1);
    let told = desk.notifications();
    assert!(
        told.iter().any(|one| one.contains("Run started")),
        "{told:?}"
    );
}

#[test]
fn a_run_that_a_terminal_started_is_notified_with_no_account_number_in_it() {
    let (desk, simulator) = armed(&ONE_DOOR);
    let pressed = desk.run(&["panic", "leaked-api-key", "--json"]);
    assert_eq!(pressed.code(), Some(2), "{}", pressed.all());
    board(desk.page());
    desk.soon("it was notified", || {
        desk.notifications()
            .iter()
            .any(|one| one.contains("Run started"))
    });
    let told = desk.notifications().join("\n");
    let number = |word: &str| {
        word.starts_with('U') && word[1..].chars().all(|c| c.is_ascii_digit()) && word.len() > 5
    };
    assert!(!told.split_whitespace().any(number), "{told}");
    assert!(desk.page().has(&button("Call a broker")));
    drop(simulator);
}
