//! `account`: add, list, test, remove.

use controller::{
    Accounts, Command, Error, Home, Link, account_adding, account_draft,
    account_test::{self, DoorTested, LeverState, LeverTested},
};
use door::Reach;
use runbook::AccountName;
use serde_json::{Value, json};
use vault::Live;
use venues::{Account, DoorConfig, DoorKey, Environment, Kind, Means, Venue};

use super::press::interrupted;
use crate::{
    args,
    out::{Exit, Out},
    terminal::secrets::{self, Secrets},
};

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
                all_open &= test(home, account, out).await?;
            }
            Ok(if all_open { Exit::Done } else { Exit::Wrong })
        }
        args::Account::Remove { name } => remove(home, &AccountName::new(name), out).await,
    }
}

async fn add(home: &Home, args: &args::AccountAdd, out: Out) -> Result<Exit, Error> {
    let doors = args
        .doors
        .iter()
        .map(|door| door.parse::<DoorConfig>())
        .collect::<Result<Vec<_>, _>>()?;
    let mut account = Account::<Live>::new(&args.name, &args.venue, doors)?;
    if let Some(entity) = &args.entity {
        account = account.with_entity(entity)?;
    }
    account = account.with_unseen(account_draft::families(&args.unseen)?);
    let insisted = account_adding::insists(&args.accept_withdraw_right)?;
    home.writable()?;
    // nobody types a key for an account that cannot be added
    Accounts::read(home)?.refuse_taken(account.name())?;
    let warnings = keep(home, &account, insisted, out).await?;
    tell_resident(home).await;

    out.line(format!("added {}", account.name()));
    let doors = account.doors().iter().map(environment);
    out.object(&json!({ "added": {
        "name": account.name(),
        "doors": doors.collect::<Vec<_>>(),
        "warnings": warnings,
    } }));
    for warning in &warnings {
        out.line(format!("  note: {warning}"));
    }
    let all_open = test(home, &account, out).await?;
    reach(&account, out);
    if !all_open {
        out.line(format!(
            "It is kept. Start what is not reached, then: firebreak account test {}",
            account.name()
        ));
    }
    Ok(Exit::Done)
}

/// Asks for the keys of the account's doors, and keeps both; gives what the person should know.
async fn keep(
    home: &Home,
    account: &Account<Live>,
    insisted: bool,
    out: Out,
) -> Result<Vec<String>, Error> {
    let means = home.means()?;
    let keys = ask_keys(account, out)?;
    let open = |account: &Account<Live>| Ok(account.open(&means)?);
    let added = tokio::select! {
        added = account_adding::add_account(home, account, &keys, insisted, &means, open) => added,
        () = interrupted() => {
            forget(account, &means).await?;
            return Err(Error::interrupted("interrupted").untouched(
                "the accounts are as they were, and the keychain keeps no key of this one",
            ).next("add the account again"));
        }
    };
    added.map_err(account_adding::NotAdded::into_error)
}

async fn forget(account: &Account<Live>, means: &Means<Live>) -> Result<(), Error> {
    if account.keys().next().is_some() {
        means.forget_keys(account.name(), account.keys()).await?;
    }
    Ok(())
}

/// The keys of the account's doors, in their order. Says before what each key should be.
fn ask_keys(account: &Account<Live>, out: Out) -> Result<Vec<DoorKey>, Error> {
    let Some(words) = Venue::from_id(account.venue()).and_then(Venue::words) else {
        return Ok(Vec::new());
    };
    let doors = account.keys().filter_map(Kind::words).collect::<Vec<_>>();
    out.aside(&words.advice);
    for line in doors.iter().flat_map(|door| secrets::narrow_key(door)) {
        out.aside(line);
    }
    let mut secrets = Secrets::open(2 * doors.len());
    let mut keys = Vec::new();
    for door in doors {
        let kind = door.kind;
        let key = secrets.next(&format!("{} of the {kind} door", door.key))?;
        let secret = secrets.next(&format!("{} of the {kind} door", door.secret))?;
        keys.push(DoorKey::typed(kind, key, secret)?);
    }
    Ok(keys)
}

fn is_simulated(door: &DoorConfig) -> bool {
    door.environment() == Some(Environment::Simulated)
}

