//! `arm` and `disarm`: the resident process that keeps doors open.

use std::{process::Stdio, time::Duration};

use controller::{AccountView, Command, DoorState, Error, Headless, Home, Link, Reply, View};
use runbook::AccountName;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    args::Arm,
    out::{Exit, Out},
    verb::press::interrupted,
};

/// How long the resident process may take to listen.
const LISTENS_WITHIN: Duration = Duration::from_secs(10);

pub(super) async fn arm(home: &Home, args: &Arm, out: Out) -> Result<Exit, Error> {
    let accounts = args
        .accounts
        .iter()
        .map(AccountName::new)
        .collect::<Vec<_>>();
    if args.foreground {
        return stay(home, accounts, out).await;
    }
    let link = if let Some(link) = Link::find(home).await {
        link
    } else {
        start_resident(home)?;
        wait_for_resident(home).await?
    };
    let view = armed(&link, accounts).await?;
    print(&view, out);
    Ok(exit(&view))
}

pub(super) async fn disarm(home: &Home, out: Out) -> Result<Exit, Error> {
    let Some(link) = Link::find(home).await else {
        out.line("no account is armed");
        out.object(&json!({ "done": "no account is armed" }));
        return Ok(Exit::Done);
    };
    let attended = matches!(
        link.tell(Command::Status).await?,
        Reply::View(view) if view.attended
    );
    link.tell(Command::Disarm {
        accounts: Vec::new(),
    })
    .await?;
    if attended {
        // the app goes on: it is more than what keeps accounts armed
        out.line("no account is armed; the app goes on");
    } else {
        link.tell(Command::Stop).await?;
        out.line("no account is armed; the resident process has ended");
    }
    out.object(&json!({ "done": "no account is armed" }));
    Ok(Exit::Done)
}

/// Is the resident process, until it is told to stop or interrupted.
async fn stay(home: &Home, accounts: Vec<AccountName>, out: Out) -> Result<Exit, Error> {
    let mut link = Link::take(home, Headless).await?;
    if !link.is_own() {
        let view = armed(&link, accounts).await?;
        print(&view, out);
        out.aside("another process keeps them armed");
        return Ok(exit(&view));
    }
    let view = match armed(&link, accounts).await {
        Ok(view) => view,
        Err(error) => {
            link.close().await;
            return Err(error);
        }
    };
    print(&view, out);
    let exit = tokio::select! {
        () = link.stopped() => Exit::Done,
        () = interrupted() => Exit::Interrupted,
    };
    if exit == Exit::Interrupted {
        link.close().await;
    }
    Ok(exit)
}

async fn armed(link: &Link, accounts: Vec<AccountName>) -> Result<View, Error> {
    match link.tell(Command::Arm { accounts }).await? {
        Reply::View(view) => Ok(*view),
        Reply::Pressed { .. }
        | Reply::Line(_)
        | Reply::Settled(_)
        | Reply::Detail(_)
        | Reply::Readiness(_)
        | Reply::Proving(_)
        | Reply::Done(_)
        | Reply::Failed(_) => Err(Error::lost("the controller did not say what is armed")),
    }
}

fn print(view: &View, out: Out) {
    let armed = view.accounts.iter().filter(|account| account.armed).count();
    out.object(&json!({ "status": view }));
    out.line(format!("ARMED {armed} OF {}", view.accounts.len()));
    for AccountView { name, doors, .. } in &view.accounts {
        for door in doors {
            let state = door_state(door.state);
            out.line(format!("  {name}  {}  {state}: {}", door.kind, door.words));
            if !door.next.is_empty() {
                out.line(format!("    next: {}", door.next));
            }
        }
    }
}

/// How a door is, in a word or two.
pub(super) fn door_state(state: DoorState) -> &'static str {
    match state {
        DoorState::NotOpened => "not opened",
        DoorState::Opening => "opening",
        DoorState::Open => "open",
        DoorState::Lost => "lost",
        DoorState::Shut => "not open",
    }
}

fn exit(view: &View) -> Exit {
    if view.accounts.iter().any(|account| account.armed) {
        Exit::Done
    } else {
        Exit::Wrong
    }
}

fn start_resident(home: &Home) -> Result<(), Error> {
    let program = std::env::current_exe()
        .map_err(|e| Error::wrong(format!("this program cannot find itself: {e}")))?;
    let mut command = std::process::Command::new(program);
    command
        .args(["arm", "--foreground", "--json", "--home"])
        .arg(home.root())
        .current_dir(home.root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // Ctrl-C in this terminal is not for the resident
        command.process_group(0);
    }
    command
        .spawn()
        .map(drop)
        .map_err(|e| Error::wrong(format!("the resident process cannot be started: {e}")))
}

async fn wait_for_resident(home: &Home) -> Result<Link, Error> {
    let until = Instant::now() + LISTENS_WITHIN;
    while Instant::now() < until {
        if let Some(link) = Link::find(home).await {
            return Ok(link);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(Error::wrong("the resident process did not begin to listen")
        .next("see why: firebreak arm --foreground"))
}
