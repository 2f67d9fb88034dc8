//! The Client Portal Web API through its gateway, as a door.
//!
//! The gateway answers an order list empty before it has read it, puts errors into good answers,
//! and takes few calls: what it says is read as a listing only when it says that it is whole.

mod acts;
mod capture;
mod gateway;
mod limiter;
mod seat;
mod wire;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use door::{
    CancelScope, Door, DoorError, DoorKind, ErrorClass, Family, Fill, Forget, Found, Health, Keep,
    Lever, LeverSupport, Position, Pull, Reading, Receipt, Released, Unseen,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::{
    gateway::{Call, Gateway, malformed},
    limiter::Pace,
    seat::Seat,
    wire::{AuthStatus, Listed, OrderList},
};
use super::levers::WEB_SESSIONS_LIVE_ON;
use crate::{
    config::{Fingerprint, Kind},
    config_error::ConfigError,
};

/// Pages of positions that are read before it is too much.
const PAGES_AT_MOST: usize = 50;
/// How long the fills beside a listing are waited for.
const FILLS_WITHIN: Duration = Duration::from_secs(6);

/// What a Client Portal door is built from.
pub(super) struct Settings {
    pub(super) authority: String,
    pub(super) pin: Option<Fingerprint>,
    pub(super) levers: Vec<LeverSupport>,
    pub(super) unseen: Vec<Unseen>,
}

/// The gateway, its levers, and the login behind it.
pub(super) struct ClientPortalDoor {
    kind: DoorKind,
    gateway: Arc<Gateway>,
    seat: Seat,
    login: tokio::sync::Mutex<Option<Login>>,
    portfolio: tokio::sync::Mutex<()>,
    first_orders: tokio::sync::Mutex<()>,
    first_trades: tokio::sync::Mutex<()>,
    warm: Mutex<Warm>,
    levers: Vec<LeverSupport>,
    unseen: Vec<Unseen>,
}

/// What the gateway's login is for.
#[derive(Clone, Debug)]
struct Login {
    accounts: Vec<String>,
    paper: bool,
    generation: u64,
}

/// Which lists have been asked for in which session, by their path.
#[derive(Default)]
struct Warm {
    generation: u64,
    asked: HashMap<String, Asked>,
}

#[derive(Clone, Copy, Default)]
struct Asked {
    before: bool,
    forced: bool,
}

impl ClientPortalDoor {
    pub(super) fn new(settings: Settings) -> Result<Self, ConfigError> {
        let gateway = Arc::new(Gateway::new(&settings.authority, settings.pin)?);
        Ok(Self {
            kind: Kind::ClientPortal.door_kind(),
            seat: Seat::new(Arc::clone(&gateway)),
            gateway,
            login: tokio::sync::Mutex::default(),
            portfolio: tokio::sync::Mutex::default(),
            first_orders: tokio::sync::Mutex::default(),
            first_trades: tokio::sync::Mutex::default(),
            warm: Mutex::default(),
            levers: settings.levers,
            unseen: settings.unseen,
        })
    }

    /// Who is logged in, and for which accounts; asked once a session.
    async fn login(&self, keep: &dyn Keep) -> Result<Login, DoorError> {
        let mut login = self.login.lock().await;
        let generation = self.seat.record().generation;
        if let Some(login) = login.as_ref().filter(|it| it.generation == generation) {
            return Ok(login.clone());
        }
        let status = self.auth_status(keep).await?;
        if !status.authenticated {
            return Err(not_logged_in());
        }
        if !status.begun {
            self.seat.begin(false, keep).await?;
        }
        let call = Call::get("/iserver/accounts", Pace::Free, "accounts").urgent();
        let (accounts, paper) = wire::accounts(&self.gateway.ask(call, keep).await?)?;
        let fresh = Login {
            accounts,
            paper,
            generation: self.seat.record().generation,
        };
        *login = Some(fresh.clone());
        Ok(fresh)
    }

    async fn auth_status(&self, keep: &dyn Keep) -> Result<AuthStatus, DoorError> {
        let call =
            Call::post("/iserver/auth/status", json!({}), Pace::Free, "auth-status").urgent();
        let status = wire::auth_status(&self.gateway.ask(call, keep).await?)?;
        self.seat.seen(&status);
        Ok(status)
    }

