//! What stands between the controller and everything that a person sees of it.
//!
//! It passes commands one way and views the other. It holds no truth of its own: the live
//! controller's view is shown, or in practice and in a drill that of the simulated one. A press from
//! the tray, the shortcut or a terminal is always live, and ends practice or the drill.

mod acts;
mod beside;
mod cases;
mod drills;
mod files;
mod readiness;
mod services;
mod shell;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use controller::{Accounts, Command, Home, Link, Reply};
use runbook::AccountName;
use tauri::AppHandle;
use tokio::sync::{Notify, RwLock};

use shell::DesktopShell;

use crate::{
    convert,
    notifications::Notifications,
    view::{self, Export, Problem, View},
};

type Told<T> = Result<T, Problem>;

/// The way to the program's state. Clones share it.
#[derive(Clone)]
pub(crate) struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    home: Home,
    notifications: Notifications,
    live: RwLock<Option<Arc<Link>>>,
    practice: RwLock<Option<Arc<controller::practice::Practice>>>,
    drill: RwLock<Option<Arc<controller::drill::Drill>>>,
    state: Mutex<State>,
    changed: Notify,
    tables: controller::cases::Tables,
    app: OnceLock<AppHandle>,
}

/// What is shown, and what it is made of.
struct State {
    seq: u32,
    live: controller::View,
    beside: convert::Beside,
    looks_on: bool,
    practising: Option<Practising>,
    drilling: Option<Drilling>,
    drilled: Option<String>,
    export: Option<Export>,
    collecting: Option<view::Collecting>,
    watching: Option<cases::Watching>,
    outside: view::Outside,
    notices: Vec<view::Notice>,
    to_arm: Vec<AccountName>,
    beat: Instant,
    reloaded: bool,
    shown: Option<Arc<View>>,
}

struct Practising {
    view: Option<controller::View>,
    warming_up: bool,
    story: String,
    truth: Vec<String>,
    ended_run: Option<String>,
}

/// A drill, or one that is being scored.
struct Drilling {
    view: Option<controller::View>,
    drill: controller::drill::DrillView,
    /// When `drill` was taken in: its clock goes on between.
    taken: Instant,
}

impl Drilling {
    /// Milliseconds since the alarm, now.
    fn since_alarm_ms(&self) -> Option<u64> {
        let drill = &self.drill;
        let stands = drill.paused || drill.phase == controller::drill::Phase::Over;
        let passed = if stands {
            Duration::ZERO
        } else {
            self.taken.elapsed()
        };
        let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        drill.since_alarm_ms.map(|ms| ms.saturating_add(passed))
    }
}

impl Desk {
    /// Becomes the home's controller, or finds the process that is, and takes up first of all a run
    /// that was killed in the middle.
    ///
    /// `named` says that the person named the home, so that a shortcut has to name it too.
    pub(crate) async fn begin(home: Home, named: bool, notifications: Notifications) -> Self {
        let accounts = Accounts::read(&home).unwrap_or_default();
        let state = State {
            seq: 0,
            live: controller::View {
                reading: true,
                ..controller::View::at_rest(&home, &accounts)
            },
            beside: read_beside(&home),
            looks_on: false,
            practising: None,
            drilling: None,
            drilled: None,
            export: None,
            collecting: None,
            watching: None,
            outside: view::Outside {
                tray: None,
                hotkey: view::HotkeyState::Off,
                hotkey_why: String::new(),
                command: press_command(&home, named),
                autostart_why: None,
            },
            notices: Vec::new(),
            to_arm: Vec::new(),
            beat: Instant::now(),
            reloaded: false,
            shown: None,
        };
        let desk = Self {
            inner: Arc::new(Inner {
                home,
                notifications,
                live: RwLock::new(None),
                practice: RwLock::new(None),
                drill: RwLock::new(None),
                state: Mutex::new(state),
                changed: Notify::new(),
                tables: controller::cases::Tables::default(),
                app: OnceLock::new(),
            }),
        };
        desk.connect().await;
        desk.go_on_beside();
        desk
    }

