//! What a home keeps beside its accounts, as far as a view shows it: runbooks, numbers, earlier
//! runs, settings.
//!
//! Reading it takes time, and so it is read beside the actor and kept. Without any disk it is what
//! comes with the program: a press needs no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::SystemTime,
};

use incident::Mode;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use runbook::{AccountOutline, Contact, Contacts, DEFAULT_ENTITY, ENTITIES, Runbook};

use crate::{
    Choice, Error, Home, Notice, PrintedCard, Rehearsal, RunOutline, Settings, Shelf, ShelfEntry,
    drill::{ScheduleView, kept as drills},
    find_runbook,
    notification::counted,
    outline_run,
    readiness::{self, ReadinessSummary},
    runbooks,
    runs::{Head, LATEST, head_of},
};

/// The runbook for when one does not know.
pub(crate) const EVERYTHING: &str = "contain-everything";
/// Days from one rehearsal to the next, and so on with the last.
const REHEARSE_AFTER_DAYS: [i64; 4] = [1, 7, 30, 90];
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) settings: Settings,
    pub(crate) choices: Vec<Choice>,
    pub(crate) contacts: Contacts,
    /// The runbook that reach is told of.
    pub(crate) everything: Runbook,
    pub(crate) printed_card: PrintedCard,
    /// The last check; none before the first.
    pub(crate) readiness: Option<ReadinessSummary>,
    pub(crate) left_open: Vec<RunOutline>,
    pub(crate) not_writable: Option<Error>,
    notices: Vec<Notice>,
    rehearsed: Rehearsed,
    first_account: Option<Timestamp>,
    runs: Runs,
}

/// Practice and drills so far.
#[derive(Clone, Debug, Default)]
struct Rehearsed {
    last: Option<Timestamp>,
    last_ms_to_contained: Option<u64>,
    /// Several on one day count once.
    days: usize,
    /// When to drill next, where the history can be read.
    schedule: Option<ScheduleView>,
}

/// What was read of runs before: a journal only grows, and its first line stays.
#[derive(Clone, Debug, Default)]
struct Runs {
    heads: BTreeMap<String, Head>,
    outlines: BTreeMap<String, (u64, RunOutline)>,
}

impl Kept {
    /// What comes with the program.
    pub(crate) fn unread() -> Self {
        let entries = runbook::shipped().iter().filter_map(|(id, _)| {
            let shipped = runbook::shipped_runbook(id)?;
            Some(runbooks::entry(&shipped, false))
        });
        Self {
            settings: Settings::default(),
            choices: entries.map(|entry| choice(entry, None)).collect(),
            contacts: Contacts::shipped(),
            everything: runbook::shipped_runbook(EVERYTHING)
                .expect("the shipped runbooks hold it, as a test of theirs shows"),
            printed_card: PrintedCard::default(),
            readiness: None,
            left_open: Vec::new(),
            not_writable: None,
            notices: Vec::new(),
            rehearsed: Rehearsed::default(),
            first_account: None,
            runs: Runs::default(),
        }
    }

    /// Reads it. `before` saves reading what cannot have changed; the journal of the run `open` is
    /// left alone. Blocks on the disk.
    pub(crate) fn read(home: &Home, before: &Self, open: Option<&str>) -> Self {
        let mut read = Self {
            runs: before.runs.clone(),
            ..Self::unread()
        };
        // opening it again finds a disk that is full by now, or not any more
        read.not_writable = match Home::open(Some(home.root())) {
            Ok(again) => again.writable().err(),
            Err(error) => Some(error),
        };
        let mut notices = Vec::new();
        if let Some(error) = &read.not_writable {
            let recorded = "a press contains all the same, and is not recorded";
            notices.push(Notice::of("home", &error.clone().untouched(recorded)));
        }
        notices.extend(read.read_runs(home, open));
        let (terrain, trouble) = runbooks::terrain(home, Vec::new());
        read.contacts = terrain.contacts;
        let shown = "the shipped numbers are shown";
        notices.extend(trouble.map(|error| Notice::of("contacts", &error.untouched(shown))));
        notices.extend(read.read_shelf(home).map(|e| Notice::of("runbooks", &e)));
        let (settings, trouble) = Settings::read(home);
        read.settings = settings;
        notices.extend(trouble.map(|error| Notice::of("settings", &error)));
        read.printed_card = PrintedCard::read(home);
        read.readiness = readiness::summary(home, Timestamp::now());
        read.first_account = first_account(home);
        read.notices = notices;
        read
    }

