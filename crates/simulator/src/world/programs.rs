//! Programs of the owner's own on the owner's computer, and the watchdogs that start them again.
//! What they do in the account is decided where actors play; here is only whether they run.

use std::time::Duration;

use super::{AccountId, Due, Inner, World, WorldError};
use crate::truth::Happening;

/// A program on the owner's computer that trades in the account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its client id at TWS' socket, where it is a client there.
    pub client: Option<i32>,
    /// How soon its watchdog starts it again, where it has one.
    pub watchdog: Option<Duration>,
    /// Whether it runs.
    pub running: bool,
    /// Whether its watchdog runs.
    pub watched: bool,
}

impl World {
    /// Has a program run. One of the same name is taken to be the same program.
    pub fn run_program(&self, account: &AccountId, program: Program) -> Result<(), WorldError> {
        let mut inner = self.settle();
        let name = program.name.clone();
        let programs = &mut inner.account_mut(account)?.programs;
        let ran = programs
            .iter()
            .any(|each| each.name == name && each.running);
        programs.retain(|each| each.name != name);
        programs.push(Program {
            running: true,
            watched: program.watchdog.is_some(),
            ..program
        });
        if !ran {
            inner.record(account, Happening::ProgramStarted { program: name });
        }
        Ok(())
    }

    /// Whether a program runs.
    pub fn program_runs(&self, account: &AccountId, name: &str) -> bool {
        let inner = self.settle();
        inner.account(account).is_ok_and(|kept| {
            let mut programs = kept.programs.iter();
            programs.any(|program| program.name == name && program.running)
        })
    }

    /// Stops a program. Its watchdog, while that runs, starts it again after its time.
    pub fn stop_program(&self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        self.settle().stop_program(account, name)
    }

    /// Stops a program's watchdog. The program goes on running, if it runs.
    pub fn stop_watchdog(&self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.program_mut(account, name)?.watched = false;
        Ok(())
    }
}

impl Inner {
    /// Stops what is a client of TWS' socket, watchdogs first.
    pub(super) fn stop_clients(&mut self, account: &AccountId) {
        let clients: Vec<_> = self
            .accounts
            .get_mut(account)
            .into_iter()
            .flat_map(|kept| &mut kept.programs)
            .filter(|program| program.client.is_some())
            .map(|program| {
                program.watched = false;
                program.name.clone()
            })
            .collect();
        for name in clients {
            // it is there, and running or not
            let _ = self.stop_program(account, &name);
        }
    }

    pub(super) fn start_program(&mut self, account: &AccountId, name: &str) {
        let Ok(program) = self.program_mut(account, name) else {
            return;
        };
        if program.running || !program.watched {
            return;
        }
        program.running = true;
        let program = name.to_owned();
        self.record(account, Happening::ProgramStarted { program });
    }

    fn stop_program(&mut self, account: &AccountId, name: &str) -> Result<(), WorldError> {
        let program = self.program_mut(account, name)?;
        if !program.running {
            return Ok(());
        }
        program.running = false;
        let comes_back = program.watchdog.filter(|_| program.watched);
        let what = Happening::ProgramStopped {
            program: name.to_owned(),
        };
        self.record(account, what);
        if let Some(after) = comes_back {
            self.after(after, Due::StartProgram(account.clone(), name.to_owned()));
        }
        Ok(())
    }

    fn program_mut(&mut self, account: &AccountId, name: &str) -> Result<&mut Program, WorldError> {
        let mut programs = self.account_mut(account)?.programs.iter_mut();
        programs
            .find(|program| program.name == name)
            .ok_or_else(|| WorldError::Nothing(format!("program {name}")))
    }
}
