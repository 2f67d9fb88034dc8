//! What a shell may show: how things stand, in plain values.
//!
//! Serialisable, versioned, free of secrets. A shell mirrors it and computes nothing.

use door::{DoorKind, Lever, LeverSupport};
use incident::{Board, Mode};
use jiff::Timestamp;
use runbook::{AccountName, AccountOutline, Contact};
use serde::{Deserialize, Serialize};
use venues::DoorConfig;

use crate::{
    Accounts, Error, Home, PROTOCOL_VERSION, PrintedCard, ReachView, RunOutline, Settings,
    drill::ScheduleView, kept::Kept, reach, readiness::ReadinessSummary,
};

/// How things stand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own"
)]
pub struct View {
    /// [`crate::PROTOCOL_VERSION`].
    pub version: u32,
    /// Grows with each view of one controller.
    pub seq: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Whether a press reaches real accounts.
    pub mode: Mode,
    /// Whether a controller is running; without one nothing is armed.
    pub resident: bool,
    /// Whether somebody can be told through the process that runs it: the desktop, not a resident
    /// command line.
    pub attended: bool,
    /// What is said first.
    pub stance: Stance,
    /// Whether the cover is open: a press is one step away.
    pub cover_open: bool,
    /// Whether the accounts were not read yet.
    pub reading: bool,
    /// Why the open run, or the next one, is not recorded.
    pub not_recorded: Option<String>,
    /// What the person should know, worst first.
    pub notices: Vec<Notice>,
    /// How many accounts are armed.
    pub armed: u64,
    /// The accounts, in the person's order.
    pub accounts: Vec<AccountView>,
    /// The levers of [`AccountView::reach`], in the board's order.
    pub reach_levers: Vec<Lever>,
    /// Whom to call: never empty.
    pub contacts: Vec<Contact>,
    /// The runbooks to choose from, the one for when one does not know first.
    pub choices: Vec<Choice>,
    /// When it was rehearsed, and when it should be again.
    pub rehearsal: Rehearsal,
    /// When to drill next; none where the history cannot be read.
    #[serde(default)]
    pub schedule: Option<ScheduleView>,
    /// The last check of readiness; none before the first.
    #[serde(default)]
    pub readiness: Option<ReadinessSummary>,
    /// The card on paper.
    pub printed_card: PrintedCard,
    /// The run that this controller performs.
    pub run: Option<OpenRun>,
    /// Runs that were left without being reset, oldest first.
    pub left_open: Vec<RunOutline>,
    /// What the person chose.
    pub settings: Settings,
}

/// What is said first: told apart by shape, word and colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Every account is armed.
    Ready,
    /// Some accounts are armed.
    Part,
    /// No account is armed, or there is none.
    Unarmed,
    /// Accounts are to be armed, and no door of any answers.
    Offline,
    /// A live run is under way.
    Live,
    /// A live run is contained, holds nothing down any more, and waits for its reset.
    Latched,
    /// A drill.
    Drill,
    /// Practice.
    Practice,
}

/// Something that the person should know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Tells one from another (`home`, `accounts`, `left_open`, `woke_up`).
    pub id: String,
    /// What happened.
    pub what: String,
    /// What was not touched.
    pub untouched: String,
    /// What to do next; may be empty.
    pub next: String,
}

/// A runbook to choose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When to press it.
    pub when: String,
    /// Whether it is the person's own.
    pub own: bool,
    /// Why the person's own file of it is passed over.
    pub broken: Option<String>,
    /// How many steps it has.
    pub steps: u64,
    /// Whether an unfinished text of it is kept beside it.
    pub has_draft: bool,
    /// When it was last pressed in practice or a drill.
    pub last_rehearsed: Option<Timestamp>,
}

/// When it was rehearsed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rehearsal {
    /// When it was last practised or drilled.
    pub last: Option<Timestamp>,
    /// That time: from the press until it was contained, in milliseconds.
    pub last_ms_to_contained: Option<u64>,
    /// When it should be next.
    pub due: Timestamp,
    /// Whether the day on which it should be is past.
    pub overdue: bool,
}

