//! One simulated broker behind every front end: what is placed at one door shows at the others.
//!
//! A [`World`] is a handle to clone. Its methods never wait, and are right at the time of the call:
//! whatever was due by then has happened first. It must never learn from a front end what is true.

mod account;
mod exchange;
mod leaving;
mod matching;
mod oracle;
mod orders;
mod past;
mod programs;
mod security;
mod seeding;
mod seeding_exchange;
mod sessions;
mod values;
mod wishes;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rust_decimal::Decimal;
use tokio::{
    sync::{Notify, broadcast, mpsc, watch},
    time::Instant,
};

pub use account::{AccountView, NewAccount, OWN_DEVICE};
pub use exchange::*;
pub use leaving::{Transfer, TransferState, Withdrawal, WithdrawalState};
pub use orders::{By, CancelTaken, Plot};
pub use past::{Origin, PastHolding, PastOrder, PastSession};
pub use programs::Program;
pub use security::{Contact, ContactPoint};
pub use seeding::Seeding;
pub use seeding_exchange::{BOT_KEY, PANIC_KEY};
pub use sessions::Login;
pub use values::*;
pub use wishes::KeyWish;

use crate::{
    faults::{Fault, FaultHandle, FaultKind, Faults, Front},
    truth::{Fold, Happening, Harm, TruthEvent, TruthSummary},
};

/// How many updates a slow front end may lag behind before it is told that it missed some.
const UPDATES: usize = 65_536;

/// A simulated broker.
#[derive(Clone)]
pub struct World {
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    wall: Timestamp,
    faults: Faults,
    updates: broadcast::Sender<Update>,
    /// Something new is due: the driver looks again at when to wake.
    rescheduled: Notify,
    inner: Mutex<Inner>,
}

/// Something changed that a front end may want to push to its clients.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Update {
    /// An order is new, or its state changed.
    Order(Order),
    /// Something traded.
    Execution(Execution),
    /// A session was opened, ended, or won or lost its seat.
    Session(AccountId, Session),
    /// TWS' API settings changed.
    Settings(AccountId, TwsSettings),
}

struct Inner {
    /// The time of what is happening; never ahead of the clock.
    now: Duration,
    rng: StdRng,
    accounts: BTreeMap<AccountId, Account>,
    users: BTreeMap<Username, User>,
    orders: BTreeMap<PermId, Kept>,
    sessions: BTreeMap<SessionId, Session>,
    due: BTreeMap<(Duration, u64), Due>,
    scheduled: u64,
    last_perm_id: i64,
    last_cp_order_id: i64,
    last_session: u64,
    last_execution: u64,
    last_reference: u64,
    truth: Vec<TruthEvent>,
    listeners: Vec<mpsc::UnboundedSender<TruthEvent>>,
    fold: Fold,
    updates: broadcast::Sender<Update>,
}

/// An order with its past.
struct Kept {
    order: Order,
    /// Its states from each time on; the first is its placing.
    past: Vec<oracle::Moment>,
    /// How often it came back after a cancel.
    returns: u64,
    /// What was scheduled for an earlier life of it does nothing any more.
    life: u64,
    plot: Plot,
}

struct Account {
    name: String,
    settings: TwsSettings,
    tws_user: Username,
    tws_session: Option<SessionId>,
    tws_running: watch::Sender<bool>,
    clients: BTreeMap<i32, u64>,
    last_connection: u64,
    next_order_id: i32,
    orders: BTreeSet<PermId>,
    holdings: BTreeMap<i32, Holding>,
    executions: Vec<Execution>,
    cash: BTreeMap<String, Decimal>,
    keys: Vec<Key>,
    withdrawals: Vec<Withdrawal>,
    transfers: Vec<Transfer>,
    contacts: BTreeMap<Contact, ContactPoint>,
    programs: Vec<Program>,
    users: Vec<Username>,
    devices: Vec<Device>,
    locked: bool,
    password_changed: bool,
    references: Vec<String>,
    log: VecDeque<String>,
    exchange: Exchange,
}

struct User {
    account: AccountId,
    /// Whether the account's owner knows this user.
    known: bool,
    removed: bool,
    /// Which password is right: each change makes the older ones wrong.
    password: u64,
}

/// What happens by itself at a later time.
#[derive(Clone, Debug)]
enum Due {
    /// The broker's system takes an order.
    Work(PermId, u64),
    /// An order that can trade does.
    Trade(PermId, u64),
    /// A pending cancel is done.
    Cancel(PermId, u64),
    /// A pending cancel is too late.
    FillInstead(PermId, u64),
    /// A cancelled order works again.
    Return(PermId, u64),
    /// A withdrawal leaves.
    Send(AccountId, String),
    /// A transfer of positions comes to its next state.
    Transfer(AccountId, String, TransferState),
    /// A watchdog starts its program again.
    StartProgram(AccountId, String),
    /// TWS is up again after a restart.
    StartTws(AccountId),
    /// A dead-man's switch was not set again in time.
    DeadMan(AccountId, Front, u64),
}