    /// Whether it can be reached after a try: the live controller.
    async fn connect(&self) -> bool {
        let home = &self.inner.home;
        match Link::take(home, self.shell()).await {
            Ok(link) => {
                let own = link.is_own();
                if own && let Some(run) = controller::unfinished(home) {
                    tracing::info!("a run that was broken off is taken up");
                    if let Err(error) = link.tell(Command::Resume { run }).await {
                        tracing::error!(%error, "the run could not be taken up");
                        self.notice("not_resumed", &error);
                    }
                }
                let accounts = std::mem::take(&mut self.state().to_arm);
                if own && !accounts.is_empty() {
                    // its answer comes when the doors have answered; the view tells sooner
                    drop(link.ask(Command::Arm { accounts }).await);
                }
                *self.inner.live.write().await = Some(Arc::new(link));
                let mut state = self.state();
                state.looks_on = !own;
                state.notices.retain(|notice| notice.id != "no_controller");
                true
            }
            Err(error) => {
                tracing::error!(%error, "no controller");
                self.notice("no_controller", &error);
                false
            }
        }
    }

    /// A resident command line that only keeps accounts armed hands them over: this program can also
    /// tell the person. Called once it is sure that no other window of this home is there.
    async fn take_over(&self) {
        let Ok(link) = self.live().await else { return };
        if link.is_own() {
            return;
        }
        let Ok(Reply::View(view)) = link.tell(Command::Status).await else {
            return;
        };
        if view.attended || view.run.is_some() {
            return;
        }
        let wanted = view.accounts.iter().filter(|account| account.wanted);
        let accounts = wanted
            .map(|account| account.name.clone())
            .collect::<Vec<_>>();
        // whoever watches it hears its end, and takes its place
        if link.tell(Command::Stop).await.is_ok() && !accounts.is_empty() {
            self.state().to_arm = accounts;
        }
    }

    /// Takes the toolkit's handle, once there is a window.
    pub(crate) fn attach(&self, app: AppHandle, tray: Option<String>, autostart: Option<String>) {
        let hotkey = self.chosen().hotkey;
        let (state_of_hotkey, why) = crate::hotkey::register(&app, self, hotkey.as_deref());
        {
            let mut state = self.state();
            state.outside.tray = tray;
            state.outside.autostart_why = autostart;
            state.outside.hotkey = state_of_hotkey;
            state.outside.hotkey_why = why;
            state.beat = Instant::now();
        }
        if self.inner.app.set(app).is_err() {
            tracing::error!("a second window was attached");
        }
        self.inner.changed.notify_one();
        let arms = self.chosen().arm_at_login;
        let desk = self.clone();
        tauri::async_runtime::spawn(async move {
            desk.take_over().await;
            if arms && let Err(problem) = desk.arm(Vec::new(), true).await {
                tracing::info!(what = problem.what, "nothing was armed at the start");
            }
        });
    }

    /// Ends the link. A run under way that this process performs is left resumable.
    pub(crate) async fn close(&self) {
        drop(self.end_drill(drill::Ended::Abandoned).await);
        if let Some(practice) = self.inner.practice.write().await.take()
            && let Some(practice) = Arc::into_inner(practice)
        {
            practice.end().await;
        }
        let Some(link) = self.inner.live.write().await.take() else {
            return;
        };
        let run = self.state().live.run.as_ref().map(|run| run.run.clone());
        if let (true, Some(run)) = (link.is_own(), run) {
            drop(link.tell(Command::Leave { run }).await);
        }
        if let Some(link) = Arc::into_inner(link) {
            drop(tokio::time::timeout(Duration::from_secs(3), link.close()).await);
        }
    }

    /// The settings as they are kept.
    pub(crate) fn chosen(&self) -> view::Settings {
        convert::settings(&self.state().live.settings)
    }

    /// Names this home among others of the same session.
    pub(crate) fn home_id(&self) -> &str {
        self.inner.home.id()
    }

    /// Where the tray's icons are put: nobody else can write there.
    pub(crate) fn tray_folder(&self) -> PathBuf {
        self.inner.home.root().join("tray")
    }

    /// Whether something depends on the program: a run, or accounts that are to stay armed.
    pub(crate) fn is_needed(&self) -> bool {
        let state = self.state();
        state.live.run.is_some() || state.live.accounts.iter().any(|account| account.wanted)
    }