    /// Asks for `path` until the gateway has had the chance to read it: the first answer in a
    /// session is not one. `whole` tells whether an answer is a listing.
    async fn listed<T>(
        &self,
        path: &str,
        pace: Pace,
        label: &str,
        keep: &dyn Keep,
        whole: impl Fn(&Value) -> Result<Option<T>, DoorError>,
    ) -> Result<T, DoorError> {
        self.first_asked(path, pace, label, keep).await?;
        let answer = self.gateway.ask(Call::get(path, pace, label), keep).await?;
        whole(&answer)?.ok_or_else(|| cold(pace))
    }

    /// Asks for `path` the first time in this session, whose answer is none. Whoever comes meanwhile
    /// waits for that one: asking twice would keep the list from being read for a whole pace more.
    async fn first_asked(
        &self,
        path: &str,
        pace: Pace,
        label: &str,
        keep: &dyn Keep,
    ) -> Result<(), DoorError> {
        let _one_at_a_time = if pace == Pace::Trades {
            self.first_trades.lock().await
        } else {
            self.first_orders.lock().await
        };
        if !self.asked(path, |asked| asked.before) {
            self.gateway.ask(Call::get(path, pace, label), keep).await?;
            self.ask_noted(path, |asked| asked.before = true);
        }
        Ok(())
    }

    /// The orders of `account`, whole. An empty list is believed only after the gateway was made to
    /// read anew in this session.
    async fn orders_of(
        &self,
        account: &str,
        several: bool,
        keep: &dyn Keep,
    ) -> Result<OrderList, DoorError> {
        const PATH: &str = "/iserver/account/orders";
        if several {
            let body = json!({ "acctId": account });
            let call = Call::post("/iserver/account", body, Pace::Free, "account-switch");
            self.gateway.ask(call, keep).await?;
        }
        let whole = |answer: &Value| wire::orders(answer).map(|list| list.complete.then_some(list));
        let list = self
            .listed(PATH, Pace::Orders, "orders", keep, whole)
            .await?;
        let name = format!("{PATH} {account}");
        if list.rows > 0 || self.asked(&name, |asked| asked.forced) {
            return Ok(list);
        }
        let force = format!("{PATH}?force=true");
        let call = Call::get(&force, Pace::Orders, "orders-forced");
        self.gateway.ask(call, keep).await?;
        let list = self
            .listed(PATH, Pace::Orders, "orders", keep, whole)
            .await?;
        self.ask_noted(&name, |asked| asked.forced = true);
        Ok(list)
    }

    async fn orders(&self, keep: &dyn Keep) -> Result<Vec<Listed>, DoorError> {
        let login = self.login(keep).await?;
        let several = login.accounts.len() > 1;
        let mut open: Vec<Listed> = Vec::new();
        for account in &login.accounts {
            let list = self.orders_of(account, several, keep).await?;
            for listed in list.open {
                if open.iter().all(|known| known.id != listed.id) {
                    open.push(Listed {
                        account: listed.account.or_else(|| Some(account.clone())),
                        ..listed
                    });
                }
            }
        }
        if self.seat.record().generation == login.generation {
            Ok(open)
        } else {
            // the session changed under the listing
            Err(cold(Pace::Orders))
        }
    }

    async fn trades(&self, keep: &dyn Keep) -> Result<Vec<Fill>, DoorError> {
        let whole = |answer: &Value| wire::trades(answer).map(Some);
        self.listed(
            "/iserver/account/trades?days=1",
            Pace::Trades,
            "trades",
            keep,
            whole,
        )
        .await
    }

    /// The gateway answers about a portfolio only once its accounts were asked for in this session.
    async fn open_portfolio(&self, keep: &dyn Keep) -> Result<(), DoorError> {
        const PATH: &str = "/portfolio/accounts";
        let _one_at_a_time = self.portfolio.lock().await;
        if !self.asked(PATH, |asked| asked.before) {
            let call = Call::get(PATH, Pace::PortfolioAccounts, "portfolio-accounts");
            self.gateway.ask(call, keep).await?;
            self.ask_noted(PATH, |asked| asked.before = true);
        }
        Ok(())
    }

    /// What is held in each account, by contract.
    async fn positions(&self, keep: &dyn Keep) -> Result<Vec<(i64, Position)>, DoorError> {
        let login = self.login(keep).await?;
        self.open_portfolio(keep).await?;
        let mut held = Vec::new();
        for account in &login.accounts {
            for page in 0..=PAGES_AT_MOST {
                if page == PAGES_AT_MOST {
                    return Err(malformed("positions without end"));
                }
                let path = format!("/portfolio/{account}/positions/{page}");
                let call = Call::get(&path, Pace::Free, "positions");
                let (rows, count) = wire::positions(&self.gateway.ask(call, keep).await?)?;
                held.extend(rows);
                if count < wire::POSITIONS_A_PAGE {
                    break;
                }
            }
        }
        Ok(held)
    }

