//! What tests of this crate share: homes, accounts, doors that do as they are told, and a shell that
//! remembers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use door::{
    Door, DoorError, DoorKind, ErrorClass, Health, Keep, LeverSupport, Pull, Reading, Receipt,
    Released,
};
use incident::{Clock, Event, JOURNAL_VERSION, Mode, Run, Stamp, journal::Chain};
use jiff::{SignedDuration, Timestamp};
use runbook::{AccountName, Plan, Terrain};
use tempfile::TempDir;
use tokio::{sync::mpsc, time::Instant};
use vault::Live;
use venues::Account;

use crate::{Book, Command, Controller, Error, Handle, Home, Notification, Reply, Shell, View};

pub(crate) fn home() -> (TempDir, Home) {
    let temporary = tempfile::tempdir().unwrap();
    let home = Home::open(Some(temporary.path())).unwrap();
    (temporary, home)
}

/// An account with doors of these kinds.
pub(crate) fn account(name: &str, kinds: &[&str]) -> Account<Live> {
    let doors = kinds.iter().map(|kind| {
        let door = match *kind {
            "tws" => "tws=127.0.0.1:7496",
            "client-portal" => "client-portal=https://127.0.0.1:5000",
            "ibc" => "ibc=127.0.0.1:7462",
            other => panic!("no door {other}"),
        };
        door.parse().unwrap()
    });
    Account::new(name, "ibkr", doors.collect()).unwrap()
}

pub(crate) fn plan_of(runbook: &str, accounts: &[Account<Live>]) -> Plan {
    let runbook = runbook::shipped_runbook(runbook).unwrap();
    let outlines = accounts.iter().map(|account| account.outline(None));
    runbook::plan(&runbook, &Terrain::new(outlines.collect()))
}

pub(crate) fn started(run: &str, mode: Mode, plan: Plan) -> Event {
    Event::RunStarted {
        version: JOURNAL_VERSION,
        run: run.to_owned(),
        mode,
        seed: 1,
        program: "test".to_owned(),
        plan,
        pressed_from: "terminal".to_owned(),
    }
}

/// How the journal of a run on disk ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    BrokenOff,
    Left,
    Reset,
}

/// Puts a run into `home` as it would stand there.
pub(crate) fn put_run(home: &Home, name: &str, mode: Mode, at: &str, end: End) {
    let at = at.parse::<Timestamp>().unwrap();
    let stamp = Stamp { at, mono_ms: 0 };
    let plan = plan_of("lost-phone", &[account("main", &["tws"])]);
    let first = started(name, mode, plan);
    let mut run = Run::start(stamp, &first).unwrap();
    let mut events = vec![first];
    if end == End::Reset {
        events.push(Event::Reset {
            positions_without_stop: None,
            by: incident::Actor::You,
        });
        run.apply(stamp, &events[1]).unwrap();
    }
    if end != End::BrokenOff {
        events.push(Event::RunSummary(run.summary()));
    }
    let mut chain = Chain::default();
    let mut bytes = Vec::new();
    for event in events {
        bytes.extend(chain.link(stamp, event).1);
        bytes.push(b'\n');
    }
    let folder = home.runs().join(name);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(incident::journal::FILE_NAME), bytes).unwrap();
}

/// What a fake door does when it is opened or asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Does {
    Opens,
    Fails,
    Refuses(String),
    Hangs,
}

/// A door that does as it is told.
pub(crate) struct FakeDoor {
    kind: DoorKind,
    levers: Vec<LeverSupport>,
    does: Mutex<Does>,
    clock_offset_ms: Mutex<Option<i64>>,
    opened: Mutex<Vec<Instant>>,
}

