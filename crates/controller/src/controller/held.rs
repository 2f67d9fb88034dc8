//! Accounts as the actor holds them: doors, how each is, and what is shown of it.
//!
//! A door is called open only after it answered, and no longer than until it does not.

use std::{sync::Arc, time::Duration};

use door::{Again, Door, DoorError, DoorKind, Health, LeverSupport};
use jiff::{SignedDuration, Timestamp};
use runbook::{AccountName, AccountOutline};
use tokio::{sync::mpsc, time::Instant};
use vault::Realm;
use venues::Account;

use crate::{AccountView, DoorState, DoorView, ReachView};

/// How often a healthy door is asked whether it still holds.
pub(super) const WARM_EVERY: Duration = Duration::from_secs(45);
/// How long is waited after the first, second, ... failure in a row, and so on with the last.
const BACK_OFF: [u64; 6] = [1, 2, 5, 10, 30, 60];

/// One account in the actor's hands.
pub(super) struct Held<R: Realm> {
    pub(super) account: Account<R>,
    pub(super) outline: AccountOutline,
    pub(super) built: Option<Vec<Arc<dyn Door>>>,
    pub(super) wanted: bool,
    pub(super) doors: Vec<Watched>,
    pub(super) reach: Vec<ReachView>,
    /// Whether the person was told that no door of it answers any more.
    pub(super) told_gone: Told,
}

/// A door, and how it is.
pub(super) struct Watched {
    pub(super) kind: DoorKind,
    address: String,
    levers: Vec<LeverSupport>,
    pub(super) state: DoorState,
    since: Option<Timestamp>,
    answer: Option<Result<Health, DoorError>>,
    failures: usize,
    /// The question that it has not answered yet.
    pub(super) asked: Option<u64>,
    /// When it is asked next.
    pub(super) next_at: Option<Instant>,
    retry_at: Option<Timestamp>,
    /// Whether it has not answered since the computer woke up.
    pub(super) owes: bool,
    /// Ended when it has answered.
    pub(super) waiting: Vec<mpsc::Sender<()>>,
    pub(super) told_lost: Told,
}

/// When the person was last told of a loss, and whether it lasts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) lasts: bool,
    pub(super) at: Option<Instant>,
}

/// What an answer changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    None,
    Lost,
    Back,
}

impl<R: Realm> Held<R> {
    pub(super) fn new(account: Account<R>) -> Self {
        let outline = account.outline(None);
        let doors = account.doors().iter().zip(&outline.doors);
        let doors = doors.map(|(door, about)| Watched {
            kind: about.kind.clone(),
            address: door.address_text(),
            levers: about.levers.clone(),
            state: DoorState::NotOpened,
            since: None,
            answer: None,
            failures: 0,
            asked: None,
            next_at: None,
            retry_at: None,
            owes: false,
            waiting: Vec::new(),
            told_lost: Told::default(),
        });
        Self {
            doors: doors.collect(),
            account,
            outline,
            built: None,
            wanted: false,
            reach: Vec::new(),
            told_gone: Told::default(),
        }
    }

    /// Whether it goes by that name, whatever its case.
    pub(super) fn is(&self, name: &AccountName) -> bool {
        self.account.name().as_str().to_lowercase() == name.as_str().to_lowercase()
    }

    pub(super) fn is_open(&self) -> bool {
        self.doors.iter().any(|door| door.state == DoorState::Open)
    }

    /// Drops its doors and what they held. An answer on its way says nothing about now.
    pub(super) fn let_go(&mut self) {
        self.wanted = false;
        self.built = None;
        self.told_gone = Told::default();
        for door in &mut self.doors {
            door.state = DoorState::NotOpened;
            door.since = None;
            door.answer = None;
            door.failures = 0;
            door.asked = None;
            door.next_at = None;
            door.retry_at = None;
            door.owes = false;
            door.waiting.clear();
            door.told_lost = Told::default();
        }
    }

    pub(super) fn view(&self) -> AccountView {
        let doors = self.doors.iter().map(|door| door.view(self.wanted));
        let doors = doors.collect::<Vec<_>>();
        let armed = self.is_open();
        let why_not = (!armed).then(|| {
            if self.wanted {
                let why = |door: &DoorView| format!("{}: {}", door.kind, door.words);
                doors.iter().map(why).collect::<Vec<_>>().join("; ")
            } else {
                "nobody armed it; a press opens its doors then".to_owned()
            }
        });
        AccountView {
            armed,
            wanted: self.wanted,
            why_not,
            doors,
            reach: self.reach.clone(),
            ..AccountView::bare(&self.outline)
        }
    }
}

