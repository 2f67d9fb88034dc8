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
            Action::Pull { lever, scope, .. },
            Action::Pull {
                lever: other_lever,
                scope: other_scope,
                ..
            },
        ) => lever == other_lever && scope == other_scope,
        (Action::Manual, Action::Manual) => {
            let text = |task: &Task| task.card.as_ref().map(|card| card.text.clone());
            text(one) == text(other)
        }
        (Action::Pull { .. }, Action::Manual) | (Action::Manual, Action::Pull { .. }) => false,
    }
}
