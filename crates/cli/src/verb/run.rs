//! `run`: runs and their journals.

use std::{path::Path, time::Duration};

use controller::{Command, Error, Headless, Home, Link, Reply, View, cases};
use incident::{Actor, Run};
use runbook::TaskId;
use serde_json::json;

use crate::{
    args,
    out::{Exit, Out, put},
    terminal::words,
    verb::{person::Person, press::Follow},
};

/// How long a venue may take over a one-time code, with what is read back.
const CODE_WITHIN: Duration = Duration::from_secs(30);

pub(super) async fn run(home: &Home, verb: args::Run, out: Out) -> Result<Exit, Error> {
    match verb {
        args::Run::List => list(home, out),
        args::Run::Show { run } => show(home, &run, out),
        args::Run::Resume { run } => resume(home, &run, out).await,
        args::Run::Reset {
            run,
            positions_without_stop,
        } => {
            let command = |run| Command::Reset {
                run,
                positions_without_stop,
                by: Actor::You,
            };
            pass(home, &run, command, out).await
        }
        args::Run::Note { run, text, step } if !step.is_empty() || is_closed(home, &run)? => {
            cases::note(home, &run, text, step).await?;
            said(home, &run, "the note is in the case", out)
        }
        args::Run::Note { run, text, .. } => {
            let command = |run| Command::Note {
                run,
                text,
                task: None,
            };
            pass(home, &run, command, out).await
        }
        args::Run::Attach {
            run,
            file,
            about,
            dated,
            step,
        } if !(about.is_empty() && dated.is_empty() && step.is_empty())
            || is_closed(home, &run)? =>
        {
            let attaching = cases::Attaching {
                path: file,
                about,
                dated,
                step,
            };
            let stored = cases::attach(home, &run, attaching).await?;
            let words = format!("the file is in the case, SHA-256 {}", stored.digest);
            said(home, &run, &words, out)
        }
        args::Run::Attach { run, file, .. } => {
            let (name, bytes) = controller::read_attachment(&file)?;
            let command = |run| Command::AttachFile { run, name, bytes };
            pass(home, &run, command, out).await
        }
        args::Run::Answer { run, step, value } => {
            let task = task_of(home, &run, &step)?;
            let value = if value == "-" { first_line()? } else { value };
            let command = |run| Command::Answer {
                run,
                task,
                value,
                by: Actor::You,
            };
            pass(home, &run, command, out).await
        }
    }
}

/// Whether nothing can be added to the journal any more: the run was reset, or there was no press.
fn is_closed(home: &Home, name: &str) -> Result<bool, Error> {
    let outline = controller::outline_run(&home.case(name)?);
    Ok(outline.is_reset || outline.collection)
}

fn said(home: &Home, name: &str, words: &str, out: Out) -> Result<Exit, Error> {
    let run = folder_name(&home.case(name)?);
    out.line(words);
    out.object(&json!({ "done": words, "run": run }));
    Ok(Exit::Done)
}

/// The first line of standard input: what is typed there stands in no list of processes.
fn first_line() -> Result<String, Error> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Error::wrong(format!("standard input cannot be read: {error}")))?;
    Ok(line.trim().to_owned())
}

fn list(home: &Home, out: Out) -> Result<Exit, Error> {
    let runs = home
        .run_names()?
        .into_iter()
        .map(|name| (name, home.runs()));
    let collections = home.collection_names()?.into_iter();
    let collections = collections.map(|name| (name, home.collections()));
    let mut cases: Vec<_> = runs.chain(collections).collect();
    // names begin with the time
    cases.sort_unstable();
    if cases.is_empty() {
        out.line("no run yet");
    }
    for (name, folder) in cases {
        let run = controller::outline_run(&folder.join(&name));
        out.object(&json!({ "run": run }));
        let state = match (&run.damage, run.is_reset, run.contained) {
            (Some(damage), _, _) => format!("damaged: {damage}"),
            (None, _, _) if run.collection => "collected without a press".to_owned(),
            (None, true, true) => "contained, reset".to_owned(),
            (None, true, false) => format!("reset with {} still open", run.still_open),
            (None, false, true) => format!("contained, {} still open, not reset", run.still_open),
            (None, false, false) => format!("NOT CONTAINED, {} still open", run.still_open),
        };
        let mode = run.mode.map(words::mode).unwrap_or_default();
        out.line(format!("{name}   {mode}   {state}"));
    }
    Ok(Exit::Done)
}

fn show(home: &Home, name: &str, out: Out) -> Result<Exit, Error> {
    let recovered = controller::read_run(&home.run(name)?)?;
    let mut fold = controller::Fold::default();
    let mut told = words::Told::default();
    for line in &recovered.lines {
        fold.take(line).map_err(Error::damaged)?;
        out.object(line);
        if let (false, Some(run)) = (out.json, fold.run()) {
            for text in told.news(run, line) {
                put(&text);
            }
        }
    }
    if recovered.dropped_bytes > 0 {
        out.aside(format!(
            "{} bytes of a torn last line are left out",
            recovered.dropped_bytes
        ));
    }
    if let Some(summary) = fold.summary() {
        for line in words::summary(&summary, out) {
            out.line(line);
        }
    }
    Ok(Exit::Done)
}

async fn resume(home: &Home, name: &str, out: Out) -> Result<Exit, Error> {
    let run = folder_name(&home.run(name)?);
    let link = Link::take(home, Headless).await?;
    let replies = link.ask(Command::Resume { run }).await;
    let person = if out.terminal {
        Person::Terminal(None)
    } else {
        Person::Nobody
    };
    let exit = match replies {
        Ok(replies) => Follow::new(&link, out, person).run(replies).await,
        Err(error) => Err(error),
    };
    link.close().await;
    exit
}

