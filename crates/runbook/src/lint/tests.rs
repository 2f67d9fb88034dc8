//! Each rule against its own examples, and what single findings say.

use std::collections::BTreeSet;

use super::*;
use crate::{
    Contacts, Severity,
    testing::{account, main_account, shared_account, terrain},
};

/// All that is wrong with an example of `rule`.
fn findings(rule: &Rule, text: &str) -> Vec<Finding> {
    if rule.id == BAD_CONTACT.id {
        return Contacts::shipped()
            .with_overrides("contacts.toml", text)
            .err()
            .unwrap_or_default();
    }
    let mut terrain = terrain();
    if rule.id == advice::SEAT_SHARED.id {
        terrain.accounts.push(shared_account());
    }
    if rule.id == advice::LOOSE_EDGE.id {
        terrain.accounts.push(account("spare", &["tws"]));
    }
    check("example.toml", text, &terrain).1
}

#[test]
fn every_rule_has_an_id_of_its_own_and_a_sentence() {
    let ids = RULES.iter().map(|rule| rule.id).collect::<BTreeSet<_>>();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(rule.says.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn every_bad_example_breaks_its_own_rule_and_no_other() {
    for rule in RULES {
        let found = findings(rule, rule.bad);
        let broken = found
            .iter()
            .map(|finding| finding.rule)
            .collect::<BTreeSet<_>>();
        assert_eq!(broken, BTreeSet::from([rule.id]), "{}: {found:#?}", rule.id);
        assert!(
            found
                .iter()
                .all(|finding| finding.severity == rule.severity)
        );
    }
}

#[test]
fn every_good_example_breaks_no_rule() {
    for rule in RULES {
        assert_eq!(findings(rule, rule.good), [], "{}", rule.id);
    }
}

#[test]
fn a_mend_that_is_an_edit_leaves_nothing_to_mend() {
    let mut edits = 0;
    for rule in RULES {
        let mut text = rule.bad.to_owned();
        while let Some(mended) = findings(rule, &text)
            .iter()
            .find_map(|finding| finding.mend.apply(&text))
        {
            assert_ne!(mended, text, "{}", rule.id);
            text = mended;
            edits += 1;
        }
        if text != rule.bad {
            assert_eq!(findings(rule, &text), [], "{}: {text}", rule.id);
        }
    }
    assert!(edits >= 15, "only {edits} edits were tried");
}

#[test]
fn every_finding_has_a_place_and_a_mend_in_words() {
    for rule in RULES {
        for finding in findings(rule, rule.bad) {
            assert!(finding.line >= 1 && finding.column >= 1, "{finding}");
            assert!(finding.mend.text.ends_with('.'), "{finding}");
        }
    }
}

#[test]
fn a_key_that_is_revoked_first_cuts_the_branch_even_with_no_accounts_at_hand() {
    let text = r#"
id = "key"
title = "Key"
when = "A key leaked."

[[step]]
id = "revoke"
title = "Revoke"
lever = "revoke_key"
keys = "own"
accounts = "all"
after = ["capture"]

[[step]]
id = "capture"
title = "Record"
lever = "capture"
accounts = "all"

[[step]]
id = "cancel"
title = "Cancel"
lever = "cancel_orders"
accounts = "all"
after = ["revoke"]
hold_until = ["revoke"]

[[step]]
id = "call"
title = "Call"
manual = "Call the desk."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#;
    let nobody = Terrain::new(Vec::new());
    let found = check("key.toml", text, &nobody).1;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].rule, found[0].line), ("cuts-own-branch", 25));
    let mended = found[0].mend.apply(text).expect("an edit");
    assert!(
        mended.contains(r#"after = ["capture", "cancel"]"#),
        "{mended}"
    );
    assert_eq!(check("key.toml", &mended, &nobody).1, []);
}

#[test]
fn names_of_accounts_are_checked_only_where_accounts_are_at_hand() {
    let text = advice::SEAT_SHARED.good.replace("\"main\"", "\"mian\"");
    assert_eq!(check("x", &text, &Terrain::new(Vec::new())).1, []);
    let found = check("x", &text, &terrain()).1;
    assert_eq!(found[0].rule, "unknown-accounts");
    assert_eq!(
        found[0].mend.apply(&text).as_deref(),
        Some(advice::SEAT_SHARED.good)
    );
}

#[test]
fn a_door_that_acts_and_cannot_read_is_no_proof() {
    let mut account = main_account();
    for door in &mut account.doors {
        for support in &mut door.levers {
            support.reads = support.lever != Lever::StopAutomation;
        }
    }
    let text = advice::NO_CAPTURE.good;
    let found = check("x", text, &Terrain::new(vec![account])).1;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].rule, "containment-without-proof");
}

#[test]
fn a_step_behind_a_circle_never_starts() {
    let text = graph::CYCLE.bad.to_owned()
        + r#"
[[step]]
id = "last"
title = "Last"
manual = "Write it down."
after = ["call"]
read_back = { ask = "What did you write?", format = "text" }
"#;
    let rules = check("x", &text, &terrain())
        .1
        .iter()
        .map(|finding| (finding.rule, finding.line))
        .collect::<Vec<_>>();
    assert_eq!(rules, [("cycle", 10), ("never-starts", 25)]);
}

#[test]
fn one_door_left_unblinded_saves_the_branch_but_not_read_only_before_cancels() {
    let text = cuts::READONLY_BEFORE_CANCEL.bad;
    let rules = |doors: &[&str]| {
        let terrain = Terrain::new(vec![account("main", doors)]);
        let found = check("x", text, &terrain).1;
        found
            .into_iter()
            .filter(|finding| finding.severity == Severity::Refusal)
            .map(|finding| finding.rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(&["tws", "client-portal"]), ["readonly-before-cancel"]);
    assert_eq!(rules(&["client-portal"]), [""; 0]);
}
