//! From the controller's values to the window's: shortened, made text, and nothing decided.

mod board;
mod cases;
pub(crate) mod drills;
pub(crate) mod readiness;
mod services;
mod words;

use std::collections::BTreeMap;

use controller::{AccountView, DoorView, Home, NotificationKind, drill::DrillView};
use jiff::Timestamp;

pub(crate) use board::detail;
pub(crate) use cases::{act_choice, case, collector, losses, page, verdict_back};
pub(crate) use services::{
    choices, contents, document, draft, judged, preview, run_head, settings, settings_back, tested,
    verified, written,
};
pub(crate) use words::{typed_key, venues};

use crate::view::{
    self, Account, Choice, Contact, Door, Notice, Practice, PrintedCard, Problem, Program, Reach,
    Rehearsal, Stance, View,
};

/// What a view is made of.
pub(crate) struct Parts<'a> {
    /// Grows with each view.
    pub(crate) seq: u32,
    /// The live controller's view.
    pub(crate) live: &'a controller::View,
    /// Whether another process performs what is shown.
    pub(crate) looks_on: bool,
    /// Practice, while it goes on.
    pub(crate) practice: Option<PracticeParts<'a>>,
    /// A drill, while it goes on.
    pub(crate) drill: Option<DrillParts<'a>>,
    /// The drill that ended last, by its number.
    pub(crate) drilled: Option<&'a str>,
    /// The last export.
    pub(crate) export: Option<&'a view::Export>,
    /// A collection, under way or ended.
    pub(crate) collecting: Option<&'a view::Collecting>,
    /// A watch for exported logs.
    pub(crate) watch: Option<&'a view::ExportWatch>,
    /// The paths without a window.
    pub(crate) outside: &'a view::Outside,
    /// What the desktop itself has to say.
    pub(crate) notices: &'a [Notice],
    /// What is kept beside the accounts.
    pub(crate) beside: &'a Beside,
}

/// What is kept beside the accounts, read again when it changes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Beside {
    /// When each account's levers were last tested, by its name.
    pub(crate) tested: BTreeMap<String, Timestamp>,
}

/// What practice is made of.
pub(crate) struct PracticeParts<'a> {
    /// The simulated controller's view, once it was told.
    pub(crate) view: Option<&'a controller::View>,
    /// Whether doors are being opened still.
    pub(crate) warming_up: bool,
    /// What happens there.
    pub(crate) story: &'a str,
    /// What the simulator knows, after the reset.
    pub(crate) truth: &'a [String],
    /// The run that was reset.
    pub(crate) ended_run: Option<&'a str>,
}

/// What a drill is made of.
pub(crate) struct DrillParts<'a> {
    /// The simulated controller's view, once it was told.
    pub(crate) view: Option<&'a controller::View>,
    /// How far it is.
    pub(crate) drill: &'a DrillView,
    /// Milliseconds since the alarm, now.
    pub(crate) since_alarm_ms: Option<u64>,
    /// Whether a press is possible without the window: else the page never behaves as if dead.
    pub(crate) has_tray: bool,
}

impl<'a> Parts<'a> {
    /// Whose accounts are shown; none while the simulated ones were not told yet.
    fn shown(&self) -> Option<&'a controller::View> {
        match (&self.drill, &self.practice) {
            (Some(drill), _) => drill.view,
            (None, Some(practice)) => practice.view,
            (None, None) => Some(self.live),
        }
    }
}

