//! Pages against the world's own truth.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::*;
use crate::world::{Contact, Device, Login, Platform, Program, Seeding, Username, Venue};

fn invaded() -> (World, AccountId) {
    let world = World::new(3, Timestamp::UNIX_EPOCH);
    let account = world.seed_account("a", &Seeding::default()).unwrap();
    let phone = Username("a-phone".to_owned());
    let login = Login {
        password: world.password(&phone).unwrap(),
        username: phone,
        platform: Platform::Web,
        label: "elsewhere".to_owned(),
        here: false,
    };
    world.log_in(&login).unwrap();
    world
        .ask_withdrawal(
            &account,
            Decimal::new(500, 0),
            "elsewhere",
            Duration::from_mins(1),
        )
        .unwrap();
    world
        .add_user(&account, &Username("stranger".to_owned()), false)
        .unwrap();
    let device = Device {
        name: "phone elsewhere".to_owned(),
        known: false,
    };
    world.add_device(&account, device).unwrap();
    world
        .change_tws_settings(&account, |settings| settings.allow_localhost_only = false)
        .unwrap();
    world
        .change_contact(&account, Contact::Mail, "x@elsewhere.example", true)
        .unwrap();
    world
        .allow_address(&account, "bank account ending 0042", "USD", false)
        .unwrap();
    let later = Duration::from_mins(1);
    world
        .ask_transfer(&account, "Elsewhere Securities", later, later * 2, true)
        .unwrap();
    world.run_program(&account, bot()).unwrap();
    (world, account)
}

