//! Logins, brokerage seats, and the clients of the TWS socket. One username holds one seat, and
//! nothing here gives a seat without taking it from whoever had it.

use std::time::Duration;

use tokio::sync::watch;

use super::{
    AccountId, Due, Inner, Platform, Session, SessionId, Update, Username, World, WorldError,
};
use crate::{
    faults::{FaultKind, Front},
    truth::Happening,
};

/// How long a restart of TWS takes.
const RESTART: Duration = Duration::from_secs(2);

/// What somebody logs in with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Login {
    /// As whom.
    pub username: Username,
    /// Where.
    pub platform: Platform,
    /// Device and place, as the broker's page shows them.
    pub label: String,
    /// Which password is used: the one that [`World::password`] told at the time it was learnt.
    pub password: u64,
    /// Whether it is the owner's own, on the owner's own computer.
    pub here: bool,
}

impl World {
    /// The number of a user's password now. Whoever learnt an older one cannot log in.
    pub fn password(&self, username: &Username) -> Option<u64> {
        let inner = self.settle();
        Some(inner.users.get(username)?.password)
    }

    /// Logs in. The session can read; to trade it must take the seat.
    pub fn log_in(&self, login: &Login) -> Result<SessionId, WorldError> {
        self.settle().log_in(login, false)
    }

    /// The same for an intruder. Nothing but the truth tells the difference.
    pub fn break_in(&self, login: &Login) -> Result<SessionId, WorldError> {
        self.settle().log_in(login, true)
    }

    /// Logs the owner in on the owner's computer, with the password as it is now. A removed user and a locked account are refused.
    pub fn open_session(
        &self,
        username: &Username,
        platform: Platform,
        label: &str,
    ) -> Result<SessionId, WorldError> {
        let mut inner = self.settle();
        let password = inner
            .users
            .get(username)
            .ok_or_else(|| WorldError::NoUser(username.clone()))?
            .password;
        let login = Login {
            username: username.clone(),
            platform,
            label: label.to_owned(),
            password,
            here: true,
        };
        inner.log_in(&login, false)
    }

    /// Takes the brokerage seat of the session's username. With `compete` it evicts who holds it,
    /// without it that is an error. Nothing happens when this session holds it already.
    pub fn take_seat(&self, session: SessionId, compete: bool) -> Result<(), WorldError> {
        self.settle().take_seat(session, compete)
    }

    /// Gives the seat up and stays logged in.
    pub fn leave_seat(&self, session: SessionId) {
        self.settle().leave_seat(session);
    }

    /// Ends a session. `why` is for the truth (`logout`, `stopped`, ...).
    pub fn end_session(&self, session: SessionId, why: &str) {
        self.settle().end_session(session, why);
    }

    /// A session as it stands, also after its end.
    pub fn session(&self, session: SessionId) -> Option<Session> {
        self.settle().sessions.get(&session).cloned()
    }

    /// The sessions of an account's users that live, oldest first.
    pub fn sessions(&self, account: &AccountId) -> Vec<Session> {
        self.settle().live_sessions(account).cloned().collect()
    }

    /// Who holds a username's brokerage seat.
    pub fn seat_holder(&self, username: &Username) -> Option<Session> {
        let inner = self.settle();
        inner
            .sessions
            .values()
            .find(|session| session.alive && session.seat && session.username == *username)
            .cloned()
    }

    /// Whether TWS runs, and when that changes: its front end closes its listener on `false` and
    /// listens again on `true`.
    pub fn tws_running(&self, account: &AccountId) -> Result<watch::Receiver<bool>, WorldError> {
        Ok(self.settle().account(account)?.tws_running.subscribe())
    }

    /// Starts TWS if it does not run: it logs its user in and takes the seat.
    pub fn start_tws(&self, account: &AccountId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.account(account)?;
        inner.start_tws(account);
        Ok(())
    }

    /// Stops TWS for good, as IBC does: its session ends, and with it go the programs at its socket
    /// and their watchdogs. Orders stay. No news when it is stopped.
    pub fn stop_tws(&self, account: &AccountId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.stop_tws(account)?;
        inner.stop_clients(account);
        Ok(())
    }

    /// Stops TWS, and starts it again two seconds later.
    pub fn restart_tws(&self, account: &AccountId) -> Result<(), WorldError> {
        let mut inner = self.settle();
        inner.stop_tws(account)?;
        inner.after(RESTART, Due::StartTws(account.clone()));
        Ok(())
    }

    /// The user as whom TWS is logged in.
    pub fn tws_user(&self, account: &AccountId) -> Result<Username, WorldError> {
        Ok(self.settle().account(account)?.tws_user.clone())
    }

    /// Whether TWS has its link to the broker: it runs, holds its seat, and no fault cut it.
    pub fn tws_linked(&self, account: &AccountId) -> bool {
        if self
            .faults()
            .on(Front::Tws, account, FaultKind::LinkLost)
            .is_some()
        {
            return false;
        }
        self.settle().tws_seated(account)
    }

    /// Connects a client to TWS' socket. The answer names this connection for
    /// [`World::disconnect_client`].
    pub fn connect_client(&self, account: &AccountId, client: i32) -> Result<u64, WorldError> {
        let first_free = self
            .faults()
            .on(Front::Tws, account, FaultKind::BusyClientId)
            .map(|bite| i32::try_from(bite.number("first", 1)).unwrap_or(i32::MAX));
        let mut inner = self.settle();
        let account = inner.account_mut(account)?;
        if !*account.tws_running.borrow() {
            return Err(WorldError::TwsStopped);
        }
        if account.clients.contains_key(&client) || first_free.is_some_and(|free| client < free) {
            return Err(WorldError::ClientIdInUse(client));
        }
        account.last_connection += 1;
        account.clients.insert(client, account.last_connection);
        Ok(account.last_connection)
    }