    /// What the person should know of it, worst first. The run under way is not one left open.
    pub(crate) fn notices(&self, under_way: Option<&str>) -> Vec<Notice> {
        let mut notices = self.notices.clone();
        let left = self
            .left_open
            .iter()
            .filter(|run| Some(run.run.as_str()) != under_way)
            .collect::<Vec<_>>();
        if let Some(latest) = left.last() {
            let runs = counted(left.len(), "run was left", "runs were left");
            let at = usize::from(self.not_writable.is_some());
            let notice = Notice {
                id: "left_open".to_owned(),
                what: format!("{runs} without a reset; the latest is {}", latest.run),
                untouched: "what was sent to venues stays sent, and stands in the journal"
                    .to_owned(),
                next: "go on with it, or look and reset it".to_owned(),
            };
            notices.insert(at, notice);
        }
        notices
    }

    /// Whom to call about these accounts; where nobody is known for them, everybody that is.
    pub(crate) fn contacts_for(&self, accounts: &[AccountOutline]) -> Vec<Contact> {
        let mut list = Vec::<&Contact>::new();
        for id in self.contacts.ids() {
            let venue = self.contacts.venue(id);
            for account in accounts {
                if venue.is_none_or(|venue| venue == account.venue) {
                    let entity = account.entity.as_deref().unwrap_or(DEFAULT_ENTITY);
                    list.extend(self.contacts.find(id, entity));
                }
            }
        }
        if list.is_empty() {
            for id in self.contacts.ids() {
                let of = |entity| self.contacts.find(id, entity);
                for entity in ENTITIES {
                    list.extend(of(entity).filter(|contact| contact.number.is_some()));
                }
                // no entity goes by this: the entry that says where a number stands
                list.extend(of(""));
            }
        }
        let mut once = Vec::<Contact>::with_capacity(list.len());
        for contact in list {
            if !once.contains(contact) {
                once.push(contact.clone());
            }
        }
        once
    }

    /// When it was rehearsed, and when it should be again.
    pub(crate) fn rehearsal(&self, now: Timestamp, has_account: bool) -> Rehearsal {
        // once the person has played a drill to its end, that counts more
        if let Some(schedule) = &self.rehearsed.schedule
            && let Some(last) = schedule.last
        {
            return Rehearsal {
                last: Some(last),
                last_ms_to_contained: schedule.last_contained_ms,
                due: schedule.next,
                overdue: day(schedule.next) < day(now),
            };
        }
        let last = self.rehearsed.last;
        let from = last.or(self.first_account.filter(|_| has_account));
        let wait = REHEARSE_AFTER_DAYS[self.rehearsed.days.min(REHEARSE_AFTER_DAYS.len() - 1)];
        let wait = DAY * i32::try_from(wait).unwrap_or(i32::MAX);
        let due = from.map_or(now, |from| from.checked_add(wait).unwrap_or(from));
        Rehearsal {
            last,
            last_ms_to_contained: self.rehearsed.last_ms_to_contained,
            due,
            overdue: day(due) < day(now),
        }
    }

    /// When to drill next, and how stale rehearsal of each way in is; none where the history cannot
    /// be read, which is told where drills are shown.
    pub(crate) fn schedule(&self, now: Timestamp) -> Option<ScheduleView> {
        let schedule = self.rehearsed.schedule.clone();
        schedule.map(|schedule| ScheduleView {
            overdue: schedule.next <= now,
            ..schedule
        })
    }

    /// The runbook whose turn it is: never rehearsed, or longest ago.
    pub(crate) fn to_rehearse(&self) -> Option<&Choice> {
        self.choices
            .iter()
            .filter(|choice| !choice.title.is_empty())
            .min_by_key(|choice| choice.last_rehearsed)
    }

