//! The gateway's own state, and which endpoint answers what. It knows the broker's truth only
//! through the world, and keeps nothing of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{
    answer::Answer,
    call::{Call, Request, Tier},
    pacing::{Pacing, TooMany},
    place::Question,
};
use crate::{
    faults::{Bite, FaultKind, Front},
    https::Site,
    world::{AccountId, SessionId, Username, World},
};

/// One gateway, of one username.
pub(super) struct Portal {
    pub(super) site: Site,
    pub(super) world: World,
    pub(super) account: AccountId,
    pub(super) username: Username,
    /// Somebody logged in.
    pub(super) logged_in: Notify,
    state: Mutex<State>,
}

/// What the gateway remembers.
#[derive(Default)]
pub(super) struct State {
    pub(super) login: Option<Login>,
    /// When somebody asked anything last.
    pub(super) last_request: Duration,
    pacing: Pacing,
    /// When each notice was first told, by its words.
    pub(super) notices: BTreeMap<String, Duration>,
}

/// The login that the gateway holds.
pub(super) struct Login {
    pub(super) session: SessionId,
    /// The value of the session cookie.
    pub(super) secret: String,
    pub(super) began: Duration,
    /// `/portfolio/accounts` was read: the other endpoints of the portfolio answer.
    pub(super) portfolio_listed: bool,
    pub(super) brokerage: Option<Brokerage>,
}

/// What lasts as long as the brokerage session.
#[derive(Default)]
pub(super) struct Brokerage {
    pub(super) began: Duration,
    /// How often the seat had been lost before: a seat won back is a new session.
    pub(super) evicted: u64,
    /// `/iserver/accounts` was read: orders can be listed and cancelled.
    pub(super) accounts_listed: bool,
    /// How many order lists were answered.
    pub(super) order_lists: u64,
    /// The list of trades was asked for once.
    pub(super) trades_warm: bool,
    /// Questions about orders that wait for an answer, by their ids.
    pub(super) questions: BTreeMap<String, Question>,
    /// Questions that are not to be asked.
    pub(super) suppressed: BTreeSet<String>,
}

impl Portal {
    pub(super) fn new(world: World, account: AccountId, username: Username) -> Self {
        Self {
            site: Site {
                world: world.clone(),
                account: account.clone(),
                front: Front::ClientPortal,
            },
            world,
            account,
            username,
            logged_in: Notify::new(),
            state: Mutex::default(),
        }
    }

    /// The answer to a request that was understood.
    pub(super) fn reply_to(&self, request: &Request) -> Answer {
        let mut state = self.state();
        if let Err(TooMany) = self.admit(&mut state, &request.call) {
            return Answer::too_many();
        }
        state.last_request = self.world.now();
        if request.call.changes()
            && self.world.faults().one_in(
                Front::ClientPortal,
                &self.account,
                FaultKind::ErrorIn200,
                "every",
                1,
            )
        {
            return Answer::error_in_200("Operation could not be completed, please retry later");
        }
        self.look_at_session(&mut state);
        let Some(login) = state.login.as_mut() else {
            return Answer::logged_out();
        };
        match (request.call.tier(), login.brokerage.is_some()) {
            (Tier::Brokerage, false) => Answer::no_brokerage_session(),
            (Tier::Brokerage, true) | (Tier::Login, _) => self.dispatch(&mut state, request),
        }
    }

    fn dispatch(&self, state: &mut State, request: &Request) -> Answer {
        match &request.call {
            Call::AuthStatus => self.auth_status(state),
            Call::Init => self.init(state, &request.body),
            Call::Tickle => self.tickle(state),
            Call::Logout => self.log_out(state),
            Call::Validate => self.validate(state),
            Call::Reauthenticate => self.reauthenticate(state),
            Call::Accounts => self.accounts(state),
            Call::SelectAccount => self.select_account(request),
            Call::Orders => self.order_list(state, &request.query),
            Call::OrderStatus(id) => self.order_status(state, id),
            Call::Cancel { account, order } => self.cancel(state, account, order),
            Call::Place { account } => self.place(state, account, &request.body),
            Call::Reply(id) => self.reply(state, id, &request.body),
            Call::Suppress => Self::suppress(state, &request.body),
            Call::SuppressReset => Self::suppress_reset(state),
            Call::Trades => self.trades(state, &request.query),
            Call::PortfolioAccounts => self.portfolio_accounts(state),
            Call::Positions { account, page } => self.positions(state, account, page),
            Call::UncachedPositions { account } => self.uncached_positions(state, account),
            Call::Ledger { account } => self.ledger(state, account),
            Call::Summary { account } => self.summary(state, account),
            Call::Notifications => self.notifications(state, &request.query),
            Call::UnreadNumber => self.unread_number(),
        }
    }

    fn admit(&self, state: &mut State, call: &Call) -> Result<(), TooMany> {
        let (faults, account) = (self.world.faults(), &self.account);
        if faults.one_in(
            Front::ClientPortal,
            account,
            FaultKind::RateLimit,
            "every",
            2,
        ) {
            return Err(TooMany);
        }
        let at_once = self
            .bite(FaultKind::PenaltyBox)
            .map(|bite| bite.duration("lasts", Duration::from_mins(10)));
        state.pacing.admit(self.world.now(), call.pacing(), at_once)
    }

    pub(super) fn bite(&self, kind: FaultKind) -> Option<Bite> {
        self.world
            .faults()
            .on(Front::ClientPortal, &self.account, kind)
    }

    /// A name as this gateway tells it.
    pub(super) fn name(&self, name: &str) -> String {
        self.world.name(Front::ClientPortal, &self.account, name)
    }

    /// Milliseconds since 1970 of a time since the world began, as this gateway tells it.
    pub(super) fn millis(&self, since: Duration) -> i64 {
        self.told(since).as_millisecond()
    }

    /// A time since the world began, as this gateway tells it.
    pub(super) fn told(&self, since: Duration) -> jiff::Timestamp {
        self.world.told(Front::ClientPortal, &self.account, since)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The brokerage session, where there is one.
    pub(super) fn brokerage(&mut self) -> Option<&mut Brokerage> {
        self.login.as_mut()?.brokerage.as_mut()
    }
}
