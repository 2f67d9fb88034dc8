//! `status`: accounts, the open run, and what was left open, without opening a connection.

use controller::{Accounts, Command, Error, Home, Link, Reply, View};
use serde_json::json;

use crate::out::{Exit, Out};

pub(super) async fn status(home: &Home, out: Out) -> Result<Exit, Error> {
    let view = match Link::find(home).await {
        Some(link) => match link.tell(Command::Status).await? {
            Reply::View(view) => *view,
            Reply::Pressed { .. }
            | Reply::Line(_)
            | Reply::Settled(_)
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
    let armed = view.accounts.iter().filter(|account| account.armed).count();
    let all = view.accounts.len();
    if all == 0 {
        out.line("NO ACCOUNT   add one: firebreak account add; try it: firebreak practice");
    } else if armed == 0 {
        out.line(format!(
            "NOT ARMED, {all} ACCOUNTS   arm them: firebreak arm"
        ));
    } else {
        out.line(format!("ARMED {armed} OF {all}"));
    }
    for account in &view.accounts {
        let state = match &account.why_not {
            None => "armed".to_owned(),
            Some(why) => format!("not armed: {why}"),
        };
        out.line(format!("  {}  {}  {state}", account.name, account.venue));
        for door in account.doors.iter().filter(|door| door.open) {
            out.line(format!("    {}: {}", door.kind, door.words));
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
    match &view.run {
        Some(run) => out.line(format!(
            "RUN UNDER WAY   {}   {} still open   {}",
            run.run, run.board.still_open, run.board.worst
        )),
        None => {
            for run in &view.left_open {
                out.line(format!(
                    "LEFT OPEN   {run}   go on: firebreak run resume {run}   or close it: \
                     firebreak run reset {run}"
                ));
            }
        }
    }
    if let Err(error) = home.writable() {
        out.line(format!("HOME NOT WRITABLE   {error}"));
    }
}
