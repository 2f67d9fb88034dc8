//! What the pages say.

use super::{PageId, Row};
use crate::world::{
    AccountId, AccountView, Contact, Key, KeyKind, Order, Program, TransferState, WithdrawalState,
    World, WorldError,
};

/// The kinds of keys that the page of API keys lists.
const KEYS_THAT_TRADE: [KeyKind; 2] = [KeyKind::OauthConsumer, KeyKind::ApiKey];

/// The line about connections of other computers to TWS.
pub(super) const LOCALHOST: &str = "only-this-computer";
/// The line about TWS' master client id.
pub(super) const MASTER: &str = "master-client";
/// What the lines of programs, watchdogs and trusted addresses begin with.
pub(super) const PROGRAM: &str = "program:";
pub(super) const WATCHDOG: &str = "watchdog:";
pub(super) const TRUSTED: &str = "trusted:";

/// The lines of a page, top down.
pub(super) fn rows(
    world: &World,
    account: &AccountId,
    view: &AccountView,
    id: PageId,
) -> Result<Vec<Row>, WorldError> {
    Ok(match id {
        PageId::Sessions => sessions(world, account),
        PageId::ApiKeys => keys(view, |key| KEYS_THAT_TRADE.contains(&key.kind)),
        PageId::OtherKeys => keys(view, |key| {
            KEYS_THAT_TRADE.contains(&key.kind) && !key.is_firebreaks()
        }),
        PageId::Flex => keys(view, |key| key.kind == KeyKind::FlexToken),
        PageId::Withdrawals => withdrawals(view),
        PageId::Transfers => transfers(view),
        PageId::AddressBook => address_book(view),
        PageId::Contact => contact(view),
        PageId::Users => users(view),
        PageId::SecurityDesk => vec![lock(view)],
        PageId::TwoFactor => devices(view),
        PageId::Password => vec![password(view)],
        PageId::Orders => orders(world, account),
        PageId::Settings => settings(world, account)?,
        PageId::Bots => view.programs.iter().flat_map(program).collect(),
    })
}

fn row(id: impl Into<String>, text: String, open: bool, action: Option<&'static str>) -> Row {
    Row {
        id: id.into(),
        text,
        open,
        action,
    }
}

fn sessions(world: &World, account: &AccountId) -> Vec<Row> {
    let sessions = world.sessions(account).into_iter();
    sessions
        .map(|session| {
            let whose = if session.here { " (this computer)" } else { "" };
            let text = format!("{}, {}{whose}", session.username, session.label);
            row(session.id.0.to_string(), text, !session.here, Some("End"))
        })
        .collect()
}

fn keys(view: &AccountView, wanted: impl Fn(&Key) -> bool) -> Vec<Row> {
    view.keys
        .iter()
        .filter(|key| wanted(key))
        .filter(|key| key.api.as_ref().is_none_or(|api| api.listed))
        .map(|key| {
            let state = if key.enabled { "on" } else { "off" };
            let action = key.enabled.then_some("Switch off");
            let text = format!("{}: {state}", key.name);
            row(&key.name, text, key.enabled, action)
        })
        .collect()
}

fn withdrawals(view: &AccountView) -> Vec<Row> {
    view.withdrawals
        .iter()
        .map(|each| {
            let open = each.state == WithdrawalState::Pending;
            let text = format!(
                "{}: {} {} to {}, {}",
                each.id,
                each.amount,
                each.currency,
                each.target,
                each.state.word()
            );
            row(&each.id, text, open, open.then_some("Cancel"))
        })
        .collect()
}

fn transfers(view: &AccountView) -> Vec<Row> {
    view.transfers
        .iter()
        .map(|each| {
            let open = each.state.open();
            let gone = match each.state {
                TransferState::Sent => ", the positions have left",
                TransferState::Pending | TransferState::Validated | TransferState::Stopped => "",
            };
            let text = format!(
                "{}: all positions, worth {} USD, to {}, {}{gone}",
                each.id,
                each.value.normalize(),
                each.to,
                each.state.word()
            );
            row(&each.id, text, open, open.then_some("Dispute"))
        })
        .collect()
}