    /// The open orders that `pull` is about, and how many it leaves alone.
    async fn in_scope(
        &self,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<(Vec<Listed>, usize), DoorError> {
        let (mut open, held) = match pull.scope {
            CancelScope::All | CancelScope::PlacedAfterSeconds(_) | CancelScope::Only(_) => {
                (self.orders(keep).await?, Vec::new())
            }
            CancelScope::KeepProtective => {
                let (open, held) = tokio::join!(self.orders(keep), self.positions(keep));
                (open?, held?)
            }
        };
        // orders and positions name a contract differently; its number is the same
        let names: HashMap<i64, &Position> = held.iter().map(|(id, held)| (*id, held)).collect();
        for listed in &mut open {
            if let Some(position) = listed.contract.and_then(|contract| names.get(&contract)) {
                listed.order.instrument.clone_from(&position.instrument);
            }
        }
        let positions: Vec<Position> = held.iter().map(|(_, held)| held.clone()).collect();
        let all = open.len();
        open.retain(|listed| {
            listed
                .order
                .in_scope(&pull.scope, &positions, pull.pressed_at)
        });
        let left = all - open.len();
        Ok((open, left))
    }

    async fn cancel(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        if pull.scope == CancelScope::All {
            let login = self.login(keep).await?;
            let paths = login
                .accounts
                .iter()
                .map(|account| format!("/iserver/account/{account}/order/-1"));
            let sent = join_all(paths.map(|path| async move { self.cancel_at(&path, keep).await }));
            let answers = sent.await;
            if answers.iter().all(Result::is_ok) {
                return Ok(taken(&format!(
                    "the gateway took the cancel of all orders: {}",
                    answers.into_iter().flatten().collect::<Vec<_>>().join("; ")
                )));
            }
            let hopeless = answers
                .into_iter()
                .filter_map(Result::err)
                .find(|error| error.class != ErrorClass::Refused);
            if let Some(error) = hopeless {
                return Err(error);
            }
            // cancelling all at once is not in every version of the gateway's documents
        }
        let (asked, left) = self.in_scope(pull, keep).await?;
        self.cancel_each(&asked, left, keep).await
    }

    async fn cancel_each(
        &self,
        asked: &[Listed],
        left: usize,
        keep: &dyn Keep,
    ) -> Result<Receipt, DoorError> {
        let sent = asked.iter().map(|listed| async move {
            let Some(account) = &listed.account else {
                return Err(malformed("an order without account"));
            };
            let path = format!("/iserver/account/{account}/order/{}", listed.id);
            match self.cancel_at(&path, keep).await {
                Err(error) if error.class == ErrorClass::Refused && is_gone(&error.words) => {
                    Ok("already gone".to_owned())
                }
                answer => answer,
            }
        });
        let answers = join_all(sent).await;
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        if refused > 0
            && refused == answers.len()
            && let Some(Err(error)) = answers.into_iter().next()
        {
            return Err(error);
        }
        let mut words = vec![format!(
            "{} cancels taken one by one",
            asked.len() - refused
        )];
        if refused > 0 {
            words.push(format!("{refused} refused"));
        }
        if left > 0 {
            words.push(format!("{left} left alone as asked"));
        }
        Ok(taken(&words.join(", ")))
    }

    async fn cancel_at(&self, path: &str, keep: &dyn Keep) -> Result<String, DoorError> {
        let answer = self.gateway.ask(Call::delete(path, "cancel"), keep).await?;
        wire::cancel_taken(&answer)
    }

    async fn read_orders(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let (listed, fills) = tokio::join!(
            self.in_scope(pull, keep),
            timeout(FILLS_WITHIN, self.trades(keep))
        );
        let (open, left) = listed?;
        let mut words = vec![format!("{} open orders", open.len())];
        if left > 0 {
            words.push(format!("{left} left alone as asked"));
        }
        let mut fills = fills.ok().and_then(Result::ok).unwrap_or_else(|| {
            words.push("fills could not be read".to_owned());
            Vec::new()
        });
        fills.retain(|fill| {
            fill.at
                .is_none_or(|at| at.as_second() >= pull.pressed_at.as_second())
        });
        Ok(Reading {
            found: open
                .into_iter()
                .map(|listed| Found::Order(listed.order))
                .collect(),
            unseen: self.unseen.clone(),
            residue: Vec::new(),
            fills,
            words: words.join(", "),
        })
    }

    async fn take_seat(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let record = self.seat.take(keep).await?;
        Ok(taken(&format!("asked for the seat: {}", record.words())))
    }

    async fn read_seat(&self, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let status = self.auth_status(keep).await?;
        let record = self.seat.record();
        let found = if record.wanted && status.has_seat() {
            Vec::new()
        } else if record.wanted {
            vec![Found::Session {
                label: "another session of the same user has the brokerage seat".to_owned(),
            }]
        } else {
            vec![Found::Session {
                label: "the brokerage seat is not held by Firebreak".to_owned(),
            }]
        };
        Ok(Reading {
            words: record.words(),
            found,
            unseen: vec![Unseen {
                what: Family::new("other web sessions"),
                why: WEB_SESSIONS_LIVE_ON.to_owned(),
            }],
            ..Reading::default()
        })
    }

    fn asked(&self, path: &str, is: impl Fn(&Asked) -> bool) -> bool {
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.seat.record().generation;
        if warm.generation != generation {
            *warm = Warm {
                generation,
                asked: HashMap::new(),
            };
        }
        warm.asked.get(path).is_some_and(is)
    }

    fn ask_noted(&self, path: &str, note: impl Fn(&mut Asked)) {
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if warm.generation == self.seat.record().generation {
            note(warm.asked.entry(path.to_owned()).or_default());
        }
    }

    fn not_offered(&self, lever: Lever) -> DoorError {
        DoorError::new(
            ErrorClass::Unsupported,
            "",
            format!("the {} door does not offer {lever}", self.kind),
        )
    }
}

#[async_trait]
impl Door for ClientPortalDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        super::poll_interval(Kind::ClientPortal)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        let login = self.login(&Forget).await?;
        let orders = "/iserver/account/orders";
        let trades = "/iserver/account/trades?days=1";
        for (path, pace) in [(orders, Pace::Orders), (trades, Pace::Trades)] {
            self.first_asked(path, pace, "warm-up", &Forget).await?;
        }
        self.open_portfolio(&Forget).await?;
        self.seat.keep_alive();
        let status = self.auth_status(&Forget).await?;
        let mut warnings = Vec::new();
        if login.paper {
            warnings.push("This is a paper account: no real order is touched.".to_owned());
        }
        if login.accounts.len() > 1 {
            warnings.push(format!(
                "This login has {} accounts: cancelling all orders cancels those of every one, \
                 and each listing takes 5 s an account.",
                login.accounts.len()
            ));
        }
        if status.competing {
            warnings.push("Another session of the same user has the brokerage seat.".to_owned());
        }
        Ok(Health {
            words: "Client Portal gateway, logged in".to_owned(),
            clock_offset_ms: None,
            paper: Some(login.paper),
            warnings,
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.cancel(pull, keep).await,
            // its parts are many, and each is a call
            Lever::Capture => Box::pin(self.capture(keep)).await,
            Lever::EndSessions => self.take_seat(keep).await,
            Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(self.not_offered(pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.read_orders(pull, keep).await,
            Lever::EndSessions => self.read_seat(keep).await,
            Lever::Capture
            | Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::BlockTrading
            | Lever::RevokeKey
            | Lever::Audit => Err(self.not_offered(pull.lever)),
        }
    }

    async fn release(&self, keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        let left = self.seat.leave(keep).await?;
        Ok(left
            .map(|words| Released {
                what: "brokerage seat".to_owned(),
                words,
            })
            .into_iter()
            .collect())
    }
}

/// Whether a refused cancel says that there is no such order any more.
fn is_gone(words: &str) -> bool {
    words.to_ascii_lowercase().contains("doesn't exist")
}

fn taken(words: &str) -> Receipt {
    Receipt {
        words: door::clean(words),
        ..Receipt::default()
    }
}

fn cold(pace: Pace) -> DoorError {
    DoorError::new(
        ErrorClass::Paced,
        "",
        "the gateway has not read this list yet; what it answers is no listing",
    )
    .after(pace.interval())
}

fn not_logged_in() -> DoorError {
    DoorError::new(
        ErrorClass::Unauthorised,
        "authenticated: false",
        "the gateway is not logged in",
    )
    .next("Open the gateway's page in a browser on this computer and log in.")
}
