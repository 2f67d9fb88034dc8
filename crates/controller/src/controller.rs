//! The actor. It owns accounts, doors and the open run; everything reaches it as a [`Command`].
//!
//! It never waits for a venue, a disk or a keychain: what may take time runs beside it and comes
//! back as news. A controller of one realm cannot hold an account of the other.

mod held;
mod pump;

use std::{sync::Arc, time::Duration};

use incident::{
    Event, Mode, Run, SystemClock,
    executor::{self, CommandError, Doors, Record, RunHandle, Start},
    journal::Line,
};
use jiff::Timestamp;
use runbook::{AccountName, Plan};
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use vault::{Live, Realm};
use venues::Account;

use crate::{
    Accounts, Command, Error, Fold, Home, OpenRun, PROTOCOL_VERSION, Pressed, Reply, Shell, View,
    runbooks, runs,
};
use held::{Held, Opened};

/// How often a shell is shown a view that goes on changing.
const SHOW_EVERY: Duration = Duration::from_millis(100);
/// How often armed doors are asked whether they still hold.
const WARM_EVERY: Duration = Duration::from_secs(45);

/// Where a controller's accounts come from.
pub trait Book<R: Realm>: Send + 'static {
    /// The accounts, in the person's order.
    fn accounts(&self) -> Result<Vec<Account<R>>, Error>;
}

/// The accounts file of a home.
pub(crate) struct HomeBook(pub(crate) Home);

impl Book<Live> for HomeBook {
    fn accounts(&self) -> Result<Vec<Account<Live>>, Error> {
        Ok(Accounts::read(&self.0)?.list)
    }
}

impl<R: Realm + Clone> Book<R> for Vec<Account<R>> {
    fn accounts(&self) -> Result<Vec<Account<R>>, Error> {
        Ok(self.clone())
    }
}

/// The way to an actor of this process. The actor ends when the last one is dropped.
#[derive(Clone)]
pub struct Handle {
    asks: mpsc::Sender<Ask>,
}

impl Handle {
    /// Posts a command; its replies come as they are made. The channel ends after the last.
    pub async fn ask(&self, command: Command) -> mpsc::Receiver<Reply> {
        let (replies, answers) = mpsc::channel(64);
        let lost = replies.clone();
        if self.asks.send(Ask { command, replies }).await.is_err() {
            let ended = Error::lost("the controller has ended").next("start it again");
            drop(lost.try_send(Reply::Failed(ended)));
        }
        answers
    }
}

struct Ask {
    command: Command,
    replies: mpsc::Sender<Reply>,
}

/// What comes back from beside the actor.
enum News {
    Opened(Opened),
    Armed(mpsc::Sender<Reply>),
    Line(Arc<Line>),
    RunEnded,
}

enum Tick {
    Asked(Option<Ask>),
    News(News),
    Show,
    Warm,
}

struct Open {
    run: String,
    handle: RunHandle,
    fold: Fold,
}

