//! Drills: started, played through the window and the tray, and ended by whatever is real.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use controller::{
    Command, Home, Reply,
    drill::{self as drills, Choice, DebriefView, Drill, DrillView, Injects},
};
use drill::{Ended, Player};
use incident::Actor;
use jiff::{Timestamp, ToSpan as _};
use runbook::TaskId;

use super::{Desk, Drilling, Told};
use crate::{
    ask::{Acted, DrillAsk, DrillTold},
    convert::{self, drills as converted},
    view::Problem,
};

/// How long a command that is still under way may hold a drill that ends.
const LET_GO_WITHIN: Duration = Duration::from_secs(5);
/// What the tray presses in a drill.
const EVERYTHING: &str = "contain-everything";
/// How often time passes on the phone of a drill.
const PHONE_TICKS: Duration = Duration::from_millis(250);

impl Desk {
    /// About drills.
    pub(crate) async fn drill(&self, ask: DrillAsk) -> Told<DrillTold> {
        match ask {
            DrillAsk::Start {
                scenario,
                seed,
                speed,
                clock,
                injects,
            } => {
                let choice = Choice {
                    scenario,
                    seed: seed.map(u64::from),
                    player: Player::You,
                    speed: speed.unwrap_or(1.0),
                    clock,
                    injects: if injects {
                        Injects::Drawn
                    } else {
                        Injects::None
                    },
                };
                self.start_drill(choice).await?;
                Ok(done("The drill is ready. Nothing goes on yet."))
            }
            DrillAsk::Finish => self.finish_drill(Ended::Finished).await,
            DrillAsk::StandDown => self.finish_drill(Ended::StoodDown).await,
            DrillAsk::Abandon => {
                self.end_drill(Ended::Abandoned).await?;
                Ok(done("The drill was left. It has no score."))
            }
            DrillAsk::ThisIsReal => {
                self.stop_for_real().await?;
                Ok(done("The drill is stopped. What is shown now is real."))
            }
            DrillAsk::Scenarios
            | DrillAsk::History
            | DrillAsk::Debrief { .. }
            | DrillAsk::ChooseFix { .. }
            | DrillAsk::WriteAnswers { .. }
            | DrillAsk::Snooze { .. }
            | DrillAsk::ExportCalendar { .. } => self.kept_drills(ask).await,
            DrillAsk::Begin
            | DrillAsk::Page { .. }
            | DrillAsk::ActOn { .. }
            | DrillAsk::Dial { .. }
            | DrillAsk::PickUp { .. }
            | DrillAsk::Say { .. }
            | DrillAsk::HangUp
            | DrillAsk::Fact { .. }
            | DrillAsk::Pause { .. }
            | DrillAsk::UnlockKeychain => play(&*self.drill_on().await?, ask).await,
        }
    }

    /// The press of the tray in a drill, which also finds the window alive again.
    pub(super) async fn press_drill(&self) -> Told<()> {
        let drill = self.drill_on().await?;
        drill.revive_window();
        press(&drill, EVERYTHING, "tray").await
    }

    /// Something real happens: the drill ends, carries nothing over, and the cover is open.
    pub(super) async fn stop_for_real(&self) -> Told<()> {
        self.drop_drill().await;
        self.cover(true).await
    }

    /// What is real is shown at once; the drill is put away beside it.
    pub(super) async fn drop_drill(&self) {
        let dropped = self.inner.drill.write().await.take();
        self.forget_drill();
        let Some(drill) = dropped else { return };
        let desk = self.clone();
        tokio::spawn(async move {
            drop(desk.score(drill, Ended::Real).await);
            desk.reload().await;
        });
    }

