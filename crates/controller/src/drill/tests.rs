use runbook::AccountName;

use super::*;
use crate::Headless;

fn home() -> (tempfile::TempDir, Home) {
    let temporary = tempfile::tempdir().unwrap();
    let home = Home::open(Some(temporary.path())).unwrap();
    (temporary, home)
}

fn choice(scenario: &str, injects: Injects) -> Choice {
    Choice {
        scenario: scenario.to_owned(),
        seed: Some(7),
        player: Player::You,
        speed: 50.0,
        clock: true,
        injects,
    }
}

async fn start(home: &Home, scenario: &str, injects: Injects) -> Drill {
    Drill::start(home, choice(scenario, injects), Headless)
        .await
        .unwrap()
}

async fn alarmed(drill: &Drill) {
    let mut changed = drill.changed();
    drill.begin();
    while !drill.has_alarm() {
        changed.changed().await.unwrap();
    }
}

#[tokio::test]
async fn nobody_gets_a_real_account_into_a_drill_by_any_name() {
    let (_temporary, home) = home();
    let door = "tws=127.0.0.1:7496".parse().unwrap();
    let real = venues::Account::new("main", "ibkr", vec![door]).unwrap();
    crate::Accounts::add(&home, real).unwrap();
    assert_eq!(crate::Accounts::read(&home).unwrap().list.len(), 1);
    let drill = start(&home, "own-phone", Injects::None).await;
    let named = |name: &str| vec![AccountName::new(name)];
    for command in [
        Command::Arm {
            accounts: named("main"),
        },
        Command::Panic {
            runbook: "contain-everything".to_owned(),
            accounts: named("main"),
            from: "test".to_owned(),
            twice: false,
        },
    ] {
        let refused = drill.link().tell(command).await.unwrap_err();
        assert!(refused.what.contains("main"), "{refused}");
    }
    // reading the home again brings none of its accounts
    drill.link().tell(Command::Reload).await.unwrap();
    let Reply::View(view) = drill.link().tell(Command::Status).await.unwrap() else {
        panic!("a view was asked for");
    };
    let names = view.accounts.iter().map(|account| account.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["ibkr-main"]);
    let doors = view.accounts.iter().flat_map(|account| &account.doors);
    for door in doors {
        assert!(door.address.contains("127.0.0.1:"), "{}", door.address);
        assert!(!door.address.contains("7496"), "{}", door.address);
    }
    drill.finish(Ended::Abandoned).await.unwrap();
}

#[tokio::test]
async fn a_scenario_that_names_an_address_or_a_secret_is_none() {
    let (_temporary, home) = home();
    std::fs::create_dir_all(own_folder(&home)).unwrap();
    let good = include_str!("../../../drill/scenarios/own-phone.toml");
    let own = good.replacen("id = \"own-phone\"", "id = \"mine\"", 1);
    let path = own_folder(&home).join("mine.toml");
    std::fs::write(&path, &own).unwrap();
    let (listed, trouble) = list(&home);
    assert!(
        listed.iter().any(|it| it.id == "mine" && it.own),
        "{trouble:?}"
    );
    for sneaky in [
        "address = \"https://api.kraken.com\"",
        "key = \"abc\"",
        "home = \"/root\"",
    ] {
        let bad = own.replacen("[[account]]", &format!("[[account]]\n{sneaky}"), 1);
        assert_ne!(bad, own);
        std::fs::write(&path, &bad).unwrap();
        let (listed, trouble) = list(&home);
        assert!(listed.iter().all(|it| it.id != "mine"));
        assert!(trouble[0].contains("mine.toml"), "{trouble:?}");
        let refused = Drill::start(&home, choice("mine", Injects::None), Headless).await;
        let refused = refused.err().unwrap();
        assert!(refused.untouched.contains("no drill"), "{refused}");
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            bad,
            "it is left as it is"
        );
    }
}

