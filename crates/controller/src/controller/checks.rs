//! Checks of readiness and proofs, beside the actor. One at a time, none while a run is under way,
//! and a press breaks it off: the doors' pace is the press's alone.

use std::convert::Infallible;

use incident::Mode;
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
};
use vault::Realm;

use super::{Controller, News};
use crate::{
    Error, Reply, Shell,
    readiness::{self, Armed, Asking, Proving, Subject},
};

/// A check or a proof under way; dropped, it is broken off.
pub(super) struct Checking {
    number: u64,
    _going: oneshot::Sender<Infallible>,
}

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// Checks what is asked for. Replies once it has ended.
    pub(super) fn check_readiness(
        &mut self,
        asking: Asking,
        replies: &mpsc::Sender<Reply>,
    ) -> Result<(), Error> {
        self.refuse_check()?;
        let chosen = self.select(&asking.accounts)?;
        let mut subjects = Vec::with_capacity(self.held.len());
        for at in 0..self.held.len() {
            let doors = chosen.contains(&at).then(|| self.doors_to_look_through(at));
            let held = &self.held[at];
            let why_not = held.view().why_not;
            subjects.push(Subject {
                account: held.account.clone(),
                armed: why_not.map_or(Armed::Yes, Armed::No),
                doors,
            });
        }
        let (home, means, now) = (self.home.clone(), self.book.means(), self.clock.now());
        self.beside(replies.clone(), async move {
            let view = readiness::check(&home, subjects, means, &asking, now).await;
            Reply::Readiness(Box::new(view))
        });
        Ok(())
    }

    /// Lists what a lever can be proved with, or proves it. Replies once that has ended.
    pub(super) fn prove(
        &mut self,
        proving: Proving,
        replies: &mpsc::Sender<Reply>,
    ) -> Result<(), Error> {
        self.refuse_check()?;
        let chosen = self.select(std::slice::from_ref(&proving.account))?;
        let Some(at) = chosen.first().copied() else {
            return Err(Error::wrong("no account was named"));
        };
        let doors = self.doors_to_look_through(at)?;
        let account = self.held[at].account.clone();
        let (home, now) = (self.home.clone(), self.clock.now());
        self.beside(replies.clone(), async move {
            match readiness::prove(&home, &account, &doors, &proving, now).await {
                Ok(view) => Reply::Proving(Box::new(view)),
                Err(error) => Reply::Failed(error),
            }
        });
        Ok(())
    }

    /// The last check, as it stands now.
    pub(super) fn last_readiness(&self, replies: mpsc::Sender<Reply>) {
        let (home, now) = (self.home.clone(), self.clock.now());
        spawn_blocking(move || {
            let view = readiness::last(&home, now);
            // whoever asked may have gone
            drop(replies.try_send(Reply::Readiness(Box::new(view))));
        });
    }

    /// Keeps an answer to a question of readiness.
    pub(super) fn answer_question(&self, id: String, value: String, replies: mpsc::Sender<Reply>) {
        let (home, now, tell) = (self.home.clone(), self.clock.now(), self.tell.clone());
        spawn_blocking(move || {
            let reply = match readiness::answer(&home, &id, &value, now) {
                Ok(view) => Reply::Readiness(Box::new(view)),
                Err(error) => Reply::Failed(error),
            };
            // whoever asked may have gone, and so may the actor
            drop(replies.try_send(reply));
            drop(tell.send(News::Checked(None)));
        });
    }

    /// A check has ended: what it kept is read again.
    pub(super) fn checked(&mut self, number: Option<u64>) {
        let ended = |checking: &Checking| Some(checking.number) == number;
        if self.checking.as_ref().is_some_and(ended) {
            self.checking = None;
        }
        self.read_home(None);
    }

    /// Ends the check under way, if there is one.
    pub(super) fn break_off_check(&mut self) {
        self.checking = None;
    }

    fn refuse_check(&self) -> Result<(), Error> {
        if self.mode != Mode::Live {
            return Err(Error::wrong("these accounts are simulated")
                .untouched("nothing was checked")
                .next("check your own: firebreak readiness"));
        }
        if let Some(open) = self.under_way() {
            return Err(readiness::under_way(&open.run));
        }
        if self.checking.is_some() {
            return Err(Error::wrong("a check is under way")
                .untouched("it goes on")
                .next("wait until it has ended"));
        }
        Ok(())
    }

    /// The doors of an account that is kept armed, or others that nobody keeps open afterwards.
    fn doors_to_look_through(
        &mut self,
        at: usize,
    ) -> Result<Vec<std::sync::Arc<dyn door::Door>>, Error> {
        if self.held[at].wanted {
            self.built(at)
        } else {
            self.book.open(&self.held[at].account)
        }
    }

    fn beside(
        &mut self,
        replies: mpsc::Sender<Reply>,
        work: impl Future<Output = Reply> + Send + 'static,
    ) {
        self.questions += 1;
        let number = self.questions;
        let (going, broken_off) = oneshot::channel();
        self.checking = Some(Checking {
            number,
            _going: going,
        });
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let reply = tokio::select! {
                reply = work => reply,
                _ = broken_off => Reply::Failed(gave_way()),
            };
            // whoever asked may have gone, and so may the actor
            drop(replies.send(reply).await);
            drop(tell.send(News::Checked(Some(number))));
        });
    }
}

fn gave_way() -> Error {
    Error::wrong("it was broken off, since a press came")
        .untouched("the run goes on; the last check is as it was")
        .next("look at the run: firebreak status; check again once it is reset")
}
