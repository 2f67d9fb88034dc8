//! What can go wrong on purpose, as data: parsed from `--fault SPEC`, switched on and off while the
//! world runs. This module decides whether a fault bites now; each front end decides how it looks
//! on its wire. A fault never changes what the truth says happened.

mod spec;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

pub(crate) use spec::duration;
pub use spec::{Begins, Fault, SpecError};

use crate::world::{AccountId, Venue};

/// A front end: one kind of wire into the world.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Front {
    /// The socket of TWS or IB Gateway.
    Tws,
    /// The Client Portal gateway.
    ClientPortal,
    /// IBC's command port.
    Ibc,
    /// The broker's Flex Web Service.
    Flex,
    /// Kraken's REST API for spot and margin.
    KrakenSpot,
    /// Kraken's REST API for futures.
    KrakenFutures,
    /// Deribit's JSON-RPC API over HTTPS.
    Deribit,
}

impl Front {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Tws,
        Self::ClientPortal,
        Self::Ibc,
        Self::Flex,
        Self::KrakenSpot,
        Self::KrakenFutures,
        Self::Deribit,
    ];

    /// The id of the door that it serves.
    pub fn id(self) -> &'static str {
        match self {
            Self::Tws => "tws",
            Self::ClientPortal => "client-portal",
            Self::Ibc => "ibc",
            Self::Flex => "flex",
            Self::KrakenSpot => "spot",
            Self::KrakenFutures => "futures",
            Self::Deribit => "api",
        }
    }

    /// The front end of a door's id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|front| front.id() == id)
    }

    /// Where it stands.
    pub fn venue(self) -> Venue {
        match self {
            Self::Tws | Self::ClientPortal | Self::Ibc | Self::Flex => Venue::Ibkr,
            Self::KrakenSpot | Self::KrakenFutures => Venue::Kraken,
            Self::Deribit => Venue::Deribit,
        }
    }
}

macro_rules! kinds {
    ($($variant:ident $id:literal [$($front:ident)*] ($($param:literal)*) $says:literal;)*) => {
        /// One way to be nasty.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum FaultKind {
            $(#[doc = $says] $variant,)*
        }

        impl FaultKind {
            /// All of them, in the order in which `--faults` lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its id in a spec.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it does, in one line.
            pub fn says(self) -> &'static str {
                match self { $(Self::$variant => $says,)* }
            }

            /// The front ends where it bites; none for what happens at the broker itself.
            pub fn fronts(self) -> &'static [Front] {
                match self { $(Self::$variant => &[$(Front::$front,)*],)* }
            }

            /// The parameters that it takes, beside `account`.
            pub fn params(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($param,)*],)* }
            }
        }
    };
}

