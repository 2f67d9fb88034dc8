//! Calls, played as text.

use std::time::Duration;

use drill::{
    phone::{Asked, Call, CallState, Said, Slip, Voice},
    scenario::{Scenario, find},
};
use proptest::prelude::*;

fn heard(said: &[Said]) -> String {
    let texts: Vec<_> = said.iter().map(|said| said.text.as_str()).collect();
    texts.join(" | ")
}

/// A call that got through to the desk.
fn through(scenario: &Scenario) -> Call {
    let (mut call, _) = Call::dial(scenario, "ibkr-security", 1).unwrap();
    call.say("3");
    let said = call.tick(Duration::from_mins(10));
    assert_eq!(call.outcome(), CallState::Answered, "{}", heard(&said));
    call
}

#[test]
fn a_call_goes_through_the_menu_and_the_queue_to_somebody_who_asks() {
    let scenario = find("tokyo-two-hour").unwrap();
    let (mut call, said) = Call::dial(&scenario, "ibkr-security", 5).unwrap();
    assert_eq!((call.outcome(), call.stage()), (CallState::Menu, "menu"));
    assert!(heard(&said).contains("press 3"), "{}", heard(&said));
    assert!(said.iter().all(|said| said.who == Voice::Line));
    assert!(heard(&call.say("9")).contains("not on the menu"));
    assert!(heard(&call.say("1")).contains("Back to the menu"));
    call.say("3");
    assert_eq!(call.stage(), "queued");
    let CallState::Waiting { place: first } = call.outcome() else {
        panic!("{:?}", call.outcome());
    };
    let mut places = vec![first];
    let mut waited = Duration::ZERO;
    while call.stage() == "queued" {
        call.tick(Duration::from_secs(1));
        waited += Duration::from_secs(1);
        if let CallState::Waiting { place } = call.outcome() {
            places.push(place);
        }
    }
    assert!(places.is_sorted_by(|a, b| a >= b), "{places:?}");
    assert_eq!(places.last(), Some(&1));
    assert!((20..=60).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(
        (call.outcome(), call.stage()),
        (CallState::Answered, "answered")
    );
}

#[test]
fn the_desk_gives_a_reference_only_to_who_names_the_account_and_asks_for_the_lock() {
    let scenario = find("tokyo-two-hour").unwrap();
    let mut call = through(&scenario);
    for (input, asked) in [
        ("somebody bought a share that I do not know", 0),
        ("please lock it", 0),
        ("ibkr-main", 1),
    ] {
        call.say(input);
        assert_eq!(call.asked().len(), asked, "{input}");
    }
    let locked = CallState::Locked {
        account: "ibkr-main".to_owned(),
        reference: None,
    };
    assert_eq!(call.outcome(), locked);
    let lock = Asked {
        account: "ibkr-main".to_owned(),
        page: "security-desk".to_owned(),
    };
    let said = call.done(&lock, Some("SD-4711"));
    assert!(heard(&said).contains("SD-4711"));
    assert_eq!(
        call.outcome(),
        CallState::Locked {
            account: "ibkr-main".to_owned(),
            reference: Some("SD-4711".to_owned()),
        }
    );
}

#[test]
fn who_never_asks_for_the_lock_hangs_up_without_a_reference() {
    let scenario = find("tokyo-two-hour").unwrap();
    let mut call = through(&scenario);
    call.say("something happened");
    call.say("ibkr-main");
    call.say("please do not lock it");
    assert!(call.asked().is_empty());
    call.say("hang up");
    assert_eq!(
        (call.outcome(), call.stage()),
        (CallState::HungUp, "hung_up")
    );
    assert!(call.say("ibkr-main, lock it").is_empty());
    assert!(call.asked().is_empty());
}

#[test]
fn the_right_account_has_to_be_named_where_there_are_two() {
    let scenario = find("back-door").unwrap();
    let mut call = through(&scenario);
    call.say("my account, dispute the transfer and lock it");
    assert!(call.asked().is_empty());
    let said = call.say("the IRA");
    assert!(heard(&said).contains("retirement-ira"), "{}", heard(&said));
    let asked = call.asked();
    let pages: Vec<_> = asked.iter().map(|asked| asked.page.as_str()).collect();
    assert_eq!(pages, ["transfers", "security-desk"]);
    assert!(asked.iter().all(|asked| asked.account == "retirement-ira"));
    let instead = scenario.right.instead.unwrap();
    assert_eq!(
        (instead.pages, instead.account.unwrap()),
        (
            pages.iter().map(|page| (*page).to_owned()).collect(),
            asked[0].account.clone(),
        )
    );
}

#[test]
fn the_desk_says_what_it_cannot_do() {
    let scenario = find("own-phone").unwrap();
    let mut call = through(&scenario);
    let said = call.say("ibkr-main: log out every session");
    assert!(heard(&said).contains("cannot"), "{}", heard(&said));
    assert!(call.asked().is_empty());
    call.say("then lock it");
    let [lock] = call.asked().try_into().unwrap();
    let said = call.refused(&lock, "the account is locked");
    assert!(heard(&said).contains("cannot"));
    assert_eq!(call.outcome(), CallState::Answered);
}

#[test]
fn a_call_back_on_the_number_on_file_is_not_to_be_agreed_to() {
    let scenario = find("dead-bars").unwrap();
    for (answer, slips) in [("No, that is the thief's number", 0), ("yes please", 1)] {
        let mut call = through(&scenario);
        call.say("ibkr-main");
        call.say("my number was stolen");
        call.say(answer);
        assert_eq!(call.slips().len(), slips, "{answer}");
    }
    let mut call = through(&scenario);
    call.say("ibkr-main");
    call.say("my number was stolen");
    let said = call.say("please lock it");
    assert!(heard(&said).contains("call you back"), "{}", heard(&said));
    assert!(call.slips().is_empty());
    assert_eq!(call.asked().len(), 1);
}

#[test]
fn a_code_given_with_a_no_is_given_and_a_question_back_gives_nothing() {
    let scenario = find("own-phone").unwrap();
    let (mut call, _) = Call::pick_up(&scenario, "fake-desk").unwrap();
    let said = call.say("Who are you?");
    assert!(heard(&said).contains("code"), "{}", heard(&said));
    assert!(call.slips().is_empty());
    call.say("no problem, it is 481516");
    assert_eq!(call.slips(), [Slip::Secret]);
}

#[test]
fn a_caller_who_wants_a_code_is_refused_or_it_is_a_slip_and_the_code_is_kept_nowhere() {
    let scenario = find("own-phone").unwrap();
    let (mut call, said) = Call::pick_up(&scenario, "fake-desk").unwrap();
    assert!(said.iter().all(|said| said.who == Voice::Caller));
    call.say("it is 481516");
    assert_eq!(call.slips(), [Slip::Secret]);
    assert!(!format!("{call:?}").contains("481516"));
    call.say("no");
    call.say("I will not");
    assert_eq!(call.slips(), [Slip::Secret]);
    assert_eq!(call.outcome(), CallState::HungUp);

    let (mut call, _) = Call::pick_up(&scenario, "fake-desk").unwrap();
    call.hang_up();
    assert!(call.slips().is_empty());
    assert!(call.hang_up().is_empty());
}

#[test]
fn nobody_answers_where_the_scenario_has_nobody() {
    let scenario = find("two-minutes-via").unwrap();
    assert!(Call::dial(&scenario, "ibkr-security", 1).is_none());
    assert!(Call::pick_up(&scenario, "fake-desk").is_none());
}

#[test]
fn a_longer_queue_is_longer_and_still_ends() {
    let scenario = find("back-door").unwrap();
    let wait = |call: Call| {
        let mut call = call;
        call.say("3");
        (1..10_000)
            .find(|_| {
                call.tick(Duration::from_millis(100));
                call.stage() == "answered"
            })
            .unwrap()
    };
    let dial = || Call::dial(&scenario, "ibkr-security", 3).unwrap().0;
    assert_eq!(wait(dial().in_a_longer_queue()), 4 * wait(dial()));
}

proptest! {
    #[test]
    fn whatever_is_said_there_is_no_lock_without_the_word_and_the_name(
        words in prop::collection::vec("[a-z0-9 ]{0,12}", 0..12)
    ) {
        let scenario = find("tokyo-two-hour").unwrap();
        let (mut call, _) = Call::dial(&scenario, "ibkr-security", 1).unwrap();
        for word in &words {
            call.say(word);
            call.tick(Duration::from_secs(9));
        }
        let all = words.join(" ");
        let wished = ["lock", "freez", "block", "suspend"].iter().any(|word| all.contains(word));
        if !(wished && all.contains("main")) {
            prop_assert!(call.asked().iter().all(|asked| asked.page != "security-desk"));
        }
    }
}
