use runbook::AccountName;
use vault::Live;
use venues::Account;

use super::*;

#[test]
fn the_card_has_whom_to_call_what_to_say_and_ten_values_to_write() {
    let (_temporary, home) = home();
    add(&home, "main", "U1234567", None);
    add(&home, "bot", "U7654321", Some("CA"));
    let page = page(&home, "contain-everything");
    for words in [
        "printed 23 Nov 2026",
        "1-877-442-2757",
        "1-877-745-4222",
        "main U•••••67",
        "bot U•••••21",
        "<b>Say:</b> “My account is compromised.",
        "Leave it on, use another device",
        "3. Contain everything",
        "main, bot: cancel every open order",
        "Settings &gt; User Settings &gt; Login &gt; Password",
        "Numbers were last checked on 23 Nov 2026.",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert_eq!(page.matches("<li>").count(), 10, "{page}");
    assert_eq!(page.matches("class=\"blank\"").count(), 10);
    for number in ["1234567", "7654321"] {
        assert!(!page.contains(number), "a full account number");
    }
    assert!(
        !page.contains('!') || page.matches('!').count() == 1,
        "only the doctype"
    );
}

#[test]
fn a_card_needs_nothing_else_and_runs_nothing() {
    let (_temporary, home) = home();
    for (id, _) in runbook::shipped() {
        let page = page(&home, id);
        assert!(page.contains("default-src 'none'"));
        for word in ["<script", "src=", "href=", "url(", "@import", " style=\""] {
            assert!(!page.contains(word), "{id}: {word}");
        }
        let lines = page.matches("<li>").count();
        assert!((4..=12).contains(&lines), "{id}: {lines}");
        assert!(page.contains("1-877-442-2757"), "{id}: the default desk");
    }
}

#[test]
fn what_is_written_by_hand_somewhere_is_text_on_the_card() {
    let (_temporary, home) = home();
    let text = crate::runbooks::TEMPLATE
        .replace("What to do when", "<b onclick='x'>&amp; \\\"When\\\"")
        .replace("My account is compromised", "</p><img>");
    let saved = crate::runbooks::save(&home, "", &text).unwrap();
    assert!(saved.in_use, "{:#?}", saved.document.findings);
    let page = page(&home, "my-runbook");
    assert!(
        !page.contains("<img>") && !page.contains("<b onclick"),
        "{page}"
    );
    assert!(
        page.contains("&lt;b onclick=&#39;x&#39;&gt;&amp;amp; &quot;When&quot;"),
        "{page}"
    );
}

#[test]
fn a_desk_of_fifty_accounts_still_fits_the_page() {
    let (_temporary, home) = home();
    for nth in 0..50 {
        let entity = ["US", "CA", "AU", "IE", "UK", "JP"][nth % 6];
        add(
            &home,
            &format!("account-{nth:02}"),
            "U1234567",
            Some(entity),
        );
    }
    let page = page(&home, "contain-everything");
    assert_eq!(page.matches("class=\"phone\"").count(), 3, "{page}");
    assert!(
        page.contains("3 more desks") && page.contains("9 accounts"),
        "{page}"
    );
    assert!(
        page.contains("All 50 accounts: cancel every open order"),
        "{page}"
    );
}

#[test]
fn a_card_is_stale_after_any_change_of_what_it_was_made_from_and_not_before() {
    let (_temporary, home) = home();
    let path = write_card(&home, "contain-everything").unwrap();
    assert_eq!(path, home.root().join("card.html"));
    let stale = || PrintedCard::read(&home).stale;
    assert!(!stale());
    add(&home, "main", "U1234567", None);
    assert!(stale());
    write_card(&home, "lost-phone").unwrap();
    assert!(!stale());
    crate::runbooks::save(&home, "lost-phone", "id = 1").unwrap();
    assert!(!stale(), "a draft is on no card");
    crate::runbooks::save(&home, "", crate::runbooks::TEMPLATE).unwrap();
    assert!(stale());
}

#[test]
fn no_card_is_written_from_numbers_that_cannot_be_read_or_of_no_runbook() {
    let (_temporary, home) = home();
    assert!(write_card(&home, "no-such").is_err());
    std::fs::write(home.contacts(), "[[contact]]\nid = 1\n").unwrap();
    let error = write_card(&home, "contain-everything").unwrap_err();
    assert!(error.what.contains("contacts.toml:"), "{error}");
    assert!(!home.root().join(CARD).exists());
}

#[cfg(unix)]
#[test]
fn a_card_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_temporary, home) = home();
    let path = write_card(&home, "contain-everything").unwrap();
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn page(home: &Home, id: &str) -> String {
    let now = "2026-11-23T14:33:36Z".parse().unwrap();
    card(home, id, now, &TimeZone::UTC).unwrap()
}

fn add(home: &Home, name: &str, number: &str, entity: Option<&str>) {
    let door = "tws=127.0.0.1:4001".parse().unwrap();
    let mut account = Account::<Live>::new(name, "ibkr", vec![door]).unwrap();
    if let Some(entity) = entity {
        account = account.with_entity(entity).unwrap();
    }
    let account = account.with_account_number(number);
    assert_eq!(account.name(), &AccountName::new(name));
    Accounts::add(home, account).unwrap();
}

fn home() -> (tempfile::TempDir, Home) {
    let temporary = tempfile::tempdir().unwrap();
    let home = Home::open(Some(temporary.path())).unwrap();
    (temporary, home)
}