/// The run under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenRun {
    /// Its folder name.
    pub run: String,
    /// How many lines its journal has.
    pub lines: u64,
    /// SHA-256 of the last of them without its newline, in hex: what the next line will name.
    pub head: String,
    /// What the person sees of it.
    pub board: Board,
}

/// An account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountView {
    /// Its nickname.
    pub name: AccountName,
    /// The venue's id.
    pub venue: String,
    /// The venue's own number of it, masked.
    pub masked_id: Option<String>,
    /// The legal entity whose phone numbers apply.
    pub entity: Option<String>,
    /// Whether a door of it is open and kept warm.
    pub armed: bool,
    /// Whether the person wants it armed.
    pub wanted: bool,
    /// Why it is not armed, in words; `None` when it is.
    pub why_not: Option<String>,
    /// Its doors.
    pub doors: Vec<DoorView>,
    /// How far a press goes, in the order of [`View::reach_levers`].
    pub reach: Vec<ReachView>,
}

/// A door.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoorView {
    /// Which.
    pub kind: DoorKind,
    /// Where.
    pub address: String,
    /// Whether it is open.
    pub open: bool,
    /// How it is.
    pub state: DoorState,
    /// What was reached, or why nothing was.
    pub words: String,
    /// What the person can do about it; may be empty.
    pub next: String,
    /// Since when it is in that state.
    pub since: Option<Timestamp>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
    /// The venue's clock minus ours, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// What the person should know.
    pub warnings: Vec<String>,
    /// What it offers.
    pub levers: Vec<LeverSupport>,
}

/// How a door is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorState {
    /// Nobody asked for it.
    NotOpened,
    /// Being opened for the first time.
    Opening,
    /// Open, and answering.
    Open,
    /// It was open and does not answer; tried again.
    Lost,
    /// It did not open; tried again.
    Shut,
}

impl View {
    /// How things stand in `home` while no controller runs.
    pub fn at_rest(home: &Home, accounts: &Accounts) -> Self {
        let now = Timestamp::now();
        let kept = Kept::read(home, &Kept::unread(), None);
        let outlines = accounts
            .list
            .iter()
            .map(|account| account.outline(None))
            .collect::<Vec<_>>();
        let levers = reach::levers(&kept.everything, &outlines);
        let views = accounts.list.iter().zip(&outlines);
        let views = views.map(|(account, outline)| {
            let doors = account.doors().iter().zip(&outline.doors);
            let doors = doors.map(|(door, about)| DoorView::not_opened(door, &about.levers));
            AccountView {
                doors: doors.collect(),
                reach: reach::reach(outline, &kept.everything, &levers),
                why_not: Some("no resident process; a press opens its doors then".to_owned()),
                ..AccountView::bare(outline)
            }
        });
        let views = views.collect::<Vec<_>>();
        Self {
            version: PROTOCOL_VERSION,
            seq: 0,
            at: now,
            mode: Mode::Live,
            resident: false,
            attended: false,
            stance: stance(Mode::Live, None, &views),
            cover_open: false,
            reading: false,
            not_recorded: kept.not_writable.as_ref().map(|error| error.what.clone()),
            notices: kept.notices(None),
            armed: 0,
            contacts: kept.contacts_for(&outlines),
            rehearsal: kept.rehearsal(now, !outlines.is_empty()),
            schedule: kept.schedule(now),
            accounts: views,
            reach_levers: levers,
            choices: kept.choices,
            readiness: kept.readiness,
            printed_card: kept.printed_card,
            run: None,
            left_open: kept.left_open,
            settings: kept.settings,
        }
    }
}

/// What is said first of these accounts, and of the board of the run under way.
pub(crate) fn stance(mode: Mode, run: Option<&Board>, accounts: &[AccountView]) -> Stance {
    match (mode, run) {
        (Mode::Drill, _) => return Stance::Drill,
        (Mode::Practice, _) => return Stance::Practice,
        (Mode::Live, Some(board)) if board.latched => return Stance::Latched,
        (Mode::Live, Some(_)) => return Stance::Live,
        (Mode::Live, None) => {}
    }
    let armed = accounts.iter().filter(|account| account.armed).count();
    let wanted = accounts.iter().filter(|account| account.wanted);
    let mut doors = wanted.clone().flat_map(|account| &account.doors);
    // what was not tried to its end says nothing about the network
    let tried = !doors.any(|door| door.state == DoorState::Opening);
    if accounts.is_empty() {
        Stance::Unarmed
    } else if armed == accounts.len() {
        Stance::Ready
    } else if armed > 0 {
        Stance::Part
    } else if wanted.count() > 0 && tried {
        Stance::Offline
    } else {
        Stance::Unarmed
    }
}

