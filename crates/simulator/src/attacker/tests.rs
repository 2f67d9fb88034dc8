//! Actors against the world's own truth.

mod deeds;
mod pace;

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

use super::{script::SHIPPED, *};
use crate::{
    truth::AccountTruth,
    world::{AccountId, Seeding, World},
};

fn empty(faults: &[&str]) -> (World, AccountId) {
    let world = World::new(5, Timestamp::UNIX_EPOCH);
    let seeding = Seeding {
        orders: 0,
        holdings: 0,
        put_aside: false,
        ..Seeding::default()
    };
    let account = world.seed_account("a", &seeding).unwrap();
    for fault in faults {
        world.faults().switch_on(fault.parse().unwrap());
    }
    (world, account)
}

fn truth(world: &World) -> AccountTruth {
    world.truth_summary()["a"]
}

#[test]
fn shipped_scripts_parse_and_print_back_the_same() {
    let scripts = Script::shipped();
    for script in &scripts {
        let text = toml::to_string(script).unwrap();
        assert_eq!(Script::parse(&text).unwrap(), *script, "{}", script.id);
    }
    let ids: BTreeSet<_> = scripts.iter().map(|script| &script.id).collect();
    assert_eq!(ids.len(), scripts.len());
}

#[test]
fn a_script_with_a_word_too_many_is_refused() {
    let good = SHIPPED[0];
    for (from, to) in [
        ("id =", "shell = \"rm\"\nid ="),
        ("symbol", "ticker"),
        ("at = \"200ms\"", "at = \"soon\""),
        ("do = \"place\"", "do = \"run\""),
        ("platform = \"web\"", "platform = \"web\", host = \"a\""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert!(Script::parse(&bad).is_err(), "{to}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_intruder_places_until_the_login_is_refused() {
    let (world, account) = empty(&[]);
    let script = Script::named("thin-names").unwrap();
    let playing = tokio::spawn(perform(world.clone(), account.clone(), script));
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = truth(&world);
    assert!(before.open_orders > 5, "{before:?}");
    assert_eq!(before.open_withdrawals, 1);
    // thrown out, they come back
    world.end_other_sessions(&account).unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let back = truth(&world);
    assert!(back.open_orders > before.open_orders);
    // without the password they do not
    world.change_password(&account).unwrap();
    world.end_other_sessions(&account).unwrap();
    let left = truth(&world).open_orders;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(truth(&world).open_orders, left);
    assert_eq!(truth(&world).live_sessions, 1);
    playing.abort();
}

#[tokio::test(start_paused = true)]
async fn a_leaked_key_trades_until_it_is_switched_off() {
    let (world, account) = empty(&[]);
    let script = Script::named("leaked-key").unwrap();
    tokio::spawn(perform(world.clone(), account.clone(), script));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = truth(&world).open_orders;
    assert!(before > 2);
    world.revoke_key(&account, "FIREBREAK").unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(truth(&world).open_orders, before);
}

#[tokio::test(start_paused = true)]
async fn the_attacker_fault_places_at_its_interval_and_stops_with_it() {
    let (world, _) = empty(&["attacker:every=100ms@1s..2s"]);
    tokio::spawn(haunt(world.clone()));
    tokio::time::sleep(Duration::from_millis(999)).await;
    assert_eq!(truth(&world).open_orders, 0);
    tokio::time::sleep(Duration::from_secs(9)).await;
    let placed = truth(&world).open_orders;
    assert!((9..=11).contains(&placed), "{placed}");
}

#[tokio::test(start_paused = true)]
async fn a_competing_session_takes_the_seat_back_again_and_again() {
    let (world, account) = empty(&["tws/competing-session:every=1s"]);
    tokio::spawn(haunt(world.clone()));
    let tws = world.sessions(&account)[0].id;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert!(!world.session(tws).unwrap().seat);
        assert!(!world.tws_linked(&account));
        world.take_seat(tws, true).unwrap();
    }
    assert_eq!(world.session(tws).unwrap().evicted, 3);
}

#[tokio::test(start_paused = true)]
async fn while_a_story_stands_still_nobody_acts_and_nothing_is_made_up_for() {
    let (world, account) = empty(&[]);
    let script = Script::named("own-bot").unwrap();
    let story = Performance::start(world.clone(), account, script, Pace::default());
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let before = truth(&world).open_orders;
    story.pause(true);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(truth(&world).open_orders, before);
    story.pause(false);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(truth(&world).open_orders, before + 2);
}

#[test]
fn an_act_begins_at_a_time_or_with_something_and_never_with_both_or_neither() {
    let good = SHIPPED[0];
    for (at, why) in [
        ("", "needs `at` or `when`"),
        ("at = \"1s\"\nwhen = \"cut\"", "not both"),
        ("at = \"1s\"\nafter = \"2s\"", "goes with `when`"),
        ("when = \"bored\"", "unknown variant"),
    ] {
        let bad = good.replacen("at = \"200ms\"", at, 1);
        let error = Script::parse(&bad).unwrap_err().to_string();
        assert!(error.contains(why), "{at}: {error}");
    }
    let waits = good.replacen("at = \"200ms\"", "when = \"cut\"\nafter = \"5s\"", 1);
    let begins = Script::parse(&waits).unwrap().actors[0].acts[0].begins;
    assert_eq!(begins, Begins::When(When::Cut, Duration::from_secs(5)));
}