#[tokio::test(start_paused = true)]
async fn at_an_exchange_firebreaks_own_key_outlives_the_others() {
    let world = World::new(3, Timestamp::UNIX_EPOCH);
    let seeding = Seeding::default();
    let account = world.seed_exchange("k", Venue::Kraken, &seeding).unwrap();
    assert_eq!(world.truth_summary()["k"].live_keys, 4);
    for (id, left) in [(PageId::OtherKeys, 2), (PageId::ApiKeys, 0)] {
        act(&world, &account, id).unwrap();
        assert_eq!(page(&world, &account, id).unwrap().open(), 0);
        assert_eq!(world.truth_summary()["k"].live_keys, left);
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_leaves_nothing_open_on_any_page_and_reads_that_there() {
    let (world, account) = invaded();
    let person = ScriptedPerson::new(world.clone());
    // exchanges have that one
    let pages = PageId::ALL.into_iter();
    for id in pages.filter(|id| *id != PageId::OtherKeys) {
        assert!(
            page(&world, &account, id).unwrap().open() > 0,
            "{}",
            id.id()
        );
        let card = CardAsk {
            page: id.id(),
            kind: AnswerKind::Number,
            want: Some("0"),
        };
        let answer = person.answer(std::slice::from_ref(&account), &card);
        assert_eq!(answer.as_deref(), Some("0"), "{}", id.id());
    }
    let truth = world.truth_summary()["a"];
    assert_eq!((truth.open_orders, truth.open_withdrawals), (0, 0));
    assert_eq!((truth.live_keys, truth.live_sessions), (0, 1));
    assert_eq!(truth.open_transfers, 0);
}

#[tokio::test(start_paused = true)]
async fn a_person_reads_what_is_there_and_not_what_is_wanted() {
    let (world, account) = invaded();
    let person = ScriptedPerson::new(world.clone());
    let orders = CardAsk {
        page: "orders",
        kind: AnswerKind::Number,
        want: Some("7"),
    };
    let accounts = std::slice::from_ref(&account);
    assert_eq!(person.answer(accounts, &orders).as_deref(), Some("0"));
    let desk = CardAsk {
        page: "security-desk",
        kind: AnswerKind::Text,
        want: None,
    };
    let reference = person.answer(accounts, &desk).unwrap();
    assert_eq!(world.account(&account).unwrap().references, [reference]);
    let unknown = CardAsk {
        page: "moon",
        ..orders
    };
    assert_eq!(person.answer(accounts, &unknown), None);
    assert_eq!(person.answer(&[], &orders), None);
}

#[tokio::test(start_paused = true)]
async fn the_sense_of_a_question_decides_between_yes_and_no() {
    let (world, account) = invaded();
    let person = ScriptedPerson::new(world);
    let accounts = std::slice::from_ref(&account);
    let ask = |page, want| CardAsk {
        page,
        kind: AnswerKind::YesNo,
        want,
    };
    let locked = person.answer(accounts, &ask("security-desk", Some("yes")));
    assert_eq!(locked.as_deref(), Some("yes"));
    let still_works = person.answer(accounts, &ask("flex", Some("no")));
    assert_eq!(still_works.as_deref(), Some("no"));
}

fn bot() -> Program {
    Program {
        name: "bot".to_owned(),
        client: Some(99),
        watchdog: Some(Duration::from_secs(15)),
        running: true,
        watched: true,
    }
}

#[tokio::test(start_paused = true)]
async fn one_line_is_dealt_with_and_the_others_stay() {
    let (world, account) = invaded();
    for id in [PageId::Orders, PageId::ApiKeys, PageId::Bots] {
        let before = page(&world, &account, id).unwrap();
        let row = before.rows.iter().find(|row| row.open).unwrap();
        act_on(&world, &account, id, &row.id).unwrap();
        let after = page(&world, &account, id).unwrap();
        assert_eq!(after.open(), before.open() - 1, "{}", id.id());
    }
    let gone = act_on(&world, &account, PageId::Orders, "1");
    assert_eq!(gone, Err(WorldError::Nothing("line 1".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn every_line_that_is_open_has_a_button_and_an_id_of_its_own() {
    let (world, account) = invaded();
    for id in pages_for(&world, &account).unwrap() {
        let page = page(&world, &account, id).unwrap();
        assert!(
            page.rows
                .iter()
                .all(|row| !row.open || row.action.is_some())
        );
        let ids: BTreeSet<_> = page.rows.iter().map(|row| &row.id).collect();
        assert_eq!(ids.len(), page.rows.len(), "{}", id.id());
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_second_factor_pages_are_read_and_nothing_on_them_is_done() {
    let (world, account) = invaded();
    let lost = world.inject("second-factor-lost".parse().unwrap());
    let before = page(&world, &account, PageId::Sessions).unwrap();
    let refused = act(&world, &account, PageId::Sessions);
    assert_eq!(refused, Err(WorldError::SecondFactor));
    assert_eq!(page(&world, &account, PageId::Sessions).unwrap(), before);
    assert!(world.code(&account).is_err());
    // the phone works without it
    act(&world, &account, PageId::SecurityDesk).unwrap();
    act(&world, &account, PageId::Orders).unwrap();
    world.faults().switch_off(lost);
    act(&world, &account, PageId::Sessions).unwrap();
    assert_eq!(page(&world, &account, PageId::Sessions).unwrap().open(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_program_comes_back_until_its_watchdog_is_stopped_as_well() {
    let (world, account) = invaded();
    act_on(&world, &account, PageId::Bots, "program:bot").unwrap();
    assert!(!world.program_runs(&account, "bot"));
    tokio::time::advance(Duration::from_secs(15)).await;
    assert!(world.program_runs(&account, "bot"));
    act(&world, &account, PageId::Bots).unwrap();
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(!world.program_runs(&account, "bot"));
}

#[tokio::test(start_paused = true)]
async fn a_disputed_transfer_leaves_the_positions_where_they_are() {
    let (world, account) = invaded();
    let held = world.holdings(&account);
    act(&world, &account, PageId::Transfers).unwrap();
    tokio::time::advance(Duration::from_mins(5)).await;
    assert_eq!(world.holdings(&account), held);
    let later = Duration::from_mins(1);
    world
        .ask_transfer(&account, "Elsewhere Securities", later, later, true)
        .unwrap();
    tokio::time::advance(later).await;
    assert!(world.holdings(&account).is_empty());
    assert!(world.harm(&account) > Decimal::ZERO);
}

#[test]
fn an_account_has_the_pages_of_its_venue() {
    let world = World::new(3, Timestamp::UNIX_EPOCH);
    let seeding = Seeding::default();
    let broker = world.seed_account("a", &seeding).unwrap();
    let exchange = world.seed_exchange("k", Venue::Kraken, &seeding).unwrap();
    let (broker, exchange) = (
        pages_for(&world, &broker).unwrap(),
        pages_for(&world, &exchange).unwrap(),
    );
    assert!(broker.contains(&PageId::Transfers) && !broker.contains(&PageId::OtherKeys));
    assert!(exchange.contains(&PageId::OtherKeys) && !exchange.contains(&PageId::Transfers));
    assert!(!broker.contains(&PageId::Bots), "no program was started");
}
