//! The press, and what a person does in a run.

use std::path::Path;

use controller::{Command, Reply};
use incident::{Actor, CardView, SkipReason};
use runbook::{AccountName, TaskId};
use tauri::AppHandle;

use super::{Desk, ShownLink, Told, drills};
use crate::{
    ask::{Act, Acted},
    convert, links, tray,
    view::{Detail, Problem, View},
    window,
};

impl Desk {
    /// How things stand now. A window that asks is alive.
    #[expect(clippy::unused_async, reason = "every command of the window is async")]
    pub(crate) async fn view(&self) -> Told<View> {
        self.beat();
        let (view, _) = self.make_view();
        Ok((*view).clone())
    }

    /// The press, from the window: the simulated accounts' while it practises or drills.
    ///
    /// `simulated` says which accounts the page showed: what was pressed there never reaches others.
    pub(crate) async fn press(&self, runbook: String, simulated: Option<bool>) -> Told<()> {
        if simulated == Some(false) {
            let link = self.live().await?;
            return post(&link, panic(runbook, "window", false)).await;
        }
        match self.shown_link().await? {
            ShownLink::Live(_) if simulated == Some(true) => Err(drills::is_over()),
            ShownLink::Drill(drill) => drills::press(&drill, &runbook, "window").await,
            link @ (ShownLink::Live(_) | ShownLink::Practice(_)) => {
                post(&link, panic(runbook, "window", false)).await
            }
        }
    }

    /// The press of the shortcut: the first opens the cover, the second contains. Always live.
    pub(crate) fn press_hotkey(&self) {
        self.press_live(panic("contain-everything".to_owned(), "hotkey", true));
    }

    fn press_live(&self, command: Command) {
        let desk = self.clone();
        tauri::async_runtime::spawn(async move {
            let pressed = match desk.live().await {
                Ok(link) => post(&link, command).await,
                Err(problem) => Err(problem),
            };
            match pressed {
                Ok(()) => desk.show_window(),
                Err(problem) => desk.tell_problem(&problem),
            }
        });
    }

    /// Opens or closes the cover of what is shown.
    pub(crate) async fn cover(&self, open: bool) -> Told<()> {
        let link = self.shown_link().await?;
        post(&link, Command::Cover { open }).await
    }

    /// Arms, or lets go. The doors open beside; the view says how far they are.
    pub(crate) async fn arm(&self, accounts: Vec<String>, on: bool) -> Told<()> {
        let link = self.live().await?;
        let accounts = accounts.into_iter().map(AccountName::new).collect();
        if !on {
            return post(&link, Command::Disarm { accounts }).await;
        }
        let mut replies = link
            .ask(Command::Arm { accounts })
            .await
            .map_err(|e| convert::problem(&e))?;
        // a refusal comes at once; doors take their time
        let soon = std::time::Duration::from_millis(300);
        if let Ok(Some(Reply::Failed(error))) = tokio::time::timeout(soon, replies.recv()).await {
            return Err(convert::problem(&error));
        }
        tauri::async_runtime::spawn(async move { while replies.recv().await.is_some() {} });
        Ok(())
    }

    /// What the person does in the run that is shown.
    pub(crate) async fn act(&self, act: Act) -> Told<Acted> {
        let link = self.shown_link().await?;
        if let Act::Resume { run } = act {
            let live = self.live().await?;
            return done(&live, Command::Resume { run }).await;
        }
        let run = self.run_shown()?;
        let by = Actor::You;
        if let (ShownLink::Drill(drill), Act::Answer { task, value }) = (&link, &act) {
            return self.answer_in_drill(drill, task, value.clone()).await;
        }
        let command = match act {
            Act::Answer { task, value } => Command::Answer {
                run,
                task: TaskId::new(task),
                value,
                by,
            },
            Act::Skip { task, reason } => Command::Skip {
                run,
                task: TaskId::new(task),
                reason: reason.map_or(SkipReason::NotApplicable, SkipReason::Other),
                by,
            },
            Act::Note { task, text } => Command::Note {
                run,
                text,
                task: task.map(TaskId::new),
            },
            Act::Attach { path } => {
                let (name, bytes) = controller::read_attachment(Path::new(&path))
                    .map_err(|e| convert::problem(&e))?;
                Command::AttachFile { run, name, bytes }
            }
            Act::Reset {
                positions_without_stop,
            } => {
                let reset = Command::Reset {
                    run: run.clone(),
                    positions_without_stop: positions_without_stop.map(u64::from),
                    by,
                };
                let acted = done(&link, reset).await?;
                if let ShownLink::Practice(practice) = &link {
                    self.practice_ended(&run, practice);
                }
                return Ok(acted);
            }
            Act::Look { task } => return self.look(&link, &TaskId::new(task)),
            Act::Resume { .. } => return Err(not_now()),
        };
        done(&link, command).await
    }

    /// What a tile opens to.
    pub(crate) async fn detail(&self, task: String) -> Told<Detail> {
        let link = self.shown_link().await?;
        let command = Command::Detail {
            run: self.run_shown()?,
            task: TaskId::new(task),
        };
        match link.tell(command).await {
            Ok(Reply::Detail(detail)) => Ok(convert::detail(&detail)),
            Ok(_) => Err(not_now()),
            Err(error) => Err(convert::problem(&error)),
        }
    }