    /// Answers a card of the drill's run.
    pub(super) async fn answer_in_drill(
        &self,
        drill: &Drill,
        task: &str,
        value: String,
    ) -> Told<Acted> {
        let card = self.card_shown(&TaskId::new(task))?;
        match drill.answer(&card, value, Actor::You).await {
            Ok(Reply::Done(words)) => Ok(Acted { words, value: None }),
            Ok(_) => Ok(Acted {
                words: String::new(),
                value: None,
            }),
            Err(error) => Err(convert::problem(&error)),
        }
    }

    async fn start_drill(&self, choice: Choice) -> Told<()> {
        if self.state().live.run.is_some() {
            return Err(live_run_open());
        }
        self.end_practice().await;
        let mut place = self.inner.drill.write().await;
        if place.is_some() || self.state().drilling.is_some() {
            return Err(Problem {
                what: "a drill is on already".to_owned(),
                untouched: "it goes on".to_owned(),
                next: "finish it, or leave it".to_owned(),
            });
        }
        let drill = Drill::start(&self.inner.home, choice, self.shell())
            .await
            .map_err(|error| convert::problem(&error))?;
        let pressed_meanwhile = {
            let mut state = self.state();
            let pressed = state.live.run.is_some();
            if !pressed {
                state.drilled = None;
                state.drilling = Some(Drilling {
                    view: None,
                    drill: drill.view(),
                    taken: Instant::now(),
                });
            }
            pressed
        };
        if pressed_meanwhile {
            drop(drill.finish(Ended::Real).await);
            return Err(live_run_open());
        }
        let drill = Arc::new(drill);
        *place = Some(Arc::clone(&drill));
        drop(place);
        self.inner.changed.notify_one();
        if let Ok(mut replies) = drill.link().ask(Command::Watch).await {
            let desk = self.clone();
            tauri::async_runtime::spawn(async move {
                while let Some(reply) = replies.recv().await {
                    if let Reply::View(view) = reply {
                        desk.heard_drill(*view);
                    }
                }
            });
        }
        tauri::async_runtime::spawn(follow(self.clone(), Arc::downgrade(&drill)));
        Ok(())
    }

    fn heard_drill(&self, view: controller::View) {
        if let Some(drilling) = &mut self.state().drilling {
            drilling.view = Some(view);
        }
        self.inner.changed.notify_one();
    }

    /// Takes in how far the drill is, and tells the person what reached them.
    fn take_drill(&self, fresh: DrillView) {
        let told = {
            let mut state = self.state();
            let has_tray = state.outside.tray.is_none();
            let Some(drilling) = &mut state.drilling else {
                return;
            };
            let before = std::mem::replace(&mut drilling.drill, fresh);
            drilling.taken = Instant::now();
            let now = &drilling.drill;
            let mut told = now
                .alarms
                .iter()
                .skip(before.alarms.len())
                .map(|alarm| (format!("DRILL: {}", alarm.from), alarm.text.clone()))
                .collect::<Vec<_>>();
            if now.window_dead && has_tray && before.alarms.is_empty() && !told.is_empty() {
                told.push((
                    "DRILL: the window does not answer".to_owned(),
                    "Simulated, as a part of the drill. In the tray's menu: Contain (drill)."
                        .to_owned(),
                ));
            }
            told
        };
        for (title, body) in told {
            self.inner.notifications.tell(&title, &body, true);
        }
        self.inner.changed.notify_one();
    }

    async fn finish_drill(&self, how: Ended) -> Told<DrillTold> {
        match self.end_drill(how).await? {
            Some(debrief) => Ok(DrillTold::Debrief(Box::new(converted::debrief(debrief)))),
            None => Err(none_on()),
        }
    }

    /// Ends the drill, if one is on: scored and kept. Until that is done the window speaks to nobody.
    pub(super) async fn end_drill(&self, how: Ended) -> Told<Option<DebriefView>> {
        let Some(drill) = self.inner.drill.write().await.take() else {
            return Ok(None);
        };
        if let Some(drilling) = &mut self.state().drilling {
            drilling.drill.phase = drills::Phase::Over;
        }
        self.inner.changed.notify_one();
        let debrief = self.score(drill, how).await;
        self.forget_drill();
        // a rehearsal more
        self.reload().await;
        debrief.map(Some).map_err(|error| convert::problem(&error))
    }

