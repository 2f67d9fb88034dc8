//! An actor in the world: gets in with what they have, and does what the broker lets anybody do who
//! has that.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Access, Actor, Deed, Pace};
use crate::world::{
    AccountId, AccountView, ApiKey, By, Device, KeyWish, Login, NewOrder, OrderType, Platform,
    Plot, Program, SessionId, Username, Venue, World, WorldError,
};

pub(super) struct Intruder {
    world: World,
    account: AccountId,
    label: String,
    innocent: bool,
    pace: Pace,
    way: Way,
}

enum Way {
    Login {
        username: Username,
        password: u64,
        platform: Platform,
        session_only: bool,
        session: Mutex<Option<SessionId>>,
    },
    Key(String),
    Client(i32),
    Outside,
}

impl Intruder {
    /// What they have is right as of now. A program runs from now on.
    pub(super) fn new(world: &World, account: &AccountId, actor: &Actor, pace: Pace) -> Self {
        let way = match &actor.access {
            Access::Login {
                user,
                platform,
                session_only,
            } => {
                let view = world.account(account);
                let name = view.map(|view| view.name).unwrap_or_default();
                let username = Username(format!("{name}-{user}"));
                Way::Login {
                    password: world.password(&username).unwrap_or_default(),
                    username,
                    platform: *platform,
                    session_only: *session_only,
                    session: Mutex::new(None),
                }
            }
            Access::Key { name } | Access::ApiKey { name } => Way::Key(name.clone()),
            Access::Client { id, .. } => Way::Client(*id),
            Access::Outside {} => Way::Outside,
        };
        let program = match &actor.access {
            Access::Client { id, watchdog } => Some((Some(*id), *watchdog)),
            Access::ApiKey { .. } if actor.innocent => Some((None, None)),
            Access::Login { .. }
            | Access::Key { .. }
            | Access::ApiKey { .. }
            | Access::Outside {} => None,
        };
        if let Some((client, watchdog)) = program {
            // who does not exist runs nothing
            let _ = world.run_program(
                account,
                Program {
                    name: actor.label.clone(),
                    client,
                    watchdog: watchdog.map(|after| pace.real(after)),
                    running: true,
                    watched: watchdog.is_some(),
                },
            );
        }
        Self {
            world: world.clone(),
            account: account.clone(),
            label: actor.label.clone(),
            innocent: actor.innocent,
            pace,
            way,
        }
    }

    /// One with a login on a platform, as it is now.
    pub(super) fn with_login(
        world: &World,
        account: &AccountId,
        username: Username,
        platform: Platform,
        label: &str,
    ) -> Option<Self> {
        Some(Self {
            world: world.clone(),
            account: account.clone(),
            label: label.to_owned(),
            innocent: false,
            pace: Pace::default(),
            way: Way::Login {
                password: world.password(&username)?,
                username,
                platform,
                session_only: false,
                session: Mutex::new(None),
            },
        })
    }

    /// Whether they had a way in and lost it.
    pub(super) fn is_cut(&self) -> bool {
        match &self.way {
            Way::Login { session, .. } => {
                let session = lock(session).and_then(|id| self.world.session(id));
                session.is_some_and(|session| !session.alive)
            }
            Way::Key(name) => {
                let keys = self.view().map(|view| view.keys).unwrap_or_default();
                let mut named = keys.iter().filter(|key| key.name == *name);
                let refused = named.next().is_some_and(|key| !key.enabled);
                refused || self.is_stopped()
            }
            Way::Client(_) => {
                let running = self.world.tws_running(&self.account);
                self.is_stopped() || running.is_ok_and(|running| !*running.borrow())
            }
            Way::Outside => false,
        }
    }

    /// Whether they are a program that was stopped.
    fn is_stopped(&self) -> bool {
        let programs = self.view().map(|view| view.programs).unwrap_or_default();
        let mut own = programs.iter().filter(|program| program.name == self.label);
        own.next().is_some_and(|program| !program.running)
    }