    /// The window lives.
    pub(crate) fn beat(&self) {
        let mut state = self.state();
        state.beat = Instant::now();
        state.reloaded = false;
    }

    /// Says once where the program went.
    pub(crate) fn tell_hidden(&self) {
        let running = self.state().live.run.is_some();
        let body = if running {
            "The run goes on. Open Firebreak again to see the board."
        } else {
            "Accounts stay armed. Open Firebreak again to see them."
        };
        let notifications = &self.inner.notifications;
        notifications.tell("Firebreak goes on without its window", body, false);
    }

    /// Looks again at what is kept beside runbooks and accounts.
    fn look_beside(&self) {
        let beside = read_beside(&self.inner.home);
        self.state().beside = beside;
        self.inner.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // a panic while it was held has left whole values: each is set at once
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn shell(&self) -> DesktopShell {
        DesktopShell {
            inner: Arc::downgrade(&self.inner),
        }
    }

    fn notice(&self, id: &str, error: &controller::Error) {
        let mut state = self.state();
        state.notices.retain(|notice| notice.id != id);
        state.notices.push(view::Notice {
            id: id.to_owned(),
            what: error.what.clone(),
            untouched: error.untouched.clone(),
            next: error.next.clone(),
        });
        drop(state);
        self.inner.changed.notify_one();
    }

    async fn live(&self) -> Told<Arc<Link>> {
        self.inner.live.read().await.clone().ok_or_else(|| Problem {
            what: "another process holds this home and does not answer".to_owned(),
            untouched: "nothing was sent to any venue".to_owned(),
            next: "end that process, or contain from a terminal: firebreak panic".to_owned(),
        })
    }

    /// The controller that the window speaks to: the simulated one while it practises or drills.
    async fn shown_link(&self) -> Told<ShownLink> {
        if let Some(drill) = self.inner.drill.read().await.clone() {
            return Ok(ShownLink::Drill(drill));
        }
        if self.state().drilling.is_some() {
            return Err(drills::is_ending());
        }
        if let Some(practice) = self.inner.practice.read().await.clone() {
            return Ok(ShownLink::Practice(practice));
        }
        self.live().await.map(ShownLink::Live)
    }
}

/// See [`Desk::shown_link`].
enum ShownLink {
    Live(Arc<Link>),
    Practice(Arc<controller::practice::Practice>),
    Drill(Arc<controller::drill::Drill>),
}

impl std::ops::Deref for ShownLink {
    type Target = Link;

    fn deref(&self) -> &Link {
        match self {
            Self::Live(link) => link,
            Self::Practice(practice) => practice.link(),
            Self::Drill(drill) => drill.link(),
        }
    }
}

impl State {
    fn shown_parts(&self) -> convert::Parts<'_> {
        let practised = self.practising.as_ref();
        convert::Parts {
            seq: self.seq,
            live: &self.live,
            looks_on: self.looks_on,
            practice: practised.map(|practising| convert::PracticeParts {
                view: practising.view.as_ref(),
                warming_up: practising.warming_up,
                story: &practising.story,
                truth: &practising.truth,
                ended_run: practising.ended_run.as_deref(),
            }),
            drill: self.drilling.as_ref().map(|drilling| convert::DrillParts {
                view: drilling.view.as_ref(),
                drill: &drilling.drill,
                since_alarm_ms: drilling.since_alarm_ms(),
                has_tray: self.outside.tray.is_none(),
            }),
            drilled: self.drilled.as_deref(),
            export: self.export.as_ref(),
            collecting: self.collecting.as_ref(),
            watch: self.watching.as_ref().map(|watching| &watching.view),
            outside: &self.outside,
            notices: &self.notices,
            beside: &self.beside,
        }
    }
}

/// The command that a desktop's own shortcut should run.
fn press_command(home: &Home, named: bool) -> String {
    if named {
        format!("firebreak --home '{}' panic --twice", home.root().display())
    } else {
        "firebreak panic --twice".to_owned()
    }
}

fn read_beside(home: &Home) -> convert::Beside {
    convert::Beside {
        tested: controller::account_test::tested_at(home)
            .into_iter()
            .map(|(name, at)| (name.as_str().to_owned(), at))
            .collect(),
    }
}
