//! Plays a script: one thing after the other, in an order that follows from the script alone.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::Instant,
};

use super::{Act, Actor, Begins, Script, When, intruder::Intruder};
use crate::{
    truth::TruthEvent,
    world::{AccountId, World},
};

/// How fast a story goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pace {
    /// How many times faster than its own times. What is not above zero is taken for 1.
    pub speed: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { speed: 1.0 }
    }
}

impl Pace {
    /// How long a time of the story takes.
    pub fn real(self, told: Duration) -> Duration {
        if self.speed.is_finite() && self.speed > 0.0 {
            Duration::try_from_secs_f64(told.as_secs_f64() / self.speed).unwrap_or(Duration::MAX)
        } else {
            told
        }
    }
}

/// What the host tells a performance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// The first alarm reached the owner.
    Alarm,
    /// The owner pressed.
    Pressed,
}

/// Something that somebody in a script did, or tried to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Acted {
    /// Milliseconds since the world began.
    pub at_ms: u64,
    /// The actor's label.
    pub actor: String,
    /// Whether they belong there.
    pub innocent: bool,
    /// What, in a short sentence without its subject.
    pub deed: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of an act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// The venue refused it.
    Refused {
        /// Its words.
        why: String,
    },
}

/// What reaches a performance from outside.
enum Heard {
    Signal(Signal),
    Pause(bool),
}

/// A script that is being played. Dropping it stops every actor.
pub struct Performance {
    signals: UnboundedSender<Heard>,
    acts: Option<UnboundedReceiver<Acted>>,
    playing: JoinHandle<()>,
}

impl Performance {
    /// Begins to play. Needs a runtime.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a performance outlives whoever starts it"
    )]
    pub fn start(world: World, account: AccountId, script: Script, pace: Pace) -> Self {
        let (signals, heard) = unbounded_channel();
        let (told, acts) = unbounded_channel();
        let stage = Stage::set(world, &account, script, pace);
        Self {
            signals,
            acts: Some(acts),
            playing: tokio::spawn(stage.play(heard, told)),
        }
    }

    /// Tells the actors that wait for it. A signal counts once.
    pub fn signal(&self, signal: Signal) {
        // a story that is over hears nothing any more
        let _ = self.signals.send(Heard::Signal(signal));
    }

    /// Nobody acts, or everybody goes on: what was due comes so much later.
    pub fn pause(&self, on: bool) {
        // a story that is over hears nothing any more
        let _ = self.signals.send(Heard::Pause(on));
    }

    /// What is done, as it is done. The first caller gets all of it from the beginning, and nobody
    /// after that.
    pub fn acts(&mut self) -> Option<UnboundedReceiver<Acted>> {
        self.acts.take()
    }

    /// Waits until nothing is left to be done: never, while an act goes on without end or waits for
    /// something that does not come.
    pub async fn over(&mut self) {
        // one that was ended is over as well
        let _ = (&mut self.playing).await;
    }
}

impl Drop for Performance {
    fn drop(&mut self) {
        self.playing.abort();
    }
}

/// Plays a script on an account until it is over. Dropping it stops every actor.
pub async fn perform(world: World, account: AccountId, script: Script) {
    Performance::start(world, account, script, Pace::default())
        .over()
        .await;
}

/// The actors with their acts, and what is due.
struct Stage {
    world: World,
    pace: Pace,
    cast: Vec<Cast>,
    /// What is done next, by time and then in the script's order.
    due: BTreeMap<(Instant, usize, usize), u64>,
    /// What waits: actor, act, for what.
    waiting: Vec<(usize, usize, When)>,
    truth: UnboundedReceiver<TruthEvent>,
}

struct Cast {
    actor: Actor,
    intruder: Intruder,
}