    /// Opens a page in the browser, if it is on the list.
    #[expect(clippy::unused_async, reason = "every command of the window is async")]
    pub(crate) async fn open(&self, link: String) -> Told<()> {
        open(&link)
    }

    /// What the tray's menu asks for.
    pub(crate) fn tray(&self, app: &AppHandle, act: tray::Act) {
        match act {
            tray::Act::Contain(runbook) => self.press_live(panic(runbook, "tray", false)),
            tray::Act::Choose | tray::Act::Show | tray::Act::Phones => window::show(app),
            tray::Act::Practise => {
                window::show(app);
                self.beside(
                    |desk| async move { desk.practice(crate::ask::PracticeAsk::Start).await },
                );
            }
            tray::Act::Drill => {
                window::show(app);
                self.beside(|desk| async move { desk.press_drill().await });
            }
            tray::Act::ThisIsReal => {
                window::show(app);
                self.beside(|desk| async move { desk.stop_for_real().await });
            }
            tray::Act::Arm => {
                self.beside(|desk| async move { desk.arm(Vec::new(), true).await });
            }
            tray::Act::Disarm => {
                self.beside(|desk| async move { desk.arm(Vec::new(), false).await });
            }
            tray::Act::Quit => app.exit(0),
        }
    }

    fn beside<F>(&self, act: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Told<()>> + Send + 'static,
    {
        let desk = self.clone();
        let doing = act(self.clone());
        tauri::async_runtime::spawn(async move {
            if let Err(problem) = doing.await {
                desk.tell_problem(&problem);
            }
        });
    }

    fn run_shown(&self) -> Told<String> {
        let state = self.state();
        let shown = match (&state.drilling, &state.practising) {
            (Some(drilling), _) => drilling.view.as_ref(),
            (None, Some(practising)) => practising.view.as_ref(),
            (None, None) => Some(&state.live),
        };
        shown
            .and_then(|view| view.run.as_ref())
            .map(|run| run.run.clone())
            .ok_or_else(|| Problem {
                what: "no run is under way".to_owned(),
                untouched: "nothing was sent to any venue".to_owned(),
                next: "see the runs under Evidence".to_owned(),
            })
    }

    /// The card of a simulated run, as it is shown.
    pub(super) fn card_shown(&self, task: &TaskId) -> Told<CardView> {
        let state = self.state();
        let drilled = state.drilling.as_ref().map(|drilling| &drilling.view);
        let practised = state.practising.as_ref().map(|practising| &practising.view);
        let view = drilled.or(practised).and_then(Option::as_ref);
        let run = view
            .and_then(|view| view.run.as_ref())
            .ok_or_else(not_now)?;
        let card = run.board.cards.iter().find(|card| card.task == *task);
        card.cloned().ok_or_else(not_now)
    }

    fn look(&self, link: &ShownLink, task: &TaskId) -> Told<Acted> {
        let card = self.card_shown(task)?;
        let value = match link {
            ShownLink::Practice(practice) => practice.look(&card),
            // the person works in a drill's pages; only the code comes from elsewhere
            ShownLink::Drill(drill) if card.asks_code => drill.look(&card),
            ShownLink::Drill(_) | ShownLink::Live(_) => return Err(not_now()),
        };
        Ok(Acted {
            words: match &value {
                Some(value) => {
                    format!("You did it on the simulated page. It says now: {value}")
                }
                None => "No simulated page answers this card.".to_owned(),
            },
            value,
        })
    }

    fn show_window(&self) {
        if let Some(app) = self.inner.app.get() {
            window::show(app);
        }
    }

    fn tell_problem(&self, problem: &Problem) {
        let notifications = &self.inner.notifications;
        notifications.tell("Nothing was done", &problem.what, true);
    }
}

/// Opens a page in the browser, if it is on the list.
pub(super) fn open(link: &str) -> Told<()> {
    let url = links::checked(link)?;
    open_with_system(url.as_str())
}

/// Opens a page of the venue's, or a file of this program's own making, with the system's program.
pub(super) fn open_with_system(what: &str) -> Told<()> {
    open::that_detached(what).map_err(|error| {
        tracing::warn!(%error, "the system opened nothing");
        Problem {
            what: "no program opened it".to_owned(),
            untouched: "nothing was sent anywhere".to_owned(),
            next: format!("open it yourself: {what}"),
        }
    })
}

fn panic(runbook: String, from: &str, twice: bool) -> Command {
    Command::Panic {
        runbook,
        accounts: Vec::new(),
        from: from.to_owned(),
        twice,
    }
}

/// Posts a command and waits until it was taken.
async fn post(link: &controller::Link, command: Command) -> Told<()> {
    link.tell(command)
        .await
        .map(drop)
        .map_err(|error| convert::problem(&error))
}

async fn done(link: &controller::Link, command: Command) -> Told<Acted> {
    match link.tell(command).await {
        Ok(Reply::Done(words)) => Ok(Acted { words, value: None }),
        Ok(_) => Ok(Acted {
            words: String::new(),
            value: None,
        }),
        Err(error) => Err(convert::problem(&error)),
    }
}

fn not_now() -> Problem {
    Problem {
        what: "that is not to be done now".to_owned(),
        untouched: "the run is as it was".to_owned(),
        next: "look at the board again".to_owned(),
    }
}
