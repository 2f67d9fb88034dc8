//! `account`: add, list, test, remove.

use std::time::Duration;

use controller::{Accounts, Command, Error, Home, Link};
use door::{Family, Health, Reach};
use futures_util::future::join_all;
use runbook::AccountName;
use serde_json::{Value, json};
use tokio::time::timeout;
use vault::Live;
use venues::{Account, DoorConfig};

use crate::{
    args,
    out::{Exit, Out},
};

/// How long a door may take to answer a test.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);

pub(super) async fn account(home: &Home, verb: args::Account, out: Out) -> Result<Exit, Error> {
    match verb {
        args::Account::Add(args) => add(home, &args, out).await,
        args::Account::List => list(home, out),
        args::Account::Test { name } => {
            let accounts = Accounts::read(home)?;
            let name = AccountName::new(name);
            let chosen = accounts.select(std::slice::from_ref(&name))?;
            let mut all_open = true;
            for account in chosen {
                all_open &= test(account, out).await?;
            }
            Ok(if all_open { Exit::Done } else { Exit::Wrong })
        }
        args::Account::Remove { name } => remove(home, &AccountName::new(name), out).await,
    }
}

async fn add(home: &Home, args: &args::AccountAdd, out: Out) -> Result<Exit, Error> {
    home.writable()?;
    let doors = args
        .doors
        .iter()
        .map(|door| door.parse::<DoorConfig>())
        .collect::<Result<Vec<_>, _>>()?;
    let mut account = Account::<Live>::new(&args.name, &args.venue, doors)?;
    if let Some(entity) = &args.entity {
        account = account.with_entity(entity)?;
    }
    account = account.with_unseen(args.unseen.iter().map(Family::new).collect());
    let others = Accounts::read(home)?;
    let warnings = account.warnings(&others.list);
    Accounts::add(home, account.clone())?;
    tell_resident(home).await;

    out.line(format!("added {}", account.name()));
    out.object(&json!({ "added": { "name": account.name(), "warnings": warnings } }));
    for warning in &warnings {
        out.line(format!("  note: {warning}"));
    }
    let all_open = test(&account, out).await?;
    reach(&account, out);
    if !all_open {
        out.line(format!(
            "It is kept. Start what is not reached, then: firebreak account test {}",
            account.name()
        ));
    }
    Ok(Exit::Done)
}

fn list(home: &Home, out: Out) -> Result<Exit, Error> {
    let accounts = Accounts::read(home)?;
    if accounts.list.is_empty() {
        out.line("no account yet; add one: firebreak account add");
    }
    for account in &accounts.list {
        out.object(&json!({ "account": account }));
        out.line(format!("{}  {}", account.name(), account.venue()));
        for door in account.doors() {
            let user = door.username().map(|user| format!("  as {user}"));
            out.line(format!(
                "  {}  {}{}",
                door.kind(),
                door.address_text(),
                user.unwrap_or_default()
            ));
        }
    }
    Ok(Exit::Done)
}

async fn remove(home: &Home, name: &AccountName, out: Out) -> Result<Exit, Error> {
    home.writable()?;
    let removed = Accounts::remove(home, name)?;
    tell_resident(home).await;
    out.line(format!("removed {}; its runs stay", removed.name()));
    out.object(&json!({ "removed": { "name": removed.name() } }));
    Ok(Exit::Done)
}

/// Opens every door and says what it reached. True when all opened.
async fn test(account: &Account<Live>, out: Out) -> Result<bool, Error> {
    let doors = account.open()?;
    let answers = join_all(doors.iter().map(|door| async {
        let answer = timeout(ANSWERS_WITHIN, door.open())
            .await
            .unwrap_or_else(|_| {
                Err(door::DoorError::new(
                    door::ErrorClass::TimedOut,
                    "",
                    format!("no answer within {} s", ANSWERS_WITHIN.as_secs()),
                ))
            });
        (door.kind().clone(), answer)
    }))
    .await;
    let mut all_open = true;
    for (kind, answer) in answers {
        let line = match answer {
            Ok(Health {
                words,
                clock_offset_ms,
                warnings,
            }) => {
                out.line(format!("  {kind}: reached: {words}"));
                for warning in &warnings {
                    out.line(format!("  {kind}: {warning}"));
                }
                if let Some(offset) = clock_offset_ms.filter(|offset| offset.abs() > 5_000) {
                    out.line(format!("  {kind}: {}", clock(offset)));
                }
                json!({ "reached": true, "words": words, "clock_offset_ms": clock_offset_ms,
                        "warnings": warnings })
            }
            Err(error) => {
                all_open = false;
                out.line(format!("  {kind}: not reached: {error}"));
                if !error.next.is_empty() {
                    out.line(format!("    next: {}", error.next));
                }
                json!({ "reached": false, "class": error.class, "words": error.to_string(),
                        "next": error.next })
            }
        };
        out.object(&json!({ "door": { "account": account.name(), "kind": kind, "test": line } }));
    }
    Ok(all_open)
}

/// What a clock that is far off means.
pub(super) fn clock(offset_ms: i64) -> String {
    format!(
        "the venue's clock is {} s {} this computer's; set this computer's clock, since the record \
         carries its times",
        offset_ms.abs() / 1000,
        if offset_ms > 0 { "ahead of" } else { "behind" }
    )
}

/// How far each lever goes, door by door.
fn reach(account: &Account<Live>, out: Out) {
    for door in account.outline(None).doors {
        for support in &door.levers {
            let (far, left) = match &support.reach {
                Reach::Full => ("full", None),
                Reach::Partial { left } => ("partial", Some(left)),
                Reach::Unknown => ("unknown", None),
            };
            let left = left.map(|left| format!(": {left}")).unwrap_or_default();
            out.line(format!("  {}: {}: {far}{left}", door.kind, support.lever));
            let support = serde_json::to_value(support).unwrap_or(Value::Null);
            out.object(
                &json!({ "lever": { "account": account.name(), "door": door.kind,
                                           "support": support } }),
            );
        }
    }
}

/// A resident process reads the accounts again; without one there is nobody to tell.
async fn tell_resident(home: &Home) {
    if let Some(link) = Link::find(home).await
        && let Err(error) = link.tell(Command::Reload).await
    {
        tracing::warn!(%error, "the resident process did not read the accounts again");
    }
}
