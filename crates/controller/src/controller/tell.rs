//! What the person is told without looking, and how often.
//!
//! Told from states, not from lines: nicknames, counts and titles alone. A venue's words never come
//! through here.

use std::{collections::BTreeMap, time::Duration};

use door::{DoorKind, clean};
use incident::{Run, Word};
use jiff::{civil::Date, tz::TimeZone};
use tokio::time::Instant;
use vault::Realm;

use super::{Controller, held};
use crate::{
    DoorState, Notification, NotificationKind as Kind, Shell, View, notification::counted,
};

/// The least time between two notifications of one kind about tasks.
const APART: Duration = Duration::from_secs(3);
/// How long what comes together is waited for.
const TOGETHER: Duration = Duration::from_millis(300);
/// The least time between two losses of one door that the person is told of.
const LOSSES_APART: Duration = Duration::from_mins(10);

/// What the person was told of the run under way, and what waits to be told.
#[derive(Debug, Default)]
pub(super) struct Told {
    words: Option<Vec<Word>>,
    contained: bool,
    without_stop: usize,
    recorded: bool,
    waiting: BTreeMap<Kind, Waiting>,
    last: BTreeMap<Kind, Instant>,
    rehearsal_on: Option<Date>,
}

/// Tasks that the person is about to be told of.
#[derive(Debug)]
struct Waiting {
    at: Instant,
    tasks: Vec<usize>,
}

impl Told {
    /// A run begins: the first look at it is what the person knows.
    pub(super) fn begin(&mut self) {
        *self = Self {
            rehearsal_on: self.rehearsal_on,
            ..Self::default()
        };
    }

    /// When something that waits is to be told.
    pub(super) fn due_at(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.at).min()
    }

    /// What is new of `run`: kind, title and body. A run that was known before tells nothing at the
    /// first look.
    pub(super) fn look(
        &mut self,
        run: &Run,
        without_stop: usize,
        is_new: bool,
        now: Instant,
    ) -> Vec<News> {
        let words = run.tasks.iter().map(|task| task.word).collect::<Vec<_>>();
        let before = match self.words.replace(words.clone()) {
            Some(before) => before,
            // of a new run nothing was told, and nothing of it is older than the press
            None if is_new => {
                self.recorded = true;
                vec![Word::Queued; words.len()]
            }
            None => {
                self.recorded = run.recorded;
                self.contained = run.is_contained();
                self.without_stop = without_stop;
                words.clone()
            }
        };
        let mut news = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if before.get(at) != Some(word)
                && let Some(kind) = kind_of(*word)
            {
                self.wait(kind, at, now);
            }
        }
        news.extend(self.tell_of_tasks(run, now));
        news.extend(self.tell_of_whole(run, without_stop));
        news
    }

    fn wait(&mut self, kind: Kind, task: usize, now: Instant) {
        let after_last = self.last.get(&kind).map(|last| *last + APART);
        let at = after_last.map_or(now, |at| at.max(now)).max(now + TOGETHER);
        let waiting = self.waiting.entry(kind).or_insert(Waiting {
            at,
            tasks: Vec::new(),
        });
        if !waiting.tasks.contains(&task) {
            waiting.tasks.push(task);
        }
    }

    fn tell_of_tasks(&mut self, run: &Run, now: Instant) -> Vec<News> {
        let due = self.waiting.iter().filter(|(_, waiting)| waiting.at <= now);
        let due = due.map(|(kind, _)| *kind).collect::<Vec<_>>();
        let mut news = Vec::new();
        for kind in due {
            let Some(waiting) = self.waiting.remove(&kind) else {
                continue;
            };
            // what has moved on meanwhile needs no telling
            let still =
                |at: &usize| run.tasks.get(*at).map(|t| kind_of(t.word)) == Some(Some(kind));
            let tasks = waiting.tasks.into_iter().filter(still).collect::<Vec<_>>();
            if let Some(told) = of_tasks(run, kind, &tasks) {
                self.last.insert(kind, now);
                news.push(told);
            }
        }
        news
    }

    fn tell_of_whole(&mut self, run: &Run, without_stop: usize) -> Vec<News> {
        let mut news = Vec::new();
        if self.recorded && !run.recorded {
            news.push(News::new(
                Kind::NotRecorded,
                "Not recorded",
                "The run cannot be written down. Containment goes on.",
            ));
        }
        self.recorded = run.recorded;
        if without_stop > self.without_stop {
            let positions = match without_stop {
                1 => "1 position now has no stop.".to_owned(),
                several => format!("{several} positions now have no stop."),
            };
            news.push(News::new(Kind::WithoutStop, "No stop", positions));
        }
        self.without_stop = without_stop;
        match (self.contained, run.is_contained()) {
            (false, true) => news.push(News::new(
                Kind::Contained,
                "Contained",
                match run.plan.accounts.len() {
                    1 => "The account is contained. Look, then reset.".to_owned(),
                    2 => "Both accounts are contained. Look, then reset.".to_owned(),
                    all => format!("All {all} accounts are contained. Look, then reset."),
                },
            )),
            (true, false) => news.push(News::new(
                Kind::NotContainedAnyMore,
                "Not contained any more",
                "Something that was verified is open again.",
            )),
            (true, true) | (false, false) => {}
        }
        self.contained = run.is_contained();
        news
    }
}

