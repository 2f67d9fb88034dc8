//! The plan of each runbook, dry-run against the accounts: what would be refused today.

use std::collections::BTreeMap;

use door::Lever;
use readiness::{Area, Finding, LeverRow, LeverState, Severity};
use runbook::{AccountOutline, Action, Runbook, Task, Terrain};

use super::rule::Rule;
use crate::{Error, Home, Shelf, find_runbook, runbooks};

/// How many tasks are named one by one.
const NAMED_AT_MOST: usize = 8;

const REFUSED: Rule = Rule {
    id: "runbook-would-be-refused",
    area: Area::Lever,
    severity: Severity::High,
    why: "A step that is refused on the day costs the time that it was meant to save.",
};
const NOT_CLEAN: Rule = Rule {
    id: "runbook-not-clean",
    area: Area::Lever,
    severity: Severity::High,
    why: "A runbook that does not fit the accounts at hand leaves something open.",
};
const UNREAD: Rule = Rule {
    id: "runbook-not-read",
    area: Area::Lever,
    severity: Severity::Medium,
    why: "A runbook that cannot be read cannot be pressed.",
};

/// Dry-runs every runbook of `home` against these accounts and what was seen of their levers.
/// Blocks on the disk; sends nothing.
pub(super) fn dry_run(
    home: &Home,
    accounts: Vec<AccountOutline>,
    rows: &[LeverRow],
) -> Vec<Finding> {
    if accounts.is_empty() {
        return Vec::new();
    }
    let entries = match Shelf::read(home) {
        Ok(shelf) => shelf.entries,
        Err(error) => return vec![unread("runbooks", &error)],
    };
    let (terrain, _) = runbooks::terrain(home, accounts);
    let mut findings = Vec::new();
    for entry in entries {
        let subject = format!("runbook {}", entry.id);
        if let Some(broken) = &entry.broken {
            findings.push(unread(&subject, &Error::wrong(broken)));
        }
        match find_runbook(home, &entry.id) {
            Ok(runbook) => findings.extend(of_runbook(&subject, &runbook, &terrain, rows)),
            // a draft that was never in use is on the shelf and cannot be pressed
            Err(_) if entry.has_draft => {}
            Err(error) if entry.broken.is_none() => findings.push(unread(&subject, &error)),
            Err(_) => {}
        }
    }
    findings
}

fn unread(subject: &str, error: &Error) -> Finding {
    UNREAD.mend(subject, &error.what, &error.next, "the file was read")
}

fn of_runbook(
    subject: &str,
    runbook: &Runbook,
    terrain: &Terrain,
    rows: &[LeverRow],
) -> Vec<Finding> {
    let how = format!(
        "firebreak runbook plan {}, and what was seen of each lever",
        runbook.id
    );
    let plan = runbook::plan(runbook, terrain);
    let seen: BTreeMap<(&str, Lever), &LeverRow> = rows
        .iter()
        .map(|row| ((row.account.as_str(), row.lever), row))
        .collect();
    let refused: Vec<String> = plan
        .tasks
        .iter()
        .filter_map(|task| Some(format!("{}: {}", task.id, refused(task, &seen)?)))
        .collect();
    let mut findings = vec![if refused.is_empty() {
        REFUSED.good(subject, "No step of it would be refused now.", &how)
    } else {
        let tasks = refused.len();
        let more = tasks.saturating_sub(NAMED_AT_MOST);
        let named = refused[..tasks - more].join("; ");
        let more = if more == 0 {
            String::new()
        } else {
            format!("; and {more} more")
        };
        REFUSED.mend(
            subject,
            format!("Would be refused now: {named}{more}."),
            "mend the levers that are dead, then check again",
            &how,
        )
    }];
    let refusals = runbook::lint(runbook, terrain).into_iter();
    let refusals = refusals.filter(|it| it.severity == runbook::Severity::Refusal);
    findings.extend(refusals.map(|it| {
        NOT_CLEAN.mend(
            &format!("{subject}, line {}: {}", it.line, it.rule),
            it.message,
            format!("firebreak runbook lint, with the file of {}", runbook.id),
            "the linter read it against your accounts",
        )
    }));
    findings
}

/// Why a task would be refused now.
fn refused(task: &Task, seen: &BTreeMap<(&str, Lever), &LeverRow>) -> Option<String> {
    if let Some(why) = &task.refused_now {
        return Some(why.clone());
    }
    let Action::Pull { lever, doors, .. } = &task.action else {
        return None;
    };
    let row = seen.get(&(task.account.as_ref()?.as_str(), *lever))?;
    let by_door = doors.iter().any(|door| door.support.acts);
    (by_door && row.state == LeverState::Dead).then(|| row.seen.clone())
}

#[cfg(test)]
mod tests {
    use readiness::Verdict;

    use super::*;
    use crate::testing::{account, home};

    fn row(account: &str, lever: Lever, state: LeverState) -> LeverRow {
        LeverRow {
            account: account.to_owned(),
            lever,
            state,
            seen: "tws: Read-Only API is on".to_owned(),
            reach: "full".to_owned(),
            why: String::new(),
            mend: String::new(),
            checked_at: jiff::Timestamp::UNIX_EPOCH,
            proved_at: None,
        }
    }

    #[test]
    fn a_dead_lever_is_named_in_each_runbook_that_pulls_it_and_in_no_other() {
        let (_temporary, home) = home();
        let outlines = vec![account("main", &["tws"]).outline(None)];
        let rows = [row("main", Lever::CancelOrders, LeverState::Dead)];
        let findings = dry_run(&home, outlines, &rows);
        let everything = findings
            .iter()
            .find(|f| f.subject == "runbook contain-everything")
            .unwrap();
        assert_eq!(everything.verdict, Verdict::Mend);
        assert!(
            everything.what.contains("@main: tws: Read-Only API is on"),
            "{everything:?}"
        );
        let verdicts = findings
            .iter()
            .filter(|f| f.id == "runbook-would-be-refused");
        assert_eq!(verdicts.count(), runbook::shipped().len());
    }

    #[test]
    fn levers_that_work_leave_every_shipped_runbook_good_and_an_account_without_a_door_open_none() {
        let (_temporary, home) = home();
        let rows = [row("main", Lever::CancelOrders, LeverState::Ready)];
        let main = account("main", &["tws"]);
        let good = dry_run(&home, vec![main.outline(None)], &rows);
        assert!(good.iter().all(|f| f.verdict == Verdict::Good), "{good:#?}");
        let shut = main.outline(Some("tws: TWS is off".to_owned()));
        let refused = dry_run(&home, vec![shut], &[]);
        assert!(
            refused.iter().any(|f| f.what.contains("TWS is off")),
            "{refused:#?}"
        );
        assert_eq!(dry_run(&home, Vec::new(), &[]), []);
    }
}
