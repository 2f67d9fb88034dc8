//! The actor. It owns accounts, doors and the open run; everything reaches it as a [`Command`].
//!
//! It never waits for a venue or a keychain, and for a disk no longer than a moment: what may take
//! time runs beside it and comes back as news. A controller of one realm cannot hold an account of
//! the other.

mod arming;
mod checks;
mod cover;
mod held;
mod open;
mod press;
mod pump;
mod show;
mod tell;

use std::{sync::Arc, time::Duration};

use door::Door;
use incident::{Clock, Mode, SystemClock, executor, journal::Line};
use tokio::{
    sync::{mpsc, watch},
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use vault::{Live, Realm};
use venues::{Account, Means};

use crate::{Accounts, Command, Error, Home, Notice, Pressed, Reply, Shell, View, kept::Kept};
use arming::{Beat, Opened};
use cover::Cover;
use held::Held;
use open::{After, Open, Passed};
use tell::Told;

/// How often a shell is shown a view that goes on changing.
const SHOW_EVERY: Duration = Duration::from_millis(100);
/// How often a run's clock is shown to go on.
const RUN_EVERY: Duration = Duration::from_secs(1);
/// How long the home's disk is waited for before the actor goes on with what it knows.
const DISK_WITHIN: Duration = Duration::from_secs(1);
/// How often what the home keeps is read again without being asked to.
const READ_EVERY: Duration = Duration::from_hours(1);

/// Where a controller's accounts and their doors come from.
pub trait Book<R: Realm>: Send + Sync + 'static {
    /// The accounts, in the person's order. May block on a disk.
    fn accounts(&self) -> Result<Vec<Account<R>>, Error>;

    /// The doors of an account, none of them connected. Must not block.
    fn open(&self, account: &Account<R>) -> Result<Vec<Arc<dyn Door>>, Error>;

    /// What the doors stand on; `None` where they stand on nothing.
    fn means(&self) -> Option<Means<R>> {
        None
    }
}

/// The accounts file of a home, and its keychain.
pub(crate) struct HomeBook {
    home: Home,
    means: Result<Means<Live>, Error>,
}

impl HomeBook {
    pub(crate) fn of(home: Home) -> Self {
        Self {
            means: home.means(),
            home,
        }
    }
}

impl Book<Live> for HomeBook {
    fn accounts(&self) -> Result<Vec<Account<Live>>, Error> {
        Ok(Accounts::read(&self.home)?.list)
    }

    fn open(&self, account: &Account<Live>) -> Result<Vec<Arc<dyn Door>>, Error> {
        Ok(account.open(self.means.as_ref().map_err(Error::clone)?)?)
    }

    fn means(&self) -> Option<Means<Live>> {
        self.means.as_ref().ok().cloned()
    }
}

/// Accounts that are in no file, and what their doors stand on.
impl<R: Realm + Clone> Book<R> for (Vec<Account<R>>, Means<R>) {
    fn accounts(&self) -> Result<Vec<Account<R>>, Error> {
        Ok(self.0.clone())
    }

    fn open(&self, account: &Account<R>) -> Result<Vec<Arc<dyn Door>>, Error> {
        Ok(account.open(&self.1)?)
    }

    fn means(&self) -> Option<Means<R>> {
        Some(self.1.clone())
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
        let (replies, answers) = mpsc::channel(command.replies_waiting());
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
enum News<R: Realm> {
    Opened(Opened),
    Armed(mpsc::Sender<Reply>),
    /// A check or a proof has ended.
    Checked(Option<u64>),
    Line {
        run: String,
        line: Arc<Line>,
    },
    RunEnded(String),
    Passed(Passed),
    Read(Read<R>),
}

/// What was read of the home.
struct Read<R: Realm> {
    number: u64,
    accounts: Result<Vec<Account<R>>, Error>,
    kept: Box<Kept>,
    replies: Option<mpsc::Sender<Reply>>,
}

enum Tick<R: Realm> {
    Asked(Option<Ask>),
    News(News<R>),
    Show,
    Beat,
    Second,
    Read,
    Due,
}

/// One actor, of one realm.
pub struct Controller<R: Realm, S: Shell> {
    home: Home,
    mode: Mode,
    book: Arc<dyn Book<R>>,
    clock: Arc<dyn Clock>,
    shell: S,
    held: Vec<Held<R>>,
    reading: bool,
    accounts_trouble: Option<Error>,
    kept: Kept,
    /// How many readings of the home were begun, and the latest that came back.
    reads: u64,
    read: u64,
    own_notices: Vec<Notice>,
    open: Option<Open>,
    cover: Option<Cover>,
    told: Told,
    beat: Option<Beat>,
    questions: u64,
    checking: Option<checks::Checking>,
    asks: mpsc::Receiver<Ask>,
    news: mpsc::UnboundedReceiver<News<R>>,
    tell: mpsc::UnboundedSender<News<R>>,
    views: watch::Sender<Option<Arc<View>>>,
    seq: u64,
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
            book: Arc::new(book),
            clock: Arc::new(SystemClock),
            shell,
            held: Vec::new(),
            reading: true,
            accounts_trouble: None,
            kept: Kept::unread(),
            reads: 0,
            read: 0,
            own_notices: Vec::new(),
            open: None,
            cover: None,
            told: Told::default(),
            beat: None,
            questions: 0,
            checking: None,
            asks: asked,
            news,
            tell,
            views: watch::channel(None).0,
            seq: 0,
            changed: true,
            stopping: false,
        };
        (controller, Handle { asks })
    }

