//! Accounts as the actor holds them, and arming: doors opened, kept warm, and let go of.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use door::{Door, DoorError, DoorKind, Health};
use futures_util::future::join_all;
use runbook::AccountName;
use tokio::{sync::mpsc, time::timeout};
use vault::Realm;
use venues::Account;

use super::{Controller, News};
use crate::{AccountView, DoorView, Error, Reply, Shell};

/// How long a door may take to open before it counts as not open.
const OPENS_WITHIN: Duration = Duration::from_secs(15);

/// One account in the actor's hands.
pub(super) struct Held<R: Realm> {
    pub(super) account: Account<R>,
    doors: Option<Vec<Arc<dyn Door>>>,
    wanted: bool,
    states: BTreeMap<DoorKind, Result<Health, DoorError>>,
}

/// What came of opening a door.
pub(super) struct Opened {
    pub(super) account: AccountName,
    door: DoorKind,
    result: Result<Health, DoorError>,
}

impl<R: Realm> Held<R> {
    fn new(account: Account<R>) -> Self {
        Self {
            account,
            doors: None,
            wanted: false,
            states: BTreeMap::new(),
        }
    }

    /// Whether it goes by that name, whatever its case.
    pub(super) fn is(&self, name: &AccountName) -> bool {
        self.account.name().as_str().to_lowercase() == name.as_str().to_lowercase()
    }

    /// Its doors, built if they were not yet.
    pub(super) fn doors(&mut self) -> Result<Vec<Arc<dyn Door>>, Error> {
        if self.doors.is_none() {
            self.doors = Some(self.account.open()?);
        }
        Ok(self.doors.clone().unwrap_or_default())
    }

    pub(super) fn opened(&mut self, opened: Opened) {
        // an answer that comes after letting go says nothing about now
        if self.wanted {
            self.states.insert(opened.door, opened.result);
        }
    }

    pub(super) fn view(&self) -> AccountView {
        let outline = self.account.outline(None);
        let doors = outline
            .doors
            .into_iter()
            .map(|door| {
                let (open, words, next, clock_offset_ms, warnings) =
                    match self.states.get(&door.kind) {
                        Some(Ok(health)) => (
                            true,
                            health.words.clone(),
                            String::new(),
                            health.clock_offset_ms,
                            health.warnings.clone(),
                        ),
                        Some(Err(error)) => (
                            false,
                            error.to_string(),
                            error.next.clone(),
                            None,
                            Vec::new(),
                        ),
                        None if self.wanted => {
                            (false, "opening".to_owned(), String::new(), None, Vec::new())
                        }
                        None => (
                            false,
                            "not opened".to_owned(),
                            String::new(),
                            None,
                            Vec::new(),
                        ),
                    };
                DoorView {
                    kind: door.kind,
                    open,
                    words,
                    next,
                    clock_offset_ms,
                    warnings,
                    levers: door.levers,
                }
            })
            .collect::<Vec<_>>();
        let armed = doors.iter().any(|door| door.open);
        let why_not = (!armed).then(|| {
            if self.wanted {
                let why = |door: &DoorView| format!("{}: {}", door.kind, door.words);
                doors.iter().map(why).collect::<Vec<_>>().join("; ")
            } else {
                "nobody armed it; a press opens its doors then".to_owned()
            }
        });
        AccountView {
            name: outline.name,
            venue: outline.venue,
            masked_id: outline.masked_id,
            armed,
            why_not,
            doors,
        }
    }
}

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// Reads the accounts again. What is held of an account that did not change stays.
    pub(super) fn reload(&mut self) -> Result<(), Error> {
        let accounts = self.book.accounts()?;
        let mut before = std::mem::take(&mut self.held);
        for account in accounts {
            let known = before.iter().position(|held| held.account == account);
            self.held.push(match known {
                Some(at) => before.swap_remove(at),
                None => Held::new(account),
            });
        }
        Ok(())
    }

    /// Opens the doors of these accounts. The receiver ends when each has answered.
    pub(super) fn arm(&mut self, names: &[AccountName]) -> Result<mpsc::Receiver<()>, Error> {
        self.reload()?;
        let chosen = self.select(names)?;
        if chosen.is_empty() {
            return Err(
                Error::wrong("there is no account to arm").next("add one: firebreak account add")
            );
        }
        for at in &chosen {
            self.held[*at].wanted = true;
        }
        Ok(self.open_doors(&chosen))
    }

    /// Asks armed doors whether they still hold; opens again what does not.
    pub(super) fn warm(&mut self) {
        let wanted = (0..self.held.len())
            .filter(|at| self.held[*at].wanted)
            .collect::<Vec<_>>();
        drop(self.open_doors(&wanted));
    }

    pub(super) fn disarm(&mut self) -> Result<Reply, Error> {
        if let Some(open) = self.under_way() {
            return Err(Error::wrong(format!("the run {} is under way", open.run))
                .untouched("its accounts stay armed")
                .next(format!(
                    "look, then reset it: firebreak run reset {}",
                    open.run
                )));
        }
        self.let_go();
        Ok(Reply::Done("no account is armed".to_owned()))
    }

    /// Drops every door and what it held.
    pub(super) fn let_go(&mut self) {
        for held in &mut self.held {
            held.wanted = false;
            held.doors = None;
            held.states.clear();
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
            // the news of the last door is before this in the actor's queue
            drop(tell.send(News::Armed(replies)));
        });
    }

    fn open_doors(&mut self, chosen: &[usize]) -> mpsc::Receiver<()> {
        let (waiting, done) = mpsc::channel(1);
        for at in chosen {
            let held = &mut self.held[*at];
            let account = held.account.name().clone();
            let doors = match held.doors() {
                Ok(doors) => doors,
                Err(error) => {
                    tracing::error!(%error, "doors could not be built");
                    continue;
                }
            };
            let tell = self.tell.clone();
            let waiting = waiting.clone();
            tokio::spawn(async move {
                join_all(
                    doors
                        .into_iter()
                        .map(|door| open(account.clone(), door, &tell)),
                )
                .await;
                drop(waiting);
            });
        }
        done
    }
}

async fn open(account: AccountName, door: Arc<dyn Door>, tell: &mpsc::UnboundedSender<News>) {
    let result = timeout(OPENS_WITHIN, door.open())
        .await
        .unwrap_or_else(|_| {
            Err(DoorError::new(
                door::ErrorClass::TimedOut,
                "",
                format!("no answer within {} s", OPENS_WITHIN.as_secs()),
            ))
        });
    let opened = Opened {
        account,
        door: door.kind().clone(),
        result,
    };
    // the actor may have ended
    drop(tell.send(News::Opened(opened)));
}
