//! Accounts, runbooks, settings and practice, as the window asks for them.

use std::sync::Arc;

use controller::{
    Accounts, Command, Reply,
    account_adding::{self, NotAdded},
    account_draft, account_test, keychain,
    practice::Practice,
    runbooks,
};
use runbook::AccountName;
use venues::{Account, Environment};

use super::{Desk, Practising, Told, acts};
use crate::{
    ask::{AccountAsk, AccountDraft, AccountTold, KeyDraft, PracticeAsk, RunbookAsk, RunbookTold},
    autostart, convert, hotkey,
    view::{Problem, Settings},
    window,
};

impl Desk {
    /// About accounts.
    pub(crate) async fn account(&self, ask: AccountAsk) -> Told<AccountTold> {
        let home = &self.inner.home;
        let told = |error: controller::Error| convert::problem(&error);
        match ask {
            AccountAsk::Check { draft } => {
                let known = Accounts::read(home).map_err(told)?;
                let judged = account_draft::judge(&convert::draft(draft), &known.list);
                Ok(convert::judged(judged))
            }
            AccountAsk::Venues => Ok(AccountTold::Venues {
                venues: convert::venues(),
            }),
            AccountAsk::Add {
                draft,
                keys,
                insistence,
            } => self.add_account(draft, keys, &insistence).await,
            AccountAsk::Test { name } => {
                let account = self.account_named(&name).map_err(told)?;
                let means = home.means().map_err(told)?;
                let tested = account_test::test_account(&account, &means).await;
                let tested = tested.map_err(told)?;
                if let Err(error) = account_test::remember_tested(home, &tested) {
                    tracing::warn!(%error, "when the account was tested is not kept");
                }
                self.look_beside();
                Ok(AccountTold::Tested(convert::tested(&tested)))
            }
            AccountAsk::Remove { name } => {
                let name = AccountName::new(name);
                let removed = account_adding::remove_account(home, &name, || home.means()).await;
                let removed = removed.map_err(told)?;
                self.reload().await;
                let account = &removed.account;
                let left = removed
                    .keys_left
                    .map(|left| format!("{}. {}.", left.what, left.next));
                let at_the_venue = account.doors().iter().filter(|door| {
                    let real = [Environment::Live, Environment::Paper];
                    door.environment()
                        .is_some_and(|money| real.contains(&money))
                });
                let still = at_the_venue.map(|door| {
                    let kind = door.kind();
                    format!("The key of the {kind} door still works at the venue. Delete it there.")
                });
                Ok(AccountTold::Done {
                    words: format!("{} is removed. Its runs stay.", account.name()),
                    warnings: left.into_iter().chain(still).collect(),
                })
            }
            AccountAsk::Certificate { address } => account_draft::read_certificate(&address)
                .await
                .map(|sha256| AccountTold::Certificate { sha256 })
                .map_err(told),
            AccountAsk::Keychain => {
                let state = keychain::keychain_state(home).await;
                Ok(AccountTold::Keychain {
                    name: state.name.to_owned(),
                    signer: state.signer,
                    problem: state.problem.as_ref().map(convert::problem),
                })
            }
        }
    }

    async fn add_account(
        &self,
        draft: AccountDraft,
        keys: Vec<KeyDraft>,
        insistence: &str,
    ) -> Told<AccountTold> {
        let home = &self.inner.home;
        let told = |error: controller::Error| convert::problem(&error);
        let known = Accounts::read(home).map_err(told)?;
        let draft = convert::draft(draft);
        let mut judged = account_draft::judge(&draft, &known.list);
        let typed = keys.into_iter().map(convert::typed_key).collect();
        let keys = match account_draft::judge_keys(&draft, typed) {
            Ok(keys) => keys,
            Err(problems) => {
                judged.problems.extend(problems);
                Vec::new()
            }
        };
        if !judged.problems.is_empty() {
            return Ok(convert::judged(judged));
        }
        let insisted = account_adding::insists(insistence).map_err(told)?;
        let account = account_draft::build(&draft).map_err(told)?;
        let means = home.means().map_err(told)?;
        let open = |account: &Account<vault::Live>| Ok(account.open(&means)?);
        let added =
            account_adding::add_account(home, &account, &keys, insisted, &means, open).await;
        let warnings = match added {
            Ok(warnings) => warnings,
            Err(NotAdded::Other(error)) => return Err(told(error)),
            Err(NotAdded::MayWithdraw(error)) => {
                return Ok(AccountTold::MayWithdraw {
                    problem: told(error),
                    insistence: account_adding::INSISTENCE.to_owned(),
                });
            }
        };
        self.reload().await;
        let name = account.name();
        Ok(AccountTold::Done {
            words: if keys.is_empty() {
                format!("{name} is added. Nothing was sent to the venue.")
            } else {
                format!("{name} is added. The venue was asked what its keys may do.")
            },
            warnings,
        })
    }

