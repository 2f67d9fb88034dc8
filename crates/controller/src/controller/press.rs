//! The press: a run is started, attached to, extended, or taken up again.
//!
//! Nothing of it waits for a venue, and for a disk no longer than a moment: what cannot be read in
//! time is replaced by what is known, what cannot be written by a run that says so.

use std::{path::PathBuf, sync::Arc};

use incident::{
    Illegal, Run, Stamp,
    executor::{self, CommandError, Doors, Record, RunHandle, Start},
    journal::Recovered,
};
use jiff::Timestamp;
use runbook::{AccountName, Plan, Runbook, Terrain};
use tokio::{task::spawn_blocking, time::timeout};
use vault::Realm;

use super::{Controller, DISK_WITHIN, News, open::Open};
use crate::{Error, Pressed, Shell, find_runbook, kept::EVERYTHING, read_run, runbooks, runs};

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// The press: starts a run, or attaches to the one that is open, or extends it.
    pub(super) async fn press(
        &mut self,
        runbook: &str,
        accounts: &[AccountName],
        from: String,
    ) -> Result<Pressed, Error> {
        self.read_accounts().await;
        if let (true, Some(error)) = (self.held.is_empty(), &self.accounts_trouble) {
            return Err(error.clone());
        }
        let chosen = self.select(accounts)?;
        if chosen.is_empty() {
            return Err(Error::wrong("there is no account to contain")
                .untouched("no run was started, and nothing was sent to any venue")
                .next(
                    "add one: firebreak account add. Whom to call stands in: firebreak runbook \
                     show contain-everything",
                ));
        }
        let (runbook, terrain) = self.document(runbook, &chosen).await?;
        let plan = runbook::plan(&runbook, &terrain);
        // the doors' pace is the press's alone
        self.break_off_check();
        let doors = self.doors(&chosen)?;
        self.close_cover();
        if let Some(open) = self.under_way() {
            match join(open, &plan, &doors, &from).await {
                Ok(how) => return Ok(how),
                // it was reset or left while this press was on its way
                Err(CommandError::Ended) => {}
                Err(error) => {
                    return Err(Error::wrong(error).untouched("the open run goes on as it was"));
                }
            }
        }
        self.start(&runbook, plan, doors, from).await
    }

    /// Takes up a run that was left, or broken off.
    pub(super) async fn resume(&mut self, run: String) -> Result<Pressed, Error> {
        self.read_accounts().await;
        if let Some(open) = self.under_way() {
            return if open.run == run {
                Ok(Pressed::Attached)
            } else {
                Err(Error::wrong(format!("the run {} is under way", open.run))
                    .next(format!("reset it first: firebreak run reset {}", open.run)))
            };
        }
        let (folder, recovered, told) = self.recover(&run).await?;
        if told.mode != self.mode {
            return Err(
                Error::wrong(format!("{run} was a run against simulated accounts"))
                    .untouched("nothing was sent to any venue")
                    .next("those accounts are gone. Try again: firebreak practice"),
            );
        }
        if told.is_reset {
            return Err(Error::wrong(format!("{run} was reset, and is closed"))
                .next("press for a new run: firebreak panic"));
        }
        let chosen = told
            .plan
            .accounts
            .iter()
            .filter_map(|account| self.held.iter().position(|held| held.is(&account.name)))
            .collect::<Vec<_>>();
        self.break_off_check();
        let doors = self.doors(&chosen)?;
        let record = Record::continued(&folder, &recovered);
        let old = recovered.chain.next_seq;
        let clock = Arc::clone(&self.clock);
        let handle = executor::resume(recovered, doors, record, clock).map_err(Error::damaged)?;
        self.close_cover();
        self.keep_up(run, handle, told, old);
        Ok(Pressed::Resumed)
    }

    /// The runbook and what it is bound to. When the disk does not answer, what comes with the
    /// program stands in.
    async fn document(&mut self, id: &str, chosen: &[usize]) -> Result<(Runbook, Terrain), Error> {
        let outlines = chosen
            .iter()
            .map(|at| self.held[*at].account.outline(None))
            .collect::<Vec<_>>();
        let (home, wanted, accounts) = (self.home.clone(), id.to_owned(), outlines.clone());
        let read = spawn_blocking(move || {
            let (terrain, trouble) = runbooks::terrain(&home, accounts);
            if let Some(error) = trouble {
                tracing::warn!(%error, "the person's own contacts could not be read");
            }
            find_runbook(&home, &wanted).map(|runbook| (runbook, terrain))
        });
        if let Ok(Ok(read)) = timeout(DISK_WITHIN, read).await {
            return read;
        }
        tracing::error!("the home could not be read in time for a press");
        let runbook = match id {
            EVERYTHING => Some(self.kept.everything.clone()),
            id => runbook::shipped_runbook(id),
        };
        let mut terrain = Terrain::new(outlines);
        terrain.contacts = self.kept.contacts.clone();
        runbook.map(|runbook| (runbook, terrain)).ok_or_else(|| {
            Error::wrong(format!("the runbook {id} could not be read in time"))
                .untouched("no run was started, and nothing was sent to any venue")
                .next("press without a name: firebreak panic")
        })
    }

    async fn start(
        &mut self,
        runbook: &Runbook,
        plan: Plan,
        doors: Doors,
        from: String,
    ) -> Result<Pressed, Error> {
        let now = self.clock.now();
        let accounts = plan.accounts.len();
        let (home, id) = (self.home.clone(), runbook.id.clone());
        let made = spawn_blocking(move || runs::new_folder(&home, &id, now));
        let (run, folder) = match timeout(DISK_WITHIN, made).await {
            Ok(Ok(made)) => made,
            // the run then says that it is unrecorded
            Ok(Err(_)) | Err(_) => runs::name_of(&self.home, &runbook.id, now),
        };
        let start = Start {
            run: run.clone(),
            mode: self.mode,
            seed: now.as_microsecond().unsigned_abs(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            pressed_from: from.clone(),
            plan,
        };
        let before = first_of(&start, now).map_err(Error::wrong)?;
        let record = Record::in_folder(&folder);
        let clock = Arc::clone(&self.clock);
        let handle = executor::start(start, doors, record, clock).map_err(Error::wrong)?;
        let kept = runbook.clone();
        spawn_blocking(move || {
            if let Err(error) = runs::keep_runbook(&folder, &kept) {
                tracing::error!(%error, "the runbook could not be kept with its run");
            }
        });
        self.tell_of_start(&runbook.title, accounts, &from);
        self.keep_up(run, handle, before, 0);
        Ok(Pressed::Started)
    }

    async fn recover(&mut self, run: &str) -> Result<(PathBuf, Recovered, Run), Error> {
        let (home, name) = (self.home.clone(), run.to_owned());
        let read = spawn_blocking(move || {
            let folder = home.run(&name)?;
            let recovered = read_run(&folder)?;
            let told = incident::journal::replay(&recovered.lines).map_err(Error::damaged)?;
            Ok((folder, recovered, told))
        });
        read.await.unwrap_or_else(|e| {
            Err(Error::wrong(format!("the run {run} could not be read: {e}")).next("try again"))
        })
    }

    /// Hears every line of a run, for the view and the notifications.
    fn keep_up(&mut self, run: String, handle: RunHandle, before: Run, old_lines: u64) {
        let mut lines = handle.lines();
        let (tell, name) = (self.tell.clone(), run.clone());
        tokio::spawn(async move {
            while let Some(line) = lines.next().await {
                let run = name.clone();
                if tell.send(News::Line { run, line }).is_err() {
                    return;
                }
            }
            // the actor may have ended
            drop(tell.send(News::RunEnded(name)));
        });
        self.open = Some(Open::new(run, handle, before, old_lines));
        self.told.begin();
    }
}