    pub(super) fn does(&self, deed: &Deed) -> Result<(), WorldError> {
        let (world, account) = (&self.world, &self.account);
        match deed {
            Deed::LogIn => self.with_a_login(),
            Deed::UseKey => self.uses_key(),
            Deed::Place { .. } => self.places(deed),
            Deed::CancelStops => self.cancels(|waits| waits),
            Deed::CancelOrders => self.cancels(|_| true),
            Deed::TakeSeat => self.enters(true).map(|_| ()),
            Deed::Withdraw {
                amount,
                target,
                leaves_after,
            } => {
                self.may_withdraw(target)?;
                let leaves_after = self.pace.real(*leaves_after);
                world
                    .ask_withdrawal_by(account, *amount, target, leaves_after, !self.innocent)
                    .map(|_| ())
            }
            Deed::TransferOut {
                to,
                validated_after,
                leaves_after,
            } => world
                .ask_transfer(
                    account,
                    to,
                    self.pace.real(*validated_after),
                    self.pace.real(*leaves_after),
                    !self.innocent,
                )
                .map(|_| ()),
            Deed::CreateKey(wish) => self.creates_key(wish),
            Deed::RevokeKey { name } => {
                self.changes_settings()?;
                world.revoke_key(account, name)
            }
            Deed::AddDevice { name } => {
                self.changes_settings()?;
                let device = Device {
                    name: name.clone(),
                    known: self.innocent,
                };
                world.add_device(account, device)
            }
            Deed::RemoveDevice { name } => {
                self.changes_settings()?;
                world.remove_device(account, name)
            }
            Deed::AddUser { name } => {
                self.changes_settings()?;
                world.add_user(account, &Username(name.clone()), self.innocent)
            }
            Deed::ChangeContact { what, to } => {
                self.changes_settings()?;
                world.change_contact(account, *what, to, !self.innocent)
            }
            Deed::AllowAddress { target } => {
                self.changes_settings()?;
                let asset = match self.view()?.exchange.venue {
                    Venue::Ibkr => "USD",
                    Venue::Kraken | Venue::Deribit => "USDC",
                };
                world.allow_address(account, target, asset, self.innocent)
            }
        }
    }

    fn places(&self, deed: &Deed) -> Result<(), WorldError> {
        let Deed::Place {
            symbol,
            con_id,
            side,
            quantity,
            limit,
            fills_at,
        } = deed
        else {
            return Ok(());
        };
        let (world, account) = (&self.world, &self.account);
        let by = self.enters(true)?;
        let ask = NewOrder {
            instrument: world.thin_instrument(account, *con_id, symbol),
            side: *side,
            quantity: *quantity,
            order_type: limit.map_or(OrderType::Market, |_| OrderType::Limit),
            limit: *limit,
            stop: None,
            tif: "DAY".to_owned(),
            order_ref: String::new(),
        };
        if let Some(api) = self.api_key()?
            && !api.front.trades(&ask.instrument)
        {
            return Err(WorldError::NotAllowed(
                "the key does not work where this is traded",
            ));
        }
        let order_id = match by {
            By::Client(_) => world.next_order_id(account)?,
            By::Session(_) | By::Key(_) => 0,
        };
        let plot = Plot {
            intruder: !self.innocent,
            fills_at: *fills_at,
        };
        world
            .place_in(plot, account, ask, &by, order_id)
            .map(|_| ())
    }

    /// Cancels the orders that wait for a price, or all.
    fn cancels(&self, wanted: impl Fn(bool) -> bool) -> Result<(), WorldError> {
        let by = self.enters(true)?;
        let front = self.api_key()?.map(|api| api.front);
        for order in self.world.orders(&self.account) {
            let here = front.is_none_or(|front| front.trades(&order.ask.instrument));
            if order.open() && here && wanted(order.ask.order_type.waits()) {
                self.world.cancel(&self.account, order.perm_id, &by)?;
            }
        }
        Ok(())
    }

    fn uses_key(&self) -> Result<(), WorldError> {
        let Way::Key(name) = &self.way else {
            return Err(WorldError::NotAllowed("there is no key to use"));
        };
        self.enters(false)?;
        match self.api_key()? {
            Some(_) => self.world.use_key(&self.account, name, None),
            None => Ok(()),
        }
    }

    fn creates_key(&self, wish: &KeyWish) -> Result<(), WorldError> {
        let view = self.view()?;
        match self.enters(false)? {
            // an OAuth consumer of the broker can register another
            By::Key(_) if view.exchange.venue == Venue::Ibkr => {}
            By::Key(_) => {
                let api = self.api_key()?;
                let manages = api.is_some_and(|api| api.scopes.contains("account:read_write"));
                if !manages {
                    return Err(WorldError::NotAllowed("the key cannot make keys"));
                }
            }
            By::Session(_) => not_locked(&view)?,
            By::Client(_) => return Err(WorldError::NotAllowed("it takes a login")),
        }
        self.world.grant_key(&self.account, wish, !self.innocent)
    }