kinds! {
    ReadOnly "read-only" [Tws] ()
        "API clients may neither place nor cancel: error 321";
    BusyClientId "busy-client-id" [Tws] ("first")
        "every client id below first=1 is in use: error 326, then the socket closes";
    MuteHandshake "mute-handshake" [Tws] ()
        "the socket is accepted and the handshake never answered: the API is switched off";
    LinkLost "link-lost" [Tws] ()
        "TWS has lost its link to the broker: 1100, cancels are taken and go nowhere, lists are old";
    LyingAck "lying-ack" [Tws ClientPortal KrakenSpot KrakenFutures Deribit] ()
        "a cancel is answered as done, and the order goes on working";
    PendingCancelForever "pending-cancel-forever" [Tws ClientPortal KrakenSpot KrakenFutures Deribit] ()
        "cancels are taken and stay pending for ever";
    FillDuringCancel "fill-during-cancel" [Tws ClientPortal KrakenSpot KrakenFutures Deribit] ("every")
        "one order in every=1 trades while its cancel is pending";
    Attacker "attacker" [] ("every" "times")
        "an intruder with a login of its own places an order every=500ms, times=0 (no end)";
    Reappear "reappear" [] ("after" "times")
        "a cancelled order works again after=3s, times=1 for each order";
    RateLimit "rate-limit" [ClientPortal Flex KrakenSpot KrakenFutures Deribit] ("every")
        "one request in every=2 is answered that there were too many";
    PenaltyBox "penalty-box" [ClientPortal] ("lasts")
        "the first request too many shuts this address out: 429 to everything for lasts=10m";
    ColdList "cold-list" [ClientPortal] ("reads")
        "the first reads=1 order lists of a session are empty whatever is open";
    NoCancelAll "no-cancel-all" [ClientPortal] ()
        "order id -1 is not understood: orders are cancelled one by one";
    ErrorIn200 "error-in-200" [ClientPortal KrakenSpot KrakenFutures Deribit] ("every")
        "one request in every=1 that changes something is answered 200 with an error in the body";
    CompetingSession "competing-session" [Tws ClientPortal] ("every")
        "another session of the same username takes the brokerage seat back every=2s";
    MarketClosed "market-closed" [Tws ClientPortal KrakenSpot KrakenFutures Deribit] ()
        "cancels are refused since the market is closed; orders stay open, and nothing trades";
    Unreachable "unreachable" [Tws ClientPortal Ibc Flex KrakenSpot KrakenFutures Deribit] ()
        "connections are closed as soon as they are made: the network is down";
    SecondFactorLost "second-factor-lost" [] ()
        "codes, and what pages ask the second factor for, fail";
    Hang "hang" [Tws ClientPortal Ibc Flex KrakenSpot KrakenFutures Deribit] ()
        "requests are read and never answered";
    HalfOpen "half-open" [Tws ClientPortal Ibc Flex KrakenSpot KrakenFutures Deribit] ()
        "connections are accepted and nothing is ever read or written";
    SlowDrip "slow-drip" [Tws ClientPortal Ibc Flex KrakenSpot KrakenFutures Deribit] ("every")
        "answers come one byte every=200ms";
    TruncatedFrame "truncated-frame" [Tws ClientPortal Ibc Flex KrakenSpot KrakenFutures Deribit] ()
        "answers break off in the middle and the connection closes";
    OversizedFrame "oversized-frame" [Tws ClientPortal Ibc Flex KrakenSpot KrakenFutures Deribit] ()
        "answers are, or claim to be, far larger than anything sensible";
    HostileNames "hostile-names" [Tws ClientPortal Flex KrakenSpot KrakenFutures Deribit] ()
        "names hold HTML, terminal escapes and control characters";
    ClockSkew "clock-skew" [Tws ClientPortal Flex KrakenSpot KrakenFutures Deribit] ("by")
        "the venue's clock is off by=90s";
    Redirect "redirect" [ClientPortal Flex KrakenSpot KrakenFutures Deribit] ()
        "every request is answered 302, to another host";
    HtmlPage "html-page" [ClientPortal Flex KrakenSpot KrakenFutures Deribit] ()
        "every request is answered 200 with a page of HTML";
    WrongTypes "wrong-types" [KrakenSpot KrakenFutures Deribit] ()
        "fields of answers are of another type: a list is a word, an amount is a list";
    MissingFields "missing-fields" [KrakenSpot KrakenFutures Deribit] ()
        "answers lack the field that holds what was asked for";
    Maintenance "maintenance" [Flex KrakenSpot KrakenFutures Deribit] ()
        "the venue is down for maintenance; what a dead-man's switch owes happens after it";
    Lockout "lockout" [KrakenSpot KrakenFutures Deribit] ()
        "the venue locks this address or key out for a time, whatever key is used";
    IpNotAllowed "ip-not-allowed" [Flex KrakenSpot KrakenFutures Deribit] ()
        "keys are bound to another address";
    KeyExpired "key-expired" [Flex KrakenSpot KrakenFutures Deribit] ()
        "keys have expired";
    CodeRefused "code-refused" [Deribit] ()
        "one-time codes are not accepted";
    HiddenSub "hidden-sub" [Deribit] ()
        "the last sub-account cannot be switched into";
    FlexCode "flex-code" [Flex] ("code" "times")
        "requests are answered with the error code=1001, the first times=0 (no end)";
    InProgress "in-progress" [Flex] ("polls")
        "a statement is still being made at its first polls=2 polls";
    ForeignUrl "foreign-url" [Flex] ()
        "a statement is said to be at another host";
    EntityBomb "entity-bomb" [Flex] ()
        "statements declare entities that unfold without end";
}

/// A fault that bites, with its parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bite {
    fault: Fault,
    since: Duration,
}

