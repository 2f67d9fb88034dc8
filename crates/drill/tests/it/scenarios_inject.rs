//! What goes wrong on purpose.

use std::{collections::BTreeMap, time::Duration};

use drill::{
    inject::{Effect, Inject, When, draw, fault},
    scenario::{find, shipped},
};
use simulator::faults::{Begins, FaultKind};

#[test]
fn the_draw_follows_the_seed_and_the_weights() {
    let scenario = find("dead-bars").unwrap();
    let mut drawn = BTreeMap::new();
    for seed in 0..7_000 {
        let inject = draw(&scenario, seed).unwrap();
        assert_eq!(draw(&scenario, seed), Some(inject));
        *drawn.entry(inject).or_insert(0) += 1;
    }
    assert_eq!(drawn.len(), scenario.injects.len());
    for chance in &scenario.injects {
        let share = 1_000 * chance.weight;
        let times = drawn[&chance.inject];
        assert!(
            (share - 200..share + 200).contains(&times),
            "{chance:?}: {times}"
        );
    }
}

#[test]
fn a_scenario_without_injects_draws_none() {
    let mut scenario = find("dead-bars").unwrap();
    scenario.injects.clear();
    assert_eq!(draw(&scenario, 1), None);
}

#[test]
fn every_inject_is_named_by_its_id_and_is_drawn_somewhere() {
    for inject in Inject::ALL {
        assert_eq!(Inject::from_id(inject.id()), Some(inject));
        let named = serde_json::to_value(inject).unwrap();
        assert_eq!(named, inject.id());
        let mut injects = shipped().into_iter().flat_map(|scenario| scenario.injects);
        assert!(
            injects.any(|chance| chance.inject == inject),
            "{}",
            inject.id()
        );
    }
    assert_eq!(Inject::from_id("no-such"), None);
}

#[test]
fn every_inject_of_every_scenario_switches_something_on() {
    for scenario in shipped() {
        for inject in Inject::ALL {
            let effect = inject.effect(&scenario);
            assert_eq!(effect.is_some(), inject.fits(&scenario), "{}", inject.id());
            match effect {
                Some(Effect::Faults(specs)) => {
                    assert!(!specs.is_empty());
                    for spec in specs {
                        let fault = fault(&spec, 1.0).unwrap();
                        let fronts = fault.kind.fronts();
                        let bites = scenario.fronts().any(|front| fronts.contains(&front));
                        assert!(bites || fronts.is_empty(), "{}: {spec}", scenario.id);
                    }
                }
                Some(Effect::Actors(cast)) => {
                    assert!(!cast.is_empty());
                    for extra in cast {
                        assert!(scenario.account(&extra.account).is_some());
                        assert!(!extra.actor.acts.is_empty());
                    }
                }
                Some(Effect::Host(_)) | None => {}
            }
        }
    }
}

#[test]
fn nobody_at_an_exchange_waits_for_the_seat_of_a_broker() {
    let exchange = find("two-minutes-via").unwrap();
    for inject in [
        Inject::OtherSeat,
        Inject::HungGateway,
        Inject::BotStillRunning,
    ] {
        assert!(!inject.fits(&exchange), "{}", inject.id());
        assert_eq!(inject.effect(&exchange), None);
    }
    let broker = find("tired-thumb").unwrap();
    assert!(!Inject::KeyRevokedEarly.fits(&broker));
    assert!(Inject::OtherSeat.fits(&broker));
}

#[test]
fn times_of_a_fault_are_divided_by_the_speed_and_its_own_pace_is_not() {
    let spec = "network-is-not-a-fault";
    assert!(fault(spec, 1.0).is_err());
    let slow = fault("hang@2s..30s", 1.0).unwrap();
    let fast = fault("hang@2s..30s", 10.0).unwrap();
    assert_eq!(slow.begins, Begins::At(Duration::from_secs(2)));
    assert_eq!(fast.begins, Begins::At(Duration::from_millis(200)));
    assert_eq!(fast.until, Some(Duration::from_secs(3)));
    let paced = fault("competing-session:every=5s", 10.0).unwrap();
    assert_eq!(paced.kind, FaultKind::CompetingSession);
    assert_eq!(paced.to_string(), "competing-session:every=5s");
}

#[test]
fn what_has_to_be_there_before_the_press_is_there_before_it() {
    assert_eq!(Inject::LockedKeychain.when(), When::Start);
    assert_eq!(Inject::KeyRevokedEarly.when(), When::Press);
    assert_eq!(Inject::OtherSeat.when(), When::Alarm);
}

#[test]
fn with_the_key_gone_early_a_drill_may_stay_open_and_is_not_blamed_for_it() {
    let scenario = find("two-minutes-via").unwrap();
    assert!(scenario.may_end_contained(None));
    assert!(scenario.may_end_contained(Some(Inject::TooManyRequests)));
    assert!(!scenario.may_end_contained(Some(Inject::KeyRevokedEarly)));
}