/// A notification without its mode.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct News {
    kind: Kind,
    title: String,
    body: String,
}

impl News {
    fn new(kind: Kind, title: &str, body: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.to_owned(),
            body: body.into(),
        }
    }
}

fn kind_of(word: Word) -> Option<Kind> {
    match word {
        Word::NeedsYou => Some(Kind::NeedsYou),
        Word::Refused => Some(Kind::Refused),
        Word::Unknown => Some(Kind::Unknown),
        Word::Queued
        | Word::Sending
        | Word::Accepted
        | Word::Verified
        | Word::Partial
        | Word::Skipped => None,
    }
}

fn of_tasks(run: &Run, kind: Kind, tasks: &[usize]) -> Option<News> {
    let first = &run.tasks[*tasks.first()?].task;
    let title = clean(&first.title);
    let place = first.account.as_ref();
    let on = place
        .map(|account| format!(" ({account})"))
        .unwrap_or_default();
    let open = run
        .tasks
        .iter()
        .filter(|task| !task.word.is_closed())
        .count();
    let open = counted(open, "task is", "tasks are");
    let who = place.map_or_else(|| "A venue".to_owned(), ToString::to_string);
    let count = tasks.len();
    Some(match kind {
        Kind::NeedsYou => {
            let all = run
                .tasks
                .iter()
                .filter(|t| t.word == Word::NeedsYou)
                .count();
            let body = match all {
                1 => format!("{title}{on}."),
                all => format!("{all} cards wait for you. {count} new: {title}{on}."),
            };
            News::new(kind, "It needs you", body)
        }
        Kind::Refused => {
            let body = match count {
                1 => format!("{who} refused: {title}. {open} still open."),
                count => format!("{count} tasks were refused. {who}: {title}. {open} still open."),
            };
            News::new(kind, "Refused", body)
        }
        Kind::Unknown => {
            let body = match count {
                1 => format!("{who} did not answer: {title}. It counts as not done."),
                count => {
                    format!("{count} tasks got no answer. {who}: {title}. They count as not done.")
                }
            };
            News::new(kind, "No answer", body)
        }
        Kind::RunStarted
        | Kind::Contained
        | Kind::NotContainedAnyMore
        | Kind::WithoutStop
        | Kind::NotRecorded
        | Kind::DoorLost
        | Kind::DoorBack
        | Kind::RehearsalDue => return None,
    })
}

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// Tells what is new of the run under way, of which `view` was just made.
    pub(super) fn tell_of_run(&mut self, view: &View) {
        if !self.shell.is_there() {
            return;
        }
        let Some(shown) = &view.run else { return };
        let without_stop = shown.board.summary.without_stop.len();
        let open = self.open.as_ref().filter(|open| open.handle.is_under_way());
        let Some((open, run)) = open.and_then(|open| Some((open, open.fresh()?))) else {
            return;
        };
        let is_new = open.old_lines == 0;
        for news in self.told.look(run, without_stop, is_new, Instant::now()) {
            let told = Notification::new(self.mode, news.kind, news.title, news.body);
            self.shell.notify(&told);
        }
    }

    pub(super) fn tell_of_start(&mut self, title: &str, accounts: usize, from: &str) {
        let accounts = counted(accounts, "account", "accounts");
        let body = format!("{}, {accounts}.", clean(title));
        let told = Notification::new(self.mode, Kind::RunStarted, "Run started", body);
        self.shell.notify(&Notification {
            from: Some(clean(from)),
            ..told
        });
    }

    /// A door that was open does not answer. Told once for as long as that lasts, and once more when
    /// it was the account's last one.
    pub(super) fn tell_of_lost_door(&mut self, at: usize, kind: &DoorKind) {
        let now = Instant::now();
        let name = self.held[at].account.name().clone();
        let gone = self.is_gone(at);
        let held = &mut self.held[at];
        let lost = held.doors.iter_mut().find(|door| door.kind == *kind);
        let told = if gone {
            Some(&mut held.told_gone)
        } else {
            lost.map(|door| &mut door.told_lost)
        };
        if !told.is_some_and(|told| may_tell(told, now)) {
            return;
        }
        let body = if gone {
            format!("No door of {name} answers any more. It is tried again.")
        } else {
            format!("The {kind} door of {name} does not answer any more. It is tried again.")
        };
        let told = Notification::new(self.mode, Kind::DoorLost, "Door lost", body);
        self.shell.notify(&told);
    }

    pub(super) fn tell_of_door_back(&mut self, at: usize, kind: &DoorKind) {
        let held = &mut self.held[at];
        let name = held.account.name().clone();
        let mut told = std::mem::take(&mut held.told_gone.lasts);
        for door in held.doors.iter_mut().filter(|door| door.kind == *kind) {
            told |= std::mem::take(&mut door.told_lost.lasts);
        }
        if told {
            let lost = held.doors.iter();
            let lost = lost.filter(|door| door.state == DoorState::Lost).count();
            let rest = match lost {
                0 => String::new(),
                lost => format!(" {} still lost.", counted(lost, "door is", "doors are")),
            };
            let body = format!("The {kind} door of {name} answers again.{rest}");
            let told = Notification::new(self.mode, Kind::DoorBack, "Door back", body);
            self.shell.notify(&told);
        }
    }

    /// At most once a day while a rehearsal is overdue.
    pub(super) fn tell_of_rehearsal(&mut self) {
        if self.mode != incident::Mode::Live || self.under_way().is_some() {
            return;
        }
        let now = self.clock.now();
        let today = now.to_zoned_datetime(TimeZone::system()).date();
        let overdue = self.kept.rehearsal(now, !self.held.is_empty()).overdue;
        if !overdue || self.told.rehearsal_on == Some(today) {
            return;
        }
        let Some(choice) = self.kept.to_rehearse() else {
            return;
        };
        self.told.rehearsal_on = Some(today);
        let body = format!("Rehearsal due: {}.", clean(&choice.title));
        let told = Notification::new(self.mode, Kind::RehearsalDue, "Rehearsal due", body);
        self.shell.notify(&told);
    }
}

/// Whether the person is told of a loss: not twice while it lasts, and not of every flicker.
fn may_tell(told: &mut held::Told, now: Instant) -> bool {
    let lately = told
        .at
        .is_some_and(|at| now.duration_since(at) < LOSSES_APART);
    if told.lasts || lately {
        return false;
    }
    *told = held::Told {
        lasts: true,
        at: Some(now),
    };
    true
}
