//! Practice: a simulated account with an intruder at work in it, armed as on any day.
//!
//! Nothing real can be reached from here: the accounts are of the simulated realm by type. The truth
//! is asked of the simulator alone, never of the run.

use incident::{CardView, Mode};
use simulator::{
    Served,
    attacker::Script,
    faults::Front,
    pages::ScriptedPerson,
    serve::{Spec, serve},
    world::AccountId,
};

use crate::{
    Error, Home, Link, Shell,
    simulated::{Simulation, ask_of, means_of, not_served},
};

/// The story that is played where nobody chose another.
const STORY: &str = "thin-names";
/// What everything random follows from where nobody chose another.
const SEED: u64 = 1;

/// Practice under way. Everything simulated ends when it is dropped.
pub struct Practice {
    served: Served,
    simulation: Simulation,
    pages: Pages,
    story: String,
}

impl Practice {
    /// Serves a simulated account with an intruder in it, puts a controller of its own before it,
    /// and begins to arm it. A press is taken from now on.
    pub async fn start(home: &Home, seed: Option<u64>, shell: impl Shell) -> Result<Self, Error> {
        let story = Script::named(STORY);
        let told = story.as_ref().map(|script| format!("{}.", script.title));
        let served = serve(Spec {
            seed: seed.unwrap_or(SEED),
            fronts: [Front::Tws, Front::ClientPortal].into(),
            scripts: story.into_iter().collect(),
            ..Spec::default()
        })
        .await
        .map_err(not_served)?;
        let means = means_of(&served).await?;
        let simulation = Simulation::start(home, Mode::Practice, &served, means, shell).await?;
        Ok(Self {
            pages: Pages::of(&served),
            served,
            simulation,
            story: told.unwrap_or_default(),
        })
    }

    /// The way to its controller. No other process can reach it.
    pub fn link(&self) -> &Link {
        self.simulation.link()
    }

    /// What happens in the account, in a sentence.
    pub fn story(&self) -> &str {
        &self.story
    }

    /// Waits until the doors are open and may list again, as they could on any day that an account
    /// was armed earlier. A press before that works as well, and is held up by their pace.
    pub async fn warmed_up(&self) -> Result<(), Error> {
        self.simulation.warmed_up().await
    }

    /// Whether [`Practice::warmed_up`] would still wait.
    pub fn is_warming_up(&self) -> bool {
        self.simulation.is_warming_up()
    }

    /// Does on the simulated page what the card says, and reads the value that stands there then.
    pub fn look(&self, card: &CardView) -> Option<String> {
        self.pages.look(card)
    }

    /// The simulated pages, for whoever reads them later.
    pub fn pages(&self) -> Pages {
        self.pages.clone()
    }

    /// What the simulator itself knows now, a sentence an account.
    pub fn truth(&self) -> Vec<String> {
        self.served
            .world()
            .truth_summary()
            .iter()
            .map(|(name, left)| {
                format!(
                    "the simulator's own truth about {name}: {} open orders, {} open withdrawals, \
                     {} live sessions, {} live keys",
                    left.open_orders, left.open_withdrawals, left.live_sessions, left.live_keys
                )
            })
            .collect()
    }

    /// Ends it. A run that is open is left, with its summary written.
    pub async fn end(self) {
        self.simulation.end().await;
        self.served.stop().await;
    }
}

/// The pages and the security desk of simulated accounts.
#[derive(Clone)]
pub struct Pages {
    person: ScriptedPerson,
    accounts: Vec<(String, AccountId)>,
}

impl Pages {
    fn of(served: &Served) -> Self {
        Self {
            person: ScriptedPerson::new(served.world().clone()),
            accounts: served
                .accounts()
                .iter()
                .map(|account| (account.name().to_owned(), account.account().clone()))
                .collect(),
        }
    }

    /// See [`Practice::look`]. A card that is about no account is looked up on all.
    pub fn look(&self, card: &CardView) -> Option<String> {
        let chosen = self
            .accounts
            .iter()
            .filter(|(name, _)| {
                card.account
                    .as_ref()
                    .is_none_or(|only| only.as_str() == name)
            })
            .map(|(_, account)| account.clone())
            .collect::<Vec<_>>();
        if card.asks_code {
            return self.person.code(chosen.first()?);
        }
        self.person.answer(&chosen, &ask_of(card)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Headless, Reply};

    #[tokio::test]
    async fn a_press_right_after_the_start_is_taken_and_the_pages_answer_its_cards() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        let practice = Practice::start(&home, None, Headless).await.unwrap();
        assert!(practice.is_warming_up());
        assert!(practice.story().contains("stolen phone login"));
        let mut replies = practice.link().ask(press()).await.unwrap();
        let run = loop {
            if let Reply::Pressed { run, .. } = replies.recv().await.unwrap() {
                break run;
            }
        };
        let cards = loop {
            // each line may bring the first cards
            replies.recv().await.unwrap();
            let view = practice.link().tell(Command::Status).await.unwrap();
            if let Reply::View(view) = view
                && let Some(open) = view.run
                && !open.board.cards.is_empty()
            {
                break open.board.cards;
            }
        };
        let looked = cards.iter().find_map(|card| practice.look(card));
        assert!(looked.is_some(), "{cards:?}");
        let truth = practice.truth();
        assert!(truth[0].contains("ibkr-1"), "{truth:?}");
        practice.end().await;
        let left = crate::outline_run(&home.runs().join(run));
        assert_eq!((left.mode, left.damage), (Some(Mode::Practice), None));
    }

    #[tokio::test]
    async fn once_warmed_up_its_account_is_armed_through_every_door() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        let practice = Practice::start(&home, Some(7), Headless).await.unwrap();
        practice.warmed_up().await.unwrap();
        assert!(!practice.is_warming_up());
        let view = practice.link().tell(Command::Status).await.unwrap();
        let Reply::View(view) = view else {
            panic!("{view:?}");
        };
        assert!(view.accounts[0].armed);
        assert!(view.accounts[0].doors.iter().all(|door| door.open));
        practice.end().await;
    }

    fn press() -> Command {
        Command::Panic {
            runbook: "contain-everything".to_owned(),
            accounts: Vec::new(),
            from: "test".to_owned(),
            twice: false,
        }
    }
}