    async fn score(&self, drill: Arc<Drill>, how: Ended) -> Result<DebriefView, controller::Error> {
        let Some(drill) = let_go(drill).await else {
            return Err(controller::Error::lost("the drill was ended in the middle")
                .next("start another one"));
        };
        let (debrief, _) = drill.finish(how).await?;
        if matches!(how, Ended::Finished | Ended::StoodDown | Ended::TimedOut) {
            self.state().drilled = Some(debrief.drill.clone());
        }
        Ok(debrief)
    }

    /// What is shown is real again.
    fn forget_drill(&self) {
        self.state().drilling = None;
        self.inner.changed.notify_one();
    }

    async fn drill_on(&self) -> Told<Arc<Drill>> {
        self.inner.drill.read().await.clone().ok_or_else(none_on)
    }

    /// What is kept of drills in the home.
    async fn kept_drills(&self, ask: DrillAsk) -> Told<DrillTold> {
        let home = self.inner.home.clone();
        let changes_when = matches!(ask, DrillAsk::Snooze { .. });
        let asked = tokio::task::spawn_blocking(move || kept(&home, ask)).await;
        let told = asked.map_err(|error| Problem {
            what: format!("the history could not be read: {error}"),
            untouched: "it is as it was".to_owned(),
            next: "try again".to_owned(),
        })?;
        if changes_when {
            self.reload().await;
        }
        told.map_err(|error| convert::problem(&error))
    }
}

/// The press in a drill.
pub(super) async fn press(drill: &Drill, runbook: &str, from: &str) -> Told<()> {
    let pressed = drill.press(runbook, from).await;
    pressed.map(drop).map_err(|error| convert::problem(&error))
}

/// The window showed simulated accounts that are gone.
pub(super) fn is_over() -> Problem {
    Problem {
        what: "the accounts that were shown were simulated, and are gone".to_owned(),
        untouched: "no real account was touched".to_owned(),
        next: "look at what is shown now; a press from here is real".to_owned(),
    }
}

/// The drill is being scored.
pub(super) fn is_ending() -> Problem {
    Problem {
        what: "the drill is ending".to_owned(),
        untouched: "no real account was touched".to_owned(),
        next: "wait for the debrief; the tray and the terminal contain for real".to_owned(),
    }
}

fn live_run_open() -> Problem {
    Problem {
        what: "a live run is open".to_owned(),
        untouched: "it goes on".to_owned(),
        next: "reset it, then start a drill".to_owned(),
    }
}

fn none_on() -> Problem {
    Problem {
        what: "no drill is on".to_owned(),
        untouched: "nothing was changed".to_owned(),
        next: "start one under Drills".to_owned(),
    }
}

fn done(words: &str) -> DrillTold {
    DrillTold::Done {
        words: words.to_owned(),
    }
}

/// What the person does in the story.
async fn play(drill: &Drill, ask: DrillAsk) -> Told<DrillTold> {
    let told = |error: controller::Error| convert::problem(&error);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is not done in a drill was sorted out before"
    )]
    match ask {
        DrillAsk::Begin => drill.begin(),
        DrillAsk::Page { account, page } => {
            let page = drill.page(&account, &page).map_err(told)?;
            return Ok(DrillTold::Page(converted::page(&page)));
        }
        DrillAsk::ActOn { account, page, row } => {
            let page = drill.act(&account, &page, row.as_deref()).map_err(told)?;
            return Ok(DrillTold::Page(converted::page(&page)));
        }
        DrillAsk::Dial { contact } => drill.dial(&contact).map_err(told)?,
        DrillAsk::PickUp { alarm } => drill.pick_up(alarm).map_err(told)?,
        DrillAsk::Say { text } => drill.say(&text).map_err(told)?,
        DrillAsk::HangUp => drill.hang_up().map_err(told)?,
        DrillAsk::Fact { id } => drill.ask(&id).map_err(told)?,
        DrillAsk::Pause { on } => drill.pause(on),
        DrillAsk::UnlockKeychain => drill.unlock_keychain().await.map_err(told)?,
        _ => return Err(none_on()),
    }
    Ok(done(""))
}

