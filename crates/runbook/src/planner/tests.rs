//! How steps become tasks, one rule of binding at a time.

use super::*;
use crate::testing::{account, two_accounts};

const HEAD: &str = "id = \"r\"\ntitle = \"R\"\nwhen = \"W.\"\n";

fn planned(steps: &str, terrain: &Terrain) -> Plan {
    let text = format!("{HEAD}{steps}");
    let runbook = match Runbook::parse("r.toml", &text) {
        Ok(runbook) => runbook,
        Err(findings) => panic!("{findings:#?}"),
    };
    plan(&runbook, terrain)
}

fn task<'a>(plan: &'a Plan, id: &str) -> &'a Task {
    plan.tasks
        .iter()
        .find(|task| task.id.as_str() == id)
        .unwrap_or_else(|| panic!("no task {id}"))
}

fn names(ids: &[TaskId]) -> Vec<&str> {
    ids.iter().map(TaskId::as_str).collect()
}

const EDGES: &str = r#"
[[step]]
id = "capture"
title = "Record"
lever = "capture"
accounts = "all"

[[step]]
id = "call"
title = "Call"
manual = "Call."
after = ["capture"]

[[step]]
id = "cancel"
title = "Cancel"
lever = "cancel_orders"
accounts = "all"
after = ["capture", "call"]
"#;

#[test]
fn an_edge_binds_the_same_account_and_a_step_about_the_whole_binds_all() {
    let plan = planned(EDGES, &two_accounts());
    assert_eq!(
        names(&task(&plan, "call").after),
        ["capture@main", "capture@spare"]
    );
    assert_eq!(
        names(&task(&plan, "cancel@main").after),
        ["capture@main", "call"]
    );
    assert_eq!(
        names(&task(&plan, "cancel@spare").after),
        ["capture@spare", "call"]
    );
}

#[test]
fn doors_keep_the_order_of_the_account() {
    let mut terrain = two_accounts();
    terrain.accounts[0].doors.reverse();
    let plan = planned(EDGES, &terrain);
    let doors = task(&plan, "cancel@main").doors();
    let kinds = doors.iter().map(|door| door.door.0.as_str());
    assert_eq!(kinds.collect::<Vec<_>>(), ["client-portal", "tws"]);
    assert_eq!(doors[0].poll_interval_ms, 5_000);
}

#[test]
fn a_lever_that_no_door_offers_is_the_persons_if_there_is_a_fallback() {
    let step = r#"
[[step]]
id = "revoke"
title = "Revoke"
lever = "revoke_key"
accounts = "all"
"#;
    let fallback = r#"manual = "Revoke it by hand."
read_back = { ask = "How many keys work?", format = "number", want = "0" }
"#;
    let terrain = two_accounts();
    let without = planned(step, &terrain);
    assert_eq!(without.tasks, []);
    assert_eq!(without.not_offered.len(), 2);
    assert_eq!(without.not_offered[0].lever, Lever::RevokeKey);

    let with = planned(&format!("{step}{fallback}"), &terrain);
    assert_eq!(with.not_offered, []);
    let revoke = task(&with, "revoke@spare");
    assert_eq!(revoke.doors(), []);
    assert!(revoke.card.is_some() && revoke.containment);
    assert_eq!(revoke.refused_now, None, "a person needs no arming");
}

#[test]
fn a_door_that_only_reads_is_no_way_to_pull_a_lever() {
    let mut terrain = two_accounts();
    for door in &mut terrain.accounts[1].doors {
        for support in &mut door.levers {
            support.acts = false;
        }
    }
    let plan = planned(EDGES, &terrain);
    assert!(plan.tasks.iter().all(|task| {
        task.lever().is_none()
            || task
                .account
                .as_ref()
                .is_some_and(|it| it.as_str() == "main")
    }));
    assert_eq!(plan.not_offered.len(), 2);
}

#[test]
fn an_account_that_is_not_armed_is_refused_and_still_planned() {
    let plan = planned(EDGES, &two_accounts());
    assert_eq!(task(&plan, "cancel@main").refused_now, None);
    assert_eq!(
        task(&plan, "cancel@spare").refused_now.as_deref(),
        Some("not armed: the keychain is locked")
    );
}

#[test]
fn a_deadline_that_nobody_wrote_leaves_every_door_its_time() {
    let step = r#"
[[step]]
id = "stop"
title = "Stop"
lever = "stop_automation"
accounts = "all"
"#;
    let mut terrain = Terrain::new(vec![account("main", &["ibc"])]);
    let deadline = |terrain: &Terrain| task(&planned(step, terrain), "stop@main").deadline_ms;
    assert_eq!(deadline(&terrain), Some(30_000));
    terrain.accounts[0].doors[0].levers[0].takes_at_least = Duration::from_secs(45);
    assert_eq!(deadline(&terrain), Some(45_000));
}

#[test]
fn contacts_are_those_of_the_accounts_entity() {
    let call = r#"
[[step]]
id = "call"
title = "Call"
manual = "Call."
contact = "ibkr-security"

[[step]]
id = "ask"
title = "Ask"
manual = "Ask."
accounts = "all"
contact = "ibkr-security"
"#;
    let number = |contact: &Option<Contact>| contact.as_ref().and_then(|it| it.number.clone());
    let plan = planned(call, &two_accounts());
    let card = |id: &str| task(&plan, id).card.clone().expect("a card");
    let us = Some("1-877-442-2757".to_owned());
    assert_eq!(number(&card("ask@main").contact), us);
    assert_eq!(number(&card("ask@spare").contact), None);
    let both = card("call");
    assert_eq!(number(&both.contact), us);
    assert_eq!(both.other_contacts.len(), 1);
    assert!(both.other_contacts[0].name.contains("Ireland"));

    let nobody = planned(call, &Terrain::new(Vec::new()));
    let card = nobody.tasks[0].card.clone().expect("a card");
    assert_eq!((number(&card.contact), card.other_contacts), (us, vec![]));
}

#[test]
fn a_step_names_accounts_by_group_or_by_name() {
    let step = |accounts: &str| {
        format!("\n[[step]]\nid = \"s\"\ntitle = \"S\"\nlever = \"audit\"\naccounts = {accounts}\n")
    };
    let tasks = |accounts: &str| {
        let plan = planned(&step(accounts), &two_accounts());
        plan.tasks
            .iter()
            .map(|task| task.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(tasks("\"all\""), ["s@main", "s@spare"]);
    assert_eq!(tasks("[\"spare\"]"), ["s@spare"]);
    assert_eq!(tasks("[\"spare\", \"gone\"]"), ["s@spare"]);
    assert_eq!(tasks("\"venue:ibkr\""), ["s@main", "s@spare"]);
    assert_eq!(tasks("\"venue:kraken\""), [""; 0]);
}

#[test]
fn a_plan_survives_being_written_and_read() {
    let plan = planned(EDGES, &two_accounts());
    let text = serde_json::to_string(&plan).expect("writes");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("reads"), plan);
}