impl World {
    /// An empty world whose every choice follows from `seed`, and whose clock starts at `wall`.
    pub fn new(seed: u64, wall: Timestamp) -> Self {
        let began = Instant::now();
        let (updates, _) = broadcast::channel(UPDATES);
        Self {
            shared: Arc::new(Shared {
                began,
                wall,
                faults: Faults::new(began),
                updates: updates.clone(),
                rescheduled: Notify::new(),
                inner: Mutex::new(Inner::new(seed, updates)),
            }),
        }
    }

    /// A number to seed something else with.
    pub(crate) fn draw(&self) -> u64 {
        self.settle().rng.random_range(0..=u64::MAX)
    }

    /// Time since the world began.
    pub fn now(&self) -> Duration {
        self.shared.began.elapsed()
    }

    /// The instant of a time since the world began.
    pub fn instant(&self, since: Duration) -> Instant {
        self.shared.began + since
    }

    /// The wall clock of a time since the world began, without any skew.
    pub fn wall(&self, since: Duration) -> Timestamp {
        self.shared
            .wall
            .checked_add(since)
            .unwrap_or(Timestamp::MAX)
    }

    /// What a front end of an account says the time is: skewed where that fault bites.
    pub fn clock(&self, front: Front, account: &AccountId) -> Timestamp {
        self.told(front, account, self.now())
    }

    /// What a front end of an account says that a time since the world began was.
    pub fn told(&self, front: Front, account: &AccountId, since: Duration) -> Timestamp {
        let skew = self
            .faults()
            .on(front, account, FaultKind::ClockSkew)
            .map_or(Duration::ZERO, |bite| {
                bite.duration("by", Duration::from_secs(90))
            });
        self.wall(since + skew)
    }

    /// A name as a front end of an account says it: hostile where that fault bites, and then the
    /// same for the same name.
    pub fn name(&self, front: Front, account: &AccountId, name: &str) -> String {
        if self
            .faults()
            .on(front, account, FaultKind::HostileNames)
            .is_some()
        {
            format!("{name}<img src=x onerror=alert(1)>\u{1b}[2J\u{202e}\r\n\u{7}")
        } else {
            name.to_owned()
        }
    }

    /// What goes wrong here.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Switches a fault on, counted from now and not from the world's beginning.
    pub fn inject(&self, fault: Fault) -> FaultHandle {
        self.faults().switch_on(fault.later_by(self.now()))
    }

    /// What front ends push to their clients. A receiver that lags too far is told so.
    pub fn updates(&self) -> broadcast::Receiver<Update> {
        self.shared.updates.subscribe()
    }

    /// Records that a front end was asked something, in the wire's own word. Front ends call it
    /// once for each request, before they answer.
    pub fn request(&self, front: Front, account: &AccountId, what: &str) {
        self.faults().count(front, account);
        let mut inner = self.settle();
        inner.record(
            account,
            Happening::Request {
                door: front.id().to_owned(),
                what: what.to_owned(),
            },
        );
    }

    /// All truth events from the beginning on, and those to come.
    pub fn truth(&self) -> mpsc::UnboundedReceiver<TruthEvent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut inner = self.settle();
        for event in &inner.truth {
            // the receiver is in this function's hands
            let _ = sender.send(event.clone());
        }
        inner.listeners.push(sender);
        receiver
    }

    /// The truth events so far.
    pub fn truth_so_far(&self) -> Vec<TruthEvent> {
        self.settle().truth.clone()
    }

    /// The truth events so far without the first `known`.
    pub fn truth_since(&self, known: usize) -> Vec<TruthEvent> {
        self.settle()
            .truth
            .get(known..)
            .unwrap_or_default()
            .to_vec()
    }

    /// How every account stands, counted from the accounts themselves.
    pub fn truth_summary(&self) -> TruthSummary {
        self.settle().summary()
    }

    /// How every account stands, folded from the truth events. Always equal to
    /// [`World::truth_summary`].
    pub fn truth_fold(&self) -> TruthSummary {
        self.settle().fold.summary()
    }

    /// What intruders cost on an account, in its currency.
    pub fn harm(&self, account: &AccountId) -> Decimal {
        let inner = self.settle();
        let name = inner.accounts.get(account).map(|kept| kept.name.as_str());
        name.map(|name| Harm::of(&inner.truth).on(name))
            .unwrap_or_default()
    }

    /// Lets what is due happen as its time comes, so that updates are pushed. Never returns.
    /// Without it everything still happens, but only when somebody looks.
    pub async fn drive(&self) {
        loop {
            let rescheduled = self.shared.rescheduled.notified();
            let next = self.settle().next_due();
            match next {
                Some(at) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(self.instant(at)) => {}
                        () = rescheduled => {}
                    }
                }
                None => rescheduled.await,
            }
        }
    }

    /// The state, after everything that was due by now.
    fn settle(&self) -> Settled<'_> {
        let now = self.now();
        let mut inner = self
            .shared
            .inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inner.settle(now, &self.shared.faults);
        let scheduled = inner.scheduled;
        Settled {
            inner,
            scheduled,
            rescheduled: &self.shared.rescheduled,
        }
    }
}