    /// Forgets a client whose connection is gone. Its orders stay. A later connection with the same
    /// client id is left alone.
    pub fn disconnect_client(&self, account: &AccountId, client: i32, connection: u64) {
        let mut inner = self.settle();
        if let Ok(account) = inner.account_mut(account)
            && account.clients.get(&client) == Some(&connection)
        {
            account.clients.remove(&client);
        }
    }

    /// The clients that are connected to TWS' socket.
    pub fn clients(&self, account: &AccountId) -> Vec<i32> {
        let inner = self.settle();
        inner
            .accounts
            .get(account)
            .map(|account| account.clients.keys().copied().collect())
            .unwrap_or_default()
    }

    /// The next number that a client may give to an order; higher than all used ones.
    pub fn next_order_id(&self, account: &AccountId) -> Result<i32, WorldError> {
        Ok(self.settle().account(account)?.next_order_id)
    }
}

impl Inner {
    pub(super) fn log_in(
        &mut self,
        login: &Login,
        intruder: bool,
    ) -> Result<SessionId, WorldError> {
        let user = self
            .users
            .get(&login.username)
            .ok_or_else(|| WorldError::NoUser(login.username.clone()))?;
        let account = user.account.clone();
        if user.removed || user.password != login.password {
            return Err(WorldError::LoginRefused);
        }
        if self.account(&account)?.locked {
            return Err(WorldError::Locked);
        }
        self.last_session += 1;
        let session = Session {
            id: SessionId(self.last_session),
            username: login.username.clone(),
            platform: login.platform,
            label: login.label.clone(),
            here: login.here,
            alive: true,
            seat: false,
            evicted: 0,
            opened: self.now,
        };
        self.record(
            &account,
            Happening::SessionOpened {
                session: session.id,
                username: session.username.0.clone(),
                platform: session.platform.id().to_owned(),
                intruder,
            },
        );
        let id = session.id;
        self.push(Update::Session(account, session.clone()));
        self.sessions.insert(id, session);
        Ok(id)
    }

    fn take_seat(&mut self, id: SessionId, compete: bool) -> Result<(), WorldError> {
        let session = self.sessions.get(&id).filter(|session| session.alive);
        let session = session.ok_or(WorldError::SessionEnded)?;
        if session.seat {
            return Ok(());
        }
        let username = session.username.clone();
        let account = self.account_of(&username)?;
        let holder = self
            .sessions
            .values_mut()
            .find(|other| other.alive && other.seat && other.username == username);
        if let Some(holder) = holder {
            if !compete {
                return Err(WorldError::Competing);
            }
            holder.seat = false;
            holder.evicted += 1;
            let holder = holder.clone();
            self.push(Update::Session(account.clone(), holder));
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.seat = true;
            let session = session.clone();
            self.push(Update::Session(account, session));
        }
        Ok(())
    }

    fn leave_seat(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id).filter(|session| session.seat) else {
            return;
        };
        session.seat = false;
        let session = session.clone();
        if let Ok(account) = self.account_of(&session.username) {
            self.push(Update::Session(account, session));
        }
    }

    pub(super) fn end_session(&mut self, id: SessionId, why: &str) {
        let Some(session) = self.sessions.get_mut(&id).filter(|session| session.alive) else {
            return;
        };
        session.alive = false;
        session.seat = false;
        let session = session.clone();
        let Ok(account) = self.account_of(&session.username) else {
            return;
        };
        self.record(
            &account,
            Happening::SessionEnded {
                session: id,
                why: why.to_owned(),
            },
        );
        let is_tws = self
            .accounts
            .get(&account)
            .is_some_and(|account| account.tws_session == Some(id));
        if is_tws && let Ok(account) = self.account_mut(&account) {
            account.tws_session = None;
            account.clients.clear();
            account.tws_running.send_replace(false);
        }
        self.push(Update::Session(account, session));
    }

    pub(super) fn live_sessions(&self, account: &AccountId) -> impl Iterator<Item = &Session> {
        self.sessions.values().filter(move |session| {
            session.alive
                && self
                    .users
                    .get(&session.username)
                    .is_some_and(|user| user.account == *account)
        })
    }

    pub(super) fn account_of(&self, username: &Username) -> Result<AccountId, WorldError> {
        self.users
            .get(username)
            .map(|user| user.account.clone())
            .ok_or_else(|| WorldError::NoUser(username.clone()))
    }

    pub(super) fn tws_seated(&self, account: &AccountId) -> bool {
        self.accounts
            .get(account)
            .and_then(|account| account.tws_session)
            .and_then(|session| self.sessions.get(&session))
            .is_some_and(|session| session.alive && session.seat)
    }

    /// A login that is refused leaves TWS stopped.
    pub(super) fn start_tws(&mut self, id: &AccountId) {
        let Ok(account) = self.account(id) else {
            return;
        };
        if account.tws_session.is_some() {
            return;
        }
        let username = account.tws_user.clone();
        let Some(password) = self.users.get(&username).map(|user| user.password) else {
            return;
        };
        let login = Login {
            username,
            platform: Platform::Tws,
            label: "Trader Workstation, this computer".to_owned(),
            password,
            here: true,
        };
        let Ok(session) = self.log_in(&login, false) else {
            return;
        };
        // it was alive a line ago, and competing cannot fail
        let _ = self.take_seat(session, true);
        if let Ok(account) = self.account_mut(id) {
            account.tws_session = Some(session);
            account.tws_running.send_replace(true);
        }
    }

    pub(super) fn stop_tws(&mut self, id: &AccountId) -> Result<(), WorldError> {
        if let Some(session) = self.account(id)?.tws_session {
            self.end_session(session, "stopped");
        }
        Ok(())
    }
}