    fn account_named(&self, name: &str) -> Result<Account<vault::Live>, controller::Error> {
        let known = Accounts::read(&self.inner.home)?;
        let name = AccountName::new(name);
        let found = known.select(std::slice::from_ref(&name))?;
        found
            .first()
            .map(|account| (*account).clone())
            .ok_or_else(|| {
                controller::Error::wrong(format!("there is no account named {name}"))
                    .next("look at the list of accounts")
            })
    }

    /// About runbooks.
    pub(crate) async fn runbook(&self, ask: RunbookAsk) -> Told<RunbookTold> {
        let home = &self.inner.home;
        let told = |error: controller::Error| convert::problem(&error);
        let done = |words: &str| RunbookTold::Done {
            words: words.to_owned(),
        };
        Ok(match ask {
            RunbookAsk::Read { id } => {
                let document = runbooks::read(home, &id).map_err(told)?;
                RunbookTold::Document(convert::document(document))
            }
            RunbookAsk::Check { id, text } => {
                let document = runbooks::check(home, &id, &text).map_err(told)?;
                RunbookTold::Document(convert::document(document))
            }
            RunbookAsk::EditStep {
                text,
                step,
                field,
                value,
            } => {
                let text = runbooks::edit_step(&text, convert::size(step), &field, &value)
                    .map_err(told)?;
                let document = runbooks::check(home, "", &text).map_err(told)?;
                RunbookTold::Document(convert::document(document))
            }
            RunbookAsk::MoveStep { text, from, to } => {
                let text = runbooks::move_step(&text, convert::size(from), convert::size(to))
                    .map_err(told)?;
                let document = runbooks::check(home, "", &text).map_err(told)?;
                RunbookTold::Document(convert::document(document))
            }
            RunbookAsk::Save { id, text } => {
                self.closed_during_a_run()?;
                let saved = runbooks::save(home, &id, &text).map_err(told)?;
                self.reload().await;
                RunbookTold::Document(convert::document(saved.document))
            }
            RunbookAsk::DiscardDraft { id } => {
                runbooks::discard_draft(home, &id).map_err(told)?;
                self.reload().await;
                done("The draft is discarded. The saved version stays in use.")
            }
            RunbookAsk::Remove { id } => {
                self.closed_during_a_run()?;
                let shipped = runbooks::remove(home, &id).map_err(told)?;
                self.reload().await;
                done(if shipped {
                    "Your version is removed. The shipped one is in use again."
                } else {
                    "Your runbook is removed."
                })
            }
            RunbookAsk::PrintCard { id } => {
                let path = controller::printed_card::write_card(home, &id).map_err(told)?;
                self.reload().await;
                acts::open_with_system(&path.display().to_string())?;
                done("The card is open in your browser. Print it there.")
            }
        })
    }

    fn closed_during_a_run(&self) -> Told<()> {
        if self.state().live.run.is_none() {
            return Ok(());
        }
        Err(Problem {
            what: "runbooks are closed while a run is open".to_owned(),
            untouched: "the saved version stays in use".to_owned(),
            next: "reset the run, then save".to_owned(),
        })
    }

