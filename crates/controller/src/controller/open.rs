//! The run that is under way, as the actor follows it, and what is passed on to it.

use std::sync::Arc;

use door::Lever;
use incident::{
    Event, Run,
    executor::{self, CommandError, RunHandle},
    journal::Line,
};
use runbook::{AccountName, TaskId};
use sha2::{Digest as _, Sha256};
use tokio::{sync::mpsc, task::spawn_blocking};
use vault::Realm;

use super::{Controller, News};
use crate::{Command, Error, Fold, Home, OpenRun, Reply, Shell, detail, known::since_known};

/// The run under way.
pub(super) struct Open {
    pub(super) run: String,
    pub(super) handle: RunHandle,
    pub(super) fold: Fold,
    told: detail::Told,
    last: Option<Arc<Line>>,
    /// Lines up to here are of before it was taken up again: nobody is told of them once more.
    pub(super) old_lines: u64,
    /// What it is before its first line is on disk.
    before: Run,
}

/// What becomes of the run when a command was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    Nothing,
    Reset,
    Leave,
}

/// What came of a command that was passed on.
pub(super) struct Passed {
    pub(super) run: String,
    pub(super) after: After,
    pub(super) reply: Reply,
    pub(super) replies: mpsc::Sender<Reply>,
}

impl Open {
    pub(super) fn new(run: String, handle: RunHandle, before: Run, old_lines: u64) -> Self {
        Self {
            run,
            handle,
            fold: Fold::default(),
            told: detail::Told::default(),
            last: None,
            old_lines,
            before,
        }
    }

    pub(super) fn take(&mut self, line: &Arc<Line>) {
        if let Err(error) = self.fold.take(line) {
            tracing::error!(%error, "the run's own line does not fold");
        }
        self.told.take(line);
        self.last = Some(Arc::clone(line));
    }

    /// Notes in the run what an audit found changed since the account was last tested.
    pub(super) fn compare_audit(&self, line: &Line, home: &Home) {
        let Event::AttemptAccepted {
            task,
            door,
            receipt,
            ..
        } = &line.event
        else {
            return;
        };
        let (Some(run), Some(snapshot)) = (self.fresh(), &receipt.snapshot) else {
            return;
        };
        let audited = run
            .task(task)
            .filter(|run| run.task.lever() == Some(Lever::Audit));
        let Some(account) = audited.and_then(|run| run.task.account.clone()) else {
            return;
        };
        let (home, door) = (home.clone(), door.clone());
        let (task, facts) = (task.clone(), snapshot.facts.clone());
        let all_told = receipt.missing.is_empty();
        let handle = self.handle.clone();
        tokio::spawn(async move {
            let since =
                spawn_blocking(move || since_known(&home, &account, &door, &facts, all_told)).await;
            if let Ok(Some(text)) = since {
                let task = Some(task);
                // a run that has ended takes no notes
                let _ = handle.send(executor::Command::Note { text, task }).await;
            }
        });
    }

    /// Whether the run is about that account: its doors are the run's then.
    pub(super) fn is_about(&self, account: &AccountName) -> bool {
        let run = self.fold.run().unwrap_or(&self.before);
        run.plan.accounts.iter().any(|known| known.name == *account)
    }

    /// The run, once it goes beyond what was told of it before.
    pub(super) fn fresh(&self) -> Option<&Run> {
        self.fold
            .run()
            .filter(|_| self.fold.lines() > self.old_lines)
    }

    pub(super) fn view(&self, now: jiff::Timestamp) -> OpenRun {
        OpenRun {
            run: self.run.clone(),
            lines: self.fold.lines(),
            head: self.last.as_deref().map(head).unwrap_or_default(),
            board: self
                .fold
                .board(now)
                .unwrap_or_else(|| incident::board(&self.before, self.before.last.mono_ms)),
        }
    }
}

