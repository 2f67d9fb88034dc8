//! What a person does over and over, and what several tests look at.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    desk::{
        Desk,
        page::{By, Page, button, role},
    },
    program::{Served, Simulator},
};

/// Longer than the guard asks for.
pub(crate) const LONG_ENOUGH: Duration = Duration::from_millis(1_500);
/// Shorter than that.
pub(crate) const TOO_SHORT: Duration = Duration::from_millis(500);
/// One door of a simulated account: the quickest way to a proof.
pub(crate) const ONE_DOOR: [&str; 2] = ["--venue", "ibkr-tws"];
/// Both doors of one simulated account: proofs wait for the web's own pacing.
pub(crate) const TWO_DOORS: [&str; 4] = ["--venue", "ibkr-tws", "--venue", "ibkr-client-portal"];

/// What one door of a simulated account is, as a person would type it.
pub(crate) struct DoorTyped {
    pub(crate) kind: String,
    pub(crate) address: String,
    pub(crate) username: String,
    pub(crate) pin: String,
}

/// The doors of `served`, out of its arguments.
pub(crate) fn doors(served: &Served) -> Vec<DoorTyped> {
    let doors = served
        .add
        .windows(2)
        .filter(|pair| pair[0] == "--door")
        .map(|pair| {
            let (kind, rest) = pair[1].split_once('=').unwrap();
            let mut parts = rest.split(',');
            let mut door = DoorTyped {
                kind: kind.to_owned(),
                address: parts.next().unwrap().to_owned(),
                username: String::new(),
                pin: String::new(),
            };
            for part in parts {
                match part.split_once('=') {
                    Some(("username", name)) => name.clone_into(&mut door.username),
                    Some(("pin", pin)) => pin.clone_into(&mut door.pin),
                    other => panic!("{other:?}"),
                }
            }
            door
        });
    doors.collect()
}

/// A desk with a simulated account on it, armed, and the window open on Home.
pub(crate) fn armed(arguments: &[&str]) -> (Desk, Simulator) {
    let mut desk = Desk::set_up();
    let simulator = Simulator::start(desk.home(), arguments);
    desk.add(&simulator.accounts);
    desk.open();
    arm(desk.page());
    (desk, simulator)
}

/// Arms what there is, and waits until all of it is.
pub(crate) fn arm(page: &Page) {
    page.click(&button("Arm…"));
    page.until(
        "every account is armed",
        "return document.querySelector('.mode-ready')",
        &[],
    );
}

/// Goes to a screen by its name.
pub(crate) fn go(page: &Page, screen: &str) {
    page.click(&button(screen));
}

/// Opens the cover.
pub(crate) fn open_cover(page: &Page) {
    page.click(&button("Open the cover…"));
    page.wait(&hold());
}

/// The button under the cover.
pub(crate) fn hold() -> By {
    button("Hold to contain…")
}

/// Waits until the board is shown.
pub(crate) fn board(page: &Page) {
    page.wait(&grid());
}

/// The table of accounts and levers.
pub(crate) fn grid() -> By {
    role("grid", "Accounts and levers")
}

/// The run under way, as the program tells it.
pub(crate) fn run(page: &Page) -> Value {
    page.view()["run"].clone()
}

/// Waits until every task of `lever` has one of `words`, on the board itself.
pub(crate) fn all_are(page: &Page, lever: &str, words: &[&str]) {
    page.until_within(
        Duration::from_mins(1),
        &format!("{lever} is {words:?}"),
        "const [lever, wanted] = arguments; \
         const table = find({ role: 'grid', name: 'Accounts and levers' })[0]; \
         const row = [...table.rows].find((row) => words(row.cells[0].innerText) === lever); \
         const tiles = [...row.querySelectorAll('td[data-cell]:not([data-cell=\"\"])')]; \
         return tiles.length && tiles.every((tile) => \
           wanted.some((word) => words(tile.innerText).startsWith(word)))",
        &[json!(lever), json!(words)],
    );
}

/// The name of the account that a simulator serves alone.
pub(crate) fn only(simulator: &Simulator) -> String {
    assert_eq!(simulator.accounts.len(), 1);
    simulator.accounts[0].name.clone()
}

/// Ends the simulator, and gives how many orders are open and how many were cancelled, by its truth.
pub(crate) fn truth(simulator: Simulator) -> (u64, usize) {
    let (accounts, told) = simulator.end();
    let open = accounts
        .values()
        .map(|one| one["open_orders"].as_u64().unwrap())
        .sum();
    let cancelled = told
        .iter()
        .filter(|line| line["truth"]["event"] == "order_cancelled");
    (open, cancelled.count())
}

/// The folders of the runs of a home.
pub(crate) fn runs_in(desk: &Desk) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(desk.home().path().join("runs")) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