    /// Keeps what the person chose, and applies it.
    pub(crate) async fn settings(&self, settings: Settings) -> Told<()> {
        let before = self.chosen();
        let kept = convert::settings_back(&settings);
        kept.write(&self.inner.home)
            .map_err(|error| convert::problem(&error))?;
        self.reload().await;
        let Some(app) = self.inner.app.get() else {
            return Ok(());
        };
        if settings.appearance != before.appearance {
            window::set_appearance(app, settings.appearance);
        }
        if settings.hotkey != before.hotkey {
            let (hotkey, why) = hotkey::register(app, self, settings.hotkey.as_deref());
            let mut state = self.state();
            state.outside.hotkey = hotkey;
            state.outside.hotkey_why = why;
        }
        if settings.arm_at_login != before.arm_at_login {
            let why = autostart::set(app, settings.arm_at_login).err();
            self.state().outside.autostart_why = why;
        }
        self.inner.changed.notify_one();
        Ok(())
    }

    /// Has the controller read accounts, runbooks and settings again.
    pub(super) async fn reload(&self) {
        self.look_beside();
        if let Ok(link) = self.live().await
            && let Err(error) = link.tell(Command::Reload).await
        {
            tracing::warn!(%error, "the controller did not read the home again");
        }
    }

    /// Starts or ends practice.
    pub(crate) async fn practice(&self, ask: PracticeAsk) -> Told<()> {
        match ask {
            PracticeAsk::Start => self.start_practice().await,
            PracticeAsk::End => {
                self.end_practice().await;
                Ok(())
            }
            PracticeAsk::ThisIsReal => {
                self.end_practice().await;
                self.cover(true).await
            }
        }
    }

    async fn start_practice(&self) -> Told<()> {
        if self.state().live.run.is_some() {
            return Err(Problem {
                what: "a live run is open".to_owned(),
                untouched: "it goes on".to_owned(),
                next: "reset it, then practise".to_owned(),
            });
        }
        if self.state().drilling.is_some() {
            return Err(Problem {
                what: "a drill is on".to_owned(),
                untouched: "it goes on".to_owned(),
                next: "finish it or leave it, then practise".to_owned(),
            });
        }
        let mut place = self.inner.practice.write().await;
        if place.is_some() {
            return Ok(());
        }
        let practice = Practice::start(&self.inner.home, None, self.shell())
            .await
            .map_err(|error| convert::problem(&error))?;
        let practice = Arc::new(practice);
        self.state().practising = Some(Practising {
            view: None,
            warming_up: true,
            story: practice.story().to_owned(),
            truth: Vec::new(),
            ended_run: None,
        });
        *place = Some(Arc::clone(&practice));
        drop(place);
        self.inner.changed.notify_one();
        let watching = practice.link().ask(Command::Watch).await;
        let desk = self.clone();
        if let Ok(mut replies) = watching {
            tauri::async_runtime::spawn(async move {
                while let Some(reply) = replies.recv().await {
                    if let Reply::View(view) = reply {
                        desk.heard_practice(*view);
                    }
                }
            });
        }
        let desk = self.clone();
        let warming = Arc::downgrade(&practice);
        tauri::async_runtime::spawn(async move {
            while warming
                .upgrade()
                .is_some_and(|practice| practice.is_warming_up())
            {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            if let Some(practising) = &mut desk.state().practising {
                practising.warming_up = false;
            }
            desk.inner.changed.notify_one();
        });
        Ok(())
    }

    fn heard_practice(&self, view: controller::View) {
        if let Some(practising) = &mut self.state().practising {
            practising.view = Some(view);
        }
        self.inner.changed.notify_one();
    }

    /// After the reset the simulator tells what it knows itself.
    pub(super) fn practice_ended(&self, run: &str, practice: &Practice) {
        if let Some(practising) = &mut self.state().practising {
            practising.truth = practice.truth();
            practising.ended_run = Some(run.to_owned());
        }
        self.inner.changed.notify_one();
    }

    pub(super) async fn end_practice(&self) {
        let ended = self.inner.practice.write().await.take();
        self.state().practising = None;
        self.inner.changed.notify_one();
        if let Some(practice) = ended {
            // a command that is still under way holds it for a moment; the last one to go ends it
            if let Some(practice) = Arc::into_inner(practice) {
                practice.end().await;
            }
            // a rehearsal more
            self.reload().await;
        }
    }
}