/// The window's view of these parts.
pub(crate) fn view(home: &Home, parts: &Parts<'_>) -> View {
    let practised = parts.practice.as_ref();
    // before the simulated controller has told anything, nothing of the real accounts is shown as its
    let told = parts.shown().is_some();
    let shown = parts.shown().unwrap_or(parts.live);
    let stance = if parts.drill.is_some() {
        Stance::Drill
    } else if practised.is_some() {
        Stance::Practice
    } else {
        stance(shown.stance)
    };
    let mut notices = parts.notices.to_vec();
    notices.extend(shown.notices.iter().map(notice));
    View {
        seq: parts.seq,
        at: shown.at.to_string(),
        stance,
        armed: if told { count(shown.armed) } else { 0 },
        reading: shown.reading || !told,
        not_recorded: shown.not_recorded.clone(),
        notices,
        cover_open: shown.cover_open && told,
        choices: parts.live.choices.iter().map(choice).collect(),
        accounts: if told {
            let account = |account| self::account(account, parts.beside);
            shown.accounts.iter().map(account).collect()
        } else {
            Vec::new()
        },
        reach_levers: shown
            .reach_levers
            .iter()
            .map(|lever| lever.id().to_owned())
            .collect(),
        contacts: parts.live.contacts.iter().map(contact).collect(),
        rehearsal: Rehearsal {
            last: parts.live.rehearsal.last.map(time),
            last_ms_to_contained: parts.live.rehearsal.last_ms_to_contained.map(count),
            due: time(parts.live.rehearsal.due),
            overdue: parts.live.rehearsal.overdue,
        },
        printed_card: PrintedCard {
            printed_at: parts.live.printed_card.printed_at.map(time),
            stale: parts.live.printed_card.stale,
        },
        run: shown
            .run
            .as_ref()
            .filter(|_| told)
            .map(|run| board::run(run, simulated_as(parts))),
        practice: practised.map(|practice| Practice {
            story: practice.story.to_owned(),
            warming_up: practice.warming_up,
            truth: practice.truth.to_vec(),
            ended_run: practice.ended_run.map(str::to_owned),
        }),
        drill: parts.drill.as_ref().map(drills::drill),
        drilled: parts.drilled.map(str::to_owned),
        schedule: parts.live.schedule.as_ref().map(drills::schedule),
        readiness: parts.live.readiness.as_ref().map(readiness::summary),
        left_open: parts.live.left_open.iter().map(run_head).collect(),
        export: parts.export.cloned(),
        collecting: parts.collecting.cloned(),
        watch: parts.watch.cloned(),
        settings: settings(&parts.live.settings),
        outside: parts.outside.clone(),
        program: Program {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            home: home.root().display().to_string(),
            logs: home.logs().display().to_string(),
            looks_on: parts.looks_on,
            keychain: controller::keychain::keychain_name().to_owned(),
        },
    }
}

/// The window's title: the mode first, and what is open.
pub(crate) fn title(view: &View) -> String {
    let open = view.run.as_ref().map(|run| run.still_open);
    let said = match (view.stance, open) {
        (Stance::Live, Some(open)) => format!("LIVE RUN: {open} still open"),
        (Stance::Drill, Some(open)) => format!("DRILL: {open} still open"),
        (Stance::Practice, Some(open)) => format!("PRACTICE: {open} still open"),
        (Stance::Latched, _) => "LATCHED: look, then reset".to_owned(),
        (Stance::Live, None) => "LIVE RUN".to_owned(),
        (Stance::Drill, None) => "DRILL".to_owned(),
        (Stance::Practice, None) => "PRACTICE".to_owned(),
        (Stance::Unarmed, _) => "Not armed".to_owned(),
        (Stance::Offline, _) => "Offline".to_owned(),
        (Stance::Ready | Stance::Part, _) => {
            format!("Armed {} of {}", view.armed, view.accounts.len())
        }
    };
    format!("{said} \u{2013} Firebreak")
}

/// Whether the person should be interrupted.
pub(crate) fn is_urgent(kind: NotificationKind) -> bool {
    match kind {
        NotificationKind::RunStarted
        | NotificationKind::NeedsYou
        | NotificationKind::Refused
        | NotificationKind::Unknown
        | NotificationKind::NotContainedAnyMore
        | NotificationKind::WithoutStop
        | NotificationKind::NotRecorded => true,
        NotificationKind::Contained
        | NotificationKind::DoorLost
        | NotificationKind::DoorBack
        | NotificationKind::RehearsalDue => false,
    }
}

