//! The stage: a scenario played in simulated accounts on loopback.
//!
//! It tells what happens line by line, and knows nothing of the controller in front of the accounts.
//! Everything ends when it is dropped.

mod clock;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use simulator::{
    Served,
    attacker::{self, Acted, Pace, Performance, Script, Signal},
    pages::{self, Page, PageId},
    serve::{AccountSpec, ServeError, Spec, serve},
    truth::Happening,
    world::{AccountId, World},
};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Ended, Outcome, Player, StoryLine, Told,
    inject::{Effect, HostEffect, Inject, When, fault},
    scenario::{Cast, Scenario},
};
use clock::StoryClock;

/// What one playing of a scenario follows from.
#[derive(Clone, PartialEq, Debug)]
pub struct Plot {
    /// Everything random.
    pub seed: u64,
    /// What goes wrong on purpose.
    pub inject: Option<Inject>,
    /// Who plays.
    pub player: Player,
    /// How many times faster than the clock on the wall the story goes.
    pub speed: f64,
    /// Whether times are shown and judged.
    pub clock: bool,
}

/// A scenario on its stage.
pub struct Stage {
    scenario: Arc<Scenario>,
    plot: Plot,
    served: Served,
    story: Story,
    clock: StoryClock,
    alarmed: watch::Sender<bool>,
    pressed: watch::Sender<bool>,
    over: watch::Sender<bool>,
    playing: Mutex<JoinSet<()>>,
}

/// The lines so far. Clones share them.
#[derive(Clone)]
pub struct Story {
    world: World,
    lines: Arc<Mutex<Vec<StoryLine>>>,
    count: watch::Sender<usize>,
    /// How many of the world's truth events were looked at.
    truths: Arc<Mutex<usize>>,
}

impl Story {
    fn in_world(world: World) -> Self {
        Self {
            world,
            lines: Arc::default(),
            count: watch::channel(0).0,
            truths: Arc::default(),
        }
    }

