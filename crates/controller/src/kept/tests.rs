use super::*;
use crate::{
    testing::{End, account, home, put_run},
    unfinished,
};

#[test]
fn the_latest_live_run_that_was_broken_off_is_unfinished_and_no_other() {
    let (_temporary, home) = home();
    assert_eq!(unfinished(&home), None);
    put_run(
        &home,
        "20261120T100000Z-a",
        Mode::Live,
        "2026-11-20T10:00:00Z",
        End::Reset,
    );
    put_run(
        &home,
        "20261121T100000Z-b",
        Mode::Live,
        "2026-11-21T10:00:00Z",
        End::Left,
    );
    put_run(
        &home,
        "20261122T100000Z-c",
        Mode::Practice,
        "2026-11-22T10:00:00Z",
        End::BrokenOff,
    );
    fs::create_dir(home.runs().join("20261124T100000Z-e")).unwrap();
    assert_eq!(unfinished(&home), None);
    put_run(
        &home,
        "20261123T100000Z-d",
        Mode::Live,
        "2026-11-23T10:00:00Z",
        End::BrokenOff,
    );
    let found = unfinished(&home);
    assert_eq!(found.as_deref(), Some("20261123T100000Z-d"));
}

#[test]
fn a_torn_last_line_does_not_hide_how_a_run_ended() {
    let (_temporary, home) = home();
    let name = "20261121T100000Z-b";
    put_run(&home, name, Mode::Live, "2026-11-21T10:00:00Z", End::Left);
    let journal = home.runs().join(name).join(incident::journal::FILE_NAME);
    let mut bytes = fs::read(&journal).unwrap();
    bytes.extend(b"{\"seq\":9,\"at\"");
    fs::write(&journal, bytes).unwrap();
    assert_eq!(unfinished(&home), None);
}

#[test]
fn runs_left_open_are_live_ones_without_a_reset_oldest_first() {
    let (_temporary, home) = home();
    put_run(
        &home,
        "20261120T100000Z-a",
        Mode::Live,
        "2026-11-20T10:00:00Z",
        End::Left,
    );
    put_run(
        &home,
        "20261121T100000Z-b",
        Mode::Live,
        "2026-11-21T10:00:00Z",
        End::Reset,
    );
    put_run(
        &home,
        "20261122T100000Z-c",
        Mode::Practice,
        "2026-11-22T10:00:00Z",
        End::Left,
    );
    put_run(
        &home,
        "20261123T100000Z-d",
        Mode::Live,
        "2026-11-23T10:00:00Z",
        End::BrokenOff,
    );
    let kept = Kept::read(&home, &Kept::unread(), None);
    let names = |kept: &Kept| {
        let names = kept.left_open.iter().map(|run| run.run.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&kept), ["20261120T100000Z-a", "20261123T100000Z-d"]);
    let notices = kept.notices(None);
    assert_eq!(notices[0].id, "left_open");
    assert!(
        notices[0].what.starts_with("2 runs were left"),
        "{notices:?}"
    );
    // the run under way is not one that was left
    let during = Kept::read(&home, &kept, Some("20261123T100000Z-d"));
    assert_eq!(names(&during), ["20261120T100000Z-a"]);
    // what was read before is taken over, and what was reset meanwhile is not
    fs::remove_dir_all(home.runs().join("20261123T100000Z-d")).unwrap();
    put_run(
        &home,
        "20261123T100000Z-d",
        Mode::Live,
        "2026-11-23T10:00:00Z",
        End::Reset,
    );
    let again = Kept::read(&home, &kept, None);
    assert_eq!(names(&again), ["20261120T100000Z-a"]);
}

#[test]
fn a_damaged_journal_is_said_and_left_alone() {
    let (_temporary, home) = home();
    let name = "20261121T100000Z-b";
    put_run(&home, name, Mode::Live, "2026-11-21T10:00:00Z", End::Left);
    let journal = home.runs().join(name).join(incident::journal::FILE_NAME);
    let text = fs::read_to_string(&journal).unwrap();
    let changed = text.replace(
        "\"pressed_from\":\"terminal\"",
        "\"pressed_from\":\"window\"",
    );
    assert_ne!(text, changed);
    fs::write(&journal, changed).unwrap();
    let kept = Kept::read(&home, &Kept::unread(), None);
    let notices = kept.notices(None);
    assert_eq!(notices[0].id, format!("journal {name}"));
    assert!(notices[0].what.contains("line 2"), "{notices:?}");
    assert!(kept.left_open.is_empty());
}

#[test]
fn rehearsals_are_due_after_1_7_30_and_then_every_90_days() {
    let (_temporary, home) = home();
    let now = "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap();
    let due = |kept: &Kept, now| {
        let rehearsal = kept.rehearsal(now, true);
        (day(rehearsal.due).to_string(), rehearsal.overdue)
    };
    let mut kept = Kept::read(&home, &Kept::unread(), None);
    assert_eq!(kept.rehearsal(now, false).due, now);
    assert!(!kept.rehearsal(now, false).overdue);
    kept.first_account = Some("2026-11-22T09:00:00Z".parse().unwrap());
    assert_eq!(due(&kept, now), ("2026-11-23".to_owned(), false));
    assert!(due(&kept, now + DAY).1);
    let runs = [
        ("20261001T100000Z-a", "2026-10-01T10:00:00Z", "2026-10-08"),
        ("20261001T110000Z-b", "2026-10-01T11:00:00Z", "2026-10-08"),
        ("20261008T100000Z-c", "2026-10-08T10:00:00Z", "2026-11-07"),
        ("20261107T100000Z-d", "2026-11-07T10:00:00Z", "2027-02-05"),
        ("20261110T100000Z-e", "2026-11-10T10:00:00Z", "2027-02-08"),
    ];
    for (name, at, next) in runs {
        put_run(&home, name, Mode::Practice, at, End::Left);
        kept = Kept::read(&home, &kept, None);
        assert_eq!(due(&kept, now).0, next, "after {name}");
    }
    let rehearsed = kept.choices.iter().find(|choice| choice.id == "lost-phone");
    assert_eq!(
        rehearsed.unwrap().last_rehearsed,
        Some("2026-11-10T10:00:00Z".parse().unwrap())
    );
    assert_eq!(kept.to_rehearse().unwrap().id, "contain-everything");
}

#[test]
fn contacts_are_those_of_the_accounts_entities_else_everybody_known() {
    let kept = Kept::unread();
    let outline = |entity: &str| {
        let account = account("main", &["tws"]).with_entity(entity).unwrap();
        account.outline(None)
    };
    let names = |accounts: &[AccountOutline]| {
        let contacts = kept.contacts_for(accounts);
        let names = contacts.iter().map(|contact| contact.name.clone());
        names.collect::<Vec<_>>()
    };
    let of = names(&[outline("CA"), outline("IE"), outline("CA")]);
    assert_eq!(of.len(), 2);
    assert!(
        of[0].contains("Canada") && of[1].contains("Ireland"),
        "{of:?}"
    );
    let all = names(&[]);
    assert!(all.len() >= 4, "{all:?}");
    let elsewhere = AccountOutline {
        venue: "kraken".to_owned(),
        ..outline("CA")
    };
    assert_eq!(names(&[elsewhere]), all);
}