/// What is kept of drills, read or written.
fn kept(home: &Home, ask: DrillAsk) -> Result<DrillTold, controller::Error> {
    let done = |words: String| Ok(DrillTold::Done { words });
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is done in a drill was sorted out before"
    )]
    match ask {
        DrillAsk::Scenarios => {
            let (scenarios, problems) = drills::list(home);
            Ok(DrillTold::Scenarios {
                scenarios: scenarios.iter().map(converted::scenario).collect(),
                problems,
            })
        }
        DrillAsk::Debrief { drill } => {
            let debrief = drills::debrief(home, &drill)?;
            Ok(DrillTold::Debrief(Box::new(converted::debrief(debrief))))
        }
        DrillAsk::ChooseFix { drill, fix } => {
            drills::choose_fix(home, &drill, &fix)?;
            done("It is carried into the next briefing.".to_owned())
        }
        DrillAsk::WriteAnswers { drill, answers } => {
            let answers = answers
                .into_iter()
                .map(|answer| (answer.question, answer.text))
                .collect::<Vec<_>>();
            drills::write_answers(home, &drill, &answers)?;
            done("Kept.".to_owned())
        }
        DrillAsk::Snooze { days, reason } => {
            let until = Timestamp::now() + i64::from(days.min(366)).saturating_mul(24).hours();
            drills::snooze(home, until, &reason)?;
            done("The rehearsal is put off.".to_owned())
        }
        DrillAsk::ExportCalendar { path } => {
            drills::export_ics(home, Path::new(path.trim()))?;
            done(format!("The schedule is in {}", path.trim()))
        }
        _ => {
            let history = drills::history(home)?;
            let schedule = drills::schedule(home, Timestamp::now())?;
            Ok(DrillTold::History(converted::history(&history, &schedule)))
        }
    }
}

/// Follows a drill until it ends by itself or is ended.
async fn follow(desk: Desk, drill: std::sync::Weak<Drill>) {
    let (mut changed, mut over) = match drill.upgrade() {
        Some(drill) => (drill.changed(), drill.over()),
        None => return,
    };
    let mut ticks = tokio::time::interval(PHONE_TICKS);
    loop {
        if let Some(drill) = drill.upgrade() {
            desk.take_drill(drill.view());
        }
        if *over.borrow_and_update() {
            drop(desk.end_drill(Ended::TimedOut).await);
            return;
        }
        tokio::select! {
            more = changed.changed() => if more.is_err() { return },
            more = over.changed() => if more.is_err() { return },
            () = phone_rings_on(&mut ticks, &drill) => {}
        }
    }
}

/// Lets time pass on the phone until a thing changes that nobody tells: whether doors are open.
async fn phone_rings_on(ticks: &mut tokio::time::Interval, drill: &std::sync::Weak<Drill>) {
    let warming = drill.upgrade().map(|drill| drill.view().warming_up);
    loop {
        ticks.tick().await;
        let Some(drill) = drill.upgrade() else { return };
        drill.tick();
        if warming == Some(true) && !drill.view().warming_up {
            return;
        }
    }
}

/// The drill alone, once no command holds it any more.
async fn let_go(mut drill: Arc<Drill>) -> Option<Drill> {
    let until = Instant::now() + LET_GO_WITHIN;
    loop {
        match Arc::try_unwrap(drill) {
            Ok(drill) => return Some(drill),
            Err(held) if Instant::now() < until => drill = held,
            Err(_) => return None,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