impl Notice {
    /// A notice from what a person would be told of `error`.
    pub fn of(id: &str, error: &Error) -> Self {
        Self {
            id: id.to_owned(),
            what: error.what.clone(),
            untouched: error.untouched.clone(),
            next: error.next.clone(),
        }
    }
}

impl AccountView {
    /// Without doors, reach, or a reason.
    pub(crate) fn bare(outline: &AccountOutline) -> Self {
        Self {
            name: outline.name.clone(),
            venue: outline.venue.clone(),
            masked_id: outline.masked_id.clone(),
            entity: outline.entity.clone(),
            armed: false,
            wanted: false,
            why_not: None,
            doors: Vec::new(),
            reach: Vec::new(),
        }
    }
}

impl DoorView {
    pub(crate) fn not_opened(door: &DoorConfig, levers: &[LeverSupport]) -> Self {
        Self {
            kind: door.kind().door_kind(),
            address: door.address_text(),
            open: false,
            state: DoorState::NotOpened,
            words: "not opened".to_owned(),
            next: String::new(),
            since: None,
            retry_at: None,
            clock_offset_ms: None,
            warnings: Vec::new(),
            levers: levers.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_first_follows_from_what_is_wanted_and_what_answers() {
        use DoorState::{Lost, NotOpened, Open, Opening, Shut};
        let cases: [(&[(bool, DoorState)], Stance); 11] = [
            (&[], Stance::Unarmed),
            (&[(false, NotOpened)], Stance::Unarmed),
            (&[(true, Opening)], Stance::Unarmed),
            (&[(true, Open)], Stance::Ready),
            (&[(true, Open), (true, Open)], Stance::Ready),
            (&[(true, Open), (false, NotOpened)], Stance::Part),
            (&[(true, Open), (true, Lost)], Stance::Part),
            (&[(true, Shut)], Stance::Offline),
            (&[(true, Lost), (false, NotOpened)], Stance::Offline),
            (&[(true, Lost), (true, Shut)], Stance::Offline),
            (&[(true, Shut), (true, Opening)], Stance::Unarmed),
        ];
        for (accounts, expected) in cases {
            let views = accounts
                .iter()
                .map(|(wanted, state)| account(*wanted, *state))
                .collect::<Vec<_>>();
            assert_eq!(stance(Mode::Live, None, &views), expected, "{accounts:?}");
            assert_eq!(stance(Mode::Practice, None, &views), Stance::Practice);
            assert_eq!(stance(Mode::Drill, None, &views), Stance::Drill);
        }
    }

    #[test]
    fn a_home_at_rest_shows_whom_to_call_and_what_to_choose() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        let view = View::at_rest(&home, &Accounts::default());
        assert_eq!(view.stance, Stance::Unarmed);
        assert!(view.contacts.iter().any(|contact| contact.number.is_some()));
        assert_eq!(view.choices[0].id, "contain-everything");
        assert!(view.choices[0].steps > 10);
        assert!(!view.rehearsal.overdue);
        assert_eq!(view.notices, []);
        let line = serde_json::to_string(&view).unwrap();
        assert_eq!(serde_json::from_str::<View>(&line).unwrap(), view);
    }

    fn account(wanted: bool, state: DoorState) -> AccountView {
        let doors = vec!["tws=127.0.0.1:7496".parse().unwrap()];
        let account = venues::Account::<vault::Live>::new("main", "ibkr", doors).unwrap();
        let open = state == DoorState::Open;
        AccountView {
            armed: open,
            wanted,
            doors: vec![DoorView {
                open,
                state,
                ..DoorView::not_opened(&account.doors()[0], &[])
            }],
            ..AccountView::bare(&account.outline(None))
        }
    }
}