    /// Money leaves by a login, or by a key with that right to an address in the book.
    fn may_withdraw(&self, target: &str) -> Result<(), WorldError> {
        match self.enters(false)? {
            By::Session(_) => Ok(()),
            By::Client(_) => Err(WorldError::NotAllowed("no money leaves by that socket")),
            By::Key(_) => {
                let withdraws = self.api_key()?.is_some_and(|api| api.withdraws());
                if !withdraws {
                    return Err(WorldError::NotAllowed("the key cannot withdraw"));
                }
                let book = self.view()?.exchange.addresses;
                let known = book
                    .iter()
                    .any(|saved| saved.address == target || saved.label == target);
                if known {
                    Ok(())
                } else {
                    Err(WorldError::NotAllowed("the address is not in the book"))
                }
            }
        }
    }

    fn changes_settings(&self) -> Result<(), WorldError> {
        self.with_a_login()?;
        not_locked(&self.view()?)
    }

    fn with_a_login(&self) -> Result<(), WorldError> {
        match &self.way {
            Way::Login { .. } => self.enters(false).map(|_| ()),
            Way::Key(_) | Way::Client(_) | Way::Outside => {
                Err(WorldError::NotAllowed("it takes a login"))
            }
        }
    }

    /// Gets in, again where it must and can. To trade the seat is taken, from whoever has it.
    fn enters(&self, to_trade: bool) -> Result<By, WorldError> {
        match &self.way {
            Way::Login {
                username,
                password,
                platform,
                session_only,
                session,
            } => {
                let mut session = lock(session);
                let before = session.and_then(|id| self.world.session(id));
                let id = match before {
                    Some(before) if before.alive => before.id,
                    Some(_) if *session_only => return Err(WorldError::SessionEnded),
                    Some(_) | None => {
                        let login = Login {
                            username: username.clone(),
                            platform: *platform,
                            label: self.label.clone(),
                            password: *password,
                            here: false,
                        };
                        if self.innocent {
                            self.world.log_in(&login)?
                        } else {
                            self.world.break_in(&login)?
                        }
                    }
                };
                *session = Some(id);
                if to_trade {
                    self.world.take_seat(id, true)?;
                }
                Ok(By::Session(id))
            }
            Way::Key(name) => {
                if self.is_stopped() {
                    return Err(WorldError::NotAllowed("the program was stopped"));
                }
                let keys = self.view()?.keys;
                let works = keys.iter().any(|key| {
                    let lapsed = key.api.as_ref().and_then(|api| api.expires);
                    let lapsed = lapsed.is_some_and(|end| self.world.now() >= end);
                    key.name == *name && key.enabled && !lapsed
                });
                if works {
                    Ok(By::Key(name.clone()))
                } else {
                    Err(WorldError::KeyRevoked)
                }
            }
            Way::Client(id) => {
                if self.is_stopped() {
                    return Err(WorldError::NotAllowed("the program was stopped"));
                }
                match self.world.connect_client(&self.account, *id) {
                    // its own connection of before
                    Ok(_) | Err(WorldError::ClientIdInUse(_)) => Ok(By::Client(*id)),
                    Err(error) => Err(error),
                }
            }
            Way::Outside => Err(WorldError::NotAllowed("it takes a login")),
        }
    }

    fn api_key(&self) -> Result<Option<ApiKey>, WorldError> {
        let Way::Key(name) = &self.way else {
            return Ok(None);
        };
        let keys = self.view()?.keys;
        let key = keys.into_iter().find(|key| key.name == *name);
        Ok(key.and_then(|key| key.api))
    }

    fn view(&self) -> Result<AccountView, WorldError> {
        self.world.account(&self.account)
    }
}

fn not_locked(view: &AccountView) -> Result<(), WorldError> {
    if view.locked {
        Err(WorldError::Locked)
    } else {
        Ok(())
    }
}

fn lock(session: &Mutex<Option<SessionId>>) -> MutexGuard<'_, Option<SessionId>> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}
