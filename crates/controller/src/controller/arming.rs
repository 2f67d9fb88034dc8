//! Arming: doors opened, kept warm, opened again when they are lost, and let go of.
//!
//! Every door is asked in a task of its own, so that one that hangs costs nobody else anything. The
//! doors of a run under way are the run's: they are not asked here meanwhile.

use std::{sync::Arc, time::Duration};

use door::{Door, DoorError, DoorKind, ErrorClass, Health};
use jiff::Timestamp;
use rand::TryRng as _;
use runbook::AccountName;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use vault::Realm;
use venues::Account;

use super::{
    Controller, News,
    held::{Change, Held},
};
use crate::{
    DoorState, Error, Reply, Shell,
    reach::{self, reach},
};

/// How long a door may take to open before it counts as not open.
const OPENS_WITHIN: Duration = Duration::from_secs(15);
/// How often it is looked whether the computer slept.
pub(super) const BEAT_EVERY: Duration = Duration::from_secs(5);
/// How far the wall clock goes ahead of the other one when the computer slept.
const SLEPT: Duration = Duration::from_secs(20);

/// Both clocks at one moment. The one does not go on while the computer sleeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    wall: Timestamp,
    awake: Instant,
}

/// What came of opening a door.
pub(super) struct Opened {
    account: AccountName,
    door: DoorKind,
    question: u64,
    result: Result<Health, DoorError>,
}

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// Takes over the accounts as they were read. What is held of an account that did not change
    /// stays; one that changed stays wanted.
    pub(super) fn take_accounts(&mut self, read: Result<Vec<Account<R>>, Error>) {
        let accounts = match read {
            Ok(accounts) => accounts,
            Err(error) => {
                tracing::warn!(%error, "the accounts could not be read");
                self.accounts_trouble = Some(error);
                return self.take_reach();
            }
        };
        self.reading = false;
        self.accounts_trouble = None;
        let mut before = std::mem::take(&mut self.held);
        let mut to_ask = Vec::new();
        for account in accounts {
            let known = before.iter().position(|held| held.account == account);
            let Some(at) = known else {
                let name = account.name().clone();
                let mut held = Held::new(account);
                held.wanted = before.iter().any(|old| old.is(&name) && old.wanted);
                if held.wanted {
                    to_ask.push(self.held.len());
                }
                self.held.push(held);
                continue;
            };
            self.held.push(before.swap_remove(at));
        }
        self.take_reach();
        self.ask_accounts(&to_ask, None);
    }

    fn take_reach(&mut self) {
        let outlines = self.outlines();
        let levers = reach::levers(&self.kept.everything, &outlines);
        for held in &mut self.held {
            held.reach = reach(&held.outline, &self.kept.everything, &levers);
        }
    }

    /// Opens the doors of these accounts. The receiver ends when each has answered.
    pub(super) async fn arm(&mut self, names: &[AccountName]) -> Result<mpsc::Receiver<()>, Error> {
        self.read_accounts().await;
        if let (true, Some(error)) = (self.held.is_empty(), &self.accounts_trouble) {
            return Err(error.clone());
        }
        let chosen = self.select(names)?;
        if chosen.is_empty() {
            return Err(
                Error::wrong("there is no account to arm").next("add one: firebreak account add")
            );
        }
        for at in &chosen {
            self.held[*at].wanted = true;
        }
        let (waiting, done) = mpsc::channel(1);
        self.ask_accounts(&chosen, Some(&waiting));
        Ok(done)
    }

    pub(super) fn disarm(&mut self, names: &[AccountName]) -> Result<Reply, Error> {
        self.refuse_during_run("its accounts stay armed")?;
        self.select(names)?;
        self.let_go(names);
        Ok(Reply::Done(match names {
            [] => "no account is armed".to_owned(),
            [only] => format!("{only} is not armed"),
            several => format!("{} accounts are not armed", several.len()),
        }))
    }

    /// Drops the doors of these accounts and what they held; of all when none is named.
    pub(super) fn let_go(&mut self, names: &[AccountName]) {
        for held in &mut self.held {
            if names.is_empty() || names.iter().any(|name| held.is(name)) {
                held.let_go();
            }
        }
    }

    /// Replies with the view once `waiting` has ended.
    pub(super) fn reply_when_open(
        &self,
        mut waiting: mpsc::Receiver<()>,
        replies: mpsc::Sender<Reply>,
    ) {
        let tell = self.tell.clone();
        tokio::spawn(async move {
            while waiting.recv().await.is_some() {}
            drop(tell.send(News::Armed(replies)));
        });
    }

    /// When the next door is to be asked.
    pub(super) fn doors_due_at(&self) -> Option<Instant> {
        let held = self.held.iter().filter(|held| self.may_ask(held));
        held.flat_map(|held| &held.doors)
            .filter_map(|door| door.next_at)
            .min()
    }

    pub(super) fn ask_doors_that_are_due(&mut self, now: Instant) {
        for at in 0..self.held.len() {
            if !self.may_ask(&self.held[at]) {
                continue;
            }
            for door in 0..self.held[at].doors.len() {
                if self.held[at].doors[door]
                    .next_at
                    .is_some_and(|due| due <= now)
                {
                    self.ask(at, door);
                }
            }
        }
    }

    /// Looks whether the computer slept: what was open then may not be now.
    pub(super) fn beat(&mut self) {
        let now = Beat {
            wall: self.clock.now(),
            awake: Instant::now(),
        };
        let Some(last) = self.beat.replace(now) else {
            return;
        };
        let wall = now.wall.duration_since(last.wall);
        let awake = now.awake.duration_since(last.awake);
        let slept =
            Duration::try_from(wall).map_or(Duration::ZERO, |wall| wall.saturating_sub(awake));
        if slept <= SLEPT {
            return;
        }
        tracing::info!(seconds = slept.as_secs(), "the computer slept");
        self.changed = true;
        for at in 0..self.held.len() {
            if !self.may_ask(&self.held[at]) {
                continue;
            }
            for door in 0..self.held[at].doors.len() {
                self.held[at].doors[door].owes = true;
                self.ask(at, door);
            }
        }
    }

    pub(super) fn opened(&mut self, opened: Opened) {
        let Some(at) = self.held.iter().position(|held| held.is(&opened.account)) else {
            return;
        };
        let now = self.clock.now();
        let jitter = jitter();
        let held = &mut self.held[at];
        let asked = |door: &&mut super::held::Watched| {
            // an answer to another question says nothing about now
            door.kind == opened.door && door.asked == Some(opened.question)
        };
        let Some(door) = held.doors.iter_mut().find(asked) else {
            return;
        };
        match door.answered(opened.result, now, jitter) {
            Change::None => {}
            Change::Lost => self.tell_of_lost_door(at, &opened.door),
            Change::Back => self.tell_of_door_back(at, &opened.door),
        }
    }

    /// Where the accounts of these names stand; all when none is named.
    pub(super) fn select(&self, names: &[AccountName]) -> Result<Vec<usize>, Error> {
        if let Some(unknown) = names
            .iter()
            .find(|name| !self.held.iter().any(|h| h.is(name)))
        {
            let known = self.held.iter().map(|held| held.account.name().as_str());
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(Error::wrong(format!("there is no account named {unknown}"))
                .untouched("no run was started, and nothing was sent to any venue")
                .next(if known.is_empty() {
                    "add one: firebreak account add".to_owned()
                } else {
                    format!("the accounts are: {known}")
                }));
        }
        Ok((0..self.held.len())
            .filter(|at| names.is_empty() || names.iter().any(|name| self.held[*at].is(name)))
            .collect())
    }

    /// The doors of these accounts, built where they were not yet. None is waited for.
    pub(super) fn doors(&mut self, chosen: &[usize]) -> Result<incident::executor::Doors, Error> {
        let mut doors = incident::executor::Doors::new();
        for at in chosen {
            for door in self.built(*at)? {
                let name = self.held[*at].account.name().clone();
                doors.insert((name, door.kind().clone()), door);
            }
        }
        Ok(doors)
    }

    pub(super) fn built(&mut self, at: usize) -> Result<Vec<Arc<dyn Door>>, Error> {
        let held = &mut self.held[at];
        if held.built.is_none() {
            held.built = Some(self.book.open(&held.account)?);
        }
        Ok(held.built.clone().unwrap_or_default())
    }

    /// Whether the doors of an account are to be asked: wanted, and not a run's just now.
    fn may_ask(&self, held: &Held<R>) -> bool {
        let name = held.account.name();
        held.wanted && !self.under_way().is_some_and(|open| open.is_about(name))
    }

    fn ask_accounts(&mut self, chosen: &[usize], waiting: Option<&mpsc::Sender<()>>) {
        for at in chosen {
            if !self.may_ask(&self.held[*at]) {
                continue;
            }
            for door in 0..self.held[*at].doors.len() {
                let watched = &mut self.held[*at].doors[door];
                watched.waiting.extend(waiting.cloned());
                // one that is about to answer is not asked twice
                if watched.asked.is_none() {
                    self.ask(*at, door);
                }
            }
        }
    }

    fn ask(&mut self, at: usize, door: usize) {
        self.questions += 1;
        let question = self.questions;
        let now = self.clock.now();
        let built = self.built(at);
        let held = &mut self.held[at];
        let account = held.account.name().clone();
        let watched = &mut held.doors[door];
        watched.ask(question, now);
        let kind = watched.kind.clone();
        let found = built.map(|doors| doors.into_iter().find(|door| *door.kind() == kind));
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let result = match found {
                Ok(Some(door)) => open(door).await,
                Ok(None) => Err(DoorError::new(
                    ErrorClass::Unsupported,
                    "",
                    "this door cannot be built",
                )),
                Err(error) => {
                    Err(DoorError::new(ErrorClass::Unreachable, "", error.what).next(error.next))
                }
            };
            // the actor may have ended
            drop(tell.send(News::Opened(Opened {
                account,
                door: kind,
                question,
                result,
            })));
        });
    }

    /// The accounts whose doors have not answered since the computer woke up.
    pub(super) fn owing(&self) -> usize {
        let owes = |held: &&Held<R>| held.doors.iter().any(|door| door.owes);
        self.held.iter().filter(owes).count()
    }

    /// Whether a door of the account answers, however many others do not.
    pub(super) fn is_gone(&self, at: usize) -> bool {
        !self.held[at].is_open()
            && self.held[at]
                .doors
                .iter()
                .any(|d| d.state == DoorState::Lost)
    }
}

async fn open(door: Arc<dyn Door>) -> Result<Health, DoorError> {
    timeout(OPENS_WITHIN, door.open())
        .await
        .unwrap_or_else(|_| {
            let seconds = OPENS_WITHIN.as_secs();
            Err(DoorError::new(
                ErrorClass::TimedOut,
                "",
                format!("no answer within {seconds} s"),
            ))
        })
}

/// From 0 to 1. Doors that were lost together do not come back together.
fn jitter() -> f64 {
    let random = rand::rngs::SysRng.try_next_u32().unwrap_or(u32::MAX / 2);
    f64::from(random) / f64::from(u32::MAX)
}