impl Bite {
    /// A parameter that is a time, or its default.
    pub fn duration(&self, param: &str, default: Duration) -> Duration {
        self.fault
            .param(param)
            .and_then(spec::duration)
            .unwrap_or(default)
    }

    /// A parameter that is a whole number, or its default.
    pub fn number(&self, param: &str, default: u64) -> u64 {
        self.fault
            .param(param)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    }

    /// Since when it bites, since the world began.
    pub fn since(&self) -> Duration {
        self.since
    }
}

/// A fault that was switched on, to switch it off by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FaultHandle(u64);

/// All faults of a world.
pub struct Faults {
    began: Instant,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    switched_on: BTreeMap<FaultHandle, Fault>,
    last: u64,
    accounts: Vec<AccountId>,
    requests: BTreeMap<(Front, AccountId), u64>,
    rolls: BTreeMap<(FaultKind, Front, AccountId), u64>,
    /// When a fault first bit an account.
    bitten: BTreeMap<(FaultHandle, AccountId), Duration>,
}

/// Whether a fault bites: now, from a known time on, or not for now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    Bites(Bite),
    From(Instant),
    Idle,
}

impl Standing {
    fn bite(self) -> Option<Bite> {
        match self {
            Self::Bites(bite) => Some(bite),
            Self::From(_) | Self::Idle => None,
        }
    }
}

