//! A drill: a scenario on its stage, with the very controller of a live run in front of it.
//!
//! Its accounts are of the simulated realm by type, served on loopback by this process; its keychain
//! is a store in memory. Nothing of it can reach a real account, and a live press ends it.

mod call;
mod figures;
pub(crate) mod kept;
mod mirror;
mod seen;
mod shown;
mod view;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use drill::{
    Ended, Outcome, Player, Told,
    inject::{HostEffect, Inject},
    scenario::Scenario,
    score::Score,
    stage::{Plot, Stage},
};
use incident::{Actor, CardView, Mode};
use jiff::Timestamp;
use simulator::{
    pages::{AnswerKind, PageId, ScriptedPerson},
    world::AccountId,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use vault::Simulated;
use venues::Means;

use crate::{
    Command, Error, Home, Link, Reply, Shell,
    simulated::{Simulation, ask_of, means_of, not_served},
};

use call::OnThePhone;
pub use kept::{
    choose_fix, debrief, export_ics, history, list, own_folder, schedule, snooze, write_answers,
};
use shown::page_view;
pub use view::*;

/// Which drill.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// The scenario's id; the one that is advised when empty.
    pub scenario: String,
    /// Everything random follows from it; drawn when absent.
    pub seed: Option<u64>,
    /// Who plays.
    pub player: Player,
    /// How many times faster than the clock on the wall the story goes.
    pub speed: f64,
    /// Whether times are shown and judged.
    pub clock: bool,
    /// What goes wrong on purpose.
    pub injects: Injects,
}

/// What goes wrong on purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Injects {
    /// One that fits, drawn by the seed.
    Drawn,
    /// Nothing.
    None,
    /// This one, by id.
    Only(String),
}

/// A drill under way. Everything simulated ends when it is dropped.
pub struct Drill {
    home: Home,
    id: String,
    fix: Option<String>,
    stage: Stage,
    simulation: Simulation,
    means: Means<Simulated>,
    accounts: Vec<(String, AccountId)>,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<u64>,
    mirror: Mutex<Option<JoinHandle<()>>>,
    beside: Mutex<Vec<JoinHandle<()>>>,
}

/// What has been done in it so far.
#[derive(Default)]
struct State {
    begun: bool,
    asked: Vec<String>,
    phone: Option<OnThePhone>,
    run: Option<String>,
    keychain_locked: bool,
    window_dead: bool,
    /// The last one-time code that was given: of a simulated account, and kept in memory alone.
    code: Option<String>,
    ended: Option<Ended>,
}

impl Drill {
    /// Raises the stage, puts a controller of its own before it, and begins to arm the accounts.
    /// Nothing happens in them before [`Drill::begin`]. Refused while a live run is open.
    pub async fn start(home: &Home, choice: Choice, shell: impl Shell) -> Result<Self, Error> {
        refuse_during_live_run(home)?;
        let began_at = Timestamp::now();
        let scenario = Arc::new(kept::scenario(home, &choice.scenario, began_at)?);
        // a short one can be said and typed
        let drawn = began_at.as_microsecond().unsigned_abs() % 1_000_000;
        let seed = choice.seed.unwrap_or(drawn);
        let plot = Plot {
            seed,
            inject: inject(&choice.injects, &scenario, seed)?,
            player: choice.player,
            speed: choice.speed,
            clock: choice.clock,
        };
        let stage = Stage::raise(Arc::clone(&scenario), plot)
            .await
            .map_err(not_served)?;
        let (id, fix) = kept::begin(home, &scenario, stage.plot(), began_at)?;
        let means = means_of(stage.served()).await?;
        let effect = stage.host_effect();
        let keychain_locked = effect == Some(HostEffect::LockedKeychain);
        means.lock(keychain_locked);
        let simulation =
            Simulation::start(home, Mode::Drill, stage.served(), means.clone(), shell).await?;
        let served = stage.served().accounts().iter();
        let drill = Self {
            accounts: served
                .map(|account| (account.name().to_owned(), account.account().clone()))
                .collect(),
            home: home.clone(),
            id,
            fix,
            stage,
            simulation,
            means,
            state: Arc::new(Mutex::new(State {
                keychain_locked,
                window_dead: effect == Some(HostEffect::WebViewDead),
                ..State::default()
            })),
            changed: watch::channel(0).0,
            mirror: Mutex::default(),
            beside: Mutex::default(),
        };
        drill.show_what_is_told();
        Ok(drill)
    }

    /// The way to its controller. No other process can reach it.
    pub fn link(&self) -> &Link {
        self.simulation.link()
    }

    /// Its number in the history.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The scenario that is played.
    pub fn scenario(&self) -> &Scenario {
        self.stage.scenario()
    }

    /// The seed of this playing.
    pub fn seed(&self) -> u64 {
        self.stage.plot().seed
    }

    /// Grows whenever something of the view changed. Time that passes changes nothing.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Becomes true when the scenario's time is over.
    pub fn over(&self) -> watch::Receiver<bool> {
        self.stage.over()
    }

    /// What is told, as it happens: how many lines there are.
    pub fn told(&self) -> &drill::stage::Story {
        self.stage.story()
    }