/// What the line after `line` will name as the one before it.
fn head(line: &Line) -> String {
    let bytes = serde_json::to_vec(line).unwrap_or_default();
    hex::encode(Sha256::digest(bytes))
}

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// The run that this program performs.
    pub(super) fn under_way(&self) -> Option<&Open> {
        self.open.as_ref().filter(|open| open.handle.is_under_way())
    }

    /// The run of that name, if it is the one under way.
    fn of(&self, run: &str) -> Result<&Open, Error> {
        self.under_way()
            .filter(|open| open.run == run)
            .ok_or_else(|| {
                Error::wrong(format!("the run {run} is not under way"))
                    .next(format!("take it up: firebreak run resume {run}"))
            })
    }

    pub(super) fn detail(&self, run: &str, task: &TaskId) -> Result<Reply, Error> {
        let open = self.of(run)?;
        let known = open.fold.run();
        known
            .and_then(|run| open.told.detail(run, task))
            .map(|detail| Reply::Detail(Box::new(detail)))
            .ok_or_else(|| Error::wrong(CommandError::UnknownTask(task.clone())))
    }

    /// Passes a command on to its run. What comes of it comes back as news: a reset gives back what
    /// was held at venues, and nobody else waits for that.
    pub(super) fn pass(&self, command: Command, replies: mpsc::Sender<Reply>) -> Result<(), Error> {
        let Some((run, asked, done, after)) = passed_on(command) else {
            return Err(Error::wrong("that is not about a run"));
        };
        let handle = self.of(&run)?.handle.clone();
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let reply = if let executor::Command::AttachFile { name, bytes } = asked {
                attach(&handle, name, bytes).await
            } else {
                match handle.send(asked).await {
                    Ok(()) => Reply::Done(done.to_owned()),
                    Err(error) => Reply::Failed(not_taken(&run, &error)),
                }
            };
            // the actor may have ended
            drop(tell.send(News::Passed(Passed {
                run,
                after,
                reply,
                replies,
            })));
        });
        Ok(())
    }
}

/// The run that a command is about, what it asks there, what is said when that is done, and what
/// becomes of the run then.
fn passed_on(command: Command) -> Option<(String, executor::Command, &'static str, After)> {
    use executor::Command as Asked;
    let (run, asked, done, after) = match command {
        Command::Answer {
            run,
            task,
            value,
            by,
        } => {
            let asked = Asked::Answer { task, value, by };
            (run, asked, "the answer is in the record", After::Nothing)
        }
        Command::Skip {
            run,
            task,
            reason,
            by,
        } => {
            let asked = Asked::Skip { task, reason, by };
            (run, asked, "the task is skipped", After::Nothing)
        }
        Command::Note { run, text, task } => {
            let asked = Asked::Note { text, task };
            (run, asked, "the note is in the record", After::Nothing)
        }
        Command::Tell { run, line } => {
            let asked = Asked::Tell { line };
            (run, asked, "it is in the record", After::Nothing)
        }
        Command::AttachFile { run, name, bytes } => {
            let asked = Asked::AttachFile { name, bytes };
            (run, asked, "the file is in the record", After::Nothing)
        }
        Command::Reset {
            run,
            positions_without_stop,
            by,
        } => {
            let asked = Asked::Reset {
                positions_without_stop,
                by,
            };
            (run, asked, "the run is reset", After::Reset)
        }
        Command::Leave { run } => (run, Asked::Leave, "the run can be resumed", After::Leave),
        Command::Panic { .. }
        | Command::Cover { .. }
        | Command::Resume { .. }
        | Command::Arm { .. }
        | Command::Disarm { .. }
        | Command::Reload
        | Command::Status
        | Command::Watch
        | Command::Detail { .. }
        | Command::Readiness
        | Command::CheckReadiness { .. }
        | Command::AnswerQuestion { .. }
        | Command::Prove { .. }
        | Command::Stop
        | Command::Quit => return None,
    };
    Some((run, asked, done, after))
}

fn not_taken(run: &str, error: &CommandError) -> Error {
    let looks_again = matches!(error, CommandError::LookAgain { .. });
    let error = Error::wrong(error).untouched("the run is as it was");
    if looks_again {
        error.next(format!(
            "look at them, then: firebreak run reset {run} --positions-without-stop N"
        ))
    } else {
        error
    }
}

/// Keeps a file with a run, and waits until the journal names it.
async fn attach(handle: &RunHandle, name: String, bytes: Vec<u8>) -> Reply {
    let wanted = hex::encode(Sha256::digest(&bytes));
    let mut lines = handle.lines();
    if let Err(error) = handle
        .send(executor::Command::AttachFile { name, bytes })
        .await
    {
        return Reply::Failed(Error::wrong(error).untouched("the run is as it was"));
    }
    while let Some(line) = lines.next().await {
        if let Event::Captured { digest, .. } = &line.event
            && *digest == wanted
        {
            return Reply::Done("the file is in the record".to_owned());
        }
        if let Event::CaptureLost { digest, why, .. } = &line.event
            && *digest == wanted
        {
            return Reply::Failed(
                Error::wrong(format!("the file could not be stored: {why}"))
                    .untouched("its digest is in the record")
                    .next("free some space, then attach it again"),
            );
        }
    }
    Reply::Failed(Error::lost("the run ended before the file was stored").next("attach it again"))
}