    /// Milliseconds since it began.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.world.now().as_millis()).unwrap_or(u64::MAX)
    }

    /// Adds a line, as of now.
    pub fn tell(&self, told: Told) {
        let at_ms = self.now_ms();
        let count = {
            let mut lines = self.lines();
            lines.push(StoryLine { at_ms, told });
            lines.len()
        };
        self.count.send_replace(count);
    }

    /// Tells what the venue knows and was not told yet. What it was asked is its own affair.
    fn tell_truth_so_far(&self) {
        let mut known = self.truths.lock().unwrap_or_else(PoisonError::into_inner);
        for truth in self.world.truth_since(*known) {
            *known += 1;
            if !matches!(truth.what, Happening::Request { .. }) {
                self.tell(Told::Truth { truth });
            }
        }
    }

    /// The lines from the `from`th on.
    pub fn since(&self, from: usize) -> Vec<StoryLine> {
        self.lines().get(from..).unwrap_or_default().to_vec()
    }

    /// How many lines there are, whenever that changes.
    pub fn count(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<StoryLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    /// Serves the scenario's accounts. Nobody acts in them before [`Stage::begin`].
    pub async fn raise(scenario: Arc<Scenario>, plot: Plot) -> Result<Self, ServeError> {
        let accounts = scenario.accounts.iter().map(|account| AccountSpec {
            venue: account.venue,
            name: account.name.clone(),
            fronts: account.doors.iter().copied().collect(),
            seeding: account.past.clone(),
        });
        let served = serve(Spec {
            seed: plot.seed,
            account_specs: accounts.collect(),
            ..Spec::default()
        })
        .await?;
        let story = Story::in_world(served.world().clone());
        let stage = Self {
            clock: StoryClock::at_speed(plot.speed),
            scenario,
            served,
            story,
            alarmed: watch::channel(false).0,
            pressed: watch::channel(false).0,
            over: watch::channel(false).0,
            playing: Mutex::default(),
            plot,
        };
        let injects = stage.plot.inject.map(|inject| inject.id().to_owned());
        stage.story.tell(Told::Began {
            scenario: stage.scenario.id.clone(),
            seed: stage.plot.seed,
            injects: injects.into_iter().collect(),
            player: stage.plot.player,
            speed: stage.plot.speed,
            clock: stage.plot.clock,
        });
        stage.play(tell_truth(stage.story.clone()));
        Ok(stage)
    }

    /// The scenario that is played.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What this playing follows from.
    pub fn plot(&self) -> &Plot {
        &self.plot
    }

    /// What is served.
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// The lines so far.
    pub fn story(&self) -> &Story {
        &self.story
    }

    /// Becomes true when the scenario's time is over.
    pub fn over(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    /// The briefing is read: after a time of unknown length it begins.
    pub fn begin(&self) {
        let waits = self.scenario.waits(self.plot.seed);
        for account in &self.scenario.accounts {
            if let Some(id) = self.account_id(&account.name) {
                self.play(perform(
                    self.script_of(&account.name),
                    id,
                    self.parts(),
                    waits,
                ));
            }
        }
        let alarms = tell_alarms(
            Arc::clone(&self.scenario),
            self.parts(),
            self.alarmed.clone(),
            waits,
        );
        self.play(alarms);
        if let Some(inject) = self.plot.inject {
            let due = match inject.when() {
                When::Start => Due::After(Duration::ZERO),
                When::Alarm => Due::After(waits + self.first_alarm()),
                When::Press => Due::Press,
            };
            self.play(go_wrong(inject, self.extras(inject), self.parts(), due));
        }
        let (clock, over) = (self.clock.clone(), self.over.clone());
        let length = waits + self.scenario.length;
        self.play(async move {
            clock.sleep(length).await;
            over.send_replace(true);
        });
    }

    /// The person pressed.
    pub fn pressed(&self, runbook: &str, run: &str) {
        self.story.tell(Told::Pressed {
            runbook: runbook.to_owned(),
            run: run.to_owned(),
        });
        self.pressed.send_replace(true);
    }

    /// The story stands still, or goes on. What Firebreak has begun goes on in any case.
    pub fn pause(&self, on: bool) {
        if self.clock.pause(on) {
            self.story
                .tell(if on { Told::Paused } else { Told::WentOn });
        }
    }

    /// Whether the story stands still.
    pub fn is_paused(&self) -> bool {
        self.clock.is_paused()
    }

    /// Opens a page of an account, as it stands.
    pub fn page(&self, account: &str, page: PageId) -> Option<Page> {
        let id = self.account_id(account)?;
        let opened = pages::page(self.served.world(), &id, page).ok()?;
        self.story.tell(Told::Looked {
            page: page.id().to_owned(),
            account: account.to_owned(),
        });
        Some(opened)
    }

    /// Does something on a page of an account: to one line, or to all. Says why it was refused.
    pub fn act(&self, account: &str, page: PageId, row: Option<&str>) -> Option<Outcome> {
        let id = self.account_id(account)?;
        let world = self.served.world();
        let done = match row {
            Some(row) => pages::act_on(world, &id, page, row),
            None => pages::act(world, &id, page),
        };
        let outcome = match done {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Refused {
                why: error.to_string(),
            },
        };
        self.story.tell(Told::Did {
            page: page.id().to_owned(),
            account: account.to_owned(),
            row: row.map(str::to_owned),
            outcome: outcome.clone(),
        });
        Some(outcome)
    }

    /// The pages of every account, in the scenario's order.
    pub fn pages(&self) -> Vec<(String, PageId)> {
        let world = self.served.world();
        let mut all = Vec::new();
        for account in &self.scenario.accounts {
            if let Some(id) = self.account_id(&account.name) {
                let of = pages::pages_for(world, &id).unwrap_or_default();
                all.extend(of.into_iter().map(|page| (account.name.clone(), page)));
            }
        }
        all
    }

    /// Ends it: what has happened is told to the end.
    pub async fn end(self, how: Ended) -> Story {
        self.playing
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .shutdown()
            .await;
        self.story.tell_truth_so_far();
        self.story.tell(Told::Ended { how });
        self.served.stop().await;
        self.story
    }

    fn account_id(&self, name: &str) -> Option<AccountId> {
        let mut accounts = self.served.accounts().iter();
        let served = accounts.find(|account| account.name() == name)?;
        Some(served.account().clone())
    }

    fn script_of(&self, account: &str) -> Script {
        script(&self.scenario, &self.scenario.actors, account)
    }

    /// When the first genuine alarm comes, or the first of all where none is.
    fn first_alarm(&self) -> Duration {
        let first = self.scenario.alarm().or(self.scenario.alarms.first());
        first.map_or(Duration::ZERO, |alarm| alarm.at)
    }

    /// What an inject switches on.
    fn extras(&self, inject: Inject) -> Extras {
        match inject.effect(&self.scenario) {
            Some(Effect::Faults(specs)) => Extras {
                faults: specs,
                scripts: Vec::new(),
            },
            Some(Effect::Actors(cast)) => Extras {
                faults: Vec::new(),
                scripts: self
                    .scenario
                    .accounts
                    .iter()
                    .filter_map(|account| {
                        let id = self.account_id(&account.name)?;
                        Some((id, script(&self.scenario, &cast, &account.name)))
                    })
                    .collect(),
            },
            // whoever plays it asks for that
            Some(Effect::Host(_)) | None => Extras::default(),
        }
    }

    /// What goes wrong at this computer, if anything does.
    pub fn host_effect(&self) -> Option<HostEffect> {
        match self.plot.inject?.effect(&self.scenario)? {
            Effect::Host(effect) => Some(effect),
            Effect::Faults(_) | Effect::Actors(_) => None,
        }
    }

    fn parts(&self) -> Parts {
        Parts {
            world: self.served.world().clone(),
            story: self.story.clone(),
            clock: self.clock.clone(),
            alarmed: self.alarmed.subscribe(),
            pressed: self.pressed.subscribe(),
        }
    }

    fn play(&self, part: impl Future<Output = ()> + Send + 'static) {
        self.playing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .spawn(part);
    }
}

/// What the playing parts share.
#[derive(Clone)]
struct Parts {
    world: World,
    story: Story,
    clock: StoryClock,
    alarmed: watch::Receiver<bool>,
    pressed: watch::Receiver<bool>,
}

/// What an inject switches on.
#[derive(Default)]
struct Extras {
    faults: Vec<String>,
    scripts: Vec<(AccountId, Script)>,
}

/// When an inject is switched on.
enum Due {
    After(Duration),
    Press,
}

fn script(scenario: &Scenario, cast: &[Cast], account: &str) -> Script {
    Script {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        actors: cast
            .iter()
            .filter(|cast| cast.account == account)
            .map(|cast| cast.actor.clone())
            .collect(),
    }
}

/// Tells what the venue itself knows, as it happens.
async fn tell_truth(story: Story) {
    let mut truth = story.world.truth();
    while truth.recv().await.is_some() {
        story.tell_truth_so_far();
    }
}

/// Plays what somebody does in one account.
async fn perform(script: Script, account: AccountId, mut parts: Parts, after: Duration) {
    if script.actors.is_empty() {
        return;
    }
    parts.clock.sleep(after).await;
    let pace = Pace {
        speed: parts.clock.speed(),
    };
    let mut performance = Performance::start(parts.world.clone(), account, script, pace);
    let Some(mut acts) = performance.acts() else {
        return;
    };
    let mut paused = parts.clock.paused();
    let (mut alarmed, mut pressed) = (false, false);
    loop {
        tokio::select! {
            acted = acts.recv() => match acted {
                Some(acted) => parts.story.tell(of(acted)),
                None => return,
            },
            came = parts.alarmed.wait_for(|on| *on), if !alarmed => {
                alarmed = true;
                if came.is_ok() {
                    performance.signal(Signal::Alarm);
                }
            }
            came = parts.pressed.wait_for(|on| *on), if !pressed => {
                pressed = true;
                if came.is_ok() {
                    performance.signal(Signal::Pressed);
                }
            }
            changed = paused.changed() => match changed {
                Ok(()) => performance.pause(*paused.borrow_and_update()),
                Err(_) => return,
            },
        }
    }
}

fn of(acted: Acted) -> Told {
    Told::Acted {
        actor: acted.actor,
        innocent: acted.innocent,
        deed: acted.deed,
        outcome: match acted.outcome {
            attacker::Outcome::Done => Outcome::Done,
            attacker::Outcome::Refused { why } => Outcome::Refused { why },
        },
    }
}

/// Tells the person what reaches them.
async fn tell_alarms(
    scenario: Arc<Scenario>,
    parts: Parts,
    alarmed: watch::Sender<bool>,
    waits: Duration,
) {
    let any_is_genuine = scenario.alarm().is_some();
    let mut now = Duration::ZERO;
    for alarm in &scenario.alarms {
        let at = waits + alarm.at;
        parts.clock.sleep(at.saturating_sub(now)).await;
        now = at;
        parts.story.tell(Told::Alarm {
            form: alarm.form.id().to_owned(),
            from: alarm.from.clone(),
            text: alarm.text.clone(),
            genuine: alarm.genuine,
        });
        if alarm.genuine || !any_is_genuine {
            alarmed.send_replace(true);
        }
    }
}

/// Lets something go wrong once it is due.
async fn go_wrong(inject: Inject, extras: Extras, mut parts: Parts, due: Due) {
    match due {
        Due::After(wait) => parts.clock.sleep(wait).await,
        Due::Press => {
            if parts.pressed.wait_for(|pressed| *pressed).await.is_err() {
                return;
            }
        }
    }
    parts.story.tell(Told::Injected {
        inject: inject.id().to_owned(),
    });
    for spec in &extras.faults {
        match fault(spec, parts.clock.speed()) {
            Ok(fault) => drop(parts.world.inject(fault)),
            Err(error) => tracing::error!(%error, spec, "an inject's fault is none"),
        }
    }
    let mut playing = JoinSet::new();
    for (account, script) in extras.scripts {
        playing.spawn(perform(script, account, parts.clone(), Duration::ZERO));
    }
    playing.join_all().await;
}
