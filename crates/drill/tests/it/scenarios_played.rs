//! The shipped stories, played in a world of their own with nobody to answer them.

use std::{collections::BTreeMap, time::Duration};

use drill::{
    inject::{Effect, Inject},
    scenario::{Cast, Scenario, find, shipped},
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use simulator::{
    attacker::{Acted, Outcome, Pace, Performance, Script},
    pages::{self, PageId},
    truth::{AccountTruth, Harm},
    world::{AccountId, Venue, World},
};
use tokio::sync::mpsc::UnboundedReceiver;

/// A scenario's accounts, and who is at work in them.
struct Played {
    world: World,
    accounts: BTreeMap<String, AccountId>,
    performances: Vec<(Performance, UnboundedReceiver<Acted>)>,
    begun: AccountTruth,
}

impl Played {
    fn begin(scenario: &Scenario) -> Self {
        Self::with(scenario, &scenario.actors)
    }

    fn with(scenario: &Scenario, cast: &[Cast]) -> Self {
        let world = World::new(1, Timestamp::UNIX_EPOCH);
        tokio::spawn({
            let world = world.clone();
            async move { world.drive().await }
        });
        let mut accounts = BTreeMap::new();
        for account in &scenario.accounts {
            let (name, past) = (&account.name, &account.past);
            let id = match account.venue {
                Venue::Ibkr => world.seed_account(name, past),
                Venue::Kraken | Venue::Deribit => world.seed_exchange(name, account.venue, past),
            };
            accounts.insert(name.clone(), id.unwrap());
        }
        let begun = sum(&world);
        let performances = accounts.iter().map(|(name, id)| {
            let actors = cast.iter().filter(|cast| cast.account == *name);
            let script = Script {
                id: scenario.id.clone(),
                title: scenario.title.clone(),
                actors: actors.map(|cast| cast.actor.clone()).collect(),
            };
            let mut performance =
                Performance::start(world.clone(), id.clone(), script, Pace::default());
            let acts = performance.acts().unwrap();
            (performance, acts)
        });
        let performances = performances.collect();
        Self {
            world,
            accounts,
            performances,
            begun,
        }
    }

    /// What is done in a time, as it is done.
    async fn goes_on(&mut self, time: Duration) -> Vec<Acted> {
        tokio::time::sleep(time).await;
        let mut acted = Vec::new();
        for (_, acts) in &mut self.performances {
            acted.extend(std::iter::from_fn(|| acts.try_recv().ok()));
        }
        acted
    }

    fn harm(&self) -> Decimal {
        Harm::of(&self.world.truth_so_far()).total()
    }
}

fn sum(world: &World) -> AccountTruth {
    let mut all = AccountTruth::default();
    for truth in world.truth_summary().values() {
        all.open_orders += truth.open_orders;
        all.live_sessions += truth.live_sessions;
    }
    all
}

#[tokio::test(start_paused = true)]
async fn with_nobody_to_answer_everything_is_done_as_the_story_tells_it() {
    for scenario in shipped() {
        let mut played = Played::begin(&scenario);
        let acted = played.goes_on(scenario.length).await;
        assert!(!acted.is_empty(), "{}", scenario.id);
        for act in &acted {
            assert_eq!(act.outcome, Outcome::Done, "{}: {act:?}", scenario.id);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_intruder_who_is_left_alone_costs_money_and_an_innocent_does_not() {
    for scenario in shipped() {
        let mut played = Played::begin(&scenario);
        played.goes_on(scenario.length).await;
        let intruders = scenario.actors.iter().any(|cast| !cast.actor.innocent);
        let harm = played.harm();
        assert_eq!(harm > Decimal::ZERO, intruders, "{}: {harm}", scenario.id);
        assert!(harm >= Decimal::ZERO, "{}: {harm}", scenario.id);
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_alarm_there_is_something_left_to_stop() {
    for scenario in shipped()
        .into_iter()
        .filter(|scenario| scenario.right.press)
    {
        let mut played = Played::begin(&scenario);
        played.goes_on(scenario.alarm().unwrap().at).await;
        let (before, now) = (played.begun, sum(&played.world));
        let more = now.open_orders > before.open_orders || now.live_sessions > before.live_sessions;
        assert!(more, "{}: {before:?} {now:?}", scenario.id);
    }
}

#[tokio::test(start_paused = true)]
async fn who_answers_at_the_alarm_keeps_what_would_have_gone_later() {
    for scenario in shipped()
        .into_iter()
        .filter(|scenario| scenario.right.press)
    {
        let mut played = Played::begin(&scenario);
        played.goes_on(scenario.alarm().unwrap().at).await;
        let lost = played.harm();
        for account in played.accounts.values() {
            for page in pages::pages_for(&played.world, account).unwrap() {
                pages::act(&played.world, account, page).unwrap();
            }
        }
        let later = played.goes_on(scenario.length).await;
        assert_eq!(played.harm(), lost, "{}", scenario.id);
        for act in later.iter().filter(|act| !act.innocent) {
            assert_ne!(act.outcome, Outcome::Done, "{}: {act:?}", scenario.id);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_desk_can_hold_what_another_broker_pulls() {
    let scenario = find("back-door").unwrap();
    let mut played = Played::begin(&scenario);
    played.goes_on(Duration::from_mins(3)).await;
    let instead = scenario.right.instead.as_ref().unwrap();
    let account = &played.accounts[instead.account.as_ref().unwrap()];
    for page in &instead.pages {
        let page = PageId::from_id(page).unwrap();
        pages::act(&played.world, account, page).unwrap();
    }
    played.goes_on(scenario.length).await;
    assert_eq!(played.harm(), Decimal::ZERO);
}

#[tokio::test(start_paused = true)]
async fn whoever_an_inject_brings_can_do_what_they_are_brought_for() {
    for scenario in shipped() {
        for inject in Inject::ALL {
            let Some(Effect::Actors(cast)) = inject.effect(&scenario) else {
                continue;
            };
            let mut played = Played::with(&scenario, &cast);
            let acted = played.goes_on(Duration::from_mins(1)).await;
            assert!(!acted.is_empty(), "{}: {}", scenario.id, inject.id());
            for act in acted {
                assert_eq!(act.outcome, Outcome::Done, "{}: {act:?}", scenario.id);
            }
            assert_eq!(played.harm(), Decimal::ZERO);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_bot_places_again_what_was_cancelled_until_it_is_stopped() {
    let scenario = find("knight-at-home").unwrap();
    let Some(Effect::Actors(cast)) = Inject::BotStillRunning.effect(&scenario) else {
        panic!("the inject fits");
    };
    let mut played = Played::with(&scenario, &cast);
    let account = played.accounts["ibkr-bot"].clone();
    let act = |played: &Played, page| pages::act(&played.world, &account, page).unwrap();
    played.goes_on(Duration::from_secs(15)).await;
    act(&played, PageId::Orders);
    played.goes_on(Duration::from_secs(1)).await;
    assert_eq!(sum(&played.world).open_orders, 0);
    played.goes_on(Duration::from_secs(25)).await;
    assert!(sum(&played.world).open_orders > 0);
    act(&played, PageId::Bots);
    act(&played, PageId::Orders);
    played.goes_on(Duration::from_mins(3)).await;
    assert_eq!(sum(&played.world).open_orders, 0);
}
