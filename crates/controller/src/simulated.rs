//! A controller in front of simulated accounts: what practice and drills share.
//!
//! Nothing real can be reached from here: the accounts are of the simulated realm by type, and no
//! other process reaches the controller.

use std::time::Duration;

use incident::{CardView, Mode};
use runbook::ReadBackFormat;
use simulator::{
    Served,
    pages::{AnswerKind, CardAsk},
};
use tokio::{sync::watch, task::JoinHandle, time::sleep};
use vault::Simulated;
use venues::{Account, Means};

use crate::{Command, Controller, Error, Handle, Home, Link, Reply, Shell};

/// A controller in front of the accounts that are served.
pub(crate) struct Simulation {
    handle: Handle,
    link: Link,
    warmed_up: watch::Receiver<Warmth>,
    warming: JoinHandle<()>,
}

/// How far arming is: under way, or over with what came of it.
type Warmth = Option<Result<(), Error>>;

impl Simulation {
    /// Puts a controller of its own before the accounts, and begins to arm them. A press is taken
    /// from now on. `means` holds the keys, or does not.
    pub(crate) async fn start(
        home: &Home,
        mode: Mode,
        served: &Served,
        means: Means<Simulated>,
        shell: impl Shell,
    ) -> Result<Self, Error> {
        let accounts = accounts_of(served)?;
        let cools_off = slowest_listing(&accounts);
        let (controller, handle) =
            Controller::<Simulated, _>::new(home.clone(), mode, (accounts, means), shell);
        let link = Link::around(handle.clone(), tokio::spawn(controller.run()));
        let mut replies = link
            .ask(Command::Arm {
                accounts: Vec::new(),
            })
            .await?;
        let (tell, warmed_up) = watch::channel(None);
        let warming = tokio::spawn(async move {
            let armed = match replies.recv().await {
                Some(Reply::Failed(error)) => Err(error),
                Some(_) => Ok(()),
                None => Err(Error::lost("it ended before its accounts were armed")),
            };
            if armed.is_ok() {
                // a door that has just listed may not list again before its own pace allows
                sleep(cools_off).await;
            }
            // whoever waited may have gone
            drop(tell.send(Some(armed)));
        });
        Ok(Self {
            handle,
            link,
            warmed_up,
            warming,
        })
    }

    /// The way to its controller. No other process can reach it.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// The same way, for what goes on beside.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits until the doors are open and may list again, as they could on any day that an account
    /// was armed earlier. A press before that works as well, and is held up by their pace.
    pub(crate) async fn warmed_up(&self) -> Result<(), Error> {
        let mut warmed_up = self.warmed_up.clone();
        match warmed_up.wait_for(Option::is_some).await {
            Ok(warmth) => warmth.clone().unwrap_or(Ok(())),
            Err(_) => Err(Error::lost("it ended before its accounts were armed")),
        }
    }

    /// Whether [`Simulation::warmed_up`] would still wait.
    pub(crate) fn is_warming_up(&self) -> bool {
        self.warmed_up.borrow().is_none()
    }

    /// Ends it. A run that is open is left, with its summary written.
    pub(crate) async fn end(self) {
        self.warming.abort();
        // the controller ends with the last way to it
        drop(self.handle);
        self.link.close().await;
    }
}

/// The accounts that are served, and nothing else.
fn accounts_of(served: &Served) -> Result<Vec<Account<Simulated>>, Error> {
    let accounts = served.accounts().iter().map(Account::<Simulated>::of);
    Ok(accounts.collect::<Result<_, _>>()?)
}

/// Means that hold the keys of everything served.
pub(crate) async fn means_of(served: &Served) -> Result<Means<Simulated>, Error> {
    let means = Means::simulated();
    for account in served.accounts() {
        means.take_keys(account).await?;
    }
    Ok(means)
}

/// What is said where nothing can be served.
pub(crate) fn not_served(error: impl std::fmt::Display) -> Error {
    Error::wrong(error)
        .untouched("nothing is served, and nothing was sent to any venue")
        .next("close other programs that listen on loopback, then try again")
}

/// The longest that a door of these accounts waits between two listings.
fn slowest_listing(accounts: &[Account<Simulated>]) -> Duration {
    accounts
        .iter()
        .flat_map(|account| account.outline(None).doors)
        .map(|door| Duration::from_millis(door.poll_interval_ms))
        .max()
        .unwrap_or_default()
}

/// What a card asks of a simulated page; nothing where it asks for no value, or names no page.
pub(crate) fn ask_of(card: &CardView) -> Option<CardAsk<'_>> {
    let read_back = card.card.read_back.as_ref()?;
    Some(CardAsk {
        page: card.card.page.as_deref()?,
        kind: match read_back.format {
            ReadBackFormat::Number => AnswerKind::Number,
            ReadBackFormat::Text => AnswerKind::Text,
            ReadBackFormat::Time => AnswerKind::Time,
            ReadBackFormat::YesNo => AnswerKind::YesNo,
        },
        want: read_back.want.as_deref(),
    })
}