impl FakeDoor {
    pub(crate) fn now_does(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    pub(crate) fn shows_clock_off_by(&self, ms: i64) {
        *self.clock_offset_ms.lock().unwrap() = Some(ms);
    }

    /// When it was opened, each time.
    pub(crate) fn opened(&self) -> Vec<Instant> {
        self.opened.lock().unwrap().clone()
    }

    async fn answer<T: Default>(&self) -> Result<T, DoorError> {
        let does = self.does.lock().unwrap().clone();
        match does {
            Does::Opens => Ok(T::default()),
            Does::Fails => {
                let error = DoorError::new(ErrorClass::Unreachable, "ECONNREFUSED", "TWS is off");
                Err(error.next("start TWS"))
            }
            Does::Refuses(words) => Err(DoorError::new(ErrorClass::Refused, &words, "refused")),
            Does::Hangs => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Door for FakeDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        Duration::from_millis(10)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        self.opened.lock().unwrap().push(Instant::now());
        let health = self.answer::<Health>().await?;
        Ok(Health {
            words: "a fake door".to_owned(),
            clock_offset_ms: *self.clock_offset_ms.lock().unwrap(),
            ..health
        })
    }

    async fn act(&self, _pull: &Pull, _keep: &dyn Keep) -> Result<Receipt, DoorError> {
        self.answer().await
    }

    async fn read_back(&self, _pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        self.answer().await
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}

/// Accounts whose doors are fakes.
#[derive(Clone)]
pub(crate) struct FakeBook {
    accounts: Arc<Mutex<Vec<Account<Live>>>>,
    doors: Arc<BTreeMap<(AccountName, DoorKind), Arc<FakeDoor>>>,
}

impl FakeBook {
    pub(crate) fn of(accounts: Vec<Account<Live>>) -> Self {
        let mut doors = BTreeMap::new();
        for account in &accounts {
            for door in account.outline(None).doors {
                let fake = FakeDoor {
                    kind: door.kind.clone(),
                    levers: door.levers,
                    does: Mutex::new(Does::Opens),
                    clock_offset_ms: Mutex::new(None),
                    opened: Mutex::new(Vec::new()),
                };
                doors.insert((account.name().clone(), door.kind), Arc::new(fake));
            }
        }
        Self {
            accounts: Arc::new(Mutex::new(accounts)),
            doors: Arc::new(doors),
        }
    }

    pub(crate) fn door(&self, account: &str, kind: &str) -> &FakeDoor {
        &self.doors[&(AccountName::new(account), DoorKind::new(kind))]
    }

    pub(crate) fn now_has(&self, accounts: Vec<Account<Live>>) {
        *self.accounts.lock().unwrap() = accounts;
    }
}

impl Book<Live> for FakeBook {
    fn accounts(&self) -> Result<Vec<Account<Live>>, Error> {
        Ok(self.accounts.lock().unwrap().clone())
    }

    fn open(&self, account: &Account<Live>) -> Result<Vec<Arc<dyn Door>>, Error> {
        let doors = account.doors().iter().map(|door| {
            let key = (account.name().clone(), door.kind().door_kind());
            Arc::clone(&self.doors[&key]) as Arc<dyn Door>
        });
        Ok(doors.collect())
    }
}

/// A clock that goes with tokio's, and can be set.
pub(crate) struct SetClock {
    base: Timestamp,
    since: Instant,
    ahead: Mutex<SignedDuration>,
}

impl SetClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            base: "2026-11-23T14:32:07Z".parse().unwrap(),
            since: Instant::now(),
            ahead: Mutex::new(SignedDuration::ZERO),
        })
    }

    pub(crate) fn goes_ahead(&self, by: SignedDuration) {
        *self.ahead.lock().unwrap() += by;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.since.elapsed()).unwrap();
        let ahead = *self.ahead.lock().unwrap();
        self.base.checked_add(elapsed + ahead).unwrap()
    }
}

/// A shell that remembers what it was told.
#[derive(Clone, Default)]
pub(crate) struct Remembers {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    notifications: Vec<Notification>,
    windows: usize,
    shown: usize,
}

impl Remembers {
    pub(crate) fn notifications(&self) -> Vec<Notification> {
        self.seen.lock().unwrap().notifications.clone()
    }

    pub(crate) fn windows(&self) -> usize {
        self.seen.lock().unwrap().windows
    }

    pub(crate) fn shown(&self) -> usize {
        self.seen.lock().unwrap().shown
    }
}

impl Shell for Remembers {
    fn show(&mut self, _view: &Arc<View>) {
        self.seen.lock().unwrap().shown += 1;
    }

    fn notify(&mut self, notification: &Notification) {
        let mut seen = self.seen.lock().unwrap();
        seen.notifications.push(notification.clone());
    }

    fn show_window(&mut self) {
        self.seen.lock().unwrap().windows += 1;
    }

    fn open_link(&mut self, _link: &str) {}
}

/// A controller of fakes that goes on in the background.
pub(crate) struct Stage {
    pub(crate) book: FakeBook,
    pub(crate) shell: Remembers,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) home: Home,
    handle: Handle,
    _temporary: TempDir,
}

impl Stage {
    pub(crate) fn of(accounts: Vec<Account<Live>>) -> Self {
        let (temporary, home) = home();
        Self::at(temporary, home, accounts)
    }

    pub(crate) fn at(temporary: TempDir, home: Home, accounts: Vec<Account<Live>>) -> Self {
        let book = FakeBook::of(accounts);
        let shell = Remembers::default();
        let clock = SetClock::new();
        let (controller, handle) =
            Controller::<Live, _>::new(home.clone(), Mode::Live, book.clone(), shell.clone());
        tokio::spawn(controller.with_clock(Arc::clone(&clock) as _).run());
        Self {
            book,
            shell,
            clock,
            home,
            handle,
            _temporary: temporary,
        }
    }

    pub(crate) async fn ask(&self, command: Command) -> mpsc::Receiver<Reply> {
        self.handle.ask(command).await
    }

    pub(crate) async fn tell(&self, command: Command) -> Reply {
        self.ask(command).await.recv().await.unwrap()
    }

    pub(crate) async fn view(&self) -> View {
        view_of(self.tell(Command::Status).await)
    }

    /// The first view that is as wanted.
    pub(crate) async fn view_when(&self, wanted: impl Fn(&View) -> bool) -> View {
        let mut views = self.ask(Command::Watch).await;
        loop {
            let view = view_of(views.recv().await.unwrap());
            if wanted(&view) {
                return view;
            }
        }
    }

    pub(crate) async fn arm(&self) -> View {
        let accounts = Vec::new();
        view_of(self.tell(Command::Arm { accounts }).await)
    }

    /// Presses; the lines come on the channel.
    pub(crate) async fn press(&self, runbook: &str) -> (String, mpsc::Receiver<Reply>) {
        let mut replies = self.ask(press(runbook, false)).await;
        let Some(Reply::Pressed { run, .. }) = replies.recv().await else {
            panic!("the press was not taken");
        };
        (run, replies)
    }
}

pub(crate) fn view_of(reply: Reply) -> View {
    let Reply::View(view) = reply else {
        panic!("{reply:?}");
    };
    *view
}

pub(crate) fn press(runbook: &str, twice: bool) -> Command {
    Command::Panic {
        runbook: runbook.to_owned(),
        accounts: Vec::new(),
        from: "hotkey".to_owned(),
        twice,
    }
}