/// A door, and what money is behind it.
fn environment(door: &DoorConfig) -> Value {
    json!({
        "kind": door.kind(),
        "address": door.address_text(),
        "environment": door.environment().map(Environment::id),
    })
}

fn list(home: &Home, out: Out) -> Result<Exit, Error> {
    let accounts = Accounts::read(home)?;
    if accounts.list.is_empty() {
        out.line("no account yet; add one: firebreak account add");
    }
    for account in &accounts.list {
        let doors = account.doors().iter().map(environment);
        out.object(&json!({ "account": account, "doors": doors.collect::<Vec<_>>() }));
        out.line(format!("{}  {}", account.name(), account.venue()));
        for door in account.doors() {
            let user = door.username().map(|user| format!("  as {user}"));
            let money = door.environment().map(|money| format!("  {}", money.id()));
            out.line(format!(
                "  {}  {}{}{}",
                door.kind(),
                door.address_text(),
                user.unwrap_or_default(),
                money.unwrap_or_default()
            ));
        }
    }
    Ok(Exit::Done)
}

async fn remove(home: &Home, name: &AccountName, out: Out) -> Result<Exit, Error> {
    let removed = account_adding::remove_account(home, name, || home.means()).await?;
    tell_resident(home).await;
    let account = &removed.account;
    let had_keys = account.keys().next().is_some();
    out.line(match (had_keys, &removed.keys_left) {
        (true, None) => format!(
            "removed {}; its runs stay, and its keys are out of the keychain",
            account.name()
        ),
        (false, _) | (true, Some(_)) => format!("removed {}; its runs stay", account.name()),
    });
    out.object(&json!({ "removed": {
        "name": account.name(),
        "keys_left": removed.keys_left,
    } }));
    for door in account.doors() {
        let kind = door.kind();
        if let Some(door) = kind.words().filter(|_| !is_simulated(door)) {
            let place = &door.delete;
            out.line(format!(
                "  the {kind} door's key still works at the venue until you delete it there: {}, \
                 {} ({})",
                place.menu,
                place.page,
                place.checked()
            ));
        }
    }
    let Some(left) = removed.keys_left else {
        return Ok(Exit::Done);
    };
    out.line(format!("  {}", left.what));
    out.line(format!("    next: {}", left.next));
    Ok(Exit::NeedsYou)
}

/// Tests every door and every lever, and says what was seen. True when all doors were reached.
async fn test(home: &Home, account: &Account<Live>, out: Out) -> Result<bool, Error> {
    let tested = account_test::test_account(account, &home.means()?).await?;
    for door in &tested.doors {
        say_door(door, out);
        let test = if door.reached {
            json!({ "reached": true, "words": door.words,
                    "clock_offset_ms": door.clock_offset_ms, "warnings": door.warnings })
        } else {
            json!({ "reached": false, "class": door.class, "words": door.words,
                    "next": door.next })
        };
        out.object(
            &json!({ "door": { "account": account.name(), "kind": door.kind, "test": test } }),
        );
    }
    for lever in &tested.levers {
        out.line(format!(
            "  {}: {}: {}",
            lever.lever,
            word(lever),
            lever.seen
        ));
        out.object(&json!({ "lever_test": { "account": account.name(), "test": lever } }));
    }
    if let Err(error) = account_test::remember_tested(home, &tested) {
        tracing::warn!(%error, "when the account was tested is not remembered");
    }
    Ok(tested.all_reached())
}

fn say_door(door: &DoorTested, out: Out) {
    let kind = &door.kind;
    if !door.reached {
        out.line(format!("  {kind}: not reached: {}", door.words));
        if !door.next.is_empty() {
            out.line(format!("    next: {}", door.next));
        }
        return;
    }
    out.line(format!("  {kind}: reached: {}", door.words));
    for warning in &door.warnings {
        out.line(format!("  {kind}: {warning}"));
    }
    if let Some(offset) = door.clock_offset_ms.filter(|offset| offset.abs() > 5_000) {
        out.line(format!("  {kind}: {}", clock(offset)));
    }
}

/// A lever's state, in the words of readiness.
fn word(lever: &LeverTested) -> &'static str {
    match lever.state {
        LeverState::Ready => "ready",
        LeverState::ByYou => "by you",
        LeverState::Dead => "dead",
        LeverState::Unknown => "unknown",
        LeverState::NotOffered => "not offered",
    }
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