impl Faults {
    pub(crate) fn new(began: Instant) -> Self {
        Self {
            began,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Switches a fault on. Its times count from the beginning of the world.
    pub fn switch_on(&self, fault: Fault) -> FaultHandle {
        let mut state = self.lock();
        state.last += 1;
        let handle = FaultHandle(state.last);
        state.switched_on.insert(handle, fault);
        drop(state);
        self.changed.notify_waiters();
        handle
    }

    /// Switches a fault off; nothing when it is off already.
    pub fn switch_off(&self, handle: FaultHandle) {
        self.lock().switched_on.remove(&handle);
        self.changed.notify_waiters();
    }

    /// Switches every fault off.
    pub fn clear(&self) {
        self.lock().switched_on.clear();
        self.changed.notify_waiters();
    }

    /// Whether a fault of this kind bites now at a front end of an account.
    pub fn on(&self, front: Front, account: &AccountId, kind: FaultKind) -> Option<Bite> {
        self.standing(self.began.elapsed(), Some(front), account, kind)
            .bite()
    }

    /// Whether a fault of this kind bites at a front end of an account at a time.
    pub(crate) fn bites_at(
        &self,
        at: Duration,
        front: Front,
        account: &AccountId,
        kind: FaultKind,
    ) -> Option<Bite> {
        self.standing(at, Some(front), account, kind).bite()
    }

    /// Whether a fault of this kind bites at a time anywhere at the broker.
    pub(crate) fn anywhere(
        &self,
        at: Duration,
        account: &AccountId,
        kind: FaultKind,
    ) -> Option<Bite> {
        self.standing(at, None, account, kind).bite()
    }

    /// Whether this is the one in `param` times that a fault bites. Each call counts.
    pub fn one_in(
        &self,
        front: Front,
        account: &AccountId,
        kind: FaultKind,
        param: &str,
        default: u64,
    ) -> bool {
        let Some(bite) = self.on(front, account, kind) else {
            return false;
        };
        let every = bite.number(param, default).max(1);
        let mut state = self.lock();
        let roll = state
            .rolls
            .entry((kind, front, account.clone()))
            .or_default();
        *roll += 1;
        (*roll).is_multiple_of(every)
    }

    /// How many requests a front end of an account has had.
    pub fn requests(&self, front: Front, account: &AccountId) -> u64 {
        self.lock()
            .requests
            .get(&(front, account.clone()))
            .copied()
            .unwrap_or(0)
    }

    pub(crate) fn count(&self, front: Front, account: &AccountId) {
        let mut state = self.lock();
        *state.requests.entry((front, account.clone())).or_default() += 1;
        let awaited = state
            .switched_on
            .values()
            .any(|fault| matches!(fault.begins, Begins::AtRequest(_)));
        drop(state);
        if awaited {
            self.changed.notify_waiters();
        }
    }

    pub(crate) fn serves(&self, account: AccountId) {
        self.lock().accounts.push(account);
        self.changed.notify_waiters();
    }

    pub(crate) fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }

    /// How a kind of fault stands at a time since the world began.
    pub(crate) fn standing(
        &self,
        now: Duration,
        front: Option<Front>,
        account: &AccountId,
        kind: FaultKind,
    ) -> Standing {
        let mut state = self.lock();
        let mut soonest: Option<Duration> = None;
        let mut bites = None;
        for (handle, fault) in &state.switched_on {
            let here = fault.kind == kind
                && fault.is_for(account, &state.accounts)
                && front.is_none_or(|front| fault.bites_at(front))
                && fault.until.is_none_or(|until| now < until);
            if !here {
                continue;
            }
            match fault.begins {
                Begins::At(at) if at > now => {
                    soonest = Some(soonest.map_or(at, |soonest| soonest.min(at)));
                }
                Begins::AtRequest(nth) if state.asked(fault, account) < nth => {}
                Begins::At(at) => {
                    bites = Some((*handle, fault.clone(), at));
                    break;
                }
                Begins::AtRequest(_) => {
                    bites = Some((*handle, fault.clone(), now));
                    break;
                }
            }
        }
        if let Some((handle, fault, since)) = bites {
            let since = *state
                .bitten
                .entry((handle, account.clone()))
                .or_insert(since);
            return Standing::Bites(Bite { fault, since });
        }
        soonest.map_or(Standing::Idle, |at| Standing::From(self.began + at))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The requests that count towards a fault's beginning.
    fn asked(&self, fault: &Fault, account: &AccountId) -> u64 {
        self.requests
            .iter()
            .filter(|((front, asked), _)| {
                asked == account && (fault.kind.fronts().is_empty() || fault.bites_at(*front))
            })
            .map(|(_, count)| count)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> AccountId {
        AccountId(id.to_owned())
    }

    fn faults(specs: &[&str]) -> Faults {
        let faults = Faults::new(Instant::now());
        faults.serves(account("U1"));
        faults.serves(account("U2"));
        for spec in specs {
            faults.switch_on(spec.parse().unwrap());
        }
        faults
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_bites_only_between_its_times() {
        let faults = faults(&["tws/hang@500ms..2s"]);
        let bites = || {
            faults
                .on(Front::Tws, &account("U1"), FaultKind::Hang)
                .is_some()
        };
        assert!(!bites());
        tokio::time::advance(Duration::from_millis(500)).await;
        assert!(bites());
        assert!(
            faults
                .on(Front::ClientPortal, &account("U1"), FaultKind::Hang)
                .is_none()
        );
        tokio::time::advance(Duration::from_millis(1500)).await;
        assert!(!bites());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_begins_at_the_nth_request_of_its_own_door_and_account() {
        let faults = faults(&["client-portal/error-in-200:account=2@#2"]);
        let bites = |id: &str| {
            faults
                .on(Front::ClientPortal, &account(id), FaultKind::ErrorIn200)
                .is_some()
        };
        faults.count(Front::ClientPortal, &account("U2"));
        faults.count(Front::Tws, &account("U2"));
        faults.count(Front::ClientPortal, &account("U1"));
        faults.count(Front::ClientPortal, &account("U1"));
        assert!(!bites("U2"));
        faults.count(Front::ClientPortal, &account("U2"));
        assert!(bites("U2"));
        assert!(!bites("U1"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_is_switched_off_by_its_handle_alone() {
        let faults = faults(&["read-only"]);
        let second = faults.switch_on("hang".parse().unwrap());
        faults.switch_off(second);
        let on = |kind| faults.on(Front::Tws, &account("U1"), kind).is_some();
        assert!(on(FaultKind::ReadOnly));
        assert!(!on(FaultKind::Hang));
    }

    #[tokio::test(start_paused = true)]
    async fn one_in_three_bites_every_third_time() {
        let faults = faults(&["rate-limit:every=3"]);
        let bitten = (0..9)
            .map(|_| {
                faults.one_in(
                    Front::ClientPortal,
                    &account("U1"),
                    FaultKind::RateLimit,
                    "every",
                    2,
                )
            })
            .filter(|bitten| *bitten)
            .count();
        assert_eq!(bitten, 3);
    }
}