    /// Waits until the doors are open and may list again, as on a day on which they were armed
    /// earlier.
    pub async fn warmed_up(&self) -> Result<(), Error> {
        self.simulation.warmed_up().await
    }

    /// The briefing is read: after a time of unknown length it begins. Once.
    pub fn begin(&self) {
        if !std::mem::replace(&mut self.state().begun, true) {
            self.stage.begin();
            self.touch();
        }
    }

    /// The press. Its replies are a run's.
    pub async fn press(&self, runbook: &str, from: &str) -> Result<mpsc::Receiver<Reply>, Error> {
        let command = Command::Panic {
            runbook: runbook.to_owned(),
            accounts: Vec::new(),
            from: from.to_owned(),
            twice: false,
        };
        let mut replies = self.link().ask(command).await?;
        let Some(first) = replies.recv().await else {
            return Err(Error::lost("the drill's controller ended"));
        };
        if let Reply::Pressed { run, .. } = &first {
            self.took_press(runbook, run);
        }
        if let Reply::Failed(error) = first {
            return Err(error);
        }
        Ok(with_first(first, replies))
    }

    /// Answers a card of the run, and notes what its page says at that moment.
    pub async fn answer(&self, card: &CardView, value: String, by: Actor) -> Result<Reply, Error> {
        let run = self.run().ok_or_else(no_run)?;
        if card.asks_code {
            self.state().code = Some(value.clone());
        } else {
            let wanted = card.card.read_back.as_ref();
            self.stage.story().tell(Told::Answered {
                task: card.task.to_string(),
                title: card.title.clone(),
                value: value.clone(),
                wanted: wanted.and_then(|read_back| read_back.want.clone()),
                stands: self.stands(card),
            });
        }
        self.link()
            .tell(Command::Answer {
                run,
                task: card.task.clone(),
                value,
                by,
            })
            .await
    }

    /// Does on the simulated pages what a card says, and reads the value that stands there then.
    pub fn look(&self, card: &CardView) -> Option<String> {
        let chosen = self.accounts_of(card);
        let person = ScriptedPerson::new(self.stage.served().world().clone());
        if card.asks_code {
            let code = person.code(chosen.first()?)?;
            // a venue takes each code once
            let given = self.state().code.as_ref() == Some(&code);
            return (!given).then_some(code);
        }
        let page = card.card.page.clone()?;
        let answer = person.answer(&chosen, &ask_of(card)?);
        for (name, _) in self.names_of(card) {
            self.stage.story().tell(Told::Did {
                page: page.clone(),
                account: name,
                row: None,
                outcome: Outcome::Done,
            });
        }
        answer
    }

    /// What the page of a card says now, in the card's own format; nothing where no page can tell.
    fn stands(&self, card: &CardView) -> Option<String> {
        let person = ScriptedPerson::new(self.stage.served().world().clone());
        let ask = ask_of(card)?;
        let read = person.reads(&self.accounts_of(card), &ask);
        // nobody has given a reference yet
        read.or_else(|| (ask.kind == AnswerKind::Text).then(String::new))
    }

    fn accounts_of(&self, card: &CardView) -> Vec<AccountId> {
        let chosen = self.names_of(card);
        chosen.map(|(_, account)| account).collect()
    }