#[tokio::test]
async fn what_was_to_be_done_better_stands_in_the_next_briefing() {
    let (_temporary, home) = home();
    let drill = start(&home, "own-phone", Injects::None).await;
    assert_eq!(drill.view().fix, None);
    alarmed(&drill).await;
    let (debrief, score) = drill.finish(Ended::StoodDown).await.unwrap();
    assert_eq!(score.verdict.as_str(), "good", "{:?}", score.why);
    let words = "Ask where the phone is before anything else";
    choose_fix(&home, &debrief.drill, words).unwrap();
    write_answers(
        &home,
        "latest",
        &[("2".to_owned(), "the caller".to_owned())],
    )
    .unwrap();
    let again = super::debrief(&home, "latest").unwrap();
    assert_eq!(again.chosen_fix.as_deref(), Some(words));
    assert_eq!(again.questions[1].answer, "the caller");
    assert_eq!(again.timeline, debrief.timeline);
    // a drill that was played says when the next is due
    let kept = crate::kept::Kept::read(&home, &crate::kept::Kept::unread(), None);
    let rehearsal = kept.rehearsal(Timestamp::now(), true);
    assert!(rehearsal.last.is_some());
    assert_eq!(rehearsal.due, debrief.next);
    assert_eq!(kept.schedule(Timestamp::now()).unwrap().next, debrief.next);
    let next = start(&home, "own-phone", Injects::None).await;
    assert_eq!(next.view().fix.as_deref(), Some(words));
    next.finish(Ended::Abandoned).await.unwrap();
}

#[tokio::test]
async fn the_desk_locks_the_account_that_was_named_and_gives_a_reference() {
    let (_temporary, home) = home();
    let drill = start(&home, "tokyo-two-hour", Injects::None).await;
    let lock = ["security-desk".to_owned()];
    while drill.carry_on_call("ibkr-security", "ibkr-main", &lock) {
        // the queue is as long as it is, at this speed a second at most
        tokio::task::yield_now().await;
    }
    let call = drill.view().call.unwrap();
    assert!(!call.goes_on);
    let said = call
        .lines
        .iter()
        .map(|line| line.text.as_str())
        .collect::<Vec<_>>();
    assert!(
        said.iter().any(|text| text.contains("reference number is")),
        "{said:?}"
    );
    let locked = drill.page("ibkr-main", "security-desk").unwrap();
    assert!(!locked.rows.is_empty());
    drill.finish(Ended::Abandoned).await.unwrap();
}

#[tokio::test]
async fn what_is_given_away_on_the_phone_counts_and_is_kept_nowhere() {
    let (temporary, home) = home();
    let drill = start(&home, "own-phone", Injects::None).await;
    alarmed(&drill).await;
    let mut changed = drill.changed();
    let rings = loop {
        let alarms = drill.view().alarms;
        if let Some(alarm) = alarms.into_iter().find(|alarm| alarm.rings) {
            break alarm.nth;
        }
        changed.changed().await.unwrap();
    };
    drill.pick_up(rings).unwrap();
    while drill.view().call.unwrap().goes_on {
        drill.say("yes, it is 493817").unwrap();
    }
    let (_, score) = drill.finish(Ended::StoodDown).await.unwrap();
    assert_ne!(score.verdict.as_str(), "good", "{:?}", score.why);
    for entry in std::fs::read_dir(temporary.path().join("drills")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(!text.contains("493817"), "{}", path.display());
    }
}

#[tokio::test]
async fn with_a_locked_keychain_nothing_opens_until_the_person_unlocks_it() {
    let (_temporary, home) = home();
    let locked = Injects::Only("locked-keychain".to_owned());
    let drill = start(&home, "two-minutes-via", locked).await;
    drill.warmed_up().await.unwrap();
    assert!(drill.view().keychain_locked);
    let armed = async || {
        let Reply::View(view) = drill.link().tell(Command::Status).await.unwrap() else {
            panic!("a view was asked for");
        };
        view.accounts[0].armed
    };
    assert!(!armed().await);
    drill.unlock_keychain().await.unwrap();
    while !armed().await {
        tokio::task::yield_now().await;
    }
    assert!(!drill.view().keychain_locked);
    drill.finish(Ended::Abandoned).await.unwrap();
}

#[tokio::test]
async fn an_inject_that_does_not_fit_or_is_none_starts_no_drill() {
    let (_temporary, home) = home();
    for inject in ["key-revoked-early", "moon"] {
        let injects = Injects::Only(inject.to_owned());
        let refused = Drill::start(&home, choice("own-phone", injects), Headless).await;
        let refused = refused.err().unwrap();
        assert!(refused.untouched.contains("no drill"), "{refused}");
    }
    assert_eq!(history(&home).unwrap().drills, []);
}