impl Watched {
    /// It is asked now: what it was stays so until it answers.
    pub(super) fn ask(&mut self, question: u64, now: Timestamp) {
        self.asked = Some(question);
        self.next_at = None;
        self.retry_at = None;
        if self.state == DoorState::NotOpened {
            self.be(DoorState::Opening, now);
        }
    }

    /// What it answered. `jitter` is from 0 to 1.
    pub(super) fn answered(
        &mut self,
        result: Result<Health, DoorError>,
        now: Timestamp,
        jitter: f64,
    ) -> Change {
        let was = self.state;
        self.asked = None;
        self.owes = false;
        self.waiting.clear();
        let wait = match &result {
            Ok(_) => {
                self.failures = 0;
                self.be(DoorState::Open, now);
                WARM_EVERY
            }
            Err(error) => {
                self.failures += 1;
                self.be(
                    match was {
                        DoorState::Open | DoorState::Lost => DoorState::Lost,
                        DoorState::NotOpened | DoorState::Opening | DoorState::Shut => {
                            DoorState::Shut
                        }
                    },
                    now,
                );
                back_off(self.failures, error.again, jitter)
            }
        };
        self.next_at = Some(Instant::now() + wait);
        if result.is_err() {
            let wait = SignedDuration::try_from(wait).unwrap_or_default();
            self.retry_at = now.checked_add(wait).ok();
        }
        self.answer = Some(result);
        match (was, self.state) {
            (DoorState::Open, DoorState::Lost) => Change::Lost,
            (DoorState::Lost, DoorState::Open) => Change::Back,
            _ => Change::None,
        }
    }

    /// The venue's clock minus ours, in milliseconds, as it was last told.
    pub(super) fn clock_offset_ms(&self) -> Option<i64> {
        let health = self.answer.as_ref()?.as_ref().ok()?;
        health.clock_offset_ms
    }

    fn be(&mut self, state: DoorState, now: Timestamp) {
        if self.state != state {
            self.state = state;
            self.since = Some(now);
        }
    }

    fn view(&self, wanted: bool) -> DoorView {
        let (words, next) = match &self.answer {
            Some(Ok(health)) => (health.words.clone(), String::new()),
            Some(Err(error)) => (error.to_string(), error.next.clone()),
            None if wanted => ("opening".to_owned(), String::new()),
            None => ("not opened".to_owned(), String::new()),
        };
        let health = self.answer.as_ref().and_then(|answer| answer.as_ref().ok());
        DoorView {
            kind: self.kind.clone(),
            address: self.address.clone(),
            open: self.state == DoorState::Open,
            state: self.state,
            words,
            next,
            since: self.since,
            retry_at: self.retry_at,
            clock_offset_ms: self.clock_offset_ms(),
            warnings: health
                .map(|health| health.warnings.clone())
                .unwrap_or_default(),
            levers: self.levers.clone(),
        }
    }
}

/// How long is waited after so many failures in a row, between four fifths and the whole of the
/// step; longer only where the venue itself asks for it.
fn back_off(failures: usize, again: Again, jitter: f64) -> Duration {
    let step = BACK_OFF[failures.saturating_sub(1).min(BACK_OFF.len() - 1)];
    let wait = Duration::from_secs(step).mul_f64(0.8 + 0.2 * jitter.clamp(0.0, 1.0));
    match again {
        Again::AfterMs(ms) => wait.max(Duration::from_millis(ms)),
        Again::Soon | Again::No => wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_to_a_minute_and_no_further() {
        let waits = |jitter| (1..9).map(move |failures| back_off(failures, Again::Soon, jitter));
        let longest = waits(1.0).map(|wait| wait.as_secs()).collect::<Vec<_>>();
        assert_eq!(longest, [1, 2, 5, 10, 30, 60, 60, 60]);
        assert!(waits(0.0).zip(waits(1.0)).all(|(short, long)| short < long));
        assert_eq!(
            back_off(1, Again::AfterMs(15_000), 0.5),
            Duration::from_secs(15)
        );
    }
}