/// The locked state; wakes the driver when something new was scheduled under the lock.
struct Settled<'a> {
    inner: MutexGuard<'a, Inner>,
    scheduled: u64,
    rescheduled: &'a Notify,
}

impl std::ops::Deref for Settled<'_> {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl std::ops::DerefMut for Settled<'_> {
    fn deref_mut(&mut self) -> &mut Inner {
        &mut self.inner
    }
}

impl Drop for Settled<'_> {
    fn drop(&mut self) {
        if self.inner.scheduled != self.scheduled {
            self.rescheduled.notify_one();
        }
    }
}

impl Inner {
    fn new(seed: u64, updates: broadcast::Sender<Update>) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        Self {
            now: Duration::ZERO,
            last_perm_id: rng.random_range(100_000_000..2_000_000_000),
            last_cp_order_id: rng.random_range(1_000_000_000..1_900_000_000),
            last_reference: rng.random_range(100_000..900_000),
            rng,
            accounts: BTreeMap::new(),
            users: BTreeMap::new(),
            orders: BTreeMap::new(),
            sessions: BTreeMap::new(),
            due: BTreeMap::new(),
            scheduled: 0,
            last_session: 0,
            last_execution: 0,
            truth: Vec::new(),
            listeners: Vec::new(),
            fold: Fold::default(),
            updates,
        }
    }

    fn settle(&mut self, now: Duration, faults: &Faults) {
        while let Some(entry) = self.due.first_entry() {
            let at = entry.key().0;
            if at > now {
                break;
            }
            let due = entry.remove();
            self.now = self.now.max(at);
            self.happens(due, faults);
        }
        self.now = self.now.max(now);
    }

    fn next_due(&self) -> Option<Duration> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    fn after(&mut self, wait: Duration, due: Due) {
        self.scheduled += 1;
        self.due.insert((self.now + wait, self.scheduled), due);
    }

    /// A wait between two bounds, in milliseconds.
    fn latency(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        Duration::from_millis(self.rng.random_range(from_ms..=to_ms))
    }

    fn happens(&mut self, due: Due, faults: &Faults) {
        match due {
            Due::Work(order, life) => self.work(order, life),
            Due::Trade(order, life) => self.trade_if_open(order, life, faults),
            Due::Cancel(order, life) => self.cancelled(order, life, faults),
            Due::FillInstead(order, life) => self.fill_instead(order, life),
            Due::Return(order, life) => self.returns(order, life),
            Due::Send(account, withdrawal) => self.send_withdrawal(&account, &withdrawal),
            Due::Transfer(account, transfer, state) => {
                self.transfer_goes_on(&account, &transfer, state);
            }
            Due::StartProgram(account, name) => self.start_program(&account, &name),
            Due::StartTws(account) => self.start_tws(&account),
            Due::DeadMan(account, front, life) => {
                self.dead_man_fires(&account, front, life, faults);
            }
        }
    }

    fn record(&mut self, account: &AccountId, what: Happening) {
        let name = self
            .accounts
            .get(account)
            .map_or_else(|| account.0.clone(), |account| account.name.clone());
        let event = TruthEvent {
            at_ms: u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX),
            account: name,
            what,
        };
        self.fold.apply(&event);
        self.listeners
            .retain(|listener| listener.send(event.clone()).is_ok());
        self.truth.push(event);
    }

    /// Nobody listening is no failure.
    fn push(&self, update: Update) {
        let _ = self.updates.send(update);
    }

    fn account(&self, id: &AccountId) -> Result<&Account, WorldError> {
        self.accounts
            .get(id)
            .ok_or_else(|| WorldError::NoAccount(id.clone()))
    }

    fn account_mut(&mut self, id: &AccountId) -> Result<&mut Account, WorldError> {
        self.accounts
            .get_mut(id)
            .ok_or_else(|| WorldError::NoAccount(id.clone()))
    }
}