    fn names_of<'a>(
        &'a self,
        card: &'a CardView,
    ) -> impl Iterator<Item = (String, AccountId)> + 'a {
        let of = move |name: &str| {
            card.account
                .as_ref()
                .is_none_or(|only| only.as_str() == name)
        };
        self.accounts
            .iter()
            .filter(move |(name, _)| of(name))
            .cloned()
    }

    /// Opens a simulated page.
    pub fn page(&self, account: &str, page: &str) -> Result<PageView, Error> {
        let id = PageId::from_id(page).ok_or_else(|| no_page(page))?;
        let opened = self.stage.page(account, id).ok_or_else(|| no_page(page))?;
        Ok(page_view(account, &opened, None))
    }

    /// Does something on a simulated page: to one line, or to all.
    pub fn act(&self, account: &str, page: &str, row: Option<&str>) -> Result<PageView, Error> {
        let id = PageId::from_id(page).ok_or_else(|| no_page(page))?;
        let outcome = self.stage.act(account, id, row);
        let refused = match outcome.ok_or_else(|| no_page(page))? {
            Outcome::Done => None,
            Outcome::Refused { why } => Some(why),
        };
        let opened = self.stage.page(account, id).ok_or_else(|| no_page(page))?;
        Ok(page_view(account, &opened, refused))
    }

    /// Asks for a fact of the story.
    pub fn ask(&self, fact: &str) -> Result<(), Error> {
        if !self.scenario().facts.iter().any(|known| known.id == fact) {
            return Err(Error::wrong(format!("nobody knows {fact:?} in this drill")));
        }
        let mut state = self.state();
        if !state.asked.iter().any(|asked| asked == fact) {
            state.asked.push(fact.to_owned());
            self.stage.story().tell(Told::Asked {
                fact: fact.to_owned(),
            });
        }
        Ok(())
    }

    /// The story stands still, or goes on. What Firebreak has begun goes on in any case.
    pub fn pause(&self, on: bool) {
        self.stage.pause(on);
        self.touch();
    }

    /// Unlocks the drill's keychain, and arms what could not be armed.
    pub async fn unlock_keychain(&self) -> Result<(), Error> {
        self.means.lock(false);
        self.state().keychain_locked = false;
        self.touch();
        let accounts = Vec::new();
        self.link().ask(Command::Arm { accounts }).await.map(drop)
    }

    /// The window is told to behave again: the person found another way.
    pub fn revive_window(&self) {
        self.state().window_dead = false;
        self.touch();
    }

    /// Whether something genuine has reached the person; where nothing genuine comes at all, whether
    /// anything has.
    pub fn has_alarm(&self) -> bool {
        let any_is_genuine = self.scenario().alarm().is_some();
        let lines = self.stage.story().since(0).into_iter();
        lines.into_iter().any(
            |line| matches!(line.told, Told::Alarm { genuine, .. } if genuine || !any_is_genuine),
        )
    }

    /// The run's folder name, once the person pressed.
    pub fn run(&self) -> Option<String> {
        self.state().run.clone()
    }

    /// Ends it: the run is left as it is, the drill is scored and kept.
    pub async fn finish(self, how: Ended) -> Result<(DebriefView, Score), Error> {
        for task in self
            .beside
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            task.abort();
        }
        let run = self.run();
        let (scenario, plot) = (self.scenario().clone(), self.stage.plot().clone());
        let story = self.stage.end(how).await;
        let lines = story.since(0);
        let mirror = self
            .mirror
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mirror) = mirror {
            // it ends with the story's last line, or with the run
            let _ = tokio::time::timeout(MIRRORED_WITHIN, mirror).await;
        }
        if let Some(run) = &run {
            // a run that was reset has ended already
            let _ = self
                .simulation
                .link()
                .tell(Command::Leave { run: run.clone() })
                .await;
        }
        self.simulation.end().await;
        kept::end(
            &self.home,
            &self.id,
            &scenario,
            &plot,
            run.as_deref(),
            &lines,
        )
    }

    /// A press from anywhere was taken: the story is written into its run from now on.
    fn took_press(&self, runbook: &str, run: &str) {
        {
            let mut state = self.state();
            if state.run.is_some() {
                return;
            }
            state.run = Some(run.to_owned());
        }
        self.stage.pressed(runbook, run);
        let mirroring = tokio::spawn(mirror::into_journal(
            self.stage.story().clone(),
            self.simulation.handle(),
            run.to_owned(),
        ));
        *self.mirror.lock().unwrap_or_else(PoisonError::into_inner) = Some(mirroring);
        self.touch();
    }

    fn show_what_is_told(&self) {
        let (mut count, changed) = (self.stage.story().count(), self.changed.clone());
        let showing = tokio::spawn(async move {
            while count.changed().await.is_ok() {
                changed.send_modify(|seq| *seq += 1);
            }
        });
        self.beside
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(showing);
    }

    fn touch(&self) {
        self.changed.send_modify(|seq| *seq += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the last lines may take into the run's journal.
const MIRRORED_WITHIN: Duration = Duration::from_secs(5);

/// What goes wrong in this playing.
fn inject(injects: &Injects, scenario: &Scenario, seed: u64) -> Result<Option<Inject>, Error> {
    match injects {
        Injects::Drawn => Ok(drill::inject::draw(scenario, seed)),
        Injects::None => Ok(None),
        Injects::Only(id) => {
            let inject = Inject::from_id(id).ok_or_else(|| {
                let all = Inject::ALL.map(Inject::id).join(", ");
                Error::wrong(format!("there is no inject {id:?}"))
                    .untouched("no drill was started")
                    .next(format!("choose one of {all}"))
            })?;
            if let Some(lacks) = inject.wants(scenario) {
                return Err(Error::wrong(format!(
                    "{id} does not fit {}: it wants {lacks}",
                    scenario.id
                ))
                .untouched("no drill was started")
                .next("choose another inject, or leave it out"));
            }
            Ok(Some(inject))
        }
    }
}

fn refuse_during_live_run(home: &Home) -> Result<(), Error> {
    match crate::unfinished(home) {
        Some(run) => Err(
            Error::wrong(format!("the live run {run} is under way, or broke off"))
                .untouched("no drill was started; the run is as it was")
                .next(format!("go on with it first: firebreak run resume {run}")),
        ),
        None => Ok(()),
    }
}

/// A channel whose first reply was read already.
fn with_first(first: Reply, mut rest: mpsc::Receiver<Reply>) -> mpsc::Receiver<Reply> {
    let (replies, answers) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut next = Some(first);
        while let Some(reply) = next {
            if replies.send(reply).await.is_err() {
                return;
            }
            next = rest.recv().await;
        }
    });
    answers
}

fn no_page(page: &str) -> Error {
    Error::wrong(format!(
        "there is no simulated page {page:?} of that account"
    ))
    .next("open one that is listed")
}

fn no_run() -> Error {
    Error::wrong("nobody has pressed in this drill yet").next("press first")
}

#[cfg(test)]
mod tests;