/// What could not be done, in the controller's words.
pub(crate) fn problem(error: &controller::Error) -> Problem {
    Problem {
        what: error.what.clone(),
        untouched: error.untouched.clone(),
        next: error.next.clone(),
    }
}

/// A place in a list; one that does not fit names none.
pub(crate) fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How a run's cards are looked up.
fn simulated_as(parts: &Parts<'_>) -> board::Pages {
    if parts.drill.is_some() {
        board::Pages::Opened
    } else if parts.practice.is_some() {
        board::Pages::Done
    } else {
        board::Pages::Venue
    }
}

fn stance(stance: controller::Stance) -> Stance {
    match stance {
        controller::Stance::Ready => Stance::Ready,
        controller::Stance::Part => Stance::Part,
        controller::Stance::Unarmed => Stance::Unarmed,
        controller::Stance::Offline => Stance::Offline,
        controller::Stance::Live => Stance::Live,
        controller::Stance::Latched => Stance::Latched,
        controller::Stance::Drill => Stance::Drill,
        controller::Stance::Practice => Stance::Practice,
    }
}

fn notice(notice: &controller::Notice) -> Notice {
    Notice {
        id: notice.id.clone(),
        what: notice.what.clone(),
        untouched: notice.untouched.clone(),
        next: notice.next.clone(),
    }
}

fn choice(choice: &controller::Choice) -> Choice {
    Choice {
        runbook: choice.id.clone(),
        title: choice.title.clone(),
        when: choice.when.clone(),
        own: choice.own,
        broken: choice.broken.clone(),
        last_rehearsed: choice.last_rehearsed.map(time),
        steps: count(choice.steps),
        has_draft: choice.has_draft,
    }
}

fn account(account: &AccountView, beside: &Beside) -> Account {
    let name = account.name.as_str();
    Account {
        name: name.to_owned(),
        venue: account.venue.clone(),
        masked_id: account.masked_id.clone(),
        entity: account.entity.clone(),
        armed: account.armed,
        wanted: account.wanted,
        why_not: account.why_not.clone(),
        doors: account.doors.iter().map(door).collect(),
        tested_at: beside.tested.get(name).copied().map(time),
        reach: account.reach.iter().map(reach).collect(),
    }
}

fn door(door: &DoorView) -> Door {
    Door {
        kind: door.kind.to_string(),
        address: door.address.clone(),
        environment: words::environment_of(&door.kind.0, &door.address),
        state: match door.state {
            controller::DoorState::NotOpened => view::DoorState::NotOpened,
            controller::DoorState::Opening => view::DoorState::Opening,
            controller::DoorState::Open => view::DoorState::Open,
            controller::DoorState::Lost => view::DoorState::Lost,
            controller::DoorState::Shut => view::DoorState::Shut,
        },
        words: door.words.clone(),
        next: door.next.clone(),
        since: door.since.map(time),
        retry_at: door.retry_at.map(time),
        clock_offset_ms: door.clock_offset_ms.map(|offset| {
            i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX })
        }),
        warnings: door.warnings.clone(),
    }
}

fn reach(reach: &controller::ReachView) -> Reach {
    Reach {
        lever: reach.lever.id().to_owned(),
        far: services::far(reach.far),
        left: reach.left.clone(),
    }
}

fn contact(contact: &runbook::Contact) -> Contact {
    Contact {
        id: contact.id.clone(),
        name: contact.name.clone(),
        number: contact.number.clone(),
        page: contact.page.clone(),
        last_checked: contact.last_checked.to_string(),
    }
}

fn time(at: Timestamp) -> String {
    at.to_string()
}