/// The run as it is shown until its first line is on disk.
fn first_of(start: &Start, now: Timestamp) -> Result<Run, Illegal> {
    let stamp = Stamp {
        at: now,
        mono_ms: 0,
    };
    Run::start(stamp, &start.clone().into_first_event())
}

/// A press while a run is open.
async fn join(
    open: &Open,
    plan: &Plan,
    doors: &Doors,
    from: &str,
) -> Result<Pressed, CommandError> {
    let pressed_from = from.to_owned();
    let Some(run) = open.fold.run() else {
        return Ok(Pressed::Attached);
    };
    let (command, how) = match lacking(run, plan) {
        None => (
            executor::Command::Attach { pressed_from },
            Pressed::Attached,
        ),
        Some(plan) => (
            executor::Command::Extend {
                plan,
                doors: doors.clone(),
                pressed_from,
            },
            Pressed::Extended,
        ),
    };
    open.handle.send(command).await.map(|()| how)
}

/// What of `plan` the run has not; `None` when it has all.
fn lacking(run: &Run, plan: &Plan) -> Option<Plan> {
    let mut present = run.plan.clone();
    present.tasks = run.tasks.iter().map(|task| task.task.clone()).collect();
    let added = runbook::extend(&present, plan);
    (!added.tasks.is_empty()).then_some(added)
}