impl Stage {
    fn set(world: World, account: &AccountId, script: Script, pace: Pace) -> Self {
        let now = Instant::now();
        let mut due = BTreeMap::new();
        let mut waiting = Vec::new();
        for (who, actor) in script.actors.iter().enumerate() {
            for (which, act) in actor.acts.iter().enumerate() {
                match act.begins {
                    Begins::At(at) => {
                        due.insert((now + pace.real(at), who, which), 0);
                    }
                    Begins::When(when, _) => waiting.push((who, which, when)),
                }
            }
        }
        let cast = script
            .actors
            .into_iter()
            .map(|actor| Cast {
                intruder: Intruder::new(&world, account, &actor, pace),
                actor,
            })
            .collect();
        Self {
            truth: world.truth(),
            world,
            pace,
            cast,
            due,
            waiting,
        }
    }

    async fn play(mut self, mut heard: UnboundedReceiver<Heard>, told: UnboundedSender<Acted>) {
        let mut paused = None;
        while !self.due.is_empty() || !self.waiting.is_empty() {
            let next = self.due.first_key_value().map(|(key, _)| *key);
            let next = next.filter(|_| paused.is_none());
            let awaits_cut = self.waiting.iter().any(|(.., when)| *when == When::Cut);
            if !awaits_cut {
                self.truth.close();
            }
            tokio::select! {
                biased;
                Some(heard) = heard.recv() => match heard {
                    Heard::Signal(Signal::Alarm) => self.comes(When::Alarm),
                    Heard::Signal(Signal::Pressed) => self.comes(When::Pressed),
                    Heard::Pause(true) => paused = paused.or_else(|| Some(Instant::now())),
                    Heard::Pause(false) => {
                        if let Some(since) = paused.take() {
                            self.put_off(since.elapsed());
                        }
                    }
                },
                Some(_) = self.truth.recv(), if awaits_cut => self.look_for_cuts(),
                () = until(next) => {
                    if let Some(acted) = self.act() {
                        // who plays need not be watched
                        let _ = told.send(acted);
                    }
                }
            }
        }
    }

    /// Does the next thing that is due, and says when it is due again.
    fn act(&mut self) -> Option<Acted> {
        let ((at, who, which), nth) = self.due.pop_first()?;
        let Cast { actor, intruder } = &self.cast[who];
        let act = &actor.acts[which];
        if let Some(every) = act.every
            && nth + 1 < times(act)
        {
            let wait = self.pace.real(every).max(Duration::from_millis(1));
            // who was kept waiting does not hurry afterwards
            let again = (at + wait).max(Instant::now());
            self.due.insert((again, who, which), nth + 1);
        }
        let outcome = match intruder.does(&act.deed) {
            Ok(()) => Outcome::Done,
            Err(refused) => Outcome::Refused {
                why: refused.to_string(),
            },
        };
        let acted = Acted {
            at_ms: u64::try_from(self.world.now().as_millis()).unwrap_or(u64::MAX),
            actor: actor.label.clone(),
            innocent: actor.innocent,
            deed: act.deed.words(),
            outcome,
        };
        Some(acted)
    }

    /// Everything that is due comes so much later.
    fn put_off(&mut self, by: Duration) {
        let due = std::mem::take(&mut self.due).into_iter();
        self.due = due
            .map(|((at, who, which), nth)| ((at + by, who, which), nth))
            .collect();
    }

    fn comes(&mut self, what: When) {
        self.release(|_, when| when == what);
    }

    fn look_for_cuts(&mut self) {
        let cut: Vec<bool> = self
            .cast
            .iter()
            .map(|cast| cast.intruder.is_cut())
            .collect();
        self.release(|who, when| when == When::Cut && cut[who]);
    }

    /// Has what waited for something begin after its time.
    fn release(&mut self, comes: impl Fn(usize, When) -> bool) {
        let now = Instant::now();
        let (cast, pace, due) = (&self.cast, self.pace, &mut self.due);
        self.waiting.retain(|&(who, which, when)| {
            if !comes(who, when) {
                return true;
            }
            if let Begins::When(_, after) = cast[who].actor.acts[which].begins {
                due.insert((now + pace.real(after), who, which), 0);
            }
            false
        });
    }
}

fn times(act: &Act) -> u64 {
    act.times
        .unwrap_or(if act.every.is_some() { u64::MAX } else { 1 })
}

async fn until(next: Option<(Instant, usize, usize)>) {
    match next {
        Some((at, ..)) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