/// A count that the window's numbers can hold.
fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The same of a length.
fn length(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use controller::{Accounts, Home};
    use venues::{Account, DoorConfig};

    use super::*;
    use crate::view::{HotkeyState, Outside};

    #[test]
    fn while_practice_has_told_nothing_no_real_account_is_shown_as_its() {
        let (_folder, home) = home("main");
        let live = at_rest(&home);
        let practice = PracticeParts {
            view: None,
            warming_up: true,
            story: "",
            truth: &[],
            ended_run: None,
        };
        let view = view_with(&home, &live, Some(practice), None);
        assert_eq!(view.stance, Stance::Practice);
        assert!(view.accounts.is_empty() && view.reading);
        assert!(title(&view).starts_with("PRACTICE"));
    }

    #[test]
    fn while_a_drill_has_told_nothing_no_real_account_is_shown_as_its() {
        let (_folder, home) = home("main");
        let live = at_rest(&home);
        let view = view_with(&home, &live, None, Some(&drill_on()));
        assert_eq!(view.stance, Stance::Drill);
        assert!(view.accounts.is_empty() && view.reading);
        assert!(title(&view).starts_with("DRILL"));
    }

    #[test]
    fn a_page_behaves_as_if_dead_only_until_the_press_and_where_the_tray_presses() {
        let dead = |drill: &DrillView, has_tray: bool| {
            let parts = DrillParts {
                view: None,
                drill,
                since_alarm_ms: None,
                has_tray,
            };
            drills::drill(&parts).window_dead
        };
        let mut drill = DrillView {
            window_dead: true,
            ..drill_on()
        };
        assert!(dead(&drill, true));
        assert!(!dead(&drill, false));
        drill.run = Some("run".to_owned());
        assert!(!dead(&drill, true));
    }

    #[test]
    fn no_view_holds_more_of_an_account_than_its_nickname_doors_and_masked_number() {
        let view = view_of("main");
        let told = serde_json::to_string(&view.accounts).unwrap();
        assert!(told.contains("127.0.0.1:7496"), "{told}");
        assert!(!told.contains("client_id"), "{told}");
    }

    /// The view of a home with an account of that name, or with none.
    pub(crate) fn view_of(account: &str) -> View {
        let (_folder, home) = home(account);
        view_with(&home, &at_rest(&home), None, None)
    }

    /// The view of a home with an account, while a drill goes on.
    pub(crate) fn view_in_drill() -> View {
        let (_folder, home) = home("main");
        let live = at_rest(&home);
        view_with(&home, &live, None, Some(&drill_on()))
    }

    fn drill_on() -> DrillView {
        DrillView {
            scenario: "dead-bars".to_owned(),
            title: "Dead bars".to_owned(),
            story: String::new(),
            fix: None,
            phase: controller::drill::Phase::Alarm,
            player: drill::Player::You,
            clock: true,
            paused: false,
            since_alarm_ms: Some(1_000),
            warming_up: false,
            alarms: Vec::new(),
            facts: Vec::new(),
            pages: Vec::new(),
            contacts: Vec::new(),
            call: None,
            keychain_locked: false,
            window_dead: false,
            run: None,
            ended: None,
        }
    }

    fn home(account: &str) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(Some(folder.path())).unwrap();
        if !account.is_empty() {
            let door = "tws=127.0.0.1:7496".parse::<DoorConfig>().unwrap();
            let account = Account::new(account, "ibkr", vec![door]).unwrap();
            Accounts::add(&home, account).unwrap();
        }
        (folder, home)
    }

    fn at_rest(home: &Home) -> controller::View {
        controller::View::at_rest(home, &Accounts::read(home).unwrap())
    }

    fn view_with(
        home: &Home,
        live: &controller::View,
        practice: Option<PracticeParts<'_>>,
        drill: Option<&DrillView>,
    ) -> View {
        let outside = Outside {
            tray: None,
            hotkey: HotkeyState::Off,
            hotkey_why: String::new(),
            command: String::new(),
            autostart_why: None,
        };
        let beside = Beside {
            tested: BTreeMap::new(),
        };
        view(
            home,
            &Parts {
                seq: 1,
                live,
                looks_on: false,
                practice,
                drill: drill.map(|drill| DrillParts {
                    view: None,
                    drill,
                    since_alarm_ms: drill.since_alarm_ms,
                    has_tray: true,
                }),
                drilled: None,
                export: None,
                collecting: None,
                watch: None,
                outside: &outside,
                notices: &[],
                beside: &beside,
            },
        )
    }
}
