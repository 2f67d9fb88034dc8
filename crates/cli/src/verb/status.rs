//! `status`: accounts, the open run, and what was left open, without opening a connection.

use controller::{
    AccountView, Accounts, Command, DoorState, Error, Home, Link, Notice, Reply, Stance, View,
};
use serde_json::json;

use crate::{
    out::{Exit, Out},
    verb::arm::door_state,
};

pub(super) async fn status(home: &Home, out: Out) -> Result<Exit, Error> {
    let view = match Link::find(home).await {
        Some(link) => match link.tell(Command::Status).await? {
            Reply::View(view) => *view,
            Reply::Pressed { .. }
            | Reply::Line(_)
            | Reply::Settled(_)
            | Reply::Detail(_)
            | Reply::Readiness(_)
            | Reply::Proving(_)
            | Reply::Done(_)
            | Reply::Failed(_) => View::at_rest(home, &Accounts::read(home)?),
        },
        None => View::at_rest(home, &Accounts::read(home)?),
    };
    out.object(&json!({ "status": view }));
    print(home, &view, out);
    Ok(Exit::Done)
}

fn print(home: &Home, view: &View, out: Out) {
    out.line(head(view));
    if view.cover_open {
        out.line("COVER OPEN");
    }
    for account in &view.accounts {
        print_account(account, out);
    }
    match &view.run {
        Some(run) => out.line(format!(
            "{}   {}   {} still open   {}",
            if run.board.latched {
                "LATCHED: look, then reset"
            } else {
                "RUN UNDER WAY"
            },
            run.run,
            run.board.still_open,
            run.board.worst
        )),
        None => {
            for run in &view.left_open {
                let run = &run.run;
                out.line(format!(
                    "LEFT OPEN   {run}   go on: firebreak run resume {run}   or close it: \
                     firebreak run reset {run}"
                ));
            }
        }
    }
    if let (Some(why), Some(_)) = (&view.not_recorded, &view.run) {
        out.line(format!("NOT RECORDED   {why}. Containment goes on."));
    }
    if let Err(error) = home.writable() {
        out.line(format!("HOME NOT WRITABLE   {error}"));
    }
    // what stands above has its own line already
    let told = ["home", "left_open", "clock"];
    let others = view.notices.iter();
    for Notice { what, next, .. } in others.filter(|n| !told.contains(&n.id.as_str())) {
        out.line(format!("NOTICE   {what}"));
        if !next.is_empty() {
            out.line(format!("  next: {next}"));
        }
    }
    out.line(readiness(view));
    let rehearsal = &view.rehearsal;
    let due = rehearsal.due.strftime("%Y-%m-%d");
    out.line(match (rehearsal.last, rehearsal.overdue) {
        (_, true) => format!("REHEARSAL DUE   since {due}: firebreak drill"),
        (None, false) => format!("rehearsal due {due}: firebreak drill"),
        (Some(last), false) => format!("rehearsed {}, next {due}", last.strftime("%Y-%m-%d")),
    });
    // the stalest is the first
    if let Some(way_in) = view.schedule.as_ref().and_then(|it| it.ways_in.first()) {
        let last = way_in
            .last
            .map(|last| last.strftime("%Y-%m-%d").to_string());
        let last = last.unwrap_or_else(|| "never".to_owned());
        out.line(format!(
            "longest not rehearsed: {}, last {last}",
            way_in.title
        ));
    }
}

/// The last check of readiness, with each lever that is dead.
fn readiness(view: &View) -> String {
    let Some(readiness) = &view.readiness else {
        return "readiness: never checked: firebreak readiness".to_owned();
    };
    let dead = readiness.dead.iter().map(|dead| {
        let lever = dead.lever.title().to_lowercase();
        format!("{}, {lever}", dead.account)
    });
    let dead = dead.collect::<Vec<_>>().join("; ");
    let dead = if dead.is_empty() {
        String::new()
    } else {
        format!(" ({dead})")
    };
    let at = readiness.checked_at.map_or_else(String::new, |at| {
        format!("   checked {}", at.strftime("%Y-%m-%d"))
    });
    format!("readiness: {}{dead}{at}", readiness.headline)
}

/// The first line: how things stand.
fn head(view: &View) -> String {
    let all = view.accounts.len();
    let armed = view.armed;
    match view.stance {
        _ if view.reading => "READING ACCOUNTS".to_owned(),
        _ if all == 0 => {
            "NO ACCOUNT   add one: firebreak account add; try it: firebreak practice".to_owned()
        }
        Stance::Offline => format!("OFFLINE, {all} ACCOUNTS   no door answers"),
        _ if armed == 0 => format!("NOT ARMED, {all} ACCOUNTS   arm them: firebreak arm"),
        Stance::Ready
        | Stance::Part
        | Stance::Unarmed
        | Stance::Live
        | Stance::Latched
        | Stance::Drill
        | Stance::Practice => format!("ARMED {armed} OF {all}"),
    }
}

fn print_account(account: &AccountView, out: Out) {
    let state = match &account.why_not {
        None => "armed".to_owned(),
        Some(why) => format!("not armed: {why}"),
    };
    out.line(format!("  {}  {}  {state}", account.name, account.venue));
    for door in &account.doors {
        match door.state {
            DoorState::Open => out.line(format!("    {}: {}", door.kind, door.words)),
            DoorState::Lost | DoorState::Shut => {
                let state = door_state(door.state);
                out.line(format!("    {}: {state}: {}", door.kind, door.words));
                if !door.next.is_empty() {
                    out.line(format!("      next: {}", door.next));
                }
            }
            DoorState::NotOpened | DoorState::Opening => {}
        }
        for warning in &door.warnings {
            out.line(format!("    {}: {warning}", door.kind));
        }
        if let Some(offset) = door.clock_offset_ms.filter(|offset| offset.abs() > 5_000) {
            out.line(format!(
                "    {}: the venue's clock is {} s {} this computer's",
                door.kind,
                offset.abs() / 1000,
                if offset > 0 { "ahead of" } else { "behind" }
            ));
        }
    }
}