    fn read_runs(&mut self, home: &Home, open: Option<&str>) -> Vec<Notice> {
        let names = match home.run_names() {
            Ok(names) => names,
            Err(error) => return vec![Notice::of("runs", &error)],
        };
        self.runs.heads.retain(|name, _| names.contains(name));
        self.runs.outlines.retain(|name, _| names.contains(name));
        let mut damaged = Vec::new();
        for (back, name) in names.iter().rev().enumerate() {
            if self.runs.heads.contains_key(name) {
                continue;
            }
            match head_of(&home.runs().join(name)) {
                Some(head) => drop(self.runs.heads.insert(name.clone(), head)),
                None if back < LATEST && Some(name.as_str()) != open => {
                    damaged.push(outline_run(&home.runs().join(name)));
                }
                None => {}
            }
        }
        self.read_rehearsals(home);
        let is_live = |name: &&String| {
            let head = self.runs.heads.get(*name);
            head.is_some_and(|head| head.mode == Mode::Live) && Some(name.as_str()) != open
        };
        let mut latest = names.iter().rev().filter(is_live).take(LATEST).cloned();
        let latest = latest.by_ref().collect::<Vec<_>>();
        for name in latest.iter().rev() {
            let run = self.outline(home, name);
            if run.damage.is_some() {
                damaged.push(run);
            } else if !run.is_reset {
                self.left_open.push(run);
            }
        }
        damaged.into_iter().rev().map(|run| damage(&run)).collect()
    }

    fn read_rehearsals(&mut self, home: &Home) {
        let rehearsed = self.runs.heads.iter().filter(|(_, h)| h.mode != Mode::Live);
        let days = rehearsed.clone().map(|(_, head)| day(head.pressed_at));
        let days = days.collect::<BTreeSet<_>>().len();
        let last = rehearsed
            .max_by_key(|(_, head)| head.pressed_at)
            .map(|(name, head)| (name.clone(), head.pressed_at));
        self.rehearsed = Rehearsed {
            last: last.as_ref().map(|(_, at)| *at),
            last_ms_to_contained: last
                .and_then(|(name, _)| self.outline(home, &name).ms_to_contained),
            days,
            schedule: drills::schedule(home, Timestamp::now()).ok(),
        };
    }

    fn outline(&mut self, home: &Home, name: &str) -> RunOutline {
        let folder = home.runs().join(name);
        let journal = folder.join(incident::journal::FILE_NAME);
        let bytes = fs::metadata(journal).map_or(0, |about| about.len());
        match self.runs.outlines.get(name) {
            Some((known, outline)) if *known == bytes && bytes > 0 => outline.clone(),
            Some(_) | None => {
                let outline = outline_run(&folder);
                let kept = (bytes, outline.clone());
                self.runs.outlines.insert(name.to_owned(), kept);
                outline
            }
        }
    }

    /// The choices, and why the person's own ones are not among them.
    fn read_shelf(&mut self, home: &Home) -> Option<Error> {
        let entries = match Shelf::read(home) {
            Ok(shelf) => shelf.entries,
            Err(error) => return Some(error.untouched("the shipped runbooks stand in")),
        };
        let rehearsed = |id: &str| {
            let heads = self.runs.heads.values();
            heads
                .filter(|head| head.mode != Mode::Live && head.runbook == id)
                .map(|head| head.pressed_at)
                .max()
        };
        let mut choices = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.id == EVERYTHING
                && let Ok(found) = find_runbook(home, EVERYTHING)
            {
                self.everything = found;
            }
            let last = rehearsed(&entry.id);
            choices.push(choice(entry, last));
        }
        self.choices = choices;
        None
    }
}

fn choice(entry: ShelfEntry, last_rehearsed: Option<Timestamp>) -> Choice {
    Choice {
        id: entry.id,
        title: entry.title,
        when: entry.when,
        own: entry.own,
        broken: entry.broken,
        has_draft: entry.has_draft,
        steps: u64::try_from(entry.steps).unwrap_or(u64::MAX),
        last_rehearsed,
    }
}

fn damage(run: &RunOutline) -> Notice {
    let damage = door::clean(run.damage.as_deref().unwrap_or("it holds no whole line"));
    Notice {
        id: format!("journal {}", run.run),
        what: format!("the journal of {} cannot be used: {damage}", run.run),
        untouched: "the file is left as it is; nothing was sent to any venue".to_owned(),
        next: "keep the folder: it is evidence of the damage".to_owned(),
    }
}

/// When the first account was added. The file that guards changes is made then, and never written.
fn first_account(home: &Home) -> Option<Timestamp> {
    let path = home.accounts();
    let modified = |path| {
        let about = fs::metadata(path).ok()?;
        let since = about
            .modified()
            .ok()?
            .duration_since(SystemTime::UNIX_EPOCH);
        Timestamp::from_second(i64::try_from(since.ok()?.as_secs()).ok()?).ok()
    };
    modified(path.with_extension("lock")).or_else(|| modified(path))
}

fn day(at: Timestamp) -> Date {
    at.to_zoned_datetime(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