/// Passes a command to a run: to the process that performs it, or after taking the run up here.
async fn pass(
    home: &Home,
    name: &str,
    command: impl FnOnce(String) -> Command,
    out: Out,
) -> Result<Exit, Error> {
    let run = folder_name(&home.run(name)?);
    let link = Link::take(home, Headless).await?;
    let done = pass_through(&link, &run, command(run.clone())).await;
    link.close().await;
    let words = done?;
    out.line(&words);
    out.object(&json!({ "done": words, "run": run }));
    Ok(Exit::Done)
}

async fn pass_through(link: &Link, run: &str, command: Command) -> Result<String, Error> {
    // keeps the run up until the command is recorded
    let mut lines = None;
    if link.is_own() {
        let mut replies = link
            .ask(Command::Resume {
                run: run.to_owned(),
            })
            .await?;
        match replies.recv().await {
            Some(Reply::Pressed { .. }) => lines = Some(replies),
            Some(Reply::Failed(error)) => return Err(error),
            Some(
                Reply::Line(_)
                | Reply::Settled(_)
                | Reply::View(_)
                | Reply::Detail(_)
                | Reply::Readiness(_)
                | Reply::Proving(_)
                | Reply::Done(_),
            )
            | None => {
                return Err(Error::lost("the run could not be taken up"));
            }
        }
    }
    let resets = matches!(command, Command::Reset { .. });
    let answered = if let Command::Answer { task, .. } = &command {
        Some(task.clone())
    } else {
        None
    };
    let told = tell(link, command, &mut lines).await;
    if let (Ok(_), Some(task), Some(lines)) = (&told, answered, lines.as_mut()) {
        until_code_is_used(link, &task, lines).await?;
    }
    if lines.is_some() && (!resets || told.is_err()) {
        let leave = Command::Leave {
            run: run.to_owned(),
        };
        tell(link, leave, &mut lines).await?;
    }
    // the journal is whole on disk when its lines end
    if let Some(mut lines) = lines {
        while lines.recv().await.is_some() {}
    }
    told
}

/// A one-time code is gone with this process: where one was given, the venue's answer is waited for
/// here, and whether it is so is read back.
async fn until_code_is_used(
    link: &Link,
    task: &TaskId,
    lines: &mut tokio::sync::mpsc::Receiver<Reply>,
) -> Result<(), Error> {
    let mut views = link.ask(Command::Watch).await?;
    let used = async {
        loop {
            tokio::select! {
                view = views.recv() => match view {
                    Some(Reply::View(view)) if is_trying_code(&view, task) => {}
                    Some(Reply::View(_)) | None => return,
                    Some(_) => {}
                },
                // a run whose lines nobody reads would be held back
                line = lines.recv() => if line.is_none() { return },
            }
        }
    };
    // no answer in time leaves the card open, and the journal says so
    let _ = tokio::time::timeout(CODE_WITHIN, used).await;
    Ok(())
}

/// Whether a card that is about a code alone has one that the venue has not answered yet.
fn is_trying_code(view: &View, task: &TaskId) -> bool {
    let board = view.run.as_ref().map(|open| &open.board);
    let card = board.and_then(|board| board.cards.iter().find(|card| card.task == *task));
    card.is_some_and(|card| !card.asks_code && card.card.read_back.is_none())
}

/// Tells, and reads on meanwhile: a run whose lines nobody reads would hold its command back.
async fn tell(
    link: &Link,
    command: Command,
    lines: &mut Option<tokio::sync::mpsc::Receiver<Reply>>,
) -> Result<String, Error> {
    let told = link.tell(command);
    let mut told = std::pin::pin!(told);
    let reply = loop {
        let read = async {
            match lines.as_mut() {
                Some(lines) => lines.recv().await.is_some(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            reply = &mut told => break reply?,
            more = read => if !more { break (&mut told).await? },
        }
    };
    match reply {
        Reply::Done(words) => Ok(words),
        Reply::Failed(error) => Err(error),
        Reply::Pressed { .. }
        | Reply::Line(_)
        | Reply::Settled(_)
        | Reply::View(_)
        | Reply::Readiness(_)
        | Reply::Proving(_)
        | Reply::Detail(_) => Ok(String::new()),
    }
}

/// The card of that step: a task's id, or a step's where it made one task that waits.
fn task_of(home: &Home, name: &str, step: &str) -> Result<TaskId, Error> {
    let recovered = controller::read_run(&home.run(name)?)?;
    let run = incident::journal::replay(&recovered.lines).map_err(Error::damaged)?;
    if run.task(&TaskId::new(step)).is_some() {
        return Ok(TaskId::new(step));
    }
    let of_step = tasks_of(&run, step);
    match of_step.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::wrong(format!("the run has no step {step}"))
            .untouched("the run is as it was")
            .next(format!("see its steps: firebreak run show {name}"))),
        several => {
            let names = several.iter().map(ToString::to_string).collect::<Vec<_>>();
            Err(Error::wrong(format!("{step} is on several accounts"))
                .untouched("the run is as it was")
                .next(format!("say which: {}", names.join(", "))))
        }
    }
}

fn tasks_of(run: &Run, step: &str) -> Vec<TaskId> {
    run.tasks
        .iter()
        .filter(|task| task.task.step.as_str() == step)
        .map(|task| task.task.id.clone())
        .collect()
}

fn folder_name(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