    /// The same with another wall clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same with something that its views say from the first on.
    #[must_use]
    pub fn with_notice(mut self, notice: Notice) -> Self {
        self.own_notices.push(notice);
        self
    }

    /// Acts until it is told to stop, or nobody can ask it anything any more.
    pub async fn run(mut self) {
        self.read_accounts().await;
        self.read_home(None);
        let late = |every| {
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        let (mut show, mut second) = (late(SHOW_EVERY), late(RUN_EVERY));
        let (mut beat, mut reread) = (late(arming::BEAT_EVERY), late(READ_EVERY));
        reread.reset();
        while !self.stopping {
            let due = self.due_at();
            let tick = tokio::select! {
                biased;
                ask = self.asks.recv() => Tick::Asked(ask),
                // a flood of news does not keep anybody from seeing it
                _ = show.tick(), if self.changed => Tick::Show,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Tick::Due,
                _ = second.tick(), if self.open.is_some() => Tick::Second,
                _ = beat.tick() => Tick::Beat,
                _ = reread.tick() => Tick::Read,
                Some(news) = self.news.recv() => Tick::News(news),
            };
            match tick {
                Tick::Asked(Some(ask)) => self.obey(ask).await,
                Tick::Asked(None) => break,
                Tick::News(news) => self.hear(news),
                Tick::Show => self.show(),
                Tick::Beat => self.beat(),
                Tick::Second => self.changed = true,
                Tick::Read => self.read_home(None),
                Tick::Due => self.do_what_is_due(),
            }
        }
        if let Some(open) = self.open.take().filter(|open| open.handle.is_under_way()) {
            drop(open.handle.send(executor::Command::Leave).await);
        }
    }

    async fn obey(&mut self, ask: Ask) {
        let Ask { command, replies } = ask;
        if !matches!(command, Command::Status | Command::Watch) {
            tracing::info!(command = command.name(), "asked");
            self.changed = true;
        }
        let reply = match command {
            Command::Panic {
                runbook,
                accounts,
                from,
                twice,
            } => {
                if twice && !self.is_second_press().await {
                    self.shell.show_window();
                    Ok(Reply::Done("the cover is open".to_owned()))
                } else {
                    match self.press(&runbook, &accounts, from).await {
                        Ok(how) => return self.follow(how, replies),
                        Err(error) => Err(error),
                    }
                }
            }
            Command::Cover { open } => Ok(self.set_cover(open)),
            Command::Resume { run } => match self.resume(run).await {
                Ok(how) => return self.follow(how, replies),
                Err(error) => Err(error),
            },
            Command::Arm { accounts } => match self.arm(&accounts).await {
                Ok(waiting) => return self.reply_when_open(waiting, replies),
                Err(error) => Err(error),
            },
            Command::Disarm { accounts } => self.disarm(&accounts),
            Command::Reload => return self.read_home(Some(replies)),
            Command::Status => Ok(Reply::View(Box::new(self.view()))),
            Command::Watch => return self.begin_watch(replies),
            Command::Detail { run, task } => self.detail(&run, &task),
            Command::Readiness => return self.last_readiness(replies),
            Command::CheckReadiness { asking } => match self.check_readiness(asking, &replies) {
                Ok(()) => return,
                Err(error) => Err(error),
            },
            Command::AnswerQuestion { id, value } => {
                return self.answer_question(id, value, replies);
            }
            Command::Prove { proving } => match self.prove(proving, &replies) {
                Ok(()) => return,
                Err(error) => Err(error),
            },
            Command::Stop => self.stop(),
            Command::Quit => {
                self.stopping = true;
                Ok(Reply::Done("the controller ends".to_owned()))
            }
            Command::Answer { .. }
            | Command::Skip { .. }
            | Command::Note { .. }
            | Command::Tell { .. }
            | Command::AttachFile { .. }
            | Command::Reset { .. }
            | Command::Leave { .. } => match self.pass(command, replies.clone()) {
                Ok(()) => return,
                Err(error) => Err(error),
            },
        };
        // whoever asked may have gone
        drop(replies.send(reply.unwrap_or_else(Reply::Failed)).await);
    }

    fn hear(&mut self, news: News<R>) {
        self.changed = true;
        match news {
            News::Opened(opened) => self.opened(opened),
            News::Armed(replies) => {
                // whoever asked may have gone
                drop(replies.try_send(Reply::View(Box::new(self.view()))));
            }
            News::Checked(number) => self.checked(number),
            News::Line { run, line } => {
                if let Some(open) = self.open.as_mut().filter(|open| open.run == run) {
                    open.take(&line);
                    open.compare_audit(&line, &self.home);
                }
            }
            News::RunEnded(run) => {
                let ended = |open: &Open| open.run == run && !open.handle.is_under_way();
                if self.open.as_ref().is_some_and(ended) {
                    self.forget_run();
                }
                self.read_home(None);
            }
            News::Passed(passed) => {
                let of_open = self.open.as_ref().is_some_and(|o| o.run == passed.run);
                match (passed.after, &passed.reply) {
                    (After::Nothing, _) | (_, Reply::Failed(_)) => {}
                    (After::Leave, _) if of_open => self.forget_run(),
                    (After::Reset, _) if of_open => {
                        self.forget_run();
                        self.let_go(&[]);
                    }
                    (After::Leave | After::Reset, _) => {}
                }
                drop(passed.replies.try_send(passed.reply));
            }
            News::Read(read) => self.take_home(read),
        }
    }

    fn forget_run(&mut self) {
        self.open = None;
        self.told.begin();
    }

    /// When something is to be done that nobody asks for.
    fn due_at(&self) -> Option<Instant> {
        let cover = self.cover_closes_at();
        // what changed is shown soon anyway
        let told = self.told.due_at().filter(|_| !self.changed);
        [cover, self.doors_due_at(), told]
            .into_iter()
            .flatten()
            .min()
    }

    fn do_what_is_due(&mut self) {
        let now = Instant::now();
        if self.cover_closes_at().is_some_and(|at| at <= now) {
            self.close_cover();
        }
        self.ask_doors_that_are_due(now);
        self.changed = true;
    }

    /// Reads the accounts again, and goes on with those it knows when the disk takes too long.
    async fn read_accounts(&mut self) {
        let book = Arc::clone(&self.book);
        let read = spawn_blocking(move || book.accounts());
        if let Ok(Ok(read)) = timeout(DISK_WITHIN, read).await {
            return self.take_accounts(read);
        }
        let late = Error::wrong("the accounts could not be read in time")
            .untouched("the accounts are as they were when they were last read")
            .next("look whether the disk of the home answers");
        self.take_accounts(Err(late));
    }

    /// Reads everything of the home beside the actor; it comes back as news.
    fn read_home(&mut self, replies: Option<mpsc::Sender<Reply>>) {
        self.reads += 1;
        let number = self.reads;
        let (book, home, tell) = (Arc::clone(&self.book), self.home.clone(), self.tell.clone());
        let before = self.kept.clone();
        let open = self.under_way().map(|open| open.run.clone());
        spawn_blocking(move || {
            let read = Read {
                number,
                accounts: book.accounts(),
                kept: Box::new(Kept::read(&home, &before, open.as_deref())),
                replies,
            };
            // the actor may have ended
            drop(tell.send(News::Read(read)));
        });
    }

    fn take_home(&mut self, read: Read<R>) {
        let reply = match &read.accounts {
            Ok(_) => Reply::Done("the accounts were read again".to_owned()),
            Err(error) => Reply::Failed(error.clone()),
        };
        // what began to be read later says more
        if read.number > self.read {
            self.read = read.number;
            self.kept = *read.kept;
            self.take_accounts(read.accounts);
            self.tell_of_rehearsal();
        }
        if let Some(replies) = read.replies {
            // whoever asked may have gone
            drop(replies.try_send(reply));
        }
    }

    fn stop(&mut self) -> Result<Reply, Error> {
        self.refuse_during_run("it goes on")?;
        self.let_go(&[]);
        self.stopping = true;
        Ok(Reply::Done("the resident process ends".to_owned()))
    }

    fn refuse_during_run(&self, untouched: &str) -> Result<(), Error> {
        match self.under_way() {
            None => Ok(()),
            Some(open) => Err(Error::wrong(format!("the run {} is under way", open.run))
                .untouched(untouched)
                .next(format!(
                    "look, then reset it: firebreak run reset {}",
                    open.run
                ))),
        }
    }

    fn follow(&self, how: Pressed, replies: mpsc::Sender<Reply>) {
        if let Some(open) = &self.open {
            let lines = open.handle.lines();
            tokio::spawn(pump::pump(open.run.clone(), how, lines, replies));
        }
    }
}

#[cfg(test)]
mod tests;
