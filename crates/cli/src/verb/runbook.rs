//! `runbook`: the documents, the linter, and what a press would do now.

use std::{fs, path::Path};

use controller::{Accounts, Error, Home, Shelf, printed_card};
use runbook::{Action, Finding, Plan, Runbook, Severity, Task};
use serde_json::json;

use crate::{
    args,
    out::{Exit, Out, put},
    terminal::words::duration,
};

/// The longest file that is read as a runbook, in bytes.
const LONGEST: u64 = 1024 * 1024;

pub(super) fn runbook(home: &Home, verb: args::Runbook, out: Out) -> Result<Exit, Error> {
    match verb {
        args::Runbook::List => list(home, out),
        args::Runbook::Show { id } => show(home, &id, out),
        args::Runbook::Lint { file } => {
            let (_, refused) = check(home, &file, out)?;
            Ok(if refused { Exit::Wrong } else { Exit::Done })
        }
        args::Runbook::Plan { id } => plan(home, &id, out),
        args::Runbook::Add { file } => add(home, &file, out),
        args::Runbook::Card { id, output } => card(home, &id, output.as_deref(), out),
    }
}

fn list(home: &Home, out: Out) -> Result<Exit, Error> {
    for entry in Shelf::read(home)?.entries {
        out.object(&json!({ "runbook": entry }));
        let own = if entry.own { "   (yours)" } else { "" };
        out.line(format!("{}   {}{own}", entry.id, entry.title));
        if !entry.when.is_empty() {
            out.line(format!("  {}", entry.when));
        }
        if let Some(broken) = &entry.broken {
            out.line(format!("  your file cannot be used: {broken}"));
        }
    }
    Ok(Exit::Done)
}

fn show(home: &Home, id: &str, out: Out) -> Result<Exit, Error> {
    let runbook = controller::find_runbook(home, id)?;
    out.object(&json!({ "runbook": runbook.reference(), "text": runbook.text }));
    if !out.json {
        put(runbook.text.trim_end());
    }
    Ok(Exit::Done)
}

fn add(home: &Home, file: &Path, out: Out) -> Result<Exit, Error> {
    home.writable()?;
    let (runbook, refused) = check(home, file, out)?;
    let Some(runbook) = runbook.filter(|_| !refused) else {
        return Err(Error::wrong(format!("{} is not taken", file.display()))
            .untouched("your runbooks are as they were")
            .next("mend what is said above, then add it again"));
    };
    controller::save_runbook(home, &runbook)?;
    out.line(format!("added {}", runbook.id));
    out.object(&json!({ "added": runbook.reference() }));
    Ok(Exit::Done)
}

fn card(home: &Home, id: &str, output: Option<&Path>, out: Out) -> Result<Exit, Error> {
    let path = match output {
        None => printed_card::write_card(home, id)?,
        Some(path) => {
            if path.symlink_metadata().is_ok() {
                return Err(Error::wrong(format!("{} is there already", path.display()))
                    .untouched("that file; no card was written")
                    .next("name another file with -o, or move that one away"));
            }
            let path = std::path::absolute(path).map_err(|e| Error::file("find", path, &e))?;
            printed_card::write_card_to(home, id, &path)?;
            path
        }
    };
    out.line(format!(
        "{}   open it in a browser, print it, keep it away from this computer",
        path.display()
    ));
    out.object(&json!({ "card": { "runbook": id, "path": path } }));
    Ok(Exit::Done)
}

/// Reads and lints a file, and prints each finding. True when there is a refusal.
fn check(home: &Home, file: &Path, out: Out) -> Result<(Option<Runbook>, bool), Error> {
    let text = read(file)?;
    let outlines = Accounts::read(home)?
        .list
        .iter()
        .map(|account| account.outline(None))
        .collect();
    let (terrain, trouble) = controller::terrain(home, outlines);
    if let Some(error) = trouble {
        out.aside(format!("{error}"));
    }
    let (runbook, findings) = match Runbook::parse(&file.display().to_string(), &text) {
        Ok(runbook) => {
            let findings = runbook::lint(&runbook, &terrain);
            (Some(runbook), findings)
        }
        Err(findings) => (None, findings),
    };
    for finding in &findings {
        out.object(&json!({ "finding": finding }));
        out.line(finding);
    }
    let refusals = count(&findings, Severity::Refusal);
    let warnings = count(&findings, Severity::Warning);
    out.line(format!(
        "{}: {refusals} refusals, {warnings} warnings",
        file.display()
    ));
    Ok((runbook, refusals > 0))
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .count()
}

fn read(file: &Path) -> Result<String, Error> {
    let about = fs::metadata(file).map_err(|e| Error::file("read", file, &e))?;
    if !about.is_file() || about.len() > LONGEST {
        return Err(
            Error::wrong(format!("{} is not a runbook's file", file.display()))
                .next("give a TOML file of at most 1 MiB"),
        );
    }
    fs::read_to_string(file).map_err(|e| Error::file("read", file, &e))
}

fn plan(home: &Home, id: &str, out: Out) -> Result<Exit, Error> {
    let runbook = controller::find_runbook(home, id)?;
    let outlines = Accounts::read(home)?
        .list
        .iter()
        .map(|account| account.outline(None))
        .collect();
    let (terrain, trouble) = controller::terrain(home, outlines);
    if let Some(error) = trouble {
        out.aside(format!("{error}"));
    }
    let plan = runbook::plan(&runbook, &terrain);
    out.object(&json!({ "plan": plan }));
    print(&plan, out);
    Ok(Exit::Done)
}

fn print(plan: &Plan, out: Out) {
    out.line(format!("{}   nothing is sent", plan.runbook.title));
    for task in &plan.tasks {
        out.line(format!("{}   {}", task.id, task.title));
        out.line(format!("  {}", how(task)));
        if !task.after.is_empty() {
            let after = task.after.iter().map(ToString::to_string);
            out.line(format!("  after {}", after.collect::<Vec<_>>().join(", ")));
        }
        if let Some(deadline) = task.deadline_ms {
            out.line(format!(
                "  unknown if not proved within {}",
                duration(deadline)
            ));
        }
        if let Some(refused) = &task.refused_now {
            out.line(format!("  refused now: {refused}"));
        }
    }
    for gap in &plan.not_offered {
        out.line(format!(
            "not offered: {} on {} ({})",
            gap.lever, gap.account, gap.step
        ));
    }
}

fn how(task: &Task) -> String {
    match &task.action {
        Action::Manual => "yours to do".to_owned(),
        Action::Pull { lever, doors, .. } if doors.is_empty() => {
            format!("{lever}: no door offers it; yours to do")
        }
        Action::Pull { lever, doors, .. } => {
            let through = doors.iter().map(|door| door.door.to_string());
            format!(
                "{lever} through {}",
                through.collect::<Vec<_>>().join(", then ")
            )
        }
    }
}