/// One actor, of one realm.
pub struct Controller<R: Realm, S: Shell> {
    home: Home,
    mode: Mode,
    book: Box<dyn Book<R>>,
    shell: S,
    held: Vec<Held<R>>,
    open: Option<Open>,
    asks: mpsc::Receiver<Ask>,
    news: mpsc::UnboundedReceiver<News>,
    tell: mpsc::UnboundedSender<News>,
    changed: bool,
    stopping: bool,
}

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// An actor and the way to it. It does nothing before [`Controller::run`].
    pub fn new(home: Home, mode: Mode, book: impl Book<R>, shell: S) -> (Self, Handle) {
        let (asks, asked) = mpsc::channel(16);
        let (tell, news) = mpsc::unbounded_channel();
        let controller = Self {
            home,
            mode,
            book: Box::new(book),
            shell,
            held: Vec::new(),
            open: None,
            asks: asked,
            news,
            tell,
            changed: true,
            stopping: false,
        };
        (controller, Handle { asks })
    }

    /// Acts until it is told to stop, or nobody can ask it anything any more.
    pub async fn run(mut self) {
        if let Err(error) = self.reload() {
            tracing::warn!(%error, "the accounts could not be read");
        }
        let mut show = interval(SHOW_EVERY);
        show.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut warm = interval(WARM_EVERY);
        warm.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.stopping {
            let tick = tokio::select! {
                biased;
                ask = self.asks.recv() => Tick::Asked(ask),
                Some(news) = self.news.recv() => Tick::News(news),
                _ = show.tick(), if self.changed => Tick::Show,
                _ = warm.tick() => Tick::Warm,
            };
            match tick {
                Tick::Asked(Some(ask)) => self.obey(ask).await,
                Tick::Asked(None) => break,
                Tick::News(news) => self.hear(news),
                Tick::Show => {
                    self.changed = false;
                    let view = self.view();
                    self.shell.show(&view);
                }
                Tick::Warm => self.warm(),
            }
        }
        if let Some(open) = self.open.take().filter(|open| open.handle.is_under_way()) {
            drop(open.handle.send(executor::Command::Leave).await);
        }
    }

    async fn obey(&mut self, ask: Ask) {
        let Ask { command, replies } = ask;
        tracing::info!(command = command.name(), "asked");
        self.changed = true;
        let reply = match command {
            Command::Panic {
                runbook,
                accounts,
                from,
            } => match self.press(&runbook, &accounts, from).await {
                Ok(how) => return self.follow(how, replies),
                Err(error) => Err(error),
            },
            Command::Resume { run } => match self.resume(&run) {
                Ok(how) => return self.follow(how, replies),
                Err(error) => Err(error),
            },
            Command::Arm { accounts } => match self.arm(&accounts) {
                Ok(waiting) => return self.reply_when_open(waiting, replies),
                Err(error) => Err(error),
            },
            Command::Disarm => self.disarm(),
            Command::Reload => self
                .reload()
                .map(|()| Reply::Done("the accounts were read again".to_owned())),
            Command::Status => Ok(Reply::View(Box::new(self.view()))),
            Command::Answer {
                run,
                task,
                value,
                by,
            } => {
                let answer = executor::Command::Answer { task, value, by };
                self.pass(&run, answer, "the answer is in the record").await
            }
            Command::Skip {
                run,
                task,
                reason,
                by,
            } => {
                let skip = executor::Command::Skip { task, reason, by };
                self.pass(&run, skip, "the task is skipped").await
            }
            Command::Note { run, text, task } => {
                let note = executor::Command::Note { text, task };
                self.pass(&run, note, "the note is in the record").await
            }
            Command::AttachFile { run, name, bytes } => match self.of(&run) {
                Ok(open) => {
                    let handle = open.handle.clone();
                    tokio::spawn(async move {
                        // whoever asked may have gone
                        drop(replies.send(attach(&handle, name, bytes).await).await);
                    });
                    return;
                }
                Err(error) => Err(error),
            },
            Command::Reset {
                run,
                positions_without_stop,
                by,
            } => {
                let reset = executor::Command::Reset {
                    positions_without_stop,
                    by,
                };
                let done = self.pass(&run, reset, "the run is reset").await;
                if done.is_ok() {
                    self.open = None;
                    self.let_go();
                }
                done
            }
            Command::Leave { run } => {
                let leave = executor::Command::Leave;
                let done = self.pass(&run, leave, "the run can be resumed").await;
                if done.is_ok() {
                    self.open = None;
                }
                done
            }
            Command::Stop => self.stop(),
        };
        // whoever asked may have gone
        drop(replies.send(reply.unwrap_or_else(Reply::Failed)).await);
    }

    fn hear(&mut self, news: News) {
        self.changed = true;
        match news {
            News::Opened(opened) => {
                if let Some(held) = self.held.iter_mut().find(|held| held.is(&opened.account)) {
                    held.opened(opened);
                }
            }
            News::Armed(replies) => {
                // whoever asked may have gone
                drop(replies.try_send(Reply::View(Box::new(self.view()))));
            }
            News::Line(line) => {
                let Some(open) = &mut self.open else { return };
                let was = open.fold.run().map(Run::is_contained);
                if let Err(error) = open.fold.take(&line) {
                    tracing::error!(%error, "the run's own line does not fold");
                }
                let is = open.fold.run().map(Run::is_contained);
                if let Some((title, body)) = notice(self.mode, &line, was, is) {
                    self.shell.notify(&title, &body);
                }
            }
            News::RunEnded => {
                if self.open.as_ref().is_some_and(|o| !o.handle.is_under_way()) {
                    self.open = None;
                }
            }
        }
    }

    /// The press: starts a run, or attaches to the one that is open, or extends it.
    async fn press(
        &mut self,
        runbook: &str,
        accounts: &[AccountName],
        from: String,
    ) -> Result<Pressed, Error> {
        self.reload()?;
        let runbook = runbooks::find_runbook(&self.home, runbook)?;
        let chosen = self.select(accounts)?;
        if chosen.is_empty() {
            return Err(Error::wrong("there is no account to contain")
                .untouched("no run was started, and nothing was sent to any venue")
                .next(
                    "add one: firebreak account add. Whom to call stands in: firebreak runbook \
                     show contain-everything",
                ));
        }
        let outlines = chosen
            .iter()
            .map(|at| self.held[*at].account.outline(None))
            .collect();
        let (terrain, trouble) = runbooks::terrain(&self.home, outlines);
        if let Some(error) = trouble {
            tracing::warn!(%error, "the person's own contacts could not be read");
        }
        let plan = runbook::plan(&runbook, &terrain);
        let doors = self.doors(&chosen)?;
        if let Some(open) = self.under_way() {
            return join(open, plan, doors, from).await;
        }
        let now = Timestamp::now();
        let (run, folder) = runs::new_folder(&self.home, &runbook.id, now);
        if let Err(error) = runs::keep_runbook(&folder, &runbook) {
            tracing::error!(%error, "the runbook could not be kept with its run");
        }
        let start = Start {
            run: run.clone(),
            mode: self.mode,
            seed: now.as_microsecond().unsigned_abs(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            pressed_from: from,
            plan,
        };
        let record = Record::in_folder(&folder);
        let handle =
            executor::start(start, doors, record, Arc::new(SystemClock)).map_err(Error::wrong)?;
        self.watch(run, handle);
        Ok(Pressed::Started)
    }

    /// Takes up a run that was left.
    fn resume(&mut self, run: &str) -> Result<Pressed, Error> {
        self.reload()?;
        if let Some(open) = self.under_way() {
            return if open.run == run {
                Ok(Pressed::Attached)
            } else {
                Err(Error::wrong(format!("the run {} is under way", open.run))
                    .next(format!("reset it first: firebreak run reset {}", open.run)))
            };
        }
        let folder = self.home.run(run)?;
        let recovered = runs::read_run(&folder)?;
        let told = incident::journal::replay(&recovered.lines).map_err(Error::damaged)?;
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
        let doors = self.doors(&chosen)?;
        let record = Record::continued(&folder, &recovered);
        let handle = executor::resume(recovered, doors, record, Arc::new(SystemClock))
            .map_err(Error::damaged)?;
        self.watch(run.to_owned(), handle);
        Ok(Pressed::Resumed)
    }

    /// Hears every line of a run, for the view and the notifications.
    fn watch(&mut self, run: String, handle: RunHandle) {
        let mut lines = handle.lines();
        let tell = self.tell.clone();
        tokio::spawn(async move {
            while let Some(line) = lines.next().await {
                if tell.send(News::Line(line)).is_err() {
                    return;
                }
            }
            // the actor may have ended
            drop(tell.send(News::RunEnded));
        });
        self.open = Some(Open {
            run,
            handle,
            fold: Fold::default(),
        });
    }

    fn follow(&self, how: Pressed, replies: mpsc::Sender<Reply>) {
        if let Some(open) = &self.open {
            tokio::spawn(pump::pump(
                open.run.clone(),
                how,
                open.handle.lines(),
                replies,
            ));
        }
    }

    async fn pass(
        &mut self,
        run: &str,
        command: executor::Command,
        done: &str,
    ) -> Result<Reply, Error> {
        let handle = self.of(run)?.handle.clone();
        handle
            .send(command)
            .await
            .map(|()| Reply::Done(done.to_owned()))
            .map_err(|error| {
                let looks_again = matches!(error, CommandError::LookAgain { .. });
                let error = Error::wrong(error).untouched("the run is as it was");
                if looks_again {
                    error.next(format!(
                        "look at them, then: firebreak run reset {run} --positions-without-stop N"
                    ))
                } else {
                    error
                }
            })
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

    fn under_way(&self) -> Option<&Open> {
        self.open.as_ref().filter(|open| open.handle.is_under_way())
    }

    fn stop(&mut self) -> Result<Reply, Error> {
        if let Some(open) = self.under_way() {
            return Err(Error::wrong(format!("the run {} is under way", open.run))
                .untouched("it goes on")
                .next(format!(
                    "look, then reset it: firebreak run reset {}",
                    open.run
                )));
        }
        self.let_go();
        self.stopping = true;
        Ok(Reply::Done("the resident process ends".to_owned()))
    }

    fn view(&self) -> View {
        View {
            version: PROTOCOL_VERSION,
            mode: self.mode,
            resident: true,
            accounts: self.held.iter().map(Held::view).collect(),
            run: self.under_way().and_then(|open| {
                Some(OpenRun {
                    run: open.run.clone(),
                    lines: open.fold.lines(),
                    board: open.fold.board(Timestamp::now())?,
                })
            }),
            left_open: Vec::new(),
        }
    }

    /// Where the accounts of these names stand; all when none is named.
    fn select(&self, names: &[AccountName]) -> Result<Vec<usize>, Error> {
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
    fn doors(&mut self, chosen: &[usize]) -> Result<Doors, Error> {
        let mut doors = Doors::new();
        for at in chosen {
            let held = &mut self.held[*at];
            for door in held.doors()? {
                doors.insert((held.account.name().clone(), door.kind().clone()), door);
            }
        }
        Ok(doors)
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

/// A press while a run is open.
async fn join(open: &Open, plan: Plan, doors: Doors, from: String) -> Result<Pressed, Error> {
    let Some(run) = open.fold.run() else {
        return Ok(Pressed::Attached);
    };
    let lacking = lacking(run, &plan);
    let (command, how) = match lacking {
        None => (
            executor::Command::Attach { pressed_from: from },
            Pressed::Attached,
        ),
        Some(plan) => (
            executor::Command::Extend {
                plan,
                doors,
                pressed_from: from,
            },
            Pressed::Extended,
        ),
    };
    open.handle
        .send(command)
        .await
        .map(|()| how)
        .map_err(|error| Error::wrong(error).untouched("the open run goes on as it was"))
}

/// What of `plan` the run has not; `None` when it has all.
fn lacking(run: &Run, plan: &Plan) -> Option<Plan> {
    let mut present = run.plan.clone();
    present.tasks = run.tasks.iter().map(|task| task.task.clone()).collect();
    let added = runbook::extend(&present, plan);
    (!added.tasks.is_empty()).then_some(added)
}

/// What the person is told of a line without looking.
fn notice(
    mode: Mode,
    line: &Line,
    was_contained: Option<bool>,
    is_contained: Option<bool>,
) -> Option<(String, String)> {
    let before = match mode {
        Mode::Live => "",
        Mode::Drill => "DRILL: ",
        Mode::Practice => "PRACTICE: ",
    };
    if was_contained == Some(false) && is_contained == Some(true) {
        return Some((
            format!("{before}Contained"),
            "Everything that contains is verified. Look, then reset.".to_owned(),
        ));
    }
    if was_contained == Some(true) && is_contained == Some(false) {
        return Some((
            format!("{before}Not contained any more"),
            "Something that was verified is open again.".to_owned(),
        ));
    }
    incident_notice(line).map(|(title, body)| (format!("{before}{title}"), body))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most events are not worth an interruption, whatever is added to them"
)]
fn incident_notice(line: &Line) -> Option<(&'static str, String)> {
    match &line.event {
        Event::RunStarted { plan, .. } => Some((
            "Run started",
            format!("{}, {} accounts.", plan.runbook.title, plan.accounts.len()),
        )),
        Event::Refused { task, why, .. } => Some(("Refused", format!("{task}: {why}"))),
        Event::Unknown { task, why, .. } => Some(("Unknown", format!("{task}: {why}"))),
        Event::NeedsYou { task, .. } => Some(("It needs you", task.to_string())),
        Event::RecordingFailed { why } => Some(("Not recorded", why.clone())),
        _ => None,
    }
}