fn address_book(view: &AccountView) -> Vec<Row> {
    let saved = view.exchange.addresses.iter();
    saved
        .map(|each| {
            let named = if each.label == each.address {
                String::new()
            } else {
                format!("{}: ", each.label)
            };
            let text = format!("{named}{} for {}", each.address, each.asset);
            row(&each.address, text, !each.known, Some("Remove"))
        })
        .collect()
}

fn contact(view: &AccountView) -> Vec<Row> {
    Contact::ALL
        .into_iter()
        .filter_map(|what| {
            let point = view.contacts.get(&what)?;
            let changed = point.now != point.own;
            let was = if changed {
                format!(", which was {}", point.own)
            } else {
                String::new()
            };
            let text = format!("The {} is {}{was}", what.words(), point.now);
            Some(row(
                what.id(),
                text,
                changed,
                changed.then_some("Change back"),
            ))
        })
        .collect()
}

fn users(view: &AccountView) -> Vec<Row> {
    view.users
        .iter()
        .map(|(user, known)| row(&user.0, user.0.clone(), !known, Some("Remove")))
        .collect()
}

fn lock(view: &AccountView) -> Row {
    let state = if view.locked { "locked" } else { "not locked" };
    let action = (!view.locked).then_some("Have it locked");
    let text = format!("The account is {state}");
    row("lock", text, !view.locked, action)
}

fn devices(view: &AccountView) -> Vec<Row> {
    view.devices
        .iter()
        .map(|device| {
            row(
                &device.name,
                device.name.clone(),
                !device.known,
                Some("Remove"),
            )
        })
        .collect()
}

fn password(view: &AccountView) -> Row {
    let state = if view.password_changed {
        "The password was changed"
    } else {
        "The password is the one of before"
    };
    let open = !view.password_changed;
    row("password", state.to_owned(), open, open.then_some("Change"))
}

fn orders(world: &World, account: &AccountId) -> Vec<Row> {
    let listed = world.orders(account).into_iter();
    listed
        .filter(|order| order.status.open())
        .map(|order| order_row(&order))
        .collect()
}

fn order_row(order: &Order) -> Row {
    let put_aside = if order.deactivated {
        ", deactivated"
    } else {
        ""
    };
    let text = format!(
        "{} {} {} {}, {}{put_aside}",
        order.ask.side,
        order.remaining(),
        order.ask.instrument.symbol,
        order.ask.order_type.word(),
        order.status.word()
    );
    let id = order.perm_id.to_string();
    row(id, text, order.open(), Some("Cancel"))
}

fn settings(world: &World, account: &AccountId) -> Result<Vec<Row>, WorldError> {
    let settings = world.tws_settings(account)?;
    let open = !settings.allow_localhost_only;
    let mut rows = vec![row(
        LOCALHOST,
        format!("Only this computer: {}", settings.allow_localhost_only),
        open,
        open.then_some("Tick"),
    )];
    let foreign = settings.trusted_ips.iter().filter(|ip| *ip != "127.0.0.1");
    rows.extend(foreign.map(|ip| {
        let text = format!("Trusted address {ip}");
        row(format!("{TRUSTED}{ip}"), text, true, Some("Remove"))
    }));
    if let Some(master) = settings.master_client_id {
        let text = format!("Master client id {master}");
        rows.push(row(MASTER, text, true, Some("Clear")));
    }
    Ok(rows)
}

/// A program, and its watchdog where it has one.
fn program(program: &Program) -> Vec<Row> {
    let state = |running: bool| if running { "runs" } else { "stopped" };
    let name = &program.name;
    let client = program
        .client
        .map_or(String::new(), |id| format!(", client {id} of TWS"));
    let mut rows = vec![row(
        format!("{PROGRAM}{name}"),
        format!("{name}{client}: {}", state(program.running)),
        program.running,
        program.running.then_some("Stop"),
    )];
    if let Some(after) = program.watchdog {
        rows.push(row(
            format!("{WATCHDOG}{name}"),
            format!(
                "Watchdog of {name}, starts it again after {} s: {}",
                after.as_secs_f32(),
                state(program.watched)
            ),
            program.watched,
            program.watched.then_some("Stop"),
        ));
    }
    rows
}
