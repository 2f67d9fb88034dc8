//! When things are done: at a time, after a cut, at a signal, faster than told.

use super::{deeds::script, *};
use crate::world::WithdrawalState;

const LOGIN: &str = "by = \"login\", user = \"web\", platform = \"web\"";
const RESTS: &str = "do = \"place\", symbol = \"THINA\", con-id = 900001, side = \"buy\", \
                     quantity = \"5\", limit = \"1\"";

fn open(world: &World) -> u64 {
    truth(world).open_orders
}

fn play(world: &World, account: &AccountId, script: Script, speed: f64) -> Performance {
    Performance::start(world.clone(), account.clone(), script, Pace { speed })
}

#[tokio::test(start_paused = true)]
async fn who_is_cut_comes_back_after_a_time_and_once() {
    let (world, account) = empty(&[]);
    let acts = [
        ("at = \"1s\"", "do = \"log-in\""),
        ("when = \"cut\"\nafter = \"5s\"", RESTS),
    ];
    let _story = play(&world, &account, script(LOGIN, false, &acts), 1.0);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(open(&world), 0, "nobody was cut");
    for _ in 0..2 {
        world.end_other_sessions(&account).unwrap();
        tokio::time::sleep(Duration::from_millis(4_900)).await;
        let before = open(&world);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(
            (before, open(&world)),
            if before == 0 { (0, 1) } else { (1, 1) }
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_switched_off_is_a_cut_for_its_holder_alone() {
    let (world, account) = empty(&[]);
    let mut both = script(
        "by = \"key\", name = \"FIREBREAK\"",
        false,
        &[
            ("at = \"1s\"", RESTS),
            ("when = \"cut\"", "do = \"use-key\""),
        ],
    );
    let other = script(
        LOGIN,
        false,
        &[
            ("at = \"1s\"", "do = \"log-in\""),
            ("when = \"cut\"", RESTS),
        ],
    );
    both.actors.extend(other.actors);
    let mut story = play(&world, &account, both, 1.0);
    let mut acts = story.acts().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.revoke_key(&account, "FIREBREAK").unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(open(&world), 1);
    let told: Vec<_> = std::iter::from_fn(|| acts.try_recv().ok()).collect();
    let last = told.last().unwrap();
    assert_eq!(last.deed, "uses the key");
    let why = "the key is not valid".to_owned();
    assert_eq!(last.outcome, Outcome::Refused { why });
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_heard_by_who_waits_for_that_one() {
    let (world, account) = empty(&[]);
    let acts = [
        ("when = \"pressed\"\nafter = \"2s\"", RESTS),
        ("when = \"alarm\"", "do = \"log-in\""),
    ];
    let mut story = play(&world, &account, script(LOGIN, false, &acts), 1.0);
    tokio::time::sleep(Duration::from_mins(1)).await;
    story.signal(Signal::Pressed);
    story.signal(Signal::Pressed);
    tokio::time::sleep(Duration::from_millis(1_900)).await;
    assert_eq!(open(&world), 0);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(open(&world), 1);
    story.signal(Signal::Alarm);
    story.over().await;
}

#[tokio::test(start_paused = true)]
async fn who_has_a_session_and_no_password_does_not_come_back() {
    let (world, account) = empty(&[]);
    let cookie = format!("{LOGIN}, session-only = true");
    let acts = [("at = \"1s\"\nevery = \"1s\"", RESTS)];
    let mut story = play(&world, &account, script(&cookie, false, &acts), 1.0);
    let mut told = story.acts().unwrap();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    world.end_other_sessions(&account).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(open(&world), 2);
    let why = "the session has ended".to_owned();
    let last = std::iter::from_fn(|| told.try_recv().ok()).last().unwrap();
    assert_eq!(last.outcome, Outcome::Refused { why });
}

#[tokio::test(start_paused = true)]
async fn ten_times_as_fast_every_time_of_the_story_is_a_tenth() {
    let (world, account) = empty(&[]);
    let acts = [(
        "at = \"10s\"",
        "do = \"withdraw\", amount = \"5\", target = \"x\", leaves-after = \"100s\"",
    )];
    let _story = play(&world, &account, script(LOGIN, false, &acts), 10.0);
    let state = || {
        let withdrawals = world.account(&account).unwrap().withdrawals;
        withdrawals.first().map(|each| each.state)
    };
    tokio::time::sleep(Duration::from_millis(999)).await;
    assert_eq!(state(), None);
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert_eq!(state(), Some(WithdrawalState::Pending));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(state(), Some(WithdrawalState::Sent));
}

#[test]
fn a_speed_that_is_none_is_taken_for_one() {
    let minute = Duration::from_mins(1);
    for speed in [0.0, -3.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Pace { speed }.real(minute), minute);
    }
    assert_eq!(Pace { speed: 4.0 }.real(minute), Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn what_is_due_at_the_same_time_is_done_in_the_scripts_order() {
    for _ in 0..5 {
        let (world, account) = empty(&[]);
        let acts: Vec<(&str, String)> = (0..6)
            .map(|nth| {
                let deed = format!("do = \"add-device\", name = \"{nth}\"");
                ("at = \"1s\"", deed)
            })
            .collect();
        let acts: Vec<_> = acts.iter().map(|(at, deed)| (*at, deed.as_str())).collect();
        let mut two = script(LOGIN, false, &acts);
        two.actors.push(two.actors[0].clone());
        let mut story = play(&world, &account, two, 1.0);
        let mut told = story.acts().unwrap();
        story.over().await;
        let deeds: Vec<_> = std::iter::from_fn(|| told.try_recv().ok())
            .map(|acted| acted.deed)
            .collect();
        assert_eq!(deeds.len(), 12);
        assert_eq!(deeds[..6], deeds[6..]);
        assert!(deeds[..6].is_sorted());
    }
}

#[tokio::test(start_paused = true)]
async fn a_story_that_is_dropped_goes_no_further() {
    let (world, account) = empty(&[]);
    let acts = [("at = \"1s\"\nevery = \"1s\"", RESTS)];
    let story = play(&world, &account, script(LOGIN, false, &acts), 1.0);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    drop(story);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(open(&world), 2);
}
