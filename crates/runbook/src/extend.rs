//! What a press with another runbook adds to a run that is open.

use std::collections::{HashMap, HashSet};

use crate::plan::{Action, Plan, StepId, Task, TaskId};

/// The tasks of `other` that `open` lacks, with their accounts and with edges that lead to the
/// tasks that `open` has instead.
///
/// Two tasks are the same when they pull the same lever on the same account in the same scope, or
/// show the same text on the same account. A new task whose id is taken gets the other runbook's id
/// before it (`lost-phone.call`). `open` must hold all that the run has, earlier extensions too.
pub fn extend(open: &Plan, other: &Plan) -> Plan {
    let mut taken = open
        .tasks
        .iter()
        .map(|task| task.id.clone())
        .collect::<HashSet<_>>();
    let mut name = HashMap::new();
    let mut added = Vec::new();
    for task in &other.tasks {
        if let Some(present) = open.tasks.iter().find(|present| same(present, task)) {
            name.insert(task.id.clone(), present.id.clone());
            continue;
        }
        let mut task = task.clone();
        let old = task.id.clone();
        let mut prefix = other.runbook.id.as_str();
        while !taken.insert(task.id.clone()) {
            task.step = StepId::new(format!("{prefix}.{}", task.step));
            task.id = TaskId::of(&task.step, task.account.as_ref());
            prefix = "again";
        }
        name.insert(old, task.id.clone());
        added.push(task);
    }
    for task in &mut added {
        for edges in [&mut task.after, &mut task.hold_until, &mut task.covers] {
            let mut renamed = Vec::new();
            for id in edges.iter().filter_map(|id| name.get(id)) {
                if !renamed.contains(id) {
                    renamed.push(id.clone());
                }
            }
            *edges = renamed;
        }
    }
    Plan {
        runbook: other.runbook.clone(),
        accounts: other
            .accounts
            .iter()
            .filter(|account| {
                added
                    .iter()
                    .any(|task| task.account.as_ref() == Some(&account.name))
            })
            .cloned()
            .collect(),
        not_offered: other
            .not_offered
            .iter()
            .filter(|missing| {
                !open.not_offered.iter().any(|present| {
                    present.account == missing.account && present.lever == missing.lever
                })
            })
            .cloned()
            .collect(),
        tasks: added,
    }
}

fn same(one: &Task, other: &Task) -> bool {
    if one.account != other.account {
        return false;
    }
    match (&one.action, &other.action) {
        (
            Action::Pull {
                lever, scope, keys, ..
            },
            Action::Pull {
                lever: other_lever,
                scope: other_scope,
                keys: other_keys,
                ..
            },
        ) => lever == other_lever && scope == other_scope && keys == other_keys,
        (Action::Manual, Action::Manual) => {
            let text = |task: &Task| task.card.as_ref().map(|card| card.text.clone());
            text(one) == text(other)
        }
        (Action::Pull { .. }, Action::Manual) | (Action::Manual, Action::Pull { .. }) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{planner::plan, shipped_runbook, testing::two_accounts};

    fn shipped(id: &str) -> Plan {
        plan(&shipped_runbook(id).expect("shipped"), &two_accounts())
    }

    fn ids(plan: &Plan) -> Vec<&str> {
        plan.tasks.iter().map(|task| task.id.as_str()).collect()
    }

    #[test]
    fn only_what_the_open_run_lacks_is_added() {
        let open = shipped("stolen-session");
        let added = extend(&open, &shipped("leaked-api-key"));
        assert_eq!(
            ids(&added),
            [
                "stop-bots@main",
                "bots-elsewhere",
                "api-settings@main",
                "api-settings@spare",
                "flex@main",
                "flex@spare"
            ]
        );
        assert_eq!(added.runbook.id, "leaked-api-key");
        assert_eq!(added.accounts, open.accounts);
        assert_eq!(ids(&extend(&open, &open)), [""; 0]);
    }

    #[test]
    fn edges_lead_to_the_tasks_that_the_open_run_has() {
        let mut open = shipped("stolen-session");
        for task in &mut open.tasks {
            if task.id.as_str() == "capture@main" {
                task.id = TaskId("record@main".to_owned());
            }
        }
        let added = extend(&open, &shipped("leaked-api-key"));
        let bots = &added.tasks[0];
        assert_eq!(bots.id.as_str(), "stop-bots@main");
        assert_eq!(bots.after, [TaskId("record@main".to_owned())]);
    }

    #[test]
    fn a_wider_scope_is_another_task_and_takes_no_id_that_is_there() {
        let open = shipped("lost-phone");
        let added = extend(&open, &shipped("stolen-session"));
        let cancel = added
            .tasks
            .iter()
            .find(|task| task.id.as_str() == "stolen-session.cancel@main")
            .expect("cancels everything, where the open run keeps stops");
        assert_eq!(cancel.step.as_str(), "stolen-session.cancel");
        let left = added
            .tasks
            .iter()
            .find(|task| task.id.as_str() == "orders-left@main")
            .expect("its card");
        assert_eq!(left.covers, std::slice::from_ref(&cancel.id));
    }

    #[test]
    fn only_accounts_of_new_tasks_come_along() {
        let open = shipped("stolen-session");
        let mut other = shipped("leaked-api-key");
        other.tasks.retain(|task| {
            task.account
                .as_ref()
                .is_none_or(|name| name.as_str() == "main")
        });
        let names = extend(&open, &other)
            .accounts
            .iter()
            .map(|account| account.name.to_string())
            .collect::<Vec<_>>();
        assert_eq!(names, ["main"]);
    }
}
